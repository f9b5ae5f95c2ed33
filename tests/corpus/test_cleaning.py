"""The clean view and its map back to the raw text."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.corpus.cleaning import clean
from dgqa.corpus.view import Edit, View, raw_spans

TEXTS = st.text(alphabet=st.sampled_from("甲乙丙。a[1]^2, \u3000\u00a0\ufeff\r\n\x00¹"), max_size=120)


def test_citation_marks_and_invisible_characters_leave_the_clean_text() -> None:
    assert clean("\ufeff治理效能^[1]。早期,Perri等[6]37-38提出\u200b了它[2,3]。").text == "治理效能。早期,Perri等提出了它。"


def test_a_reference_list_keeps_its_numbers() -> None:
    assert clean("[1] 陈某. 数字政府").text == "[1] 陈某. 数字政府"


@pytest.mark.parametrize("text", ["水面有3千米²。", "每平方米²造价", "林地12公里²，", "蓄水40米³；", "加速度为2米/秒²。", "面积5 米²"])
def test_a_power_behind_a_unit_is_no_citation_mark(text: str) -> None:
    assert clean(text).text == text


def test_a_mark_behind_a_power_leaves_and_so_does_one_behind_a_word_that_ends_like_a_unit() -> None:
    assert clean("水面有3千米²[4]。当地种玉米²，产量在这里³也高²³。路长9公里¹²。").text == "水面有3千米²。当地种玉米，产量在这里也高。路长9公里。"


def test_a_cleaned_span_gives_back_the_raw_characters_with_the_mark_between_them() -> None:
    raw = "效能^[1]提升"
    cleaned = clean(raw)
    start, end = cleaned.offsets.raw_span(1, 3)
    assert cleaned.text[1:3] == "能提" and raw[start:end] == "能^[1]提"


@given(TEXTS)
def test_every_cleaned_span_maps_to_the_raw_characters_it_came_from(raw: str) -> None:
    cleaned = clean(raw)
    assert cleaned.offsets.length == len(cleaned.text)
    before = 0
    for at, char in enumerate(cleaned.text):
        start, end = cleaned.offsets.raw_span(at, at + 1)
        assert before <= start < end <= len(raw)
        assert char == raw[start:end] or char in " \n"
        before = start


@given(TEXTS)
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    once = clean(raw).text
    assert clean(once).text == once


@given(st.text(alphabet="abcdef", min_size=1, max_size=30), st.lists(st.tuples(st.integers(0, 29), st.integers(1, 5), st.text(alphabet="XY", max_size=3)), max_size=6))
def test_edits_on_edits_still_map_to_the_raw_text(raw: str, drafts: list[tuple[int, int, str]]) -> None:
    view = View.of(raw)
    for start, length, text in drafts:
        if start < len(view.text):
            view = view.edit([Edit(start, min(start + length, len(view.text)), text)])
    assert view.offsets.length == len(view.text)
    spans = [view.offsets.raw_span(i, i + 1) for i in range(len(view.text))]
    assert all(0 <= a < b <= len(raw) for a, b in spans)
    assert all(first[0] <= second[0] and first[1] <= second[1] for first, second in itertools.pairwise(spans))
    for i, (a, b) in enumerate(spans):
        if view.text[i] in "abcdef":
            assert raw[a:b] == view.text[i]


def test_overlapping_edits_keep_the_first() -> None:
    assert View.of("abcdef").edit([Edit(1, 4, "X"), Edit(3, 5, "Y")]).text == "aXef"


def test_raw_spans_of_touching_pieces_are_one() -> None:
    offsets = View.of("abcdef").offsets
    assert raw_spans(offsets, [(0, 2), (2, 3), (4, 6)]) == ((0, 3), (4, 6))
