"""Make one part of an index from its files; in two parts, and again, where it would be too large."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dgqa.corpus.files import Skipped, SourceFile
from dgqa.index.checks import write_sums
from dgqa.index.division import DEEPEST, divided
from dgqa.index.engines.lots import Spread, here
from dgqa.index.faiss_store import FaissStore, choose_kind
from dgqa.index.texts import Layout, Progress, write_texts, write_words
from dgqa.index.vectors import JOURNAL, Held, Journal, Terms, write_vectors
from dgqa.models.embedding import Embedder
from dgqa.system import file_hash

Sources = dict[str, tuple[str, str]]  # path and SHA-256 of each document's file, by its id


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an index: what the manifest tells of it (``facts``), its documents, and the files that could not be used.

    ``embedded`` counts the sentences that it took the model for, 0 for a part that is as it was. ``facts`` is None where
    nothing of it is left.
    """

    facts: dict[str, Any] | None
    sources: Sources
    skipped: tuple[Skipped, ...] = ()
    embedded: int = 0


class Model:
    """The embedding model, opened when it is first needed; ``seconds`` is how long that took."""

    def __init__(self, opener: Callable[..., Embedder], engine: str, uri: str) -> None:
        """Take what opens it, here with no options or in a worker with ``threads``, and the engine that embeds."""
        self._opener = opener
        self._engine, self._uri = engine, uri
        self._embedder: Embedder | None = None
        self.seconds = 0.0

    def get(self) -> Embedder:
        if self._embedder is None:
            started = time.perf_counter()
            self._embedder = self._opener()
            self.seconds = time.perf_counter() - started
        return self._embedder

    def spread(self) -> Spread:
        """Return what has sentences embedded by it: this process, or workers that open the same model."""
        if self._engine != "ray":
            return here(self.get())
        from dgqa.index.engines.ray_embedding import spread_over

        return spread_over(self._uri, partial(self._opener, threads=1), self.get().fingerprint)


# Of the work on a part: where a stage begins and how much it takes. Embedding is nearly all of it.
STAGES = {"read": (0.0, 0.1), "embed": (0.1, 0.75), "words": (0.85, 0.1), "write": (0.95, 0.05)}


class Overall:
    """How far a build of any number of parts is, from 0 to 1, by what its ``progress`` is told; it never goes back."""

    def __init__(self) -> None:
        self._files = self._before = self._here = 0  # in all; of the parts before; of this one
        self._stage, self._shown = "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> float:
        if stage == "files":
            self._files = total
        elif stage == "read" and done == 0:  # another part, or the halves of one that was too large
            self._before += self._here if self._stage == "write" else 0
            self._here = total
        self._stage = stage
        begin, share = STAGES.get(stage, (0.0, 0.0))
        reached = self._before + self._here * (begin + share * min(1.0, done / max(total, 1)))
        self._shown = max(self._shown, min(1.0, reached / max(self._files, self._before + self._here, 1)))
        return self._shown


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where parts are made and what of: ``held`` gives what has been embedded for the part of a prefix, on some terms.

    ``check`` is called with the files left out of a part, and raises where the build is strict. ``works`` are the
    folders with the files of the parts made so far, by the names of these.
    """

    folder: Path
    model: Model
    settings: dict[str, Any]
    words: tuple[str, ...]
    vector_index: str
    limit: int
    anew: bool
    progress: Progress
    held: Callable[[str, Terms], list[Held]]
    check: Callable[[Sequence[Skipped]], None]
    works: dict[str, Path] = field(default_factory=dict)

    def make(self, prefix: str, files: Sequence[SourceFile]) -> Iterator[Part]:
        """Yield the part of a prefix, or the parts that it becomes, so that none has more sentences than the limit; a document is always whole.

        Raises:
            OSError, sqlite3.DatabaseError: something can't be written.
            ModelError: the model can't be had.
        """
        name = f"g-{uuid.uuid4().hex[:12]}"
        work = self.folder / f".build-{name}"
        self.works[name] = work
        work.mkdir()
        may_part = len(files) > 1 and len(prefix) < DEEPEST
        texts = write_texts(work / "texts.sqlite", files, self.progress, limit=self.limit if may_part else None)
        if texts is not None:
            self.check(texts.skipped)
        if texts is None or not texts.sources:
            shutil.rmtree(work)
            del self.works[name]
            if texts is not None:
                yield Part(None, {}, texts.skipped)
                return
            for half, of_half in divided(files, (prefix + "0", prefix + "1")).items():
                if of_half:
                    yield from self.make(half, of_half)
            return
        embedded = self._embed(work, texts.layout, prefix)
        tokens, kind = self._search_files(work, texts.layout)
        files_of = {file.name: {"bytes": file.stat().st_size, "sha256": file_hash(file)} for file in sorted(work.iterdir()) if file.name != JOURNAL}
        counts = _counts(len(texts.sources), texts.layout) | {"tokens": tokens}
        facts = {"name": name, "prefix": prefix, "vector_index": kind, "counts": counts, "files": files_of}
        yield Part(facts, texts.sources, texts.skipped, embedded)

    def _embed(self, work: Path, layout: Layout, prefix: str) -> int:
        """Write the vectors; return how many sentences were embedded for it."""
        embedder = self.model.get()
        layout.save(work)
        terms = Terms(embedder.fingerprint, embedder.dim, self.settings, self.anew)
        with Journal(work, terms, layout, prefix) as journal:
            return write_vectors(work, layout, embedder.dim, self.held(prefix, terms), journal, self.model.spread(), self.progress)

    def _search_files(self, work: Path, layout: Layout) -> tuple[int, str]:
        """Write what is searched, words and neighbours, and the sums of all files; return the number of tokens and the kind of the latter."""
        tokens = write_words(work / "texts.sqlite", work, len(layout.starts) - 1, self.words, self.progress)
        self.progress("write", 0, 1)
        kind = choose_kind(layout.vectors, self.vector_index)
        FaissStore.build(np.load(work / "vectors.npy", mmap_mode="r"), kind).save(work / "vectors.faiss")
        write_sums(work, but=JOURNAL)
        return tokens, kind


def _counts(documents: int, layout: Layout) -> dict[str, int]:
    return {
        "documents": documents,
        "passages": len(layout.starts) - 1,
        "sentences": len(layout.at_of),
        "embedded": layout.embedded,
        "vectors": layout.vectors,
    }
