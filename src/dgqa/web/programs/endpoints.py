"""Add the named endpoints `ask` and `search` to the page, for the first corpus and for Gradio's clients; other programs have dgqa.web.programs."""

# No `from __future__ import annotations` here: gradio's api() reads annotations without resolving strings.

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from threading import BoundedSemaphore
from typing import Any

from gradio import Error
from gradio.events import api

from dgqa.errors import AnswerError
from dgqa.question.talk import turns_of
from dgqa.web.guard.shapes import BUSY
from dgqa.web.page.errors import errors_for_clients
from dgqa.web.programs.asked import MAX_HITS, MAX_TURNS
from dgqa.web.programs.desk import WAITING


def add_endpoints(assistant: Any, *, waiting: int = WAITING) -> None:
    """Add `ask` and, where the assistant has a ``retriever``, `search` to the page that is being built.

    They don't go through the queue of the page: one POST gets the result. What
    bounds them instead is ``waiting``; a call beyond it is told to come back later.

    Args:
        assistant: What has ``ask(question, history)``, safe to use from several threads, and ``retriever.search(question, k)`` or no retriever.
        waiting: How many calls may run or wait at once.
    """
    turn = _Turn(waiting)
    api(_ask(assistant, turn), api_name="ask", queue=False)
    retriever = getattr(assistant, "retriever", None)
    if retriever is not None:
        api(_search(retriever, turn), api_name="search", queue=False)


class _Turn:
    """Let so many calls run or wait at once, and turn what goes wrong in one into an error for its caller."""

    def __init__(self, waiting: int) -> None:
        self._waiting, self._places = waiting, BoundedSemaphore(waiting)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with errors_for_clients():
            if not self._places.acquire(blocking=False):
                raise Error(f"the server is busy with {self._waiting} other calls: try again in some seconds", print_exception=False, title=BUSY)
            try:
                yield
            finally:
                self._places.release()


# What a program reads about the endpoints are the docstrings below.


def _ask(assistant: Any, turn: _Turn) -> Callable[..., dict[str, Any]]:
    def ask(question: str, history: list[list[str]] = []) -> dict[str, Any]:  # noqa: B006
        """Answer a question from the articles; every sentence names the exact characters that support it.

        Args:
            question: The question, in simplified Chinese, traditional Chinese or English.
            history: The talk before it, oldest first, as [question, answer] pairs; what "it" or "那里" stands for is looked up there.

        Returns:
            status ("answered", "partial": it may not answer or lacks something, see reason, or "refused"), confidence (probability
            that it answers, or null), text with [n] markers, sentences with the numbers of their citations, verdict ("verbatim",
            "confirmed" or "unconfirmed") and phrase ([start, end) of the short answer in the sentence, or null),
            citations (number, doc_id, file, title, author, date, section, start, end, quote), hits, reason and trace.
        """
        with turn():
            turns = turns_of(history)
            if len(turns) > MAX_TURNS:
                raise AnswerError(f"the history has {len(turns)} turns: send the last {MAX_TURNS} or fewer")
            answer: dict[str, Any] = _renamed(assistant.ask(question, history=turns).to_dict())
            return answer

    return ask


def _search(retriever: Any, turn: _Turn) -> Callable[..., list[dict[str, Any]]]:
    def search(question: str, k: int = 5) -> list[dict[str, Any]]:
        """Find the passages of the articles that are nearest to a question, best first.

        Args:
            question: The question, in simplified Chinese, traditional Chinese or English.
            k: How many passages to return, from 1 to 50.

        Returns:
            Hits with rank (from 1), score (higher is better), passage (doc_id, file, title, author, date, section, start, end, text)
            and its matching sentences.
        """
        with turn():
            if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_HITS:
                raise AnswerError(f"k is {k!r}: give a whole number from 1 to {MAX_HITS}")
            return [_renamed(asdict(hit)) for hit in retriever.search(question, k=k)]

    return search


def _renamed(value: Any) -> Any:
    """Return a JSON value with `file` for every key `path`: Gradio's clients try to download what has a `path`."""
    if isinstance(value, Mapping):
        return {"file" if key == "path" else key: _renamed(item) for key, item in value.items()}
    return [_renamed(item) for item in value] if isinstance(value, (list, tuple)) else value
