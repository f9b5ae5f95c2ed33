"""Answer a question for a field of a notice or of minutes by the section with its name, or the line that begins with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.answer.evidence import Evidence, Surroundings
from dgqa.answer.structural.pages import section_of
from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.data import Pattern, table
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, squeezed
from dgqa.types import Hit

SURE = 0.85  # confidence in a field that is asked for by what it is called
_FILE = "question/labels"
_PLAIN = Pattern(_FILE, "plain")
_LONGEST = 200  # characters of a section that is a field


def labelled(hits: Sequence[Hit], question: Text, index: SearchBackend) -> Evidence | None:
    """Return the field that a question asks for, of the document that has all its other words; None where it asks for none."""
    asked = question.folded.strip(" ?？。!！")
    for label in table(_FILE)["labels"]:
        found = re.search(label["asks"], asked)
        if found is None:
            continue
        # 请问 and the like are left out word by word: 会议 may be part of a name.
        rest = [word for word in Text(f"{asked[: found.start()]} {asked[found.end() :]}").words if word not in FUNCTION_WORDS and not _PLAIN.fullmatch(word)]
        if rest:
            return _field(hits, rest, re.compile(label["called"]), index)
    return None


def _shortens(word: str, about: str) -> bool:
    """Whether a word is the initials of what stands in a title: 家委会 of 家长委员会."""
    return len(word) > 2 and re.search(".{0,3}".join(map(re.escape, word)), about) is not None


def _field(hits: Sequence[Hit], words: Sequence[str], called: re.Pattern[str], index: SearchBackend) -> Evidence | None:
    book = Surroundings(index)
    for hit in hits:
        about = squeezed(f"{hit.passage.title}\n{hit.passage.section}")
        named = [word for word in words if word in about or _shortens(word, about)]
        if not named:
            continue
        # What says when something was may be taken for what the document says about itself, its first passage.
        first = index.passages(index.passages_of_path(hit.passage.path)[:1])
        for passage in (hit.passage, *first.values()):
            for sentence in passage.sentences:
                name, colon, value = Text(sentence.text).folded.partition(":")
                if colon and value.strip() and called.fullmatch(name.strip()) and all(word in named or word in value for word in words):
                    return Evidence(passage, sentence, 0.0, SURE)
        if len(named) == len(words) and called.fullmatch(Text(hit.passage.section.rsplit(SECTION_SEPARATOR, 1)[-1]).squeezed):
            sentences = [sentence for member in section_of(hit.passage, index) for sentence in member.sentences]
            if sum(len(sentence.text) for sentence in sentences) <= _LONGEST:
                joined, _ = book.together(hit.passage.doc_id, sentences)
                return Evidence(hit.passage, joined, 0.0, SURE, "list" if len(sentences) > 1 else "sentence")
    return None
