"""Write the texts of a corpus to an index and work out the order of its sentences, one document at a time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dgqa.corpus.files import Skipped, SourceFile, load_document
from dgqa.corpus.passages import SECTION_SEPARATOR, split_document
from dgqa.corpus.structure.statutes import is_bare_number
from dgqa.errors import CorpusError
from dgqa.index.bm25 import LexicalStore
from dgqa.language.text import detect_script, search_tokens, word_count
from dgqa.types import Document, Passage

Progress = Callable[[str, int, int], None]
Rows = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]

MIN_WORD_CHARS = 10  # shorter sentences resemble every question
_OWN, _TOKENS, _META = range(3)  # a sentence has a vector of its own, token vectors alone, or neither
SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE documents (doc INTEGER PRIMARY KEY, doc_id TEXT UNIQUE NOT NULL, path TEXT NOT NULL, title TEXT NOT NULL,
  author TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL, script TEXT NOT NULL, encoding TEXT NOT NULL,
  sha256 TEXT NOT NULL, raw TEXT NOT NULL, sections TEXT NOT NULL, defects TEXT NOT NULL,
  number TEXT NOT NULL, issuer TEXT NOT NULL);
CREATE TABLE passages (row INTEGER PRIMARY KEY, doc INTEGER NOT NULL, section TEXT NOT NULL, start INTEGER NOT NULL,
  stop INTEGER NOT NULL, text TEXT NOT NULL, kind TEXT NOT NULL, page TEXT NOT NULL);
CREATE INDEX passage_doc ON passages (doc);
CREATE TABLE sentences (at INTEGER PRIMARY KEY, start INTEGER NOT NULL, stop INTEGER NOT NULL, spans TEXT NOT NULL, text TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the sentences of an index stand. ``at`` counts them in reading order, ``row`` as `Index` says.

    ``row_of`` and ``at_of`` turn one into the other, ``starts`` gives the ``at`` where each passage starts and where
    the last one ends, ``passage_of`` the passage of each ``at``. ``keys``, by row, tells each sentence under its
    heading from all others. The first ``vectors`` rows have a vector, the first ``embedded`` have token vectors.
    """

    row_of: Rows
    at_of: Rows
    starts: Rows
    passage_of: Rows
    keys: Keys
    vectors: int
    embedded: int

    def save(self, work: Path) -> None:
        np.save(work / "reading_order.npy", self.row_of)
        np.save(work / "passage_starts.npy", self.starts)
        np.save(work / "sentence_passage.npy", self.passage_of[self.at_of])
        np.save(work / "sentence_keys.npy", self.keys[: self.embedded])


@dataclass(frozen=True, slots=True)
class Texts:
    """What `write_texts` has written; ``sources`` holds the path and the SHA-256 of each document's file by its id."""

    sources: dict[str, tuple[str, str]]
    skipped: tuple[Skipped, ...]
    layout: Layout


def write_texts(file: Path, files: Sequence[SourceFile], progress: Progress, *, limit: int | None = None) -> Texts | None:
    """Write the documents of ``files`` with their passages and sentences to a SQLite file.

    With a ``limit`` it stops, and returns None, as soon as there are more sentences than that.

    Raises:
        OSError, sqlite3.OperationalError: it can't be written.
    """
    sources: dict[str, tuple[str, str]] = {}
    skipped: list[Skipped] = []
    starts = array("i", [0])
    kinds, keys = bytearray(), bytearray()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(SCHEMA)
        progress("read", 0, len(files))
        for number, source in enumerate(files, 1):
            try:
                document = load_document(source.file, path=source.path, doc_id=source.doc_id, root=source.root)
            except CorpusError as error:
                skipped.append(Skipped(source.path, str(error)))
            else:
                passages = split_document(document, first_row=len(starts) - 1)
                _insert(connection, len(sources), document, passages, first=starts[-1])
                sources[document.doc_id] = document.path, document.sha256
                for passage in passages:
                    starts.append(starts[-1] + len(passage.sentences))
                    kinds += bytes(_kinds(passage, document.script))
                    heading = heading_of(passage.section)
                    keys += b"".join(_key(heading, sentence.text) for sentence in passage.sentences)
            progress("read", number, len(files))
            if limit is not None and starts[-1] > limit:
                return None
        connection.commit()
    return Texts(sources, tuple(skipped), _layout(starts, kinds, keys))


def _insert(connection: sqlite3.Connection, number: int, document: Document, passages: Sequence[Passage], *, first: int) -> None:
    d = document
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, d.doc_id, d.path, d.title, d.author, d.date, d.source, d.script, d.encoding, d.sha256, _storable(d.raw),
         json.dumps([asdict(s) for s in d.sections]), json.dumps([asdict(s) for s in d.defects]), d.number, d.issuer),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((p.row, number, p.section, p.start, p.end, p.text, p.kind, p.page) for p in passages),
    )
    connection.executemany(
        "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
        (
            (at, s.start, s.end, json.dumps(s.spans) if len(s.spans) > 1 else "", s.text)
            for at, s in enumerate((sentence for passage in passages for sentence in passage.sentences), first)
        ),
    )


def _storable(raw: str) -> str:
    # SQLite holds UTF-8, which has no lone surrogates; one for one, so that offsets stay.
    return raw.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if any("\ud800" <= c <= "\udfff" for c in raw) else raw


def _kinds(passage: Passage, script: str) -> list[int]:
    """Return for each sentence whether it gets a vector; a passage's only short sentences do."""
    if passage.kind == "meta":
        return [_META] * len(passage.sentences)
    chinese = script in {"Hans", "Hant"}
    telling = [
        word_count(sentence.text) >= MIN_WORD_CHARS and not (chinese and detect_script(sentence.text) == "Latn")
        for sentence in passage.sentences
    ]
    return [_OWN if tells or not any(telling) else _TOKENS for tells in telling]


def heading_of(section: str) -> str:
    """Return the innermost heading of a section's path that says what it is about, which an article's number does not."""
    parts = section.split(SECTION_SEPARATOR)
    return next((part for part in reversed(parts) if not is_bare_number(part)), "")


def _key(heading: str, text: str) -> bytes:
    return hashlib.sha256(f"{heading}\0{text}".encode("utf-8", "surrogatepass")).digest()[:16]


def _layout(starts: Sequence[int], kinds: bytearray, keys: bytearray) -> Layout:
    first = np.asarray(starts, dtype=np.int32)
    at_of = np.argsort(np.frombuffer(kinds, dtype=np.uint8), kind="stable").astype(np.int32)
    row_of = np.empty_like(at_of)
    row_of[at_of] = np.arange(len(at_of), dtype=np.int32)
    passage_of = np.repeat(np.arange(len(first) - 1, dtype=np.int32), np.diff(first))
    by_row = np.frombuffer(keys, dtype="<u8").reshape(-1, 2)[at_of]
    own, tokens = kinds.count(_OWN), kinds.count(_TOKENS)
    return Layout(row_of, at_of, first, passage_of, by_row, own, own + tokens)


def write_words(file: Path, work: Path, passages: int, words: Sequence[str], progress: Progress) -> int:
    """Write the postings of the passages in a SQLite file into it; ``work`` takes what is too much for the memory. Return how many tokens they have.

    ``words`` are those of a user dictionary.

    Raises:
        OSError, sqlite3.OperationalError: it can't be written.
    """
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")

        count = 0

        def tokens() -> Iterator[list[str]]:
            nonlocal count
            for number, (text,) in enumerate(connection.execute("SELECT text FROM passages ORDER BY row")):
                if number % 200 == 0:
                    progress("words", number, passages)
                found = search_tokens(text, words)
                count += len(found)
                yield found

        LexicalStore.write(connection, tokens(), work)
        progress("words", passages, passages)
        connection.commit()
        return count
