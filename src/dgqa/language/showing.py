"""A Chinese text in one script in; the text as it is to be read in the other, in the words used there, out."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from dgqa.data import CJK, rows
from dgqa.data import words as listed_words
from dgqa.language.text import Script, convert
from dgqa.language.words import segmenter

_BORDER = "\ufdd2"  # between two words; no text has it
_MILES = re.compile(r"(?<=\d)裡")  # 386里 is a distance
_ROLE = re.compile("[长员农者家师授任记理席士工编民]$")  # before a name
_GIVEN = re.compile(f"[{CJK}]{{2,3}}")
_RARE = 100  # frequency up to which a word behind a role may be a name


def shown_in(text: str, script: Script, *, written: Script) -> str:
    """Return Chinese ``text``, which is ``written`` in one script, as it is to be read in ``script``: as it stands where they are one.

    For the other script it is converted by phrases, so that 只有一只手机 becomes 只有一隻手機, and to the words used there
    where these are other ones in any field: 软件 becomes 軟體, but 行政程序 stays what it is.
    """
    if script == written or not written or script not in ("Hans", "Hant"):
        return text
    if script == "Hans":
        return convert("tw2s", _reworded(text, 1))
    # OpenCC takes the longest phrase from the left, 市里 out of 云江市里程碑: before words it is held back, before single characters not, 一 and 只 are a phrase.
    cut = list(segmenter().cut(text))
    parted = "".join(word + (_BORDER if len(behind) > 1 else "") for word, behind in zip(cut, [*cut[1:], ""], strict=True))
    turned = _MILES.sub("里", convert("s2tw", parted).replace(_BORDER, ""))
    return _reworded(_with_surnames(turned, cut), 0)


def _with_surnames(turned: str, cut: Sequence[str]) -> str:
    """Return a text turned into traditional characters, cut in the words it had, with surnames as they are: 范志發 and 範圍."""
    if len(turned) != sum(map(len, cut)):
        return turned
    chars, at = list(turned), 0
    known, surnames = segmenter().FREQ, {row[0]: row[1] for row in rows("words/name_characters")}
    for before, word, behind in zip(["", *cut], cut, [*cut[1:], ""], strict=False):
        # A name is no word of the dictionary or a rare one, whole or without the surname that is cut from it.
        given = behind if len(word) == 1 else word
        rare = (known.get(given) or 0) <= (_RARE if _ROLE.search(before) else 0) or given.startswith("某")
        if word[0] in surnames and rare and _GIVEN.fullmatch(given):
            chars[at] = surnames[word[0]]
        at += len(word)
    return "".join(chars)


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
