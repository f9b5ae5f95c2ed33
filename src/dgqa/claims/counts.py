"""Rules on the numbers that a question takes for granted: a share, a rank, a count, a number of years, "all" and "only"."""

from __future__ import annotations

import re

from dgqa.claims.claim import Case, stated
from dgqa.language.text import CJK, HAN
from dgqa.language.values import Amount, stands_for, values

_COUNTED = re.compile(rf"(?<![哪几第、另某这那每同上下])(\d+|[一二三四五六七八九十两百]+)(家|个|項|项|位|种|類|类|条|份|大|座|省|步|次|幅|道|重|名|期|级)([{CJK}]{{0,4}})")
_ENUMERATED = re.compile(rf"{HAN}(?:、|和|与|及|以及|跟)(?:(?![，,。；])[^？?]){{1,20}}[”」\"]?的?(?:这|那)?$")
_EVERY = re.compile(r"\ball (?:of the |the )?(\d+)\b|(?:全部|所有|全体)(?:的)?(\d+)|(\d+)[家个项名位][^，。？?]{0,10}(?:全都|全部|都已?经?|均已?)")
_FEW = re.compile(rf"(?:只|仅|才|不过|不到)(?:有|剩|建|接|办|设)?了?(?P<number>[一二两三四五六七八九十百千万亿\d.]+)(?P<unit>{HAN})")
_RANK = re.compile(r"第\s?(\d+|[一二三四五六七八九十百]+)\s?(?:位|名)|\branked? (\d+)|\b(\d+)(?:st|nd|rd|th)\b")
_YEARS = re.compile(r"(?<![\d第])(\d{1,2}|[一二三四五六七八九十两]{1,3})年(?![代月来底初度级])(?=[^\d])")
_LISTING = re.compile(r"哪|什么|分别|请|说出|举出|which|what|list|name the", re.IGNORECASE)
_ONLY = re.compile(r"(?:[只仅唯才就]|唯一|单单|不过|有且)[^，。？?]{0,4}$")
_STRESSED = re.compile(r"\b(?:only|just|all|as many as) (\d[\d,]*)\b")


def other_ratio(case: Case) -> str:
    """A share that the evidence, which has another, does not have."""
    evidence = case.grounds.said
    for amount in (value for value in case.question.values if isinstance(value, Amount)):
        if stated(amount, evidence) or amount.surface in evidence.folded:
            continue
        if amount.kind == "ratio" and any(isinstance(value, Amount) and value.kind == "ratio" for value in evidence.values):
            return amount.surface
    return ""


def other_rank(case: Case) -> str:
    """A rank where the evidence has another."""
    said = case.grounds.said.folded
    for match in _RANK.finditer(case.asked):
        if not _same(match.group(), said) and _RANK.search(said) and (case.explains or not case.question.wants):
            return match.group()
    return ""


def _same(rank: str, evidence: str) -> bool:
    wanted = [value for value in values(rank) if isinstance(value, Amount)]
    found = [value for match in _RANK.finditer(evidence) for value in values(match.group()) if isinstance(value, Amount)]
    return any(stands_for(a, b) for a in wanted for b in found)


def other_count(case: Case) -> str:
    """A number of things of which the evidence counts another number."""
    question, said = case.asked, case.grounds.said.folded
    if case.question.wants and not case.explains:
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


def other_duration(case: Case) -> str:
    """A number of years that something took, where the evidence has another."""
    if not case.explains:
        return ""
    spans = _YEARS.findall(case.grounds.said.folded)
    for match in _YEARS.finditer(case.asked):
        if spans and not any(_value(span) == _value(match[1]) for span in spans):
            return match.group()
    return ""


def other_stressed(case: Case) -> str:
    """"Only 12", which the evidence, with other numbers, does not have."""
    said = case.grounds.said.folded
    if not case.explains or not re.search(r"\d", said):
        return ""
    return next((match[1] for match in _STRESSED.finditer(case.asked) if match[1] not in said), "")


def not_all(case: Case) -> str:
    """All of them, where the evidence says that it were some of so many: 至少有56家，其中15家."""
    every = _EVERY.search(case.asked) if case.explains else None
    if every is None:
        return ""
    whole = next(number for number in every.groups() if number)
    part = re.search(rf"(?<!\d){whole}(?!\d)[^。]{{0,16}}其中(?:有)?(\d+)", case.grounds.said.folded)
    return every.group() if part and part[1] != whole else ""


def too_few(case: Case) -> str:
    """So few, where the evidence counts many more of the same."""
    said = case.grounds.said.folded
    for match in _FEW.finditer(case.asked) if case.explains else ():
        few = _value(match["number"])
        told = [_value(number) for number in re.findall(rf"([\d.]+[万亿]?|[一二两三四五六七八九十百千万亿]+)[余多]?个?{match['unit']}", said)]
        if few >= 0 and told and few not in told and max(told) > few:
            return match["number"] + match["unit"]
    return ""


def other_number(case: Case) -> str:
    """A number with its unit, where the evidence has another with the same."""
    evidence = case.grounds.said
    for amount in case.question.numbers if case.explains else ():
        same_unit = re.search(rf"{re.escape(amount.surface)}\s?([{CJK}])", case.asked)
        if amount.surface in evidence.folded or stated(amount, evidence) or same_unit is None:
            continue
        if re.search(rf"[\d万亿]\s?[余多]?{same_unit[1]}", evidence.folded):
            return amount.surface + same_unit[1]
    return ""


def _value(number: str) -> int:
    return next((int(value.value) for value in values(number.replace("两", "二")) if isinstance(value, Amount)), -1)
