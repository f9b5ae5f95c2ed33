"""A question and what was found in; what the structure of the articles answers by itself, before anything is read, out."""

from __future__ import annotations

from collections.abc import Sequence

from dgqa.answer.evidence import Evidence
from dgqa.answer.structural.pages import tables_of
from dgqa.answer.structural.questions import asked_there, named_section
from dgqa.answer.structural.tables import from_table
from dgqa.answer.structural.terms import having, numbered
from dgqa.index.engines.backend import SearchBackend
from dgqa.messages import Language
from dgqa.question.parsing import Question
from dgqa.types import Hit

_LOOKED_AT = 8  # hits


def by_structure(hits: Sequence[Hit], question: Question, language: Language, index: SearchBackend, *, rest: str = "", sources: Sequence[str] = ()) -> list[Evidence]:
    """Return what stands below the same question, in a table's cells, under a heading asked for or beside a lone term; nothing for other questions.

    Args:
        hits: What was found, best first.
        question: As it reads by itself.
        language: What a calculation is told in.
        index: Where what stands around the hits is read.
        rest: The question without what names its source.
        sources: The titles of the documents that it names.
    """
    near = hits[:_LOOKED_AT]
    if question.smalltalk:
        return []
    if found := having(near, question, index):
        return found
    if question.english:
        return []
    if sources and (evidence := named_section(near, rest, sources, index)):
        return [evidence]
    if evidence := asked_there(near, question, index):
        return [evidence]
    seen: set[int] = set()
    for hit in near:
        for table in tables_of(hit.passage, index):
            if (first := table.rows[0].sentence.start) in seen:
                continue
            seen.add(first)
            if evidence := from_table(table, question, language):
                return [evidence]
    if evidence := numbered(near, question, index):
        return [evidence]
    return []
