"""Say what the page says, in the language of its reader."""

from __future__ import annotations

import html
import json
import re
from functools import cache

from dgqa.language.glossary import load_glossary
from dgqa.language.text import detect_script, simplify, to_script
from dgqa.messages import LANGUAGES, Language, wordings

# The values of HTML's `lang`.
TAGS: dict[str, str] = {"Hans": "zh-Hans", "Hant": "zh-Hant", "Latn": "en"}
# A line break as a character reference keeps Markdown from ending our HTML block at a blank line.
_LINE_BREAKS = str.maketrans({"\n": "&#10;", "\r": None})


def say(key: str, language: Language, *values: object) -> str:
    """Return a wording in a language, its blanks filled."""
    return wordings("page")[key][language].format(*values)


def names_of(topic: str) -> dict[Language, str]:
    """Return the name of the page by language, with what the articles are about where that is known; in English where the glossary has a word for it."""
    english = next((name for name, chinese in load_glossary().terms.items() if topic and chinese == topic), "")
    topics: dict[Language, str] = {"Hans": topic, "Hant": to_script(topic, "Hant"), "Latn": english.capitalize()}
    return {language: say("title_of", language, about) if about else say("title", language) for language, about in topics.items()}


def gloss(text: str) -> tuple[tuple[str, str], ...]:
    """Return the terms of the glossary that stand in a Chinese text, in order, each as it stands there with its English; of terms that overlap the longest."""
    terms, pattern = _terms()
    plain = simplify(text)
    if len(plain) != len(text):
        return ()
    return tuple(dict.fromkeys((text[match.start() : match.end()], terms[match[0]]) for match in pattern.finditer(plain)))


@cache
def _terms() -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the first English form of every Chinese term, and what finds the terms."""
    terms = load_glossary().written
    return terms, re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True))))


def known(key: str) -> bool:
    """Whether there is a wording for a key."""
    return key in wordings("page")


def as_language(value: object) -> Language:
    """Return a language by its name, simplified Chinese for anything else."""
    return value if value in LANGUAGES else "Hans"


def tag_of(text: str) -> str:
    """Return the value of ``lang`` for a text, "" where its script can't be told."""
    return TAGS.get(detect_script(text), "")


def escape(text: str) -> str:
    """Return a text as HTML on one line."""
    return html.escape(text).translate(_LINE_BREAKS)


def lang(text: str) -> str:
    """Return the attribute ``lang`` for a text, "" where its script can't be told."""
    tag = tag_of(text)
    return f' lang="{tag}"' if tag else ""


def kind_name(kind: str, language: Language) -> str:
    """Return what a kind of defect is called."""
    return say(f"kind_{kind}", language) if known(f"kind_{kind}") else kind.replace("_", " ")


def for_browser() -> str:
    """Return all wordings as JSON, by language and key, for the page's script."""
    return json.dumps({language: {key: words[language] for key, words in wordings("page").items()} for language in LANGUAGES}, ensure_ascii=False)
