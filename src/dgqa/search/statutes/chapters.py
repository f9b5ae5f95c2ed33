"""Find the chapter of a document that a question asks for by its number, or tell how many chapters there are.

Chapters, parts and sections are headings with a number and what is counted (第二章, 第三部分, Chapter 2); where a document counts
nothing by name, the numbered headings of its uppermost level are meant: 二、, 2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dgqa.data import Pattern
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.queries import Entry
from dgqa.language.numerals import ORDINALS, whole
from dgqa.language.reading import Text
from dgqa.language.text import fold, squeezed
from dgqa.search.filters import allowed_documents
from dgqa.search.statutes.laws import Laws
from dgqa.types import Filter

_FILE = "question/chapters"
_LABEL, _ASKING, _POINTED = (Pattern(_FILE, name) for name in ("label", "asking", "pointed"))
_ARTICLE = re.compile(r"第\s?[一二三四五六七八九十百千\d]+\s?条|\barticles?\s+\d", re.IGNORECASE)
_HEADED = re.compile(r"第\s?(?P<number>[一二三四五六七八九十百\d](?:\s?[一二三四五六七八九十百\d]){0,3})\s?(?P<kind>分?编|章|篇|部分|节|单元|讲|课)|(?P<sort>chapter|part|section|unit|lesson)\s+(?P<count>\d{1,3})\b")
_PLAIN = re.compile(r"(?P<number>[一二三四五六七八九十]{1,3}|\d{1,2})\s?[、.．\s](?!\d)")
_WORDS = {word: at for at, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1)}
# What an English question may call a chapter is one of these in an article.
_SORTS = {"chapter": ("章", "chapter"), "part": ("编", "部分", "篇", "part"), "section": ("节", "section"), "unit": ("单元", "unit"), "lesson": ("课", "讲", "lesson")}
_UNNAMED = ("章", "部分", "篇", "节", "单元", "讲", "课")  # what numbered headings may be called that have no name for what they count
_READ = 50  # documents whose headings are read where none is named
_FEWEST = 2  # chapters of a document that has any

Heading = dict[str, Any]  # title, level, start, end and path, as `SearchBackend.headings` gives them


@dataclass(frozen=True, slots=True)
class ChapterAsked:
    """The chapters of a document that a question asks for, several where each part of it counts its own.

    ``found`` are their headings, none where the document has no such chapter: it has ``count``, from the one titled ``first``
    to that titled ``last``. ``label`` is what the question calls it; ``law`` is the name of its document, which is None where there is none of it.
    """

    law: str
    label: str
    document: Entry | None = None
    found: tuple[Heading, ...] = ()
    count: int = 0
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class _Label:
    kinds: tuple[str, ...]
    number: int  # -1 for the last
    start: int
    end: int


def chapter_asked(
    question: Text, index: SearchBackend, *, filter: Filter | None = None, terms: Sequence[str] = (), titles: Sequence[str] = (), before: Sequence[str] = ()
) -> ChapterAsked | None:
    """Return the chapter that a question asks for by its number and nothing else of; None for other questions, or of no document that is known.

    Args:
        question: What is asked.
        index: Where the documents stand.
        filter: Which documents may answer; None for all.
        terms: What the glossary has in Chinese for an English question.
        titles: Of the documents that the question names as its source.
        before: The questions before it, the latest first, one of which may name the document.
    """
    text = question.folded
    labels = _labels(text)
    if not labels or _ARTICLE.search(text):
        return None
    entries = allowed_documents(index.entries(), filter) if filter else index.entries()
    label = " ".join(text[one.start : one.end].strip() for one in labels) if question.english else "".join(text[one.start : one.end] for one in labels)
    ahead, behind = text[: min(one.start for one in labels)], text[max(one.end for one in labels) :]
    laws = Laws(entries)
    name, candidates = laws.named(ahead, behind, terms)
    if name and not candidates:
        return ChapterAsked(name, label) if laws.is_certain(name, ahead) and _asks_nothing_else(text, labels, name, name) else None
    candidates = candidates or laws.within(text) or [entry for entry in entries if entry.title in titles] or _before(laws, before) or _with_chapters(index, entries, labels)
    if len({squeezed(entry.title) for entry in candidates}) != 1:
        return None
    # The same in several versions is meant as it was last.
    entry = max(candidates, key=lambda one: one.date)
    return _within(entry, label, labels, index.headings(entry.doc_id)) if _asks_nothing_else(text, labels, entry.title, name) else None


def _before(laws: Laws, before: Sequence[str]) -> list[Entry]:
    """Return the documents that the latest question named that names any: by their whole title, or by a short one before the chapter that it asked for."""
    for said in before:
        text = fold(said)
        labels = _labels(text)
        if named := laws.within(said) or (laws.named(text[: labels[0].start], text[labels[-1].end :])[1] if labels else []):
            return named
    return []


def _with_chapters(index: SearchBackend, entries: Sequence[Entry], labels: Sequence[_Label]) -> list[Entry]:
    return [entry for entry in entries if _counted(index.headings(entry.doc_id), labels[0].kinds)] if len(entries) <= _READ else []


def _within(entry: Entry, label: str, labels: Sequence[_Label], headings: Sequence[Heading]) -> ChapterAsked | None:
    """Return the chapter of a document by its labels, the outer ones first; None where the document counts none of the kind."""
    start, end = -1, 1 << 60
    found: list[Heading] = []
    for one in labels:
        counted = [heading for heading in _counted(headings, one.kinds) if start < heading["start"] < end]
        numbers = {_number(heading) for heading in counted}
        if len(numbers) < _FEWEST:
            return None
        wanted = max(numbers) if one.number < 0 else one.number
        found = _largest([heading for heading in counted if _number(heading) == wanted])
        if not found:
            return ChapterAsked(entry.title, label, entry, (), len(numbers), counted[0]["title"], counted[-1]["title"])
        start, end = found[0]["start"], found[0]["end"]
    return ChapterAsked(entry.title, label, entry, tuple(found))


def _labels(text: str) -> list[_Label]:
    found: list[_Label] = []
    kinds: tuple[str, ...]
    for match in _LABEL.finditer(text):
        if match["kind"]:
            kinds, number = (match["kind"],), whole(match["number"])
        elif match["last"]:
            kinds, number = (match["last"],), -1
        elif match["sort"]:
            kinds, number = _SORTS[match["sort"]], _english_number(match["count"])
        else:
            kinds, number = _SORTS[match["behind"]], ORDINALS.get(match["ordinal"], -1)
        found.append(_Label(kinds, number, *match.span()))
    # Section 2 of chapter 3: the outer one is said last.
    return found[::-1] if len(found) > 1 and found[0].kinds[0] == "节" else found


def _english_number(written: str) -> int:
    if written.isdigit():
        return int(written)
    if written in _WORDS:
        return _WORDS[written]
    values = [{"i": 1, "v": 5, "x": 10}[char] for char in written]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))


def _asks_nothing_else(text: str, labels: Sequence[_Label], title: str, name: str) -> bool:
    rest = text
    for label in sorted(labels, key=lambda one: -one.start):
        rest = f"{rest[: label.start]} {rest[label.end :]}"
    for called in (fold(title), fold(title).strip("《》"), name):
        rest = rest.replace(called, " ") if called else rest
    for pattern in (_ASKING, _POINTED):
        rest = pattern.sub(" ", rest)
    return not any(char.isalnum() for char in rest)


def _counted(headings: Sequence[Heading], kinds: Sequence[str]) -> list[Heading]:
    """Return the headings that count chapters of some kinds, or where a document names none what its uppermost numbers count."""
    named = [(heading, found) for heading in headings if (found := _HEADED.match(_title(heading)))]
    for kind in kinds:
        if fitting := [heading for heading, found in named if (found["kind"] or found["sort"]) == kind]:
            return fitting
    if not any(kind in _UNNAMED for kind in kinds) or any((found["kind"] or found["sort"]) in ("章", "编", "chapter") for _, found in named):
        return []
    plain = [heading for heading in headings if _PLAIN.match(_title(heading))]
    top = min((heading["level"] for heading in plain), default=0)
    return [heading for heading in plain if heading["level"] == top]


def _title(heading: Heading) -> str:
    return fold(heading["title"])


def _number(heading: Heading) -> int:
    title = _title(heading)
    found = _HEADED.match(title) or _PLAIN.match(title)
    return 0 if found is None else whole(found.groupdict().get("number") or found["count"])


def _largest(headings: Sequence[Heading]) -> list[Heading]:
    """Return the headings below different ones, of those below the same one that with most behind it: a table of contents names each too."""
    best: dict[tuple[str, ...], Heading] = {}
    for heading in headings:
        above = tuple(heading["path"][:-1])
        if above not in best or heading["end"] - heading["start"] > best[above]["end"] - best[above]["start"]:
            best[above] = heading
    return list(best.values())
