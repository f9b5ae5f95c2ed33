"""HTML pages as sites make them: tables of data and of layout, raised digits, struck-out text, fields of the head."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.types import Document


def load(folder: Path, text: str, name: str = "page.html") -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    return load_document(folder / name)


def body(document: Document) -> list[str]:
    return [sentence.text for passage in split_document(document) if passage.kind == "body" for sentence in passage.sentences]


def test_two_rows_of_names_read_as_one_and_the_unit_stands_behind_the_numbers(tmp_path: Path) -> None:
    page = """<h1>用水量</h1><p>单位：万吨</p><table>
    <tr><th rowspan=2>区</th><th colspan=2>2021年</th><th colspan=2>2022年</th></tr>
    <tr><th>居民</th><th>工业</th><th>居民</th><th>工业</th></tr>
    <tr><td><p>东区</p></td><td><p>310</p></td><td><p>95</p></td><td>322</td><td>90</td></tr></table>"""
    assert body(load(tmp_path, page)) == ["区：东区；2021年居民：310万吨；2021年工业：95万吨；2022年居民：322万吨；2022年工业：90万吨"]


def test_a_cell_that_spans_rows_is_read_in_each_of_them(tmp_path: Path) -> None:
    page = "<h1>校车</h1><table><tr><th>线路</th><th>站</th><th>时间（分钟）</th></tr><tr><td rowspan=2>一号线</td><td>桥头</td><td>12</td></tr><tr><td>集市</td><td></td></tr><tr><td>二号线</td><td>码头</td><td>8</td></tr></table>"
    assert body(load(tmp_path, page)) == ["线路：一号线；站：桥头；时间：12分钟", "线路：一号线；站：集市", "线路：二号线；站：码头；时间：8分钟"]


def test_a_table_around_the_content_is_no_table_of_data(tmp_path: Path) -> None:
    page = """<h1>关于停水的通告</h1><table><tr><td>导航</td><td><p>因检修管道，东区将停水一天。</p><p>请居民提前储水。</p>
    <table><tr><td>路段</td><td>时长</td></tr><tr><td>桥头路</td><td>六小时</td></tr></table></td></tr></table>"""
    texts = body(load(tmp_path, page))
    assert "因检修管道，东区将停水一天。" in texts
    assert "路段：桥头路；时长：六小时" in texts


def test_units_and_empty_cells_of_a_markdown_table_stay_in_their_columns(tmp_path: Path) -> None:
    text = "# 水厂\n\n| 厂 | 供水率（%） | 备注 |\n| --- | --- | --- |\n| 一厂 | 98.5 | |\n| 二厂 | | 检修 |\n"
    assert body(load(tmp_path, text, "水厂.md")) == ["厂：一厂；供水率：98.5%", "厂：二厂；备注：检修"]


def test_a_row_of_units_below_the_names_of_the_columns_puts_them_behind_the_numbers(tmp_path: Path) -> None:
    text = "<h1>苗木</h1><table><tr><td>树种</td><td>胸径</td><td>单价</td><td>产地</td></tr><tr><td></td><td>厘米</td><td>元/株</td><td></td></tr><tr><td>香樟</td><td>12</td><td>380</td><td>东村</td></tr><tr><td>银杏</td><td>8</td><td>260</td><td>西村</td></tr></table>"
    assert body(load(tmp_path, text)) == ["树种：香樟；胸径：12厘米；单价：380元/株；产地：东村", "树种：银杏；胸径：8厘米；单价：260元/株；产地：西村"]


def test_a_row_of_short_words_below_the_names_of_the_columns_is_a_row(tmp_path: Path) -> None:
    text = "<h1>排班</h1><table><tr><td>人</td><td>班次</td></tr><tr><td>老周</td><td>天</td></tr><tr><td>小林</td><td>3</td></tr></table>"
    assert body(load(tmp_path, text)) == ["人：老周；班次：天", "人：小林；班次：3"]


def test_raised_and_lowered_digits_stay_apart_from_the_number_and_marks_of_notes_go(tmp_path: Path) -> None:
    page = "<h1>水库</h1><p>库容为10<sup>6</sup>立方米，水面25km<sup>2</sup>，放流鱼苗三万尾<sup>1</sup>，CO<sub>2</sub>减少<sup>[2]</sup>两成。</p>"
    assert body(load(tmp_path, page)) == ["库容为10⁶立方米，水面25km²，放流鱼苗三万尾，CO₂减少两成。"]


@pytest.mark.parametrize(("name", "text"), [("a.html", "<h1>票价</h1><p>票价由<del>30</del><ins>25</ins>元降为<s>2</s>20元。</p>"), ("a.md", "# 票价\n\n票价由~~30~~25元降为~~2~~20元。\n")])
def test_what_is_struck_out_is_not_read(tmp_path: Path, name: str, text: str) -> None:
    assert body(load(tmp_path, text, name)) == ["票价由25元降为20元。"]


def test_a_strike_that_never_closes_strikes_nothing_out(tmp_path: Path) -> None:
    assert body(load(tmp_path, "<h1>票价</h1><p>成人<s>二十元，儿童十元。</p>")) == ["成人二十元，儿童十元。"]


def test_a_term_and_what_is_said_of_it_are_one_field(tmp_path: Path) -> None:
    page = "<h1>渡船卡</h1><dl><dt>办理地点</dt>\n <dd>一楼柜台</dd><dt>时限：</dt><dd>三天</dd><dt>费用</dt><dd>首张免费，补办十元</dd></dl><h2>何时发放？</h2><p>每月一日。</p>"
    assert body(load(tmp_path, page)) == ["办理地点：一楼柜台", "时限：三天", "费用：首张免费，补办十元", "每月一日。"]


def test_the_way_to_a_page_is_no_text_and_the_words_under_a_picture_are_no_heading(tmp_path: Path) -> None:
    page = "<div>您的位置：首页 &gt; 要闻</div><h2>渡口装灯</h2><p>渡口昨夜装上了新灯。</p><figure><img src='a.png'><figcaption>船工在柳渡试灯</figcaption></figure><p>新灯由县里出资，一共三十盏。</p>"
    document = load(tmp_path, page)
    assert document.title == "渡口装灯" and not document.sections
    assert body(document) == ["渡口昨夜装上了新灯。", "船工在柳渡试灯", "新灯由县里出资，一共三十盏。"]


def test_lines_of_a_list_without_marks_stand_side_by_side(tmp_path: Path) -> None:
    items = ("柳渡的新灯", "石渡的新灯", "竹渡的旧灯", "松渡的旧灯")
    page = "<h1>渡口</h1><p>新灯旧灯都由县里出资，柳渡、石渡、竹渡、松渡的灯分别是：</p>" + "".join(f"<p>{item}</p>" for item in items) + "<p>旧灯明年换成新灯，柳渡的新灯先用太阳能。</p>"
    assert set(items[:3]) <= set(body(load(tmp_path, page)))


def test_facts_that_come_again_are_no_boilerplate(tmp_path: Path) -> None:
    page = "<h1>分馆</h1>" + "".join(f"<h2>{name}馆</h2><p>{name}馆在{name}街，有阅览室和自习室各一间。</p><p>开放时间：9:00—17:00</p>" for name in "东西南北")
    assert body(load(tmp_path, page)).count("开放时间：9:00—17:00") == 4


@pytest.mark.parametrize(
    ("page", "title", "author", "date", "source"),
    [
        ('<head><title>停水通告_松溪县政府网</title><meta name="PubDate" content="2022-03-05 10:00"><meta name="ContentSource" content="县水务局"></head><h1>停水通告</h1><p>东区将停水一天，请居民储水。</p>', "停水通告", "", "2022-03-05", "县水务局"),
        ('<head><meta property="og:title" content="停水通告"><meta property="og:article:author" content="林若溪"></head><div class="rich_media"><a id="js_name"> 松溪水务 </a><p>东区将停水一天，请居民储水。</p></div><script>var ct = "1646445600";</script>', "停水通告", "林若溪", "2022-03-05", "松溪水务"),
    ],
)
def test_the_fields_of_a_page_s_head_say_what_it_is(tmp_path: Path, page: str, title: str, author: str, date: str, source: str) -> None:
    document = load(tmp_path, f"<html>{page}</html>")
    assert (document.title, document.author, document.date, document.source) == (title, author, date, source)


def test_site_generators_call_the_day_of_an_article_in_many_ways(tmp_path: Path) -> None:
    for key in ("date", "publishDate", "published", "lastmod"):
        assert load(tmp_path, f"---\ntitle: 停水\n{key}: 2022-03-05\n---\n东区将停水一天，请居民提前储水。\n", "a.md").date == "2022-03-05"
