"""A unigram model of Chinese text over jieba's words, and what one document says about its own characters.

`score` weighs all strings that a row of cells allows, each cell a set of characters that may stand there; `Context`
adds to each character's weight how the document itself uses it. Both serve to guess characters whose bytes were lost.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from dgqa.data import CJK
from dgqa.language.text import detect_script, simplify, to_script
from dgqa.language.words import segmenter

HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_FULL_FORM = re.compile("[，；：？！（）]")
_HALF_FORM = re.compile(f"[{CJK}][,;:?!()]")
_SWALLOWED = re.compile(f"(?<=[{CJK}”》])([\x20-\x3f])(?=(.))")
PAUSES = ",.:;!?()，。；：！？（） \n"
# A closing mark stands neither behind an opening one nor in front of another, and seldom ends a short quotation.
_OPEN = tuple("，、；：“（《‘—,;:(")
_CLOSE = tuple("，、；：。！？,;:!?")
_NOT_BEHIND_CLOSE = re.compile("[”’」』）》)]?[，、；：。,;:]")
_TERM = re.compile("“[^”]{1,4}$")
_LONGEST_WORD = 10  # characters; jieba has few longer words
_WORDS_PER_CHARACTER = 0.6
_WORDS_OF_OTHERS = 100.0  # what general text weighs beside a document's own use of marks


class Option(NamedTuple):
    """A character that may stand at a place, and its log weight on top of the language model."""

    char: str
    weight: float = 0.0


Cell = Sequence[Option]


def fixed(text: str) -> list[Cell]:
    return [(Option(char),) for char in text]


class Score(NamedTuple):
    """Log probability of all strings that cells allow, and the best of them."""

    total: float
    best: str


class _Path(NamedTuple):
    """Ways to read some cells: log probability of all of them, that of the best one, and its characters."""

    total: float
    weight: float
    chars: str

    def then(self, weight: float, char: str = "") -> _Path:
        return _Path(self.total + weight, self.weight + weight, self.chars + char)

    def join(self, other: _Path) -> _Path:
        return _Path(self.total + other.total, self.weight + other.weight, self.chars + other.chars)

    def either(self, other: _Path | None) -> _Path:
        if other is None:
            return self
        high, low = (self.total, other.total) if self.total >= other.total else (other.total, self.total)
        better = self if self.weight >= other.weight else other
        return _Path(high + math.log1p(math.exp(low - high)), better.weight, better.chars)


def score(cells: Sequence[Cell]) -> Score:
    """Score what cells allow with a unigram model over jieba's words; any single character is a word, too."""
    words = _lexicon()
    paths: list[_Path | None] = [_Path(0.0, 0.0, "")] + [None] * len(cells)
    for start, cell in enumerate(cells):
        path = paths[start]
        if path is None:  # a cell without options came before
            break
        begun: dict[str, _Path] = {}
        for char, weight in cell:
            word = folded(char)
            paths[start + 1] = path.then(weight + log_share(word), char).either(paths[start + 1])
            if word in words.counts:
                begun[word] = _Path(weight, weight, char).either(begun.get(word))
        for stop in range(start + 2, min(len(cells), start + _LONGEST_WORD) + 1):
            longer: dict[str, _Path] = {}
            for prefix, step in begun.items():
                for char, weight in cells[stop - 1]:
                    word = prefix + folded(char)
                    if word in words.counts:
                        longer[word] = step.then(weight, char).either(longer.get(word))
            for word, step in longer.items():
                if count := words.counts[word]:
                    paths[stop] = path.join(step.then(math.log(count) - words.log_total)).either(paths[stop])
            begun = longer
            if not begun:
                break
    last = paths[-1]
    return Score(-math.inf, "") if last is None else Score(last.total, last.chars)


def plain(text: str) -> float:
    return score(fixed(text)).total


class _Lexicon(NamedTuple):
    counts: Mapping[str, int]  # of jieba's words; 0 for what only begins one
    log_total: float
    shares: dict[str, float]  # of each simplified character in text


@functools.cache
def _lexicon() -> _Lexicon:
    words = segmenter()
    # after the segmenter, which quietens jieba
    from jieba.finalseg import emit_P

    # How often a character of Chinese text begins, ends or continues a word, or is one.
    states = {"B": 0.28, "E": 0.28, "M": 0.08, "S": 0.36}
    shares: dict[str, float] = {}
    for state, share in states.items():
        for char, log in emit_P[state].items():
            shares[char] = shares.get(char, 0.0) + share * math.exp(log)
    return _Lexicon(words.FREQ, math.log(words.total), shares)


@functools.lru_cache(maxsize=30_000)
def folded(char: str) -> str:
    return char if char.isascii() else simplify(char)


@functools.lru_cache(maxsize=30_000)
def log_share(char: str) -> float:
    """Return the log probability of a simplified character as a word of its own.

    jieba's dictionary has no marks: theirs are rounded shares of what stands between words in news text.
    """
    words = _lexicon()
    if count := words.counts.get(char):
        return math.log(count) - words.log_total
    if "\u4e00" <= char <= "\u9fff":
        return math.log(0.05 * max(words.shares.get(char, 0.0), 1e-9))
    if char in "，。、,.":
        return -2.8
    if char in "“”《》;:!?；！：？（）()\n":
        return -4.5
    if char.isascii():
        return -6.0
    if char in "—…·「」『』【】‘’":
        return -8.0
    if char in "×÷±°℃①②③④⑤⑥⑦⑧⑨⑩":
        return -8.0
    if char == "\ufffd":  # that something was lost is seen, not how
        return -9.0
    if "\uff01" <= char <= "\uff5e":
        return -11.0
    return -25.0 if "\ue000" <= char <= "\uf8ff" else -16.0


class Context:
    """What a text says about its own characters, for guessing those whose bytes were lost."""

    def __init__(self, text: str, sound: str) -> None:
        self.text = text
        self._script = detect_script(text)
        self._half = len(_FULL_FORM.findall(text)) < len(_HALF_FORM.findall(text))
        self._single = Counter(sound)
        self._pairs = Counter(pairwise(text))
        self._triples = Counter(zip(text, text[1:], text[2:], strict=False))
        self._swallowed = Counter((char, _class(behind)) for char, behind in _SWALLOWED.findall(text))

    def width(self, text: str) -> str:
        """Return ``text`` with marks as wide as those of the document."""
        return text.translate(HALF_WIDTH) if self._half else text

    def weigh(self, chars: Iterable[str], before: str, after: str) -> list[Option]:
        """Return options weighted by how the document uses them behind ``before`` and in front of ``after``.

        ``after`` is a text that follows, or `PAUSES` for any of these characters.
        """
        return [Option(char, self._own(char) + self._fit(self.width(char), before, after)) for char in chars]

    def swallowed(self, after: str) -> list[Option]:
        """Return the ASCII characters that a lone first byte may have swallowed in front of ``after``."""
        behind = _class(after[:1])
        seen = [(chr(code), self._swallowed[chr(code), behind] + 0.02) for code in range(0x20, 0x40)]
        total = sum(count for _, count in seen)
        # The language model's own weight is taken out: the document knows better.
        return [Option(char, math.log(count / total) - log_share(char)) for char, count in seen]

    def _own(self, char: str) -> float:
        """Return the log of how much more often the document has a character than other texts do."""
        if not char.isalpha():
            words = _WORDS_PER_CHARACTER * len(self.text) + _WORDS_OF_OTHERS
            share = (self._single[self.width(char)] + _WORDS_OF_OTHERS * math.exp(log_share(char))) / words
            return math.log(share) - log_share(char)
        if self._single[char]:
            return 0.0
        if self._script == "Hant":
            return -5.0 if to_script(char, "Hant") != char else 0.0
        return -7.0 if folded(char) != char else 0.0

    def _fit(self, char: str, before: str, after: str) -> float:
        fit = 0.0
        if char in _CLOSE:
            if before[-1:] in _OPEN + _CLOSE or _NOT_BEHIND_CLOSE.match(after):
                fit -= 6.0
            if after[:1] == "”" and _TERM.search(before):
                fit -= 4.0
        if before:
            fit += self._tied(before[-1], char)
        if pairs := self._pairs[before[-2], before[-1]] if len(before) > 1 else 0:
            # What the document put behind the last two characters, against what the last one alone promises.
            promised = pairs * self._pairs[before[-1], char] / max(1, self._single[before[-1]])
            fit += math.log((self._triples[before[-2], before[-1], char] + 0.2) / (promised + 0.2))
        if after == PAUSES:
            fit += self._together((char,), PAUSES)
        elif after:
            # The cuts themselves leave few stops in front of what they garble: let all that pause speak for them.
            fit += self._together(PAUSES if char in _CLOSE else (char,), (after[0],))
        return fit

    def _tied(self, one: str, other: str) -> float:
        return self._together((one,), (other,))

    def _together(self, ones: Iterable[str], others: Iterable[str]) -> float:
        """Return the log of how much more often the document has characters side by side than by chance."""
        seen = sum(self._pairs[one, other] for one in ones for other in others)
        chance = sum(self._single[one] for one in ones) * sum(self._single[other] for other in others) / len(self.text)
        # That two characters meet says much, that they do not says little.
        doubt = 0.2 if seen > chance else 1.0
        return math.log((seen + doubt) / (chance + doubt))


def _class(char: str) -> str:
    if char.isdigit():
        return "digit"
    if char.isalpha():
        return "latin" if char.isascii() else "han"
    return "other"
