"""Parsing: what a question names, the kind of value it wants, and what evidence leaves open."""

import pytest

from dgqa.language.reading import Text
from dgqa.question.matching import counts, fills, unfilled, unshown
from dgqa.question.parsing import Question


def missing(question: str, evidence: str) -> tuple[tuple[str, ...], bool]:
    return unfilled(Question(question), Text(evidence))


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("接入了多少个事项？", "number"),
        ("接入了多少個事項？", "number"),
        ("How many services are there?", "number"),
        ("覆盖率是多少？", "share"),
        ("What percentage of towns is covered?", "share"),
        ("平台的预算是多少？", "money"),
        ("How much has the county spent?", "money"),
        ("平台是哪年建成的？", "date"),
        ("平臺是什麼時候建成的？", "date"),
        ("When was the platform opened?", "date"),
        ("多少年来形成的格局是什么？", ""),
        ("平台跟哪几种码融在一起？", ""),
        ("平台由谁建设？", ""),
    ],
)
def test_a_question_wants_a_number_a_share_money_a_date_or_none_of_them(question: str, wants: str) -> None:
    assert Question(question).wants == wants


def test_years_are_dates_with_and_without_their_character() -> None:
    assert [date.year for date in Question("2021年比2019如何？").dates] == [2021, 2019]
    assert [date.year for date in Question("What changed in 2021?").dates] == [2021]


def test_a_short_count_is_no_fact_to_look_for() -> None:
    assert Question("请说出三点，5个例子").numbers == ()
    assert [number.value for number in Question("列出140项事项的文件").numbers] == [140]


def test_titles_places_and_latin_names_are_read() -> None:
    question = Question("NASA在《数字县城》里怎么评价深圳？")
    assert (question.titles, question.toponyms, question.names) == (("数字县城",), ("深圳",), ("NASA",))


def test_an_english_question_demands_no_latin_name_of_chinese_articles() -> None:
    assert Question("What did Neumann say about Zhejiang?").names == ()
    assert Question("What did Neumann say about Zhejiang?").toponyms == ("浙江",)


def test_what_the_evidence_has_is_not_missing() -> None:
    assert missing("2021年浙江接入了多少事项？", "2021年，浙江接入350项。") == ((), False)
    assert missing("What did Zhejiang do in 2021?", "二〇二一年，浙江接入350项。") == ((), False)


def test_a_missing_year_or_place_is_named() -> None:
    assert missing("2016年如何？", "2018年排第65名。") == (("2016年",), True)
    assert missing("江蘇如何？", "广东的平台。") == (("江苏",), True)


def test_one_of_two_places_missing_leaves_the_kind_half_filled() -> None:
    assert missing("浙江和江苏如何？", "浙江的平台。") == (("江苏",), False)


def test_a_more_exact_date_accounts_for_its_year() -> None:
    assert missing("2023年发生了什么？", "2023-06-05，平台上线。") == ((), False)


def test_a_year_inside_a_longer_number_accounts_for_nothing() -> None:
    assert missing("2016年如何？", "共有120165项。") == (("2016年",), True)


def test_a_title_is_found_in_the_other_script_and_without_its_punctuation() -> None:
    assert missing("《数字县城：起步》讲什么？", "數字縣城·起步")[0] == ()
    assert missing("《数字村庄》讲什么？", "數字縣城") == (("《数字村庄》",), True)


@pytest.mark.parametrize(
    ("question", "sentence", "filled"),
    [
        ("覆盖率是多少？", "覆盖率达到88.5%。", True),
        ("覆盖率是多少？", "共接入350个乡镇。", False),
        ("共有多少事项？", "共有三百五十项。", True),
        ("2021年有多少事项？", "2021年事项增多了。", False),
        ("2021年有多少事项？", "2021年有350项。", True),
        ("哪年建成？", "2021年建成。", True),
        ("哪年建成？", "早已建成。", False),
        ("花了多少钱？", "投资3000余万元。", True),
        ("花了多少钱？", "投资三千万元。", True),
        ("花了多少钱？", "投資2.5億多元。", True),
        ("花了多少钱？", "服务了三千万人，主体多元。", False),
        ("How much has it cost?", "It cost RMB 5 million.", True),
        ("由谁建设？", "由企业建设。", True),
        ("该制度什么时候出现？", "该制度出现于十八世纪中叶。", True),
        ("占多大比例？", "占全部事项的一半。", True),
        ("该市排第几？", "该市排在第二位。", True),
        ("When a fee is charged, what is it called?", "这叫做手续费。", True),
    ],
)
def test_a_sentence_fills_what_is_wanted_or_not(question: str, sentence: str, filled: bool) -> None:
    assert fills(Question(question), Text(sentence)) is filled


@pytest.mark.parametrize(
    ("question", "sentence", "filled"),
    [
        ("数据局是哪一天揭牌的？", "数据局2023年10月25日揭牌。", True),
        ("数据局是哪一天揭牌的？", "2022年6月，意见印发。", False),
        ("文章是几月上线的？", "2022年6月上线。", True),
        ("文章是几月上线的？", "2022年上线。", False),
        ("On what date was it issued?", "2022年6月印发。", False),
        ("How much could it save on operating costs?", "经营成本下降1.8%。", True),
    ],
)
def test_a_date_is_as_exact_as_it_is_wanted(question: str, sentence: str, filled: bool) -> None:
    assert fills(Question(question), Text(sentence)) is filled


@pytest.mark.parametrize(
    ("question", "evidence", "there"),
    [
        ("一共有多少个政府网站？", "全国有政府網站350個。", True),
        ("一共有多少个政府网站？", "高频事项共100项。", False),
        ("有多少家企业？", "承建的公司有24家。", True),
        ("有多少个省份出台了文件？", "26个省份发布了文件。", True),
        ("覆盖率是多少？", "覆盖率88.5%。", True),
    ],
)
def test_what_is_counted_is_what_the_evidence_speaks_of(question: str, evidence: str, there: bool) -> None:
    assert counts(Question(question), Text(evidence)) is there


def test_a_latin_name_is_there_misspelled_or_written_out() -> None:
    assert unfilled(Question("ARPNET是什么网络？"), Text("ARPANET是一种网络。")) == ((), False)
    assert unfilled(Question("哪些城市扶持AI？"), Text("三个城市扶持人工智能。")) == ((), False)
    assert unfilled(Question("GPT4有什么用？"), Text("GPT3用途很多。")) == (("GPT4",), True)


def test_a_decade_is_no_year_and_an_adjective_no_place_to_look_for() -> None:
    assert Question("What was built in the 1980s?").dates == ()
    assert unfilled(Question("Which British author wrote it?"), Text("作者是史密斯。")) == ((), False)
    assert unfilled(Question("What did the British government publish?"), Text("作者是史密斯。")) == (("英国",), True)


def test_an_asked_attribute_without_a_word_that_goes_with_it_is_unshown() -> None:
    assert [attribute.chinese for attribute in unshown(Question("平台的承建商是哪家公司？"), Text("平台方便群众。"))] == ["承建企业"]
    assert unshown(Question("平台的承建商是哪家公司？"), Text("平台由甲公司承建。")) == ()


def test_a_named_body_or_system_is_missing_where_no_evidence_names_it() -> None:
    assert missing("“粤省事”是哪一年上线的？", "2017年“北京通”上线。") == (("粤省事",), True)
    assert missing("国家发改委印发了什么？", "国家发展和改革委员会印发了规划。") == ((), False)


def test_a_number_that_is_part_of_a_name_is_no_fact_to_look_for() -> None:
    assert Question("第50届比赛有多少人？").numbers == ()
    assert Question("How old was he at Super Bowl 50?").numbers == ()
    assert [number.value for number in Question("他们为50个县做了什么？").numbers] == [50]


def test_a_span_of_time_need_not_begin_with_the_same_year() -> None:
    assert Question("2016年以后的主题是什么？").dates == () and Question("What changed after 2016?").dates == ()
    assert [date.year for date in Question("2016年的主题是什么？").dates] == [2016]


def test_people_and_seas_of_a_place_are_not_the_place() -> None:
    assert Question("英国人什么时候来的？").mentioned == ("英国",)
    assert Question("英国什么时候立法？").mentioned == ()


@pytest.mark.parametrize(
    ("question", "evidence", "counted"),
    [
        ("行政村的覆盖率是多少？", "乡镇的覆盖率为96%。", False),
        ("行政村的覆盖率是多少？", "行政村的覆盖率为96%。", True),
        ("What share of villages is covered?", "乡镇的覆盖率为96%。", False),
        ("制造业能省下多少成本？", "公共服务的成本下降1.8%。", False),
        ("办事费用降了百分之几？", "办理时间减少12%。", False),
        ("办事费用降了百分之几？", "办事成本减少12%。", True),
        ("全国有多少个公众号？", "公众点击网站1300次。", False),
        ("全国有多少个公众号？", "公众账号有1300个。", True),
        ("水深为多少的水域有鱼？", "水深30公尺。", True),
    ],
)
def test_a_value_counts_for_the_level_branch_and_thing_that_it_is_asked_of(question: str, evidence: str, counted: bool) -> None:
    assert counts(Question(question), Text(evidence)) is counted


@pytest.mark.parametrize(("question", "sentence"), [("何时升为路？", "崇宁五年升为京畿路。"), ("花了多少钱？", "花费4.5亿加元。")])
def test_years_of_an_era_and_money_of_any_country_are_values(question: str, sentence: str) -> None:
    assert fills(Question(question), Text(sentence))


def test_a_number_of_years_is_no_year_of_an_era() -> None:
    assert not fills(Question("何时建成？"), Text("建设历时五年。"))


@pytest.mark.parametrize(
    ("question", "evidence", "whole"),
    [
        ("2023年3月丁州印发了什么？", "2023年2月，丁州印发规划。", True),
        ("2023.3丁州印发了什么？", "2023年3月，丁州印发规划。", False),
        ("二〇二三年三月丁州印发了什么？", "2023-03-08，丁州印发规划。", False),
        ("What did Dingzhou issue in March 2023?", "2023年2月，丁州印发规划。", True),
        ("2018年5月16日丁州印发了什么？", "2018年5月，丁州试运行。", True),
        ("2018年5月丁州印发了什么？", "2018年，丁州5月16日试运行。", False),
        ("2018年丁州印发了什么？", "2018年7月，丁州试运行。", False),
        ("2018年3月以来丁州印发了什么？", "2018年7月，丁州印发规划。", False),
        ("截至2018年3月底，丁州印发了什么？", "2018年，丁州印发规划。", False),
        ("2018年3月到5月丁州印发了什么？", "2018年4月，丁州印发规划。", False),
        ("What has Dingzhou issued since March 2018?", "2018年7月，丁州印发规划。", False),
    ],
)
def test_the_month_and_the_day_that_are_asked_for_bind(question: str, evidence: str, whole: bool) -> None:
    assert missing(question, evidence)[1] is whole
