"""Follow-ups: a question after others, as it reads by itself."""

import pytest

from dgqa.question.followups import FollowUp
from dgqa.question.followups import follow_up as resolve
from dgqa.question.parsing import Question

MODEL = ("广东省的模式叫什么？", "整体布局推进。")
COMPANY = ("数字广东网络建设有限公司有几重身份？", "两重。")



def follow_up(question: str, history: list[tuple[str, str]]) -> FollowUp:
    return resolve(Question(question), history)


@pytest.mark.parametrize(
    ("previous", "question", "standalone"),
    [
        ("广东省的模式叫什么？", "那浙江呢？", "浙江的模式叫什么？"),
        ("廣東省的模式叫什麼？", "北京的呢？", "北京的模式叫什麼？"),
        ("2022年的占比是多少？", "那2021年呢？", "2021年的占比是多少？"),
        ("治理论的第一个维度是什么？", "第三个呢？", "治理论的第三个维度是什么？"),
        ("做陶的第二道工序是什么，要多久？", "第三道呢？", "做陶的第三道工序是什么，要多久？"),
        ("第一批名单有几座桥？", "那第二批呢？", "第二批名单有几座桥？"),
        ("2号线什么时候开通？", "5号线呢？", "5号线什么时候开通？"),
        ("数字政府1.0时代的特征是什么？", "2.0呢？", "数字政府2.0时代的特征是什么？"),
        ("信息论研究什么？", "模型论呢？", "模型论研究什么？"),
        ("地市一级的建站比例是多少？", "县一级呢？", "县一级的建站比例是多少？"),
        ("What is the model of Zhejiang called?", "And Guizhou's?", "What is the model of Guizhou called?"),
        ("What was the rank in 2012?", "and in 2014?", "What was the rank in 2014?"),
        ("What is the British document called?", "What about the US?", "What is the US document called?"),
    ],
)
def test_an_ellipsis_exchanges_the_thing_of_its_kind(previous: str, question: str, standalone: str) -> None:
    follows = follow_up(question, [(previous, "")])
    assert (follows.standalone.text, follows.asks.text, follows.previous) == (standalone, standalone, previous)


@pytest.mark.parametrize(
    ("turn", "question", "standalone"),
    [
        (COMPANY, "它由哪些企业出资？", "数字广东网络建设有限公司有几重身份，它由哪些企业出资？"),
        (("“数字地球”是谁提出的？", "戈尔。"), "他是哪一年提的？", "“数字地球”是谁提出的，他是哪一年提的？"),
        (("Who first proposed it?", "Perri and others."), "What did they draw on?", "Who first proposed it — What did they draw on?"),
        (("厂商有多少家？", "56家。"), "其中多少家已经备案？", "厂商有多少家，其中多少家已经备案？"),
        (("宁琪在哪里读博士？", "武汉。"), "左登基呢？", "宁琪在哪里读博士，左登基呢？"),
        (("渡船载货限重多少？", "五吨。"), "如果河水涨了呢？", "渡船载货限重多少，如果河水涨了呢？"),
        (("渡船载货怎么收费？", "按吨。"), "那牲口呢，能不能上船？", "渡船载货怎么收费，那牲口呢，能不能上船？"),
        (("How much cargo may the ferry carry?", "Five tons."), "What if the river is high?", "How much cargo may the ferry carry — What if the river is high?"),
        (("广东哪一年启动？", "2017年。"), "那一年还发生了什么？", "广东哪一年启动，那一年还发生了什么？"),
        (("覆盖率是多少？", "96%。"), "这个数据是哪年的？", "覆盖率是多少，这个数据是哪年的？"),
        (("广东省的模式叫什么？", "甲模式。"), "举个例子", "广东省的模式叫什么，举个例子"),
    ],
)
def test_what_hangs_on_the_talk_stands_behind_the_question_before(turn: tuple[str, str], question: str, standalone: str) -> None:
    follows = follow_up(question, [turn])
    assert (follows.standalone.text, follows.asks.text) == (standalone, question)


@pytest.mark.parametrize("question", ["为什么？", "什么时候？", "Why?"])
def test_a_bare_question_stands_behind_the_one_before(question: str) -> None:
    follows = follow_up(question, [MODEL])
    assert follows.standalone.text.startswith("广东省的模式叫什么") and follows.standalone.text.endswith(question)
    assert follows.asks.text == question


def test_what_was_taken_over_is_taken_over_again() -> None:
    history = [MODEL, ("那浙江呢？", "以点带面推进。")]
    assert follow_up("北京呢？", history).standalone.text == "北京的模式叫什么？"


@pytest.mark.parametrize(
    "question",
    ["农业数据共享平台可以查询什么？", "国家数据局的三项职责是什么？", "How many websites does the State Council have?", "《规划》里提到了哪些任务？"],
)
def test_a_full_question_on_something_else_takes_nothing_over(question: str) -> None:
    follows = follow_up(question, [MODEL])
    assert (follows.standalone.text, follows.previous) == (question, "")


@pytest.mark.parametrize("question", ["那浙江呢？", "它怎样？", "为什么？", "平台怎样？"])
def test_without_talk_before_it_a_question_is_itself(question: str) -> None:
    follows = follow_up(question, [])
    assert (follows.standalone.text, follows.asks.text, follows.previous) == (question, question, "")


def test_an_empty_turn_before_it_gives_nothing() -> None:
    assert follow_up("那浙江呢？", [("", "")]).standalone.text == "那浙江呢？"


STAGES = ("治理理论有哪几个阶段？", "技术治理、平台治理、协同治理。[1]")


@pytest.mark.parametrize(
    ("turn", "question", "standalone"),
    [
        (STAGES, "第二种有什么毛病？", "平台治理有什么毛病？"),
        (STAGES, "最后一个呢？", "治理理论有哪几个阶段，协同治理呢？"),
        (STAGES, "前两种有什么区别？", "技术治理和平台治理有什么区别？"),
        (("2022年的占比是多少？", "28%。"), "2021", "2021年的占比是多少？"),
        (("广东省的模式叫什么？", "甲模式。"), "浙江", "浙江的模式叫什么？"),
    ],
)
def test_what_the_answer_before_said_is_taken_over(turn: tuple[str, str], question: str, standalone: str) -> None:
    assert follow_up(question, [turn]).standalone.text == standalone


def test_a_wish_for_more_asks_the_same_again() -> None:
    follows = follow_up("还有呢？", [STAGES])
    assert (follows.standalone.text, follows.more) == (STAGES[0], True)


@pytest.mark.parametrize(
    "question",
    ["省域治理", "G2G", "https://example.com/a", "法国在哪里重建其他三座港口？", "How long does it take to get a permit?"],
)
def test_a_topic_or_a_question_of_its_own_takes_nothing_over(question: str) -> None:
    follows = follow_up(question, [MODEL])
    assert (follows.standalone.text, follows.previous) == (question, "")


@pytest.mark.parametrize(
    ("question", "language"),
    [("用英文说一遍", "Latn"), ("請翻譯成英語。", "Latn"), ("换成繁体字吧", "Hant"), ("Say it in Chinese, please.", "Hans"), ("把它们列成表格", None), ("能把这些整理成清单吗？", None)],
)
def test_what_only_says_how_to_say_it_asks_the_same_again(question: str, language: str | None) -> None:
    follows = follow_up(question, [MODEL])
    assert (follows.standalone.text, follows.again, follows.language) == (MODEL[0], True, language)


@pytest.mark.parametrize("question", ["用英文写的文件有哪些？", "表格里有什么？", "Is there a version in English?"])
def test_a_question_about_a_language_or_a_table_is_one_of_its_own(question: str) -> None:
    assert not follow_up(question, [MODEL]).again


def test_a_level_of_government_is_exchanged_for_another_after_several_turns() -> None:
    history = [("宽带在乡镇的覆盖率是多少？", "九成。"), ("为什么？", "山多。"), ("宽带在乡镇的资费是多少？", "三十元。")]
    assert follow_up("那县级呢？", history).standalone.text == "宽带在县级的资费是多少？"


def test_these_and_both_are_all_that_the_answer_lists() -> None:
    assert follow_up("这些有什么用？", [("开通了哪些渡口？", "东渡口、西渡口和南渡口。")]).standalone.text == "东渡口、西渡口和南渡口有什么用？"
    assert follow_up("两者有什么不同？", [("有哪两种船？", "渡船和货船。")]).standalone.text == "渡船和货船有什么不同？"
    assert follow_up("这些数据可靠吗？", [("开通了哪些渡口？", "东渡口、西渡口和南渡口。")]).standalone.text.startswith("开通了哪些渡口")


@pytest.mark.parametrize(
    ("talk", "question", "standalone"),
    [
        # Both are what was asked about in turn, what one question names side by side, or what the answer lists.
        ([("溪口镇的东桥有多长？", "九十米。"), ("西桥呢？", "六十米。")], "两者的宽度各是多少？", "东桥和西桥的宽度各是多少？"),
        ([("浙江的渡口由谁管？", "船务所。"), ("福建呢？", "航管站。")], "两地的做法有什么不同？", "浙江和福建的做法有什么不同？"),
        ([("东桥和西桥哪座长？", "东桥。")], "这两座桥建于哪一年？", "东桥和西桥建于哪一年？"),
        ([("镇上有哪两座桥？", "镇上现有东桥和西桥。")], "两者哪年建成？", "东桥和西桥哪年建成？"),
        # What the things listed are called is no part of them, and they may be spoken of for some turns.
        ([("渡口在哪几个村？", "甲山村、乙水村、丙田村。")], "这三个村的人口是多少？", "甲山村、乙水村和丙田村的人口是多少？"),
        ([("修桥用了哪些办法？", "（一）垒石护坡；（二）打桩固基；（三）换板。")], "第二种办法花了多少钱？", "打桩固基花了多少钱？"),
        (
            [("修桥用了哪些办法？", "（一）垒石护坡；（二）打桩固基；（三）换板。"), ("第二种办法花了多少钱？", "三万元。")],
            "那第一种呢？",
            "垒石护坡花了多少钱？",
        ),
        ([("工程分为哪几个阶段？", "工程分为两个阶段：勘察阶段和架设阶段。")], "第二个阶段做了什么？", "架设阶段做了什么？"),
    ],
)
def test_a_rewrite_reads_as_a_question_by_itself(talk: list[tuple[str, str]], question: str, standalone: str) -> None:
    assert follow_up(question, talk).standalone.text == standalone


@pytest.mark.parametrize("question", ["两者的模式有什么不同？", "第七种呢？"])
def test_both_and_a_place_beyond_a_list_are_not_made_up(question: str) -> None:
    assert "和" not in follow_up(question, [("渡口几点开？", "六点。")]).standalone.text


def test_the_next_article_is_no_item_of_the_one_before() -> None:
    law = ("渡船法第三条规定了什么？", "第三条 船家应当：\n（一）备好救生衣；\n（二）夜里点灯。[1]")
    assert follow_up("那第二条规定了什么？", [law]).standalone.text == "渡船法第二条规定了什么？"
    assert "夜里点灯" in follow_up("第二项怎么做？", [law]).standalone.text
