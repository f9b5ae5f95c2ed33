"""Which of two is earlier, more or longer: what each of them has, side by side, from its own document."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.language.reading import Text
from dgqa.question.decomposition import sub_questions
from dgqa.question.entities import entities
from shelves import opened

STATUTE = """{title}

第一条 为了管好{subject}，制定本{kind}。
第二条 {subject}由{body}负责。
第三条 本{kind}自{date}起施行。
"""
FILES = {
    "east.txt": STATUTE.format(title="湖东省渡口条例", subject="渡口", kind="条例", body="县级人民政府", date="2019年3月1日"),
    "west.txt": STATUTE.format(title="湖西省渡口条例", subject="渡口", kind="条例", body="渡口管理所", date="2021年7月1日"),
    "bridge.txt": STATUTE.format(title="中华人民共和国桥梁法", subject="桥梁", kind="法", body="养护站", date="2008年5月1日"),
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = opened(tmp_path_factory.mktemp("comparisons"), FILES)
    yield assistant
    assistant.retriever.index.close()


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("东区和西区的渡口哪个更早开放？", ["东区的渡口什么时候开放？", "西区的渡口什么时候开放？"]),
        ("甲校與乙校，哪一所的學費更貴", ["甲校的學費是多少", "乙校的學費是多少"]),
        ("甲馆和乙馆的闭馆时间哪个更晚", ["甲馆的闭馆时间什么时候", "乙馆的闭馆时间什么时候"]),
        ("请问老人和学生的票价哪一种更便宜？", ["老人的票价是多少？", "学生的票价是多少？"]),
        ("一线和二线的工期谁更长", ["一线的工期是多长", "二线的工期是多长"]),
        ("甲县跟乙县哪个先通车", ["甲县什么时候通车", "乙县什么时候通车"]),
        ("甲方和乙方的鉴定费谁先垫付", []),
        ("政府和企业开展更多合作有什么好处", []),
    ],
)
def test_which_of_two_is_more_asks_each_for_its_own(question: str, parts: list[str]) -> None:
    assert [part.question for part in sub_questions(question)] == parts


@pytest.mark.parametrize("question", ["湖东省和湖西省的渡口条例，哪一个更早施行？", "湖東省渡口條例與湖西省渡口條例哪部更早實施"])
def test_the_dates_of_two_laws_are_shown_side_by_side(shelf: Assistant, question: str) -> None:
    answer = shelf.ask(question, language="Hans")
    assert answer.status == "answered"
    assert [sentence.text.rpartition("：")[2] for sentence in answer.sentences] == ["第三条 本条例自2019年3月1日起施行。", "第三条 本条例自2021年7月1日起施行。"]
    assert [citation.path for citation in answer.citations] == ["east.txt", "west.txt"]


@pytest.mark.parametrize("question", ["桥梁法什么时候施行？", "橋樑法自何時起施行", "桥梁法的施行日期"])
def test_a_law_without_the_states_name_says_when_it_came_into_force(shelf: Assistant, question: str) -> None:
    answer = shelf.ask(question, language="Hans")
    assert answer.status == "answered" and answer.citations[0].quote == "第三条 本法自2008年5月1日起施行。"


def test_a_law_of_two_places_is_no_name_that_no_article_has() -> None:
    assert [entity.name for entity in entities(Text("湖东和湖西的渡口条例对船工有什么要求"))] == ["渡口条例"]
