"""Judge the numbers that a question takes for granted: a share, a rank, a count, a number of years, a year."""

from __future__ import annotations

import re

from dgqa.claims.claim import Premise, stated
from dgqa.language.reading import Text
from dgqa.language.text import CJK, HAN
from dgqa.language.values import Amount, Date, stands_for, values

_COUNTED = re.compile(rf"(?<![哪几第、另某这那每同上下])(\d+|[一二三四五六七八九十两百]+)(家|个|項|项|位|种|類|类|条|份|大|座|省|步|次|幅|道|重|名|期|级)([{CJK}]{{0,4}})")
_ENUMERATED = re.compile(rf"{HAN}(?:、|和|与|及|以及|跟)(?:(?![，,。；])[^？?]){{1,20}}[”」\"]?的?(?:这|那)?$")
_RANK = re.compile(r"第\s?(\d+|[一二三四五六七八九十百]+)\s?(?:位|名)|\branked? (\d+)|\b(\d+)(?:st|nd|rd|th)\b")
_YEARS = re.compile(r"(?<![\d第])(\d{1,2}|[一二三四五六七八九十两]{1,3})年(?![代月来底初度级])(?=[^\d])")
_LISTING = re.compile(r"哪|什么|分别|请|说出|举出|which|what|list|name the", re.IGNORECASE)
_ONLY = re.compile(r"(?:[只仅唯才就]|唯一|单单|不过|有且)[^，。？?]{0,4}$")
_PRONOUNCES = re.compile(r"[才就仅只竟]|已经|早已|居然|\bonly\b|\balready\b|\bnot until\b", re.IGNORECASE)


def other_ratio(premise: Premise) -> str:
    """Dispute a share that the evidence, which has another, does not have."""
    evidence = premise.grounds.said
    for amount in (value for value in premise.question.values if isinstance(value, Amount)):
        if stated(amount, evidence) or amount.surface in evidence.folded:
            continue
        if amount.kind == "ratio" and any(isinstance(value, Amount) and value.kind == "ratio" for value in evidence.values):
            return amount.surface
    return ""


def other_rank(premise: Premise) -> str:
    """Dispute a rank where the evidence has another."""
    said = premise.grounds.said.folded
    for match in _RANK.finditer(premise.asked):
        if not _same(match.group(), said) and _RANK.search(said) and (premise.explains or not premise.question.wants):
            return match.group()
    return ""


def _same(rank: str, evidence: str) -> bool:
    wanted = [value for value in values(rank) if isinstance(value, Amount)]
    found = [value for match in _RANK.finditer(evidence) for value in values(match.group()) if isinstance(value, Amount)]
    return any(stands_for(a, b) for a in wanted for b in found)


def other_count(premise: Premise) -> str:
    """Dispute a number of things of which the evidence counts another number."""
    question, said = premise.asked, premise.grounds.said.folded
    if premise.question.wants and not premise.explains:
        return ""
    for match in _COUNTED.finditer(question):
        if _LISTING.search(question[max(match.start() - 4, 0) : match.start()]):
            continue
        number, unit, noun = match.groups()
        # "甲和乙两种模式" names two of them, however many there are.
        if _ENUMERATED.search(question[: match.start()]):
            continue
        # 一家企业 is any, 只有一家企业 is one.
        if number == "一" and not _ONLY.search(question[: match.start()]):
            continue
        others = [other for other in _COUNTED.finditer(said) if other[2] == unit and noun[:2] and other[3].startswith(noun[:2])]
        # "三点" before a list of three: what counts the items of an answer is not disputed.
        if others and not any(_value(other[1]) == _value(number) for other in others) and not re.search(rf"(?<!第){number}(?:家|个|项|位|种|类|条|大|方面|点){noun[:2] if number == '一' else ''}", said):
            return match.group(1) + unit + noun[:2]
    return ""


def other_duration(premise: Premise) -> str:
    """Dispute a number of years that something took, where the evidence has another."""
    if not premise.explains:
        return ""
    spans = _YEARS.findall(premise.grounds.said.folded)
    for match in _YEARS.finditer(premise.asked):
        if spans and not any(_value(span) == _value(match[1]) for span in spans):
            return match.group()
    return ""


def other_number(premise: Premise) -> str:
    """Dispute a number with its unit, where the evidence has another with the same."""
    evidence = premise.grounds.said
    for amount in premise.question.numbers if premise.explains else ():
        same_unit = re.search(rf"{re.escape(amount.surface)}\s?([{CJK}])", premise.asked)
        if same_unit is None or any(amount.surface in text.folded or stated(amount, text) for text in _told(premise)):
            continue
        if re.search(rf"[\d万亿]\s?[余多]?{same_unit[1]}", evidence.folded):
            return amount.surface + same_unit[1]
    return ""


def unknown_year(premise: Premise) -> str:
    """Dispute a year that the question explains or stresses instead of asking for a value, where the evidence has another; one in a title is known."""
    question, evidence = premise.question, premise.grounds.said
    if not question.dates or question.wants or not (premise.explains or _PRONOUNCES.search(premise.asked)) or not evidence.dated:
        return ""
    return next((date.surface for date in question.dates if not any(stated(Date(date.year, None, None, ""), text) for text in _told(premise))), "")


def _told(premise: Premise) -> tuple[Text, ...]:
    """Return the evidence and what each piece of it stands in: the number in the name of a decision is none that a question takes for granted."""
    return (premise.grounds.said, *(piece.setting for piece in premise.grounds.pieces))


def _value(number: str) -> int:
    return next((int(value.value) for value in values(number.replace("两", "二")) if isinstance(value, Amount)), -1)
