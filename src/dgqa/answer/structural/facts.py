"""Quote the line in which a document says when it was issued, in force or amended, who wrote or issued it, or its number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dgqa.answer.evidence import Evidence
from dgqa.answer.structural.pages import SURE, Row, quoted
from dgqa.corpus.structure.dates import iso_date
from dgqa.data import Pattern
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.queries import Entry
from dgqa.language.reading import Text
from dgqa.language.text import squeezed
from dgqa.language.values import Date, values
from dgqa.messages import Language, say
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retrieval
from dgqa.types import Passage, Sentence

_FILE = "question/facts"
_AUTHOR, _ISSUER, _NUMBER, _DATED, _EVENT = (Pattern(_FILE, name) for name in ("author", "issuer", "number", "dated", "event"))
_WHO = re.compile(r"谁|誰|何人|作者|\b(?:who|whom|authors?|byline)\b", re.IGNORECASE)
_SOURCE_LINE = re.compile(r"(?:信息)?(?:来源|來源|出处|出處|转载自|轉載自|source|published in)\s*[:：]", re.IGNORECASE)
_EDGE = 4  # passages at either end of a document that tell of itself
# What happens to a law is told in its text too; when a paper was issued, only in the lines about it.
_IN_FORCE = ("施行", "实施", "生效")
_OF_LAWS = (*_IN_FORCE, "通过", "修订", "修正", "修改")


def about_document(entry: Entry, rest: str, language: Language, index: SearchBackend) -> Evidence | None:
    """Return the line in which a document says of itself what is asked, or what its file says where no line does; None for other questions.

    Args:
        entry: The document.
        rest: The question without what names the document.
        language: What is said of the file in.
        index: Where the document is read.
    """
    asked = Text(rest)
    folded = asked.folded.strip(" ?？。,，")
    if _AUTHOR.fullmatch(folded):
        return _line(entry, index, entry.author) or _said("author", entry, entry.author, language, index)
    if _ISSUER.fullmatch(folded):
        return _line(entry, index, entry.source)
    if _NUMBER.fullmatch(folded):
        return _line(entry, index, entry.code)
    if found := _DATED.fullmatch(folded):
        event = _EVENT.search(found.group())
        return _event(entry, index, event.group() if event else "") or _dated(entry, index) or _said("date", entry, entry.date, language, index)
    return None


def _lines(entry: Entry, index: SearchBackend) -> Iterator[tuple[Passage, Sentence]]:
    """Yield what a document says about itself, its beginning and its end."""
    rows = index.passages_of_path(entry.path)
    found = index.passages(dict.fromkeys((*rows[: _EDGE + 1], *rows[-_EDGE:])))
    yield from ((found[row], sentence) for row in sorted(found) for sentence in found[row].sentences)


def _line(entry: Entry, index: SearchBackend, value: str) -> Evidence | None:
    wanted = squeezed(value)
    return next((Evidence(passage, sentence, 0.0, SURE) for passage, sentence in _lines(entry, index) if wanted and wanted in squeezed(sentence.text)), None)


def _event(entry: Entry, index: SearchBackend, event: str) -> Evidence | None:
    """Return the line with a date and what happened then: 2020年9月24日……修订, 自2020年12月1日起施行."""
    words = _IN_FORCE if event in _IN_FORCE else (event,)
    for passage, sentence in _lines(entry, index) if event else ():
        text = Text(sentence.text)
        told = passage.kind == "meta" or event in _OF_LAWS
        if told and any(word in text.folded for word in words) and iso_date(sentence.text):
            return Evidence(passage, sentence, 0.0, SURE)
    return None


def _dated(entry: Entry, index: SearchBackend) -> Evidence | None:
    """Return the shortest line with the document's date."""
    lines = ((passage, sentence, iso_date(sentence.text)) for passage, sentence in _lines(entry, index))
    fitting = [(passage, sentence) for passage, sentence, date in lines if date and entry.date.startswith(date)]
    best = min(fitting, key=lambda found: len(found[1].text), default=None)
    return Evidence(*best, 0.0, SURE) if best else None


def _said(what: str, entry: Entry, value: str, language: Language, index: SearchBackend) -> Evidence | None:
    """Say what a file's properties have, beside its title, which is cited."""
    first = next(_lines(entry, index), None)
    if not value or first is None:
        return None
    passage, sentence = first
    return quoted([Row(passage, sentence, {})], say(f"fact_{what}", language, title=entry.title, value=value), SURE, "computed")


def fact_asked(found: Retrieval, asked: Question, question: str) -> Evidence | None:
    """Return the line about the article in question that says what is asked of it: its date, its author or its source."""
    passage = next((hit.passage for hit in found.hits[:1] if hit.passage.kind == "meta"), None)
    if passage is None:
        return None
    for sentence in passage.sentences:
        if asked.wants == "date":
            fits = bool(passage.date) and any(isinstance(value, Date) and str(value.year) == passage.date[:4] for value in values(sentence.text))
        elif _WHO.search(question):
            fits = bool(passage.author) and squeezed(passage.author) in squeezed(sentence.text)
        else:
            fits = _SOURCE_LINE.match(sentence.text) is not None
        if fits:
            return Evidence(passage, sentence, 0.0, SURE)
    return None
