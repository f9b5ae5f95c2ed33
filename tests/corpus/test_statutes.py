"""The articles of statutes: sections of their own, whole in one passage, in both scripts and all ways of writing numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.corpus.structure.statutes import article_number, is_bare_number
from dgqa.index.texts import heading_of
from dgqa.types import Document, Passage

MAINLAND = """青松市养犬管理办法

2019年3月5日 青松市人民政府令第8号公布

第一章 总则

第一条 为了规范养犬行为，制定本办法。

第二条 本办法所称犬只，是指家庭饲养的犬。

第二章 登记

第三条 养犬人申请登记，应当提交下列材料：

（一）身份证明；

（二）犬只免疫证明；

（三）住所证明。

材料不齐全的，登记机关应当一次告知。

第四条 违反本办法第三条规定的，处二百元罚款。

第四条之一 遗失登记证的，可以补办。

第五条 本办法自2019年5月1日起施行。
"""

TAIWAN = """法規名稱：青松市公園使用辦法
修正日期：民國 108 年 03 月 05 日
   第 一 章 總 則
第 1 條
本辦法依公園法第九條規定訂定之。
第 2 條
公園內不得有下列行為：
一、烤肉。
二、燃放爆竹：
（一）高空煙火。
（二）地面煙火。
第 2-1 條
前條第二款之許可，由市政府定之。
   第 二 章 附 則
第 3 條
本辦法自發布日施行。
"""


def load(folder: Path, text: str, name: str = "办法.txt") -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    return load_document(folder / name)


def articles(document: Document) -> dict[str, Passage]:
    return {passage.section.split(" › ")[-1]: passage for passage in split_document(document) if passage.kind == "body"}


def test_every_article_is_a_section_under_its_chapter_and_one_passage_with_its_number(tmp_path: Path) -> None:
    found = articles(load(tmp_path, MAINLAND))
    assert list(found) == ["第一条", "第二条", "第三条", "第四条", "第四条之一", "第五条"]
    assert found["第三条"].section == "第二章 登记 › 第三条"
    assert found["第三条"].text.startswith("第三条 养犬人申请登记")
    assert found["第三条"].text.endswith("应当一次告知。")
    assert "（二）犬只免疫证明" in found["第三条"].text


def test_an_article_whose_number_stands_on_a_line_of_its_own_is_read_with_it(tmp_path: Path) -> None:
    document = load(tmp_path, TAIWAN)
    found = articles(document)
    assert list(found) == ["第1條", "第2條", "第2-1條", "第3條"]
    assert found["第2條"].section == "第一章 總則 › 第2條"
    first = found["第2條"].sentences[0]
    assert first.text == "第 2 條 公園內不得有下列行為："
    assert document.raw[first.start : first.end] == "第 2 條\n公園內不得有下列行為："
    assert found["第2條"].text.splitlines()[-1] == "（二）地面煙火。"


def test_a_mention_of_an_article_at_the_start_of_a_line_opens_none(tmp_path: Path) -> None:
    text = MAINLAND.replace("材料不齐全的", "第二条规定的犬只除外，材料不齐全的")
    assert list(articles(load(tmp_path, text))) == ["第一条", "第二条", "第三条", "第四条", "第四条之一", "第五条"]


def test_articles_marked_up_in_html_and_markdown_are_the_same_units(tmp_path: Path) -> None:
    lines = [line for line in MAINLAND.splitlines() if line]
    html = "<h1>" + lines[0] + "</h1>" + "".join(f"<p><b>{line[:3]}</b>{line[3:]}</p>" for line in lines[1:])
    markdown = "# " + "\n\n".join(f"## {line}" if line.startswith(("第一章", "第二章")) else line for line in lines)
    for name, text in (("办法.html", html), ("办法.md", markdown)):
        found = articles(load(tmp_path, text, name))
        assert list(found) == ["第一条", "第二条", "第三条", "第四条", "第四条之一", "第五条"], name
        assert found["第四条"].section == "第二章 登记 › 第四条", name


def test_a_long_article_is_cut_between_paragraphs_and_no_item_leaves_its_lead(tmp_path: Path) -> None:
    filler = "登记机关应当自受理之日起十个工作日内作出决定，并将决定告知申请人。" * 12
    items = "\n".join(f"（{mark}）{'办理登记所需的材料之一，须为原件。' * 8}" for mark in "一二三")
    text = MAINLAND.replace("第四条 违反", f"{filler}\n\n申请人还应当承诺下列事项：\n{items}\n\n第四条 违反")
    passages = [passage for passage in split_document(load(tmp_path, text)) if passage.section.endswith("第三条")]
    assert len(passages) > 1
    for passage in passages:
        items_in = [line for line in passage.text.splitlines() if line.startswith("（")]
        assert not items_in or "：" in passage.text.split("（一）")[0]


def test_a_text_that_only_mentions_articles_is_no_statute(tmp_path: Path) -> None:
    text = "读《养犬办法》\n\n第三条规定了登记。这一条很要紧，因为它说明了要带什么材料。\n\n第五条规定了日期。它没有别的内容，读者可以略过不看。\n\n第九条并不存在。"
    assert not load(tmp_path, text).sections


@pytest.mark.parametrize(
    ("label", "number"),
    [("第十二条", (12, 0)), ("第一百零二条之一", (102, 1)), ("第 12-1 條", (12, 1)), ("第 5 條", (5, 0)), ("第二十條", (20, 0)), ("第一二〇条", (120, 0)), ("第三章", (0, 0))],
)
def test_the_number_of_an_article_is_read_in_every_way_of_writing_it(label: str, number: tuple[int, int]) -> None:
    assert article_number(label) == number


def test_what_a_sentence_is_embedded_under_says_what_it_is_about() -> None:
    assert heading_of("第二章 登记 › 第三条") == "第二章 登记"
    assert heading_of("第二章 登记 › 第三条【材料】") == "第三条【材料】"
    assert heading_of("第三条") == ""


REVIEW = """乡村图书馆建设研究述评

研究者归纳出几条做法，彼此差别不小。

{one}

县图书馆在各村设立分馆，图书由总馆统一采购。

{two}

村里的学校开放阅览室，周末由教师值班。

{three}

企业捐赠图书和书架，村委会负责日常管理。
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("第一条路径是总馆带分馆，由县财政承担费用。", "第二条路径是学校开放，由教育部门承担费用。", "第三条路径是社会捐助，由企业承担费用。"),
        ("第一条道路：总分馆", "第二条道路：学校开放", "第三条道路：社会捐助"),
        ("第一条主要经验在于总馆统一采购，各村不再自己买书。", "第二条主要经验在于学校开放，不再另建房屋。", "第三条主要经验在于社会参与，不再全靠财政。"),
        ("第一条是总馆带分馆，由县财政承担费用。", "第二条则是学校开放，由教育部门承担费用。", "第三条在于社会捐助，由企业承担费用。"),
        ("第一条 总馆带分馆，这是老办法。", "第一条 学校开放，这是新办法。", "第一条 社会捐助，这是补充办法。"),
    ],
)
def test_what_is_counted_in_a_review_is_no_article_of_a_law(tmp_path: Path, lines: tuple[str, str, str]) -> None:
    found = load(tmp_path, REVIEW.format(one=lines[0], two=lines[1], three=lines[2]), "述评.txt")
    assert not [section.title for section in found.sections if is_bare_number(section.title)]


def test_an_article_without_a_space_may_begin_with_what_could_be_counted(tmp_path: Path) -> None:
    text = "青松市道路养护办法\n\n" + "\n\n".join(
        ["第一条为了养护道路，制定本办法。", "第二条本市城区的道路适用本办法。", "第三条道路由市政部门养护。", "第四条施工单位应当恢复路面。", "第五条本办法自公布之日起施行。"]
    )
    assert list(articles(load(tmp_path, text))) == ["第一条", "第二条", "第三条", "第四条", "第五条"]
