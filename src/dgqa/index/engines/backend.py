"""What a search asks of an index, whoever answers: coarse calls that may cross a network, and texts by named reads.

Rows are those of passages, numbers those of documents. What comes back is raw: a passage that has no vector is not a
number there, and what that counts for is the caller's to say. Two backends over the same documents give equal scores.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from dgqa.index.queries import Entry
from dgqa.types import Passage

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DENSE, WORDS = 200, 100  # nearest sentences, and passages by their words, that a search looks at


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched for: its vector, shape (dim,), its token vectors, shape (tokens, dim), and its tokens."""

    vector: Floats
    late: Floats
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to search: the documents and the paths of headings allowed, None for all; the documents favoured, and by how much."""

    documents: frozenset[int] | None = None
    sections: frozenset[str] | None = None
    favoured: frozenset[int] = frozenset()
    bonus: float = 0.0

    @property
    def limited(self) -> bool:
        """Whether some passages are not allowed."""
        return self.documents is not None or self.sections is not None


class Pool(NamedTuple):
    """Passages by their rows with what they were found by, best first; one stands there for each sentence that was found."""

    rows: Rows
    scores: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The passages to look at, ``rows`` ascending, and what is known of each.

    ``cosine`` is the highest of its sentences, not a number where none has a vector; ``words`` and ``terms`` are its BM25
    scores for the question's tokens and for the terms, those for the tokens where there are none; ``favoured`` tells whether its document is a favoured one.
    ``nearest`` and ``worded`` are how they were found, everywhere allowed and, where there are, in favoured documents.
    """

    rows: Rows
    cosine: Floats
    words: Floats
    terms: Floats
    favoured: Mask
    nearest: tuple[Pool, ...]
    worded: tuple[Pool, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Late:
    """Late interaction: ColBERT's MaxSim, the mean over a question's tokens of the highest cosine with any token there.

    ``passages`` has shape (questions, passages), not a number for a passage without token vectors. ``sentences`` has for
    each passage an array of shape (questions, its sentences in reading order), 0 for a sentence without.
    """

    passages: Floats
    sentences: tuple[Floats, ...]


@runtime_checkable
class SearchBackend(Protocol):
    """An index that can be searched. Safe to use from several threads; what it holds never changes.

    ``generation`` names what it holds, ``fingerprint`` identifies that by sources, model and settings; ``words`` are
    those of the user's dictionary. Every call raises IndexMismatchError where a file is damaged.
    """

    folder: Path
    manifest: dict[str, Any]
    words: tuple[str, ...]
    passage_count: int
    sentence_count: int

    @property
    def generation(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def close(self) -> None: ...

    def damaged_files(self) -> list[str]:
        """Return the files whose bytes are no longer those that the build wrote."""
        ...

    def frequencies(self, tokens: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each token occurs, in the order of the tokens, each once."""
        ...

    def candidates(
        self, query: Query, weights: Mapping[str, float], scope: Scope, *, terms: Sequence[str] = (), dense: int = DENSE, words: int = WORDS
    ) -> Candidates:
        """Return the passages of the ``dense`` nearest sentences and the ``words`` best by their words.

        Args:
            query: The question.
            weights: The idf of each of its tokens and of each of ``terms``, over the whole corpus.
            scope: Where to search; the favoured documents are searched once more by themselves.
            terms: Search tokens that find passages too, by the higher of both scores.
            dense: How many sentences.
            words: How many passages.
        """
        ...

    def late(self, passages: Rows, questions: Sequence[Floats]) -> Late:
        """Return the late interaction of passages, and of each of their sentences, with the token vectors of questions."""
        ...

    def cosines(self, passages: Rows, vector: Floats) -> tuple[Floats, ...]:
        """Return for each passage the cosines of its sentences in reading order, not a number for those without a vector."""
        ...

    def inside(self, passages: Rows, scope: Scope) -> Mask:
        """Return which of the passages a scope allows."""
        ...

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return passages by row; none for rows that there are not."""
        ...

    # The named reads, as `TextStore` describes them.

    def entries(self) -> tuple[Entry, ...]: ...

    def documents(self) -> list[dict[str, Any]]: ...

    def titles(self, limit: int) -> list[str]: ...

    def sources(self) -> dict[str, tuple[str, str]]: ...

    def raw(self, doc_id: str) -> str: ...

    def headings(self, doc_id: str) -> list[dict[str, Any]]: ...

    def with_articles(self) -> list[int]: ...

    def openings(self) -> dict[int, str]: ...

    def sections(self) -> list[str]: ...

    def documents_of(self, rows: Collection[int]) -> dict[int, int]: ...

    def passages_of_path(self, path: str) -> list[int]: ...

    def facts_of(self, numbers: Collection[int]) -> Mapping[int, int]: ...

    def body(self, doc_id: str, limit: int) -> list[int]: ...

    def body_of_section(self, doc_id: str, section: str, start: int, end: int) -> list[int]: ...

    def with_tables(self, number: int) -> list[tuple[int, str]]: ...

    def from_row(self, number: int, row: int, count: int) -> list[int]: ...

    def page(self, doc_id: str, start: int) -> str: ...

    def paths(self) -> dict[int, str]: ...
