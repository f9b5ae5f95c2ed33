"""A corpus in, an index on disk out: built anew or brought up to date, and switched in as a whole."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dgqa.corpus.files import Skipped, SourceFile, check_strict, list_corpus, load_document, source_hash
from dgqa.corpus.passages import TARGET
from dgqa.errors import ConfigError, CorpusError, IndexMismatchError, IndexNotFoundError
from dgqa.index.checks import write_sums
from dgqa.index.faiss_store import KINDS, FaissStore, Kind, choose_kind
from dgqa.index.manifest import FORMAT_VERSION, current_generation, locked, sweep, switch, typed_refusals
from dgqa.index.reader import Index
from dgqa.index.texts import MIN_WORD_CHARS, Layout, Progress, Texts, write_texts, write_words
from dgqa.index.vectors import HEADING_WEIGHT, JOURNAL, Held, Journal, Terms, held_by, longest, take_over, write_vectors
from dgqa.language.glossary import load_words
from dgqa.models.embedding import DEFAULT_MODEL, Backend, Embedder, Embeddings, as_embedder, open_embedder
from dgqa.system import file_hash

__all__ = ["Index", "IndexReport", "build_index"]

logger = logging.getLogger(__name__)

_SETTINGS = {"target": TARGET, "min_word_chars": MIN_WORD_CHARS, "heading_weight": HEADING_WEIGHT}

Sources = dict[str, tuple[str, str]]  # path and SHA-256 of each document's file, by its id
Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did; ``seconds`` without loading the model. ``skipped`` are files left out and why.

    ``vector_index`` is the kind of FAISS index: "flat", "hnsw" or "ivf".
    """

    index: str
    documents: int
    added: int
    changed: int
    removed: int
    passages: int
    sentences: int
    embedded: int
    skipped: tuple[Skipped, ...]
    seconds: float
    up_to_date: bool
    vector_index: str = "flat"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an index is to be made of, and how."""

    corpus: Paths
    folder: Path
    embedder: Embedder | None
    choice: dict[str, str | None]
    backend: Backend
    vector_index: str
    words: tuple[str, ...]
    rebuild: bool
    strict: bool
    progress: Progress

    def open_embedder(self) -> Embedder:
        if self.embedder is not None:
            return self.embedder
        model, *prompts = (self.choice[key] for key in ("model", "query_prompt", "passage_prompt"))
        return open_embedder(str(model), self.backend, query_prompt=prompts[0], passage_prompt=prompts[1])


def build_index(
    corpus: Paths = "corpus",
    index: str | os.PathLike[str] = "index",
    *,
    embedder: Embedder | Embeddings | None = None,
    model: str = DEFAULT_MODEL,
    query_prompt: str | None = None,
    passage_prompt: str | None = None,
    backend: Backend = "auto",
    vector_index: str = "auto",
    user_dictionary: str | os.PathLike[str] | Sequence[str] | None = None,
    rebuild: bool = False,
    strict: bool = False,
    wait: bool = False,
    progress: Progress | None = None,
) -> IndexReport:
    """Build or update the index of a corpus; the old one works until the new one is switched in.

    Only sentences that the old index doesn't hold are embedded; the result is that of a full build. An index of an
    older format is built anew. What a build that was killed or interrupted had embedded is taken over by the next.

    Args:
        corpus: One or more folders or files.
        index: The folder of the index; made where it is absent.
        embedder: What makes the vectors, an `Embedder` or LangChain's embeddings; by default ``model`` is opened, and only when the
            index must change.
        model: A name in `MODELS`, or a sentence-transformers model by name or folder.
        query_prompt: Put in front of questions; the model's own by default.
        passage_prompt: Put in front of passages; the model's own by default.
        backend: What runs the model, see `open_embedder`.
        vector_index: "flat" compares a question with every sentence, "hnsw" follows a graph of neighbours, "ivf"
            looks into the nearest of many lists; "auto" takes the one that fits the number of sentences.
        user_dictionary: A file of words that are found as a whole, see `load_words`, or the words; the index keeps them.
        rebuild: Take nothing from the old index; only from a rebuild that was cut off.
        strict: Raise where a file can't be used, instead of leaving it out.
        wait: Wait for another build of the same index to end, instead of raising.
        progress: Called with a stage, how much is done, and how much there is.

    Raises:
        CorpusError: the corpus does not exist or holds no article.
        ModelError: the model can't be had.
        ConfigError: ``vector_index`` is unknown, the folder can't be written, another build is running, or the user dictionary can't be read.
    """
    folder = Path(index)
    if vector_index not in ("auto", *KINDS):
        raise ConfigError(f"vector_index is {vector_index!r}, it must be one of auto, {', '.join(KINDS)}")
    list_corpus(corpus)
    words = load_words(user_dictionary) if isinstance(user_dictionary, (str, os.PathLike)) else tuple(user_dictionary or ())
    embedder = None if embedder is None else as_embedder(embedder)
    choice = {"model": embedder.name if embedder else model, "query_prompt": query_prompt, "passage_prompt": passage_prompt}
    wanted = _Wanted(corpus, folder, embedder, choice, backend, vector_index, words, rebuild, strict, progress or (lambda stage, done, total: None))
    with locked(folder, wait=wait), typed_refusals(folder):
        return _update(wanted)


def _update(wanted: _Wanted) -> IndexReport:
    started = time.perf_counter()
    files, unknown = list_corpus(wanted.corpus)
    old = None if wanted.rebuild else _old_index(wanted.folder)
    before = old.sources() if old is not None else {}
    try:
        if old is not None and not _continues(wanted, old):
            old.close()
            old = None
        if old is not None and (failing := _unchanged(files, before, wanted, old)) is not None:
            skipped = (*unknown, *failing)
            check_strict(skipped, strict=wanted.strict)
            sweep(wanted.folder, old.manifest["generation"])
            return _report(wanted, old.manifest, _Done((0, 0, 0), 0, skipped, started), up_to_date=True)
        return _build(wanted, files, unknown, old, before, started)
    finally:
        if old is not None:
            old.close()


def _old_index(folder: Path) -> Index | None:
    try:
        return Index.open(folder)
    except IndexNotFoundError:
        return None
    except IndexMismatchError as error:
        logger.warning("%s. Building it from scratch", error)
        return None


def _continues(wanted: _Wanted, old: Index) -> bool:
    """Whether the vectors of the old index may be used again."""
    same = all(old.manifest[key] == value for key, value in wanted.choice.items())
    same = same and all(old.manifest["settings"].get(key) == value for key, value in _SETTINGS.items())
    return same and (wanted.embedder is None or wanted.embedder.fingerprint == old.manifest["fingerprint"])


def _unchanged(files: Sequence[SourceFile], before: Sources, wanted: _Wanted, old: Index) -> tuple[Skipped, ...] | None:
    """Return the files that still can't be used if a build would change nothing, else None."""
    if choose_kind(len(old.vectors), wanted.vector_index) != old.manifest["vector_index"] or wanted.words != old.words:
        return None
    failing: list[Skipped] = []
    for source in files:
        known = before.get(source.doc_id)
        if known is not None and known != (source.path, source_hash(source.file)):
            return None
        if known is None:
            # A file that could not be used may be usable now, with its bytes as they were and a package more.
            try:
                load_document(source.file)
            except CorpusError as error:
                failing.append(Skipped(source.path, str(error)))
            else:
                return None
    return tuple(failing) if before.keys() <= {source.doc_id for source in files} else None


def _build(wanted: _Wanted, files: Sequence[SourceFile], unknown: Sequence[Skipped], old: Index | None, before: Sources, started: float) -> IndexReport:
    """Build beside the old index, and switch over."""
    cut_off = longest(wanted.folder)
    sweep(wanted.folder, current_generation(wanted.folder), cut_off.name if cut_off else "")
    generation = f"g-{uuid.uuid4().hex[:12]}"
    work = wanted.folder / f".build-{generation}"
    work.mkdir()
    try:
        texts = write_texts(work / "texts.sqlite", files, wanted.progress)
        skipped = (*unknown, *texts.skipped)
        _check_texts(wanted, texts, skipped)
        opening = time.perf_counter()
        embedder = wanted.open_embedder()
        started += time.perf_counter() - opening
        embedded = _embed(wanted, work, texts.layout, embedder, old, cut_off)
        kind = _search_files(wanted, work, texts.layout)
        written = {file.name: {"bytes": file.stat().st_size, "sha256": file_hash(file)} for file in sorted(work.iterdir())}
        manifest = _manifest(wanted, embedder, kind, texts, skipped) | {"generation": generation, "files": written}
        switch(wanted.folder, work, manifest)
        wanted.progress("write", 1, 1)
    except BaseException as error:
        # Who interrupts a build may go on with it; where the disk is full, it is to be no fuller.
        if not (isinstance(error, KeyboardInterrupt) and longest(wanted.folder) == work):
            shutil.rmtree(work, ignore_errors=True)
        raise
    sweep(wanted.folder, generation)
    return _report(wanted, manifest, _Done(_changes(before, texts.sources), embedded, skipped, started))


def _embed(wanted: _Wanted, work: Path, layout: Layout, embedder: Embedder, old: Index | None, cut_off: Path | None) -> int:
    """Write the vectors; return how many sentences were embedded for it."""
    layout.save(work)
    reused = old if old is not None and old.manifest["fingerprint"] == embedder.fingerprint and _is_whole(old) else None
    terms = Terms(embedder.fingerprint, embedder.dim, _SETTINGS, wanted.rebuild)
    with Journal(work, terms, layout) as journal:
        return write_vectors(work, layout, embedder, _held(reused, cut_off, terms), journal, wanted.progress)


def _search_files(wanted: _Wanted, work: Path, layout: Layout) -> Kind:
    """Write what is searched, words and neighbours, and the sums of all files; return the kind of the latter."""
    write_words(work / "texts.sqlite", work, len(layout.starts) - 1, wanted.words, wanted.progress)
    wanted.progress("write", 0, 1)
    kind = choose_kind(layout.vectors, wanted.vector_index)
    FaissStore.build(np.load(work / "vectors.npy", mmap_mode="r"), kind).save(work / "vectors.faiss")
    (work / JOURNAL).unlink()
    write_sums(work)
    return kind


def _manifest(wanted: _Wanted, embedder: Embedder, kind: Kind, texts: Texts, skipped: Sequence[Skipped]) -> dict[str, Any]:
    settings = _SETTINGS | ({"user_dictionary": list(wanted.words)} if wanted.words else {})
    layout = texts.layout
    return {
        "format": FORMAT_VERSION,
        **wanted.choice,
        "fingerprint": embedder.fingerprint,
        "dim": embedder.dim,
        "vector_index": kind,
        "settings": settings,
        "corpus": [str(Path(path).resolve()) for path in _paths(wanted.corpus)],
        "skipped": [asdict(item) for item in skipped],
        "counts": {
            "documents": len(texts.sources),
            "passages": len(layout.starts) - 1,
            "sentences": len(layout.at_of),
            "embedded": layout.embedded,
            "vectors": layout.vectors,
        },
        "content": _content(embedder.fingerprint, kind, settings, texts),
    }


def _changes(before: Sources, now: Sources) -> tuple[int, int, int]:
    """Return how many documents were added, changed and removed."""
    return (
        sum(doc_id not in before for doc_id in now),
        sum(doc_id in before and before[doc_id][1] != sha256 for doc_id, (_, sha256) in now.items()),
        sum(doc_id not in now for doc_id in before),
    )


def _held(old: Index | None, cut_off: Path | None, terms: Terms) -> list[Held]:
    """Return who holds sentences that have been embedded: the old index, and a build that was cut off."""
    left = take_over(cut_off, terms) if cut_off is not None else None
    return [held for held in (held_by(old) if old is not None else None, left) if held is not None]


def _is_whole(old: Index) -> bool:
    """Whether the old index is what its build wrote, so that no damage gets into the new one."""
    damaged = old.damaged_files()
    if damaged:
        logger.warning("the index at %s is damaged in %s. Building it from scratch", old.folder, ", ".join(damaged))
    return not damaged


def _check_texts(wanted: _Wanted, texts: Texts, skipped: Sequence[Skipped]) -> None:
    """Raise where there is nothing to index, or a file is left out of a strict build."""
    check_strict(skipped, strict=wanted.strict)
    names = ", ".join(map(str, _paths(wanted.corpus)))
    if not texts.sources:
        reasons = "".join(f"\n  {item.path}: {item.reason}" for item in skipped[:20])
        raise CorpusError(f"there is no article to index in {names}: put .txt, .md or .html files there{reasons}")
    if not texts.layout.embedded:
        raise CorpusError(f"no article in {names} holds a sentence to index")


def _content(fingerprint: str, kind: str, settings: Mapping[str, Any], texts: Texts) -> str:
    parts = [FORMAT_VERSION, fingerprint, kind, settings, texts.sources]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _paths(corpus: Paths) -> list[str | os.PathLike[str]]:
    return [corpus] if isinstance(corpus, (str, os.PathLike)) else list(corpus)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a build did: documents added, changed and removed, sentences embedded, files left out; and when it began."""

    changes: tuple[int, int, int]
    embedded: int
    skipped: Sequence[Skipped]
    started: float


def _report(wanted: _Wanted, manifest: dict[str, Any], done: _Done, *, up_to_date: bool = False) -> IndexReport:
    counts = manifest["counts"]
    added, changed, removed = done.changes
    return IndexReport(
        index=str(wanted.folder), documents=counts["documents"], added=added, changed=changed, removed=removed,
        passages=counts["passages"], sentences=counts["sentences"], embedded=done.embedded, skipped=tuple(done.skipped),
        seconds=time.perf_counter() - done.started, up_to_date=up_to_date, vector_index=manifest["vector_index"],
    )  # fmt: skip
