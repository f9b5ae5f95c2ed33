"""Read texts, web pages, PDF, Office files and e-books into documents, and say which files could not be read and why."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dgqa.config import environment_flag
from dgqa.corpus.budget import within_budget
from dgqa.corpus.cleaning import clean_view, visible
from dgqa.corpus.damage.defects import block_defects
from dgqa.corpus.office import SUFFIXES as OFFICE
from dgqa.corpus.office import extract
from dgqa.corpus.office.spreadsheet import read_csv
from dgqa.corpus.opening import FOLLOW_LINKS, open_regular, reason_to_leave_out, shown
from dgqa.corpus.readers.decoding import bad_bytes, decode
from dgqa.corpus.readers.formats import parse
from dgqa.corpus.structure.layout import join_labels, join_title, join_wrapped
from dgqa.corpus.structure.structure import structure
from dgqa.corpus.view import FRONT_MATTER, Parsed
from dgqa.data import rows
from dgqa.errors import CorpusError
from dgqa.language.text import detect_script
from dgqa.types import Document, Page

logger = logging.getLogger(__name__)

_SEPARATED = frozenset({".csv", ".tsv"})
SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml"}) | _SEPARATED | OFFICE
MAX_BYTES = 20_000_000
# What Windows and Office leave beside the files that people make; with them go hidden files and Office's locks, ~$name.docx.
_NO_ARTICLES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a corpus: where it is, its path relative to the corpus folder, and that folder; None where the file itself was given."""

    file: Path
    path: str
    doc_id: str
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not loaded, and why."""

    path: str
    reason: str


def list_corpus(corpus: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> tuple[list[SourceFile], list[Skipped]]:
    """Return the files of one or more corpus folders or files, sorted by path, and those of no known type.

    Hidden files and folders, and what Office and Windows leave behind, are passed over; README files in a corpus folder are
    not articles. What is no regular file, a link that leads out of the folder (unless ``DGQA_FOLLOW_LINKS`` is 1) and a
    name that is not UTF-8 are left out.

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
        members = sorted(_walk(root)) if root.is_dir() else [root]
        base = root if root.is_dir() else root.parent
        for file in members:
            path = file.relative_to(base).as_posix()
            if reason := reason_to_leave_out(file, base, named=file == root):
                skipped.append(Skipped(shown(path), f"{shown(path)}: {reason}"))
                continue
            if file.suffix.lower() not in SUFFIXES:
                skipped.append(Skipped(path, _remedy(file.suffix.lower())))
                continue
            if file.stem.lower() == "readme" and root.is_dir():
                continue
            doc_id = path
            if doc_id in taken:  # the same path under two corpus folders
                doc_id = f"{shown(base.name)}:{path}"
                number = 2
                while doc_id in taken:
                    doc_id, number = f"{shown(base.name)}-{number}:{path}", number + 1
            taken.add(doc_id)
            files.append(SourceFile(file, path, doc_id, root if root.is_dir() else None))
    return files, skipped


def _walk(root: Path) -> Iterable[Path]:
    """Yield the files of a folder, and the links in it to folders outside, which are walked into only where links are followed."""
    top = os.path.realpath(root)
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        for folder, folders, names in os.walk(waiting.pop()):
            real = os.path.realpath(folder)
            if real in seen:
                folders[:] = []
                continue
            seen.add(real)
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
            for link in (Path(folder, name) for name in folders if Path(folder, name).is_symlink()):
                target = Path(os.path.realpath(link))
                # What a link inside the corpus names is read in its own place; one to a folder around it would take in all there is.
                if target.is_relative_to(top):
                    continue
                if environment_flag(FOLLOW_LINKS) and not Path(top).is_relative_to(target):
                    waiting.append(link)
                else:
                    yield link
            for name in names:
                if not name.startswith((".", "~$", "~WRL")) and name.lower() not in _NO_ARTICLES:
                    yield Path(folder) / name


def _remedy(suffix: str) -> str:
    """Return why a file with an ending is not read, and what to do."""
    if remedy := next((remedy for ending, remedy in rows("unread_files") if ending == suffix), ""):
        return f"{suffix} files are not read: {remedy}"
    return f"unknown file type {suffix or '(none)'}: {', '.join(sorted(SUFFIXES))} are read"


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
            documents.append(load_document(source.file, path=source.path, doc_id=source.doc_id, root=source.root))
        except CorpusError as error:
            skipped.append(Skipped(source.path, str(error)))
    check_strict(skipped, strict=strict)
    return documents, skipped


def read_bytes(file: Path, root: Path | None = None) -> bytes:
    """Return a file's bytes; with a ``root`` only where it lies in that folder, see `dgqa.corpus.opening.open_regular`.

    Raises:
        CorpusError: it cannot be read, is no regular file, lies outside, is empty, or is larger than 20 MB.
    """
    try:
        # The size is that of the open file, and no more is read, should it grow meanwhile.
        with open_regular(file, root) as stream:
            size = os.fstat(stream.fileno()).st_size
            data = b"" if size > MAX_BYTES else stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CorpusError(f"{file.name} cannot be read: {error.strerror or error}") from error
    if max(size, len(data)) > MAX_BYTES:
        raise CorpusError(f"{file.name} has {max(size, len(data)):,} bytes, the limit is {MAX_BYTES:,}: split it into smaller files", kind="large")
    if not data.strip():
        raise CorpusError(f"{file.name} is empty: put text into it or remove it", kind="empty")
    return data


def source_hash(source: SourceFile) -> str:
    """Return the SHA-256 of an article's file, "" where it cannot be read as one."""
    try:
        return hashlib.sha256(read_bytes(source.file, source.root)).hexdigest()
    except CorpusError:
        return ""


def check_strict(skipped: Sequence[Skipped], *, strict: bool) -> None:
    """Raise CorpusError naming the files that were left out, where none may be."""
    if strict and skipped:
        listing = "\n".join(f"  {item.path}: {item.reason}" for item in skipped)
        raise CorpusError(f"{len(skipped)} files of the corpus cannot be used:\n{listing}")


def load_document(
    file: str | os.PathLike[str], *, path: str | None = None, doc_id: str | None = None, root: str | os.PathLike[str] | None = None
) -> Document:
    """Load one article.

    Args:
        file: A file with one of the endings in `SUFFIXES`.
        path: Its path relative to the corpus folder; its name by default.
        doc_id: Its identity in an index; ``path`` by default.
        root: The folder that it must lie in, whatever links lead to; anywhere by default.

    Raises:
        CorpusError: it cannot be read, lies outside of ``root``, is no text, holds no words, or takes more time or memory than any file needs.
    """
    file = Path(file)
    path = path or file.name
    data = read_bytes(file, None if root is None else Path(root))
    return within_budget(file.name, len(data), lambda: _read(data, file, path, doc_id or path))


def _read(data: bytes, file: Path, path: str, doc_id: str) -> Document:
    suffix = file.suffix.lower()
    with _typed(file.name):
        if suffix in OFFICE:
            raw, parsed, pages = extract(data, suffix, file.name)
            encoding = suffix[1:]
            for defect in parsed.defects:
                logger.warning("%s: %s is not searched", path, defect.raw)
        else:
            raw, encoding = decode(data, file.name)
            if suffix in _SEPARATED:
                raw, parsed, pages = read_csv(raw, file.name)
            else:
                parsed, pages = parse(raw, suffix), ()
            parsed.defects.extend(bad_bytes(raw))
        return _document(raw, parsed, pages, doc_id, path, encoding, hashlib.sha256(data).hexdigest())


@contextmanager
def _typed(name: str) -> Iterator[None]:
    """Let no error out but a file's own: parsers are foreign code, which raises what it likes."""
    try:
        yield
    except CorpusError:
        raise
    except Exception as error:
        logger.debug("%s ended its reader", name, exc_info=True)
        raise CorpusError(f"{name} cannot be read ({type(error).__name__}: {str(error)[:120]}): save it anew, or convert it to text", kind="damaged") from error


def document_from_text(raw: str, *, path: str) -> Document:
    """Make a document of a text; the ending of ``path`` says how it is marked up.

    Raises:
        CorpusError: it holds no words.
    """
    sha256 = hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()

    def read() -> Document:
        with _typed(path):
            return _document(raw, parse(raw, Path(path).suffix.lower()), (), path, path, "utf-8", sha256)

    return within_budget(path, len(raw), read)


def _document(raw: str, parsed: Parsed, pages: tuple[Page, ...], doc_id: str, path: str, encoding: str, sha256: str) -> Document:
    name = Path(path)
    wrapped = parsed.format == "text"
    view, defects = clean_view(join_wrapped(join_title(parsed.view)) if wrapped else parsed.view)
    view = join_labels(view)
    if not re.search(r"\w", view.text):
        raise CorpusError(f"{name.name} holds no words: put text into it or remove it", kind="wordless")
    parts = structure(view, parsed, fallback_title=name.stem)
    front = next(((mark.start, mark.end) for mark in parsed.marks if mark.level == FRONT_MATTER), None)
    found = [*parsed.defects, *defects, *block_defects(raw, view.text, view.offsets, parts.blocks, front_matter=front)]
    return Document(
        doc_id=doc_id,
        path=path,
        title=visible(parts.title) or name.stem,
        author=visible(parts.author),
        date=parts.date,
        source=visible(parts.source),
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
        issuer=visible(parts.issuer),
    )
