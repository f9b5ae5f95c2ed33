"""Settings in; the chat page, served with all that they ask for, out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dgqa.config import Settings

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
    assistant = Assistant.open(settings.index, backend=settings.backend)
    # After the index has been found: loading Gradio takes seconds.
    from dgqa.ui import serve
    from dgqa.uploads import Uploader

    uploader = Uploader(settings.corpus, settings.index, embedder=assistant.retriever.embedder) if settings.uploads else None
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
        examples=examples,
        block=False,
    )


def _modes(assistant: Any) -> dict[str, Any] | None:
    """Return the ways of answering to choose from: the language model that is configured, and the articles' own sentences."""
    label = getattr(assistant, "label", "extractive")
    return None if label == "extractive" else {label: assistant, "extractive": assistant.with_llm(None)}
