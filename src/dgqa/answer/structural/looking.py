"""Answer by the structure of the articles alone, before anything is read."""

from __future__ import annotations

from dgqa.answer.evidence import Evidence
from dgqa.answer.structural.facts import about_document
from dgqa.answer.structural.labels import labelled
from dgqa.answer.structural.pages import tables_of
from dgqa.answer.structural.questions import asked_there, named_section
from dgqa.answer.structural.tables import from_table
from dgqa.answer.structural.terms import having, numbered
from dgqa.messages import Language
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retrieval, Retriever

_LOOKED_AT = 8  # hits


def by_structure(found: Retrieval, question: Question, language: Language, retriever: Retriever) -> list[Evidence]:
    """Return what a document says about itself, what stands below the same question, in a field of a notice, in a table's cells, under a heading asked for or beside a lone term; nothing for other questions.

    Args:
        found: What was found.
        question: As it reads by itself.
        language: What a calculation is told in.
        retriever: Of the index, where what stands around the hits is read.
    """
    hits, index, sources = found.hits, retriever.index, found.source
    near = hits[:_LOOKED_AT]
    if question.smalltalk:
        return []
    if having_it := having(near, question, index):
        return having_it
    if question.english:
        return []
    alone = retriever.sources.alone(question)
    # One that may not answer is not among the hits.
    if alone and any(hit.passage.doc_id == alone[0].doc_id for hit in hits) and (evidence := about_document(*alone, language, index)):
        return [evidence]
    if sources and (evidence := named_section(near, retriever.unnamed(question), sources, index)):
        return [evidence]
    if evidence := asked_there(near, question, index) or labelled(near, question, index):
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
