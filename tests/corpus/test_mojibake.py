"""Text decoded in the wrong encoding: read back where the bytes fit, left alone where it is right."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.corpus.cleaning import clean
from dgqa.corpus.damage.mojibake import find_mojibake

SIMPLIFIED = "数字政府建设取得进展，群众办事更加方便了。"
TRADITIONAL = "數位治理的發展，與公共服務息息相關，值得研究。"


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL])
@pytest.mark.parametrize(("encoding", "taken_for"), [("utf-8", "latin-1"), ("gbk", "latin-1"), ("gbk", "cp1252")])
def test_chinese_read_as_a_western_encoding_is_read_back(text: str, encoding: str, taken_for: str) -> None:
    garbled = text.encode(encoding).decode(taken_for)
    assert clean(f"甲。\n{garbled}\n乙。").text == f"甲。\n{text}\n乙。"


def test_big5_read_as_latin_1_is_read_back() -> None:
    assert clean(TRADITIONAL.encode("big5").decode("latin-1")).text == TRADITIONAL


@pytest.mark.parametrize("text", ["数字政府建设取得abc", "數位治理的發展，與公共服務abc"])
def test_utf_8_read_as_gbk_is_read_back(text: str) -> None:
    assert clean(f"前文，{text.encode().decode('gb18030')}").text == f"前文，{text}"


def test_a_character_whose_last_byte_was_lost_is_marked_and_not_guessed() -> None:
    garbled = "数字政府建设取得进展了".encode().decode("gb18030", "replace")
    assert garbled.endswith("\ufffd")
    assert clean(garbled).text == "数字政府建设取得进展\ufffd"
    assert [defect.confidence < 0.99 for defect in clean(garbled).defects] == [True]


def test_what_is_left_of_a_character_behind_a_run_does_not_keep_it_from_being_read_back() -> None:
    garbled = "數位治理的發展，值得研究。\ufffd".encode("gb18030").decode("latin-1")
    assert clean(garbled).text.startswith("數位治理的發展，值得研究。")


def test_western_text_is_left_to_ftfy() -> None:
    assert clean("He said: cafÃ© and â€œquotedâ€\x9d text").text == "He said: café and “quoted” text"


def test_garbled_twice_is_read_back_in_two_layers() -> None:
    twice = SIMPLIFIED.encode().decode("latin-1").encode().decode("latin-1")
    assert clean(twice).text == SIMPLIFIED


@pytest.mark.parametrize(
    "text",
    ["« CAFÉ» déjà vu à Paris", "ÄÖÜ äöü ß ÄÖÜÄÖÜ", "产业链供應鏈的“鏈長”——制", "目录············3", "广告 ×“买车”×“买房”", "20°C，±5%，§3，©2020", "鍔強鏈條鐢電"],
)
def test_right_text_is_left_alone(text: str) -> None:
    assert find_mojibake(text) == []


def test_each_character_maps_to_the_characters_that_its_bytes_were_shown_as() -> None:
    raw = "一" + "政府与民众".encode().decode("latin-1") + "二"
    cleaned = clean(raw)
    assert cleaned.text == "一政府与民众二"
    assert [cleaned.offsets.raw_span(i, i + 1) for i in range(7)] == [(0, 1), (1, 4), (4, 7), (7, 10), (10, 13), (13, 16), (16, 17)]
    (defect,) = cleaned.defects
    assert (defect.kind, defect.start, defect.end, defect.repaired) == ("mojibake", 1, 16, "政府与民众")


GARBLED = st.lists(st.sampled_from([SIMPLIFIED, TRADITIONAL, "政府", "A1", "。", "\n", "×“", "é", "\ufffd", "?"]), max_size=8).map("".join)
WRONG = st.sampled_from([("utf-8", "latin-1"), ("utf-8", "gb18030"), ("gb18030", "latin-1"), ("utf-8", "cp1252")])


@given(st.lists(st.tuples(GARBLED, WRONG), max_size=4))
def test_whatever_is_garbled_the_map_is_monotone_and_cleaning_twice_changes_nothing_more(parts: list[tuple[str, tuple[str, str]]]) -> None:
    raw = "".join(text.encode(wrong[0]).decode(wrong[1], "replace") for text, wrong in parts)
    cleaned = clean(raw)
    before = 0
    for at in range(len(cleaned.text)):
        start, end = cleaned.offsets.raw_span(at, at + 1)
        assert before <= start < end <= len(raw)
        before = start
    assert clean(cleaned.text).text == cleaned.text
    assert all(raw[defect.start : defect.end] == defect.raw for defect in cleaned.defects)


@pytest.mark.parametrize("text", ["\ufffd。×“\ufffd。×“", "长\ufffd。×“宽”，\ufffd；÷“高”", "見附\ufffd。①“甲”\ufffd！②“乙”"])
def test_a_sign_and_a_quotation_mark_beside_a_lost_character_stay(text: str) -> None:
    assert clean(text).text == text


@pytest.mark.parametrize("unit", ["Â", "Ã©", "æ•", "æ•°", "鏄", "鏄剧", "銆�", "É" + "a" * 50, "é\ufffd"])
def test_a_long_run_of_anything_ends_in_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.process_time()
    assert len(clean(text).text) <= len(text)
    assert time.process_time() - started < 15
