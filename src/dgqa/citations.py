"""A sentence and evidence in; how far the evidence supports it, and citations with raw spans, out."""

from __future__ import annotations

import itertools

from dgqa.text import fold
from dgqa.types import Citation, Passage, Sentence
from dgqa.values import Amount, Date, stands_for, values

SUPPORT_THRESHOLD = 0.6  # share of a sentence's bigrams that its evidence must hold


def bigrams(text: str) -> set[str]:
    """Return the pairs of neighbouring letters, digits and Chinese characters of the folded text."""
    chars = [char for char in fold(text) if char.isalnum()]
    return {a + b for a, b in itertools.pairwise(chars)} or set(chars)


def missing_values(sentence: str, evidence: str) -> tuple[Amount | Date, ...]:
    """Return the numbers and dates of ``sentence`` that ``evidence`` does not state."""
    stated = values(evidence)
    return tuple(value for value in values(sentence) if not any(stands_for(value, found) for found in stated))


def supports(sentence: str, evidence: str) -> float:
    """Return how far ``evidence`` supports ``sentence``, in 0..1.

    It is the share of the sentence's folded character bigrams that occur in the evidence; 0 where the
    sentence has a number or a date that the evidence does not state.
    """
    wanted = bigrams(sentence)
    if not wanted or missing_values(sentence, evidence):
        return 0.0
    return len(wanted & bigrams(evidence)) / len(wanted)


def cite(first: int, passage: Passage, sentence: Sentence, raw: str) -> tuple[Citation, ...]:
    """Return the citations of an evidence sentence, one for each raw span, numbered from ``first``."""
    return tuple(
        Citation(
            number=first + i,
            doc_id=passage.doc_id,
            path=passage.path,
            title=passage.title,
            author=passage.author,
            date=passage.date,
            section=passage.section,
            start=start,
            end=end,
            quote=raw[start:end],
            page=passage.page,
        )
        for i, (start, end) in enumerate(sentence.spans or ((sentence.start, sentence.end),))
    )
