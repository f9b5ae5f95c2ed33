"""The newest index of a folder in, opened for reading, and opened again once another build has switched in a newer one."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
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
_WAITS = 5.0  # seconds that a question waits for a newer index; an engine may take minutes, and the older one answers meanwhile
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
        self._opening: tuple[int, Future[SearchBackend]] | None = None  # in which process, as a forked child has no thread that goes on

    def get(self) -> SearchBackend:
        """Return the newest index; a caller that needs one index throughout keeps what it got.

        Raises:
            IndexMismatchError: a newer index was built with another model, has another format or is damaged.
        """
        with self._guard:
            if time.monotonic() < self._looks_at:
                return self._index
            stamp = self._stamp()
            # A manifest that has been removed takes nothing from what is open.
            pause: float | None = None
            if stamp is not None and stamp != self._seen:
                self._seen = None
                pause = self._replace()
                if pause is None:
                    self._seen = stamp
            self._looks_at = time.monotonic() + (LOOK_AGAIN if pause is None else pause)
            return self._index

    def _replace(self) -> float | None:
        """Open what has been built since; return in how many seconds to look again, None where nothing has."""
        if self._opening is None or self._opening[0] != os.getpid():
            if read_manifest(self._index.folder)["generation"] == self._index.generation:
                return None
            self._opening = os.getpid(), _in_a_thread(lambda: self._reopen(self._index.folder))
            wait = _WAITS
        else:
            wait = 0.0
        opening = self._opening[1]
        if not wait_for([opening], wait).done:
            return LOOK_AGAIN
        self._opening = None
        try:
            newer = opening.result()
        except EngineError as error:
            # The older one is still there to be searched.
            logger.warning("the index at %s has been built again, and its engine does not take it: %s", self._index.folder, error)
            return _OFFER_AGAIN
        old, new = self._index.manifest["fingerprint"], newer.manifest["fingerprint"]
        if old != new:
            newer.close()
            raise IndexMismatchError(
                f"the index at {newer.folder} has been built again with {new}, but questions are embedded with {old}: "
                "open it again, or rebuild it with the model it had"
            )
        logger.info("the index at %s has been built again: now %s", newer.folder, newer.generation)
        self._index = newer
        return LOOK_AGAIN  # there may be a newer one by now

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            facts = (self._index.folder / MANIFEST).stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino, facts.st_size


def _in_a_thread(act: Callable[[], T]) -> Future[T]:
    """Begin something in a thread that the end of the process does not wait for."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
