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
from dgqa.search.statutes.chapters import ChapterAsked
from dgqa.types import Passage, Sentence

_PURPOSE = 200  # characters of a law's first article


def quoted_outline(outline: Outline, index: SearchBackend, language: Language) -> tuple[list[Evidence], Verdict] | None:
    """Return the summary of a document or the headings that divide it, behind the first article of a law, and the verdict; None where the text has none of these."""
    document = outline.document
    if outline.summary:
        return quoted_chapters(ChapterAsked(document.title, outline.summary["title"], document, (outline.summary,)), index, language)
    raw = index.raw(document.doc_id)
    headings = [titled for heading in outline.headings if (titled := title_in(raw, heading))]
    rows = index.body(document.doc_id, 1)
    if not headings or not rows:
        return None
    shown, rest = headings[:NAMED], [titled.text for titled in headings[NAMED:]]
    evidence = []
    first = next((heading for heading in index.headings(document.doc_id) if article_number(heading["title"]) == (1, 0)), None)
    purpose = index.body_of_section(document.doc_id, SECTION_SEPARATOR.join(first["path"]), first["start"], first["end"])[:1] if first else []
    for passage in index.passages(purpose).values():
        evidence.append(_excerpt(passage, beginning(passage.sentences, _PURPOSE), index))
    evidence.append(_excerpt(index.passages(rows)[rows[0]], shown, index))
    names = [*rest[:NAMED], "……"] if len(rest) > NAMED else rest
    note = say("chapter_rest", language, chapter=document.title, rest=listed(names, language)) if rest else ""
    return evidence, Verdict("answered", note, {"outline": document.title}, "", SURE)


def _excerpt(passage: Passage, sentences: Sequence[Sentence], index: SearchBackend) -> Evidence:
    joined, _ = Surroundings(index).together(passage.doc_id, sentences)
    return Evidence(passage, joined, 0.0, SURE, "list")
