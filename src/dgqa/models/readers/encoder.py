"""Run a trained graph that reads two texts together: the states of the encoder for windows of tokens."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from dgqa.models.e5.tokens import Vocabulary
from dgqa.models.readers.windows import Window
from dgqa.system import quiet_at_fork

Floats = npt.NDArray[np.float32]
Made = TypeVar("Made")


class Encoder:
    """A graph with its vocabulary, run by onnxruntime. Safe to use from several threads."""

    def __init__(self, graph: Path, *, threads: int) -> None:
        """``threads`` windows are read at once, each by a core of its own; files are opened when first needed, the vocabulary beside the graph."""
        self._graph, self._threads = graph, threads
        self._guard = quiet_at_fork(threading.Lock())
        self._session: Any = None
        self._vocabulary: Vocabulary | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0  # that the pool belongs to: a forked child has none of its threads, and would wait for them

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the model."""
        return self._opened()[1]

    def each(self, windows: Sequence[Window], make: Callable[[Floats, Window], Made]) -> list[Made]:
        """Return what ``make`` makes of the states, float32 of shape (tokens, hidden), of every window, in their order."""
        session, _, pool = self._opened()
        # The longest first: of three windows on two cores the shorter ones share the other.
        order = sorted(range(len(windows)), key=lambda at: -len(windows[at].ids))
        made = dict(zip(order, pool.map(lambda at: make(_states(session, windows[at]), windows[at]), order), strict=True))
        return [made[at] for at in range(len(windows))]

    def _opened(self) -> tuple[Any, Vocabulary, ThreadPoolExecutor]:
        with self._guard:
            if self._pool is None or self._process != os.getpid():
                self._pool, self._process = ThreadPoolExecutor(self._threads, f"dgqa-{self._graph.stem}"), os.getpid()
            if self._session is None or self._vocabulary is None:
                import onnxruntime

                options = onnxruntime.SessionOptions()
                # A window for each core: two threads within one take more time of the processor.
                options.intra_op_num_threads = options.inter_op_num_threads = 1
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
                options.add_session_config_entry("session.intra_op.allow_spinning", "0")
                self._vocabulary = Vocabulary(self._graph.parent)
                self._session = onnxruntime.InferenceSession(str(self._graph), options, providers=["CPUExecutionProvider"])
            return self._session, self._vocabulary, self._pool


def _states(session: Any, window: Window) -> Floats:
    (states,) = session.run(["last_hidden_state"], {"input_ids": np.asarray([window.ids], np.int64)})
    return np.asarray(states[0], np.float32)
