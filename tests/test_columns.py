"""Texts in the columns of a terminal: how wide they are, cut to a width, and side by side in tables."""

from __future__ import annotations

from dgqa.columns import cut, table, width


def test_a_chinese_character_takes_two_columns_and_a_colour_none() -> None:
    assert width("数a") == 3 and width("\x1b[1m数\x1b[0m") == 2 and width("e\u0301") == 1


def test_a_long_label_is_cut_by_its_width() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
    assert cut("数字政府建设", 6) == "数字…"
    assert cut("abc数", 4) == "abc…"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    lines = table(("名", "n"), [["甲乙", "1"], ["丙", "12"]], right={"n"}, rule="-")
    assert lines == ["名     n", "----  --", "甲乙   1", "丙    12"]
    assert table(("a", "b"), [["丙丁戊", ""]], widest={"a": 5}) == ["a      b", "丙丁…"]
