"""Evidence for an answer: the likeliest sentence first, lists whole, what is referred back to in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

import dgqa
from dgqa.answer.evidence import Evidence
from dgqa.answer.scored.features import READ, candidates
from dgqa.answer.scored.selection import MAX_SENTENCES, choose
from dgqa.language.reading import Text
from dgqa.messages import Language
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retriever
from dgqa.types import Filter
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
# Two towns tell of the same bridge, one of them with an abstract.
NORTH = """# 北镇石桥修缮记

作者：李北川

【摘要】：本文讲北镇石桥的修缮。石桥由镇里出钱修好。

## 石桥修缮的经费

石桥修缮的经费由北镇的渔业合作社承担。

## 石桥修缮面临的问题

修缮时遇到过几次停工。

### 问题一：石料不足

采石场离得太远，运一车要两天。

### 问题二：工匠太少

会砌拱的人只剩三位。

### 问题三：汛期太长

五月到九月不能下水。
"""
SOUTH = """# 南镇石桥修缮记

作者：王南山

## 石桥修缮的做法

石桥修缮的经费由南镇的运输公司承担。

## 石桥以后的用处

石桥以后只走行人。
"""


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("towns")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "north.md").write_text(NORTH, encoding="utf-8")
    (folder / "corpus" / "south.md").write_text(SOUTH, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Retriever.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.index.close()


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("selection")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "county.md").write_text(COUNTY, encoding="utf-8")
    (folder / "corpus" / "village.md").write_text(VILLAGE, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Retriever.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.index.close()


def chosen(retriever: Retriever, question: str, *, language: Language = "Hans", limit: int = MAX_SENTENCES, parts: bool = False) -> list[Evidence]:
    found = retriever.retrieve(question, 8)
    search = (lambda text, before, title: retriever.retrieve(text, 8, previous=before, filter=Filter(documents=(title,)) if title else None)) if parts else None
    return choose(found, Question(question), language, retriever.index, limit=limit, search=search)


def quotes(retriever: Retriever, evidence: Evidence) -> list[str]:
    raw = retriever.index.raw(evidence.passage.doc_id)
    return [raw[start:end] for start, end in evidence.sentence.spans]


QUESTIONS = ("乡镇单位的网络覆盖率是多少？", "治理平台有哪些建设原则？", "服务窗口的统一名称由哪份文件规定？", "数据局的职责是什么？", "东山村和西河村的数字平台有什么不同？")


@pytest.mark.parametrize("question", QUESTIONS)
def test_there_are_one_to_three_pieces_and_none_overlaps_another(retriever: Retriever, question: str) -> None:
    pieces = chosen(retriever, question, parts=True)
    assert 1 <= len(pieces) <= MAX_SENTENCES
    spans = sorted((p.passage.doc_id, *span) for p in pieces for span in p.sentence.spans)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(spans))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_limit_of_one_gives_the_likeliest_alone(retriever: Retriever, question: str) -> None:
    (only,) = chosen(retriever, question, limit=1)
    assert 0 < only.confidence < 1
    assert only.confidence == max(piece.confidence for piece in chosen(retriever, question))


def test_the_sentence_with_the_asked_value_comes_first(retriever: Retriever) -> None:
    assert chosen(retriever, "乡镇单位的网络覆盖率是多少？")[0].sentence.text.startswith("乡镇单位的网络覆盖率达到88.5%")


def test_a_list_is_one_piece_with_one_quote_and_ends_with_its_last_item(retriever: Retriever) -> None:
    piece = chosen(retriever, "治理平台有哪些建设原则？")[0]
    assert piece.kind == "list"
    assert piece.sentence.text == "治理平台有三项建设原则。第一项原则是公开透明。第二项原则是便民利民。第三项原则是节约高效。"
    assert quotes(retriever, piece) == ["治理平台有三项建设原则。\n第一项原则是公开透明。\n第二项原则是便民利民。\n第三项原则是节约高效。"]


def test_bullets_without_marks_are_joined_by_semicolons_and_quoted_in_one(retriever: Retriever) -> None:
    piece = chosen(retriever, "农业补贴的发放办法有哪几条？")[0]
    assert piece.sentence.text == "农业补贴的发放办法有以下几条：补贴名单在村里公示；补贴金额在网上查询；补贴资金直接打到卡上"
    assert quotes(retriever, piece) == ["农业补贴的发放办法有以下几条：\n\n- 补贴名单在村里公示\n- 补贴金额在网上查询\n- 补贴资金直接打到卡上"]


def test_an_item_brings_its_list(retriever: Retriever) -> None:
    assert chosen(retriever, "第二项原则是便民利民吗？", limit=1)[0].sentence.text.startswith("治理平台有三项建设原则。")


def test_what_a_sentence_refers_back_to_stands_in_front_of_it(retriever: Retriever) -> None:
    pieces = chosen(retriever, "服务窗口的统一名称由哪份文件规定？")
    texts = [piece.sentence.text for piece in pieces]
    at = texts.index("这份文件规定了服务窗口的统一名称。")
    assert texts[at - 1] == "2021年，县里印发了《通办实施办法》。"


def test_a_row_of_a_table_reads_as_a_sentence_over_an_untouched_quote(retriever: Retriever) -> None:
    piece = next(piece for piece in chosen(retriever, "数据局的职责是管理数据目录吗？") if piece.kind == "row")
    assert piece.sentence.text == "数据局：职责为管理数据目录，电话为12345。"
    assert "数据局 | 管理数据目录 | 12345" in quotes(retriever, piece)[0]


def test_both_sides_of_a_comparison_are_answered(retriever: Retriever) -> None:
    text = "".join(piece.sentence.text for piece in chosen(retriever, "东山村和西河村的数字平台有什么不同？", parts=True))
    assert "合作社" in text and "信息中心" in text


def test_both_parts_of_a_question_are_answered(retriever: Retriever) -> None:
    text = "".join(piece.sentence.text for piece in chosen(retriever, "东山村的数字平台由谁维护？乡镇单位的网络覆盖率是多少？", parts=True))
    assert "合作社" in text and "88.5%" in text


def test_every_sentence_of_the_passages_that_are_read_is_scored(retriever: Retriever) -> None:
    question = "乡镇单位的网络覆盖率是多少？"
    found = retriever.retrieve(question, 8)
    scored = candidates(found, Question(question), Text(question), "Hans", retriever.index)
    assert [c.sentence.text for c in scored] == [s.text for hit in found.hits[:READ] for s in hit.passage.sentences]
    assert all((c.score > 0) == (c.confidence > 0.5) for c in scored)


def test_the_row_that_is_asked_for_by_its_place_is_the_likeliest(retriever: Retriever) -> None:
    question = "表里的第二个机构做什么？"
    found = retriever.retrieve(question, 8)
    hit, row = next((hit, s) for hit in found.hits for s in hit.passage.sentences if "审批局" in s.text)
    placed = replace(found, hits=(hit, *(other for other in found.hits if other is not hit)), placed=(hit.passage.row, row.start))
    pieces = choose(placed, Question(question), "Hans", retriever.index)
    assert pieces[0].sentence.text == "审批局：职责为办理企业登记，电话为12346。"


def test_a_sentence_without_the_wanted_kind_of_value_is_less_likely(retriever: Retriever) -> None:
    number, thing = "乡镇单位的网络覆盖率是多少？", "乡镇单位的网络覆盖率怎样？"
    scores = []
    for question in (number, thing):
        found = retriever.retrieve(thing, 8)
        scored = candidates(found, Question(question), Text(thing), "Hans", retriever.index)
        scores.append(next(c.score for c in scored if c.sentence.text == "群众对此很满意。"))
    assert scores[0] < scores[1]


def test_nothing_found_is_no_evidence(retriever: Retriever) -> None:
    found = retriever.retrieve("乡镇单位的网络覆盖率是多少？", 8)
    empty = type(found)((), found.signals, found.tokens, found.unseen, {}, queries=found.queries)
    assert choose(empty, Question("多少？"), "Hans", retriever.index) == []


def test_headings_answer_what_they_are_asked_for_and_each_is_quoted(towns: Retriever) -> None:
    piece = chosen(towns, "石桥修缮面临哪些问题？")[0]
    assert piece.sentence.text == "石桥修缮面临的问题：问题一：石料不足；问题二：工匠太少；问题三：汛期太长。"
    assert quotes(towns, piece) == ["石桥修缮面临的问题", "问题一：石料不足", "问题二：工匠太少", "问题三：汛期太长"]


def test_headings_do_not_answer_for_what_no_heading_names(towns: Retriever) -> None:
    assert all("问题一" not in piece.sentence.text for piece in chosen(towns, "渔业合作社有哪些问题？"))


def test_an_article_as_a_whole_is_summed_up_by_its_abstract_alone(towns: Retriever) -> None:
    (piece,) = chosen(towns, "《北镇石桥修缮记》主要讲了什么？")
    assert piece.sentence.text == "【摘要】：本文讲北镇石桥的修缮。石桥由镇里出钱修好。"
    assert quotes(towns, piece) == ["【摘要】：本文讲北镇石桥的修缮。石桥由镇里出钱修好。"]


def test_an_article_without_an_abstract_is_summed_up_by_its_main_headings(towns: Retriever) -> None:
    (piece,) = chosen(towns, "王南山的文章主要讲了什么？")
    assert piece.sentence.text == "石桥修缮的做法；石桥以后的用处。"
    assert quotes(towns, piece) == ["石桥修缮的做法", "石桥以后的用处"]


def test_each_of_two_authors_is_given_a_sentence(towns: Retriever) -> None:
    pieces = chosen(towns, "李北川和王南山各自说石桥修缮的经费由谁承担？", parts=True)
    assert {"石桥修缮的经费由北镇的渔业合作社承担。", "石桥修缮的经费由南镇的运输公司承担。"} <= {piece.sentence.text for piece in pieces}


FERRY = "# 渡口台账\n\n渡口第81号泊位停靠渡船六艘。\n\n渡口第23号泊位停靠渡船81艘。\n\n渡口第95号泊位停靠渡船两艘。\n\n2022年4月，渡口换了渡船。\n\n2019年7月，渡口换了渡船和缆绳。\n"


@pytest.fixture(scope="module")
def ferry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("ferry")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "ferry.md").write_text(FERRY, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Retriever.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.index.close()


def test_beside_the_number_or_the_date_that_is_asked_for_no_other_is_told(ferry: Retriever) -> None:
    assert [piece.sentence.text for piece in chosen(ferry, "渡口第81号泊位停靠渡船多少艘？")] == ["渡口第81号泊位停靠渡船六艘。"]
    assert not [piece for piece in chosen(ferry, "2022年4月渡口换了什么？") if "2019" in piece.sentence.text]
