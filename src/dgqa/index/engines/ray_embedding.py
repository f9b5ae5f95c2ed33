"""Embed lots of sentences on the workers of a Ray cluster, in order; Ray repeats what a lost worker had."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dgqa.errors import EngineError
from dgqa.index.engines.cluster import connect, raise_own
from dgqa.index.engines.lots import Lot, Made, Spread, embed
from dgqa.models.embedding import Embedder

logger = logging.getLogger(__name__)

_AHEAD = 2  # lots under way for each core, so that none waits for the next

_opened: Embedder | None = None  # the model of this worker


def spread_over(uri: str, opener: Callable[[], Embedder], fingerprint: str) -> Spread:
    """Return what has lots embedded by a Ray cluster, one core a lot.

    Args:
        uri: The address of the cluster, see `connect`.
        opener: What opens the model in a worker.
        fingerprint: That of the model; a worker that has another refuses.
    """

    def spread(lots: Iterable[Lot], done: Callable[[int], None]) -> Iterator[tuple[Lot, Made]]:
        ray = connect(uri)
        task = ray.remote(_embed)
        waiting: deque[tuple[Lot, Any]] = deque()
        given = iter(lots)
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        logger.info("sentences are embedded by %d cores", cores)
        embedded = 0
        try:
            while True:
                for lot in itertools.islice(given, _AHEAD * cores - len(waiting)):
                    waiting.append((lot, task.remote(opener, fingerprint, lot)))
                if not waiting:
                    return
                lot, made = waiting.popleft()
                result = _result(ray, made)
                embedded += len(lot.sentences)
                done(embedded)
                yield lot, result
        finally:
            for _, rest in waiting:
                ray.cancel(rest)

    return spread


def _result(ray: Any, reference: Any) -> Made:
    try:
        made: Made = ray.get(reference)
    except ray.exceptions.RayError as error:
        raise_own(error)
        raise EngineError(f"embedding failed on the Ray cluster: {error}. What was embedded before is kept: build again") from error
    return made


def _embed(opener: Callable[[], Embedder], fingerprint: str, lot: Lot) -> Made:
    """Embed a lot in a worker, which opens its model once."""
    global _opened
    if _opened is None or _opened.fingerprint != fingerprint:
        _opened = opener()
    if _opened.fingerprint != fingerprint:
        raise EngineError(f"a worker has the model {_opened.fingerprint}, the build {fingerprint}: install the same model on every node")
    return embed(_opened, lot)
