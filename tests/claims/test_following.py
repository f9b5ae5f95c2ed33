"""Values and lengths of time put otherwise than in the evidence."""

from __future__ import annotations

import pytest

from dgqa.claims.claim import Grounds, Statement
from dgqa.claims.durations import lengths
from dgqa.claims.following import unfounded
from dgqa.language.reading import Text


@pytest.mark.parametrize(
    ("sentence", "evidence", "missing"),
    [
        ("最长12个月。", "以不超过一年为限。", []),
        ("应在三天内通报。", "应于七十二小时内通报。", []),
        ("间隔不少于半年。", "间隔不少于六个月。", []),
        ("最长18个月。", "以不超过一年为限。", ["18"]),
        ("按六到七成估算。", "按60%—70%估算。", []),
        ("按八到九成估算。", "按60%—70%估算。", ["八", "九成"]),
        ("得到3000元。", "得到3k。", []),
        ("得到4000元。", "得到3k。", ["4000"]),
    ],
)
def test_a_value_that_is_put_otherwise_is_not_missing(sentence: str, evidence: str, missing: list[str]) -> None:
    found = unfounded(Text(sentence), Grounds((Statement(evidence, 1),)), Text(""))
    assert [value.surface for value in found] == missing


def test_lengths_of_time_are_told_in_days() -> None:
    assert {*lengths(Text("two weeks"))["two"]} == {14}
