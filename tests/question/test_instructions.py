"""How an answer is wished is told from what is asked."""

from __future__ import annotations

import pytest

from dgqa.language.text import fold
from dgqa.language.values import spelled_dates
from dgqa.question.instructions import Told, without_instructions
from dgqa.question.smalltalk import smalltalk


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("平台有哪些功能？请逐条列出，每条不多于15字。", Told("平台有哪些功能？", None, ("length",))),
        ("请用英语作答：平台由谁运营？", Told("平台由谁运营？", "Latn")),
        ("平台由誰運營？請用繁體字回答", Told("平台由誰運營？", "Hant")),
        ("把平台的功能整理成表格", Told("平台的功能有哪些？", None, ("table",))),
        ("用表格对比甲市和乙市", Told("甲市和乙市有什么不同？", None, ("table",))),
        ("请分条说明平台的功能", Told("平台的功能有哪些？")),
        ("用两句话介绍一下甲平台的由来", Told("甲平台的由来", None, ("length",))),
        ("平台何时上线？请注明出处，谢谢！", Told("平台何时上线？")),
        ("Who runs the platform? Please answer in Chinese.", Told("Who runs the platform?", "Hans")),
        ("把它们列成表格", Told("把它们列成表格", None, ("table",))),
    ],
)
def test_instructions_are_told_from_what_is_asked(question: str, told: Told) -> None:
    assert without_instructions(question) == told


@pytest.mark.parametrize("question", ["英文网站有几个？", "列出三大任务", "请问，步骤有哪些", "每个阶段用一句话怎么概括？", "表格由谁填写？", "简体字标准何时发布？", "翻译服务有哪些？"])
def test_a_question_that_only_speaks_of_forms_stays_whole(question: str) -> None:
    assert without_instructions(question) == Told(question)
    assert smalltalk(fold(question)) == ""


@pytest.mark.parametrize(
    ("message", "kind"),
    [("库里一共有多少篇文章？", "library"), ("写一篇关于服务的作文", "task"), ("把这一段翻译成英文", "task"), ("明天礼拜几", "aside"), ("哪些文章提到了甲市", ""), ("几年", "")],
)
def test_what_is_no_question_on_the_articles_is_known(message: str, kind: str) -> None:
    assert smalltalk(fold(message)) == kind


def test_dates_written_with_marks_are_spelled_as_articles_have_them() -> None:
    assert spelled_dates("2021.3.9和2021-10甲市做了什么") == "2021年3月9日和2021年10月甲市做了什么"
    assert spelled_dates("投入2021.3万元，版本2.0") == "投入2021.3万元，版本2.0"
    assert spelled_dates("what happened in 2021-10") == "what happened in 2021-10"
