"""Tell the blocks and sections of a cleaned text apart, and find its title, author, date and source."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dgqa.corpus.notes import inline_notes
from dgqa.corpus.structure.dates import date_in_name
from dgqa.corpus.structure.headings import (
    MARKUP,
    MAX_HEADING,
    OUTERMOST,
    encloses,
    find_title,
    mark_headings,
    mark_items,
    mark_runs,
    merge_title,
)
from dgqa.corpus.structure.lines import CAPTION, CLOSED, CONTINUED, ITEM, Line, has_words, is_image, is_numbered
from dgqa.corpus.structure.metadata import describe, front_lines, front_matter_lines
from dgqa.corpus.structure.official import Found, official_lines
from dgqa.corpus.structure.page_parts import Page, announces_links
from dgqa.corpus.structure.run_ins import mark_contents, mark_questions, mark_run_ins, parts_named, questions_apart
from dgqa.corpus.structure.statutes import mark_articles, spaceless
from dgqa.corpus.structure.tables import drawn_rows, mark_tables
from dgqa.corpus.structure.titles import attached_titles, page_title
from dgqa.corpus.view import Mark, Parsed, View
from dgqa.corpus.wording import one_of
from dgqa.data import CJK
from dgqa.types import Block, BlockKind, Section

_GOES_ON = re.compile(f"[{CJK}，,、“（《]$")
_LONGEST_LABEL = 40  # characters of an item that others stand under
_REFERENCE = re.compile(r"\W{0,4}[\[［]\d{1,3}[\]］]")
_REFERENCES = re.compile(rf"[【\[]?(?:主要)?{one_of('headings', 'references')}[】\]]?[:：]?", re.IGNORECASE)
_NOTE = re.compile(r"(?:[¹²³⁴-⁹]+|[①-⑳*＊†])\s*\S|" + one_of("headings", "footnotes"))


@dataclass(frozen=True, slots=True)
class Structure:
    """What `structure` returns."""

    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    title: str
    author: str
    date: str
    source: str
    number: str
    issuer: str


def structure(view: View, parsed: Parsed, *, fallback_title: str) -> Structure:
    """Tell headings, paragraphs, list items, table rows, notes, references and boilerplate apart.

    ``view`` is the cleaned one. The title, author and date of the file's own fields win over what the text says.
    """
    marks, meta = parsed.marks, parsed.meta
    marked_up = parsed.format == "markdown" and any(mark.kind == "heading" for mark in marks)
    lines = _lines(view)
    _apply_marks(view, lines, marks)
    lines = drawn_rows(_inline_notes(lines))
    lines, page = _page_parts(lines)
    front_matter_lines(lines)
    body = [line for line in lines if line.kind not in {"meta", "boilerplate"}]
    official = official_lines(lines)
    meta = {**meta, "title": page_title(meta.get("title", ""), body)}
    title_line = find_title(body, meta) or official.title_line
    title = _title(meta, official, title_line) or fallback_title
    lines = merge_title(lines, title)
    body = [line for line in body if line.kind not in {"meta", "boilerplate"}]
    found = front_lines(body, title_line)
    mark_tables(lines)
    _notes_and_references(lines)
    mark_contents(lines)
    if not mark_articles(lines):
        mark_run_ins(lines)
        lines = questions_apart(lines)
        mark_questions(lines)
    mark_headings(lines, title_line, marked_up=marked_up)
    mark_items(lines)
    lines = attached_titles(lines, title_line)
    mark_runs(lines, title_line, page)
    lines = _join_broken(lines)
    _nest_items(lines)
    lines = parts_named(lines)
    blocks, sections = _assemble(view, lines, title_line, title)
    issued = official.date(title)
    if issued and parsed.format == "html":  # what a page's head says is when the page was made
        meta = {**meta, "date": issued}
    day = issued or found.get("date", "") or date_in_name(fallback_title)
    author, date, source = describe(meta, found | {"date": day})
    issuer = official.body(title)
    return Structure(blocks, sections, title, author, date, source or issuer, official.number, issuer)


def _title(meta: Mapping[str, str], official: Found, title_line: Line | None) -> str:
    if official.title and title_line is official.title_line:
        return official.title
    if title_line is not None and (not meta.get("title") or len(title_line.text) < len(meta["title"].strip())):
        return title_line.text
    return meta.get("title", "").strip() or official.title


def _lines(view: View) -> list[Line]:
    lines = []
    at = 0
    for text in view.text.split("\n"):
        stripped = text.strip()
        if "\t" in stripped:  # empty cells at either end of a row count
            stripped = text.strip(" \u3000")
        if stripped:
            start = at + text.index(stripped)
            lines.append(Line(start, start + len(stripped), stripped, spans=[(start, start + len(stripped))]))
        at += len(text) + 1
    return lines


def _apply_marks(view: View, lines: list[Line], marks: Sequence[Mark]) -> None:
    """Give lines the kinds that the markup says: navigation before fields before headings before list items."""
    if not lines:
        return
    starts = [view.offsets.raw_span(line.start, line.start + 1)[0] for line in lines]
    for mark in (mark for mark in marks if mark.kind == "header"):
        for line in lines[bisect_left(starts, mark.start) : bisect_left(starts, mark.end)]:
            line.header = True
    everywhere = range(len(lines))
    short = [index for index in everywhere if len(lines[index].text) <= 2 * MAX_HEADING]
    kinds: tuple[tuple[BlockKind, Sequence[int]], ...] = (("list_item", everywhere), ("heading", short), ("meta", everywhere), ("boilerplate", everywhere))
    for kind, members in kinds:
        places = [starts[index] for index in members]
        chosen = [mark for mark in marks if mark.kind == kind]
        if kind == "list_item":  # an inner item ends before the outer one
            chosen.sort(key=lambda mark: (mark.start, -mark.end))
        for at, mark in _innermost(places, chosen):
            line = lines[members[at]]
            line.kind, line.level = kind, mark.level + (MARKUP if kind == "heading" else 0)


def _innermost(places: Sequence[int], marks: Sequence[Mark]) -> Iterator[tuple[int, Mark]]:
    """Yield which of the sorted ``places`` lie inside marks, by index, each with the last of the marks around it.

    Broken markup can nest ten thousand marks around ten thousand lines, so each place is visited once.
    """
    free = list(range(len(places) + 1))  # the next place, from each one on, that no mark has taken
    for mark in reversed(marks):
        at = bisect_left(places, mark.start)
        while True:
            root = at
            while free[root] != root:
                root = free[root]
            while free[at] != root:
                free[at], at = root, free[at]
            if root == len(places) or places[root] >= mark.end:
                break
            yield root, mark
            free[root] = at = root + 1


def _inline_notes(lines: list[Line]) -> list[Line]:
    """Take the footnotes inside lines out of them; each becomes a note of its own behind its line."""
    split: list[Line] = []
    for line in lines:
        split.append(line)
        if line.kind in {"meta", "boilerplate"}:
            continue
        notes = inline_notes(line.text)
        if not notes:
            continue
        if notes[0] == (0, len(line.text)):
            line.kind = "reference" if _REFERENCE.match(line.text) else "note"
            continue
        edges = [0, *(edge for span in notes for edge in span), len(line.text)]
        kept = [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end]
        split += [Line(line.start + begin, line.start + end, line.text[begin:end], "note", spans=[(line.start + begin, line.start + end)]) for begin, end in notes]
        line.spans = [(line.start + begin, line.start + end) for begin, end in kept]
        line.text = "".join(line.text[begin:end] for begin, end in kept)
    return split


def _page_parts(lines: list[Line]) -> tuple[list[Line], Page]:
    """Mark spam, adverts, share bars, link lists and stray words as boilerplate, those behind a paragraph's end too."""
    content = [line for line in lines if line.kind not in {"meta", "boilerplate"}]
    page = Page([line.text for line in content])
    listing = False
    for index, line in enumerate(content):
        short = len(line.text) <= 60 and not CLOSED.search(line.text) and "\t" not in line.text and not is_numbered(line.text)
        following = content[index + 1].text if index + 1 < len(content) else "。"
        announces = announces_links(line.text) and len(following) <= 60 and not CLOSED.search(following)
        listing = announces or (listing and short)
        if listing:
            line.kind = "boilerplate"
        elif line.kind not in {"paragraph", "list_item"} or "\t" in line.text or is_numbered(line.text):
            continue
        elif page.is_boilerplate(line.text, index) or page.is_stray(line.text):
            line.kind = "boilerplate"
    split: list[Line] = []
    for line in lines:
        split.append(line)
        cut = page.body_end(line.text) if line.kind == "paragraph" else len(line.text)
        begin, end = line.spans[-1]
        at = end - (len(line.text) - cut)
        if begin < at < end:
            rest = line.text[cut:].lstrip()
            line.spans[-1], line.text = (begin, at), line.text[:cut]
            split.append(Line(end - len(rest), end, rest, "boilerplate", spans=[(end - len(rest), end)]))
    return split, page


def _notes_and_references(lines: list[Line]) -> None:
    listing = False
    for line in lines:
        if _REFERENCES.fullmatch(line.text):
            listing = True
            line.kind, line.level = "heading", OUTERMOST
        elif listing and line.kind == "heading":
            listing = False
        elif line.kind in {"paragraph", "list_item"}:
            if _REFERENCE.match(line.text) and (listing or re.search(r"\[[A-Z](?:/[A-Z]{2})?\]|https?://|\d{4}", line.text)):
                line.kind = "reference"
            elif _NOTE.match(line.text):
                line.kind = "note"
            elif not (has_words(line.text) or CLOSED.search(line.text.lstrip("?!。，"))) or is_image(line.text) or CONTINUED.fullmatch(line.text):
                line.kind = "boilerplate"


def _join_broken(lines: list[Line]) -> list[Line]:
    """Join the halves of a paragraph that a page break, with or without a footnote, has cut."""
    joined: list[Line] = []
    open_half: Line | None = None
    for line in lines:
        if line.kind == "paragraph":
            cut = len(line.text) >= 30 and not CLOSED.search(line.text) and _GOES_ON.search(line.text) and not CAPTION.match(line.text)
            if open_half is not None and not CAPTION.match(line.text) and not line.opens and unicodedata.category(line.text[0]) != "So":  # ✅ begins a line of its own
                open_half.spans += line.spans
                open_half.text += line.text
                open_half = open_half if cut else None
                continue
            open_half = line if cut else None
        elif line.kind not in {"note", "boilerplate"}:
            open_half = None
        joined.append(line)
    return joined


def _nest_items(lines: list[Line]) -> None:
    """Let a short item of an inner list read with the items that it stands under: 培训 › 县级培训 › 西部：66期."""
    outer: list[Line] = []  # the last item of each depth
    for line in lines:
        if line.kind != "list_item" or not line.level:
            outer = outer if line.kind in {"note", "boilerplate"} else []
            continue
        del outer[line.level - 1 :]
        if outer and len(outer) == line.level - 1 and all(_is_label(item.text) for item in [*outer, line]):
            line.rendered = " › ".join(ITEM.sub("", item.text, count=1).strip() for item in [*outer, line])
            line.spans = [*(span for item in outer for span in item.spans[-1:]), *line.spans]
        outer.append(line)


def _is_label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and not text.endswith(("。", "；", ".", ";"))


def _assemble(view: View, lines: list[Line], title_line: Line | None, title: str) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    blocks: list[Block] = []
    opened: list[tuple[int, int]] = []  # (rank, section index), outermost first
    drafts: list[tuple[str, int, int, tuple[str, ...]]] = []  # title, level, start, path
    ends: dict[int, int] = {}
    for line in lines:
        name = line.opens or (spaceless(line.text) if line.kind == "heading" and line is not title_line and line.text != title else "")
        if name:
            start = view.offsets.raw_span(line.start, line.end)[0]
            while opened and not encloses(opened, line.level):
                ends[opened.pop()[1]] = start
            path = (*(drafts[index][0] for _, index in opened), name)
            drafts.append((name, len(path), start, path))
            opened.append((line.level, len(drafts) - 1))
        blocks.append(Block(line.kind, tuple(line.spans), opened[-1][1] if opened else -1, line.rendered))
    last = view.offsets.raw_span(lines[-1].start, lines[-1].end)[1] if lines else 0
    sections = tuple(Section(name, level, start, ends.get(i, last), path) for i, (name, level, start, path) in enumerate(drafts))
    return tuple(blocks), sections
