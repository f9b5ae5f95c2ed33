"""The page without a browser: what is rendered, escaped, kept and refused."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html.parser import HTMLParser
from threading import Lock

import pytest

from dgqa import ui
from dgqa.errors import IndexMismatchError
from dgqa.types import Answer, AnswerSentence, Hit, Sentence
from dgqa.ui import Turn
from scripted import (
    ATTACK,
    ENGLISH_QUESTION,
    FIVE,
    HANT_QUESTION,
    QUESTION,
    SYSTEMS,
    TARGET,
    UNCOVERED,
    ScriptedAssistant,
    answered,
    citation,
    hits,
    hostile,
    refused,
)

SECRET = "index at /root/secret/index does not fit C:\\Users\\me\\e5, key sk-abcdefghijklmnopqrstuvwxyz: run `dgqa index`"


TAGS = {"div", "span", "a", "section", "article", "header", "h2", "h3", "p", "mark", "details", "summary"}


class Elements(HTMLParser):
    """Collects the elements, the attributes and the text that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def done(answer: Answer, number: int = 1) -> Turn:
    return Turn(number, answer.question, "done", answer, seconds=1.25)


def reply(turn: Turn) -> str:
    return ui._messages([turn])[1]["content"]


def page_html(turns: list[Turn]) -> str:
    return "".join(message["content"] for message in ui._messages(turns)) + ui._sources(turns) + ui._earlier(turns)


def marks(html: str) -> list[str]:
    return re.findall(r"<mark>(.*?)</mark>", html)


@pytest.mark.parametrize(
    ("question", "badges"),
    [
        ("五大体系是什么？", ("已回答", "部分回答", "未能回答")),
        ("五大體系是什麼？", ("已回答", "部分回答", "未能回答")),
        (ENGLISH_QUESTION, ("Answered", "Partly answered", "Not answered")),
    ],
)
def test_the_badge_names_the_outcome_in_the_language_of_the_question(question: str, badges: tuple[str, ...]) -> None:
    for status, badge in zip(("answered", "partial", "refused"), badges, strict=True):
        turn = done(Answer(question, status, "答"))  # type: ignore[arg-type]
        assert f'<span class="dgqa-badge is-{status}">{badge}</span>' in reply(turn)


def test_the_wording_around_the_cards_follows_the_script_of_the_question() -> None:
    assert "<h2>来源</h2>" in ui._sources([done(answered(QUESTION))])
    assert "<h2>來源</h2>" in ui._sources([done(answered(HANT_QUESTION))])
    assert "<h2>Sources</h2>" in ui._sources([done(answered(ENGLISH_QUESTION))])


def test_every_text_carries_the_lang_of_its_own_script() -> None:
    html = page_html([done(answered(ENGLISH_QUESTION))])
    assert f'lang="en">{ENGLISH_QUESTION}' in html
    assert '<div class="dgqa-passage" lang="zh-Hans">' in html
    assert f'lang="zh-Hant">{HANT_QUESTION}' in page_html([done(answered(HANT_QUESTION))])


def test_the_time_taken_is_shown_when_the_answer_is_done() -> None:
    assert "<span>1.2 秒</span>" in reply(done(answered(QUESTION)))
    assert "秒" not in reply(Turn(1, QUESTION, "working", answered(QUESTION)))


def test_a_marker_links_to_the_card_of_its_number_in_its_own_turn() -> None:
    turn = done(answered(QUESTION), number=4)
    for number in (1, 2, 3):
        assert f'href="#t4-s{number}"' in reply(turn)
        assert f'<article id="t4-s{number}"' in ui._sources([turn])


def test_a_bracketed_number_quoted_from_an_article_is_no_marker() -> None:
    html = reply(done(answered(QUESTION)))
    assert "五大体系[3]和" in html  # a footnote of the article; citation 3 belongs to the other sentence
    assert html.count("<a ") == 3


def test_a_marker_inside_its_sentence_is_linked_and_one_without_a_citation_is_not() -> None:
    answer = Answer(QUESTION, "answered", "甲[1]。[7]", (AnswerSentence("甲[1]。", (1,), 1.0),), (citation(1, "hot", FIVE),))
    html = reply(done(answer))
    assert 'href="#t1-s1"' in html
    assert "[7]" in html and "s7" not in html


def test_a_card_marks_the_sentences_that_its_citation_overlaps_and_no_other() -> None:
    first = citation(1, "hot", FIVE)
    both = replace(first, end=citation(2, "hot", SYSTEMS).start + 1)
    assert marks(ui._cited(first, hits())) == [FIVE]
    assert marks(ui._cited(both, hits())) == [FIVE, SYSTEMS]


def test_a_passage_stays_whole_around_its_marks() -> None:
    html = ui._cited(citation(1, "hot", SYSTEMS), hits())
    assert Elements(html).text == hits()[0].passage.text


def test_a_sentence_is_not_marked_for_a_citation_that_lies_in_its_interruption() -> None:
    whole = Sentence("前半后半。", 0, 30, spans=((0, 5), (25, 30)))
    note = replace(citation(1, "hot", FIVE), start=10, end=20)
    assert not ui._overlaps(whole, note)
    assert ui._overlaps(whole, replace(note, end=26))


def test_a_citation_outside_all_hits_shows_its_quote() -> None:
    quoted = citation(1, "hot", FIVE)
    other_document = tuple(Hit(1, 1.0, replace(hit.passage, doc_id="other"), ()) for hit in hits())
    assert ui._cited(quoted, ()) == f"<mark>{FIVE}</mark>"
    assert ui._cited(quoted, other_document) == f"<mark>{FIVE}</mark>"


def test_a_card_shows_title_author_date_section_and_character_range() -> None:
    html = ui._sources([done(answered(QUESTION))])
    start = citation(2, "hot", FIVE).start
    assert "中国数字政府建设热点：从理论到实践</h3>" in html
    assert "张三 · 2023-06 · 顶层设计" in html
    assert f"原文字符 {start}–{start + len(FIVE)}" in html
    assert '<p class="dgqa-about">2022 · 顶层设计</p>' in html  # no author, no stray dot


def test_a_refusal_shows_its_reason_and_the_nearest_passages_as_not_answering() -> None:
    turn = done(refused(UNCOVERED))
    assert "语料中没有江苏省2019年预算的依据。" in reply(turn)
    html = ui._sources([turn])
    assert "没有回答该问题" in html
    assert html.count("未回答该问题</span>") == html.count("<article") == len(hits())
    assert not marks(html)


def test_a_reason_that_the_text_already_gives_is_not_repeated() -> None:
    answer = replace(refused(UNCOVERED), text="语料中没有江苏省2019年预算的依据。")
    assert reply(done(answer)).count("江苏省") == 1


def test_the_cards_of_earlier_turns_stay_reachable_and_folded() -> None:
    turns = [done(answered(QUESTION), 1), done(refused(UNCOVERED), 2)]
    html = ui._earlier(turns)
    assert html.index(UNCOVERED) < html.index(QUESTION)  # the latest first
    assert html.count("<details>") == 2 and 'id="t1-s3"' in html


def test_hostile_text_reaches_the_page_as_text_only() -> None:
    turns = [Turn(1, ATTACK, "done", hostile(ATTACK)), Turn(2, ATTACK, "failed", error=ATTACK)]
    turns.append(Turn(3, ATTACK, "done", replace(hostile(ATTACK), status="refused", citations=())))
    elements = Elements(page_html(turns))
    assert {tag for tag, _ in elements.seen} <= TAGS
    names = {name for _, attributes in elements.seen for name in attributes}
    assert names <= {"class", "lang", "href", "title", "id", "tabindex"}
    assert all(re.fullmatch(r"#t1-s[12]", attributes["href"] or "") for tag, attributes in elements.seen if tag == "a")
    assert "<svg onload=window.hacked=4>" in elements.text


def test_a_message_is_one_line_so_that_markdown_never_gets_to_read_it() -> None:
    for turn in (Turn(1, ATTACK, "done", hostile(ATTACK)), Turn(1, "一\r\n\r\n二", "failed", error="# 一\n\n- 二")):
        assert all(re.fullmatch(r"<div [^\r\n]*</div>", message["content"]) for message in ui._messages([turn]))


def run(assistant: ScriptedAssistant, question: str, history: list[tuple[str, str]] | None = None) -> list[Turn]:
    async def turns() -> list[Turn]:
        return [turn async for turn in ui._progress(Turn(1, question), assistant, history or [], Lock())]

    return asyncio.run(turns())


def test_a_turn_grows_with_its_answer_and_ends_done() -> None:
    turns = run(ScriptedAssistant(), QUESTION)
    assert [turn.state for turn in turns] == ["working", "working", "done"]
    assert turns[0].answer is not None and turns[0].answer.sentences == answered(QUESTION).sentences[:1]
    assert turns[-1].answer == answered(QUESTION)
    assert "正在查找依据" in reply(turns[0]) and "已回答" in reply(turns[-1])


def test_a_typed_error_is_a_readable_message_without_paths_or_keys() -> None:
    turn = run(ScriptedAssistant({"问": IndexMismatchError(SECRET)}), "问")[-1]
    assert turn.state == "failed"
    assert "run `dgqa index`" in reply(turn) and "出错了" in reply(turn)
    for secret in ("root", "secret", "Users", "sk-abc"):
        assert secret not in reply(turn)


def test_an_unexpected_error_says_so_without_its_text() -> None:
    turn = run(ScriptedAssistant({"why": ZeroDivisionError("at /root/x.py")}), "why")[-1]
    assert turn.state == "failed"
    assert "Something went wrong" in reply(turn) and "x.py" not in reply(turn)


def test_the_theme_names_no_font_that_has_to_be_fetched() -> None:
    theme = ui._theme()
    assert theme._stylesheets == [] and "url(" not in "".join(theme._font_css)


def test_the_target_sentence_of_the_little_corpus_is_where_it_is_said_to_be() -> None:
    assert citation(3, "plan", TARGET).quote == TARGET
