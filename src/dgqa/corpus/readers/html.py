"""Take the markup out of HTML and mark headings, items and navigation."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from dgqa.corpus.view import Edit, Mark, View

_BLOCK = frozenset(
    ["address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"]
)
_SILENT = frozenset(["script", "style", "noscript", "template", "svg", "math", "head", "iframe", "object", "canvas", "select", "textarea", "button"])
_BOILERPLATE = frozenset(["nav", "footer", "aside", "form"])
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])


def whole_tags(markup: str) -> str:
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
        self.feed(whole_tags(raw[body:]))
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


def html_view(raw: str, body: int, head: list[Edit]) -> tuple[View, list[Mark], str]:
    parser = _HtmlView(raw, body, head)
    return View.of(raw).edit(parser.edits), parser.marks, " ".join(parser.title.split())
