"""The articles without a browser: the list, the text with its marks, the parts of a long one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dgqa.web.page.marks import PART, blocks, cut, extras, parts
from dgqa.web.page.reader import Shelf
from elements import Elements
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
    assert f"数字政府规划—2022简体{len(RAW['plan'])}0" in text
    assert f"損壞的文章李四2020-01-02繁体{len(TORN)}2" in text


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
    assert title and "lies outside this article" in html and "dgqa-cited" not in html


def test_an_unknown_article_is_said_to_be_none() -> None:
    title, html = shelf().article(ATTACK, 0, 1, "Latn")
    assert title == "" and "There is no such article" in html


def test_without_a_library_there_is_nothing_to_read() -> None:
    assert "No article matches" in Shelf(lambda: None).catalogue("Latn")
    assert Shelf(lambda: None).article("hot", 0, 0, "Latn")[0] == ""


def test_articles_that_are_added_later_are_listed() -> None:
    books: list[Any] = [ScriptedIndex()]
    found = Shelf(lambda: books[-1])
    assert "4 articles" in found.catalogue("Latn")
    books.append(Long())
    assert "1 articles" in found.catalogue("Latn") and found.article("long", 0, 0, "Latn")[0] == "长文"


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
        assert {tag for tag, _ in elements.seen} <= TAGS | {"table", "thead", "tbody", "tr", "th", "td"}
        assert not {name for _, attributes in elements.seen for name in attributes if name.startswith("on")}
        assert all((a["href"] or "").startswith(("?doc=", "#h")) for tag, a in elements.seen if tag == "a")
        assert "<svg onload=window.hacked=4>" in elements.text
