"""Every question ends in an answer, a refusal or a typed error, whatever it names and however it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import dgqa
from dgqa.errors import DgqaError
from dgqa.language.text import to_script
from dgqa.messages import Language
from fakes import HashingEmbedder

ARTICLES = {
    "town.txt": "晴川县数字服务记\n\n2022年3月，晴川县的村级服务站增加到四十二个，办事时间缩短了三成。\n\n乡镇干部每月到站两次，制造业企业可以在线申报补贴。\n",
    "table.md": "# 各区平台\n\n| 区 | 平台 | 用户（万人） |\n| --- | --- | --- |\n| 东区 | 东办通 | 12.5 |\n| 西区 | 西事办 | 8 |\n\n平台由四家公司分三个阶段建设。\n",
}
WHO = ("县级政府", "乡镇", "村级服务站", "各街道", "区县干部", "三位代表", "一家企业", "制造业", "晴川县", "浙江省", "东办通", "《各区平台》", "“十四五”规划", "第二篇文章", "它们", "两者", "")
WHEN = ("", "2022年3月", "2023.6", "二〇二二年", "4月6日", "2018年5月16日", "June 2022 ", "去年", "第三季度")
ASKS = ("应该怎么做", "有多少个", "增加了百分之几", "有几名工作人员", "是哪一年建成的", "为什么没有减少", "是谁提出的", "花了多少钱", "有什么区别", "叫什么", "分几步", "排第几", "呢", "")
ENDS = ("？", "", "!!", "请分点列出。", "，用英文回答", "？？？还有呢？")
LATIN = ("How many villages", "Who built it", "Why did the county", "what", "shuzi zhengfu", "SLA", "YJ-0001", "c++", "1+1", "")

CHINESE = st.builds(lambda when, who, asks, end: f"{when}{who}{asks}{end}", st.sampled_from(WHEN), st.sampled_from(WHO), st.sampled_from(ASKS), st.sampled_from(ENDS))
MIXED = st.lists(st.sampled_from((*WHO, *WHEN, *ASKS, *ENDS, *LATIN)), min_size=1, max_size=12).map("".join)
QUESTIONS = st.one_of(CHINESE, CHINESE.map(lambda text: to_script(text, "Hant")), MIXED, st.text(min_size=1, max_size=40), CHINESE.map(lambda text: text * 9))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dgqa.Assistant]:
    folder: Path = tmp_path_factory.mktemp("any")
    (folder / "corpus").mkdir()
    for name, text in ARTICLES.items():
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    embedder = HashingEmbedder()
    dgqa.build_index(folder / "corpus", folder / "index", embedder=embedder)
    opened = dgqa.Assistant.open(folder / "index", embedder=embedder)
    yield opened
    opened.retriever.index.close()


@settings(max_examples=150)
@given(QUESTIONS, st.lists(CHINESE, max_size=2), st.sampled_from((None, "Hans", "Hant", "Latn")))
@example("县级政府应该怎么做？", [], None)
@example("各街道的工作如何推进", [], "Latn")
def test_a_question_ends_in_an_answer_a_refusal_or_a_typed_error(assistant: dgqa.Assistant, question: str, before: list[str], language: Language | None) -> None:
    try:
        answer = assistant.ask(question, [(asked, "晴川县有两种平台：东办通和西事办。") for asked in before], language=language)
    except DgqaError:
        return
    assert answer.status in ("answered", "partial", "refused")
    assert answer.text
