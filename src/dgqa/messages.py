"""Wordings in three languages: read them from a data file, and fill their blanks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal, get_args

from dgqa.language.text import to_script

Language = Literal["Hans", "Hant", "Latn"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def wordings(name: str) -> Mapping[str, Mapping[Language, str]]:
    """Return the wordings of ``data/<name>.toml`` by key and language: "messages" are the assistant's own, "page" those of the chat page."""
    return tomllib.loads(resources.files("dgqa").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


# Quotation marks of traditional Chinese for those of simplified.
_QUOTES = str.maketrans("“”‘’", "「」『』")


def say(key: str, language: Language, **values: str) -> str:
    """Return what the assistant says in its own words; what fills the blanks is put into the script of the language."""
    if language != "Latn":
        values = {name: to_script(value, language) for name, value in values.items()}
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


def listed(items: Sequence[str], language: Language) -> str:
    """Join a few things as the language does."""
    if language == "Latn":
        return ", ".join(items)
    return to_script("、".join(items), language)
