"""Cut the text of an answer where its sentences and their short answers stand, for whatever shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dgqa.types import Span

_ROW = re.compile(r"\|(?:[^|\n]*\|)+")


def pieces(text: str, parts: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Cut a text at its parts, in order: pieces with the index of their part, -1 between parts."""
    at = 0
    for index, part in enumerate(parts):
        begin = text.find(part, at) if part else -1
        if begin < 0:
            continue
        if begin > at:
            yield text[at:begin], -1
        yield part, index
        at = begin + len(part)
    if at < len(text):
        yield text[at:], -1


def emphasised(sentence: str, phrase: Span | Sequence[int] | None) -> Iterator[tuple[str, bool]]:
    """Cut a sentence at its short answer: pieces, and whether each is the short answer; a span that is none of the sentence cuts nothing."""
    start, end = phrase or (0, 0)
    if not 0 <= start < end <= len(sentence):
        start = end = 0
    for piece, strong in ((sentence[:start], False), (sentence[start:end], True), (sentence[end:], False)):
        if piece:
            yield piece, strong


def cautioned(text: str, status: str, reason: str) -> tuple[str, str]:
    """Return the caution above the text of a partial answer, and the text below it; "" and the whole text where there is none."""
    caution = reason.partition("\n")[0]
    if status == "partial" and caution and text.startswith(caution):
        return caution, text[len(caution) :].lstrip("\n")
    return "", text


def unsaid(text: str, reason: str) -> str:
    """Return the lines of a reason that the text of an answer does not hold: its first may stand above it, the others below."""
    return "\n".join(line for line in reason.split("\n") if line not in text)


def is_row(text: str) -> bool:
    """Whether a sentence that a language model wrote is the row of a table."""
    return _ROW.fullmatch(text) is not None


def cells_of(row: str) -> list[str]:
    """Return the cells of a row of a table as Markdown has it.

    >>> cells_of("| 乡镇 | 96.1% |")
    ['乡镇', '96.1%']
    """
    return [cell.strip() for cell in row.strip().strip("|").split("|")]
