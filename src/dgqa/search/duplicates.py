"""Take passages together that say the same in the same words."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from dgqa.language.text import pairs, squeezed
from dgqa.types import Passage

_SAME = 0.9  # share of the character bigrams of both that either has
_SHORT = 20  # characters below which only equal texts are the same


def collapse(passages: Sequence[Passage]) -> list[tuple[int, tuple[int, ...]]]:
    """Return the positions of the passages that stay, in order, each with those of its near-duplicates further down.

    Near-duplicates share nine tenths of their character bigrams (Jaccard's measure) and all of their numbers: tables
    repeat a sentence with another figure in it.
    """
    kept: list[tuple[int, str, tuple[str, ...]]] = []
    groups: dict[int, list[int]] = {}
    for position, passage in enumerate(passages):
        text, numbers = _form(passage.text)
        for first, other, theirs in kept:
            if text == other or (min(len(text), len(other)) >= _SHORT and numbers == theirs and _alike(_bigrams(text), _bigrams(other))):
                groups[first].append(position)
                break
        else:
            kept.append((position, text, numbers))
            groups[position] = []
    return [(first, tuple(groups[first])) for first, *_ in kept]


# The same passages come again and again.
@functools.lru_cache(maxsize=4096)
def _form(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text as it is compared, and its numbers."""
    form = squeezed(text)
    return form, tuple(sorted(re.findall(r"\d+|[〇零一二三四五六七八九十百千万亿]{2,}", form)))


_bigrams = functools.lru_cache(maxsize=512)(pairs)


def _alike(one: set[str], other: set[str]) -> bool:
    small, large = sorted((len(one), len(other)))
    return small >= _SAME * large and len(one & other) >= _SAME * len(one | other)
