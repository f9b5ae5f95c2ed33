"""An index on disk in, its passages, vectors and words out, read on demand; and the newest index of a folder."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError, IndexNotFoundError
from dgqa.index.bm25 import LexicalStore
from dgqa.index.faiss_store import FaissStore
from dgqa.index.growing import map_array, release
from dgqa.index.manifest import MANIFEST, file_hash, read_manifest
from dgqa.types import Passage, Sentence

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 0.5  # seconds for which the manifest is taken to be as it was
# Token vectors are many times as large as all else, and the system maps 64 KB around each that is read. These many bytes
# read, at most some thirteen times as many mapped, they are given back; below the larger size all may stay.
_KEPT = 8_000_000
_SMALL = 256_000_000
_REBUILD = "rebuild it with `dgqa index --rebuild`"


class Index:
    """An index opened for reading. Texts are read on demand; safe to use from several threads.

    Row i of ``vectors`` and of ``token_vectors`` is sentence i: first the sentences that have a vector of their own,
    then those that have token vectors alone, then those about an article itself, each in reading order.
    ``sentence_passage`` tells the passage of each.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._home = folder / str(manifest["generation"])
        self._guard = threading.Lock()
        # Those of the user's dictionary, which search tokens are made with.
        self.words = tuple(str(word) for word in manifest["settings"].get("user_dictionary", ()))
        counts = manifest["counts"]
        self.passage_count: int = counts["passages"]
        self.sentence_count: int = counts["sentences"]
        dim, sentences = manifest["dim"], self.sentence_count
        exact: npt.NDArray[np.float16] = self._array("vectors", np.float16, (counts["vectors"], dim))
        self.sentence_passage: npt.NDArray[np.int32] = self._array("sentence_passage", np.int32, (sentences,))
        self._order: npt.NDArray[np.int32] = self._array("reading_order", np.int32, (sentences,))
        self._starts: npt.NDArray[np.int32] = self._array("passage_starts", np.int32, (self.passage_count + 1,))
        self.token_offsets: npt.NDArray[np.int64] = self._array("token_offsets", np.int64, (sentences + 1,))
        self._tokens: npt.NDArray[np.int8] = self._array("tokens", np.int8, (int(self.token_offsets[-1]), dim))
        self._read = 0  # bytes of token vectors since they were given back
        for name, steps, last in (("passage_starts", self._starts, sentences), ("token_offsets", self.token_offsets, len(self._tokens))):
            if steps[0] != 0 or steps[-1] != last or (np.diff(steps) < 0).any():
                raise self._damaged(f"{name}.npy does not rise from 0 to {last}")
        # What tells each embedded sentence under its heading from all others; for the next build.
        self.sentence_keys: npt.NDArray[np.uint64] = self._array("sentence_keys", np.uint64, (counts["embedded"], 2))
        self.vectors = FaissStore.load(self._home / "vectors.faiss", exact)
        # One for all threads and from the start: each would hold a file as long as the index is open, and a later
        # build removes the file's name.
        self._connection = self._connect()
        try:
            self.lexical = LexicalStore(self._connection, self._home, self.passage_count, self._guard)
        except IndexMismatchError:
            self._connection.close()
            raise
        # A search that is under way when a newer index is opened ends with this one: who closes it is the last to use it.
        self._finish = weakref.finalize(self, self._connection.close)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Index:
        """Open the index in ``folder``.

        Raises:
            IndexNotFoundError: there is none.
            IndexMismatchError: it has another format version, or a file of it is missing or cut short.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        try:
            return cls._open(folder, manifest)
        except IndexMismatchError:
            # A build that ends in between removes the files that this manifest names.
            newer = read_manifest(folder)
            if newer["generation"] == manifest["generation"]:
                raise
            return cls._open(folder, newer)

    @classmethod
    def _open(cls, folder: Path, manifest: dict[str, Any]) -> Index:
        for name, facts in manifest["files"].items():
            file = folder / str(manifest["generation"]) / name
            size = file.stat().st_size if file.is_file() else None
            if size != facts["bytes"]:
                found = "is missing" if size is None else f"has {size:,} bytes instead of {facts['bytes']:,}"
                raise IndexMismatchError(f"the index at {folder} is damaged, {name} {found}: {_REBUILD}")
        return cls(folder, manifest)

    def _array(self, name: str, dtype: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        try:
            array = map_array(self._home / f"{name}.npy")
        except (OSError, ValueError) as error:
            raise self._damaged(str(error)) from error
        if array.dtype != dtype or array.shape != shape:
            raise self._damaged(f"{name}.npy holds {array.dtype} of shape {array.shape} instead of {np.dtype(dtype)} of {shape}")
        return array

    def _damaged(self, what: str) -> IndexMismatchError:
        return IndexMismatchError(f"the index at {self.folder} is damaged ({what}): {_REBUILD}")

    def close(self) -> None:
        with self._guard:
            self._finish()

    @property
    def fingerprint(self) -> str:
        """Identifies this index's content: sources, model and settings."""
        return str(self.manifest["content"])

    def damaged_files(self) -> list[str]:
        """Return the files whose bytes are no longer those that the build wrote."""
        return [name for name, facts in self.manifest["files"].items() if file_hash(self._home / name) != facts["sha256"]]

    def _connect(self) -> sqlite3.Connection:
        uri = (self._home / "texts.sqlite").resolve().as_uri() + "?mode=ro&immutable=1"
        try:
            return sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query on the texts.

        Raises:
            IndexMismatchError: the file of the texts is damaged, or the index has been closed.
        """
        try:
            with self._guard:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.ProgrammingError as error:
            raise IndexMismatchError(f"the index at {self.folder} has been closed: open it again") from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    def members(self, passage: int) -> npt.NDArray[np.int32]:
        """Return the rows of a passage's sentences in reading order."""
        return self._order[self._starts[passage] : self._starts[passage + 1]]

    def members_of(self, passages: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Return the rows of the sentences of several passages, one passage after another, and how many each has."""
        first = self._starts[passages].astype(np.int64)
        counts = self._starts[passages + 1] - first
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + counts, counts)
        return self._order[places], counts

    def token_vectors(self, row: int) -> npt.NDArray[np.int8]:
        """Return the token vectors of sentence ``row``, int8 of shape (tokens, dim), 127 for 1."""
        found = self._tokens[self.token_offsets[row] : self.token_offsets[row + 1]]
        if self._tokens.nbytes > _SMALL:
            self._read += found.nbytes
            if self._read > _KEPT:
                self._read = 0
                release(self._tokens)
        return found

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[Passage, list[int]]]:
        """Return passages by row, each with the rows of its sentences in reading order."""
        wanted = [int(row) for row in rows if 0 <= row < self.passage_count]
        found: dict[int, tuple[Passage, list[int]]] = {}
        for start in range(0, len(wanted), 200):
            chunk = wanted[start : start + 200]
            places = [at for row in chunk for at in range(self._starts[row], self._starts[row + 1])]
            sentences: dict[int, Sentence] = {}
            for low in range(0, len(places), 500):
                part = places[low : low + 500]
                marks = ",".join("?" * len(part))
                for at, begin, stop, spans, text in self.query(f"SELECT at, start, stop, spans, text FROM sentences WHERE at IN ({marks})", part):
                    parts = tuple((a, b) for a, b in json.loads(spans)) if spans else ((begin, stop),)
                    sentences[at] = Sentence(text, begin, stop, spans=parts)
            marks = ",".join("?" * len(chunk))
            for row, section, begin, stop, text, kind, page, doc_id, path, title, author, date in self.query(
                "SELECT p.row, p.section, p.start, p.stop, p.text, p.kind, p.page, d.doc_id, d.path, d.title, d.author, d.date "
                f"FROM passages p JOIN documents d USING (doc) WHERE p.row IN ({marks})",
                chunk,
            ):
                own = range(self._starts[row], self._starts[row + 1])
                if any(at not in sentences for at in own):
                    raise self._damaged(f"passage {row} has no sentence {next(at for at in own if at not in sentences)}")
                passage = Passage(
                    row, doc_id, path, title, author, date, section, begin, stop, text, tuple(sentences[at] for at in own), kind, page
                )
                found[row] = passage, self.members(row).tolist()
            if missing := [row for row in chunk if row not in found]:
                raise self._damaged(f"passage {missing[0]} is missing")
        return found

    def documents(self) -> list[dict[str, Any]]:
        """Return the documents' metadata in the order of their paths, without their text."""
        names = ("doc_id", "path", "title", "author", "date", "source", "script", "encoding", "sha256", "characters", "number", "issuer", "sections", "defects")
        listing = self.query(
            "SELECT doc_id, path, title, author, date, source, script, encoding, sha256, length(raw), number, issuer, sections, defects FROM documents ORDER BY doc"
        )
        return [dict(zip(names, (*row[:12], json.loads(row[12]), json.loads(row[13])), strict=True)) for row in listing]

    def titles(self, limit: int) -> list[str]:
        """Return the titles of the first ``limit`` documents."""
        return [str(title) for (title,) in self.query("SELECT title FROM documents ORDER BY doc LIMIT ?", (limit,))]

    def sources(self) -> dict[str, tuple[str, str]]:
        """Return the path and the SHA-256 of the file of each document, by its id."""
        return {doc_id: (path, sha256) for doc_id, path, sha256 in self.query("SELECT doc_id, path, sha256 FROM documents ORDER BY doc")}

    def raw(self, doc_id: str) -> str:
        """Return the raw text of a document.

        Raises:
            IndexNotFoundError: the index has no such document.
        """
        found = self.query("SELECT raw FROM documents WHERE doc_id = ?", (doc_id,))
        if not found:
            raise IndexNotFoundError(f"the index at {self.folder} has no document {doc_id!r}: `Index.documents` lists those it has")
        return str(found[0][0])

    def page(self, doc_id: str, start: int) -> str:
        """Return the label of the page of the passage that holds a raw offset, as "page 3"; "" where none does or the file has no pages."""
        found = self.query(
            "SELECT p.page FROM passages p JOIN documents d USING (doc) WHERE d.doc_id = ? AND p.start <= ? AND p.stop > ? ORDER BY p.row LIMIT 1",
            (doc_id, start, start),
        )
        return str(found[0][0]) if found else ""


class CurrentIndex:
    """The newest index of a folder: opened again once a build has switched in another. Safe to use from several threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._guard = threading.Lock()
        self._seen: tuple[int, int, int] | None = None  # the manifest that is known to be that of the open index
        self._looked = 0.0

    def get(self) -> Index:
        """Return the newest index; a caller that needs one index throughout keeps what it got.

        Raises:
            IndexMismatchError: a newer index was built with another model, has another format or is damaged.
        """
        with self._guard:
            if self._seen is not None and time.monotonic() - self._looked < _LOOK_AGAIN:
                return self._index
            stamp = self._stamp()
            # A manifest that has been removed takes nothing from what is open.
            if stamp is not None and stamp != self._seen:
                self._seen = None
                self._replace()
                self._seen = stamp
            self._looked = time.monotonic()
            return self._index

    def _replace(self) -> None:
        if read_manifest(self._index.folder)["generation"] == self._index.manifest["generation"]:
            return
        newer = Index.open(self._index.folder)
        old, new = self._index.manifest["fingerprint"], newer.manifest["fingerprint"]
        if old != new:
            newer.close()
            raise IndexMismatchError(
                f"the index at {newer.folder} has been built again with {new}, but questions are embedded with {old}: "
                "open it again, or rebuild it with the model it had"
            )
        logger.info("the index at %s has been built again: now %s", newer.folder, newer.manifest["generation"])
        self._index = newer

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            facts = (self._index.folder / MANIFEST).stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino, facts.st_size
