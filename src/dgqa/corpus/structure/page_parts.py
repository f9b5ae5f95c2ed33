"""Tell the lines of a page that are no part of the article, such as spam, adverts and share bars.

Nothing is known by its wording alone: what counts is how a line is built, where it stands, how often it comes, which
share of it is the language of web pages, and how far its words are from those of the article's sentences.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from dgqa.corpus.wording import listed, one_of
from dgqa.data import CJK
from dgqa.language.text import Script, detect_script, simplify, to_script

_WEB = re.compile("|".join([*listed("web_phrases", "chinese"), rf"\b{one_of('web_phrases', 'english')}\b"]), re.IGNORECASE)
_CALL = re.compile("|".join(listed("web_phrases", "calls")))
_ANNOUNCES = re.compile("|".join(listed("web_phrases", "announces")))
_URL = re.compile(r"(?:https?://|www\.)[^\s" + CJK + r"，。；、）】》]+|[\w.+-]+@[\w-]+\.[\w.]+")
_PARTS = re.compile(r"[-—–_|｜/／·•●★☆>»\s~]+")
_BARS = re.compile(r"[-—–_|｜/／·•●★☆>»~]+")
_LABEL = re.compile(r"\s?[:：]")
_ADDRESS = re.compile("我们|本号|本公众号|更多|[!！]$")  # who speaks to the reader, and how
_CLOSED = re.compile(r"[。！？!?…；;][”’\"'」』）)】》\]]*$")
_LATIN_WORD = re.compile(r"[A-Za-z]{1,24}")
# A word, or a few signs, that recognition has left behind the last sentence of a paragraph.
_CRUMBS = re.compile(r"(?:您|你)?(?:的|当前|现在|所在|当前所在)(?:的)?位置\s?[:：]")
_STRAY = re.compile(r"(?<=[。！？])[”’」』）]?(?P<stray>\s*(?:[A-Za-z]{2,20}|[^\w\s。！？”’」』）》】…\"')\]]{1,6}))$")
_TAIL = re.compile(r"(?<=[。！？])[”’」』）]?(?P<tail>[^。！？，,：:；;]{2,24})$")

_LONGEST = 300  # characters
_ENOUGH_WORDS = 200  # pairs of characters from which an article has a vocabulary
# What is said of several things alike, such as opening hours, is no running header.
_FACT = re.compile(r"\d{1,2}[:：]\d{2}|^[^\s:：]{2,12}[:：]\s?\S|[:：]$")
_OFTEN = 3  # times that a running header comes at least


class Page:
    """The lines of a page, and what they say about one another."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._seen = Counter(line for line in lines if len(line) <= 60)
        closed = [index for index, line in enumerate(lines) if len(line) >= 20 and _CLOSED.search(line)]
        self._first, self._last = (closed[0], closed[-1]) if closed else (0, len(lines))

    @cached_property
    def _script(self) -> Script:
        return detect_script("".join(self._lines)[:20_000])

    @cached_property
    def _vocabulary(self) -> set[str]:
        return _pairs("\n".join(line for line in self._lines if len(line) >= 20 and _CLOSED.search(line) and not _CALL.match(simplify(line[:8]))))

    @cached_property
    def _words(self) -> Counter[str]:
        return Counter(word for line in self._lines if not line.isascii() for word in _LATIN_WORD.findall(line))

    def is_boilerplate(self, line: str, index: int) -> bool:
        """Whether ``line``, the one at ``index``, is no part of the article."""
        if len(line) > _LONGEST:
            return False
        if sum(len(match.group()) for match in _URL.finditer(line)) >= 0.6 * len(line):
            return True
        if len(line) <= 80 and _CRUMBS.match(simplify(line[:8])):
            return True
        closed = _CLOSED.search(line) is not None
        calls = _CALL.match(simplify(line[:8])) is not None
        if closed and not calls:
            return False
        if not closed and self._seen[line] >= _OFTEN and len(line) >= 4 and not _FACT.search(line):
            return True
        plain = simplify(line)
        hits = [match.group().lower() for match in _WEB.finditer(plain)]
        kinds = len({*hits})
        web = _words(" ".join(hits)) / max(1, _words(plain))
        outside = not self._first <= index <= self._last
        if not closed and len(line) <= 60 and ((kinds >= 2 and web >= 0.4) or (web >= 0.5 and (outside or calls)) or (kinds >= 2 and outside and web >= 0.3)):
            return True
        if not closed and len(line) <= 60 and kinds >= 2 and _LABEL.match(plain, len(hits[0])) and plain.lower().startswith(hits[0]):
            return True
        if calls and kinds >= 2 and len(line) <= 120 and (not closed or _ADDRESS.search(plain)) and (outside or self.apart(line) >= 0.4):
            return True
        return not closed and self._is_spam(line, index, bool(hits), outside)

    def _is_spam(self, line: str, index: int, web: bool, outside: bool) -> bool:
        """Whether a line is a string of catchwords on something else than the article."""
        parts = [part for part in _PARTS.split(line) if _pairs(part)]
        strung = len(parts) >= 3 and len(line) >= 16 and len(line) <= 24 * len(parts)
        mixed = len(re.findall(rf"\d+[{CJK}]|[{CJK}]\d+$|[{CJK}][A-Za-z](?![A-Za-z])", line)) >= 2
        # What takes the vocabulary of the whole page comes last.
        if (not strung and mixed + web + outside < 2) or re.search(r"《|\[[A-Z]\]", line) or self.apart(line) < 0.7:
            return False
        if strung and len(_BARS.findall(line)) >= 3:
            # Rows of a table come one after another.
            beside = [self._lines[at] for at in (index - 1, index + 1) if 0 <= at < len(self._lines)]
            return not any(len(_BARS.findall(other)) == len(_BARS.findall(line)) for other in beside)
        return 2 * strung + self._is_foreign(line) + mixed + web + outside >= 3

    def _is_foreign(self, line: str) -> bool:
        """Whether a line is in the other Chinese script."""
        if self._script == "Hans":
            return sum(a != b for a, b in zip(line, simplify(line), strict=False)) >= 3
        if self._script == "Hant":
            return simplify(line) == line and sum(a != b for a, b in zip(line, to_script(line, "Hant"), strict=False)) >= 3
        return False

    def apart(self, line: str) -> float:
        """Return the share of a line's pairs of characters that no sentence of the article has; 0 where that says nothing."""
        pairs = _pairs(line)
        if len(pairs) < 4 or len(self._vocabulary) < _ENOUGH_WORDS:
            return 0.0
        return len(pairs - self._vocabulary) / len(pairs)

    def is_stray(self, line: str) -> bool:
        """Whether a line in a Chinese page is one Latin word that the article does not have."""
        return _LATIN_WORD.fullmatch(line) is not None and self._script in {"Hans", "Hant"} and not self._words[line]

    def body_end(self, line: str) -> int:
        """Return where a paragraph ends; what may follow in the line is a stray word, or a button's label."""
        stray = _STRAY.search(line, max(0, len(line) - 30))
        if stray and self._script in {"Hans", "Hant"} and self._words[stray["stray"].strip()] <= 1:
            return stray.start("stray")
        tail = _TAIL.search(line, max(0, len(line) - 30))
        if tail and self._script in {"Hans", "Hant"}:
            plain = simplify(tail["tail"])
            hits = [match.group() for match in _WEB.finditer(plain)]
            if hits and _words("".join(hits)) >= 0.25 * _words(plain) and plain.startswith(hits[0]):
                return tail.start("tail")
        return len(line)


def announces_links(line: str) -> bool:
    """Whether a line announces a list of links to other pages."""
    return len(line) <= 12 and _ANNOUNCES.fullmatch(simplify(line)) is not None


def _pairs(text: str) -> set[str]:
    return {pair for pair in set(map(operator.add, text, text[1:])) if pair[0] >= "\u3400" and pair[1] >= "\u3400"}


def _words(text: str) -> int:
    return sum(map(str.isalnum, text))
