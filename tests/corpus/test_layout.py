"""Plain texts as they come: wrapped lines, broken bytes, fields, questions and answers, run-in headings, contents, inner lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.types import Document

WRAPPED = """松溪县图书馆年度报告

一、到馆人数
    松溪县图书馆全年开放三百一十二天，到馆读者共计48
76万人次，其中少年儿童读者占百分之三十七，比前一年提
高四个百分点。周末到馆人数约为平日的两倍，寒暑假期间
每天的到馆人数都在两千以上。

二、藏书
    馆藏图书七十二万册，全年新增三万一千册，新增图书中
由读者荐购的占两成
，外借最多的是文学类图书。
"""


def load(folder: Path, text: str | bytes, name: str) -> Document:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_document(folder / name)


def body(document: Document) -> str:
    return "\n".join(passage.text for passage in split_document(document) if passage.kind == "body")


def test_lines_wrapped_at_a_fixed_width_are_one_paragraph_and_cite_the_raw_lines(tmp_path: Path) -> None:
    document = load(tmp_path, WRAPPED, "报告.txt")
    assert [section.title for section in document.sections] == ["一、到馆人数", "二、藏书"]
    assert "到馆读者共计4876万人次，其中" in body(document)
    assert "占两成，外借最多" in body(document)
    sentence = next(s for passage in split_document(document) for s in passage.sentences if "4876" in s.text)
    assert "48\n76万人次" in document.raw[sentence.start : sentence.end]


def test_one_line_with_digits_that_is_longer_than_the_others_unwraps_nothing(tmp_path: Path) -> None:
    lines = ["旧渡口在城北五里的柳湾，始设于清道光", "二十九年，船工六户，都姓柳，轮流撑船。渡", "船长七米，可载客二十人，牲口两头。民国二", "十一年改为官渡，1932.10.5至1949.6.30收费，每人两文，", "学童免收，每逢集日加开两班。一九五八年大", "桥建成，渡口停用，石阶尚存，二零零三年修"]
    document = load(tmp_path, "旧渡口\n\n" + "\n".join(lines) + "\n复，供人游览。\n", "旧渡口.txt")
    assert not document.sections
    assert "清道光二十九年" in body(document) and "修复，供人游览" in body(document)


def test_lines_that_begin_with_a_sign_of_their_own_are_not_joined(tmp_path: Path) -> None:
    page = "<h1>灯会</h1><p>✅ 猜灯谜：正月十三至十五，每晚七点，猜中者可得纸灯一盏、糖果一包、书签两枚</p><p>✅ 放河灯：正月十五晚八点，柳渡北岸</p>"
    assert body(load(tmp_path, page, "灯会.html")).split("\n")[1] == "✅ 放河灯：正月十五晚八点，柳渡北岸"


def test_lines_of_a_list_that_happen_to_be_equally_long_are_not_joined(tmp_path: Path) -> None:
    text = "值班安排\n\n" + "\n".join(f"周{day}：东门由{name}值守，西门由保安公司派人值守" for day, name in zip("一二三四", ("甲组", "乙组", "丙组", "丁组"), strict=True))
    assert body(load(tmp_path, text, "值班.txt")).count("\n") == 3


def test_english_lines_are_joined_with_a_space(tmp_path: Path) -> None:
    text = "Annual report\n\nThe library was open on three hundred and\ntwelve days and lent more than ninety thou-\nsand books, which is a third more than in\nthe year before it.\n"
    assert "three hundred and twelve days" in body(load(tmp_path, text, "report.txt"))


@pytest.mark.parametrize(("text", "encoding"), [("松溪县图书馆的开放时间是早上九点。" * 4, "utf-8"), ("松溪县图书馆的开放时间是早上九点。" * 40, "gb18030")])
def test_a_file_that_is_cut_inside_a_character_is_read_and_the_byte_reported(tmp_path: Path, text: str, encoding: str) -> None:
    document = load(tmp_path, (text + "完").encode(encoding)[:-1], "通知.txt")
    assert "早上九点。" in document.text
    assert [(defect.kind, defect.end) for defect in document.defects if defect.kind == "bad_byte"] == [("bad_byte", len(document.raw))]


def test_fields_and_lists_of_names_are_text_and_no_headings(tmp_path: Path) -> None:
    text = "读书会章程\n\n读书会每月聚会一次，由成员轮流主持，地点在县图书馆二楼的会议室。\n\n召集人：林若溪\n副召集人：江一舟\n\n聚会的书目由成员投票决定，每次不超过两本，书由图书馆提供。\n\n林若溪 江一舟\n\n本章程由全体成员通过。"
    document = load(tmp_path, text, "章程.txt")
    assert not document.sections
    assert "召集人：林若溪\n副召集人：江一舟" in body(document)


def test_a_line_in_a_markdown_text_with_headings_is_no_heading_without_a_mark(tmp_path: Path) -> None:
    document = load(tmp_path, "# 接口说明\n\n限额如下：\n\n```\n每分钟的次数上限：六百次\n```\n\n超过的请求会被拒绝。\n", "接口.md")
    assert not document.sections
    assert "每分钟的次数上限：六百次" in body(document)
    assert "```" not in document.text


def test_a_question_heads_its_answer(tmp_path: Path) -> None:
    document = load(tmp_path, "借阅问答\n\n问：借书证怎么办理？\n答：带身份证到一楼服务台办理，当场领取。\n\n问：一次能借几本？\n答：成人十本，少儿六本。\n", "问答.txt")
    assert [section.title for section in document.sections] == ["问：借书证怎么办理？", "问：一次能借几本？"]
    assert "几本？" not in body(document)
    plain = "借阅问答\n\n借书证怎么办理？\n带身份证到一楼服务台办理。\n\n一次能借几本？\n成人十本，少儿六本。\n\n逾期了怎么办？\n每天每本交一角钱。\n"
    assert len(load(tmp_path, plain, "问答二.txt").sections) == 3


def test_questions_and_answers_within_a_section_of_markdown_stay_together(tmp_path: Path) -> None:
    text = """# 冰场指南

## 票务

问：票能退吗？
答：开场前可以退。

**问** 学生有没有优惠

**答** 学生半价，要带证件。

**Q: 带孩子收费吗？** A: 六岁以下免费。

1. 问：能买月票吗？
   答：能，三百元一张。

## 场地

问：几点浇冰？答：每天清晨五点。问：冰鞋在哪里租？答：入口左边。

这里的冰面全年开放，一问一答：由前台负责。
"""
    passages = [passage for passage in split_document(load(tmp_path, text, "冰场.md")) if passage.kind == "body"]
    assert [(passage.section, passage.text) for passage in passages[:6]] == [
        ("票务 › 问：票能退吗？", "答：开场前可以退。"),
        ("票务 › 问 学生有没有优惠", "答 学生半价，要带证件。"),
        ("票务 › Q: 带孩子收费吗？", "A: 六岁以下免费。"),
        ("票务 › 1. 问：能买月票吗？", "答：能，三百元一张。"),
        ("场地 › 问：几点浇冰？", "答：每天清晨五点。"),
        ("场地 › 问：冰鞋在哪里租？", passages[5].text),
    ]
    assert "一问一答：由前台负责" in passages[-1].text


def test_a_run_in_heading_opens_a_section_and_never_ends_a_passage(tmp_path: Path) -> None:
    text = "关于做好冬季开放工作的通知\n\n各分馆：\n一、延长开放时间。周五和周六开放到晚上九点，其余各天不变。\n二、做好供暖。阅览室的温度不低于十八摄氏度，由各分馆负责。\n三、加强值守。晚上至少有两人值守，并做好登记。\n"
    passages = [passage for passage in split_document(load(tmp_path, text, "通知.txt")) if passage.section]
    assert [passage.section for passage in passages] == ["一、延长开放时间", "二、做好供暖", "三、加强值守"]
    assert all(not passage.text.endswith("供暖。") and len(passage.sentences) == 2 for passage in passages)


def test_a_numbered_line_with_a_stop_above_text_is_a_heading(tmp_path: Path) -> None:
    text = "阅读推广方案\n\n（一）办好读书会。\n读书会每月一次，由县图书馆组织，各乡镇派人参加。\n（二）送书下乡。\n流动书车每周到四个乡镇，每次停留半天。\n"
    assert [section.title for section in load(tmp_path, text, "方案.txt").sections] == ["（一）办好读书会", "（二）送书下乡"]


def test_a_page_of_contents_is_in_no_passage(tmp_path: Path) -> None:
    entries = ["一、总体情况", "二、馆舍建设", "三、经费使用"]
    contents = "目录\n" + "\n".join(f"{entry}…………{page}" for page, entry in enumerate(entries, 1))
    text = "年报\n\n" + contents + "\n\n" + "\n\n".join(f"{entry}\n\n这一部分讲的是去年的工作，内容由办公室整理。" for entry in entries)
    document = load(tmp_path, text, "年报.txt")
    assert [section.title for section in document.sections] == entries
    assert "…" not in body(document)


def test_a_sentence_that_only_names_the_parts_of_a_text_is_about_the_text(tmp_path: Path) -> None:
    parts = ["馆舍建设的历程", "藏书的来源", "读者的变化"]
    text = "# 松溪县图书馆史\n\n本书记载图书馆的百年。全书分为三个部分：馆舍建设的历程、藏书的来源、读者的变化。资料来自县档案馆。\n\n"
    text += "\n\n".join(f"## {part}\n\n这里讲的是历史，材料都有出处，读者可以查对。" for part in parts)
    passages = split_document(load(tmp_path, text, "馆史.md"))
    assert "三个部分" in passages[0].text
    assert passages[0].kind == "meta"
    assert all("三个部分" not in passage.text for passage in passages[1:])
    assert passages[1].text == "本书记载图书馆的百年。资料来自县档案馆。"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("分馆.md", "# 分馆\n\n- 城区\n  - 东城\n    - 座位：八十个\n  - 西城\n- 乡镇\n"),
        ("分馆.html", "<h1>分馆</h1><ul><li>城区<ul><li>东城<ul><li>座位：八十个</li></ul></li><li>西城</li></ul></li><li>乡镇</li></ul>"),
    ],
)
def test_an_item_of_an_inner_list_reads_with_those_that_it_stands_under(tmp_path: Path, name: str, text: str) -> None:
    document = load(tmp_path, text, name)
    assert "城区 › 东城 › 座位：八十个" in body(document)
    sentence = next(s for passage in split_document(document) for s in passage.sentences if "座位" in s.text)
    assert [document.raw[slice(*span)].strip() for span in sentence.spans] == ["城区", "东城", "座位：八十个"]
    assert not document.defects


def test_a_table_drawn_with_characters_is_read_row_by_row(tmp_path: Path) -> None:
    text = "座位标准\n\n各馆的座位如下：\n┌────┬────────┐\n│馆  │座位            │\n├────┼────────┤\n│东馆│至少八十个，另设│\n│    │轮椅位两个      │\n├────┼────────┤\n│西馆│四十个          │\n└────┴────────┘\n以上自明年起执行。\n"
    document = load(tmp_path, text, "标准.txt")
    assert "馆：东馆；座位：至少八十个，另设轮椅位两个\n馆：西馆；座位：四十个" in body(document)
    assert not document.defects


def test_powers_and_markup_inside_a_paragraph_of_markdown_read_as_they_are_shown(tmp_path: Path) -> None:
    text = "# 渡口水文\n\n石渡年流量为3.5×10<sup>4</sup>立方米，CO<sub>2</sub><b>偏低</b>。<span class=\"x\">水清</span>，a<b 且 c>d。\n\n| 渡口 | 备注 |\n| --- | --- |\n| 柳渡 | 甲<br>乙 |\n"
    document = load(tmp_path, text, "a.md")
    said = "\n".join(sentence.text for passage in split_document(document) for sentence in passage.sentences)
    assert "3.5×10⁴立方米，CO₂偏低" in said and "水清，a<b 且 c>d" in said and "甲 乙" in said
