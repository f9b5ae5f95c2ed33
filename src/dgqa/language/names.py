"""Find the names in a sentence that the evidence it cites does not hold, whichever the language.

No list of all names exists. What can be known is known by its form: Latin words in a Chinese sentence, 《titles》, “terms” in
quotation marks, bodies by their last character, people by the verb of saying behind them; in English, the organisations of a
list. The numbers of official papers, 国办发〔2023〕12号, are names too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from dgqa.data import Pattern, rows
from dgqa.language.reading import Text
from dgqa.language.text import CJK, fold, squeezed

_TITLE = re.compile(r"《([^》]{2,60})》")
_TERM = re.compile(r"[“「『\"]([^”」』\"]{2,30})[”」』\"]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+&_-]*[A-Za-z0-9]|(?:https?://|www\.)\S+")
_BODY = Pattern("language/names", "body")
_BODY_FALSE = Pattern("language/names", "body_false")
_BODY_LEAD = re.compile(r"^[\u4e00-\u9fff]*[由被在向和与及对从把为给让于到归是该此本各家些]")
_BODY_GENERIC = frozenset(["公司", "大学", "学院", "集团", "银行", "法院", "委员会", "办公室", "部", "局", "署", "厅", "协会", "学会", "联盟", "医院", "研究院", "研究所"])
_PERSON = Pattern("language/names", "person")
_SOUND = re.compile(r"[\u4e00-\u9fff]{2,8}(?:·[\u4e00-\u9fff]{1,8})+")  # 帕特里克·邓利维

# In any brackets or none: 国办发〔2023〕12号, 国办发2023年第12号文件.
_OFFICIAL = re.compile(rf"([{CJK}]+)\s*[〔\[(【{{「『<〈《]?\s*((?:19|20)\d{{2}})\s*(?:[〕\])】}}」』>〉》]|年)?\s*第?\s*0*(\d{{1,5}})\s*号(?:文件|文(?!章))?")
_ASKED_BEFORE = re.compile("^.*(?:[的了在于由和与及据按照问查看把将对]|文号为?|关于|请问)(?=.)")
_ISSUED_AS = re.compile("[发函办字规令告电议复批知政通教环财建](?:规|函|发|电|字)?$")


@functools.cache
def _known() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Return how each organisation is named in English, and its Chinese names."""
    return tuple((re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])"), tuple(chinese.split("|"))) for name, chinese, _ in rows("organisations"))


def missing_names(sentence: Text, evidence: Text, *, english: bool) -> tuple[str, ...]:
    """Return the names in ``sentence`` that ``evidence`` (sentences, headings, titles, authors) does not hold."""
    missing = [place for place in sentence.places if place not in evidence.places]
    missing += _english(sentence, evidence) if english else _chinese(sentence, evidence)
    return tuple(dict.fromkeys(missing))


def _chinese(sentence: Text, evidence: Text) -> list[str]:
    folded = sentence.folded
    named = [*_TITLE.findall(sentence.text), *_TERM.findall(sentence.text), *_LATIN.findall(sentence.text)]
    named += [own for name in _BODY.findall(folded) if not _BODY_FALSE.search(name) and (own := _BODY_LEAD.sub("", name)) not in _BODY_GENERIC]
    named += [name for _, chinese in _known() for name in chinese if name in folded]
    named += _PERSON.findall(folded) + _SOUND.findall(folded)
    return [name for name in named if squeezed(name) not in evidence.squeezed]


def _english(sentence: Text, evidence: Text) -> list[str]:
    """Return the organisations of the list that a sentence names in English. Other capitals tell nothing: NT$, CSSA and Premier have each a Chinese word in the evidence."""
    named = [(match[0], chinese) for pattern, chinese in _known() if (match := pattern.search(sentence.text))]
    return [name for name, chinese in named if squeezed(name) not in evidence.squeezed and not any(fold(one) in evidence.folded for one in chinese)]


class OfficialNumber(NamedTuple):
    """``body`` is all that stands before the year, from the last character that is no Chinese one on; ``start`` and ``end`` are places."""

    body: str
    year: str
    serial: str
    start: int
    end: int


def official_numbers(folded: str) -> Iterator[OfficialNumber]:
    """Yield what in a folded text has the form of an official number."""
    for match in _OFFICIAL.finditer(folded):
        yield OfficialNumber(match[1], match[2], match[3], match.start(), match.end())


def called(number: OfficialNumber) -> str:
    """Return how a number is written, without what a question has before it; "" where it is none for sure, as in 上海2023年12号台风."""
    body = _ASKED_BEFORE.sub("", number.body)
    return f"{body}〔{number.year}〕{number.serial}号" if 2 <= len(body) <= 10 and _ISSUED_AS.search(body) else ""
