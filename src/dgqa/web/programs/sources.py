"""Write the sources of an answer below its text, and take them off again."""

from __future__ import annotations

import re

from dgqa.messages import LANGUAGES, Language, page_name
from dgqa.types import Answer, Citation
from dgqa.web.page.words import as_language, say

# Parts the sources from an answer; what a client sends back is cut there.
_SOURCES = "\n\n---\n**{}**\n"
_BELOW = re.compile("|".join(re.escape(_SOURCES.format(say("sources", language))) for language in LANGUAGES))


def sources(answer: Answer) -> str:
    """Return what stands below the text of an answer: its sources, numbered as its markers; "" where it cites nothing."""
    if not answer.citations:
        return ""
    language = as_language(answer.trace.get("language"))
    return _SOURCES.format(say("sources", language)) + "\n".join(f"- [{item.number}] {_source(item, language)}" for item in answer.citations)


def without_sources(text: str) -> str:
    """Return what was said above the sources."""
    return _BELOW.split(text)[0]


def _source(citation: Citation, language: Language) -> str:
    about = "，".join(part for part in (citation.author, citation.date) if part)
    place = " · ".join(part for part in (citation.section, page_name(citation.page, language), f"{citation.path} {citation.start}–{citation.end}") if part)
    return f"《{citation.title}》{f'（{about}）' if about else ''} {place}"
