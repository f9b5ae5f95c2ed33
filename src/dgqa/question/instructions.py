"""A question as it is typed in; what is asked, and how the answer is wished, out: in which language, as a list, in a table, how long.

"数字政府有哪些挑战？请分条列出，每条不超过20字。" asks 数字政府有哪些挑战？; the rest says how to answer, and would only mislead a search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from dgqa.data import Pattern, expression, table
from dgqa.messages import LANGUAGES, Language

Unmet = Literal["table", "length"]  # what quotations can't be made to be

_FILE = "question/instructions"
_CLAUSE = re.compile(r"[^，,。；;：:？?！!\n]+[，,。；;：:？?！!\s]*")
_END = "，,。；;：:？?！!. \n"
_POLITE = r"(?:请|請|麻烦|麻煩|能否|可否|可以|能不能|最好|希望|要求|需要|并且?|並且?|同时|同時|再|你|您|帮我|幫我|给我|給我|务必|務必|尽量|儘量)*"
_HOW = r"(?:的?形式|的?方式|地)?(?:来|來)?(?:回答|作答|答复|答覆|解答|说明|說明|解释|解釋|介绍|介紹|概括|总结|總結|归纳|歸納|阐述|闡述|写|寫|说|說|讲|講|答|告诉我|告訴我)?(?:我)?(?:一下|出来|即可|就行)?"
_ASKS = re.compile(r"(?:哪|什么|什麼|多少|几|幾|怎|如何|吗|嗎|[？?])")


@dataclass(frozen=True, slots=True)
class Told:
    """``text`` is what is asked, without the instructions on how to answer; ``language`` what the answer is wished in, None for nothing said.

    ``unmet`` are the instructions that quotations can't follow.
    """

    text: str
    language: Language | None = None
    unmet: tuple[Unmet, ...] = ()


def without_instructions(question: str) -> Told:
    """Tell what is asked from how the answer is wished. A message of nothing but instructions stays as it is: it follows up another.

    >>> without_instructions("数字政府有哪些挑战？请分条列出，每条不超过20字。")
    Told(text='数字政府有哪些挑战？', language=None, unmet=('length',))
    """
    unmet: list[Unmet] = []
    if (put := _pattern("put_into").fullmatch(question.strip(_END))) is not None:
        return _put(put.groupdict())
    language: Language | None = None
    rest = question
    lead = Pattern(_FILE, "leads").match(rest)
    clauses = _CLAUSE.findall(rest[lead.end() :] if lead and _is_instruction(lead["clause"] or lead["clause2"]) else rest)
    given = [lead["clause"] or lead["clause2"]] if lead and len("".join(clauses)) < len(rest) else []
    kept: list[str] = []
    for clause in clauses:
        bare = clause.strip(_END)
        trail = Pattern(_FILE, "trails").search(clause)
        if _is_instruction(bare):
            given.append(bare)
        elif trail and trail.start() > 3 and _is_instruction(trail["clause"]):
            given.append(trail["clause"])
            kept.append(clause[: trail.start()])
        else:
            kept.append(clause)
    for clause in given:
        if found := _pattern("language").fullmatch(clause):
            language = next(known for known in LANGUAGES if any(found.groupdict().get(name) for name in (known, known.lower(), f"{known.lower()}2")))
        unmet += [kind for kind in get_args(Unmet) if _pattern(kind).fullmatch(clause)]
    text = "".join(kept).strip()
    if not given or not any(char.isalnum() for char in text):
        text = question
    return Told(text.rstrip("，,：:；; "), language, tuple(dict.fromkeys(unmet)))


def _put(said: dict[str, str | None]) -> Told:
    """Return what is asked by "put … into a table" and the like."""
    if short := said["short"]:
        return Told(short, None, ("length",))
    if compared := said["compared"]:
        return Told(f"{compared}有什么不同？", None, ("table",))
    what = said["what"] or said["shown"] or said["listed"] or ""
    return Told(what if _ASKS.search(what) else f"{what}有哪些？", None, ("table",) if said["table"] or said["drawn"] else ())


def _is_instruction(clause: str) -> bool:
    return any(_pattern(kind).fullmatch(clause) for kind in ("language", "list", "table", "length", "met"))


_KNOWN: dict[str, re.Pattern[str]] = {}


def _pattern(kind: str) -> re.Pattern[str]:
    """Return an expression of the file, with what may stand before and behind an instruction filled in."""
    if kind not in _KNOWN:
        _KNOWN[kind] = expression([part.replace("@POLITE@", _POLITE).replace("@HOW@", _HOW) for part in table(_FILE)[kind]])
    return _KNOWN[kind]
