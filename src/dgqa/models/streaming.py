"""A chat model asked: the pieces of its text as they come, within a time, and again where that may help."""

from __future__ import annotations

import contextvars
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dgqa.models.failures import ChatFailure, Refusable, failure_of
from dgqa.models.thinking import Forget, unthinking

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Message = tuple[str, str]  # role ("system", "human"), content
logger = logging.getLogger(__name__)

MAX_TEXT = 12_000  # characters of an answer after which a model is cut off, its thoughts not counted
_PAUSE = 0.5  # seconds before the first repetition, doubled for each further one
_WORTH_REPEATING = frozenset({"rate_limit", "overloaded", "server_error", "unreachable", "cut_stream"})
_NO_CHUNKS = "No generation chunks were returned"  # what LangChain says of a stream without any
# How servers say that a reply ended before its end, and why.
_ENDINGS = {
    **dict.fromkeys(("length", "max_tokens", "MAX_TOKENS"), "length"),
    **dict.fromkeys(("content_filter", "sensitive", "SAFETY", "PROHIBITED_CONTENT", "RECITATION"), "filtered"),
    "refusal": "declined",
    **dict.fromkeys(("error", "network_error"), "server_error"),
}
_WITHOUT_TEXT = ("filtered", "declined", "server_error")  # what such an ending is called where there is no text before it
_MOST_TOKENS = 10**9  # of one request; who counts more lies
_TOKEN = {True: 1.5, False: 4.0}  # characters of a token, of Chinese text and of other


@dataclass(slots=True)
class Cost:
    """What asking a model took: requests, seconds, tokens read and written; tokens that no server counted are ``estimated``.

    ``cut`` tells why the last reply ended before its end: "length", "filtered", "declined", "server_error", "" where it did not.
    """

    calls: int = 0
    seconds: float = 0.0
    read: int = 0
    written: int = 0
    estimated: bool = False
    cut: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, the seconds rounded to milliseconds."""
        plain = {**asdict(self), "seconds": round(self.seconds, 3)}
        del plain["cut"]
        return plain


@dataclass(slots=True)
class _Manner:
    """How a model is asked: what it has refused is left out from then on."""

    model: BaseChatModel
    system: bool = True
    stream: bool = True
    form: bool = True
    refused: tuple[str, ...] = ()


class Speaker:
    """Asks one chat model. What it refuses, such as a temperature, is said once and never again. Safe to use from several threads."""

    def __init__(self, model: BaseChatModel, *, elsewhere: Callable[[], BaseChatModel | None] | None = None) -> None:
        """``elsewhere`` opens the model under the other form of its address, where the first one is wrong; None for no other."""
        self._manner = _Manner(model)
        self._elsewhere = elsewhere

    def pieces(self, messages: Sequence[Message], *, timeout: float, retries: int, form: Mapping[str, Any] | None = None, cost: Cost | None = None) -> Iterator[str | Forget]:
        """Yield the text as it comes, what the model only thinks left out.

        Args:
            messages: Role and content.
            timeout: Seconds for all of it, repetitions included.
            retries: How often a request is repeated that failed before any text came.
            form: What to bind to the model for an answer of a given form, left out where the model refuses it.
            cost: What this is added to.

        Raises:
            ChatFailure: the model failed, took too long, or wrote nothing.
        """
        deadline = time.monotonic() + timeout
        attempt = 0
        cost = cost or Cost()
        while True:
            came = False
            manner = self._manner
            try:
                for piece in _bounded(unthinking(_Request(manner, messages, form, cost).stream(deadline))):
                    came = came or isinstance(piece, Forget) or bool(piece.strip())
                    yield piece
                if not came:
                    raise ChatFailure(cost.cut if cost.cut in _WITHOUT_TEXT else "empty")
                return
            except ChatFailure as failure:
                if not came and self._adapted(failure, manner):
                    continue
                pause = max(_PAUSE * 2**attempt, failure.wait)
                if came or attempt >= retries or failure.reason not in _WORTH_REPEATING or time.monotonic() + pause >= deadline:
                    # Of what is too long, whoever asks may send half.
                    logger.log(logging.INFO if failure.reason == "too_long" else logging.WARNING, "the chat model failed: %s", failure.reason)
                    raise
                logger.info("the chat model failed (%s), trying again in %.1f s", failure.reason, pause)
                time.sleep(pause)
                attempt += 1

    def text(self, messages: Sequence[Message], *, timeout: float, retries: int, cost: Cost) -> str:
        """Return the whole text that the model says, see `pieces`."""
        text = ""
        for piece in self.pieces(messages, timeout=timeout, retries=retries, cost=cost):
            text = "" if isinstance(piece, Forget) else text + piece
        return text

    def _adapted(self, failure: ChatFailure, manner: _Manner) -> bool:
        """Leave out what the model has refused, and say whether there was anything to leave out."""
        part: Refusable | str | None = failure.refused or ("address" if failure.reason == "wrong_address" else None)
        if part is None or part in manner.refused:
            return False
        model, system, stream, form = manner.model, manner.system, manner.stream, manner.form
        if part == "address":
            found = self._elsewhere() if self._elsewhere else None
            if found is None:
                return False
            model, stream = found, True
        elif part == "temperature":
            if getattr(model, "temperature", None) is None:
                return False
            model = model.model_copy(update={"temperature": None})
        elif part == "usage":
            model = model.model_copy(update={"stream_usage": False})
        else:
            system, stream, form = system and part != "system", stream and part != "stream", form and part != "form"
        logger.info("the chat model refuses %s: asking again without", part)
        # What another server refused says nothing of this one.
        self._manner = _Manner(model, system, stream, form, (part,) if part == "address" else (*manner.refused, part))
        return True


class _Request:
    """One request, in a thread of its own, so that a model which hangs holds nobody up beyond the deadline."""

    def __init__(self, manner: _Manner, messages: Sequence[Message], form: Mapping[str, Any] | None, cost: Cost) -> None:
        self._manner = manner
        self._messages = list(messages) if manner.system else merged(messages)
        self._form = form if manner.form else None
        self._cost = cost
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._stopped = threading.Event()

    def stream(self, deadline: float) -> Iterator[str]:
        """Yield the text of the chunks.

        Raises:
            ChatFailure: the model failed or took too long.
        """
        begun, written, usage = time.monotonic(), 0, None
        self._cost.cut = ""
        chinese = False
        # With the context of the caller, in which LangChain keeps its callbacks.
        threading.Thread(target=contextvars.copy_context().run, args=(self._run,), name="dgqa-llm", daemon=True).start()
        try:
            while True:
                try:
                    item = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    raise ChatFailure("timeout") from None
                if item is None:
                    return
                if isinstance(item, BaseException):
                    failure = item if isinstance(item, ChatFailure) else failure_of(item)
                    logger.info("the chat model failed: %s (%s)", failure.reason, type(item).__name__)
                    # Without its cause: the text of a foreign error may hold a key.
                    raise ChatFailure(failure.reason, failure.refused, failure.wait) from None
                usage = _usage(item) or usage
                self._cost.cut = self._cost.cut or _cut(item)
                text = _text(item)
                written += len(text)
                chinese = chinese or not text.isascii()
                yield text
        finally:
            self._stopped.set()
            cost = self._cost
            cost.calls += 1
            cost.seconds += time.monotonic() - begun
            sizes = (sum(len(content) for _, content in self._messages), written)
            read, made = usage or tuple(math.ceil(size / _TOKEN[chinese]) for size in sizes)
            cost.read, cost.written, cost.estimated = cost.read + read, cost.written + made, cost.estimated or usage is None

    def _run(self) -> None:
        stream: Iterator[object] = iter(())
        try:
            model: Any = self._manner.model.bind(**self._form) if self._form else self._manner.model
            if not self._manner.stream:
                self._queue.put(model.invoke(self._messages))
                return
            stream = model.stream(self._messages)
            came = False
            for chunk in stream:
                came = True
                if self._stopped.is_set():
                    break
                self._queue.put(chunk)
            if not came:
                raise ChatFailure("empty", "stream")
        except BaseException as error:  # a model is foreign code: it may raise anything, and the reader is told
            self._queue.put(ChatFailure("empty", "stream") if isinstance(error, ValueError) and _NO_CHUNKS in str(error) else error)
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()
            self._queue.put(None)


def merged(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with what the system says put before what the person says."""
    system = "\n\n".join(content for role, content in messages if role == "system")
    rest = [(role, content) for role, content in messages if role != "system"]
    return [(rest[0][0], f"{system}\n\n{rest[0][1]}"), *rest[1:]] if system and rest else list(messages)


def _bounded(stream: Iterator[str | Forget]) -> Iterator[str | Forget]:
    length = 0
    for piece in stream:
        yield piece
        length = 0 if isinstance(piece, Forget) else length + len(piece)
        if length > MAX_TEXT:
            return


def _text(chunk: object) -> str:
    """Return the text of a chunk, or what it puts into the arguments of a tool."""
    text = getattr(chunk, "text", None)
    if not isinstance(text, str):
        raise ChatFailure("malformed")
    if refusal := (getattr(chunk, "additional_kwargs", None) or {}).get("refusal"):
        logger.debug("the chat model declined with %d characters", len(str(refusal)))
        raise ChatFailure("declined")
    if text:
        return str(text)
    calls = getattr(chunk, "tool_call_chunks", None)
    if calls:
        return "".join(str(call.get("args") or "") for call in calls)
    whole = getattr(chunk, "tool_calls", None) or ()
    return "".join(_json(call.get("args")) for call in whole)


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else ""


def _cut(chunk: object) -> str:
    """Return why a chunk says that the text ends before its end, "" where it does not."""
    told = getattr(chunk, "response_metadata", None) or {}
    given = [told.get(key) for key in ("finish_reason", "stop_reason", "done_reason")] if isinstance(told, dict) else []
    return next((_ENDINGS[reason] for reason in given if isinstance(reason, str) and reason in _ENDINGS), "")


def _usage(chunk: object) -> tuple[int, int] | None:
    usage = getattr(chunk, "usage_metadata", None) or {}
    read, written = usage.get("input_tokens"), usage.get("output_tokens")
    return (int(read), int(written)) if isinstance(read, int) and isinstance(written, int) and 0 < read + written <= _MOST_TOKENS and min(read, written) >= 0 else None
