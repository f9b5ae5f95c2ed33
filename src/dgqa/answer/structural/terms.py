"""Answer a code or a numbered thing, YJ-00612 or 第4321号站点, by the sentences and rows that have it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.answer.evidence import Evidence, Surroundings
from dgqa.answer.structural.pages import SURE
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS
from dgqa.types import Hit

_LIKELY = 0.7  # confidence that what has a term is what is asked for by the term alone
_MOST = 3  # sentences
_NUMBERED = re.compile(r"第\d+号|(?<![a-z\d])[a-z]{1,6}[-_]?\d{2,}(?![\d%])")
_ASKED = re.compile("[是为有]?(?:什么|多少|哪[些几个家里]?|几|怎样|如何|请问)[的是个]?")
_TERM = re.compile(r"(?=.*[A-Z\d+#])[A-Za-z\d][A-Za-z\d+#./_-]{1,30}")


def having(hits: Sequence[Hit], question: Text, index: SearchBackend) -> list[Evidence]:
    """Return the first sentences found that have the term a question consists of; nothing for a question of any other kind."""
    term = question.text.strip(" ?？。.!！")
    if not _TERM.fullmatch(term) or term.isdigit():
        return []
    whole = re.compile(rf"(?<![a-z\d_-]){re.escape(Text(term).folded)}(?![a-z\d_-])")
    book = Surroundings(index)
    found = [Evidence(hit.passage, sentence, 0.0, _LIKELY) for hit in hits for sentence in hit.passage.sentences if whole.search(Text(sentence.text).folded)]
    return [book.worded(evidence) for evidence in found[:_MOST]]


def numbered(hits: Sequence[Hit], question: Text, index: SearchBackend) -> Evidence | None:
    """Return the sentence on the numbered thing that a question asks about, where its article has every word of the question; None for any other."""
    names = _NUMBERED.findall(question.folded)
    if len(names) != 1:
        return None
    left = [word for word in Text(_ASKED.sub(" ", question.folded).replace(names[0], " ")).words if word not in FUNCTION_WORDS]
    whole = re.compile(rf"(?<![a-z\d]){re.escape(names[0])}(?![a-z\d])")
    book = Surroundings(index)
    for hit in hits:
        # A list names what it is of at its head alone.
        same = [other.passage for other in hits if other.passage.doc_id == hit.passage.doc_id]
        about = Text("\n".join((hit.passage.title, hit.passage.section, *(passage.text for passage in same)))).folded
        for sentence in hit.passage.sentences:
            if whole.search(Text(sentence.text).folded) and all(word in about for word in left):
                return book.worded(Evidence(hit.passage, sentence, 0.0, SURE))
    return None
