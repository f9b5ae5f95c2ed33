"""The library as its users meet it: help, what is shown in an interpreter and a notebook, and embedders and readers of their own."""

from __future__ import annotations

import pydoc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

import dgqa
from dgqa.errors import ModelError
from dgqa.models.readers.reader import Page, Phrase, Reading
from dgqa.types import Answer, Filter
from fakes import HashingEmbedder
from scripted import QUESTION, answered, hits, hostile

TEXT = "云江数字政府\n\n云江市的热线号码是12345。\n\n云江市的政务服务大厅周六开门。\n"


class Hashed(Embeddings):
    """LangChain's form of the hashing embedder; ``failing`` as a provider does."""

    model = "hash-64"

    def __init__(self, dim: int = 64, *, failing: bool = False) -> None:
        self.own, self.failing = HashingEmbedder(dim), failing

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if self.failing:
            raise RuntimeError("429 too many requests")
        return [[3 * number for number in row] for row in self.own.embed_passages(texts).tolist()]

    def embed_query(self, text: str) -> list[float]:
        return [float(number) for number in self.own.embed_queries([text])[0]]


class Exact:
    """A reader that believes in the sentence with the most characters of the question."""

    name = "exact"

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        shares = [[len(set(question) & set(sentence)) / len(set(question)) for sentence in page.sentences] for page in pages]
        return [Reading(max(share, default=0.0), tuple(share), tuple(Phrase(0, 2, 0.5) if len(text) > 1 else None for text in page.sentences)) for share, page in zip(shares, pages, strict=True)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "云江.txt").write_text(TEXT, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=Hashed())
    return folder / "index"


def test_help_begins_with_how_to_use_it_and_names_the_protocols() -> None:
    shown = pydoc.plain(pydoc.render_doc(dgqa))
    assert shown.index("How to use it") < shown.index("PACKAGE CONTENTS") and "class Embedder" in shown and "class Reader" in shown


def test_embeddings_of_langchain_make_and_search_an_index(index: Path) -> None:
    retriever = dgqa.Retriever.open(index, embedder=Hashed())
    assert isinstance(retriever.embedder, dgqa.Embedder) and retriever.embedder.name == "langchain:Hashed:hash-64"
    assert retriever.search("热线的号码是多少？", k=1)[0].sentences[0].text == "云江市的热线号码是12345。"
    assert np.allclose(np.linalg.norm(retriever.embedder.embed_passages(["甲乙", "丙丁戊"]), axis=1), 1)


def test_an_index_made_by_embeddings_says_what_it_needs_and_knows_others_for_what_they_are(index: Path) -> None:
    with pytest.raises(ModelError, match=r"LangChain's embeddings \(Hashed:hash-64\): give the same as `embedder`"):
        dgqa.Retriever.open(index)
    with pytest.raises(dgqa.IndexMismatchError):
        dgqa.Retriever.open(index, embedder=Hashed(32))
    with pytest.raises(ModelError, match="429 too many requests"):
        dgqa.build_index(index.parent / "corpus", index.parent / "other", embedder=Hashed(failing=True))
    with pytest.raises(ModelError, match=r"a str: give a dgqa\.Embedder"):
        dgqa.Retriever.open(index, embedder="hash")  # type: ignore[arg-type]


def test_a_reader_of_ones_own_reads_and_chooses(index: Path) -> None:
    reader: dgqa.Reader = Exact()
    answer = dgqa.Assistant.open(index, embedder=Hashed(), reader=reader).ask("云江市的热线号码是多少？", strictness="lenient")
    assert answer.citations[0].quote.startswith("云江市的热线号码是12345") and answer.confidence is not None


def test_what_an_interpreter_shows_fits_on_a_line_and_says_what_it_is(index: Path) -> None:
    assistant = dgqa.Assistant.open(index, embedder=Hashed())
    shown = [repr(item) for item in (assistant, assistant.retriever, assistant.retriever.index, answered(QUESTION), hits()[0], Filter(authors=("张三",)))]
    assert all(len(line) < 250 and "\n" not in line for line in shown)
    assert shown[3].startswith("<Answer answered: '意见明确了") and "3 citations" in shown[3]
    assert shown[4].startswith("<Hit 1, 1.000, hot.txt 14–") and shown[5] == "Filter(authors=('张三',))"
    assert "1 documents, langchain:Hashed:hash-64" in shown[0]
    assert repr(Answer("问", "refused", "", reason="没有依据。", confidence=0.1)) == "<Answer refused 0.10: '没有依据。', 0 citations>"


def test_a_notebook_shows_answers_with_their_quotes_and_runs_nothing_of_an_article() -> None:
    shown = answered(QUESTION)._repr_html_()
    assert "<ol><li value=1>《中国数字政府建设热点" in shown and "</q>" in shown
    assert "<mark>" in hits()[0]._repr_html_()
    attack = hostile("<script>x</script>")._repr_html_() + hostile("").hits[0]._repr_html_()
    assert "<script" not in attack and "<img" not in attack and "<iframe" not in attack
