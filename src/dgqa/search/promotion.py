"""The passages found, best first, in; what a question asks for by its kind moved to the front: an article's facts, a table's row."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from dgqa.index.engines.backend import SearchBackend
from dgqa.language.text import fold
from dgqa.search.positions import RowPosition, row_at
from dgqa.types import Passage

_ARTICLES = 3  # articles whose facts are brought forward
_TABLE_ROW = re.compile(r"\||\t|</?t[dhr]\b")
_LIST_ITEM = re.compile(r"^\s*(?:[-*+•·▪]\s|\d{1,3}[.、)）]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、，]|第[一二三四五六七八九十]{1,3}|<li\b|[①-⑳])")


def facts_first(index: SearchBackend, rows: Sequence[int], looked_at: int, among: Collection[int]) -> list[int]:
    """Put what is said about an article itself before the best passage of it, for the first three articles.

    Args:
        index: The index.
        rows: Rows of passages, best first.
        looked_at: How many of these to look for articles in.
        among: The documents that the question names as its source, empty for none.
    """
    head = [int(row) for row in rows[:looked_at]]
    if not head:
        return []
    documents = index.documents_of(head)
    order = [doc for doc in dict.fromkeys(documents[row] for row in head) if not among or doc in among][:_ARTICLES]
    facts = index.facts_of(order)
    moved: list[int] = []
    for row in map(int, rows):
        fact = facts.get(documents.get(row, -1))
        if fact is not None and fact not in moved:
            moved.append(fact)
        if row not in moved:
            moved.append(row)
    return moved


def row_asked(index: SearchBackend, rows: Sequence[int], position: RowPosition) -> tuple[int, int] | None:
    """Return the passage and the start of the sentence that a place in a table or list leads to, None where none does.

    The table is the one whose caption the question names, or that holds rows of the best passage with any. A table ends where its section does, or where a
    sentence stands between that is no row. The items of a list are its lines.
    """
    if position.caption:
        rows = [*_captioned(index, rows, position.caption), *rows]
    found = index.passages(rows)
    raws: dict[str, str] = {}
    for row in map(int, rows):
        passage = found[row]
        if passage.doc_id not in raws:
            raws[passage.doc_id] = index.raw(passage.doc_id)
        raw = raws[passage.doc_id]
        first = next((s.start for s in passage.sentences if _is_row(raw, s.start, s.end, position.lists)), None)
        if first is None:
            continue
        table = _table(index, passage, first, raw, position.lists)
        at = row_at(position, [text for _, _, text in table])
        if at is not None:
            return table[at][:2]
    return None


def _captioned(index: SearchBackend, rows: Sequence[int], caption: str) -> list[int]:
    """Return the passages that hold, or are the next behind, a line that begins with ``caption``, in the articles of ``rows``."""
    numbers = index.documents_of([int(row) for row in rows])
    documents = dict.fromkeys(numbers[int(row)] for row in rows)
    name, number = caption.rstrip("0123456789"), re.sub(r"\D", "", caption)
    begins = re.compile(rf"^\W{{0,3}}{name}\s?{number}(?!\d)", re.MULTILINE)
    found: list[int] = []
    for doc in documents:
        for row, text in index.with_tables(doc):
            if begins.search(fold(text)):
                found += index.from_row(doc, row, 3)
    return found


def _is_row(raw: str, start: int, end: int, lists: bool) -> bool:
    begin = raw.rfind("\n", 0, start) + 1
    if _TABLE_ROW.search(raw[start:end]) or _TABLE_ROW.search(raw[begin:start]):
        return True
    return lists and bool(_LIST_ITEM.match(raw[begin:end]))


def _table(index: SearchBackend, passage: Passage, start: int, raw: str, lists: bool) -> list[tuple[int, int, str]]:
    """Return (passage, start, text) of the rows of the table that the sentence at ``start`` belongs to, in order."""
    members = [passage]
    for step in (-1, 1):
        row = passage.row + step
        while (other := index.passages([row]).get(row)) and (other.doc_id, other.section) == (passage.doc_id, passage.section):
            members.append(other)
            row += step
    table: list[tuple[int, int, str]] = []
    whole = False
    for member in sorted(members, key=lambda member: member.row):
        for sentence in member.sentences:
            if not _is_row(raw, sentence.start, sentence.end, lists):
                if whole:
                    return table
                table = []
                continue
            whole = whole or sentence.start == start
            # An item's number may be a sentence of its own, and an item may have several.
            if table and lists and "\n" not in raw[table[-1][1] : sentence.start]:
                if len(table[-1][2]) >= len(sentence.text):
                    continue
                table.pop()
            table.append((member.row, sentence.start, sentence.text))
    return table
