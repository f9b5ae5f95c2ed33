"""Premises: what a question takes for granted against what its evidence says."""

import pytest

from dgqa.premises import contradicted
from dgqa.slots import asked


def disputed(question: str, *evidence: str) -> str:
    return contradicted(asked(question), evidence)


@pytest.mark.parametrize(
    ("question", "evidence", "surface"),
    [
        ("为什么2012年该国排第50位？", "2012年该国排在第78位。", "第50位"),
        ("為什麼2012年該國排第50位？", "2012年该国排在第78位。", "第50位"),
        ("覆盖率只有70%，难在哪里？", "覆盖率为96.1%。", "70%"),
        ("How did the county cut its time by 80%?", "办理时间减少了12%。", "80%"),
        ("公司由七家企业出资，为什么要这么多？", "四家企业共同出资设立公司。", "七家企业"),
        ("平台为什么2012年就上线了？", "2017年，平台上线。", "2012年"),
        ("工期安排了十年，为什么要拖这么久？", "计划用时三到五年。", "十年"),
        ("论坛2021年6月举办，讨论了什么？", "论坛于2023年6月举办。", "2021年6月"),
        ("Why did only 5 countries join?", "有18个国家加入。", "5"),
        ("为什么说电子政务是完善的治理模式？", "电子政务还算不上完善的治理模式。", "算不上"),
    ],
)
def test_another_value_for_the_same_thing_contradicts(question: str, evidence: str, surface: str) -> None:
    assert disputed(question, evidence) == surface


@pytest.mark.parametrize(
    ("question", "evidence"),
    [
        ("为什么2012年该国排第78位？", "2012年该国排在第78位。"),
        ("覆盖率为什么达到96.1%？", "覆盖率为百分之九十六点一。"),
        ("2024年该国排第几位？", "2012年该国排在第78位。"),
        ("2016年有多少项？", "2018年有350项。"),
        ("治理论的四条原则是哪四条？", "第一项原则是安全。"),
        ("请列出三点原因", "原因有两点，都很重要。"),
        ("为什么数据难以共享？", "数据没有统一的标准，并非部门不愿共享。"),
        ("公司由哪几家企业出资？", "四家企业共同出资。"),
        ("平台有什么作用？", "平台不是摆设，而是帮手。"),
        ("为什么要建平台？", ""),
    ],
)
def test_an_ordinary_question_takes_nothing_wrong_for_granted(question: str, evidence: str) -> None:
    assert disputed(question, evidence) == ""
