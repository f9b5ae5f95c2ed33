"""What the blocks of a document tell about damage: each kind is reported with its raw text, and none is hidden."""

from pathlib import Path

import pytest

from dgqa.corpus.damage.defects import typos
from dgqa.corpus.files import load_document
from dgqa.types import Document

FIRST = "各地的部门普遍建立了自己的门户网站，同时也推出了许多新的服务，办事大厅的门"


def load(folder: Path, text: str, name: str = "a.txt") -> Document:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return load_document(file)


def kinds(document: Document) -> list[tuple[str, str, str | None]]:
    return [(defect.kind, defect.raw, defect.repaired) for defect in document.defects]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一是加强协调；而是优化流程；三是推动共享。", [("而是", "二是", 0.95)]),
        ("分三步:一要摸清家底,而要建好平台,三要用好数据。", [("而要", "二要", 0.8)]),
        ("一是加强協調。而是優化流程。三是推動共享。一是甲；而是乙；三是丙。", [("而是", "二是", 0.95), ("而是", "二是", 0.95)]),
        ("一是加强协调；二是不求速度，而是求质量；三是推动共享。", []),
        ("一是不看数量，而是看质量；三是推动共享。", []),
        ("一是加强协调；而是优化流程。", []),
        ("目标不是建设，而是运营。", []),
    ],
)
def test_but_in_place_of_second_is_a_likely_typo(text: str, found: list[tuple[str, str, float]]) -> None:
    assert [(text[start:end], meant, likely) for start, end, meant, likely in typos(text)] == found


def test_a_typo_is_reported_and_never_changed(tmp_path: Path) -> None:
    document = load(tmp_path, "标题在此\n\n主要有三点：一是加强协调；而是优化流程；三是推动共享。\n")
    assert kinds(document) == [("typo", "而是", "二是")]
    assert "；而是优化流程；" in document.text


def test_a_page_break_is_the_gap_between_the_halves_and_its_footnote_a_note(tmp_path: Path) -> None:
    document = load(tmp_path, f"标题\n\n{FIRST}\n\n¹ 【作者简介】：张三，某大学教授。\n\n户由此打开。\n")
    note = "¹ 【作者简介】：张三，某大学教授。"
    assert kinds(document) == [("page_break", f"\n\n{note}\n\n", ""), ("note", note, None)]


def test_pictures_and_invisible_characters_are_reported(tmp_path: Path) -> None:
    document = load(tmp_path, "标题在此\n\n这里有一句\u200b完整的话，讲的是县里的平台。\n\nimage_01.png\n\n[图片]\n\n后面又有一句完整的话。\n")
    assert kinds(document) == [("invisible", "\u200b", ""), ("image_placeholder", "image_01.png", None), ("image_placeholder", "[图片]", None)]


def test_a_front_matter_that_is_no_yaml_is_reported_and_no_text(tmp_path: Path) -> None:
    document = load(tmp_path, "---\na: [1, 2\n---\n正文的一句话在这里。\n", "a.md")
    assert kinds(document)[0] == ("front_matter", "---\na: [1, 2\n---\n", None)


def test_defects_stand_in_reading_order_and_hold_the_raw_text(tmp_path: Path) -> None:
    garbled = "服务平台".encode().decode("latin-1")
    document = load(tmp_path, f"<p>甲&nbsp;{garbled}<b>一句话</b>。</p><p>又一句<b>\u200b</b>话。</p><p>第三句话。</p>", "a.html")
    assert [defect.kind for defect in document.defects] == ["mojibake", "invisible"]
    assert all(document.raw[defect.start : defect.end] == defect.raw for defect in document.defects)
