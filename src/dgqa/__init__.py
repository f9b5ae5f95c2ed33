"""Question answering over Chinese articles: every sentence of an answer cites a span of the original.

How to use it:

    import dgqa

    dgqa.build_index(corpus="corpus", index="index")    # once, and again when articles change
    assistant = dgqa.Assistant.open("index")
    answer = assistant.ask("电子政务外网在乡镇的覆盖率是多少？")
    answer.status                                        # "answered", "partial" or "refused"
    answer.text                                          # what a person reads, with [n] markers
    for citation in answer.citations:                    # raw[start:end] == quote
        print(citation.number, citation.path, citation.start, citation.end, citation.quote)

    retriever = dgqa.Retriever.open("index")             # passages instead of an answer
    hits = retriever.search("数字政府的定义是什么？", k=5, filter=dgqa.Filter(date_from="2022"))

Questions may be in simplified or traditional Chinese or English. Whatever goes wrong is a `DgqaError` that says what to do.
`Embedder` and `Reader` are what you may put in place of the models. More: help(dgqa.Assistant), help(dgqa.build_index).
"""

from __future__ import annotations

# Not imported from typing, which takes longer than all else here: an interrupt of the command should find it at work.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dgqa.answer.assistant import Assistant
    from dgqa.corpus.files import load_corpus, load_document
    from dgqa.errors import (
        AnswerError,
        ConfigError,
        CorpusError,
        DgqaError,
        EngineError,
        IndexMismatchError,
        IndexNotFoundError,
        MissingExtraError,
        ModelError,
    )
    from dgqa.index.build import Index, IndexReport, build_index
    from dgqa.models.embedder import Embedder
    from dgqa.models.readers.reader import Reader
    from dgqa.search.retriever import Retriever
    from dgqa.types import Answer, AnswerSentence, Citation, Context, Defect, Document, Filter, Hit, Passage, Section, Sentence

__version__ = "0.1.0"

# Loaded when first used: importing dgqa must not import FAISS, torch or Gradio.
_LAZY = {
    name: module
    for module, names in {
        "dgqa.answer.assistant": "Assistant",
        "dgqa.corpus.files": "load_corpus load_document",
        "dgqa.errors": "AnswerError ConfigError CorpusError DgqaError EngineError IndexMismatchError IndexNotFoundError MissingExtraError ModelError",
        "dgqa.index.build": "Index IndexReport build_index",
        "dgqa.models.embedder": "Embedder",
        "dgqa.models.readers.reader": "Reader",
        "dgqa.search.retriever": "Retriever",
        "dgqa.types": "Answer AnswerSentence Citation Context Defect Document Filter Hit Passage Section Sentence",
    }.items()
    for name in names.split()
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
    "Embedder",
    "EngineError",
    "Filter",
    "Hit",
    "Index",
    "IndexMismatchError",
    "IndexNotFoundError",
    "IndexReport",
    "MissingExtraError",
    "ModelError",
    "Passage",
    "Reader",
    "Retriever",
    "Section",
    "Sentence",
    "__version__",
    "build_index",
    "load_corpus",
    "load_document",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name in ("errors", "types"):  # modules that were there as soon as dgqa was
        return importlib.import_module(f"dgqa.{name}")
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'dgqa' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
