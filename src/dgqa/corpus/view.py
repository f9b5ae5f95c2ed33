"""Edit a text so that each character maps back to the file's; mark what a format says about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

from dgqa.types import Defect, OffsetMap, Span

# What stands above and below the line, in characters that keep it there: a power is no digit.
RAISED = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")


class Edit(NamedTuple):
    """Replace ``start:end`` of a text, which is not empty, by ``text``."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A text made out of a raw one by edits, with the map back to it."""

    text: str
    offsets: OffsetMap

    @classmethod
    def of(cls, raw: str) -> Self:
        offsets = OffsetMap((0,), (0,), (len(raw),), (True,), len(raw)) if raw else OffsetMap((), (), (), (), 0)
        return cls(raw, offsets)

    def edit(self, edits: Iterable[Edit]) -> View:
        """Return a view with ``edits`` applied; they are sorted and an overlapping later one is dropped."""
        ordered = sorted(edits)
        if not ordered:
            return self
        old = self.offsets
        parts: list[str] = []
        clean: list[int] = []
        raw: list[int] = []
        raw_end: list[int] = []
        linear: list[bool] = []
        length = 0
        run = 0

        def keep(start: int, end: int) -> None:
            nonlocal length, run
            while start < end:
                while run + 1 < len(old.clean) and old.clean[run + 1] <= start:
                    run += 1
                stop = min(end, old.clean[run + 1] if run + 1 < len(old.clean) else old.length)
                shift = start - old.clean[run] if old.linear[run] else 0
                clean.append(length)
                raw.append(old.raw[run] + shift)
                raw_end.append(raw[-1] + stop - start if old.linear[run] else old.raw_end[run])
                linear.append(old.linear[run])
                length += stop - start
                start = stop

        at = 0
        for start, end, text in ordered:
            if start < at or start >= end:
                continue
            if start > at:
                parts.append(self.text[at:start])
                keep(at, start)
            if text:
                span = old.raw_span(start, end)
                parts.append(text)
                clean.append(length)
                raw.append(span[0])
                raw_end.append(span[1])
                linear.append(len(text) == span[1] - span[0] and old.is_linear(start) and old.is_linear(end - 1))
                length += len(text)
            at = end
        if at < len(self.text):
            parts.append(self.text[at:])
            keep(at, len(self.text))
        offsets = OffsetMap(tuple(clean), tuple(raw), tuple(raw_end), tuple(linear), length)
        return View("".join(parts), offsets)


def raw_spans(offsets: OffsetMap, pieces: Iterable[Span]) -> tuple[Span, ...]:
    """Return the raw spans of clean spans, neighbouring ones joined."""
    spans: list[Span] = []
    for start, end in pieces:
        span = offsets.raw_span(start, end)
        if spans and span[0] <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(span[1], spans[-1][1]))
        else:
            spans.append(span)
    return tuple(spans)


MarkKind = Literal["heading", "list_item", "meta", "boilerplate", "header"]


class Mark(NamedTuple):
    """What the markup says about the raw characters ``start:end``; ``level`` is that of a heading
    or how deep an item is nested; a "header" is a row of column names."""

    start: int
    end: int
    kind: MarkKind
    level: int = 0


FRONT_MATTER = 99  # level of the mark on the fields of a front matter


class Parsed(NamedTuple):
    """A file's text without its markup. ``meta`` has lower-case keys and one-line values; ``format`` is "" for office files."""

    view: View
    marks: list[Mark]
    meta: dict[str, str]
    defects: list[Defect]
    format: Literal["text", "markdown", "html", ""] = ""
