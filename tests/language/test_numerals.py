"""Whole numerals are read to their values, however they are written."""

from __future__ import annotations

import pytest

from dgqa.language.numerals import whole


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("12", 12), ("十", 10), ("二十", 20), ("十二", 12), ("一百零二", 102), ("一百二十", 120), ("一二〇", 120), ("兩百", 200), ("两千三百", 2300), (" 一 百 ", 100), ("", 0)],
)
def test_a_numeral_in_either_script_has_one_value(numeral: str, value: int) -> None:
    assert whole(numeral) == value
