"""The reader: question and passage read together, for how likely each sentence belongs to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dgqa.language.text import simplify
from dgqa.models.readers.encoder import Encoder, Floats
from dgqa.models.readers.windows import Page as Page
from dgqa.models.readers.windows import Window, windows

_LONGEST_PHRASE = 28  # tokens


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
class Heads:
    """What is made of the states of the encoder: numbers for the window, its sentences and its tokens."""

    passage: Floats  # (hidden + 1,): weights and bias over the first state
    hidden: Floats  # (2 * hidden + 1, inner): of a sentence, its mean state and the first state of the window
    sentence: Floats  # (inner + 1,)
    ends: Floats  # (hidden, 2): beginning and end of a phrase

    def read(self, states: Floats, window: Window) -> tuple[float, list[float], list[Phrase]]:
        """Return the logits of a window and of its sentences, and the likeliest phrase in each; ``states`` is (tokens, hidden)."""
        whole, each = self.logits(states, [(begin, end) for _, begin, end in window.sentences])
        return whole, each, [self._phrase(states, window, begin, end) for _, begin, end in window.sentences]

    def logits(self, states: Floats, spans: Sequence[tuple[int, int]]) -> tuple[float, list[float]]:
        """Return the logits of a window and of some spans of its tokens."""
        first = states[0]
        means = np.stack([states[begin:end].mean(axis=0) for begin, end in spans])
        joined = np.concatenate([means, np.repeat(first[None], len(means), axis=0)], axis=1)
        inner = np.tanh(joined @ self.hidden[:-1] + self.hidden[-1])
        return float(first @ self.passage[:-1] + self.passage[-1]), (inner @ self.sentence[:-1] + self.sentence[-1]).tolist()

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

    name = "built-in"

    def __init__(self, encoder: Encoder, heads: Heads) -> None:
        self._encoder, self._heads = encoder, heads

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        """Return a reading of every page, in their order."""
        cut = [windows(self._encoder.vocabulary, question, page) for page in pages]
        read = iter(self._encoder.each([window for made in cut for window in made], self._heads.read))
        return [_reading(page, made, [next(read) for _ in made]) for page, made in zip(pages, cut, strict=True)]


def _reading(page: Page, made: Sequence[Window], read: Sequence[tuple[float, list[float], list[Phrase]]]) -> Reading:
    sentences = [0.0] * len(page.sentences)
    phrases: list[Phrase | None] = [None] * len(page.sentences)
    for window, (_, logits, found) in zip(made, read, strict=True):
        for (number, _, _), logit, phrase in zip(window.sentences, logits, found, strict=True):
            sentences[number] = sigmoid(logit)
            phrases[number] = phrase if len(simplify(page.sentences[number])) == len(page.sentences[number]) else None
    return Reading(max((sigmoid(logit) for logit, _, _ in read), default=0.0), tuple(sentences), tuple(phrases))


def sigmoid(logit: float) -> float:
    """Return the probability of a logit, which is bounded to ±30."""
    return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), np.float32)
