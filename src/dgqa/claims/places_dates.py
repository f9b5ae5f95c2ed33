"""Rules on where and when: a number, a deed or a first that is given to another place or year than in the evidence."""

from __future__ import annotations

import re

from dgqa.claims.claim import Case, Statement, share, stated
from dgqa.data import Pattern
from dgqa.language.glossary import load_glossary
from dgqa.language.places import named_in, places
from dgqa.language.reading import Text
from dgqa.language.text import fold, pairs
from dgqa.language.values import Amount, Date, stands_for

_RELATIVE = re.compile(r"(?:比|较|相比)\s*\d{4}|than\s+(?:in\s+)?\d{4}")
_CLEARLY = 0.3  # share of bigrams by which another clause must fit better
LISTED = re.compile(r"分别|各为|依次|respectively", re.IGNORECASE)
_PRONOUNCES = re.compile(r"[才就仅只竟]|已经|早已|居然|\bonly\b|\balready\b|\bnot until\b", re.IGNORECASE)
_SAME = 0.6  # share of a question's own words that a sentence on the very same thing has
_LATE = Pattern("claims/places_dates", "late")
_FIRST = re.compile(r"头一[个回家次]|第一[个家次座]|首[个家次座]|最早|最先|率先|\b(?:first|earliest|pioneer\w*)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][a-z]+(?:[ -][A-Z][a-z]+)*\b")
_STATED = re.compile(r"(?:是|由)[^，。？?]{2,14}(?:推出|发布|出台|上线|开发|建立|提出|制定)的[^，。？?]{0,6}[，,]")
_CLAUSE = re.compile(r"[，,；;。！？!?\n]|：(?=[^“《]{0,3}$)")


def misplaced(case: Case) -> str:
    """Whether a value is said of a place or a year that the evidence with that value is not about."""
    pieces = case.grounds.pieces
    for value, place, year in _anchored(case.claim):
        holders = [piece for piece in pieces if stated(value, piece.whole)]
        if not any(_fits(holder, value, place, year, pieces) for holder in holders):
            return value.surface if holders else ""
    return ""


def misdated(case: Case) -> str:
    """Whether a Chinese sentence says in a year what the evidence, clause by clause, says in another."""
    if LISTED.search(case.claim.text) or LISTED.search(case.grounds.said.text):
        return ""
    told = [(clause.dated, pairs(_undated(clause))) for clause in case.grounds.clauses if clause.dated]
    if len({date.year for dates, _ in told for date in dates}) < 2:
        return ""
    for clause in case.claim.clauses:
        dates, wanted = clause.dated, pairs(_undated(clause))
        if len(dates) != 1 or len(wanted) < 2:
            continue
        scores = [(len(wanted & held) / len(wanted), any(stands_for(dates[0], other) for other in others)) for others, held in told]
        own = max((score for score, same in scores if same), default=0.0)
        if max(score for score, _ in scores) >= own + _CLEARLY:
            return clause.text
    return ""


def _undated(text: Text) -> str:
    return "".join(token if isinstance(token, str) else "" if isinstance(token, Date) else token.surface for token in text.tokens)


def other_place(case: Case) -> str:
    """Whether a sentence, which names no place itself, rests on another place than the question's."""
    wanted, there = set(case.question.toponyms), set(case.grounds.whole.places)
    return min(wanted) if wanted and there and not wanted & there and not case.claim.places else ""


def other_year(case: Case) -> str:
    """Whether a sentence, which has no date itself, rests on another year than the question's."""
    years = {date.year for date in case.question.dates}
    told = {date.year for date in case.grounds.said.dated}
    own = any(isinstance(value, Date) for value in case.claim.values)
    return str(min(filter(None, years))) if years and told and not years & told and not own else ""


def _fits(holder: Statement, value: Amount | Date, place: str, year: Date | None, pieces: tuple[Statement, ...]) -> bool:
    before = [piece for piece in pieces if holder.group >= 0 and piece.group == holder.group and piece.number < holder.number]
    if place:
        # Where the sentence itself names no place, it is about the one named last before it.
        named = next((found for piece in [holder, *reversed(before)] if (found := piece.whole.places)), ())
        if place not in named:
            return False
    if year is not None and isinstance(value, Amount):
        own = holder.dated
        if not any(stands_for(year, found) for found in own) and (own or not any(stated(year, piece.whole) for piece in before)):
            return False
    if LISTED.search(holder.text):
        return True
    # Where the evidence itself has several places or years, the value must follow the same one.
    linked = [(p, y) for found, p, y in _anchored(holder) if stands_for(value, found)]
    if not linked:
        return True
    many_places = len(holder.places) > 1
    many_years = len({found.year for found in holder.dated}) > 1
    return any(
        (not place or not many_places or not p or p == place)
        and (year is None or not many_years or y is None or not isinstance(value, Amount) or year.year is None or y.year == year.year)
        for p, y in linked
    )


def _anchored(text: Text) -> list[tuple[Amount | Date, str, Date | None]]:
    """Return every value of a text with the place and the year that it follows, or that alone stand in the text."""
    years = () if _RELATIVE.search(text.folded) else text.dated
    only_place = text.places[0] if len(text.places) == 1 else ""
    only_year = years[0] if len({value.year for value in years}) == 1 else None
    anchored: list[tuple[Amount | Date, str, Date | None]] = []
    before = ""
    year: Date | None = None
    for token in text.tokens:
        if isinstance(token, str):
            before += token
            continue
        # "6 points more than in 2020" is not about 2020.
        if isinstance(token, Date) and token.year and not re.search(r"(?:比|较|相比|than(?:in)?)$", before):
            year = token
        named = places(before)
        last = max(named, key=lambda name: _last_at(before, name), default="") if len(named) > 1 else (named[0] if named else "")
        anchored.append((token, last or only_place, year or only_year))
        before += token.surface
    return anchored


def _last_at(text: str, place: str) -> int:
    """Return where ``place`` is named last, in whichever language."""
    for end in range(len(text), 0, -1):
        if place not in places(text[:end]):
            return end
    return 0


# --- of a question's premise ---


def unknown_year(case: Case) -> str:
    """Another year in the evidence, where the question explains or stresses its own instead of asking for a value."""
    question, evidence = case.question, case.grounds.said
    if not question.dates or question.wants or not (case.explains or _PRONOUNCES.search(case.asked)) or not evidence.dated:
        return ""
    return next((date.surface for date in question.dates if not stated(Date(date.year, None, None, ""), evidence)), "")


def later_than_told(case: Case) -> str:
    """为何到2018年才首次提出？ where an earlier year did it; on the sentence that has most of what is asked alone."""
    match = _LATE.search(case.question.asked)
    if match is None:
        return ""
    year = int(match["zh"] or match["behind"] or match["en"])
    about = tuple(word for word in case.topic if not re.search(r"\d", word) and word not in ("首次", "第一次", "直到", "拖到", "头一回"))
    if len(about) < 3:
        return ""
    told = case.grounds.pieces
    ranked = sorted(((share(about, piece.folded), place) for place, piece in enumerate(told)), key=lambda pair: (-pair[0], pair[1]))
    most, best = ranked[0]
    years = [date.year for date in told[best].dated if date.year]
    own = max((like for like, place in ranked if str(year) in told[place].folded), default=0.0)
    return f"{year}年" if most >= _SAME and years and min(years) < year and year not in years and own < most else ""


def elsewhere(case: Case) -> str:
    """甲地的“乙” where “乙” is another place's, and nothing found names both in one clause or passage."""
    question = case.question
    if not case.presumes and not _STATED.search(question.asked):
        return ""
    wanted = [place for place in question.toponyms if place not in question.mentioned]
    terms = [fold(entity.name) for entity in question.entities if entity.kind == "quoted"] + [fold(title) for title in question.titles]
    if len(wanted) != 1 or not terms:
        return ""
    place, term = wanted[0], max(terms, key=len)
    if len(term) < 3 or place in named_in(term):
        return ""
    told = case.grounds.pieces
    bearing = [near for piece in told for near in _nearest(term, piece.folded)]
    if not bearing or any(place in near for near in bearing):
        return ""
    if any(place in named_in(part) for part in case.grounds.around.folded.split("\x00") if term in part and not _apart(term, place, part)):
        return ""
    others = {other for near in bearing for other in near} or {other for piece in told if term in piece.folded for other in named_in(piece.setting.folded)}
    return place if others and place not in others else ""


def _nearest(term: str, text: str) -> list[tuple[str, ...]]:
    """Return the places that each line has in its clause with the term, or else the last ones before it."""
    found = []
    for line in re.split(r"[。\n]", text):
        clauses = _CLAUSE.split(line)
        for number, clause in enumerate(clauses):
            if term in clause:
                found.append(next((there for part in reversed(clauses[: number + 1]) if (there := named_in(part))), ()))
    return found


def _apart(term: str, place: str, passage: str) -> bool:
    """Whether a passage that has both ties the term to another place wherever it names it."""
    near = _nearest(term, passage)
    return bool(near) and all(there and place not in there for there in near)


def first_by_another(case: Case) -> str:
    """Who first proposed it is said to be another, in an English question on a term that the glossary knows."""
    question = case.question
    if not case.presumes or not _FIRST.search(question.text):
        return ""
    named = [name for name in _NAME.findall(question.text) if not places(name)]
    terms = load_glossary().chinese(question)
    for piece in case.grounds.pieces:
        sentence = piece.folded
        if named and terms and _FIRST.search(sentence) and any(fold(term) in sentence for term in terms) and not any(fold(name) in sentence for name in named):
            return str(named[0])
    return ""
