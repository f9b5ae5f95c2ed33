"""Read PDF and Word files: their text, marks on it, and where each page or paragraph of it begins.

The text that is extracted is what citations point into. Needs the extra ``office``: ``pip install 'dgqa[office]'``.
"""

from __future__ import annotations

import io
import logging
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dgqa.corpus.structure.lines import is_numbered
from dgqa.corpus.view import Edit, Mark, Parsed, View
from dgqa.errors import CorpusError
from dgqa.types import Page

logger = logging.getLogger(__name__)

MAX_PAGES = 3000
MAX_CHARACTERS = 10_000_000
MAX_UNPACKED = 200_000_000  # bytes
MAX_MARKUP = 60_000_000  # bytes of it that are XML, which takes many times its size in memory
MAX_MEMBERS = 10_000

_PAGE_NUMBER = re.compile(r"[-–—·\s]*(?:第\s*)?(?:\d{1,4}|[ivxlc]{1,6})\s*(?:页|頁)?(?:\s*[/／共of]+\s*\d{1,4}\s*(?:页|頁)?)?[-–—·\s]*", re.IGNORECASE)
_FULL = 0.85  # a line of this share of the page's width goes on in the next one
_EDGE = 2  # lines at either end of a page that may be furniture
_HEADING_STYLE = re.compile(r"(?:heading|标题|標題)\s*(\d)", re.IGNORECASE)


class Extracted(NamedTuple):
    """``raw`` is the text that offsets count in; ``pages`` say where each page, or paragraph, of it begins."""

    raw: str
    parsed: Parsed
    pages: tuple[Page, ...]


def extract(data: bytes, suffix: str, name: str) -> Extracted:
    """Return the text of a .pdf or .docx file.

    Raises:
        CorpusError: the file is damaged, locked, too large when unpacked or holds no text, or a package is missing.
    """
    try:
        return _pdf(data, name) if suffix == ".pdf" else _docx(data, name)
    except (CorpusError, MemoryError):
        raise
    except ImportError as error:
        raise CorpusError(f"{name} cannot be read without {error.name}: pip install 'dgqa[office]'") from error
    except Exception as error:
        # Hostile files make these parsers raise whatever comes to hand.
        raise CorpusError(f"{name} is damaged ({type(error).__name__}: {error}): save it again, or as text") from error


# PDF --------------------------------------------------------------------------------------------------


def _pdf(data: bytes, name: str) -> Extracted:
    import pypdf

    # Its warnings name objects inside the file, which say nothing to a reader.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise CorpusError(f"{name} is locked with a password: save it without one")
    if len(reader.pages) > MAX_PAGES:
        raise CorpusError(f"{name} has {len(reader.pages):,} pages, the limit is {MAX_PAGES:,}: split it into smaller files")
    pages: list[list[str]] = []
    size = 0
    for page in reader.pages:
        text = page.extract_text()
        size += len(text)
        if size > MAX_CHARACTERS:
            raise CorpusError(f"{name} holds more than {MAX_CHARACTERS:,} characters: split it into smaller files")
        pages.append([" ".join(line.split()) for line in text.splitlines() if line.strip()])
    if not any(pages):
        raise CorpusError(f"{name} holds no text, only pictures of pages: run text recognition (OCR) over it")
    return _from_pages(pages)


def _from_pages(pages: Sequence[Sequence[str]]) -> Extracted:
    """Lay out pages of lines as one text; lines that fill their page go on in the next line."""
    furniture = _furniture(pages)
    width = _full_width(pages)
    parts: list[str] = []
    starts: list[Page] = []
    marks: list[Mark] = []
    edits: list[Edit] = []
    length = 0
    for number, lines in enumerate(pages, 1):
        if parts:
            parts.append("\n")
            length += 1
        starts.append(Page(length, f"page {number}"))
        for index, line in enumerate(lines):
            end = length + len(line)
            is_furniture = (number - 1, index) in furniture
            if is_furniture:
                marks.append(Mark(length, end, "boilerplate"))
            following = lines[index + 1] if index + 1 < len(lines) and (number - 1, index + 1) not in furniture else ""
            if following and not is_furniture and _columns(line) >= _FULL * width and not is_numbered(following):
                latin = line[-1].isascii() and following[0].isascii()
                edits.append(Edit(end, end + 1, " " if latin else ""))
            parts.append(line + "\n")
            length = end + 1
    raw = "".join(parts)
    return Extracted(raw, Parsed(View.of(raw).edit(edits), marks, {}, []), tuple(starts))


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _full_width(pages: Sequence[Sequence[str]]) -> int:
    """Return how many columns a full line has: the longest, but for the one line in ten that sticks out."""
    widths = sorted(_columns(line) for lines in pages for line in lines)
    return max(24, widths[len(widths) * 9 // 10])


def _furniture(pages: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Return which lines, as (page, line) from 0, are page numbers, running headers or footers."""
    edges = [
        (page, index, re.sub(r"\d+", "#", line))
        for page, lines in enumerate(pages)
        for index, line in enumerate(lines)
        if index < _EDGE or index >= len(lines) - _EDGE
    ]
    seen = Counter(text for _, text in {(page, text) for page, _, text in edges})
    often = max(3, len(pages) // 4)
    return {
        (page, index) for page, index, text in edges if seen[text] >= often or (_PAGE_NUMBER.fullmatch(pages[page][index]) and len(pages[page]) > 1)
    }


# Word -------------------------------------------------------------------------------------------------


def _docx(data: bytes, name: str) -> Extracted:
    import docx

    _check_archive(data, name)
    document = docx.Document(io.BytesIO(data))
    parts: list[str] = []
    starts: list[Page] = []
    marks: list[Mark] = []
    length = 0
    for text, kind, level in _items(document):
        starts.append(Page(length, f"paragraph {len(starts) + 1}"))
        end = length + len(text)
        if kind:
            marks.append(Mark(length, end, "heading" if kind == "heading" else "list_item", level))
        parts.append(text + ("\n" if kind == "row" else "\n\n"))
        length = end + len(parts[-1]) - len(text)
        if length > MAX_CHARACTERS:
            raise CorpusError(f"{name} holds more than {MAX_CHARACTERS:,} characters: split it into smaller files")
    if not parts:
        raise CorpusError(f"{name} holds no text: put text into it or remove it")
    raw = "".join(parts)
    return Extracted(raw, Parsed(View.of(raw), marks, {}, []), tuple(starts))


def _check_archive(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{name} is no Word document ({error}): save it again as .docx") from error
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
        raise CorpusError(
            f"{name} unpacks to {unpacked:,} bytes in {len(members):,} files, the limits are {MAX_UNPACKED:,} and {MAX_MEMBERS:,}: "
            "take pictures out or split it"
        )
    markup = sum(member.file_size for member in members if member.filename.lower().endswith((".xml", ".rels")))
    if markup > MAX_MARKUP:
        raise CorpusError(f"{name} unpacks to {markup:,} bytes of XML, the limit is {MAX_MARKUP:,}: split it into smaller files")


def _items(document: Any) -> Iterator[tuple[str, str, int]]:
    """Yield the text, kind and heading level of paragraphs and table rows in reading order."""
    for item in document.iter_inner_content():
        if hasattr(item, "rows"):
            for row in item.rows:
                cells: list[str] = []
                last = None
                for cell in row.cells:
                    # A cell that spans columns comes once for each of them.
                    if cell._tc is not last:
                        cells.append(" ".join(cell.text.split()))
                    last = cell._tc
                if any(cells):
                    yield "\t".join(cells), "row", 0
            continue
        text = " ".join(item.text.split())
        if not text:
            continue
        style = str(getattr(item.style, "name", "") or "")
        heading = _HEADING_STYLE.match(style)
        if heading or style.lower() in {"title", "标题", "標題"}:
            yield text, "heading", int(heading[1]) if heading else 1
        else:
            listed = style.lower().startswith("list") or (item._p.pPr is not None and item._p.pPr.numPr is not None)
            yield text, "list_item" if listed else "", 0
