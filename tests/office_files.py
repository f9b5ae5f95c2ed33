"""Small Office files made for tests: most are written by hand, which shows what a reader gets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Return a PDF with lines of Chinese text, in a font that a reader is to have, encoded as GBK."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    font = len(objects) + 1
    objects += [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /GBK-EUC-H /DescendantFonts [%d 0 R] >>" % (font + 1),
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>",
    ]
    kids = []
    for lines in pages:
        shown = b" ".join(b"<%s> Tj 0 -20 Td" % line.encode("gbk").hex().encode() for line in lines)
        content = b"BT /F1 12 Tf 72 760 Td " + shown + b" ET"
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 %d 0 R >> >> /Contents %d 0 R >>"
            % (font, len(objects) + 2)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def docx_bytes(items: Sequence[tuple[str, str] | list[list[str]]]) -> bytes:
    """Return a Word file of paragraphs, each a text and the name of a style, and tables."""
    import docx

    document = docx.Document()
    for item in items:
        if isinstance(item, list):
            table = document.add_table(len(item), len(item[0]))
            for row, texts in zip(table.rows, item, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        else:
            document.add_paragraph(item[0], style=item[1] or None)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def zip_bomb(size: int) -> bytes:
    """Return an archive of a few kilobytes that unpacks to ``size`` bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w", force_zip64=True) as member:
        for _ in range(size // 1_000_000):
            member.write(b" " * 1_000_000)
    return stream.getvalue()


def drawn_pdf(pages: Sequence[Sequence[tuple[object, ...]]], *, unicode: dict[str, str] | None = None) -> bytes:
    """Return a PDF with things where they are said to be, in points from the lower left of a page of 600 by 800.

    ("text", x, y, size, text), ("line", x0, y0, x1, y1) or ("picture",), which covers the page. ``unicode`` are characters that
    the font takes for others, as fonts do that show two by one shape.
    """
    taken = unicode or {}
    used = sorted({char for page in pages for item in page if item[0] == "text" for char in str(item[4])})
    shown = b"\n".join(b"<%s> <%s>" % (char.encode("utf-16-be").hex().encode(), taken.get(char, char).encode("utf-16-be").hex().encode()) for char in used)
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n%d beginbfchar\n%s\nendbfchar endcmap end end" % (len(used), shown)
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
        b" /DW 1000 /W [1 95 500] >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(to_unicode), to_unicode),
        b"null",
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n\x80\nendstream",
    ]
    kids = []
    for page in pages:
        content = b"\n".join(_drawn(item) for item in page)
        kids.append(len(objects) + 1)
        resources = b"<< /Font << /F1 3 0 R >> /XObject << /P 7 0 R >> >>"
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources %s /Contents %d 0 R >>" % (resources, len(objects) + 2))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    return _file(objects)


def _drawn(item: tuple[Any, ...]) -> bytes:
    if item[0] == "picture":
        return b"q 600 0 0 800 0 0 cm /P Do Q"
    if item[0] == "line":
        return b"%f %f m %f %f l S" % item[1:]
    _, x, y, size, text = item
    return b"BT /F1 %f Tf %f %f Td <%s> Tj ET" % (size, x, y, str(text).encode("utf-16-be").hex().encode())


def lines_of(text: str, width: int, x: float, y: float, size: float = 12, step: float = 20) -> list[tuple[object, ...]]:
    """Return a paragraph as lines of ``width`` characters for `drawn_pdf`, the first one two characters in."""
    cuts = [text[: width - 2], *(text[at : at + width] for at in range(width - 2, len(text), width))]
    return [("text", x + (2 * size if index == 0 else 0), y - step * index, size, cut) for index, cut in enumerate(cuts)]


_WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)


def paragraph(text: str, properties: str = "") -> str:
    """Return a paragraph of a Word file as XML; ``text`` may hold XML of runs instead of plain text."""
    runs = text if text.startswith("<") else f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{runs}</w:p>"


def word(body: str, *, parts: dict[str, str] | None = None, properties: str = "") -> bytes:
    """Return a Word file of the body's XML; ``parts`` are numbering, styles, footnotes by name, ``properties`` those of the file."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    named = parts or {}
    relations = "".join(f'<Relationship Id="r{at}" Type="{relation}/{name}" Target="{name}.xml"/>' for at, name in enumerate(named))
    files = {
        "_rels/.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{relation}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>',
        "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">{properties}</cp:coreProperties>',
        **{f"word/{name}.xml": f"<w:{name} {_WORD}>{xml}</w:{name}>" for name, xml in named.items()},
    }
    return archive(files)


def archive(files: dict[str, str]) -> bytes:
    """Return a zip file of texts by name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return stream.getvalue()


def workbook(sheets: dict[str, Sequence[Sequence[object]]], formats: dict[str, str] | None = None, merged: Sequence[str] = ()) -> bytes:
    """Return an .xlsx file; ``formats`` are number formats by cell, as "B2", and ``merged`` ranges, both of the first sheet."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    first = book.worksheets[0]
    for cell, form in (formats or {}).items():
        first[cell].number_format = form
    for cells in merged:
        first.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_SLIDE = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)


def shape(texts: Sequence[str], *, kind: str = "", top: int = 0) -> str:
    """Return a shape of a slide as XML: a placeholder of a kind, as "title", or a box at a height."""
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    lines = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    place = "" if kind else f'<a:xfrm><a:off x="0" y="{top}"/></a:xfrm>'
    return f"<p:sp><p:nvSpPr><p:nvPr>{holder}</p:nvPr></p:nvSpPr><p:spPr>{place}</p:spPr><p:txBody>{lines}</p:txBody></p:sp>"


def slides(pages: Sequence[str], notes: dict[int, str] | None = None) -> bytes:
    """Return a .pptx file of the shapes' XML of each slide; ``notes`` are by slide, from 1."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    related = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    tree = "<p:cSld><p:spTree>{}</p:spTree></p:cSld>"
    numbers = range(1, len(pages) + 1)
    listed = "".join(f'<p:sldId id="{n}" r:id="r{n}"/>' for n in numbers)
    targets = "".join(f'<Relationship Id="r{n}" Type="{relation}/slide" Target="slides/s{n}.xml"/>' for n in numbers)
    files = {
        "_rels/.rels": related.format(f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="ppt/presentation.xml"/>'),
        "ppt/presentation.xml": f"<p:presentation {_SLIDE}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": related.format(targets),
        **{f"ppt/slides/s{n}.xml": f"<p:sld {_SLIDE}>{tree.format(page)}</p:sld>" for n, page in enumerate(pages, 1)},
    }
    for number, text in (notes or {}).items():
        files[f"ppt/slides/_rels/s{number}.xml.rels"] = related.format(f'<Relationship Id="r1" Type="{relation}/notesSlide" Target="../notes/n{number}.xml"/>')
        files[f"ppt/notes/n{number}.xml"] = f"<p:notes {_SLIDE}>{tree.format(shape([text], kind='body'))}</p:notes>"
    return archive(files)


def book(chapters: Sequence[str], metadata: str) -> bytes:
    """Return an .epub file of the bodies of its chapters, after a contents page."""
    names = [f"c{at}.xhtml" for at in range(len(chapters))]
    items = "".join(f'<item id="{name}" href="{name}"/>' for name in names) + '<item id="nav" href="nav.xhtml" properties="nav"/>'
    spine = "".join(f'<itemref idref="{name}"/>' for name in ("nav", *names))
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
    return archive(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": f'<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{metadata}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>',
            "OEBPS/nav.xhtml": page.format("<p>目次</p>"),
            **{f"OEBPS/{name}": page.format(body) for name, body in zip(names, chapters, strict=True)},
        }
    )
