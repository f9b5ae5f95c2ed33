"""Where the question's own words point to among several things of a kind."""

from __future__ import annotations

import pytest

from dgqa.language.reading import Text
from dgqa.question.pointing import displaced, phrase_meant, sentence_meant

PRIZES = "风筝赛设一等奖两名，奖品为铜铃；二等奖五名，奖品为竹笛；鼓励奖不限。"
STEPS = "第一道选料要半天；第二道刨片，两刻钟；第三道上漆。"
PARK = "青湖公园建成于1998年，占地四公顷。"


@pytest.mark.parametrize(
    ("question", "text", "marked", "meant"),
    [
        ("风筝赛二等奖的奖品是什么？", PRIZES, "铜铃", "二等奖五名，奖品为竹笛"),
        ("风筝赛一等奖的奖品是什么？", PRIZES, "铜铃", "铜铃"),
        ("第二道要多久？", STEPS, "半天", "第二道刨片，两刻钟"),
        ("第二道和第三道各要多久？", STEPS, "两刻钟", "两刻钟"),
        ("第2道要多久？", STEPS, "两刻钟", "两刻钟"),
        ("青湖公园的面积是多少？", PARK, "占地四公顷", "占地四公顷"),
    ],
)
def test_the_short_answer_stands_where_the_question_points_to(question: str, text: str, marked: str, meant: str) -> None:
    start = text.index(marked)
    span = phrase_meant(Text(question), text, (start, start + len(marked)))
    assert span is not None and text[slice(*span)] == meant


@pytest.mark.parametrize(
    ("question", "place"),
    [("五年级秋天去哪里？", 1), ("最老的渡船有多少年？", 2), ("渡船有多少年？", 0), ("第一批何时出发？", 0)],
)
def test_the_sentence_with_the_numbered_or_extreme_thing_of_the_question_has_the_short_answer(question: str, place: int) -> None:
    texts = {0: "秋天去植物园，第一批八点出发。", 1: "因人多，五年级改去船厂。", 2: "最老的渡船造了百年有余。"}
    assert sentence_meant(Text(question), texts, 0) == place


@pytest.mark.parametrize(
    ("question", "told", "missing"),
    [
        ("第六届风筝节在哪里办？", "第五届风筝节在东滩，有三千人。", ("第六届",)),
        ("第六届风筝节在哪里办？", "风筝节年年在东滩办。", ()),
        ("首届风筝节在哪里办？", "第1届风筝节在东滩，第2届在西滩。", ()),
        ("第十六届理事会何时改选？", "第十五届理事会任满，十六届理事会五月改选。", ()),
        ("二等奖有几名？", "一至三等奖各设两名。", ()),
        ("四等奖有几名？", "一、二、三等奖各设两名。", ("四等奖",)),
        ("M9路的末班车几点？", "M3路末班九点，12路末班十点。", ("M9路",)),
        ("12路的末班车几点？", "M3路末班九点，12路末班十点。", ()),
        ("理事会第三次会议定了什么？", "理事会第二次会议纪要：改选理事。", ("第三次",)),
        ("第三次改选定了什么？", "理事会第二次会议纪要：改选理事。", ()),
    ],
)
def test_a_thing_of_a_series_is_missed_where_only_others_of_it_are_told_of(question: str, told: str, missing: tuple[str, ...]) -> None:
    assert displaced(Text(question), Text(told)) == missing
