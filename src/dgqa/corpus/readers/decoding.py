"""Decode the bytes of a text in whatever encoding it is, and report those that belong to no character."""

from __future__ import annotations

import codecs
import re

from dgqa.corpus.damage.mojibake import is_first_rate
from dgqa.errors import CorpusError
from dgqa.types import Defect

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What other files begin with that may be letters throughout, or are taken for another encoding: what it is, and its ending.
_OTHERS = (
    (b"%PDF-", "a PDF file", ".pdf"),
    (b"{\\rtf", "a file in Rich Text Format", ".rtf"),
    (b"PK\x03\x04", "a packed file, as those of Office and e-books are", ".docx, .xlsx, .pptx or .epub"),
    (b"\xd0\xcf\x11\xe0", "a file of Office before 2007", ".doc, .xls or .ppt"),
)
_BAD_BYTE = "bad_byte"
_UNREADABLE = "\ufffd"  # what a byte that belongs to no character is read as
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_BAD_AT_MOST = 2, 1000  # such bytes, and one more in so many characters


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Return the text of a file's bytes and the name of the encoding; a few bytes that don't fit it read as U+FFFD.

    Raises:
        CorpusError: the bytes are no text in an encoding that can be told, or those of another kind of file.
    """
    for beginning, what, ending in _OTHERS:
        if data.startswith(beginning):
            raise CorpusError(f"{name} is {what}, and no text: give it its own ending ({ending})", kind="other")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _decoded(data, encoding)
            if text is None:
                raise CorpusError(f"{name} starts as {encoding} but what follows is not: save it as UTF-8", kind="not_text")
            return text, encoding
    text = _decoded(data, "utf-8")
    encoding = "utf-8"
    if text is None:
        text, encoding = _decoded_otherwise(data, name)
    if len(_CONTROL.findall(text, 0, 100_000)) > 2 + len(text[:100_000]) // 200:
        raise CorpusError(f"{name} is a binary file, not text: remove it or convert it to text", kind="not_text")
    return text, encoding


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text of bytes in an encoding, None where more than a few of them don't fit it."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
    least, per = _BAD_AT_MOST
    # In a text without other letters than ASCII, a few high bytes are letters of another encoding.
    foreign = sum(char > "\x7f" and char != _UNREADABLE for char in text[:100_000])
    bad = text.count(_UNREADABLE)
    return text if bad <= least + len(text) // per and foreign >= 8 * bad else None


def _decoded_otherwise(data: bytes, name: str) -> tuple[str, str]:
    from charset_normalizer import from_bytes

    sample = data if len(data) < 400_000 else data[: 400_000 - 400_000 % 4]
    best = from_bytes(sample, cp_isolation=["gb18030", "big5hkscs", "big5", "utf_16_le", "utf_16_be", "cp1252"]).best()
    for encoding in [best.encoding] if best else ["gb18030", "big5"]:
        text = _decoded(data, encoding)
        if text is not None and (best or _reads_as_chinese(text)):
            return text, encoding
    if best:
        raise CorpusError(f"{name} looks like {best.encoding} but many of its bytes are not: save it as UTF-8", kind="not_text")
    raise CorpusError(f"{name} is not a text file: it is not UTF-8 and no other encoding fits", kind="not_text")


def _reads_as_chinese(text: str) -> bool:
    """Whether most of a text is characters that are common in Chinese."""
    letters = [char for char in text[:20_000] if char.isalpha() and char > "\x7f"]
    return bool(letters) and sum(map(is_first_rate, letters)) >= 0.95 * len(letters)


def bad_bytes(raw: str) -> list[Defect]:
    """Return where bytes of a file belong to no character."""
    if _UNREADABLE not in raw:
        return []
    return [Defect(_BAD_BYTE, match.start(), match.end(), match.group(), None, 1.0) for match in re.finditer(f"{_UNREADABLE}+", raw)]
