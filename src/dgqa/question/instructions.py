"""Part what is asked from how the answer is wished: in which language, as a list, in a table, how long.

"数字政府有哪些挑战？请分条列出，每条不超过20字。" asks 数字政府有哪些挑战？; the rest says how to answer, and would only mislead a search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from dgqa.data import Pattern
from dgqa.messages import LANGUAGES, Language

Unmet = Literal["table", "length"]  # what quotations can't be made to be

_PATTERNS = {kind: Pattern("question/instructions", kind) for kind in ("put_into", "leads", "trails", "language", "list", "table", "length", "met")}
_CLAUSE = re.compile(r"[^，,。；;：:？?！!\n]+[，,。；;：:？?！!\s]*")
_END = "，,。；;：:？?！!. \n"
_ASKS = Pattern("question/asking", "asks")


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
    if (put := _PATTERNS["put_into"].fullmatch(question.strip(_END))) is not None:
        return _put(put.groupdict())
    language: Language | None = None
    rest = question
    lead = _PATTERNS["leads"].match(rest)
    clauses = _CLAUSE.findall(rest[lead.end() :] if lead and _is_instruction(lead["clause"] or lead["clause2"]) else rest)
    given = [lead["clause"] or lead["clause2"]] if lead and len("".join(clauses)) < len(rest) else []
    kept: list[str] = []
    for clause in clauses:
        bare = clause.strip(_END)
        trail = _PATTERNS["trails"].search(clause)
        if _is_instruction(bare):
            given.append(bare)
        elif trail and trail.start() > 3 and _is_instruction(trail["clause"]):
            given.append(trail["clause"])
            kept.append(clause[: trail.start()])
        else:
            kept.append(clause)
    for clause in given:
        if found := _PATTERNS["language"].fullmatch(clause):
            language = next(known for known in LANGUAGES if any(found.groupdict().get(name) for name in (known, known.lower(), f"{known.lower()}2")))
        unmet += [kind for kind in get_args(Unmet) if _PATTERNS[kind].fullmatch(clause)]
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
    return Told(what if what.endswith(("？", "?")) or _ASKS.search(what) else f"{what}有哪些？", None, ("table",) if said["table"] or said["drawn"] else ())


def _is_instruction(clause: str) -> bool:
    return any(_PATTERNS[kind].fullmatch(clause) for kind in ("language", "list", "table", "length", "met"))
