"""Raw text of a plain, Markdown or HTML file in; a view without markup, marks on it and front matter out."""

from __future__ import annotations

import datetime
import email.utils
import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Literal, NamedTuple

from dgqa.corpus.cleaning import Edit, View
from dgqa.types import Defect

Format = Literal["text", "markdown", "html"]


class Mark(NamedTuple):
    """What the markup says about the raw characters ``start:end``; ``level`` is that of a heading."""

    start: int
    end: int
    kind: Literal["heading", "list_item", "meta", "boilerplate"]
    level: int = 0


class Parsed(NamedTuple):
    """A file's text without its markup. ``meta`` has lower-case keys and one-line values."""

    view: View
    marks: list[Mark]
    meta: dict[str, str]
    defects: list[Defect]


_MAX_FRONT_MATTER = 20_000  # characters
FRONT_MATTER = 99  # level of the mark on the fields of a front matter

_FRONT_MATTER = re.compile(r"\A\ufeff?\s{0,20}---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TAGS = re.compile(r"</(?:p|div|li|ul|ol|td|tr|table|h[1-6]|span|article|section|body|html|strong|a)\s*>", re.IGNORECASE)


def parse(raw: str, suffix: str) -> Parsed:
    """Parse ``raw`` by its file name's ending, or as what it evidently is where a .txt holds HTML."""
    meta: dict[str, str] = {}
    defects: list[Defect] = []
    body = 0
    front = _FRONT_MATTER.match(raw)
    if front:
        fields = _front_matter(front.group(1))
        if fields is None:
            defects.append(Defect("front_matter", *front.span(), raw=front.group(), confidence=1.0))
        else:
            meta = fields
        body = front.end()
    head = [] if front is None else [Edit(0, front.start(1)), Edit(front.end(1), body, "\n")]
    kind = _format(raw, body, suffix)
    if kind == "html":
        view, marks, title = _html(raw, body, head)
        if title:
            meta.setdefault("title", title)
    else:
        view, marks = _markdown(raw, body, head, blocks=kind == "markdown")
    if front:
        marks.append(Mark(*front.span(1), "meta", FRONT_MATTER))
    return Parsed(view, marks, meta, defects)


def _format(raw: str, body: int, suffix: str) -> Format:
    if suffix in {".html", ".htm", ".xhtml"}:
        return "html"
    head = raw[body : body + 20_000].lstrip()
    if head.startswith("<") and len(_TAGS.findall(head)) >= 3:
        return "html"
    return "markdown" if suffix in {".md", ".markdown"} else "text"


def _front_matter(text: str) -> dict[str, str] | None:
    import yaml

    if len(text) > _MAX_FRONT_MATTER or text.count("[") + text.count("{") > 200:
        return None  # deep nesting takes the parser a time that grows with its square
    try:
        loaded = yaml.safe_load(text)
        if not isinstance(loaded, dict):
            return None
        # A number of thousands of digits is read, but not written.
        return {str(key).strip().lower(): _one_line(value) for key, value in loaded.items() if value is not None}
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _one_line(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_one_line(item) for item in value if not isinstance(item, (list, dict)))
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    # YAML can spell half of a surrogate pair, which no file or database can hold.
    return " ".join(str(value).encode("utf-8", "replace").decode("utf-8").split())


def iso_date(text: str) -> str:
    """Return the date in ``text`` as ISO 8601 (year, year-month or full), "" where there is none."""
    match = re.search(
        r"(?<!\d)((?:19|20)\d{2})\s*(?:年|[-/.])\s*(\d{1,2})(?:\s*(?:月|[-/.])\s*(\d{1,2}))?(?!\d)|(?<!\d)((?:19|20)\d{2})\s*年", text
    )
    if match:
        if match[4]:
            return match[4]
        parts = [f"{int(part):02d}" for part in match.group(1, 2, 3) if part]
        return "-".join(parts) if 1 <= int(parts[1]) <= 12 else parts[0]
    try:
        return email.utils.parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError):
        year = re.fullmatch(r"\s*((?:19|20)\d{2})\s*", text)
        return year[1] if year else ""


# Markdown ---------------------------------------------------------------------------------------------

# Inline markup that also occurs in text files copied from Markdown. URLs may hold one pair of brackets.
_INLINE = re.compile(
    r"(?P<image>!\[(?P<alt>[^\]\n]{0,300})\]\((?:[^()\n]|\([^()\n]*\)){0,2000}\))"
    r"|(?P<link>(?<!\\)\[(?P<label>[^\[\]\n]{1,300})\]\((?:[^()\s]|\([^()\s]*\)){0,2000}(?:\s+\"[^\"\n]*\")?\))"
    r"|(?P<bold>(?<![\\*_])(?P<fence>\*\*|__)(?=[^\s*_])(?P<inner>[^\n*_]{1,2000}?)(?<=[^\s*_])(?P=fence))"
    r"|(?P<code>`(?P<codetext>[^`\n]{1,300})`)"
    r"|(?P<em>(?<![*\\\w])\*(?=[^\s*])(?P<emtext>[^*\n]{1,300}?)(?<=[^\s*])\*(?![*\w]))"
)
_INLINE_HINT = re.compile(r"\*\S|__|`|\]\(")
_ESCAPED = re.compile(r"\\(?=[\\`*_{}\[\]()#+.!|>~-])")


def _markdown(raw: str, body: int, head: list[Edit], *, blocks: bool) -> tuple[View, list[Mark]]:
    marks: list[Mark] = []
    edits = list(head)
    if blocks:
        _markdown_blocks(raw, body, edits, marks)
    else:
        # A Markdown table or rule inside a text file: its dashes are no text.
        for match in re.finditer(r"(?m)^[ \t]*[-=_*:|+][-=_*:|+ \t]*$", raw[body:]):
            if re.search(r"[-=_*]{3,}", match.group()):
                edits.append(Edit(body + match.start(), body + match.end()))
    view = View.of(raw).edit(edits)
    for _ in range(3):  # bold around a link, and so on
        inner: list[Edit] = []
        for match in _inline(view.text):
            group = next(name for name in ("alt", "label", "inner", "codetext", "emtext") if match[name] is not None)
            for start, end in ((match.start(), match.start(group)), (match.end(group), match.end())):
                if start < end:
                    inner.append(Edit(start, end))
        if not inner:
            break
        view = view.edit(inner)
    if blocks:
        view = view.edit(Edit(*match.span()) for match in _ESCAPED.finditer(view.text))
    return view, marks


def _inline(text: str) -> Iterator[re.Match[str]]:
    """Yield the inline markup of the lines that may have some; it never goes over a line's end."""
    done = 0
    for hint in _INLINE_HINT.finditer(text):
        if hint.start() >= done:
            end = text.find("\n", hint.start())
            done = len(text) if end < 0 else end
            yield from _INLINE.finditer(text, text.rfind("\n", 0, hint.start()) + 1, done)


def _markdown_blocks(raw: str, body: int, edits: list[Edit], marks: list[Mark]) -> None:
    from markdown_it import MarkdownIt

    starts = [body]
    for match in re.finditer("\n", raw[body:]):
        starts.append(body + match.end())
    starts.append(len(raw) + 1)
    # Lines must be counted as the parser counts them: by line feeds alone.
    tokens = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").parse(raw[body:].replace("\r", " ").replace("\0", " "))
    for token in tokens:
        if token.map is None:
            continue
        first, last = token.map
        start, end = starts[first], min(starts[min(last, len(starts) - 1)], len(raw))
        line_end = min(starts[first + 1] - 1, len(raw)) if first + 1 < len(starts) else len(raw)
        if token.type == "heading_open":
            marks.append(Mark(start, end, "heading", int(token.tag[1])))
            if lead := re.match(r"[ \t>]*#{1,6}[ \t]*", raw[start:line_end]):
                edits.append(Edit(start, start + lead.end()))
                if tail := re.search(r"(?<![ \t])[ \t]+#+[ \t]*$", raw[start + lead.end() : line_end]):
                    edits.append(Edit(start + lead.end() + tail.start(), line_end))
            else:  # underlined with === or ---
                edits.append(Edit(starts[last - 1], end))
        elif token.type == "list_item_open":
            if bullet := re.match(r"[ \t>]*[-*+][ \t]+", raw[start:line_end]):
                edits.append(Edit(start, start + bullet.end()))
            marks.append(Mark(start, end, "list_item"))
        elif token.type == "hr":
            edits.append(Edit(start, end))
        elif token.type == "fence":
            edits.append(Edit(start, line_end))
        elif token.type == "html_block":
            for tag in re.finditer(r"<!--.*?-->|</?[a-zA-Z][^>]{0,2000}>", _whole_tags(raw[start:end]), re.DOTALL):
                edits.append(Edit(start + tag.start(), start + tag.end()))
        elif token.type == "blockquote_open":
            edits += [Edit(start + m.start(), start + m.end()) for m in re.finditer(r"(?m)^[ \t]*>[ \t]?", raw[start:end])]
        elif token.type == "tr_open":
            edits += _table_row(raw, start, min(line_end, end))
        elif token.type == "thead_open" and first + 1 < len(starts) - 1:
            rule = starts[first + 1]
            edits.append(Edit(rule, max(rule, min(starts[first + 2] - 1, len(raw)))))
    # A soft line break inside a paragraph is a space, or nothing between Chinese characters.
    for token in tokens:
        if token.type == "paragraph_open" and token.map is not None:
            for line in range(token.map[0] + 1, token.map[1]):
                at = starts[line] - 1
                latin = raw[at - 1 : at].isascii() or raw[at + 1 : at + 2].isascii()
                edits.append(Edit(at, at + 1, " " if latin else ""))


def _table_row(raw: str, start: int, end: int) -> list[Edit]:
    """Turn the pipes between a row's cells into tabs, the outer ones into nothing."""
    row = raw[start:end]
    pipes = [m.start() for m in re.finditer(r"(?<!\\)\|", row)]
    stripped = row.strip()
    edits = []
    for index, at in enumerate(pipes):
        outer = (index == 0 and stripped.startswith("|")) or (index == len(pipes) - 1 and stripped.endswith("|"))
        edits.append(Edit(start + at, start + at + 1, "" if outer else "\t"))
    return edits


# HTML -------------------------------------------------------------------------------------------------

_BLOCK = frozenset(
    ["address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"]
)
_SILENT = frozenset(["script", "style", "noscript", "template", "svg", "math", "head", "iframe", "object", "canvas", "select", "textarea", "button"])
_BOILERPLATE = frozenset(["nav", "footer", "aside", "form"])
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])


def _whole_tags(markup: str) -> str:
    """Blank what opens a tag or comment that never closes, at equal length: the parser would look to the end for each."""
    for opening, closing in (("<!--", "-->"), ("<![", "]"), ("<", ">")):
        last = markup.rfind(closing) + 1
        markup = markup[:last] + markup[last:].replace(opening, " " * len(opening))
    return markup


class _HtmlView(HTMLParser):
    """Collects which raw characters are text and what stands between them."""

    def __init__(self, raw: str, body: int, head: list[Edit]) -> None:
        super().__init__(convert_charrefs=False)
        self.raw, self.body = raw, body
        self.lines = [body] + [body + m.end() for m in re.finditer("\n", raw[body:])]
        self.edits: list[Edit] = list(head)
        self.marks: list[Mark] = []
        self.title = ""
        self._at = body  # end of the last text
        self._gap = ""  # what the markup since then stands for
        self._open: list[tuple[str, int]] = []
        self._silent = ""
        self._silent_depth = 0
        self._in_title = False
        self._pre = 0
        self.feed(_whole_tags(raw[body:]))
        self.close()
        self._text(len(raw), len(raw), None)
        while self._open:
            self._close(self._open[-1][0], len(raw))

    def _pos(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _text(self, start: int, end: int, replacement: str | None) -> None:
        if start > self._at:
            self.edits.append(Edit(self._at, start, self._gap))
        self._gap = ""
        self._at = end
        if replacement is not None and replacement != self.raw[start:end]:
            self.edits.append(Edit(start, end, replacement))

    def _break(self, mark: str) -> None:
        if mark == "\n" or not self._gap:
            self._gap = mark

    def handle_data(self, data: str) -> None:
        start = self._pos()
        if self._in_title:
            self.title += data
        if self._silent:
            return
        end = start + len(data)
        if not data.strip():
            if not self._gap:
                self._gap = " "
            return
        self._text(start, end, None)
        if not self._pre:
            self.edits += [Edit(start + m.start(), start + m.end(), " ") for m in re.finditer(r"(?<![ \t])[ \t]*[\r\n][ \t\r\n]*|\t+", data)]

    def _reference(self, pattern: str) -> None:
        start = self._pos()
        match = re.compile(pattern).match(self.raw, start)
        if match is None:
            return
        text = html.unescape(match.group())
        if self._in_title:
            self.title += text
        if not self._silent:
            self._text(start, match.end(), text)

    def handle_entityref(self, name: str) -> None:
        self._reference(r"&\w+;?")

    def handle_charref(self, name: str) -> None:
        self._reference(r"&#[xX]?[0-9a-fA-F]+;?")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._pos()
        if tag == "title":
            self._in_title = not self.title
        if self._silent:
            self._silent_depth += tag == self._silent
            return
        values = dict(attrs)
        hidden = "hidden" in values or re.search(r"display\s*:\s*none", values.get("style") or "")
        if (tag in _SILENT or hidden) and tag not in _VOID:
            self._silent, self._silent_depth = tag, 1
            self._break("\n" if tag in _BLOCK else "")
            return
        if tag in {"td", "th"}:
            self._break("\t" if self._gap != "\n" else "\n")
        elif tag in _BLOCK:
            self._break("\n")
        if tag == "img" and (alt := " ".join((values.get("alt") or "").split())):
            end = start + len(self.get_starttag_text() or "<")
            self._break("\n")
            self._text(start, end, alt)
            self.marks.append(Mark(start, end, "meta"))
            self._break("\n")
        if tag not in _VOID:
            self._open.append((tag, start))
            self._pre += tag == "pre"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)
        elif tag in _BLOCK:
            self._break("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if self._silent:
            if tag == self._silent:
                self._silent_depth -= 1
                if not self._silent_depth:
                    self._silent = ""
            return
        if tag in _BLOCK:
            self._break("\n")
        if any(name == tag for name, _ in self._open[-200:]):
            end = self._pos()
            while self._open[-1][0] != tag:
                self._close(self._open[-1][0], end)
            self._close(tag, end)

    def _close(self, tag: str, end: int) -> None:
        _, start = self._open.pop()
        self._pre -= tag == "pre"
        if re.fullmatch("h[1-6]", tag):
            self.marks.append(Mark(start, end, "heading", int(tag[1])))
        elif tag == "li":
            self.marks.append(Mark(start, end, "list_item"))
        elif tag in _BOILERPLATE:
            self.marks.append(Mark(start, end, "boilerplate"))
        elif tag in {"strong", "b"} and self._open and self._open[-1][0] in {"p", "div", "center"}:
            # A paragraph that is bold as a whole is how web copies write a heading.
            outer = self._open[-1][1]
            before = "…" if start - outer > 500 else re.sub(r"<[^>]*>|\s", "", self.raw[outer:start])
            after = self.raw[end : end + 400]
            if not before and re.match(r"</(?:strong|b)\s*>(?:\s|</?(?:span|em|a|font)\b[^>]*>)*</(?:p|div|center)", after, re.I):
                text = re.sub(r"<[^>]*>", "", self.raw[start:end]).strip()
                if 2 <= len(text) <= 60 and text[-1] not in "。！？；，、：:;,.!?":
                    self.marks.append(Mark(start, end, "heading", 7))


def _html(raw: str, body: int, head: list[Edit]) -> tuple[View, list[Mark], str]:
    parser = _HtmlView(raw, body, head)
    return View.of(raw).edit(parser.edits), parser.marks, " ".join(parser.title.split())
