"""Read a page of a PDF in one upright coordinate system: its characters, ruled lines and share of pictures."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

_MAX_OBJECTS = 20_000  # graphics of a page that are looked at
_MAX_SEGMENTS = 400  # of a path: more belong to a drawing, not to a table
_PATH, _IMAGE, _FORM = 2, 3, 5  # kinds of page objects
_SOFT_HYPHEN = 2  # how PDFium says that a word goes on in the next line
# Radicals that stand for characters: fonts map both to one shape, and PDF writers pick the wrong one back.
_FOLDED = (range(0x2E80, 0x2FD6), range(0xF900, 0xFB07), range(0x2F800, 0x2FA20), range(0xFF10, 0xFF1A), range(0xFF21, 0xFF3B), range(0xFF41, 0xFF5B), range(0x3371, 0x33DE))
_ASIDE = {"．": ".", "％": "%"}
# Radicals of the supplement that Unicode does not map to their characters, each before its character.
_PAIRS = "⺠民⺟母⻁虎⻄西⻅见⻆角⻉贝⻋车⻑長⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻬齐⻮齿⻰龙⻳龟⻫斉⻭歯⻯竜⻲亀"
_RADICALS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))


class Piece(NamedTuple):
    """A character, or a table that takes up a place: ``table`` is its number, -1 for a character. ``top`` is above ``bottom``: y grows downwards."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    base: float
    size: float
    spaced: bool = False  # a blank stands before it
    table: int = -1


class Rule(NamedTuple):
    """A straight line along an axis: ``at`` on one axis, from ``low`` to ``high`` on the other."""

    at: float
    low: float
    high: float


class PageContent(NamedTuple):
    """``pictures`` is the share of the page, 0 to 1, that they cover; ``top`` and ``bottom`` are the page's edges."""

    pieces: list[Piece]
    across: list[Rule]
    down: list[Rule]
    pictures: float
    top: float
    bottom: float


def fold(char: str) -> str:
    """Return a character for a radical, a compatibility character or a wide letter that stands for it."""
    if char in _RADICALS:
        return _RADICALS[char]
    if char in _ASIDE:
        return _ASIDE[char]
    return unicodedata.normalize("NFKC", char) if any(ord(char) in span for span in _FOLDED) else char


def read_page(page: Any) -> PageContent:
    """Read an opened page."""
    turned = Counter[int]()
    found: list[tuple[Piece, int]] = []
    textpage = page.get_textpage()
    try:
        for piece, turn in characters(textpage):
            found.append((piece, turn))
            turned[turn] += 1
    finally:
        textpage.close()
    turn = turned.most_common(1)[0][0] if turned else 0
    width, height = page.get_size() if page.get_rotation() in (0, 180) else reversed(page.get_size())
    across, down, pictures = _graphics(page, width * height)
    pieces = _without_doubles(piece for piece, own in found if own == turn)
    edges = (-height, 0.0)
    if turn:
        pieces, across, down, edges = _upright(pieces, across, down, turn, width, height)
    return PageContent(pieces, across, down, pictures, *edges)


def characters(textpage: Any) -> Iterator[tuple[Piece, int]]:
    """Yield the characters with the quarter turns, 0 to 3, that they are turned by, -1 for aslant."""
    import pypdfium2.raw as pdfium

    raw = textpage.raw
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    spaced = False
    half = 0  # the first half of a surrogate pair
    for index in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if code == _SOFT_HYPHEN:
            code = ord("-")
        if 0xD800 <= code < 0xDC00:
            half = code
            continue
        if half and 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((half - 0xD800) << 10) + code - 0xDC00
        half = 0
        if code < 0x20 or 0xD800 <= code < 0xE000 or code > 0x10FFFF or code in (0xFFFE, 0xFFFF):
            continue
        char = chr(code)
        if char.isspace():
            spaced |= pdfium.FPDFText_IsGenerated(raw, index) != 1
            continue
        pdfium.FPDFText_GetLooseCharBox(raw, index, box)
        pdfium.FPDFText_GetMatrix(raw, index, matrix)
        pdfium.FPDFText_GetCharOrigin(raw, index, x, y)
        size = pdfium.FPDFText_GetFontSize(raw, index) * math.hypot(matrix.c, matrix.d) or box.top - box.bottom
        if not 0.5 < size < 2000:
            continue
        quarters = math.degrees(pdfium.FPDFText_GetCharAngle(raw, index)) / 90
        turn = round(quarters) % 4 if abs(quarters - round(quarters)) < 0.06 else -1
        right = box.right if box.right > box.left else box.left + size
        if turn == 0:
            top, bottom = -y.value - 0.85 * size, -y.value + 0.15 * size
        else:
            top, bottom = -box.top, -box.bottom
        yield Piece(fold(char), box.left, top, right, bottom, -y.value, size, spaced), turn
        spaced = False


def _without_doubles(pieces: Iterator[Piece]) -> list[Piece]:
    """Leave out characters printed a second time on the same spot, which is how some programs make text bold."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for piece in pieces:
        column, row = round(piece.x0 / 2), round(piece.base / 2)
        if any((piece.text, column + dx, row + dy) in seen for dx in (-1, 0, 1) for dy in (-1, 0, 1)) and piece.size > 5:
            continue
        seen.add((piece.text, column, row))
        kept.append(piece)
    return kept


def _upright(
    pieces: list[Piece], across: list[Rule], down: list[Rule], turn: int, width: float, height: float
) -> tuple[list[Piece], list[Rule], list[Rule], tuple[float, float]]:
    """Turn a page whose text runs up, down or upside down so that it reads from left to right."""
    if turn == 2:
        turned = [piece._replace(x0=-piece.x1, x1=-piece.x0, top=-piece.bottom, bottom=-piece.top, base=-piece.top - 0.15 * piece.size) for piece in pieces]
        return turned, [Rule(-r.at, -r.high, -r.low) for r in across], [Rule(-r.at, -r.high, -r.low) for r in down], (0.0, height)
    sign = 1 if turn == 1 else -1  # 1: text runs up the page
    turned = []
    for piece in pieces:
        x0, x1 = sorted((-sign * piece.top, -sign * piece.bottom))
        top, bottom = sorted((sign * piece.x0, sign * piece.x1))
        turned.append(piece._replace(x0=x0, x1=x1, top=top, bottom=bottom, base=bottom - 0.15 * piece.size))
    new_across = [Rule(sign * r.at, *sorted((-sign * r.low, -sign * r.high))) for r in down]
    new_down = [Rule(-sign * r.at, *sorted((sign * r.low, sign * r.high))) for r in across]
    edges = sorted((0.0, sign * width))
    return turned, new_across, new_down, (edges[0], edges[1])


def _graphics(page: Any, area: float) -> tuple[list[Rule], list[Rule], float]:
    """Return the lines across and down a page, and the share of it that pictures cover."""
    import pypdfium2.raw as pdfium

    across: list[Rule] = []
    down: list[Rule] = []
    covered = 0.0
    budget = _MAX_OBJECTS
    raw = page.raw
    whole = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
    waiting = [(pdfium.FPDFPage_GetObject(raw, index), whole, 0) for index in range(min(pdfium.FPDFPage_CountObjects(raw), budget))]
    while waiting and budget > 0:
        budget -= 1
        one, outer, depth = waiting.pop()
        kind = pdfium.FPDFPageObj_GetType(one)
        if kind not in (_PATH, _IMAGE, _FORM):
            continue
        own = pdfium.FS_MATRIX()
        pdfium.FPDFPageObj_GetMatrix(one, own)
        matrix = _product(own, outer)
        if kind == _FORM and depth < 3:
            waiting += [(pdfium.FPDFFormObj_GetObject(one, index), matrix, depth + 1) for index in range(min(pdfium.FPDFFormObj_CountObjects(one), budget))]
        elif kind == _IMAGE:
            covered += abs(matrix.a * matrix.d - matrix.b * matrix.c)
        elif kind == _PATH:
            _rules(one, matrix, across, down)
    return across, down, min(1.0, covered / area) if area else 0.0


def _product(inner: Any, outer: Any) -> Any:
    return type(inner)(
        inner.a * outer.a + inner.b * outer.c,
        inner.a * outer.b + inner.b * outer.d,
        inner.c * outer.a + inner.d * outer.c,
        inner.c * outer.b + inner.d * outer.d,
        inner.e * outer.a + inner.f * outer.c + outer.e,
        inner.e * outer.b + inner.f * outer.d + outer.f,
    )


def _rules(path: Any, matrix: Any, across: list[Rule], down: list[Rule]) -> None:
    """Append the straight edges of a path, but for short ones."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPath_CountSegments(path)
    if not 1 < count <= _MAX_SEGMENTS:
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = (0.0, 0.0)
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (matrix.a * x.value + matrix.c * y.value + matrix.e, -(matrix.b * x.value + matrix.d * y.value + matrix.f))
        kind = pdfium.FPDFPathSegment_GetType(segment)
        edges = [(last, point)] if kind == pdfium.FPDF_SEGMENT_LINETO else []
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            edges.append((point, first))
        for (ax, ay), (bx, by) in edges:
            if abs(ay - by) < 1 and abs(ax - bx) > 6:
                across.append(Rule((ay + by) / 2, min(ax, bx), max(ax, bx)))
            elif abs(ax - bx) < 1 and abs(ay - by) > 6:
                down.append(Rule((ax + bx) / 2, min(ay, by), max(ay, by)))
        last = point
