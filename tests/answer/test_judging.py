"""Every gate has a question that it decides; left out, something else decides it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dgqa.answer.evidence import Evidence
from dgqa.answer.excerpts import Chosen
from dgqa.answer.judging import GATES, SWITCHES, Case, Subject, judge
from dgqa.evaluation.measure import kept
from dgqa.evaluation.question_sets import Question as Asked
from dgqa.evaluation.runs import Record, group
from dgqa.models.readers.reader import Reading
from dgqa.question.parsing import Question
from dgqa.types import Answer, Hit, Passage, Sentence

TOLD = "2019年渡口客流占全县的61%。"


def case(question: str, told: str = TOLD, sure: float = 0.99, **more: object) -> Case:
    sentence = Sentence(told, 0, len(told))
    passage = Passage(0, "a", "a.txt", "渡口客流", "", "", "", 0, len(told), told, (sentence,))
    read = ((Hit(1, 1.0, passage, (sentence,)), Reading(sure, (sure,), (None,))),)
    chosen = Chosen((Evidence(passage, sentence, 3.0, sure),), read, covered=0.9)
    return replace(Case(chosen, Question(question), "Hans", Subject(("渡口",)), "balanced"), **more)  # type: ignore[arg-type]


DECIDED = {
    "gate.talk": case("你好"),
    "gate.nothing": replace(case("渡口客流占多少？"), chosen=Chosen((), ())),
    "gate.premise": case("为什么2019年渡口客流占全县的16%？"),
    "gate.elsewhere": case("2021年渡口客流占全县多少？"),
    "gate.of_others": case("山东的渡口客流占多少？", told="2019年福建的渡口客流占61%。"),
    "gate.unnamed": case("津渡条例规定渡口客流占全县多少？"),
}


@pytest.mark.parametrize("name", GATES)
def test_each_gate_decides_its_question_and_no_other(name: str) -> None:
    assert judge(DECIDED[name]).parts["gate"] == name
    assert [other for other, one in DECIDED.items() if judge(one).parts["gate"] == name] == [name]
    assert judge(case("2019年渡口客流占全县多少？")).parts["gate"] == "confidence"


@pytest.mark.parametrize("name", [name for name in SWITCHES if name in GATES])
def test_a_gate_that_is_left_out_decides_nothing(name: str) -> None:
    assert judge(replace(DECIDED[name], without=frozenset({name}))).parts["gate"] != name


def test_a_lone_word_that_nothing_knows_is_not_understood() -> None:
    known, unknown = case("dukou"), case("dkkl")
    unknown = replace(unknown, chosen=replace(unknown.chosen, unseen=1.0))
    assert (judge(unknown).status, judge(unknown).parts["gate"]) == ("refused", "gate.nothing")
    assert judge(known).parts["gate"] == "confidence"
    named = replace(unknown, question=Question("dkkl", "", frozenset({"dkkl"})))
    assert judge(named).parts["gate"] == "confidence"


def test_what_is_off_topic_is_no_near_miss_unless_that_gate_is_left_out() -> None:
    near = case("渡口客流为什么占这么多？", sure=0.01)
    assert judge(near).status == "partial" and judge(replace(near, off_topic=True)).status == "refused"
    assert judge(replace(near, off_topic=True, without=frozenset({"gate.off_topic"}))).status == "partial"


def test_a_lenient_reader_is_shown_another_year_under_a_caution() -> None:
    verdict = judge(replace(DECIDED["gate.elsewhere"], strictness="lenient"))
    assert (verdict.status, verdict.parts["gate"]) == ("partial", "gate.unnamed") and "2021年" in verdict.reason


def test_the_side_of_a_comparison_that_nothing_was_found_on_is_named() -> None:
    asked = case("山东和福建的渡口客流有什么不同？", told="福建的渡口客流很少。")
    verdict = judge(replace(asked, chosen=replace(asked.chosen, sides=("山东", "福建"))))
    assert verdict.status == "partial" and "“山东”" in verdict.reason and "福建" not in verdict.reason


def test_a_run_tells_what_decided_its_answers() -> None:
    def record(number: int, one: Case) -> Record:
        verdict = judge(one)
        answer = Answer(one.question.text, verdict.status, "", trace={"signals": verdict.parts})
        return Record(Asked(f"q{number}", one.question.text, "zh-Hans", "fact", "", (), ()), (), (), kept(answer), {}, {}, {})

    decided = group([record(number, one) for number, one in enumerate((*DECIDED.values(), DECIDED["gate.talk"]))])["decided"]
    assert {name: len(records) for name, records in decided.items()} == {"gate.talk": 2, "gate.nothing": 1, "counts.other_ratio": 1, "gate.elsewhere": 1, "gate.of_others": 1, "gate.unnamed": 1}


@pytest.mark.parametrize(
    "question, told, gate",
    [
        ("台湾的渡口末班船几点开？", "末班船二十一時開，遇颱風停航。", "confidence"),
        ("台湾的渡口末班船几点开？", "高雄的末班船二十一時開，遇颱風停航。", "confidence"),
        ("香港的渡口末班船幾點開？", "高雄的末班船二十一時開，遇颱風停航。", "gate.of_others"),
        ("台湾的渡口末班船几点开？", "末班船二十一时开，遇台风停航。", "gate.unnamed"),
        ("福建的渡口末班船几点开？", "末班船二十一時開，遇颱風停航。", "gate.unnamed"),
    ],
)
def test_what_is_written_where_traditional_characters_are_at_home_need_not_name_that_place(question: str, told: str, gate: str) -> None:
    assert judge(case(question, told)).parts["gate"] == gate
