"""Assistants in; what programs ask of them, so many at once, with every failure as a typed error, out."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from threading import BoundedSemaphore
from typing import Any

from dgqa.errors import AnswerError, DgqaError
from dgqa.types import Answer
from dgqa.web.guard.shapes import UNEXPECTED
from dgqa.web.programs.asked import Completion, Question, Search, limits

logger = logging.getLogger(__name__)

WAITING = 16  # requests that run or wait at once; each holds a thread of the server
_TRIAL = "政府"  # what is searched for to see that a search works
MODEL = "dgqa"  # the name of the way of answering that the settings name


class BusyError(DgqaError):
    """As many requests as the server takes are running."""


class UnknownModelError(DgqaError):
    """A request names a model that is none of those offered."""


class UnexpectedError(DgqaError):
    """Something failed whose message is for the server's log alone."""


class Desk:
    """Where programs ask. Safe to use from several threads.

    Args:
        assistant: Who answers, as `Assistant` does; with a ``retriever`` where passages can be searched.
        modes: Other ways of answering by their names.
        waiting: How many requests may run or wait at once.
    """

    def __init__(self, assistant: Any, modes: Mapping[str, Any] | None = None, *, waiting: int = WAITING) -> None:
        others = {name: mode for name, mode in (modes or {}).items() if mode is not assistant}
        self.models: Mapping[str, Any] = {MODEL: assistant, **others}
        self.retriever: Any = getattr(assistant, "retriever", None)
        self._waiting, self._places = waiting, BoundedSemaphore(waiting)
        self._tried = ""

    def state(self) -> dict[str, Any]:
        """Return the index's fingerprint and counts, once a search in it has gone well.

        Raises:
            DgqaError: it can't be searched.
        """
        index = getattr(self.retriever, "index", None)
        if index is None or not hasattr(index, "manifest"):
            return {}
        if self._tried != index.fingerprint:
            with self._place():
                self.retriever.search(_TRIAL, k=1)
            self._tried = index.fingerprint
        return {"index": index.fingerprint, **index.manifest["counts"]}

    def ask(self, asked: Question) -> Answer:
        """Return the answer to a question."""
        with self._place():
            answer: Answer = self.models[MODEL].ask(asked.question, history=asked.history, **asked.options())
        return answer

    def search(self, asked: Search) -> list[dict[str, Any]]:
        """Return the passages for a question, best first, as plain dicts."""
        limit = limits(asked.filter)
        with self._place():
            found = self.retriever.search(asked.question, k=asked.k, **({"filter": limit} if limit else {}))
        return [asdict(hit) for hit in found]

    def growing(self, asked: Completion) -> Generator[Answer, None, None]:
        """Yield growing answers to the last message of a conversation.

        Raises:
            UnknownModelError: there is no such model.
            AnswerError: the conversation or its question can't be used.
            BusyError: too many are asking.
        """
        assistant = self.models.get(asked.model or MODEL)
        if assistant is None:
            raise UnknownModelError(f"there is no model {asked.model[:80]!r}: there are {', '.join(self.models)}")
        question, history = asked.talk()
        with self._place():
            yield from assistant.stream(question, history=history, **asked.options())

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise BusyError(f"the server is busy with {self._waiting} other requests: try again in some seconds")
        try:
            yield
        except AnswerError:  # may quote what was asked, which the log has no business with; who asked is told
            raise
        except DgqaError as error:
            logger.warning("a request failed: %s: %s", type(error).__name__, error)
            raise
        except Exception as error:  # the border to other programs: the text of any other error may hold a path
            logger.exception("a request failed unexpectedly")
            raise UnexpectedError(UNEXPECTED) from error
        finally:
            self._places.release()


def told(answer: Answer, *, details: bool = False, sentences: bool = True) -> dict[str, Any]:
    """Return an answer as plain dicts: what it says and cites; with ``details`` all that `Answer.to_dict` gives."""
    whole = answer.to_dict()
    left_out = set() if details else {"hits", "trace", *(() if sentences else ("sentences",))}
    return {key: value for key, value in whole.items() if key not in left_out}
