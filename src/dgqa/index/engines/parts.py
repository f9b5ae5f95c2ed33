"""Answer for an index of several parts what one index of all their documents would, with equal scores.

Numbers of documents and rows of passages are those of that one index: its documents stand in the order of their paths, each
with its passages one after another. The best k of all lie among the best k of each part, so that nothing is lost where
each part looks everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dgqa.errors import IndexNotFoundError
from dgqa.index.division import DEEPEST, bits_of, place
from dgqa.index.engines.backend import DENSE, WORDS, Candidates, Floats, Late, Mask, Pool, Query, Rows, Scope, SearchBackend
from dgqa.index.queries import Entry
from dgqa.types import Passage


class Call(NamedTuple):
    """A method of a part that is to be called, with what it is called with."""

    part: int
    method: str
    values: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the documents of all parts stand. By their numbers: ``part``, ``own`` number there, first row there and in all.

    ``numbers`` gives for each part the numbers of its documents, in its own order.
    """

    part: Rows
    own: Rows
    first_own: Rows
    first: Rows
    numbers: tuple[Rows, ...]

    @classmethod
    def of(cls, extents: Sequence[Sequence[tuple[str, str, int]]]) -> Layout:
        """Lay out documents from what `extents` tells of each part."""
        found = [
            (place(path, doc_id), part, own, count)
            for part, documents in enumerate(extents)
            for own, (doc_id, path, count) in enumerate(documents)
        ]
        order = sorted(range(len(found)), key=lambda at: found[at][0])
        facts = np.asarray([found[at][1:] for at in order], np.int64).reshape(-1, 3)
        part, own, counts = facts.T
        first = np.cumsum(counts) - counts
        first_own = np.empty_like(first)
        numbers = tuple(np.flatnonzero(part == number) for number in range(len(extents)))
        for of_part in numbers:
            # In a part its documents stand in the same order.
            first_own[of_part] = np.cumsum(counts[of_part]) - counts[of_part]
        return cls(part, own, first_own, first, numbers)

    def to_all(self, part: int, rows: Rows) -> Rows:
        """Return the rows in all of rows of a part."""
        numbers = self.numbers[part]
        at = numbers[np.searchsorted(self.first_own[numbers], rows, side="right") - 1]
        return np.asarray(rows - self.first_own[at] + self.first[at], np.int64)

    def to_parts(self, rows: Rows) -> list[tuple[int, Rows, Rows]]:
        """Return for each part with any of the ``rows`` its number, which of them those are, and their rows there."""
        at = np.searchsorted(self.first, rows, side="right") - 1
        part, own = self.part[at], rows - self.first[at] + self.first_own[at]
        return [(int(number), chosen := np.flatnonzero(part == number), own[chosen]) for number in np.unique(part)]


class PartsBackend:
    """Searches the parts of an index and puts together what they find. Safe to use from several threads."""

    def __init__(self, folder: Path, manifest: dict[str, Any], parts: Sequence[SearchBackend]) -> None:
        """Put together what ``parts`` hold, each opened from the part of that place in the manifest."""
        self.folder = folder
        self.manifest = manifest
        self.parts = tuple(parts)
        self.words = tuple(str(word) for word in manifest["settings"].get("user_dictionary", ()))
        self.passage_count: int = manifest["counts"]["passages"]
        self.sentence_count: int = manifest["counts"]["sentences"]
        self._prefixes = {str(part["prefix"]): number for number, part in enumerate(manifest["parts"])}
        self._layout = Layout.of(self._all("extents"))

    def __repr__(self) -> str:
        counts = self.manifest["counts"]
        return f"<Index {str(self.folder)!r}: {counts['documents']} documents, {counts['passages']} passages, {self.manifest['model']}, in {len(self.manifest['parts'])} parts>"

    def _call(self, calls: Sequence[Call]) -> list[Any]:
        """Return what each call gives, in their order; where parts are elsewhere, all are under way at once."""
        return [getattr(self.parts[call.part], call.method)(*call.values, **dict(call.options)) for call in calls]

    def _all(self, method: str, *values: Any) -> list[Any]:
        return self._call([Call(number, method, values) for number in range(len(self.manifest["parts"]))])

    def _of_document(self, doc_id: str, method: str, *values: Any) -> tuple[int, Any] | None:
        """Return the part that would hold a document, and what its method gives for it; None where there is no such part."""
        bits = bits_of(doc_id)
        part = next((self._prefixes[bits[:length]] for length in range(DEEPEST + 1) if bits[:length] in self._prefixes), None)
        return None if part is None else (part, self._call([Call(part, method, (doc_id, *values))])[0])

    @property
    def generation(self) -> str:
        """Names what the index holds; another build has another name."""
        return str(self.manifest["generation"])

    @property
    def fingerprint(self) -> str:
        """Identifies this index's content: sources, model and settings."""
        return str(self.manifest["content"])

    def close(self) -> None:
        self._all("close")

    def damaged_files(self) -> list[str]:
        return [f"{part['name']}/{name}" for part, names in zip(self.manifest["parts"], self._all("damaged_files"), strict=True) for name in names]

    # Searching

    def frequencies(self, tokens: Sequence[str]) -> dict[str, int]:
        of_parts = self._all("frequencies", tokens)
        return {token: sum(counts[token] for counts in of_parts) for token in dict.fromkeys(tokens)}

    def candidates(
        self, query: Query, weights: Mapping[str, float], scope: Scope, *, terms: Sequence[str] = (), dense: int = DENSE, words: int = WORDS
    ) -> Candidates:
        options = ("terms", terms), ("dense", dense), ("words", words)
        scopes = self._scopes(scope)
        found = self._call([Call(part, "candidates", (query, weights, own), options) for part, own in scopes])
        return merged([(one, self._to_all(part)) for (part, _), one in zip(scopes, found, strict=True)], dense, words)

    def _to_all(self, part: int) -> Callable[[Rows], Rows]:
        return lambda rows: self._layout.to_all(part, rows)

    def _scopes(self, scope: Scope) -> list[tuple[int, Scope]]:
        """Return the parts in which anything is allowed, each with the scope in its own numbers."""
        allowed, favoured = (None if numbers is None else self._own(numbers) for numbers in (scope.documents, scope.favoured))
        return [
            (part, replace(scope, documents=None if allowed is None else allowed.get(part, frozenset()), favoured=(favoured or {}).get(part, frozenset())))
            for part in range(len(self._layout.numbers))
            if allowed is None or part in allowed
        ]

    def _own(self, numbers: Collection[int]) -> dict[int, frozenset[int]]:
        """Return the documents of some numbers by their parts, by their numbers there."""
        wanted = np.asarray(sorted(numbers), np.int64)
        part = self._layout.part[wanted]
        return {int(one): frozenset(self._layout.own[wanted[part == one]].tolist()) for one in np.unique(part)}

    def late(self, passages: Rows, questions: Sequence[Floats]) -> Late:
        split = self._layout.to_parts(passages)
        whole = np.full((len(questions), len(passages)), np.nan, np.float32)
        sentences: list[Floats] = [np.empty((len(questions), 0), np.float32)] * len(passages)
        for (_, places, _), found in zip(split, self._call([Call(part, "late", (rows, questions)) for part, _, rows in split]), strict=True):
            whole[:, places] = found.passages
            for at, of_passage in zip(places.tolist(), found.sentences, strict=True):
                sentences[at] = of_passage
        return Late(whole, tuple(sentences))

    def cosines(self, passages: Rows, vector: Floats) -> tuple[Floats, ...]:
        split = self._layout.to_parts(passages)
        found: list[Floats] = [np.empty(0, np.float32)] * len(passages)
        for (_, places, _), cosines in zip(split, self._call([Call(part, "cosines", (rows, vector)) for part, _, rows in split]), strict=True):
            for at, of_passage in zip(places.tolist(), cosines, strict=True):
                found[at] = of_passage
        return tuple(found)

    def inside(self, passages: Rows, scope: Scope) -> Mask:
        scopes = dict(self._scopes(scope))
        split = [one for one in self._layout.to_parts(passages) if one[0] in scopes]
        mask = np.zeros(len(passages), bool)
        for (_, places, _), own in zip(split, self._call([Call(part, "inside", (rows, scopes[part])) for part, _, rows in split]), strict=True):
            mask[places] = own
        return mask

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        wanted = np.asarray([row for row in rows if 0 <= row < self.passage_count], np.int64)
        split = self._layout.to_parts(wanted)
        held = self._call([Call(part, "passages", (own.tolist(),)) for part, _, own in split])
        return {
            int(wanted[at]): replace(found[row], row=int(wanted[at]))
            for (_, places, own), found in zip(split, held, strict=True)
            for at, row in zip(places.tolist(), own.tolist(), strict=True)
        }

    # Documents

    def _in_order(self, of_parts: Sequence[Sequence[Any]]) -> list[Any]:
        """Return what each part tells of its documents, one by one, in the order of all documents."""
        return [of_parts[part][own] for part, own in zip(self._layout.part.tolist(), self._layout.own.tolist(), strict=True)]

    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry._replace(number=number) for number, entry in enumerate(self._in_order(self._all("entries"))))

    def documents(self) -> list[dict[str, Any]]:
        return self._in_order(self._all("documents"))

    def titles(self, limit: int) -> list[str]:
        first = zip(self._layout.part[:limit].tolist(), self._layout.own[:limit].tolist(), strict=True)
        of_parts = self._all("titles", limit)
        return [of_parts[part][own] for part, own in first]

    def sources(self) -> dict[str, tuple[str, str]]:
        return dict(self._in_order([list(of_part.items()) for of_part in self._all("sources")]))

    def raw(self, doc_id: str) -> str:
        found = self._of_document(doc_id, "raw")
        if found is None:
            raise IndexNotFoundError(f"the index at {self.folder} has no document {doc_id!r}: `Index.documents` lists those it has")
        return str(found[1])

    def headings(self, doc_id: str) -> list[dict[str, Any]]:
        found = self._of_document(doc_id, "headings")
        return [] if found is None else list(found[1])

    def with_articles(self) -> list[int]:
        return sorted(number for part, own in enumerate(self._all("with_articles")) for number in self._layout.numbers[part][own].tolist())

    def openings(self) -> dict[int, str]:
        found = {int(self._layout.numbers[part][own]): text for part, of_part in enumerate(self._all("openings")) for own, text in of_part.items()}
        return dict(sorted(found.items()))

    # Passages, by their rows

    def _rows(self, part: int, rows: Sequence[int]) -> list[int]:
        return [int(row) for row in self._layout.to_all(part, np.asarray(rows, np.int64))]

    def sections(self) -> list[str]:
        return list(dict.fromkeys(section for of_part in self._all("sections") for section in of_part))

    def documents_of(self, rows: Collection[int]) -> dict[int, int]:
        wanted = np.asarray([row for row in rows if 0 <= row < self.passage_count], np.int64)
        return dict(zip(wanted.tolist(), (np.searchsorted(self._layout.first, wanted, side="right") - 1).tolist(), strict=True))

    def passages_of_path(self, path: str) -> list[int]:
        return sorted(row for part, rows in enumerate(self._all("passages_of_path", path)) for row in self._rows(part, rows))

    def facts_of(self, numbers: Collection[int]) -> Mapping[int, int]:
        own = self._own(numbers)
        found = self._call([Call(part, "facts_of", (wanted,)) for part, wanted in own.items()])
        return {int(self._layout.numbers[part][number]): self._rows(part, [row])[0] for part, facts in zip(own, found, strict=True) for number, row in facts.items()}

    def _rows_of(self, doc_id: str, method: str, *values: Any) -> list[int]:
        found = self._of_document(doc_id, method, *values)
        return [] if found is None else self._rows(*found)

    def body(self, doc_id: str, limit: int) -> list[int]:
        return self._rows_of(doc_id, "body", limit)

    def body_of_section(self, doc_id: str, section: str, start: int, end: int) -> list[int]:
        return self._rows_of(doc_id, "body_of_section", section, start, end)

    def with_tables(self, number: int) -> list[tuple[int, str]]:
        part, own = int(self._layout.part[number]), int(self._layout.own[number])
        (found,) = self._call([Call(part, "with_tables", (own,))])
        return list(zip(self._rows(part, [row for row, _ in found]), (text for _, text in found), strict=True))

    def from_row(self, number: int, row: int, count: int) -> list[int]:
        part, own = int(self._layout.part[number]), int(self._layout.own[number])
        first = row - int(self._layout.first[number]) + int(self._layout.first_own[number])
        return self._rows(part, self._call([Call(part, "from_row", (own, first, count))])[0])

    def page(self, doc_id: str, start: int) -> str:
        found = self._of_document(doc_id, "page", start)
        return "" if found is None else str(found[1])

    def paths(self) -> dict[int, str]:
        found = {row: path for part, of_part in enumerate(self._all("paths")) for row, path in zip(self._rows(part, list(of_part)), of_part.values(), strict=True)}
        return dict(sorted(found.items()))


def merged(found: Sequence[tuple[Candidates, Callable[[Rows], Rows]]], dense: int, words: int) -> Candidates:
    """Return the candidates of several parts as those of one index, each with what turns its rows into those of all."""
    nearest, worded = (
        tuple(
            _best([Pool(to_all(pools[at].rows), pools[at].scores) for one, to_all in found if len(pools := getattr(one, name)) > at], k)
            for at in range(max((len(getattr(one, name)) for one, _ in found), default=0))
        )
        for name, k in (("nearest", dense), ("worded", words))
    )
    rows = np.unique(np.concatenate([np.empty(0, np.int64), *(pool.rows for pool in (*nearest, *worded))]))
    everything = np.concatenate([np.empty(0, np.int64), *(to_all(one.rows) for one, to_all in found)])
    order = np.argsort(everything)
    at = order[np.searchsorted(everything, rows, sorter=order)]

    def of(name: str, dtype: type) -> Any:
        return np.concatenate([np.empty(0, dtype), *(getattr(one, name) for one, _ in found)])[at]

    return Candidates(rows, of("cosine", np.float32), of("words", np.float32), of("terms", np.float32), of("favoured", bool), nearest, worded)


def _best(pools: Sequence[Pool], k: int) -> Pool:
    rows, scores = (np.concatenate([getattr(pool, name) for pool in pools]) for name in ("rows", "scores"))
    order = np.lexsort((rows, -scores))[:k]
    return Pool(rows[order], scores[order])
