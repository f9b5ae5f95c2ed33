"""Titles that are set in several centred lines are one title, in texts and in Word files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from office_files import paragraph, word

BODY = "柳林镇图书馆去年换了借阅系统，读者可以在家里续借，也可以预约座位，到馆人数比前一年多了一成。"
WHOLE = [
    (("柳林镇图书馆服务体系建设的实践", "及其对邻近乡镇的借鉴"), 2),
    (("关于柳林镇乡村阅览室开放时间调整的", "通知"), 2),
    (("柳林镇乡村阅览室与学校图书室共建共享", "机制的形成与完善路径", "及若干问题"), 3),
    (("柳林镇图书馆年度报告", "松溪县图书馆"), 1),
    (("柳林镇乡村阅览室建设经验研究", "阅览室里的读者们"), 1),
    (("柳林镇乡村阅览室二十年发展历程", "——以东村阅览室为例"), 1),
    (("柳林镇乡村阅览室二十年发展历程", "陶润生"), 1),
    (("柳林镇乡村阅览室二十年发展历程", "2021年4月"), 1),
]


def centred(line: str) -> str:
    return " " * ((80 - 2 * len(line)) // 2) + line


@pytest.mark.parametrize(("lines", "count"), WHOLE)
def test_the_title_of_a_text_is_all_its_centred_lines_and_nothing_else(tmp_path: Path, lines: tuple[str, ...], count: int) -> None:
    file = tmp_path / "a.txt"
    file.write_text("\n".join(map(centred, lines)) + f"\n\n    {BODY}\n\n    {BODY}\n", encoding="utf-8")
    document = load_document(file)
    assert document.title == "".join(lines[:count])
    assert all(document.raw[slice(*document.offsets.raw_span(at, at + 1))] == char for at, char in enumerate(document.text) if char.isalnum())


@pytest.mark.parametrize(("lines", "count"), WHOLE)
@pytest.mark.parametrize("properties", ['<w:jc w:val="center"/>', '<w:pStyle w:val="Title"/>', '<w:pStyle w:val="Middle"/>'])
def test_the_title_of_a_word_file_is_all_its_centred_paragraphs_and_nothing_else(tmp_path: Path, lines: tuple[str, ...], count: int, properties: str) -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/>{more}</w:style>' for name, more in (("Title", ""), ("Middle", '<w:pPr><w:jc w:val="center"/></w:pPr>'))
    )
    file = tmp_path / "a.docx"
    file.write_bytes(word("".join(paragraph(line, properties) for line in lines) + paragraph(BODY), parts={"styles": styles}))
    assert load_document(file).title == "".join(lines[:count])


def test_lines_that_start_at_the_margin_or_stand_apart_are_no_one_title(tmp_path: Path) -> None:
    for name, head in (("a.txt", "柳林镇图书馆服务体系建设的实践\n东村阅览室的开放"), ("b.txt", centred("柳林镇图书馆服务体系建设的实践") + "\n\n" + centred("东村阅览室的开放"))):
        (tmp_path / name).write_text(f"{head}\n\n{BODY}\n", encoding="utf-8")
        assert load_document(tmp_path / name).title == "柳林镇图书馆服务体系建设的实践"


ANNEXED = """<p>松溪县人民政府关于印发渡口管理两个规定的通知</p><p>松政发〔2020〕4号</p>
<p>各乡镇人民政府：</p><p>现将两个规定印发给你们，请认真执行。</p><p>松溪县人民政府</p><p>2020年3月2日</p>
<p>关于渡口船只登记和</p><p>停泊收费的规定</p><p>（交通局　2020年1月9日）</p><p>一、登记</p><p>船只应当在开航以前登记。</p><p>二、收费</p><p>停泊每天收费五元。</p>
<p>渡口安全检查的规定</p><p>一、检查</p><p>检查每月进行一次。</p>
<p>附件1</p><p>松溪县柳渡村渡口安全检查</p><p>情况的报告</p><p>检查的渡口都合格。</p><p>松溪县柳渡村</p><p>渡口安全调查组</p><p>二〇二〇年二月三日</p>"""


def test_what_a_letter_sends_along_stands_under_its_own_title_however_many_lines_that_has(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(ANNEXED, encoding="utf-8")
    document = load_document(file)
    assert [section.path for section in document.sections] == [
        (first := "关于渡口船只登记和停泊收费的规定",),
        (first, "一、登记"),
        (first, "二、收费"),
        (second := "渡口安全检查的规定",),
        (second, "一、检查"),
        ("附件1 松溪县柳渡村渡口安全检查情况的报告",),
    ]
    assert document.date == "2020-03-02"
    signed = [document.text[block.spans[0][0] : block.spans[-1][1]] for block in document.blocks[-3:]]
    assert [block.kind for block in document.blocks[-3:]] == ["meta"] * 3, signed


def test_two_headings_that_are_whole_stay_two(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(f"松溪县渡口\n\n{BODY}\n\n渡口的建设情况\n柳渡的情况\n{BODY}\n\n船只\n\n{BODY}\n", encoding="utf-8")
    assert [section.title for section in load_document(file).sections] == ["渡口的建设情况", "柳渡的情况", "船只"]


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>松溪县渡口管理的通知_通知公告_松溪县政府网</title>", "松溪县渡口管理的通知"),
        ("<title>松溪县渡口管理的通知 - 松溪县人民政府</title>", "松溪县渡口管理的通知"),
        ("<title>渡口三问 | 东湖观察</title><meta property='og:site_name' content='东湖观察'>", "渡口三问"),
        ("<title>东湖观察 - 渡口三问</title><meta property='og:site_name' content='东湖观察'>", "渡口三问"),
        ("<title>渡口三问——要闻——东湖</title><meta property='og:title' content='渡口三问'>", "渡口三问"),
        ("<title>渡口管理——以松溪县为例</title>", "渡口管理——以松溪县为例"),
        ("<title>2018-2035年渡口规划</title>", "2018-2035年渡口规划"),
        ("<title>摆渡的人——兼谈河网</title>", "摆渡的人——兼谈河网"),
    ],
)
def test_the_title_of_a_page_is_without_the_name_of_its_site(tmp_path: Path, head: str, title: str) -> None:
    file = tmp_path / "a.html"
    file.write_text(f"<html><head>{head}</head><body><p>{BODY}</p></body></html>", encoding="utf-8")
    assert load_document(file).title == title


@pytest.mark.parametrize(
    ("title", "top", "called"),
    [
        ("借阅须知_柳林镇图书馆", "柳林镇图书馆借阅须知", "柳林镇图书馆借阅须知"),
        ("柳林鎮公所", "柳林鎮老人送餐實施要點", "柳林鎮老人送餐實施要點"),
        ("柳林镇人民政府", "通知公告", "柳林镇人民政府"),
        ("柳林镇图书馆的读者调查", "调查", "柳林镇图书馆的读者调查"),
    ],
)
def test_a_page_is_called_by_its_only_heading_where_its_title_says_less(tmp_path: Path, title: str, top: str, called: str) -> None:
    file = tmp_path / "a.html"
    file.write_text(f"<html><head><title>{title}</title></head><body><h1>{top}</h1><p>{BODY}</p><p>{BODY}</p></body></html>", encoding="utf-8")
    assert load_document(file).title == called
