"""Footnotes that stand inside a line: found by what only a citation has, and taken out so that the line reads on."""

from pathlib import Path

import pytest

from dgqa.corpus.cleaning import clean
from dgqa.corpus.files import load_document
from dgqa.corpus.notes import inline_notes
from dgqa.corpus.passages import split_document

REPORT = "(1)Open platforms: serving people[EB/OL]. (2015-03-04) [2021-02-03].https://example.gov/a/b-c.html."
STUDY = "(3)SMITH A, JONES B. Adopting tools[EB/OL].(2020-01-02)[2021-03-04]. https://www.example.com/doi/10.1080/1471.048685."


def without_notes(line: str) -> str:
    kept, at = "", 0
    for start, end in inline_notes(line):
        kept, at = kept + line[at:start], end
    return kept + line[at:]


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        (f"甲国发布“平台战略”{REPORT},乙国也跟进“计划”(2)參見https://example.org/x.do?id=F_1&n=0。。丙某认为可行。", "甲国发布“平台战略”,乙国也跟进“计划”。丙某认为可行。"),
        (f"如Smith等{STUDY}使用模型;Brown等(4)BROWN C,et al.Do people care?[J].Policy Review,2019,12(3):45-67.探讨了它。", "如Smith等使用模型;Brown等探讨了它。"),
        ("这由来已久。①王某：《县域研究》，示范出版社2015年版，第23页。此后又有发展。", "这由来已久。此后又有发展。"),
        ("学者多有讨论②参见李某《数字县域》，《示范学刊》2019年第3期，第5-8页。其后又有争论。", "学者多有讨论。其后又有争论。"),
        ("效果明显[3]张某. 县域治理[J]. 治理, 2020(1):1-9.群众满意。", "效果明显群众满意。"),
    ],
)
def test_a_note_is_taken_out_and_the_sentence_keeps_its_own_marks(line: str, rest: str) -> None:
    assert without_notes(line) == rest


@pytest.mark.parametrize(
    "line",
    [
        "包括:(1)加强建设,参考https://a.b/cde;(2)推动共享。",
        "工作分三步(1)调研(2)试点(3)推广。2020年1-3月完成。",
        "2020年第3期《办法》(1)共分五章，见附件。",
        "使用TOE框架(2)，网址为https://example.org/a。",
        "① 王某负责协调；② 李某负责宣传，2020年第3期起每周一次。",
        "（1）参见《办法》第5页。这是列表的一项，后面还有正文。",
    ],
)
def test_the_numbers_of_an_enumeration_are_no_notes(line: str) -> None:
    assert inline_notes(line) == []


def test_a_line_that_is_one_note_is_one_span() -> None:
    assert inline_notes(STUDY) == [(0, len(STUDY))]


def test_a_mark_in_brackets_in_front_of_its_note_stays_for_the_note() -> None:
    assert clean("效果明显[3]张某. 县域治理[J]. 治理, 2020(1):1-9.群众满意[4]。").text == "效果明显[3]张某. 县域治理[J]. 治理, 2020(1):1-9.群众满意。"


def test_a_sentence_around_a_note_reads_on_and_each_piece_is_citable(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(f"标题在此\n\n一、背景\n\n两年前甲国发布“平台战略”{REPORT},乙国也跟进了这一计划。后来又有发展。\n", encoding="utf-8")
    document = load_document(file)
    first, second = split_document(document)[-1].sentences
    assert (first.text, second.text) == ("两年前甲国发布“平台战略”,乙国也跟进了这一计划。", "后来又有发展。")
    assert [document.raw[a:b] for a, b in first.spans] == ["两年前甲国发布“平台战略”", ",乙国也跟进了这一计划。"]
    notes = [block for block in document.blocks if block.kind == "note"]
    assert [document.text[slice(*block.spans[0])] for block in notes] == [REPORT]
    assert [defect.raw for defect in document.defects if defect.kind == "note"] == [REPORT]


def test_many_marks_end_in_time() -> None:
    assert inline_notes("甲①" * 200_000 + "https://a.b") == []
    assert inline_notes("abcd①" * 100_000 + "2020") == []
    assert inline_notes("见(1)参见" * 100_000 + "https://") == []
