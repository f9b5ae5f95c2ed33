"""Keep what a local model has made of its instructions in the cache: another process, or another language, need not read them again."""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import os
import secrets
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from dgqa.config import cache_dir
from dgqa.system import file_hash, refusal, remove_old

logger = logging.getLogger(__name__)

_UNUSED = 30 * 24 * 3600.0  # seconds after which a state that nobody took up is removed
_WRITTEN = 2  # tokens that the model may have written behind the message
_SECONDS = 60.0  # for an answer of the server, which moves some megabytes


class Prefixes:
    """The states of one loaded model behind the system messages that it was given, a file of some megabytes each.

    A file is named by the model, the version of llama.cpp, the message, and its own SHA-256; what does not fit is read anew.
    """

    def __init__(self, model: Path, key: str) -> None:
        """Take the model's file and the key that its server is asked with."""
        self._folder = cache_dir() / "prefixes"
        self._key = key
        stat = model.stat()
        self._model = f"{model.resolve()} {stat.st_size} {stat.st_mtime_ns} {version('xllamacpp')}"
        self._held = ""
        self._lock = threading.Lock()

    @property
    def folder(self) -> str:
        """The folder as llama.cpp wants it, "" where none can be written."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return ""
        return f"{self._folder}{os.sep}" if os.access(self._folder, os.W_OK) else ""

    def begin(self, system: str, address: str, read: Callable[[], int]) -> None:
        """Bring the model to the state behind a system message.

        Args:
            system: The message.
            address: Where the model's server listens.
            read: Has the model read the message alone, and returns how many tokens it is.
        """
        with self._lock:
            if system == self._held or not self.folder:
                return
            try:
                self._restored_or_read(system, address, read)
            except OSError as error:
                logger.debug("what the local model has read of its instructions is not kept: %s", refusal(error))
            self._held = system

    def _restored_or_read(self, system: str, address: str, read: Callable[[], int]) -> None:
        name = hashlib.sha256(f"{self._model}\n{system}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
        for kept in self._folder.glob(f"{name}-*.kv"):
            whole = kept.stem == f"{name}-{file_hash(kept)[:16]}"
            if whole and self._tokens("restore", kept.name, address):
                kept.touch()
                return
            if not whole:
                kept.unlink()
        read_now = read()
        part = self._folder / f"{name}.{secrets.token_hex(8)}.part"
        try:
            # Of another question that came between, the state is no prefix, and nobody's to keep.
            if 0 <= self._tokens("save", part.name, address) - read_now <= _WRITTEN:
                part.replace(self._folder / f"{name}-{file_hash(part)[:16]}.kv")
        finally:
            part.unlink(missing_ok=True)
        remove_old(self._folder, "*", seconds=_UNUSED)

    def _tokens(self, action: str, file: str, address: str) -> int:
        """Have the server save or restore the state of its only place, and return of how many tokens it is, 0 where it could not."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=_SECONDS)
        try:
            connection.request("POST", f"/slots/0?action={action}", json.dumps({"filename": file}), headers)
            reply = json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            logger.debug("the local model could not %s its state: %s", action, type(error).__name__)
            return 0
        finally:
            connection.close()
        return int(reply.get({"save": "n_saved", "restore": "n_restored"}[action], 0))
