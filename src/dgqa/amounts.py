"""A sentence and its evidence in; whether its numbers count other things, change the other way or follow other words than there, out."""

from __future__ import annotations

import re

from dgqa.anchoring import LISTED
from dgqa.citations import bigrams
from dgqa.text import CJK, fold
from dgqa.values import Amount, Token, scan, stands_for, values

_LED = 0.45  # share of the words before a number from which they are the same
_CJK_ONLY = re.compile(f"[{CJK}]+")
_TIME_UNITS = tuple(
    (unit, re.compile(pattern))
    for unit, pattern in (("y", r"年|years?"), ("m", r"月|months?"), ("w", r"周|星期|礼拜|weeks?"), ("d", r"天|日(?!均)|(?:working)?days?"), ("h", r"小时|hours?"), ("i", r"分钟|minutes?"), ("s", r"秒|seconds?"))
)
_CHANGE = re.compile(r"(?:从|由|自|from)\s*(?P<a>[^，,。;；]{1,18}?)\s*(?P<v>[\u4e00-\u9fff]{0,6}[到至为成]|to)\s*(?=(?P<b>\S.{0,18}))", re.IGNORECASE)


def reversed_change(sentence: str, evidence: str) -> bool:
    """Whether the sentence lets something change from B to A where the evidence has it change from A to B."""
    said, stated = _changes(sentence), _changes(evidence)
    return any((b, a) in stated and (a, b) not in stated for a, b in said)


def _changes(text: str) -> set[tuple[Token, Token]]:
    found: set[tuple[Token, Token]] = set()
    for match in _CHANGE.finditer(fold(text)):
        first, second = values(match["a"]), values(match["b"])
        if first and second:
            a, b = first[-1], second[0]
            if isinstance(a, Amount) and isinstance(b, Amount):
                found.add((Amount(a.kind, a.value, ""), Amount(b.kind, b.value, "")))
    return found


def other_unit(sentence: str, evidence: str) -> bool:
    """Whether a number counts other things than in the evidence: 186本专著 for 186篇论文, three months for 三周."""
    counted = _counted(evidence)
    for value, things in _counted(sentence):
        same = [other for found, other in counted if stands_for(value, found)]
        unit = _time_unit(things)
        units = [_time_unit(other) for other in same]
        if unit and units and all(units) and unit not in units:
            return True
        named = [other for other in same if other]
        if _CJK_ONLY.fullmatch(things) and named and not any(set(things) & set(other) for other in named):
            return True
    return False


def _time_unit(things: str) -> str:
    """Return the unit of time that a text begins with, by one letter; "" for none."""
    for unit, pattern in _TIME_UNITS:
        if pattern.match(things):
            return unit
    return ""


def _counted(text: str) -> list[tuple[Amount, str]]:
    tokens = scan(text)
    found = []
    for i, token in enumerate(tokens):
        if not isinstance(token, Amount):
            continue
        things = ""
        for following in tokens[i + 1 : i + 10]:
            if not isinstance(following, str) or not following.isalpha() or following in "和与及、或":
                break
            things += following
        found.append((token, re.sub(r"^[个個多余來来]+", "", things)))
    return found


def wrong_amount(sentence: str, evidence: str) -> bool:
    """Whether the words before a number stand before another number of the same kind in the evidence."""
    if LISTED.search(evidence) or LISTED.search(sentence):
        return False
    stated = _led(evidence)
    for value, lead in _led(sentence):
        if len(lead) < 2:
            continue
        scores = [(len(lead & other) / len(lead), found, other) for found, other in stated if found.kind == value.kind and other]
        own = max(((score, words) for score, found, words in scores if stands_for(value, found)), key=lambda pair: pair[0], default=None)
        if own is None:
            continue
        best, found, other = max(scores, key=lambda entry: entry[0])
        if best < _LED or best <= own[0] + 0.3 or stands_for(value, found):
            continue
        # A later clause leaves out what it shares with the first: only the words that tell the two apart count.
        mine, theirs = own[1] - other, other - own[1]
        if not mine or len(lead & mine) / len(mine) < len(lead & theirs) / max(1, len(theirs)):
            return True
    return False


def _led(text: str) -> list[tuple[Amount, set[str]]]:
    """Return every amount with the bigrams of what stands between it and the amount before it.

    In "from A to B" what stands before A leads to B as well.
    """
    found: list[tuple[Amount, set[str]]] = []
    lead, whole = "", ""
    for token in scan(text):
        if isinstance(token, str):
            lead += token
        elif isinstance(token, Amount):
            # Behind a number comes its unit first.
            clause = re.split(r"[，,；;。]", lead)[-1] if found else lead
            own = bigrams(clause) if len(clause) > 1 else set()
            if found and clause == lead and re.search(r"[到至为成]$", clause) and re.search(r"(?:从|由|自)$", whole):
                own = own | found[-1][1]
            found.append((token, own))
            whole, lead = clause, ""
    return found
