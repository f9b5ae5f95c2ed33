"""Turns of a conversation; as records that a browser keeps, and back from records that nobody vouches for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeVar, get_args

from dgqa.types import Answer, AnswerSentence, Citation, Hit, Passage, Sentence, Status

State = Literal["working", "done", "stopped", "failed"]
NEAREST = 5  # passages shown beside a refusal
MAX_TURNS = 60
_MAX_TEXT = 20_000  # of any one text
_MAX_ITEMS = 60  # of any one list
_TRACE = ("mode", "llm", "language", "standalone", "withheld", "smalltalk")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation and what has become of it; ``number`` counts from 1.

    ``stale`` are the numbers of citations that the articles no longer bear out.
    """

    number: int
    question: str
    state: State = "working"
    answer: Answer | None = None
    error: str = ""
    seconds: float = 0.0
    stale: frozenset[int] = frozenset()


def history(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """Return the (question, answer) pairs that a follow-up refers to."""
    return [(turn.question, turn.answer.text) for turn in turns if turn.state == "done" and turn.answer]


def chats(answer: Answer) -> bool:
    """Whether an answer returns a greeting or thanks: it refuses nothing, so nothing is near to what it would have to say."""
    signals = answer.trace.get("signals")
    return bool(answer.trace.get("smalltalk") or (isinstance(signals, Mapping) and signals.get("smalltalk")))


def record(turn: Turn) -> dict[str, Any]:
    """Return what is to be kept of a turn, JSON-safe: the answer with the passages that the page shows, and no others."""
    answer = None
    if turn.answer is not None:
        trace = {key: turn.answer.trace[key] for key in _TRACE if key in turn.answer.trace}
        if chats(turn.answer):
            trace["smalltalk"] = 1
        answer = replace(turn.answer, hits=_shown(turn.answer), trace=trace).to_dict()
    return {"question": turn.question, "state": turn.state, "seconds": round(turn.seconds, 3), "error": turn.error, "answer": answer}


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
    return Turn(number, _text(item["question"]), state, answer, _text(item.get("error", "")), seconds)


def _answer(value: Any) -> Answer:
    if value["status"] not in get_args(Status):
        raise ValueError("unknown status")
    citations = _each(value["citations"], lambda item: _make(Citation, item))
    known = {citation.number for citation in citations}
    sentences = _each(
        value["sentences"],
        lambda item: AnswerSentence(
            _text(item["text"]), tuple(n for n in _each(item["citations"], _whole) if n in known), _number(item["support"])
        ),
    )
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
    )


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


def _plain(value: Any) -> str | int:
    return value if isinstance(value, int) else _text(value)
