"""A question in; the questions that it is made of out: its parts, or one for each side of a comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dgqa.data import Pattern

_MAX = 3
_ASKS = Pattern("question/decomposition", "asks")
_DIFFER = r"不同|不一样|不一樣|区别|區別|差别|差別|差异|差異|异同|異同|相比|对比|對比|比较|比較|优劣|優劣"
_SIDES = (
    re.compile(
        r"(?:比较|比較|对比|對比)(?:一下)?(?P<a>[^，,。？?和与與跟]{2,24})(?:和|与|與|跟)(?P<b>[^，,。？?]{2,24}?)(?P<rest>的.*|[，,。？?].*|$)"
    ),
    re.compile(rf"^(?P<a>[^，,。？?和与與跟]{{2,24}})(?:和|与|與|跟|同)(?P<b>[^，,。？?]{{2,24}}?)(?P<rest>(?:之间|之間|相比|比起|在|有|的|，|,|各).*(?:{_DIFFER}|各).*)$"),
    re.compile(r"\b(?P<a>[A-Z][\w-]*(?: [A-Z][\w-]*)*) and (?P<b>[A-Z][\w-]*(?: [A-Z][\w-]*)*)(?P<rest>(?:'s?)? .*\b(?:differ\w*|compared?|contrast)\b.*)$"),
    re.compile(r"\b(?:between|compar(?:e|ing)) (?P<a>[^,?]{3,60}?) (?:and|with|to) (?P<b>[^,?]{3,60}?)(?P<rest>[,?.]?|[,?.] .*| in .*)$", re.IGNORECASE),
    re.compile(r"^(?P<rest>(?:.*[,?]\s+)?)(?P<a>[^,?\s][^,?]{2,120}?),? (?:compared (?:with|to)|as opposed to|unlike) (?P<b>[^,?]{3,80})[?.]?$", re.IGNORECASE),
)
# 英美两国: each character stands for a country.
_PAIR = re.compile("([中美英法德日韩韓俄印澳加新])([中美英法德日韩韓俄印澳加新])(?:[两兩][国國]|[双雙]方)")
_CLAUSE = re.compile(r"[，,]\s*")
_ASKS_ITSELF = re.compile("什么|什麼|甚麼|哪|多少|[几幾](?!乎|句|位|个月|個月|年来|年來)|谁|誰|怎|如何|何[时時年处處]|为何|為何")
_BREAK = re.compile(r"[？?；;。]\s*|[，,]\s*(?=(?:又|另|而|那么|那麼|以及|同时|同時|and\b))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """A question that a part of the answer answers; ``previous`` is what it follows up, "" for nothing.

    ``side`` is the one of the things compared that it is about, "" where nothing is compared. ``loose`` tells that it is
    a clause that may ask nothing by itself.
    """

    question: str
    previous: str = ""
    side: str = ""
    loose: bool = False


def sub_questions(question: str) -> tuple[SubQuestion, ...]:
    """Return the questions that a question is made of, at most three; none where it is one question alone.

    >>> [part.question for part in sub_questions("甲市和乙市的平台有什么不同？")]
    ['甲市的平台有什么不同？', '乙市的平台有什么不同？']
    >>> [part.question for part in sub_questions("平台叫什么？哪一年上线？")]
    ['平台叫什么', '哪一年上线']
    """
    for pattern in _SIDES:
        match = pattern.search(question)
        if match is not None:
            rest = match["rest"] or ""
            before = question[: match.start()]
            if pattern is _SIDES[-1]:
                first = f"{rest}{match['a']}"
                # "How long is the term here compared with there": what asks names no side.
                named = not _ASKS.search(match["a"])
                return SubQuestion(first, side=match["a"] if named else ""), SubQuestion(match["b"], first, match["b"] if named else "")
            return tuple(SubQuestion(f"{before}{match[side]}{rest}".strip(), side=match[side]) for side in "ab")
    if match := _PAIR.search(question):
        return tuple(SubQuestion(f"{question[: match.start()]}{name}国{question[match.end() :]}", side=f"{name}国") for name in match.groups())
    parts = [part.strip() for part in _BREAK.split(question)]
    asking = [part for part in parts if _ASKS.search(part) and len(part) > 3]
    loose = len(asking) < 2
    if loose:
        parts = _clauses(question)
        asking = [part for part in parts if _ASKS_ITSELF.search(part)]
    if len(asking) < 2:
        return ()
    lead = "，".join(part for part in parts[: parts.index(asking[0])] if part)
    first = f"{lead}，{asking[0]}" if lead else asking[0]
    return (SubQuestion(first, loose=loose), *(SubQuestion(part, first, loose=loose) for part in asking[1:_MAX]))


def _clauses(question: str) -> list[str]:
    """Return the clauses of a Chinese question, those that ask nothing with the one behind them."""
    clauses: list[str] = []
    for part in _CLAUSE.split(question.rstrip("？?。 ")):
        if clauses and not _ASKS_ITSELF.search(clauses[-1]):
            clauses[-1] = f"{clauses[-1]}，{part}"
        else:
            clauses.append(part)
    return [clause for clause in clauses if len(clause) > 5]
