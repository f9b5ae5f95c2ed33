"""A question and an assistant in; a turn that grows with its answer out, and never an exception."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from dgqa.errors import DgqaError
from dgqa.messages import Language
from dgqa.types import Answer
from dgqa.web.page.errors import public
from dgqa.web.page.turns import Turn
from dgqa.web.page.words import say

logger = logging.getLogger(__name__)

# Seconds in which what grows is shown once: sentences that come out together need no page of their own each.
_TOGETHER = 0.015


class Asker(Protocol):
    """What the page needs of an assistant, from several threads at once.

    ``filter``, ``language`` and ``k`` are passed only where a reader has set them; one with a ``retriever`` also gets
    the `search` endpoint, and the articles of ``retriever.index`` can be read on the page.
    """

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer: ...

    def stream(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Iterator[Answer]: ...


async def progress(
    turn: Turn, assistant: Asker, history: Sequence[tuple[str, str]], language: Language, options: Mapping[str, Any] | None = None
) -> AsyncGenerator[Turn, None]:
    """Yield the turn as its answer grows; the last one is done or failed.

    The answer is made in a thread of its own that a stop leaves behind at once, however long its next sentence still takes;
    it ends with that sentence.

    Args:
        turn: The turn as asked.
        assistant: Who answers.
        history: The (question, answer) pairs before it.
        language: Of a message about an error.
        options: What the reader has set.
    """
    began = time.perf_counter()
    steps = _in_thread(lambda: assistant.stream(turn.question, history=history, **(options or {})))
    try:
        ended = False
        while not ended:
            answer, ended = await anext(steps)
            turn = replace(turn, answer=answer or turn.answer, seconds=time.perf_counter() - began)
            if not ended:
                yield turn
        turn = replace(turn, state="done")
    except DgqaError as error:
        logger.warning("a question failed: %s: %s", type(error).__name__, error)
        turn = replace(turn, state="failed", error=public(error))
    except Exception:  # the border to the browser: whatever it was, the page must say so and stay usable
        logger.exception("a question failed unexpectedly")
        turn = replace(turn, state="failed", error=say("unexpected", language))
    finally:
        await steps.aclose()
    yield replace(turn, seconds=time.perf_counter() - began)


async def _in_thread(stream: Callable[[], Iterator[Answer]]) -> AsyncGenerator[tuple[Answer | None, bool], None]:
    """Run a stream in a thread; yield its newest answer each time, and whether it was the last. Raises what it raises."""
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[Answer | BaseException | None] = asyncio.Queue()
    stopped = threading.Event()

    def tell(item: Answer | BaseException | None) -> None:
        with suppress(RuntimeError):  # the server has ended meanwhile: nobody is left to tell
            loop.call_soon_threadsafe(came.put_nowait, item)

    def run() -> None:
        answers: Iterator[Answer] = iter(())
        try:
            answers = stream()
            for answer in answers:
                tell(answer)
                if stopped.is_set():
                    break
            tell(None)
        except BaseException as error:  # foreign code may raise anything; it is raised again where the answer is awaited
            tell(error)
        finally:
            close = getattr(answers, "close", None)
            if close is not None:
                close()

    threading.Thread(target=contextvars.copy_context().run, args=(run,), name="dgqa-answer", daemon=True).start()
    newest: Answer | None = None
    seen: Answer | None = None
    try:
        while True:
            item = await came.get()
            if isinstance(item, Answer):
                newest = item
                if came.empty():
                    await asyncio.sleep(_TOGETHER)
                if came.empty():
                    yield newest, False
                    seen = newest
            elif item is None:
                yield newest, True
                return
            else:
                if newest is not seen:
                    yield newest, False
                raise item
    finally:
        stopped.set()
