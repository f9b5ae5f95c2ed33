"""Word files: what Word shows is read, with all changes accepted, and what cannot be read is reported."""

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.office.word.numbering import written
from dgqa.corpus.passages import split_document
from dgqa.types import Document
from office_files import paragraph, word

TITLE = paragraph("竹溪乡公告", '<w:pStyle w:val="Title"/>')
STYLES = (
    '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Sub"><w:name w:val="小节"/><w:basedOn w:val="1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
)


def load(folder: Path, body: str, *, properties: str = "", **parts: str) -> Document:
    file = folder / "a.docx"
    file.write_bytes(word(body, parts={"styles": STYLES, **parts}, properties=properties))
    document = load_document(file)
    for passage in split_document(document):
        for sentence in passage.sentences:
            assert all(document.raw[slice(*span)].strip() for span in sentence.spans)
    return document


def sentences(document: Document) -> list[str]:
    return [sentence.text for passage in split_document(document) if passage.kind == "body" for sentence in passage.sentences]


def run(text: str, properties: str = "") -> str:
    return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}<w:t xml:space='preserve'>{text}</w:t></w:r>"


def cell(*content: str, properties: str = "") -> str:
    return f"<w:tc>{f'<w:tcPr>{properties}</w:tcPr>' if properties else ''}{''.join(content)}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr>{properties}{''.join(cells)}</w:tr>"


def test_a_text_box_is_read_once_behind_its_paragraph(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('全乡共有水塔十二座。')}</w:txbxContent>"
    shapes = f"<mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    document = load(tmp_path, TITLE + paragraph(run("供水工程分两期") + f"<w:r>{shapes}</w:r>" + run("建设。")))
    assert sentences(document) == ["供水工程分两期建设。", "全乡共有水塔十二座。"]


def test_content_controls_fields_and_links_are_read_and_prompts_are_not(tmp_path: Path) -> None:
    prompt = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + run("单击此处输入文字") + "</w:sdtContent></w:sdt>"
    field = "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGEREF x</w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r>" + run("九十天") + "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
    inline = run("工期为") + field + "，由<w:hyperlink>".replace("，由", run("，由")) + run("乡水利站") + "</w:hyperlink><w:sdt><w:sdtContent>" + run("验收。") + "</w:sdtContent></w:sdt>"
    document = load(tmp_path, f"{TITLE}<w:sdt><w:sdtContent>{paragraph('本公告长期有效。')}</w:sdtContent></w:sdt>" + paragraph(inline + prompt))
    assert sentences(document) == ["本公告长期有效。", "工期为九十天，由乡水利站验收。"]


def test_insertions_are_in_deletions_and_what_was_moved_away_are_out(tmp_path: Path) -> None:
    changed = run("押金为") + f"<w:del>{run('').replace('w:t', 'w:delText')}</w:del><w:ins>{run('三百元')}</w:ins><w:moveFrom>{run('（旧）')}</w:moveFrom>" + run("。")
    cut = paragraph("租期满", "<w:rPr><w:del/></w:rPr>") + paragraph("两年的可以续租。")
    table = f"<w:tbl>{row(cell(paragraph('区')), cell(paragraph('间数')))}{row(cell(paragraph('甲区')), cell(paragraph('8')), properties='<w:trPr><w:del/></w:trPr>')}{row(cell(paragraph('乙区')), cell(paragraph('9')))}</w:tbl>"
    document = load(tmp_path, TITLE + paragraph(changed) + cut + table)
    assert sentences(document) == ["押金为三百元。", "租期满两年的可以续租。", "区：乙区；间数：9"]


def numbered(text: str, level: int) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="4"/></w:numPr>')


def test_automatic_numbers_are_part_of_the_text_as_word_shows_them(tmp_path: Path) -> None:
    levels = [("第%1条", "chineseCountingThousand"), ("（%2）", "chineseCounting"), ("%3.", "decimal")]
    numbering = "<w:abstractNum w:abstractNumId='1'>" + "".join(f"<w:lvl w:ilvl='{at}'><w:start w:val='1'/><w:numFmt w:val='{kind}'/><w:lvlText w:val='{text}'/></w:lvl>" for at, (text, kind) in enumerate(levels))
    numbering += "</w:abstractNum><w:num w:numId='4'><w:abstractNumId w:val='1'/></w:num>"
    items = numbered("水塔由乡里管理。", 0) + numbered("下列行为应当禁止：", 0) + numbered("攀爬水塔；", 1) + numbered("倾倒垃圾。", 1) + numbered("违者罚款五十元。", 0)
    document = load(tmp_path, TITLE + items, numbering=numbering)
    assert [line for line in document.raw.split("\n") if line][1:] == ["第一条\u3000水塔由乡里管理。", "第二条\u3000下列行为应当禁止：", "（一）攀爬水塔；", "（二）倾倒垃圾。", "第三条\u3000违者罚款五十元。"]
    assert "第三条 违者罚款五十元。" in sentences(document)


@pytest.mark.parametrize(
    ("number", "kind", "shown"),
    [(10, "chineseCounting", "十"), (21, "chineseCounting", "二十一"), (105, "chineseCountingThousand", "一百零五"), (4, "upperRoman", "IV"), (3, "ideographTraditional", "丙"), (28, "lowerLetter", "bb"), (7, "decimalZero", "07"), (2, "decimalEnclosedCircle", "②")],
)  # fmt: skip
def test_numbers_are_written_in_the_way_of_their_list(number: int, kind: str, shown: str) -> None:
    assert written(number, kind) == shown


def test_a_line_break_inside_a_sentence_is_none_and_fields_stand_in_lines_of_their_own(tmp_path: Path) -> None:
    broken = run("全乡的水费由村里代收，每户") + "<w:r><w:br/></w:r>" + run("每月八元。")
    fields = "<w:r><w:br/></w:r>".join(map(run, ("受理单位：乡水利站", "办公电话：0571-0000", "办理时间：上午")))
    title = paragraph(run("竹溪乡供水") + "<w:r><w:br/></w:r>" + run("收费公告"), '<w:pStyle w:val="Title"/>')
    document = load(tmp_path, title + paragraph(broken) + paragraph(fields))
    assert document.title == "竹溪乡供水收费公告"
    assert sentences(document) == ["全乡的水费由村里代收，每户每月八元。", "受理单位：乡水利站", "办公电话：0571-0000", "办理时间：上午"]


def test_sentences_in_a_headings_style_are_text_and_headings_stay_headings(tmp_path: Path) -> None:
    heading, based = '<w:pStyle w:val="1"/>', '<w:pStyle w:val="Sub"/>'
    document = load(tmp_path, TITLE + paragraph("供水情况", heading) + paragraph("全乡有水井四十口。", heading) + paragraph("管道铺设", based) + paragraph("管网全长六公里；明年再铺两公里，届时各村都会通水", based))
    assert [section.title for section in document.sections] == ["供水情况", "管道铺设"]
    assert sentences(document) == ["全乡有水井四十口。", "管网全长六公里；明年再铺两公里，届时各村都会通水"]


def test_powers_and_indices_keep_their_place_and_formulas_read_in_a_line(tmp_path: Path) -> None:
    high, low = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    power = run("库容为2×10") + run("6", high) + run("m") + run("3", high) + run("，含O") + run("2", low) + run("充足。")
    fraction = "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b+1</m:t></m:r></m:den></m:f></m:oMath>"
    document = load(tmp_path, TITLE + paragraph(power) + paragraph(run("损耗率按") + fraction + run("计算。")))
    assert sentences(document) == ["库容为2×10⁶m³，含O₂充足。", "损耗率按a/(b+1)计算。"]


@pytest.mark.parametrize(
    ("creator", "created", "body", "author", "date"),
    [("裴安宁", "2023-09-14T03:00:00Z", "", "裴安宁", "2023-09-14"), ("Administrator", "2023-09-14T03:00:00Z", "", "", "2023-09-14"), ("裴安宁", "2023-09-14T03:00:00Z", paragraph("作者：陶润生 2022年3月5日"), "陶润生", "2022-03-05"), ("python-docx", "2013-12-23T23:15:00Z", "", "", "")],
)  # fmt: skip
def test_author_and_date_come_from_the_byline_and_else_from_the_files_properties(tmp_path: Path, creator: str, created: str, body: str, author: str, date: str) -> None:
    properties = f"<dc:creator>{creator}</dc:creator><dcterms:created>{created}</dcterms:created>"
    document = load(tmp_path, TITLE + body + paragraph("竹溪乡的供水工程已经完工，全乡居民都用上了自来水，水质检测合格。"), properties=properties)
    assert (document.author, document.date) == (author, date)


@pytest.mark.parametrize(
    ("byline", "author", "date"),
    [
        ("陶润生 2022年3月", "陶润生", "2022-03"),
        ("作者：陶润生 2022年3月", "陶润生", "2022-03"),
        ("陶润生（二〇二二年三月五日）", "陶润生", "2022-03-05"),
        ("陶润生、郝文清 | 2022-03-05", "陶润生，郝文清", "2022-03-05"),
        ("日期：2022年3月", "裴安宁", "2022-03"),
        ("2022.3", "裴安宁", "2022-03"),
        ("供水改造 2022年3月", "裴安宁", "2023-09-14"),
    ],
)
def test_the_date_and_the_names_of_a_byline_in_any_form_win_over_the_files_properties(tmp_path: Path, byline: str, author: str, date: str) -> None:
    properties = "<dc:creator>裴安宁</dc:creator><dcterms:created>2023-09-14T03:00:00Z</dcterms:created>"
    document = load(tmp_path, TITLE + paragraph(byline) + paragraph("竹溪乡的供水工程已经完工，全乡居民都用上了自来水，水质检测合格。"), properties=properties)
    assert (document.author, document.date) == (author, date)


def test_a_date_in_the_name_of_a_word_file_wins_over_its_properties(tmp_path: Path) -> None:
    file = tmp_path / "2022-03-05 供水.docx"
    file.write_bytes(word(TITLE + paragraph("竹溪乡的供水工程已经完工。"), properties="<dcterms:created>2023-09-14T03:00:00Z</dcterms:created>"))
    assert load_document(file).date == "2022-03-05"


def test_a_footnote_is_a_note_behind_its_paragraph_and_no_mark_stays_in_the_sentence(tmp_path: Path) -> None:
    noted = run("全乡有水井") + "<w:r><w:footnoteReference w:id='2'/></w:r>" + run("四十口。")
    notes = f"<w:footnote w:id='2'>{paragraph('含已经停用的水井。')}</w:footnote>"
    document = load(tmp_path, TITLE + paragraph(noted) + paragraph("每口井都有编号。"), footnotes=notes)
    assert sentences(document) == ["全乡有水井四十口。", "每口井都有编号。"]
    assert [document.text[slice(*block.spans[0])] for block in document.blocks if block.kind == "note"] == ["¹ 含已经停用的水井。"]


def test_a_nested_table_is_read_and_a_cell_over_rows_stands_in_each(tmp_path: Path) -> None:
    over = '<w:vMerge w:val="restart"/>'
    inner = f"<w:tbl>{row(cell(paragraph('片')), cell(paragraph('井')), cell(paragraph('深')))}{row(cell(paragraph('东片'), properties=over), cell(paragraph('一号')), cell(paragraph('9米')))}{row(cell(paragraph(''), properties='<w:vMerge/>'), cell(paragraph('二号')), cell(paragraph('8米')))}</w:tbl>"
    document = load(tmp_path, TITLE + f"<w:tbl>{row(cell(paragraph('水井普查如下。'), inner))}</w:tbl>" + paragraph("普查今年完成。"))
    assert sentences(document) == ["水井普查如下。", "片：东片；井：一号；深：9米", "片：东片；井：二号；深：8米", "普查今年完成。"]


def test_pictures_and_charts_are_reported_and_a_contents_page_is_no_text(tmp_path: Path) -> None:
    picture, chart = "<w:r><w:drawing><a:graphic><pic:pic/></a:graphic></w:drawing></w:r>", "<w:r><w:drawing><a:graphic><c:chart/></a:graphic></w:drawing></w:r>"
    document = load(tmp_path, TITLE + paragraph("供水情况 3", '<w:pStyle w:val="T1"/>') + paragraph(picture) + paragraph(run("用水量见图。") + chart))
    assert sentences(document) == ["用水量见图。"]
    assert [defect.raw for defect in document.defects if defect.kind == "unread"] == ["〔图片，没有读取〕", "〔图表，没有读取〕"]
