"""Without a trained reader: excerpts chosen by features of the search, whole, in their order, and judged by a confidence of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

import dgqa
from dgqa.answer.assistant import Assistant
from dgqa.answer.excerpts import MAX_EXCERPTS, page_of
from dgqa.answer.features import OF_SENTENCE, FeatureReader
from dgqa.types import Answer
from fakes import HashingEmbedder

COUNTY = """# 县域观察

## 网络

乡镇单位的网络覆盖率达到88.5%，比上一年提高了两个百分点。县级单位的网络覆盖率达到99.2%，已经全部接通。

## 平台

2021年，县里印发了《通办实施办法》。这份文件规定了服务窗口的统一名称。

## 原则

治理平台有三项建设原则。
第一项原则是公开透明。
第二项原则是便民利民。
第三项原则是节约高效。
群众对此很满意。

## 做法

农业补贴的发放办法有以下几条：

- 补贴名单在村里公示
- 补贴金额在网上查询
- 补贴资金直接打到卡上

村里还修了路。

## 机构

| 机构 | 职责 | 电话 |
|---|---|---|
| 数据局 | 管理数据目录 | 12345 |
| 审批局 | 办理企业登记 | 12346 |
"""
VILLAGE = """# 村庄纪事

东山村的数字平台由农业合作社维护。村里的孩子都会用。

西河村的数字平台由县里的信息中心维护。老人也会用。
"""

ARTICLES = {"county.md": COUNTY, "village.md": VILLAGE}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("features")
    (folder / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Assistant.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.retriever.index.close()


def shown(answer: Answer) -> str:
    return "\n".join(sentence.text for sentence in answer.sentences)


QUESTIONS = ("乡镇单位的网络覆盖率是多少？", "治理平台有哪些建设原则？", "服务窗口的统一名称由哪份文件规定？", "数据局的职责是什么？", "东山村和西河村的数字平台有什么不同？")


@pytest.mark.parametrize("question", QUESTIONS)
def test_there_are_one_to_three_excerpts_none_overlaps_another_and_quotes_are_the_text(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert 1 <= len(answer.sentences) <= MAX_EXCERPTS
    spans = sorted((citation.path, citation.start, citation.end) for citation in answer.citations)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(spans))
    assert all(ARTICLES[citation.path][citation.start : citation.end] == citation.quote for citation in answer.citations)


@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_an_answer_has_a_confidence_and_says_what_read_it(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.confidence is not None and 0 < answer.confidence < 1
    assert answer.trace["reader"] == FeatureReader.name and all(sentence.phrase is None for sentence in answer.sentences)


def test_the_first_excerpt_has_the_asked_value(assistant: Assistant) -> None:
    answer = assistant.ask("乡镇单位的网络覆盖率是多少？")
    assert answer.status == "answered" and "88.5%" in answer.sentences[0].text


@pytest.mark.parametrize(
    ("question", "items"),
    [("治理平台有哪些建设原则？", ("三项建设原则", "公开透明", "便民利民", "节约高效")), ("农业补贴的发放办法有哪几条？", ("以下几条", "村里公示", "网上查询", "打到卡上"))],
)
def test_a_list_comes_whole_with_what_announces_it(assistant: Assistant, question: str, items: tuple[str, ...]) -> None:
    assert all(item in assistant.ask(question).sentences[0].text for item in items)


def test_an_item_brings_its_list(assistant: Assistant) -> None:
    assert "三项建设原则" in assistant.ask("第二项原则是便民利民吗？").sentences[0].text


def test_what_a_sentence_refers_back_to_stands_in_front_of_it(assistant: Assistant) -> None:
    text = shown(assistant.ask("服务窗口的统一名称由哪份文件规定？"))
    assert "《通办实施办法》" in text and text.index("《通办实施办法》") < text.index("这份文件")


def test_both_sides_of_a_comparison_are_answered(assistant: Assistant) -> None:
    text = shown(assistant.ask("东山村和西河村的数字平台有什么不同？"))
    assert "合作社" in text and "信息中心" in text


def test_both_parts_of_a_question_are_answered(assistant: Assistant) -> None:
    text = shown(assistant.ask("东山村的数字平台由谁维护？乡镇单位的网络覆盖率是多少？"))
    assert "合作社" in text and "88.5%" in text


def test_every_sentence_of_a_page_is_read_and_one_without_the_wanted_value_is_less_likely(assistant: Assistant) -> None:
    retriever = assistant.retriever
    number, thing = "乡镇单位的网络覆盖率是多少？", "乡镇单位的网络覆盖率怎样？"
    pages = [page_of(hit.passage) for hit in retriever.search(thing)]
    reader = FeatureReader(retriever)
    readings = reader.read(number, pages)
    assert [len(reading.sentences) for reading in readings] == [len(page.sentences) for page in pages]
    lacks = OF_SENTENCE.index("no_value")
    of_number, of_thing = (reader.features(reader.asked(question), pages) for question in (number, thing))
    pleased = next((at, page.sentences.index("群众对此很满意。")) for at, page in enumerate(pages) if "群众对此很满意。" in page.sentences)
    assert [features[pleased[0]][0][pleased[1], lacks] for features in (of_number, of_thing)] == [1.0, 0.0]


def test_what_no_article_speaks_of_is_refused(assistant: Assistant) -> None:
    answer = assistant.ask("怎样训练牧羊犬？")
    assert answer.status == "refused" and not answer.sentences and answer.confidence is not None


def test_how_strict_an_answer_must_be_holds_here_too(assistant: Assistant) -> None:
    order = ["refused", "partial", "answered"]
    statuses = [order.index(assistant.ask("村里的孩子会修路吗？", strictness=strictness).status) for strictness in ("lenient", "balanced", "strict")]
    assert statuses == sorted(statuses, reverse=True)
