"""Give out an assistant as LangChain's runnable from a question to an `Answer`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Protocol

from langchain_core.runnables import Runnable, RunnableConfig

from dgqa.errors import AnswerError
from dgqa.messages import Language
from dgqa.types import Answer, Filter

_OPTIONS = ("filter", "language", "k", "strictness")


class Answering(Protocol):
    """What answers a question, at once or as a growing answer: `dgqa.Assistant`."""

    def ask(
        self, question: str, history: Sequence[tuple[str, str]] = ..., *, filter: Filter | None = ..., language: Language | None = ..., k: int = ...
    ) -> Answer:
        """Return the answer."""

    def stream(
        self, question: str, history: Sequence[tuple[str, str]] = ..., *, filter: Filter | None = ..., language: Language | None = ..., k: int = ...
    ) -> Iterator[Answer]:
        """Yield growing answers."""


class _Answering(Runnable[Any, Answer]):
    def __init__(self, assistant: Answering) -> None:
        self._assistant = assistant

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        return self._call_with_config(self._answer, input, config, run_type="chain")

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        async def answer(given: Any) -> Answer:
            return await asyncio.to_thread(self._answer, given)

        return await self._acall_with_config(answer, input, config, run_type="chain")

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None) -> Iterator[Answer]:
        return self._transform_stream_with_config(iter([input]), self._answers, config, run_type="chain")

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any | None) -> AsyncIterator[Answer]:
        async def inputs() -> AsyncIterator[Any]:
            yield input

        async for answer in self._atransform_stream_with_config(inputs(), self._aanswers, config, run_type="chain"):
            yield answer

    def _answer(self, given: Any) -> Answer:
        question, options = _request(given)
        return self._assistant.ask(question, **options)

    def _answers(self, inputs: Iterator[Any]) -> Iterator[Answer]:
        for given in inputs:
            question, options = _request(given)
            yield from self._assistant.stream(question, **options)

    async def _aanswers(self, inputs: AsyncIterator[Any]) -> AsyncIterator[Answer]:
        async for given in inputs:
            question, options = _request(given)
            growing = self._assistant.stream(question, **options)
            # A generator may not run in two threads at once; one step is awaited before the next.
            while (answer := await asyncio.to_thread(next, growing, None)) is not None:
                yield answer


def runnable(assistant: Answering) -> Runnable[Any, Answer]:
    """Return a runnable whose ``stream`` yields growing answers; ``invoke``, ``batch`` and their asynchronous kin the last one."""
    return _Answering(assistant)


def _request(given: object) -> tuple[str, dict[str, Any]]:
    if isinstance(given, str):
        return given, {}
    if not isinstance(given, Mapping) or not isinstance(given.get("question"), str):
        raise AnswerError(f"the input is a {type(given).__name__}: give a question, or a dict with `question` and perhaps `history`, {', '.join(_OPTIONS)}")
    unknown = set(given) - {"question", "history", *_OPTIONS}
    if unknown:
        raise AnswerError(f"the input has an unknown key {sorted(unknown)[0]!r}: known are question, history, {', '.join(_OPTIONS)}")
    options = {key: given[key] for key in _OPTIONS if key in given}
    return given["question"], {"history": given.get("history") or (), **options}
