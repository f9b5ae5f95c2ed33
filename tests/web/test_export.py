"""A conversation as Markdown and as JSON: numbers that stay unique, and texts that are shown and never read as markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dgqa.answer.citing import line_of, together
from dgqa.types import Answer, AnswerSentence
from dgqa.web.export import conversation_json, conversation_markdown, shown_pieces
from dgqa.web.references import reference
from dgqa.web.word_export import conversation_word
from scripted import ATTACK, FIVE, PLAN, QUESTION, SYSTEMS, TARGET, UNCOVERED, answered, citation, hostile, refused


def turn(answer: Answer) -> dict[str, Any]:
    return {"question": answer.question, "answer": answer.to_dict()}


def about(number: int, doc_id: str, quote: str) -> Answer:
    return Answer("问？", "answered", f"{quote}[{number}]", (AnswerSentence(quote, (number,), 1.0),), (citation(number, doc_id, quote),))


class Page(HTMLParser):
    """Collects what a browser would make of the rendered Markdown."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


OURS = {"h1", "h2", "p", "strong", "em", "ul", "li", "blockquote", "br"}


def test_a_conversation_has_its_questions_answers_and_one_list_of_sources() -> None:
    text = conversation_markdown([turn(answered(QUESTION))])
    start = citation(1, "hot", SYSTEMS).start
    lines = text.split("\n")
    assert lines[0] == "# 对话记录"
    assert f"## 1\\. {QUESTION}" in lines
    assert "**已回答**" in lines
    assert "意见明确了数字政府建设的五大体系\\[3\\]和发展目标。\\[1\\]\\[2\\]" in text
    at = lines.index("## 来源")
    assert lines[at + 2] == (
        f"**\\[1\\]** **中国数字政府建设热点：从理论到实践** · 张三 · 2023-06 · 顶层设计 · hot.txt · 字符 {start}–{start + len(SYSTEMS)}"
    )
    assert lines[at + 4] == "> 意见明确了数字政府建设的五大体系\\[3\\]和发展目标。"
    assert text.count("> ") == 3


def test_the_labels_are_in_the_language_that_was_asked_for() -> None:
    for language, labels in (("Hant", ("# 對話紀錄", "## 來源", "字元 ")), ("Latn", ("# Conversation", "**Answered**", "## Sources", "characters "))):
        text = conversation_markdown([turn(answered(QUESTION))], language=language)  # type: ignore[arg-type]
        assert all(label in text for label in labels)


def test_numbers_go_on_through_the_conversation_and_a_span_keeps_its_number() -> None:
    turns = [turn(about(1, "hot", FIVE)), turn(about(1, "plan", TARGET)), turn(about(1, "hot", FIVE)), turn(about(1, "hot", PLAN))]
    text = conversation_markdown(turns)
    assert re.findall(r"。\\\[(\d)\\\]", text) == ["1", "2", "1", "3"]
    assert re.findall(r"^\*\*\\\[(\d)\\\]\*\*", text, re.MULTILINE) == ["1", "2", "3"]


def test_a_refusal_names_the_nearest_passages_as_not_answering() -> None:
    text = conversation_markdown([turn(refused(UNCOVERED))])
    assert "**未能回答**" in text and "语料中没有江苏省2019年预算的依据。" in text
    assert "最接近的段落（没有回答该问题）：\n\n- **中国数字政府建设热点：从理论到实践**" in text
    assert "## 来源" not in text


def test_a_turn_without_an_answer_keeps_its_question() -> None:
    text = conversation_markdown([{"question": QUESTION, "answer": None}])
    assert f"## 1\\. {QUESTION}\n\n*（没有内容）*\n" in text


def test_hostile_text_is_shown_as_text_in_every_place() -> None:
    page = Page(conversation_markdown([turn(hostile(ATTACK))]))
    assert page.tags <= OURS
    assert page.text.count("<svg onload=window.hacked=4>") >= 7  # question, text, reason, title, author, section, path, quote
    assert "](javascript:window.hacked=6)" in page.text


@pytest.mark.parametrize(
    "text",
    [
        "# 一",
        "1. 甲\n2) 乙",
        "- 甲\n+ 乙\n* 丙",
        "    缩进\n\t制表",
        "标题\n===\n---",
        "| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |",
        "~~删~~ **粗** _斜_ `码` ```\n块\n```",
        "[链](http://a.test) <http://a.test> ![图](x) [^1] &amp; &#65; \\* $x$",
        "> 引\n甲\n\n乙",
        "10.5亿 2. 96.1%\n2021.\n3.",
    ],
)
def test_a_quote_reads_as_it_stands_in_the_article(text: str) -> None:
    quoted = citation(1, "hot", FIVE).__class__(1, "d", "d.txt", "题", "", "", "", 0, len(text), text)
    page = Page(conversation_markdown([turn(Answer("问？", "answered", "", (), (quoted,)))]))
    assert page.tags <= OURS
    shown = re.sub(r"\s*\n\s*", "\n", page.text.split("字符 0–")[1].partition("\n")[2].partition("参考文献")[0]).replace("\xa0", " ").strip()
    assert re.sub(r"\s+", " ", shown) == re.sub(r"\s+", " ", text).strip()


@given(st.text(alphabet=st.sampled_from("甲a1 \n\t`*_[]()<>&#+-=.!|~$\\:/@\"'{}^"), max_size=60))
def test_no_text_becomes_markup(text: str) -> None:
    answer = Answer(text or "问", "partial", text, (), (), (), text)
    page = Page(conversation_markdown([turn(answer)]))
    assert page.tags <= {"h1", "h2", "p", "strong", "br", "em"}
    kept = "".join(char for char in page.text.split("部分回答", 1)[1] if not char.isspace())
    assert kept == "".join(char for char in text if not char.isspace())


def test_bare_addresses_stand_so_that_no_program_makes_links_of_them() -> None:
    text = conversation_markdown([turn(Answer("http://a.test www.a.test mailto:a@b.test", "refused", ""))])
    assert "http\\://a.test www\\.a.test mailto\\:a\\@b.test" in text


def test_private_use_characters_of_damaged_articles_are_kept() -> None:
    quoted = citation(1, "hot", FIVE).__class__(1, "d", "d.txt", "题", "", "", "", 0, 3, "甲\ue000\ue863")
    assert "> 甲\ue000\ue863" in conversation_markdown([turn(Answer("问？", "answered", "甲[1]", (AnswerSentence("甲", (1,), 1.0),), (quoted,)))])


def test_the_pieces_of_an_answer_are_its_whole_text_and_only_its_own_markers_are_markers() -> None:
    answer = answered(QUESTION)
    pieces = [(piece, number) for piece, number, _ in shown_pieces(answer.to_dict(), answer.text)]
    assert "".join(piece for piece, _ in pieces) == answered(QUESTION).text
    assert [number for _, number in pieces if number] == [1, 2, 3]
    assert pieces[0] == (SYSTEMS, 0)  # with the article's own [3] in it


@pytest.mark.parametrize(
    ("sentence", "phrase"),
    [
        ("覆盖率为96.1%的乡镇。", "96.1%"),
        ("数据里写着“五大体系”等内容。", "“五大体系”"),
        ("共有5个*体系*，三项。", "5个*体系*"),
        ("措施有：\n一、统筹；\n二、共享。", "一、统筹；\n二、共享。"),
        ("甲。", "甲。"),
        ("甲<b>乙", "<b>"),
    ],
)
def test_the_short_answer_is_in_bold_whatever_stands_around_it(sentence: str, phrase: str) -> None:
    start = sentence.index(phrase)
    answer = Answer("问？", "answered", f"{sentence}[1]", (AnswerSentence(sentence, (1,), 1.0, phrase=(start, start + len(phrase))),), (citation(1, "hot", FIVE),))
    html = MarkdownIt("commonmark", {"html": True}).render(conversation_markdown([turn(answer)]).partition("## 来源")[0])
    (body,) = (line for line in html.split("<p>") if "[1]" in line)
    bold = "".join(unescape(part) for part in re.findall("<strong>(.*?)</strong>", body, re.DOTALL))
    assert bold == phrase.replace("\n", "")
    assert unescape(re.sub("</?strong>|<br />|</p>", "", body)).strip() == f"{sentence}[1]"


def test_a_caution_stands_above_the_text_of_a_partial_answer() -> None:
    caution = "这是最接近的内容，不一定回答了问题，请对照原文。"
    answer = Answer("问？", "partial", f"{caution}\n甲。[1]", (AnswerSentence("甲。", (1,), 1.0),), (citation(1, "hot", FIVE),), reason=caution, confidence=0.4)
    text = conversation_markdown([turn(answer)])
    assert f"**不一定回答了问题**\n\n*{caution}*\n\n甲。\\[1\\]" in text and text.count(caution) == 1


def test_json_holds_every_turn_as_the_command_line_gives_it() -> None:
    turns = [turn(answered(QUESTION)), turn(refused(UNCOVERED))]
    got = json.loads(conversation_json(turns))
    assert got["turns"] == json.loads(json.dumps(turns)) and got["version"] == 1


def test_lists_and_tables_of_an_answer_are_lists_and_tables_in_markdown() -> None:
    listed, rows = "措施包括：\n统一目录；\n分级分类。", "城市：甲市；人口：31\n城市：乙市；人口：22"
    sentences = (AnswerSentence(listed, (1,), 1.0), AnswerSentence(rows, (1,), 1.0, phrase=(9, 11)))
    answer = Answer("问？", "answered", f"{listed}[1]\n\n{rows}[1]", sentences, (citation(1, "hot", FIVE),))
    shown = conversation_markdown([turn(answer)])
    assert "措施包括：\n\n- 统一目录；\n- 分级分类。\\[1\\]\n\n|城市|人口|\n|---|---|\n|甲市|31|\n|乙市|22|\n\n\\[1\\]" in shown.replace("**31**", "31")
    assert "**" in shown


# --- Word, and references by GB/T 7714 ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "entry"),
    [
        ({"title": "数字政府研究", "author": "张三", "date": "2023-06", "source": "《某某学报》"}, "张三. 数字政府研究[Z]. 《某某学报》, 2023-06."),
        ({"title": "平台", "author": "甲某、乙某 丙某，丁某", "date": "2021"}, "甲某, 乙某, 丙某, 等. 平台[Z]. 2021."),
        ({"title": "一网通办", "date": "2022-01-02", "source": "某网 https://a.test/x.html"}, "一网通办[EB/OL]. 某网. (2022-01-02). https://a.test/x.html."),
        ({"title": "关于某事的意见", "issuer": "某市人民政府", "number": "某政发〔2021〕3号", "date": "2021"}, "某市人民政府. 关于某事的意见: 某政发〔2021〕3号[Z]. 2021."),
        ({"title": "", "path": "a.txt"}, "a.txt[Z]."),
    ],
)
def test_a_reference_has_what_is_known_in_the_order_of_the_standard(about: dict[str, str], entry: str) -> None:
    assert reference(about) == entry


def test_the_markdown_ends_with_one_reference_for_each_article() -> None:
    made = conversation_markdown([turn(answered(QUESTION)), turn(answered(QUESTION))], {"plan": {"issuer": "某部", "source": ""}})
    assert made.split("## 参考文献（GB/T 7714）\n\n")[1] == "- 张三. 中国数字政府建设热点：从理论到实践\\[Z\\]. 2023-06.\n- 某部. 数字政府规划\\[Z\\]. 2022.\n"


def test_a_word_file_holds_answers_markers_sources_and_references() -> None:
    docx = pytest.importorskip("docx")
    known = Answer("问二", "answered", f"{FIVE}[1]", (AnswerSentence(FIVE, (1,), 1.0, phrase=(1, 6)),), (citation(1, "hot", FIVE),))
    paper = docx.Document(BytesIO(conversation_word([turn(answered(QUESTION)), turn(known), turn(refused(UNCOVERED)), {"question": "空", "answer": None}], {})))
    lines = [paragraph.text for paragraph in paper.paragraphs]
    assert lines[:4] == ["对话记录", f"1. {QUESTION}", "已回答", f"{SYSTEMS}[1][2]"] and lines[4] == f"{TARGET}[3]" and f"{FIVE}[2]" in lines
    assert lines[lines.index("来源") + 5 :] == ["[3] 数字政府规划 · 2022 · 顶层设计 · plan.txt · 第 3 页 · 字符 7–41", TARGET, "参考文献（GB/T 7714）", "张三. 中国数字政府建设热点：从理论到实践[Z]. 2023-06.", "数字政府规划[Z]. 2022."]
    runs = [(run.text, run.bold, run.font.superscript) for paragraph in paper.paragraphs for run in paragraph.runs]
    assert (FIVE[1:6], True, None) in runs and ("[2]", None, True) in runs


@settings(max_examples=15)
@given(st.text(max_size=60))
def test_whatever_stands_in_an_article_goes_into_a_word_file(text: str) -> None:
    pytest.importorskip("docx")
    evil = Answer(text, "partial", f"{text}[1]", (AnswerSentence(text, (1,), 1.0),), (replace(citation(1, "hot", FIVE), quote=text, title=text),), reason=text)
    assert conversation_word([{"question": text, "answer": evil.to_dict()}], {}).startswith(b"PK")


def test_a_quote_of_a_marked_up_file_is_written_without_its_markup() -> None:
    cited = replace(citation(1, "hot", FIVE), path="hot.md", quote="**外网**：已经接通。\n- 覆盖率为100%。")
    answer = Answer("问？", "answered", "答。[1]", (AnswerSentence("答。", (1,), 1.0),), (cited,))
    assert "> 外网：已经接通。\\\n> • 覆盖率为100%。" in conversation_markdown([turn(answer)])
    docx = pytest.importorskip("docx")
    paper = docx.Document(BytesIO(conversation_word([turn(answer)], {})))
    assert [paragraph.text for paragraph in paper.paragraphs if paragraph.style.name == "Quote"] == ["外网：已经接通。\n• 覆盖率为100%。"]


def composed(*lines: tuple[str, str]) -> dict[str, Any]:
    """Return a turn of what a model wrote: lead and text of each sentence, all with one citation."""
    sentences = tuple(AnswerSentence(text, (1,), 0.9, lead, verdict="confirmed") for lead, text in lines)
    text = together([line_of(sentence, "Hans") for sentence in sentences])
    return turn(Answer("问？", "answered", text, sentences, (citation(1, "hot", FIVE),), trace={"mode": "composed"}))


def test_what_a_model_writes_as_a_table_a_list_or_in_bold_is_written_so() -> None:
    head = "| 层级 | **覆盖率** |\n| --- | --- |\n"
    text = conversation_markdown([composed(("", "**九成**以上。"), (head, "| 县 | 100% |"), ("", "| a_b | 96.1% |"), ("", "表后。"), ("- ", "甲先行。"), ("- ", "乙*跟上。"))])
    assert "**九成**以上。\\[1\\]\n\n|层级|覆盖率|\n|---|---|\n|县|100%\\[1\\]|\n|a\\_b|96.1%\\[1\\]|\n\n表后。\\[1\\]\n\n- 甲先行。\\[1\\]\n- 乙\\*跟上。\\[1\\]\n" in text
    assert {"table", "li", "strong"} <= Page(text).tags


def test_a_word_file_has_lists_tables_and_bold_words_as_such() -> None:
    docx = pytest.importorskip("docx")
    head = "| 层级 | 覆盖率 |\n| --- | --- |\n"
    made = composed(("", "**九成**以上。"), (head, "| 县 | 100% |"), ("", "| 乡 | 96.1% |"), ("", "表后。"), ("- ", "甲先行。"), ("- ", "乙跟上。"))
    paper = docx.Document(BytesIO(conversation_word([made], {})))
    (table,) = paper.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["层级", "覆盖率"], ["县", "100%[1]"], ["乡", "96.1%[1]"]]
    assert [one.text for one in paper.paragraphs if one.style.name == "List Bullet"] == ["甲先行。[1]", "乙跟上。[1]"]
    assert [run.text for one in paper.paragraphs for run in one.runs if run.bold] == ["已回答", "九成"]
    listed = "措施包括：\n统一目录；\n分级分类。\n城市：甲市；人口：31\n城市：乙市；人口：22"
    answer = Answer("问？", "answered", f"{listed}[1]", (AnswerSentence(listed, (1,), 1.0),), (citation(1, "hot", FIVE),))
    paper = docx.Document(BytesIO(conversation_word([turn(answer)], {})))
    assert [[cell.text for cell in row.cells] for row in paper.tables[0].rows] == [["城市", "人口"], ["甲市", "31"], ["乙市", "22"]]
    assert [one.text for one in paper.paragraphs if one.style.name == "List Bullet"] == ["统一目录；", "分级分类。"]
