"""Put chosen evidence into words: table rows as sentences, articles named where they disagree."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.language.reading import Text
from dgqa.language.showing import shown_in
from dgqa.language.text import detect_script
from dgqa.language.values import Amount, Date, stands_for
from dgqa.messages import Language
from dgqa.question.matching import fills
from dgqa.question.parsing import Question
from dgqa.types import Passage

_CELL = re.compile(r"\s*\|\s*|\t+|</t[dh]>\s*<t[dh][^>]*>", re.IGNORECASE)
_UNIT = re.compile(r"[^；：\d\s]{1,8}(?=；|$)")
_TALK = 0.25  # share of bigrams from which two sentences talk of one thing


def row_sentence(text: str, quote: str) -> str:
    """Return a table row, "column：cell；column：cell", as a sentence whose subject is its first cell.

    Args:
        text: the row with the names of its columns.
        quote: the raw row; what isn't one leaves the text as it is.

    >>> row_sentence("城市：甲市；平台：通办；年份：2019", "| 甲市 | 通办 | 2019 |")
    '甲市：平台为通办，年份为2019。'
    >>> row_sentence("城市：甲市；人口：31万人；水价：3元", "| 甲市 | 31 | 3 |")
    '甲市：人口为31万人，水价为3元。'
    """
    named = row_cells(text, quote)
    if not named:
        return text
    # Cells with marks of their own need a stronger one between them.
    mark = "；" if any(re.search("[，,；;]", cell) for _, cell in named[1:]) else "，"
    name, subject = named[0]
    # A lone number says nothing without its column.
    subject = subject if any(char.isalpha() for char in subject) else f"{name}{subject}"
    verb = "為" if detect_script(text) == "Hant" else "为"
    return f"{subject}：{mark.join(f'{name}{verb}{cell}' if name else cell for name, cell in named[1:])}。"


def row_cells(text: str, quote: str) -> list[tuple[str, str]]:
    """Return the cells of a table row, each with the name of its column, "" for none; nothing for what is no row.

    >>> row_cells("城市：甲市；人口：31万人", "| 甲市 | 31 |")
    [('城市', '甲市'), ('人口', '31万人')]
    """
    cells = [cell for cell in (part.strip().strip("|").strip() for part in _CELL.split(quote)) if cell]
    named: list[tuple[str, str]] = []
    rest = text
    for cell in cells:
        at = rest.find(cell)
        if at < 0:
            return []
        name = rest[:at].lstrip("；;").rstrip("：:").strip()
        rest = rest[at + len(cell) :]
        # The unit of a column stands behind its numbers.
        unit = _UNIT.match(rest) if cell[-1].isdigit() else None
        if unit:
            cell, rest = cell + unit.group(), rest[unit.end() :]
        named.append((name, cell.rstrip("。；;")))
    if len(named) < 2 or rest.strip() or not any(name for name, _ in named) or any(len(name) > 20 for name, _ in named):
        return []
    return named


def leads(evidence: Sequence[tuple[Passage, str]], question: Question, language: Language) -> list[str]:
    """Return what to put before every sentence: its article and date where two articles disagree, else "".

    They disagree where both talk of the same thing and give other values of the kind that is asked for.

    Args:
        evidence: passages and sentences in the order in which they are shown.
        question: what is asked.
        language: of the words; a title stays as it is but for the script.
    """
    named: set[int] = set()
    told = [(passage, Text(text)) for passage, text in evidence]
    for i, (passage, text) in enumerate(told):
        for j, (other, said) in enumerate(told[:i]):
            if passage.doc_id != other.doc_id and _disagree(text, said, question):
                named |= {i, j}
    return [_lead(passage, language) if i in named else "" for i, (passage, _) in enumerate(evidence)]


def _disagree(one: Text, other: Text, question: Question) -> bool:
    if not question.wants or not (fills(question, one) and fills(question, other)):
        return False
    a, b = one.bigrams, other.bigrams
    if not a or not b or len(a & b) / min(len(a), len(b)) < _TALK:
        return False
    first, second = _wanted(one, question), _wanted(other, question)
    # Of other years two articles may well tell other numbers.
    years = [{date.year for date in text.dated} for text in (one, other)]
    if question.wants != "date" and all(years) and not years[0] & years[1]:
        return False
    return bool(first and second) and not any(stands_for(x, y) or stands_for(y, x) for x in first for y in second)


def _wanted(text: Text, question: Question) -> list[Amount | Date]:
    """Return the values of the kind that is asked for, those of the question left out."""
    given: list[Amount | Date] = [*question.dates, *question.numbers]
    kind = Date if question.wants == "date" else Amount
    return [v for v in text.values if isinstance(v, kind) and not any(stands_for(g, v) for g in given)]


def _lead(passage: Passage, language: Language) -> str:
    if language == "Latn":
        return f"{passage.title}{f' ({passage.date})' if passage.date else ''}: "
    date = f"（{passage.date}）" if passage.date else ""
    title = shown_in(f"《{passage.title}》", language, written=detect_script(passage.title + passage.text))
    return f"{title}{date}{'稱' if language == 'Hant' else '称'}："
