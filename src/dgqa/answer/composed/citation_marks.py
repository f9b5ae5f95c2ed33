"""Bring the forms in which chat models cite evidence to one: ``[3]``."""

from __future__ import annotations

import re
import unicodedata

from dgqa.data import table

_WORDS = table("drafting")
_WORD = rf"(?:{'|'.join(_WORDS['sources'])})"
_BRACKETED = rf"(?:{'|'.join((*_WORDS['sources'], *_WORDS['bracketed']))})"
_POINTING = rf"(?:{'|'.join(_WORDS['pointing'])})"
_SAYING = rf"(?:{'|'.join(_WORDS['saying'])})"
_AND = r"\s*(?:[,，、;；&]|和|与|與|及|and)\s*"
# What an address begins with, or holds; "[原件](复印件)" has none.
_ADDRESS = r"\((?:\s*<?(?:[./?]|[^\s()⺀-鿿＀-￯]{0,200}(?:[:#&]|//|\.[a-zA-Z]))(?:[^()\n]|\([^()\n]{0,200}\)){0,300}|\s*)\)"


def _list(number: str) -> str:
    return rf"{number}(?:\s*[-–—~～至到]\s*{number})?(?:{_AND}{number}(?:\s*[-–—~～至到]\s*{number})?)*"


_FIGURE = r"[1-9]\d{0,2}"
_LIST = _list(rf"(?:{_WORD}\s*[.:：#=_-]?\s*)?{_FIGURE}")
# A number alone is a citation wherever it stands; of several, or with a word, text may be meant: "在[60, 80]之间".
_OPEN, _CLOSE = r"(?:\\?[\[【［〖])", r"(?:\\?[\]】］〗])"
_INNER = _list(rf"(?:{_BRACKETED}\s*[.:：#=_-]?\s*)?{_FIGURE}")
_HEAD, _TAIL = rf"{_OPEN}{{1,2}}\s*\^?\s*(?:\*\*)?", rf"(?:\*\*)?\s*\^?(?:\s*[†‡|][^\]】］〗\n]{{0,40}})?{_CLOSE}{{1,2}}(?:{_ADDRESS}\]?)?"
_ONE, _MANY = rf"{_HEAD}#?(?:0|{_FIGURE}){_TAIL}", f"{_HEAD}{_INNER}{_TAIL}"
MARK = rf"(?:{_ONE}|(?!{_ONE})(?:(?<!\w){_MANY}|(?<=\w){_MANY}(?!\w)))"  # in one way each, or a run of marks takes long
MARKS = re.compile(MARK, re.IGNORECASE)
_MARKS = rf"{MARK}(?:\s*(?:[,，、;；/&-]|和|与|與|及|and)?\s*{MARK}){{0,8}}"
_LABELLED = rf"(?:{_WORD}\s*[.:：#=_-]?\s*(?:{_MARKS}|{_LIST}|[一二三四五六七八九十])|{_MARKS})"
_TAG = r"(?:cite|ref|source|citation|co|evidence|ids?|footnote|fn|note)"
# Behind the end of a sentence nothing else is meant by a number alone, and nothing is raised to a power.
_STOP = r"(?:(?<=[。！!？?；;])|(?<=[。.！!？?][”」』])|(?<=[^\W\d]\.)|(?<=[。.！!？?；;]\s))"
_RAISED = r"(?<=[^\da-zA-Z_)）\]】\s米里尺寸分秒])"  # what markup may raise no power at

# With the bare numbers of each in a group.
_OTHERS = re.compile(
    rf"[（(]\s*(?:{_POINTING}\s*[:：]?\s*)?({_LABELLED})\s*[）)]"
    rf"|{_OPEN}{{1,2}}\s*(?:{_POINTING}|{_BRACKETED})\s*[:：]?\s*({MARK})\s*{_CLOSE}{{1,2}}"
    rf"|{_STOP}{_OPEN}\s*([a-z]?[.:_-]?\s?(?:{_FIGURE}|[①-⑳]))\s*{_CLOSE}|{_STOP}\[\s*((?:{_BRACKETED}\s*)?{_FIGURE})\s*[:：,，](?!\s*\d)[^\[\]\n]{{0,40}}\]"
    rf"|(?:{_RAISED}|{_STOP})<sup>\s*({_LIST})\s*</sup>|<sup>\s*[\[【(（]+\s*({_LIST})\s*[\]】)）]+(?:{_ADDRESS}\]?)?\s*</sup>"
    rf"|<\|?{_TAG}\b[^>\d]{{0,40}}(\d{{1,3}})[^>]{{0,40}}>(?:[^<]{{0,8}}</{_TAG}[^>]*>)?|<\|?{_TAG}_(\d{{1,3}})\|?>"
    rf"|<{_TAG}>\s*[\[【]?({_LIST})[\]】]?\s*</{_TAG}>|{_STOP}<(\d{{1,3}})>|~?\\cite[a-z]?\{{({_LIST})\}}"
    rf"|{_STOP}[（(](\d{{1,2}}(?:\s*[,，、]\s*\d{{1,2}})+)[)）]|{_STOP}\^\[?({_LIST})\]?\^?(?!\d)"
    rf"|{_STOP}([①-⑳]+)(?=[^\S\n]*(?:\n|\Z))|{_STOP}([⁰¹²³⁴-⁹]+(?:[,，、\s]?[⁰¹²³⁴-⁹]+)*)",
    re.IGNORECASE,
)
_POWER = re.compile(r"<sup>\s*([-+−]?(?:\d{1,3}|n))\s*</sup>", re.IGNORECASE)
# "根据证据3，", "[3]指出，" before what is said, ", see [3]" behind it.
_BEFORE = re.compile(
    rf"(\s*(?:[-*•]\s+)?)(?:{_POINTING}\s*({_LABELLED})\s*(?:中|里)?{_SAYING}?|({_WORD}\s*\d{{1,3}})(?=[:：])|({_LABELLED})\s*(?:中|里)?{_SAYING})\s*(?:[,，:：]\s*|(?<=that)\s+)",
    re.IGNORECASE,
)
_BESIDE = re.compile(rf"[，,]\s*{_POINTING}\s*({_LABELLED})(?=\s*[。.；;\n])", re.IGNORECASE)
_STRESSED = re.compile(rf"(\*{{1,2}}|`|__)\s*({_MARKS})\s*\1", re.IGNORECASE)
_BETWEEN = re.compile(rf"({MARK}){_AND}(?={MARK})", re.IGNORECASE)
_UPTO = re.compile(r"(?<=\d)[\]】］]\s*[-–—~～至到]\s*[\[【［](?=\d)")
_JUNK = re.compile("|".join(_WORDS["junk"]), re.IGNORECASE)
_LINK = re.compile(rf"!\[[^\[\]\n]{{0,200}}\]\((?:[^()\n]|\([^()\n]*\)){{0,300}}\)|\[(?!\^?\d)((?:[^\[\]\n]|\[[^\[\]\n]{{0,80}}\]){{0,200}})\]{_ADDRESS}")  # an image, or of Markdown
_LINKED = re.compile(r"!?\[[^\]\n]{0,80}\]$")
_FROM_NOUGHT = re.compile(r"\s?##(\d{1,3})\$\$")  # RAGFlow's, which counts from 0
_ROUND = re.compile(rf"(?<=[^\W\da-zA-Z_]|[。！!？?”」』%]){''.join(f'(?<!{word})' for word in _WORDS['counted'])}\s?[（(](\d{{1,2}}(?:\s*[,，、]\s*\d{{1,2}})*)[)）](?=\s*(?:[。.；;]|\n|\Z))")
_CLOSED = frozenset(")）>}]】］〗$")
_LONGEST = 80  # characters of a mark
_MOST = 12  # numbers of a range that is one
_BESIDES = re.compile(rf"(?<=[\]】］〗]){_ADDRESS}|[†‡|][^\]】］〗\n]*|(?=[①-⑳])")  # what is no number of a mark
_CHINESE = str.maketrans("一二三四五六七八九", "123456789")


def normalized(text: str, *, last: bool = False) -> str:
    """Return text with other forms of citations as square marks; ``last`` tells that no more text will come."""
    text = _JUNK.sub("", text)
    # More digits may follow a raised number.
    text = _OTHERS.sub(lambda match: _square(next(filter(None, match.groups()))) if last or match.end() < len(text) or match[0][-1] in _CLOSED else match[0], text)
    text = _POWER.sub(r"^\1", text)
    # More text may follow that tells that several numbers behind a word are no mark.
    text = unlinked(MARKS.sub(lambda match: match[0] if not last and match.end() == len(match.string) and match.string[match.start() - 1].isalnum() else _square(match[0]), text))
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
    return _LINK.sub(lambda match: "" if match[1] is None else match[1].strip("[]"), text)


def cited_in(text: str) -> tuple[int, ...]:
    """Return the numbers of all square marks of a text, ranges written out, each once."""
    return tuple(dict.fromkeys(number for mark in MARKS.finditer(text) for number in _numbers(mark[0])))


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
    plain = unicodedata.normalize("NFKC", _BESIDES.sub(" ", text)).replace("十", "10").translate(_CHINESE)
    for first, end in re.findall(r"(\d+)(?:\s*[-–—~～至到]\s*(?:[^\W\d]+\s*)?(\d+))?", plain):
        low, high = int(first), int(end or first)
        found += range(low, high + 1) if low <= high <= low + _MOST else (low, high)
    return found
