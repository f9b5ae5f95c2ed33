"""The headings that answer a question: of the asked kind, as many as asked for, about what is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import dgqa
from dgqa.answer.scored.outline import Outline, article_outline, outline, says_all, sections
from dgqa.language.reading import Text
from dgqa.search.retriever import Retriever
from fakes import HashingEmbedder

ORCHARD = """# 果园手记

## 果园面临的挑战

### 虫害

蚜虫春天来得早。

### 霜冻

四月还会结霜。

## 果园增收的路径

### 路径一：换苗

老树换成新苗。

### 路径二：办厂

果酱厂开在村口。

## 参考文献

[1] 某书. 2001.
"""


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("outline")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "orchard.md").write_text(ORCHARD, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Retriever.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.index.close()


def asked(retriever: Retriever, question: str, terms: tuple[str, ...] = ()) -> Outline | None:
    hits = retriever.search(question, 8)
    return outline(Text(question), terms, hits, retriever.index, lambda token: 1.0, lambda doc_id, start, end: 0.0)


@pytest.mark.parametrize(
    ("question", "terms", "text"),
    [
        ("果园面临哪些挑战？", (), "果园面临的挑战：虫害；霜冻。"),
        ("果園面臨哪些難題？", (), "果园面临的挑战：虫害；霜冻。"),
        ("果园面临的挑战", (), "果园面临的挑战：虫害；霜冻。"),
        ("果园增收有哪两条路径？", (), "果园增收的路径：路径一：换苗；路径二：办厂。"),
        ("What challenges does the orchard face?", ("果园",), "果园面临的挑战：虫害；霜冻。"),
    ],
)
def test_the_headings_under_one_that_names_what_is_asked_for_are_the_answer(retriever: Retriever, question: str, terms: tuple[str, ...], text: str) -> None:
    made = asked(retriever, question, terms)
    assert made is not None and made.sentence.text == text
    raw = retriever.index.raw(made.doc_id)
    assert "".join(raw[start:end] for start, end in made.sentence.spans) == text.replace("；", "").replace("。", "").replace("：", "", 1)


@pytest.mark.parametrize(
    "question",
    [
        "果园面临哪五项挑战？",  # there are two
        "果园的面积是多少？",
        "果园有哪些原则？",
        "渔船面临哪些挑战？",  # another thing
        "霜冻是怎样发生的？",
        "渔船的果园挑战",  # a few words that are not all about it
    ],
)
def test_there_are_no_headings_for_another_question(retriever: Retriever, question: str) -> None:
    assert asked(retriever, question) is None


def test_an_article_is_outlined_by_its_main_headings_without_its_references(retriever: Retriever) -> None:
    (hit, *_) = retriever.search("果园", 1)
    made = article_outline(Text("主要讲了什么？"), hit.passage.title, hit.passage.doc_id, retriever.index)
    assert made is not None and made.sentence.text == "果园面临的挑战；果园增收的路径。"


@pytest.mark.parametrize("question", ["霜冻讲了什么？", "虫害的概述在哪？", "果酱厂开在哪里？"])
def test_a_question_for_something_in_an_article_gets_no_outline_of_it(retriever: Retriever, question: str) -> None:
    (hit, *_) = retriever.search("果园", 1)
    assert article_outline(Text(question), hit.passage.title, hit.passage.doc_id, retriever.index) is None


def test_sections_are_those_of_the_article_in_reading_order(retriever: Retriever) -> None:
    (hit, *_) = retriever.search("果园", 1)
    assert [(s.title, s.level) for s in sections(retriever.index, hit.passage.doc_id)][:3] == [("果园面临的挑战", 1), ("虫害", 2), ("霜冻", 2)]


def test_a_sentence_with_most_of_the_headings_says_them_all(retriever: Retriever) -> None:
    made = asked(retriever, "果园面临哪些挑战？")
    assert made is not None
    assert says_all("果园有虫害，也有霜冻。", made.items) and not says_all("果园只有虫害。", made.items)
