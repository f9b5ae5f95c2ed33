"""Recognise greetings, thanks, talk about the assistant itself, and what nobody can ask of articles."""

from __future__ import annotations

import re
from typing import Literal

from dgqa.data import Pattern
from dgqa.language.text import FUNCTION_WORDS, has_chinese

Smalltalk = Literal["greeting", "thanks", "unclear", "aside", "library", "task", ""]

_IS_GREETING = Pattern("question/smalltalk", "is_greeting")
_IS_THANKS = Pattern("question/smalltalk", "is_thanks")
_LONGEST = 60  # characters; no longer message is only this

# What nobody asks of articles: a bare number or date, a link, a line of code, letters without a vowel, one thing again and again.
_BARE_VALUE = re.compile(r"(?!1[02]\d{3}$)[\d\W年月日号_]+")  # but 12345 and its like are the hotlines that people call
_LINK = Pattern("question/smalltalk", "link")
_CODE = Pattern("question/smalltalk", "code")
# What nobody asks of articles either: the time, the weather, a poem.
_ASIDE = Pattern("question/smalltalk", "aside")
_LIBRARY, _TASK = Pattern("question/smalltalk", "library"), Pattern("question/smalltalk", "task")
_SYLLABLES = re.compile(r"(?:(?:[zcs]h|[bpmfdtnlgkhjqxzcsryw])?(?:[iu]ang|iong|[aeio]ng|i?ao|uai|[iu]an|ia|ie|iu|ua|ue|ui|uo|ai|ei|ou|[aeiu]n|er|[aeiouv]))+")
_UNENGLISH = re.compile(r"zh|x[iu]|q(?:i|u[ea]n?$)|[a-z]*(?:zh|xi|qi|iang|uang)")
_LETTERS = re.compile(r"[a-z]+")
_NO_VOWEL = re.compile(r"[^aeiouy]{6,}")


def smalltalk(folded: str) -> Smalltalk:
    """Return what kind of small talk a whole folded message is, "" where it says anything else as well."""
    folded = folded.replace("’", "'")
    if len(folded) <= _LONGEST and _IS_THANKS.fullmatch(folded):
        return "thanks"
    if len(folded) <= _LONGEST and _IS_GREETING.fullmatch(folded):
        return "greeting"
    if _is_unclear(folded) or _is_pinyin(folded):
        return "unclear"
    if _TASK.search(folded):
        return "task"
    if len(folded) > _LONGEST:
        return ""
    return "library" if _LIBRARY.search(folded) else "aside" if _ASIDE.search(folded) else ""


def _is_pinyin(folded: str) -> bool:
    """Whether a message is Chinese spelled by its sound: three words of whole syllables, one of which no English word has, none of them English."""
    said = re.findall(r"[^\W\d_]+", folded)
    return len(said) >= 3 and all(map(_SYLLABLES.fullmatch, said)) and any(map(_UNENGLISH.match, said)) and FUNCTION_WORDS.isdisjoint(said)


def _is_unclear(folded: str) -> bool:
    """Whether a message, folded, has nothing to look for; a short name such as G2G or 省域治理 has."""
    rest = _LINK.sub(" ", folded).strip(" \t\n,.;:!?，。！？")
    if not rest or _BARE_VALUE.fullmatch(rest):
        return any(char.isalnum() for char in folded)
    if _CODE.search(folded):
        return True
    if has_chinese(rest):
        # 啊啊啊啊, 嗯嗯嗯
        said = [char for char in rest if char.isalnum()]
        return len(said) >= 3 and len(set(said)) == 1
    letters = _LETTERS.findall(rest)
    # asdfghjkl, qwrtpsdf: no abbreviation is that long; dfgdfgdfg, aaaaaa: the same again and again.
    return bool(letters) and all(_is_noise(word) for word in letters if len(word) > 1 or len(letters) == 1) and len("".join(letters)) >= 4


def _is_noise(word: str) -> bool:
    if word in ("qwerty", "qwertyuiop", "asdf", "asdfg", "asdfgh", "asdfghjkl", "zxcv", "zxcvb", "zxcvbn", "zxcvbnm"):
        return True
    return bool(_NO_VOWEL.search(word)) or (len(word) >= 4 and re.fullmatch(r"(.{1,4}?)\1{2,}", word) is not None)
