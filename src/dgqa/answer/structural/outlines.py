"""Say what a document is about: by its summary, or by what a law is for and the headings that divide it."""

from __future__ import annotations

from collections.abc import Sequence

from dgqa.answer.evidence import Evidence, Surroundings, beginning
from dgqa.answer.judging import Verdict
from dgqa.answer.structural.chapters import NAMED, quoted_chapters, title_in
from dgqa.answer.structural.pages import SURE
from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.corpus.structure.statutes import article_number
from dgqa.index.engines.backend import SearchBackend
from dgqa.messages import Language, listed, say
from dgqa.search.outlines import Outline
from dgqa.search.statutes.chapters import ChapterAsked, Heading
from dgqa.types import Passage

_PURPOSE = 200  # characters of a law's first article


def quoted_outline(outline: Outline, index: SearchBackend, language: Language) -> tuple[list[Evidence], Verdict] | None:
    """Return the summary of a document or the headings that divide it, behind the first article of a law, and the verdict; None where the text has none of these."""
    document = outline.document
    if outline.summary:
        return quoted_chapters(ChapterAsked(document.title, outline.summary["title"], document, (outline.summary,)), index, language)
    raw, every = index.raw(document.doc_id), index.headings(document.doc_id)
    first = next((heading for heading in every if article_number(heading["title"]) == (1, 0)), None)
    evidence = []
    if first and (passage := _below(first, every, document.doc_id, index)):
        joined, _ = Surroundings(index).together(document.doc_id, beginning(passage.sentences, _PURPOSE))
        evidence.append(Evidence(passage, joined, 0.0, SURE, "list"))
    told = len(evidence)
    for heading in outline.headings[:NAMED]:
        titled, passage = title_in(raw, heading), _below(heading, every, document.doc_id, index)
        if titled and passage:
            evidence.append(Evidence(passage, titled, 0.0, SURE))
    if len(evidence) == told:
        return None
    rest = [heading["title"] for heading in outline.headings[NAMED:]]
    names = [*rest[:NAMED], "……"] if len(rest) > NAMED else rest
    note = say("chapter_rest", language, chapter=document.title, rest=listed(names, language)) if rest else ""
    return evidence, Verdict("answered", note, {"outline": document.title}, "", SURE)


def _below(heading: Heading, every: Sequence[Heading], doc_id: str, index: SearchBackend) -> Passage | None:
    """Return the first passage under a heading, or under one within it; None where nothing stands there."""
    for inner in every:
        if heading["start"] <= inner["start"] < heading["end"] and (rows := index.body_of_section(doc_id, SECTION_SEPARATOR.join(inner["path"]), inner["start"], inner["end"])):
            return index.passages(rows[:1])[rows[0]]
    return None
