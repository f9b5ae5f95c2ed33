"""Read the XML of a paragraph: the text that Word shows, all changes accepted, and what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dgqa.corpus.office.draft import lowered, raised
from dgqa.corpus.office.package import attribute, child, descendants, tag, value

# What is no text of its own, or was taken out by a tracked change.
_SILENT = frozenset(
    ["pPr", "rPr", "sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "rubyPr", "annotationRef", "footnoteRef", "endnoteRef", "proofErr"]
)
_UNREAD = {"pic": "图片", "chart": "图表", "relIds": "示意图（SmartArt）", "OLEObject": "嵌入的对象", "imagedata": "图片"}


_CHARACTERS = {"tab": " ", "ptab": " ", "noBreakHyphen": "-"}  # elements that stand for a character


@dataclass(slots=True)
class Paragraph:
    """``text`` has a line feed where a line is broken; ``notes`` are (kind, id) of foot- and endnotes, ``boxes`` contents of text boxes."""

    text: str = ""
    style: str = ""
    boxes: list[Any] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    goes_on: bool = False  # its end was deleted by a tracked change: the next paragraph belongs to it


def read_paragraph(element: Any) -> Paragraph:
    """Read a ``w:p``."""
    properties = child(element, "pPr")
    paragraph = Paragraph(style=value(properties, "pStyle"))
    paragraph.goes_on = any(child(properties, "rPr", change) is not None for change in ("del", "moveFrom"))
    pieces: list[str] = []
    _Reader(paragraph, pieces).read(element, "")
    paragraph.text = "".join(pieces)
    return paragraph


class _Reader:
    def __init__(self, paragraph: Paragraph, pieces: list[str]) -> None:
        self.paragraph, self.pieces = paragraph, pieces
        self.fields: list[bool] = []  # for every open field, whether its code is being read, which is not shown

    def read(self, element: Any, script: str) -> None:
        """Read what is inside an element; ``script`` is "superscript", "subscript" or ""."""
        for one in element:
            name = tag(one)
            if name in _SILENT:
                continue
            if name == "r":
                self._run(one)
            elif name == "fldChar":
                self._field(attribute(one, "fldCharType"))
            elif any(self.fields):
                continue
            elif name == "t":
                self._text(one.text or "", script)
            elif name in {"br", "cr"}:
                self.pieces.append("" if attribute(one, "type") in {"page", "column"} else "\n")
            elif name in _CHARACTERS:
                self.pieces.append(_CHARACTERS[name])
            elif name == "sym":
                self._symbol(one)
            elif name in {"footnoteReference", "endnoteReference"}:
                self.paragraph.notes.append((name.removesuffix("Reference"), attribute(one, "id")))
            elif name == "AlternateContent":
                # The same twice, for new and for old programs.
                chosen = child(one, "Choice")
                self.read(chosen if chosen is not None else one, script)
            elif name in {"drawing", "pict", "object"}:
                self._picture(one)
            elif name == "oMath":
                self.pieces.append(formula(one))
            elif name != "sdt" or child(one, "sdtPr", "showingPlcHdr") is None:
                self.read(one, script)

    def _run(self, run: Any) -> None:
        properties = child(run, "rPr")
        hidden = child(properties, "vanish")
        if hidden is None or attribute(hidden, "val", "1") in {"0", "false"}:
            self.read(run, value(properties, "vertAlign"))

    def _text(self, text: str, script: str) -> None:
        shown = raised(text) if script == "superscript" else lowered(text) if script == "subscript" else text
        self.pieces.append(shown)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self.fields.append(True)
        elif kind == "separate" and self.fields:
            self.fields[-1] = False
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _symbol(self, element: Any) -> None:
        code = attribute(element, "char")
        try:
            number = int(code, 16)
        except ValueError:
            return
        if 0x20 <= number < 0xD800:  # above it lie the pictures of symbol fonts
            self.pieces.append(chr(number))

    def _picture(self, element: Any) -> None:
        boxes = list(descendants(element, "txbxContent", "AlternateContent"))
        while boxes and tag(boxes[0]) == "AlternateContent":
            chosen = child(boxes[0], "Choice")
            boxes[:1] = descendants(chosen if chosen is not None else boxes[0], "txbxContent", "AlternateContent")
        self.paragraph.boxes += [box for box in boxes if tag(box) == "txbxContent"]
        if not boxes:
            self.paragraph.unread += [_UNREAD[tag(one)] for one in descendants(element, *_UNREAD)][:1]


def formula(element: Any) -> str:
    """Return a formula in one line: fractions as a/b, powers and indices in raised and lowered characters."""
    parts = []
    for one in element:
        name = tag(one)
        if name in {"f", "sSup", "sSub", "sSubSup", "rad"}:
            inner = {tag(part): formula(part) for part in one}
            if name == "f":
                parts.append(f"{_grouped(inner.get('num', ''))}/{_grouped(inner.get('den', ''))}")
            elif name == "rad":
                parts.append(f"√{_grouped(inner.get('e', ''))}")
            else:
                parts.append(inner.get("e", "") + lowered(inner.get("sub", "")) + raised(inner.get("sup", "")))
        elif name == "t":
            parts.append(one.text or "")
        elif not name.endswith("Pr"):
            parts.append(formula(one))
    return "".join(parts)


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"
