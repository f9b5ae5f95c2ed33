"""A cross-encoder of sentence-transformers as a reader: it scores every sentence with the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dgqa.errors import ModelError, missing_extra
from dgqa.models.readers.reader import Page, Reading
from dgqa.models.torch_embedder import in_own_threads


class CrossEncoderReader:
    """Reads pages with a cross-encoder by name or folder; a page answers as far as its best sentence does. Marks no phrases."""

    def __init__(self, model: str, *, offline: bool = False) -> None:
        """Load the model.

        Raises:
            MissingExtraError: sentence-transformers is not installed.
            ModelError: sentence-transformers cannot load it.
        """
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise missing_extra(f"the reader cross-encoder:{model}", "sentence-transformers", "sentence-transformers") from error
        try:
            self._model: Any = CrossEncoder(model, device="cpu", local_files_only=offline)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"the reader cross-encoder:{model} cannot be loaded ({error}): give the name or folder of a cross-encoder, or set reader to auto") from error
        self.name = f"cross-encoder:{model}"

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        """Return a reading of every page, in their order."""
        from torch import nn

        in_own_threads()
        pairs = [(question, f"{page.heading} {text}") for page in pages for text in page.sentences]
        scores = iter(self._model.predict(pairs, activation_fn=nn.Sigmoid(), show_progress_bar=False).tolist() if pairs else [])
        made = []
        for page in pages:
            each = tuple(float(next(scores)) for _ in page.sentences)
            made.append(Reading(max(each, default=0.0), each, (None,) * len(each)))
        return made
