"""Show the documents of an index as escaped HTML: a catalogue of them, and the original text of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from dgqa.errors import IndexNotFoundError
from dgqa.language.text import fold
from dgqa.messages import Language, page_name
from dgqa.web.leaves import Leaves, is_drawn, number_of
from dgqa.web.page.grids import Cell, Grid, grids
from dgqa.web.page.marks import AROUND, Extra, Piece, blocks, cut, extras, parts, without_around
from dgqa.web.page.rendering import button, permalink
from dgqa.web.page.words import TAGS, escape, kind_name, lang, say
from dgqa.web.placing import shown_folder

PAGE = 50  # documents listed at once
_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"}
_MAX_LEVEL = 4


class Library(Protocol):
    """What the articles are read from; an ``Index`` is one."""

    def documents(self) -> list[dict[str, Any]]: ...

    def raw(self, doc_id: str) -> str: ...

    def page(self, doc_id: str, start: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Laid:
    """An article laid out: its raw text, what is special in it, its lines, its parts, its tables, where its own title stands, if it does, and its corpus."""

    raw: str
    spans: list[Extra]
    lines: list[tuple[int, int]]
    parts: list[tuple[int, int]]
    grids: list[Grid]
    title: int
    corpus: str


class Shelf:
    """Shows the articles of a library; safe to use from several threads.

    ``library`` is asked for each time, since articles may be added while the page is open. ``corpus`` is its name, "" for the only one.
    """

    def __init__(self, library: Callable[[], Library | None], corpus: str = "") -> None:
        self._library, self._corpus = library, corpus
        self._guard = Lock()
        self._of: Library | None = None
        self._listing: list[dict[str, Any]] = []
        self._laid: dict[str, Laid] = {}
        self._leaves = Leaves()

    @property
    def is_there(self) -> bool:
        """Whether there is a library to show."""
        return self._library() is not None

    def documents(self) -> list[dict[str, Any]]:
        """Return what is known of every document, in the order of their paths; [] without a library."""
        library = self._library()
        with self._guard:
            if library is not self._of:
                self._of, self._listing, self._laid = library, library.documents() if library else [], {}
            return self._listing

    def raw(self, doc_id: str) -> str | None:
        """Return the raw text of a document, None where there is none by that id."""
        library = self._library()
        try:
            return library.raw(doc_id) if library else None
        except IndexNotFoundError:
            return None

    def catalogue(self, language: Language, query: str = "", count: int = PAGE, own: Callable[[str], bool] | None = None) -> str:
        """Return the list of the documents whose title, author, date or path has every word of a query, in any script; those that are ``own`` can be deleted."""
        words = fold(query[:200]).split()
        found = [d for d in self.documents() if all(word in fold(" ".join((d["title"], d["author"], d["date"], d["path"]))) for word in words)]
        if not found:
            return f'<p class="dgqa-empty">{say("none", language)}</p>'
        heads = "".join(f'<th scope="col">{say(key, language)}</th>' for key in ("col_title", "col_author", "col_date", "col_script", "col_length", "col_defects"))
        rows = "".join(_row(d, self._corpus, language, own is not None and own(str(d["path"]))) for d in found[: max(1, count)])
        rest = f'<button type="button" class="dgqa-more" value="{count + PAGE}">{say("more", language)}</button>' if len(found) > count else ""
        counted = f'<p class="dgqa-counted" role="status">{say("counted", language, len(found))}</p>'
        return f'{counted}<table class="dgqa-list"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{rest}'

    def article(self, doc_id: str, start: int, end: int, language: Language, *, whole: bool = False) -> tuple[str, str]:
        """Return what stands above a document and the part of it that holds the span ``start:end``, or its beginning where that is empty; ``whole`` for all parts.

        Above stands the title, with the page of the span where the file has pages; "" where there is no such document: the HTML then says so.
        """
        document = next((d for d in self.documents() if d["doc_id"] == doc_id), None)
        laid = self._lay(document) if document else None
        if document is None or laid is None:
            return "", f'<p class="dgqa-empty" role="alert">{say("no_document", language)}</p>'
        inside = 0 <= start < end <= len(laid.raw)
        warning = "" if inside or start == end == 0 else f'<p class="dgqa-note" role="alert">{say("bad_span", language)}</p>'
        # An empty span within the text is a place to go to, such as a heading, and cites nothing.
        place = start if 0 <= start <= end and start < len(laid.raw) and (inside or start == end) else 0
        cited = (start, end) if inside else (0, 0)
        line = max(0, bisect_right(laid.lines, place, key=lambda span: span[0]) - 1)
        part = max(0, bisect_right(laid.parts, line, key=lambda span: span[0]) - 1)
        first, last = (0, len(laid.lines)) if whole else laid.parts[part]
        body = "".join(_lines(laid, range(first, last), document["sections"], cited, place, language))
        turning = "" if whole else _turning(document, laid, part, language)
        tag = f' lang="{TAGS[document["script"]]}"' if document["script"] in TAGS else lang(document["title"])
        leaf = f'<aside id="dgqa-leaf" aria-label="{say("printed", language)}" aria-busy="true"></aside>' if is_drawn(document, self._roots()) else ""
        html = (
            f'<article class="dgqa-article" aria-labelledby="dgqa-article-title">{_head(document, language)}{warning}'
            f'<div class="dgqa-open-book">{_contents(document, laid, part, place, language)}'
            f'<div class="dgqa-body"{tag}>{turning}{body}{turning}</div>{leaf}</div></article>'
        )
        page = self._page(doc_id, start) if inside else ""
        above = (document["title"] or document["path"], page_name(page, language))
        return " · ".join(part for part in above if part), html

    def leaf(self, doc_id: str, start: int, end: int, number: int, language: Language) -> str:
        """Return the page of a PDF that holds the span ``start:end``, or the page of a number above 0, with the span lit on it; "" where there is none."""
        document = next((d for d in self.documents() if d["doc_id"] == doc_id), None)
        roots = self._roots()
        if document is None or not is_drawn(document, roots):
            return ""
        raw = self.raw(doc_id) or ""
        words = without_around(raw, start, end, document["defects"]) if 0 <= start < end <= len(raw) else ""
        return self._leaves.leaf(document, roots, number or number_of(self._page(doc_id, start)), words, language)

    def _roots(self) -> list[str]:
        return [str(root) for root in getattr(self._library(), "manifest", {}).get("corpus", ())]

    def _page(self, doc_id: str, start: int) -> str:
        library = self._library()
        return library.page(doc_id, start) if library else ""

    def _lay(self, document: Mapping[str, Any]) -> Laid | None:
        doc_id = str(document["doc_id"])
        with self._guard:
            if doc_id in self._laid:
                return self._laid[doc_id]
        raw = self.raw(doc_id)
        if raw is None:
            return None
        spans = extras(raw, str(document["path"]), document["defects"])
        lines = blocks(raw, spans)
        laid = Laid(raw, spans, lines, parts(lines), grids(raw, str(document["path"])), _title_at(raw, lines, spans, str(document["title"])), self._corpus)
        with self._guard:
            if len(self._laid) >= 8:  # the last ones read, so that turning a page of a long article costs nothing
                self._laid.pop(next(iter(self._laid)))
            self._laid[doc_id] = laid
        return laid


def _row(document: Mapping[str, Any], corpus: str, language: Language, own: bool) -> str:
    title = document["title"] or document["path"]
    script = say(document["script"], language) if document["script"] in TAGS else "—"
    link = f'<a class="dgqa-open"{lang(title)} href="{permalink(document["doc_id"], 0, 0, corpus)}">{escape(title)}</a>'
    path, (folder, slash, _) = escape(str(document["path"])), str(document["path"]).rpartition("/")
    if name := shown_folder(folder + slash):
        link += button("folder", escape(folder + slash), say("only_folder", language, name.rstrip("/")), escape(name.rstrip("/")))
    if own:
        link += button("small dgqa-move", path, say("move_article", language, title), say("move", language))
        link += button("small dgqa-remove", path, say("remove", language, title), say("delete", language))
    cells = (
        ("col_author", _told(document["author"]) or "—"),
        ("col_date", escape(document["date"]) or "—"),
        ("col_script", script),
        ("col_length", f"{document['characters']:,}"),
        ("col_defects", str(damage(document) or "—")),
    )
    rest = "".join(
        f'<td data-label="{say(key, language)}" class="is-{key[4:]}{" is-nothing" if text == "—" else ""}">{text}</td>' for key, text in cells
    )
    return f'<tr><th scope="row">{link}</th>{rest}</tr>'


def _head(document: Mapping[str, Any], language: Language) -> str:
    title = document["title"] or document["path"]
    defects = damage(document)
    facts = [
        *(_told(document[key]) for key in ("author", "date", "source")),
        say(document["script"], language) if document["script"] in TAGS else "",
        say("characters", language, document["characters"]),
        say("repairs", language, defects) if defects else say("no_repairs", language),
    ]
    told = "".join(f"<span>{fact}</span>" for fact in facts if fact)
    legend = f'<p class="dgqa-legend">{say("legend", language)}</p>' if document["defects"] else ""
    return (
        f'<header class="dgqa-article-head"><h2 id="dgqa-article-title" tabindex="-1"{lang(title)}>{escape(title)}</h2>'
        f'<p class="dgqa-facts">{told}</p>{legend}'
        f'<label class="dgqa-toggle"><input type="checkbox" id="dgqa-raw">{say("show_raw", language)}</label>'
        f'<button type="button" class="dgqa-plain" data-act="print">{say("print", language)}</button></header>'
    )


def _told(text: str) -> str:
    """Return a fact that the document tells in its own language."""
    return f"<span{lang(text)}>{escape(text)}</span>" if text else ""


def _contents(document: Mapping[str, Any], laid: Laid, part: int, place: int, language: Language) -> str:
    sections = document["sections"]
    if not sections:
        return ""
    first, last = laid.parts[part]
    low, high = laid.lines[first][0] if laid.lines else 0, laid.lines[last - 1][1] if laid.lines else 0
    items = []
    current = bisect_right(sections, place, key=lambda section: int(section["start"])) - 1 if place else -1
    for at, section in enumerate(sections):
        here = low <= section["start"] < high
        # A heading of another part is a link that loads it.
        target = f'href="#h{at}"' if here else f'class="dgqa-open" href="{permalink(document["doc_id"], section["start"], section["start"], laid.corpus)}"'
        target += ' aria-current="location"' if at == current else ""
        items.append(f'<li class="is-level{min(int(section["level"]), _MAX_LEVEL)}"><a {target}{lang(section["title"])}>{escape(section["title"])}</a></li>')
    label = say("contents", language)
    return f'<details class="dgqa-contents" open><summary>{label}</summary><nav aria-label="{label}"><ol>{"".join(items)}</ol></nav></details>'


def _turning(document: Mapping[str, Any], laid: Laid, part: int, language: Language) -> str:
    if len(laid.parts) == 1:
        return ""

    def link(to: int, key: str) -> str:
        if not 0 <= to < len(laid.parts):
            return "<span></span>"
        start = laid.lines[laid.parts[to][0]][0]
        return f'<a class="dgqa-open" href="{permalink(document["doc_id"], start, start, laid.corpus)}">{say(key, language)}</a>'

    told = say("part", language, part + 1, len(laid.parts))
    return f'<p class="dgqa-turning" lang="{TAGS[language]}">{link(part - 1, "earlier")}<span>{told}</span>{link(part + 1, "later")}</p>'


def damage(document: Mapping[str, Any]) -> int:
    """Return in how many places a document is damaged."""
    return sum(defect["kind"] not in AROUND for defect in document["defects"])


def _title_at(raw: str, lines: Sequence[tuple[int, int]], spans: Sequence[Extra], title: str) -> int:
    """Return where the line begins that repeats the title, which stands above the article; -1 where none of the first does."""
    wanted = "".join(fold(title).split())
    shown = 0
    for start, end in lines[:60]:
        said = "".join(fold("".join(piece.shown for piece in cut(raw, start, end, spans, (0, 0)))).split())
        if wanted and said == wanted:
            return start
        shown += bool(said)
        if shown > 3:
            break
    return -1


def _lines(
    laid: Laid, places: range, sections: Sequence[Mapping[str, Any]], cited: tuple[int, int], place: int, language: Language
) -> Iterator[str]:
    """Yield the lines of a part, those of a table as the table."""
    tables = {bisect_right(laid.lines, grid.start, key=lambda line: line[0]) - 1: grid for grid in laid.grids}
    over = max((grid.end for grid in laid.grids if places and grid.start < laid.lines[places[0]][0]), default=0)
    for at in places:
        start, end = laid.lines[at]
        if end <= over + 1 and start < over:
            continue
        if at in tables:
            grid = tables[at]
            over = grid.end
            yield _table(laid, grid, cited, language)
        else:
            yield _line(laid, at, sections, cited, place, language)


def _table(laid: Laid, grid: Grid, cited: tuple[int, int], language: Language) -> str:
    def cell(given: Cell) -> str:
        inner = "".join(_piece(laid.raw, piece, cited, language) for piece in cut(laid.raw, *given.span, laid.spans, cited)).strip()
        wide = "".join(f' {name}span="{count}"' for name, count in (("col", given.columns), ("row", given.rows)) if count > 1)
        return f'<th scope="col"{wide}>{inner}</th>' if given.heads else f"<td{wide}>{inner}</td>"

    rows = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in grid.rows)
    return f'<div class="dgqa-grid" tabindex="0"><table><tbody>{rows}</tbody></table></div>'


def _line(laid: Laid, at: int, sections: Sequence[Mapping[str, Any]], cited: tuple[int, int], place: int, language: Language) -> str:
    start, end = laid.lines[at]
    first = _first_from(sections, start)
    inside = [number for number in range(first, len(sections)) if start <= sections[number]["start"] < end]
    inner = "".join(_piece(laid.raw, piece, cited, language) for piece in cut(laid.raw, start, end, laid.spans, cited))
    if not inner.strip("\n"):
        return '<div class="dgqa-blank"></div>' if inner else ""
    here = ' data-place="1"' if start <= place < end and place and cited == (0, 0) else ""
    if start == laid.title and not cited[0] < end <= cited[1] + 1 and not inside:
        return f'<p class="dgqa-line is-title">{inner}</p>'
    if not inside:
        return f'<p class="dgqa-line"{here}>{inner}</p>'
    anchors = "".join(f'<span id="h{number}"></span>' for number in inside)
    level = min(int(sections[inside[0]]["level"]), _MAX_LEVEL)
    if end - start > 300:  # a heading that runs into its paragraph
        return f'<p class="dgqa-line"{here}>{anchors}{inner}</p>'
    return f'<h{level + 2} class="dgqa-line is-heading" tabindex="-1"{here}>{anchors}{inner}</h{level + 2}>'


def _first_from(sections: Sequence[Mapping[str, Any]], start: int) -> int:
    low, high = 0, len(sections)
    while low < high:
        middle = (low + high) // 2
        if sections[middle]["start"] < start:
            low = middle + 1
        else:
            high = middle
    return low


def _piece(raw: str, piece: Piece, cited: tuple[int, int], language: Language) -> str:
    shown = _visible(piece.shown)
    if piece.kind == "markup":
        inner = f'<span class="dgqa-raw">{_visible(raw[piece.start : piece.end])}</span>'
        inner = f'<span class="dgqa-read">{shown}</span>{inner}'
    elif piece.kind == "fixed":
        original = _visible(raw[piece.start : piece.end]) or say("nothing_there", language)
        kind = _kind(piece, language)
        # The tip is text within, so that what reads the page aloud reads it too.
        inner = (
            f'<span class="dgqa-fix" tabindex="0"><span class="dgqa-read">{shown or "⌿"}</span><span class="dgqa-raw">{original}</span>'
            f'<span class="dgqa-tip" lang="{TAGS[language]}">{escape(say("repaired", language, kind))}<br>'
            f"{say('raw_was', language)}<code>{original}</code></span></span>"
        )
    elif piece.kind == "flagged":
        inner = f'<span class="dgqa-flag" title="{escape(say("flagged", language, _kind(piece, language)))}">{shown}</span>'
    else:
        inner = shown
    around = piece.kind == "flagged" and piece.defect is not None and piece.defect["kind"] in AROUND
    if not piece.cited or (around and piece.start > cited[0]):
        return inner
    first = ' id="dgqa-cited" tabindex="-1"' if piece.start <= cited[0] else ""
    return f'<mark class="dgqa-cited"{first}>{inner}</mark>'


def _kind(piece: Piece, language: Language) -> str:
    return kind_name(str(piece.defect["kind"]) if piece.defect else "", language)


def _visible(text: str) -> str:
    """Return a text as HTML, its control characters as the signs for them; line breaks stay."""
    return escape(text.translate(_CONTROLS)).replace("&#10;", "\n")
