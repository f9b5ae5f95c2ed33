"""Measures asked for as one speaks, put as articles write them."""

from __future__ import annotations

import pytest

from dgqa.question.measures import written_measures


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("渡船的锚有多重？", "渡船的锚的重量是多少？"),
        ("船板多厚", "船板的厚度是多少"),
        ("河面有多寬？", "河面的宽度是多少？"),
        ("古井到底有多深啊？", "古井的深度是多少啊？"),
        ("灯塔多高？", "灯塔的高度是多少？"),
        ("渡口离集市多远？", "渡口距集市多少公里？"),
        ("碼頭距離火車站大概有多遠", "碼頭距火車站多少公里"),
        ("摆渡人多大年纪了？", "摆渡人多少岁？"),
        ("渡船票多少钱一张？", "渡船票每张多少钱？"),
        ("龍井多少錢一公斤", "龍井每公斤多少钱"),
        ("渡口几号开航？", "渡口哪一天开航？"),
        ("他接任船长时多大了？", "他接任船长时多少岁？"),
    ],
)
def test_a_measure_is_asked_for_by_its_name(spoken: str, written: str) -> None:
    assert written_measures(spoken) == written


@pytest.mark.parametrize("question", ["覆盖率有多高？", "负担有多重？", "有多重身份的是谁？", "离目标还有多远？", "灯塔高多少米？", "多长时间修好？", "影响有多深？", "今天几号？", "渡口几月几号开航？", "几号窗口退票？", "去几号码头？", "多少钱一张票都买？", "How deep is the well?"])
def test_what_is_no_measure_of_a_thing_stays(question: str) -> None:
    assert written_measures(question) == question
