"""Rules on how much is claimed: all for some, a plan done, most for few, so much a month for so much a year."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from dgqa.claims.claim import Case
from dgqa.data import Pattern, expression, table
from dgqa.language.reading import Text
from dgqa.language.text import pairs

_ALL = Pattern("claims/strength", "all")
_ALL_STATED = re.compile(r"所有|全[部体體面]|一律|一切|每|各|均|都|普遍|皆|任何|\b(?:all|every|entire|each|any)\b", re.IGNORECASE)
_ONLY = re.compile(r"只有|仅有|唯一|仅仅|\b(?:only(?! an? few\b| few\b)|solely|sole)\b", re.IGNORECASE)
_ONLY_STATED = re.compile(r"只|仅|唯|才|单|独|\b(?:only|sole)", re.IGNORECASE)
_ALIKE = 0.4  # share of a clause's bigrams from which it says the same thing as another
# What is planned or proposed, and has not come about by its being said.
_PLANNED = re.compile(r"计划|打算|拟(?!合|人|定了)|有望|预计|建议|提议|主张|设想|呼吁|争取|力争")
_UNREAL = re.compile(r"计划|打算|拟|有望|预计|建议|提议|主张|设想|呼吁|争取|力争|将|要|应|须|会(?!议)|可|目标|规划|希望|期望|明年|未来|今后|提出|推荐|认为|预期|即|没|未|不")
_UNREAL_ENGLISH = Pattern("claims/strength", "unreal_english")
_DONE_ENGLISH = Pattern("claims/strength", "done_english")
_RELATIVE = re.compile(r"去年|前年|今年|明年|后年|上年|次年|上月|本月|下月|昨天|今天|明天")


@functools.cache
def _expressions(name: str) -> dict[str, re.Pattern[str]]:
    return {key: expression(given) for key, given in table("claims/strength")[name].items()}


def overstates(case: Case) -> str:
    """Whether the sentence says "all" or "only" of what the evidence does not."""
    a, b = case.claim.folded, case.grounds.whole.folded
    for said, stated in ((_ALL, _ALL_STATED), (_ONLY, _ONLY_STATED)):
        if (found := said.search(a)) and not stated.search(b):
            return found.group()
    return ""


def other_rate(case: Case) -> str:
    """Whether the sentence says "a month" where the evidence says "a year"."""
    said, told = _rates(case.claim), _rates(case.grounds.said)
    return min(said) if said and told and not said & told else ""


def _rates(text: Text) -> set[str]:
    return {name for name, pattern in _expressions("rates").items() if pattern.search(text.folded)}


def other_day(case: Case) -> str:
    """Whether the sentence says "last year" where the evidence says "next year"."""
    said, told = set(_RELATIVE.findall(case.claim.folded)), set(_RELATIVE.findall(case.grounds.said.folded))
    return min(said) if said and told and not said & told else ""


def _nearest(clause: Text, told: Sequence[Text], left_out: re.Pattern[str]) -> Text | None:
    """Return the clause that shares most words with this one, what matches ``left_out`` not counted."""
    wanted = pairs(left_out.sub("", clause.folded))
    if len(wanted) < 3:
        return None
    scored = [(len(wanted & other.bigrams) / len(wanted), other) for other in told]
    best, other = max(scored, default=(0.0, None), key=lambda pair: pair[0])
    return other if best >= _ALIKE else None


def done(case: Case) -> str:
    """Whether the sentence states as done what the evidence only plans."""
    sentence, evidence = case.claim, case.grounds
    unreal = _UNREAL.search(sentence.folded) is not None
    if unreal and not _PLANNED.search(evidence.said.folded):
        return ""
    for clause in sentence.clauses:
        if _UNREAL.search(clause.folded):
            continue
        other = _nearest(clause, evidence.clauses, _PLANNED)
        # Of a sentence without any such word, or one that says expressly that it is done.
        if other is not None and _PLANNED.search(other.folded) and (not unreal or re.search(r"已|了", clause.folded)):
            return clause.text
    return ""


def done_across(case: Case) -> str:
    """The same of an English sentence: where all that the evidence tells is planned, the sentence must say so."""
    sentence = case.claim
    if _UNREAL_ENGLISH.search(sentence.text) or not _DONE_ENGLISH.search(sentence.text):
        return ""
    told = [part for piece in case.grounds.pieces for part in map(Text, re.split(r"[。；;！？\n]", piece.text)) if len(part.bigrams) >= 4]
    return sentence.text if told and all(_PLANNED.search(part.folded) for part in told) else ""


def _share(text: Text) -> str:
    """Return "most" or "few", "" for neither or both."""
    found = [name for name, pattern in _expressions("shares").items() if pattern.search(text.folded)]
    return found[0] if len(found) == 1 else ""


def other_share(case: Case) -> str:
    """Whether a clause says "most" where the evidence says "few"."""
    for clause in case.claim.clauses:
        said = _share(clause)
        if not said:
            continue
        other = _nearest(clause, [part for part in case.grounds.clauses if _share(part)], _expressions("shares")[said])
        if other is not None and _share(other) != said:
            return clause.text
    return ""


def other_share_across(case: Case) -> str:
    """The same of an English sentence, as a whole."""
    said, told = _share(case.claim), _share(case.grounds.said)
    return case.claim.text if said and told and said != told else ""
