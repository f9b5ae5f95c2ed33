"""Put the lines of a read file together: its raw text, with marks, places and what could not be read."""

from __future__ import annotations

from typing import NamedTuple

from dgqa.corpus.view import LOWERED, RAISED, Edit, Mark, MarkKind, Parsed, View
from dgqa.errors import CorpusError
from dgqa.types import Defect, Page

MAX_CHARACTERS = 10_000_000


class Extracted(NamedTuple):
    """``raw`` is the text that offsets count in; ``pages`` say where each page, sheet, slide or paragraph of it begins."""

    raw: str
    parsed: Parsed
    pages: tuple[Page, ...]


class Draft:
    """Collects the lines of a document in reading order; ``name`` is what errors call the file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.length = 0
        self.meta: dict[str, str] = {}
        self.defects: list[Defect] = []
        self._parts: list[str] = []
        self._marks: list[Mark] = []
        self._edits: list[Edit] = []
        self._pages: list[Page] = []
        self._has_text = False

    def place(self, label: str) -> None:
        """Say that what follows stands at ``label``, such as "page 3"."""
        self._pages.append(Page(self.length, label))

    def line(self, text: str, kind: MarkKind | None = None, level: int = 0, *, end: str = "\n\n") -> None:
        """Append a line.

        Raises:
            CorpusError: the text grows too long.
        """
        start = self.length
        self._parts += [text, end]
        self.length += len(text) + len(end)
        self._has_text |= bool(text)
        if self.length > MAX_CHARACTERS:
            raise CorpusError(f"{self.name} holds more than {MAX_CHARACTERS:,} characters: split it into smaller files", kind="large")
        if kind and text:
            self._marks.append(Mark(start, start + len(text), kind, level))

    def mark(self, start: int, end: int, kind: MarkKind, level: int = 0) -> None:
        """Say what the raw characters ``start:end`` are."""
        self._marks.append(Mark(start, end, kind, level))

    def view_as(self, start: int, end: int, text: str) -> None:
        """Let the view show ``text`` in place of the raw characters ``start:end``."""
        self._edits.append(Edit(start, end, text))

    def unread(self, what: str) -> None:
        """Append a line that says what could not be read; it is reported as a defect and is no part of the text."""
        start, had_text = self.length, self._has_text
        self.line(f"〔{what}〕")
        self._has_text = had_text
        end = self.length - 2
        self._edits.append(Edit(start, end))
        self.defects.append(Defect("unread", start, end, f"〔{what}〕"))

    def extracted(self) -> Extracted:
        """Return all that was collected.

        Raises:
            CorpusError: it is no text.
        """
        if not self._has_text:
            raise CorpusError(f"{self.name} holds no text: put text into it or remove it", kind="wordless")
        raw = "".join(self._parts)
        return Extracted(raw, Parsed(View.of(raw).edit(self._edits), self._marks, self.meta, self.defects), tuple(self._pages))


def raised(text: str) -> str:
    """Return what stands above the line in characters that keep it there, so that a power is no digit: 10⁴."""
    return _moved(text, RAISED)


def lowered(text: str) -> str:
    """Return what stands below the line in characters that keep it there: CO₂."""
    return _moved(text, LOWERED)


def _moved(text: str, table: dict[int, int]) -> str:
    return text.translate(table) if all(ord(char) in table or char.isspace() for char in text) else text


def glue(before: str, after: str) -> str:
    """Return what stands between two pieces of one line: a space, or nothing beside a Chinese character."""
    return " " if before[-1:].isascii() and after[:1].isascii() and before[-1:].strip() and after[:1].strip() else ""


def table_row(cells: list[str]) -> str:
    """Return the cells of a row in one line, "" where all are empty; white space in a cell is one blank."""
    tidy = [" ".join(cell.split()) for cell in cells]
    if len(set(tidy)) == 1 and len(tidy) > 1 and len(tidy[0]) > 8:
        return tidy[0]  # one cell over all columns: a line of its own
    return "\t".join(tidy) if any(tidy) else ""
