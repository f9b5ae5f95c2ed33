"""Names in a sentence that its evidence does not hold, by their form and by their sound."""

from __future__ import annotations

import pytest

from dgqa.language.hearing import heard, spelled_names
from dgqa.language.names import missing_names
from dgqa.language.reading import Text


@pytest.mark.parametrize(
    ("name", "text", "spelled"),
    [
        ("Dunleavy", "最早由邓利维提出", True),
        ("Denhardt", "最早由邓利维提出", False),
        ("Denhardt", "登哈特作了批评", True),
        ("Osborne", "奥斯本主张掌舵", True),
        ("Habermas", "哈贝马斯的公共领域", True),
        ("Johnson", "邓利维和登哈特", False),
        ("Smith", "数字政府建设的成效", False),
        ("Li", "黎明时分", False),
    ],
)
def test_a_foreign_name_is_known_by_its_sound(name: str, text: str, spelled: bool) -> None:
    assert heard(name, text) is spelled


def test_ordinary_words_are_no_names_by_sound() -> None:
    assert spelled_names("建设统筹规划") == ()
    assert missing_names(Text("The theory was proposed by Dunleavy."), Text("这一理论由邓利维提出。"), english=True) == ()
    assert missing_names(Text("The theory was proposed by Hartmann."), Text("这一理论由邓利维提出。"), english=True) == ("Hartmann",)


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
