"""What a whole document is about: its summary, or what a law is for and the headings that divide it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.types import Filter
from shelves import opened

LAW = """渔船停泊法

第一章 总则
第一条 为了管好渔船停泊，保障渔民安全，制定本法。
第二条 渔船应当停在划定的泊位。
第二章 泊位管理
第三条 泊位由渔港站编号。
第三章 法律责任
第四条 乱停的，由渔港站责令改正。
"""
NOTICE = """河湾市人民政府办公室关于做好冬季供暖保障工作的通知

各镇人民政府：
现就冬季供暖有关事项通知如下。

一、提前检修管网
十月底前完成检修。

二、储备燃料
各热源厂储煤不少于二十天用量。

三、做好值班
值班电话全天有人接听。

附件：联系表
"""
PAPER = """# 老街夜市的变迁

## 摘要

本文认为，老街夜市由摊贩自治转为社区共管，租金下降，客流回升。

## 一、问题的提出

夜市为什么衰落？

## 二、三个阶段

先乱后治。

## 三、结论

共管优于自治。

## 参考文献

张三：《夜市》。
"""
COLUMN = """雨天读报

连下三天雨，报纸送得晚。读到桥头修路的消息，不由想起从前的石板路。
"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = opened(tmp_path_factory.mktemp("outlines"), {"law.txt": LAW, "notice.txt": NOTICE, "paper.md": PAPER, "column.txt": COLUMN})
    yield assistant
    assistant.retriever.index.close()


@pytest.mark.parametrize("question", ["渔船停泊法主要规定了哪些内容？", "《渔船停泊法》讲什么", "請概括一下漁船停泊法", "渔船停泊法的要点有哪些", "What is the Fishing Boat Mooring Law about?", "Summarize 《渔船停泊法》"])
def test_a_law_is_told_by_its_purpose_and_its_chapters(shelf: Assistant, question: str) -> None:
    answer = shelf.ask(question, language="Hans")
    assert answer.status == "answered"
    assert [sentence.text for sentence in answer.sentences] == ["第一条 为了管好渔船停泊，保障渔民安全，制定本法。", "第一章 总则", "第二章 泊位管理", "第三章 法律责任"]
    assert [citation.section.partition(" › ")[0] for citation in answer.citations] == ["第一章 总则", "第一章 总则", "第二章 泊位管理", "第三章 法律责任"]


@pytest.mark.parametrize("question", ["冬季供暖保障工作的通知提出了哪几方面的要求？", "供暖保障通知讲了什么", "用一句话概括河湾市冬季供暖通知"])
def test_a_notice_is_told_by_its_headings_whatever_part_of_its_title_is_named(shelf: Assistant, question: str) -> None:
    assert [sentence.text for sentence in shelf.ask(question).sentences] == ["一、提前检修管网", "二、储备燃料", "三、做好值班"]


def test_a_summary_that_a_document_has_itself_is_quoted(shelf: Assistant) -> None:
    answer = shelf.ask("《老街夜市的变迁》这篇文章的主要观点是什么？")
    assert answer.status == "answered" and answer.citations[0].quote.endswith("租金下降，客流回升。")


def test_one_document_that_is_looked_in_need_not_be_named(shelf: Assistant) -> None:
    assert "二、储备燃料" in shelf.ask("这份文件主要讲什么？", filter=Filter(documents=("notice.txt",))).text


@pytest.mark.parametrize(
    "question",
    ["渔船停泊法对渔民主要有什么要求", "渔船检验法主要规定了什么内容", "冬季供暖主要讲什么", "供暖通知里值班的要求是什么", "渔船停泊法和供暖通知的主要内容有什么不同", "雨天读报这篇文章讲什么", "What does the Fishing Boat Mooring Law say about berths?"],
)
def test_what_asks_for_something_in_a_document_or_of_one_without_headings_is_searched_for(shelf: Assistant, question: str) -> None:
    assert "outline" not in shelf.ask(question).trace["signals"]
