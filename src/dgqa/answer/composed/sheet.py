"""Hold an answer while a chat model writes it: its sentences with their marks, what was withheld, what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dgqa.answer.citing import citations_of
from dgqa.answer.composed.drafts import Written
from dgqa.answer.composed.looking_over import SecondLook
from dgqa.answer.evidence import Evidence
from dgqa.answer.inquiry import Inquiry
from dgqa.claims.marking import Marked, Marker
from dgqa.language.reading import Text
from dgqa.language.text import detect_script, to_script
from dgqa.types import AnswerSentence, Citation, Verdict

MAX_SENTENCES = 24  # shown at most, however much a model writes
_MAX_READ = 72  # sentences that are held against the evidence
_REPEATED = 8  # characters from which a sentence that another begins with is that one again, cut off


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as it was written and as it is marked."""

    written: Written
    marked: Marked


class Sheet:
    """What a model has written so far."""

    def __init__(self, known: Inquiry, evidence: Sequence[Evidence], marker: Marker) -> None:
        """Nothing is written yet."""
        self.lines: list[Line] = []
        self.absences: list[str] = []
        self._known, self._evidence, self._marker = known, evidence, marker
        self._said: set[str] = set()

    @property
    def full(self) -> bool:
        """Whether no more is read."""
        return len(self.shown) >= MAX_SENTENCES or len(self.lines) >= _MAX_READ

    @property
    def shown(self) -> list[Line]:
        """The sentences that are not withheld."""
        return [line for line in self.lines if line.marked.mark != "withheld"]

    @property
    def withheld(self) -> list[dict[str, Any]]:
        """What is not shown, and why, as it stands in the trace."""
        return [{"text": line.written.claim, "why": line.marked.why, "what": line.marked.what} for line in self.lines if line.marked.mark == "withheld"]

    def forget(self) -> None:
        """Take back all that is written: it was a thought."""
        self.lines, self.absences, self._said = [], [], set()

    def take(self, written: Written) -> bool:
        """Add a sentence, and say whether it is shown.

        One said before is left out, and so is its beginning: a model that repeats itself may be cut off in the middle.
        """
        claim = written.claim
        key = re.sub(r"\W", "", claim).casefold()
        cut = claim[-1:].isalnum() and len(key) >= _REPEATED
        if key in self._said or (cut and any(other.startswith(key) for other in self._said)):
            return False
        self._said.add(key)
        marked = self._marker.mark(claim, written.cited, written.quote)
        if marked.why == "absence":
            self.absences.append(claim)
            return False
        script = detect_script(claim)
        if marked.mark == "confirmed" and script and (script == "Latn") != (self._known.language == "Latn") and not _names_alone(claim):
            marked = replace(marked, mark="unconfirmed", why="language")
        self.lines.append(Line(written, marked))
        return marked.mark != "withheld"

    def drop_torn(self) -> None:
        """Take back a last sentence that breaks off in the middle."""
        if self.lines and self.lines[-1].written.claim[-1:].isalnum():
            self.lines.pop()

    def looked_over(self, verdicts: Mapping[int, SecondLook]) -> None:
        """Set the marks by what the model says of its sentences, by their places."""
        for place, verdict in verdicts.items():
            line = self.lines[place]
            self.lines[place] = replace(line, marked=seen_again(line.marked, verdict))

    def sentences(self) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
        """Return what is shown, with the citations numbered in the order in which they are first cited."""
        known = self._known
        citations: list[Citation] = []
        numbers: dict[int, tuple[int, ...]] = {}
        made = []
        for line in self.shown:
            for number in line.marked.numbers:
                if number not in numbers:
                    cited = citations_of(known, self._evidence[number - 1], len(citations) + 1)
                    numbers[number] = tuple(citation.number for citation in cited)
                    citations += cited
            marks = tuple(mark for number in line.marked.numbers for mark in numbers[number])
            # What a model writes is put into the asker's script; quotations stay as they are.
            text, lead = ((part if known.language == "Latn" else to_script(part, known.language)) for part in (line.written.text, line.written.lead))
            verdict: Verdict = "unconfirmed" if line.marked.mark == "unconfirmed" else "verbatim" if line.marked.support == 1.0 and self._verbatim(line) else "confirmed"
            made.append(AnswerSentence(text, marks, line.marked.support, lead, verdict=verdict))
        return tuple(made), tuple(citations)

    def _verbatim(self, line: Line) -> bool:
        said = Text(line.written.claim).squeezed
        return any(said in Text(self._evidence[number - 1].sentence.text).squeezed for number in line.marked.numbers)


def seen_again(marked: Marked, verdict: SecondLook) -> Marked:
    """Return how a sentence is marked after the model's second look.

    What it calls contradicted is withheld, what it does not find is not confirmed. It confirms what the rules doubt, but where a
    value or a name stands nowhere the two disagree, and a person should compare.
    """
    nowhere = marked.mark == "withheld" and marked.why in ("value", "name")
    if verdict == "contradicted":
        return replace(marked, mark="withheld", why="checked")
    if verdict == "not_stated":
        return replace(marked, mark=marked.mark if marked.mark == "withheld" else "unconfirmed", why=marked.why or "checked")
    if verdict == "supported" or not nowhere:
        return replace(marked, mark="unconfirmed") if nowhere else replace(marked, mark="confirmed", why="")
    return marked


def _names_alone(claim: str) -> bool:
    """Whether a sentence is so short that it may be a name, which stands in its own language."""
    return sum(map(str.isalnum, claim)) <= 30 and not re.search(r"[。，；]|\. ", claim)
