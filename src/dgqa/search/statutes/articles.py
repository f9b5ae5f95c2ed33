"""Find the articles of a law that a question asks for by their numbers, or tell that it has none of the number."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.corpus.structure.lines import ARTICLE
from dgqa.corpus.structure.statutes import article_number
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.queries import Entry
from dgqa.language.numerals import whole
from dgqa.language.reading import Text
from dgqa.language.text import CJK
from dgqa.messages import Language
from dgqa.search.filters import allowed_documents
from dgqa.search.statutes.laws import Laws
from dgqa.types import Filter

Number = tuple[int, int]  # of an article, and what follows 之 in it

_FEWEST = 3  # articles of a statute
# 数据条例12条 has no 第, but a law before it.
_LABEL = re.compile(rf"{ARTICLE.pattern}|(?<=[法例定则章准程约典》])\s?(?P<bare>\d{{1,4}})\s?条(?:\s?之\s?(?P<of>[一二三四五六七八九十\d]{{1,3}}))?(?!件|款)")
_ENGLISH_LABEL = re.compile(r"\b(?:articles?|art\.)\s+(?P<list>\d{1,4}(?:-\d{1,2})?(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)\d{1,4}(?:-\d{1,2})?)*)(?![\d%])", re.IGNORECASE)
# What mentions an article without asking for it.
_OTHER = re.compile(r"(?:[表单录册]|清单|建议|意见|经验)[的中里上]*$|违反[^,。;?]*$|(?:^|[,。;?\s])除了?[^,。;?]*$")
_ASKS_WHICH = re.compile(r"哪(?:一|几)?条|哪些条(?!件|款|例)|第几条|\bwhich articles?\b")
_RANGE = re.compile(r"\s*(?:至|到|-|~|—+)\s*")
# Behind a number that no law stands with: 第二条建议 is no article.
_BEHIND = re.compile(rf"\s*(?:$|[^\w\s]|规定|是?(?:讲|说|写)|是|的|内容|怎么|怎样|如何|有|要求|对|里|中|明确|提到|所|原文|全文|第|和|与|及|到|至|都|主要|具体|呢|吗|什么|(?![{CJK}]))")


@dataclass(frozen=True, slots=True)
class Article:
    """An article that a question asks for.

    ``rows`` are its passages in reading order, none where the law has no such article. ``count`` is how many the law has,
    ``first`` and ``last`` are the numbers of the first and the last one; ``numbers`` of the one asked for.
    """

    law: Entry
    number: Number
    rows: tuple[int, ...]
    count: int
    first: Number
    last: Number


@dataclass(frozen=True, slots=True)
class Asked:
    """The articles that a question asks for, and what it says of them: the text behind the last number, in English all of it.

    ``unknown`` is the name of a law that is not there, whose articles are asked for.
    """

    articles: tuple[Article, ...]
    rest: str
    unknown: str = ""


def article_name(number: Number, language: Language) -> str:
    """Return what an article is called in a language, in Arabic numerals: 第12条, Article 12-1.

    >>> article_name((12, 1), "Hans"), article_name((12, 1), "Latn")
    ('第12条之1', 'Article 12-1')
    """
    first, behind = number
    if language == "Latn":
        return f"Article {first}" + (f"-{behind}" if behind else "")
    return f"第{first}{'條' if language == 'Hant' else '条'}" + (f"之{behind}" if behind else "")


def articles_asked(question: Text, index: SearchBackend, *, filter: Filter | None = None, terms: Sequence[str] = (), before: Sequence[str] = ()) -> Asked | None:
    """Return the articles that a question asks for by their numbers; None where it asks for none, or of no law that is known.

    Args:
        question: What is asked.
        index: Where the laws stand.
        filter: Which documents may answer; None for all.
        terms: What the glossary has in Chinese for an English question.
        before: The questions before it, the latest first, one of which may name the law.
    """
    labels = _labels(question)
    if not labels:
        return None
    entries = allowed_documents(index.entries(), filter) if filter else index.entries()
    laws = Laws(entries)
    statutes: dict[int, dict[Number, tuple[str, int, int]]] = {}

    def articles_of(entry: Entry) -> dict[Number, tuple[str, int, int]]:
        if entry.number not in statutes:
            statutes[entry.number] = _articles(index, entry)
        return statutes[entry.number]

    def first_law(candidates: Collection[Entry]) -> Entry | None:
        known = [entry for entry in candidates if len(articles_of(entry)) >= _FEWEST]
        # The same law in several versions is meant as it was last.
        return max(known, key=lambda entry: entry.date) if len({laws.name(entry) for entry in known}) == 1 else None

    found: list[Article] = []
    law: Entry | None = None
    for number, ahead, behind in labels:
        name, candidates = laws.named(ahead, behind, terms)
        if name and not candidates and laws.is_certain(name, ahead) and _statutes(index, entries, laws):
            return Asked((), behind, name)
        if name:
            law = first_law(candidates)
        elif law is None:
            if not question.english and not _BEHIND.match(behind):
                return None
            law = next((one for text in before if (one := first_law(laws.within(text)))), None) or first_law(_statutes(index, entries, laws))
        if law is None:
            return None
        known = articles_of(law)
        path, start, end = known.get(number, ("", 0, 0))
        rows = tuple(index.body_of_section(law.doc_id, path, start, end)) if path else ()
        if path and not rows:
            return None
        found.append(Article(law, number, rows, len(known), min(known), max(known)))
    return Asked(tuple(found), question.text if question.english else labels[-1][2])


def _labels(question: Text) -> list[tuple[Number, str, str]]:
    """Return the numbers of the articles that a question asks for, each with the text before it, from the last one on, and behind it."""
    text = question.folded
    if _ASKS_WHICH.search(text):
        return []
    found: list[tuple[Number, str, str]] = []
    for match in _ENGLISH_LABEL.finditer(text):
        parts = re.findall(r"(\d+)(?:-(\d+))?", match["list"])
        found += [((int(number), int(behind or 0)), text[: match.start()], text[match.end() :]) for number, behind in parts]
    end = 0
    for match in _LABEL.finditer(text):
        ahead = text[end : match.start()]
        if _OTHER.search(ahead) or (found and _RANGE.fullmatch(ahead)):
            return []
        number = (int(match["bare"]), whole(match["of"] or "")) if match["bare"] else article_number(match.group())
        found.append((number, ahead, text[match.end() :]))
        end = match.end()
    return found


def _statutes(index: SearchBackend, entries: Sequence[Entry], laws: Laws) -> list[Entry]:
    """Return the documents with articles; those whose titles are laws' where there are any: a review may count 第一条路径."""
    numbers = set(index.with_articles())
    found = [entry for entry in entries if entry.number in numbers]
    return [entry for entry in found if laws.is_law(entry)] or found


def _articles(index: SearchBackend, entry: Entry) -> dict[Number, tuple[str, int, int]]:
    """Return the path of headings, the start and the end of each article of a document; of several statutes in one, the longest's."""
    runs: list[dict[Number, tuple[str, int, int]]] = [{}]
    for heading in index.headings(entry.doc_id):
        number = article_number(heading["title"])
        if number == (0, 0):
            continue
        if number == (1, 0) and runs[-1]:
            runs.append({})
        runs[-1].setdefault(number, (SECTION_SEPARATOR.join(heading["path"]), heading["start"], heading["end"]))
    return max(runs, key=len)
