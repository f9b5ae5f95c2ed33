"""Questions made of several: their parts, and the sides of a comparison."""

from __future__ import annotations

import pytest

from dgqa.question.decomposition import SubQuestion, sub_questions


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("甲市和乙市的平台有什么不同？", ["甲市的平台有什么不同？", "乙市的平台有什么不同？"]),
        ("甲市與乙市的平台，哪邊建得多？各有幾個？", ["甲市的平台，哪邊建得多？各有幾個？", "乙市的平台，哪邊建得多？各有幾個？"]),
        ("比较电子政务和数字政府的目标。", ["电子政务的目标。", "数字政府的目标。"]),
        ("What is the difference between e-government and digital government?", ["What is the difference e-government?", "What is the difference digital government?"]),
    ],
)
def test_a_comparison_asks_about_each_side(question: str, sides: list[str]) -> None:
    assert [part.question.replace("  ", " ") for part in sub_questions(question)] == sides


def test_a_second_question_follows_up_the_first() -> None:
    assert sub_questions("平台叫什么？哪一年上线？") == (SubQuestion("平台叫什么"), SubQuestion("哪一年上线", "平台叫什么"))
    assert sub_questions("Which city built it, and when did it open?") == (SubQuestion("Which city built it"), SubQuestion("and when did it open", "Which city built it"))


@pytest.mark.parametrize("first", ["渡轮多久一班", "码头有多大", "桥面多高"])
def test_how_long_large_or_high_something_is_asks_as_well(first: str) -> None:
    assert sub_questions(f"{first}？由谁管理？") == (SubQuestion(first), SubQuestion("由谁管理", first))


def test_what_is_said_before_the_first_question_stays_with_it() -> None:
    assert sub_questions("县里有两个平台。先建的叫什么？后建的归谁管？")[0] == SubQuestion("县里有两个平台，先建的叫什么")


def test_there_are_three_parts_at_most() -> None:
    assert len(sub_questions("平台叫什么？谁建的？哪年建的？花了多少钱？")) == 3


@pytest.mark.parametrize(
    "question",
    ["乡镇的网络覆盖率是多少？", "数据共享和业务协同为什么难？", "Who built the platform and who runs it", "请介绍平台。谢谢！", "平台建在哪里，请告诉我？", ""],
)
def test_one_question_has_no_parts(question: str) -> None:
    assert sub_questions(question) == ()


def test_how_long_an_answer_is_to_be_is_no_question() -> None:
    assert sub_questions("石桥有哪些压力？用几句话说说。") == ()


@pytest.mark.parametrize("question", ["How far is it between the east ferry and the west ferry?", "Why did fares rise between 2012 and 2022?"])
def test_what_lies_between_two_things_compares_none(question: str) -> None:
    assert sub_questions(question) == ()


@pytest.mark.parametrize(
    ("question", "parts", "sides"),
    [
        ("How long is the notice in the harbour rules compared with the market rules?", ["How long is the notice in the harbour rules", "the market rules"], ["", ""]),
        ("The old ferry, compared to the new ferry?", ["The old ferry", "the new ferry"], ["The old ferry", "the new ferry"]),
    ],
)
def test_a_side_is_a_name_and_never_a_piece_of_what_asks(question: str, parts: list[str], sides: list[str]) -> None:
    found = sub_questions(question)
    assert [part.question for part in found] == parts and [part.side for part in found] == sides
