"""Parsing: what a question names, the kind of value it wants, and whether a sentence has one."""

import pytest

from dgqa.language.reading import Text
from dgqa.question.matching import fills
from dgqa.question.parsing import Question


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("接入了多少个事项？", "number"),
        ("接入了多少個事項？", "number"),
        ("How many services are there?", "number"),
        ("覆盖率是多少？", "share"),
        ("What percentage of towns is covered?", "share"),
        ("What was the satisfaction rate of the towns?", "share"),
        ("What coverage rate has the network reached?", "share"),
        ("What is the exchange rate?", ""),
        ("What sets the rate of the tax?", ""),
        ("平台的预算是多少？", "money"),
        ("How much has the county spent?", "money"),
        ("平台是哪年建成的？", "date"),
        ("平臺是什麼時候建成的？", "date"),
        ("When was the platform opened?", "date"),
        ("多少年来形成的格局是什么？", ""),
        ("平台跟哪几种码融在一起？", ""),
        ("平台由谁建设？", ""),
    ],
)
def test_a_question_wants_a_number_a_share_money_a_date_or_none_of_them(question: str, wants: str) -> None:
    assert Question(question).wants == wants


def test_years_are_dates_with_and_without_their_character() -> None:
    assert [date.year for date in Question("2021年比2019如何？").dates] == [2021, 2019]
    assert [date.year for date in Question("What changed in 2021?").dates] == [2021]


def test_a_short_count_is_no_fact_to_look_for() -> None:
    assert Question("请说出三点，5个例子").numbers == ()
    assert [number.value for number in Question("列出140项事项的文件").numbers] == [140]


def test_titles_places_and_latin_names_are_read() -> None:
    question = Question("NASA在《数字县城》里怎么评价深圳？")
    assert (question.titles, question.toponyms, question.names) == (("数字县城",), ("深圳",), ("NASA",))


def test_a_number_that_is_part_of_a_name_is_no_fact_to_look_for() -> None:
    assert Question("第50届比赛有多少人？").numbers == ()
    assert Question("How old was he at Super Bowl 50?").numbers == ()
    assert [number.value for number in Question("他们为50个县做了什么？").numbers] == [50]


def test_a_span_of_time_need_not_begin_with_the_same_year() -> None:
    assert Question("2016年以后的主题是什么？").dates == () and Question("What changed after 2016?").dates == ()
    assert [date.year for date in Question("2016年的主题是什么？").dates] == [2016]


@pytest.mark.parametrize(("question", "sentence"), [("何时升为路？", "崇宁五年升为京畿路。"), ("花了多少钱？", "花费4.5亿加元。")])
def test_years_of_an_era_and_money_of_any_country_are_values(question: str, sentence: str) -> None:
    assert fills(Question(question), Text(sentence))


def test_a_number_of_years_is_no_year_of_an_era() -> None:
    assert not fills(Question("何时建成？"), Text("建设历时五年。"))


def test_a_decade_is_no_year_to_look_for() -> None:
    assert Question("What was built in the 1980s?").dates == ()
