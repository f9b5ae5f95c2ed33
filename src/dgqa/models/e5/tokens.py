"""A question in, its tokens out, from a vocabulary that is mapped and not loaded.

Loading 250,000 pieces into the tokenizer takes longer than everything else that a question needs. This finds the
same tokens by the same method, Viterbi's over the pieces' log probabilities (Kudo 2018, "Subword Regularization"),
and with the same normalization, for which it has the tokenizer's own code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dgqa.errors import ModelError
from dgqa.language import trie
from dgqa.models.e5.file import E5Weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

METASPACE = "\u2581"
FILES = ("pieces.trie", "pieces.npy", "pieces.json", "normalizer.json")
_UNKNOWN_PENALTY = 10.0  # below the least probable piece, as SentencePiece has it


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ids of prompt + text with both special tokens; ``own`` tells which end inside the text."""

    ids: Sequence[int]
    own: Sequence[bool]


def write_pieces(weights: E5Weights, tokenizer: Tokenizer, folder: Path) -> None:
    """Write `FILES`, what `PieceTokenizer` reads; ``tokenizer`` is the one that it must equal."""
    from tokenizers import Tokenizer, models

    trie.write({text: number for number, (text, _) in enumerate(weights.pieces)}, folder / FILES[0])
    np.save(folder / FILES[1], np.asarray([score for _, score in weights.pieces], np.float32))
    special = sorted(added.content for added in tokenizer.get_added_tokens_decoder().values())
    facts = {"begin": weights.begin, "end": weights.end, "unknown": weights.unknown, "special": special}
    (folder / FILES[2]).write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    empty = Tokenizer(models.Unigram([("<unk>", 0.0)], 0, False))
    empty.normalizer = tokenizer.normalizer
    empty.save(str(folder / FILES[3]), pretty=False)


class PieceTokenizer:
    """Finds the tokens of short texts. Safe to use from several threads."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Open what `write_pieces` wrote; ``limit`` is the highest number of tokens.

        Raises:
            ModelError: a file is missing or damaged.
        """
        from tokenizers import Tokenizer

        try:
            self._pieces = trie.Trie.open(folder / FILES[0])
            scores = np.load(folder / FILES[1], mmap_mode="r")
            facts = json.loads((folder / FILES[2]).read_text("utf-8"))
            self._normalizer = Tokenizer.from_file(str(folder / FILES[3])).normalizer
            self._scores = scores.data
            self._begin, self._end, self._unknown = (int(facts[key]) for key in ("begin", "end", "unknown"))
            self._special = tuple(map(str, facts["special"]))
        except Exception as error:  # tokenizers raises Exception itself
            raise ModelError(f"the vocabulary in {folder} cannot be read ({error}): run `dgqa models fetch` with its name") from error
        self._unknown_score = float(scores.min()) - _UNKNOWN_PENALTY
        self._limit = limit

    def encode(self, text: str, prompt: str) -> Tokens | None:
        """Return the tokens of prompt + text, or None for a text that only the whole tokenizer reads rightly.

        That is one with the name of a special token in it, one whose first character melts with the prompt, such as a
        space behind its space, and one of which nothing is left.
        """
        if any(name in prompt + text for name in self._special):
            return None
        normal = self._normalizer.normalize_str(prompt + text)
        before = self._normalizer.normalize_str(prompt)
        if not normal or (prompt and not before) or normal != before + self._normalizer.normalize_str(text):
            return None
        marked = normal.replace(" ", METASPACE)
        added = not marked.startswith(METASPACE)
        found = self._cut(METASPACE + marked if added else marked)[: self._limit - 2]
        border = len(before) + added if before else 0  # the mark that is added belongs to the first character
        ids = [self._begin, *(number for _, number in found), self._end]
        return Tokens(ids, [False, *(end > border for end, _ in found), False])

    def _cut(self, text: str) -> list[tuple[int, int]]:
        """Return (end, id) of the most probable pieces; unknown characters side by side are one piece.

        Of equal paths the one found first stays, as in the tokenizer, and sums are made in the same order.
        """
        scores, prefixes = self._scores, self._pieces.prefixes
        best: list[tuple[float, int, int] | None] = [(0.0, 0, 0)] + [None] * len(text)  # score, start, id
        for start in range(len(text)):
            here = best[start]
            if here is None:
                continue
            so_far = here[0]
            single = False
            for end, number in prefixes(text, start):
                score = scores[number] + so_far
                there = best[end]
                if there is None or score > there[0]:
                    best[end] = score, start, number
                single = single or end == start + 1
            if not single:
                score = self._unknown_score + so_far
                there = best[start + 1]
                if there is None or score > there[0]:
                    best[start + 1] = score, start, self._unknown
        found: list[tuple[int, int]] = []
        end = len(text)
        while end:
            step = best[end]
            if step is None:
                raise ModelError(f"no way through {text[:40]!r}: the vocabulary is damaged")
            _, start, number = step
            if not (number == self._unknown and found and found[-1][1] == self._unknown):
                found.append((end, number))
            end = start
        return found[::-1]
