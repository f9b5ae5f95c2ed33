"""The texts of an index: every question that is put to its database, each by a name."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dgqa.errors import IndexMismatchError, IndexNotFoundError
from dgqa.system import quiet_at_fork

_MANY = 500  # values of one statement; SQLite allows 999 everywhere


class Entry(NamedTuple):
    """What a document of an index is known by; ``number`` is its row there."""

    number: int
    doc_id: str
    path: str
    title: str
    author: str
    date: str
    source: str
    code: str = ""  # of an official document, as 国办发〔2023〕12号


class StoredSentence(NamedTuple):
    """A sentence as the database has it: ``at`` counts in reading order, ``spans`` are JSON, "" for one span."""

    at: int
    start: int
    stop: int
    spans: str
    text: str


class StoredPassage(NamedTuple):
    """A passage as the database has it, with what its document is known by."""

    row: int
    section: str
    start: int
    stop: int
    text: str
    kind: Literal["body", "meta"]
    page: str
    doc_id: str
    path: str
    title: str
    author: str
    date: str


class TextStore:
    """The database of an index's documents, passages and sentences. Safe to use from several threads.

    Every method raises IndexMismatchError where the file is damaged or has been closed.
    """

    def __init__(self, file: Path, folder: Path) -> None:
        """Open the database in ``file``; ``folder`` is what errors call the index."""
        self.folder = folder
        self._guard = quiet_at_fork(threading.Lock())
        uri = file.resolve().as_uri() + "?mode=ro&immutable=1"
        try:
            # One for all threads and from the start: each would hold a file as long as the index is open, and a later
            # build removes the file's name.
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.DatabaseError as error:
            raise damaged(folder, str(error)) from error

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._guard:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.ProgrammingError as error:
            raise IndexMismatchError(f"the index at {self.folder} has been closed: open it again") from error
        except sqlite3.DatabaseError as error:
            raise damaged(self.folder, str(error)) from error

    def _among(self, sql: str, values: Collection[Any]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement whose ``{}`` stands for some of the values at a time."""
        wanted = list(values)
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            yield from self._all(sql.format(",".join("?" * len(part))), part)

    # Documents

    def entries(self) -> tuple[Entry, ...]:
        """Return the documents in the order of their paths."""
        return tuple(Entry(*row) for row in self._all("SELECT doc, doc_id, path, title, author, date, source, number FROM documents ORDER BY doc"))

    def documents(self) -> list[dict[str, Any]]:
        """Return the documents' metadata in the order of their paths, without their text."""
        names = ("doc_id", "path", "title", "author", "date", "source", "script", "encoding", "sha256", "characters", "number", "issuer", "sections", "defects")
        listing = self._all(
            "SELECT doc_id, path, title, author, date, source, script, encoding, sha256, length(raw), number, issuer, sections, defects FROM documents ORDER BY doc"
        )
        return [dict(zip(names, (*row[:12], json.loads(row[12]), json.loads(row[13])), strict=True)) for row in listing]

    def titles(self, limit: int) -> list[str]:
        """Return the titles of the first ``limit`` documents."""
        return [str(title) for (title,) in self._all("SELECT title FROM documents ORDER BY doc LIMIT ?", (limit,))]

    def sources(self) -> dict[str, tuple[str, str]]:
        """Return the path and the SHA-256 of the file of each document, by its id."""
        return {doc_id: (path, sha256) for doc_id, path, sha256 in self._all("SELECT doc_id, path, sha256 FROM documents ORDER BY doc")}

    def raw(self, doc_id: str) -> str:
        """Return the raw text of a document.

        Raises:
            IndexNotFoundError: the index has no such document.
        """
        found = self._all("SELECT raw FROM documents WHERE doc_id = ?", (doc_id,))
        if not found:
            raise IndexNotFoundError(f"the index at {self.folder} has no document {doc_id!r}: `Index.documents` lists those it has")
        return str(found[0][0])

    def headings(self, doc_id: str) -> list[dict[str, Any]]:
        """Return the headings of a document in reading order: title, level, start, end and path; none for no such document."""
        found = self._all("SELECT sections FROM documents WHERE doc_id = ?", (doc_id,))
        return [heading for (text,) in found for heading in json.loads(text)]

    def with_articles(self) -> list[int]:
        """Return the numbers of the documents with a section under the number of an article, as 第十二条."""
        return [int(number) for (number,) in self._all("SELECT DISTINCT doc FROM passages WHERE section GLOB '*第*[条條]*' ORDER BY doc")]

    def extents(self) -> list[tuple[str, str, int]]:
        """Return id, path and number of passages of each document, in the order of the rows of these."""
        sql = "SELECT d.doc_id, d.path, count(p.row) FROM documents d LEFT JOIN passages p USING (doc) GROUP BY d.doc ORDER BY d.doc"
        return [(str(doc_id), str(path), int(count)) for doc_id, path, count in self._all(sql)]

    # Passages, by their rows

    def stored_passages(self, rows: Collection[int]) -> Iterator[StoredPassage]:
        """Yield the passages of ``rows``, in no order."""
        fields = "p.row, p.section, p.start, p.stop, p.text, p.kind, p.page, d.doc_id, d.path, d.title, d.author, d.date"
        sql = f"SELECT {fields} FROM passages p JOIN documents d USING (doc) WHERE p.row IN ({{}})"
        return (StoredPassage(*row) for row in self._among(sql, rows))

    def stored_sentences(self, places: Collection[int]) -> Iterator[StoredSentence]:
        """Yield the sentences at ``places`` of the reading order, in no order."""
        return (StoredSentence(*row) for row in self._among("SELECT at, start, stop, spans, text FROM sentences WHERE at IN ({})", places))

    def openings(self) -> dict[int, str]:
        """Return the first passage of each document by its number, what is said about the document itself apart."""
        return dict(self._all("SELECT doc, text FROM passages WHERE row IN (SELECT min(row) FROM passages WHERE kind = 'body' GROUP BY doc)"))

    def sections(self) -> list[str]:
        """Return every path of headings that a passage stands under, in the order of the first of each."""
        return [str(section) for (section,) in self._all("SELECT section FROM passages GROUP BY section ORDER BY min(row)")]

    def passages_under(self, sections: Collection[str]) -> list[int]:
        """Return the rows of the passages under some paths of headings."""
        return [int(row) for (row,) in self._among("SELECT row FROM passages WHERE section IN ({})", sections)]

    def places(self) -> list[tuple[int, str]]:
        """Return the number of the document and the path of headings of every passage, by their rows."""
        return [(int(number), str(section)) for number, section in self._all("SELECT doc, section FROM passages ORDER BY row")]

    def tokens(self) -> list[str]:
        """Return every search token that a passage holds."""
        return [str(token) for (token,) in self._all("SELECT token FROM lexicon")]

    def documents_of(self, rows: Collection[int]) -> dict[int, int]:
        """Return the number of the document of each passage."""
        return dict(self._among("SELECT row, doc FROM passages WHERE row IN ({})", rows))

    def passages_of(self, numbers: Collection[int]) -> list[int]:
        """Return the rows of the passages of some documents, by their numbers."""
        return [int(row) for (row,) in self._among("SELECT row FROM passages WHERE doc IN ({})", numbers)]

    def passages_of_path(self, path: str) -> list[int]:
        """Return the rows of the passages of the documents with this path, in reading order."""
        return [int(row) for (row,) in self._all("SELECT p.row FROM passages p JOIN documents d USING (doc) WHERE d.path = ? ORDER BY p.row", (path,))]

    def facts_of(self, numbers: Collection[int]) -> Mapping[int, int]:
        """Return for each document with one the first passage that tells of the document itself."""
        return dict(self._among("SELECT doc, min(row) FROM passages WHERE kind = 'meta' AND doc IN ({}) GROUP BY doc", numbers))

    def body(self, doc_id: str, limit: int) -> list[int]:
        """Return the first ``limit`` passages of a document's text, in reading order."""
        sql = "SELECT p.row FROM passages p JOIN documents d USING (doc) WHERE d.doc_id = ? AND p.kind = 'body' ORDER BY p.row LIMIT ?"
        return [int(row) for (row,) in self._all(sql, (doc_id, limit))]

    def body_of_section(self, doc_id: str, section: str, start: int, end: int) -> list[int]:
        """Return the passages under a path of headings that begin at or behind the raw offset ``start``, and before ``end``, in reading order."""
        sql = "SELECT p.row FROM passages p JOIN documents d USING (doc) WHERE d.doc_id = ? AND p.kind = 'body' AND p.section = ? AND p.start >= ? AND p.start < ? ORDER BY p.row"
        return [int(row) for (row,) in self._all(sql, (doc_id, section, start, end))]

    def with_tables(self, number: int) -> list[tuple[int, str]]:
        """Return row and text of the passages of a document that speak of a table (表), in reading order."""
        sql = "SELECT row, text FROM passages WHERE doc = ? AND kind = 'body' AND text LIKE '%表%' ORDER BY row"
        return [(int(row), str(text)) for row, text in self._all(sql, (number,))]

    def from_row(self, number: int, row: int, count: int) -> list[int]:
        """Return up to ``count`` passages of a document from ``row`` on."""
        sql = "SELECT row FROM passages WHERE doc = ? AND row BETWEEN ? AND ? ORDER BY row"
        return [int(near) for (near,) in self._all(sql, (number, row, row + count - 1))]

    def page(self, doc_id: str, start: int) -> str:
        """Return the label of the page of the passage that holds a raw offset, as "page 3"; "" where none does or the file has no pages."""
        found = self._all(
            "SELECT p.page FROM passages p JOIN documents d USING (doc) WHERE d.doc_id = ? AND p.start <= ? AND p.stop > ? ORDER BY p.row LIMIT 1",
            (doc_id, start, start),
        )
        return str(found[0][0]) if found else ""

    def paths(self) -> dict[int, str]:
        """Return the path of the document of every passage, by row."""
        return dict(self._all("SELECT p.row, d.path FROM passages p JOIN documents d USING (doc) ORDER BY p.row"))


def damaged(folder: Path, what: str) -> IndexMismatchError:
    """Return the error for an index that is not what its build wrote."""
    return IndexMismatchError(f"the index at {folder} is damaged ({what}): rebuild it with `dgqa index --rebuild`")
