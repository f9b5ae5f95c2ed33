"""Read what is no plain text: PDF, Word, spreadsheets, slides and e-books; what is read is what citations point into.

Needs the extra ``office``: ``pip install 'dgqa[office]'``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dgqa.corpus.office.draft import Extracted
from dgqa.corpus.office.libreoffice import CONVERTED, convert
from dgqa.errors import CorpusError, missing_extra

# The function that reads each kind, by module; imported when a file of the kind comes.
_READERS = {
    ".pdf": ("pdf", "read_pdf"),
    ".docx": ("word.document", "read_word"),
    ".xlsx": ("spreadsheet", "read_workbook"),
    ".pptx": ("slides", "read_slides"),
    ".epub": ("epub", "read_epub"),
}
SUFFIXES = frozenset(_READERS) | frozenset(CONVERTED)


def extract(data: bytes, suffix: str, name: str) -> Extracted:
    """Return the text of a file of one of `SUFFIXES`.

    Raises:
        CorpusError: the file is damaged, locked, too large when unpacked or holds no text, or a package or program is missing.
    """
    try:
        if suffix in CONVERTED:
            data, suffix = convert(data, suffix, name)
        module, function = _READERS[suffix]
        read: Callable[[bytes, str], Extracted] = getattr(import_module(f"{__name__}.{module}"), function)
        return read(data, name)
    except (CorpusError, MemoryError):
        raise
    except ImportError as error:
        raise missing_extra(name, str(error.name), "office") from error
    except Exception as error:
        # Hostile files make these parsers raise whatever comes to hand.
        raise CorpusError(f"{name} is damaged ({type(error).__name__}: {error}): save it again, or as text", kind="damaged") from error
