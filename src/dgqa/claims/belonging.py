"""Tell which of the places, and of the sides of a comparison, that a question asks about nothing chosen is on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.claims.claim import Statement
from dgqa.language.places import related
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, squeezed
from dgqa.question.matching import fills
from dgqa.question.parsing import Question

# Commas part no statement, in 2017年，广东改革 the year is Guangdong's; nor do semicolons, which stand between the cells of a row.
_STATEMENT = re.compile(r"[。！？!?\n]|\.\s")


def not_told_of(question: Question, told: Sequence[Statement], sides: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what a question asks about and the evidence is not on.

    Without sides these are the question's places, where what is told is of other places alone: a rate of Shanghai's is none
    of Zhejiang's, one of Hangzhou's may be. Of a comparison they are the sides that nothing is told of.

    Args:
        question: What is asked.
        told: The evidence, with its headings and its context.
        sides: What is compared, as the question has it.
    """
    holding = _holding(question, told)
    if sides:
        return tuple(side for side in sides if not any(names_side(piece.whole, side, sides) for piece in holding))
    # What names no place may be of the one that its article is on.
    elsewhere = all(named and not any(related(place, other) for place in question.toponyms for other in named) for named in (piece.setting.places for piece in holding))
    return question.toponyms if holding and elsewhere else ()


def names_side(told: Text, side: str, sides: Sequence[str]) -> bool:
    """Whether what is told names a side of a comparison: its place, one in it or around it, or a word by which it differs from the other sides.

    What is compared in English, and is no place, may be called otherwise in Chinese: anything may name it.
    """
    one = Text(side)
    if one.places:
        return any(related(place, other) for place in one.places for other in told.places)
    own = one.content - FUNCTION_WORDS - {word for other in sides if other != side for word in Text(other).content}
    return one.english or not own or any(squeezed(word) in told.squeezed for word in own)


def _holding(question: Question, told: Sequence[Statement]) -> Sequence[Statement]:
    """Return what may be the answer with all that says what it is of: each statement with a value that is asked for; everything where none has one."""
    if not question.wants:
        return told
    found: list[Statement] = []
    for piece in told:
        for part in _STATEMENT.split(piece.text):
            if part.strip() and fills(question, Text(part)):
                placed = bool(Text(part).places)
                found.append(Statement(part, about="" if placed else piece.about, context=part if placed else piece.context))
    return found or told
