"""Read a presentation: the text of its slides from top to bottom, with tables and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from dgqa.corpus.office.draft import Draft, Extracted, lowered, raised, table_row
from dgqa.corpus.office.package import Package, attribute, child, descendants, tag

_FURNITURE = frozenset(["sldNum", "dt", "ftr", "hdr"])
_TITLES = frozenset(["title", "ctrTitle"])
_UNREAD = {"chart": "图表", "relIds": "示意图（SmartArt）", "oleObj": "嵌入的对象"}
_CLOSED = re.compile(r"[。！？；!?;.…][”’）)」』]*$")


class _Shape(NamedTuple):
    """A shape with its kind of placeholder, "" for none, and its place on the slide."""

    element: Any
    kind: str
    top: int
    left: int


def read_slides(data: bytes, name: str) -> Extracted:
    """Read a .pptx file."""
    package = Package(data, name, "presentation", ".pptx")
    part = package.related("", "officeDocument") or "ppt/presentation.xml"
    slides = package.relations(part)
    order = child(package.xml(part), "sldIdLst")
    draft = Draft(name)
    number = 0
    for entry in order if order is not None else ():
        slide = slides.get(next((str(value) for key, value in entry.attrib.items() if key.endswith("}id")), ""))
        if slide is not None:
            number += 1
            draft.place(f"slide {number}")
            _slide(draft, package, slide.target)
    return draft.extracted()


def _slide(draft: Draft, package: Package, part: str) -> None:
    relations = package.relations(part).values()
    layout = next((relation.target for relation in relations if relation.kind == "slideLayout"), "")
    shapes = list(_shapes(child(package.xml(part), "cSld", "spTree"), _places(package, layout)))
    shapes.sort(key=lambda shape: (shape.kind not in _TITLES, shape.top, shape.left))
    titled = any(shape.kind in _TITLES and any(_paragraphs(shape.element)) for shape in shapes)
    for shape in shapes:
        if shape.kind in _FURNITURE:
            continue
        if tag(shape.element) == "graphicFrame":
            _frame(draft, shape.element)
            continue
        texts = list(_paragraphs(shape.element))
        if shape.kind in _TITLES and texts:
            draft.line(" ".join(texts), "heading", 1)
            continue
        for text in texts:
            if not titled and len(text) <= 40 and not _CLOSED.search(text):
                draft.line(text, "heading", 1)
            else:
                # A point without a stop is no heading.
                draft.line(text, None if _CLOSED.search(text) or shape.kind == "subTitle" else "list_item")
            titled = True
    for notes in (relation.target for relation in relations if relation.kind == "notesSlide"):
        for shape in _shapes(child(package.xml(notes), "cSld", "spTree"), {}):
            if shape.kind == "body":
                for text in _paragraphs(shape.element):
                    draft.line(f"备注：{text}", None if _CLOSED.search(text) else "list_item")


def _places(package: Package, layout: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Return where a layout has its placeholders, by kind and number."""
    tree = child(package.xml(layout), "cSld", "spTree") if layout else None
    return {_placeholder(shape): place for shape in (tree if tree is not None else ()) if (place := _place(shape)) is not None}


def _placeholder(shape: Any) -> tuple[str, str]:
    for one in shape:
        if tag(one).startswith("nv"):
            found = child(one, "nvPr", "ph")
            if found is not None:
                return attribute(found, "type", "body"), attribute(found, "idx")
    return "", ""


def _place(shape: Any) -> tuple[int, int] | None:
    for path in (("spPr", "xfrm", "off"), ("grpSpPr", "xfrm", "off"), ("xfrm", "off")):
        found = child(shape, *path)
        if found is not None:
            y, x = attribute(found, "y", "0"), attribute(found, "x", "0")
            return (int(y), int(x)) if re.fullmatch(r"-?\d{1,12}", y) and re.fullmatch(r"-?\d{1,12}", x) else None
    return None


def _shapes(tree: Any, places: dict[tuple[str, str], tuple[int, int]]) -> Iterator[_Shape]:
    for shape in tree if tree is not None else ():
        name = tag(shape)
        if name == "AlternateContent":
            chosen = child(shape, "Choice")
            yield from _shapes(chosen if chosen is not None else shape, places)
        elif name == "grpSp":
            top, left = _place(shape) or (0, 0)
            # What is in a group stays together.
            yield from (_Shape(inner.element, inner.kind, top, left) for inner in _shapes(shape, places))
        elif name in {"sp", "graphicFrame"}:
            kind = _placeholder(shape)
            inherited = places.get(kind) or next((place for (_, index), place in places.items() if index and index == kind[1]), (0, 0))
            top, left = _place(shape) or inherited
            yield _Shape(shape, kind[0], top, left)


def _paragraphs(shape: Any) -> Iterator[str]:
    body = child(shape, "txBody")
    for paragraph in body if body is not None else ():
        if tag(paragraph) == "p" and (text := " ".join(_text(paragraph).split())):
            yield text


def _text(paragraph: Any) -> str:
    parts = []
    for run in descendants(paragraph, "r", "br", "fld", "m"):
        if tag(run) == "br":
            parts.append(" ")
            continue
        text = "".join(one.text or "" for one in descendants(run, "t"))
        properties = child(run, "rPr")
        moved = attribute(properties, "baseline", "0") if properties is not None else "0"
        parts.append(text if moved.strip("%") in {"0", ""} else lowered(text) if moved.startswith("-") else raised(text))
    return "".join(parts)


def _frame(draft: Draft, frame: Any) -> None:
    """Read a table; what else a frame holds is reported."""
    for table in descendants(frame, "tbl"):
        above: dict[int, str] = {}
        for row in descendants(table, "tr"):
            cells: list[str] = []
            for cell in descendants(row, "tc"):
                text = " ".join(_paragraphs(cell))
                if attribute(cell, "vMerge") in {"1", "true"}:
                    text = above.get(len(cells), "")
                elif attribute(cell, "hMerge") in {"1", "true"}:
                    text = cells[-1] if cells and len(cells[-1]) <= 20 else ""
                above[len(cells)] = text
                cells.append(text)
            if line := table_row(cells):
                draft.line(line, end="\n")
        draft.line("", end="\n")
        return
    for what in list(descendants(frame, *_UNREAD))[:1]:
        draft.unread(f"{_UNREAD[tag(what)]}，没有读取")
