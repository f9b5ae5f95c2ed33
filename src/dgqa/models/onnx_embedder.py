"""The built-in embedding model, run by onnxruntime from the graphs that stand in its folder."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dgqa.errors import ModelError
from dgqa.language.text import detect_script
from dgqa.models.e5.convert import EXACT, FAST
from dgqa.models.e5.tokens import FILES, WHOLE, Vocabulary
from dgqa.models.e5.trained import ENGLISH
from dgqa.models.embedder import BatchedEmbedder, Vectors
from dgqa.models.options import DEFAULT_MODEL, EmbedderOptions, find_model
from dgqa.models.store import MODELS, model_source_sha256
from dgqa.system import quiet_at_fork, usable_cores

_BATCH = 8
_ABANDONED: list[dict[str, Any]] = []  # the sessions of a process that this one was forked from


class _Encoded(NamedTuple):
    """The ids of prompt + text with both special tokens; ``own`` tells which end inside the text."""

    ids: list[int]
    own: list[bool]


class OnnxEmbedder(BatchedEmbedder):
    """The built-in weights, run by onnxruntime without torch.

    Its vectors of passages equal those of ``SentenceTransformerEmbedder`` from the same folder but for rounding
    (their cosine is above 0.99999). Those of queries come from the same weights in 8-bit arithmetic, one query at a
    time, so that none depends on another: their cosine is 0.997 on average; those of English ones
    from weights that were trained to lie nearer to Chinese passages. The two share a fingerprint, and either
    may search the other's index. What only one kind of text needs is loaded with the first of its kind.
    """

    def __init__(self, model: str | Path = DEFAULT_MODEL, options: EmbedderOptions | None = None) -> None:
        """Load a model: the name of an embedding model in ``MODELS``, or a folder that ``ensure_model`` made.

        ``threads`` are by default one for each core, and for queries one: they are too short to be shared out, and
        several may be embedded at once. Each thread computes batches of passages by itself, by default of 8 texts: more
        are slower, since they outgrow the processor's cache.

        Raises:
            ModelError: the model is missing, damaged, has no ONNX graph, or can't be had offline.
        """
        options = options or EmbedderOptions()
        name, place = find_model(model, options)
        folder = Path(place).expanduser()
        weights = model_source_sha256(folder)
        needed = (EXACT, FAST, WHOLE, *FILES)
        if weights is None or not all((folder / file).is_file() for file in needed):
            raise ModelError(f'{place} has no ONNX graphs of dgqa\'s: use the backend "torch" or one of {", ".join(MODELS)}')
        try:
            import onnxruntime  # noqa: F401  # missing is said here, not at the first question
        except ImportError as error:
            raise ModelError('onnxruntime is missing: install it, or use the backend "torch"') from error
        self._folder = folder
        self._threads = options.threads
        self._guard = quiet_at_fork(threading.Lock())
        self._process = os.getpid()
        self._sessions: dict[str, Any] = {}
        self._limit = int(json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))["max_seq_length"])
        self._vocabulary = Vocabulary(folder)
        prompts = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))["prompts"]
        dim = json.loads((folder / "config.json").read_text("utf-8"))["hidden_size"]
        workers = options.threads or usable_cores()
        super().__init__(name, dim, weights, options.prompts(prompts), options.batch_size or _BATCH, workers)

    def _graph(self, text: str) -> str:
        """Return the file of the graph that embeds a question."""
        return ENGLISH if detect_script(text) == "Latn" and (self._folder / ENGLISH).is_file() else FAST

    def _session(self, graph: str) -> Any:
        """Return a graph, opened when it is first needed."""
        with self._guard:
            if self._process != os.getpid():
                # Not ended either: that would wait for threads that a forked child hasn't got.
                _ABANDONED.append(self._sessions)
                self._process, self._sessions = os.getpid(), {}
            if graph not in self._sessions:
                import onnxruntime

                options = onnxruntime.SessionOptions()
                # two threads within one batch take a third more processor time than a batch for each
                options.intra_op_num_threads = 1 if graph == EXACT else (self._threads or 1)
                options.inter_op_num_threads = 1
                # the graphs are written the way they run best: the extended fusions bring back SkipLayerNormalization
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
                # idle threads would burn a core between two questions
                options.add_session_config_entry("session.intra_op.allow_spinning", "0")
                self._sessions[graph] = onnxruntime.InferenceSession(str(self._folder / graph), options, providers=["CPUExecutionProvider"])
            return self._sessions[graph]

    def _encode(self, texts: list[str], query: bool) -> list[_Encoded]:
        prompt, vocabulary, room = self._prompt(query), self._vocabulary, self._limit - 2
        return [
            _Encoded([vocabulary.begin, *one.ids[:room], vocabulary.end], [False, *(end > len(prompt) for _, end in one.offsets[:room]), False])
            for one in vocabulary.cut([prompt + text for text in texts])
        ]

    def _lengths(self, texts: list[str], query: bool) -> list[int]:
        # Queries are not padded. Passages are cut into tokens once more for it, which costs a tenth of what it saves.
        return super()._lengths(texts, query) if query else [len(one.ids) for one in self._encode(texts, query)]

    def _forward(self, texts: list[str], *, query: bool, tokens: bool) -> tuple[Vectors, list[Vectors]]:
        encoded = self._encode(texts, query)
        # quantizing takes its scale from a whole batch
        parts = [self._states([one], self._graph(text)) for one, text in zip(encoded, texts, strict=True)] if query else [self._states(encoded, EXACT)]
        vectors = np.concatenate([mean for mean, _ in parts])
        if not tokens:
            return vectors, []
        states = [state for _, batch in parts for state in batch]
        return vectors, [state[: len(one.own)][np.asarray(one.own, bool)] for state, one in zip(states, encoded, strict=True)]

    def _states(self, encoded: list[_Encoded], graph: str) -> tuple[Vectors, Vectors]:
        """Return the mean states, shape (n, dim), and the states, shape (n, tokens, dim)."""
        shape = len(encoded), max(len(one.ids) for one in encoded)
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        given = {"input_ids": ids, "attention_mask": mask} if graph == EXACT else {"input_ids": ids}
        (states,) = self._session(graph).run(["last_hidden_state"], given)
        means: Vectors = np.einsum("bth,bt->bh", states, mask.astype(np.float32)) / mask.sum(1, keepdims=True)
        return means.astype(np.float32), states
