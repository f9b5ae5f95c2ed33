"""Draw a page of a PDF, and find where some of its words stand in the picture."""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dgqa.corpus.office.pdf import ONE_AT_A_TIME
from dgqa.corpus.office.pdf_page import Piece, characters, fold
from dgqa.errors import CorpusError

WIDTH = 1100  # pixels of a picture
_TALLEST = 3  # times its width that a page may be high
_LEAST = 2  # characters of a stretch that is looked for by itself

# Left, top, right and bottom of a stretch of a line, as shares of the page's width and height, from its upper left corner.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as PNG, the places of the words looked for, line by line, and how many pages the file has."""

    png: bytes
    boxes: tuple[Box, ...]
    pages: int


def picture_of(data: bytes, number: int, words: str = "") -> Picture:
    """Draw a page of a PDF and find words on it.

    Args:
        data: The file.
        number: Of the page, from 1; one beyond the last is the last.
        words: As they stand in the text that was read from the file; what stands on other pages is not looked for there.

    Raises:
        CorpusError: the file can't be read.
    """
    import pypdfium2

    with ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise CorpusError(f"the PDF cannot be drawn ({error}): save it again") from error
        try:
            page = document[min(max(1, number), len(document)) - 1]
            width, height = page.get_size()
            if not 0 < height <= _TALLEST * width:
                raise CorpusError(f"a page of {width:.0f} × {height:.0f} points is not drawn")
            drawn = io.BytesIO()
            page.render(scale=WIDTH / width).to_pil().convert("RGB").quantize(64).save(drawn, "PNG", optimize=False)
            boxes = tuple(_boxes(page, words)) if words.strip() else ()
            page.close()
            return Picture(drawn.getvalue(), boxes, len(document))
        finally:
            document.close()


def _boxes(page: Any, words: str) -> Iterator[Box]:
    textpage = page.get_textpage()
    try:
        pieces = [piece for piece, _ in characters(textpage)]
    finally:
        textpage.close()
    line: list[Box] = []
    for box in (_on_page(page, piece) for piece in _found(pieces, words)):
        if line and not (abs(box[1] - line[-1][1]) < 0.006 and -0.02 < box[0] - line[-1][2] < 0.03):
            yield _around(line)
            line = []
        line.append(box)
    if line:
        yield _around(line)


def _found(pieces: Sequence[Piece], words: str) -> Iterator[Piece]:
    """Yield the characters of the words, stretch by stretch where they don't stand together as they were read."""
    text = ""
    owners: list[int] = []
    for at, piece in enumerate(pieces):
        text += piece.text
        owners += [at] * len(piece.text)
    at = 0
    whole = _folded(words)
    stretches = [whole] if whole in text else [_folded(part) for part in re.split(r"[\n\t]+", words)]
    for stretch in stretches:
        begin = text.find(stretch, at) if len(stretch) >= _LEAST else -1
        if begin >= 0:
            at = begin + len(stretch)
            yield from (pieces[owner] for owner in dict.fromkeys(owners[begin:at]))


def _folded(words: str) -> str:
    return "".join(fold(char) for char in words if not char.isspace())


def _on_page(page: Any, piece: Piece) -> Box:
    import pypdfium2.raw as pdfium

    size = 10_000
    corners = []
    for x, y in ((piece.x0, -piece.top), (piece.x1, -piece.bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, size, size, 0, x, y, across, down)
        corners.append((across.value / size, down.value / size))
    (a, b), (c, d) = corners
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _around(line: Sequence[Box]) -> Box:
    return min(box[0] for box in line), min(box[1] for box in line), max(box[2] for box in line), max(box[3] for box in line)
