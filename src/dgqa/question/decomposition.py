"""Split a question into those that it is made of: its parts, or one for each side of a comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dgqa.data import Pattern

_MAX = 3
_ASKS = Pattern("question/asking", "asks")
_DIFFER = r"不同|不一样|不一樣|区别|區別|差别|差別|差异|差異|异同|異同|相比|对比|對比|比较|比較|优劣|優劣"
# Which of two is more: what is asked of each by itself.
_MORE = re.compile(
    r"[，,]?\s*(?:哪一?[个個部项項种種家边邊所座间間条條类類款]?|[谁誰])(?P<what>[^，,。？?]{0,8}?)(?:更(?P<degree>[早晚迟遲先后後多少高低长長短久大小贵貴便快慢重轻輕])宜?|(?<![谁誰])先)(?P<then>[^，,。？?的]{0,8})"
)
_DEGREES = {"早晚迟遲先后後": "什么时候", "长長短久快慢": "多长", "多少高低大小贵貴便重轻輕": "多少"}
_SIDES = (
    re.compile(
        r"(?:比较|比較|对比|對比)(?:一下)?(?P<a>[^，,。？?和与與跟]{2,24})(?:和|与|與|跟)(?P<b>[^，,。？?]{2,24}?)(?P<rest>的.*|[，,。？?].*|$)"
    ),
    re.compile(rf"^(?:请问|請問|我?想(?:问|問|知道))?[，,]?(?P<a>[^，,。？?和与與跟]{{2,24}})(?:和|与|與|跟|同)(?P<b>[^，,。？?]{{2,24}}?)(?P<rest>(?=之间|之間|相比|比起|在|有|的|，|,|各|哪|[谁誰]).*(?:{_DIFFER}|{_MORE.pattern}|各).*)$"),
    re.compile(r"(?:(?P<lead>\bdiffer\w*\b.*)\bbetween|\bcompar(?:e|ing)) (?P<a>[^,?]{3,60}?) (?:and|with|to) (?P<b>[^,?]{3,60}?)(?P<rest>[,?.]?|[,?.] .*| in .*)$", re.IGNORECASE),
    re.compile(r"^(?P<rest>(?:.*[,?]\s+)?)(?P<a>[^,?\s][^,?]{2,120}?),? (?:compared (?:with|to)|as opposed to|unlike) (?P<b>[^,?]{3,80})[?.]?$", re.IGNORECASE),
)
_BREAK = re.compile(r"[？?；;。]\s*|[，,]\s*(?=(?:又|另|而|那么|那麼|以及|同时|同時|and\b))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """A question that a part of the answer answers; ``previous`` is what it follows up, "" for nothing.

    ``side`` is the one of the things compared that it is about, "" where nothing is compared.
    """

    question: str
    previous: str = ""
    side: str = ""


def sub_questions(question: str) -> tuple[SubQuestion, ...]:
    """Return the questions that a question is made of, at most three; none where it is one question alone.

    >>> [part.question for part in sub_questions("甲市和乙市的平台有什么不同？")]
    ['甲市的平台有什么不同？', '乙市的平台有什么不同？']
    >>> [part.question for part in sub_questions("平台叫什么？哪一年上线？")]
    ['平台叫什么', '哪一年上线']
    """
    for pattern in _SIDES:
        match = pattern.search(question)
        if match is None:
            continue
        if pattern is _SIDES[-1]:
            first = f"{match['rest']}{match['a']}"
            # "How long is the term here compared with there": what asks names no side.
            named = not _ASKS.search(match["a"])
            return SubQuestion(first, side=match["a"] if named else ""), SubQuestion(match["b"], first, match["b"] if named else "")
        before = f"{question[: match.start()]}{match.groupdict().get('lead') or ''}"
        rest = _MORE.sub(_of_one, match["rest"] or "")
        return tuple(SubQuestion(f"{before}{match[side]}{rest}".strip(), side=match[side]) for side in "ab")
    parts = [part.strip() for part in _BREAK.split(question)]
    asking = [part for part in parts if _ASKS.search(part) and len(part) > 3]
    if len(asking) < 2:
        return ()
    first = "，".join(part for part in (*parts[: parts.index(asking[0])], asking[0]) if part)
    return (SubQuestion(first), *(SubQuestion(part, first) for part in asking[1:_MAX]))


def _of_one(more: re.Match[str]) -> str:
    """Return what a question for the greater of two asks of one: 什么时候施行 for 哪个更早施行."""
    asked = next(word for degrees, word in _DEGREES.items() if (more["degree"] or "先") in degrees)
    return f"{asked}{more['what']}{more['then']}" if asked == "什么时候" else f"{more['what']}{more['then']}是{asked}"
