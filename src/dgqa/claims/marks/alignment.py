"""Whether a sentence puts together what its evidence puts together: this number with that year, this place with that name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dgqa.claims.claim import Grounds, Statement, harmless
from dgqa.claims.cross_lingual import CrossLingual
from dgqa.claims.polarity import down, up
from dgqa.language.glossary import load_glossary
from dgqa.language.hearing import heard
from dgqa.language.names import foreign_names
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, fold
from dgqa.language.values import Amount, Date, Token, stands_for

_PART = re.compile(r"[,;:，；：。]\s*|\s+(?:and|but|while|whereas)\s+")
_BREAK = {"；": 30, ";": 30, "。": 40, "，": 12, ",": 12, "、": 12, "和": 6, "\n": 60}  # how much farther apart a mark puts two things
_BEHIND_IT = 30  # how much farther a date is from what stands before it
_CLEARLY = 4  # how much nearer another value must be
_NAMED = re.compile(r"[“「《\"]([^”」》\"]{2,30})[”」》\"]")
_BEFORE, _BEHIND = 10, 6  # characters around a value in which a word says more, or less, than it
_OVER = re.compile(r"(?<![不得])超过|超出|多于|高于|逾|以上|多(?=[个項项家种類类次人户件条])|余(?=[个項项家种次人户件条])|\b(?:more than|over|above|exceed\w*|at least|well over)\b|\+")
_UNDER = re.compile(r"不超过|不得超过|最高|至多|接近|将近|近(?!年)|不足|不到|少于|低于|以下|\b(?:nearly|almost|less than|fewer than|under|below|close to|just short of|up to)\b")
_COUNT = re.compile(r"([一二两三四五六七八九十]|\d{1,2})(?:大|个|項|项|种|類|类|家|条|點|点|方面)(?:基本|主要|建设)?([\u4e00-\u9fff]{2})")
_DIGITS = {char: n for n, char in enumerate("一二三四五六七八九十", 1)}
_ENGLISH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_ORDINAL = re.compile(r"第([一二三四五六七八九十])")
_ORDINAL_ENGLISH = re.compile(rf"\b({'|'.join(_ENGLISH)})\b")
_ITEMS = re.compile(r"(?:第|其)?([一二三四五六七八九十])(?:[个個项項种類类条條点點是]|,|，)([^；;。]{2,60})")
_LATIN = re.compile(r"[A-Z][A-Za-z]{2,}")
_LEAST = 4  # bigrams of a part that says something
_APART = {False: 0.12, True: 0.02}  # how much more words, or cosine, a part must share with a piece that has not its values
_AGENT = re.compile(r"([\u4e00-\u9fff“”]{2,16}?)(?:是)?(?:由|被|靠|依托)([\u4e00-\u9fff“”]{2,16})")


@dataclass(frozen=True, slots=True)
class _Place:
    token: Token
    at: int


def crossed(claim: Text, grounds: Grounds) -> str:
    """Return a part of a sentence that joins what the evidence keeps apart, "" for none."""
    told = [piece for piece in grounds.pieces if piece.values]
    for part in map(Text, _PART.split(claim.text)):
        values = [value for value in part.values if not harmless(value)]
        for value in values:
            votes = _votes(value, values, _terms(part, value, values), told)
            if votes and min(votes) > _CLEARLY:
                return part.text
    return ""


def joined(part: Text, grounds: Grounds) -> bool:
    """Whether something said beside a value stands nearer to it than to any other."""
    values = [value for value in part.values if not harmless(value)]
    told = [piece for piece in grounds.pieces if piece.values]
    return any(min(_votes(value, values, _terms(part, value, values), told), default=0) < -_CLEARLY for value in values)


def parted(claim: Text, grounds: Grounds, close: Mapping[int, float]) -> str:
    """Return a part of a sentence whose values and names stand in one piece of evidence, and whose words are those of another.

    ``close`` is the cosine of an English sentence with every piece, by which its words are told.
    """
    if len(grounds.pieces) < 2:
        return ""
    for part in map(Text, _PART.split(claim.text)):
        values = [value for value in part.values if not harmless(value)]
        names = [fold(name) for name in (*_NAMED.findall(part.text), *_LATIN.findall(part.text))] if not part.english else [fold(name) for name in foreign_names(part.text)]
        if (not values and not names) or len(part.bigrams) < _LEAST:
            continue
        holding = [piece for piece in grounds.pieces if all(any(stands_for(value, found) for found in piece.whole.values) for value in values) and all(_has(name, piece) for name in names)]
        if len(values) + len(names) > 1 and not holding and all(any(stands_for(value, found) for found in grounds.whole.values) for value in values) and not part.english:
            return part.text
        others = [piece for piece in grounds.pieces if piece not in holding]
        if not holding or not others:
            continue
        # What both have in common decides, not the name or the value itself.
        bare = Text(re.sub("|".join(map(re.escape, [*names, *(value.surface for value in values)])), " ", part.folded))
        here, elsewhere = (max(_likeness(bare, piece, close, english=part.english) for piece in pieces) for pieces in (holding, others))
        if elsewhere > here + _APART[part.english]:
            return part.text
    return ""


def _likeness(part: Text, piece: Statement, close: Mapping[int, float], *, english: bool) -> float:
    return close.get(piece.number, 0.0) if english else len(part.bigrams & piece.bigrams) / max(1, len(part.bigrams))


def _has(name: str, piece: Statement) -> bool:
    return name in piece.whole.folded or (name.isascii() and heard(name, piece.folded))


def exchanged(claim: Text, grounds: Grounds) -> str:
    """Return a part of a Chinese sentence that gives a value to what a neighbouring clause of the evidence gives another: 县 for 地市."""
    for part in () if claim.english else map(Text, _PART.split(claim.text)):
        values = [value for value in part.values if not harmless(value)]
        if len(values) != 1:
            continue
        said = _content(part)
        for piece in grounds.pieces:
            own = [clause for clause in piece.clauses if any(stands_for(values[0], found) for found in clause.values)]
            others = [clause for clause in piece.clauses if clause not in own and any(_alike(values[0], found) for found in clause.values)]
            if own and all((said - _content(clause)) & set().union(*map(_content, others)) and _content(clause) - said for clause in own):
                return part.text
    return ""


def misnumbered(claim: Text, grounds: Grounds, across: CrossLingual | None) -> str:
    """Return the part of a sentence that calls something the first which the evidence calls the fourth."""
    found = _ORDINAL_ENGLISH.search(claim.folded) if claim.english else _ORDINAL.search(claim.folded)
    items = {_DIGITS[number]: Text(text) for number, text in _ITEMS.findall(grounds.said.folded)}
    number = 0 if found is None else _ENGLISH[found[1]] if claim.english else _DIGITS.get(found[1], 0)
    if number not in items or len(items) < 2:
        return ""
    if claim.english:
        if across is None:
            return ""
        row = across.likeness([claim.text], [item.text for item in items.values()])[0]
        likeness = dict(zip(items, map(float, row), strict=True))
    else:
        likeness = {at: len(claim.bigrams & item.bigrams) / max(1, min(len(claim.bigrams), len(item.bigrams))) for at, item in items.items()}
    best = max(likeness, key=lambda at: likeness[at])
    return found[0] if found is not None and likeness[best] > likeness[number] + _APART[claim.english] else ""


def _content(text: Text) -> set[str]:
    return {word for word, flag in text.tagged if flag[0] in "nsf" and word not in FUNCTION_WORDS}


def turned(claim: Text, grounds: Grounds) -> str:
    """Return a value that goes up where the evidence lets it go down, or the other way round, or is more where it is nearly so much."""
    for value in claim.values:
        said = _window(value, claim, 18, 10)
        told = [_window(value, piece, 18, 10) for piece in grounds.pieces if any(stands_for(value, found) for found in piece.values)]
        if not told:
            continue
        for one, other in ((up, down), (down, up)):
            if one(said) and not other(said) and all(other(text) and not one(text) for text in told):
                return value.surface
        near = _window(value, claim, _BEFORE, _BEHIND)
        around = [_window(value, piece, _BEFORE, _BEHIND) for piece in grounds.pieces if any(stands_for(value, found) for found in piece.values)]
        for over, under in ((_OVER, _UNDER), (_UNDER, _OVER)):
            if over.search(near) and not under.search(near) and all(under.search(text) and not over.search(text) for text in around):
                return value.surface
    return ""


def miscounted(claim: Text, grounds: Grounds) -> str:
    """Return a number of things of which the evidence counts another number: 五个维度 for 四个维度."""
    said = {(match[2], match[1]) for match in _COUNT.finditer(claim.folded)}
    told = [(match[2], match[1]) for match in _COUNT.finditer(grounds.said.folded)]
    for noun, number in said:
        others = {other for thing, other in told if thing == noun}
        if others and number not in others and number != "一":
            return f"{number}{noun}"
    return ""


def reversed_agents(claim: Text, grounds: Grounds) -> str:
    """Return who does something by whom, where the evidence has the two the other way round."""
    for one, by in _AGENT.findall(claim.folded):
        for other, agent in _AGENT.findall(grounds.said.folded):
            if _same(one, agent) and _same(by, other) and not _same(one, other):
                return f"{one}由{by}"
    return ""


def _same(one: str, other: str) -> bool:
    a, b = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other))
    return bool(a) and bool(b) and len(a & b) / min(len(a), len(b)) >= 0.5


def _terms(part: Text, value: Amount | Date, values: list[Amount | Date]) -> list[str | Date]:
    """Return what a part says beside a value: dates beside an amount, names, places, in English the terms that the glossary knows."""
    dated = isinstance(value, Date) or _is_year(value)
    terms: list[str | Date] = [other for other in values if isinstance(other, Date) and not dated]
    terms += [fold(name) for name in _NAMED.findall(part.text)]
    terms += part.places
    if part.english:
        terms += load_glossary().chinese(part)
        # English writes a year as a bare number.
        terms += [Date(int(other.value), None, None, other.surface) for other in values if isinstance(other, Amount) and not dated and _is_year(other)]
    return list(dict.fromkeys(terms))


def _is_year(value: Amount | Date) -> bool:
    return isinstance(value, Amount) and value.kind == "number" and value.value.denominator == 1 and 1900 <= value.value < 2100


def _votes(value: Amount | Date, said: list[Amount | Date], terms: list[str | Date], told: list[Statement]) -> list[int]:
    """Return how much nearer everything said beside a value stands to another value of its kind, which is not said, in every piece that has both."""
    votes = []
    for piece in told:
        places = list(_places(piece))
        own = [place for place in places if _means(value, place.token)]
        others = [place for place in places if _alike(value, place.token) and not any(_means(one, place.token) for one in said)]
        if not own or not others:
            continue
        first = min(place.at for place in places)
        for term in terms:
            at = [place.at for place in places if isinstance(term, Date) and stands_for(term, place.token)] if isinstance(term, Date) else [m.start() for m in re.finditer(re.escape(term), piece.folded)]
            # What stands before the first value may lead to all of them.
            if not at or (not isinstance(term, Date) and min(at) < first):
                continue
            near, far = (min(_distance(piece.folded, here, place.at, leads=isinstance(term, Date)) for here in at for place in those) for those in (own, others))
            votes.append(near - far)
    return votes


def _means(value: Amount | Date, token: Token) -> bool:
    return not isinstance(token, str) and stands_for(value, token)


def _alike(value: Amount | Date, token: Token) -> bool:
    if isinstance(value, Date) or _is_year(value):
        return isinstance(token, Date)
    return isinstance(token, Amount) and token.kind == value.kind


def _places(piece: Text) -> Iterator[_Place]:
    folded, at = piece.folded, 0
    for value in piece.values:
        found = folded.find(value.surface, at)
        if found >= 0:
            yield _Place(value, found)
            at = found + len(value.surface)


def _distance(text: str, one: int, other: int, *, leads: bool) -> int:
    """Return how far a value, at ``other``, is from what is said beside it; a date ``leads`` to what follows it."""
    low, high = sorted((one, other))
    return high - low + sum(_BREAK.get(char, 0) for char in text[low:high]) + (_BEHIND_IT if leads and other < one else 0)


def _window(value: Amount | Date, text: Text, before: int, behind: int) -> str:
    """Return what stands around a value within its clause."""
    found = next((other for other in text.values if stands_for(value, other)), value)
    at = text.folded.find(found.surface)
    if at < 0:
        return ""
    left = re.split(r"[，,；;。]", text.folded[max(0, at - before) : at])[-1]
    right = re.split(r"[，,；;。]", text.folded[at + len(found.surface) : at + len(found.surface) + behind])[0]
    return f"{left}{found.surface}{right}"
