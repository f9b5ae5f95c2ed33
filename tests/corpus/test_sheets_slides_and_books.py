"""Workbooks, separated values, presentations, e-books and older files: each sentence with its place."""

import datetime
from pathlib import Path

import pytest

from dgqa.corpus.files import load_corpus, load_document
from dgqa.corpus.office import libreoffice
from dgqa.corpus.passages import split_document
from dgqa.errors import CorpusError
from dgqa.messages import page_name
from dgqa.types import Document
from office_files import book, pdf, shape, slides, word, workbook


def load(folder: Path, name: str, data: bytes) -> Document:
    file = folder / name
    file.write_bytes(data)
    return load_document(file)


def sentences(document: Document) -> dict[str, str]:
    """Return the sentences with the places of their passages."""
    return {sentence.text: document.page_at(sentence.start, sentence.end) for passage in split_document(document) if passage.kind == "body" for sentence in passage.sentences}


def test_sheets_are_tables_and_a_row_names_its_sheet(tmp_path: Path) -> None:
    rows: list[list[object]] = [["去年各村用水量"], ["村名", "用水", "增幅", "抄表"], ["上湾村", 3120.5, 0.086, datetime.date(2024, 1, 9)]]
    formats = {"B3": "#,##0.00", "C3": "0.0%", "D3": 'yyyy"年"m"月"d"日"'}
    data = workbook({"用水": rows, "人员": [["站", "人数"], ["水利站", 4]], "空表": []}, formats, merged=["A1:D1"])
    document = load(tmp_path, "水务.xlsx", data)
    assert document.title == "水务" and next(section.title for section in document.sections) == "用水"
    found = sentences(document)
    assert found["村名：上湾村；用水：3,120.50；增幅：8.6%；抄表：2024年1月9日"] == "sheet 用水 row 3"
    assert found["站：水利站；人数：4"] == "sheet 人员 row 2"


def test_a_formula_that_was_never_worked_out_is_reported(tmp_path: Path) -> None:
    document = load(tmp_path, "a.xlsx", workbook({"表": [["项目", "金额"], ["甲", 3], ["合计", "=SUM(B2:B2)"]]}))
    assert [defect.raw for defect in document.defects if defect.kind == "unread"] == ["〔工作表“表”有 1 个公式没有算出的值：用表格程序打开并保存一次〕"]


@pytest.mark.parametrize("data", ["站,地址\n水利站,\"兴业路8号,二楼\"\n林业站,文昌路1号\n".encode("gb18030"), "\ufeff站;地址\n水利站;兴业路8号,二楼\n林业站;文昌路1号\n".encode()])
def test_separated_values_are_a_table_whatever_separates_them(tmp_path: Path, data: bytes) -> None:
    assert sentences(load(tmp_path, "a.csv", data)) == {"站：水利站；地址：兴业路8号,二楼": "row 2", "站：林业站；地址：文昌路1号": "row 3"}


def test_a_second_row_of_names_parts_the_columns_above_it(tmp_path: Path) -> None:
    told = {"车站：南站；上行车次：12；上行乘客：300人；下行车次：14；下行乘客：350人": "row 3", "车站：北站；上行车次：8；上行乘客：180人；下行车次：9；下行乘客：200人": "row 4"}
    assert sentences(load(tmp_path, "a.csv", "车站,上行,,下行,\n,车次,乘客（人）,车次,乘客（人）\n南站,12,300,14,350\n北站,8,180,9,200\n".encode())) == told
    rows: list[list[object]] = [["车站", "上行", "", "下行", ""], ["", "车次", "乘客（人）", "车次", "乘客（人）"], ["南站", 12, 300, 14, 350], ["北站", 8, 180, 9, 200]]
    assert list(sentences(load(tmp_path, "b.xlsx", workbook({"客运": rows}, {}, merged=["A1:A2", "B1:C1", "D1:E1"])))) == list(told)
    # A row of words under the names is a row like others.
    assert len(sentences(load(tmp_path, "c.csv", "站,站长,\n南站,陆青,兼职\n北站,何川,专职\n".encode()))) == 2


def test_slides_are_read_from_top_to_bottom_with_tables_and_notes(tmp_path: Path) -> None:
    table = "<p:graphicFrame><a:graphic><a:tbl>" + "".join(f"<a:tr>{''.join(f'<a:tc><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></a:tc>' for text in cells)}</a:tr>" for cells in (("设施", "数量"), ("水塔", "12座"))) + "</a:tbl></a:graphic></p:graphicFrame>"
    first = shape(["河湾乡供水"], kind="ctrTitle") + shape(["7"], kind="sldNum")
    second = shape(["管网全长六公里。"], top=900) + shape(["建设情况"], kind="title") + shape(["水塔建在山顶。"], top=100) + table.replace("p:txBody", "a:txBody")
    document = load(tmp_path, "a.pptx", slides([first, second], {2: "讲的时候说明工期。"}))
    assert document.title == "河湾乡供水" and [section.title for section in document.sections] == ["建设情况"]
    found = sentences(document)
    assert list(found) == ["设施：水塔；数量：12座", "水塔建在山顶。", "管网全长六公里。", "备注：讲的时候说明工期。"]
    assert set(found.values()) == {"slide 2"}


def test_a_book_has_chapters_and_says_who_wrote_it(tmp_path: Path) -> None:
    chapters = ["<h1>第一章 水井</h1><p>全乡有水井<b>四十</b>口。</p>", "<h1>第二章 水塔</h1><p>全乡有水塔十二座。</p><ul><li>水塔每年检修。</li></ul>"]
    document = load(tmp_path, "a.epub", book(chapters, "<dc:title>河湾水利志</dc:title><dc:creator>陶润生</dc:creator><dc:date>2021</dc:date>"))
    assert (document.title, document.author, document.date) == ("河湾水利志", "陶润生", "2021")
    assert [section.title for section in document.sections] == ["第一章 水井", "第二章 水塔"]
    assert sentences(document) == {"全乡有水井四十口。": "chapter 1", "全乡有水塔十二座。": "chapter 2", "水塔每年检修。": "chapter 2"}
    assert "<" not in document.raw


def test_older_files_are_read_through_libreoffice_or_say_how_to_convert_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    old = b"\xd0\xcf\x11\xe0" + b"\0" * 600
    with pytest.raises(CorpusError, match=r"LibreOffice, which is not installed: install it, or open the file and save it as \.docx"):
        load(tmp_path, "a.wps", old)
    with pytest.raises(CorpusError, match=r"not what its ending \.xls says: open it and save it as \.xlsx"):
        load(tmp_path, "a.xls", b"PK\x03\x04")
    # A program that stands in for LibreOffice.
    program = tmp_path / "soffice"
    (tmp_path / "made.docx").write_bytes(word("<w:p><w:r><w:t>水塔每年检修一次。</w:t></w:r></w:p>"))
    program.write_text(f"#!/bin/sh\nwhile [ \"$1\" != --outdir ]; do shift; done\n/bin/mkdir -p \"$2\"\n/bin/cp {tmp_path}/made.docx \"$2/file.docx\"\n")
    program.chmod(0o755)
    assert list(sentences(load(tmp_path, "a.doc", old))) == ["水塔每年检修一次。"]
    program.write_text("#!/bin/sh\n/bin/sleep 60\n")
    monkeypatch.setattr(libreoffice, "_SECONDS", 0.2)
    with pytest.raises(CorpusError, match=r"took LibreOffice more than"):
        load(tmp_path, "b.doc", old)


def test_a_corpus_passes_over_what_no_person_made_and_says_how_to_convert_the_rest(tmp_path: Path) -> None:
    for name in ("~$a.docx", "Thumbs.db", "desktop.ini", "期刊.caj", "奇怪.qqq"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a.txt").write_text("水塔每年检修一次。", encoding="utf-8")
    documents, skipped = load_corpus(tmp_path)
    assert [document.path for document in documents] == ["a.txt"]
    assert [item.path for item in skipped] == ["奇怪.qqq", "期刊.caj"]
    assert "unknown file type .qqq" in skipped[0].reason and "CAJViewer" in skipped[1].reason


def test_a_linked_folder_outside_is_named_or_where_links_are_followed_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, other = tmp_path / "corpus", tmp_path / "other"
    corpus.mkdir()
    other.mkdir()
    (other / "a.txt").write_text("水塔每年检修一次。", encoding="utf-8")
    try:
        (corpus / "链接").symlink_to(other, target_is_directory=True)
        (other / "回来").symlink_to(corpus, target_is_directory=True)
        (corpus / "上级").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    documents, skipped = load_corpus(corpus)
    assert documents == [] and [item.path for item in skipped] == ["上级", "链接"]
    assert all("link out of the corpus folder" in item.reason for item in skipped)
    monkeypatch.setenv("DGQA_FOLLOW_LINKS", "1")
    documents, skipped = load_corpus(corpus)
    assert [document.path for document in documents] == ["链接/a.txt"] and [item.path for item in skipped] == ["上级"]


@pytest.mark.parametrize(
    ("label", "shown"),
    [("sheet 收入 row 3–5", "收入 · 第 3–5 行"), ("row 4", "第 4 行"), ("slide 2", "第 2 张幻灯片"), ("chapter 2", "第 2 章"), ("page 3", "第 3 页")],
)
def test_a_place_is_named_for_people(label: str, shown: str) -> None:
    assert page_name(label, "Hans") == shown


def test_a_file_under_the_name_of_another_kind_is_refused(tmp_path: Path) -> None:
    for name in ("a.xlsx", "a.pptx", "a.epub"):
        with pytest.raises(CorpusError, match="save it again as"):
            load(tmp_path, name, pdf([["一句话。"]]))
    with pytest.raises(CorpusError, match="locked with a password or an older kind"):
        load(tmp_path, "b.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600)
