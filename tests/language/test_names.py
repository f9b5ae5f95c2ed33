"""Names in a sentence that its evidence does not hold, by their form."""

from __future__ import annotations

import pytest

from dgqa.language.names import missing_names
from dgqa.language.reading import Text


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("The deposit is NT$300, and CSSA households pay none.", ()),
        ("The theory was proposed by Hartmann.", ()),
        ("The State Council issued the rules.", ("State Council",)),
        ("Residents of Guangdong pay nothing.", ("广东",)),
    ],
)
def test_of_english_names_those_are_missing_whose_chinese_is_known(sentence: str, missing: tuple[str, ...]) -> None:
    assert missing_names(Text(sentence), Text("押金300元，综援户免交。这一理论由邓利维提出。"), english=True) == missing
    assert missing_names(Text(sentence), Text("国务院发布，适用于广东省。"), english=True) == ()


@pytest.mark.parametrize(("name", "missing"), [("投诉科", True), ("服务处", False), ("民政局", True)])
def test_a_department_that_the_evidence_has_not_is_missing(name: str, missing: bool) -> None:
    assert bool(missing_names(Text(f"热线由市民{name}管理。"), Text("热线由市民服务处管理。"), english=False)) is missing


@pytest.mark.parametrize(
    ("sentence", "evidence", "missing"),
    [
        ("海南也开通了热线。", "云南开通了热线。", ("海南",)),
        ("云南开通了热线。", "云南省已开通热线。", ()),
        ("《渔港条例》作了规定。", "《海港条例》作了规定。", ("渔港条例",)),
    ],
)
def test_a_place_or_a_title_is_held_or_not(sentence: str, evidence: str, missing: tuple[str, ...]) -> None:
    assert missing_names(Text(sentence), Text(evidence), english=False) == missing
