"""An index searched by actors of a Ray cluster, each of which holds some of its parts; what they find is put together here.

Every part is held ``replicas`` times. An actor that is lost is started again by Ray, on another node where its own is
gone; meanwhile its calls go to a replica, or wait for it. All nodes have the folder of the index at the same path.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import platform
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dgqa.errors import EngineError
from dgqa.index.engines.cluster import connect, raise_own
from dgqa.index.engines.local import LocalBackend
from dgqa.index.engines.parts import Call, PartsBackend

_PAUSE = 0.2  # seconds between two rounds in which no replica of some parts answered
_OPENED_WITHIN = 60.0  # seconds for the first call, which starts the actors
_THREADS = 4  # calls that an actor answers at once


class Keeper:
    """An actor that holds some parts of an index; each is opened when it is first asked."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self._folder = folder
        self._manifest = manifest
        self._parts: dict[int, LocalBackend] = {}
        self._guard = threading.Lock()
        self._since = time.time()

    def run(self, calls: Sequence[Call]) -> list[Any]:
        """Return what each call gives.

        Raises:
            IndexMismatchError: a file of a part is missing or damaged.
        """
        return [getattr(self._part(call.part), call.method)(*call.values, **dict(call.options)) for call in calls]

    def _part(self, number: int) -> LocalBackend:
        with self._guard:
            if number not in self._parts:
                self._parts[number] = LocalBackend(self._folder, self._manifest, number)
            return self._parts[number]

    def facts(self) -> dict[str, Any]:
        """Return where this actor runs, since when (seconds since the epoch), and which parts it has opened."""
        return {"node": platform.node(), "process": os.getpid(), "since": self._since, "opened": sorted(self._parts)}


class RayBackend(PartsBackend):
    """An index whose parts are held by actors of a Ray cluster. Safe to use from several threads.

    The actors are shared by all processes that open the same index, and stay for the next. Every call raises EngineError
    where some parts have not been answered for within the timeout.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], *, uri: str = "", timeout: float = 30.0, replicas: int = 1) -> None:
        """Find the actors of an index, or start them.

        Args:
            folder: Of the index, on every node.
            manifest: Of the index.
            uri: The address of the cluster, see `connect`.
            timeout: Seconds for a call.
            replicas: How many actors hold each part.

        Raises:
            ConfigError: Ray is not installed, or the address is none.
            EngineError: the cluster can't be reached, or has not answered in time.
        """
        self._ray = connect(uri)
        self._timeout = max(timeout, _OPENED_WITHIN)
        self._replicas = replicas
        self._turn = itertools.count()
        self._home = folder.resolve()
        self._keep = manifest
        nodes = sorted(node["NodeID"] for node in self._ray.nodes() if node["Alive"])
        named = self._named(str(manifest["generation"]))
        # As many as there were nodes when the first process opened it.
        self._groups = next((int(name.split("/")[2]) for name in named), max(1, min(len(nodes), len(manifest["parts"]))))
        self._keepers = {(group, turn): self._keeper(group, turn, nodes) for group in range(self._groups) for turn in range(replicas)}
        super().__init__(folder, manifest, ())
        self._retire()
        self._timeout = timeout

    def _named(self, generation: str = "") -> list[str]:
        return _names(self._ray, self._home, generation)

    def _keeper(self, group: int, turn: int, nodes: Sequence[str]) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        options = {
            "name": f"{_place(self._home)}/{self._keep['generation']}/{self._groups}/{group}/{turn}",
            "get_if_exists": True,
            "lifetime": "detached",
            # No core of its own: a search is short, and a build must find cores to run on.
            "num_cpus": 0,
            "max_concurrency": _THREADS,
            "max_restarts": -1,
        }
        if nodes:
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(nodes[(group + turn) % len(nodes)], soft=True)
        return self._ray.remote(Keeper).options(**options).remote(self._home, self._keep)

    def close(self) -> None:
        """Leave the actors to whoever else searches; those of older generations go when a newer one is opened."""

    def _call(self, calls: Sequence[Call]) -> list[Any]:
        deadline = time.monotonic() + self._timeout
        found: dict[int, Any] = {}
        left: dict[int, list[int]] = {}
        for at, call in enumerate(calls):
            left.setdefault(call.part % self._groups, []).append(at)
        first = next(self._turn)
        for tried in itertools.count():
            if tried and tried % self._replicas == 0:
                time.sleep(_PAUSE)
            turn = (first + tried) % self._replicas
            asked = {group: self._keepers[group, turn].run.remote([calls[at] for at in places]) for group, places in left.items()}
            # A replica that is silent leaves time for the next.
            until = min(deadline, time.monotonic() + self._timeout / self._replicas)
            for group, reference in asked.items():
                answers = self._answers(reference, until, (group, turn))
                if answers is not None:
                    found.update(zip(left.pop(group), answers, strict=True))
            if not left:
                return [found[at] for at in range(len(calls))]
            if time.monotonic() >= deadline:
                break
        missing = sorted({calls[at].part for places in left.values() for at in places})
        raise EngineError(
            f"{len(missing)} of the {len(self._keep['parts'])} parts of the index at {self.folder} did not answer within {self._timeout:g} s: "
            "`dgqa engine status` says which actors are there"
        )

    def _answers(self, reference: Any, until: float, keeper: tuple[int, int]) -> list[Any] | None:
        """Return what an actor gives, None where it is lost or silent."""
        errors = self._ray.exceptions
        try:
            answers: list[Any] = self._ray.get(reference, timeout=max(0.0, until - time.monotonic()))
        except errors.GetTimeoutError:
            return None
        except errors.ActorDiedError:
            # For good: another process has ended it.
            self._keepers[keeper] = self._keeper(*keeper, [])
            return None
        except (errors.RayActorError, errors.ObjectLostError):
            return None
        except errors.RayError as error:
            raise_own(error)
            raise EngineError(f"an actor that holds parts of the index at {self.folder} failed: {error}") from error
        return answers

    def _retire(self) -> None:
        """End the actors of all generations but this one and the one before, which other processes may still search."""
        others: dict[str, list[str]] = {}
        for name in self._named():
            generation = name.split("/")[1]
            if generation != self.generation:
                others.setdefault(generation, []).append(name)
        if len(others) < 2:
            return
        began = {generation: self._began(names) for generation, names in others.items()}
        for generation in sorted(others, key=began.__getitem__)[:-1]:
            for name in others[generation]:
                self._end(name)

    def _began(self, names: Sequence[str]) -> float:
        return float(_facts(self._ray, names[0], self._timeout).get("since", 0.0))

    def _end(self, name: str) -> None:
        try:
            self._ray.kill(self._ray.get_actor(name))
        except ValueError:
            return  # another process was sooner


def _place(folder: Path) -> str:
    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def _names(ray: Any, folder: Path, generation: str = "") -> list[str]:
    """Return the names of the actors that hold an index, or one generation of it: place, generation, groups, group, replica."""
    return sorted(name for name in ray.util.list_named_actors() if name.startswith(f"{_place(folder)}/{generation}"))


def _facts(ray: Any, name: str, timeout: float) -> dict[str, Any]:
    """Return what an actor tells of itself, nothing where it is not there."""
    try:
        return dict(ray.get(ray.get_actor(name).facts.remote(), timeout=timeout))
    except (ValueError, ray.exceptions.RayError):
        return {}


def status(folder: Path, uri: str, timeout: float) -> dict[str, Any]:
    """Return the nodes of a cluster, and the actors that hold the index in ``folder``; those without ``facts`` do not answer.

    Raises:
        ConfigError: Ray is not installed, or the address is none.
        EngineError: the cluster can't be reached.
    """
    ray = connect(uri)
    nodes = [{"address": node["NodeManagerAddress"], "cores": int(node["Resources"].get("CPU", 0)), "alive": node["Alive"]} for node in ray.nodes()]
    actors = []
    for name in _names(ray, folder.resolve()):
        _, generation, groups, group, replica = name.split("/")
        actors.append({"generation": generation, "group": int(group), "groups": int(groups), "replica": int(replica), "facts": _facts(ray, name, timeout)})
    return {"nodes": nodes, "actors": actors}
