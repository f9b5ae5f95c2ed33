"""Report what of a document's blocks is no text of the article, is interrupted or likely mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from dgqa.corpus.structure.lines import is_image
from dgqa.types import Block, Defect, OffsetMap, Span

_WORD = re.compile(r"[A-Za-z]{1,24}|[^\w\s]{1,12}")
# 一是……；而是……；三是……: the spoken word for "second" that an input method has written as "but".
_ITEM = re.compile(r"(?P<mark>^|[，,；;：:。、])\s?(?P<number>[一二三四五六而])(?P<verb>是|要|则|則|为|為|在|靠|需)")
_CONTRAST = re.compile(r"(?:不|并非|並非|绝非|絕非|没有|沒有|非)[^。；;]{0,60}$")


def block_defects(raw: str, text: str, offsets: OffsetMap, blocks: Sequence[Block], *, front_matter: Span | None = None) -> Iterator[Defect]:
    """Yield the defects that show in the blocks of a document, with raw spans.

    Args:
        raw: The file's text.
        text: Its clean view, which the blocks' spans are of.
        offsets: The map from ``text`` to ``raw``.
        blocks: The blocks in reading order.
        front_matter: The raw span of the front matter; its lines are no boilerplate.
    """
    notes = [offsets.raw_span(*block.spans[0]) for block in blocks if block.kind == "note"]
    for block in blocks:
        spans = [offsets.raw_span(*span) for span in block.spans]
        start, end = spans[0][0], spans[-1][1]
        if block.kind == "boilerplate":
            if front_matter is None or not front_matter[0] <= start < front_matter[1]:
                yield Defect(_kind(text[block.spans[0][0] : block.spans[-1][1]]), start, end, raw[start:end], confidence=0.9)
        elif block.kind == "note":
            yield Defect("note", start, end, raw[start:end], confidence=0.95)
        elif block.kind in {"paragraph", "list_item"} and not block.rendered:
            for (_, low), (high, _) in pairwise(spans):
                if low < high and "\n" in raw[low:high] and not any(a <= low and high <= b for a, b in notes):
                    yield Defect("page_break", low, high, raw[low:high], "", 0.9)
            for span in block.spans:
                for begin, stop, suggestion, confidence in typos(text[slice(*span)]):
                    at = offsets.raw_span(span[0] + begin, span[0] + stop)
                    yield Defect("typo", *at, raw[slice(*at)], suggestion, confidence)


def _kind(text: str) -> str:
    if is_image(text):
        return "image_placeholder"
    return "stray_token" if _WORD.fullmatch(text.strip()) else "boilerplate"


def typos(text: str) -> Iterable[tuple[int, int, str, float]]:
    """Yield the span of a likely typo in ``text``, what was meant, and how likely that is.

    Only 而 for 二 in an enumeration: 一是……；而是……；三是……. A 而是 that answers 不是 is none.
    """
    if "三" not in text or "而" not in text:
        return
    items = list(_ITEM.finditer(text))
    for index, item in enumerate(items):
        if item["number"] != "一":
            continue
        suspects = []
        for other in (items[at] for at in range(index + 1, len(items))):
            if other["verb"] != item["verb"]:
                continue
            if other["number"] == "而":
                if not _CONTRAST.search(text[item.end() : other.start() + 1]):
                    suspects.append(other)
                continue
            if other["number"] == "三" and len(suspects) == 1:
                suspect = suspects[0]
                likely = 0.95 if suspect["mark"] in "；;。" else 0.8
                yield suspect.start("number"), suspect.end("verb"), f"二{suspect['verb']}", likely
            break
