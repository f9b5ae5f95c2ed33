"""Excerpts cut into paragraphs, lists and tables: every span is of the text, and what is no list stays a paragraph."""

from __future__ import annotations

import pytest

from dgqa.answer.shapes import shapes, within


def cut(text: str) -> list[tuple[str, list[str]]]:
    return [(block.kind, ["|".join(text[slice(*span)] for span in row) for row in block.spans]) for block in shapes(text)]


def test_lines_below_what_announces_them_are_a_list_that_ends_where_no_semicolon_follows() -> None:
    assert cut("措施包括：\n统一目录；\n分级分类。\n两市还将继续合作。") == [("text", ["措施包括："]), ("list", ["统一目录；", "分级分类。"]), ("text", ["两市还将继续合作。"])]


def test_items_within_a_line_are_a_list_where_they_count_from_the_first() -> None:
    assert cut("做法有三项：一是统筹；二是共享；三是评估。") == [("text", ["做法有三项："]), ("list", ["一是统筹；", "二是共享；", "三是评估。"])]
    assert cut("其中，第三，共享；第五，评估。") == [("text", ["其中，第三，共享；第五，评估。"])]


def test_an_article_of_a_law_announces_its_items() -> None:
    assert cut("第十二条 有下列情形之一的：\n（一）甲；\n（二）乙。")[0] == ("text", ["第十二条 有下列情形之一的："])


def test_lines_with_the_same_columns_are_a_table_and_one_alone_is_none() -> None:
    (table,) = shapes("城市：甲市；人口：31\n城市：乙市；人口：22；")
    assert (table.kind, table.header) == ("table", ("城市", "人口"))
    assert cut("城市：甲市；人口：31\n城市：乙市；人口：22；") == [("table", ["甲市|31", "乙市|22"])]
    assert cut("城市：甲市；人口：31") == [("text", ["城市：甲市；人口：31"])]


@pytest.mark.parametrize("text", ["", "一句话。", "他说：这是一句话。", "时间：上午；地点：二楼", "时间：上午；地点：二楼\n另有安排。", "甲。\n\n乙。"])
def test_what_is_no_list_stays_as_it_is(text: str) -> None:
    assert {block.kind for block in shapes(text)} <= {"text"}


def test_a_span_is_cut_to_what_lies_within_another() -> None:
    assert within((3, 9), (5, 12)) == (0, 4) and within((0, 4), (5, 12)) is None and within(None, (0, 1)) is None
