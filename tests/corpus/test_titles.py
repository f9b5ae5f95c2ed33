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
