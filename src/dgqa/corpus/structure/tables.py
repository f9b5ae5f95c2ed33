"""Name the cells of table rows by their columns."""

from __future__ import annotations

import re

from dgqa.corpus.structure.lines import CAPTION, CONTINUED, Line


def mark_tables(lines: list[Line]) -> None:
    """Give every row of tab-separated cells its column names; a repeated header is dropped."""
    header: list[str] = []
    last = -99
    for index, line in enumerate(lines):
        if "\t" not in line.text or line.kind not in {"paragraph", "list_item"}:
            if not CONTINUED.fullmatch(line.text) and not CAPTION.match(line.text) and not re.fullmatch(r"[-—\s]+", line.text):
                header = [] if index - last > 2 else header
            continue
        cells = [" ".join(cell.split()) for cell in line.text.split("\t")]
        if len(cells) < 2 or not any(cells):
            continue
        fresh = not header or index - last > 3 or len(cells) != len(header)
        last = index
        line.kind = "table_row"
        if all(re.fullmatch(r"[-—:=]*", cell) for cell in cells) or (header and cells == header):
            line.kind = "boilerplate"
            continue
        if fresh:
            follows = lines[index + 1 : index + 3]
            if any("\t" in nxt.text for nxt in follows) and all(len(cell) <= 20 for cell in cells):
                header = cells
                line.kind = "meta"
                continue
            header = [""] * len(cells)
        line.rendered = "；".join(f"{name}：{cell}" if name else cell for name, cell in zip(header, cells, strict=False) if cell)
