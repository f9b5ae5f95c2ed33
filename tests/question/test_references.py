"""What an answer lists, and which of it a follow-up means."""

import pytest

from dgqa.language.reading import Text
from dgqa.question.references import listed_in, more_of_the_same, named, reference


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        ("三种：甲模式、乙模式和丙模式。[1]", ("甲模式", "乙模式", "丙模式")),
        ("政策引導、組織保障、技術支撐三個維度。", ("政策引導", "組織保障", "技術支撐")),
        ("平台包括甲系统、乙系统以及丙系统。[1]\n另一句。[2]", ("甲系统", "乙系统", "丙系统")),
        ("四家企业是腾讯、移动、联通和电信。", ("腾讯", "移动", "联通", "电信")),
        ("第一，健全设计；第二，加深赋能；第三，构建生态。", ("健全设计", "加深赋能", "构建生态")),
        ("有三项原则：一是安全可控，二是协同高效，三是以人为本。", ("安全可控", "协同高效", "以人为本")),
        ("有两种。第一种以部门为依托，建平台；第二种以社会为依托。第二种的例子是甲。", ("以部门为依托", "以社会为依托")),
        ("健全顶层设计；加深技术赋能。", ("健全顶层设计", "加深技术赋能")),
        ("甲治理和乙治理。", ("甲治理", "乙治理")),
        ("（一）土炕取暖，省柴；\n（二）火墙取暖，均匀；\n（三）地龙取暖，耐用。[1]", ("土炕取暖", "火墙取暖", "地龙取暖")),
        ("一是土炕取暖，省柴。[1]\n二是火墙取暖，均匀。[2]", ("土炕取暖", "火墙取暖")),
        ("a) 土炕取暖\nb) 火墙取暖\nc) 地龙取暖[1]", ("土炕取暖", "火墙取暖", "地龙取暖")),
        ("取暖站应当：\n一、砌炕。炕要平。\n二、砌墙。墙要空。", ("砌炕", "砌墙")),
        ("1．砌炕：炕要平。\n2．砌墙：墙要空。[1][2]", ("砌炕", "砌墙")),
        ("* 每天添柴两次。\n* 夜里关风门。[1]", ("每天添柴两次", "夜里关风门")),
        ("取暖的办法有：\n土炕；\n火墙；\n地龙。", ("土炕", "火墙", "地龙")),
        ("2017年。", ()),
    ],
)
def test_an_answer_lists_its_items_in_their_order(answer: str, items: tuple[str, ...]) -> None:
    assert listed_in(answer) == items


ITEMS = ("技术治理", "平台治理", "协同治理")


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("第二种有什么毛病？", "平台治理"),
        ("第二個詳細說說", "平台治理"),
        ("最后那种有什么例子？", "协同治理"),
        ("其中第三项是什么意思？", "协同治理"),
        ("第一个阶段的特点是什么？", "技术治理阶段"),
        ("第二种适合什么地方？", "平台治理"),
        ("第三点展开说说", "协同治理"),
        ("第（二）项怎么理解？", "平台治理"),
        ("What about the second one?", "平台治理"),
        ("How does the last method work?", "协同治理"),
        ("前者由谁提出？", "技术治理"),
        ("前两种有什么区别？", "技术治理和平台治理"),
        ("这三种有什么区别？", "技术治理、平台治理和协同治理"),
    ],
)
def test_a_place_names_an_item(question: str, meant: str) -> None:
    found = reference(Text(question))
    assert found is not None and named(found, ITEMS) == meant


@pytest.mark.parametrize("question", ["第一个政府网站是哪年开通的？", "第一个对象数据库叫什么？", "Which was the first city with a portal?", "第十四届会议说了什么？", "最后怎么样？"])
def test_a_number_in_a_question_on_something_else_names_none(question: str) -> None:
    assert reference(Text(question)) is None


def test_a_place_beyond_the_list_names_none() -> None:
    fourth, both = reference(Text("第四种呢？")), reference(Text("这两种有什么区别？"))
    assert fourth is not None and named(fourth, ITEMS) == ""
    assert both is not None and named(both, ITEMS) == ""


@pytest.mark.parametrize(("question", "more"), [("还有呢？", True), ("還有嗎", True), ("What else?", True), ("还有浙江呢？", False), ("还有什么办法能降低成本？", False)])
def test_a_wish_for_more_is_told_from_a_question_of_its_own(question: str, more: bool) -> None:
    assert more_of_the_same(Text(question)) is more
