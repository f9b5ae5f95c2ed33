"""Wordings in three languages: read them from a data file, and fill their blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from dgqa.data import table
from dgqa.language.showing import shown_in
from dgqa.language.text import detect_script

Language = Literal["Hans", "Hant", "Latn"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def wordings(name: str) -> Mapping[str, Mapping[Language, str]]:
    """Return the wordings of ``data/<name>.toml`` by key and language: "messages" are the assistant's own, "page" those of the chat page."""
    return table(name)


# Quotation marks of traditional Chinese for those of simplified.
_QUOTES = str.maketrans("“”‘’", "「」『』")


def say(key: str, language: Language, **values: str) -> str:
    """Return what the assistant says in its own words; what fills the blanks is put into the script of the language where it is in the other."""
    if language != "Latn":
        values = {name: _read_in(value, language) for name, value in values.items()}
    if language == "Hant":
        values = {name: value.translate(_QUOTES) for name, value in values.items()}
    return wordings("messages")[key][language].format(**values)


_PLACES = frozenset(["page", "paragraph", "row", "slide", "chapter"])


def page_name(label: str, language: Language) -> str:
    """Return the label of a place in an Office file, such as "page 3–4" or "sheet 收入 row 5", in a language; "" for ""."""
    sheet = re.fullmatch(r"sheet (.+) row ([\d–]+)", label)
    if sheet:
        return f"{sheet[1]} · {say('row', language, number=sheet[2])}"
    kind, _, number = label.partition(" ")
    return say(kind, language, number=number) if kind in _PLACES else label


def stacked(*said: str) -> str:
    """Put what there is to say one below the other."""
    return "\n".join(filter(None, said))


def listed(items: Sequence[str], language: Language) -> str:
    """Join a few things as the language does."""
    if language == "Latn":
        return ", ".join(items)
    # Each by itself: a title in traditional characters beside it must not turn 乾安镇 into 干安镇.
    return "、".join(_read_in(item, language) for item in items)


def _read_in(text: str, language: Language) -> str:
    return shown_in(text, language, written=detect_script(text))
