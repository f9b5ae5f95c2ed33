"""Find the title and the headings among an article's lines: by markup, by number, by where they stand."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from dgqa.corpus.structure.lines import ARTICLE_RANK, CAPTION, CLOSED, NUMBERING, Line, has_words, is_numbered
from dgqa.corpus.structure.metadata import is_byline, is_names
from dgqa.corpus.structure.page_parts import Page
from dgqa.data import CJK
from dgqa.language.text import simplify

OUTERMOST = -1  # rank of what stands beside all numbering, such as a list of references
ATTACHED = -2  # rank of the title of what is attached: it holds all that follows
PLAIN = 7  # rank of a heading without numbering: below whatever encloses it
MARKUP = 10  # rank of <h1>; the others follow

_TERMINAL = tuple("。！？；…!?;：:，,、.")
MAX_HEADING = 80
_LABEL = re.compile(r"[^：:，。\s]{1,8}[：:]")  # with nothing behind it
_LABELLED = re.compile(r"[^：:]{1,16}[：:]\s?[^\s，,]{4}")  # and something behind the label
_ITEMS = 3  # lines beside each other that make a list
_NAMED = 12  # characters of a name under it
_FIELD = re.compile(r"(?!附|第)[^：:，。\s]{1,12}[：:]\s?(?=\S)")


def find_title(lines: list[Line], meta: Mapping[str, str]) -> Line | None:
    """Return the line that is the article's title: marked up as <h1>, or the first short line."""
    wanted = simplify("".join(meta.get("title", "").split()))
    for line in lines[:12] if wanted else ():
        text = "".join(line.text.split())
        text = simplify(text) if len(text) <= len(wanted) else ""
        # What a page calls itself may have the name of its site behind the title.
        least = 2 if line.kind == "heading" else 6
        sited = least <= len(text) < len(wanted) and wanted.startswith(text) and wanted[len(text)] in "-_|｜—–·"
        if text == wanted or sited:
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
        if is_numbered(line.text) or len(line.text) > MAX_HEADING:
            break
        if line.kind == "paragraph" and has_words(line.text) and not line.text.endswith(_TERMINAL):
            if "\t" in line.text or is_byline(line.text):
                continue
            line.kind, line.level = "heading", 0
            return line
    return None


def mark_headings(lines: list[Line], title: Line | None, *, marked_up: bool) -> None:
    """Make lines headings that are numbered as such, or stand by themselves without a stop.

    ``marked_up`` says that the format has a mark for headings and this text uses it, so that a bare line is none.
    """
    marked = 3 if marked_up else sum(1 for line in lines if line.kind == "heading" and line.level >= MARKUP)
    for index, line in enumerate(lines):
        if line.kind != "paragraph" or line is title or line.opens or line.inside:
            continue
        text = line.text
        if CAPTION.match(text) or "\t" in text or len(text) > MAX_HEADING or re.search(r"[。！？；!?;][^”’」』）)]", text):
            continue
        rank = next((rank for rank, pattern in enumerate(NUMBERING) if pattern.match(text)), None)
        if rank == ARTICLE_RANK:
            continue
        if rank is not None:
            bare = NUMBERING[rank].sub("", text, count=1).strip()
            if bare and not CLOSED.search(text) and (rank < 5 or (len(text) <= 50 and not re.search(r"\d{6}|[,，]\s", text))):
                line.kind, line.level = "heading", rank
            continue
        following = next((lines[i] for i in range(index + 1, len(lines)) if lines[i].kind != "boilerplate"), None)
        if _is_named_below(lines, index, following):
            line.kind = "list_item"
            continue
        if marked >= 3 or text.endswith(_TERMINAL) or following is None or not has_words(text):
            continue
        before = lines[index - 1] if index else None
        broken = before is not None and (
            (before.kind == "paragraph" and len(before.text) > 40 and not CLOSED.search(before.text) and not CAPTION.match(before.text))
            # A long line right under a heading is the first half of a paragraph that a page break cut.
            or (before.kind == "heading" and before is not title and len(text) > 40)
            or (following.kind == "note" and len(text) > 25)
        )
        if _is_field(lines, index) or _is_told(text):
            continue
        if broken or not re.search(f"[{CJK}A-Za-z]{{2}}", text) or text[0] in "”’）)】》，。；、":
            continue
        line.kind, line.level = "heading", PLAIN


def _is_told(text: str) -> bool:
    """Whether a line with a sign of its own says something: ✅ 开幕：五月一日."""
    return unicodedata.category(text[0]) == "So" and re.search("[：:，,]", text) is not None


def merge_title(lines: list[Line], title: str) -> list[Line]:
    """Join the lines that say an article's title once more, as letterheads do, into one heading that opens no section."""
    wanted = "".join(title.split())
    for first in range(min(len(lines), 12)):
        joined = ""
        for last in range(first, min(first + 6, len(lines))):
            joined += "".join(lines[last].text.split())
            if joined == wanted and last > first:
                line = lines[first]
                line.kind, line.level, line.text = "heading", 0, title
                line.spans = [span for part in lines[first : last + 1] for span in part.spans]
                return lines[: first + 1] + lines[last + 1 :]
            if not wanted.startswith(joined):
                break
    return lines


def _is_field(lines: list[Line], index: int) -> bool:
    """Whether a line says something by a label, 组长：陆青, or only lists people: it is no heading, though it has no stop."""
    text = lines[index].text
    field = _FIELD.match(text)
    if not field:
        return is_names(text)
    beside = [lines[at].text for at in (index - 1, index + 1) if 0 <= at < len(lines)]
    return len(text) - field.end() <= 4 or any(char.isdigit() for char in text[field.end() :]) or any(_FIELD.match(other) for other in beside)


def _is_named_below(lines: list[Line], index: int, following: Line | None) -> bool:
    """Whether a line is one of the names under a label that has nothing behind it: 副组长：, and each of them on a line below."""
    before = lines[index - 1] if index else None
    if before is None or len(lines[index].text) > _NAMED or lines[index].text.endswith(_TERMINAL):
        return False
    if before.kind == "list_item":
        return is_names(lines[index].text)
    short = following is None or (len(following.text) <= _NAMED and not CLOSED.search(following.text))
    return before.kind == "paragraph" and _LABEL.fullmatch(before.text) is not None and short


def mark_items(lines: Sequence[Line]) -> None:
    """Take numbered lines for items of a list that head nothing: three or more of a kind beside each other, or what has a label and says something behind it."""
    content = [line for line in lines if line.kind != "boilerplate"]
    again = Counter(line.text for line in content)
    run: list[Line] = []
    for at, line in enumerate(content):
        empty = line.kind == "heading" and ARTICLE_RANK < line.level < PLAIN and _heads_nothing(line, content[at + 1 : at + 2])
        if run and not (line.level == run[0].level and line.kind == "heading"):
            _make_items(run, again)
            run = []
        if not empty and run:
            run.append(line)  # the last one of a list, whatever stands behind it
            _make_items(run, again)
            run = []
        elif empty:
            run.append(line)
    _make_items(run, again)


def _heads_nothing(line: Line, following: Sequence[Line]) -> bool:
    if not following:
        return True
    behind = following[0]
    rank = next((rank for rank, pattern in enumerate(NUMBERING) if pattern.match(behind.text)), None)
    return behind.kind in ("heading", "paragraph") and (behind.text.endswith(("？", "?")) if rank is None else rank <= line.level)


def _make_items(run: Sequence[Line], again: Mapping[str, int]) -> None:
    # A page of contents names headings that come again.
    if sum(again[line.text] > 1 for line in run) * 2 > len(run):
        return
    for line in run:
        if len(run) >= _ITEMS or _LABELLED.match(line.text):
            line.kind, line.level = "list_item", 0


def mark_runs(lines: list[Line], title: Line | None, page: Page) -> None:
    """Take runs of three or more heading-like lines without any text under them for lists, of items or of links.

    Items follow a line that announces them, or share the article's words; links stand at the end or share none.
    """
    run: list[int] = []
    if not lines:
        return
    for index, line in enumerate([*lines, Line(0, 0, "。")]):
        plain = line.kind == "heading" and line.level == PLAIN and line is not title
        plain |= line is lines[-1] and line.kind == "paragraph" and not CLOSED.search(line.text)
        if plain or (run and line.kind == "boilerplate"):
            run.append(index)
            continue
        at_end = index == len(lines) or line.kind == "meta" or line.text.endswith(("：", ":"))
        kept = [lines[i] for i in (run if at_end else run[:-1])]  # the last one before a paragraph is its heading
        announced = bool(run) and run[0] > 0 and lines[run[0] - 1].text.endswith((":", "：")) and lines[run[0] - 1].kind == "paragraph"
        if sum(member.kind == "heading" for member in kept) >= (2 if announced and at_end else _ITEMS):
            apart = sorted(page.apart(member.text) for member in kept)[len(kept) // 2]
            items = announced or (not at_end and apart < 0.5)
            for member in kept:
                member.kind, member.level = "boilerplate" if member.kind == "boilerplate" or not items else "list_item", 0
        run = []


def encloses(opened: list[tuple[int, int]], rank: int) -> bool:
    """Whether a heading of ``rank`` stands under the innermost open one."""
    inner = opened[-1][0]
    if min(rank, inner) == OUTERMOST or rank == ATTACHED:
        return False
    if inner == ATTACHED:
        return True
    if rank >= MARKUP or inner >= MARKUP:
        # Markup encloses all numbering; numbering in the text never encloses markup.
        return inner >= MARKUP and (rank < MARKUP or inner < rank)
    if rank == PLAIN:
        return inner not in {5, 6, PLAIN} and not (len(opened) > 1 and opened[-2][0] == PLAIN and inner > 4)
    if inner == PLAIN:
        # A plain heading holds (1) and 1., but not 一、 or （一）, which stand above it.
        return rank >= 5
    return inner < rank
