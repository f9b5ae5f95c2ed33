"""What is told of another place, or of one side of a comparison alone, is no answer for the one that is asked about."""

from collections.abc import Sequence

import pytest

from dgqa.claims.belonging import names_side, not_told_of
from dgqa.claims.claim import Statement
from dgqa.language.reading import Text
from dgqa.question.parsing import Question

RATES = "地区：上海；通办率：92.5%；事项：3458\n地区：江苏；通办率：88.1%；事项：3012"


def lacking(question: str, *told: str, about: str = "", sides: Sequence[str] = ()) -> tuple[str, ...]:
    return not_told_of(Question(question), [Statement(text, about=about, context=f"{text}\n{about}") for text in told], sides)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("浙江的通办率是多少？", "浙江、上海、江苏三地推进通办。通办率是重要指标，上海达到92.5%。"),
        ("浙江的通办率是多少？", RATES),
        ("浙江省的通辦率是多少？", "上海市的通辦率為92.5%。"),
        ("What is the percentage of services online in Zhejiang?", "上海的通办率为92.5%。"),
        ("浙江哪一年成立数据局？", "2018年，山东成立数据局。"),
        ("浙江的渡口由谁管？", "福建的渡口由船务所管。"),
    ],
)
def test_what_is_of_another_place_is_not_told_of_the_one_asked_about(question: str, told: str) -> None:
    assert lacking(question, told) == ("浙江",)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("上海的通办率是多少？", RATES),
        ("浙江的通办率是多少？", "杭州的通办率为90%。"),
        ("杭州的通办率是多少？", "浙江全省的通办率为90%。"),
        ("浙江的通办率是多少？", "通办率为90%。"),
        ("浙江的通办率是多少？", "上海为92.5%，浙江为90%。"),
        ("浙江的渡口由谁管？", "浙江学福建，渡口由船务所管。"),
        ("通办率是多少？", "上海的通办率为92.5%。"),
    ],
)
def test_what_may_be_of_the_place_asked_about_is(question: str, told: str) -> None:
    assert lacking(question, told) == ()


def test_headings_place_what_names_no_place_itself() -> None:
    assert lacking("浙江的通办率是多少？", "通办率为90%。", about="浙江的通办") == ()
    assert lacking("浙江的通办率是多少？", "通办率为90%。", about="上海的通办") == ("浙江",)


@pytest.mark.parametrize(
    ("question", "sides", "missing"),
    [
        ("浙江省與廣東省的模式有什麼不同？", ("浙江省", "廣東省"), ("浙江省",)),
        ("广东和贵州的模式有什么不同？", ("广东", "贵州"), ("贵州",)),
        ("How do Guangdong and Sichuan differ?", ("Guangdong", "Sichuan"), ("Sichuan",)),
        ("福建和贵州的模式有什么不同？", ("福建", "贵州"), ("福建", "贵州")),
        ("广东和深圳的模式有什么不同？", ("广东", "深圳"), ()),
    ],
)
def test_a_side_of_a_comparison_that_nothing_is_told_of_is_missing(question: str, sides: tuple[str, ...], missing: tuple[str, ...]) -> None:
    assert lacking(question, "广东省的模式是政企合作。", sides=sides) == missing


def test_a_side_is_named_by_what_tells_it_from_the_other() -> None:
    sides = ("传统渡口", "电子渡口")
    told = Text("电子渡口开得早。")
    assert [names_side(told, side, sides) for side in sides] == [False, True]
    assert names_side(told, "the old ferry", ("the old ferry", "the new ferry"))


def test_a_side_without_the_value_that_is_asked_for_is_missing() -> None:
    assert lacking("上海和浙江的通办率各是多少？", RATES, "浙江、上海推进通办。", sides=("上海", "浙江")) == ("浙江",)
