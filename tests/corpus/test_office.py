"""PDF and Word files: the extracted text is what is cited, and each passage names its page or paragraph."""

import builtins
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dgqa
from dgqa.answer.citing import cite
from dgqa.corpus.files import load_corpus, load_document
from dgqa.corpus.passages import split_document
from dgqa.errors import CorpusError
from dgqa.types import Document
from fakes import HashingEmbedder
from office_files import book, docx_bytes, pdf, shape, slides, workbook, zip_bomb

HEADER = "示范学刊二〇二三年第一期"
PAGES = [
    [HEADER, "县域数字化观察报告", "一、总体情况", "全县在去年一年里接入了三百个服务事项，群众到大厅办事比从前更快，", "也更方便了。各乡镇的覆盖率继续提高，到年底已经达到百分之八十八，", "- 1 -"],
    [HEADER, "比上一年提高两个百分点。", "二、存在问题", "数据还没有完全打通，部门之间的系统各用各的标准，重复填报时有发", "生。", "- 2 -"],
    [HEADER, "三、今后打算", "统一标准，共享数据。", "- 3 -"],
]


def write(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def texts(document: Document, kind: str) -> list[str]:
    return ["".join(document.text[a:b] for a, b in block.spans) for block in document.blocks if block.kind == kind]


def test_a_pdf_reads_on_over_lines_and_pages_without_headers_and_page_numbers(tmp_path: Path) -> None:
    document = load_document(write(tmp_path, "a.pdf", pdf(PAGES)))
    assert document.title == "县域数字化观察报告" and document.encoding == "pdf"
    assert [section.title for section in document.sections] == ["一、总体情况", "二、存在问题", "三、今后打算"]
    assert texts(document, "paragraph") == [
        "全县在去年一年里接入了三百个服务事项，群众到大厅办事比从前更快，也更方便了。各乡镇的覆盖率继续提高，到年底已经达到百分之八十八，比上一年提高两个百分点。",
        "数据还没有完全打通，部门之间的系统各用各的标准，重复填报时有发生。",
        "统一标准，共享数据。",
    ]
    assert texts(document, "boilerplate") == [HEADER, "- 1 -", HEADER, "- 2 -", HEADER, "- 3 -"]


def test_a_citation_of_a_pdf_points_into_its_text_and_names_the_page(tmp_path: Path) -> None:
    document = load_document(write(tmp_path, "a.pdf", pdf(PAGES)))
    assert [page.label for page in document.pages] == ["page 1", "page 2", "page 3"]
    passages = [passage for passage in split_document(document) if passage.kind == "body"]
    assert [passage.page for passage in passages] == ["page 1–2", "page 2", "page 3"]
    across = passages[0].sentences[1]
    assert document.page_at(across.start, across.end) == "page 1–2"
    assert across.text.endswith("比上一年提高两个百分点。") and len(across.spans) == 1


def test_a_word_file_has_headings_lists_and_table_rows_and_numbers_its_paragraphs(tmp_path: Path) -> None:
    data = docx_bytes(
        [("县域数字化观察", "Title"), ("总体情况", "Heading 1"), ("全县去年接入了三百个服务事项。", ""), ("第一项工作", "List Bullet"),
         [["时间", "机构"], ["2020年", "甲厅"], ["2021年", "乙局"]], ("统一标准，共享数据。", "")]
    )  # fmt: skip
    document = load_document(write(tmp_path, "a.docx", data))
    assert document.title == "县域数字化观察" and document.encoding == "docx"
    assert [section.path for section in document.sections] == [("总体情况",)]
    assert texts(document, "list_item") == ["第一项工作"]
    assert [block.rendered for block in document.blocks if block.kind == "table_row"] == ["时间：2020年；机构：甲厅", "时间：2021年；机构：乙局"]
    assert document.page_at(document.raw.index("统一标准")) == "paragraph 8"
    assert split_document(document)[1].page == "paragraph 3–8"


def test_an_answer_from_a_pdf_names_its_page(tmp_path: Path) -> None:
    write(tmp_path, "a.pdf", pdf(PAGES))
    dgqa.build_index(tmp_path, tmp_path / "index", embedder=HashingEmbedder())
    retriever = dgqa.Retriever.open(tmp_path / "index", embedder=HashingEmbedder())
    hit = retriever.search("重复填报时有发生", 1)[0]
    assert hit.passage.page == "page 2"
    index = retriever.index
    assert [index.page(hit.passage.doc_id, at) for at in (hit.passage.start, hit.passage.end - 1, 10**6)] == ["page 2", "page 2", ""]
    assert index.page("no such document", 0) == ""
    assert {citation.page for citation in cite(1, hit.passage, hit.sentences[0], "数据" * 500)} == {"page 2"}


def test_files_that_cannot_be_read_are_named_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path, "damaged.pdf", b"%PDF-1.4\n" + b"\x00\xff" * 50)
    write(tmp_path, "pictures.pdf", pdf([[], []]))
    write(tmp_path, "damaged.docx", b"PK\x03\x04" + b"\x00" * 60)
    write(tmp_path, "bomb.docx", zip_bomb(300_000_000))
    write(tmp_path, "xml.docx", zip_bomb(80_000_000))
    write(tmp_path, "empty.docx", docx_bytes([]))
    documents, skipped = load_corpus(tmp_path)
    reasons = {item.path: item.reason for item in skipped}
    assert documents == [] and sorted(reasons) == ["bomb.docx", "damaged.docx", "damaged.pdf", "empty.docx", "pictures.pdf", "xml.docx"]
    assert "is damaged" in reasons["damaged.pdf"] and "OCR" in reasons["pictures.pdf"] and "no Word document" in reasons["damaged.docx"]
    assert "unpacks to 300,000,000 bytes" in reasons["bomb.docx"] and "80,000,000 bytes of XML" in reasons["xml.docx"] and "no text" in reasons["empty.docx"]


@pytest.mark.parametrize(("name", "data", "package"), [("a.pdf", pdf(PAGES), "pypdfium2"), ("a.docx", docx_bytes([("一句话。", "")]), "lxml")])
def test_without_the_package_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, package: str) -> None:
    real = builtins.__import__

    def missing(module: str, *rest: Any) -> Any:
        if module.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return real(module, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(CorpusError, match=rf"needs {package}, .* `pip install 'dgqa\[office\]'`"):
        load_document(write(tmp_path, name, data))


GOOD = [
    ("a.pdf", pdf(PAGES)),
    ("a.docx", docx_bytes([("一句话。", "")])),
    ("a.xlsx", workbook({"表": [["项目", "数"], ["水塔", 12]]})),
    ("a.pptx", slides([shape(["水塔每年检修。"])])),
    ("a.epub", book(["<p>水塔每年检修。</p>"], "<dc:title>志</dc:title>")),
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_broken_file_is_a_document_or_a_typed_error(tmp_path: Path, data: st.DataObject) -> None:
    name, good = data.draw(st.sampled_from(GOOD))
    at = data.draw(st.integers(0, len(good) - 1))
    broken = good[:at] + data.draw(st.binary(max_size=12)) + good[at + data.draw(st.integers(0, 40)) :]
    try:
        document = load_document(write(tmp_path, name, broken))
    except CorpusError:
        return
    assert document.offsets.length == len(document.text)
