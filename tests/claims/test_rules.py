"""Every rule objects to what it is for, and to nothing beside it; each can be left out."""

from __future__ import annotations

import pytest

from dgqa.answer.judging import known
from dgqa.claims.claim import Statement
from dgqa.claims.marking import Marker
from dgqa.claims.premises import disputed_premise
from dgqa.claims.rules import NAMED, RULES
from dgqa.errors import ConfigError
from dgqa.question.parsing import Question

FIRES = {
    "counts.other_ratio": ("覆盖率只有70%，难在哪里？", "覆盖率为96.1%。", "70%"),
    "counts.other_rank": ("为什么2012年该国排第50位？", "2012年该国排在第78位。", "第50位"),
    "counts.other_count": ("公司由七家企业出资，为什么要这么多？", "四家企业共同出资设立公司。", "七家企业"),
    "counts.other_duration": ("工期安排了十年，为什么要拖这么久？", "计划用时三到五年。", "十年"),
    "counts.other_number": ("为什么能收240条投诉？", "全年收到1300条投诉。", "240条"),
    "dates.unknown_year": ("平台为什么2012年就上线了？", "2017年，平台上线。", "2012年"),
}
PASSES = {
    "counts.other_ratio": ("覆盖率为什么达到96.1%？", "覆盖率为百分之九十六点一。"),
    "counts.other_rank": ("为什么2012年该国排第78位？", "2012年该国排在第78位。"),
    "counts.other_count": ("公司由四家企业出资，为什么？", "四家企业共同出资设立公司。"),
    "counts.other_duration": ("工期安排了五年，为什么？", "计划用时五年。"),
    "counts.other_number": ("为什么能收1300条投诉？", "全年收到1300条投诉。"),
    "dates.unknown_year": ("平台为什么2017年才上线？", "2017年，平台上线。"),
}


def disputed(question: str, evidence: str, without: frozenset[str] = frozenset()) -> tuple[str, str]:
    found = disputed_premise(Question(question), [Statement(evidence, context=evidence)], without=without)
    return (found.rule, found.claim) if found else ("", "")


def test_every_rule_has_cases_of_both_kinds_and_a_name_of_its_own() -> None:
    names = [rule.name for rule in RULES]
    assert sorted(FIRES) == sorted(PASSES) == sorted(names) and len(set(NAMED)) == len(NAMED)


@pytest.mark.parametrize("name", FIRES)
def test_a_rule_objects_to_what_it_is_for_and_is_silent_when_left_out(name: str) -> None:
    question, evidence, claim = FIRES[name]
    assert disputed(question, evidence) == (name, claim)
    assert disputed(question, evidence, frozenset({name}))[0] != name


@pytest.mark.parametrize("name", PASSES)
def test_a_rule_does_not_object_to_the_truth(name: str) -> None:
    assert disputed(*PASSES[name]) == ("", "")


def test_a_share_is_not_disputed_by_amounts_that_are_none() -> None:
    assert disputed("覆盖率只有70%，难在哪里？", "网络覆盖3000人，投入5亿元，历时三年。") == ("", "")


@pytest.mark.parametrize(("name", "sentence"), [("values.unstated", "渡船每天检修四次。"), ("names.unstated", "海南的渡船每月检修一次。")])
def test_a_check_of_a_model_s_sentence_can_be_left_out(name: str, sentence: str) -> None:
    evidence = [Statement("渡船每月检修一次。", 1)]
    assert Marker(evidence).mark(sentence, (1,)).mark == "withheld"
    assert Marker(evidence, without=frozenset({name})).mark(sentence, (1,)).mark == "unconfirmed"


def test_a_rule_that_there_is_not_cannot_be_left_out() -> None:
    assert known(frozenset({"names.unstated"})) == {"names.unstated"}
    with pytest.raises(ConfigError, match=r"no rule names\.unknown: give some of values\.unstated"):
        known(frozenset({"names.unknown"}))
