"""Make files that people send articles of the corpus: audited each, and the index updated."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dgqa.corpus.audit import audit
from dgqa.corpus.files import list_corpus, load_document, read_bytes, source_hash
from dgqa.errors import ConfigError, CorpusError, DgqaError
from dgqa.index.build import Index, IndexReport, build_index
from dgqa.index.manifest import read_manifest
from dgqa.index.texts import Progress
from dgqa.models.embedding import Embedder
from dgqa.types import Document
from dgqa.web.placing import FOLDER, Target, safe_folder, safe_name, shown_folder

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file: ``path`` in the corpus, or "" and the ``reason`` why it was not taken.

    ``audit`` is that of `dgqa audit` for this one article, empty where it was not taken; ``kind`` and ``what`` are those of the error, see `DgqaError`.
    """

    name: str
    path: str
    reason: str
    audit: dict[str, Any]
    kind: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What became of all files of an upload, and what the build of the index did; None where none was taken."""

    files: tuple[Added, ...]
    index: IndexReport | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent in.

    Args:
        files: Files at once.
        request: Bytes at once.
        folder: Bytes of all that was ever sent in.
    """

    files: int = 10
    request: int = 40_000_000
    folder: int = 500_000_000


USUAL = Limits()


class Uploader:
    """Adds files to a corpus folder and its index, one upload at a time; safe to use from several threads.

    Args:
        corpus: The folder that the index was built from.
        index: The folder of the index.
        embedder: That of the index; by default it is opened when an article is added.
        limits: How much may be sent in.
        vector_index: The kind of FAISS index, see ``build_index``.
    """

    def __init__(
        self,
        corpus: str | os.PathLike[str],
        index: str | os.PathLike[str],
        *,
        embedder: Embedder | None = None,
        limits: Limits = USUAL,
        vector_index: str = "auto",
    ) -> None:
        self.corpus, self.index = Path(corpus), Path(index)
        self.embedder = embedder
        self.limits = limits
        self._vector_index = vector_index
        self._lock = threading.Lock()
        self._check_corpus()

    @property
    def folder(self) -> Path:
        return self.corpus / FOLDER

    def add(
        self, files: Sequence[tuple[str, str | os.PathLike[str]]], *, folder: str = "", replace: bool = False, progress: Progress | None = None
    ) -> UploadReport:
        """Take files into the corpus and the index: every file that can be read, or where the index fails, none.

        Args:
            files: The name that each was sent by, and where its content is; that copy is left alone.
            folder: Of what is added, by any name; "" for none of its own.
            replace: Whether a file takes the place of the one of its name in that folder; else it gets a number.
            progress: Told of the build, see ``build_index``.

        Raises:
            CorpusError: too many files or bytes.
            ConfigError: another upload is going on, the corpus is not that of the index, or a folder can't be written.
            DgqaError: the index can't be built; the files are out of the corpus again.
        """
        if not files:
            raise CorpusError("there is no file: choose at least one")
        if len(files) > self.limits.files:
            raise CorpusError(f"there are {len(files)} files, the limit is {self.limits.files} at once: send fewer", kind="many", what=str(self.limits.files))
        with self._alone() as manifest:
            return self._add(files, manifest, Target(self._within(folder), replace), progress)

    def remove(self, path: str) -> IndexReport:
        """Take an article that was added out of the corpus and the index; where the index fails, it is there again.

        Args:
            path: Relative to the corpus, as the index has it.

        Raises:
            CorpusError: no article of that path was added.
            ConfigError: another upload is going on, the corpus is not that of the index, or a folder can't be written.
            DgqaError: the index can't be built.
        """
        with self._alone() as manifest:
            file = self._own(path, "deleted")
            aside = self.folder / f".removed-{uuid.uuid4().hex}"
            file.rename(aside)
            report = self._build_or_undo(manifest, lambda: aside.rename(file))
            aside.unlink()
            self._tidy(file.parent)
            return report

    def move(self, path: str, folder: str) -> IndexReport:
        """Put an article that was added into a folder; where the index fails, it is where it was.

        Args:
            path: Relative to the corpus, as the index has it.
            folder: Any name; "" for none.

        Raises:
            CorpusError: no article of that path was added, or it is in that folder.
            ConfigError: another upload is going on, the corpus is not that of the index, or a folder can't be written.
            DgqaError: the index can't be built.
        """
        with self._alone() as manifest:
            file = self._own(path, "moved")
            target = Target(self._within(folder), replace=False)
            if target.folder == file.parent:
                raise CorpusError(f"{path[:200]} is in that folder already", kind="same_folder")
            target.folder.mkdir(parents=True, exist_ok=True)
            moved = target.place(file, file.name)

            def undo() -> None:
                moved.rename(file)
                self._tidy(target.folder)

            report = self._build_or_undo(manifest, undo)
            self._tidy(file.parent)
            return report

    def _build_or_undo(self, manifest: dict[str, Any], undo: Callable[[], object]) -> IndexReport:
        try:
            return self._build(manifest, None)
        except BaseException:
            undo()
            raise

    def _within(self, folder: str) -> Path:
        return self.folder / safe_folder(folder) if folder.strip() else self.folder

    def _tidy(self, folder: Path) -> None:
        """Remove a folder that its last article has left."""
        with suppress(OSError):
            folder.rmdir()

    def refresh(self) -> IndexReport:
        """Bring the index up to date with the corpus, whatever was changed there by hand.

        Raises:
            ConfigError: another upload is going on, or the corpus is not that of the index.
            DgqaError: the index can't be built.
        """
        with self._alone() as manifest:
            return self._build(manifest, None)

    def is_own(self, path: str) -> bool:
        """Whether an article of this path, relative to the corpus, is there and was added on the page."""
        parts = path.split("/")
        return parts[0] == FOLDER and len(parts) > 1 and not any(part.startswith(".") or not part for part in parts) and (self.corpus / path).is_file()

    def _own(self, path: str, done: str) -> Path:
        if not self.is_own(path):
            raise CorpusError(f"{path[:200]} was not added on the page: only such articles can be {done} here", kind="not_own")
        return self.corpus / path

    @contextmanager
    def _alone(self) -> Iterator[dict[str, Any]]:
        """Keep others from changing the corpus, and give the manifest of the index."""
        if not self._lock.acquire(blocking=False):
            raise ConfigError("another upload is being indexed: wait for it to end", kind="busy")
        try:
            yield self._check_corpus()
        except OSError as error:
            raise ConfigError(f"the folder {self.folder} cannot be written: {error.strerror or error}") from error
        finally:
            self._lock.release()

    def _build(self, manifest: dict[str, Any], progress: Progress | None) -> IndexReport:
        return build_index(
            self.corpus,
            self.index,
            embedder=self.embedder,
            model=manifest["model"],
            query_prompt=manifest["query_prompt"],
            passage_prompt=manifest["passage_prompt"],
            vector_index=self._vector_index,
            user_dictionary=manifest["settings"].get("user_dictionary", ()),
            progress=progress,
        )

    def _check_corpus(self) -> dict[str, Any]:
        """Return the manifest of the index, where it is this corpus's own.

        An index of another corpus would lose all its articles to this one's. A corpus that was moved is still its own.
        """
        if not self.corpus.is_dir():
            raise ConfigError(f"articles can be added to a folder only, and the corpus {self.corpus} is none: set `corpus` to one")
        manifest = read_manifest(self.index)
        built = [str(folder) for folder in manifest.get("corpus") or ["?"]]
        if [str(self.corpus.resolve())] != built and not self._moved_from(built):
            raise ConfigError(
                f"the index at {self.index} was built from {', '.join(built)}, the corpus is {self.corpus}: "
                "set `corpus` and `index` to a pair, or run `dgqa index` to index this corpus instead"
            )
        return manifest

    def _moved_from(self, built: Sequence[str]) -> bool:
        """Whether the folders that the index was built from are gone, and all that it holds is in this one."""
        if any(Path(folder).exists() for folder in built):
            return False
        index = Index.open(self.index)
        try:
            held = set(index.sources().values())
        finally:
            index.close()
        return held <= set(self._files())

    def _add(self, files: Sequence[tuple[str, str | os.PathLike[str]]], manifest: dict[str, Any], target: Target, progress: Progress | None) -> UploadReport:
        size = sum(Path(file).stat().st_size for _, file in files)
        if size > self.limits.request:
            raise CorpusError(f"the files have {size:,} bytes, the limit is {self.limits.request:,} at once: send fewer", kind="request")
        fresh = not self.folder.exists()
        target.folder.mkdir(parents=True, exist_ok=True)
        kept = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        # Hidden from the reading of the corpus until a file is whole and has been read.
        work = self.folder / f".incoming-{uuid.uuid4().hex}"
        try:
            if kept + size > self.limits.folder:
                raise CorpusError(f"uploads hold {kept:,} of {self.limits.folder:,} bytes, {size:,} more don't fit: remove some", kind="full")
            work.mkdir()
            known = {sha256: path for path, sha256 in self._files()}
            added = [self._take(name, Path(file), work, known, target) for name, file in files]
            if not target.placed:
                return UploadReport(tuple(added), None)
            report = self._build(manifest, progress)
        except BaseException:
            target.undo()
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
            for folder in (target.folder, *([self.folder] if fresh else [])):
                if folder.exists() and (fresh or folder != self.folder) and not any(folder.iterdir()):
                    folder.rmdir()
        logger.info("%d uploaded articles are in the index", len(target.placed))
        return UploadReport(tuple(added), report)

    def _files(self) -> list[tuple[str, str]]:
        """Return path and hash of every file of the corpus."""
        return [(source.path, source_hash(source)) for source in list_corpus(self.corpus)[0]]

    def _take(self, name: str, file: Path, work: Path, known: dict[str, str], target: Target) -> Added:
        shown = re.split(r"[/\\]", name)[-1][:200]
        try:
            safe = safe_name(name)
            data = read_bytes_as(file, safe)
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 in known:
                raise CorpusError(f"it is already there as {known[sha256]}", kind="there", what=shown_folder(known[sha256]))
            draft = work / safe
            draft.write_bytes(data)
            document = load_document(draft, path=(target.folder / safe).relative_to(self.corpus).as_posix())
            report = audit([document])
            placed = target.place(draft, safe)
        except CorpusError as error:
            return Added(shown, "", str(error), {}, error.kind, error.what)
        except DgqaError:
            raise
        except (ValueError, ArithmeticError, LookupError, RecursionError, MemoryError) as error:
            # What people send may be damaged in ways that no reader foresaw; it must not take the others with it.
            logger.exception("an uploaded file could not be read")
            return Added(shown, "", f"{safe} cannot be read ({type(error).__name__}): save it anew, or as text", {}, "damaged")
        known[sha256] = path = placed.relative_to(self.corpus).as_posix()
        return Added(shown, path, "", {**report["documents"][0], "path": path, "listing": _listing(document)})


def read_bytes_as(file: Path, name: str) -> bytes:
    """Return a file's bytes; errors call it ``name``, since where it lies says something about the server.

    Raises:
        CorpusError: it is empty or larger than an article may be.
    """
    try:
        return read_bytes(file)
    except CorpusError as error:
        raise CorpusError(str(error).replace(file.name, name), kind=error.kind, what=error.what) from error


def _listing(document: Document) -> list[dict[str, Any]]:
    """Return the first defects of an article, for people to look at."""
    return [
        {"kind": defect.kind, "start": defect.start, "raw": defect.raw[:80], "repaired": defect.repaired[:80] if defect.repaired else defect.repaired}
        for defect in document.defects[:20]
    ]
