"""A chat model and messages in, the pieces of its text as they come out; within a time, tried again where that may help."""

from __future__ import annotations

import contextvars
import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dgqa.models.chat import reason_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Message = tuple[str, str]  # role ("system", "human"), content
logger = logging.getLogger(__name__)

MAX_TEXT = 6_000  # characters after which a model is cut off: more is no answer of a few sentences
_PAUSE = 0.5  # seconds before the first repetition, doubled for each further one
_WORTH_REPEATING = frozenset({"rate_limit", "server_error", "unreachable", "cut_stream"})
_THINKING = ("<think>", "</think>")


class ChatFailure(Exception):  # noqa: N818
    """A chat model gave no usable text; ``reason`` says why in one word, see `reason_of`. Never leaves the package."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def pieces(model: BaseChatModel, messages: Sequence[Message], *, timeout: float, retries: int) -> Iterator[str]:
    """Yield the text of a chat model as it comes, what it only thinks left out.

    Args:
        model: What is asked.
        messages: Role and content.
        timeout: Seconds for all of it, repetitions included.
        retries: How often a request is repeated that failed before any text came.

    Raises:
        ChatFailure: the model failed, took too long, or wrote nothing.
    """
    deadline = time.monotonic() + timeout
    attempt = 0
    while True:
        came = False
        try:
            for piece in _unthinking(_timely(model, messages, deadline)):
                came = came or bool(piece.strip())
                yield piece
        except ChatFailure as failure:
            pause = _PAUSE * 2**attempt
            if came or attempt >= retries or failure.reason not in _WORTH_REPEATING or time.monotonic() + pause >= deadline:
                raise
            logger.info("the chat model failed (%s), trying again in %.1f s", failure.reason, pause)
            time.sleep(pause)
            attempt += 1
            continue
        if not came:
            raise ChatFailure("empty")
        return


def _timely(model: BaseChatModel, messages: Sequence[Message], deadline: float) -> Iterator[str]:
    """Stream in a thread of its own, so that a model which hangs holds nobody up beyond the deadline."""
    written: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def run() -> None:
        stream: Iterator[object] = iter(())
        try:
            stream = model.stream(list(messages))
            for chunk in stream:
                if stopped.is_set():
                    break
                written.put(_text(chunk))
        except BaseException as error:  # a model is foreign code: it may raise anything, and the reader is told
            written.put(error)
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()
            written.put(None)

    # With the context of the caller, in which LangChain keeps its callbacks.
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name="dgqa-llm", daemon=True).start()
    length = 0
    try:
        while True:
            try:
                piece = written.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise ChatFailure("timeout") from None
            if piece is None:
                return
            if isinstance(piece, BaseException):
                reason = reason_of(piece)
                logger.warning("the chat model failed: %s (%s)", reason, type(piece).__name__)
                # Without its cause: the text of a foreign error may hold a key.
                raise ChatFailure(reason) from None
            yield piece
            length += len(piece)
            if length > MAX_TEXT:
                return
    finally:
        stopped.set()


def _text(chunk: object) -> str:
    text = getattr(chunk, "text", None)
    if not isinstance(text, str):
        raise TypeError(f"a chat model streamed a {type(chunk).__name__} without text")
    return str(text)


def _unthinking(stream: Iterator[str]) -> Iterator[str]:
    """Leave out what stands between <think> and </think>, marks cut in two between pieces included."""
    begin, end = _THINKING
    held, inside = "", False
    for piece in stream:
        held += piece
        while True:
            mark = end if inside else begin
            at = held.find(mark)
            if at < 0:
                break
            if not inside:
                yield held[:at]
            held, inside = held[at + len(mark) :], not inside
        mark = end if inside else begin
        keep = next((n for n in range(min(len(mark) - 1, len(held)), 0, -1) if mark.startswith(held[-n:])), 0)
        if not inside:
            yield held[: len(held) - keep]
        held = held[len(held) - keep :]
    if not inside:
        yield held
