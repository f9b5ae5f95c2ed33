"""Find the Chinese terms that an English question speaks of, by files of terms in both languages.

The built-in terms are in glossary.tsv; a file of the user's own, in the same form, adds to them.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dgqa.config import lines_of
from dgqa.errors import ConfigError
from dgqa.language.reading import Text
from dgqa.language.text import CJK, fold, has_chinese, simplify

BUILT_IN = Path(__file__).parents[1] / "data" / "glossary.tsv"
_HAN_RUN = re.compile(f"[{CJK}]{{2,}}")
_FORM = "write CHINESE, a tab, ENGLISH; a bar parts the forms of one language"


@dataclass(frozen=True)
class Glossary:
    """Chinese terms by their English forms, in lower case; ``written`` holds the first English form of each Chinese one, as it is written."""

    terms: dict[str, str]
    written: dict[str, str] = field(default_factory=dict)

    @functools.cached_property
    def _forms(self) -> re.Pattern[str] | None:
        """Any of the English forms, compiled when an English question comes: it takes as long as embedding a Chinese one."""
        # Longest first, so that "e-government extranet" is no "e-government".
        forms = sorted(self.terms, key=len, reverse=True)
        # What stands around them is asked once: a form that begins with a letter is then passed over at a glance.
        return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, forms))})(?![a-z0-9])") if forms else None

    def chinese(self, question: Text) -> tuple[str, ...]:
        """Return the Chinese terms and places that an English question names, in order, each once, simplified.

        Of forms that overlap the longest counts. What stands in Chinese within the question counts as it is.
        """
        text = question.folded.replace("’", "'")
        found = [self.terms[match.group()] for match in self._forms.finditer(text)] if self._forms else []
        return tuple(dict.fromkeys((*_HAN_RUN.findall(text), *found, *question.places)))

    def without(self, text: str) -> str:
        """Return an English text in lower case without the terms that are known."""
        return self._forms.sub(" ", text.lower().replace("’", "'")) if self._forms else text


def load_glossary(file: str | os.PathLike[str] | None = None) -> Glossary:
    """Return the built-in terms, and those of ``file`` where one is given; its forms win over built-in ones.

    A line holds Chinese forms, a tab and English forms, a bar between the forms of a language; the first Chinese
    form is the one that is searched for. Empty lines and lines that begin with # are left out.

    Raises:
        ConfigError: the file can't be read, or a line of it has another form; it names the line.
    """
    return _load(os.fspath(file) if file else "")


@functools.lru_cache(maxsize=8)
def _load(file: str) -> Glossary:
    terms: dict[str, str] = {}
    written: dict[str, str] = {}
    for source in (BUILT_IN, *([Path(file)] if file else [])):
        for name, chinese, first in _pairs(source):
            terms[name] = chinese
            written.setdefault(chinese, first)
    return Glossary(terms, written)


def _pairs(file: Path) -> Iterable[tuple[str, str, str]]:
    """Yield every English form, the Chinese one that it stands for, and the English one that is written for that."""
    for number, line in _lines(file, "glossary"):
        chinese, tab, english = line.partition("\t")
        forms = [simplify(form.strip()) for form in chinese.split("|")]
        names = [" ".join(fold(form).split()) for form in english.split("|")]
        if not tab:
            raise ConfigError(f"{file}, line {number}: {line[:40]!r} has no tab: {_FORM}")
        if "\t" in english:
            raise ConfigError(f"{file}, line {number}: {line[:40]!r} has more than one tab: {_FORM}")
        if not all(map(has_chinese, forms)):
            raise ConfigError(f"{file}, line {number}: {chinese[:40]!r} is not Chinese throughout: {_FORM}")
        if not all(re.search("[a-z]", name) and not has_chinese(name) for name in names):
            raise ConfigError(f"{file}, line {number}: {english[:40]!r} is not English throughout: {_FORM}")
        yield from ((name, forms[0], " ".join(english.partition("|")[0].split())) for name in names)


def load_words(file: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the words of a user dictionary in jieba's form: a word on a line, what stands behind a space apart. Folded, sorted.

    Raises:
        ConfigError: the file can't be read, or a line holds no Chinese word of at least two characters; it names the line.
    """
    found = set()
    for number, line in _lines(Path(file), "user dictionary"):
        word = fold(line.split()[0])
        if not re.fullmatch(f"[{CJK}]{{2,30}}", word):
            raise ConfigError(f"{file}, line {number}: {line[:40]!r} is no Chinese word of 2 to 30 characters: write one on each line")
        found.add(word)
    return tuple(sorted(found))


def _lines(file: Path, what: str) -> Iterable[tuple[int, str]]:
    return ((number, line.strip("\r ")) for number, line in lines_of(file, f"the {what}") if not line.startswith("#"))
