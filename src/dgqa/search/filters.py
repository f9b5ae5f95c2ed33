"""Tell where a filter leaves an index to be searched."""

from __future__ import annotations

import datetime as calendar
import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.errors import AnswerError
from dgqa.index.engines.backend import Scope, SearchBackend
from dgqa.index.queries import Entry
from dgqa.language.text import squeezed
from dgqa.types import Filter

_SHOWN = 5  # names that an error lists
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def allowed_documents(documents: Sequence[Entry], wanted: Filter) -> list[Entry]:
    """Return the documents that a filter allows, its sections apart.

    A document's name is its id, its path, its file's name with or without the ending, its title, or failing all of these
    a part of its title; the path of a folder, with a slash at its end, stands for all documents in it. A document dated with a year or a month alone is allowed where any of its days is.

    Raises:
        AnswerError: the filter names a document or an author that there is none of, or its dates make no sense.
    """
    first, last = _limits(wanted)
    chosen = list(documents)
    if wanted.documents:
        names = [name for document in documents for name in (document.path, document.title)]
        numbers = {entry.number for name in wanted.documents for entry in _named(documents, name, names)}
        chosen = [entry for entry in chosen if entry.number in numbers]
    if wanted.authors:
        known = {entry.number: squeezed(entry.author) for entry in documents}
        everyone = [entry.author for entry in documents if entry.author]
        keys = [_known(name, known.values(), everyone, "author") for name in wanted.authors]
        chosen = [entry for entry in chosen if any(key in known[entry.number] for key in keys)]
    if first or last:
        chosen = [entry for entry in chosen if entry.date and _latest(entry.date) >= first and (not last or _earliest(entry.date) <= last)]
    return chosen


def scope_of(index: SearchBackend, documents: Sequence[Entry], wanted: Filter) -> Scope:
    """Return where a filter leaves to be searched. A section is named by a part of any heading above a passage.

    Raises:
        AnswerError: as `allowed_documents`, and where no passage stands under a section that is named.
    """
    chosen = allowed_documents(documents, wanted)
    numbers = frozenset(entry.number for entry in chosen) if len(chosen) < len(documents) else None
    return Scope(numbers, _under(index.sections(), wanted.sections) if wanted.sections else None)


def _under(paths: Sequence[str], sections: Sequence[str]) -> frozenset[str]:
    """Return those paths of headings with a heading that holds one of the given parts."""
    keys = {path: squeezed(path) for path in paths}
    headings = [heading for path in keys for heading in path.split(SECTION_SEPARATOR) if heading]
    wanted = [_known(name, keys.values(), headings, "section") for name in sections]
    return frozenset(path for path, key in keys.items() if any(part in key for part in wanted))


def _named(documents: Sequence[Entry], name: str, names: Sequence[str]) -> list[Entry]:
    exact = [entry for entry in documents if name in (entry.doc_id, entry.path)]
    if exact:
        return exact
    if name.endswith("/") and (inside := [entry for entry in documents if f"/{name}" in f"/{entry.path}"]):
        return inside
    key = squeezed(name)
    steps: tuple[Callable[[Entry], bool], ...] = (
        lambda entry: key in {squeezed(entry.path.rsplit("/", 1)[-1]), squeezed(entry.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]), squeezed(entry.path)},
        lambda entry: key == squeezed(entry.title),
        lambda entry: key in squeezed(entry.title),
    )
    for fits in steps:
        found = [entry for entry in documents if fits(entry)] if key else []
        if found:
            return found
    raise AnswerError(f"the index has no document {name!r}{_nearest(name, names)}")


def _known(name: str, keys: Iterable[str], names: Sequence[str], what: str) -> str:
    """Return the key of a name that is part of one of ``keys``."""
    key = squeezed(name)
    if key and any(key in other for other in keys):
        return key
    raise AnswerError(f"the index has no {what} {name!r}{_nearest(name, names)}")


def _nearest(name: str, names: Iterable[str]) -> str:
    """Return which of the names to offer instead: the most alike, or else the first."""
    keys = {squeezed(other): other for other in reversed(list(names))}
    near = difflib.get_close_matches(squeezed(name), keys, _SHOWN, 0.3) or list(reversed(keys))[:_SHOWN]
    return f": the nearest are {', '.join(repr(keys[other]) for other in near)}" if near else ": it knows none"


def _limits(wanted: Filter) -> tuple[str, str]:
    """Return the first and the last day of a filter, "" for no limit."""
    for name, date in (("from", wanted.date_from), ("to", wanted.date_to)):
        match = _DATE.fullmatch(date)
        if match is not None and not _exists(match):
            raise AnswerError(f"the date {name!r} is {date!r}, which is no day of the calendar: give one that is, or a year")
        if date and match is None:
            raise AnswerError(f"the date {name!r} is {date!r}: give a year, a month or a day, such as 2023, 2023-05 or 2023-05-31")
    first = _earliest(wanted.date_from) if wanted.date_from else ""
    last = _latest(wanted.date_to) if wanted.date_to else ""
    if first and last and first > last:
        raise AnswerError(f"the dates run from {wanted.date_from} to {wanted.date_to}: the first is the later one")
    return first, last


def _exists(match: re.Match[str]) -> bool:
    try:
        calendar.date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return False
    return True


def _earliest(date: str) -> str:
    return date[:10] + "-01-01"[len(date) - 4 :] if len(date) < 10 else date[:10]


def _latest(date: str) -> str:
    return date[:10] + "-12-31"[len(date) - 4 :] if len(date) < 10 else date[:10]
