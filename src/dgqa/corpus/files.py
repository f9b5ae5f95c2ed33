"""Read files and folders into documents, and say which could not be read and why."""

from __future__ import annotations

import codecs
import hashlib
import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dgqa.corpus.cleaning import clean_view
from dgqa.corpus.damage.defects import block_defects
from dgqa.corpus.damage.mojibake import is_first_rate
from dgqa.corpus.readers.formats import parse
from dgqa.corpus.readers.office import extract
from dgqa.corpus.structure.layout import join_labels, join_wrapped
from dgqa.corpus.structure.structure import structure
from dgqa.corpus.view import FRONT_MATTER, Parsed
from dgqa.errors import CorpusError
from dgqa.language.text import detect_script
from dgqa.types import Defect, Document, Page

logger = logging.getLogger(__name__)

OFFICE = frozenset({".pdf", ".docx"})
SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml"}) | OFFICE
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a corpus: where it is and its path relative to the corpus folder."""

    file: Path
    path: str
    doc_id: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not loaded, and why."""

    path: str
    reason: str


def list_corpus(corpus: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> tuple[list[SourceFile], list[Skipped]]:
    """Return the files of one or more corpus folders or files, sorted by path, and those of no known type.

    Hidden files and folders are passed over; README files in a corpus folder are not articles.

    Raises:
        CorpusError: a given folder or file does not exist.
    """
    roots = [corpus] if isinstance(corpus, (str, os.PathLike)) else list(corpus)
    files: list[SourceFile] = []
    skipped: list[Skipped] = []
    taken: set[str] = set()
    for given in roots:
        root = Path(given)
        if not root.exists():
            raise CorpusError(f"there is no corpus at {root}: give a folder or a file that exists")
        members = [root] if root.is_file() else sorted(_walk(root))
        base = root.parent if root.is_file() else root
        for file in members:
            path = file.relative_to(base).as_posix()
            if file.suffix.lower() not in SUFFIXES:
                skipped.append(Skipped(path, f"unknown file type {file.suffix or '(none)'}: {', '.join(sorted(SUFFIXES))} are read"))
                continue
            if file.stem.lower() == "readme" and root.is_dir():
                continue
            doc_id = path
            if doc_id in taken:  # the same path under two corpus folders
                doc_id = f"{base.name}:{path}"
                number = 2
                while doc_id in taken:
                    doc_id, number = f"{base.name}-{number}:{path}", number + 1
            taken.add(doc_id)
            files.append(SourceFile(file, path, doc_id))
    return files, skipped


# Files that programs leave beside the articles: Word's locks, Windows's and editors' own.
_LEFT_BY_PROGRAMS = re.compile(r"\.|~\$|thumbs\.db$|desktop\.ini$|.*~$|.*\.(?:tmp|bak|swp)$", re.IGNORECASE)


def _walk(root: Path) -> Iterable[Path]:
    """Yield the files under a folder, those of linked folders too; a folder that is met again is not read again."""
    met = {root.resolve()}
    for folder, folders, names in os.walk(root, followlinks=True):
        fresh: list[str] = []
        for name in sorted(folders):
            real = (Path(folder) / name).resolve()
            if not name.startswith(".") and real not in met:
                met.add(real)
                fresh.append(name)
        folders[:] = fresh
        for name in names:
            if not _LEFT_BY_PROGRAMS.match(name):
                yield Path(folder) / name


def load_corpus(
    corpus: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], *, strict: bool = False
) -> tuple[list[Document], list[Skipped]]:
    """Return the documents of a corpus in the order of their paths, and the files left out with the reason.

    Raises:
        CorpusError: the corpus does not exist, holds no readable article, or ``strict`` and a file was left out.
    """
    files, skipped = list_corpus(corpus)
    documents: list[Document] = []
    for source in files:
        try:
            documents.append(load_document(source.file, path=source.path, doc_id=source.doc_id))
        except CorpusError as error:
            skipped.append(Skipped(source.path, str(error)))
    if strict and skipped:
        listing = "\n".join(f"  {item.path}: {item.reason}" for item in skipped)
        raise CorpusError(f"{len(skipped)} files of the corpus cannot be used:\n{listing}")
    return documents, skipped


def read_bytes(file: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        CorpusError: it cannot be read, is empty, or is larger than 20 MB.
    """
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise CorpusError(f"{file.name} has {size:,} bytes, the limit is {MAX_BYTES:,}: split it into smaller files")
        data = file.read_bytes()
    except OSError as error:
        raise CorpusError(f"{file.name} cannot be read: {error.strerror or error}") from error
    if not data.strip():
        raise CorpusError(f"{file.name} is empty: put text into it or remove it")
    return data


def load_document(file: str | os.PathLike[str], *, path: str | None = None, doc_id: str | None = None) -> Document:
    """Load one article.

    Args:
        file: A .txt, .md, .html, .pdf or .docx file.
        path: Its path relative to the corpus folder; its name by default.
        doc_id: Its identity in an index; ``path`` by default.

    Raises:
        CorpusError: it cannot be read, is no text, or holds no words.
    """
    file = Path(file)
    path = path or file.name
    data = read_bytes(file)
    suffix = file.suffix.lower()
    if suffix in OFFICE:
        raw, parsed, pages = extract(data, suffix, file.name)
        encoding = suffix[1:]
    else:
        raw, encoding = decode(data, file.name)
        parsed, pages = parse(raw, suffix), ()
        parsed.defects.extend(_bad_bytes(raw))
    return _document(raw, parsed, pages, doc_id or path, path, encoding, hashlib.sha256(data).hexdigest())


def document_from_text(raw: str, *, path: str) -> Document:
    """Make a document of a text; the ending of ``path`` says how it is marked up.

    Raises:
        CorpusError: it holds no words.
    """
    sha256 = hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
    return _document(raw, parse(raw, Path(path).suffix.lower()), (), path, path, "utf-8", sha256)


def _document(raw: str, parsed: Parsed, pages: tuple[Page, ...], doc_id: str, path: str, encoding: str, sha256: str) -> Document:
    name = Path(path)
    wrapped = parsed.format == "text"
    view, defects = clean_view(join_wrapped(parsed.view) if wrapped else parsed.view)
    view = join_labels(view)
    if not re.search(r"\w", view.text):
        raise CorpusError(f"{name.name} holds no words: put text into it or remove it")
    parts = structure(view, parsed, fallback_title=name.stem)
    front = next(((mark.start, mark.end) for mark in parsed.marks if mark.level == FRONT_MATTER), None)
    found = [*parsed.defects, *defects, *block_defects(raw, view.text, view.offsets, parts.blocks, front_matter=front)]
    return Document(
        doc_id=doc_id,
        path=path,
        title=parts.title,
        author=parts.author,
        date=parts.date,
        source=parts.source,
        script=detect_script(view.text),
        encoding=encoding,
        sha256=sha256,
        raw=raw,
        text=view.text,
        offsets=view.offsets,
        blocks=parts.blocks,
        sections=parts.sections,
        defects=tuple(sorted((replace(one, raw=raw[one.start : one.end]) for one in found), key=lambda one: (one.start, one.end))),
        pages=pages,
        number=parts.number,
        issuer=parts.issuer,
    )


_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BAD_BYTE = "bad_byte"
_UNREADABLE = "\ufffd"  # what a byte that belongs to no character is read as
_BAD_AT_MOST = 2, 1000  # such bytes, and one more in so many characters


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Return the text of a file's bytes and the name of the encoding; a few bytes that don't fit it read as U+FFFD.

    Raises:
        CorpusError: the bytes are no text in an encoding that can be told.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _decoded(data, encoding)
            if text is None:
                raise CorpusError(f"{name} starts as {encoding} but what follows is not: save it as UTF-8")
            return text, encoding
    text = _decoded(data, "utf-8")
    encoding = "utf-8"
    if text is None:
        text, encoding = _decoded_otherwise(data, name)
    controls = sum(1 for char in text[:100_000] if char < " " and char not in "\t\n\r\f")
    if controls > 2 + len(text[:100_000]) // 200:
        raise CorpusError(f"{name} is a binary file, not text: remove it or convert it to text")
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
        raise CorpusError(f"{name} looks like {best.encoding} but many of its bytes are not: save it as UTF-8")
    raise CorpusError(f"{name} is not a text file: it is not UTF-8 and no other encoding fits")


def _reads_as_chinese(text: str) -> bool:
    """Whether most of a text is characters that are common in Chinese."""
    letters = [char for char in text[:20_000] if char.isalpha() and char > "\x7f"]
    return bool(letters) and sum(map(is_first_rate, letters)) >= 0.95 * len(letters)


def _bad_bytes(raw: str) -> list[Defect]:
    """Return where bytes of a file belong to no character."""
    if _UNREADABLE not in raw:
        return []
    return [Defect(_BAD_BYTE, match.start(), match.end(), match.group(), None, 1.0) for match in re.finditer(f"{_UNREADABLE}+", raw)]
