"""What a question must be to be searched for."""

from __future__ import annotations

from dgqa.errors import AnswerError
from dgqa.language.reading import Text
from dgqa.language.text import tidy

MAX_QUESTION = 2_000  # characters; more than the embedding model reads


def as_text(question: str | Text) -> Text:
    """Return a question as it was meant, read; one that was read already stays as it is."""
    if not isinstance(question, Text):
        return Text(check_question(question))
    text = check_question(question.text)
    return question if text == question.text else Text(text)


def check_count(k: int) -> int:
    """Return how many passages are asked for.

    Raises:
        AnswerError: it is no whole number, or below 1.
    """
    if not isinstance(k, int) or k < 1:
        raise AnswerError(f"k is {k!r}: ask for at least 1 passage, by a whole number")
    return k


def check_question(question: str) -> str:
    """Return the question as it was meant, see `tidy`.

    Raises:
        AnswerError: it is no text, has no word in it, or more than 2,000 characters.
    """
    if not isinstance(question, str):
        raise AnswerError(f"the question is a {type(question).__name__}: give a text")
    given, question = question, tidy(question)
    if not given.strip():
        raise AnswerError("the question is empty: type one")
    if len(question) > MAX_QUESTION:
        raise AnswerError(f"the question has {len(question):,} characters, the limit is {MAX_QUESTION:,}: shorten it")
    if not any(char.isalnum() for char in question):
        raise AnswerError(f"the question {given.strip()[:20]!r} has no words in it: type one in Chinese or English")
    return question
