"""The page without a browser: what is rendered, escaped, kept, set and refused."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from dgqa.answer.citing import line_of, together
from dgqa.errors import AnswerError, IndexMismatchError
from dgqa.messages import page_name
from dgqa.types import Answer, AnswerSentence, Citation, Filter, Hit, Sentence
from dgqa.web.export import conversation_markdown
from dgqa.web.page import page as ui
from dgqa.web.page.layout import document_choices, kept_settings, options
from dgqa.web.page.rendering import Cited, grouped, lit, messages, overlaps, sources
from dgqa.web.page.rendering import reply as rendered
from dgqa.web.page.turns import Turn, history, progress, record, turns_from
from dgqa.web.page.words import as_language, say
from elements import Elements
from scripted import (
    ATTACK,
    ENGLISH_QUESTION,
    FIVE,
    HANT_QUESTION,
    PLAN,
    QUESTION,
    SYSTEMS,
    TARGET,
    UNCOVERED,
    ScriptedAssistant,
    ScriptedIndex,
    answered,
    citation,
    hits,
    hostile,
    passage,
    refused,
)

SECRET = "index at /root/secret/index does not fit C:\\Users\\me\\e5, key sk-abcdefghijklmnopqrstuvwxyz: run `dgqa index`"
TAGS = {"div", "span", "a", "strong", "article", "header", "h3", "p", "mark", "sup", "details", "summary", "button", "em"}


def done(answer: Answer, number: int = 1) -> Turn:
    return Turn(number, answer.question, "done", answer, seconds=1.25)


def reply(turn: Turn) -> str:
    return rendered(turn, "Hans")


def quoting(path: str, raw: str, held: int, *spans: tuple[int, int]) -> Answer:
    """Return an answer that quotes spans of an article whose passage ends at ``held``."""
    about = (path, "年报", "", "")
    citations = tuple(Citation(n, "year", *about, "", start, end, raw[start:end]) for n, (start, end) in enumerate(spans, 1))
    found = Hit(1, 1.0, passage("year", [raw[:held]], raw, about), ())
    return Answer("问？", "answered", "答。", (AnswerSentence("答。", tuple(c.number for c in citations), 1.0),), citations, (found,))


def marks(html: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", html)


def raw(doc_id: str) -> str | None:
    return ScriptedIndex().texts.get(doc_id)


def test_a_language_that_a_browser_sends_is_one_of_three_or_simplified_chinese() -> None:
    assert [as_language(value) for value in ("Hant", "Latn", "xx", None, ["Hant"])] == ["Hant", "Latn", "Hans", "Hans", "Hans"]


@pytest.mark.parametrize(
    ("language", "badges"),
    [
        ("Hans", ("已回答", "部分回答", "未能回答")),
        ("Latn", ("Answered", "Partly answered", "Not answered")),
    ],
)
def test_the_badge_names_the_outcome_in_the_language_of_the_page(language: Any, badges: tuple[str, ...]) -> None:
    for status, badge in zip(("answered", "partial", "refused"), badges, strict=True):
        turn = done(Answer(HANT_QUESTION, status, "答"))  # type: ignore[arg-type]
        assert f'<span class="dgqa-badge is-{status}">{badge}</span>' in rendered(turn, language)


def test_every_text_carries_the_lang_of_its_own_script() -> None:
    html = "".join(message["content"] for message in messages([done(answered(ENGLISH_QUESTION))], "Hant"))
    assert f'lang="en">{ENGLISH_QUESTION}' in html
    assert '<div class="dgqa-passage" lang="zh-Hans">' in html
    assert '<details class="dgqa-sources" lang="zh-Hant">' in html


def test_the_time_taken_is_shown_when_the_answer_is_done() -> None:
    assert "<span>1.2 秒</span>" in reply(done(answered(QUESTION)))
    assert "秒" not in reply(Turn(1, QUESTION, "working", answered(QUESTION)))


def test_what_wrote_the_answer_is_named() -> None:
    withheld = [{"text": f"甲<b>{ATTACK}", "why": "value"}]
    composed = replace(answered(QUESTION), trace={"mode": "composed", "llm": "openai:some-model", "withheld": withheld, "standalone": "它是什么？"})
    assert "<span>摘录原文</span>" in reply(done(answered(QUESTION)))
    assert "<span>openai:some-model</span>" in reply(done(composed))
    assert "<summary>未显示语言模型的 1 句话</summary>" in reply(done(composed)) and "理解为：它是什么？" in reply(done(composed))
    assert "（其中的数字或日期在文献里找不到）" in reply(done(composed)) and "<b>" not in reply(done(composed))


def test_a_sentence_that_is_not_confirmed_is_marked_and_its_bold_words_are_bold() -> None:
    answer = answered(QUESTION)
    first = replace(answer.sentences[0], text="**五大体系**和发展目标。", verdict="unconfirmed")
    shown = reply(done(replace(answer, text=f"{first.text}[1]（未核实，请对照原文）", sentences=(first,))))
    assert 'class="dgqa-sentence is-unconfirmed"' in shown and "<b>五大体系</b>和发展目标。" in shown and "未核实" in shown


def test_the_reason_why_a_language_model_did_not_write_is_told_once() -> None:
    why = "（语言模型的服务器无法连接，以上是文献原句。）"
    answer = answered(QUESTION)
    fell_back = replace(answer, text=f"{answer.text}\n{why}", reason=why, trace={"mode": "extractive", "llm": "openai:m", "fallback": "unreachable"})
    html = reply(done(fell_back))
    assert "<span>摘录原文</span>" in html and html.count("语言模型") == 1


def test_small_talk_refuses_nothing_and_has_no_sources_now_and_when_it_is_opened_again() -> None:
    hello = replace(refused("你好"), text="你好！", reason="你好！", trace={"signals": {"smalltalk": "greeting"}})
    again = turns_from([record(done(hello))], ScriptedIndex().raw)[0]
    assert again.answer and again.answer.hits == ()
    for turn in (done(hello), again):
        html = reply(turn)
        assert "is-chat" in html and "说明" in html and "未能回答" not in html and "dgqa-sources" not in html


@pytest.mark.parametrize(
    ("label", "language", "shown"),
    [("page 3–4", "Hans", "第 3–4 页"), ("page 3", "Hant", "第 3 頁"), ("paragraph 12", "Hans", "第 12 段"), ("page 3", "Latn", "page 3"), ("", "Hans", "")],
)
def test_the_page_of_a_source_is_named_in_the_language_of_the_page(label: str, language: Any, shown: str) -> None:
    assert page_name(label, language) == shown
    answer = answered(QUESTION)
    paged = replace(answer, citations=tuple(replace(one, page=label) for one in answer.citations))
    assert (shown in rendered(done(paged), language)) and (shown in conversation_markdown([{"question": QUESTION, "answer": paged.to_dict()}], language=language))


def test_a_marker_links_to_the_number_of_its_card_in_its_own_turn() -> None:
    html = reply(done(answered(QUESTION), number=4))
    for number in (1, 2, 3):
        assert f'href="#t4-s{number}"' in html
        assert f'<span class="dgqa-number" id="t4-s{number}"' in html


def test_a_bracketed_number_quoted_from_an_article_is_no_marker() -> None:
    html = reply(done(answered(QUESTION)))
    assert "五大体系[3]和" in html  # a footnote of the article; citation 3 belongs to the other sentence
    assert html.count('class="dgqa-ref"') == 3


def test_a_marker_inside_its_sentence_is_linked_and_one_without_a_citation_is_not() -> None:
    answer = Answer(QUESTION, "answered", "甲[1]。[7]", (AnswerSentence("甲[1]。", (1,), 1.0),), (citation(1, "hot", FIVE),))
    html = reply(done(answer))
    assert 'href="#t1-s1"' in html
    assert "[7]" in html and "s7" not in html


def test_citations_of_one_passage_share_a_card_with_a_number_at_each_sentence() -> None:
    groups = grouped(answered(QUESTION))
    assert [[c.number for c in group.citations] for group in groups] == [[1, 2], [3]]
    html = lit(groups[0])
    assert marks(html) == [FIVE, SYSTEMS]
    assert f'<mark class="m2">{FIVE}</mark><sup class="dgqa-at">2</sup>' in html
    assert "<sup" not in lit(groups[1])  # alone on its card, its number stands at the top


def test_a_card_marks_the_sentences_that_its_citation_overlaps_and_no_other() -> None:
    first = citation(1, "hot", FIVE)
    both = replace(first, end=citation(2, "hot", SYSTEMS).start + 1)
    assert marks(lit(Cited((first,), hits()[0]))) == [FIVE]
    assert marks(lit(Cited((both,), hits()[0]))) == [FIVE, SYSTEMS]


def test_a_passage_stays_whole_around_its_marks() -> None:
    html = lit(Cited((citation(1, "hot", SYSTEMS),), hits()[0]))
    assert Elements(html).text == hits()[0].passage.text


def test_a_sentence_is_not_marked_for_a_citation_that_lies_in_its_interruption() -> None:
    whole = Sentence("前半后半。", 0, 30, spans=((0, 5), (25, 30)))
    note = replace(citation(1, "hot", FIVE), start=10, end=20)
    assert not overlaps(whole, note)
    assert overlaps(whole, replace(note, end=26))


def test_a_citation_outside_all_hits_shows_its_quote() -> None:
    other_document = tuple(Hit(1, 1.0, replace(hit.passage, doc_id="other"), ()) for hit in hits())
    for found in ((), other_document):
        groups = grouped(replace(answered(QUESTION), hits=found))
        assert [len(group.citations) for group in groups] == [1, 1, 1]
        assert lit(groups[1]) == f'<mark class="m2">{FIVE}</mark>'


def test_a_card_shows_title_author_date_section_range_and_relevance() -> None:
    answer = replace(answered(QUESTION), citations=(citation(1, "hot", FIVE), citation(3, "plan", TARGET)))
    html = Elements(sources(done(answer), "Hans"))
    start = citation(2, "hot", FIVE).start
    assert "中国数字政府建设热点：从理论到实践" in html.text
    assert "张三 · 2023-06 · 顶层设计" in html.text
    assert f"字符 {start}–{start + len(FIVE)}" in html.text
    assert "2022 · 顶层设计" in html.text  # no author, no stray dot
    assert html.text.count("相关度 高") == 1 and html.text.count("相关度 中") == 1 and "%" not in html.text  # scores 1 and 1/2


def test_a_card_links_to_the_place_in_the_article() -> None:
    start = citation(3, "plan", TARGET).start
    assert f'href="?doc=plan&amp;start={start}&amp;end={start + len(TARGET)}"' in sources(done(answered(QUESTION)), "Hans")


def test_a_refusal_shows_its_reason_and_the_nearest_passages_as_not_answering() -> None:
    html = reply(done(refused(UNCOVERED)))
    assert "语料中没有江苏省2019年预算的依据。" in html
    assert "没有回答该问题" in html
    assert html.count("未回答该问题</span>") == html.count("<article") == len(hits())
    assert not marks(html)


def test_a_reason_that_the_text_already_gives_is_not_repeated() -> None:
    answer = replace(refused(UNCOVERED), text="语料中没有江苏省2019年预算的依据。")
    assert reply(done(answer)).count("江苏省") == 1


def test_the_short_answer_is_in_bold_within_its_sentence() -> None:
    sentence = AnswerSentence(FIVE, (1,), 1.0, phrase=(0, 2))
    answer = Answer(QUESTION, "answered", f"{FIVE}[1]", (sentence,), (citation(1, "hot", FIVE),), hits())
    html = reply(done(answer))
    assert f"<strong>{FIVE[:2]}</strong>{FIVE[2:]}</span>" in html and html.count("<strong>") == 1


def test_a_list_is_a_list_with_its_marker_in_the_last_item() -> None:
    listed = "措施有：\n一、统筹规划；\n二、数据共享。"
    answer = Answer(QUESTION, "answered", f"{listed}[1]", (AnswerSentence(listed, (1,), 1.0),), (citation(1, "hot", FIVE),))
    html = reply(done(answer))
    assert '<p>措施有：</p><ul class="is-numbered"><li>一、统筹规划；</li><li>二、数据共享。&#8288;<a class="dgqa-ref"' in html


def test_rows_of_a_table_are_a_table_with_its_columns_and_the_short_answer_in_bold() -> None:
    rows = "城市：甲市；人口：31万\n城市：乙市；人口：22万"
    answer = Answer(QUESTION, "answered", f"{rows}[1]", (AnswerSentence(rows, (1,), 1.0, phrase=(9, 12)),), (citation(1, "hot", FIVE),))
    html = reply(done(answer))
    assert '<thead><tr><th scope="col">城市</th><th scope="col">人口</th></tr></thead>' in html
    assert "<td>甲市</td><td><strong>31万</strong></td></tr><tr><td>乙市</td><td>22万</td>" in html


def test_the_sides_of_a_comparison_stand_side_by_side_under_their_names() -> None:
    sides = (AnswerSentence("平台2019年上线。", (1,), 1.0, side="甲市"), AnswerSentence("平台2021年上线。", (2,), 1.0, side="乙市"))
    text = "甲市：平台2019年上线。[1]\n乙市：平台2021年上线。[2]"
    html = reply(done(Answer(QUESTION, "answered", text, sides, (citation(1, "hot", FIVE), citation(2, "plan", TARGET)))))
    assert html.count('<section class="dgqa-side">') == 2 and "<h4>甲市</h4>" in html and "<h4>乙市</h4>" in html
    assert "甲市：" not in html and "乙市：" not in html


def test_what_may_not_answer_is_marked_above_the_text_and_not_as_answered() -> None:
    caution = "这是最接近的内容，不一定回答了问题，请对照原文。"
    answer = replace(answered(QUESTION), status="partial", text=f"{caution}\n{answered(QUESTION).text}", reason=caution, confidence=0.4)
    html = reply(done(answer))
    assert html.index(f'<div class="dgqa-caution" lang="zh-Hans">{caution}</div>') < html.index("dgqa-sentence") and html.count(caution) == 1
    assert 'is-partial">不一定回答了问题</span>' in html and "is-answered" not in html and "已回答" not in html
    assert html.count('class="dgqa-sentence"') == 2 and html.count('class="dgqa-ref"') == 3


def written(*lines: tuple[str, str, str]) -> str:
    """Return the HTML of what a model wrote: lead, text and verdict of each sentence, all with one citation."""
    sentences = tuple(AnswerSentence(text, (1,), 0.9, lead, verdict=verdict) for lead, text, verdict in lines)  # type: ignore[arg-type]
    return reply(done(Answer("问？", "answered", together([line_of(sentence, "Hans") for sentence in sentences]), sentences, (citation(1, "hot", FIVE),))))


def test_items_that_a_model_writes_are_a_list() -> None:
    html = written(("", "要点：", "confirmed"), ("- ", "**甲**先行。", "confirmed"), ("- ", "乙跟上。", "unconfirmed"), ("", "如此。", "confirmed"))
    inner = html.partition('<ul class="is-plain">')[2].partition("</ul>")[0]
    assert inner.count("<li>") == 2 and "<b>甲</b>先行。" in inner and "（未核实，请对照原文）</li>" in inner and "- " not in re.sub("<[^<>]*>", "", html)
    assert [re.sub(r"<[^<>]*>|&#\d+;", "", part) for part in html.partition("</ul></div>")[2].partition("</div>")[0:1]] == ["如此。[1]"]
    numbered = written(("1. ", "先建平台。", "confirmed"), ("2. ", "再连数据。", "confirmed"))
    assert '<ul class="is-numbered"><li>1. <span class="dgqa-sentence">先建平台。</span>' in numbered and numbered.count("<ul") == 1


def test_a_table_that_a_model_writes_is_a_table() -> None:
    head = "| 层级 | **覆盖率** |\n| --- | --- |\n"
    html = written(("", "见下表。", "confirmed"), (head, "| 县 | 100% |", "confirmed"), ("", "| <i>乡</i> | 96.1% |", "unconfirmed"), ("", "表后。", "confirmed"))
    elements = Elements(html)
    assert re.findall(r"<th [^>]*>(.*?)</th>", html) == ["层级", "覆盖率"]
    cells = [re.sub(r"<[^<>]*>|&#\d+;", "", cell) for cell in re.findall(r"<td>(.*?)</td>", html)]
    assert cells == ["县", "100%[1]", "&lt;i&gt;乡&lt;/i&gt;", "96.1%[1]（未核实，请对照原文）"]
    assert "|" not in elements.text and html.index("见下表。") < html.index("<table>") < html.index("表后。")


def test_an_unconfirmed_sentence_is_marked_beyond_its_words() -> None:
    sentence = AnswerSentence("甲。", (1,), 0.4, verdict="unconfirmed")
    answer = Answer(QUESTION, "answered", "甲。[1]（未核实，请对照原文）", (sentence,), (citation(1, "hot", FIVE),))
    html = reply(done(answer))
    assert 'class="dgqa-sentence is-unconfirmed"' in html and "（未核实，请对照原文）" in html


def test_an_answer_can_be_rated_only_where_ratings_are_kept() -> None:
    assert "is-good" not in rendered(done(answered(QUESTION)), "Hans")
    assert "is-good" in rendered(done(answered(QUESTION)), "Hans", feedback=True)
    assert "is-good" not in rendered(Turn(1, QUESTION, "failed", error="错"), "Hans", feedback=True)


def test_hostile_text_reaches_the_page_as_text_only() -> None:
    trace = {"mode": "composed", "llm": ATTACK, "standalone": ATTACK, "withheld": ATTACK}
    turns = [Turn(1, ATTACK, "done", replace(hostile(ATTACK), trace=trace)), Turn(2, ATTACK, "failed", error=ATTACK)]
    turns.append(Turn(3, ATTACK, "done", replace(hostile(ATTACK), status="refused", citations=())))
    elements = Elements("".join(message["content"] for message in messages(turns, "Hans", feedback=True)))
    assert {tag for tag, _ in elements.seen} <= TAGS
    names = {name for _, attributes in elements.seen for name in attributes}
    assert names <= {"class", "lang", "href", "title", "id", "tabindex", "type", "value", "aria-label"}
    assert all(re.fullmatch(r"#t1-s[12]|\?doc=(evil|unseen)&start=\d+&end=\d+", a["href"] or "") for tag, a in elements.seen if tag == "a")
    assert "<svg onload=window.hacked=4>" in elements.text


def test_a_message_is_one_line_so_that_markdown_never_gets_to_read_it() -> None:
    for turn in (Turn(1, ATTACK, "done", hostile(ATTACK)), Turn(1, "一\r\n\r\n二", "failed", error="# 一\n\n- 二")):
        assert all(re.fullmatch(r"<div [^\r\n]*</div>", message["content"]) for message in messages([turn], "Hans"))


def test_a_turn_comes_back_from_its_record_as_it_was() -> None:
    turns = [done(answered(QUESTION)), done(refused(UNCOVERED), 2), Turn(3, "错", "failed", error="坏了", seconds=0.5)]
    back = turns_from(json.loads(json.dumps([record(turn) for turn in turns])), raw)
    assert messages(back, "Hans") == messages(turns, "Hans")
    assert history(back) == history(turns)


def test_a_record_keeps_the_short_answer_the_verdict_the_lead_and_the_confidence() -> None:
    sentence = AnswerSentence(FIVE, (1,), 0.5, "《甲》称：", "unconfirmed", (1, 3))
    answer = Answer(QUESTION, "partial", f"《甲》称：{FIVE}[1]", (sentence,), (citation(1, "hot", FIVE),), hits(), "也许。", confidence=0.4)
    (turn,) = turns_from(json.loads(json.dumps([record(done(answer))])), raw)
    assert turn.answer is not None and turn.answer.sentences == (sentence,) and turn.answer.confidence == 0.4


def test_a_record_of_before_there_were_short_answers_is_still_read() -> None:
    kept = record(done(answered(QUESTION)))
    for sentence in kept["answer"]["sentences"]:
        for key in ("lead", "verdict", "phrase"):
            del sentence[key]
    del kept["answer"]["confidence"]
    (turn,) = turns_from([kept], raw)
    assert turn.answer is not None and turn.answer.sentences == answered(QUESTION).sentences


def test_a_record_keeps_no_passage_that_is_not_shown() -> None:
    lone = replace(answered(QUESTION), citations=answered(QUESTION).citations[:1])
    assert [hit["passage"]["doc_id"] for hit in record(done(lone))["answer"]["hits"]] == ["hot"]


def test_a_citation_that_the_article_no_longer_bears_out_is_said_to_be_stale() -> None:
    kept = record(done(answered(QUESTION)))
    kept["answer"]["citations"][0]["quote"] = PLAN
    kept["answer"]["citations"][2]["doc_id"] = "gone"
    (turn,) = turns_from([kept], raw)
    assert turn.stale == {1, 3}
    assert reply(turn).count("原文已变") == 2


@pytest.mark.parametrize(
    "spoilt",
    [
        {"question": 7},
        {"answer": {"status": "answered"}},
        {"answer": {**record(done(answered(QUESTION)))["answer"], "status": "<b>"}},
        {"answer": {**record(done(answered(QUESTION)))["answer"], "citations": [{"number": "1"}]}},
        {"answer": {**record(done(answered(QUESTION)))["answer"], "hits": [{"rank": True}]}},
        {"answer": {**record(done(answered(QUESTION)))["answer"], "sentences": [{"text": "甲", "citations": [], "support": 1, "phrase": [0, 9]}]}},
        {"answer": {**record(done(answered(QUESTION)))["answer"], "confidence": "sure"}},
        {"seconds": "soon"},
        {"seconds": float("nan")},
    ],
)
def test_a_record_that_is_not_whole_is_left_out(spoilt: dict[str, Any]) -> None:
    good = record(done(answered(QUESTION)))
    turns = turns_from([{**good, **spoilt}, None, "x", [], good], raw)
    assert [(turn.number, turn.state) for turn in turns] == [(1, "done")]


@pytest.mark.parametrize("records", [None, "x", {"a": 1}, 5])
def test_records_that_are_no_list_are_no_turns(records: object) -> None:
    assert turns_from(records, raw) == []


def test_a_hostile_record_is_shown_as_text_and_can_be_encoded() -> None:
    kept = record(Turn(1, ATTACK, "done", hostile(ATTACK)))
    kept["question"] += "\ud800"
    (turn,) = turns_from([kept], raw)
    html = "".join(message["content"] for message in messages([turn], "Hans"))
    assert {tag for tag, _ in Elements(html).seen} <= TAGS
    html.encode("utf-8")


def test_what_was_growing_when_the_browser_left_has_stopped() -> None:
    (turn,) = turns_from([{**record(done(answered(QUESTION))), "state": "working"}], raw)
    assert turn.state == "stopped"


def test_only_what_is_set_becomes_an_option() -> None:
    assert options("Hans", 8, [], "", "", "auto") == {}
    assert options("Hans", 8.0, None, None, None, None) == {}
    assert options("Hans", 3, ["hot"], "2022", " 2023/06 ", "Hant") == {
        "filter": Filter(documents=("hot",), date_from="2022", date_to="2023-06"),
        "language": "Hant",
        "k": 3,
    }


@pytest.mark.parametrize(
    ("given", "read"),
    [("2022年", "2022"), ("２０２２", "2022"), ("2022年6月", "2022-06"), ("2022.6.3", "2022-06-03"), ("2022/06/23", "2022-06-23"), ("2022 年 6 月 23 日", "2022-06-23")],
)
def test_a_date_may_be_put_as_people_write_it(given: str, read: str) -> None:
    assert options("Hans", 8, [], given, "", "auto") == {"filter": Filter(date_from=read)}


@pytest.mark.parametrize("date", ["22", "2022-13", "last year", "2022年13月", "2022-06-32", "二〇二二"])
def test_a_date_that_cannot_be_read_is_an_error_that_says_how_to_write_it(date: str) -> None:
    with pytest.raises(AnswerError, match="2022-06-23"):
        options("Hans", 8, [], date, "", "auto")


def test_documents_with_the_same_title_are_told_apart_by_their_paths() -> None:
    listing = [{"title": "同", "path": "a.txt", "doc_id": "1"}, {"title": "同", "path": "b.txt", "doc_id": "2"}, {"title": "", "path": "c.txt", "doc_id": "3"}]
    assert document_choices(listing) == [("同 (a.txt)", "1"), ("同 (b.txt)", "2"), ("c.txt", "3")]


def test_folders_stand_before_the_documents_with_how_many_they_hold() -> None:
    paths = ("a.txt", "uploads/年报/b.txt", "uploads/年报/c.txt", "laws/old/d.txt")
    listing = [{"title": path[-5], "path": path, "doc_id": path} for path in paths]
    offered = [("laws (1)", "laws/"), ("laws/old (1)", "laws/old/"), ("年报 (2)", "uploads/年报/")]
    assert document_choices(listing)[:-4] == [(label.replace(" (", "/ ("), path) for label, path in offered]
    assert document_choices([{**row, "path": f"all/{row['doc_id']}"} for row in listing[:1]]) == [("a", "a.txt")]  # a folder of everything sets no limit


def test_a_reader_of_english_gets_the_terms_of_a_quoted_answer_in_english() -> None:
    sentence = AnswerSentence("一体化政务服务平台由数字政府建设推动。", (1,), 1.0, phrase=(10, 14))
    answer = Answer(ENGLISH_QUESTION, "answered", f"{sentence.text}[1]", (sentence,), (citation(1, "hot", FIVE),), trace={"language": "Latn"})
    html = rendered(done(answer), "Latn")
    assert "Terms in English:" in html and '<span lang="zh">数字政府</span> digital government' in html
    assert "dgqa-gloss" not in rendered(done(replace(answer, trace={"language": "Latn", "mode": "composed"})), "Latn")
    both = AnswerSentence("联合国的报告称，聯合國每两年调查一次。", (1,), 1.0)
    html = rendered(done(replace(answer, text=f"{both.text}[1]", sentences=(both,))), "Latn")
    assert html.count("United Nations") == 1 and "united nations" not in html
    assert "dgqa-gloss" not in rendered(done(replace(answer, trace={"language": "Hans"})), "Hans")


def test_while_a_model_writes_the_sources_are_there_and_the_quoted_answer_is_a_click_away() -> None:
    shown = Event()

    async def steps() -> list[Turn]:
        taken = []
        async for turn in progress(Turn(1, QUESTION), Composing(), [], "Hans", {"early": True}):
            taken.append(turn)
            shown.set()
        return taken

    class Composing:
        def ask(self, question: str, history: Any = ()) -> Answer:
            raise NotImplementedError

        def stream(self, question: str, history: Any = (), *, early: bool = False) -> Iterator[Answer]:
            assert early
            yield replace(answered(QUESTION), trace={"composing": True})
            assert shown.wait(10)
            yield Answer(QUESTION, "answered", "写好了[1]", (AnswerSentence("写好了", (1,), 1.0),), (citation(1, "hot", FIVE),), hits())

    first, *_, last = asyncio.run(steps())
    html = rendered(first, "Hans")
    assert first.answer is None and first.draft is not None and "正在撰写…" in html
    assert html.count('class="dgqa-card"') == 2 and '<details class="dgqa-draft">' in html and "#t1-s1" in html
    html = rendered(last, "Hans")
    assert "写好了" in html and '<details class="dgqa-draft">' in html and html.count("#t1-s1") == 1
    # Where the articles' own sentences are the answer after all, they stand there once.
    assert last.answer is not None
    assert "dgqa-draft" not in rendered(replace(last, answer=replace(last.answer, trace={"mode": "extractive"})), "Hans")
    assert turns_from(json.loads(json.dumps([record(last)])), raw)[0].draft is None


def test_settings_from_a_browser_are_taken_as_far_as_they_are_still_choices() -> None:
    kept = {"mode": "gone", "count": 99, "documents": ["plan", "gone", 7], "date_from": "2022-06-01 00:00", "date_to": None, "script": "xx"}
    taken = kept_settings(kept, ("extractive", "local"), {"plan", "hot"})
    assert taken == {"mode": "extractive", "count": 20, "documents": ["plan"], "date_from": "2022-06-01", "date_to": "", "script": "auto"}
    assert kept_settings({"mode": "local", "count": "x"}, ("extractive", "local"), ())["mode"] == "local"
    given: tuple[object, ...] = (None, "x", [], {})
    assert [kept_settings(nothing, ("extractive",), ()) for nothing in given] == [{}] * 4


def run(assistant: ScriptedAssistant, question: str) -> list[Turn]:
    async def turns() -> list[Turn]:
        return [turn async for turn in progress(Turn(1, question), assistant, [], "Latn")]

    return asyncio.run(turns())


def test_the_log_has_nothing_of_a_question_that_cant_be_used(caplog: pytest.LogCaptureFixture) -> None:
    (*_, failed) = run(ScriptedAssistant({"秘密？": AnswerError("the question '秘密？' has no words in it")}), "秘密？")
    assert failed.state == "failed" and "秘密" in failed.error and "秘密" not in caplog.text


class Halting(ScriptedAssistant):
    """Goes on with an answer only once what it said so far has been seen; says when it was left."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = Event()
        self.left = Event()

    def stream(self, question: str, history: Any = (), **options: Any) -> Iterator[Answer]:
        try:
            for answer in super().stream(question, history, **options):
                yield answer
                assert self.seen.wait(10)
                self.seen.clear()
        finally:
            self.left.set()


def test_a_turn_grows_with_its_answer_and_ends_done() -> None:
    assistant = Halting()

    async def turns() -> list[Turn]:
        grown = []
        async for turn in progress(Turn(1, QUESTION), assistant, [], "Latn"):
            grown.append(turn)
            assistant.seen.set()
        return grown

    grown = asyncio.run(turns())
    assert [turn.state for turn in grown] == ["working", "working", "done"]
    assert [len(turn.answer.sentences) for turn in grown if turn.answer] == [1, 2, 2]
    assert grown[-1].answer == answered(QUESTION)
    assert "正在查找依据" in reply(grown[0]) and "已回答" in reply(grown[-1])


def test_an_answer_that_comes_whole_is_shown_once() -> None:
    turns = run(ScriptedAssistant(), QUESTION)
    assert turns[-1].state == "done" and turns[-1].answer == answered(QUESTION)
    assert len(turns) <= 3


def test_an_answer_that_nobody_waits_for_ends_with_its_next_sentence() -> None:
    assistant = Halting()

    async def first() -> Turn:
        growing = progress(Turn(1, QUESTION), assistant, [], "Latn")
        turn = await anext(growing)
        await growing.aclose()
        return turn

    turn = asyncio.run(first())
    assert turn.answer and len(turn.answer.sentences) == 1 and not assistant.left.is_set()
    assistant.seen.set()
    assert assistant.left.wait(10)


def test_what_came_before_an_error_stays_in_sight() -> None:
    class Breaking(ScriptedAssistant):
        def stream(self, question: str, history: Any = (), **options: Any) -> Iterator[Answer]:
            yield next(super().stream(question, history, **options))
            raise IndexMismatchError("the index has changed: ask again")

    turn = run(Breaking(), QUESTION)[-1]
    assert turn.state == "failed" and turn.answer and len(turn.answer.sentences) == 1


def test_a_typed_error_is_a_readable_message_without_paths_or_keys() -> None:
    turn = run(ScriptedAssistant({"问": IndexMismatchError(SECRET)}), "问")[-1]
    assert turn.state == "failed"
    assert "run `dgqa index`" in reply(turn) and "出错了" in reply(turn)
    for secret in ("root", "secret", "Users", "sk-abc"):
        assert secret not in reply(turn)


def test_an_unexpected_error_says_so_without_its_text() -> None:
    turn = run(ScriptedAssistant({"why": ZeroDivisionError("at /root/x.py")}), "why")[-1]
    assert turn.state == "failed"
    assert say("unexpected", "Latn").split(";")[0] in reply(turn) and "x.py" not in reply(turn)


def test_the_page_adds_no_named_endpoint_of_its_own() -> None:
    page = ui.build_page(ScriptedAssistant(), ui.Offer(feedback="feedback.jsonl"))
    assert {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"} == {"ask", "search"}


def test_the_theme_names_no_font_that_has_to_be_fetched() -> None:
    theme = ui.theme()
    assert theme._stylesheets == [] and "url(" not in "".join(theme._font_css)


def test_the_target_sentence_of_the_little_corpus_is_where_it_is_said_to_be() -> None:
    assert citation(3, "plan", TARGET).quote == TARGET


def test_a_card_shows_all_that_is_cited_where_that_goes_on_behind_its_passage() -> None:
    raw = "措施有三项：\n- **目录**统一。\n\n- 平台共用。\n- 机构合并。\n"
    held, end = raw.index("目录") - 5, raw.index("机构")
    (card,) = grouped(quoting("a.md", raw, held, (0, end - 3)))
    assert marks(lit(card)) == ["措施有三项：", "目录统一。&#10;平台共用。"]


def test_what_two_citations_hold_behind_a_passage_stands_on_its_card_once() -> None:
    raw = "第一句。第二句。第三句。"
    (card,) = grouped(quoting("a.txt", raw, 4, (0, 8), (0, 12)))
    assert marks(lit(card)) == ["第一句。", "第二句。", "第三句。"]


def test_a_quote_without_a_passage_is_read_without_its_markup() -> None:
    raw = "<p>第一句。</p>\n\n<p>第二&amp;三句。</p>"
    (card,) = grouped(replace(quoting("a.html", raw, 3, (0, len(raw))), hits=()))
    assert marks(lit(card)) == ["第一句。&#10;第二&amp;三句。"]
