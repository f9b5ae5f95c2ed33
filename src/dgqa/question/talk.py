"""Take the talk before a question, in whatever form it is given, as pairs of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dgqa.errors import AnswerError
from dgqa.language.text import tidy, well_formed

Turn = tuple[str, str]  # a question and its answer


def turns_of(history: object) -> list[Turn]:
    """Return the talk before a question as pairs of texts, the questions as they were meant; None is none.

    Raises:
        AnswerError: it is anything else.
    """
    wrong = "give a list of (question, answer) pairs of texts, oldest first"
    if history is None:
        return []
    if isinstance(history, str | bytes | Mapping) or not isinstance(history, Iterable):
        raise AnswerError(f"the history is a {type(history).__name__}: {wrong}")
    turns: list[Turn] = []
    for number, turn in enumerate(history, 1):
        if not isinstance(turn, list | tuple) or len(turn) != 2 or not all(isinstance(text, str) for text in turn):
            raise AnswerError(f"turn {number} of the history is {_kind(turn)}: {wrong}")
        turns.append((tidy(turn[0]), well_formed(turn[1])))
    return turns


def _kind(turn: object) -> str:
    """Say of what a turn is; not what is in it, which may be too long, too deep or too large to be written."""
    if isinstance(turn, list | tuple):
        return f"a {type(turn).__name__} of {len(turn)} ({', '.join(type(part).__name__ for part in turn[:4])})"
    return f"a {type(turn).__name__}"
