"""Read passages as they stand in their article: whole sections, and the tables in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dgqa.answer.evidence import Evidence
from dgqa.answer.wording import row_cells
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.text import in_order
from dgqa.types import Passage, Sentence

SURE = 0.9  # confidence in what the structure of an article answers by itself
_FAR = 60  # passages to either side that a section or a table is looked for in


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table as its sentence, and its cells by the names of their columns."""

    passage: Passage
    sentence: Sentence
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same columns that follow one another, an empty cell as ""; ``about`` is all that says what they are of: title, headings, what stands above them."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    about: str


def section_of(passage: Passage, index: SearchBackend) -> list[Passage]:
    """Return the passages of one section, in order, around one of them."""
    near = {found.row: found for found in index.passages(range(max(0, passage.row - _FAR), passage.row + _FAR + 1)).values()}
    members = [passage]
    for step in (-1, 1):
        row = passage.row + step
        while row in near and _together(near[row], passage):
            members.insert(0, near[row]) if step < 0 else members.append(near[row])
            row += step
    return members


def _together(one: Passage, other: Passage) -> bool:
    return (one.doc_id, one.section, one.kind) == (other.doc_id, other.section, other.kind)


def tables_of(passage: Passage, index: SearchBackend) -> list[Table]:
    """Return the tables of a passage's section that have a row in it."""
    if "：" not in passage.text:
        return []
    raw = index.raw(passage.doc_id)
    if not any(row_cells(sentence.text, raw[sentence.start : sentence.end]) for sentence in passage.sentences if "：" in sentence.text):
        return []
    found: list[Table] = []
    rows: list[Row] = []
    above = f"{passage.title}\n{passage.section}"

    def close() -> None:
        if len(rows) > 1 and any(row.passage.row == passage.row for row in rows):
            columns = max((tuple(row.cells) for row in rows), key=len)
            found.append(Table(columns, tuple(replace(row, cells={name: row.cells.get(name, "") for name in columns}) for row in rows), above))
        rows.clear()

    for member in section_of(passage, index):
        for sentence in member.sentences:
            named = row_cells(sentence.text, raw[sentence.start : sentence.end]) if "：" in sentence.text else []
            cells = dict(named)
            if len(cells) != len(named) or not all(cells):
                cells = {}
            if rows and not _same_columns(tuple(cells), max((tuple(row.cells) for row in rows), key=len)):
                close()
            if cells:
                rows.append(Row(member, sentence, cells))
            else:
                above = f"{passage.title}\n{passage.section}\n{sentence.text}"
    close()
    return found


def _same_columns(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether rows are of one table: they begin with the same column, and one may lack cells that the other has."""
    fewer, more = sorted((one, other), key=len)
    return one[:1] == other[:1] and len(fewer) > 1 and in_order(fewer, more)


def quoted(rows: Sequence[Row], text: str, confidence: float, kind: str) -> Evidence:
    """Return rows as one piece of evidence that reads ``text``; every row is cited."""
    spans = tuple((row.sentence.start, row.sentence.end) for row in rows)
    return Evidence(rows[0].passage, Sentence(text, spans[0][0], spans[-1][1], 1.0, spans), 0.0, confidence, kind)
