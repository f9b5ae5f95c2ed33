"""Clean a text: repair its damage, take out noise, and keep a map of every character to the raw text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dgqa.corpus.damage.gbk_damage import KIND as GBK_CUT
from dgqa.corpus.damage.gbk_damage import repair_gbk_cuts
from dgqa.corpus.damage.mojibake import KIND as MOJIBAKE
from dgqa.corpus.damage.mojibake import find_mojibake
from dgqa.corpus.notes import inline_notes
from dgqa.corpus.view import Edit, View
from dgqa.data import CJK
from dgqa.types import Defect, OffsetMap, Span


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What `clean` returns: ``offsets`` maps ``text`` to the raw text, defects hold raw spans."""

    text: str
    offsets: OffsetMap
    defects: tuple[Defect, ...]


_LAYERS = 3  # how often a text may have been garbled over again
# Invisible: controls but tab and line feed, zero-width and directional marks, soft hyphen, BOM, lone surrogates.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_SPACES = re.compile("[ \u00a0\u2000-\u200a\u202f\u205f\u3000]{2,}|[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_MARK_HINT = re.compile(r"[\^\[¹²³⁴-⁹⁰]")  # what a mark begins with; to look for it alone is faster
# [1]  [2,3]  [4-6]  ^[1]  [6]37-38 behind a word; never at the start of a line, where a reference list has it.
_MARK = re.compile(
    r"(?<=[^\s\[\]^])(?:\^?\[\d{1,3}(?:\s?[-–—,，、]\s?\d{1,3})*\](?!\()(?:\d{1,4}[-–—]\d{1,4})?|\^\[\d{1,3}\]|(?<=["
    + CJK
    + r"”’）》。，；、％%])[¹²³⁴⁵⁶⁷⁸⁹⁰]+)+"
)

# Behind a unit of length a single ² or ³ is a power: 平方千米, as 千米².
_POWER = re.compile(r"[²³](?![¹²³⁴-⁹⁰])")
_LENGTH = re.compile(r"(?:[\d\s/／千厘釐分毫微纳奈海公方一二三四五六七八九十百万萬亿億两兩几幾每]米|[公英海华市平方]里|[公英市平方][尺寸]|[/／]秒)$")


def clean(raw: str) -> Cleaned:
    """Return the clean view of ``raw``: damage repaired where it is certain, noise taken out.

    Never raises; ``raw`` stays citable through ``offsets``, character by character.
    """
    view, defects = clean_view(View.of(raw))
    return Cleaned(view.text, view.offsets, tuple(replace(defect, raw=raw[defect.start : defect.end]) for defect in defects))


def clean_view(view: View) -> tuple[View, tuple[Defect, ...]]:
    """Clean a view that a format's parser has made; the defects hold raw spans, and ``raw`` as the view shows it."""
    defects: list[Defect] = []

    def found(defect: Defect) -> None:
        start, end = view.offsets.raw_span(defect.start, defect.end)
        defects.append(replace(defect, start=start, end=end))

    def repair_mojibake() -> bool:
        nonlocal view
        garbles = find_mojibake(view.text)
        for garble in garbles:
            found(Defect(MOJIBAKE, garble.start, garble.end, view.text[garble.start : garble.end], garble.text, garble.confidence))
        view = view.edit(Edit(*piece) for garble in garbles for piece in garble.pieces)
        return bool(garbles)

    def repair_cuts() -> bool:
        nonlocal view
        # A place that stays in doubt is told once, though it is found again.
        cuts = [cut for cut in repair_gbk_cuts(view.text) if cut.repaired is not None or not any(defect.kind == GBK_CUT for defect in defects)]
        for cut in cuts:
            found(cut)
        edits = [Edit(cut.start, cut.end, cut.repaired) for cut in cuts if cut.repaired is not None]
        view = view.edit(edits)
        return bool(edits)

    def repair() -> None:
        for mend in (repair_mojibake, repair_cuts):  # what a repair leaves may show the damage beneath, or beside it
            for _ in range(_LAYERS):
                if not mend():
                    break

    repair()
    for match in _INVISIBLE.finditer(view.text):
        if match.group().strip("\r"):
            found(Defect("invisible", *match.span(), match.group(), ""))
    view = view.edit(_invisible_edits(view.text))
    for _ in range(_LAYERS):
        view = view.edit(Edit(*match.span(), " ") for match in _SPACES.finditer(view.text))
        while marks := _mark_edits(view.text):  # taking a mark out can bring the next one into place
            view = view.edit(marks)
        before = view
        repair()  # nor must it bring together what looks garbled
        if view is before:
            break
    return view, tuple(defects)


def _mark_edits(text: str) -> list[Edit]:
    """Return what takes the citation marks out, but for those of a footnote that stands behind its mark."""
    edits: list[Edit] = []
    begin = stop = 0  # the line whose notes are known
    notes: list[Span] = []
    done = 0
    for hint in _MARK_HINT.finditer(text):
        match = _MARK.match(text, hint.start()) if hint.start() >= done else None
        if match is None:
            continue
        done = match.end()
        if _POWER.match(text, match.start()) and _LENGTH.search(text, max(match.start() - 3, 0), match.start()):
            done = match.start() + 1
            continue
        if not begin <= match.start() < stop:
            begin = text.rfind("\n", 0, match.start()) + 1
            end = text.find("\n", match.end())
            stop = len(text) if end < 0 else end
            notes = [(begin + low, begin + high) for low, high in inline_notes(text[begin:stop])]
        if not any(low <= match.start() < high for low, high in notes):
            edits.append(Edit(*match.span()))
    return edits


def visible(text: str) -> str:
    """Return a text without its invisible characters, among them those that command a terminal."""
    return _INVISIBLE.sub("", text)


def _invisible_edits(text: str) -> list[Edit]:
    edits = []
    for match in _INVISIBLE.finditer(text):
        # A carriage return before a line feed goes; alone it is a line break, as are U+2028 and U+2029.
        run = match.group()
        breaks = "\n" if any(mark in run for mark in "\r\u2028\u2029") and text[match.end() : match.end() + 1] != "\n" else ""
        edits.append(Edit(*match.span(), breaks))
    return edits
