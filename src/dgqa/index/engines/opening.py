"""The name of an engine and the folder of an index in, what searches it out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from dgqa.index.engines.backend import SearchBackend
from dgqa.index.reader import Index, opened


class Engine(NamedTuple):
    """What searches an index: "local", this process, or "ray", a cluster at ``uri`` that has ``timeout`` seconds for a call and holds each part ``replicas`` times."""

    name: str = "local"
    uri: str = ""
    timeout: float = 30.0
    replicas: int = 1

    def open(self, folder: str | os.PathLike[str]) -> SearchBackend:
        """Open the index in ``folder``.

        Raises:
            IndexNotFoundError: there is none.
            IndexMismatchError: it has another format version, or a file of it is missing or damaged.
            ConfigError: what the engine needs is not installed, or its address is none.
            EngineError: the engine can't be reached, or does not answer in time.
        """
        if self.name == "local":
            return Index.open(folder)
        from dgqa.index.engines.ray_backend import RayBackend

        return opened(Path(folder), lambda home, manifest: RayBackend(home, manifest, uri=self.uri, timeout=self.timeout, replicas=self.replicas))


LOCAL = Engine()
