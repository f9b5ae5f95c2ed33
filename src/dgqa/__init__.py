"""Question answering over Chinese articles: every sentence of an answer cites a span of the original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dgqa.errors import (
    AnswerError,
    ConfigError,
    CorpusError,
    DgqaError,
    IndexMismatchError,
    IndexNotFoundError,
    MissingExtraError,
    ModelError,
)
from dgqa.types import Answer, AnswerSentence, Citation, Context, Defect, Document, Filter, Hit, Passage, Section, Sentence

if TYPE_CHECKING:
    from dgqa.answer.assistant import Assistant
    from dgqa.corpus.files import load_corpus, load_document
    from dgqa.index.build import Index, IndexReport, build_index
    from dgqa.search.retriever import Retriever

__version__ = "0.1.0"

# Loaded when first used: importing dgqa must not import FAISS, torch or Gradio.
_LAZY = {
    "Assistant": "dgqa.answer.assistant",
    "Index": "dgqa.index.build",
    "IndexReport": "dgqa.index.build",
    "Retriever": "dgqa.search.retriever",
    "build_index": "dgqa.index.build",
    "load_corpus": "dgqa.corpus.files",
    "load_document": "dgqa.corpus.files",
}

__all__ = [
    "Answer",
    "AnswerError",
    "AnswerSentence",
    "Assistant",
    "Citation",
    "ConfigError",
    "Context",
    "CorpusError",
    "Defect",
    "DgqaError",
    "Document",
    "Filter",
    "Hit",
    "Index",
    "IndexMismatchError",
    "IndexNotFoundError",
    "IndexReport",
    "MissingExtraError",
    "ModelError",
    "Passage",
    "Retriever",
    "Section",
    "Sentence",
    "__version__",
    "build_index",
    "load_corpus",
    "load_document",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'dgqa' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
