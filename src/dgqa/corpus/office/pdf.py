"""Read a PDF: its text in reading order, page furniture left out of the view, and which pages have no text."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from dgqa.corpus.office.draft import Draft, Extracted, glue, raised, table_row
from dgqa.corpus.office.pdf_layout import Column, Line, lay_out, line_of, rows_of, text_of
from dgqa.corpus.office.pdf_page import PageContent, Piece, read_page
from dgqa.corpus.office.pdf_tables import Table, ruled_tables
from dgqa.corpus.structure.lines import CLOSED, is_numbered
from dgqa.errors import CorpusError

MAX_PAGES = 3000
MAX_SECONDS = 300
MAX_ON_PAGE = 60_000  # characters

_PAGE_NUMBER = re.compile(
    r"[-–—·\s]*(?:第\s*)?(?:\d{1,4}|[ivxlc]{1,6})\s*(?:页|頁)?(?:\s*(?:[/／,，]|of|共)+\s*(?:共\s*)?\d{1,4}\s*(?:页|頁)?)?[-–—·\s]*", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:https?|file)://|about:|www\.|\.html?\b", re.IGNORECASE)
_PRINTED = re.compile(r"(?:\d{1,4}[/.年-]\d{1,2}[/.月-]\d{1,4}日?)[,，]?\s*(?:(?:上午|下午)?\s*\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AP]M)?)", re.IGNORECASE)
_BULLET = re.compile(r"[•·●■◆▪–—-]\s?\S")
_NOTE = re.compile(r"(?P<mark>[¹²³⁴-⁹⁰]{1,3}|\d{1,3}|[①-⑳*＊†]|[\[［【]\d{1,3}[\]］】])\s?\D")
_EDGE = 2  # rows at either end of a page that may be furniture
_MARGIN = 0.075  # share of a page's height that is its margin

# PDFium keeps one state for a whole process.
ONE_AT_A_TIME = threading.Lock()


@dataclass(slots=True)
class _Page:
    """A page's parts; ``furniture`` and ``notes`` are lines that stand outside the text."""

    number: int
    parts: list[Column | Table] = field(default_factory=list)
    furniture: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    picture: bool = False


def read_pdf(data: bytes, name: str) -> Extracted:
    """Read a .pdf file."""
    with ONE_AT_A_TIME:
        contents = _contents(data, name)
    pages = _pages(contents)
    draft = Draft(name)
    if not any(page.parts for page in pages):
        raise CorpusError(f"{name} holds no text, only pictures of pages: run text recognition (OCR) over it", kind="pictures")
    _Writer(draft, pages).write()
    return draft.extracted()


def _contents(data: bytes, name: str) -> list[PageContent]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise CorpusError(f"{name} is locked with a password: save it without one", kind="locked") from error
        raise CorpusError(f"{name} is damaged ({error}): save it again, or as text", kind="damaged") from error
    began = time.monotonic()
    try:
        if len(document) > MAX_PAGES:
            raise CorpusError(f"{name} has {len(document):,} pages, the limit is {MAX_PAGES:,}: split it into smaller files", kind="large")
        contents = []
        for number in range(len(document)):
            page = document[number]
            content = read_page(page)
            page.close()
            if len(content.pieces) > MAX_ON_PAGE or time.monotonic() - began > MAX_SECONDS:
                raise CorpusError(f"{name} takes too long to read (page {number + 1:,} of {len(document):,}): split it into smaller files", kind="large")
            contents.append(content)
        return contents
    finally:
        document.close()


# What stands outside the text -------------------------------------------------------------------------


def _pages(contents: Sequence[PageContent]) -> list[_Page]:
    rows = [rows_of(content.pieces) for content in contents]
    lines = [[line_of(row) for row in page] for page in rows]
    furniture = _furniture(lines, contents)
    sizes = Counter(round(line.size, 1) for page in lines for line in page for _ in line.text)
    size = sizes.most_common(1)[0][0] if sizes else 12.0
    pages = []
    for index, content in enumerate(contents):
        page = _Page(index + 1)
        outside: set[int] = set()
        for at, line in enumerate(lines[index]):
            if (index, at) in furniture:
                page.furniture.append(line.text)
                outside.update(map(id, rows[index][at]))
        kept = [(row, line) for at, (row, line) in enumerate(zip(rows[index], lines[index], strict=True)) if (index, at) not in furniture]
        for row, line in _footnotes(kept, size, content):
            page.notes.append(line.text)
            outside.update(map(id, row))
        pieces = [piece for piece in content.pieces if id(piece) not in outside]
        drawn = content.pictures > 0 or bool(content.across or content.down)
        page.picture = drawn if not pieces else content.pictures > 0.3 and sum(piece.text.isalnum() for piece in pieces) < 10
        if pieces:
            tables, rest = ruled_tables(pieces, content.across, content.down, text_of)
            page.parts = lay_out(rest, tables)
        pages.append(page)
    return pages


def _furniture(pages: Sequence[Sequence[Line]], contents: Sequence[PageContent]) -> set[tuple[int, int]]:
    """Return which lines, as (page, line) from 0, are page numbers, running headers or footers."""
    edges = [
        (page, index, _pattern(line.text)) for page, lines in enumerate(pages) for index, line in enumerate(lines) if index < _EDGE or index >= len(lines) - _EDGE
    ]
    seen = Counter(text for _, text in {(page, text) for page, _, text in edges})
    placed = Counter((text, round(pages[page][index].base / 4)) for page, index, text in edges)
    often = max(3, len(pages) // 4)
    found = set()
    for page, index, text in edges:
        line, content = pages[page][index], contents[page]
        height = content.bottom - content.top
        margin = line.base < content.top + _MARGIN * height or line.base - line.size > content.bottom - _MARGIN * height
        at = round(line.base / 4)
        twice = len(pages) == 2 and sum(placed[text, near] for near in (at - 1, at, at + 1)) >= 2 and seen[text] == 2 and (margin or index in (0, len(pages[page]) - 1))
        printed = margin and (_ADDRESS.search(line.text) or _PRINTED.match(line.text))
        number = _PAGE_NUMBER.fullmatch(line.text) and len(pages[page]) > 1 and index in (0, 1, len(pages[page]) - 2, len(pages[page]) - 1)
        repeated = seen[text] >= often and (margin or seen[text] >= max(4, 0.6 * len(pages)) or _stands_apart(pages[page], index))
        if repeated or twice or printed or number:
            found.add((page, index))
    return found


def _stands_apart(lines: Sequence[Line], index: int) -> bool:
    """Whether a line at a page's edge is of another size than its neighbour, or further from it than lines are."""
    inner = index + 1 if index < len(lines) / 2 else index - 1
    if not 0 <= inner < len(lines):
        return True
    line, neighbour = lines[index], lines[inner]
    pitches = [below.base - above.base for above, below in pairwise(lines)]
    return abs(line.size - neighbour.size) > 0.08 * neighbour.size or abs(line.base - neighbour.base) > 1.4 * median(pitches)


def _pattern(text: str) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", "".join(text.split()))


def _footnotes(rows: Sequence[tuple[list[Piece], Line]], size: float, content: PageContent) -> list[tuple[list[Piece], Line]]:
    """Return the rows at the foot of a page that are smaller than the text and begin with a mark."""
    found: list[tuple[list[Piece], Line]] = []
    for row, line in reversed(rows):
        if line.size > 0.93 * size or line.base < content.top + 0.4 * (content.bottom - content.top):
            break
        found.append((row, line))
    found.reverse()
    while found and not _NOTE.match(found[0][1].text):
        found.pop(0)
    notes = []
    for row, line in found:
        mark = _NOTE.match(line.text)
        shown = line.text if mark is None else raised(mark["mark"]) + line.text[mark.end("mark") :]
        notes.append((row, line._replace(text=shown)))
    return notes


# Lines into paragraphs --------------------------------------------------------------------------------


class _Writer:
    """Writes pages to a draft; a line that goes on in the next one, or on the next page, is joined to it in the view."""

    def __init__(self, draft: Draft, pages: Sequence[_Page]) -> None:
        self.draft, self.pages = draft, pages
        whole = [line for page in pages for part in page.parts if isinstance(part, Column) and part.whole for line in part.lines]
        self.size = median(sizes) if (sizes := [line.size for page in pages for part in page.parts if isinstance(part, Column) for line in part.lines]) else 12.0
        ends = sorted(line.x1 for line in whole)
        self.right = ends[len(ends) * 9 // 10] if ends else 0.0
        starts = Counter(round(line.x0) for line in whole)
        self.left = min((at for at, count in starts.items() if count >= max(2, len(whole) // 12)), default=min((line.x0 for line in whole), default=0.0))
        self.last: Line | None = None  # the line before, where the next may go on with it
        self.last_right = 0.0
        self.deferred: list[str] = []  # furniture and notes of a page whose last sentence goes on
        self.deferred_notes: list[str] = []

    def write(self) -> None:
        blank: list[int] = []
        for page in self.pages:
            if blank and not page.picture:
                self._say_blank(blank)
                blank = []
            self.draft.place(f"page {page.number}")
            for part in page.parts:
                if isinstance(part, Table):
                    self._table(part)
                else:
                    self._column(part)
            self.deferred += page.furniture
            self.deferred_notes += page.notes
            if self.last is not None and CLOSED.search(self.last.text):
                self._flush()
            if page.picture:
                blank.append(page.number)
        if blank:
            self._say_blank(blank)
        self._flush()

    def _say_blank(self, numbers: Sequence[int]) -> None:
        self._flush()
        which = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
        self.draft.unread(f"第 {which} 页没有文字，是图片或扫描件（共 {len(self.pages)} 页）")

    def _flush(self) -> None:
        """Write what stood aside while a paragraph went on over the page."""
        if self.last is not None:
            self.draft.line("", end="\n")
        self.last = None
        for text in self.deferred_notes:
            self.draft.line(text, end="\n")
        for text in self.deferred:
            self.draft.line(text, "boilerplate", end="\n")
        self.deferred, self.deferred_notes = [], []

    def _table(self, table: Table) -> None:
        self._flush()
        for cells in table.rows:
            if row := table_row(cells):
                self.draft.line(row, end="\n")

    def _column(self, column: Column) -> None:
        lines = column.lines
        left = self.left if column.whole else min(line.x0 for line in lines)
        right = self.right if column.whole else max(line.x1 for line in lines)
        pitches = [below.base - above.base for above, below in pairwise(lines) if below.base > above.base]
        pitch = median(pitches) if pitches else 0.0
        indents = any(1.2 * line.size < line.x0 - left < 3.5 * line.size for line in lines)
        for index, line in enumerate(lines):
            before = self.last
            within = index > 0
            if before is not None and self._goes_on(before, line, left, pitch if within else 0.0, indents=indents):
                self._join(before, line)
            else:
                self._flush()
                self.draft.line(line.text, end="")
            self.last, self.last_right = line, right
        # What is left open here may go on in the next column or on the next page.

    def _join(self, before: Line, line: Line) -> None:
        at = self.draft.length
        if before.text.endswith("-") and before.text[-2:-1].isalpha() and line.text[:1].islower():
            self.draft.line("", end="\n")
            self.draft.view_as(at - 1, at + 1, "")
        else:
            self.draft.line("", end="\n")
            self.draft.view_as(at, at + 1, glue(before.text, line.text))
        self.draft.line(line.text, end="")

    def _goes_on(self, before: Line, line: Line, left: float, pitch: float, *, indents: bool) -> bool:
        """Whether ``line`` is part of the paragraph of ``before``; ``pitch`` is 0 where a column or page ends between them."""
        if abs(before.size - line.size) > 0.12 * max(before.size, line.size) or _BULLET.match(line.text):
            return False
        step = line.base - before.base
        heading = before.size >= 1.15 * self.size
        if pitch and (step > 1.4 * pitch * (before.size / self.size if heading else 1.0) or step > 4 * line.size):
            return False
        closed = CLOSED.search(before.text) is not None
        if not pitch and closed:
            return False
        centred = pitch and abs((before.x0 + before.x1) - (line.x0 + line.x1)) < line.size and line.x0 > left + 1.2 * line.size and (heading or before.x0 > left + 1.2 * line.size)
        if centred:
            return not closed and heading
        # The next line's first word must have had no room; a number is not broken.
        word = re.match(r"[\x21-\x7e]+|.[，。、；：！？）》”]?", line.text)
        room = self.last_right - before.x1
        wide = before.x1 - before.x0 >= 9 * before.size
        if not wide or room > (1.0 + (_columns(word.group()) if word else 1.0)) * line.size:
            return False
        if line.x0 > left + 1.2 * line.size:
            return False
        return not is_numbered(line.text) or (indents and not closed)


def _columns(text: str) -> float:
    return sum(0.55 if char.isascii() else 1.0 for char in text)
