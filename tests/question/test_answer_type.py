"""Attributes: what a question asks for of a thing, and whether evidence has it."""

import pytest

from dgqa.language.reading import Text
from dgqa.question.answer_type import shows
from dgqa.question.parsing import Question


def asked(question: str) -> list[str]:
    return [attribute.english for attribute in Question(question).attributes]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("平台的承建商是哪家公司？", "vendor"),
        ("平臺的供應商是誰？", "vendor"),
        ("Which company built the platform?", "vendor"),
        ("数据局的局长是谁？", "person in charge"),
        ("Who chaired the forum?", "person in charge"),
        ("县里有多少名员工？", "headcount"),
        ("论坛是在哪座城市举行的？", "place"),
        ("Where was the forum held?", "place"),
        ("文件的文号是多少？", "document number"),
        ("違反規定要罰多少？", "penalty"),
        ("这项研究登在哪本期刊上？", "journal"),
        ("服务大厅开放到几点？", "opening hours"),
        ("平均几个工作日办结？", "processing time"),
        ("开幕式上是谁致辞的？", "speech"),
        ("Who gave the opening speech?", "speech"),
        ("他的邮箱是什么？", "e-mail address"),
        ("What is her e-mail address?", "e-mail address"),
    ],
)
def test_an_attribute_is_known_by_how_it_is_asked_for(question: str, name: str) -> None:
    assert name in asked(question)


@pytest.mark.parametrize(
    "question",
    ["平台有哪些功能？", "为什么要共享数据？", "配图存放在哪个网站？", "Which body is in charge of the province?", "网络覆盖率是多少？", "哪三种模式？",
    # What only mentions a word of the table asks for nothing of it.
     "用户数据怎样保护？", "数据开放到什么程度？", "哪位学者提出了这一理论？", "谁是第九任的同伴？", "哪些单位负责建设？", "数据中心建设得怎样？", "改革集中在哪几年？", "公务员思维有哪几种变化？",
     "Which institution made the forecast?", "To what degree is data shared?", "How does the system work at city level?", "How do parties reach consensus?", "What does the reform address?"],
)
def test_most_questions_ask_for_no_attribute_of_the_table(question: str) -> None:
    assert asked(question) == []


@pytest.mark.parametrize(
    ("question", "evidence", "there"),
    [
        ("平台的承建商是哪家公司？", "平台由甲公司承建。", True),
        ("平臺的承建商是哪家公司？", "平台方便群众办事。", False),
        ("Which company built the platform?", "平臺由甲公司承建。", True),
        ("局长是谁？", "数据局已经组建。", False),
        ("局長是誰？", "数据局局长是李明。", True),
        ("文件的文号是多少？", "国办发〔2020〕35号文件要求推进。", True),
        ("文件的文号是多少？", "2020年9月的文件要求推进。", False),
        ("平均几个工作日办结？", "申请在5个工作日办结。", True),
        ("平均几个工作日办结？", "网上办理的有350项。", False),
    ],
)
def test_evidence_shows_an_attribute_or_does_not(question: str, evidence: str, there: bool) -> None:
    assert [shows(attribute, Text(evidence)) for attribute in Question(question).attributes] == [there]
