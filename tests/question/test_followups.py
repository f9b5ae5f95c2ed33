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
        ("2018年排第几？", "两年后呢？", "2020年排第几？"),
        ("治理论的第一个维度是什么？", "第三个呢？", "治理论的第三个维度是什么？"),
        ("数字政府1.0时代的特征是什么？", "2.0呢？", "数字政府2.0时代的特征是什么？"),
        ("信息论研究什么？", "模型论呢？", "模型论研究什么？"),
        ("地市一级的建站比例是多少？", "县一级呢？", "县一级的建站比例是多少？"),
        ("宁琪在哪里读博士？", "谭家超呢？", "谭家超在哪里读博士？"),
        ("What is the model of Zhejiang called?", "And Guizhou's?", "What is the model of Guizhou called?"),
        ("What was the rank in 2012?", "and in 2014?", "What was the rank in 2014?"),
        ("What is the British document called?", "What about the US?", "What is the US document called?"),
    ],
)
def test_an_ellipsis_exchanges_the_thing_of_its_kind(previous: str, question: str, standalone: str) -> None:
    follows = follow_up(question, [(previous, "")])
    assert (follows.standalone.text, follows.asks.text, follows.refers) == (standalone, standalone, True)


@pytest.mark.parametrize(
    ("turn", "question", "standalone"),
    [
        (COMPANY, "它由哪些企业出资？", "数字广东网络建设有限公司由哪些企业出资？"),
        (("《规划》是谁发布的？", "国务院。"), "它是哪一年印发的？", "《规划》是哪一年印发的？"),
        (("“数字地球”是谁提出的？", "戈尔。"), "他是哪一年提的？", "戈尔是哪一年提的？"),
        (("Who first proposed it?", "Perri and others."), "What did they draw on?", "What did Perri and others draw on?"),
        (("How large is Guangdong?", "Large."), "Which companies run its platform?", "Which companies run Guangdong's platform?"),
    ],
)
def test_a_pronoun_becomes_what_it_stands_for(turn: tuple[str, str], question: str, standalone: str) -> None:
    assert follow_up(question, [turn]).standalone.text == standalone


@pytest.mark.parametrize("question", ["为什么？", "什么时候？", "Why?"])
def test_a_bare_question_stands_behind_the_one_before(question: str) -> None:
    follows = follow_up(question, [MODEL])
    assert follows.standalone.text.startswith("广东省的模式叫什么") and follows.standalone.text.endswith(question)
    assert (follows.asks.text, follows.refers) == (question, True)


def test_a_question_about_a_part_keeps_the_whole_in_front() -> None:
    follows = follow_up("其中多少家已经备案？", [("厂商有多少家？", "56家。")])
    assert follows.standalone.text == "厂商有多少家，其中多少家已经备案？"


def test_what_was_taken_over_is_taken_over_again() -> None:
    history = [MODEL, ("那浙江呢？", "以点带面推进。")]
    assert follow_up("北京呢？", history).standalone.text == "北京的模式叫什么？"


@pytest.mark.parametrize(
    "question",
    ["农业数据共享平台可以查询什么？", "国家数据局的三项职责是什么？", "How many websites does the State Council have?", "《规划》里提到了哪些任务？"],
)
def test_a_full_question_on_something_else_takes_nothing_over(question: str) -> None:
    follows = follow_up(question, [MODEL])
    assert (follows.standalone.text, follows.previous, follows.refers) == (question, "", False)


def test_a_full_question_only_loses_its_lead() -> None:
    follows = follow_up("那贵州省什么时候获批大数据综合试验区？", [MODEL])
    assert (follows.standalone.text, follows.previous) == ("贵州省什么时候获批大数据综合试验区？", "")


@pytest.mark.parametrize("question", ["那浙江呢？", "它怎样？", "为什么？", "平台怎样？"])
def test_without_talk_before_it_a_question_is_itself(question: str) -> None:
    follows = follow_up(question, [])
    assert (follows.standalone.text, follows.asks.text, follows.previous, follows.refers) == (question, question, "", False)


def test_an_empty_turn_before_it_gives_nothing() -> None:
    assert follow_up("那浙江呢？", [("", "")]).standalone.text == "那浙江呢？"


STAGES = ("治理理论有哪几个阶段？", "技术治理、平台治理、协同治理。[1]")


@pytest.mark.parametrize(
    ("turn", "question", "standalone"),
    [
        (STAGES, "第二种有什么毛病？", "平台治理有什么毛病？"),
        (STAGES, "最后一个呢？", "协同治理：治理理论有哪几个阶段？"),
        (STAGES, "前两种有什么区别？", "技术治理和平台治理有什么区别？"),
        (("What does it change?", "It saves time, saves money and saves trips."), "and the last one?", "saves trips — What does it change?"),
        (("When did the app go live?", "In 2017."), "And what did the city publish the year after?", "When did the app go live — what did the city publish the year after?"),
        (("广东哪一年启动？", "2017年。"), "那一年还发生了什么？", "广东哪一年启动，那一年还发生了什么？"),
        (("覆盖率是多少？", "96%。"), "这个数据是哪年的？", "覆盖率是多少，这个数据是哪年的？"),
        (("平台让办事环节减少了多少？", "14%。"), "跑动次数呢？", "平台让跑动次数减少了多少？"),
        (("2022年的占比是多少？", "28%。"), "2021", "2021年的占比是多少？"),
        (("广东省的模式叫什么？", "甲模式。"), "浙江", "浙江的模式叫什么？"),
        (("广东省的模式叫什么？", "甲模式。"), "举个例子", "广东省的模式叫什么，举个例子"),
    ],
)
def test_what_the_answer_before_said_is_taken_over(turn: tuple[str, str], question: str, standalone: str) -> None:
    assert follow_up(question, [turn]).standalone.text == standalone


def test_a_wish_for_more_asks_the_same_again() -> None:
    follows = follow_up("还有呢？", [STAGES])
    assert (follows.standalone.text, follows.more) == (STAGES[0], True)


@pytest.mark.parametrize("question", ["什么是G2B？", "数字化转型是什么？", "What is G2B?"])
def test_a_short_definition_takes_nothing_over(question: str) -> None:
    follows = follow_up(question, [STAGES])
    assert (follows.standalone.text, follows.previous) == (question, "")


@pytest.mark.parametrize(
    "question",
    [
        "谭家超在哪儿教书？",
        "省域治理",
        "G2G",
        "https://example.com/a",
        "法国在哪里重建其帝国？",
        "陈根和孙宗锋他们各自主张什么？",
        "贵州的公司是2016年成立的，它怎么运作？",
        "Where did Sun Zongfeng receive his doctorate?",
        "How many households have children living with them?",
        "How long does it take to get a permit?",
        "Besides the North Sea and the Irish Channel, what else was lowered?",
    ],
)
def test_a_question_that_names_what_its_pronoun_stands_for_takes_nothing_over(question: str) -> None:
    follows = follow_up(question, [MODEL])
    assert (follows.standalone.text, follows.previous) == (question, "")


@pytest.mark.parametrize("question", ["2019年它排第几？", "在电子政务阶段它有什么特点？", "Which companies run its platform?", "数据来源是什么？"])
def test_a_date_a_stage_or_a_common_word_names_nothing(question: str) -> None:
    assert follow_up(question, [MODEL]).previous == MODEL[0]


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
        # A pronoun stands for a thing alone, not for what it did.
        ([("渡口平台接入了多少条船？", "五十三条。")], "它是哪年建成的？", "渡口平台是哪年建成的？"),
        ([("谁设计了西桥？", "尤若溪设计了西桥。")], "他是哪里人？", "尤若溪是哪里人？"),
        ([("东桥和西桥的桥长各是多少？", "九十米和六十米。")], "那桥宽呢？", "东桥和西桥的桥宽各是多少？"),
    ],
)
def test_a_rewrite_reads_as_a_question_by_itself(talk: list[tuple[str, str]], question: str, standalone: str) -> None:
    assert follow_up(question, talk).standalone.text == standalone


@pytest.mark.parametrize("question", ["两者的模式有什么不同？", "第七种呢？"])
def test_both_and_a_place_beyond_a_list_are_not_made_up(question: str) -> None:
    assert "和" not in follow_up(question, [("渡口几点开？", "六点。")]).standalone.text
