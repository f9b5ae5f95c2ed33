"""A foreign name in Latin letters and Chinese text in; whether the text spells it by its sound, as 邓利维 spells Dunleavy, out.

Both are reduced to their consonants, of which Chinese tells about nine kinds; vowels, a final r and an h come and go. Only
characters that names are spelled with count, so that ordinary words are not heard as names.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from dgqa.data import words

_VOWELS = "aeiouy"
_LETTERS = str.maketrans({"b": "p", "p": "p", "d": "t", "t": "t", "g": "k", "k": "k", "q": "k", "f": "f", "v": "f", "w": "f", "m": "m", "n": "n", "l": "l", "r": "l", "s": "s", "z": "s", "j": "c", "h": "h", "x": "k"})
_INITIALS = {"b": "p", "p": "p", "m": "m", "f": "f", "d": "t", "t": "t", "n": "n", "l": "l", "g": "k", "k": "k", "h": "h", "r": "l", "z": "s", "c": "s", "s": "s", "w": "f", "j": "c", "q": "c", "x": "c", "zh": "c", "ch": "c", "sh": "c", "y": ""}
# What it costs that a consonant of the name is not spelled, r being one at the end of a syllable,
_LEFT_OUT = {"r": 0.1, "h": 0.3, "t": 0.7, "n": 0.7, "m": 0.7}
_PUT_IN = {"l": 0.6, "h": 0.6, "f": 0.5, "n": 0.6}  # and that one is which it has not
_NEAR = {frozenset("cs"): 0.25, frozenset("ck"): 0.5, frozenset("ct"): 0.5, frozenset("rl"): 0.0, frozenset("mn"): 0.4, frozenset("hk"): 0.5, frozenset("pf"): 0.6}
_LIKE = 0.15  # cost for each consonant up to which two are the same name


def heard(name: str, text: str) -> bool:
    """Whether some run of characters of simplified ``text`` sounds like ``name``, one word in Latin letters."""
    wanted = _skeleton(name)
    if len(wanted.replace("r", "")) < 2:
        return False
    return any(_cost(wanted, spelled) <= _LIKE * len(wanted) for spelled in spelled_names(text))


@lru_cache(maxsize=512)
def spelled_names(text: str) -> tuple[str, ...]:
    """Return the consonants of the runs of characters that may spell names."""
    from pypinyin import Style, pinyin

    runs = re.findall("[" + "".join(sorted(words("words/transcription"))) + "·]{2,}", text)
    found = []
    for run in runs:
        sounds = [syllable[0] for syllable in pinyin(run.replace("·", ""), style=Style.NORMAL)]
        found.append("".join(map(_consonants, sounds)))
    return tuple(dict.fromkeys(found))


def _consonants(syllable: str) -> str:
    """Return the kinds of the consonants of a syllable in pinyin."""
    if syllable == "er":
        return "l"
    initial = syllable[:2] if syllable[:2] in _INITIALS else syllable[:1]
    return _INITIALS.get(initial, "") + ("n" if syllable.endswith(("n", "ng")) else "")


@lru_cache(maxsize=512)
def _skeleton(name: str) -> str:
    """Return the kinds of the consonants of a name in Latin letters, as most languages of Europe read them."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.lower()) if char.isascii() and char.isalpha())
    for pattern, kind in ((r"sch|tch|sh|ch|cz", "c"), (r"ph|gh(?=[aeiou])", "f"), (r"th", "t"), (r"ck|cc|kh", "k"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"g(?=[eiy])", "j"), (r"x", "ks"), (r"gn|ng|nk", "n"), (r"^wr", "r"), (r"^kn", "n"), (r"w(?=[^aeiou]|$)", ""), (r"gh", ""), (r"l(?=[^aeiouyl]|$)|(?<=[aeiou])r(?=[^aeiouyr]|$)", "R")):
        plain = re.sub(pattern, kind if kind != "c" else "j", plain)
    kinds = "".join(char for char in plain if char not in _VOWELS).translate(_LETTERS).replace("R", "r")
    return re.sub(r"(.)\1+", r"\1", kinds)


def _cost(wanted: str, spelled: str) -> float:
    """Return what it costs to find ``wanted`` somewhere in ``spelled``: the least of all alignments."""
    row = [0.0] * (len(spelled) + 1)
    for kind in wanted:
        left_out = _LEFT_OUT.get(kind, 1.0)
        before, row = row, [row[0] + left_out]
        for i, other in enumerate(spelled):
            change = 0.0 if kind == other else _NEAR.get(frozenset((kind, other)), 1.0)
            row.append(min(before[i] + change, before[i + 1] + left_out, row[i] + _PUT_IN.get(other, 1.0)))
    return min(row)
