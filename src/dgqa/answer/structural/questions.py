"""Answer by what stands below the same question, or under a heading asked for, in an article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.answer.evidence import Evidence, Surroundings, beginning
from dgqa.answer.structural.pages import SURE, section_of
from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS
from dgqa.question.parsing import Question
from dgqa.types import Hit, Passage, Sentence

_LONGEST = 900  # characters of an answer
_ASKS = re.compile(r"什么|什麼|甚麼|谁|誰|哪|几|幾|多少|怎|如何|为何|為何|吗|嗎|是否|能否|可否|能不能|[?？]\s*$")
_MARK = re.compile(r"^\s*(?:问题?|問題?|q)\s*\d{0,3}\s*[：:.、]\s*", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]|第[一二三四五六七八九十\d]{1,3}[章节節条條])\s*")
_ASKING = re.compile("[是为為有]?(?:什么|什麼|甚麼|多少|哪[些几幾个個家里裡]?|几|幾|怎么样?|怎麼樣?|怎样|怎樣|如何|请问|請問)[的是]?|需要|具体|應該|应该|应当|可以|能够?|要|吗|嗎|呢|[?？]")
_MANNERS = (("how", re.compile("怎|如何")), ("when", re.compile("何时|何時|什么时候|什麼時候|哪年|几月|幾月")), ("why", re.compile("为什么|為什麼|为何|為何")), ("who", re.compile("谁|誰|哪个部门")))


def asked_there(hits: Sequence[Hit], question: Question, index: SearchBackend) -> Evidence | None:
    """Return what stands below the same question in an article that was found, None where no article asks it."""
    book = Surroundings(index)
    for hit in hits:
        passage = hit.passage
        heading = passage.section.rsplit(SECTION_SEPARATOR, 1)[-1]
        if _ASKS.search(heading) and _same(question, heading, passage.title):
            return _joined(book, passage, [sentence for member in section_of(passage, index) for sentence in member.sentences])
    return None


def named_section(hits: Sequence[Hit], rest: str, sources: Sequence[str], index: SearchBackend) -> Evidence | None:
    """Return the section of a document that is asked for by its heading: 云政办发〔2023〕12号的工作目标是什么.

    Args:
        hits: What was found.
        rest: The question without what names its source.
        sources: The titles of the documents that it names.
        index: Where the section is read.
    """
    asked = _bare(rest)
    for hit in hits if len(asked) > 1 else ():
        heading = hit.passage.section.rsplit(SECTION_SEPARATOR, 1)[-1]
        if hit.passage.title in sources and heading and _bare(_NUMBER.sub("", heading)) == asked:
            return _joined(Surroundings(index), hit.passage, [sentence for member in section_of(hit.passage, index) for sentence in member.sentences])
    return None


def _bare(text: str) -> str:
    return re.sub("^(?:文件|文中|里|中)?的|^文件(?=.)|[的中里]$", "", Text(_ASKING.sub("", text)).squeezed)


def _same(question: Question, heading: str, title: str) -> bool:
    """Whether a question and a heading ask the same; what the title says may be left out of either."""
    heading = _MARK.sub("", _NUMBER.sub("", heading))
    if question.squeezed == Text(heading).squeezed:
        return True
    one, other, known = _content(question.folded), _content(Text(heading).folded), Text(title).squeezed
    if not one or not other or [bool(manner.search(question.folded)) for _, manner in _MANNERS] != [bool(manner.search(heading)) for _, manner in _MANNERS]:
        return False
    if question.wants != Question(heading).wants or not one & other:
        return False
    return all(word in known for word in (one ^ other))


def _content(folded: str) -> frozenset[str]:
    return frozenset(Text(_ASKING.sub(" ", folded)).words) - FUNCTION_WORDS


def _joined(book: Surroundings, passage: Passage, sentences: Sequence[Sentence]) -> Evidence:
    kept = beginning(sentences, _LONGEST)
    joined, _ = book.together(passage.doc_id, kept)
    return Evidence(passage, joined, 0.0, SURE, "list" if len(kept) > 1 else "sentence")
