"""A question and an assistant in; a turn that grows with its answer out, and never an exception."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from dgqa.errors import DgqaError
from dgqa.phrases import Language
from dgqa.types import Answer
from dgqa.ui_errors import public
from dgqa.ui_turns import Turn
from dgqa.ui_words import say

logger = logging.getLogger(__name__)


class Asker(Protocol):
    """What the page needs of an assistant, from several threads at once.

    ``filter``, ``language`` and ``k`` are passed only where a reader has set them; one with a ``retriever`` also gets
    the `search` endpoint, and the articles of ``retriever.index`` can be read on the page.
    """

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer: ...

    def stream(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Iterator[Answer]: ...


async def progress(
    turn: Turn, assistant: Asker, history: Sequence[tuple[str, str]], language: Language, options: Mapping[str, Any] | None = None
) -> AsyncIterator[Turn]:
    """Yield the turn as its answer grows; the last one is done or failed.

    Each step runs in a thread that a stop leaves behind at once, however long the step still takes.

    Args:
        turn: The turn as asked.
        assistant: Who answers.
        history: The (question, answer) pairs before it.
        language: Of a message about an error.
        options: What the reader has set.
    """
    began = time.perf_counter()

    def grow() -> Iterator[Answer]:
        yield from assistant.stream(turn.question, history=history, **(options or {}))

    answers = grow()
    try:
        while (answer := await asyncio.to_thread(next, answers, None)) is not None:
            turn = replace(turn, answer=answer, seconds=time.perf_counter() - began)
            yield turn
        turn = replace(turn, state="done")
    except DgqaError as error:
        logger.warning("a question failed: %s: %s", type(error).__name__, error)
        turn = replace(turn, state="failed", error=public(error))
    except Exception:  # the border to the browser: whatever it was, the page must say so and stay usable
        logger.exception("a question failed unexpectedly")
        turn = replace(turn, state="failed", error=say("unexpected", language))
    yield replace(turn, seconds=time.perf_counter() - began)
