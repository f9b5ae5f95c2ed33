"""Have a chat model write a follow-up as it stands alone, and keep it only where it drops, changes and invents nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.answer.composed.prompts import rewrite_messages
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, fold
from dgqa.language.values import stands_for
from dgqa.messages import Language
from dgqa.models.streaming import Cost, Speaker
from dgqa.question.parsing import Question

_MOST = 300  # characters of a question that is no answer
_LEADING = re.compile(r"^(?:好的改写|改写后的问题|改写|问题|good|rewritten question|question)\s*[:：]\s*", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,}")
_POINTING = frozenset(["那", "那么", "呢", "它", "他", "她", "它们", "他们", "这个", "那个", "这", "该", "其", "上述", "另外", "还有", "what", "about", "how", "and"])
_KEPT = 0.5  # share of the follow-up's own words that its rewriting must hold


def rewritten(
    speaker: Speaker, question: str, history: Sequence[tuple[str, str]], language: Language, *, timeout: float, retries: int, cost: Cost
) -> str | None:
    """Ask for the question as it would stand alone; None where the model drops, changes or invents something.

    Raises:
        ChatFailure: the model failed.
    """
    text = speaker.text(rewrite_messages(question, history, language), timeout=timeout, retries=retries, cost=cost)
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = _LEADING.sub("", line).strip(" \"“”「」*`")
    return line if faithful(line, question, history) else None


def faithful(rewriting: str, question: str, history: Sequence[tuple[str, str]]) -> bool:
    """Whether a rewriting holds every value and name of the question and adds none that the talk does not have."""
    if not rewriting or len(rewriting) > _MOST or not any(char.isalnum() for char in rewriting):
        return False
    talk = Text("\n".join([question, *(text for turn in history for text in turn)]))
    made, asked = Question(rewriting), Question(question)
    if not _holds(made, asked) or not _holds(talk, made):
        return False
    own = [word for word in asked.words if word not in FUNCTION_WORDS and word not in _POINTING]
    kept = [word for word in own if word in made.folded]
    return not own or len(kept) / len(own) >= _KEPT


def _holds(whole: Text, part: Question) -> bool:
    """Whether every value, place, title and Latin name of ``part`` stands in ``whole``."""
    folded = whole.folded
    english_words = {word.casefold() for word in _LATIN.findall(part.text) if word[0].isupper() and part.text.index(word)}
    return (
        all(any(stands_for(value, found) or value == found for found in whole.values) for value in part.values)
        and set(part.places) <= set(whole.places)
        and all(fold(title) in folded for title in part.titles)
        and all(fold(name) in folded for name in part.names)
        and all(word in folded for word in english_words)
    )
