"""Read what is no plain text: PDF, Word, spreadsheets, slides and e-books; what is read is what citations point into.

Needs the extra ``office``: ``pip install 'dgqa[office]'``.
"""

from __future__ import annotations

from collections.abc import Callable

from dgqa.corpus.office.draft import Extracted
from dgqa.corpus.office.libreoffice import CONVERTED, convert
from dgqa.errors import CorpusError, missing_extra

_Read = Callable[[bytes, str], Extracted]


def _pdf(data: bytes, name: str) -> Extracted:
    from dgqa.corpus.office.pdf import read_pdf

    return read_pdf(data, name)


def _word(data: bytes, name: str) -> Extracted:
    from dgqa.corpus.office.word.document import read_word

    return read_word(data, name)


def _workbook(data: bytes, name: str) -> Extracted:
    from dgqa.corpus.office.spreadsheet import read_workbook

    return read_workbook(data, name)


def _slides(data: bytes, name: str) -> Extracted:
    from dgqa.corpus.office.slides import read_slides

    return read_slides(data, name)


def _epub(data: bytes, name: str) -> Extracted:
    from dgqa.corpus.office.epub import read_epub

    return read_epub(data, name)


_READERS: dict[str, _Read] = {".pdf": _pdf, ".docx": _word, ".xlsx": _workbook, ".pptx": _slides, ".epub": _epub}
SUFFIXES = frozenset(_READERS) | frozenset(CONVERTED)


def extract(data: bytes, suffix: str, name: str) -> Extracted:
    """Return the text of a file of one of `SUFFIXES`.

    Raises:
        CorpusError: the file is damaged, locked, too large when unpacked or holds no text, or a package or program is missing.
    """
    try:
        if suffix in CONVERTED:
            data, suffix = convert(data, suffix, name)
        return _READERS[suffix](data, name)
    except (CorpusError, MemoryError):
        raise
    except ImportError as error:
        raise missing_extra(name, str(error.name), "office") from error
    except Exception as error:
        # Hostile files make these parsers raise whatever comes to hand.
        raise CorpusError(f"{name} is damaged ({type(error).__name__}: {error}): save it again, or as text", kind="damaged") from error
