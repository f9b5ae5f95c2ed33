"""The newest index of a folder in, opened for reading, and opened again once another build has switched in a newer one."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dgqa.errors import IndexMismatchError
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.engines.local import LocalBackend
from dgqa.index.manifest import MANIFEST, read_manifest

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 0.5  # seconds for which the manifest is taken to be as it was


class Index(LocalBackend):
    """An index in a folder, opened for reading. Texts are read on demand; safe to use from several threads."""

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

    def __repr__(self) -> str:
        counts = self.manifest["counts"]
        return f"<Index {str(self.folder)!r}: {counts['documents']} documents, {counts['passages']} passages, {self.manifest['model']}>"


class CurrentIndex:
    """The newest index of a folder: opened again once a build has switched in another. Safe to use from several threads."""

    def __init__(self, index: SearchBackend, reopen: Callable[[Path], SearchBackend] = Index.open) -> None:
        """Start with an open index; ``reopen`` opens a newer one of its folder."""
        self._index = index
        self._reopen = reopen
        self._guard = threading.Lock()
        self._seen: tuple[int, int, int] | None = None  # the manifest that is known to be that of the open index
        self._looked = 0.0

    def get(self) -> SearchBackend:
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
        if read_manifest(self._index.folder)["generation"] == self._index.generation:
            return
        newer = self._reopen(self._index.folder)
        old, new = self._index.manifest["fingerprint"], newer.manifest["fingerprint"]
        if old != new:
            newer.close()
            raise IndexMismatchError(
                f"the index at {newer.folder} has been built again with {new}, but questions are embedded with {old}: "
                "open it again, or rebuild it with the model it had"
            )
        logger.info("the index at %s has been built again: now %s", newer.folder, newer.generation)
        self._index = newer

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            facts = (self._index.folder / MANIFEST).stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino, facts.st_size
