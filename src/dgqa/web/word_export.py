"""Write a conversation as a Word file with its answers, numbered sources and a list of references."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from itertools import groupby
from typing import Any, get_args

from dgqa.answer.parts import cautioned, unsaid
from dgqa.errors import missing_extra
from dgqa.messages import Language
from dgqa.types import Status
from dgqa.web.export import BEGIN, CELL, END, ITEM, RULE, Sources, Turn, place, quoted, shaped, shown_pieces
from dgqa.web.page.words import say

# What XML can't hold.
_UNFIT = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONT = "宋体"
_EDGES = re.compile(f"[{BEGIN}{END}]")
Run = tuple[str, bool, bool]  # text, whether it is bold, whether it is raised


def can_write_word() -> bool:
    """Whether the package that writes Word files is installed."""
    return find_spec("docx") is not None


def conversation_word(turns: Sequence[Turn], documents: Mapping[str, Mapping[str, Any]], *, language: Language = "Hans") -> bytes:
    """Return a conversation as the bytes of a .docx file: questions as headings, sources and references at the end.

    Args:
        turns: For each turn the ``question``, and as ``answer`` what ``Answer.to_dict()`` gives or None.
        documents: What is known of the articles by their ids, see `reference`.
        language: Of the headings and labels.

    Raises:
        MissingExtraError: python-docx is not installed.
    """
    if not can_write_word():
        raise missing_extra("writing Word files", "python-docx", "office")
    import docx
    from docx.oxml.ns import qn

    paper = docx.Document()
    paper.styles["Normal"].element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
    paper.core_properties.title, paper.core_properties.author = say("export_title", language), "dgqa"
    paper.add_heading(say("export_title", language), 0)
    sources = Sources()
    for count, turn in enumerate(turns, 1):
        paper.add_heading(f"{count}. {_line(turn['question']) or say('export_empty', language)}", 1)
        if turn.get("answer"):
            _answer(paper, turn["answer"], sources.numbers(turn["answer"]), language)
        else:
            paper.add_paragraph(say("export_empty", language))
    if sources.cited:
        paper.add_heading(say("sources", language), 1)
        for number, citation in enumerate(sources.cited, 1):
            paper.add_paragraph(_line(f"[{number}] {place(citation, language)}"))
            paper.add_paragraph(_text(quoted(citation)), "Quote")
        paper.add_heading(say("export_references", language), 1)
        for entry in sources.references(documents):
            paper.add_paragraph(_line(entry), "List Number")
    made = BytesIO()
    paper.save(made)
    return made.getvalue()


def _answer(paper: Any, answer: Mapping[str, Any], numbers: Mapping[int, int], language: Language) -> None:
    status, reason = str(answer.get("status", "")), str(answer.get("reason") or "")
    caution, text = cautioned(str(answer.get("text") or ""), status, reason)
    label = "unsure" if status == "partial" and answer.get("confidence") is not None else status
    if status in get_args(Status):
        paper.add_paragraph().add_run(say(label, language)).bold = True
    if caution:
        paper.add_paragraph().add_run(_text(caution)).italic = True
    _write(paper, _lines(shaped({**answer, "text": text}), numbers))
    if rest := unsaid(str(answer.get("text") or ""), reason):
        paper.add_paragraph(_text(rest))


def _lines(answer: Mapping[str, Any], numbers: Mapping[int, int]) -> list[list[Run]]:
    """Return the lines of an answer that is drawn with reserved characters, each as its runs."""
    lines: list[list[Run]] = [[]]
    for piece, number, strong in shown_pieces(answer, str(answer["text"])):
        if number:
            lines[-1].append((f"[{numbers[number]}]", False, True))
            continue
        for at, line in enumerate(_fit(piece).split("\n")):
            if at:
                lines.append([])
            for count, stretch in enumerate(_EDGES.split(line)):
                if stretch:
                    lines[-1].append((stretch, strong or count % 2 == 1, False))
    return lines


def _write(paper: Any, lines: Sequence[list[Run]]) -> None:
    """Write lines: items as a list, rows as a table, the rest as paragraphs, which a blank line parts."""
    for kind, group in groupby(lines, key=lambda line: line[0][0][0] if line and line[0][0][0] in (ITEM, CELL) else "" if line else "\n"):
        if kind == CELL:
            rows = [cells for line in group if (cells := _cells(line)) and not all(cell and cell[0][0] == RULE for cell in cells)]
            table = paper.add_table(len(rows), max(map(len, rows)), "Table Grid")
            for at, cells in enumerate(rows):
                for cell, runs in zip(table.rows[at].cells, cells, strict=False):
                    _run(cell.paragraphs[0], runs)
        elif kind == ITEM:
            for line in group:
                _run(paper.add_paragraph(style="List Bullet"), [(line[0][0][1:], *line[0][1:]), *line[1:]])
        elif not kind:
            paragraph = paper.add_paragraph()
            for at, line in enumerate(group):
                _run(paragraph, [("\n", False, False), *line] if at else line)


def _cells(line: Sequence[Run]) -> list[list[Run]]:
    """Cut the runs of a row at the edges of its cells."""
    cells: list[list[Run]] = []
    for text, strong, raised in line:
        for at, part in enumerate(text.split(CELL)):
            if at:
                cells.append([])
            if part and cells:
                cells[-1].append((part, strong, raised))
    return cells if not cells or cells[-1] else cells[:-1]


def _run(paragraph: Any, runs: Sequence[Run]) -> None:
    for text, strong, raised in runs:
        made = paragraph.add_run(text)
        made.bold, made.font.superscript = strong or None, raised or None


def _fit(text: object) -> str:
    """Return a text with no character that XML can't hold."""
    return _UNFIT.sub("\ufffd", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def _text(text: object) -> str:
    return _fit(text).strip("\n")


def _line(text: object) -> str:
    return " ".join(_text(text).split())
