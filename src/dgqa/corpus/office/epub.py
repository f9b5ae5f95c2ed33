"""Read an e-book: the text of its chapters, with headings, lists and tables."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from dgqa.corpus.office.draft import Draft, Extracted
from dgqa.corpus.office.package import Package, attribute, child, tag
from dgqa.corpus.readers.formats import parse
from dgqa.errors import CorpusError
from dgqa.types import OffsetMap

_FONTS = re.compile(r"idpf\.org/2008/embedding|adobe\.com/pdf/enc")  # fonts are scrambled in open books too


def read_epub(data: bytes, name: str) -> Extracted:
    """Read an .epub file."""
    package = Package(data, name, "e-book", ".epub")
    _check_open(package)
    container = package.xml("META-INF/container.xml")
    root = child(container, "rootfiles", "rootfile") if container is not None else None
    part = attribute(root, "full-path") if root is not None else ""
    book = package.xml(part)
    if book is None:
        raise CorpusError(f"{name} is no e-book (it does not say where its text is): save it again as .epub", kind="damaged")
    draft = Draft(name)
    draft.meta.update(_described(child(book, "metadata")))
    number = 0
    for chapter in _chapters(book, posixpath.dirname(part)):
        content = package.data(chapter)
        if content is None:
            continue
        parsed = parse(_decoded(content), ".xhtml")
        if not re.search(r"\w", parsed.view.text):
            continue
        number += 1
        draft.place(f"chapter {number}")
        start = draft.length
        draft.line(parsed.view.text)
        for mark in parsed.marks:
            low, high = _view_at(parsed.view.offsets, mark.start), _view_at(parsed.view.offsets, mark.end)
            if low < high:
                draft.mark(start + low, start + high, mark.kind, mark.level)
    return draft.extracted()


def _check_open(package: Package) -> None:
    root = package.xml("META-INF/encryption.xml")
    if root is None:
        return
    for one in root.iter():
        if tag(one) == "EncryptionMethod" and not _FONTS.search(attribute(one, "Algorithm")) and tag(one.getparent()) == "EncryptedData":
            raise CorpusError(f"{package.name} is locked by its publisher (DRM): use a copy without a lock", kind="locked")


def _decoded(content: bytes) -> str:
    declared = re.search(rb"encoding=[\"']([\w-]+)", content[:200])
    try:
        return content.decode(declared[1].decode() if declared else "utf-8-sig").lstrip("\ufeff")
    except (UnicodeDecodeError, LookupError):
        return content.decode("utf-8", "replace")


def _chapters(book: Any, folder: str) -> Iterator[str]:
    """Yield the parts of the book in reading order, without its contents page."""
    items = {attribute(item, "id"): item for item in child(book, "manifest") if tag(item) == "item"} if child(book, "manifest") is not None else {}
    spine = child(book, "spine")
    for entry in spine if spine is not None else ():
        item = items.get(attribute(entry, "idref"))
        if item is not None and attribute(entry, "linear") != "no" and "nav" not in attribute(item, "properties").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(attribute(item, "href"))))


def _described(metadata: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in metadata if metadata is not None else ():
        text = " ".join("".join(one.itertext()).split())
        name = {"title": "title", "creator": "author", "date": "date", "publisher": "source"}.get(tag(one))
        if name == "author" and "author" in found:
            found["author"] += f"，{text}"
        elif name and text:
            found.setdefault(name, text)
    return found


def _view_at(offsets: OffsetMap, at: int) -> int:
    """Return the first character of a view that comes from the raw offset ``at`` or from behind it."""
    run = bisect_right(offsets.raw, at) - 1
    if run < 0:
        return 0
    if at == offsets.raw[run] or (offsets.linear[run] and at < offsets.raw_end[run]):
        return offsets.clean[run] + at - offsets.raw[run]
    return offsets.clean[run + 1] if run + 1 < len(offsets.clean) else offsets.length
