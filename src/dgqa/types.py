"""The nouns that cross module borders: frozen, standard library only.

Offsets are Unicode code points of a document's raw text, decoded once; ``end`` is exclusive.
Ranks and citation numbers count from 1. A higher score is better.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from dgqa.errors import AnswerError
from dgqa.reprs import answer_html, answer_repr, filter_repr, hit_html, hit_repr

Status = Literal["answered", "partial", "refused"]
Verdict = Literal["verbatim", "confirmed", "unconfirmed"]
BlockKind = Literal["heading", "paragraph", "list_item", "table_row", "note", "reference", "meta", "boilerplate"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Defect:
    """Damage found in a document: ``raw`` stands at ``start:end``; ``repaired`` is what it is read as.

    ``repaired`` is None where the damage is only marked; ``confidence`` is in 0..1.
    """

    kind: str
    start: int
    end: int
    raw: str
    repaired: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """Where a part of an Office file begins in the raw text.

    ``label`` is "page 3" of a PDF, "paragraph 12" of a Word file, "sheet 收入 row 5" of a workbook, "row 5" of separated values,
    "slide 3" of a presentation, "chapter 3" of an e-book.
    """

    start: int
    label: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; ``level`` counts from 1, ``path`` ends with ``title``."""

    title: str
    level: int
    start: int
    end: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """A monotone map from the characters of a clean text to spans of the raw text.

    Four equally long sequences describe runs: the run that starts at clean offset ``clean[i]`` came from
    ``raw[i]:raw_end[i]``. Where ``linear[i]`` holds, it maps character by character; else every one of
    its clean characters maps to the whole raw span. ``length`` is that of the clean text.
    """

    clean: tuple[int, ...]
    raw: tuple[int, ...]
    raw_end: tuple[int, ...]
    linear: tuple[bool, ...]
    length: int

    def raw_span(self, start: int, end: int) -> Span:
        """Return the raw span of the clean characters ``start:end``.

        Raises:
            ValueError: the clean span is empty or lies outside the text.
        """
        if not 0 <= start < end <= self.length:
            raise ValueError(f"no characters at {start}:{end} in a clean text of length {self.length}")
        run = bisect_right(self.clean, start) - 1
        if self.linear[run] and (run + 1 == len(self.clean) or end <= self.clean[run + 1]):
            moved = self.raw[run] - self.clean[run]
            return start + moved, end + moved
        return self._char(start)[0], self._char(end - 1)[1]

    def is_linear(self, at: int) -> bool:
        """Whether the clean character ``at`` came from a raw character of its own."""
        return self.linear[bisect_right(self.clean, at) - 1]

    def _char(self, at: int) -> Span:
        run = bisect_right(self.clean, at) - 1
        if not self.linear[run]:
            return self.raw[run], self.raw_end[run]
        begin = self.raw[run] + at - self.clean[run]
        return begin, begin + 1


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph-like unit of a document, as spans of its clean text.

    More than one span stands where something else, such as a page's footnote, interrupts it.
    ``section`` is an index into ``Document.sections``, -1 before the first heading. ``rendered`` is
    what a table row reads as with its column names, "" elsewhere.
    """

    kind: BlockKind
    spans: tuple[Span, ...]
    section: int = -1
    rendered: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """An article: ``raw`` is the file's text as decoded, ``text`` the clean view of it.

    ``offsets`` maps the clean text to the raw one; sections and defects hold raw spans.
    ``path`` is relative to the corpus folder, with forward slashes. ``date`` is ISO 8601 (possibly only
    a year or year-month) or "". ``script`` is "Hans", "Hant", "Latn" or "".
    ``sha256`` is the hash of the file's bytes. ``pages`` is empty where ``raw`` is the file's own text.
    ``number`` is that of an official paper, as 国办发〔2023〕12号, ``issuer`` the body that it is from; "" where it says none.
    """

    doc_id: str
    path: str
    title: str
    author: str
    date: str
    source: str
    script: str
    encoding: str
    sha256: str
    raw: str = field(repr=False)
    text: str = field(repr=False)
    offsets: OffsetMap = field(repr=False)
    blocks: tuple[Block, ...] = field(repr=False)
    sections: tuple[Section, ...] = field(repr=False)
    defects: tuple[Defect, ...] = field(repr=False)
    pages: tuple[Page, ...] = field(default=(), repr=False)
    number: str = ""
    issuer: str = ""

    def page_at(self, start: int, end: int | None = None) -> str:
        """Return the label of the page that holds the raw offset ``start``, up to that of the last character before ``end``.

        "page 3", "page 3–4", "paragraph 12"; "" where the file has no pages.
        """
        first = bisect_right(self.pages, start, key=lambda page: page.start) - 1
        if first < 0:
            return ""
        last = bisect_right(self.pages, start if end is None else end - 1, key=lambda page: page.start) - 1
        label, other = self.pages[first].label, self.pages[last].label
        if last <= first or label == other:
            return label
        kind, _, number = other.rpartition(" ")
        return f"{label}–{number if label.rpartition(' ')[0] == kind else other}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: clean ``text`` and the raw span it came from; ``score`` is set on a search hit.

    ``start:end`` is the whole raw span; ``spans`` are its parts where something interrupts it.
    """

    text: str
    start: int
    end: int
    score: float = 0.0
    spans: tuple[Span, ...] = ()


def spans_of(sentence: Sentence) -> tuple[Span, ...]:
    """Return the raw spans of a sentence, one where nothing interrupts it."""
    return sentence.spans or ((sentence.start, sentence.end),)


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring sentences of one section, the unit that a search returns.

    ``section`` is the path of headings, outermost first, joined by " › ". ``kind`` "meta" marks what
    says something about the article itself: its title, author, date, source. ``page`` says where a PDF or
    Office file has it, as "page 3" or "paragraph 12".
    """

    row: int
    doc_id: str
    path: str
    title: str
    author: str
    date: str
    section: str
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]
    kind: Literal["body", "meta"] = "body"
    page: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Where to search. Fields are joined by "and", the values of one field by "or"; an empty field sets no limit.

    ``documents`` are ids, paths, titles, or folders with a slash at the end, ``authors`` and ``sections`` parts of names; scripts and case don't matter.
    ``date_from`` and ``date_to`` are ISO 8601, possibly a year or a year and month, and inclusive; where one is given, documents
    without a date are left out. A filter without any value is false.
    """

    documents: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    date_from: str = ""
    date_to: str = ""

    def __post_init__(self) -> None:
        for name in ("documents", "authors", "sections"):
            given = getattr(self, name)
            # A lone text would be taken for a name of each of its characters.
            if isinstance(given, str) or not all(isinstance(item, str) for item in given or ()):
                raise AnswerError(f"{name} of a filter is {given!r}: give a tuple of texts, such as ({str(given)!r},)")
            object.__setattr__(self, name, tuple(given or ()))
        for name in ("date_from", "date_to"):
            given = getattr(self, name)
            if not isinstance(given or "", str):
                raise AnswerError(f"{name} of a filter is {given!r}: give a text such as '2023' or '2023-05-31'")
            object.__setattr__(self, name, given or "")

    def __bool__(self) -> bool:
        return bool(self.documents or self.authors or self.sections or self.date_from or self.date_to)

    def __repr__(self) -> str:
        return filter_repr(self)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; ``sentences`` are its matching sentences, best first.

    ``duplicates`` are other passages with the same text, or nearly so, that this one stands for.
    """

    rank: int
    score: float
    passage: Passage
    sentences: tuple[Sentence, ...]
    duplicates: tuple[Passage, ...] = ()

    def __repr__(self) -> str:
        return hit_repr(self)

    def _repr_html_(self) -> str:
        return hit_html(self)


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a passage in its document: the passages ``before`` and ``after`` it, in reading order."""

    before: tuple[Passage, ...]
    after: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a raw document that supports a sentence: ``raw[start:end] == quote``."""

    number: int
    doc_id: str
    path: str
    title: str
    author: str
    date: str
    section: str
    start: int
    end: int
    quote: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of an answer with the numbers of its citations; ``support`` is in 0..1.

    ``lead`` is shown before it and says which article speaks, where two disagree; no part of what is supported.
    ``verdict`` is "verbatim" for the articles' own words; ``phrase`` is where the short answer stands in ``text``,
    (start, end), None where it is not known. ``side`` is the one of the things compared that it is about, "" where nothing is.
    """

    text: str
    citations: tuple[int, ...]
    support: float
    lead: str = ""
    verdict: Verdict = "verbatim"
    phrase: Span | None = None
    side: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got: a typed outcome, the text a person reads, and its evidence.

    A refused answer has no sentences and no citations; its ``hits`` are the nearest passages and
    ``reason`` says in the asker's language why there is no answer. ``confidence`` is the calibrated probability, in 0..1,
    that the answer holds what was asked; None where nothing calibrated it.
    """

    question: str
    status: Status
    text: str
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    reason: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)
    confidence: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and numbers: the keys of ``dgqa ask --json``."""
        return {key: _listed(value) for key, value in asdict(self).items()}

    def __repr__(self) -> str:
        return answer_repr(self)

    def _repr_html_(self) -> str:
        return answer_html(self)


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value
