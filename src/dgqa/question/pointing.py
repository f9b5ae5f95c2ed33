"""Tell which numbered or extreme thing a question points to, beside the short answer that a reader marked.

A reader takes what looks like an answer; where several things of a kind stand side by side it may take the wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dgqa.data import Pattern
from dgqa.language.numerals import whole
from dgqa.language.reading import Text
from dgqa.types import Span

_FILE = "question/pointing"
_NUMBERED, _EXTREME, _SERIES = Pattern(_FILE, "numbered"), Pattern(_FILE, "extreme"), Pattern(_FILE, "series")
_EACH = re.compile("[、,和及]第?")
_RANGE = re.compile("[至到-]第?")
_SESSION = re.compile(r"(?<![第\d一二三四五六七八九十百])(?=[\d一二三四五六七八九十百]+届)")
_STOP = re.compile(r"[；;。！？\n]|$")
_LONGEST = 40  # characters of what is marked by what the question points to


def sentence_meant(question: Text, texts: Mapping[int, str], likeliest: int) -> int:
    """Return which of some sentences, by their places, has the numbered or the extreme thing that a question names; the likeliest where none alone does.

    >>> sentence_meant(Text("最老的桥多少年了？"), {0: "桥龄逾百年的有三座", 1: "最老的已有三百年"}, 0)
    1
    """
    for name in [*(f"第{number}{kind}" if kind else "" for number, kind, _ in _numbered(question.folded)), *_EXTREME.findall(question.folded)]:
        having = [place for place, text in texts.items() if _has(Text(text).folded, name)]
        if len(having) == 1:
            return having[0]
    return likeliest


def _has(folded: str, name: str) -> bool:
    return name in folded or any(f"第{number}{kind}" == name for number, kind, _ in _numbered(folded))


def _numbered(folded: str) -> list[tuple[int, str, int]]:
    """Return the numbers, kinds and places of numbered things: (2, 道, 5)."""
    return [(whole(found["number"] or found["short"]), found["kind"] or found["of"], found.start()) for found in _NUMBERED.finditer(folded)]


def phrase_meant(question: Text, text: str, marked: Span) -> Span | None:
    """Return where the short answer to a question stands in a sentence, by default as marked; None where it stands elsewhere, and that is not clear.

    >>> text = "头道工序半天，第一道揉捻两刻钟；第二道烘干一个时辰。"
    >>> start, end = phrase_meant(Text("第二道要多久？"), text, (10, 14))
    >>> text[start:end]
    '第二道烘干一个时辰'
    """
    folded = Text(text).folded
    if len(folded) != len(text) or question.english:
        return marked
    placed, asked = _numbered(folded), _numbered(question.folded)
    for number, kind, _ in asked:
        if sum(k == kind for _, k, _ in asked) > 1:
            continue
        own = [at for n, k, at in placed if (n, k) == (number, kind)]
        before = [n for n, k, at in placed if k == kind and at < marked[1]]
        if own and before and before[-1] != number and not any(marked[0] <= at < marked[1] for at in own):
            stop = min([at for n, k, at in placed if k == kind and at > own[0]] + [_end(text, own[0])])
            return _trimmed(text, own[0], stop)
    return marked


def _end(text: str, start: int) -> int:
    found = _STOP.search(text, start)
    return found.start() if found else len(text)


def _trimmed(text: str, start: int, end: int) -> Span | None:
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip(" ，,、：:"))
    end -= len(inner) - len(inner.rstrip(" ，,、"))
    return (start, end) if 0 < end - start <= _LONGEST else None


def displaced(question: Text, told: Text) -> tuple[str, ...]:
    """Return the things of a series that a Chinese question names and a text has only others of: 第九届, where it tells of the eighth.

    >>> displaced(Text("第九届庙会在哪里？"), Text("第七届庙会在东岸，第八届在西岸。"))
    ('第九届',)
    >>> displaced(Text("二等奖有几名？"), Text("一至三等奖各两名。"))
    ()
    """
    if question.english:
        return ()
    there: dict[str, set[str]] = {}
    # 二十届三中全会 is of 第二十届; 一届 of a question may be any.
    for kind, members, _ in _series(_SESSION.sub("第", told.folded)):
        there.setdefault(kind, set()).update(members)
    asked = question.text if len(question.text) == len(question.folded) else question.folded
    return tuple(asked[slice(*place)] for kind, members, place in _series(question.folded) if kind in there and there[kind].isdisjoint(members))


def _series(folded: str) -> list[tuple[str, set[str], Span]]:
    """Return the things of a series in a text: their kind, their numbers, and where they are named."""
    found = []
    for match in _SERIES.finditer(folded):
        kind = match["kind"] or match["once"] or match["sort"] or match["way"]
        members: set[str] = {"1"} if match["first"] else {match["line"]} if match["line"] else set()
        for part in _EACH.split(match["of"] or match["plain"] or ""):
            ends = [whole(end) for end in _RANGE.split(part) if end]
            members.update(map(str, range(ends[0], ends[-1] + 1) if ends else ()))
        found.append((kind, members, match.span()))
    return found
