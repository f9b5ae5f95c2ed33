"""A question for what a whole document says in; the document out, with its summary or the headings that it is divided by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dgqa.corpus.structure.statutes import article_number
from dgqa.data import Pattern
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.queries import Entry
from dgqa.language.reading import Text
from dgqa.language.text import fold, in_order, squeezed
from dgqa.search.filters import allowed_documents
from dgqa.search.statutes.chapters import Heading
from dgqa.search.statutes.laws import Laws
from dgqa.types import Filter

_FILE = "question/chapters"
_CONTENTS, _ASKING, _POINTED, _APART = (Pattern(_FILE, name) for name in ("contents", "asking", "pointed", "apart"))
_SUMMARY = re.compile(r"\W*(?:主要|核心)?(?:内容|观点|要点)?(?:摘要|提要|导读|概要|概览|概述|abstract|(?:executive )?summary)\W*")
_FEWEST = 3  # headings that divide a document
_SHORTEST = 4  # characters of what a document may be called
_TOGETHER = 0.6  # of the pairs of neighbours in what it is called, those that are neighbours in its title


@dataclass(frozen=True, slots=True)
class Outline:
    """A document whose contents are asked for: the heading of its summary, None where it has none, and those that divide it, none or at least three."""

    document: Entry
    summary: Heading | None
    headings: tuple[Heading, ...]


def outline_asked(question: Text, index: SearchBackend, laws: Laws, *, filter: Filter | None = None, terms: Sequence[str] = ()) -> Outline | None:
    """Return the document of which a question asks what it is about and nothing else; None for other questions, or where no document or several may be meant.

    Args:
        question: What is asked.
        index: Where the documents stand.
        laws: The names of all of them.
        filter: Which documents may answer; None for all.
        terms: What the glossary has in Chinese for an English question.
    """
    text = question.folded
    # The name of a document and nothing else asks the same, as where "in a sentence" was taken off.
    if not _CONTENTS.search(text) and _left(text) != squeezed(text):
        return None
    laws = Laws(allowed_documents(index.entries(), filter)) if filter else laws
    if question.english:
        name, found = laws.named("", text, terms)
        meant = found if name and not _left(text.replace(name, " ")) else []
    else:
        meant = _meant(text, laws)
    if len(meant) != 1:
        return None
    headings = index.headings(meant[0].doc_id)
    summary = next((heading for heading in headings if _SUMMARY.fullmatch(fold(heading["title"]))), None)
    dividing = _dividing(headings, meant[0].title)
    return Outline(meant[0], summary, dividing) if summary or dividing else None


def _left(text: str, *more: Pattern) -> str:
    """Return what a folded text has besides words that only ask."""
    for pattern in (_ASKING, *more):
        text = pattern.sub(" ", text)
    return re.sub(r"[\W_]+", "", text)


def _meant(text: str, laws: Laws) -> list[Entry]:
    """Return the documents whose title is shortened to the rest of a question, the shortest ones."""
    alone = len(laws.titles) == 1
    if not (alone or "《" in text or _POINTED.search(text)):
        return []
    for rest in (_left(text), _left(text, _POINTED)):
        if not rest and alone:
            return [entry for entry, _ in laws.titles]
        fitting = [(len(laws.name(entry)), entry) for entry, title in laws.titles if rest == laws.name(entry) or (len(rest) >= _SHORTEST and _shortens(rest, title))]
        if fitting:
            shortest = min(size for size, _ in fitting)
            return [entry for size, entry in fitting if size == shortest]
    return []


def _shortens(name: str, title: str) -> bool:
    """Whether a title has the characters of a name in their order, most of them beside each other as the name has them."""
    return in_order(name, title) and sum(pair in title for pair in map("".join, pairwise(name))) >= _TOGETHER * (len(name) - 1)


def _dividing(headings: Sequence[Heading], title: str) -> tuple[Heading, ...]:
    """Return the uppermost headings of which there are several, articles of a law, the title and what is no part of the text apart."""
    own = [heading for heading in headings if article_number(heading["title"]) == (0, 0) and squeezed(heading["title"]) != squeezed(title) and not _APART.search(fold(heading["title"]))]
    for level in sorted({heading["level"] for heading in own}):
        found = [heading for heading in own if heading["level"] == level]
        if len(found) >= _FEWEST:
            return tuple(found)
    return ()
