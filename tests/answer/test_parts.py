"""The text of an answer: parted where its excerpts end, and cut where its short answers and its caution stand."""

from __future__ import annotations

import pytest

from dgqa.answer.citing import together
from dgqa.answer.parts import cautioned, emphasised, unsaid


def test_a_blank_line_parts_what_has_several_lines() -> None:
    assert together(["甲。", "乙。", "丙：\n丁。", "戊。"]) == "甲。\n乙。\n\n丙：\n丁。\n\n戊。"
    assert together([]) == ""


def test_a_sentence_is_cut_at_its_short_answer() -> None:
    assert list(emphasised("覆盖率为96%。", (4, 7))) == [("覆盖率为", False), ("96%", True), ("。", False)]


@pytest.mark.parametrize("phrase", [None, (0, 0), (3, 2), (-1, 2), (0, 9)])
def test_a_span_outside_its_sentence_cuts_nothing(phrase: tuple[int, int] | None) -> None:
    assert list(emphasised("一二三。", phrase)) == [("一二三。", False)]


def test_only_a_partial_answer_has_a_caution_above_its_text() -> None:
    assert cautioned("不一定。\n甲。[1]\n另说。", "partial", "不一定。\n另说。") == ("不一定。", "甲。[1]\n另说。")
    assert cautioned("不一定。\n甲。", "answered", "不一定。") == ("", "不一定。\n甲。")
    assert cautioned("甲。\n不一定。", "partial", "不一定。") == ("", "甲。\n不一定。")


def test_of_a_reason_only_what_the_text_does_not_say_is_said_again() -> None:
    assert unsaid("缺少造价。\n甲。[1]\n另有一句没有显示。", "缺少造价。\n另有一句没有显示。") == ""
    assert unsaid("甲。[1]", "缺少造价。\n甲。") == "缺少造价。"
