"""Loading articles: formats, encodings, structure, and what cannot be loaded."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import office_files
from dgqa.corpus.files import load_corpus, load_document
from dgqa.errors import CorpusError
from dgqa.types import Document

PLAIN = """县域数字化观察
来源：示范网 更新时间：2024-03-02
作者：李明

一、总体情况
全县去年接入了三百个服务事项。群众办事更快了。

（一）乡镇
乡镇的覆盖率达到88.5%，比上一年提高了两个百分点。

参考文献
[1] 王某. 县域治理[J]. 治理, 2020(1):1-9.
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def block_texts(document: Document, kind: str) -> list[str]:
    return ["".join(document.text[a:b] for a, b in block.spans) for block in document.blocks if block.kind == kind]


@pytest.mark.parametrize(
    ("data", "ending"),
    [(office_files.pdf([["平台由省里建设。"]]), r"\.pdf"), (b"{\\rtf1\\ansi The platform serves all towns. \\par}", r"\.rtf"), (office_files.word(office_files.paragraph("平台。")), r"\.docx")],
    ids=["pdf", "rtf", "docx"],
)
@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html", "a.csv"])
def test_a_file_of_another_kind_under_the_ending_of_a_text_is_told_by_what_it_is(tmp_path: Path, name: str, data: bytes, ending: str) -> None:
    with pytest.raises(CorpusError, match=rf"a\.\w+ is a .*, and no text: give it its own ending \({ending}"):
        load_document(write(tmp_path, name, data))


def test_a_plain_article_has_title_author_date_source_and_a_tree_of_sections(tmp_path: Path) -> None:
    document = load_document(write(tmp_path, "a.txt", PLAIN))
    assert (document.title, document.author, document.date, document.source) == ("县域数字化观察", "李明", "2024-03-02", "示范网")
    assert [section.path for section in document.sections] == [
        ("一、总体情况",),
        ("一、总体情况", "（一）乡镇"),
        ("参考文献",),
    ]
    assert block_texts(document, "reference") == ["[1] 王某. 县域治理[J]. 治理, 2020(1):1-9."]


@pytest.mark.parametrize(
    ("line", "date"),
    [("发布时间：2024-03-02 抓取时间：2024-05-06", "2024-03-02"), ("抓取时间：2024-05-06", ""), ("采集于 2024-05-06 发布时间：2024-03-02", "2024-03-02"), ("2024年3月2日 10:30", "2024-03-02"), ("访问日期：2024年3月2日", ""), ("东溪县水务局 2024年3月", "2024-03")],
)
def test_the_date_of_publication_is_not_that_of_crawling(tmp_path: Path, line: str, date: str) -> None:
    document = load_document(write(tmp_path, "a.txt", PLAIN.replace("来源：示范网 更新时间：2024-03-02", line)))
    assert (document.title, document.date) == ("县域数字化观察", date)
    assert line in block_texts(document, "meta")


@pytest.mark.parametrize("word", ["平台", "管理", "安全", "时间", "应用", "成效", "白皮书", "荣誉", "時間", "全国", "东部"])
def test_a_common_word_under_the_title_is_a_heading_and_no_author(tmp_path: Path, word: str) -> None:
    text = f"柳林镇图书借阅办法解读\n\n{word}\n\n柳林镇图书馆去年换了借阅系统，读者可以在家里续借，也可以预约座位。\n\n展望\n\n今年还要开通送书上门的服务，由镇里的志愿者承担。\n"
    document = load_document(write(tmp_path, "a.txt", text))
    assert document.author == ""
    assert word in [section.title for section in document.sections]


@pytest.mark.parametrize(
    ("line", "author"),
    [("于洋海", "于洋海"), ("方晓 高洁", "方晓，高洁"), ("2021年4月2日 高洁", "高洁"), ("2021年4月2日 解释", ""), ("2021年4月2日 施行", "")],
)
def test_a_line_of_names_is_still_the_authors(tmp_path: Path, line: str, author: str) -> None:
    text = f"柳林镇图书借阅办法解读\n\n{line}\n\n柳林镇图书馆去年换了借阅系统，读者可以在家里续借，也可以预约座位。\n"
    assert load_document(write(tmp_path, "a.txt", text)).author == author


def test_raw_offsets_of_sections_point_at_their_headings(tmp_path: Path) -> None:
    document = load_document(write(tmp_path, "a.txt", PLAIN))
    for section in document.sections:
        assert document.raw[section.start :].startswith(section.title)


def test_html_under_front_matter_loses_its_markup_and_keeps_its_fields(tmp_path: Path) -> None:
    raw = (
        "---\ntitle: '数字县城'\nauthor: 示范网\ndate: Fri, 11 Jun 2021 01:29:00 GMT\n---\n<div>\n<p>文／王芳</p>"
        "<p><strong>起步&nbsp;阶段</strong></p><p>第一句&mdash;&#x4e2d;文<b>加粗</b>。<br>第二句。</p>"
        "<script>var a = '不该出现';</script><ul><li>甲项</li><li>乙项</li></ul><img src='x.png' alt='大厅照片'></div>"
    )
    document = load_document(write(tmp_path, "a.html", raw))
    assert (document.title, document.author, document.date) == ("数字县城", "王芳", "2021-06-11")
    assert block_texts(document, "paragraph") == ["第一句—中文加粗。", "第二句。"]
    assert block_texts(document, "list_item") == ["甲项", "乙项"]
    assert [section.title for section in document.sections] == ["起步 阶段"]
    assert "不该出现" not in document.text and "大厅照片" in document.text
    start = document.text.index("中文加粗")
    assert document.raw[slice(*document.offsets.raw_span(start, start + 4))] == "&#x4e2d;文<b>加粗"


def test_a_text_file_that_holds_html_is_read_as_html(tmp_path: Path) -> None:
    document = load_document(write(tmp_path, "a.txt", "<div><p>一句话说完。</p><p>另一句话。</p><p>三。</p></div>"))
    assert block_texts(document, "paragraph") == ["一句话说完。", "另一句话。", "三。"]


def test_markdown_headings_lists_links_and_table_rows_are_told_apart(tmp_path: Path) -> None:
    raw = (
        "# 政策一览\n\n## 文件\n\n**重点**见[办法](http://a.b/c_(d))。\n\n- 第一项\n- 第二项\n\n"
        "| 时间 | 机构 | 名称 |\n| --- | --- | --- |\n| 2020年1月 | 甲厅 | 《办法》 |\n| 2021年2月 | 乙局 | 《规定》 |\n"
    )
    document = load_document(write(tmp_path, "a.md", raw))
    assert document.title == "政策一览"
    assert block_texts(document, "paragraph") == ["重点见办法。"]
    assert block_texts(document, "list_item") == ["第一项", "第二项"]
    rows = [block for block in document.blocks if block.kind == "table_row"]
    assert [row.rendered for row in rows] == ["时间：2020年1月；机构：甲厅；名称：《办法》", "时间：2021年2月；机构：乙局；名称：《规定》"]
    start, end = document.offsets.raw_span(*rows[0].spans[0])
    assert document.raw[start:end].startswith("2020年1月") and "《办法》" in document.raw[start:end]


def test_a_table_in_fragments_keeps_its_column_names_and_drops_the_repeated_header(tmp_path: Path) -> None:
    raw = (
        "标题\n\n表1 文件\n\n时间\t机构\t名称\n---\t---\t---\n\n2020年\t甲\t《一》\n2021年\t乙\t《二》\n\n续表\n\n时间\t机构\t名称\n2022年\t丙\t《三》\n"
    )
    document = load_document(write(tmp_path, "a.txt", raw))
    assert [block.rendered for block in document.blocks if block.kind == "table_row"] == [
        "时间：2020年；机构：甲；名称：《一》",
        "时间：2021年；机构：乙；名称：《二》",
        "时间：2022年；机构：丙；名称：《三》",
    ]


def test_a_paragraph_cut_by_a_page_break_and_a_footnote_is_one_block_of_two_spans(tmp_path: Path) -> None:
    first = "在快速推进的阶段里，各地的部门普遍建立了自己的门户网站，同时也推出了许多新的服务，办事大厅的门"
    raw = f"标题\n\n一、背景\n\n{first}\n\n¹ 【作者简介】：张三，某大学教授。\n\n户由此打开。后来又有了新的发展。\n"
    document = load_document(write(tmp_path, "a.txt", raw))
    joined = [block for block in document.blocks if len(block.spans) == 2]
    assert ["".join(document.text[a:b] for a, b in block.spans) for block in joined] == [first + "户由此打开。后来又有了新的发展。"]
    assert block_texts(document, "note") == ["¹ 【作者简介】：张三，某大学教授。"]


def test_a_link_list_at_the_end_is_boilerplate(tmp_path: Path) -> None:
    raw = "标题在此\n\n正文的一段话，说的是县里的平台建设情况，已经接入许多服务事项，并且继续扩大。\n\n相关链接\n某地新闻一则\n另一条新闻\n第三条新闻\n"
    document = load_document(write(tmp_path, "a.txt", raw))
    assert block_texts(document, "boilerplate") == ["相关链接", "某地新闻一则", "另一条新闻", "第三条新闻"]


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16", "utf-8-sig"])
def test_other_encodings_are_told_and_recorded(tmp_path: Path, encoding: str) -> None:
    text = "數字政府建設的現狀。這一階段的工作重點是數據共享，各地區的平臺正在逐步接入，群眾辦事更加方便。" * 4
    document = load_document(write(tmp_path, "a.txt", text.encode(encoding)))
    assert document.raw == text
    assert document.encoding.replace("_", "-").startswith({"big5": "big5", "gb18030": "gb"}.get(encoding, encoding))


def test_paths_are_relative_to_the_corpus_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "子/b.txt", "一句完整的话在这里。")
    write(tmp_path, ".hidden/c.txt", "不读。")
    write(tmp_path, "d.xyz", "不认识。")
    documents, skipped = load_corpus(tmp_path)
    assert [document.path for document in documents] == ["子/b.txt"]
    assert [item.path for item in skipped] == ["d.xyz"] and "unknown file type" in skipped[0].reason


def test_the_same_path_under_two_folders_gives_two_documents(tmp_path: Path) -> None:
    write(tmp_path, "一/a.txt", "第一个文件夹里的话。")
    write(tmp_path, "二/a.txt", "第二个文件夹里的话。")
    documents, _ = load_corpus([tmp_path / "一", tmp_path / "二"])
    assert [(document.path, document.doc_id) for document in documents] == [("a.txt", "a.txt"), ("a.txt", "二:a.txt")]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n \n", "is empty"),
        ("a.txt", bytes(range(256)) * 40, "text"),
        ("a.txt", "——！".encode(), "no words"),
    ],
)
def test_a_file_that_is_no_article_is_named_with_the_reason(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    write(tmp_path, name, data)
    _, skipped = load_corpus(tmp_path)
    assert [item.path for item in skipped] == [name] and words in skipped[0].reason
    with pytest.raises(CorpusError, match=r"a\.txt"):
        load_corpus(tmp_path, strict=True)


def test_a_missing_corpus_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere"):
        load_corpus(tmp_path / "nowhere")


@settings(max_examples=60)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))), suffix=st.sampled_from([".txt", ".md", ".html"]))
def test_whatever_a_file_holds_loading_it_gives_a_document_or_a_typed_error(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str) -> None:
    file = write(tmp_path_factory.mktemp("fuzz"), f"a{suffix}", data)
    try:
        document = load_document(file)
    except CorpusError:
        return
    assert document.offsets.length == len(document.text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.html", "<div>" * 20_000 + "字" + "</div>" * 20_000),
        ("open.html", "<p>开头<table><tr><td>一<td>二<p>" + "<b>" * 5000),
        ("yaml.md", "---\n" + "a: [" * 3000 + "\n---\n正文的一句话。"),
        ("lines.txt", "字\n" * 3 + "\n" * 1_000_000),
        ("brackets.md", "[" * 20_000 + "字"),
        ("quotes.md", "> " * 5_000 + "字"),
        ("stars.txt", "**" * 20_000 + "字"),
    ],
)
def test_hostile_nesting_and_length_end_in_time(tmp_path: Path, name: str, text: str) -> None:
    document = load_document(write(tmp_path, name, text))
    assert "字" in document.text or "正文" in document.text or "开头" in document.text
