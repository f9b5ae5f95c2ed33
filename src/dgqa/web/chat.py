"""Serve the chat page with all that the settings ask for."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dgqa.config import Settings, reach_directly
from dgqa.errors import missing_extra
from dgqa.index.manifest import corpus_of, read_manifest
from dgqa.web.corpora import Corpus, names_of_folders
from dgqa.web.uploads import Uploader

if TYPE_CHECKING:
    import gradio as gr

    from dgqa.answer.assistant import Assistant


logger = logging.getLogger(__name__)


def open_chat(settings: Settings, *, examples: Sequence[str] = ()) -> gr.Blocks:
    """Open the assistants of all indexes and serve the page; returns at once, ``block_thread()`` of the page waits for the end.

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
    folders = settings.indexes()
    collections = names_of_folders(folders)
    assistants = [Assistant.open(folders[0], **settings.assistant_options())]
    for folder in folders[1:]:
        shared = assistants[0].retriever.embedder if _embedded_alike(folders[0], folder) else None
        assistants.append(Assistant.open(folder, embedder=shared, **settings.assistant_options()))
    # After the indexes have been found: loading Gradio takes seconds.
    from dgqa.web.page.page import Offer, serve
    from dgqa.web.server import Address

    first, *others = (Corpus(one, _modes(one), _uploader(settings, at, one), name) for at, (one, name) in enumerate(zip(assistants, collections, strict=True)))
    names = ("host", "port", "user", "password", "public", "rate", "connections", "mcp", "root_path", "secret", "session_hours")
    keys, embed = tuple(re.findall(r"[^\s,]+", settings.api_keys)), tuple(settings.embed.split())
    address = Address(**{name: getattr(settings, name) for name in names}, keys=keys, embed=embed)
    offer = Offer(first.modes, examples, feedback=settings.feedback, uploader=first.uploader, name=first.name, others=others)
    return serve(first.assistant, address, offer, block=False)


def _embedded_alike(first: str, other: str) -> bool:
    """Whether one embedder serves the questions to both indexes."""
    manifests = [read_manifest(Path(folder)) for folder in (first, other)]
    return all(manifests[0][key] == manifests[1][key] for key in ("model", "query_prompt", "passage_prompt"))


def _uploader(settings: Settings, at: int, assistant: Assistant) -> Uploader | None:
    """Return what takes articles into the index at a place of the settings; None where they don't want it, or what that index was built from is not known."""
    folder = settings.indexes()[at]
    corpus = settings.corpus if at == 0 else corpus_of(Path(folder))
    if not settings.uploads:
        return None
    if not corpus:
        logger.warning("no articles can be added to %s: the folder that it was built from is not there", folder)
        return None
    return Uploader(corpus, folder, embedder=assistant.retriever.embedder, vector_index=settings.vector_index)


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
