"""What a reader sets on the page in; the options of a question, and the labels of the form, out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dgqa.errors import AnswerError
from dgqa.messages import LANGUAGES, Language
from dgqa.types import Filter
from dgqa.web.page.words import say

COUNT = 8  # passages searched, unless something else is set; what an assistant does by itself
MAX_COUNT = 20
AUTO = "auto"
_DATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_LISTED = 1_000  # documents offered by name


def options(
    language: Language, count: float | None, documents: Sequence[str] | None, date_from: str | None, date_to: str | None, script: str | None
) -> dict[str, Any]:
    """Return the keyword arguments of ``ask`` for what is set; what is left as it was is left out.

    Raises:
        AnswerError: a date can't be read.
    """
    chosen: dict[str, Any] = {}
    limits = Filter(documents=tuple(documents or ()), date_from=_date(date_from, language), date_to=_date(date_to, language))
    if limits:
        chosen["filter"] = limits
    if script in LANGUAGES:
        chosen["language"] = script
    if count and int(count) != COUNT:
        chosen["k"] = max(1, min(MAX_COUNT, int(count)))
    return chosen


def kept_settings(given: Any, modes: Sequence[str], doc_ids: Collection[str]) -> dict[str, Any]:
    """Return the settings that a browser kept, by name, as far as they are still among the choices; {} for none.

    Args:
        given: Anything at all.
        modes: The names of the ways of answering; the first stands for one that is gone.
        doc_ids: Of the articles that there are.
    """
    if not isinstance(given, Mapping) or not given:
        return {}
    documents = given.get("documents")
    return {
        "mode": given.get("mode") if given.get("mode") in modes else modes[0],
        "count": max(1, min(MAX_COUNT, whole(given.get("count"), COUNT))),
        "documents": [doc for doc in documents if isinstance(doc, str) and doc in doc_ids] if isinstance(documents, list) else [],
        "date_from": str(given.get("date_from") or "")[:10],
        "date_to": str(given.get("date_to") or "")[:10],
        "script": given.get("script") if given.get("script") in ("Hans", "Hant") else AUTO,
    }


def whole(value: Any, default: int) -> int:
    """Return a whole number that a browser sent, the default for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def mode_choices(modes: Sequence[str], language: Language) -> list[tuple[str, str]]:
    """Return the ways of answering as (label, name)."""
    return [(say("quoted", language) if name == "extractive" else name, name) for name in modes]


def script_choices(language: Language) -> list[tuple[str, str]]:
    """Return the scripts that answers can be in as (label, name)."""
    return [(say("script_auto", language), AUTO), ("简体", "Hans"), ("繁體", "Hant")]


def document_choices(documents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the documents as (label, id); labels that are alike get their paths."""
    titles = [str(document["title"] or document["path"]) for document in documents[:_LISTED]]
    twice = {title for title in titles if titles.count(title) > 1} if len(titles) < 200 else set(titles)
    return [
        (f"{title} ({document['path']})" if title in twice else title, str(document["doc_id"]))
        for title, document in zip(titles, documents, strict=False)
    ]


def _date(text: str | None, language: Language) -> str:
    text = (text or "").strip().replace("/", "-")
    if text and not _DATE.fullmatch(text):
        raise AnswerError(say("bad_date", language, text[:20]))
    return text
