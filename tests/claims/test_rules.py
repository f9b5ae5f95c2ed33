"""Every rule objects to what it is for, and to nothing beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dgqa.claims.checker import Checker
from dgqa.claims.claim import Case, Grounds, Statement
from dgqa.claims.cross_lingual import CrossLingual
from dgqa.claims.premises import disputed_premise
from dgqa.claims.rules import RULES, disputes, known
from dgqa.errors import ConfigError
from dgqa.language.reading import Text
from dgqa.question.parsing import Question
from fakes import Floats, HashingEmbedder

CASES: dict[str, dict[str, list[dict[str, Any]]]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "claims.toml").read_text(encoding="utf-8"))
NAMES = [rule.name for rule in RULES]


class Glossing(HashingEmbedder):
    """Reads English by a list of translations, so that likeness across languages is shared bigrams too."""

    def __init__(self, gloss: dict[str, str]) -> None:
        super().__init__()
        self.gloss = gloss

    def _all(self, texts: Sequence[str]) -> Floats:
        return super()._all([self.gloss.get(text, self.gloss.get(text.strip(" ."), text)) for text in texts])


def objections(name: str, given: dict[str, Any]) -> list[str]:
    """Return what one rule disputes in a case of the file."""
    (rule,) = (rule for rule in RULES if rule.name == name)
    pieces = tuple(Statement(text, number, context=text) for number, text in enumerate(given["evidence"], 1))
    every = tuple(Statement(text, number) for number, text in enumerate(given.get("every", given["evidence"]), 1))
    premise = "premise" in rule.of
    claim = Question(given["claim"]) if premise else Text(given["claim"])
    question = claim if isinstance(claim, Question) else Question(given.get("question", ""))
    case = Case(claim, Grounds(pieces, Text("\x00".join(given["evidence"]))), question, Grounds(every), CrossLingual(Glossing(given.get("gloss", {}))), pieces)
    return [disputed for found, disputed in disputes(case, "premise" if premise else "sentence") if found == rule]


def test_every_rule_has_cases_of_both_kinds_and_a_name_of_its_own() -> None:
    assert sorted(CASES) == sorted(NAMES) and len(set(NAMES)) == len(NAMES)
    assert all(cases["fires"] and cases["passes"] for cases in CASES.values())


@pytest.mark.parametrize(("name", "given"), [(name, given) for name, cases in CASES.items() for given in cases["fires"]])
def test_a_rule_objects_to_what_it_is_for(name: str, given: dict[str, Any]) -> None:
    found = objections(name, given)
    assert found and found[0] == given.get("disputed", found[0])


@pytest.mark.parametrize(("name", "given"), [(name, given) for name, cases in CASES.items() for given in cases["passes"]])
def test_a_rule_does_not_object_to_the_truth(name: str, given: dict[str, Any]) -> None:
    assert objections(name, given) == []


def test_a_rule_that_is_left_out_objects_to_nothing_and_the_others_still_do() -> None:
    evidence = [Statement("渡船每月检修一次。", 1)]
    assert Checker(evidence).check("渡船每天检修一次。", (1,)).rule == "strength.other_rate"
    assert Checker(evidence, without=frozenset({"strength.other_rate"})).check("渡船每天检修一次。", (1,)).fault == ""
    assert Checker(evidence, without=frozenset({"strength.other_rate"})).check("渡船每天检修四次。", (1,)).rule == "amounts.unstated"


def test_the_name_of_the_rule_is_told_with_what_it_disputes() -> None:
    question, told = Question("渡口为什么2003年就通航了？"), [Statement("2009年，渡口通航。", context="2009年，渡口通航。")]
    found = disputed_premise(question, told, "2009年，渡口通航。")
    assert found is not None and (found.claim, found.rule) == ("2003年", "dates.unknown_year")
    assert disputed_premise(question, told, "2009年，渡口通航。", without=frozenset({"dates.unknown_year"})) is None


def test_a_rule_that_there_is_not_cannot_be_left_out() -> None:
    assert known(frozenset({"names.unstated"})) == {"names.unstated"}
    with pytest.raises(ConfigError, match=r"no rule names\.unknown: give some of amounts\.unstated"):
        known(frozenset({"names.unknown"}))
