"""A sentence and its evidence in; whether it makes more of it: a plan done, a few most, so much a year so much a month, out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.claims.claim import clauses
from dgqa.language.text import bigrams, fold

_ALIKE = 0.4  # share of a clause's bigrams from which it says the same thing as another
# What is planned or proposed, and has not come about by its being said.
_PLANNED = re.compile(r"计划|打算|拟(?!合|人|定了)|有望|预计|建议|提议|主张|设想|呼吁|争取|力争")
_UNREAL = re.compile(r"计划|打算|拟|有望|预计|建议|提议|主张|设想|呼吁|争取|力争|将|要|应|须|会(?!议)|可|目标|规划|希望|期望|明年|未来|今后|提出|推荐|认为|预期|即|没|未|不")
_UNREAL_ENGLISH = re.compile(
    r"\b(?:plan\w*|intend\w*|propos\w+|suggest\w*|recommend\w*|advis\w+|advice|expect\w*|aim\w*|target\w*|goal\w*|will|would|shall|should|could|may|might|must|to be|going to|hop\w+|seek\w*|urg\w+|call\w*|argu\w+|"
    r"advocat\w+|envisag\w+|forecast\w*|next year|future|by 20\d\d|want\w*|need\w*|encourag\w+|not)\b",
    re.IGNORECASE,
)
_DONE_ENGLISH = re.compile(r"\b(?:has|have|had|was|were|did)\b|\b\w{3,}ed\b|\b(?:built|set|made|took|began|came|went|became|held|gave|put|led|rose|fell|cut|spent|brought|got|sent|ran)\b", re.IGNORECASE)
_AMOUNTS = (
    re.compile(r"超过一半|过半|半数以上|一半以上|大多|多数|大部分|绝大|大半|\b(?:most|majority|more than half|over half|bulk)\b", re.IGNORECASE),
    re.compile(r"少数|个别|极少|小部分|少部分|不到一半|不足一半|不足半数|寥寥|\b(?:few|minority|handful|less than half|fewer than half)\b", re.IGNORECASE),
)
_RATES = (
    ("year", re.compile(r"每年|年均|每年度|按年|\b(?:per|each|every|a|annual(?:ly)?|yearly)\s*year\b|\bannual(?:ly)?\b|\byearly\b", re.IGNORECASE)),
    ("quarter", re.compile(r"每季|按季|\b(?:per|each|every|a) quarter\b|\bquarterly\b", re.IGNORECASE)),
    ("month", re.compile(r"每个?月|月均|按月|\b(?:per|each|every|a) month\b|\bmonthly\b", re.IGNORECASE)),
    ("week", re.compile(r"每周|每星期|每个?礼拜|按周|\b(?:per|each|every|a) week\b|\bweekly\b", re.IGNORECASE)),
    ("day", re.compile(r"每天|每日|日均|按日|\b(?:per|each|every|a) day\b|\bdaily\b", re.IGNORECASE)),
    ("hour", re.compile(r"每个?小时|\b(?:per|each|every|an) hour\b|\bhourly\b", re.IGNORECASE)),
)
_RELATIVE = re.compile(r"去年|前年|今年|明年|后年|上年|次年|上月|本月|下月|昨天|今天|明天")


def overdrawn(sentence: str, evidence: Sequence[str], *, english: bool) -> bool:
    """Whether the sentence states as done, as most, as of another time or by another rate what the evidence states otherwise."""
    whole = "\n".join(evidence)
    return _other_rate(sentence, whole) or (
        _done_across(sentence, evidence) or _other_share_across(sentence, whole) if english else _done(sentence, evidence) or _other_share(sentence, evidence) or _other_day(sentence, whole)
    )


def _other_rate(sentence: str, evidence: str) -> bool:
    said, stated = _rates(sentence), _rates(evidence)
    return bool(said and stated) and not said & stated


def _rates(text: str) -> set[str]:
    folded = fold(text)
    return {name for name, pattern in _RATES if pattern.search(folded)}


def _other_day(sentence: str, evidence: str) -> bool:
    """Whether the sentence says "last year" where the evidence says "next year"."""
    said, stated = set(_RELATIVE.findall(fold(sentence))), set(_RELATIVE.findall(fold(evidence)))
    return bool(said and stated) and not said & stated


def _nearest(clause: str, stated: Sequence[str], left_out: re.Pattern[str]) -> str | None:
    """Return the clause that shares most words with this one, what matches ``left_out`` not counted."""
    wanted = bigrams(left_out.sub("", fold(clause)))
    if len(wanted) < 3:
        return None
    scored = [(len(wanted & bigrams(other)) / len(wanted), other) for other in stated]
    best, other = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return other if best >= _ALIKE else None


def _done(sentence: str, evidence: Sequence[str]) -> bool:
    stated = [clause for text in evidence for clause in clauses(text)]
    if _UNREAL.search(fold(sentence)) and not _PLANNED.search(fold("\n".join(evidence))):
        return False
    for clause in clauses(sentence):
        if _UNREAL.search(fold(clause)):
            continue
        other = _nearest(clause, stated, _PLANNED)
        # Of a sentence without any such word, or one that says expressly that it is done.
        if other is not None and _PLANNED.search(fold(other)) and (not _UNREAL.search(fold(sentence)) or re.search(r"已|了", fold(clause))):
            return True
    return False


def _done_across(sentence: str, evidence: Sequence[str]) -> bool:
    """The same of an English sentence: where all that the evidence tells is planned, the sentence must say so."""
    if _UNREAL_ENGLISH.search(sentence) or not _DONE_ENGLISH.search(sentence):
        return False
    stated = [clause for text in evidence for clause in re.split(r"[。；;！？\n]", text) if len(bigrams(clause)) >= 4]
    return bool(stated) and all(_PLANNED.search(fold(clause)) for clause in stated)


def _share(text: str) -> int | None:
    """Return 0 for most, 1 for few, None for neither or both."""
    found = [i for i, pattern in enumerate(_AMOUNTS) if pattern.search(fold(text))]
    return found[0] if len(found) == 1 else None


def _other_share(sentence: str, evidence: Sequence[str]) -> bool:
    stated = [clause for text in evidence for clause in clauses(text)]
    for clause in clauses(sentence):
        share = _share(clause)
        if share is None:
            continue
        other = _nearest(clause, [part for part in stated if _share(part) is not None], _AMOUNTS[share])
        if other is not None and _share(other) != share:
            return True
    return False


def _other_share_across(sentence: str, evidence: str) -> bool:
    said, stated = _share(sentence), _share(evidence)
    return said is not None and stated is not None and said != stated
