"""Build an index of a corpus on disk, or bring one up to date, and switch it in as a whole."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dgqa.corpus.files import Skipped, SourceFile, check_strict, list_corpus, load_document, source_hash
from dgqa.corpus.passages import TARGET
from dgqa.corpus.version import reading_digest
from dgqa.errors import ConfigError, CorpusError, IndexMismatchError, IndexNotFoundError
from dgqa.index.assembly import Model, Part, Sources, Workshop
from dgqa.index.division import PART_SENTENCES, divided, leaves, overlap, place
from dgqa.index.engines.local import LocalBackend
from dgqa.index.faiss_store import KINDS, choose_kind
from dgqa.index.manifest import COUNTS, FORMAT_VERSION, current_parts, generation_of, locked, sweep, switch, typed_refusals
from dgqa.index.reader import Index, open_parts, opened
from dgqa.index.texts import MIN_WORD_CHARS, Progress
from dgqa.index.vectors import HEADING_WEIGHT, JOURNAL, Held, Terms, held_by, longest, take_over
from dgqa.language.glossary import load_words
from dgqa.models.embedding import DEFAULT_MODEL, Backend, Embedder, Embeddings, as_embedder, open_embedder

__all__ = ["Index", "IndexReport", "build_index"]

logger = logging.getLogger(__name__)

_SETTINGS = {"target": TARGET, "min_word_chars": MIN_WORD_CHARS, "heading_weight": HEADING_WEIGHT}

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
    part_sentences: int | None
    rebuild: bool
    strict: bool
    engine: tuple[str, str]  # its name and address
    progress: Progress

    def opener(self) -> Callable[..., Embedder]:
        if self.embedder is not None:
            return partial(_given, self.embedder)
        model, *prompts = (self.choice[key] for key in ("model", "query_prompt", "passage_prompt"))
        return partial(open_embedder, str(model), self.backend, query_prompt=prompts[0], passage_prompt=prompts[1])


def _given(embedder: Embedder, **_: object) -> Embedder:
    return embedder


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
    part_sentences: int | None = None,
    rebuild: bool = False,
    strict: bool = False,
    wait: bool = False,
    engine: tuple[str, str] = ("local", ""),
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
        part_sentences: How many sentences a part of the index may hold; what changes rewrites only the parts that it stands in.
            By default those that the index was built with, or a million.
        rebuild: Take nothing from the old index; only from a rebuild that was cut off.
        strict: Raise where a file can't be used, instead of leaving it out.
        wait: Wait for another build of the same index to end, instead of raising.
        engine: ("ray", the address of a cluster, or "" to start it here) has its workers embed, with the same result.
        progress: Called with a stage ("files" to be read in all, then for every part "read", "embed", "words", "write"), what is done, and of how much.

    Raises:
        CorpusError: the corpus does not exist or holds no article.
        ModelError, EngineError: the model can't be had, or its cluster not be reached.
        ConfigError: ``vector_index`` is unknown, the folder can't be written, another build is running, or the user dictionary can't be read.
    """
    folder = Path(index)
    if vector_index not in ("auto", *KINDS):
        raise ConfigError(f"vector_index is {vector_index!r}, it must be one of auto, {', '.join(KINDS)}")
    if part_sentences is not None and part_sentences < 1:
        raise ConfigError(f"part_sentences is {part_sentences}, it must be at least 1")
    list_corpus(corpus)
    words = load_words(user_dictionary) if isinstance(user_dictionary, (str, os.PathLike)) else tuple(user_dictionary or ())
    embedder = None if embedder is None else as_embedder(embedder)
    choice = {"model": embedder.name if embedder else model, "query_prompt": query_prompt, "passage_prompt": passage_prompt}
    wanted = _Wanted(corpus, folder, embedder, choice, backend, vector_index, words, part_sentences, rebuild, strict, engine, progress or (lambda stage, done, total: None))
    with locked(folder, wait=wait), typed_refusals(folder):
        return _update(wanted)


def _update(wanted: _Wanted) -> IndexReport:
    started = time.perf_counter()
    listed, unknown = list_corpus(wanted.corpus)
    files = sorted(listed, key=lambda source: place(source.path, source.doc_id))
    old = _old_index(wanted)
    try:
        before = {part.part["prefix"]: part.sources() for part in old}
        manifest = old[0].manifest if old else {}
        limit = wanted.part_sentences or manifest.get("part_sentences", PART_SENTENCES)
        usable = old if old and _continues(wanted, manifest) else []
        known = {doc_id: facts for sources in before.values() for doc_id, facts in sources.items()}
        by_prefix = {part.part["prefix"]: part for part in usable}
        plan = divided(files, leaves(by_prefix))
        kept: dict[str, Part] = {}
        for prefix, part in by_prefix.items():
            failing = _unchanged(plan[prefix], before[prefix], wanted, part, limit)
            if failing is not None:
                kept[prefix] = Part(part.part, before[prefix], failing)
        changed = {prefix: of_part for prefix, of_part in plan.items() if prefix not in kept and (of_part or prefix in by_prefix)}
        if usable and not changed:
            skipped = (*unknown, *(item for part in kept.values() for item in part.skipped))
            check_strict(skipped, strict=wanted.strict)
            sweep(wanted.folder, *current_parts(wanted.folder))
            return _report(wanted, manifest, _Done((0, 0, 0), 0, skipped, started), up_to_date=True)
        return _build(wanted, _Plan(kept, changed, tuple(unknown), known, limit), usable, started)
    finally:
        for part in old:
            part.close()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a build is to do: the parts that stay and the files of those that are made, by their prefixes; what is there now."""

    kept: dict[str, Part]
    changed: dict[str, list[SourceFile]]
    unknown: tuple[Skipped, ...]
    before: Sources
    limit: int


def _old_index(wanted: _Wanted) -> list[LocalBackend]:
    """Return the parts of the index there is, none where it cannot be read or is not to be."""
    if wanted.rebuild:
        return []
    try:
        return opened(wanted.folder, open_parts)
    except IndexNotFoundError:
        return []
    except IndexMismatchError as error:
        logger.warning("%s. Building it from scratch", error)
        return []


def _continues(wanted: _Wanted, manifest: Mapping[str, Any]) -> bool:
    """Whether the vectors of the old index may be used again."""
    same = all(manifest[key] == value for key, value in wanted.choice.items())
    same = same and all(manifest["settings"].get(key) == value for key, value in _SETTINGS.items())
    return same and (wanted.embedder is None or wanted.embedder.fingerprint == manifest["fingerprint"])


def _unchanged(files: Sequence[SourceFile], before: Sources, wanted: _Wanted, old: LocalBackend, limit: int) -> tuple[Skipped, ...] | None:
    """Return the files of a part that still can't be used if making it again would change nothing, else None."""
    if old.manifest.get("reading") != reading_digest():
        return None  # the same files may be read otherwise now
    if choose_kind(len(old.vectors), wanted.vector_index) != old.part["vector_index"] or wanted.words != old.words:
        return None
    if old.sentence_count > limit and len(before) > 1:
        return None
    failing: list[Skipped] = []
    for source in files:
        known = before.get(source.doc_id)
        if known is not None and known != (source.path, source_hash(source)):
            return None
        if known is None:
            # A file that could not be used may be usable now, with its bytes as they were and a package more.
            try:
                load_document(source.file, root=source.root)
            except CorpusError as error:
                failing.append(Skipped(source.path, str(error)))
            else:
                return None
    return tuple(failing) if before.keys() <= {source.doc_id for source in files} else None


def _build(wanted: _Wanted, plan: _Plan, old: Sequence[LocalBackend], started: float) -> IndexReport:
    """Make the parts that change beside the old index, and switch over."""
    cut_off = longest(wanted.folder)
    sweep(wanted.folder, *current_parts(wanted.folder), *(work.name for work in cut_off.values()))
    model = Model(wanted.opener(), *wanted.engine)
    shop = Workshop(
        wanted.folder, model, _SETTINGS, wanted.words, wanted.vector_index, plan.limit, wanted.rebuild, wanted.progress,
        lambda prefix, terms: _held(old, cut_off, prefix, terms), lambda skipped: check_strict((*plan.unknown, *skipped), strict=wanted.strict),
    )  # fmt: skip
    wanted.progress("files", 0, sum(map(len, plan.changed.values())))
    try:
        parts = [*plan.kept.values(), *(part for prefix, files in plan.changed.items() for part in shop.make(prefix, files))]
        held = sorted((part.facts for part in parts if part.facts is not None), key=lambda facts: facts["prefix"])
        skipped = (*plan.unknown, *(item for part in parts for item in part.skipped))
        check_strict(skipped, strict=wanted.strict)
        _check_texts(wanted, held, skipped)
        sources = {doc_id: facts for part in parts for doc_id, facts in part.sources.items()}
        manifest = _manifest(wanted, model.get(), held, sources, skipped) | {"part_sentences": plan.limit}
        switch(wanted.folder, shop.works, manifest, but=JOURNAL)
        wanted.progress("write", 1, 1)
    except BaseException as error:
        # Who interrupts a build may go on with it; where the disk is full, it is to be no fuller.
        for work in shop.works.values():
            if not (isinstance(error, KeyboardInterrupt) and work in longest(wanted.folder).values()):
                shutil.rmtree(work, ignore_errors=True)
        raise
    sweep(wanted.folder, *(facts["name"] for facts in held))
    embedded = sum(part.embedded for part in parts)
    return _report(wanted, manifest, _Done(_changes(plan.before, sources), embedded, skipped, started + model.seconds))


def _manifest(wanted: _Wanted, embedder: Embedder, parts: Sequence[dict[str, Any]], sources: Sources, skipped: Sequence[Skipped]) -> dict[str, Any]:
    settings = _SETTINGS | ({"user_dictionary": list(wanted.words)} if wanted.words else {})
    kind = max(parts, key=lambda part: part["counts"]["vectors"])["vector_index"]
    return {
        "format": FORMAT_VERSION,
        "generation": generation_of([part["name"] for part in parts]),
        **wanted.choice,
        "fingerprint": embedder.fingerprint,
        "dim": embedder.dim,
        "vector_index": kind,
        "settings": settings,
        "reading": reading_digest(),
        "corpus": [str(Path(path).resolve()) for path in _paths(wanted.corpus)],
        "skipped": [asdict(item) for item in skipped],
        "counts": {name: sum(part["counts"][name] for part in parts) for name in COUNTS},
        "parts": list(parts),
        "content": _content(embedder.fingerprint, kind, settings, sources),
    }


def _changes(before: Sources, now: Sources) -> tuple[int, int, int]:
    """Return how many documents were added, changed and removed."""
    return (
        sum(doc_id not in before for doc_id in now),
        sum(doc_id in before and before[doc_id][1] != sha256 for doc_id, (_, sha256) in now.items()),
        sum(doc_id not in now for doc_id in before),
    )


def _held(old: Sequence[LocalBackend], cut_off: Mapping[str, Path], prefix: str, terms: Terms) -> list[Held]:
    """Return who holds sentences of a part that have been embedded: the old index, and builds that were cut off."""
    fitting = [part for part in old if overlap(part.part["prefix"], prefix) and part.manifest["fingerprint"] == terms.fingerprint]
    left = [take_over(work, terms) for of, work in cut_off.items() if overlap(of, prefix)]
    return [*(held_by(part) for part in fitting if _is_whole(part)), *(one for one in left if one is not None)]


def _is_whole(old: LocalBackend) -> bool:
    """Whether a part of the old index is what its build wrote, so that no damage gets into the new one."""
    damaged = old.damaged_files()
    if damaged:
        logger.warning("the index at %s is damaged in %s. Building it from scratch", old.folder, ", ".join(damaged))
    return not damaged


def _check_texts(wanted: _Wanted, parts: Sequence[Mapping[str, Any]], skipped: Sequence[Skipped]) -> None:
    """Raise where there is nothing to index."""
    names = ", ".join(map(str, _paths(wanted.corpus)))
    if not parts:
        reasons = "".join(f"\n  {item.path}: {item.reason}" for item in skipped[:20])
        raise CorpusError(f"there is no article to index in {names}: put .txt, .md or .html files there{reasons}")
    if not any(part["counts"]["embedded"] for part in parts):
        raise CorpusError(f"no article in {names} holds a sentence to index")


def _content(fingerprint: str, kind: str, settings: Mapping[str, Any], sources: Sources) -> str:
    parts = [FORMAT_VERSION, fingerprint, kind, settings, sources]
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
