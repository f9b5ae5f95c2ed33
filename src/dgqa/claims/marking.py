"""Hold a chat model's sentence against the evidence that it cites: confirmed, not confirmed, or withheld; and why.

What a sentence states in numbers, dates and names must stand in what it cites, or follow from it; whether the rest follows is
told by a trained model. Without that model only what shares nearly all its words with the evidence is confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from dgqa.claims.claim import Grounds, Statement, harmless
from dgqa.claims.denials import denies_answer
from dgqa.claims.following import derived, unfounded
from dgqa.data import table
from dgqa.language.bilingual import share_told
from dgqa.language.names import missing_names
from dgqa.language.reading import Text
from dgqa.language.text import has_chinese, split_sentences, squeezed
from dgqa.language.values import stands_for
from dgqa.models.readers.entailment import Entailment
from dgqa.models.readers.windows import Page
from dgqa.question.parsing import Question

Mark = Literal["confirmed", "unconfirmed", "withheld"]
Why = Literal["", "value", "name", "support", "uncited", "language", "checked", "absence"]

VALUES, NAMES = "values.unstated", "names.unstated"
_SHARED = 0.85  # of a Chinese sentence's bigrams that its evidence holds, where no model tells whether it follows
_TOLD = 0.5  # probability from which evidence says itself that something is missing
_LEAST_TOLD = 0.12  # of an English sentence, see `share_told`
_AROUND = 1  # sentences of the passage that are read before what is cited, and behind it
_NOT_SO = re.compile(r"^\s*(?:.{0,14})(?:不是|并非|並非|并不是|並不是|而非|不在其中|不由)(?!.*而是)|\b(?:was|is|were|are) not\b(?!.*\bbut\b)|\bnot in\b|\brather than\b|\binstead of\b", re.IGNORECASE)
_NOT_BUT = re.compile(r"\bnot\b.{1,60}?\bbut\b\s*", re.IGNORECASE)
_LEAST = 6  # letters and characters of a sentence without a value that states something


def _affirmed(claim: Text) -> Text:
    """Return a sentence without the clauses that only say what is not so, where others say what is: a correction names what is wrong."""
    clauses = [clause for clause in re.split(r"(?<=[，,；;：:。])", claim.text) if clause.strip()]
    kept = [clause for clause in clauses if not _NOT_SO.search(clause)]
    if 0 < len(kept) < len(clauses):
        return Text("".join(kept))
    return Text(_NOT_BUT.sub("", claim.text)) if claim.english else claim


@dataclass(frozen=True, slots=True)
class Marked:
    """The ``mark`` of a sentence, the ``numbers`` of its evidence and how far that supports it, a probability in 0..1.

    ``why`` is the kind of what was found wrong, "" for nothing; ``what`` the words in question.
    """

    mark: Mark
    numbers: tuple[int, ...] = ()
    support: float = 0.0
    why: Why = ""
    what: str = ""


class Marker:
    """Marks the sentences of one answer by its evidence."""

    def __init__(
        self,
        pieces: Sequence[Statement],
        *,
        question: Question | None = None,
        entailment: Entailment | None = None,
        careful: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> None:
        """Take the evidence, of which ``context`` is the whole passage, and the question.

        Args:
            pieces: The evidence.
            question: What was asked.
            entailment: Tells whether a sentence follows, None for nothing that does.
            careful: Whether a sentence must be likelier to follow: a small model makes up more.
            without: Names of checks that are left out.
        """
        self._pieces = {piece.number: piece for piece in pieces}
        self._everything = Text("\n".join([piece.context or piece.whole.text for piece in pieces] + [piece.whole.text for piece in pieces]))
        self._question = question or Question("")
        self._entailment = entailment
        self._borders = table("weights")["entailment"]["careful" if careful else "borders"]
        self._without = without
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
        known = tuple(dict.fromkeys(number for number in cited if number in self._pieces)) or self._quoting(quote)
        found = known or self._nearest(claim)
        if not found:
            return Marked("unconfirmed", why="uncited")
        made = self._judged(claim, found)
        if made.mark != "confirmed" and denies_answer(sentence):
            # What stands nowhere is rightly called missing; of the rest a person must judge.
            told = made.support >= _TOLD and any(denies_answer(self._pieces[number].text) for number in found)
            return Marked("confirmed" if made.mark == "withheld" or told else "unconfirmed", found, made.support, "absence")
        if known and made.mark != "confirmed":
            # A model may give the wrong number: what says the same is cited in its place.
            nearest = self._nearest(claim)
            other = self._judged(claim, nearest) if nearest and not set(nearest) <= set(known) else made
            if other.mark == "confirmed":
                return other
        return made

    def _quoting(self, quote: str) -> tuple[int, ...]:
        wanted = squeezed(quote)
        if len(wanted) < 4:
            return ()
        return tuple(number for number, piece in self._pieces.items() if wanted in piece.squeezed)[:1]

    def _nearest(self, claim: Text) -> tuple[int, ...]:
        """Return the piece from which a sentence likeliest follows, of those with most of its values."""
        valued = {number: sum(any(stands_for(value, found) for found in piece.values) for value in claim.values) for number, piece in self._pieces.items()}
        most = max(valued.values(), default=0)
        likely = sorted((number for number in self._pieces if valued[number] == most), key=lambda number: -len(claim.bigrams & self._pieces[number].held))[: 1 if not claim.english else 6]
        if not likely:
            return ()
        support = {number: self._support(claim, (number,)) for number in likely} if len(likely) > 1 else {likely[0]: 1.0}
        return (max(likely, key=lambda number: support[number]),)

    def _judged(self, claim: Text, numbers: tuple[int, ...]) -> Marked:
        grounds = self._grounds(numbers)
        if sum(map(str.isalnum, claim.text)) < _LEAST and all(map(harmless, claim.values)):
            return Marked("unconfirmed", numbers, 0.0, "support")
        if claim.squeezed and claim.squeezed in grounds.said.squeezed:
            return Marked("confirmed", numbers, 1.0)
        support = self._support(claim, numbers)
        if fault := self._unstated(_affirmed(claim), grounds):
            mark, why, what = fault
            return Marked(mark, numbers, support, why, what)
        if self._entailment is None:
            enough = not claim.english and support >= _SHARED
        else:
            enough = support > self._borders[claim.english] and not _foreign(claim, grounds)
        return Marked("confirmed", numbers, support) if enough else Marked("unconfirmed", numbers, support, "support")

    def _support(self, claim: Text, numbers: tuple[int, ...]) -> float:
        """Return how likely a sentence follows from evidence; without the model the share of its bigrams that the evidence holds."""
        grounds = self._grounds(numbers)
        if self._entailment is not None:
            return round(self._entailment.follows(claim.text, [_page(grounds)])[0], 4)
        held = frozenset[str]().union(*(piece.held for piece in grounds.pieces))
        return round(len(claim.bigrams & held) / len(claim.bigrams), 4) if claim.bigrams and not claim.english else 0.0

    def _unstated(self, claim: Text, grounds: Grounds) -> tuple[Mark, Why, str] | None:
        """Return what a sentence states, a value or a name, that stands nowhere, or not in what it cites."""
        values = [] if VALUES in self._without else unfounded(claim, grounds, self._question)
        if values:
            everywhere = Grounds((Statement(self._everything.text, 1),))
            # What the model may have worked out a person can, too.
            nowhere = [value for value in unfounded(claim, everywhere, self._question) if not derived(value, claim, grounds.whole)]
            return ("withheld" if nowhere else "unconfirmed"), "value", (nowhere or values)[0].surface
        asked = Text(f"{grounds.whole.text}\n{self._question.text}")
        names = () if NAMES in self._without else missing_names(claim, asked, english=claim.english)
        if names:
            all_told = Text(f"{self._everything.text}\n{self._question.text}")
            nowhere_named = [name for name in missing_names(claim, all_told, english=claim.english) if name in names]
            sure = [name for name in nowhere_named if name in claim.places or re.search(r"[《A-Za-z]", name)]
            return ("withheld" if sure else "unconfirmed"), "name", (sure or list(names))[0]
        return None

    def _together(self, numbers: tuple[int, ...]) -> Grounds:
        return Grounds(tuple(self._pieces[number] for number in numbers))


def _foreign(claim: Text, grounds: Grounds) -> bool:
    """Whether Chinese evidence has next to none of an English sentence's words: of such ones the model that is to tell knows too little."""
    return claim.english and has_chinese(grounds.whole.text) and share_told(claim.text, grounds.whole.squeezed) < _LEAST_TOLD


def _page(grounds: Grounds) -> Page:
    """Return what is cited as a page, each piece with the sentences beside it in its passage."""
    texts: list[str] = []
    for piece in grounds.pieces:
        around = [piece.context[start:end] for start, end in split_sentences(piece.context)]
        at = next((i for i, text in enumerate(around) if text.strip() == piece.text.strip()), None)
        texts += [piece.text] if at is None else around[max(0, at - _AROUND) : at + _AROUND + 1]
    return Page(grounds.pieces[0].about, tuple(dict.fromkeys(texts)))
