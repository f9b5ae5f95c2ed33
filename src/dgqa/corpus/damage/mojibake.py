"""Find the runs of a text that were decoded in the wrong encoding, and read them back.

Handled: UTF-8 read as Latin-1, cp1252 or GBK; GBK or Big5 read as Latin-1 or cp1252; and in lines without Chinese
whatever ftfy is sure of. A run is read back only where its bytes fit and what they give is common Chinese.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dgqa.data import CJK

KIND = "mojibake"
_GLANCES = (12, 200, 4000)  # characters of a run that are looked at; more only where all before fit
_LONGEST_LINE = 20_000  # characters of a line for ftfy
LOST = "\ufffd"  # what a character reads as of which a byte is missing

_CP1252 = {bytes([code]).decode("cp1252"): code for code in range(0x80, 0xA0) if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}}
_BYTES = str.maketrans({char: chr(code) for char, code in _CP1252.items()})
_HIGH = "\u0080-\u00ff" + "".join(map(re.escape, _CP1252))
_UTF8_LEAD = re.compile(f"[\u00c2-\u00f4](?=[{_HIGH}{LOST}])")
_UTF8_RUN = re.compile(f"[{_HIGH}{LOST}]{{2,4000}}")
# The second byte of GBK and Big5 may be an ASCII letter.
_TWO_BYTE_RUN = re.compile(f"[{_HIGH}](?:[\x20-\x7e{_HIGH}]{{0,4000}}[{_HIGH}])?[@-~]?")
_WESTERN = re.compile(r"[\x00-\u024f\u2010-\u203a\u20ac\u2122]*")
_COMMON_MARKS = "，。、；：？！“”‘’（）《》〈〉【】—–…·％＋「」『』　×°①②③④⑤"
_LEADS = (0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEF)  # of Chinese characters and marks in UTF-8


class Piece(NamedTuple):
    """The characters ``start:end`` read ``text``."""

    start: int
    end: int
    text: str


class Garble(NamedTuple):
    """A garbled run; its pieces follow one another without a gap."""

    pieces: tuple[Piece, ...]
    confidence: float

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def find_mojibake(text: str) -> list[Garble]:
    """Return the garbled runs of ``text`` in order, not overlapping; clean text has none."""
    found = list(_latin(text)) if _LATIN_HINT.search(text) else []
    if _gbk_lead().search(text):
        found += _as_gbk(text)
    found.sort()
    kept: list[Garble] = []
    for garble in found:
        if not kept or garble.start >= kept[-1].end:
            kept.append(garble)
    return kept


# Two bytes of a garbled character, or what ftfy may know.
_LATIN_HINT = re.compile(f"[\u00a1-\u00fe][@-~{_HIGH}]")


def _latin(text: str) -> Iterator[Garble]:
    """Yield the runs that were read as Latin-1 or cp1252, line by line."""
    begin = 0
    for line in text.split("\n"):
        if _LATIN_HINT.search(line):
            garbles = list(_from_utf8(line))
            if not garbles:
                garbles = [garble for match in _TWO_BYTE_RUN.finditer(line) if (garble := _from_two_bytes(line, *match.span()))]
            if not garbles and len(line) <= _LONGEST_LINE and _WESTERN.fullmatch(line):
                garbles = list(_ftfy(line))
            for garble in garbles:
                yield Garble(tuple(Piece(a + begin, b + begin, read) for a, b, read in garble.pieces), garble.confidence)
        begin += len(line) + 1


def _from_utf8(line: str) -> Iterator[Garble]:
    at = 0
    while lead := _UTF8_LEAD.search(line, at):
        low, at = lead.start(), lead.end()
        units: list[Piece] = []
        for size in _GLANCES:
            run = _UTF8_RUN.match(line, low, low + size)
            units = [Piece(low + a, low + b, text) for a, b, text in _utf8(_latin_bytes(run.group()))] if run else []
            if run is None or not units or units[-1].end < low + size - 4:
                break
        if run is None or not units:
            continue
        at = units[-1].end
        pieces = units[: _sound(units)]
        known = sum(piece.text != LOST for piece in pieces)
        # Two characters may come about by chance where others follow that do not fit; four do not.
        if known >= (2 if pieces and pieces[-1].end >= run.end() - 2 else 4) and 2 * known >= len(pieces):
            yield Garble(tuple(pieces), 0.99 if known == len(pieces) else 0.95)


def _latin_bytes(run: str) -> list[int | None]:
    return [None if char == LOST else ord(char) for char in run.translate(_BYTES)]


def _sound(units: list[Piece]) -> int:
    """Return how many units from the first on are common characters, but for one in ten."""
    sound = common = 0
    for index, unit in enumerate(units, 1):
        known = unit.text == LOST or _is_common(unit.text)
        common += known
        if known and unit.text != LOST and common >= 0.9 * index:
            sound = index
    return sound


def _from_two_bytes(line: str, low: int, high: int) -> Garble | None:
    data = line[low:high].translate(_BYTES).encode("latin-1")
    if sum(byte > 0x7F for byte in data) < 6:
        return None
    best: tuple[float, list[Piece]] | None = None
    for encoding in ("gb18030", "big5"):
        try:
            chars = data.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(data) - 3:  # what is left of the last character is three bytes at the most
                continue
            chars = data[: error.start].decode(encoding)
        wide = [char for char in chars if not char.isascii()]
        if not wide:
            continue
        share = sum(map(is_first_rate, wide)) / len(wide)
        at, pieces = low, []
        for char in chars:
            width = len(char.encode(encoding))
            pieces.append(Piece(at, at + width, char))
            at += width
        if len({*wide}) >= 3 and 2 * len(wide) >= len(chars) and share >= 0.9 and (best is None or share > best[0]):
            best = share, pieces
    return Garble(tuple(best[1]), 0.98) if best else None


def _ftfy(line: str) -> Iterator[Garble]:
    """Yield what ftfy changes in a Western line, as one garble: it is known for the line, not by the character."""
    import ftfy

    read = ftfy.fix_encoding(line)
    if read == line or not all(_is_common(char) or _WESTERN.fullmatch(char) for char in read):
        return
    low = next((at for at, (a, b) in enumerate(zip(line, read, strict=False)) if a != b), len(read))
    high = next((at for at, (a, b) in enumerate(zip(reversed(line[low:]), reversed(read[low:]), strict=False)) if a != b), 0)
    if low < len(line) - high:
        yield Garble((Piece(low, len(line) - high, read[low : len(read) - high]),), 0.98)


def _utf8(data: list[int | None]) -> Iterator[Piece]:
    """Yield the characters at the beginning of UTF-8 in which some bytes are unknown, up to where it does not fit."""
    at = 0
    while at < len(data):
        lead = data[at]
        size = 0 if lead is None else 1 if lead < 0x80 else 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 0
        unit = data[at : at + size]
        if not size or len(unit) < size or not all(byte is None or 0x80 <= byte < 0xC0 for byte in unit[1:]):
            return
        try:
            text = LOST if None in unit else bytes(byte for byte in unit if byte is not None).decode("utf-8")
        except UnicodeDecodeError:
            return
        yield Piece(at, at + size, text)
        at += size


@functools.cache
def _gbk_lead() -> re.Pattern[str]:
    """Match characters of GBK whose bytes may begin a Chinese character, or mark, in UTF-8."""
    chars = (bytes((first, second)).decode("gb18030") for first in _LEADS for second in range(0x80, 0xC0))
    return re.compile(f"[{''.join(chars)}][^\x00-\x7f]")


def _as_gbk(text: str) -> Iterator[Garble]:
    """Yield the runs of UTF-8 that were read as GBK; where one is sure, shorter ones are believed, too."""
    starts = [match.start() for match in _gbk_lead().finditer(text)]
    for least in (4, 2):
        found: list[Garble] = []
        reach = 0
        for start in starts:
            if start < reach:
                continue
            units, reach = _gbk_units(text, start)
            # An ASCII letter among them was taken for a second byte.
            read = [unit.text for unit in units if unit.text != LOST and not unit.text.isascii()]
            if len(read) < least or sum(map(_is_common, read)) < 0.95 * len(read) or not any("\u3400" <= char <= "\u9fff" for char in read):
                continue
            pieces = tuple(_aligned(units, start))
            if pieces:
                found.append(Garble(pieces, 0.95 if any(unit.text == LOST for unit in units) else 0.99))
        if not any(len(garble.text) >= 4 for garble in found):
            return
    yield from found


def _gbk_units(text: str, start: int) -> tuple[list[Piece], int]:
    """Return the characters from ``start`` on, in bytes, those of a lost one counted as two, and where they end."""
    units: list[Piece] = []
    at, offset = start, 0
    while True:
        for size in _GLANCES:
            data = _gbk(text, at, size)
            # Behind a lost byte, the rest of its character comes first.
            skip = next((i for i, byte in enumerate(data[:4]) if not 0x80 <= byte < 0xC0), 0) if units else 0
            read = [Piece(offset + skip + a, offset + skip + b, char) for a, b, char in _utf8(list(data[skip:]))]
            if not read or read[-1].end - offset < 2 * size - 4:
                break
        if skip > 2:
            break
        units += [Piece(offset, offset + skip, LOST)] * bool(skip) + read
        end = units[-1].end - offset if units else 0
        stop = at + len(data) // 2
        if len(data) - end > 2 or text[stop : stop + 1] not in {"?", LOST}:
            break
        units.append(Piece(offset + end, offset + len(data) + 2, LOST))
        at, offset = stop + 1, offset + len(data) + 2
    return units, start + (units[-1].end // 2 if units else 1)


def _aligned(units: Iterable[Piece], start: int) -> Iterator[Piece]:
    """Turn units counted in bytes into pieces counted in characters of two bytes, joined where they share one."""
    begin, text = 0, ""
    for unit in units:
        text += unit.text
        if unit.end % 2 == 0:
            yield Piece(start + begin // 2, start + unit.end // 2, text)
            begin, text = unit.end, ""


def _gbk(text: str, at: int, most: int) -> bytes:
    """Return the bytes of up to ``most`` characters from ``at`` on, as long as they have two of them in GBK."""
    data = bytearray()
    for char in text[at : at + most]:
        pair = gbk_pair(char)
        if not pair:
            break
        data += pair
    return bytes(data)


@functools.lru_cache(maxsize=30_000)
def gbk_pair(char: str) -> bytes:
    """Return the two bytes that GB 18030 has for a character, empty if it has none or more."""
    try:
        pair = char.encode("gb18030")
    except UnicodeEncodeError:
        return b""
    return pair if len(pair) == 2 else b""


@functools.lru_cache(maxsize=30_000)
def _is_common(char: str) -> bool:
    """Whether a character is in the national standards of either side, or a Chinese mark."""
    if char in _COMMON_MARKS:
        return True
    return re.match(f"[{CJK}]", char) is not None and any(_code(char, encoding) for encoding in ("gb2312", "big5"))


@functools.lru_cache(maxsize=30_000)
def is_first_rate(char: str) -> bool:
    """Whether a character is in the first, common, level of GB 2312 or Big5, or a Chinese mark."""
    if char in _COMMON_MARKS:
        return True
    return b"\xb0\xa1" <= _code(char, "gb2312") <= b"\xd7\xf9" or b"\xa4\x40" <= _code(char, "big5") <= b"\xc6\x7e"


def _code(char: str, encoding: str) -> bytes:
    try:
        return char.encode(encoding)
    except UnicodeEncodeError:
        return b""
