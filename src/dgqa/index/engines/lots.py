"""Cut the sentences of an index into lots that are embedded together, and embed a lot."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from dgqa.index.texts import Layout, heading_of
from dgqa.language.text import simplify
from dgqa.models.embedding import Embedder

_CHUNK = 2_048  # rows of an index embedded before they are written, about 25 MB of token vectors

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Lot:
    """Sentences as they are embedded, with the heading of each, "" for none, and those headings that the lot before had not."""

    sentences: tuple[str, ...]
    headings: tuple[str, ...]
    new: tuple[str, ...]


Made = tuple[Floats, Sequence[Codes], Floats]  # vectors and token vectors of a lot's sentences, vectors of its new headings


class Spread(Protocol):
    """What has lots embedded: each comes out with what was made of it, in the order in which they came in."""

    def __call__(self, lots: Iterable[Lot], done: Callable[[int], None]) -> Iterable[tuple[Lot, Made]]:
        """Take lots in, some ahead; ``done`` is told how many sentences are embedded so far."""
        ...


def here(embedder: Embedder) -> Spread:
    """Return what embeds lots in this process, one after another."""

    def spread(lots: Iterable[Lot], done: Callable[[int], None]) -> Iterator[tuple[Lot, Made]]:
        before = 0
        for lot in lots:
            yield lot, embed(embedder, lot, _from(before, done))
            before += len(lot.sentences)

    return spread


def _from(before: int, done: Callable[[int], None]) -> Callable[[int, int], None]:
    return lambda count, _: done(before + count)


def embed(embedder: Embedder, lot: Lot, progress: Callable[[int, int], None] | None = None) -> Made:
    """Return what an embedder makes of a lot: that depends on the lot alone, wherever and whenever it is done.

    Raises:
        ModelError: the model gives numbers that are not finite.
    """
    vectors, tokens = embedder.embed_passages_with_tokens(lot.sentences, progress=progress)
    return vectors, tokens, embedder.embed_passages(lot.new) if lot.new else np.empty((0, embedder.dim), np.float32)


def lot_bounds(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield the first row of each lot, and the row after its last."""
    for low in range(0, layout.embedded, _CHUNK):
        yield low, min(low + _CHUNK, layout.embedded)


def read_lots(connection: sqlite3.Connection, layout: Layout, fresh: npt.NDArray[np.bool_]) -> Iterator[Lot]:
    """Yield the lots of the rows that are ``fresh``; none for bounds within which there are none."""
    known: set[str] = set()
    for low, high in lot_bounds(layout):
        rows = low + np.flatnonzero(fresh[low:high])
        if not len(rows):
            continue
        places = layout.at_of[rows]
        of_place = _by_number(connection, "SELECT at, text FROM sentences WHERE at IN", places)
        passages = layout.passage_of[places]
        sections = _by_number(connection, "SELECT row, section FROM passages WHERE row IN", np.unique(passages))
        headings = tuple(
            simplify(heading_of(sections[passage])) if row < layout.vectors else ""
            for row, passage in zip(rows.tolist(), passages.tolist(), strict=True)
        )
        names = {name for name in headings if name}
        yield Lot(tuple(simplify(of_place[at]) for at in places.tolist()), headings, tuple(sorted(names - known)))
        known = names


def _by_number(connection: sqlite3.Connection, sql: str, numbers: npt.NDArray[Any]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted = numbers.tolist()
    for start in range(0, len(wanted), 500):
        chunk = wanted[start : start + 500]
        found.update(connection.execute(f"{sql} ({','.join('?' * len(chunk))})", chunk).fetchall())
    return found
