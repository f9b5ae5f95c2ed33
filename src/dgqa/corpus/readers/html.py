"""Take the markup out of HTML and mark headings, items and navigation."""

from __future__ import annotations

import datetime
import html
import re
from html.parser import HTMLParser

from dgqa.corpus.readers.html_tables import Tables, find_tables
from dgqa.corpus.structure.titles import without_site
from dgqa.corpus.view import LOWERED, RAISED, Edit, Mark, View

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


_STRUCK_OUT = frozenset(["del", "s", "strike"])
_LONGEST_STRIKE = 5_000  # characters; a tag of this kind that never closes strikes nothing out
# What the fields of a page's head, in lower case, say about the article; the first that is there counts.
_FIELDS = {
    "title": ("og:title", "articletitle", "twitter:title"),
    "author": ("og:article:author", "article:author", "author", "twitter:creator"),
    "date": ("article:published_time", "pubdate", "publishdate", "publish_date", "publishtime", "date", "dc.date", "dcterms.date", "og:release_date"),
    "source": ("contentsource", "source", "og:site_name"),
}
_WECHAT_TIME = re.compile(r"""\bvar\s+(?:ct|createTime|publish_time|oriCreateTime)\s*=\s*['"](?P<time>\d{10}|(?:19|20)\d{2}-\d{1,2}-\d{1,2}[^'"]{0,12})['"]""")


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
        self._in_cell = False  # of a table of data
        self._row = -1  # where its row begins
        self._raised = ""  # "sup" or "sub"
        self._term = False  # a term has ended, and nothing stands behind it yet
        self.named: dict[str, str] = {}  # what <meta> tags say
        markup = whole_tags(raw[body:])
        self.tables = find_tables(markup, body) if re.search("<table", markup, re.IGNORECASE) else Tables({}, {}, frozenset())
        self.feed(markup)
        self.close()
        self._text(len(raw), len(raw), None)
        while self._open:
            self._close(self._open[-1][0], len(raw))

    def _pos(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _text(self, start: int, end: int, replacement: str | None) -> None:
        self._term = False
        if start > self._at:
            self.edits.append(Edit(self._at, start, self._gap))
        self._gap = ""
        self._at = end
        if replacement is not None and replacement != self.raw[start:end]:
            self.edits.append(Edit(start, end, replacement))

    def _break(self, mark: str) -> None:
        if self._in_cell:
            self._gap = self._gap or " "
        elif "\t" in self._gap and "\n" in self._gap:
            pass  # between two rows of data
        elif mark == "\n" or not self._gap:
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
        script = {"sup": RAISED, "sub": LOWERED}.get(self._raised, {})
        if script and all(ord(char) in script for char in data):
            self._text(start, end, data.translate(script))
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
        values = dict(attrs)
        if tag == "title":
            self._in_title = not self.title
        elif tag == "meta" and (name := values.get("name") or values.get("property") or values.get("itemprop")):
            self.named.setdefault(name.lower(), " ".join((values.get("content") or "").split()))
        if self._silent:
            self._silent_depth += tag == self._silent
            return
        if self._is_hidden(tag, values, start) and tag not in _VOID:
            self._silent, self._silent_depth = tag, 1
            self._break("\n" if tag in _BLOCK else "")
            return
        if start in self.tables.leads:
            self._gap = self._gap.strip(" ") + self.tables.leads[start]
            self._in_cell = True
        elif start in self.tables.tails:
            self._end_row(start)
            self._row = start
        elif tag == "dd" and self._term and not self._in_cell:
            self._gap = "" if self.raw[self._at - 1] in "：:" else "："  # a field and what it says
        elif tag in {"td", "th"}:
            self._break("\t" if self._gap != "\n" else "\n")
        elif tag in _BLOCK:
            self._break("\n")
        if tag == "img" and (alt := " ".join((values.get("alt") or "").split())):
            end = start + len(self.get_starttag_text() or "<")
            self._break("\n")
            self._text(start, end, alt)
            self.marks.append(Mark(start, end, "meta"))
            self._break("\n")
        if tag in {"sup", "sub"}:
            self._raised = tag
        if tag not in _VOID:
            self._open.append((tag, start))
            self._pre += tag == "pre"

    def _is_hidden(self, tag: str, values: dict[str, str | None], start: int) -> bool:
        if tag in _STRUCK_OUT:
            return re.search(rf"</{tag}\s*>", self.raw[start : start + _LONGEST_STRIKE], re.IGNORECASE) is not None
        return tag in _SILENT or "hidden" in values or re.search(r"display\s*:\s*none", values.get("style") or "") is not None

    def _end_row(self, end: int) -> None:
        """End the row of a table of data that is open, if any: what reaches into it from above stands at its end."""
        self._in_cell = False
        if self._row < 0:
            self._break("\n")
            return
        self._gap = self._gap.strip(" ") + self.tables.tails[self._row] + "\n"
        if self._row in self.tables.headers:
            self.marks.append(Mark(self._row, end, "header"))
        self._row = -1

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
        if tag in {"td", "th"} and self._row >= 0:
            self._in_cell = False
        elif tag in {"tr", "table"} and self._row >= 0:
            self._end_row(self._pos())
        elif tag in _BLOCK:
            self._break("\n")
        self._term = self._term or tag == "dt"
        if tag == self._raised:
            self._raised = ""
        if any(name == tag for name, _ in self._open[-200:]):
            end = self._pos()
            while self._open[-1][0] != tag:
                self._close(self._open[-1][0], end)
            self._close(tag, end)

    def _close(self, tag: str, end: int) -> None:
        _, start = self._open.pop()
        self._pre -= tag == "pre"
        if self._in_cell:
            return
        if re.fullmatch("h[1-6]", tag):
            self.marks.append(Mark(start, end, "heading", int(tag[1])))
        elif tag == "li":
            self.marks.append(Mark(start, end, "list_item", 1 + sum(name == "li" for name, _ in self._open[-200:])))
        elif tag == "figcaption":  # no heading of what follows
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


def html_view(raw: str, body: int, head: list[Edit]) -> tuple[View, list[Mark], dict[str, str]]:
    """Return the view of ``raw[body:]`` without markup, what the markup marks, and the fields of the page's head."""
    parser = _HtmlView(raw, body, head)
    return View.of(raw).edit(parser.edits), parser.marks, _fields(raw, " ".join(parser.title.split()), parser.named)


def _fields(raw: str, title: str, named: dict[str, str]) -> dict[str, str]:
    """Return title, author, date and source as the page's head, or a page of WeChat, has them."""
    fields = {field: next((named[name] for name in names if named.get(name)), "") for field, names in _FIELDS.items()}
    fields["title"] = without_site(title or fields["title"], fields["title"], (named.get("og:site_name", ""), named.get("sitename", "")))
    if "rich_media" in raw:
        if not fields["date"] and (found := _WECHAT_TIME.search(raw)):
            fields["date"] = _day(found["time"])
        if found := re.search(r'id="js_name"[^>]*>\s*(?P<name>[^<]{1,40}?)\s*<', raw):
            fields["source"] = found["name"]
    return {field: value for field, value in fields.items() if value}


def _day(time: str) -> str:
    """Return the day of a time in seconds, by the clock of China, or of what begins with one."""
    if not time.isdigit():
        return time
    return datetime.datetime.fromtimestamp(int(time), datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()
