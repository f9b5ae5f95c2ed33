"""Fold scripts, find the borders of sentences, make search tokens."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from dgqa.data import CJK as CJK
from dgqa.data import rows
from dgqa.data import words as listed_words
from dgqa.language.words import segmenter
from dgqa.types import Span

Script = Literal["Hans", "Hant", "Latn", ""]

HAN = f"[{CJK}]"  # a pattern for one Chinese character
HAN_RUN = re.compile(f"[{CJK}]+")
_CJK_ALL = re.compile(f"[{CJK}]")
_LATIN_RUN = re.compile("[A-Za-z]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Spaces beside a single Chinese character are there by accident; those between words may part keywords.
_GAP = re.compile(f"(?<=[{CJK}]) +(?=[{CJK}](?![{CJK}]))|(?<=(?<![{CJK}])[{CJK}]) +(?=[{CJK}])")
_WORD = re.compile(r"[0-9]+(?:[.,:/-][0-9]+)*%?|[a-z][a-z0-9]*(?:[-'.+#][a-z0-9]+)*")
_END = re.compile(
    r"(?:[。！？!?｡]+|…{2,}|(?<=[" + CJK + r"])…|\.(?=[\s\"'”’)\]]|$)|\.{3,})[”’\"'」』）)】》〉\]]*"
)
_END_HINT = re.compile("[。！？!?｡….]")  # what a sentence's end begins with; to look for it alone is faster
_LONG = 180  # characters above which a sentence is also cut at semicolons
_HARD = 500  # characters above which it is cut at commas or, failing that, anywhere
_CLAUSES = 160  # characters of its parts: a line without stops is a list, and the item asked for should not drown in others
_PAIR = "\u0001"  # behind a token that is a pair of characters
_REMEMBERED = 4096  # sentences, and parts of them, whose forms are kept: a few MB
# A full stop behind these ends no sentence; nor does the one of an item's number, "1."
_ABBREVIATION = re.compile(r"(?:^\s*\d{1,2}|\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Vol|pp|vs|etc|al|Fig|Inc|Ltd|Co|e\.g|i\.e|cf))\.$")

# Words that carry a question's form rather than its content.
FUNCTION_WORDS = listed_words("words/function")


@functools.cache
def _converter(name: str) -> Any:
    import opencc

    return opencc.OpenCC(name)


def simplify(text: str) -> str:
    """Return ``text`` in simplified characters."""
    return convert("t2s", text)


def mainland_words(text: str) -> str:
    """Return ``text`` in simplified characters and in the words of the mainland, where Taiwan has others.

    >>> mainland_words("數位政府的資訊安全")
    '数字政府的信息安全'
    """
    return _exchanged(convert("tw2sp", text), 1) if detect_script(text) == "Hant" else simplify(text)


def taiwan_words(text: str) -> str:
    """Return a simplified ``text`` in the words of Taiwan, where the mainland has others, in simplified characters.

    >>> taiwan_words("软件的质量")
    '软体的品质'
    """
    return _exchanged(simplify(convert("s2twp", text)), 0)


def _exchanged(text: str, written: int) -> str:
    """Put the words of one side in place of the other's in a simplified text, beside those of OpenCC: 0 for the mainland's, 1 for Taiwan's."""
    words, expression = _sides(written)
    return expression.sub(lambda match: words[match[0]], text)


@functools.cache
def _sides(written: int) -> tuple[dict[str, str], re.Pattern[str]]:
    words = {row[written]: row[1 - written] for row in rows("words/regional_search")}
    return words, re.compile("|".join(sorted(words, key=len, reverse=True)))


def convert(name: str, text: str) -> str:
    """Return a text as the table ``name`` of OpenCC turns it."""
    if not text:
        return text
    try:
        return str(_converter(name).convert(text))
    except UnicodeEncodeError:
        # OpenCC takes UTF-8, which has no lone surrogates.
        return str(_converter(name).convert(_SURROGATE.sub("\ufffd", text)))


def to_script(text: str, script: Script) -> str:
    """Return Chinese ``text`` in simplified ("Hans") or traditional ("Hant") characters; else unchanged.

    What is to be read, unlike what is compared, has the common forms: 为 and 着 for 為 and 著, and 為 rather than 爲.
    """
    if script == "Hans":
        # What is simplified already stays: 显著 would become 显着.
        return convert("tw2s", text) if _count_turned("t2s", Counter(_CJK_ALL.findall(text))) else text
    if script == "Hant":
        if not _count_turned("s2t", Counter(_CJK_ALL.findall(text))):
            return text
        return convert("s2tw", text)
    return text


def fold(text: str) -> str:
    """Return the form in which texts are compared: NFKC, simplified, case folded. Lengths may change."""
    return simplify(unicodedata.normalize("NFKC", text)).casefold()


def squeezed(text: str) -> str:
    """Return the folded letters, digits and Chinese characters of ``text`` alone, the form in which names are compared."""
    return solid(fold(text))


def solid(folded: str) -> str:
    """Return the letters, digits and Chinese characters of a folded text alone."""
    return re.sub(r"[\W_]+", "", folded)


def well_formed(text: str) -> str:
    """Return ``text`` with a sign for each half of a surrogate pair, which a broken command line or JSON leaves and UTF-8 lacks."""
    return _SURROGATE.sub("\ufffd", text)


def tidy(text: str) -> str:
    """Return a typed line without what was not meant: control and invisible characters, emoji, lone surrogates, stray spaces."""
    text = "".join(map(_kept, well_formed(text)))
    return _GAP.sub("", " ".join(text.split()))


def _kept(char: str) -> str:
    """Return a character, "" where it has no shape or is an emoji."""
    if char.isspace():
        return char
    kind = unicodedata.category(char)
    emoji = kind in ("So", "Sk") and (char >= "\U0001f000" or "\u2600" <= char <= "\u27bf")
    return "" if emoji or kind in ("Cc", "Cf", "Cs") or char == "\ufffd" or "\ufe00" <= char <= "\ufe0f" else char


def detect_script(text: str) -> Script:
    """Return "Hans", "Hant" or "Latn" for the script that dominates ``text``, "" when it has no letters.

    Characters common to both Chinese scripts count for neither; a text without any telling one is "Hans".
    """
    sample = text[:20_000]
    characters = "".join(HAN_RUN.findall(sample))
    han = len(characters)
    latin = sum(map(len, _LATIN_RUN.findall(sample))) if 4 * han < len(sample) else 0
    if not han:
        return "Latn" if latin else ""
    if latin > 4 * han and latin > 20:
        return "Latn"
    counts = Counter(characters)
    traditional = _count_turned("t2s", counts)
    # without this, a question in simplified characters needs no dictionary of the other direction
    return "Hant" if traditional and traditional > _count_turned("s2t", counts) else "Hans"


def _count_turned(name: str, counts: Counter[str]) -> int:
    """Return how many of the characters a conversion changes, each taken by itself."""
    known, changed = _turned(name)
    new = [char for char in counts if char not in known]
    if new:
        asked = "\n".join(new)
        changed.update(a for a, b in zip(asked, convert(name, asked), strict=True) if a != b)
        known.update(new)
    return sum(count for char, count in counts.items() if char in changed)


@functools.cache
def _turned(name: str) -> tuple[set[str], set[str]]:
    """Return the characters that have been asked for, at most the 28,000 there are, and those that a conversion changes."""
    return set(), set()


def split_sentences(text: str) -> list[Span]:
    """Return the spans of the sentences in ``text``, in order, without white space at their ends.

    Chinese sentences end at 。！？ and at an ellipsis, together with the closing quotes and brackets
    behind it; English ones at . ! ? before a space, abbreviations apart. A line break always ends one.
    A sentence of more than 180 characters is also cut at semicolons, one of more than 500 at commas, into
    parts of up to 160.
    """
    spans: list[Span] = []
    offset = 0
    for line in text.split("\n"):
        begin = done = 0
        for hint in _END_HINT.finditer(line):
            match = _END.match(line, hint.start()) if hint.start() >= done else None
            if match is None:
                continue
            done = match.end()
            mark = match.group()
            if mark.startswith(".") and len(mark.rstrip("\"'”’)]")) == 1 and _ABBREVIATION.search(line[begin : match.start() + 1]):
                continue
            # "a?b" inside a URL or a Latin word is no sentence end.
            if mark[0] in "!?" and line[match.end() : match.end() + 1].isascii() and line[match.end() : match.end() + 1].isalnum():
                continue
            # 《正加速！》一文, “真的吗？”，他问: a title or a quote ends, and the sentence goes on.
            behind = line[match.end() : match.end() + 1]
            if behind in tuple("，、；：,;:") or ("》" in mark and behind.strip()):
                continue
            _push(spans, line, begin, match.end(), offset)
            begin = match.end()
        _push(spans, line, begin, len(line), offset)
        offset += len(line) + 1
    return spans


def _push(spans: list[Span], line: str, begin: int, end: int, offset: int) -> None:
    if end - begin > _LONG:
        cut = begin
        for match in re.finditer("[；;]", line[begin:end]):
            at = begin + match.end()
            if at - cut >= 20 and end - at >= 20:
                _trim(spans, line, cut, at, offset)
                cut = at
        begin = cut
    long = end - begin > _HARD
    while long and end - begin > _CLAUSES:
        comma = max(line.rfind(mark, begin + _CLAUSES // 2, begin + _CLAUSES) for mark in "，,、 ")
        if comma < 0 and end - begin <= _HARD:
            break
        cut = comma + 1 if comma > 0 else begin + _HARD
        _trim(spans, line, begin, cut, offset)
        begin = cut
    _trim(spans, line, begin, end, offset)


def _trim(spans: list[Span], line: str, begin: int, end: int, offset: int) -> None:
    while begin < end and line[begin].isspace():
        begin += 1
    while end > begin and line[end - 1].isspace():
        end -= 1
    if begin < end:
        spans.append((offset + begin, offset + end))


def words(text: str) -> list[str]:
    """Return the words of ``text`` (folded first) in order, punctuation apart: jieba for Chinese."""
    return segmented(fold(text))


def segmented(folded: str) -> list[str]:
    """Return the words of a folded text, see `words`."""
    return [word for word in segmenter().lcut(folded) if any(char.isalnum() for char in word)]


def search_tokens(text: str, words: Iterable[str] = ()) -> list[str]:
    """Return the tokens under which ``text`` is found: jieba's search words plus character bigrams.

    Those of ``words`` (folded) that stand in the text are tokens too, however jieba cuts them.

    The text is folded first, and spaces inside a word go; numbers, dates and Latin words stay whole; function words
    are left out.
    """
    folded = _GAP.sub("", fold(text))
    tokens = [match.group() for match in _WORD.finditer(folded)]
    for run in HAN_RUN.findall(folded):
        tokens += segmenter().lcut_for_search(run)
        tokens += character_pairs(run)
    tokens = [token for token in tokens if token not in FUNCTION_WORDS]
    if extra := [word for word in words if word in folded]:
        known = set(tokens)
        tokens += [word for word in extra if word not in known]
    return tokens


class TokenFinder:
    """Tells which of a question's tokens are among the `search_tokens` of a text, without finding all of these."""

    def __init__(self, wanted: Iterable[str], words: Iterable[str] = ()) -> None:
        """Take the tokens that are looked for, and the user's words, as `search_tokens` does."""
        tokens, own = dict.fromkeys(wanted), set(words)
        self._own = [token for token in tokens if token in own]
        usual = [token for token in tokens if token not in own and token not in FUNCTION_WORDS]
        # A number, a Latin word or a pair of characters is known at sight; a word is one where the text is cut so.
        self._plain = frozenset(token for token in usual if token.isascii() or token.endswith(_PAIR))
        self._words = [token for token in usual if token not in self._plain]

    def within(self, text: str) -> set[str]:
        """Return those of the tokens that the text is found under."""
        folded, runs, plain = _parts(text)
        found = set(self._plain & plain)
        found.update(token for token in self._own if token in folded)
        if words := [token for token in self._words if token in folded]:
            for run in runs:
                if any(token in run for token in words):
                    found.update(_cut_run(run).intersection(words))
        return found


@functools.lru_cache(_REMEMBERED)
def _parts(text: str) -> tuple[str, tuple[str, ...], frozenset[str]]:
    """Return a text as `search_tokens` sees it, its Chinese parts, and its tokens that need no cutting into words."""
    folded = _GAP.sub("", fold(text))
    runs = tuple(HAN_RUN.findall(folded))
    return folded, runs, frozenset(match.group() for match in _WORD.finditer(folded)).union(*map(character_pairs, runs))


def whole_words(tokens: Iterable[str]) -> list[str]:
    """Return which of `search_tokens` are words, pairs of characters left out, each once and in order."""
    return list(dict.fromkeys(token for token in tokens if not token.endswith(_PAIR)))


def character_pairs(run: str) -> list[str]:
    """Return the search tokens of the pairs of characters in a run of folded Chinese."""
    # Marked, so that a pair never counts twice as a word of two characters.
    return [run[i : i + 2] + _PAIR for i in range(len(run) - 1)]


@functools.lru_cache(_REMEMBERED)
def _cut_run(run: str) -> frozenset[str]:
    return frozenset(segmenter().lcut_for_search(run))


def word_count(text: str) -> int:
    """Return how many letters, digits and Chinese characters ``text`` holds."""
    return sum(1 for char in text if char.isalnum())


def has_chinese(text: str) -> bool:
    """Whether a Chinese character stands in ``text``."""
    return _CJK_ALL.search(text) is not None


def bigrams(text: str) -> set[str]:
    """Return the pairs of neighbouring letters, digits and Chinese characters of the folded text."""
    return pairs(fold(text))


def pairs(folded: str) -> set[str]:
    """Return the bigrams of a folded text, see `bigrams`."""
    chars = [char for char in folded if char.isalnum()]
    return {a + b for a, b in itertools.pairwise(chars)} or set(chars)


def in_order(part: Iterable[str], whole: Iterable[str]) -> bool:
    """Whether all of ``part`` stand in ``whole`` in their order, whatever stands between them."""
    rest = iter(whole)
    return all(one in rest for one in part)
