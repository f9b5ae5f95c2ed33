"""An index on disk in, its passages, vectors and words out, read on demand; and the newest index of a folder."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError
from dgqa.index.bm25 import LexicalStore
from dgqa.index.checks import CheckedArray, Checksums
from dgqa.index.faiss_store import FaissStore
from dgqa.index.manifest import MANIFEST, read_manifest
from dgqa.index.queries import TextStore, damaged
from dgqa.index.writers import map_array, release
from dgqa.system import readable_hash
from dgqa.types import Passage, Sentence

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 0.5  # seconds for which the manifest is taken to be as it was
# Token vectors are many times as large as all else, and the system maps 64 KB around each that is read. These many bytes
# read, at most some thirteen times as many mapped, they are given back; below the larger size all may stay.
_KEPT = 8_000_000
_SMALL = 256_000_000


class Index(TextStore):
    """An index opened for reading. Texts are read on demand; safe to use from several threads.

    Row i of ``vectors`` and of ``token_vectors`` is sentence i: first the sentences that have a vector of their own,
    then those that have token vectors alone, then those about an article itself, each in reading order.
    ``sentence_passage`` tells the passage of each.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._home = folder / str(manifest["generation"])
        # Those of the user's dictionary, which search tokens are made with.
        self.words = tuple(str(word) for word in manifest["settings"].get("user_dictionary", ()))
        counts = manifest["counts"]
        self.passage_count: int = counts["passages"]
        self.sentence_count: int = counts["sentences"]
        dim, sentences = manifest["dim"], self.sentence_count
        sums = Checksums(self._home, {name: facts["bytes"] for name, facts in manifest["files"].items()})
        sums.compare_whole()
        exact = self._in_lots(sums, "vectors", np.float16, (counts["vectors"], dim))
        self.sentence_passage: npt.NDArray[np.int32] = self._array("sentence_passage", np.int32, (sentences,))
        self._order: npt.NDArray[np.int32] = self._array("reading_order", np.int32, (sentences,))
        self._starts: npt.NDArray[np.int32] = self._array("passage_starts", np.int32, (self.passage_count + 1,))
        self.token_offsets: npt.NDArray[np.int64] = self._array("token_offsets", np.int64, (sentences + 1,))
        self._tokens = self._in_lots(sums, "tokens", np.int8, (int(self.token_offsets[-1]), dim))
        self._read = 0  # bytes of token vectors since they were given back
        for name, steps, last in (("passage_starts", self._starts, sentences), ("token_offsets", self.token_offsets, len(self._tokens))):
            if steps[0] != 0 or steps[-1] != last or (np.diff(steps) < 0).any():
                raise damaged(self.folder, f"{name}.npy does not rise from 0 to {last}")
        # What tells each embedded sentence under its heading from all others; for the next build.
        self.sentence_keys: npt.NDArray[np.uint64] = self._array("sentence_keys", np.uint64, (counts["embedded"], 2))
        self.vectors = FaissStore.load(self._home / "vectors.faiss", exact)
        super().__init__(self._home / "texts.sqlite", folder)
        try:
            self.lexical = LexicalStore(self._connection, self._home, self.passage_count, self._guard, sums)
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
            IndexMismatchError: it has another format version, or a file of it is missing, cut short or altered; of
                the large arrays only the heads are compared here, the rest as it is read.
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
                raise IndexMismatchError(f"the index at {folder} is damaged, {name} {found}: rebuild it with `dgqa index --rebuild`")
        return cls(folder, manifest)

    def _array(self, name: str, dtype: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        try:
            array = map_array(self._home / f"{name}.npy")
        except (OSError, ValueError) as error:
            raise damaged(self.folder, str(error)) from error
        self._fits(name, array, dtype, shape)
        return array

    def _in_lots(self, sums: Checksums, name: str, dtype: Any, shape: tuple[int, ...]) -> CheckedArray:
        array = sums.array(f"{name}.npy")
        self._fits(name, array, dtype, shape)
        return array

    def _fits(self, name: str, array: npt.NDArray[Any] | CheckedArray, dtype: Any, shape: tuple[int, ...]) -> None:
        if array.dtype != dtype or array.shape != shape:
            raise damaged(self.folder, f"{name}.npy holds {array.dtype} of shape {array.shape} instead of {np.dtype(dtype)} of {shape}")

    def close(self) -> None:
        with self._guard:
            self._finish()

    @property
    def fingerprint(self) -> str:
        """Identifies this index's content: sources, model and settings."""
        return str(self.manifest["content"])

    def damaged_files(self) -> list[str]:
        """Return the files whose bytes are no longer those that the build wrote."""
        return [name for name, facts in self.manifest["files"].items() if readable_hash(self._home / name) != facts["sha256"]]

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
        if self._tokens.all.nbytes > _SMALL:
            self._read += found.nbytes
            if self._read > _KEPT:
                self._read = 0
                release(self._tokens.all)
        return found

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[Passage, list[int]]]:
        """Return passages by row, each with the rows of its sentences in reading order."""
        wanted = [int(row) for row in rows if 0 <= row < self.passage_count]
        found: dict[int, tuple[Passage, list[int]]] = {}
        for start in range(0, len(wanted), 200):
            chunk = wanted[start : start + 200]
            places = [at for row in chunk for at in range(self._starts[row], self._starts[row + 1])]
            sentences = {
                s.at: Sentence(s.text, s.start, s.stop, spans=tuple((a, b) for a, b in json.loads(s.spans)) if s.spans else ((s.start, s.stop),))
                for s in self.stored_sentences(places)
            }
            for p in self.stored_passages(chunk):
                own = range(self._starts[p.row], self._starts[p.row + 1])
                if any(at not in sentences for at in own):
                    raise damaged(self.folder, f"passage {p.row} has no sentence {next(at for at in own if at not in sentences)}")
                spoken = tuple(sentences[at] for at in own)
                passage = Passage(p.row, p.doc_id, p.path, p.title, p.author, p.date, p.section, p.start, p.stop, p.text, spoken, p.kind, p.page)
                found[p.row] = passage, self.members(p.row).tolist()
            if missing := [row for row in chunk if row not in found]:
                raise damaged(self.folder, f"passage {missing[0]} is missing")
        return found


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
