"""Premises: what a question takes for granted against what its evidence says."""

import pytest

from dgqa.claims.claim import Statement
from dgqa.claims.premises import disputed_premise
from dgqa.question.parsing import Question


def disputed(question: str, *evidence: str) -> str:
    found = disputed_premise(Question(question), [Statement(text, context=text) for text in evidence], "\x00".join(evidence))
    return found.claim if found else ""


@pytest.mark.parametrize(
    ("question", "evidence", "surface"),
    [
        ("为什么2012年该国排第50位？", "2012年该国排在第78位。", "第50位"),
        ("為什麼2012年該國排第50位？", "2012年该国排在第78位。", "第50位"),
        ("覆盖率只有70%，难在哪里？", "覆盖率为96.1%。", "70%"),
        ("How did the county cut its time by 80%?", "办理时间减少了12%。", "80%"),
        ("公司由七家企业出资，为什么要这么多？", "四家企业共同出资设立公司。", "七家企业"),
        ("平台为什么2012年就上线了？", "2017年，平台上线。", "2012年"),
        ("工期安排了十年，为什么要拖这么久？", "计划用时三到五年。", "十年"),
        ("论坛2021年6月举办，讨论了什么？", "论坛于2023年6月举办。", "2021年6月"),
        ("Why did only 5 countries join?", "有18个国家加入。", "5"),
        ("为什么说电子政务是完善的治理模式？", "电子政务还算不上完善的治理模式。", "算不上"),
        ("该市为什么要停掉“办事通”？", "2017年，“办事通”正式上线。", "停掉"),
        ("Why did the province abandon its platform?", "该省以平台为抓手推进改革。", "abandon"),
        ("整体性治理是李明最早提出的，依据是什么？", "最早提出整体性治理的是王华等人。", "李明"),
        ("公司由京东控股的，它怎么运作？", "公司是省属的国有大型企业。", "京东"),
        ("华为和阿里出资办公司，是出于什么考虑？", "腾讯和三家运营商出资设立公司。", "华为"),
        ("承建企业为什么只有两千家？", "承建企业超过24万家。", "两千家"),
        ("为什么治理论只讨论一个维度？", "治理论有四个维度，一项比一项宽。", "一个维度"),
        ("Now that all 56 vendors have filed, what comes next?", "厂商至少有56家，其中15家已备案。", "all 56"),
        ("Why did the county hand its platform to Tencent?", "平台由云上大数据集团运营。", "腾讯"),
        ("Why does the review say that one theory replaces the other?", "几种理论既不互相排斥，也不互相取代。", "既不互相排斥,也不"),
        ("为什么几种理论会互相取代？", "几种理论并存，不会互相取代。", "取代"),
    ],
)
def test_another_value_for_the_same_thing_contradicts(question: str, evidence: str, surface: str) -> None:
    assert disputed(question, evidence) == surface


@pytest.mark.parametrize(
    ("question", "evidence"),
    [
        ("为什么2012年该国排第78位？", "2012年该国排在第78位。"),
        ("覆盖率为什么达到96.1%？", "覆盖率为百分之九十六点一。"),
        ("2024年该国排第几位？", "2012年该国排在第78位。"),
        ("2016年有多少项？", "2018年有350项。"),
        ("治理论的四条原则是哪四条？", "第一项原则是安全。"),
        ("请列出三点原因", "原因有两点，都很重要。"),
        ("为什么数据难以共享？", "数据没有统一的标准，并非部门不愿共享。"),
        ("公司由哪几家企业出资？", "四家企业共同出资。"),
        ("平台有什么作用？", "平台不是摆设，而是帮手。"),
        ("为什么要建平台？", ""),
        ("办事大厅后来改称为什么？", "大厅并非一直叫这个名字，后来改称服务中心。"),
        ("为什么新锅炉用煤气作燃料？", "为减少污染，新锅炉将用煤气作燃料，而非柴油。"),
        ("为什么很多项目失败了？", "不少项目缺少运营推广，难以持续。"),
        ("为什么要完善配套制度？", "配套制度不完善，数据难以共享。"),
        ("内部管理和服务交付两种模式，毛病出在哪？", "合作有三种模式：内部管理、服务交付和平台垄断。"),
        ("另一个方面呢？", "不足有两个方面，第二个方面是数据。"),
        ("平台是谁开发的，什么时候上线？", "平台由腾讯开发，2019年上线。"),
    ],
)
def test_an_ordinary_question_takes_nothing_wrong_for_granted(question: str, evidence: str) -> None:
    assert disputed(question, evidence) == ""


@pytest.mark.parametrize(
    ("question", "evidence", "claim"),
    [
        ("既然甲市至今没有开通办事大厅，市民怎么办事？", "2010年，甲市开通办事大厅。", "至今没有开通办事大厅"),
        ("為什麼乙省申請綜合試驗區沒有獲批？", "2016年，乙省申请的综合试验区获批建设。", "没有获批"),
        ("为什么大模型会推高公共服务的经营成本？", "大模型可使公共服务的经营成本下降1.8%。", "推高"),
        ("甲平台的阅卷服务比上一年减少了一半，原因是什么？", "甲平台一年提供阅卷服务7万次，比上一年增长159%。", "减少"),
        ("Why has the share of online cases been shrinking?", "占比由24%升到28%。", "shrinking"),
        ("为什么说“数字地球”是从“数字政府”衍生出来的？", "“数字政府”这一概念由“数字地球”衍生而来。", "“数字地球”是从“数字政府”衍生出来"),
        ("为什么把“同构分责”改成了“条块分散”？", "职责配置正由“条块分散”转为“同构分责”。", "把“同构分责”改成了“条块分散”"),
        ("“平台”一词既然出自政府管理，后来怎么被商界借用？", "最初源自企业管理的“平台”一词，指的是数据支持。", "出自政府管理"),
        ("乙省为何拖到2018年才头一回提出打造“数字乙省”？", "2008年，乙省的文件提出打造“数字乙省”。", "2018年"),
        ("数字甲省公司为什么让乙集团控股？", "甲省与乙集团等出资设立数字甲省公司，公司由国资控股。", "乙集团"),
        ("《甲规划》为什么由教育部发布？", "《甲规划》由国务院发布。", "教育部"),
        ("“办事云”是北京推出的App，它为什么受欢迎？", "上海的移动端以“办事云”App为依托。", "北京"),
        ("Why did Dunleavy first propose holistic governance?", "最早提出整体性治理理念的是Perri等人。", "Dunleavy"),
    ],
)
def test_a_relation_that_the_evidence_tells_otherwise_is_disputed(question: str, evidence: str, claim: str) -> None:
    assert disputed(question, evidence) == claim


@pytest.mark.parametrize(
    ("question", "evidence"),
    [
        ("为什么甲市至今没有开通办事大厅？", "甲市还没有开通办事大厅。"),
        ("为什么不能只靠技术？", "只靠技术治理会忽视制度。"),
        ("为什么大模型能降低公共服务的经营成本？", "大模型可使公共服务的经营成本下降1.8%。"),
        ("为什么要提高办事效率？", "办事效率下降，群众不满。"),
        ("为什么“数字政府”是从“数字地球”衍生出来的？", "“数字政府”这一概念由“数字地球”衍生而来。"),
        ("为什么职责由“条块分散”转为“同构分责”？", "职责配置正由“条块分散”转为“同构分责”。"),
        ("乙省为何到2018年才首次提出打造“数字乙省”？", "2018年，乙省首次提出打造“数字乙省”。"),
        ("数字甲省公司为什么由国资控股？", "公司由国资控股。"),
        ("“办事云”是上海推出的App，它为什么受欢迎？", "上海的移动端以“办事云”App为依托。"),
        ("办事大厅什么时候开通？", "2010年，甲市开通办事大厅。"),
        ("Why did Perri first propose holistic governance?", "最早提出整体性治理理念的是Perri等人。"),
        ("为什么要建平台？", ""),
    ],
)
def test_what_the_evidence_says_too_is_not_disputed(question: str, evidence: str) -> None:
    assert disputed(question, evidence) == ""
