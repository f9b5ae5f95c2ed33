"""Ask assistants what programs want to know, so many at once, with every failure as a typed error."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from threading import BoundedSemaphore
from typing import Any

from dgqa.errors import AnswerError, DgqaError
from dgqa.types import Answer
from dgqa.web.corpora import Corpus
from dgqa.web.guard.shapes import UNEXPECTED
from dgqa.web.programs.asked import Completion, Question, Search, limits
from dgqa.web.programs.tasks import Task, done
from dgqa.web.suggesting import Suggestions

logger = logging.getLogger(__name__)

WAITING = 16  # requests that run or wait at once; each holds a thread of the server
_TRIAL = "政府"  # what is searched for to see that a search works
MODEL = "dgqa"  # the name of the way of answering that the settings name


class BusyError(DgqaError):
    """As many requests as the server takes are running."""


class UnknownModelError(DgqaError):
    """A request names a model that is none of those offered."""


class UnknownCorpusError(AnswerError):
    """A request names articles that are none of those served."""


class UnexpectedError(DgqaError):
    """Something failed whose message is for the server's log alone."""


class Desk:
    """Where programs ask. Safe to use from several threads.

    A model is a way of answering from a corpus: "dgqa" for what the settings name, else the name of the way, and with several
    corpora "/" and the name of one behind it; without that, the first answers.

    Args:
        corpora: What is served; with a ``retriever`` of its assistant where passages can be searched.
        waiting: How many requests may run or wait at once.
    """

    def __init__(self, corpora: Sequence[Corpus], *, waiting: int = WAITING) -> None:
        self._corpora = {corpus.name: corpus for corpus in corpora}
        self._first = corpora[0]
        self.models: dict[str, tuple[Corpus, Any]] = {}
        for corpus in corpora:
            others = {name: mode for name, mode in corpus.modes.items() if mode is not corpus.assistant}
            for name, mode in {MODEL: corpus.assistant, **others}.items():
                self.models[f"{name}/{corpus.name}" if corpus.name else name] = (corpus, mode)
        self._waiting, self._places = waiting, BoundedSemaphore(waiting)
        self._tried: dict[str, str] = {}
        self._suggestions = {corpus.name: Suggestions(corpus.assistant, partial(_documents, corpus)) for corpus in corpora}

    @property
    def names(self) -> list[str]:
        """The names of the corpora; [] for a single one without any."""
        return [name for name in self._corpora if name]

    @property
    def searches(self) -> bool:
        """Whether passages can be searched."""
        return _retriever(self._first) is not None

    def model(self, name: str) -> tuple[Corpus, Any]:
        """Return the corpus and the way of answering of a model.

        Raises:
            UnknownModelError: there is no such model.
        """
        name = name or MODEL
        found = self.models.get(name) or self.models.get(f"{name}/{self._first.name}")
        if found is None:
            raise UnknownModelError(f"there is no model {name[:80]!r}: there are {', '.join(self.models)}")
        return found

    def _corpus(self, name: str) -> Corpus:
        if name and name not in self._corpora:
            raise UnknownCorpusError(f"there is no corpus {name[:80]!r}: there are {', '.join(self.names)}" if self.names else f"there is no corpus {name[:80]!r}: leave `corpus` out, there is one alone")
        return self._corpora[name] if name else self._first

    def state(self) -> dict[str, Any]:
        """Return the fingerprint and counts of the first index, with several those of each by its name, once a search in it has gone well.

        Raises:
            DgqaError: one can't be searched.
        """
        states = {name: self._state(corpus) for name, corpus in self._corpora.items()}
        return states[self._first.name] | ({"corpora": states} if self.names else {})

    def _state(self, corpus: Corpus) -> dict[str, Any]:
        retriever = _retriever(corpus)
        index = getattr(retriever, "index", None)
        if index is None or not hasattr(index, "manifest"):
            return {}
        if self._tried.get(corpus.name) != index.fingerprint:
            with self._place():
                retriever.search(_TRIAL, k=1)
            self._tried[corpus.name] = index.fingerprint
        return {"index": index.fingerprint, **index.manifest["counts"]}

    def ask(self, asked: Question) -> Answer:
        """Return the answer to a question.

        Raises:
            UnknownCorpusError: there are no such articles.
        """
        corpus = self._corpus(asked.corpus)
        with self._place():
            answer: Answer = corpus.assistant.ask(asked.question, history=asked.history, **asked.options())
        return answer

    def search(self, asked: Search) -> list[dict[str, Any]]:
        """Return the passages for a question, best first, as plain dicts.

        Raises:
            UnknownCorpusError: there are no such articles.
        """
        limit, retriever = limits(asked.filter), _retriever(self._corpus(asked.corpus))
        with self._place():
            found = retriever.search(asked.question, k=asked.k, **({"filter": limit} if limit else {}))
        return [asdict(hit) for hit in found]

    def done(self, task: Task, model: str) -> str:
        """Return what a chat program asks for besides answers.

        Raises:
            UnknownModelError: there is no such model.
            BusyError: too many are asking.
        """
        corpus, _ = self.model(model)
        with self._place():
            return done(task, _documents(corpus), self._suggestions[corpus.name])

    def growing(self, asked: Completion) -> Generator[Answer, None, None]:
        """Yield growing answers to the last message of a conversation.

        Raises:
            UnknownModelError: there is no such model.
            AnswerError: the conversation or its question can't be used.
            BusyError: too many are asking.
        """
        _, assistant = self.model(asked.model)
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


def _documents(corpus: Corpus) -> Sequence[Mapping[str, Any]]:
    """Return what is known of the articles of a corpus, [] where it is asked in another way."""
    index = getattr(_retriever(corpus), "index", None)
    found: Sequence[Mapping[str, Any]] = index.documents() if index is not None else []
    return found


def _retriever(corpus: Corpus) -> Any:
    return getattr(corpus.assistant, "retriever", None)


def told(answer: Answer, *, details: bool = False, sentences: bool = True) -> dict[str, Any]:
    """Return an answer as plain dicts: what it says and cites; with ``details`` all that `Answer.to_dict` gives."""
    whole = answer.to_dict()
    left_out = set() if details else {"hits", "trace", *(() if sentences else ("sentences",))}
    return {key: value for key, value in whole.items() if key not in left_out}
