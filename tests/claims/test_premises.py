"""Premises: what a question takes for granted against what its evidence says."""

from collections.abc import Sequence

import pytest

from dgqa.claims.claim import Statement
from dgqa.claims.premises import denied_premise, disputed_premise, wants_confirmed
from dgqa.models.readers.windows import Page
from dgqa.question.parsing import Question


def disputed(question: str, *evidence: str) -> str:
    found = disputed_premise(Question(question), [Statement(text, context=text) for text in evidence])
    return found.claim if found else ""


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
        ("一家船厂怎样参与航道管护？", "航道由三家船厂管护。"),
        ("一名船员要学什么？", "两名船员学习了救生。"),
        ("平台有什么作用？", "平台不是摆设，而是帮手。"),
        ("为什么要建平台？", ""),
        ("办事大厅后来改称为什么？", "大厅并非一直叫这个名字，后来改称服务中心。"),
        ("为什么新锅炉用煤气作燃料？", "为减少污染，新锅炉将用煤气作燃料，而非柴油。"),
        ("为什么很多项目失败了？", "不少项目缺少运营推广，难以持续。"),
        ("为什么要完善配套制度？", "配套制度不完善，数据难以共享。"),
        ("内部管理和服务交付两种模式，毛病出在哪？", "合作有三种模式：内部管理、服务交付和平台垄断。"),
        ("另一个方面呢？", "不足有两个方面，第二个方面是数据。"),
        ("平台是谁开发的，什么时候上线？", "平台由腾讯开发，2019年上线。"),
    ],
)
def test_an_ordinary_question_takes_nothing_wrong_for_granted(question: str, evidence: str) -> None:
    assert disputed(question, evidence) == ""


def test_the_year_in_the_name_of_what_is_asked_about_is_none_that_it_takes_for_granted() -> None:
    evidence = Statement("委员会认为，1998年的合同已经失效。", context="87年航字第5号决定\n委员会认为，1998年的合同已经失效。")
    assert disputed_premise(Question("87年航字第5号决定为什么说合同失效？"), [evidence]) is None
    assert disputed_premise(Question("为什么说2004年的合同失效？"), [evidence]) is not None


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("渡口夜里不开船，对吗？", "渡口夜里不开船"),
        ("渡口由縣政府管理，沒錯吧", "渡口由縣政府管理"),
        ("渡船每月检修一次吧？", "渡船每月检修一次"),
        ("The ferry runs at night, doesn't it?", "The ferry runs at night"),
        ("Passengers pay nothing, right?", "Passengers pay nothing"),
        ("渡口由谁管理？", ""),
        ("渡船可以夜里开吗？", ""),
        ("渡口几点开船，是吧？", ""),
    ],
)
def test_a_statement_is_told_from_what_asks_for_a_yes(question: str, claim: str) -> None:
    assert wants_confirmed(Question(question)) == claim


class Follows:
    name = "follows"

    def __init__(self, *probabilities: float) -> None:
        self.probabilities = probabilities

    def follows(self, claim: str, pages: Sequence[Page]) -> list[float]:
        return list(self.probabilities[: len(pages)])


@pytest.mark.parametrize(("probabilities", "denied"), [((0.05, 0.1), True), ((0.05, 0.6), False), ((0.3, 0.3), False)])
def test_what_nothing_found_supports_is_denied_and_what_may_be_so_is_not(probabilities: tuple[float, ...], denied: bool) -> None:
    pages = [Page("渡口", ("渡船每月检修一次。",)), Page("票价", ("票价2元。",))]
    found = denied_premise(Question("渡船每周检修一次，对吗？"), pages, Follows(*probabilities))
    assert (found.claim if found else "") == ("渡船每周检修一次" if denied else "")
    assert denied_premise(Question("渡船多久检修一次？"), pages, Follows(*probabilities)) is None
    assert denied_premise(Question("渡船每周检修一次，对吗？"), pages, None) is None
    assert denied_premise(Question("渡船每周检修一次，对吗？"), pages, Follows(*probabilities), without=frozenset({"entailment.denied"})) is None
