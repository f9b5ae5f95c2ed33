"""Questions to suggest: complete, on the headings of articles, and asked before they are offered."""

from __future__ import annotations

from typing import Any

import pytest

from dgqa.errors import ModelError
from dgqa.language.text import Script
from dgqa.types import Answer
from dgqa.web.suggesting import Suggestions, complete, english_of, question_of, topic_of
from scripted import FIVE, citation, document


@pytest.mark.parametrize(
    ("heading", "script", "question"),
    [
        ("二、数据共享的主要措施", "Hans", "数据共享有哪些主要措施？"),
        ("（一）推进数据共享", "Hans", "如何推进数据共享？"),
        ("一、緣起：為什麼要共享數據", "Hant", "為什麼要共享數據？"),
        ("3 城市大脑的四个特点", "Hans", "城市大脑有哪些特点？"),
        ("整體治理的內涵", "Hant", "整體治理的內涵是什麼？"),
        ("结语", "Hans", ""),
        ("措施", "Hans", ""),
        ("特征与总体格局", "Hans", ""),
        ("参考文献，附录", "Hans", ""),
        ("应对风险的措施", "Hans", "应对风险有哪些措施？"),
        ("改善消费条件", "Hans", ""),
        ("档案机构及其职责", "Hans", ""),
    ],
)
def test_a_heading_makes_a_complete_question_or_none(heading: str, script: Script, question: str) -> None:
    assert question_of(heading, script) == question


def test_a_question_that_says_by_itself_nothing_of_its_subject_names_its_article() -> None:
    assert complete("數據如何共享？", "數據如何治理", "Hant") == "數據如何共享？"
    assert complete("下一步怎麼走？", "數據治理：三個城市", "Hant") == "根據《數據治理》，下一步怎麼走？"
    assert complete("下一步怎么走？", "关于进一步加强全市各级各类机构数据共享工作的通知", "Hans") == ""


def test_what_the_titles_share_is_what_the_articles_are_about() -> None:
    assert topic_of(["智慧城市建设研究", "論智慧城市", "交通运输年报"]) == "智慧城市"
    assert topic_of(["智慧城市建设研究"]) == "" and topic_of(["甲乙丙丁", "子丑寅卯"]) == "" and topic_of([]) == ""


class Plain:
    """Answers all but one question, from the article of that id."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, question: str, history: Any = ()) -> Answer:
        self.asked.append(question)
        return Answer(question, "refused" if "推进" in question else "answered", "", (), (citation(1, "hot", FIVE),))

    def with_llm(self, llm: object | None) -> Plain:
        assert llm is None
        return self


def listing() -> list[dict[str, Any]]:
    def sections(*titles: str) -> list[dict[str, Any]]:
        return [{"title": title, "level": 1, "start": 0, "end": 1} for title in titles]

    hot = document("hot", FIVE, ("hot.md", "数据共享与治理：数据治理、数据开放", "", ""), sections=sections("推进数据共享", "加强数据治理", "数据开放的意义", "加强数据治理"))
    return [hot, document("other", "文", ("b.md", "数据制度", "", ""), sections=sections("完善数据制度"))]


def test_only_questions_that_their_own_article_answers_are_offered_and_each_is_asked_once() -> None:
    plain = Plain()
    suggestions = Suggestions(plain, listing)  # type: ignore[arg-type]
    assert suggestions.questions() == ("如何加强数据治理？",)  # one an article; the other answers none of its own
    assert plain.asked == ["如何推进数据共享？", "如何加强数据治理？", "如何完善数据制度？", "《数据制度》主要讲了什么？"]  # no more than it takes
    assert suggestions.questions(["hot"]) == ("如何加强数据治理？", "数据开放有什么意义？", "《数据共享与治理》主要讲了什么？")
    assert suggestions.questions(["hot"], ["如何加强数据治理？"])[0] == "数据开放有什么意义？"
    assert sorted(plain.asked) == sorted({*plain.asked}) and len(plain.asked) == 6


def test_readers_of_english_are_asked_by_the_terms_of_the_glossary_in_headings() -> None:
    assert english_of(["一、數據共享的意義", "推进数字政府建设", "渡口的意义"]) == {
        "Why does “data sharing” matter?": "数据共享",
        "What do the articles say about “building digital government”?": "数字政府建设",
    }


def test_english_questions_are_offered_where_the_words_cited_have_their_term_and_else_chinese_ones() -> None:
    plain = Plain()
    suggestions = Suggestions(plain, listing)  # type: ignore[arg-type]
    # What is cited, FIVE, has none of the terms in these headings.
    assert suggestions.questions(["hot"], english=True) == suggestions.questions(["hot"]) != ()
    assert "What do the articles say about “data sharing”?" in plain.asked
    headed = document("hot", FIVE, ("hot.md", "数据共享", "", ""), sections=[{"title": "數字政府的意義", "level": 1, "start": 0, "end": 1}])
    suggestions = Suggestions(Plain(), lambda: [headed])  # type: ignore[arg-type]
    assert suggestions.questions(english=True) == ("Why does “digital government” matter?",)


def test_of_two_questions_that_are_all_but_one_only_the_first_is_offered() -> None:
    titles = ("数字政府为什么重要", "为什么要建数字政府", "数字政府的特点")
    headed = document("hot", FIVE, ("hot.md", "数字政府", "", ""), sections=[{"title": title, "level": 1, "start": 0, "end": 1} for title in titles])
    suggestions = Suggestions(Plain(), lambda: [headed])  # type: ignore[arg-type]
    assert suggestions.questions(["hot"]) == ("数字政府为什么重要？", "数字政府有哪些特点？", "《数字政府》主要讲了什么？")


def test_questions_that_differ_in_a_number_are_two() -> None:
    titles = ("2021年的建设目标", "2022年的建设目标", "第二阶段的目标")
    headed = document("hot", FIVE, ("hot.md", "公园", "", ""), sections=[{"title": title, "level": 1, "start": 0, "end": 1} for title in titles])
    suggestions = Suggestions(Plain(), lambda: [headed])  # type: ignore[arg-type]
    assert len({question.removeprefix("根据《公园》，") for question in suggestions.questions(["hot"])}) == 3


def test_after_a_failure_nothing_is_asked_for_a_while_and_then_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Plain):
        def ask(self, question: str, history: Any = ()) -> Answer:
            if not self.asked:
                self.asked.append(question)
                raise ModelError("away")
            return super().ask(question, history)

    suggestions = Suggestions(failing := Failing(), listing)  # type: ignore[arg-type]
    assert suggestions.questions(["hot"]) == suggestions.questions(["hot"]) == () and len(failing.asked) == 1
    monkeypatch.setattr(suggestions, "_asks_from", 0.0)
    assert len(suggestions.questions(["hot"])) == 3


def test_who_cannot_be_had_without_a_model_is_asked_nothing() -> None:
    class Costly:
        def ask(self, question: str) -> Answer:
            raise AssertionError(question)

    assert Suggestions(Costly(), listing).questions() == ()  # type: ignore[arg-type]
