"""Open a zipped Office or EPUB file: its parts as XML, with the relations between them."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from dgqa.errors import CorpusError

MAX_UNPACKED = 200_000_000  # bytes
MAX_MARKUP = 60_000_000  # bytes of it that are XML, which takes many times its size in memory
MAX_MEMBERS = 10_000

_MARKUP = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".vml")
_OLE = b"\xd0\xcf\x11\xe0"  # what Office writes where a file is locked, and wrote before 2007


class Relation(NamedTuple):
    """A part that another one names: ``kind`` is the last word of its type, such as "footnotes"."""

    kind: str
    target: str


class Package:
    """An opened archive; ``name`` is what errors call it.

    Raises:
        CorpusError: it is no archive, locked, or too large when unpacked.
    """

    def __init__(self, data: bytes, name: str, what: str, suffix: str) -> None:
        self.name = name
        if data.startswith(_OLE):
            raise CorpusError(f"{name} is locked with a password or an older kind of file: save it without one, as {suffix}", kind="locked")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except zipfile.BadZipFile as error:
            raise CorpusError(f"{name} is no {what} ({error}): save it again as {suffix}", kind="damaged") from error
        members = self._archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
            raise CorpusError(
                f"{name} unpacks to {unpacked:,} bytes in {len(members):,} files, the limits are {MAX_UNPACKED:,} and {MAX_MEMBERS:,}: "
                "take pictures out or split it",
                kind="large",
            )
        markup = sum(member.file_size for member in members if member.filename.lower().endswith(_MARKUP))
        if markup > MAX_MARKUP:
            raise CorpusError(f"{name} unpacks to {markup:,} bytes of XML, the limit is {MAX_MARKUP:,}: split it into smaller files", kind="large")
        self._names = {member.filename.lower(): member.filename for member in members}

    def data(self, part: str) -> bytes | None:
        """Return the bytes of a part, None where there is none of that name."""
        name = self._names.get(part.lower())
        return None if name is None else self._archive.read(name)

    def parts(self, folder: str) -> list[str]:
        """Return the names of the parts in a folder."""
        return sorted(name for name in self._names if name.startswith(folder.lower()))

    def xml(self, part: str) -> Any:
        """Return the root element of a part, None where there is none."""
        from lxml import etree

        data = self.data(part)
        if data is None:
            return None
        # Entities and the network are how XML is turned against its reader.
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True))

    def relations(self, part: str = "") -> dict[str, Relation]:
        """Return what a part, or the package itself, names, by id."""
        folder, _, file = part.rpartition("/")
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        found = {}
        for child in root if root is not None else ():
            if child.get("TargetMode") != "External":
                target = str(child.get("Target", ""))
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[str(child.get("Id"))] = Relation(str(child.get("Type", "")).rpartition("/")[2], path)
        return found

    def related(self, part: str, kind: str) -> str:
        """Return the name of the one part of a kind that another names, "" where there is none."""
        return next((relation.target for relation in self.relations(part).values() if relation.kind == kind), "")

    def properties(self) -> dict[str, str]:
        """Return what the file's properties say: title, creator, created, modified."""
        root = self.xml(self.related("", "core-properties") or "docProps/core.xml")
        return {tag(child): (child.text or "").strip() for child in root} if root is not None else {}


def tag(element: Any) -> str:
    """Return an element's name without its namespace, which two standards spell differently."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def attribute(element: Any, name: str, default: str = "") -> str:
    """Return an attribute by its name without a namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return default


def child(element: Any, *path: str) -> Any:
    """Return the first element down a path of names, None where there is none."""
    for name in path:
        element = next((one for one in element if tag(one) == name), None) if element is not None else None
    return element


def value(element: Any, *path: str) -> str:
    """Return the attribute ``val`` of the element down a path, "" where there is none."""
    found = child(element, *path)
    return "" if found is None else attribute(found, "val")


def descendants(element: Any, *names: str) -> Iterator[Any]:
    """Yield the elements of such names below one, none that is inside another of them."""
    for one in element:
        if tag(one) in names:
            yield one
        else:
            yield from descendants(one, *names)
