"""Cut Chinese as jieba does, by its dictionary in a mapped file that is ready in milliseconds."""

from __future__ import annotations

import functools
import logging
import threading
import zlib
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from dgqa.config import cache_dir
from dgqa.language import trie
from dgqa.system import remove_old

logger = logging.getLogger(__name__)

_RARE = 6  # occurrences in the texts that the dictionary was counted in
_KEPT = 30 * 86_400.0  # seconds for which a dictionary stays that another version of jieba, or a process that was killed, has left
_MANY = 50_000  # texts looked up, some 5 MB; about what 100 articles hold


class Frequencies(MutableMapping[str, int]):
    """What jieba asks of its table of frequencies: words with theirs, beginnings of words with 0.

    Texts that were looked up are remembered. When they have become ``many``, so much is being cut that a dict of
    the whole dictionary is the faster way: ``whole`` is then called once with what was set, as by jieba's
    ``add_word``, and puts that dict in this one's place. Safe to use from several threads.
    """

    def __init__(self, words: trie.Trie, whole: Callable[[dict[str, int]], None], *, many: int) -> None:
        self._words = words
        self._whole = whole
        self._many = many
        self._own: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._guard = threading.Lock()

    def _find(self, text: str) -> int:
        with self._guard:
            found = self._own.get(text)
            if found is None:
                found = self._words.get(text) if text else trie.ABSENT  # the empty text holds the total
            if len(self._seen) == self._many:
                self._whole(self._own)
                self._seen = {}  # for whoever still holds this
            self._seen[text] = found
        return found

    def __contains__(self, text: object) -> bool:
        found = self._seen.get(text)  # type: ignore[call-overload]  # whatever isn't a text isn't there
        return (self._find(str(text)) if found is None else found) >= 0

    def __getitem__(self, text: str) -> int:
        found = self._seen.get(text)
        if found is None:
            found = self._find(text)
        if found < 0:
            raise KeyError(text)
        return found

    def get(self, text: str, default: Any = None) -> Any:
        found = self._seen.get(text)
        if found is None:
            found = self._find(text)
        return default if found < 0 else found

    def __setitem__(self, text: str, frequency: int) -> None:
        with self._guard:
            self._own[text] = frequency
            self._seen = {}

    def __delitem__(self, text: str) -> None:
        raise TypeError("jieba gives a word the frequency 0 where it drops it")

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the dictionary is read on demand: it can't be listed")

    def __len__(self) -> int:
        raise TypeError("the dictionary is read on demand: it can't be counted")


@functools.cache
def segmenter() -> Any:
    """Return a ``jieba.Tokenizer`` of this program's own with jieba's dictionary.

    The dictionary is turned into a `trie.Trie` once for each version of it, in the folder of the cache; where that
    can't be written, it is read whole into memory instead, which takes a second and gives the same words.
    """
    import jieba

    jieba.setLogLevel(logging.WARNING)
    made = jieba.Tokenizer()
    with made.get_dict_file() as stream:
        source = stream.read()
    file = cache_dir() / "words" / f"jieba-{len(source)}-{zlib.crc32(source):08x}.trie"
    words = _open(file)
    if words is None:
        frequencies, total = _read(made)
        words = _write({**frequencies, "": total}, file)
        if words is None:
            made.FREQ, made.total, made.initialized = frequencies, total, True
            return made

    def whole(own: dict[str, int]) -> None:
        made.FREQ = _read(made)[0] | own

    made.FREQ, made.total, made.initialized = Frequencies(words, whole, many=_MANY), words.get(""), True
    return made


def is_word(text: str) -> bool:
    """Whether jieba's dictionary has a folded text as a word that isn't rare; among the rare ones are names of persons."""
    return int(segmenter().FREQ.get(text, 0) or 0) > _RARE


@functools.lru_cache(maxsize=1024)
def tags(folded: str) -> tuple[tuple[str, str], ...]:
    """Return the words of folded text with jieba's letters for parts of speech."""
    segmenter()  # makes jieba ready, quietly
    import jieba.posseg

    return tuple((pair.word, pair.flag) for pair in jieba.posseg.cut(folded))


def _read(segmenter: Any) -> tuple[dict[str, int], int]:
    with segmenter.get_dict_file() as stream:
        frequencies, total = segmenter.gen_pfdict(stream)
    return frequencies, int(total)


def _open(file: Path) -> trie.Trie | None:
    try:
        return trie.Trie.open(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        logger.warning("the dictionary in the cache is made again: %s", error)
        return None


def _write(items: dict[str, int], file: Path) -> trie.Trie | None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        trie.write(items, file)
        remove_old(file.parent, "*.trie*", seconds=_KEPT)
        return trie.Trie.open(file)
    except (OSError, ValueError) as error:
        logger.info("the dictionary is held in memory, since it can't be kept in %s: %s", file, error)
        return None
