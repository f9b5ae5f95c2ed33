"""Show a Chinese text in the other script, in the words used there."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence, Set
from itertools import accumulate

from dgqa.data import CJK, Pattern, rows, surnames
from dgqa.data import words as listed_words
from dgqa.language.text import Script, convert
from dgqa.language.words import segmenter

_BORDER = "\ufdd2"  # between two words; no text has it
_MILES = re.compile(r"(?<=\d)裡")  # 386里 is a distance
_ROLE = re.compile("[长员农者家师授任记理席士工编民]$")  # before a name
_GIVEN = re.compile(f"[{CJK}]{{2,3}}")
_TOLD_BEFORE, _TOLD_BEHIND = (Pattern("language/names", name) for name in ("told_before", "told_behind"))
# Quotation marks of the one script and the other; a single one may be an apostrophe.
_STRAIGHT, _CORNERED = str.maketrans("「」『』", "“”‘’"), str.maketrans("“”", "「」")
_INNER = re.compile("‘([^‘’]*)’")
_RARE = 100  # frequency up to which a word behind a role may be a name


def shown_in(text: str, script: Script, *, written: Script) -> str:
    """Return Chinese ``text``, which is ``written`` in one script, as it is to be read in ``script``: as it stands where they are one.

    For the other script it is converted by phrases, so that 只有一只手机 becomes 只有一隻手機, and to the words used there
    where these are other ones in any field: 软件 becomes 軟體, but 行政程序 stays what it is. Quotation marks are those of the script.
    """
    if script == written or not written or script not in ("Hans", "Hant"):
        return text
    if script == "Hans":
        return convert("tw2s", _reworded(text, 1)).translate(_STRAIGHT)
    # OpenCC takes the longest phrase from the left, 市里 out of 云江市里程碑: before words it is held back, before single characters not, 一 and 只 are a phrase.
    cut = list(segmenter().cut(text))
    parted = "".join(word + (_BORDER if len(behind) > 1 else "") for word, behind in zip(cut, [*cut[1:], ""], strict=True))
    turned = _MILES.sub("里", convert("s2tw", parted).replace(_BORDER, ""))
    return _INNER.sub(r"『\1』", _reworded(_with_surnames(turned, cut), 0)).translate(_CORNERED)


def _with_surnames(turned: str, cut: Sequence[str]) -> str:
    """Return a text turned into traditional characters, cut in the words it had, with surnames as they are: 范志發 and 範圍."""
    if len(turned) != sum(map(len, cut)):
        return turned
    chars, at = list(turned), 0
    known, surnames = segmenter().FREQ, {row[0]: row[1] for row in rows("words/name_characters") if row[2] == "rare"}
    for before, word, behind in zip(["", *cut], cut, [*cut[1:], ""], strict=False):
        # A name is no word of the dictionary or a rare one, whole or without the surname that is cut from it.
        given = behind if len(word) == 1 else word
        rare = (known.get(given) or 0) <= (_RARE if _ROLE.search(before) else 0) or given.startswith("某")
        if word[0] in surnames and rare and _GIVEN.fullmatch(given):
            chars[at] = surnames[word[0]]
        at += len(word)
    _keep_told(chars, cut)
    return "".join(chars)


def _keep_told(chars: list[str], cut: Sequence[str]) -> None:
    """Put the characters of names beside which it is said that they are names as they are written there: 作者：干里丰, 后征仁表示."""
    text, own = "".join(cut), {row[0]: row[1] for row in rows("words/name_characters")}
    if own.keys().isdisjoint(text):
        return
    borders = {0, *accumulate(map(len, cut))}
    for start, end in _told(text, borders, frozenset(surnames("anywhere", "author")) | own.keys()):
        chars[start:end] = [own.get(before, now) for before, now in zip(text[start:end], chars[start:end], strict=True)]


def _told(text: str, borders: Set[int], surnamed: Set[str]) -> Iterator[tuple[int, int]]:
    """Yield where the names stand of which a simplified text says that they are names, ``borders`` being those of its words."""

    def ends(start: int, sizes: Sequence[int] = (3, 2)) -> int:
        names = ((start + size, text[start : start + size]) for size in sizes)
        # 后来表示 and 干部指出 begin with a word; what goes across the border of two is no name either.
        return next((end for end, name in names if _GIVEN.fullmatch(name) and name[0] in surnamed and {start, end} <= borders and segmenter().FREQ.get(name, 0) <= _RARE), 0)

    for match in _TOLD_BEFORE.finditer(text):
        start = match.end()
        while end := ends(start):
            yield start, end
            start = end + 1 if text[end : end + 1] in tuple("、，, 　") else len(text)
    for match in _TOLD_BEHIND.finditer(text):
        if match.start() >= 3 and ends(match.start() - 3, (3,)):
            yield match.start() - 3, match.start()


def _reworded(text: str, written: int) -> str:
    """Put the words of one side in place of the other's in a traditional text: 0 for one in the mainland's words, 1 in Taiwan's.

    The title of a paper and the name of a body stay as they are: 雲湖網絡公司 is called so.
    """
    words, expression = _regional(written)
    return expression.sub(lambda match: match[0] if match[0] not in words else words[match[0]], text)


@functools.cache
def _regional(written: int) -> tuple[dict[str, str], re.Pattern[str]]:
    words = {row[written]: row[1 - written] for row in rows("words/regional")}
    plain = "|".join(sorted(words, key=len, reverse=True))
    body = rf"(?:{plain})(?:(?![的了等在由有是為與及或])[{CJK}]){{0,8}}?(?:{'|'.join(sorted(listed_words('words/name_endings')))})"
    return words, re.compile(rf"《[^》]*》|{body}|{plain}")
