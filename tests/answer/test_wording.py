"""Rows of tables read as sentences, and articles are named where they disagree."""

from __future__ import annotations

import pytest

from dgqa.answer.wording import leads, row_sentence
from dgqa.messages import Language
from dgqa.question.parsing import Question
from dgqa.types import Passage


def passage(name: str, date: str = "") -> Passage:
    return Passage(0, name, f"{name}.txt", name, "", date, "", 0, 1, "", ())


def test_a_row_becomes_a_sentence_about_its_first_cell() -> None:
    assert row_sentence("城市：甲市；平台：通办；年份：2019", "甲市 | 通办 | 2019") == "甲市：平台为通办，年份为2019。"
    assert row_sentence("城市：甲市；平台：通办", "<td>甲市</td> <td>通办</td>".removeprefix("<td>").removesuffix("</td>")) == "甲市：平台为通办。"


def test_cells_with_commas_are_parted_by_semicolons() -> None:
    assert row_sentence("时间：2019年；内容：统一标准，共享数据；机构：国务院", "2019年\t统一标准，共享数据\t国务院") == (
        "2019年：内容为统一标准，共享数据；机构为国务院。"
    )


def test_a_number_keeps_the_name_of_its_column_and_an_unnamed_cell_stands_alone() -> None:
    assert row_sentence("序号：5；甲某；书名：《通办》", "5 | 甲某 | 《通办》") == "序号5：甲某，书名为《通办》。"


def test_a_traditional_row_reads_traditional() -> None:
    assert row_sentence("類型：領先型；省份：廣東", "領先型 | 廣東") == "領先型：省份為廣東。"


@pytest.mark.parametrize("text", ["平台的目标是：一网通办。", "要点：统一标准；共享数据。", ""])
def test_what_is_no_row_stays_as_it_is(text: str) -> None:
    assert row_sentence(text, text) == text


def test_a_row_whose_cells_are_not_those_of_the_article_stays_as_it_is() -> None:
    assert row_sentence("城市：甲市；平台：通办", "乙市 | 通办") == "城市：甲市；平台：通办"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("Hans", ["《县志》（2021）称：", "《年鉴》称："]),
        ("Hant", ["《縣誌》（2021）稱：", "《年鑑》稱："]),
        ("Latn", ["县志 (2021): ", "年鉴: "]),
    ],
)
def test_articles_that_give_other_numbers_are_named(language: Language, expected: list[str]) -> None:
    evidence = [(passage("县志", "2021"), "全县共有村级服务站350个。"), (passage("年鉴"), "全县的村级服务站共有420个。")]
    assert leads(evidence, Question("全县有多少个村级服务站？"), language) == expected


@pytest.mark.parametrize(
    ("first", "second", "question"),
    [
        ("全县共有村级服务站350个。", "全县的村级服务站共有三百五十个。", "全县有多少个村级服务站？"),
        ("全县共有村级服务站350个。", "全县的网络覆盖率达到99%。", "全县有多少个村级服务站？"),
        ("全县共有村级服务站350个。", "全县的村级服务站共有420个。", "全县的村级服务站怎么样？"),
        ("2020年全县共有村级服务站350个。", "2022年全县的村级服务站共有420个。", "全县有多少个村级服务站？"),
    ],
)
def test_articles_that_agree_or_speak_of_other_things_are_not_named(first: str, second: str, question: str) -> None:
    assert leads([(passage("县志"), first), (passage("年鉴"), second)], Question(question), "Hans") == ["", ""]


def test_one_article_does_not_disagree_with_itself() -> None:
    evidence = [(passage("县志"), "全县共有村级服务站350个。"), (passage("县志"), "全县的村级服务站共有420个。")]
    assert leads(evidence, Question("全县有多少个村级服务站？"), "Hans") == ["", ""]
