"""Bring the forms in which chat models cite evidence to one: ``[3]``."""

from __future__ import annotations

import re
import unicodedata

from dgqa.data import table

_WORDS = table("drafting")
_WORD = rf"(?:{'|'.join(_WORDS['sources'])})(?:编号|編號|\s?no\.?|\s?number)?"
_POINTING = rf"(?:{'|'.join(_WORDS['pointing'])})"
_SAYING = rf"(?:{'|'.join(_WORDS['saying'])})"
_FIGURE = r"(?:\d{1,3}|[①-⑳])"
_NUMBER = rf"(?:(?:{_WORD}|{'|'.join(_WORDS['short'])})\s*[.:：#=_-]?\s*)?(?:[#第]\s*)?{_FIGURE}(?:\s*[条條句段项項])?"
_RANGE = rf"{_NUMBER}(?:\s*[-–—~～至到]\s*{_NUMBER})?"
_LIST = rf"{_RANGE}(?:\s*(?:[,，、;；/&\s]|和|与|與|及|and)\s*{_RANGE})*"
_TAIL = r"(?:\s*[†‡:：|.,，][^\]】］〕〗\n]{0,40})?"
_OPEN, _CLOSE = r"(?:\\?[\[【［〔〖]){1,2}", r"(?:\\?[\]】］〕〗]){1,2}"
_HEAD, _END = rf"{_OPEN}\s*\^?\s*(?:\*\*)?", rf"(?:\*\*)?\s*\^?{_TAIL}{_CLOSE}(?:\([^)\s]{{1,200}}\)\]?)?"
MARK = f"{_HEAD}{_LIST}{_END}"
MARKS = re.compile(f"{_HEAD}({_LIST}){_END}", re.IGNORECASE)
_MARKS = rf"{MARK}(?:\s*(?:[,，、;；/&-]|和|与|與|及|and)?\s*{MARK}){{0,8}}"
_LABELLED = rf"(?:{_WORD}\s*[.:：#=_-]?\s*(?:{_MARKS}|(?:第\s*)?(?:{_LIST}|[一二三四五六七八九十])(?:\s*[条條句段项項])?)|{_MARKS})"
_TAG = r"(?:cite|ref|source|citation|co|evidence|ids?|footnote|fn|note)"
_BEHIND = r"(?<=[^\W\d_a-zA-Z。.！!？?；;”」』）)%])"  # nothing that a power may stand at
_STOP = r"(?<=[。.！!？?；;”」』）)%])"
_APART = r"(?<=[。.！!？?；;”」』）)%]\s)"

# With the bare numbers of each in a group.
_OTHERS = re.compile(
    rf"[（(]\s*(?:{_POINTING}\s*[:：]?\s*)?({_LABELLED})\s*[）)]"
    rf"|{_OPEN}\s*(?:{_POINTING}|{_WORD})\s*[:：]?\s*({MARK})\s*{_CLOSE}"
    rf"|<sup>\s*[\[【(（]*\s*({_LIST})\s*[\]】)）]*(?:\([^)\s]*\)\]?)?\s*</sup>"
    rf"|<\|?{_TAG}\b[^>\d]{{0,40}}(\d{{1,3}})[^>]{{0,40}}>(?:[^<]{{0,8}}</{_TAG}[^>]*>)?|<\|?{_TAG}_(\d{{1,3}})\|?>"
    rf"|<{_TAG}>\s*[\[【]?({_LIST})[\]】]?\s*</{_TAG}>|<(\d{{1,3}})>"
    rf"|~?\\cite[a-z]?\{{({_LIST})\}}|\$?\^\{{\s*\[?({_LIST})\]?\s*\}}\$?|\{{\{{?({_LIST})\}}?\}}"
    rf"|{_STOP}[（(](\d{{1,2}}(?:\s*[,，、]\s*\d{{1,2}})+)[)）]|(?:{_BEHIND}|{_STOP})([①-⑳]+)(?=\s*[。.；;，,\n])"
    rf"|(?:{_BEHIND}|{_STOP}|{_APART})\^\[?({_LIST})\]?\^?(?!\d)"
    rf"|(?:{_BEHIND}|{_STOP}|{_APART})([⁰¹²³⁴-⁹]+(?:[,，、\s]?[⁰¹²³⁴-⁹]+)*)",
    re.IGNORECASE,
)
# "根据证据3，", "[3]指出，" before what is said, ", see [3]" behind it.
_BEFORE = re.compile(
    rf"(\s*(?:[-*•]\s+)?)(?:{_POINTING}\s*({_LABELLED})\s*(?:中|里)?{_SAYING}?|({_WORD}\s*\d{{1,3}})(?=[:：])|({_LABELLED})\s*(?:中|里)?{_SAYING})\s*(?:[,，:：]\s*|(?<=that)\s+)",
    re.IGNORECASE,
)
_BESIDE = re.compile(rf"[，,]\s*{_POINTING}\s*({_LABELLED})(?=\s*[。.；;\n])", re.IGNORECASE)
_STRESSED = re.compile(rf"(\*{{1,2}}|`|__)\s*({_MARKS})\s*\1", re.IGNORECASE)
_BETWEEN = re.compile(rf"({MARK})\s*(?:[,，、;；/&]|和|与|與|及|and)\s*(?={MARK})", re.IGNORECASE)
_UPTO = re.compile(r"(?<=\d)[\]】］〕]\s*[-–—~～至到]\s*[\[【［〔](?=\d)")
_JUNK = re.compile("|".join(_WORDS["junk"]), re.IGNORECASE)
_LINK = re.compile(r"!?\[(?!\^?\d)((?:[^\[\]\n]|\[[^\[\]\n]{0,80}\]){0,200})\]\((?:[^()\n]|\([^()\n]*\)){0,300}\)")  # of Markdown, or an image
_LINKED = re.compile(r"!?\[[^\]\n]{0,80}\]$")
_FROM_NOUGHT = re.compile(r"\s?##(\d{1,3})\$\$")  # RAGFlow's, which counts from 0
_ROUND = re.compile(r"(?<=[\w。.！!？?”」』%])\s?[（(](\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)[)）](?=\s*(?:[。.；;]|\n|\Z))")
_CLOSED = frozenset(")）>}]】］〕〗$")
_LONGEST = 80  # characters of a mark
_MOST = 12  # numbers of a range that is one
_CHINESE = str.maketrans("一二三四五六七八九", "123456789")


def normalized(text: str, *, last: bool = False) -> str:
    """Return text with other forms of citations as square marks; ``last`` tells that no more text will come."""
    text = _JUNK.sub("", text)
    # More digits may follow a raised number.
    text = _OTHERS.sub(lambda match: _square(next(filter(None, match.groups()))) if last or match.end() < len(text) or match[0][-1] in _CLOSED else match[0], text)
    text = unlinked(MARKS.sub(lambda match: _square(match[1]), text))
    text = _BESIDE.sub(lambda match: _square(match[1]), text)
    text = _UPTO.sub("-", _BETWEEN.sub(r"\1", _STRESSED.sub(r"\2", text)))
    text = _FROM_NOUGHT.sub(lambda match: f"[{int(match[1]) + 1}]", text)
    # Until the next character is known, "（1）" may be the first item of a list.
    return _ROUND.sub(lambda match: f"[{match[1]}]" if last or match.end() < len(text) else match[0], text)


def fronted(sentence: str) -> str:
    """Return a sentence that begins with what it rests on, in words, with a square mark in that place."""
    found = _BEFORE.match(sentence)
    return sentence if found is None else f"{found[1]}{_square(next(filter(None, found.groups()[1:])))}{sentence[found.end() :]}"


def unlinked(text: str) -> str:
    """Return text with the words of its links alone, and without its images."""
    return _LINK.sub(lambda match: "" if match[0].startswith("!") else match[1].strip("[]"), text)


def cited_in(text: str) -> tuple[int, ...]:
    """Return the numbers of all square marks of a text, ranges written out, each once."""
    return tuple(dict.fromkeys(number for mark in MARKS.finditer(text) for number in _numbers(mark[1])))


def unclosed(text: str) -> int:
    """Return where the first bracket begins, near the end, that is not closed yet; the length of the text where there is none."""
    opened: list[int] = []
    for at in range(max(0, len(text) - _LONGEST), len(text)):
        if text[at] in "[【［〔〖（(":
            opened.append(at)
        elif text[at] == "\n":
            opened.clear()
        elif text[at] in "]】］〕〗）)" and opened:
            opened.pop()
    start = opened[0] if opened else len(text)
    # The address of a link stands behind its words.
    words = _LINKED.search(text, max(0, start - _LONGEST), start) if text[start : start + 1] in ("(", "") else None
    if words and (opened or words[0][0] == "!"):
        start = words.start()
    while start < len(text) and start and text[start - 1] in "\\*`_^!":
        start -= 1
    return start


def _square(numbers: str) -> str:
    return f"[{','.join(map(str, dict.fromkeys(_numbers(numbers))))}]"


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    plain = unicodedata.normalize("NFKC", re.sub(r"(?<=\])\([^)\s]*\)|(?=[①-⑳])", " ", text)).replace("十", "10").translate(_CHINESE)
    for first, end in re.findall(r"(\d+)(?:\s*[-–—~～至到]\s*(?:[^\W\d]+\s*)?(\d+))?", plain):
        low, high = int(first), int(end or first)
        found += range(low, high + 1) if low <= high <= low + _MOST else (low, high)
    return found
