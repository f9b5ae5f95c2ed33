"""What official papers and laws say about themselves: title, number, body, dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.corpus.structure.dates import date_in_name, iso_date
from dgqa.corpus.structure.official import document_number, issuing_body
from dgqa.types import Document

LETTER = """松溪县人民政府办公室关于做好
防汛工作的通知
松政办发〔2021〕7号

各乡镇人民政府：
　　入汛以来雨水偏多，现就做好防汛工作通知如下，请认真落实。
　　一、加强值守。各乡镇每天安排两人值守，遇有险情立即报告。
　　二、备足物资。沙袋不少于五千只，由县应急管理局统一调配。

附件：1.值守安排表
2.物资清单

松溪县人民政府办公室
二〇二一年五月十二日
（此件公开发布）
"""


def load(folder: Path, text: str, name: str = "文件.txt") -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    return load_document(folder / name)


def test_a_letter_has_its_number_its_body_and_the_date_of_its_signature(tmp_path: Path) -> None:
    document = load(tmp_path, "<h1>松溪县人民政府办公室关于做好防汛工作的通知</h1>" + "".join(f"<p>{line}</p>" for line in LETTER.splitlines() if line), "文件.html")
    assert document.title == "松溪县人民政府办公室关于做好防汛工作的通知"
    assert (document.number, document.issuer, document.date) == ("松政办发〔2021〕7号", "松溪县人民政府办公室", "2021-05-12")
    passages = split_document(document)
    assert "松政办发〔2021〕7号" in passages[0].text
    assert [section.title for section in document.sections] == ["一、加强值守", "二、备足物资"]
    assert all("公开发布" not in passage.text and "二〇二一" not in passage.text for passage in passages if passage.kind == "body")


def test_the_table_at_the_head_of_a_page_says_what_the_page_is(tmp_path: Path) -> None:
    page = """<h1>防汛通知</h1><table><tr><td>索 引 号：</td><td>00512/2021-9</td><td>主题分类：</td><td>水利</td></tr>
    <tr><td>发文机关：</td><td>松溪县水务局</td><td>成文日期：</td><td>2021年05月12日</td></tr>
    <tr><td>发文字号：</td><td>松水发〔2021〕3号</td><td>发布日期：</td><td>2021年05月20日</td></tr></table><p>各乡镇要做好防汛工作，遇有险情立即报告县水务局。</p>"""
    document = load(tmp_path, page, "a.html")
    assert (document.number, document.issuer, document.date) == ("松水发〔2021〕3号", "松溪县水务局", "2021-05-12")
    assert "发文机关：松溪县水务局" in split_document(document)[0].text


@pytest.mark.parametrize(
    ("history", "date"),
    [
        ("2003年3月5日 县人民代表大会常务委员会通过\n\n2015年6月7日 县人民代表大会常务委员会《关于修改〈若干条例〉的决定》第一次修正\n\n2015年9月1日 施行", "2015-06-07"),
        ("（2003年3月5日通过　根据2018年1月2日《关于修改〈松溪县养犬条例〉的决定》修正）", "2018-01-02"),
    ],
)
def test_a_law_has_the_date_of_its_last_revision_and_no_verb_for_an_author(tmp_path: Path, history: str, date: str) -> None:
    articles = "\n\n".join(f"第{number}条 养犬人应当遵守本条例的规定，做到文明养犬。" for number in "一二三四")
    document = load(tmp_path, f"松溪县养犬条例\n\n{history}\n\n{articles}")
    assert (document.date, document.author) == (date, "")
    assert "通过" in split_document(document)[0].text


def test_a_law_has_the_date_of_the_decree_that_makes_it_public(tmp_path: Path) -> None:
    lines = (
        "松溪县人民政府令",
        "第12号",
        "《松溪县渡口条例》已经2019年4月2日县人民政府第8次常务会议修订通过，现予公布，自2019年7月1日起施行。",
        "县长　　江一舟",
        "2019年5月6日",
        "松溪县渡口条例",
        "（2001年1月3日松溪县人民政府令第2号发布　2019年4月2日县人民政府第8次常务会议修订通过）",
        "第一条　为了管好渡口，制定本条例。",
        "第二条　渡口由乡镇人民政府管理。",
        "第三条　本条例自2019年7月1日起施行。",
    )
    document = load(tmp_path, "<h1>松溪县渡口条例</h1>" + "".join(f"<p>{line}</p>" for line in lines), "条例.html")
    assert (document.title, document.date) == ("松溪县渡口条例", "2019-05-06")


def test_a_law_of_taiwan_has_its_name_and_its_date(tmp_path: Path) -> None:
    document = load(tmp_path, "法規名稱：松溪縣公園使用辦法\n修正日期：民國 112 年 06 月 28 日\n法規類別：行政＞松溪縣\n第 1 條\n甲。\n第 2 條\n乙。\n第 3 條\n丙。\n")
    assert (document.title, document.date) == ("松溪縣公園使用辦法", "2023-06-28")


@pytest.mark.parametrize(
    ("text", "date"),
    [("民國112年12月28日", "2023-12-28"), ("中華民國一百零九年三月五日", "2020-03-05"), ("民國一〇二年三月五日", "2013-03-05"), ("二〇二三年六月八日", "2023-06-08"), ("二○一九年十二月三十一日", "2019-12-31"), ("2023.6", "2023-06"), ("2023-06-08T10:00", "2023-06-08"), ("没有日期", "")],
)
def test_a_date_is_read_in_every_way_of_writing_it(text: str, date: str) -> None:
    assert iso_date(text) == date


@pytest.mark.parametrize(("name", "date"), [("2022-03-05-停水通告", "2022-03-05"), ("20220305停水通告", "2022-03-05"), ("停水通告2022年3月5日", "2022-03-05"), ("停水通告", ""), ("12022030512", "")])
def test_the_name_of_a_file_may_hold_its_date(name: str, date: str) -> None:
    assert date_in_name(name) == date


@pytest.mark.parametrize("number", ["松政办发〔2021〕7号", "松政办发[2021]7号", "松政办发【2021】7号", "松政办发（2021）7号", "松政办发〔2021〕第7号"])
def test_a_number_is_the_same_in_all_brackets(number: str) -> None:
    assert document_number(f"见{number}".removeprefix("见")) == "松政办发〔2021〕7号"


def test_a_title_says_which_body_a_paper_is_from() -> None:
    assert issuing_body("松溪县人民政府办公室关于做好防汛工作的通知") == "松溪县人民政府办公室"
    assert issuing_body("松溪县人民政府办公室转发县水务局关于防汛工作意见的通知") == "松溪县人民政府办公室"
    assert issuing_body("关于防汛工作的思考") == ""


def test_who_wrote_a_paper_stands_behind_where_they_work(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("柳林镇水井普查简报\n柳林镇水利局　陶润生　2021年4月9日\n\n全镇共有水井四百零二口，其中三成建于三十年以前，今年全部加装了井盖。\n", encoding="utf-8")
    document = load_document(file)
    assert (document.author, document.date) == ("陶润生", "2021-04-09")


def test_names_below_a_label_are_items_and_no_headings(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("柳林镇水井普查分工\n\n全镇共有水井四百零二口，今年全部加装了井盖。\n\n组长：陶润生\n副组长：\n　　卜远舟\n　　陶小满\n联系电话：2231\n", encoding="utf-8")
    document = load_document(file)
    assert [block.kind for block in document.blocks if document.text[slice(*block.spans[0])] in ("卜远舟", "陶小满")] == ["list_item"] * 2
    assert all("卜远舟" not in passage.section for passage in split_document(document))
