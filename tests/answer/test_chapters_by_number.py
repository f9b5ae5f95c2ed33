"""Chapters asked for by their numbers: quoted with what stands under them, the rest named, refused beyond the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.answer.excerpts import LONGEST
from shelves import opened

KITES = """风筝放飞管理条例

第一章 总则
第一条 为了规范风筝放飞，制定本条例。
第二条 本条例适用于城区内的放飞活动。
第二章 场地
第一节 划定
第三条 园林部门划定放飞场地。
第四条 场地四周应当设置围栏。
第二节 开放
第五条 场地每天日出后开放。
第三章 附则
第六条 本条例自2020年3月1日起施行。
"""
HARBOUR = """港口夜航守則

第一章 總則
第 1 條
為管理夜航，訂定本守則。
第二章 燈號
第 2 條
船隻應懸掛紅燈。
第 3 條
燈號損壞時，應即停航。
第三章 附則
第 4 條
本守則自公布日施行。
"""
BREAD = """# 面包房操作手册

## 第1章 和面

先筛粉，再加水。

## 第2章 烘烤

### 预热

烤箱预热到二百度。

### 入炉

面团入炉，烤二十分钟。

## 第3章 收尾

关火，擦净台面。
"""
SOAP = """# 肥皂制作指南

## 一、备料

称好橄榄油和碱。

## 二、搅拌

顺着一个方向搅拌。

## 三、脱模

一天以后脱模。
"""
LONG = "仓库守则\n\n第一章 总则\n第一条 为了守好仓库，制定本守则。\n第二章 巡查\n" + "".join(
    f"第{number}条 {'值班员应当按时巡查，' * 22}并记下第{number}道门的情况。\n" for number in "二三四五"
) + "第三章 附则\n第六条 本守则自公布之日起施行。\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = opened(tmp_path_factory.mktemp("shelf"), {"kites.txt": KITES, "harbour.txt": HARBOUR, "bread.md": BREAD, "soap.md": SOAP, "long.txt": LONG})
    yield assistant
    assistant.retriever.index.close()


@pytest.mark.parametrize(
    "question",
    ["风筝放飞管理条例第二章讲什么", "《风筝放飞管理条例》第2章规定了什么？", "風箏放飛管理條例第二章的主要內容是什麼", "请概括一下风筝放飞管理条例的第二章", "What does chapter 2 of 《风筝放飞管理条例》 say?", "Show me the second chapter of 风筝放飞管理条例"],
)
def test_a_chapter_is_quoted_with_its_heading_and_articles(shelf: Assistant, question: str) -> None:
    answer = shelf.ask(question, language="Hans")
    assert answer.status == "answered"
    (excerpt,) = answer.sentences
    assert excerpt.text == "第二章 场地\n第一节 划定\n第三条 园林部门划定放飞场地。\n第四条 场地四周应当设置围栏。\n第二节 开放\n第五条 场地每天日出后开放。"
    assert {citation.path for citation in answer.citations} == {"kites.txt"}


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("港口夜航守則第二章說了什麼", "第二章 燈號\n第 2 條", "應即停航。"),
        ("面包房操作手册第二章讲什么", "第2章 烘烤\n预热\n烤箱", "烤二十分钟。"),
        ("面包房操作手册最后一章写了什么", "第3章 收尾\n关火", "台面。"),
        ("肥皂制作指南第二部分的内容", "二、搅拌\n顺着", "搅拌。"),
        ("风筝放飞管理条例第二章第二节规定了什么", "第二节 开放\n第五条", "开放。"),
        ("section 1 of chapter 2 of 风筝放飞管理条例", "第一节 划定\n第三条", "围栏。"),
    ],
)
def test_chapters_of_any_kind_are_found(shelf: Assistant, question: str, first: str, last: str) -> None:
    (excerpt,) = shelf.ask(question, language="Hans" if "港口" not in question else "Hant").sentences
    assert excerpt.text.startswith(first) and excerpt.text.endswith(last)


@pytest.mark.parametrize("question", ["风筝放飞管理条例第七章讲什么", "風箏放飛管理條例第 7 章規定了什麼", "What does chapter 7 of 《风筝放飞管理条例》 say?"])
def test_a_chapter_beyond_the_last_is_refused_and_the_last_named(shelf: Assistant, question: str) -> None:
    answer = shelf.ask(question, language="Hans")
    assert answer.status == "refused" and "3个" in answer.reason and "第三章 附则" in answer.reason


def test_of_a_long_chapter_the_first_articles_are_whole_and_the_rest_named(shelf: Assistant) -> None:
    answer = shelf.ask("仓库守则第二章讲什么")
    (excerpt,) = answer.sentences
    assert len(excerpt.text) <= LONGEST and excerpt.text.endswith("并记下第三道门的情况。")
    assert "第四条、第五条" in answer.reason and "第三条" not in answer.reason


def test_a_question_on_something_in_a_chapter_is_searched_for(shelf: Assistant) -> None:
    assert "chapter" not in shelf.ask("风筝放飞管理条例第二章对围栏的高度有什么要求").trace["signals"]
    assert "chapter" not in shelf.ask("违反第二章规定的怎么处罚").trace["signals"]


def test_a_chapter_of_a_law_that_is_not_there_is_not_quoted_from_another(shelf: Assistant) -> None:
    answer = shelf.ask("《热气球升空管理条例》第二章讲什么")
    assert answer.status == "refused" and "热气球升空管理条例" in answer.reason


def test_the_next_question_may_ask_for_another_chapter_of_the_same_document(shelf: Assistant) -> None:
    asked = "风筝放飞管理条例第一章讲什么"
    history = [(asked, shelf.ask(asked).text)]
    answer = shelf.ask("那第三章呢？", history)
    assert [sentence.text[:6] for sentence in answer.sentences] == ["第三章 附则"]
