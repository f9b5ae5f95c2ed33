"""Documents in, an index on disk out, and back: SQLite for texts and postings, FAISS for vectors."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.corpus import Skipped, list_corpus, load_corpus
from dgqa.embedding import DEFAULT_MODEL, Backend, Embedder, open_embedder
from dgqa.errors import ConfigError, CorpusError, IndexMismatchError, IndexNotFoundError
from dgqa.glossary import load_words
from dgqa.splitting import SECTION_SEPARATOR, TARGET, split_document
from dgqa.stores import FaissStore, LexicalStore
from dgqa.text import detect_script, search_tokens, simplify, word_count
from dgqa.types import Document, Passage, Sentence

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
_MIN_WORD_CHARS = 10  # shorter sentences resemble every question
# What the manifest must hold, for what opens an index to work.
_MANIFEST_KEYS: dict[str, type | tuple[type, ...]] = {
    "generation": str, "model": str, "query_prompt": (str, type(None)), "passage_prompt": (str, type(None)), "fingerprint": str, "dim": int,
    "settings": dict, "sources": dict, "skipped": list, "counts": dict, "files": dict,
}  # fmt: skip
# Nothing else in the folder is the index's own to remove.
_LEFTOVER = re.compile(r"(?:\.build-)?g-[0-9a-f]{12}|\.manifest\.json-g-[0-9a-f]{12}")
_HEADING_WEIGHT = 3  # times its length, against that of the sentence
_FILES = ("texts.sqlite", "vectors.faiss", "sentence_passage.npy", "tokens.npy", "token_offsets.npy")

Progress = Callable[[str, int, int], None]
Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did; ``seconds`` without loading the model. ``skipped`` are files left out and why."""

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


def build_index(
    corpus: Paths = "corpus",
    index: str | os.PathLike[str] = "index",
    *,
    embedder: Embedder | None = None,
    model: str = DEFAULT_MODEL,
    query_prompt: str | None = None,
    passage_prompt: str | None = None,
    backend: Backend = "auto",
    user_dictionary: str | os.PathLike[str] | None = None,
    rebuild: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> IndexReport:
    """Build or update the index of a corpus; the old one works until the new one is switched in.

    Only sentences that the old index doesn't hold are embedded; the result is that of a full build.

    Args:
        corpus: One or more folders or files.
        index: The folder of the index; made where it is absent.
        embedder: What makes the vectors; by default ``model`` is opened, and only when the index must change.
        model: A name in `MODELS`, or a sentence-transformers model by name or folder.
        query_prompt: Put in front of questions; the model's own by default.
        passage_prompt: Put in front of passages; the model's own by default.
        backend: What runs the model, see `open_embedder`.
        user_dictionary: A file of words that are found as a whole, see `load_words`; the index keeps them.
        rebuild: Take nothing from the old index.
        strict: Raise where a file can't be used, instead of leaving it out.
        progress: Called with a stage, how much is done, and how much there is.

    Raises:
        CorpusError: the corpus does not exist or holds no article.
        ModelError: the model can't be had.
        ConfigError: the folder can't be written, another build is running, or the user dictionary can't be read.
    """
    from filelock import FileLock, Timeout

    folder = Path(index)
    list_corpus(corpus)
    words = load_words(user_dictionary) if user_dictionary else ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ConfigError(f"another build of {folder} is running: wait for it to end") from error
    except OSError as error:
        raise ConfigError(f"the index folder {folder} cannot be written: {error.strerror or error}") from error
    try:
        choice = {"model": embedder.name if embedder else model, "query_prompt": query_prompt, "passage_prompt": passage_prompt}
        return _build(corpus, folder, embedder, choice, backend, words, rebuild, strict, progress or (lambda stage, done, total: None))
    except OSError as error:
        raise ConfigError(f"the index at {folder} could not be written: {error.strerror or error}. The old one is as it was") from error
    except sqlite3.OperationalError as error:
        raise ConfigError(f"the index at {folder} could not be written: {error}. The old one is as it was") from error
    finally:
        lock.release()


def _build(
    corpus: Paths,
    folder: Path,
    embedder: Embedder | None,
    choice: dict[str, str | None],
    backend: Backend,
    words: Sequence[str],
    rebuild: bool,
    strict: bool,
    progress: Progress,
) -> IndexReport:
    progress("read", 0, 1)
    documents, skipped = load_corpus(corpus, strict=strict)
    if not documents:
        reasons = "".join(f"\n  {item.path}: {item.reason}" for item in skipped[:20])
        raise CorpusError(f"there is no article to index in {_names(corpus)}: put .txt, .md or .html files there{reasons}")
    progress("read", 1, 1)
    started = time.perf_counter()
    old = None if rebuild else _old_index(folder)
    settings: dict[str, Any] = {"target": TARGET, "min_word_chars": _MIN_WORD_CHARS, "heading_weight": _HEADING_WEIGHT}
    if words:
        settings["user_dictionary"] = list(words)
    hashes = {document.doc_id: document.sha256 for document in documents}
    old_hashes: dict[str, str] = {}
    if old is not None:
        old_hashes = {doc_id: source["sha256"] for doc_id, source in old.manifest["sources"].items()}
        # The user's words are in the postings alone, which are written anew each time.
        kept = [{key: value for key, value in found.items() if key != "user_dictionary"} for found in (old.manifest["settings"], settings)]
        same = all(old.manifest[key] == choice[key] for key in choice) and kept[0] == kept[1]
        if not same or (embedder is not None and embedder.fingerprint != old.manifest["fingerprint"]):
            old.close()
            old = None
    changes = {
        "added": sum(doc_id not in old_hashes for doc_id in hashes),
        "changed": sum(old_hashes.get(doc_id, sha) != sha for doc_id, sha in hashes.items()),
        "removed": sum(doc_id not in hashes for doc_id in old_hashes),
    }
    if old is not None and not any(changes.values()) and old.manifest["settings"] == settings:
        _sweep(folder, keep=old.manifest["generation"])
        report = IndexReport(
            str(folder), len(documents), 0, 0, 0, old.passage_count, old.sentence_count, 0, tuple(skipped), time.perf_counter() - started, True
        )
        old.close()
        return report

    if embedder is None:
        embedder = open_embedder(
            str(choice["model"]), backend, query_prompt=choice["query_prompt"], passage_prompt=choice["passage_prompt"]
        )
    if old is not None and embedder.fingerprint != old.manifest["fingerprint"]:
        old.close()
        old = None
    started = time.perf_counter()
    _sweep(folder, keep=old.manifest["generation"] if old else _current_generation(folder))
    passages: list[Passage] = []
    for document in documents:
        passages += split_document(document, first_row=len(passages))
    if not any(passage.kind == "body" for passage in passages):
        raise CorpusError(f"no article in {_names(corpus)} holds a sentence to index")
    generation = f"g-{uuid.uuid4().hex[:12]}"
    work = folder / f".build-{generation}"
    work.mkdir()
    try:
        embedded = _write(work, documents, passages, embedder, old, words, progress)
        counts = {"documents": len(documents), "passages": len(passages), "sentences": sum(len(p.sentences) for p in passages)}
        manifest = {
            "format": FORMAT_VERSION,
            "generation": generation,
            **choice,
            "fingerprint": embedder.fingerprint,
            "dim": embedder.dim,
            "settings": settings,
            "corpus": [str(Path(path).resolve()) for path in ([corpus] if isinstance(corpus, (str, os.PathLike)) else corpus)],
            "sources": {document.doc_id: {"path": document.path, "sha256": document.sha256} for document in documents},
            "skipped": [asdict(item) for item in skipped],
            "counts": counts,
            "files": {name: {"bytes": (work / name).stat().st_size, "sha256": _file_hash(work / name)} for name in _FILES},
        }
        _sync(work)
        work.rename(folder / generation)
        draft = folder / f".{MANIFEST}-{generation}"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(manifest, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / MANIFEST)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    finally:
        if old is not None:
            old.close()
    _sweep(folder, keep=generation)
    return IndexReport(
        str(folder), len(documents), **changes, passages=counts["passages"], sentences=counts["sentences"], embedded=embedded,
        skipped=tuple(skipped), seconds=time.perf_counter() - started, up_to_date=False,
    )  # fmt: skip


def _names(corpus: Paths) -> str:
    return ", ".join(str(path) for path in ([corpus] if isinstance(corpus, (str, os.PathLike)) else corpus))


def _old_index(folder: Path) -> Index | None:
    try:
        return Index.open(folder)
    except (IndexNotFoundError, IndexMismatchError) as error:
        logger.info("building from scratch: %s", error)
        return None


def _current_generation(folder: Path) -> str:
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["generation"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _sweep(folder: Path, *, keep: str) -> None:
    """Remove what interrupted builds and older generations left; a reader may still hold their files."""
    for path in folder.iterdir():
        if _LEFTOVER.fullmatch(path.name) and path.name != keep:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _file_hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    for file in folder.iterdir():
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())


def _key(heading: str, text: str) -> bytes:
    return hashlib.sha256(f"{heading}\0{text}".encode("utf-8", "surrogatepass")).digest()[:16]


def _write(
    work: Path, documents: Sequence[Document], passages: Sequence[Passage], embedder: Embedder, old: Index | None, words: Sequence[str],
    progress: Progress,
) -> int:
    """Write all files of an index into ``work`` and return how many sentences were embedded."""
    scripts = {document.doc_id: document.script for document in documents}
    # Row i of the vectors is sentence i, so the sentences that have no vector of their own come last.
    with_vector: list[tuple[int, Sentence]] = []
    without: list[tuple[int, Sentence]] = []
    meta: list[tuple[int, Sentence]] = []
    for passage in passages:
        if passage.kind == "meta":
            meta += [(passage.row, sentence) for sentence in passage.sentences]
            continue
        chinese = scripts[passage.doc_id] in {"Hans", "Hant"}
        telling = [
            sentence
            for sentence in passage.sentences
            if word_count(sentence.text) >= _MIN_WORD_CHARS and not (chinese and detect_script(sentence.text) == "Latn")
        ] or list(passage.sentences)
        with_vector += [(passage.row, sentence) for sentence in telling]
        without += [(passage.row, sentence) for sentence in passage.sentences if sentence not in telling]
    rows = [*with_vector, *without, *meta]
    headings = [passages[row].section.rsplit(SECTION_SEPARATOR, 1)[-1] for row, _ in rows]
    keys = [_key(heading, sentence.text) for heading, (_, sentence) in zip(headings, rows, strict=True)]
    known = old.sentence_rows(set(keys)) if old is not None else {}

    embeddable = len(with_vector) + len(without)
    # A sentence that had no vector of its own may need one now, where a passage's other sentences have changed.
    reused = [i for i in range(embeddable) if keys[i] in known and (i >= len(with_vector) or (old and known[keys[i]] < len(old.vectors)))]
    fresh = sorted(set(range(embeddable)).difference(reused))
    # A sentence that stands in many places is embedded once; those with a vector of their own come first.
    first_with = {keys[i]: i for i in reversed(fresh)}
    new = sorted(first_with.values())
    texts = [simplify(rows[i][1].text) for i in new]
    names = sorted({simplify(headings[i]) for i in new if headings[i] and i < len(with_vector)})
    total = len(texts) + len(names)
    plain, tokens = embedder.embed_passages_with_tokens(texts, progress=lambda done, _: progress("embed", done, total))
    of_heading = dict(
        zip(names, embedder.embed_passages(names, progress=lambda done, _: progress("embed", len(texts) + done, total)), strict=True)
    )
    progress("write", 0, 1)

    vectors = np.zeros((embeddable, embedder.dim), dtype=np.float32)
    token_rows: list[npt.NDArray[np.int8]] = [np.zeros((0, embedder.dim), np.int8)] * embeddable
    for at, i in enumerate(new):
        vectors[i], token_rows[i] = plain[at], tokens[at]
        heading = simplify(headings[i])
        if heading in of_heading:
            # What "heading：sentence" would be, without embedding it: both means, by their lengths. The mean of that
            # and of the sentence alone scores as the mean of their two scores.
            weight = _HEADING_WEIGHT * len(heading)
            mixed = len(texts[at]) * plain[at] + weight * of_heading[heading]
            vectors[i] = (plain[at] + mixed / np.linalg.norm(mixed)) / 2
    for i in fresh:
        vectors[i], token_rows[i] = vectors[first_with[keys[i]]], token_rows[first_with[keys[i]]]
    if old is not None:
        for start in range(0, len(reused), 4096):
            chunk = reused[start : start + 4096]
            old_rows = [known[keys[i]] for i in chunk]
            inside = [(i, row) for i, row in zip(chunk, old_rows, strict=True) if row < len(old.vectors)]
            for (i, _), vector in zip(inside, old.vectors.vectors([row for _, row in inside]), strict=True):
                vectors[i] = vector
            for i, row in zip(chunk, old_rows, strict=True):
                token_rows[i] = old.token_vectors(row)

    FaissStore.build(vectors[: len(with_vector)]).save(work / "vectors.faiss")
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    offsets[1 : embeddable + 1] = np.cumsum([len(block) for block in token_rows])
    offsets[embeddable + 1 :] = offsets[embeddable]
    np.save(work / "token_offsets.npy", offsets)
    np.save(work / "tokens.npy", np.concatenate(token_rows) if token_rows else np.zeros((0, embedder.dim), np.int8))
    np.save(work / "sentence_passage.npy", np.asarray([row for row, _ in rows], dtype=np.int32))
    _write_texts(work / "texts.sqlite", documents, passages, rows, keys, words, progress)
    progress("write", 1, 1)
    return len(texts)


_SCHEMA = """
CREATE TABLE documents (doc INTEGER PRIMARY KEY, doc_id TEXT UNIQUE NOT NULL, path TEXT NOT NULL, title TEXT NOT NULL,
  author TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL, script TEXT NOT NULL, encoding TEXT NOT NULL,
  sha256 TEXT NOT NULL, raw TEXT NOT NULL, sections TEXT NOT NULL, defects TEXT NOT NULL);
CREATE TABLE passages (row INTEGER PRIMARY KEY, doc INTEGER NOT NULL, section TEXT NOT NULL, start INTEGER NOT NULL,
  stop INTEGER NOT NULL, text TEXT NOT NULL, kind TEXT NOT NULL, page TEXT NOT NULL);
CREATE TABLE sentences (row INTEGER PRIMARY KEY, passage INTEGER NOT NULL, position INTEGER NOT NULL, start INTEGER NOT NULL,
  stop INTEGER NOT NULL, spans TEXT NOT NULL, text TEXT NOT NULL, key BLOB NOT NULL);
"""


def _write_texts(
    file: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    rows: Sequence[tuple[int, Sentence]],
    keys: Sequence[bytes],
    words: Sequence[str],
    progress: Progress,
) -> None:
    numbers = {document.doc_id: number for number, document in enumerate(documents)}
    positions = {(passage.row, sentence): at for passage in passages for at, sentence in enumerate(passage.sentences)}
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        connection.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (i, d.doc_id, d.path, d.title, d.author, d.date, d.source, d.script, d.encoding, d.sha256, _storable(d.raw),
                 json.dumps([asdict(s) for s in d.sections]), json.dumps([asdict(s) for s in d.defects]))
                for i, d in enumerate(documents)
            ),
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((p.row, numbers[p.doc_id], p.section, p.start, p.end, p.text, p.kind, p.page) for p in passages),
        )
        connection.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (row, passage, positions[passage, s], s.start, s.end, json.dumps(s.spans) if len(s.spans) > 1 else "", s.text, key)
                for row, ((passage, s), key) in enumerate(zip(rows, keys, strict=True))
            ),
        )
        connection.executescript("CREATE INDEX sentence_passage ON sentences (passage); CREATE INDEX sentence_key ON sentences (key);"
                                 "CREATE INDEX passage_doc ON passages (doc);")

        def tokens() -> Iterator[list[str]]:
            for number, passage in enumerate(passages):
                if number % 200 == 0:
                    progress("words", number, len(passages))
                yield search_tokens(passage.text, words)

        LexicalStore.write(connection, tokens())
        connection.commit()


def _storable(raw: str) -> str:
    # SQLite holds UTF-8, which has no lone surrogates; one for one, so that offsets stay.
    return raw.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if any("\ud800" <= c <= "\udfff" for c in raw) else raw


class Index:
    """An index opened for reading. Texts are read on demand; safe to use from several threads."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._home = folder / str(manifest["generation"])
        self._guard = threading.Lock()
        try:
            self.vectors = FaissStore.load(self._home / "vectors.faiss")
            self.sentence_passage: npt.NDArray[np.int32] = np.load(self._home / "sentence_passage.npy", mmap_mode="r")
            self._tokens: npt.NDArray[np.int8] = np.load(self._home / "tokens.npy", mmap_mode="r")
            self.token_offsets: npt.NDArray[np.int64] = np.load(self._home / "token_offsets.npy", mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise IndexMismatchError(f"the index at {folder} is damaged ({error}): rebuild it with `dgqa index --rebuild`") from error
        # The user's own, which search tokens are made with.
        self.words = tuple(str(word) for word in manifest["settings"].get("user_dictionary", ()))
        self.passage_count = int(manifest["counts"]["passages"])
        self.sentence_count = len(self.sentence_passage)
        if len(self.vectors) and self.vectors.dim != manifest["dim"]:
            raise IndexMismatchError(
                f"the index at {folder} says dimension {manifest['dim']} but its vectors have {self.vectors.dim}: "
                "rebuild it with `dgqa index --rebuild`"
            )
        # One for all threads and from the start: each would hold a file as long as the index is open, and a later
        # build removes the file's name.
        self._connection = self._connect()

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
                raise IndexMismatchError(f"the index at {folder} is damaged, {name} {found}: rebuild it with `dgqa index --rebuild`")
        return cls(folder, manifest)

    def close(self) -> None:
        with self._guard:
            self._connection.close()

    @property
    def fingerprint(self) -> str:
        """Identifies this index's content: sources, model and settings."""
        parts = [self.manifest[key] for key in ("format", "fingerprint", "settings", "sources")]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    def damaged_files(self) -> list[str]:
        """Return the files whose bytes are no longer those that the build wrote."""
        return [name for name, facts in self.manifest["files"].items() if _file_hash(self._home / name) != facts["sha256"]]

    def _connect(self) -> sqlite3.Connection:
        uri = (self._home / "texts.sqlite").resolve().as_uri() + "?mode=ro&immutable=1"
        try:
            return sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.DatabaseError as error:
            raise IndexMismatchError(f"the index at {self.folder} is damaged ({error}): rebuild it with `dgqa index --rebuild`") from error

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
            raise IndexMismatchError(f"the index at {self.folder} is damaged ({error}): rebuild it with `dgqa index --rebuild`") from error

    @property
    def lexical(self) -> LexicalStore:
        return LexicalStore(self._connection, self.passage_count, self._guard)

    def token_vectors(self, row: int) -> npt.NDArray[np.int8]:
        """Return the token vectors of sentence ``row``, int8 of shape (tokens, dim), 127 for 1."""
        return self._tokens[self.token_offsets[row] : self.token_offsets[row + 1]]

    def sentence_rows(self, keys: set[bytes]) -> dict[bytes, int]:
        """Return the first row of an article's sentence with each of the given keys that the index holds."""
        found = self.query(
            "SELECT s.key, min(s.row) FROM sentences s JOIN passages p ON p.row = s.passage WHERE p.kind = 'body' GROUP BY s.key"
        )
        return {key: row for key, row in found if key in keys}

    def passages(self, rows: Iterable[int]) -> dict[int, tuple[Passage, list[int]]]:
        """Return passages by row, each with the rows of its sentences in reading order."""
        wanted = [int(row) for row in rows]
        found: dict[int, tuple[Passage, list[int]]] = {}
        for start in range(0, len(wanted), 500):
            chunk = wanted[start : start + 500]
            marks = ",".join("?" * len(chunk))
            members: dict[int, list[tuple[int, Sentence]]] = {}
            for passage, row, begin, stop, spans, text in self.query(
                f"SELECT passage, row, start, stop, spans, text FROM sentences WHERE passage IN ({marks}) ORDER BY passage, position", chunk
            ):
                parts = tuple((a, b) for a, b in json.loads(spans)) if spans else ((begin, stop),)
                members.setdefault(passage, []).append((row, Sentence(text, begin, stop, spans=parts)))
            for row, section, begin, stop, text, kind, page, doc_id, path, title, author, date in self.query(
                "SELECT p.row, p.section, p.start, p.stop, p.text, p.kind, p.page, d.doc_id, d.path, d.title, d.author, d.date "
                f"FROM passages p JOIN documents d USING (doc) WHERE p.row IN ({marks})",
                chunk,
            ):
                sentences = members.get(row, [])
                passage = Passage(
                    row, doc_id, path, title, author, date, section, begin, stop, text, tuple(s for _, s in sentences), kind, page
                )
                found[row] = passage, [number for number, _ in sentences]
        return found

    def documents(self) -> list[dict[str, Any]]:
        """Return the documents' metadata in the order of their paths, without their text."""
        names = ("doc_id", "path", "title", "author", "date", "source", "script", "encoding", "sha256", "characters", "sections", "defects")
        listing = self.query(
            "SELECT doc_id, path, title, author, date, source, script, encoding, sha256, length(raw), sections, defects FROM documents ORDER BY doc"
        )
        return [dict(zip(names, (*row[:10], json.loads(row[10]), json.loads(row[11])), strict=True)) for row in listing]

    def raw(self, doc_id: str) -> str:
        """Return the raw text of a document.

        Raises:
            IndexNotFoundError: the index has no such document.
        """
        found = self.query("SELECT raw FROM documents WHERE doc_id = ?", (doc_id,))
        if not found:
            raise IndexNotFoundError(f"the index at {self.folder} has no document {doc_id!r}: `dgqa doctor` lists them")
        return str(found[0][0])


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an index.

    Raises:
        IndexNotFoundError: there is no index in ``folder``.
        IndexMismatchError: the manifest is unreadable or of another format version.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = manifest["format"]
    except FileNotFoundError as error:
        raise IndexNotFoundError(f"there is no index at {folder}: build one with `dgqa index --corpus CORPUS --index {folder}`") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexMismatchError(f"{folder / MANIFEST} cannot be read: rebuild the index with `dgqa index --rebuild`") from error
    if version != FORMAT_VERSION:
        raise IndexMismatchError(f"the index at {folder} has format {version}, this program reads {FORMAT_VERSION}: run `dgqa index --rebuild`")
    wrong = [key for key, kind in _MANIFEST_KEYS.items() if not isinstance(manifest.get(key, ...), kind)]
    if wrong:
        raise IndexMismatchError(f"{folder / MANIFEST} has no usable {', '.join(wrong)}: rebuild the index with `dgqa index --rebuild`")
    return dict(manifest)
