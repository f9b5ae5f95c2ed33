"""Relations that a question takes for granted, against what its evidence says."""

import pytest

from dgqa.claims.presumed import Told, first_elsewhere, misrelated, without_place
from dgqa.question.parsing import asked


def disputed(question: str, *evidence: str) -> str:
    told = [Told(sentence, sentence) for sentence in evidence]
    return misrelated(asked(question), told, "\x00".join(evidence))


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


def test_who_was_first_is_searched_without_the_place_that_may_be_wrong() -> None:
    slots = asked("中国头一个政府网站为什么会落在北京？")
    assert without_place(slots) == "中国首个政府网站？"
    found = Told("1998年开通的青岛网站被看作中国首个政府网站。", "")
    assert first_elsewhere(slots, [found]) == "北京"
    assert first_elsewhere(asked("中国头一个政府网站为什么会落在青岛？"), [found]) == ""


@pytest.mark.parametrize("question", ["中国首个政府网站在哪里？", "为什么北京的网站多？", "为什么北京和上海最早开通网站？"])
def test_any_other_question_is_searched_as_it_is(question: str) -> None:
    assert without_place(asked(question)) == ""
