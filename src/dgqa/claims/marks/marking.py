"""A chat model's sentence held against the evidence that it cites: confirmed, not confirmed, or contradicted; and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from dgqa.claims.claim import Case, Grounds, Statement, harmless, stated
from dgqa.claims.cross_lingual import CrossLingual
from dgqa.claims.marks.alignment import crossed, exchanged, joined, miscounted, misnumbered, parted, reversed_agents, turned
from dgqa.claims.marks.denials import denies_answer
from dgqa.claims.marks.following import unfounded
from dgqa.claims.marks.modality import overstated
from dgqa.claims.marks.substitution import substituted
from dgqa.claims.marks.support import new_words, parts_of
from dgqa.claims.polarity import negated
from dgqa.claims.rules import disputes
from dgqa.language.names import missing_names
from dgqa.language.reading import Text
from dgqa.language.text import simplify, squeezed
from dgqa.language.values import Amount, stands_for
from dgqa.question.parsing import Question

if TYPE_CHECKING:
    from dgqa.models.embedding import Embedder

Mark = Literal["confirmed", "unconfirmed", "withheld"]
Why = Literal["", "value", "name", "contradicted", "pairing", "scope", "support", "uncited", "language", "checked", "absence"]

# Rules that `unfounded` and the names below replace, and those on what was asked, not on what is true.
_LEFT_OUT = frozenset({"amounts.unstated", "names.unstated", "places.other_place", "dates.other_year", "roles.crossed"})
# What these object to is the contrary of the evidence, and not only something else.
_CONTRARY = frozenset({"amounts.reversed_change"})
_LEAST_SHARED = 0.3  # share of a Chinese sentence's bigrams that its evidence, headings or passage hold
_PLENTY = 0.5  # the same from which new words are only other words
_NEW = 2  # nouns and verbs that neither evidence nor question has
_LEAST_CLOSE = 0.8  # cosine of an English sentence with a clause of its evidence
_PLAINLY = {False: 0.6, True: 0.82}  # support by which evidence is found for a sentence that cites none, or the wrong one, Chinese or English
_SHORT = 8  # letters and characters of an answer in a word or two
_NOT_SO = re.compile(r"^\s*(?:.{0,14})(?:不是|并非|並非|并不是|並不是|而非|不在其中|不由)(?!.*而是)|\b(?:was|is|were|are) not\b(?!.*\bbut\b)|\bnot in\b|\brather than\b|\binstead of\b", re.IGNORECASE)
_NOT_BUT = re.compile(r"\bnot\b.{1,60}?\bbut\b\s*", re.IGNORECASE)
_NO_MORE = re.compile(r"(?:最高|最多)?不(?:得|应|應)?(?:超过|超過|少于|少於|低于|低於|高于|高於|小于|小於|大于|大於)")  # a limit, and no denial
_NO_COUNT = re.compile(r"一|.*成")
_FEW = 20
_LEAST = 6  # letters and characters of a sentence without a value that states something
_TRIED = 12  # pieces among which evidence for an English sentence is looked for
_LEAD = re.compile(r"^[^：:，,。]{1,16}[：:]\s*(?=\S)")


def _excused(rule: str, what: str, grounds: Grounds) -> bool:
    """Whether what a rule objects to is a form of what the evidence says."""
    if rule == "amounts.other_unit":
        return _NO_COUNT.fullmatch(what) is not None
    if rule == "cross_lingual.denied":
        return not any(negated(Text(_NO_MORE.sub("", clause.text))) for clause in grounds.clauses)
    if rule == "amounts.wrong_amount":
        return not any(stated(value, grounds.said) for value in Text(what).values)  # a rounded one stands beside nothing
    if rule == "cross_lingual.misattached":
        return not _measured(what) or joined(Text(what), grounds) or _in_one_piece(what, grounds)
    if rule == "amounts.longer_list":
        return len(re.findall("第[一二三四五六七八九十]", grounds.said.folded)) > 2  # a list with numbers in place of marks
    # All of them are 100%.
    return rule == "strength.overstates" and any(isinstance(value, Amount) and value.kind == "ratio" and value.value == 1 for value in grounds.said.values)


def _in_one_piece(part: str, grounds: Grounds) -> bool:
    """Whether one piece of evidence holds the value of a part beside others: clauses of one sentence are too alike to be told by their meaning."""
    values = [value for value in Text(part).values if isinstance(value, Amount)]
    return any(any(stated(value, piece) for value in values) and sum(isinstance(found, Amount) for found in piece.values) > 1 for piece in grounds.pieces)


def _measured(part: str) -> bool:
    """Whether a part of a sentence holds a share or a number that counts no few things, and is no year."""
    amounts = (value for value in Text(part).values if isinstance(value, Amount))
    return any(value.kind == "ratio" or (value.value > _FEW and not 1900 <= value.value < 2100) for value in amounts)


def _affirmed(claim: Text) -> Text:
    """Return a sentence without the clauses that only say what is not so, where others say what is: a correction names what is wrong."""
    clauses = [clause for clause in re.split(r"(?<=[，,；;：:。])", claim.text) if clause.strip()]
    kept = [clause for clause in clauses if not _NOT_SO.search(clause)]
    if 0 < len(kept) < len(clauses):
        return Text("".join(kept))
    return Text(_NOT_BUT.sub("", claim.text)) if claim.english else claim


@dataclass(frozen=True, slots=True)
class Marked:
    """The ``mark`` of a sentence, the ``numbers`` of its evidence and how far that supports it, in 0..1.

    ``why`` is the kind of what was found wrong, "" for nothing; ``rule`` the rule that found it; ``what`` the words in question.
    """

    mark: Mark
    numbers: tuple[int, ...] = ()
    support: float = 0.0
    why: Why = ""
    rule: str = ""
    what: str = ""


class Marker:
    """Marks the sentences of one answer by its evidence."""

    def __init__(
        self, pieces: Sequence[Statement], *, question: Question | None = None, embedder: Embedder | None = None, without: frozenset[str] = frozenset()
    ) -> None:
        """Take the evidence, of which ``context`` is the whole passage, and the question; ``without`` names rules that are left out."""
        self._pieces = {piece.number: piece for piece in pieces}
        self._every = Grounds(tuple(pieces))
        self._everything = Text("\n".join([piece.context or piece.whole.text for piece in pieces] + [piece.whole.text for piece in pieces]))
        self._question = question or Question("")
        self._across = None if embedder is None else CrossLingual(embedder)
        self._without = without | _LEFT_OUT
        self._grounds = lru_cache(maxsize=256)(self._together)

    def mark(self, sentence: str, cited: Sequence[int], quote: str = "") -> Marked:
        """Hold a sentence against what it cites.

        Args:
            sentence: What the model wrote, without its marks.
            cited: The numbers of the evidence it rests on; those that are none are left out.
            quote: The words of the evidence that the model gives, which tell the piece where it cites none.
        """
        claim = Text(sentence)
        if "\ufffd" in sentence:  # no text
            return Marked("withheld", why="support")
        known = tuple(dict.fromkeys(number for number in cited if number in self._pieces))
        quoted = self._quoting(quote)
        if not known and quoted:
            known = quoted
        found = known or self._found(claim)
        if not found:
            return Marked("unconfirmed", why="uncited")
        made = self._judged(claim, found)
        if made.mark != "confirmed" and denies_answer(sentence):
            # What stands nowhere is rightly called missing; of the rest a person must judge.
            told = any(denies_answer(self._pieces[number].text) for number in found) and made.support >= _PLENTY
            return Marked("confirmed" if made.mark == "withheld" or told else "unconfirmed", found, made.support, "absence")
        if known and made.mark != "confirmed" and made.why != "contradicted":
            # A model may give the wrong number: what plainly says the same is cited in its place.
            nearest = self._found(claim)
            other = self._judged(claim, nearest) if nearest and not set(nearest) <= set(known) else made
            if other.mark == "confirmed" and self._plainly(claim, other):
                return other
        if not known and made.mark == "confirmed" and not self._plainly(claim, made):
            return Marked("unconfirmed", made.numbers, made.support, "uncited")
        return made

    def _quoting(self, quote: str) -> tuple[int, ...]:
        wanted = squeezed(quote)
        if len(wanted) < 4:
            return ()
        return tuple(number for number, piece in self._pieces.items() if wanted in piece.squeezed)[:1]

    def _found(self, claim: Text) -> tuple[int, ...]:
        """Return the one piece that is nearest to a sentence: with most of its values, then of its words or its meaning."""
        if not claim.bigrams:
            return ()
        valued = {number: sum(any(stands_for(value, found) for found in piece.values) for value in claim.values) for number, piece in self._pieces.items()}
        most = max(valued.values(), default=0)
        likely = [number for number in self._pieces if valued[number] == most]
        if not claim.english:
            return tuple(sorted(likely, key=lambda number: -len(claim.bigrams & self._pieces[number].held))[:1])
        close = self._close(claim, self._grounds(tuple(likely[:_TRIED])))
        return tuple(sorted(close, key=lambda number: -close[number])[:1])

    def _plainly(self, claim: Text, made: Marked) -> bool:
        """Whether evidence that a sentence does not cite says it by itself, and not only its passage."""
        if claim.english:
            return made.support >= _PLAINLY[True]
        held = frozenset[str]().union(*(self._pieces[number].held for number in made.numbers))
        return len(claim.bigrams & held) >= _PLAINLY[False] * len(claim.bigrams)

    def _close(self, claim: Text, grounds: Grounds) -> dict[int, float]:
        """Return the cosine of an English sentence with the nearest clause of each piece; nothing without an embedder."""
        if self._across is None or not claim.english:
            return {}
        parts = {piece.number: parts_of(piece) for piece in grounds.pieces}
        row = iter(self._across.likeness([claim.text], [part for number in parts for part in parts[number]])[0]) if parts else iter(())
        return {number: max(float(next(row)) for _ in parts[number]) for number in parts}

    def _support(self, claim: Text, grounds: Grounds, closeness: dict[int, float]) -> float:
        if claim.english:
            return max((closeness.get(piece.number, 0.0) for piece in grounds.pieces), default=0.0)
        held = frozenset[str]().union(*(piece.held for piece in grounds.pieces), *(Text(piece.context).bigrams for piece in grounds.pieces))
        return len(claim.bigrams & held) / len(claim.bigrams) if claim.bigrams else 1.0

    def _judged(self, claim: Text, numbers: tuple[int, ...]) -> Marked:
        grounds = self._grounds(numbers)
        closeness = self._close(claim, grounds)
        support = round(min(1.0, max(0.0, self._support(claim, grounds, closeness))), 4)
        if sum(map(str.isalnum, claim.text)) < _LEAST and all(map(harmless, claim.values)):
            return Marked("unconfirmed", numbers, support, "support")
        if claim.squeezed and claim.squeezed in grounds.said.squeezed:
            return Marked("confirmed", numbers, 1.0)
        affirmed = _affirmed(claim)
        if fault := self._unstated(affirmed, grounds):
            mark, why, what = fault
            return Marked(mark, numbers, support, why, what=what)
        nearest = tuple(sorted(grounds.pieces, key=lambda piece: -closeness.get(piece.number, 0.0)))
        case = Case(affirmed, grounds, self._question, self._every, self._across, nearest)
        for rule, what in disputes(case, "sentence", without=self._without):
            if _excused(rule.name, what, grounds):
                continue
            against: Mark = "withheld" if rule.name in _CONTRARY else "unconfirmed"
            why = "contradicted" if rule.fault == "negation" else "scope" if rule.fault == "scope" else "pairing"
            return Marked(against, numbers, support, why, rule.name, what)
        if what := turned(affirmed, grounds):
            return Marked("unconfirmed", numbers, support, "contradicted", "turned", what)
        for name, found in (("miscounted", miscounted), ("crossed", crossed), ("reversed_agents", reversed_agents), ("exchanged", exchanged)):
            if name not in self._without and (what := found(affirmed, grounds)):
                return Marked("unconfirmed", numbers, support, "pairing", name, what)
        if what := misnumbered(affirmed, grounds, self._across):
            return Marked("unconfirmed", numbers, support, "pairing", "misnumbered", what)
        if what := parted(affirmed, grounds, closeness):
            return Marked("unconfirmed", numbers, support, "pairing", "parted", what)
        if what := substituted(affirmed, grounds, self._question):
            return Marked("unconfirmed", numbers, support, "name", "substituted", what)
        if what := overstated(affirmed, grounds):
            return Marked("unconfirmed", numbers, support, "scope", "overstated", what)
        if not self._enough(claim, grounds, support):
            return Marked("unconfirmed", numbers, support, "support")
        return Marked("confirmed", numbers, support)

    def _unstated(self, claim: Text, grounds: Grounds) -> tuple[Mark, Why, str] | None:
        """Return what a sentence states, a value or a name, that stands nowhere, or not in what it cites."""
        values = unfounded(claim, grounds, self._question)
        if values:
            nowhere = unfounded(claim, Grounds((Statement(self._everything.text, 1),)), self._question)
            return ("withheld" if nowhere else "unconfirmed"), "value", (nowhere or values)[0].surface
        asked = Text(f"{grounds.whole.text}\n{self._question.text}")
        body = Text(_LEAD.sub("", claim.text)) if claim.english else claim
        names = missing_names(body, asked, english=claim.english)
        names = tuple(name for name in names if not self._sounds(name))
        if names:
            everywhere = Text(f"{self._everything.text}\n{self._question.text}")
            nowhere_named = [name for name in missing_names(body, everywhere, english=claim.english) if name in names]
            sure = [name for name in nowhere_named if name in claim.places or re.search(r"[《A-Za-z]", name)]
            return ("withheld" if sure else "unconfirmed"), "name", (sure or list(names))[0]
        return None

    def _sounds(self, name: str) -> bool:
        """Whether a name in Latin letters is the sound of what the evidence writes: Duoduoping."""
        letters = re.sub("[^a-z]", "", name.lower())
        return len(letters) > 4 and name.isascii() and letters in self._sound

    @cached_property
    def _sound(self) -> str:
        from pypinyin import lazy_pinyin

        return "".join(lazy_pinyin("".join(char for char in simplify(self._everything.text) if "\u4e00" <= char <= "\u9fff")))

    def _enough(self, claim: Text, grounds: Grounds, support: float) -> bool:
        if sum(map(str.isalnum, claim.text)) <= _SHORT and claim.values:
            return True  # "1300多个": its value is all that it says
        if claim.english:
            return support >= _LEAST_CLOSE
        around = Text("\n".join([grounds.whole.text, self._question.text, *(piece.context for piece in grounds.pieces)]))
        return support >= _PLENTY or (support >= _LEAST_SHARED and sum(map(len, new_words(claim, around))) < _NEW)

    def _together(self, numbers: tuple[int, ...]) -> Grounds:
        return Grounds(tuple(self._pieces[number] for number in numbers))
