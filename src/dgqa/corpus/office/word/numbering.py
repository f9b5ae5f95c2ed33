"""Count a Word file's numbered paragraphs as Word does, for the number that it shows before each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from dgqa.corpus.office.package import attribute, child, tag, value

_LEVELS = 9
_DIGITS = "零一二三四五六七八九"
_CYCLES = {
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
}
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class _Level(NamedTuple):
    start: int
    kind: str
    text: str
    legal: bool  # the numbers of the levels above are shown in Arabic digits
    restarts: bool


class _List(NamedTuple):
    abstract: str
    starts: Mapping[int, int]


class Numbering:
    """Counts the paragraphs of every list of a document, in the order in which `label` is asked."""

    def __init__(self, root: Any, style_lists: Mapping[str, str]) -> None:
        """Read the part ``root``, None where there is none; ``style_lists`` name the list of each numbering style."""
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._started: set[str] = set()
        links: dict[str, str] = {}
        for one in root if root is not None else ():
            if tag(one) == "abstractNum":
                name = attribute(one, "abstractNumId")
                self._levels[name] = {_number(attribute(level, "ilvl")): _level(level) for level in one if tag(level) == "lvl"}
                if style := value(one, "numStyleLink"):
                    links[name] = style_lists.get(style, "")
            elif tag(one) == "num":
                overrides = [override for override in one if tag(override) == "lvlOverride"]
                starts = {_number(attribute(o, "ilvl")): _number(value(o, "startOverride")) for o in overrides if value(o, "startOverride")}
                name, abstract = attribute(one, "numId"), value(one, "abstractNumId")
                own = {_number(attribute(o, "ilvl")): _level(child(o, "lvl")) for o in overrides if child(o, "lvl") is not None}
                if own:
                    self._levels[f"{abstract} of {name}"] = {**self._levels.get(abstract, {}), **own}
                    abstract = f"{abstract} of {name}"
                self._lists[name] = _List(abstract, starts)
        for name, target in links.items():
            if target in self._lists:
                self._levels[name] = self._levels.get(self._lists[target].abstract, {})

    def label(self, list_id: str, level: int) -> tuple[str, str]:
        """Count one paragraph; return its number as shown, "" for a bullet, and the kind of number, "" where it is in no list."""
        found = self._lists.get(list_id)
        levels = self._levels.get(found.abstract, {}) if found else {}
        if found is None or level not in levels or not 0 <= level < _LEVELS:
            return "", ""
        counts = self._counts.setdefault(found.abstract, [None] * _LEVELS)
        if list_id not in self._started:
            self._started.add(list_id)
            for at, start in found.starts.items():
                if 0 <= at < _LEVELS:
                    counts[at] = start - 1
        for above in range(level):
            if counts[above] is None:
                counts[above] = levels[above].start if above in levels else 1
        before = counts[level]
        counts[level] = levels[level].start if before is None else before + 1
        for below in range(level + 1, _LEVELS):
            if below not in levels or levels[below].restarts:
                counts[below] = None
        wanted = levels[level]
        if wanted.kind in {"bullet", "none"}:
            return "", wanted.kind

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            kind = levels[at].kind if at in levels and not wanted.legal else "decimal"
            return written(counts[at] or 0, kind)

        return re.sub(r"%([1-9])", shown, wanted.text).strip(), wanted.kind


def _level(element: Any) -> _Level:
    start = value(element, "start")
    legal = child(element, "isLgl")
    return _Level(
        _number(start) if start else 1,
        value(element, "numFmt") or "decimal",
        value(element, "lvlText"),
        legal is not None and attribute(legal, "val", "1") not in {"0", "false"},
        value(element, "lvlRestart") != "0",
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0


def written(number: int, kind: str) -> str:
    """Return a number as a kind of Word's numbering writes it: chineseCounting 十二, upperRoman XII, decimal 12."""
    if kind in _CYCLES:
        return _CYCLES[kind][number - 1] if 1 <= number <= len(_CYCLES[kind]) else str(number)
    if re.match(r"(?:chinese|taiwanese|japanese|ideographDigital)", kind) and kind != "chineseLegalSimplified":
        return _chinese(number)
    if kind in {"lowerRoman", "upperRoman"} and 0 < number < 4000:
        roman = ""
        for size, letters in _ROMAN:
            roman += letters * (number // size)
            number %= size
        return roman.upper() if kind == "upperRoman" else roman
    if kind in {"lowerLetter", "upperLetter"} and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * min(1 + (number - 1) // 26, 40)
        return letter.upper() if kind == "upperLetter" else letter
    if kind.startswith("decimalFullWidth"):
        return str(number).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    return f"{number:02d}" if kind == "decimalZero" else str(number)


def _chinese(number: int) -> str:
    """Return a number below ten thousand in Chinese numerals."""
    if not 0 < number < 10_000:
        return "〇" if number == 0 else str(number)
    text = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += _DIGITS[digit] + name
        elif text and number % unit and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if 10 <= number < 20 else text
