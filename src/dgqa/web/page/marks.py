"""Cut an article's raw text where its defects and a cited span stand, each piece with its raw span."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from dgqa.corpus.view import LOWERED, RAISED

PART = 40_000  # characters of an article that the page holds at once
_LINE = 4_000  # a longer line is cut where a sentence ends
_ENDS = re.compile(r"[。！？；.!?;]")

# What is markup in a file of a kind: it is the file's own text, but nobody came to read it.
# Struck-out text is out, as it is for a search; powers and indices are written as such; a table's cells stay apart.
_READ = (
    r"|<(?P<struck>del|s|strike)\b[^<>]{0,500}>.{0,2000}?</(?P=struck)\s*>"
    r"|<(?P<script>sup|sub)\b[^<>]{0,500}>(?P<raised>[0-9+\-−–=()n]{1,12})</(?P=script)\s*>"
    r"|(?P<cell></t[dh]\s*>\s*<t[dh]\b[^<>]{0,500}>)"
)
_HTML = re.compile(
    r"\A---\n.{0,4000}?\n---\n|<!--.{0,20000}?-->|<(script|style|head)\b.{0,200000}?</\1\s*>" + _READ + r"|<!?/?[A-Za-z][^<>]{0,4000}>|&(?:#\d{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z]{2,12});",
    re.DOTALL | re.IGNORECASE,
)
_MARKDOWN = re.compile(
    r"\A---\n.{0,4000}?\n---\n|^#{1,6}[ \t]+|[ \t]+#+[ \t]*$|\*\*|__(?=\S)|(?<=\S)__|^[ \t]*>[ \t]?|^```[^\n]*$|`|^[ \t]*[-*_](?:[ \t]*[-*_]){2,}[ \t]*$|(?<=\|)[ \t]*:?-{2,}:?[ \t]*(?=\|)"
    r"|(?P<bullet>^[ \t]*[-*+][ \t]+)|!?\[(?=[^\[\]\n]{0,200}\]\([^()\n]{0,500}\))|(?<=\])(?<!\\\])\([^()\n]{0,500}\)|\](?=\([^()\n]{0,500}\))|\\(?=[\\`*_{}\[\]()#+.!|-])"
    r"|(?<![\\~])~~(?=[^\s~])[^~\n]{1,500}(?<=[^\s~])~~(?!~)" + _READ,
    re.DOTALL | re.MULTILINE,
)
# Of the kinds of defects, those that damage no text: what a file has around it.
AROUND = frozenset({"boilerplate", "image_placeholder", "front_matter", "unread", "note", "page_break", "invisible"})
_EDGE_BARS = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)
_BLANK_LINES = re.compile(r"[ \t]*\n(?:[ \t]*\n)*")
_FRONT = re.compile(r"\A---\n.{0,4000}?\n---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch ``start:end`` of the raw text. ``shown`` is what it reads as; ``defect`` and ``cited`` say why it stands apart."""

    start: int
    end: int
    kind: Literal["text", "markup", "fixed", "flagged"]
    shown: str
    cited: bool
    defect: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """A span that is shown in another way than as it stands."""

    start: int
    end: int
    kind: Literal["markup", "fixed", "flagged"]
    shown: str
    defect: Mapping[str, Any] | None = None


def extras(raw: str, path: str, defects: Sequence[Mapping[str, Any]]) -> list[Extra]:
    """Return the spans of markup and damage in reading order, none within another.

    Where two overlap, a repair goes before a flag and a flag before markup: the rarer says more.
    """
    found = [
        Extra(d["start"], d["end"], "flagged" if d["repaired"] is None else "fixed", raw[d["start"] : d["end"]] if d["repaired"] is None else d["repaired"], d)
        for d in defects
        if 0 <= d["start"] < d["end"] <= len(raw)
    ]
    suffix = path.rpartition(".")[2].lower()
    pattern = _HTML if suffix in ("html", "htm", "xhtml") else _MARKDOWN if suffix in ("md", "markdown") else _FRONT
    for match in pattern.finditer(raw):
        found.append(Extra(match.start(), match.end(), "markup", _reads_as(match)))
    order = {"fixed": 0, "flagged": 1, "markup": 2}
    kept: list[Extra] = []
    starts: list[int] = []
    for extra in sorted(found, key=lambda item: (order[item.kind], item.start, -item.end)):
        at = bisect_left(starts, extra.start)
        before, after = kept[at - 1] if at else None, kept[at] if at < len(kept) else None
        if (before and before.end > extra.start) or (after and after.start < extra.end):
            continue
        kept.insert(at, extra)
        starts.insert(at, extra.start)
    return kept


def _reads_as(match: re.Match[str]) -> str:
    """Return what a piece of markup is read as: a character for an entity, a point before an item, 10³ for a power, else nothing."""
    if match[0].startswith("&"):
        return html.unescape(match[0])
    if match.re is not _FRONT and match["script"]:
        return match["raised"].translate(RAISED if match["script"].lower() == "sup" else LOWERED)
    if match.re is not _FRONT and match["cell"]:
        return " | "
    if match.re is _MARKDOWN and match["bullet"]:
        return f"{' ' * (len(match[0]) - len(match[0].lstrip()))}• "
    return ""


def blocks(raw: str, spans: Sequence[Extra]) -> list[tuple[int, int]]:
    """Cut a text into its lines; a line break within a repair or a piece of markup ends none, and a very long line is cut."""
    # The line break that a repair ends with is part of what it repairs; the one that markup ends with still ends a line.
    whole = [(extra.start, extra.end + (extra.kind == "fixed")) for extra in spans if extra.kind != "flagged"]
    starts = [start for start, _ in whole]

    def inside(at: int) -> bool:
        index = bisect_right(starts, at) - 1
        return index >= 0 and whole[index][0] < at < whole[index][1]

    cuts = [0]
    for match in re.finditer("\n", raw):
        if not inside(match.end()):
            cuts.append(match.end())
    if cuts[-1] < len(raw):
        cuts.append(len(raw))
    made: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        while end - start > _LINE:
            stop = next((m.end() for m in _ENDS.finditer(raw, start + _LINE // 2, start + _LINE) if not inside(m.end())), 0)
            stop = stop or next((at for at in range(start + _LINE, end) if not inside(at)), end)
            made.append((start, stop))
            start = stop
        if start < end:
            made.append((start, end))
    return made


def parts(lines: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the parts that the lines of an article make, as ranges of lines; one for an article that is not long."""
    if not lines:
        return [(0, 0)]
    made, first = [], 0
    for at, (_, end) in enumerate(lines):
        if end - lines[first][0] >= PART:
            made.append((first, at + 1))
            first = at + 1
    if first < len(lines):
        made.append((first, len(lines)))
    return made


def cut(raw: str, start: int, end: int, spans: Sequence[Extra], cited: tuple[int, int]) -> Iterator[Piece]:
    """Cut ``raw[start:end]`` at the spans and at the cited one; a repair that is cited in part is cited whole."""
    index = max(0, bisect_right(spans, start, key=lambda extra: extra.start) - 1)
    at = start
    for extra in spans[index:]:
        if extra.end <= at:
            continue
        if extra.start >= end:
            break
        yield from _plain(raw, at, max(at, extra.start), cited)
        low, high = max(extra.start, at), min(extra.end, end)
        if extra.kind == "flagged":
            for piece in _plain(raw, low, high, cited):
                yield Piece(piece.start, piece.end, "flagged", piece.shown, piece.cited, extra.defect)
        else:
            touched = cited[0] < extra.end and extra.start < cited[1]
            yield Piece(low, high, extra.kind, extra.shown, touched, extra.defect)
        at = high
    yield from _plain(raw, at, end, cited)


def _plain(raw: str, start: int, end: int, cited: tuple[int, int]) -> Iterable[Piece]:
    edges = sorted({start, end, *(edge for edge in cited if start < edge < end)})
    for low, high in pairwise(edges):
        yield Piece(low, high, "text", raw[low:high], cited[0] <= low < cited[1])


def read_as(raw: str, path: str) -> str:
    """Return a stretch of an article as it is read: without markup, blank lines and the bars at the edges of a table.

    >>> read_as("**外网**：已经接通。\\n\\n- 覆盖率为100%。", "网络.md")
    '外网：已经接通。\\n• 覆盖率为100%。'
    """
    shown = "".join(piece.shown for piece in cut(raw, 0, len(raw), extras(raw, path, ()), (0, 0)))
    shown = _BLANK_LINES.sub("\n", shown).strip()
    return _EDGE_BARS.sub("", shown) if path.lower().endswith((".md", ".markdown")) else shown


def without_around(raw: str, start: int, end: int, defects: Sequence[Mapping[str, Any]]) -> str:
    """Return ``raw[start:end]`` without what stands around the text, such as the header of the next page, line by line.

    >>> without_around("上半句\\n第2页\\n下半句", 0, 11, [{"kind": "boilerplate", "start": 4, "end": 7}])
    '上半句\\n\\n\\n下半句'
    """
    kept, at = [], start
    for defect in sorted(defects, key=lambda defect: int(defect["start"])):
        if defect["kind"] in AROUND and at <= defect["start"] < end:
            kept.append(raw[at : defect["start"]])
            at = min(end, int(defect["end"]))
    return "\n".join((*kept, raw[at:end]))
