"""A cleaned view with its marks in; typed blocks, a tree of sections and the article's metadata out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dgqa.boilerplate import Page, announces_links
from dgqa.cleaning import View
from dgqa.formats import FRONT_MATTER, Mark, iso_date
from dgqa.notes import inline_notes
from dgqa.text import CJK, simplify
from dgqa.types import Block, BlockKind, Section, Span

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
_PLAIN = 6  # rank of a heading without numbering: below whatever encloses it
_MARKUP = 10  # rank of <h1>; the others follow

_TERMINAL = tuple("。！？；…!?;：:，,、.")
_CLOSED = re.compile(r"[。！？!?…；;：:.][”’\"'」』）)】》\]]*$")
_GOES_ON = re.compile(f"[{CJK}，,、“（《]$")
_MAX_HEADING = 80
_LONGEST_FRONT_LINE = 400  # characters
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

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋庞熊纪舒屈项祝董梁"
    "杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪解应宗丁宣邓郁单杭洪包诸左石崔吉龚程嵇邢裴陆荣翁荀"
    "甄曲储靳段焦侯宓全班秋仲伊宁仇甘厉祖武符刘景詹束龙叶幸司黎薄印白蒲卓蔺屠池乔胥闻翟谭申冉桑桂牛寿边燕尚农温庄晏柴瞿阎连习艾向古"
    "易廖耿匡文广阙东沃利师巩聂晁敖冷辛简饶曾关查游权逯盖岳佘涂丘"
)
_NAME = rf"(?:[{_SURNAMES}][{CJK}]{{1,2}}|欧阳[{CJK}]{{1,2}}|司马[{CJK}]{{1,2}}|诸葛[{CJK}]{{1,2}}|巴松竹玛)"
_NAMES = re.compile(rf"{_NAME}(?:[\s,，、;；]+{_NAME}){{0,9}}")
_BYLINE = re.compile(
    rf"(?:作\s*者|文|撰文|记者|編輯|编辑|Author|By)\s*[:：／/|]\s*(?P<names>{_NAME}(?:[\s,，、;；和与]+{_NAME}){{0,9}}|[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){{1,4}})",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"(?:来源|稿源|出处|Source)\s*[:：]\s*(?P<source>[^\s：:|]{2,40})", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"(?:(?:发布|更新|发表|刊发)?(?:时间|日期)\s*[:：]\s*)?(?P<date>(?:19|20)\d{2}\s?(?:[-/.年])\s?\d{1,2}\s?(?:[-/.月])\s?\d{1,2}日?)"
    r"(?:\s*T?\d{1,2}:\d{2}(?::\d{2})?)?"
)
_KEYWORD = re.compile(r"[【\[]?(?:关键词|关键字|主题词|中图分类号|文献标识码|文章编号|Keywords?|DOI)[】\]]?\s*[:：*]", re.IGNORECASE)
_AFFILIATION = re.compile(r"(?:^\d{1,2}\s?[.．、]\s?)?\S{2,20}(?:大学|学院|研究院|研究所|研究中心|党校|公司|委员会)[\s,，]")


@dataclass(slots=True)
class Line:
    """A line of the view, its white space trimmed; ``kind`` is what it is taken for so far."""

    start: int
    end: int
    text: str
    kind: BlockKind = "paragraph"
    level: int = 0  # rank of a heading
    spans: list[Span] = field(default_factory=list)
    rendered: str = ""


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
    _front_matter_lines(lines)
    body = [line for line in lines if line.kind not in {"meta", "boilerplate"}]
    title_line = _title(body, meta)
    found = _front_lines(body, title_line)
    _tables(lines)
    _notes_and_references(lines)
    _headings(lines, title_line)
    _runs_of_headings(lines, title_line, page)
    lines = _join_broken(lines)
    title = meta.get("title", "").strip() or (title_line.text if title_line else "") or fallback_title
    blocks, sections = _assemble(view, lines, title_line, title)
    author = meta.get("author", "") or meta.get("authors", "")
    date = next((iso_date(meta[key]) for key in ("date", "published", "publish_date", "pubdate") if meta.get(key)), "")
    source = meta.get("source", "") or meta.get("site", "") or found.get("source", "")
    if found.get("author") and not _NAMES.fullmatch(simplify(author)):
        # Feeds put the name of the site where the author belongs.
        source, author = source or author, found["author"]
    return Structure(blocks, sections, title, author, date or found.get("date", ""), source)


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
        short = len(line.text) <= 60 and not _CLOSED.search(line.text) and "\t" not in line.text and not is_numbered(line.text)
        following = content[index + 1].text if index + 1 < len(content) else "。"
        announces = announces_links(line.text) and len(following) <= 60 and not _CLOSED.search(following)
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
            if "\t" in line.text or _PUBLISHED.search(line.text) or _NAMES.fullmatch(simplify(line.text)):
                continue
            line.kind, line.level = "heading", 0
            return line
    return None


# What readers call the fields of a front matter; other fields are no text.
_FIELDS = {
    "title": "标题", "subtitle": "副标题", "author": "作者", "authors": "作者", "date": "日期", "published": "日期", "updated": "更新日期",
    "source": "来源", "site": "网站", "categories": "分类", "category": "分类", "tags": "标签", "keywords": "关键词",
    "description": "摘要", "summary": "摘要", "abstract": "摘要", "publisher": "出版者", "journal": "期刊",
}  # fmt: skip


def _front_matter_lines(lines: list[Line]) -> None:
    """Name the fields of a front matter as readers do; the other lines of it are boilerplate."""
    for line in lines:
        if line.kind != "meta" or line.level != FRONT_MATTER:
            continue
        field_line = re.fullmatch(r"([A-Za-z_ -]{2,30}):\s*(\S.*)", line.text)
        name = _FIELDS.get(field_line[1].lower()) if field_line else None
        if field_line and name:
            line.rendered = f"{name}：{field_line[2].strip(chr(34) + chr(39))}"
        else:
            line.kind = "boilerplate"


def _has_words(text: str) -> bool:
    return _TWO_CHARACTERS.search(text) is not None


def _front_lines(lines: list[Line], title: Line | None) -> dict[str, str]:
    """Mark author, date, source and keyword lines around the body as "meta" and return what they say."""
    found: dict[str, str] = {}
    closed = [(i, len(line.text)) for i, line in enumerate(lines) if line.kind == "paragraph" and re.search("[。！？.!?]$", line.text)]
    body = next((i for least in (60, 12) for i, length in closed if length >= least), len(lines))
    head = range(min(body, 15))
    tail = range(max(body, len(lines) - 3), len(lines))
    for index in [*head, *range(body, min(body + 1, len(lines))), *tail]:
        line = lines[index]
        if line is title or line.kind not in {"paragraph", "heading"}:
            continue
        # What a longer line says stands at its beginning.
        text = simplify(line.text[:_LONGEST_FRONT_LINE])
        # Conversion keeps lengths but for a few words; names are shown as they are written.
        written = line.text[: len(text)] if len(line.text[:_LONGEST_FRONT_LINE]) == len(text) else text
        inset = len(text) - len(text.lstrip("()（）[]【】"))
        plain = text.strip("()（）[]【】")
        short = len(text) <= 120
        byline, source, published = _BYLINE.search(plain), _SOURCE.search(text), _PUBLISHED.search(text)
        is_meta = False
        if byline and (byline.start() == 0 or text[0] in "(（"):
            names = slice(inset + byline.start("names"), inset + byline.end("names"))
            found.setdefault("author", _names(text[names], written[names]))
            # "(作者:甲,某大学教授;乙,某所研究员)": every clause starts with a name.
            begins = [names.start, *(names.start + m.end() for m in re.finditer(r"[;；]\s*", text[names.start :]))]
            people = [re.match(rf"{_NAME}(?=[,，、])", text[at:]) for at in begins]
            if len(people) > 1 and all(people):
                found["author"] = "，".join(written[at : at + m.end()] for at, m in zip(begins, people, strict=True) if m)
            is_meta = True
        if index in head or index < 6:
            if short and source:
                found.setdefault("source", written[source.start("source") : source.end("source")])
                is_meta = True
            if short and published and len(text) - len(published.group()) <= 40 and not _CLOSED.search(text):
                found.setdefault("date", iso_date(published["date"]))
                if names_only := re.fullmatch(rf"\s*({_NAMES.pattern})\s*", text[published.end() :]):
                    at = published.end() + names_only.start(1)
                    found.setdefault("author", _names(names_only[1], written[at : at + len(names_only[1])]))
                is_meta = True
            if _NAMES.fullmatch(text) and index in head:
                found["author"] = _names(text, written)
                is_meta = True
            if index in head and short and _AFFILIATION.match(text + " ") and not _CLOSED.search(text):
                is_meta = True
        if is_meta:
            line.kind = "meta"
    for line in lines[: body + 8]:
        if line is not title and _KEYWORD.match(simplify(line.text[:40])):
            line.kind = "meta"
    return found


def _names(text: str, written: str) -> str:
    """Return the names in simplified ``text`` as they stand in ``written``, which is as long."""
    return "，".join(written[m.start() : m.end()] for m in re.finditer(_NAME, text)) or written.strip()


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
            line.kind, line.level = "heading", _PLAIN
        elif listing and line.kind == "heading":
            listing = False
        elif line.kind in {"paragraph", "list_item"}:
            if _REFERENCE.match(line.text) and (listing or re.search(r"\[[A-Z](?:/[A-Z]{2})?\]|https?://|\d{4}", line.text)):
                line.kind = "reference"
            elif _NOTE.match(line.text):
                line.kind = "note"
            elif not (_has_words(line.text) or _CLOSED.search(line.text.lstrip("?!。，"))) or is_image(line.text) or _CONTINUED.fullmatch(line.text):
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
            if bare and not _CLOSED.search(text) and (rank < 4 or (len(text) <= 50 and not re.search(r"\d{6}|[,，]\s", text))):
                line.kind, line.level = "heading", rank
            continue
        following = next((lines[i] for i in range(index + 1, len(lines)) if lines[i].kind != "boilerplate"), None)
        if marked >= 3 or text.endswith(_TERMINAL) or following is None or not _has_words(text):
            continue
        before = lines[index - 1] if index else None
        broken = before is not None and (
            (before.kind == "paragraph" and len(before.text) > 40 and not _CLOSED.search(before.text) and not _CAPTION.match(before.text))
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
        plain |= line is lines[-1] and line.kind == "paragraph" and not _CLOSED.search(line.text)
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
            cut = len(line.text) >= 30 and not _CLOSED.search(line.text) and _GOES_ON.search(line.text) and not _CAPTION.match(line.text)
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
    if rank >= _MARKUP or inner >= _MARKUP:
        # Markup encloses all numbering; numbering in the text never encloses markup.
        return inner >= _MARKUP and (rank < _MARKUP or inner < rank)
    if rank == _PLAIN:
        return inner not in {4, 5, _PLAIN} and not (len(opened) > 1 and opened[-2][0] == _PLAIN and inner > 3)
    if inner == _PLAIN:
        # A plain heading holds (1) and 1., but not 一、 or （一）, which stand above it.
        return rank >= 4
    return inner < rank
