"""The sentences of an index as vectors and token vectors on disk: embedded, or copied from what was embedded before."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.index.engines.local import LocalBackend
from dgqa.index.engines.lots import Codes, Floats, Lot, Made, Spread, lot_bounds, read_lots
from dgqa.index.manifest import unfinished
from dgqa.index.texts import Keys, Layout, Progress
from dgqa.index.writers import GrowingArray
from dgqa.system import readable_hash

logger = logging.getLogger(__name__)

JOURNAL = "embedded.jsonl"  # what a build that is cut off leaves for the next
HEADING_WEIGHT = 3  # times its length, against that of the sentence

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Sentences that need not be embedded again: their keys by row, how many of them have a vector, and what gives both kinds."""

    keys: Keys
    vectors: int
    stored: Callable[[npt.NDArray[np.int64]], npt.NDArray[Any]]
    token_vectors: Callable[[int], Codes]


@dataclass(frozen=True, slots=True)
class Terms:
    """What two builds must have in common for one to take over from the other.

    ``anew`` tells that nothing is taken from an older index; one that does may take over from one that does not.
    """

    fingerprint: str
    dim: int
    settings: dict[str, Any]
    anew: bool


class Journal:
    """Writes down, after each lot of sentences, that its vectors are in the files, and what their bytes are.

    The files themselves are all that is kept: nothing is written twice.
    """

    def __init__(self, work: Path, terms: Terms, layout: Layout, prefix: str = "") -> None:
        """Begin with the part of a prefix; the keys of the sentences must have been saved."""
        self._file = (work / JOURNAL).open("w", encoding="utf-8")
        self._write([terms.fingerprint, terms.dim, terms.settings, terms.anew, layout.vectors, readable_hash(work / "sentence_keys.npy"), prefix])

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, vectors: npt.NDArray[np.float16], tokens: Codes, counts: Sequence[int]) -> None:
        """Tell of the next sentences, ``counts`` token vectors each; what they are must have left this process."""
        self._write([len(vectors), list(counts), _digest(vectors, tokens, np.asarray(counts, np.int64))])

    def _write(self, record: Sequence[Any]) -> None:
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()


def longest(folder: Path) -> dict[str, Path]:
    """Return the folders of the builds cut off in ``folder`` that had written down the most, by the prefix of their part."""
    found: dict[str, tuple[int, Path]] = {}
    for work in sorted(unfinished(folder)):
        lines = (work / JOURNAL).read_bytes().split(b"\n") if (work / JOURNAL).is_file() else []
        if len(lines) < 3:  # the first line only tells the terms
            continue
        try:
            _, _, _, _, _, _, *prefix = json.loads(lines[0])
        except (ValueError, TypeError):
            continue
        key = str(prefix[0]) if prefix else ""
        if len(lines) > found.get(key, (0, work))[0]:
            found[key] = len(lines), work
    return {prefix: work for prefix, (_, work) in found.items()}


def take_over(work: Path, terms: Terms) -> Held | None:
    """Return what a build that was cut off had embedded in ``work`` on the same terms, up to the first damage; None for nothing."""
    try:
        return _read(work, terms)
    except (OSError, ValueError, TypeError, EOFError) as error:
        logger.warning("what the build in %s had embedded cannot be read (%s): it is embedded again", work, error)
        return None


def _read(work: Path, terms: Terms) -> Held | None:
    lines = (work / JOURNAL).read_bytes().split(b"\n")
    fingerprint, dim, settings, anew, own, keys_hash, *_ = json.loads(lines[0])
    if (fingerprint, dim, settings) != (terms.fingerprint, terms.dim, terms.settings) or (terms.anew and not anew):
        return None
    if readable_hash(work / "sentence_keys.npy") != keys_hash:
        return None
    keys: Keys = np.load(work / "sentence_keys.npy", allow_pickle=False)
    vectors, tokens = _rows(work / "vectors.npy", np.dtype(np.float16), dim), _rows(work / "tokens.npy", np.dtype(np.int8), dim)
    counts: list[int] = []
    done = used = 0
    for line in lines[1:-1]:  # what stands behind the last line break is no whole line
        record = _record(line)
        if record is None:
            break
        with_vector, lot, digest = record
        size = sum(lot)
        found = vectors[done : done + with_vector], tokens[used : used + size]
        if (len(found[0]), len(found[1])) != (with_vector, size) or _digest(*found, np.asarray(lot, np.int64)) != digest:
            break
        counts += lot
        done, used = done + with_vector, used + size
    if not counts or len(counts) > len(keys) or done != min(own, len(counts)):
        return None
    offsets = np.concatenate([[0], np.cumsum(counts)])
    logger.info("%d of %d sentences were embedded by the build in %s, which was cut off", len(counts), len(keys), work)
    return Held(keys[: len(counts)], done, lambda rows: vectors[rows], lambda row: tokens[offsets[row] : offsets[row + 1]])


def _record(line: bytes) -> tuple[int, list[int], str] | None:
    try:
        with_vector, counts, digest = json.loads(line)
        return int(with_vector), [int(count) for count in counts], str(digest)
    except (ValueError, TypeError):
        return None


def _rows(file: Path, dtype: npt.DTypeLike, dim: int) -> npt.NDArray[Any]:
    """Map the rows of a .npy file that has not been ended, whose head says that it has none."""
    base = GrowingArray.head_size(dtype, dim)
    width = np.dtype(dtype).itemsize * dim
    rows = max(0, file.stat().st_size - base) // width
    if not rows:
        return np.empty((0, dim), dtype)
    return np.asarray(np.memmap(file, dtype, mode="r", offset=base, shape=(rows, dim)))


def _digest(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def held_by(old: LocalBackend) -> Held:
    """Return what a part of an index has embedded."""
    return Held(old.sentence_keys, len(old.vectors), old.vectors.stored, old.token_vectors)


def write_vectors(
    work: Path, layout: Layout, dim: int, held: Sequence[Held], journal: Journal, spread: Spread, progress: Progress
) -> int:
    """Write the vectors (float16) and token vectors (int8) of all rows into ``work``; return how many were embedded.

    What is ``held`` is copied, from the first that holds it; ``journal`` is told how far the files go. ``spread`` embeds
    the rest, lot by lot: what it makes of a lot depends on that alone.

    Raises:
        OSError: they can't be written.
        ModelError: the model gives numbers that are not finite.
    """
    plan = _plan(layout, held)
    fresh = plan.source == np.arange(layout.embedded)
    total = int(fresh.sum())
    offsets = np.zeros(len(layout.at_of) + 1, dtype=np.int64)
    headings: dict[str, Floats] = {}
    progress("embed", 0, total)
    with (
        contextlib.closing(sqlite3.connect((work / "texts.sqlite").resolve().as_uri() + "?mode=ro", uri=True)) as connection,
        GrowingArray(work / "vectors.npy", np.float16, dim) as vectors,
        GrowingArray(work / "tokens.npy", np.int8, dim) as tokens,
    ):
        lots = iter(spread(read_lots(connection, layout, fresh), lambda done: progress("embed", done, total)))
        for low, high in lot_bounds(layout):
            new = low + np.flatnonzero(fresh[low:high])
            made, codes = _mixed(*next(lots), headings) if len(new) else (np.empty((0, dim), np.float32), [])
            place = {int(row): i for i, row in enumerate(new)}
            own = max(min(high, layout.vectors) - low, 0)
            block = np.empty((own, dim), np.float16)
            parts: list[Codes] = []
            for i, row in enumerate(range(low, high)):
                source = int(plan.source[row])
                if plan.holder[row] >= 0:
                    part = held[plan.holder[row]].token_vectors(int(plan.known[row]))
                elif source in place:
                    part = codes[place[source]]
                    if i < own:
                        block[i] = made[place[source]]
                else:
                    part = tokens.read(int(offsets[source]), int(offsets[source + 1]))
                    if i < own:
                        block[i] = vectors.read(source, source + 1)[0]
                parts.append(part)
                offsets[row + 1] = offsets[row] + len(part)
            for number, holder in enumerate(held if own else ()):
                copied = np.flatnonzero(plan.holder[low : low + own] == number)
                block[copied] = holder.stored(plan.known[low + copied])
            joined = np.concatenate(parts)
            for file, rows in ((vectors, block), (tokens, joined)):
                file.append(rows)
                file.flush()
            journal.add(block, joined, [len(part) for part in parts])
    offsets[layout.embedded :] = offsets[layout.embedded]
    np.save(work / "token_offsets.npy", offsets)
    return total


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """For each row who holds it (``holder``) and in which row (``known``), or -1, and the row that is embedded for it."""

    holder: Places
    known: Places
    source: Places


def _plan(layout: Layout, held: Sequence[Held]) -> _Plan:
    keys = layout.keys[: layout.embedded]
    rows = np.arange(layout.embedded)
    holder = np.full(layout.embedded, -1, np.int64)
    known = holder.copy()
    for number, one in enumerate(held):
        first = _first_of(np.concatenate([one.keys, keys]))[len(one.keys) :]
        # A sentence that had no vector of its own may need one now, where a passage's other sentences have changed.
        usable = (known < 0) & (first < len(one.keys)) & ((rows >= layout.vectors) | (first < one.vectors))
        known[usable], holder[usable] = first[usable], number
    source = known.copy()
    fresh = np.flatnonzero(known < 0)
    # A sentence that stands in many places is embedded once; those with a vector of their own come first.
    source[known >= 0] = -1
    source[fresh] = fresh[_first_of(keys[fresh])]
    return _Plan(holder, known, source)


def _first_of(keys: Keys) -> Places:
    """Return for each key the first place that holds the same."""
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    begins = np.ones(len(order), bool)
    begins[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    first = np.empty(len(order), np.int64)
    # The sort is stable, so that the first of a group is the lowest.
    first[order] = order[begins][np.cumsum(begins) - 1] if len(order) else order
    return first


def _mixed(lot: Lot, made: Made, headings: dict[str, Floats]) -> tuple[Floats, Sequence[Codes]]:
    """Return the vectors of a lot's sentences mixed with those of their headings, and their token vectors.

    ``headings`` holds the vectors of the headings of the lot before, and of these afterwards.
    """
    plain, codes, new = made
    kept = {name: headings[name] for name in lot.headings if name in headings}
    headings.clear()
    headings.update(kept | dict(zip(lot.new, new, strict=True)))
    vectors = plain.copy()
    for i, name in enumerate(lot.headings):
        if name:
            # What "heading：sentence" would be, without embedding it: both means, by their lengths. The mean of that
            # and of the sentence alone scores as the mean of their two scores.
            mixed = len(lot.sentences[i]) * plain[i] + HEADING_WEIGHT * len(name) * headings[name]
            vectors[i] = (plain[i] + mixed / np.linalg.norm(mixed)) / 2
    return vectors, codes
