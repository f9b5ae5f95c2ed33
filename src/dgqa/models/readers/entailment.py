"""Whether a sentence follows from evidence: both read together, for one probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dgqa.models.readers.encoder import Encoder, Floats
from dgqa.models.readers.reader import Heads, sigmoid
from dgqa.models.readers.windows import END, Page, Window, windows


class Entailment(Protocol):
    """Tells how likely a sentence follows from evidence; ``name`` says what tells it."""

    name: str

    def follows(self, claim: str, pages: Sequence[Page]) -> list[float]:
        """Return for every page the probability, in 0..1, that it supports all that the claim says."""
        ...


class OnnxEntailment:
    """The built-in one: the reader's kind of model, trained on sentences that follow from their evidence and others that do not."""

    name = "built-in"

    def __init__(self, encoder: Encoder, heads: Heads) -> None:
        self._encoder, self._heads = encoder, heads

    def follows(self, claim: str, pages: Sequence[Page]) -> list[float]:
        """Return for every page the probability, in 0..1, that it supports all that the claim says; of a long page the likeliest part counts."""
        cut = [windows(self._encoder.vocabulary, claim, page) for page in pages]
        read = iter(self._encoder.each([window for made in cut for window in made], self._probability))
        return [max((next(read) for _ in made), default=0.0) for made in cut]

    def _probability(self, states: Floats, window: Window) -> float:
        # What is judged stands where the reader has the question.
        whole, (own,) = self._heads.logits(states, [(1, window.ids.index(END))])
        return sigmoid((whole + own) / 2)
