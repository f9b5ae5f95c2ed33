"""How an embedder is opened: which model, which prompts, how much at once; and where the model is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dgqa.errors import ModelError
from dgqa.models.store import MODELS, ensure_model, is_offline

DEFAULT_MODEL = "multilingual-e5-small"


@dataclass(frozen=True, slots=True)
class EmbedderOptions:
    """How a model is run.

    ``query_prompt`` is put before a question, None for the model's own "query" prompt, or ""; ``passage_prompt`` the
    same for passages, from the model's "passage" or "document" prompt. ``threads`` is how many compute, None for what
    suits the backend; ``batch_size`` how many texts there are in a forward pass, 0 for what suits it. ``device`` is
    torch's name of what to compute on. ``offline`` never uses the network, None asks ``DGQA_OFFLINE``; ``progress``
    shows a download on standard error.
    """

    query_prompt: str | None = None
    passage_prompt: str | None = None
    threads: int | None = None
    batch_size: int = 0
    device: str = "cpu"
    offline: bool | None = None
    progress: bool = True

    def prompts(self, own: Mapping[str, str | None]) -> tuple[str, str]:
        """Return the prompts of questions and of passages; ``own`` are the model's."""
        query, passage = own.get("query") or "", own.get("passage") or own.get("document") or ""
        return query if self.query_prompt is None else self.query_prompt, passage if self.passage_prompt is None else self.passage_prompt

    @property
    def stays_offline(self) -> bool:
        return is_offline() if self.offline is None else self.offline


def find_model(model: str | Path, options: EmbedderOptions) -> tuple[str, str | Path]:
    """Return a name that stays the same when a folder moves, and the folder or the hub's name.

    Raises:
        ModelError: the model is of another kind, or can't be had.
    """
    if isinstance(model, str) and model in MODELS:
        if MODELS[model].kind != "embedding":
            raise ModelError(f"{model} is a {MODELS[model].kind} model: name one that embeds, such as {DEFAULT_MODEL}")
        return model, ensure_model(model, offline=options.stays_offline, progress=options.progress)
    folder = Path(model).expanduser()
    return folder.resolve().name if folder.is_dir() else str(model), model
