"""The reader: question and passage read together, for how likely each sentence belongs to the answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from dgqa.language.text import simplify
from dgqa.system import quiet_at_fork

MAX_TOKENS = 320  # of a window: more is read in a further one, cut between sentences
_MAX_QUESTION = 96  # tokens of a question that are read
_MAX_HEADING = 48  # the same for the headings, the innermost
_BEGIN, _END = 0, 2  # ids of the special tokens
_LONGEST_PHRASE = 28  # tokens

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Page:
    """What is read: the headings over a passage, outermost first, its sentences in reading order, and its row in the index, -1 where it has none."""

    heading: str
    sentences: tuple[str, ...]
    row: int = -1


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a sentence, ``start:end`` in its characters, that answers by itself; ``score`` is in 0..1."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of a page for a question.

    ``answers`` is the probability, in 0..1, that the page holds an answer; ``sentences`` are those that each of its
    sentences belongs to the answer, ``phrases`` the likeliest short answer in each, None where the sentence is not read.
    """

    answers: float
    sentences: tuple[float, ...]
    phrases: tuple[Phrase | None, ...]


class Reader(Protocol):
    """Reads pages for a question; ``name`` is told in the trace of an answer.

    Write one of your own with these names and give it as ``reader`` to `Assistant.open`; it must bear being called from several
    threads. `Page`, `Phrase` and `Reading` stand in ``dgqa.models.readers.reader``. The borders between answered, partial and
    refused were fitted to the built-in one: measure yours with ``dgqa eval``.
    """

    name: str

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        """Return a reading of every page, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """A page, or a part of it, as tokens: ``sentences`` are (number, first token, end), ``offsets`` the characters of every token of these."""

    ids: tuple[int, ...]
    sentences: tuple[tuple[int, int, int], ...]
    offsets: tuple[tuple[int, int], ...]


def windows(tokenizer: Any, question: str, page: Page) -> list[Window]:
    """Return a page with its question as tokens: ``<s> question </s> headings </s> sentences </s>``.

    Traditional characters are read as simplified ones, as in the vectors. A page longer than `MAX_TOKENS` makes several
    windows, cut between sentences; of a sentence longer than a window the beginning is read.
    """
    texts = [simplify(question), simplify(page.heading), *(simplify(text) for text in page.sentences)]
    asked, over, *encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
    head = (_BEGIN, *asked.ids[:_MAX_QUESTION], _END, *over.ids[-_MAX_HEADING:], _END)
    room = MAX_TOKENS - len(head) - 1
    made: list[Window] = []
    ids: list[int] = []
    spans: list[tuple[int, int, int]] = []
    offsets: list[tuple[int, int]] = []

    def close() -> None:
        if spans:
            made.append(Window((*head, *ids, _END), tuple(spans), tuple(offsets)))

    for number, sentence in enumerate(encoded):
        own = sentence.ids[:room]
        if not own:
            continue
        if len(ids) + len(own) > room:
            close()
            ids, spans, offsets = [], [], []
        begin = len(head) + len(ids)
        spans.append((number, begin, begin + len(own)))
        offsets += sentence.offsets[: len(own)]
        ids += own
    close()
    return made


@dataclass(frozen=True, slots=True)
class Heads:
    """What is made of the states of the encoder: numbers for the window, its sentences and its tokens."""

    passage: Floats  # (hidden + 1,): weights and bias over the first state
    hidden: Floats  # (2 * hidden + 1, inner): of a sentence, its mean state and the first state of the window
    sentence: Floats  # (inner + 1,)
    ends: Floats  # (hidden, 2): beginning and end of a phrase

    def read(self, states: Floats, window: Window) -> tuple[float, list[float], list[Phrase]]:
        """Return the logits of a window and of its sentences, and the likeliest phrase in each; ``states`` is (tokens, hidden)."""
        first = states[0]
        means = np.stack([states[begin:end].mean(axis=0) for _, begin, end in window.sentences])
        joined = np.concatenate([means, np.repeat(first[None], len(means), axis=0)], axis=1)
        inner = np.tanh(joined @ self.hidden[:-1] + self.hidden[-1])
        logits = inner @ self.sentence[:-1] + self.sentence[-1]
        phrases = [self._phrase(states, window, begin, end) for _, begin, end in window.sentences]
        return float(first @ self.passage[:-1] + self.passage[-1]), logits.tolist(), phrases

    def _phrase(self, states: Floats, window: Window, begin: int, end: int) -> Phrase:
        scores = states[begin:end] @ self.ends
        starts, stops = _softmax(scores[:, 0]), _softmax(scores[:, 1])
        likely = np.triu(np.outer(starts, stops))
        likely = np.where(np.subtract.outer(np.arange(end - begin), np.arange(end - begin)) > -_LONGEST_PHRASE, likely, 0.0)
        at, to = np.unravel_index(int(likely.argmax()), likely.shape)
        shift = begin - window.sentences[0][1]
        return Phrase(window.offsets[shift + int(at)][0], window.offsets[shift + int(to)][1], float(likely[at, to]))


class OnnxReader:
    """The built-in reader, run by onnxruntime: the embedding model's weights with the trained differences. Safe to use from several threads."""

    def __init__(self, graph: Path, tokenizer: Path, heads: Heads, *, name: str, threads: int) -> None:
        """``threads`` windows are read at once, each by a core of its own; files are opened when first needed."""
        self.name = name
        self._graph, self._vocabulary, self._heads = graph, tokenizer, heads
        self._threads = threads
        self._guard = quiet_at_fork(threading.Lock())
        self._session: Any = None
        self._tokenizer: Any = None
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0  # that the pool belongs to: a forked child has none of its threads, and would wait for them

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        """Return a reading of every page, in their order."""
        session, tokenizer, pool = self._opened()
        cut = [windows(tokenizer, question, page) for page in pages]
        flat = [window for made in cut for window in made]
        read = iter(list(pool.map(lambda window: self._heads.read(_states(session, window), window), flat)))
        return [_reading(page, made, [next(read) for _ in made]) for page, made in zip(pages, cut, strict=True)]

    def _opened(self) -> tuple[Any, Any, ThreadPoolExecutor]:
        with self._guard:
            if self._pool is None or self._process != os.getpid():
                self._pool, self._process = ThreadPoolExecutor(self._threads, "dgqa-reader"), os.getpid()
            if self._session is None:
                import onnxruntime
                from tokenizers import Tokenizer

                options = onnxruntime.SessionOptions()
                # A window for each core: two threads within one take more time of the processor.
                options.intra_op_num_threads = options.inter_op_num_threads = 1
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
                options.add_session_config_entry("session.intra_op.allow_spinning", "0")
                self._tokenizer = Tokenizer.from_file(str(self._vocabulary))
                self._session = onnxruntime.InferenceSession(str(self._graph), options, providers=["CPUExecutionProvider"])
            return self._session, self._tokenizer, self._pool


def _states(session: Any, window: Window) -> Floats:
    ids = np.asarray([window.ids], np.int64)
    (states,) = session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return np.asarray(states[0], np.float32)


def _reading(page: Page, made: Sequence[Window], read: Sequence[tuple[float, list[float], list[Phrase]]]) -> Reading:
    sentences = [0.0] * len(page.sentences)
    phrases: list[Phrase | None] = [None] * len(page.sentences)
    for window, (_, logits, found) in zip(made, read, strict=True):
        for (number, _, _), logit, phrase in zip(window.sentences, logits, found, strict=True):
            sentences[number] = _sigmoid(logit)
            phrases[number] = phrase if len(simplify(page.sentences[number])) == len(page.sentences[number]) else None
    return Reading(max((_sigmoid(logit) for logit, _, _ in read), default=0.0), tuple(sentences), tuple(phrases))


def _sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), np.float32)
