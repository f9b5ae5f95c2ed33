"""The articles of statutes: sections of their own, whole in one passage, in both scripts and all ways of writing numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.corpus.structure.statutes import article_number
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
