"""Bring the forms in which chat models cite evidence to one: ``[3]``."""

from __future__ import annotations

import re
import unicodedata

from dgqa.data import table

_WORD = rf"(?:{'|'.join(table('drafting')['sources'])})"
_NUMBER = rf"(?:{_WORD}\s*[:：#_-]?\s*)?\d{{1,3}}"
_RANGE = rf"{_NUMBER}(?:\s*[-–—~～至到]\s*{_NUMBER})?"
_LIST = rf"{_RANGE}(?:\s*(?:[,，、;；/&\s]|和|与|與|及|and)\s*{_RANGE})*"
_TAIL = r"(?:\s*[†:：|][^\]】］〕\n]{0,40})?"
MARK = rf"(?:\\?[\[【［〔]){{1,2}}\s*\^?\s*{_LIST}\s*\^?{_TAIL}(?:\\?[\]】］〕]){{1,2}}(?:\([^)\s]{{1,200}}\))?"
MARKS = re.compile(MARK, re.IGNORECASE)

# With the bare numbers of each in the group "n".
_OTHERS = re.compile(
    rf"[（(]\s*(?:见|見|参见|參見|see\s+)?\s*{_WORD}\s*[:：#]?\s*(?P<n1>[\[【]?{_LIST}[\]】]?(?:\s*[,，、]?\s*[\[【]{_LIST}[\]】])*)\s*[）)]"
    rf"|<sup>\s*[\[【(（]?\s*(?P<n2>{_LIST})\s*[\]】)）]?\s*</sup>"
    rf"|<(?:cite|ref|source|citation|co)\b[^>\d]{{0,40}}(?P<n3>\d{{1,3}})[^>]{{0,40}}>(?:[^<]{{0,8}}</(?:cite|ref|source|citation|co)[^>]*>)?"
    rf"|<(?:cite|ref|source|citation)>\s*[\[【]?(?P<n4>{_LIST})[\]】]?\s*</(?:cite|ref|source|citation)>"
    r"|(?<=[^\W\d_a-zA-Z。.！!？?；;”」』）)%])(?P<n5>[⁰¹²³⁴-⁹]+)|(?<=[。.！!？?；;”」』）)%])(?P<n6>[⁰¹²³⁴-⁹]+)",
    re.IGNORECASE,
)
_FROM_NOUGHT = re.compile(r"\s?##(\d{1,3})\$\$")  # RAGFlow's, which counts from 0
_ROUND = re.compile(r"(?<=[\w。.！!？?”」』%])\s?[（(](\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)[)）](?=\s*(?:[。.；;]|\n|\Z))")
_MOST = 12  # numbers of a range that is one


def normalized(text: str, *, last: bool = False) -> str:
    """Return text with other forms of citations as square marks; ``last`` tells that no more text will come."""
    text = _OTHERS.sub(lambda match: f"[{_digits(next(group for group in match.groups() if group))}]", text)
    text = _FROM_NOUGHT.sub(lambda match: f"[{int(match[1]) + 1}]", text)
    # Until the next character is known, "（1）" may be the first item of a list.
    return _ROUND.sub(lambda match: f"[{match[1]}]" if last or match.end() < len(text) else match[0], text)


def cited_in(text: str) -> tuple[int, ...]:
    """Return the numbers of all square marks of a text, ranges written out, each once."""
    found: list[int] = []
    for mark in MARKS.findall(text):
        inner = re.split(r"[†|]", re.sub(r"\([^)]*\)$", "", unicodedata.normalize("NFKC", mark)))[0]
        for first, end in re.findall(r"(\d+)(?:\s*[-–—~～至到]\s*(?:[^\W\d]+\s*)?(\d+))?", inner):
            low, high = int(first), int(end or first)
            found += range(low, high + 1) if low <= high <= low + _MOST else (low, high)
    return tuple(dict.fromkeys(found))


def _digits(numbers: str) -> str:
    return re.sub(r"[\[\]【】]+", ",", unicodedata.normalize("NFKC", numbers)).strip(", ") if not numbers.isdigit() or not numbers.isascii() else numbers
