"""The newest index of a folder in, opened for reading, and opened again once another build has switched in a newer one."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dgqa.errors import EngineError, IndexMismatchError
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.engines.local import LocalBackend
from dgqa.index.engines.parts import PartsBackend
from dgqa.index.manifest import MANIFEST, read_manifest

logger = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_AGAIN = 0.5  # seconds for which the manifest is taken to be as it was
_OFFER_AGAIN = 60.0  # seconds after which an engine that did not take a newer index is offered it again


class Index(LocalBackend):
    """An index in a folder, opened for reading. Texts are read on demand; safe to use from several threads."""

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> SearchBackend:
        """Open the index in ``folder``; one of several parts is a `PartsBackend`.

        Raises:
            IndexNotFoundError: there is none.
            IndexMismatchError: it has another format version, or a file of it is missing, cut short or altered; of
                the large arrays only the heads are compared here, the rest as it is read.
        """
        return opened(Path(folder), cls._open)

    @classmethod
    def _open(cls, folder: Path, manifest: dict[str, Any]) -> SearchBackend:
        if len(manifest["parts"]) == 1:
            return cls(folder, manifest)
        return PartsBackend(folder, manifest, open_parts(folder, manifest))

    def __repr__(self) -> str:
        counts = self.manifest["counts"]
        return f"<Index {str(self.folder)!r}: {counts['documents']} documents, {counts['passages']} passages, {self.manifest['model']}>"


def opened(folder: Path, open_with: Callable[[Path, dict[str, Any]], T]) -> T:
    """Return what ``open_with`` makes of an index's folder and its manifest, though a build may end in between.

    Raises:
        IndexNotFoundError: there is no index.
        IndexMismatchError: it has another format version, or a file of it is missing, cut short or altered.
    """
    manifest = read_manifest(folder)
    try:
        return open_with(folder, manifest)
    except IndexMismatchError:
        # A build that ends in between removes the files that this manifest names.
        newer = read_manifest(folder)
        if newer["generation"] == manifest["generation"]:
            raise
        return open_with(folder, newer)


def open_parts(folder: Path, manifest: dict[str, Any]) -> list[LocalBackend]:
    """Open every part of an index in files of this machine.

    Raises:
        IndexMismatchError: a file is missing, cut short or altered.
    """
    parts: list[LocalBackend] = []
    try:
        for number in range(len(manifest["parts"])):
            parts.append(LocalBackend(folder, manifest, number))
    except IndexMismatchError:
        for part in parts:
            part.close()
        raise
    return parts


class CurrentIndex:
    """The newest index of a folder: opened again once a build has switched in another. Safe to use from several threads."""

    def __init__(self, index: SearchBackend, reopen: Callable[[Path], SearchBackend] = Index.open) -> None:
        """Start with an open index; ``reopen`` opens a newer one of its folder."""
        self._index = index
        self._reopen = reopen
        self._guard = threading.Lock()
        self._seen: tuple[int, int, int] | None = None  # the manifest that is known to be that of the open index
        self._looks_at = 0.0  # when the manifest is looked at again

    def get(self) -> SearchBackend:
        """Return the newest index; a caller that needs one index throughout keeps what it got.

        Raises:
            IndexMismatchError: a newer index was built with another model, has another format or is damaged.
        """
        with self._guard:
            if time.monotonic() < self._looks_at:
                return self._index
            pause = LOOK_AGAIN
            stamp = self._stamp()
            # A manifest that has been removed takes nothing from what is open.
            if stamp is not None and stamp != self._seen:
                self._seen = None
                if self._replace():
                    self._seen = stamp
                else:
                    pause = _OFFER_AGAIN
            self._looks_at = time.monotonic() + pause
            return self._index

    def _replace(self) -> bool:
        """Open what has been built since; return False where its engine does not take it."""
        if read_manifest(self._index.folder)["generation"] == self._index.generation:
            return True
        try:
            newer = self._reopen(self._index.folder)
        except EngineError as error:
            # The older one is still there to be searched.
            logger.warning("the index at %s has been built again, and its engine does not take it: %s", self._index.folder, error)
            return False
        old, new = self._index.manifest["fingerprint"], newer.manifest["fingerprint"]
        if old != new:
            newer.close()
            raise IndexMismatchError(
                f"the index at {newer.folder} has been built again with {new}, but questions are embedded with {old}: "
                "open it again, or rebuild it with the model it had"
            )
        logger.info("the index at %s has been built again: now %s", newer.folder, newer.generation)
        self._index = newer
        return True

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            facts = (self._index.folder / MANIFEST).stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino, facts.st_size
