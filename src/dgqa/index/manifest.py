"""Read what the manifest of an index says, and switch from one generation of its files to the next."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dgqa.errors import ConfigError, DgqaError, IndexMismatchError, IndexNotFoundError
from dgqa.system import refusal

FORMAT_VERSION = 7
_ONE_PART = 6  # the format before: an index of one part, whose words have their weights
MANIFEST = "manifest.json"
# What the manifest must hold, for what opens an index to work.
_KEYS: dict[str, type | tuple[type, ...]] = {
    "generation": str, "model": str, "query_prompt": (str, type(None)), "passage_prompt": (str, type(None)), "fingerprint": str, "dim": int,
    "settings": dict, "vector_index": str, "content": str, "skipped": list, "counts": dict, "parts": list,
}  # fmt: skip
COUNTS = ("documents", "passages", "sentences", "embedded", "vectors")
# Of a part of the index: the folder of its files, what the hashes of its documents' ids begin with, and what it holds.
_PART_KEYS: dict[str, type] = {"name": str, "prefix": str, "vector_index": str, "counts": dict, "files": dict}
# Nothing else in the folder is the index's own to remove.
_LEFTOVER = re.compile(r"(?:\.build-)?g-[0-9a-f]{12}|\.manifest\.json-g-[0-9a-f]{12}")


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
    if version not in (FORMAT_VERSION, _ONE_PART):
        raise IndexMismatchError(f"the index at {folder} has format {version}, this program reads {FORMAT_VERSION}: run `dgqa index --rebuild`")
    if manifest.get("seal") != _seal(manifest):
        raise IndexMismatchError(f"{folder / MANIFEST} has been altered: rebuild the index with `dgqa index --rebuild`")
    if version == _ONE_PART:
        manifest["parts"] = [{"name": manifest.get("generation"), "prefix": "", **{key: manifest.get(key) for key in ("vector_index", "counts", "files")}}]
    wrong = [key for key, kind in _KEYS.items() if not isinstance(manifest.get(key, ...), kind)]
    wrong += [f"parts.{key}" for key, kind in _PART_KEYS.items() if not wrong and not all(isinstance(part, dict) and isinstance(part.get(key), kind) for part in manifest["parts"])]
    wrong += [f"counts.{name}" for name in COUNTS if not wrong and not all(isinstance(held["counts"].get(name), int) for held in (manifest, *manifest["parts"]))]
    if wrong:
        raise IndexMismatchError(f"{folder / MANIFEST} has no usable {', '.join(wrong)}: rebuild the index with `dgqa index --rebuild`")
    return dict(manifest)


def corpus_of(folder: Path) -> str:
    """Return the folder or file that the index in ``folder`` was built from, "" where it is not known, is gone, or is several."""
    try:
        corpus = read_manifest(folder).get("corpus", ())
    except DgqaError:
        return ""
    return str(corpus[0]) if len(corpus) == 1 and Path(corpus[0]).exists() else ""


def current_parts(folder: Path) -> list[str]:
    """Return the names of the folders with the index's files, none where no manifest says it; of any format version."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return [str(part["name"]) for part in manifest["parts"]] if "parts" in manifest else [str(manifest["generation"])]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def generation_of(parts: Sequence[str]) -> str:
    """Return the name of what the parts of these names hold together; one part has its own."""
    if len(parts) == 1:
        return parts[0]
    return f"g-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:12]}"


def _seal(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a manifest says, its seal apart."""
    told = {key: value for key, value in manifest.items() if key != "seal"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with its seal, by which `read_manifest` knows it."""
    return {**manifest, "seal": _seal(manifest)}


def switch(folder: Path, works: Mapping[str, Path], manifest: Mapping[str, Any], *, but: str = "") -> None:
    """Make a manifest that of the index in ``folder``; whatever ends the process meanwhile, there is the old one or this.

    ``works`` are the folders with the files of its new parts, by the names of these; the file ``but`` in each is left out.

    Raises:
        OSError: something can't be written.
    """
    generation = str(manifest["generation"])
    for work in works.values():
        for file in work.iterdir():
            if file.name != but:
                with file.open("rb+") as stream:
                    os.fsync(stream.fileno())
    draft = folder / f".{MANIFEST}-{generation}"
    try:
        for name, work in works.items():
            if but:
                (work / but).unlink(missing_ok=True)
            work.rename(folder / name)
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(sealed(manifest), stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(folder / MANIFEST)
    except BaseException:
        for name in works.keys() - current_parts(folder):
            shutil.rmtree(folder / name, ignore_errors=True)
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Make renames last through a loss of power, where the system lets a folder be synced."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def locked(folder: Path, *, wait: bool) -> Iterator[None]:
    """Make the folder of an index and hold its lock, so that only one build is under way.

    Raises:
        ConfigError: another build is running and ``wait`` is not set; the folder can't be written or locked.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout as error:
        raise ConfigError(f"another build of {folder} is running: wait for it to end, or build with --wait") from error
    except NotImplementedError as error:
        raise ConfigError(f"the index folder {folder} cannot be locked: {refusal(OSError(errno.ENOLCK, ''))}") from error
    except OSError as error:
        raise ConfigError(f"the index folder {folder} cannot be written or locked: {refusal(error)}") from error
    try:
        yield
    finally:
        # What the system says of the lock at the end changes nothing of what was built.
        with suppress(OSError):
            lock.release()


@contextmanager
def typed_refusals(folder: Path) -> Iterator[None]:
    """Turn what the system refuses while an index is written into an error that says what to free or to change.

    Raises:
        ConfigError: something could not be written.
    """
    try:
        yield
    except (OSError, sqlite3.DatabaseError) as error:
        why = refusal(error) if isinstance(error, OSError) else str(error)
        if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE):
            why = refusal(OSError(errno.ENOSPC, ""))
        raise ConfigError(f"the index at {folder} could not be written: {why}. The old one is as it was") from error


def unfinished(folder: Path) -> list[Path]:
    """Return the folders of builds that were cut off before they had become the index."""
    return [path for path in folder.iterdir() if path.name.startswith(".build-") and _LEFTOVER.fullmatch(path.name) and path.is_dir()]


def sweep(folder: Path, *keep: str) -> None:
    """Remove what interrupted builds and older generations left, but for ``keep``; a reader may still hold their files."""
    for path in folder.iterdir():
        if _LEFTOVER.fullmatch(path.name) and path.name not in keep:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
