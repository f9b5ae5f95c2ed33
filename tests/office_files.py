"""Small PDF and Word files made for tests: a PDF is written by hand, for nothing else here writes one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence


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
