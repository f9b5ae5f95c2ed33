"""Read a Word file: its paragraphs, tables, text boxes and notes in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dgqa.corpus.office.draft import Draft, Extracted, glue, raised, table_row
from dgqa.corpus.office.package import Package, attribute, child, tag, value
from dgqa.corpus.office.word.numbering import Numbering
from dgqa.corpus.office.word.word_text import Paragraph, read_paragraph
from dgqa.corpus.structure.dates import iso_date
from dgqa.corpus.structure.lines import CLOSED
from dgqa.corpus.structure.titles import title_goes_on
from dgqa.corpus.view import MarkKind
from dgqa.data import CJK

_HEADING = re.compile(r"(?:heading|标题|標題)\s*(\d)", re.IGNORECASE)
_TITLE = re.compile(r"title|标题|標題", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录|目錄)\s*\d", re.IGNORECASE)
_SENTENCE = re.compile(r"[。！？；!?;]")
_FIELD = re.compile(rf"[{CJK}A-Za-z ]{{1,12}}[：:]|[（(]?[一二三四五六七八九十\d]{{1,3}}[、.．）)]")
_WRAPPED = ("ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag")  # what may stand around paragraphs, rows and cells
_LONGEST_HEADING = 80
_HEAD = 10  # paragraphs among which a title stands
_PLAIN_NUMBERS = frozenset(["decimal", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman", "decimalZero"])
# What programs put where the author belongs.
_NOBODY = re.compile(r"python-docx|microsoft|administrator|admin|user|windows|lenovo|dell|hp|wps|office|unknown|微软用户|用户|管理员|未知|作者", re.IGNORECASE)


class _Style(NamedTuple):
    name: str
    parent: str
    outline: str
    list_id: str
    list_level: str
    align: str


@dataclass(slots=True)
class _Cell:
    element: Any
    text: str = ""
    nested: list[Any] = field(default_factory=list)


def read_word(data: bytes, name: str) -> Extracted:
    """Read a .docx file."""
    package = Package(data, name, "Word document", ".docx")
    part = package.related("", "officeDocument") or "word/document.xml"
    body = child(package.xml(part), "body")
    word = _Word(package, part)
    if body is not None:
        word.blocks(body)
    word.draft.meta.update(_described(package.properties()))
    return word.draft.extracted()


class _Word:
    def __init__(self, package: Package, part: str) -> None:
        self.draft = Draft(package.name)
        self.styles, self.default = _styles(package.xml(package.related(part, "styles")))
        lists = {style_id: style.list_id for style_id, style in self.styles.items() if style.list_id}
        self.numbering = Numbering(package.xml(package.related(part, "numbering")), lists)
        self.notes = {
            (kind, attribute(note, "id")): note for kind in ("footnote", "endnote") for note in _children(package.xml(package.related(part, f"{kind}s")))
        }
        self.noted = 0
        self.placed = 0
        self.titled = False  # the paragraph above is a line of a title that goes on
        self.before = ""  # text of paragraphs whose end was deleted

    def blocks(self, parent: Any) -> None:
        """Read the paragraphs and tables inside an element."""
        for one in parent:
            name = tag(one)
            if name == "p":
                self.paragraph(one, broken=self.placed < _HEAD and self._title_breaks(one))
            elif name == "tbl":
                self.table(one)
            elif name == "altChunk":
                self.unread("嵌入的文档")
            elif name == "AlternateContent":
                chosen = child(one, "Choice")
                self.blocks(chosen if chosen is not None else one)
            elif name in _WRAPPED:
                self.blocks(one)

    def line(self, text: str, kind: MarkKind | None = None, level: int = 0, *, end: str = "\n\n") -> None:
        self.placed += 1
        self.draft.place(f"paragraph {self.placed}")
        self.draft.line(text, kind, level, end=end)

    def unread(self, what: str) -> None:
        self.placed += 1
        self.draft.place(f"paragraph {self.placed}")
        self.draft.unread(f"{what}，没有读取")

    def paragraph(self, element: Any, *, broken: bool = False) -> None:
        """Read a paragraph, then the text boxes and notes that hang on it; one that is ``broken`` goes on in the next."""
        found = read_paragraph(element)
        found.goes_on |= broken
        text = self.before + (glue(self.before, found.text) if self.titled else "") + found.text
        self.titled = broken
        self.before = text if found.goes_on else ""
        if not found.goes_on and text.strip():
            self._write(element, found, text)
        self._hanging(found)

    def _title_breaks(self, element: Any) -> bool:
        """Whether a centred paragraph is a line of a title that goes on in the next paragraph, which is set alike."""
        following = element.getnext()
        if following is None or tag(following) != "p" or not self._centred(element) or not self._centred(following) or _size(element) != _size(following):
            return False
        line, rest = read_paragraph(element), read_paragraph(following)
        return line.style == rest.style and title_goes_on(self.before + line.text, rest.text)

    def _centred(self, element: Any) -> bool:
        chain = self._style_chain(value(element, "pPr", "pStyle"))
        align = value(element, "pPr", "jc") or next((style.align for style in chain if style.align), "")
        return align == "center" or any(_TITLE.fullmatch(style.name) for style in chain)

    def _write(self, element: Any, found: Paragraph, text: str) -> None:
        style = self._style_chain(found.style)
        names = [one.name for one in style]
        if any(_CONTENTS.match(name) for name in names):
            self.line(" ".join(text.split()), "boilerplate")
            return
        label, listed = self._label(element, style)
        level = self._heading_level(element, style)
        if level and not _is_body(text):
            self.line(label + _one_line(text), "heading", level)
            return
        lines = _broken_lines(text)
        plain = listed in _PLAIN_NUMBERS and re.search(f"[{CJK}]|\\d\\.\\d", label) is None
        kind: MarkKind | None = "list_item" if listed == "bullet" or plain or (names[:1] and names[0].lower().startswith("list")) else None
        for index, line in enumerate(lines):
            broken = len(lines) > 1 and CLOSED.search(line) is None
            self.line((label if index == 0 else "") + line, "list_item" if broken else kind, end="\n\n" if index == len(lines) - 1 else "\n")

    def _hanging(self, found: Paragraph) -> None:
        for box in found.boxes:
            self.blocks(box)
        for what in found.unread:
            self.unread(what)
        for note in found.notes:
            text = " ".join(_texts(self.notes[note])) if note in self.notes else ""
            if text:
                self.noted += 1
                self.line(f"{raised(str(self.noted))} {text}")

    # Tables

    def table(self, element: Any) -> None:
        """Read a table as rows of cells, or where it only lays out a page, as what its cells hold."""
        rows = [_cells(row) for row in _inside(element, "tr") if child(row, "trPr", "del") is None]
        if _is_layout(rows):
            for row in rows:
                for cell in row:
                    self.blocks(cell.element)
            return
        above: dict[int, str] = {}
        nested: list[Any] = []
        hanging: list[Paragraph] = []
        for row in rows:
            texts: list[str] = []
            for cell in row:
                for paragraph in _paragraphs(cell.element):
                    hanging.append(paragraph)
                merged = child(cell.element, "tcPr", "vMerge")
                goes_on = merged is not None and attribute(merged, "val") != "restart"
                text = above.get(len(texts), "") if goes_on else cell.text
                above[len(texts)] = text
                span = int(value(cell.element, "tcPr", "gridSpan") or 1) if (value(cell.element, "tcPr", "gridSpan") or "1").isdigit() else 1
                # A short text over several columns belongs to each of them.
                texts += [text] + [text if len(text) <= 20 else ""] * (min(span, 64) - 1) if len(row) > 1 else [text]
                nested += cell.nested
            if line := table_row(texts):
                self.line(line, end="\n")
        self.draft.line("", end="\n")
        for inner in nested:
            self.table(inner)
        for paragraph in hanging:
            self._hanging(paragraph)

    # Styles

    def _style_chain(self, style: str) -> list[_Style]:
        chain: list[_Style] = []
        at = style or self.default
        while at in self.styles and len(chain) < 20:
            chain.append(self.styles[at])
            at = chain[-1].parent
        return chain

    def _heading_level(self, element: Any, chain: list[_Style]) -> int:
        """Return the level of a heading from 1, 0 for body text."""
        outline = value(element, "pPr", "outlineLvl") or next((style.outline for style in chain if style.outline), "")
        for style in chain:
            if heading := _HEADING.match(style.name):
                return int(heading[1])
            if _TITLE.fullmatch(style.name):
                return 1
        return int(outline) + 1 if outline.isdigit() and int(outline) < 9 else 0

    def _label(self, element: Any, chain: list[_Style]) -> tuple[str, str]:
        """Count the paragraph in its list; return its number with what stands behind it, and the kind of number."""
        own = child(element, "pPr", "numPr")
        list_id, level = value(own, "numId"), value(own, "ilvl")
        for style in chain:
            list_id, level = list_id or style.list_id, level or style.list_level
        label, kind = self.numbering.label(list_id, int(level) if level.isdigit() else 0)
        if not label:
            return "", kind
        gap = "" if label[-1] in "、．）)：，" else " " if label[-1].isascii() else "\u3000"
        return label + gap, kind


def _styles(root: Any) -> tuple[dict[str, _Style], str]:
    """Return the paragraph styles by id, and the id of the one that is meant where none is named."""
    found: dict[str, _Style] = {}
    default = ""
    for one in _children(root):
        if tag(one) == "style" and attribute(one, "type", "paragraph") in {"paragraph", "numbering"}:
            name = attribute(one, "styleId")
            numbers = child(one, "pPr", "numPr")
            found[name] = _Style(value(one, "name"), value(one, "basedOn"), value(one, "pPr", "outlineLvl"), value(numbers, "numId"), value(numbers, "ilvl"), value(one, "pPr", "jc"))
            if attribute(one, "default") in {"1", "true"} and attribute(one, "type") == "paragraph":
                default = name
    return found, default


def _size(paragraph: Any) -> str:
    """Return the size of a paragraph's letters in half points, "" where its style says it."""
    return next((size for one in _inside(paragraph, "r") if (size := value(one, "rPr", "sz"))), "")


def _children(root: Any) -> Any:
    return root if root is not None else ()


def _inside(parent: Any, name: str) -> Iterator[Any]:
    """Yield the rows of a table or the cells of a row, those in content controls too."""
    for one in parent:
        if tag(one) == name:
            yield one
        elif tag(one) in _WRAPPED:
            yield from _inside(one, name)


def _cells(row: Any) -> list[_Cell]:
    cells = []
    for element in _inside(row, "tc"):
        if child(element, "tcPr", "cellDel") is None:
            cells.append(_Cell(element, " ".join(_texts(element)), list(_inside(element, "tbl"))))
    return cells


def _paragraphs(parent: Any) -> Iterator[Paragraph]:
    for element in _inside(parent, "p"):
        yield read_paragraph(element)


def _texts(parent: Any) -> list[str]:
    return [text for paragraph in _paragraphs(parent) if (text := _one_line(paragraph.text))]


def _is_layout(rows: list[list[_Cell]]) -> bool:
    """Whether a table only puts text in its place: one column, or a single row around a table."""
    filled = [[cell for cell in row if cell.text or cell.nested] for row in rows]
    if all(len(row) <= 1 for row in filled) and all(len(row) <= 1 for row in rows):
        return True
    return len(rows) == 1 and any(cell.nested or len(cell.text) > 400 for cell in rows[0])


def _is_body(text: str) -> bool:
    """Whether a paragraph that bears a heading's style is no heading: it is a sentence, or too long."""
    text = text.strip()
    inner = _SENTENCE.search(text[:-1])
    return len(text) > _LONGEST_HEADING or text[-1:] in "。；;" or (inner is not None and inner.group() in "。；")


def _one_line(text: str) -> str:
    """Return the text without line breaks; white space is one blank."""
    joined = ""
    for line in text.split("\n"):
        line = " ".join(line.split())
        joined += (glue(joined, line) if joined and line else "") + line
    return joined


def _broken_lines(text: str) -> list[str]:
    """Return the lines of a paragraph that stand for themselves; a break inside a sentence is none."""
    lines: list[str] = []
    for line in (" ".join(part.split()) for part in text.split("\n")):
        if not line:
            continue
        before = lines[-1] if lines else ""
        if before and not (CLOSED.search(before) or _FIELD.match(before) or _FIELD.match(line) or len(before) < 10):
            lines[-1] += glue(before, line) + line
        else:
            lines.append(line)
    return lines


def _described(properties: dict[str, str]) -> dict[str, str]:
    """Return author and date by the file's properties, unless a program has filled them in."""
    found = {}
    creator = " ".join(properties.get("creator", "").split())
    if 2 <= len(creator) <= 40 and not _NOBODY.search(creator) and (re.search(f"[{CJK}]{{2}}", creator) or " " in creator):
        found["file_author"] = creator
    created = properties.get("created", "") or properties.get("modified", "")
    if properties.get("creator") != "python-docx" and (date := iso_date(created[:10])) and not created.startswith("2013-12-23T23:15"):
        found["file_date"] = date
    return found
