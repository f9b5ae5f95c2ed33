"""A sentence that a model wrote and numbered evidence in; which evidence supports it and how far, or why none does, out.

No one test can tell a true sentence from a false one, so each lie has to pass all of them: its values and names must
stand in the evidence, beside the same things as there; clause by clause it must say yes or no as the evidence does; and it
must share its words, or across languages its meaning, with it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dgqa.citations import bigrams
from dgqa.names import missing_names
from dgqa.places import places
from dgqa.polarity import contradicts, overstates
from dgqa.slots import Slots
from dgqa.text import FUNCTION_WORDS, detect_script, fold, simplify, words
from dgqa.values import Amount, Date, Token, scan, stands_for, values

if TYPE_CHECKING:
    from dgqa.embedding import Embedder

Floats = npt.NDArray[np.float32]

# Calibrated on tests/data/support_pairs.jsonl; see eval/support.py.
SHARED = 0.5  # share of a Chinese sentence's bigrams that the evidence holds
SHARED_CLAUSE = 0.25  # the same for each of its clauses
CLOSE = 0.87  # cosine from which a Chinese paraphrase with fewer shared bigrams is believed
SHARED_CLOSE = 0.3  # the bigrams that it then needs
CLOSE_ENGLISH = 0.8  # cosine of an English sentence with Chinese evidence
_BETTER = 0.1  # how much better other evidence must be to take the place of what the model cited
_ADDS = 0.05  # how much a further piece of evidence must add
_PAIRED = 4  # the best pieces that are tried in pairs

_CLAUSE = re.compile(r"[，,；;。！？!?：:、\n]|\.\s|(?<=\S)[—–]{1,2}")
_LISTED = re.compile(r"分别|各为|依次|respectively", re.IGNORECASE)
_CHANGE = re.compile(r"(?:从|由|自|from)\s*(?P<a>[^，,。;；]{1,18}?)\s*(?P<v>[\u4e00-\u9fff]{0,6}[到至为成]|to)\s*(?=(?P<b>\S.{0,18}))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ground:
    """A piece of evidence: its ``number`` from 1, its ``text``, its headings, title and author, and the passage it stands in."""

    number: int
    text: str
    about: str = ""
    group: int = -1

    @property
    def whole(self) -> str:
        """The text with what it stands under."""
        return f"{self.text}\n{self.about}"


@dataclass(frozen=True, slots=True)
class Checked:
    """The ``numbers`` of the evidence that supports a sentence and how far, in 0..1; or ``fault``, why none does.

    A fault is "value", "name", "pairing", "negation", "scope", "entity" or "support".
    """

    numbers: tuple[int, ...] = ()
    support: float = 0.0
    fault: str = ""


class Checker:
    """Checks the sentences of one answer against its evidence."""

    def __init__(self, grounds: Sequence[Ground], *, slots: Slots | None = None, embedder: Embedder | None = None) -> None:
        """``slots`` are what the question names; without an ``embedder`` only shared words count, and no English sentence passes."""
        self._grounds = {ground.number: ground for ground in grounds}
        self._slots = slots or Slots()
        self._embedder = embedder
        self._vectors: Floats | None = None

    def check(self, sentence: str, cited: Sequence[int]) -> Checked:
        """Return what supports ``sentence``, preferring the evidence ``cited`` by the model where that does."""
        if not bigrams(sentence) or not self._grounds:
            return Checked(fault="support")
        english = detect_script(sentence) == "Latn"
        closeness = self._closeness(sentence)
        known = tuple(dict.fromkeys(number for number in cited if number in self._grounds))
        singles = sorted(((self._try(sentence, (number,), closeness, english)) for number in self._grounds), key=lambda made: (bool(made.fault), -made.support))
        best = singles[0]
        if known:
            given = self._try(sentence, known, closeness, english)
            if not given.fault and (best.fault or best.support < given.support + _BETTER):
                return self._trimmed(sentence, given, closeness, english)
        if not best.fault:
            return best
        likely = sorted(self._grounds, key=lambda number: -self._support(sentence, (number,), closeness, english))[:_PAIRED]
        for pair in sorted(itertools.combinations(sorted({*likely, *known[:2]}), 2), key=lambda pair: -self._support(sentence, pair, closeness, english)):
            both = self._try(sentence, pair, closeness, english)
            if not both.fault:
                return self._trimmed(sentence, both, closeness, english)
        return Checked(fault=self._try(sentence, known or (likely[0],), closeness, english).fault)

    def _try(self, sentence: str, numbers: tuple[int, ...], closeness: dict[int, float], english: bool) -> Checked:
        grounds = [self._grounds[number] for number in numbers]
        support = self._support(sentence, numbers, closeness, english)
        fault = _fault(sentence, grounds, english) or self._wrong_entity(sentence, grounds)
        if not fault and not self._enough(sentence, grounds, support, closeness, english):
            fault = "support"
        return Checked(numbers, round(min(1.0, max(0.0, support)), 4), fault)

    def _support(self, sentence: str, numbers: Sequence[int], closeness: dict[int, float], english: bool) -> float:
        if english:
            return max(closeness.get(number, 0.0) for number in numbers)
        return shared(sentence, [self._grounds[number] for number in numbers])

    def _enough(self, sentence: str, grounds: Sequence[Ground], support: float, closeness: dict[int, float], english: bool) -> bool:
        if english:
            return support >= CLOSE_ENGLISH
        if weakest_clause(sentence, grounds) < SHARED_CLAUSE:
            return False
        close = max((closeness.get(ground.number, 0.0) for ground in grounds), default=0.0)
        return support >= SHARED or (support >= SHARED_CLOSE and close >= CLOSE)

    def _trimmed(self, sentence: str, made: Checked, closeness: dict[int, float], english: bool) -> Checked:
        """Leave out cited evidence that adds nothing."""
        kept = made
        for number in sorted(made.numbers, key=lambda number: self._support(sentence, (number,), closeness, english)):
            rest = tuple(other for other in kept.numbers if other != number)
            if rest:
                without = self._try(sentence, rest, closeness, english)
                if not without.fault and without.support >= kept.support - _ADDS:
                    kept = without
        return kept

    def _closeness(self, sentence: str) -> dict[int, float]:
        """Return the cosine of the sentence with every piece of evidence."""
        if self._embedder is None:
            return {}
        if self._vectors is None:
            self._vectors = self._embedder.embed_passages([simplify(ground.text) for ground in self._grounds.values()])
        vector = self._embedder.embed_passages([simplify(sentence)])[0]
        return dict(zip(self._grounds, map(float, self._vectors @ vector), strict=True))

    def _wrong_entity(self, sentence: str, grounds: Sequence[Ground]) -> str:
        """Whether the sentence, which names no place or year itself, rests on another place or year than the question's."""
        whole = "\n".join(ground.whole for ground in grounds)
        there = set(places(whole))
        wanted = set(self._slots.places)
        if wanted and there and not wanted & there and not places(sentence):
            return "entity"
        years = {date.year for date in self._slots.dates}
        stated = {value.year for value in values("\n".join(ground.text for ground in grounds)) if isinstance(value, Date) and value.year}
        if years and stated and not years & stated and not any(isinstance(value, Date) for value in values(sentence)):
            return "entity"
        return ""


def shared(sentence: str, grounds: Sequence[Ground]) -> float:
    """Return the share of the sentence's bigrams that the evidence or its headings hold."""
    wanted = bigrams(sentence)
    if not wanted:
        return 0.0
    held = set[str]().union(*(bigrams(ground.text) | bigrams(ground.about) for ground in grounds))
    return len(wanted & held) / len(wanted)


def weakest_clause(sentence: str, grounds: Sequence[Ground]) -> float:
    """Return the lowest share of shared bigrams among the sentence's clauses of six characters and more."""
    held = set[str]().union(*(bigrams(ground.text) | bigrams(ground.about) for ground in grounds))
    shares = [len(has & held) / len(has) for clause in clauses(sentence) if len(has := bigrams(clause)) >= 5]
    return min(shares, default=1.0)


@lru_cache(maxsize=512)
def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a text, white space and the empty ones left out."""
    return tuple(part.strip() for part in _CLAUSE.split(text.replace("，", "，")) if part.strip())


def _fault(sentence: str, grounds: Sequence[Ground], english: bool) -> str:
    texts = "\n".join(ground.text for ground in grounds)
    whole = "\n".join(ground.whole for ground in grounds)
    stated = values(whole)
    if any(not _harmless(value) and not any(stands_for(value, found) for found in stated) for value in values(sentence)):
        return "value"
    if missing_names(sentence, whole, english=english):
        return "name"
    if _misplaced(sentence, grounds) or _reversed_change(sentence, texts):
        return "pairing"
    if not english and (_other_unit(sentence, texts) or _crossed(sentence, texts) or _wrong_amount(sentence, texts) or _turned(sentence, texts)):
        return "pairing"
    if contradicts(sentence, [ground.text for ground in grounds], english=english):
        return "negation"
    return "scope" if overstates(sentence, whole) else ""


def _harmless(value: Amount | Date) -> bool:
    """Whether a value is no more than an article: "one of the goals", 一个."""
    return isinstance(value, Amount) and value.kind == "number" and value.value == 1 and value.surface in ("one", "一", "1")


def _misplaced(sentence: str, grounds: Sequence[Ground]) -> bool:
    """Whether a value is said of a place or a year that the evidence with that value is not about."""
    for value, place, year in _anchored(sentence):
        holders = [ground for ground in grounds if any(stands_for(value, found) for found in values(ground.whole))]
        if not any(_fits(holder, value, place, year, grounds) for holder in holders):
            return bool(holders)
    return False


def _fits(holder: Ground, value: Amount | Date, place: str, year: Date | None, grounds: Sequence[Ground]) -> bool:
    near = "\n".join(ground.whole for ground in grounds if ground.group == holder.group) if holder.group >= 0 else holder.whole
    if place:
        own = places(holder.whole)
        if place not in own and (own or place not in places(near)):
            return False
    if year is not None and isinstance(value, Amount):
        own_years = [found for found in values(holder.text) if _yearly(found)]
        if not any(stands_for(year, found) for found in own_years) and (own_years or not any(stands_for(year, found) for found in values(near))):
            return False
    if _LISTED.search(holder.text):
        return True
    # Where the evidence itself has several places or years, the value must follow the same one.
    linked = [(p, y) for found, p, y in _anchored(holder.text) if stands_for(value, found)]
    if not linked:
        return True
    many_places = len(places(holder.text)) > 1
    many_years = len({found.year for found in values(holder.text) if isinstance(found, Date) and found.year}) > 1
    return any(
        (not place or not many_places or not p or p == place)
        and (year is None or not many_years or y is None or not isinstance(value, Amount) or year.year is None or y.year == year.year)
        for p, y in linked
    )


def _yearly(value: Amount | Date) -> bool:
    return isinstance(value, Date) and value.year is not None


def _anchored(text: str) -> list[tuple[Amount | Date, str, Date | None]]:
    """Return every value of a text with the place and the year that it follows, or that alone stand in the text."""
    found_places = places(text)
    years = [value for value in values(text) if isinstance(value, Date) and value.year]
    only_place = found_places[0] if len(found_places) == 1 else ""
    only_year = years[0] if len({value.year for value in years}) == 1 else None
    anchored: list[tuple[Amount | Date, str, Date | None]] = []
    before = ""
    year: Date | None = None
    for token in scan(text):
        if isinstance(token, str):
            before += token
            continue
        if isinstance(token, Date) and token.year:
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


def _reversed_change(sentence: str, evidence: str) -> bool:
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


def _other_unit(sentence: str, evidence: str) -> bool:
    """Whether a number counts other things than in the evidence: 186本专著 for 186篇论文."""
    counted = _counted(evidence)
    for value, things in _counted(sentence):
        same = [other for found, other in counted if stands_for(value, found) and other]
        if things and same and not any(set(things) & set(other) for other in same):
            return True
    return False


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


def _wrong_amount(sentence: str, evidence: str) -> bool:
    """Whether the words before a number stand before another number of the same kind in the evidence."""
    if _LISTED.search(evidence) or _LISTED.search(sentence):
        return False
    stated = _led(evidence)
    for value, lead in _led(sentence):
        if len(lead) < 2:
            continue
        scores = [(len(lead & other) / len(lead), found) for found, other in stated if found.kind == value.kind and other]
        own = max((score for score, found in scores if stands_for(value, found)), default=None)
        if own is None or not scores:
            continue
        best, found = max(scores, key=lambda pair: pair[0])
        if best >= 0.6 and best > own + 0.3 and not stands_for(value, found):
            return True
    return False


def _led(text: str) -> list[tuple[Amount, set[str]]]:
    """Return every amount with the bigrams of what stands between it and the amount before it."""
    found: list[tuple[Amount, set[str]]] = []
    lead = ""
    for token in scan(text):
        if isinstance(token, str):
            lead += token
        elif isinstance(token, Amount):
            # Behind a number comes its unit first.
            clause = re.split(r"[，,；;。]", lead)[-1] if found else lead
            found.append((token, bigrams(clause) if len(clause) > 1 else set()))
            lead = ""
    return found


@lru_cache(maxsize=512)
def _content(clause: str) -> frozenset[str]:
    return frozenset(word for word in words(clause) if word not in FUNCTION_WORDS)


def _crossed(sentence: str, evidence: str) -> bool:
    """Whether two clauses of the sentence each mix what the evidence keeps in two clauses of its own.

    技术是手段，制度才是目的 becomes 制度是手段，技术才是目的.
    """
    said = [content for clause in clauses(sentence) if len(content := _content(clause)) >= 2]
    stated = [content for clause in clauses(evidence) if len(content := _content(clause)) >= 2]
    for one, other in itertools.combinations(stated, 2):
        first, second = one - other, other - one
        mixed = [clause for clause in said if clause & first and clause & second]
        if len(mixed) >= 2 and any((a & first) != (b & first) and (a & second) != (b & second) for a, b in itertools.combinations(mixed, 2)):
            return True
    return False


def _turned(sentence: str, evidence: str) -> bool:
    """Whether "A does to B" has become "B does to A"."""
    for clause in clauses(sentence):
        said = _order(clause)
        for other in clauses(evidence):
            stated = _order(other)
            common = [word for word in said if word in stated and len(word) > 1]
            if len(common) < 3 or bool(re.search("[被由受把将]", clause)) != bool(re.search("[被由受把将]", other)):
                continue
            for a, verb, b in itertools.combinations(sorted(common, key=lambda word: said[word]), 3):
                if stated[b] < stated[verb] < stated[a] and said[b] - said[a] <= 6:
                    return True
    return False


@lru_cache(maxsize=512)
def _order(clause: str) -> dict[str, int]:
    """Return the places of the words that occur once."""
    listed = words(clause)
    return {word: i for i, word in enumerate(listed) if listed.count(word) == 1 and word not in FUNCTION_WORDS and not any(char.isdigit() for char in word)}
