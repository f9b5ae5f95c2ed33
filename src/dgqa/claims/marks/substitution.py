"""Whether a sentence is its evidence with one thing put for another: the same words, and another noun in the middle of them."""

from __future__ import annotations

import difflib

from dgqa.claims.claim import Grounds
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, pairs

_COPIED = 0.62  # share of the words in the same order from which a sentence is a copy
_NEIGHBOURS = 1  # words on either side that must be the same


def substituted(claim: Text, grounds: Grounds, asked: Text) -> str:
    """Return a noun that stands where the evidence has another one, "" for none; the question's own words are left to it."""
    if claim.english:
        return ""
    held = grounds.whole.bigrams | asked.bigrams
    words = [word for word, _ in claim.tagged]
    for piece in grounds.pieces:
        told = [word for word, _ in piece.tagged]
        matcher = difflib.SequenceMatcher(a=words, b=told, autojunk=False)
        blocks = matcher.get_matching_blocks()
        same = sum(len(word) for block in blocks for word in words[block.a : block.a + block.size])
        if not words or same / sum(map(len, words)) < _COPIED:
            continue
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind != "replace" or b - a > 2 or d - c > 4:
                continue
            for word, flag in claim.tagged[a:b]:
                new = len(word) > 1 and flag[0] in "nrj" and word not in FUNCTION_WORDS and not pairs(word) & held
                if new and any(other_flag[0] in "nrj" and len(other) > 1 and other not in claim.folded for other, other_flag in piece.tagged[c:d]):
                    return word
    return ""
