"""Cut texts into tokens by a vocabulary that is mapped and not loaded.

Loading 250,000 pieces into a tokenizer takes longer than everything else that a question needs. Few of them stand in
any text: a tokenizer of those alone is made in a moment, and cuts the text as one of all would.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dgqa.errors import ModelError
from dgqa.language import trie
from dgqa.models.e5.file import E5Weights
from dgqa.system import quiet_at_fork

if TYPE_CHECKING:
    from tokenizers import Tokenizer

METASPACE = "\u2581"
FILES = ("pieces.trie", "pieces.npy", "pieces.json", "normalizer.json")
WHOLE = "tokenizer.json"
_NOWHERE = " "  # a piece that stands in no text, whose spaces have become `METASPACE`


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ids of the tokens of a text, without special ones around it, and the characters (start, end) that each stands for."""

    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]]


def write_pieces(weights: E5Weights, tokenizer: Tokenizer, folder: Path) -> None:
    """Write `FILES`, what `Vocabulary` reads; ``tokenizer`` is the one that it must equal."""
    from tokenizers import Tokenizer, models

    trie.write({text: number for number, (text, _) in enumerate(weights.pieces)}, folder / FILES[0])
    np.save(folder / FILES[1], np.asarray([score for _, score in weights.pieces], np.float32))
    special = sorted(added.content for added in tokenizer.get_added_tokens_decoder().values())
    facts = {"begin": weights.begin, "end": weights.end, "unknown": weights.unknown, "special": special}
    (folder / FILES[2]).write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    empty = Tokenizer(models.Unigram([("<unk>", 0.0)], 0, False))
    empty.normalizer = tokenizer.normalizer
    empty.save(str(folder / FILES[3]), pretty=False)


class Vocabulary:
    """Cuts texts into tokens. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open what `write_pieces` wrote; the whole tokenizer in `WHOLE` is loaded if a text needs it.

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
            self.begin, self.end, self._unknown = (int(facts[key]) for key in ("begin", "end", "unknown"))
            self._special = tuple(map(str, facts["special"]))
        except Exception as error:  # tokenizers raises Exception itself
            raise ModelError(f"the vocabulary in {folder} cannot be read ({error}): run `dgqa models fetch` with its name") from error
        self._lowest = float(scores.min())
        self._unknown_piece = next((piece for piece in self._special if self._pieces.get(piece) == self._unknown), _NOWHERE * 2)
        self._file = folder / WHOLE
        self._guard = quiet_at_fork(threading.Lock())
        self._loaded: Tokenizer | None = None

    def cut(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the tokens of every text, as the whole tokenizer finds them.

        Raises:
            ModelError: a text has the name of a special token in it, which the whole tokenizer reads, and that is damaged.
        """
        if any(name in text for text in texts for name in self._special):
            return [Tokens(one.ids, one.offsets) for one in self._whole().encode_batch(list(texts), add_special_tokens=False)]
        tokenizer, numbers = self._holding(texts)
        return [Tokens([numbers[at] for at in one.ids], one.offsets) for one in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _holding(self, texts: Sequence[str]) -> tuple[Tokenizer, list[int]]:
        """Return a tokenizer of the pieces that stand in the texts, and the number of each in the vocabulary."""
        from tokenizers import Tokenizer, models

        found = {self._unknown: self._unknown_piece}
        prefixes = self._pieces.prefixes
        for text in texts:
            marked = METASPACE + self._normalizer.normalize_str(text).replace(" ", METASPACE)
            for start in range(len(marked)):
                for end, number in prefixes(marked, start):
                    found[number] = marked[start:end]
        pieces = [(piece, self._scores[number]) for number, piece in found.items()]
        # What is unknown is weighed by the least probable piece, wherever that stands.
        tokenizer = Tokenizer(models.Unigram([*pieces, (_NOWHERE, self._lowest)], unk_id=0, byte_fallback=False))
        tokenizer.normalizer, tokenizer.pre_tokenizer = self._normalizer, metaspace()
        return tokenizer, list(found)

    def _whole(self) -> Tokenizer:
        with self._guard:
            if self._loaded is None:
                from tokenizers import Tokenizer

                try:
                    self._loaded = Tokenizer.from_file(str(self._file))
                except Exception as error:  # tokenizers raises Exception itself
                    raise ModelError(f"the tokenizer {self._file} cannot be read ({error}): run `dgqa models fetch` with its name") from error
            return self._loaded


def metaspace() -> Any:
    """Return what joins the words of a text with `METASPACE`, one before the first."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.Metaspace(replacement=METASPACE, prepend_scheme="always", split=False)
