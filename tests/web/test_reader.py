"""The articles without a browser: the list, the text with its marks, the parts of a long one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from dgqa.web.page.marks import PART, blocks, cut, extras, parts, without_around
from dgqa.web.page.reader import Shelf
from elements import Elements
from office_files import pdf
from scripted import ABOUT, ATTACK, RAW, TARGET, TORN, ScriptedIndex, document

TAGS = {"article", "header", "h2", "h3", "h4", "h5", "h6", "p", "span", "label", "input", "div", "details", "summary", "nav", "ol", "li", "a", "mark", "code", "br"}


class Long:
    """One article of half a million characters in two sections."""

    text = "第一章\n" + "数字政府。\n" * 50_000 + "第二章\n" + "完。\n" * 50_000

    def documents(self) -> list[dict[str, Any]]:
        second = self.text.index("第二章")
        sections = [{"title": "第一章", "level": 1, "start": 0, "end": second}, {"title": "第二章", "level": 1, "start": second, "end": len(self.text)}]
        return [document("long", self.text, ("long.txt", "长文", "", ""), sections=sections)]

    def raw(self, doc_id: str) -> str:
        return self.text

    def page(self, doc_id: str, start: int) -> str:
        return ""


def shelf() -> Shelf:
    index = ScriptedIndex()
    return Shelf(lambda: index)


def cited(html: str) -> str:
    return "".join(re.findall(r'<mark class="dgqa-cited"[^>]*>(.*?)</mark>', html, re.DOTALL))


def test_the_list_tells_title_date_script_length_and_defects() -> None:
    text = Elements(shelf().catalogue("Hans")).text
    assert "4 篇" in text
    assert f"数字政府规划—2022简体{len(RAW['plan'])}—" in text
    assert f"損壞的文章李四2020-01-02繁体{len(TORN)}1" in text  # an advert is no damage


def test_articles_are_found_by_any_word_in_either_script() -> None:
    for query in ("损坏 李四", "損壞", "2020-01"):
        assert shelf().catalogue("Hans", query).count("<tr>") == 2  # with the row of headings
    assert "没有符合" in shelf().catalogue("Hans", "损坏 张三")


def test_a_long_list_is_shown_bit_by_bit() -> None:
    assert 'class="dgqa-more" value="52"' in shelf().catalogue("Latn", count=2)
    assert "dgqa-more" not in shelf().catalogue("Latn", count=4)


def test_the_cited_span_is_marked_exactly() -> None:
    start = RAW["plan"].index(TARGET)
    title, html = shelf().article("plan", start, start + len(TARGET), "Hans")
    assert title == f"{ABOUT['plan'][1]} · 第 3 页"
    assert cited(html) == TARGET
    assert html.count('id="dgqa-cited"') == 1


def test_without_its_marks_the_shown_text_is_the_raw_text() -> None:
    html = shelf().article("hot", 3, 9, "Hans")[1]
    body = html[html.index('class="dgqa-body"') :]
    assert Elements(body[body.index(">") + 1 :]).text == RAW["hot"]


def test_a_repair_is_shown_as_it_reads_with_the_raw_characters_beside_it() -> None:
    html = shelf().article("torn", 0, 0, "Hans")[1]
    assert '<span class="dgqa-fix" tabindex="0"><span class="dgqa-read">得</span><span class="dgqa-raw">\ue250\ue47f</span>' in html
    assert "已修复：GBK 乱码" in html
    assert '<span class="dgqa-flag" title="已标出：网页杂项">广告</span>' in html


def test_a_repair_that_is_cited_in_part_is_marked_whole() -> None:
    at = TORN.index("\ue250")
    html = shelf().article("torn", at - 1, at + 1, "Hans")[1]
    assert Elements(cited(html)).text.startswith("损得")


def test_the_headings_are_a_table_of_contents() -> None:
    html = shelf().article("torn", 0, 0, "Hans")[1]
    assert '<a href="#h0" lang="zh-Hans">第二节</a>' in html
    assert re.search(r'<h3 class="dgqa-line is-heading" tabindex="-1"><span id="h0"></span>第二节', html)


@pytest.mark.parametrize(("start", "end"), [(5, 5_000), (-1, 3), (7, 2), (10**12, 10**12 + 1)])
def test_a_span_outside_the_article_opens_its_beginning_and_says_so(start: int, end: int) -> None:
    title, html = shelf().article("plan", start, end, "Latn")
    assert title and "points outside this article" in html and "dgqa-cited" not in html


def test_an_unknown_article_is_said_to_be_none() -> None:
    title, html = shelf().article(ATTACK, 0, 1, "Latn")
    assert title == "" and "There is no such article" in html


def test_without_a_library_there_is_nothing_to_read() -> None:
    assert "No article matches" in Shelf(lambda: None).catalogue("Latn")
    assert Shelf(lambda: None).article("hot", 0, 0, "Latn")[0] == ""


def test_articles_that_are_added_later_are_listed() -> None:
    books: list[Any] = [ScriptedIndex()]
    found = Shelf(lambda: books[-1])
    assert "Articles: 4" in found.catalogue("Latn")
    books.append(Long())
    assert "Articles: 1" in found.catalogue("Latn") and found.article("long", 0, 0, "Latn")[0] == "长文"


def test_a_long_article_comes_in_parts_and_a_span_opens_its_own() -> None:
    book = Long()
    found = Shelf(lambda: book)
    first = found.article("long", 0, 0, "Latn")[1]
    assert len(Elements(first).text) < PART * 1.2
    assert "Part 1 of 12" in first and "Later part" in first and "Earlier part" not in first
    start = book.text.index("第二章")
    html = found.article("long", start, start + 3, "Latn")[1]
    assert cited(html) == "第二章"
    assert '<a href="#h1"' in html and "?doc=long&amp;start=0&amp;end=0" in html  # the other chapter is in another part


def test_the_parts_of_an_article_have_every_character_once() -> None:
    raw = Long.text[:200_000] + "无句号的长行" * 20_000
    lines = blocks(raw, [])
    assert "".join(raw[a:b] for a, b in lines) == raw
    assert max(b - a for a, b in lines) <= 4_000
    ranges = parts(lines)
    assert [n for first, last in ranges for n in range(first, last)] == list(range(len(lines)))


def test_a_line_break_within_a_repair_ends_no_line() -> None:
    raw = "前半\n\n12\n后半。\n"
    defect = {"kind": "page_break", "start": 2, "end": 7, "raw": raw[2:7], "repaired": ""}
    spans = extras(raw, "a.txt", [defect])
    assert blocks(raw, spans) == [(0, len(raw))]
    assert "".join(piece.shown for piece in cut(raw, 0, len(raw), spans, (0, 0))) == "前半后半。\n"


@pytest.mark.parametrize(
    ("name", "raw", "read"),
    [
        ("a.html", "<p>泥沙3×10<SUP>6</SUP>吨，H<sub>2</sub>O<del>两成</del>三成</p>", "泥沙3×10⁶吨，H₂O三成"),
        ("a.html", "<tr><td>东闸</td><td class=n>7孔</td></tr>", "东闸 | 7孔"),
        ("a.md", "泥沙3×10<sup>6</sup>吨，~~两成~~三成\n", "泥沙3×10⁶吨，三成\n"),
    ],
)
def test_powers_struck_text_and_cells_are_read_as_a_search_reads_them(name: str, raw: str, read: str) -> None:
    spans = extras(raw, name, [])
    assert "".join(piece.shown for piece in cut(raw, 0, len(raw), spans, (0, 0))) == read


def test_the_markup_of_a_file_is_hidden_and_its_entities_are_read() -> None:
    raw = "<html><style>p{}</style><p class='x'>甲&amp;乙 a < b</p><!-- 注 --></html>"
    shown = "".join(piece.shown for piece in cut(raw, 0, len(raw), extras(raw, "a.html", []), (0, 0)))
    assert shown == "甲&乙 a < b"
    assert extras(raw, "a.txt", []) == []
    raw = "---\ntitle: 甲\n---\n# 题\n**粗**文\n"
    assert "".join(piece.shown for piece in cut(raw, 0, len(raw), extras(raw, "a.md", []), (0, 0))) == "题\n粗文\n"


def test_a_hostile_article_is_shown_as_text_only() -> None:
    for html in (shelf().catalogue("Hans"), shelf().article("evil", 4, len(ATTACK), "Hans")[1]):
        elements = Elements(html)
        assert {tag for tag, _ in elements.seen} <= TAGS | {"table", "thead", "tbody", "tr", "th", "td", "button"}  # that which prints
        assert not {name for _, attributes in elements.seen for name in attributes if name.startswith("on")}
        assert all((a["href"] or "").startswith(("?doc=", "#h")) for tag, a in elements.seen if tag == "a")
        assert "<svg onload=window.hacked=4>" in elements.text


class Single:
    """One article, of any format."""

    def __init__(self, path: str, raw: str, **more: Any) -> None:
        self.text, self.path = raw, path
        self.more = {"title": "文章", **more}

    def documents(self) -> list[dict[str, Any]]:
        return [{**document("one", self.text, (self.path, "文章", "", "")), **self.more}]

    def raw(self, doc_id: str) -> str:
        return self.text

    def page(self, doc_id: str, start: int) -> str:
        return "page 2"


def shown(path: str, raw: str, span: tuple[int, int] = (0, 0), **more: Any) -> str:
    library = Single(path, raw, **more)
    return Shelf(lambda: library).article("one", *span, "Hans")[1]


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("a.md", "前文。\n\n| 城市 | 人口 |\n| --- | --: |\n| **甲市** | 31 |\n| 乙市 | 22 |\n\n后文。\n"),
        ("a.pdf", "前文。\n城市\t人口\n甲市\t31\n乙市\t22\n后文。\n"),
        ("a.html", "<p>前文。</p>\n<table><tr>\n<th>城市</th><th>人口</th></tr>\n<tr><td>甲市</td>\n<td>31</td></tr><tr><td>乙市<td>22</tr></table>\n<p>后文。</p>"),
    ],
)
def test_a_table_of_any_format_is_a_table_with_the_cited_cell_lit(path: str, raw: str) -> None:
    at = raw.index("31")
    html = shown(path, raw, (at, at + 2))
    assert re.findall(r"<th [^>]*>(.*?)</th>", html) == ["城市", "人口"]
    assert [Elements(cell).text for cell in re.findall(r"<td>(.*?)</td>", re.sub('<span class="dgqa-raw">.*?</span>', "", html))] == ["甲市", "31", "乙市", "22"]
    assert cited(html) == "31" and html.index("前文。") < html.index("<table>") < html.index("后文。")


def test_lines_that_are_no_table_stay_lines() -> None:
    for path, raw in (("a.txt", "甲\t乙\n只有一行。\n"), ("a.md", "| 甲 | 乙 |\n没有横线\n"), ("a.html", "<table><tr><td>排版</td></tr></table>")):
        assert "<table>" not in shown(path, raw)


def test_the_marks_of_markdown_are_out_and_items_have_points() -> None:
    html = shown("a.md", "## 标题 ##\n\n- **甲**：见[规定](https://a.example/b)\n- `乙` 1\\.\n\n---\n")
    text = Elements(re.sub('<span class="dgqa-raw">.*?</span>', "", html)).text
    assert "".join(text.split()).endswith("标题•甲：见规定•乙1.")


def test_the_front_matter_of_a_web_page_is_out_too_and_its_title_stands_once() -> None:
    html = shown("a.html", "---\ntitle: 文章\nauthor: 林晓\ndate: 2023-05-01\nsource: 年报\n---\n\n<article>\n<h1>文章</h1>\n<p>船开了。</p>\n")
    assert '<span class="dgqa-raw">---\ntitle' in html and "is-title" in html


def test_what_stands_around_the_text_is_not_lit_within_a_citation() -> None:
    raw = "船在六时\n第 2 页\n开。"
    around = {"kind": "boilerplate", "start": 5, "end": 10, "repaired": None}
    assert without_around(raw, 0, len(raw), [around]) == "船在六时\n\n\n开。"
    html = shown("a.txt", raw, (0, len(raw)), defects=[around])
    assert "第 2 页" in html and "第 2 页" not in cited(html) and "开。" in cited(html)


def test_the_title_stands_once_but_where_it_is_cited() -> None:
    assert '<p class="dgqa-line is-title">文章' in shown("a.txt", "文章\n正文。\n")
    assert "is-title" not in shown("a.txt", "文章\n正文。\n", (0, 2)) and "is-title" not in shown("a.txt", "正文。\n别的。\n")


def test_the_printed_page_of_a_pdf_has_the_cited_words_lit_and_a_changed_file_says_so(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    data = pdf([["First page."], ["The second page has words.", "And more of them."]])
    (tmp_path / "a.pdf").write_bytes(data)
    raw = "First page.\nThe second page has words.\nAnd more of them.\n"
    library = Single("a.pdf", raw, sha256=hashlib.sha256(data).hexdigest())
    library.manifest = {"corpus": [str(tmp_path)]}  # type: ignore[attr-defined]
    of = Shelf(lambda: library)
    start = raw.index("page has")
    html = of.leaf("one", start, raw.index(" of them"), 0, "Hans")
    assert "第 2 页，共 2 页" in html and html.count('class="dgqa-light"') == 2 and "data:image/png;base64," in html
    assert 'id="dgqa-leaf"' in of.article("one", 0, 0, "Hans")[1]
    assert "第 1 页，共 2 页" in of.leaf("one", 0, 0, 1, "Hans") and of.leaf("none", 0, 0, 1, "Hans") == ""
    (tmp_path / "a.pdf").write_bytes(data + b" ")
    assert "文件已移动或更改" in of.leaf("one", 0, 0, 2, "Hans")
    (tmp_path / "a.pdf").unlink()
    assert 'id="dgqa-leaf"' not in of.article("one", 0, 0, "Hans")[1]
