"""Passages: within one section, of whole sentences, with raw spans that hold."""

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.types import Document, Passage


@pytest.fixture
def document(tmp_path: Path) -> Document:
    sections = "\n\n".join(
        f"{number}、{name}部分\n\n" + "".join(f"{name}部分的第{i}句话说明了一个不同的情况，编号为{i * 37}。" for i in range(30))
        for number, name in (("一", "背景"), ("二", "现状"))
    )
    file = tmp_path / "a.md"
    file.write_text(f"标题行在此处\n\n{sections}\n\n| 年 | 事 |\n| --- | --- |\n| 2020 | 起步 |\n| 2021 | 扩大 |\n", encoding="utf-8")
    return load_document(file)


def body(passages: list[Passage]) -> list[Passage]:
    return [passage for passage in passages if passage.kind == "body"]


def test_no_passage_mixes_two_sections(document: Document) -> None:
    for passage in body(split_document(document)):
        assert len({name for name in ("背景部分的", "现状部分的") if name in passage.text}) <= 1
        assert passage.section in {"一、背景部分", "二、现状部分"}


def test_passages_have_about_the_target_length(document: Document) -> None:
    lengths = [len(passage.text) for passage in body(split_document(document))]
    assert max(lengths) <= 300 and sorted(lengths)[len(lengths) // 2] >= 180


def test_every_sentence_of_prose_is_its_raw_slice(document: Document) -> None:
    sentences = [s for passage in body(split_document(document)) for s in passage.sentences if "年：" not in s.text]
    assert len(sentences) == 60
    assert all(document.raw[s.start : s.end] == s.text for s in sentences)


def test_a_table_row_is_a_sentence_with_its_column_names(document: Document) -> None:
    rows = [s for passage in split_document(document) for s in passage.sentences if s.text.startswith("年：")]
    assert [row.text for row in rows] == ["年：2020；事：起步", "年：2021；事：扩大"]
    assert [document.raw[row.start : row.end] for row in rows] == ["2020 | 起步", "2021 | 扩大"]


def test_rows_count_on_from_the_first(document: Document) -> None:
    assert [passage.row for passage in split_document(document, first_row=7)] == list(range(7, 7 + len(split_document(document))))


def test_what_is_said_about_the_article_is_one_passage_of_its_own(document: Document) -> None:
    first = split_document(document)[0]
    assert first.kind == "meta" and first.text == "标题：标题行在此处"
    assert document.raw[first.start : first.end] == "标题行在此处"


def test_a_sentence_across_a_page_break_has_two_spans_and_reads_as_one(tmp_path: Path) -> None:
    first = "各地的部门普遍建立了自己的门户网站，同时也推出了许多新的服务，办事大厅的门"
    file = tmp_path / "a.txt"
    file.write_text(f"标题\n\n{first}\n\n¹ 【作者简介】：张三，某大学教授。\n\n户由此打开。\n", encoding="utf-8")
    document = load_document(file)
    sentence = body(split_document(document))[0].sentences[0]
    assert sentence.text == first + "户由此打开。"
    assert [document.raw[a:b] for a, b in sentence.spans] == [first, "户由此打开。"]
