"""Lines with a number or without a stop that head nothing are items of a list, whose text is searched and quoted."""

from __future__ import annotations

import pytest

from dgqa.corpus.files import document_from_text
from dgqa.corpus.passages import split_document

LIST = """社区泳池入场须知

一、请自备用品

1.泳具：泳帽、泳镜、毛巾
2.证件：健康证、身份证
3.饮水：瓶装水一瓶

以上物品请写上姓名，遗失不负责任。

二、开放时间

每天早上六点到晚上九点开放。
"""
FIELDS = """<h1>奖学金问答</h1>
<p><b>问：谁可以申请？</b></p>
<p>申请人需符合下列条件</p>
<p>1、学籍：本校在读的全日制学生</p>
<p>2、成绩：上学期平均成绩七十五分以上</p>
<p>3、家庭收入：</p>
<p>本科生全家一年的收入应当在八万元以下</p>
<p>研究生全家一年的收入应当在六万元以下</p>
<p>说明：</p>
<p>收入以税务机关的证明为准。</p>
"""
HEADINGS = """城市小巷改造的三种做法

（一）东街模式：整体推进

东街由区里统一出资，三年改完。

（二）西街模式：住户自建

西街由住户出资，政府补贴三成。

（三）南街模式：企业代建

南街交给一家公司，收十年停车费。
"""
CONTENTS = """小区手册

1. 供水服务
2. 供电服务
3. 垃圾分类

1. 供水服务

停水会提前一天通知。

2. 供电服务

停电会提前两天通知。

3. 垃圾分类

每天两次收集。
"""


def titles(raw: str, name: str) -> list[str]:
    return [section.title for section in document_from_text(raw, path=name).sections]


def searched(raw: str, name: str) -> str:
    return "\n".join(passage.text for passage in split_document(document_from_text(raw, path=name)))


def test_a_list_between_headings_is_no_headings() -> None:
    assert titles(LIST, "a.txt") == ["一、请自备用品", "二、开放时间"]
    assert all(said in searched(LIST, "a.txt") for said in ("泳帽、泳镜、毛巾", "健康证", "瓶装水一瓶"))


def test_conditions_with_labels_and_what_a_label_announces_are_text() -> None:
    text = searched(FIELDS, "b.html")
    assert all(said in text for said in ("七十五分以上", "全日制学生", "八万元以下", "六万元以下"))


def test_headings_with_a_label_keep_what_stands_under_them() -> None:
    assert titles(HEADINGS, "c.txt") == ["（一）东街模式：整体推进", "（二）西街模式：住户自建", "（三）南街模式：企业代建"]


def test_a_page_of_contents_is_no_list() -> None:
    assert titles(CONTENTS, "d.txt")[-3:] == ["1. 供水服务", "2. 供电服务", "3. 垃圾分类"]


@pytest.mark.parametrize("name", ["住房", "户型"])
def test_a_column_name_may_have_a_long_remark_in_brackets(name: str) -> None:
    raw = f"<h1>收费表</h1><table><tr><td>{name}</td><td>月费（含水费、电费、洗衣费、三餐伙食费和活动费）</td></tr><tr><td>四人间</td><td>2600元</td></tr><tr><td>双人间</td><td>3200元</td></tr></table>"
    assert f"{name}：双人间；月费（含水费、电费、洗衣费、三餐伙食费和活动费）：3200元" in searched(raw, "e.html")


def test_a_row_below_another_row_is_no_row_of_column_names() -> None:
    long = "这一格写了一句很长很长的话，说明这张表里每一行都是什么意思以及怎样读"
    raw = f"<table><tr><td>{long}</td><td>{long}</td></tr><tr><td>甲</td><td>10元</td></tr><tr><td>乙</td><td>20元</td></tr></table><p>以上价格含税。</p>"
    assert "甲：" not in searched(raw, "f.html")
