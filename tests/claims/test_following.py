"""Values and lengths of time put otherwise than in the evidence."""

from __future__ import annotations

import pytest

from dgqa.claims.claim import Grounds, Statement
from dgqa.claims.durations import lengths
from dgqa.claims.following import derived, unfounded
from dgqa.language.reading import Text


@pytest.mark.parametrize(
    ("sentence", "evidence", "missing"),
    [
        ("最长12个月。", "以不超过一年为限。", []),
        ("应在三天内通报。", "应于七十二小时内通报。", []),
        ("间隔不少于半年。", "间隔不少于六个月。", []),
        ("最长18个月。", "以不超过一年为限。", ["18"]),
        ("按六到七成估算。", "按60%—70%估算。", []),
        ("按八到九成估算。", "按60%—70%估算。", ["八", "九成"]),
        ("得到3000元。", "得到3k。", []),
        ("得到4000元。", "得到3k。", ["4000"]),
        ("渡轮票价涨了百分之六。", "渡輪票價調高六巴仙。", []),
        ("押金是票价的四分之三。", "押金按票价的3/4收取。", []),
        ("集合地点在3号楼。", "集合地点：3/4号楼。", []),
        ("2班和3班在周末上课。", "2/3班周末上课。", []),
        ("The hall is open from 1 to 31 July.", "礼堂1/7至31/7开放。", ["31 july"]),
        ("报名点在4号线附近。", "2016年5月3日和4号线开通仪式。", []),
        ("假期到2017年1月3日为止。", "假期为2016年12月28日至1月3日。", []),
        ("假期到2016年1月3日为止。", "假期为2016年12月28日至1月3日。", ["2016年1月3日"]),
        ("到场一百人。", "女性人数百分之五十。", ["一百"]),
        ("奖励一万元。", "工作三年以上万元奖励另定。", ["一万"]),
        ("灯塔在凌晨12点熄灯。", "0:00熄灯。", []),
        ("前三个月收费。", "前三个月半价。", []),
        ("Two-thirds of the boats and a tenth of them ...", "三分之二的船", []),
        ("Of the lamps, nearly one in four is out of order.", "失修的燈佔24.6%。", []),
        ("Of the lamps, nearly one in eight is out of order.", "失修的燈佔24.6%。", ["eight"]),
        ("Entries close at 17:00 on 19 May 2016.", "2016年5月3日9:00至19日17:00接受报名。", []),
        ("Entries close at 17:00 on 19 June 2016.", "2016年5月3日9:00至19日17:00接受报名，六月一日开赛。", ["19 june 2016"]),
        ("报名到2016年6月2日为止。", "2016年5月3日至6月2日接受报名。", []),
        ("报名到2017年6月2日为止。", "2016年5月3日至6月2日接受报名。", ["2017年6月2日"]),
        ("The fair runs to June 2016.", "2016年3月至6月举办集市。", []),
        ("Upwards of ten thousand sailors and hundreds of thousands of guests came.", "上萬名船員和数十万游客到场。", []),
        ("More than ten thousand sailors came.", "上百名船員到场。", ["ten thousand"]),
        ("The gate shuts at 7:30 p.m.", "19：30关门。", []),
        ("晚上八点关门。", "每日20:00关门。", []),
        ("The gate shuts at 7 a.m.", "19：00关门。", ["7"]),
        ("最多延到18个月。", "一般一年，可放宽至一年半。", []),
        ("It lasts three and a half years at most.", "最长42个月。", []),
    ],
)
def test_a_value_that_is_put_otherwise_is_not_missing(sentence: str, evidence: str, missing: list[str]) -> None:
    found = unfounded(Text(sentence), Grounds((Statement(evidence, 1),)), Text(""))
    assert [value.surface for value in found] == missing


def test_lengths_of_time_are_told_in_days() -> None:
    assert {*lengths(Text("two weeks"))["two"]} == {14}


@pytest.mark.parametrize(
    ("sentence", "evidence", "value", "holds"),
    [
        ("票价12元，加上行李费5元，合计17元。", "票价12元。行李费5元。", "17", True),
        ("两项合计17元。", "票价12元。行李费5元。", "17", True),
        ("票价是17元。", "票价12元。行李费5元。", "17", False),
        ("9点到11点开放两小时。", "开放时间9:00—11:00。", "两", True),
        ("For a 200-yuan ticket the fee is 18 yuan: 10 plus 4% of 200.", "手续费十元，另加票价的4%。", "18", True),
        ("For a 200-yuan ticket the fee is 31 yuan: 10 plus 4% of 200.", "手续费十元，另加票价的4%。", "31", False),
        ("从5月28日到6月3日，一共7天。", "五月廿八日起报名。", "7", True),
        ("从5月28日到6月3日，一共29天。", "五月廿八日起报名。", "29", False),
        ("The seven boats listed are all white.", "甲、乙、丙", "seven", True),
        ("Crews must earn 15 points.", "船员须修满20分。", "15", False),
        ("各项合计33元。", "甲票12元，乙票5元，丙票16元。", "33", True),
        ("各项合计60元。", "甲票12元，乙票5元，丙票16元。", "60", False),
        ("The seven years since were quiet.", "甲、乙、丙", "seven", False),
        ("每人最多2000元，是预算10000元的五分之一。", "预算一万元，每人最多二千元。", "五分之一", True),
        ("可以考三次，第四次要重新报名。", "可以考三次，超过三次要重新报名。", "四", True),
    ],
)
def test_what_a_sentence_works_out_is_told_from_what_it_makes_up(sentence: str, evidence: str, value: str, holds: bool) -> None:
    claim = Text(sentence)
    assert derived(next(found for found in claim.values if found.surface == value), claim, Text(evidence)) is holds
