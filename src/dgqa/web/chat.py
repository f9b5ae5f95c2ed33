"""Settings in; the chat page, served with all that they ask for, out."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dgqa.config import Settings, reach_directly
from dgqa.errors import missing_extra

if TYPE_CHECKING:
    import gradio as gr

    from dgqa.answer.assistant import Assistant


def open_chat(settings: Settings, *, examples: Sequence[str] = ()) -> gr.Blocks:
    """Open the assistant and serve its page; returns at once, ``block_thread()`` of the page waits for the end.

    Raises:
        ConfigError: the page can't be served as the settings say.
        MissingExtraError: Gradio is not installed.
        DgqaError: the assistant can't be opened, see ``Assistant.open``.
    """
    from dgqa.answer.assistant import Assistant

    if importlib.util.find_spec("gradio") is None:
        raise missing_extra("the chat page", "gradio", "chat")
    if settings.offline:
        os.environ["DGQA_OFFLINE"] = "1"  # for the model store
    if settings.follow_links:
        os.environ["DGQA_FOLLOW_LINKS"] = "1"  # for whatever reads a corpus
    logging.getLogger("dgqa.web.requests").setLevel(logging.INFO)
    logging.getLogger("dgqa.questions").setLevel(logging.INFO if settings.log_questions else logging.WARNING)
    reach_directly(settings.host)
    assistant = Assistant.open(settings.index, **settings.assistant_options())
    # After the index has been found: loading Gradio takes seconds.
    from dgqa.web.page.page import Offer, serve
    from dgqa.web.server import Address
    from dgqa.web.uploads import Uploader

    uploader = (
        Uploader(settings.corpus, settings.index, embedder=assistant.retriever.embedder, vector_index=settings.vector_index)
        if settings.uploads
        else None
    )
    names = ("host", "port", "user", "password", "public", "rate", "connections", "mcp", "root_path", "secret", "session_hours")
    keys, embed = tuple(re.findall(r"[^\s,]+", settings.api_keys)), tuple(settings.embed.split())
    address = Address(**{name: getattr(settings, name) for name in names}, keys=keys, embed=embed)
    offer = Offer(modes=_modes(assistant), feedback=settings.feedback, uploader=uploader, examples=examples)
    return serve(assistant, address, offer, block=False)


def _modes(assistant: Assistant) -> dict[str, Assistant]:
    """Return what a reader may choose from: what the settings name first, always extraction, and the local model where it is."""
    from dgqa.models.chat import LOCAL_MODEL, label_of
    from dgqa.models.store import model_status

    modes = {assistant.label: assistant}
    if assistant.label != "extractive":
        modes["extractive"] = assistant.with_llm(None)
    fetched = any(status.ready for status in model_status() if status.name == LOCAL_MODEL)
    if fetched and importlib.util.find_spec("xllamacpp") and label_of("local") not in modes:
        modes[label_of("local")] = assistant.with_llm("local")
    return modes
