"""Turns of a conversation: growing with their answers, kept as records by a browser, and read back from records that nobody vouches for."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol, TypeVar, get_args

from dgqa.errors import AnswerError, DgqaError
from dgqa.messages import Language
from dgqa.types import Answer, AnswerSentence, Citation, Hit, Passage, Sentence, Span, Status, Verdict
from dgqa.web.page.errors import explained
from dgqa.web.page.words import say

logger = logging.getLogger(__name__)

State = Literal["working", "done", "stopped", "failed"]
NEAREST = 5  # passages shown beside a refusal
MAX_TURNS = 60
_MAX_TEXT = 20_000  # of any one text
_MAX_ITEMS = 60  # of any one list
_TRACE = ("mode", "llm", "language", "standalone", "withheld", "smalltalk")
_T = TypeVar("_T")
# Seconds in which what grows is shown once: sentences that come out together need no page of their own each.
_TOGETHER = 0.015


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation and what has become of it; ``number`` counts from 1.

    ``corpus`` is the name of the articles that it was asked of. ``stale`` are the numbers of citations that the articles no longer bear out. ``draft`` is the answer in the articles' own
    words that there is while a language model writes one. ``talk`` is the browser's own name of the conversation that it was asked in.
    """

    number: int
    question: str
    state: State = "working"
    answer: Answer | None = None
    error: str = ""
    seconds: float = 0.0
    stale: frozenset[int] = frozenset()
    draft: Answer | None = None
    corpus: str = ""
    talk: str = ""


def history(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """Return the (question, answer) pairs that a follow-up refers to."""
    return [(turn.question, turn.answer.text) for turn in turns if turn.state == "done" and turn.answer]


def chats(answer: Answer) -> bool:
    """Whether an answer returns a greeting or thanks: it refuses nothing, so nothing is near to what it would have to say."""
    signals = answer.trace.get("signals")
    return bool(answer.trace.get("smalltalk") or (isinstance(signals, Mapping) and signals.get("smalltalk")))


# --- growing -----------------------------------------------------------------------------------------------------


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
            if answer is not None and answer.trace.get("composing"):
                turn = replace(turn, draft=answer, seconds=time.perf_counter() - began)
            else:
                turn = replace(turn, answer=answer or turn.answer, seconds=time.perf_counter() - began)
            if not ended:
                yield turn
        turn = replace(turn, state="done")
    except DgqaError as error:
        if not isinstance(error, AnswerError):  # it may quote what was asked, which the log has no business with
            logger.warning("a question failed: %s: %s", type(error).__name__, error)
        turn = replace(turn, state="failed", error=explained(error, language))
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


# --- kept by a browser -------------------------------------------------------------------------------------------


def record(turn: Turn) -> dict[str, Any]:
    """Return what is to be kept of a turn, JSON-safe: the answer with the passages that the page shows, and no others."""
    answer = None
    if turn.answer is not None:
        trace = {key: turn.answer.trace[key] for key in _TRACE if key in turn.answer.trace}
        if chats(turn.answer):
            trace["smalltalk"] = 1
        answer = replace(turn.answer, hits=_shown(turn.answer), trace=trace).to_dict()
    told = {"question": turn.question, "state": turn.state, "seconds": round(turn.seconds, 3), "error": turn.error, "answer": answer}
    return told | ({"corpus": turn.corpus} if turn.corpus else {})


def turns_from(records: object, raw: Callable[[str], str | None]) -> list[Turn]:
    """Return the turns of records that come from a browser; a record that is not whole is left out.

    Args:
        records: Anything at all.
        raw: The text of a document by its id, None where there is no such document.
    """
    turns: list[Turn] = []
    for item in records[:MAX_TURNS] if isinstance(records, list) else ():
        try:
            turn = _turn(item, len(turns) + 1)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            continue
        turns.append(replace(turn, stale=_stale(turn.answer, raw)))
    return turns


def _shown(answer: Answer) -> tuple[Hit, ...]:
    if chats(answer):
        return ()
    if answer.status == "refused":
        return tuple(replace(hit, sentences=()) for hit in answer.hits[:NEAREST])
    return tuple(replace(hit, sentences=()) for hit in answer.hits if any(holds(hit.passage, citation) for citation in answer.citations))


def holds(passage: Passage, citation: Citation) -> bool:
    """Whether a citation begins in a passage."""
    return passage.doc_id == citation.doc_id and passage.start <= citation.start < passage.end


def _stale(answer: Answer | None, raw: Callable[[str], str | None]) -> frozenset[int]:
    numbers = set()
    for citation in answer.citations if answer else ():
        text = raw(citation.doc_id)
        if text is None or text[citation.start : citation.end] != citation.quote:
            numbers.add(citation.number)
    return frozenset(numbers)


def _turn(item: Any, number: int) -> Turn:
    # What was still growing when the browser went away has stopped.
    state: State = item["state"] if item["state"] in ("done", "failed") else "stopped"
    seconds = _number(item.get("seconds", 0.0))
    answer = _answer(item["answer"]) if item.get("answer") is not None else None
    return Turn(number, _text(item["question"]), state, answer, _text(item.get("error", "")), seconds, corpus=_text(item.get("corpus", "")))


def _answer(value: Any) -> Answer:
    if value["status"] not in get_args(Status):
        raise ValueError("unknown status")
    citations = _each(value["citations"], lambda item: _make(Citation, item))
    known = {citation.number for citation in citations}
    sentences = _each(value["sentences"], lambda item: _answer_sentence(item, known))
    confidence = value.get("confidence")
    trace = value.get("trace") or {}
    return Answer(
        _text(value["question"]),
        value["status"],
        _text(value["text"]),
        sentences,
        citations,
        _each(value["hits"], _hit),
        _text(value.get("reason", "")),
        {key: _plain(trace[key]) for key in _TRACE if key in trace},
        None if confidence is None else _number(confidence),
    )


def _answer_sentence(item: Any, known: set[int]) -> AnswerSentence:
    text = _text(item["text"])
    citations = tuple(n for n in _each(item["citations"], _whole) if n in known)
    return AnswerSentence(text, citations, _number(item["support"]), _text(item.get("lead", "")), _verdict(item), _phrase(item.get("phrase"), text), _text(item.get("side", "")))


def _verdict(item: Mapping[str, Any]) -> Verdict:
    return item["verdict"] if item.get("verdict") in get_args(Verdict) else "verbatim"


def _phrase(value: Any, text: str) -> Span | None:
    if value is None:
        return None
    start, end = _each(value, _whole)
    if not start < end <= len(text):
        raise ValueError("no span of the sentence")
    return start, end


def _hit(value: Any) -> Hit:
    return Hit(_whole(value["rank"]), _number(value["score"]), _passage(value["passage"]), ())


def _passage(value: Any) -> Passage:
    sentences = _each(value["sentences"], _sentence)
    return replace(_make(Passage, {**value, "kind": "body"}), sentences=sentences)


def _sentence(value: Any) -> Sentence:
    spans = _each(value.get("spans", []), lambda span: (_whole(span[0]), _whole(span[1])))
    return Sentence(_text(value["text"]), _whole(value["start"]), _whole(value["end"]), 0.0, spans)


def _make(kind: Callable[..., _T], value: Mapping[str, Any]) -> _T:
    """Build a dataclass of texts, whole numbers and nothing else from a mapping that may hold anything."""
    made: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name not in value:
            continue
        given = value[field.name]
        made[field.name] = () if field.name == "sentences" else _whole(given) if field.type == "int" else _text(given)
    return kind(**made)


def _each(value: Any, make: Callable[[Any], _T]) -> tuple[_T, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError("no list")
    return tuple(make(item) for item in value[:_MAX_ITEMS])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    # JSON may hold lone surrogates, which no answer to the browser could carry.
    return value[:_MAX_TEXT].encode("utf-8", "replace").decode("utf-8")


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise ValueError("no offset or number")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("no number")
    return float(value)


def _plain(value: Any) -> str | int | list[dict[str, str]]:
    if isinstance(value, (list, tuple)):  # the sentences that were withheld
        return [{key: _text(item.get(key, "")) for key in ("text", "why")} for item in value[:_MAX_ITEMS]]
    return value if isinstance(value, int) else _text(value)
