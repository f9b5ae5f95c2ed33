"""Rules on numbers: one that counts other things, changes the other way or follows other words than in the evidence."""

from __future__ import annotations

import functools
import re

from dgqa.claims.claim import Case, harmless, stated
from dgqa.claims.places_dates import LISTED
from dgqa.data import Pattern, expression, table
from dgqa.language.reading import Text
from dgqa.language.text import CJK, pairs
from dgqa.language.values import Amount, Token, stands_for, values

_LED = 0.45  # share of the words before a number from which they are the same
_CLEARLY = 0.3  # how much better the words behind a number must fit one number than another
_CJK_ONLY = re.compile(f"[{CJK}]+")
_TO = re.compile(r"[个個件项項名人天日年月元%]?(?:工作日)?(?:至|到|-|–|—|~|to)")
_ENUMERATED = re.compile(r"(?:[\w'’-]+ ){0,3}[\w'’-]+(?:, (?:[\w'’-]+ ){0,3}[\w'’-]+)+,? and (?:[\w'’-]+ ){0,3}[\w'’-]+")
_PART_STATED = re.compile(r"[，,。；;:：！？]")
_ITEM_STATED = re.compile(r"、|[和与及或]|以及")
_CHANGE = Pattern("claims/amounts", "change")


@functools.cache
def _expressions(name: str) -> dict[str, re.Pattern[str]]:
    return {key: expression(given) for key, given in table("claims/amounts")[name].items()}


def unstated(case: Case) -> str:
    """A number or a date that the evidence and what it stands under do not state."""
    return next((value.surface for value in case.claim.values if not harmless(value) and not stated(value, case.grounds.whole)), "")


def reversed_change(case: Case) -> str:
    """Whether the sentence lets something change from B to A where the evidence has it change from A to B."""
    told = _changes(case.grounds.said)
    return next((case.claim.text for a, b in _changes(case.claim) if (b, a) in told and (a, b) not in told), "")


def _changes(text: Text) -> set[tuple[Token, Token]]:
    found: set[tuple[Token, Token]] = set()
    for match in _CHANGE.finditer(text.folded):
        first, second = values(match["a"]), values(match["b"])
        if first and second:
            a, b = first[-1], second[0]
            if isinstance(a, Amount) and isinstance(b, Amount):
                found.add((Amount(a.kind, a.value, ""), Amount(b.kind, b.value, "")))
    return found


def other_unit(case: Case) -> str:
    """Whether a number counts other things than in the evidence: 186本专著 for 186篇论文, three months for 三周."""
    counted, kinds = _counted(case.grounds.said), table("claims/amounts")["measures"]
    for value, things in _counted(case.claim):
        same = [other for found, other in counted if stands_for(value, found)]
        unit = _time_unit(things)
        units = [_time_unit(other) for other in same]
        if unit and units and all(units) and unit not in units:
            return value.surface
        measured = {kinds[other[0]] for other in same if other[:1] in kinds}
        if measured and (english := {kind for kind, pattern in _expressions("nouns").items() if pattern.match(things)}) and not english & measured:
            return value.surface
        named = [other for other in same if other]
        if _CJK_ONLY.fullmatch(things) and named and not any(set(things) & set(other) for other in named):
            return value.surface
    return ""


def _time_unit(things: str) -> str:
    """Return the unit of time that a text begins with, by one letter; "" for none."""
    for unit, pattern in _expressions("time").items():
        if pattern.match(things):
            return unit
    return ""


def _counted(text: Text) -> list[tuple[Amount, str]]:
    tokens = text.tokens
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


def other_range(case: Case) -> str:
    """Whether the sentence joins two numbers to a range, "from 7 to 15", that the evidence has apart."""
    evidence = case.grounds.said
    told = _ranges(evidence)
    known = {value for value in evidence.values if isinstance(value, Amount)}
    for pair in _ranges(case.claim) if told else ():
        if all(any(stands_for(end, found) for found in known) for end in pair) and not any(_same_ends(pair, other) for other in told):
            return f"{pair[0].surface}–{pair[1].surface}"
    return ""


def _same_ends(one: tuple[Amount, Amount], other: tuple[Amount, Amount]) -> bool:
    return all(any(stands_for(a, b) for b in other) for a in one)


def _ranges(text: Text) -> list[tuple[Amount, Amount]]:
    """Return every two amounts with nothing but a word for "to", or a unit and such a word, between them."""
    found: list[tuple[Amount, Amount]] = []
    last: Amount | None = None
    between = ""
    for token in text.tokens:
        if isinstance(token, str):
            between += token
            continue
        if isinstance(token, Amount):
            if last is not None and token.kind == last.kind and _TO.fullmatch(between):
                found.append((last, token))
            last, between = token, ""
        else:
            last, between = None, ""
    return found


def longer_list(case: Case) -> str:
    """Whether the sentence lists more things than the evidence, all its lists taken together, has or says that there are."""
    items = [len(re.findall(r", (?!and )| and ", listed)) + 1 for listed in _ENUMERATED.findall(case.claim.text)]
    items += [len(_ITEM_STATED.split(part)) for part in _PART_STATED.split(case.claim.folded)]
    said, evidence = max(items), case.grounds.said
    # Only where it enumerates things itself: two joined by "and" may be three in another language.
    if said < 3 or "、" not in evidence.text:
        return ""
    lists = [count for part in _PART_STATED.split(evidence.folded) if (count := len(_ITEM_STATED.split(part))) > 1]
    return case.claim.text if said > sum(lists) else ""


def wrong_amount(case: Case) -> str:
    """Whether the words before a number stand before another number of the same kind in the evidence."""
    sentence, evidence = case.claim, case.grounds.said
    if LISTED.search(evidence.text) or LISTED.search(sentence.text):
        return ""
    told = _led(evidence)
    for value, lead in _led(sentence):
        followed = _followed(value, sentence, evidence)
        if followed is not None and followed < 0:
            return value.surface
        if len(lead) < 2:
            continue
        scores = [(len(lead & other) / len(lead), found, other) for found, other in told if found.kind == value.kind and other]
        own = max(((score, words) for score, found, words in scores if stands_for(value, found)), key=lambda pair: pair[0], default=None)
        if own is None or (followed is not None and followed > 0):
            continue
        best, found, other = max(scores, key=lambda entry: entry[0])
        if best < _LED or best <= own[0] + _CLEARLY or stands_for(value, found):
            continue
        # A later clause leaves out what it shares with the first: only the words that tell the two apart count.
        mine, theirs = own[1] - other, other - own[1]
        if not mine or len(lead & mine) / len(mine) < len(lead & theirs) / max(1, len(theirs)):
            return value.surface
    return ""


def _led(text: Text) -> list[tuple[Amount, set[str]]]:
    """Return every amount with the bigrams of what stands between it and the amount before it.

    In "from A to B" what stands before A leads to B as well.
    """
    found: list[tuple[Amount, set[str]]] = []
    lead, whole = "", ""
    for token in text.tokens:
        if isinstance(token, str):
            lead += token
        elif isinstance(token, Amount):
            # Behind a number comes its unit first.
            clause = re.split(r"[，,；;。]", lead)[-1] if found else lead
            own = pairs(clause) if len(clause) > 1 else set()
            if found and clause == lead and re.search(r"[到至为成]$", clause) and re.search(r"(?:从|由|自)$", whole):
                own = own | found[-1][1]
            found.append((token, own))
            whole, lead = clause, ""
    return found


def _followed(value: Amount, sentence: Text, evidence: Text) -> int | None:
    """Return 1 where the words behind a number follow it in the evidence too, -1 where they follow another one; None if that can't be told."""
    behind = next((words for amount, words in _trailed(sentence) if amount == value), set())
    if len(behind) < 3:
        return None
    scores = [(len(behind & words) / len(behind), amount) for amount, words in _trailed(evidence) if amount.kind == value.kind]
    own = max((score for score, amount in scores if stands_for(value, amount)), default=0.0)
    other = max((score for score, amount in scores if not stands_for(value, amount)), default=0.0)
    if max(own, other) < _LED or abs(own - other) < _CLEARLY:
        return None
    return 1 if own > other else -1


def _trailed(text: Text) -> list[tuple[Amount, set[str]]]:
    """Return every amount with the bigrams of what follows it in its clause."""
    found: list[tuple[Amount, set[str]]] = []
    tokens = text.tokens
    for i, token in enumerate(tokens):
        if isinstance(token, Amount):
            words = ""
            for following in tokens[i + 1 :]:
                if not isinstance(following, str) or following in ",，;；。.":
                    break
                words += following
            found.append((token, pairs(words) if len(words) > 1 else set()))
    return found
