"""Hold pieces of evidence, sentences, lists and rows of tables, as they stand in their articles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dgqa.answer.wording import row_sentence
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.lists import Listing, listings
from dgqa.search.titles import known_as
from dgqa.types import Passage, Sentence, Span, spans_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """An excerpt, a sentence or a run of them, chosen for an answer, and the passage that it stands in.

    ``confidence`` is the probability, in 0..1, that it answers the question; ``score`` is its logit. ``kind`` is
    "sentence", "list" for several, "row" for one of a table, or "computed" for what is worked out from rows.
    ``phrase`` is where the short answer stands in the sentence's text, None where it is not known. ``side`` is the one of the
    things compared that it is about, "" where nothing is compared.
    """

    passage: Passage
    sentence: Sentence
    score: float = 0.0
    confidence: float = 0.0
    kind: str = "sentence"
    phrase: Span | None = None
    side: str = ""

    @property
    def context(self) -> str:
        """All that says what the sentence is about: itself, its passage, its headings, its article's facts."""
        passage = self.passage
        return "\n".join((self.sentence.text, passage.text, passage.section, known_as(passage.title, passage.path), passage.author, passage.date))

    @property
    def heading(self) -> str:
        """The title and the headings that the sentence stands under."""
        return f"{known_as(self.passage.title, self.passage.path)}\n{self.passage.section}"


_NEW_LINE = re.compile(r"\n|<(?:/?p|br|/?li|/?tr|/?div|/?h\d)\b", re.IGNORECASE)


class Surroundings:
    """The sentences around passages in reading order, and the lists among them; read when first needed."""

    def __init__(self, index: SearchBackend) -> None:
        self._index = index
        self._raws: dict[str, str] = {}
        self._passages: dict[int, Passage] = {}
        self._sequences: dict[int, tuple[list[tuple[Passage, Sentence]], int, tuple[Listing, ...]]] = {}

    def sequence(self, passage: Passage) -> tuple[list[tuple[Passage, Sentence]], int, tuple[Listing, ...]]:
        """Return the sentences of a passage and of its neighbours, where its own begin, and the lists among them."""
        if passage.row not in self._sequences:
            before, behind = (self._passage(passage.row + step) for step in (-1, 1))
            members = [p for p in (before, passage, behind) if p is not None and (p.doc_id, p.section, p.kind) == (passage.doc_id, passage.section, passage.kind)]
            around = [(p, s) for p in members for s in p.sentences]
            sentences = [s for _, s in around]
            raw = self.raw(passage.doc_id)
            lists = listings(sentences, [raw[max(0, s.start - 80) : s.start] for s in sentences]) if passage.kind == "body" else ()
            offset = len(members[0].sentences) if members[0].row != passage.row else 0
            self._sequences[passage.row] = around, offset, lists
        return self._sequences[passage.row]

    def _passage(self, row: int) -> Passage | None:
        if row not in self._passages:
            self._passages |= self._index.passages([row - 1, row, row + 1])
        return self._passages.get(row)

    def raw(self, doc_id: str) -> str:
        if doc_id not in self._raws:
            self._raws[doc_id] = self._index.raw(doc_id)
        return self._raws[doc_id]

    def worded(self, evidence: Evidence) -> Evidence:
        """Return the evidence with its text as it is to be read: a table's row as a sentence."""
        sentence = evidence.sentence
        if evidence.kind != "sentence" or "：" not in sentence.text:
            return evidence
        said = row_sentence(sentence.text, self.raw(evidence.passage.doc_id)[sentence.start : sentence.end])
        if said == sentence.text:
            return evidence
        short = sentence.text[slice(*evidence.phrase)].strip("：；") if evidence.phrase else ""
        at = said.find(short) if short else -1
        return replace(evidence, sentence=replace(sentence, text=said), kind="row", phrase=(at, at + len(short)) if at >= 0 else None)

    def together(self, doc_id: str, sentences: Sequence[Sentence]) -> tuple[Sentence, list[int]]:
        """Return sentences as one, a new line where the article has one, and where each of them begins in its text."""
        raw = self.raw(doc_id)
        text, starts = "", []
        for at, sentence in enumerate(sentences):
            if at:
                gap = raw[sentences[at - 1].end : sentence.start]
                broken = _NEW_LINE.search(gap) or sentence.start < sentences[at - 1].end or len(gap) > 200
                text += "\n" if broken else " " if text[-1:].isascii() and sentence.text[:1].isascii() else ""
            starts.append(len(text))
            text += sentence.text
        return replace(self.joined(doc_id, sentences), text=text), starts

    def joined(self, doc_id: str, sentences: Sequence[Sentence]) -> Sentence:
        """Return sentences as one; its spans run on where nothing but white space and list marks stands between them."""
        raw = self.raw(doc_id)
        spans: list[Span] = []
        for sentence in sentences:
            for span in spans_of(sentence):
                if spans and span[0] >= spans[-1][1] and _blank(raw[spans[-1][1] : span[0]]):
                    spans[-1] = spans[-1][0], span[1]
                else:
                    spans.append(span)
        return Sentence(_run_on([s.text for s in sentences]), spans[0][0], spans[-1][1], max(s.score for s in sentences), tuple(spans))


def beginning(sentences: Iterable[Sentence], longest: int) -> list[Sentence]:
    """Return the first sentences, at least one, up to so many characters."""
    kept: list[Sentence] = []
    room = longest
    for sentence in sentences:
        room -= len(sentence.text)
        if kept and room < 0:
            break
        kept.append(sentence)
    return kept


def _blank(gap: str) -> bool:
    return len(gap) < 120 and not re.sub(r"<[^<>]*>|\d{1,2}[.)、]|[\s\-*+•·_>|:]", "", gap)


def _run_on(texts: Sequence[str]) -> str:
    """Join the parts of a list; one that ends without a mark gets a semicolon."""
    parts = [text if not text[-1:].isalnum() else f"{text}；" for text in texts[:-1]]
    return "".join([*parts, texts[-1]])
