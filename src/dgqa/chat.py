"""Settings in; the chat page, served with all that they ask for, out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dgqa.config import Settings
from dgqa.types import Answer

if TYPE_CHECKING:
    import gradio as gr


def open_chat(settings: Settings, *, examples: Sequence[str] = ()) -> gr.Blocks:
    """Open the assistant and serve its page; returns at once, ``block_thread()`` of the page waits for the end.

    Raises:
        ConfigError: the page can't be served as the settings say.
        DgqaError: the assistant can't be opened, see ``Assistant.open``.
    """
    from dgqa.answering import Assistant

    if settings.offline:
        os.environ["DGQA_OFFLINE"] = "1"  # for the model store
    first = Assistant.open(settings.index, backend=settings.backend)
    embedder = first.retriever.embedder

    def reopened() -> Assistant:
        return Assistant.open(settings.index, embedder=embedder)

    assistant = Renewed(first, reopened)
    # After the index has been found: loading Gradio takes seconds.
    from dgqa.ui import serve
    from dgqa.uploads import Uploader

    uploader = Uploader(settings.corpus, settings.index, embedder=embedder) if settings.uploads else None
    return serve(
        assistant,
        host=settings.host,
        port=settings.port,
        user=settings.user,
        password=settings.password,
        public=settings.public,
        rate=settings.rate,
        mcp=settings.mcp,
        modes=_modes(assistant),
        feedback=settings.feedback,
        uploader=uploader,
        on_indexed=assistant.renew,
        examples=examples,
        block=False,
    )


class Renewed:
    """An assistant that is opened anew after articles were added, while people go on asking the one before."""

    def __init__(self, first: Any, reopen: Callable[[], Any]) -> None:
        self._now = first
        self._reopen = reopen

    def renew(self) -> None:
        """Open the index again; whoever is being answered is answered from the old one."""
        self._now = self._reopen()

    @property
    def retriever(self) -> Any:
        return self._now.retriever

    @property
    def label(self) -> str:
        return str(getattr(self._now, "label", "extractive"))

    def ask(self, question: str, history: Sequence[tuple[str, str]] = (), **options: Any) -> Answer:
        """Answer as the assistant does."""
        answer: Answer = self._now.ask(question, history, **options)
        return answer

    def stream(self, question: str, history: Sequence[tuple[str, str]] = (), **options: Any) -> Iterator[Answer]:
        """Yield growing answers as the assistant does."""
        yield from self._now.stream(question, history, **options)

    def extractive(self) -> Renewed:
        """Return what answers in the articles' own sentences, from the same index as this one at any time."""
        return _Extractive(self)


class _Extractive(Renewed):
    def __init__(self, whole: Renewed) -> None:
        self._whole = whole

    @property
    def _now(self) -> Any:
        return self._whole._now.with_llm(None)


def _modes(assistant: Renewed) -> dict[str, Any] | None:
    """Return the ways of answering to choose from: the language model that is configured, and the articles' own sentences."""
    return None if assistant.label == "extractive" else {assistant.label: assistant, "extractive": assistant.extractive()}
