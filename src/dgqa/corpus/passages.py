"""Split a document into passages of about 250 characters: whole sentences of one section."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dgqa.corpus.structure.statutes import article_number
from dgqa.corpus.view import raw_spans
from dgqa.data import CJK
from dgqa.language.text import split_sentences
from dgqa.types import Block, Document, Passage, Sentence, Span

TARGET = 250  # characters of a passage
SECTION_SEPARATOR = " › "

_WHOLE = 600  # characters up to which an article, or a list with its lead, is not cut
_LONGEST_LIST = 1500  # the same for a list with its lead in an article

_BODY = frozenset({"paragraph", "list_item", "table_row"})


def split_document(document: Document, *, first_row: int = 0) -> list[Passage]:
    """Return the passages of a document in reading order, rows counted from ``first_row``.

    A passage holds whole sentences of one section; it ends near `TARGET` characters, at the end of a
    paragraph where one is near. Headings, notes, references and boilerplate are in no passage. What says
    something about the article itself (title, author, date) makes one passage of kind "meta", the first.
    """
    passages: list[Passage] = []

    def close(members: list[tuple[Sentence, str]], section: str, kind: str = "body") -> None:
        if not members:
            return
        sentences = tuple(sentence for sentence, _ in members)
        start, end = min(sentence.start for sentence in sentences), max(sentence.end for sentence in sentences)
        text = "".join(gap + sentence.text for sentence, gap in members).strip()
        passages.append(
            Passage(
                row=first_row + len(passages),
                doc_id=document.doc_id,
                path=document.path,
                title=document.title,
                author=document.author,
                date=document.date,
                section=section,
                start=start,
                end=end,
                text=text,
                sentences=sentences,
                kind="meta" if kind == "meta" else "body",
                page=document.page_at(start, end),
            )
        )

    close([(sentence, "\n") for sentence in _meta_sentences(document)], "", "meta")
    pending: list[tuple[Sentence, str]] = []
    length = 0
    current: int | None = None
    for unit in _units(document):
        whole = unit.size <= unit.uncut
        if pending and (unit.section != current or (length >= TARGET // 2 and length + unit.size > TARGET * 6 // 5) or (whole and length + unit.size > _WHOLE)):
            close(pending, _path(document, current))
            pending, length = [], 0
        current = unit.section
        for sentence, first in unit.sentences:
            if pending and not whole and length + len(sentence.text) > TARGET and length >= TARGET // 3:
                close(pending, _path(document, current))
                pending, length = [], 0
            pending.append((sentence, "\n" if first else _gap(pending, sentence)))
            length += len(sentence.text)
    close(pending, _path(document, current))
    return passages


class _Unit(NamedTuple):
    """Blocks that stand in one passage where they are not too long: an article, a list with its lead, or one block.

    ``sentences`` tells of each whether a block begins with it; ``size`` counts characters, as does ``uncut``, the size
    up to which the unit stands in one passage.
    """

    section: int
    sentences: tuple[tuple[Sentence, bool], ...]
    size: int
    uncut: int


def _units(document: Document) -> Iterator[_Unit]:
    """Yield a document's units in reading order."""
    articles = {at for at, section in enumerate(document.sections) if article_number(section.title) != (0, 0)}
    blocks = [block for block in document.blocks if block.kind in _BODY]
    for section, members in itertools.groupby(blocks, key=lambda block: block.section):
        groups = [_unit(document, list(group), article=section in articles) for group in _with_leads(document, list(members), article=section in articles)]
        size = sum(group.size for group in groups)
        if section in articles and size <= _WHOLE:
            yield _Unit(section, tuple(sentence for group in groups for sentence in group.sentences), size, _WHOLE)
        else:
            yield from groups


def _with_leads(document: Document, blocks: Sequence[Block], *, article: bool) -> Iterator[list[Block]]:
    """Yield the blocks of a section, items together with the paragraph that announces them, in an article with the one above."""
    group: list[Block] = []
    for block in blocks:
        led = bool(group) and (article or (group[0].kind == "paragraph" and _announces(document, group[0])))
        if group and not (led and block.kind == "list_item"):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _announces(document: Document, block: Block) -> bool:
    return document.text[block.spans[-1][1] - 1] in "：:"


def _unit(document: Document, blocks: Sequence[Block], *, article: bool) -> _Unit:
    sentences: list[tuple[Sentence, bool]] = []
    for block in blocks:
        sentences += [(sentence, index == 0) for index, sentence in enumerate(_sentences(document, block))]
    uncut = 0 if len(blocks) == 1 else _LONGEST_LIST if article else _WHOLE
    return _Unit(blocks[0].section, tuple(sentences), sum(len(sentence.text) for sentence, _ in sentences), uncut)


def _gap(pending: list[tuple[Sentence, str]], sentence: Sentence) -> str:
    before = pending[-1][0].text[-1:] if pending else ""
    return " " if before.isascii() and sentence.text[:1].isascii() else ""


def _path(document: Document, section: int | None) -> str:
    if section is None or section < 0:
        return ""
    return SECTION_SEPARATOR.join(document.sections[section].path)


def _sentences(document: Document, block: Block) -> list[Sentence]:
    if block.rendered:
        return [_sentence(document, block.rendered, block.spans)]
    if len(block.spans) == 1:
        (begin, end) = block.spans[0]
        return [
            _sentence(document, document.text[begin + low : begin + high], [(begin + low, begin + high)])
            for low, high in split_sentences(document.text[begin:end])
        ]
    text, starts = _joined(document, block.spans)
    found = []
    for start, end in split_sentences(text):
        pieces = list(_pieces(block.spans, starts, start, end))
        found.append(_sentence(document, text[start:end], pieces))
    return found


def _joined(document: Document, spans: tuple[Span, ...]) -> tuple[str, list[int]]:
    """Return the text of spans joined and where each starts in it."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for start, end in spans:
        part = document.text[start:end]
        if parts and parts[-1][-1:].isascii() and part[:1].isascii() and parts[-1][-1:].isalpha():
            parts.append(" ")
            length += 1
        starts.append(length)
        parts.append(part)
        length += len(part)
    return "".join(parts), starts


def _pieces(spans: tuple[Span, ...], starts: list[int], start: int, end: int) -> Iterable[Span]:
    for (begin, stop), at in zip(spans, starts, strict=True):
        low, high = max(start, at), min(end, at + stop - begin)
        if low < high:
            yield begin + low - at, begin + high - at


def _sentence(document: Document, text: str, pieces: Iterable[Span]) -> Sentence:
    spans = raw_spans(document.offsets, pieces)
    if len(spans) == 1:
        return Sentence(text, *spans[0], spans=spans)
    # A full stop that a footnote keeps from its sentence is nothing to cite.
    spans = tuple(span for span in spans if any(map(str.isalnum, document.raw[slice(*span)]))) or spans
    # Parts that only touch at a line break are one span; a footnote between them keeps them apart.
    joined: list[Span] = []
    for span in spans:
        if joined and not document.raw[joined[-1][1] : span[0]].strip():
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return Sentence(text, joined[0][0], joined[-1][1], spans=tuple(joined))


def _meta_sentences(document: Document) -> list[Sentence]:
    """Return the lines about the article itself, its title first."""
    found: list[Sentence] = []
    seen: set[str] = set()
    for block in document.blocks:
        title = block.kind == "heading" and block.section < 0
        if block.kind != "meta" and not title:
            continue
        text = block.rendered or _joined(document, block.spans)[0]
        if text in seen or "\t" in text:
            continue
        seen.add(text)
        if title and text == document.title and any(CJK[0] <= char for char in text):
            text = f"标题：{text}" if document.script != "Hant" else f"標題：{text}"
        found.append(_sentence(document, text, block.spans))
    return found
