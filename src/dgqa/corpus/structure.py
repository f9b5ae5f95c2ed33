"""A cleaned view with its marks in; typed blocks, a tree of sections and the article's metadata out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dgqa.corpus.boilerplate import Page, announces_links
from dgqa.corpus.cleaning import View
from dgqa.corpus.formats import Mark
from dgqa.corpus.front import CLOSED, Line, describe, front_lines, front_matter_lines, is_byline
from dgqa.corpus.notes import inline_notes
from dgqa.language.text import CJK, simplify
from dgqa.types import Block, Section

# Numbering of Chinese headings, outermost first; the index is the rank.
_NUMBER = "一二三四五六七八九十百零〇"
_NUMBERING = (
    re.compile(rf"第[{_NUMBER}\d]{{1,4}}[章编編篇部]"),
    re.compile(rf"第[{_NUMBER}\d]{{1,4}}[节節]"),
    re.compile(rf"[{_NUMBER}]{{1,3}}\s?[、．.]"),
    re.compile(rf"[（(]\s?[{_NUMBER}]{{1,3}}\s?[)）]"),
    re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}(?:[、．.]|\s)(?=\s*\D)"),
    re.compile(r"[（(]\s?\d{1,2}\s?[)）]|[①-⑳]"),
)
_OUTERMOST = -1  # rank of what stands beside all numbering, such as a list of references
_PLAIN = 6  # rank of a heading without numbering: below whatever encloses it
_MARKUP = 10  # rank of <h1>; the others follow

_TERMINAL = tuple("。！？；…!?;：:，,、.")
_GOES_ON = re.compile(f"[{CJK}，,、“（《]$")
_MAX_HEADING = 80
_TWO_CHARACTERS = re.compile(r"[^\W_][\W_]*[^\W_]")
_CAPTION = re.compile(r"(?:图表|圖表|图|圖|表|Figure|Table|Fig\.)\s?\d{1,3}(?:[-.]\d{1,3})?(?!\d)[\s:：]?\S", re.IGNORECASE)
_CONTINUED = re.compile(r"[（(]?\s*[续續]\s*表\s*\d*\s*[)）]?")
_REFERENCE = re.compile(r"\W{0,4}[\[［]\d{1,3}[\]］]")
_REFERENCES = re.compile(r"[【\[]?(?:主要)?(?:参考文献|參考文獻|References?|Bibliography|注释|註釋|尾注)[】\]]?[:：]?", re.IGNORECASE)
_NOTE = re.compile(r"(?:[¹²³⁴-⁹]+|[①-⑳*＊†])\s*\S|[【\[](?:作者|通信作者|基金|收稿|注)[^】\]]{0,12}[】\]]|(?:基金项目|作者简介|收稿日期)[：:]")
_IMAGE = re.compile(
    r"[\[【(（<]?\s?(?:\S{1,80}\.(?:png|jpe?g|gif|webp|bmp|svg|tiff?)|(?:图片|圖片|图像|圖像|插图|插圖|image|img|picture|photo)\s?\d{0,4})\s?[\]】)）>]?",
    re.IGNORECASE,
)

@dataclass(frozen=True, slots=True)
class Structure:
    """What `structure` returns."""

    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    title: str
    author: str
    date: str
    source: str


def structure(view: View, marks: Sequence[Mark], meta: Mapping[str, str], *, fallback_title: str) -> Structure:
    """Tell headings, paragraphs, list items, table rows, notes, references and boilerplate apart.

    ``meta`` is the file's front matter; its title, author and date win over what the text says.
    """
    lines = _lines(view)
    _apply_marks(view, lines, marks)
    lines = _inline_notes(lines)
    lines, page = _page_parts(lines)
    front_matter_lines(lines)
    body = [line for line in lines if line.kind not in {"meta", "boilerplate"}]
    title_line = _title(body, meta)
    found = front_lines(body, title_line)
    _tables(lines)
    _notes_and_references(lines)
    _headings(lines, title_line)
    _runs_of_headings(lines, title_line, page)
    lines = _join_broken(lines)
    title = meta.get("title", "").strip() or (title_line.text if title_line else "") or fallback_title
    blocks, sections = _assemble(view, lines, title_line, title)
    author, date, source = describe(meta, found)
    return Structure(blocks, sections, title, author, date, source)


def _lines(view: View) -> list[Line]:
    lines = []
    at = 0
    for text in view.text.split("\n"):
        stripped = text.strip()
        if stripped:
            start = at + text.index(stripped)
            lines.append(Line(start, start + len(stripped), stripped, spans=[(start, start + len(stripped))]))
        at += len(text) + 1
    return lines


def _apply_marks(view: View, lines: list[Line], marks: Sequence[Mark]) -> None:
    """Give lines the kinds that the markup says: navigation before fields before headings before list items."""
    if not lines:
        return
    starts = [view.offsets.raw_span(line.start, line.start + 1)[0] for line in lines]
    everywhere = range(len(lines))
    short = [index for index in everywhere if len(lines[index].text) <= 2 * _MAX_HEADING]
    for kind, members in (("list_item", everywhere), ("heading", short), ("meta", everywhere), ("boilerplate", everywhere)):
        places = [starts[index] for index in members]
        for at, mark in _innermost(places, [mark for mark in marks if mark.kind == kind]):
            line = lines[members[at]]
            line.kind, line.level = mark.kind, mark.level + (_MARKUP if kind == "heading" else 0)


def _innermost(places: Sequence[int], marks: Sequence[Mark]) -> Iterator[tuple[int, Mark]]:
    """Yield which of the sorted ``places`` lie inside marks, by index, each with the last of the marks around it.

    Broken markup can nest ten thousand marks around ten thousand lines, so each place is visited once.
    """
    free = list(range(len(places) + 1))  # the next place, from each one on, that no mark has taken
    for mark in reversed(marks):
        at = bisect_left(places, mark.start)
        while True:
            root = at
            while free[root] != root:
                root = free[root]
            while free[at] != root:
                free[at], at = root, free[at]
            if root == len(places) or places[root] >= mark.end:
                break
            yield root, mark
            free[root] = at = root + 1


def _inline_notes(lines: list[Line]) -> list[Line]:
    """Take the footnotes inside lines out of them; each becomes a note of its own behind its line."""
    split: list[Line] = []
    for line in lines:
        split.append(line)
        if line.kind in {"meta", "boilerplate"}:
            continue
        notes = inline_notes(line.text)
        if not notes:
            continue
        if notes[0] == (0, len(line.text)):
            line.kind = "reference" if _REFERENCE.match(line.text) else "note"
            continue
        edges = [0, *(edge for span in notes for edge in span), len(line.text)]
        kept = [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end]
        split += [Line(line.start + begin, line.start + end, line.text[begin:end], "note", spans=[(line.start + begin, line.start + end)]) for begin, end in notes]
        line.spans = [(line.start + begin, line.start + end) for begin, end in kept]
        line.text = "".join(line.text[begin:end] for begin, end in kept)
    return split


def _page_parts(lines: list[Line]) -> tuple[list[Line], Page]:
    """Mark spam, adverts, share bars, link lists and stray words as boilerplate, those behind a paragraph's end too."""
    content = [line for line in lines if line.kind not in {"meta", "boilerplate"}]
    page = Page([line.text for line in content])
    listing = False
    for index, line in enumerate(content):
        short = len(line.text) <= 60 and not CLOSED.search(line.text) and "\t" not in line.text and not is_numbered(line.text)
        following = content[index + 1].text if index + 1 < len(content) else "。"
        announces = announces_links(line.text) and len(following) <= 60 and not CLOSED.search(following)
        listing = announces or (listing and short)
        if listing:
            line.kind = "boilerplate"
        elif line.kind not in {"paragraph", "list_item"} or "\t" in line.text or is_numbered(line.text):
            continue
        elif page.is_boilerplate(line.text, index) or page.is_stray(line.text):
            line.kind = "boilerplate"
    split: list[Line] = []
    for line in lines:
        split.append(line)
        cut = page.body_end(line.text) if line.kind == "paragraph" else len(line.text)
        begin, end = line.spans[-1]
        at = end - (len(line.text) - cut)
        if begin < at < end:
            rest = line.text[cut:].lstrip()
            line.spans[-1], line.text = (begin, at), line.text[:cut]
            split.append(Line(end - len(rest), end, rest, "boilerplate", spans=[(end - len(rest), end)]))
    return split, page


def _title(lines: list[Line], meta: Mapping[str, str]) -> Line | None:
    """Return the line that is the article's title: marked up as <h1>, or the first short line."""
    wanted = simplify("".join(meta.get("title", "").split()))
    for line in lines[:12]:
        if wanted and simplify("".join(line.text.split())) == wanted:
            line.kind, line.level = "heading", 0
            return line
    if wanted:
        return None
    marked = [line for line in lines[:12] if line.kind == "heading"]
    if marked and marked[0].level == min(line.level for line in lines if line.kind == "heading"):
        top = [line for line in lines if line.kind == "heading" and line.level == marked[0].level]
        if len(top) == 1 or lines.index(marked[0]) == 0:
            marked[0].level = 0
            return marked[0]
    for line in lines[:4]:
        if is_numbered(line.text) or len(line.text) > _MAX_HEADING:
            break
        if line.kind == "paragraph" and _has_words(line.text) and not line.text.endswith(_TERMINAL):
            if "\t" in line.text or is_byline(line.text):
                continue
            line.kind, line.level = "heading", 0
            return line
    return None


def _has_words(text: str) -> bool:
    return _TWO_CHARACTERS.search(text) is not None


def _tables(lines: list[Line]) -> None:
    """Give every row of tab-separated cells its column names; a repeated header is dropped."""
    header: list[str] = []
    last = -99
    for index, line in enumerate(lines):
        if "\t" not in line.text or line.kind not in {"paragraph", "list_item"}:
            if not _CONTINUED.fullmatch(line.text) and not _CAPTION.match(line.text) and not re.fullmatch(r"[-—\s]+", line.text):
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


def _notes_and_references(lines: list[Line]) -> None:
    listing = False
    for line in lines:
        if _REFERENCES.fullmatch(line.text):
            listing = True
            line.kind, line.level = "heading", _OUTERMOST
        elif listing and line.kind == "heading":
            listing = False
        elif line.kind in {"paragraph", "list_item"}:
            if _REFERENCE.match(line.text) and (listing or re.search(r"\[[A-Z](?:/[A-Z]{2})?\]|https?://|\d{4}", line.text)):
                line.kind = "reference"
            elif _NOTE.match(line.text):
                line.kind = "note"
            elif not (_has_words(line.text) or CLOSED.search(line.text.lstrip("?!。，"))) or is_image(line.text) or _CONTINUED.fullmatch(line.text):
                line.kind = "boilerplate"


def is_numbered(text: str) -> bool:
    """Whether a line begins with a heading's number."""
    return any(pattern.match(text) for pattern in _NUMBERING)


def is_image(text: str) -> bool:
    """Whether a line only stands for a picture: the name of its file, or a word for one."""
    return _IMAGE.fullmatch(text) is not None


def _headings(lines: list[Line], title: Line | None) -> None:
    marked = sum(1 for line in lines if line.kind == "heading" and line.level >= _MARKUP)
    for index, line in enumerate(lines):
        if line.kind != "paragraph" or line is title:
            continue
        text = line.text
        if _CAPTION.match(text) or "\t" in text or len(text) > _MAX_HEADING or re.search(r"[。！？；!?;][^”’」』）)]", text):
            continue
        rank = next((rank for rank, pattern in enumerate(_NUMBERING) if pattern.match(text)), None)
        if rank is not None:
            bare = _NUMBERING[rank].sub("", text, count=1).strip()
            if bare and not CLOSED.search(text) and (rank < 4 or (len(text) <= 50 and not re.search(r"\d{6}|[,，]\s", text))):
                line.kind, line.level = "heading", rank
            continue
        following = next((lines[i] for i in range(index + 1, len(lines)) if lines[i].kind != "boilerplate"), None)
        if marked >= 3 or text.endswith(_TERMINAL) or following is None or not _has_words(text):
            continue
        before = lines[index - 1] if index else None
        broken = before is not None and (
            (before.kind == "paragraph" and len(before.text) > 40 and not CLOSED.search(before.text) and not _CAPTION.match(before.text))
            # A long line right under a heading is the first half of a paragraph that a page break cut.
            or (before.kind == "heading" and before is not title and len(text) > 40)
            or (following.kind == "note" and len(text) > 25)
        )
        if broken or not re.search(f"[{CJK}A-Za-z]{{2}}", text) or text[0] in "”’）)】》，。；、":
            continue
        line.kind, line.level = "heading", _PLAIN


def _runs_of_headings(lines: list[Line], title: Line | None, page: Page) -> None:
    """Take runs of three or more heading-like lines without any text under them for lists, of items or of links.

    Items follow a line that announces them, or share the article's words; links stand at the end or share none.
    """
    run: list[int] = []
    if not lines:
        return
    for index, line in enumerate([*lines, Line(0, 0, "。")]):
        plain = line.kind == "heading" and line.level == _PLAIN and line is not title
        plain |= line is lines[-1] and line.kind == "paragraph" and not CLOSED.search(line.text)
        if plain or (run and line.kind == "boilerplate"):
            run.append(index)
            continue
        at_end = index == len(lines) or line.kind == "meta"
        kept = [lines[i] for i in (run if at_end else run[:-1])]  # the last one before a paragraph is its heading
        if sum(member.kind == "heading" for member in kept) >= 3:
            announced = run[0] > 0 and lines[run[0] - 1].text.endswith((":", "：")) and lines[run[0] - 1].kind == "paragraph"
            apart = sorted(page.apart(member.text) for member in kept)[len(kept) // 2]
            items = announced or (not at_end and apart < 0.5)
            for member in kept:
                member.kind = "boilerplate" if member.kind == "boilerplate" or not items else "list_item"
        run = []


def _join_broken(lines: list[Line]) -> list[Line]:
    """Join the halves of a paragraph that a page break, with or without a footnote, has cut."""
    joined: list[Line] = []
    open_half: Line | None = None
    for line in lines:
        if line.kind == "paragraph":
            cut = len(line.text) >= 30 and not CLOSED.search(line.text) and _GOES_ON.search(line.text) and not _CAPTION.match(line.text)
            if open_half is not None and not _CAPTION.match(line.text):
                open_half.spans += line.spans
                open_half.text += line.text
                open_half = open_half if cut else None
                continue
            open_half = line if cut else None
        elif line.kind not in {"note", "boilerplate"}:
            open_half = None
        joined.append(line)
    return joined


def _assemble(view: View, lines: list[Line], title_line: Line | None, title: str) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    blocks: list[Block] = []
    opened: list[tuple[int, int]] = []  # (rank, section index), outermost first
    drafts: list[tuple[str, int, int, tuple[str, ...]]] = []  # title, level, start, path
    ends: dict[int, int] = {}
    for line in lines:
        if line.kind == "heading" and line is not title_line and line.text != title:
            start = view.offsets.raw_span(line.start, line.end)[0]
            while opened and not _encloses(opened, line.level):
                ends[opened.pop()[1]] = start
            path = (*(drafts[index][0] for _, index in opened), line.text)
            drafts.append((line.text, len(path), start, path))
            opened.append((line.level, len(drafts) - 1))
        blocks.append(Block(line.kind, tuple(line.spans), opened[-1][1] if opened else -1, line.rendered))
    last = view.offsets.raw_span(lines[-1].start, lines[-1].end)[1] if lines else 0
    sections = tuple(Section(name, level, start, ends.get(i, last), path) for i, (name, level, start, path) in enumerate(drafts))
    return tuple(blocks), sections


def _encloses(opened: list[tuple[int, int]], rank: int) -> bool:
    """Whether a heading of ``rank`` stands under the innermost open one."""
    inner = opened[-1][0]
    if rank == _OUTERMOST or inner == _OUTERMOST:
        return False
    if rank >= _MARKUP or inner >= _MARKUP:
        # Markup encloses all numbering; numbering in the text never encloses markup.
        return inner >= _MARKUP and (rank < _MARKUP or inner < rank)
    if rank == _PLAIN:
        return inner not in {4, 5, _PLAIN} and not (len(opened) > 1 and opened[-2][0] == _PLAIN and inner > 3)
    if inner == _PLAIN:
        # A plain heading holds (1) and 1., but not 一、 or （一）, which stand above it.
        return rank >= 4
    return inner < rank
