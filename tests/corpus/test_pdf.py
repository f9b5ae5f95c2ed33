"""PDF files: characters on a page become sentences in reading order, whatever way they were put there."""

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.office.pdf_page import fold
from dgqa.corpus.passages import split_document
from dgqa.types import Document
from office_files import drawn_pdf, lines_of

TITLE = ("text", 240.0, 740.0, 18, "河湾乡简报")
LEFT = "河湾乡去年修建机耕道七公里，投入资金九十万元，惠及四个村的村民。机耕道由村民小组负责养护，养护费由乡财政承担。"
RIGHT = "河湾乡今年计划再修五公里，资金已经落实到位。工程分三段招标，六月底以前开工，年底以前全部完工，交通站负责监理。"


def load(folder: Path, data: bytes) -> Document:
    file = folder / "a.pdf"
    file.write_bytes(data)
    document = load_document(file)
    for passage in split_document(document):
        for sentence in passage.sentences:
            assert all(document.raw[slice(*span)].strip() for span in sentence.spans)
    return document


def sentences(document: Document) -> list[str]:
    return [sentence.text for passage in split_document(document) if passage.kind == "body" for sentence in passage.sentences]


def unread(document: Document) -> list[str]:
    return [defect.raw for defect in document.defects if defect.kind == "unread"]


def test_radicals_that_stand_for_characters_are_read_as_these(tmp_path: Path) -> None:
    page = [TITLE, ("text", 60.0, 700.0, 12, "高山村的长者食堂有十二张桌子。")]
    document = load(tmp_path, drawn_pdf([page], unicode={"高": "⾼", "山": "⼭", "长": "⻓", "食": "⻝", "十": "⼗", "二": "⼆"}))
    assert sentences(document) == ["高山村的长者食堂有十二张桌子。"]


@pytest.mark.parametrize(("char", "folded"), [("⾏", "行"), ("⺠", "民"), ("⻢", "马"), ("豈", "豈"), ("ﬁ", "fi"), ("９", "9"), ("％", "%"), ("，", "，"), ("行", "行")])
def test_only_characters_that_stand_for_others_are_folded(char: str, folded: str) -> None:
    assert fold(char) == folded


def test_characters_that_are_put_one_by_one_in_any_order_are_lines(tmp_path: Path) -> None:
    placed = [("text", 60 + 12 * at, 700 + 0.4 * (at % 2), 12, char) for at, char in enumerate("全乡有路灯640盏，亮灯率97.5%。")]
    document = load(tmp_path, drawn_pdf([[TITLE, *reversed(placed)]]))
    assert sentences(document) == ["全乡有路灯640盏，亮灯率97.5%。"]


@pytest.mark.parametrize("lower", [0.0, 7.0])
def test_columns_are_read_one_after_the_other_level_or_not(tmp_path: Path, lower: float) -> None:
    page = [TITLE, *lines_of(LEFT, 18, 60, 700), *lines_of(RIGHT, 18, 310, 700 - lower)]
    document = load(tmp_path, drawn_pdf([sorted(page, key=lambda item: -float(str(item[2])))]))
    assert "".join(sentences(document)) == LEFT + RIGHT


def grid(rows: list[list[str]], *, ruled: bool, top: float = 680) -> list[tuple[object, ...]]:
    drawn: list[tuple[object, ...]] = []
    for at, cells in enumerate(rows):
        for column, text in enumerate(cells):
            drawn += [("text", 65.0 + 150 * column, top - 20 * at - 12 * line, 10, part) for line, part in enumerate(text.split("\n"))]
    if ruled:
        edges = [top + 14 - 20 * at - (12 if at > 1 else 0) for at in range(len(rows) + 1)]
        drawn += [("line", 60.0, edge, 60.0 + 150 * len(rows[0]), edge) for edge in edges]
        drawn += [("line", 60.0 + 150 * at, edges[-1], 60.0 + 150 * at, edges[0]) for at in range(len(rows[0]) + 1)]
    return drawn


def test_a_table_becomes_rows_with_the_names_of_their_columns(tmp_path: Path) -> None:
    rows = [["村名", "户数", "井数"], ["上湾村", "210", "6"], ["下湾村", "185", "4"], ["新湾村", "96", "2"]]
    document = load(tmp_path, drawn_pdf([[TITLE, *grid(rows, ruled=False), ("text", 60.0, 560.0, 12, "以上为去年底的数据，由统计站提供。")]]))
    assert sentences(document) == ["村名：上湾村；户数：210；井数：6", "村名：下湾村；户数：185；井数：4", "村名：新湾村；户数：96；井数：2", "以上为去年底的数据，由统计站提供。"]


def test_lines_keep_a_cell_of_two_lines_in_one_row(tmp_path: Path) -> None:
    rows = [["项目", "单位"], ["村道拓宽和\n路灯安装", "交通站"]]
    drawn = [*grid(rows, ruled=True), ("text", 65.0, 620.0, 10, "水塔"), ("text", 215.0, 620.0, 10, "水利站"), ("line", 60.0, 610.0, 360.0, 610.0)]
    drawn += [("line", x, 610.0, x, 642.0) for x in (60.0, 210.0, 360.0)]
    assert sentences(load(tmp_path, drawn_pdf([[TITLE, *drawn]]))) == ["项目：村道拓宽和路灯安装；单位：交通站", "项目：水塔；单位：水利站"]


def printed(page: int, of: int) -> list[tuple[object, ...]]:
    return [("text", 20.0, 785.0, 8, "3/5/24, 9:10 AM"), ("text", 300.0, 785.0, 8, "河湾乡简报"), ("text", 20.0, 10.0, 8, "https://example.org/a.html"), ("text", 560.0, 10.0, 8, f"{page}/{of}")]


def test_what_a_browser_prints_at_the_edges_is_no_text_and_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    lines = lines_of(LEFT, 28, 60, 700)
    half = len(lines) - 1
    second = [(*item[:2], 740.0 - 20 * at, *item[3:]) for at, item in enumerate(lines[half:])]
    document = load(tmp_path, drawn_pdf([[TITLE, *printed(1, 2), *lines[:half]], [*printed(2, 2), *second, ("text", 84.0, 700.0, 12, "河湾乡还将修建两座桥。")]]))
    assert "".join(sentences(document)) == LEFT + "河湾乡还将修建两座桥。"
    across = next(sentence for passage in split_document(document) for sentence in passage.sentences if sentence.text.startswith("机耕道由"))
    assert document.page_at(across.start, across.end) == "page 1–2" and len(across.spans) == 1


def test_a_title_that_is_too_long_for_a_line_is_one_title(tmp_path: Path) -> None:
    lines = lines_of("渡口的灯由县里出资，每年检查两次，坏灯在三天以内换好。" * 3, 40, 60, 640)
    title = [("text", 60.0, 740.0, 24, "松溪县渡口照明改造工程试点评估报"), ("text", 240.0, 705.0, 24, "告")]
    assert load(tmp_path, drawn_pdf([[*title, *lines]])).title == "松溪县渡口照明改造工程试点评估报告"


def test_pages_that_are_pictures_are_reported_with_how_many_there_are(tmp_path: Path) -> None:
    text = [TITLE, ("text", 60.0, 700.0, 12, "全乡的账目每季度公布一次。")]
    document = load(tmp_path, drawn_pdf([text, [("picture",)], [("picture",), ("text", 290.0, 20.0, 9, "3")], text[1:], []]))
    assert unread(document) == ["〔第 2–3 页没有文字，是图片或扫描件（共 5 页）〕"]
    assert document.text.count("图片") == 0


def test_a_footnote_at_the_foot_of_a_page_does_not_tear_the_sentence(tmp_path: Path) -> None:
    lines = lines_of(LEFT, 28, 60, 700)
    note = ("text", 60.0, 90.0, 8, "1 机耕道指供农机通行的道路。")
    second = [(*item[:2], 740.0 - 20 * at, *item[3:]) for at, item in enumerate(lines[1:])]
    document = load(tmp_path, drawn_pdf([[TITLE, lines[0], note], second]))
    assert "".join(sentences(document)) == LEFT
    assert [document.text[slice(*block.spans[0])] for block in document.blocks if block.kind == "note"] == ["¹ 机耕道指供农机通行的道路。"]


def test_a_power_stays_above_the_line(tmp_path: Path) -> None:
    page = [TITLE, ("text", 60.0, 700.0, 12, "水库的库容为6×10"), ("text", 162.0, 706.0, 7, "5"), ("text", 166.0, 700.0, 12, "立方米，每年检查两次。")]
    assert sentences(load(tmp_path, drawn_pdf([page]))) == ["水库的库容为6×10⁵立方米，每年检查两次。"]


def test_a_file_that_only_forbids_printing_is_read() -> None:
    document = load_document(Path(__file__).parents[1] / "data" / "print_only.pdf")
    assert sentences(document) == ["夜间值班电话由乡政府办公室接听。"]
