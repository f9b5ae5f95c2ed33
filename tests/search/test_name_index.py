"""Names found in texts, against looking for each of them."""

from __future__ import annotations

import random

import pytest

from dgqa.search.name_index import NameIndex


def alike(name: str, title: str) -> bool:
    """The rule as it is told: the shorter stands in the longer, has four characters or more, and seven tenths of it."""
    short, long = sorted((name, title), key=len)
    return len(short) >= 4 and short in long and 10 * len(short) >= 7 * len(long)


def drawn(draw: random.Random, longest: int) -> str:
    return "".join(draw.choice("数字政府") for _ in range(draw.randint(1, longest)))


@pytest.mark.parametrize("seed", range(5))
def test_what_is_found_is_what_looking_for_each_name_finds(seed: int) -> None:
    draw = random.Random(seed)
    names = [drawn(draw, 9) for _ in range(200)]
    index = NameIndex(names)
    for _ in range(50):
        text = drawn(draw, 30)
        assert index.within(text) == [name for name in dict.fromkeys(names) if name in text]
        assert index.alike(text[:12]) == [name for name in dict.fromkeys(names) if alike(name, text[:12])]


def test_names_that_follow_one_another_are_not_taken_together() -> None:
    assert NameIndex(["一网通办", "跨省通办"]).alike("通办跨省") == []


def test_no_names_and_empty_ones_are_found_in_nothing() -> None:
    for index in (NameIndex([]), NameIndex([""])):
        assert index.within("一网通办") == [] == index.alike("一网通办")
