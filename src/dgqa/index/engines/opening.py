"""Open what searches an index, by the name of an engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from dgqa.index.engines.backend import SearchBackend
from dgqa.index.reader import Index, opened


class Engine(NamedTuple):
    """What searches an index: "local", this process; "ray", a cluster that holds each part ``replicas`` times; or "milvus", which finds candidates.

    What is at ``uri`` has ``timeout`` seconds for a call.
    """

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
        if self.name == "milvus":
            from dgqa.index.engines.milvus import open_milvus

            return opened(Path(folder), lambda home, manifest: open_milvus(home, manifest, uri=self.uri, timeout=self.timeout))
        from dgqa.index.engines.ray_backend import RayBackend

        return opened(Path(folder), lambda home, manifest: RayBackend(home, manifest, uri=self.uri, timeout=self.timeout, replicas=self.replicas))


LOCAL = Engine()
