"""Take the markup out of Markdown, and what of it stands in plain files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dgqa.corpus.readers.html import whole_tags
from dgqa.corpus.view import LOWERED, RAISED, Edit, Mark, View
from dgqa.types import Span

if TYPE_CHECKING:
    from markdown_it.token import Token

# Inline markup that also occurs in text files copied from Markdown. URLs may hold one pair of brackets.
_INLINE = re.compile(
    r"(?P<image>!\[(?P<alt>[^\]\n]{0,300})\]\((?:[^()\n]|\([^()\n]*\)){0,2000}\))"
    r"|(?P<link>(?<!\\)\[(?P<label>[^\[\]\n]{1,300})\]\((?:[^()\s]|\([^()\s]*\)){0,2000}(?:\s+\"[^\"\n]*\")?\))"
    r"|(?P<bold>(?<![\\*_])(?P<fence>\*\*|__)(?=[^\s*_])(?P<inner>[^\n*_]{1,2000}?)(?<=[^\s*_])(?P=fence))"
    r"|(?P<code>`(?P<codetext>[^`\n]{1,300})`)"
    r"|(?P<em>(?<![*\\\w])\*(?=[^\s*])(?P<emtext>[^*\n]{1,300}?)(?<=[^\s*])\*(?![*\w]))"
)
_INLINE_HINT = re.compile(r"\*\S|__|`|\]\(")
_STRUCK_OUT = re.compile(r"(?<![\\~])~~(?=[^\s~])[^~\n]{1,500}(?<=[^\s~])~~(?!~)|<(del|s|strike)>[^<\n]{0,500}</\1>", re.IGNORECASE)
# Markup of HTML inside a paragraph; what stands for a power or an index is written as one.
_TAG = re.compile(
    r"<(?P<script>sup|sub)>(?P<raised>[^<\n]{1,12})</(?P=script)>|<br\s*/?>"
    r"|</?(?:b|i|u|em|strong|span|font|small|mark|kbd|ins|center|a)(?:\s+[a-z-]{1,20}\s*=\s*(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|[^\s<>\"']{1,300}))*\s*>", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\(?=[\\`*_{}\[\]()#+.!|>~-])")


def markdown_view(raw: str, body: int, head: list[Edit], *, blocks: bool) -> tuple[View, list[Mark]]:
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
        view = view.edit(Edit(*match.span()) for match in _STRUCK_OUT.finditer(view.text))
        view = view.edit(edit for match in _TAG.finditer(view.text) for edit in _without_tag(match))
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


def _without_tag(match: re.Match[str]) -> list[Edit]:
    if not match["script"]:
        return [Edit(*match.span(), " " if match.group()[1:3].lower() == "br" else "")]
    written = {"sup": RAISED, "sub": LOWERED}[match["script"].lower()]
    start, end = match.span("raised")
    if not all(ord(char) in written for char in match["raised"]):
        return [Edit(match.start(), start), Edit(end, match.end())]
    return [Edit(match.start(), start), *(Edit(at, at + 1, match.string[at].translate(written)) for at in range(start, end)), Edit(end, match.end())]


def _markdown_blocks(raw: str, body: int, edits: list[Edit], marks: list[Mark]) -> None:
    """Add the edits that take the blocks' markup out of ``raw[body:]``, and the marks of headings and items."""
    from markdown_it import MarkdownIt

    # Lines must be counted as the parser counts them: by line feeds alone.
    tokens = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").parse(raw[body:].replace("\r", " ").replace("\0", " "))
    blocks = _Blocks(raw, body, edits, marks)
    for token in tokens:
        handle = blocks.handlers.get(token.type)
        if handle is not None and token.map is not None:
            first, last = token.map
            handle(first, last, token)
    for token in tokens:
        if token.type == "paragraph_open" and token.map is not None:
            first, last = token.map
            blocks.join_lines(first, last)


class _Blocks:
    """Notes what each kind of block is marked up with; blocks are told by their lines, ``first`` up to before ``last``."""

    def __init__(self, raw: str, body: int, edits: list[Edit], marks: list[Mark]) -> None:
        self.raw, self.edits, self.marks = raw, edits, marks
        self.starts = [body, *(body + match.end() for match in re.finditer("\n", raw[body:])), len(raw) + 1]
        self.handlers: dict[str, Callable[[int, int, Token], None]] = {
            "heading_open": self._heading,
            "list_item_open": self._item,
            "hr": lambda first, last, _: self.edits.append(Edit(*self._span(first, last))),
            "fence": self._fence,
            "html_block": self._html,
            "blockquote_open": self._quote,
            "tr_open": lambda first, last, _: self.edits.extend(
                _table_row(self.raw, self.starts[first], min(self._line_end(first), self._span(first, last)[1]))
            ),
            "thead_open": self._rule,
        }

    def _span(self, first: int, last: int) -> Span:
        return self.starts[first], min(self.starts[min(last, len(self.starts) - 1)], len(self.raw))

    def _line_end(self, line: int) -> int:
        return min(self.starts[line + 1] - 1, len(self.raw)) if line + 1 < len(self.starts) else len(self.raw)

    def _heading(self, first: int, last: int, token: Token) -> None:
        (start, end), line_end = self._span(first, last), self._line_end(first)
        self.marks.append(Mark(start, end, "heading", int(token.tag[1])))
        lead = re.match(r"[ \t>]*#{1,6}[ \t]*", self.raw[start:line_end])
        if not lead:  # underlined with === or ---
            self.edits.append(Edit(self.starts[last - 1], end))
            return
        self.edits.append(Edit(start, start + lead.end()))
        if tail := re.search(r"(?<![ \t])[ \t]+#+[ \t]*$", self.raw[start + lead.end() : line_end]):
            self.edits.append(Edit(start + lead.end() + tail.start(), line_end))

    def _item(self, first: int, last: int, token: Token) -> None:
        start, end = self._span(first, last)
        if bullet := re.match(r"[ \t>]*[-*+][ \t]+", self.raw[start : self._line_end(first)]):
            self.edits.append(Edit(start, start + bullet.end()))
        self.marks.append(Mark(start, end, "list_item", (token.level + 1) // 2))

    def _fence(self, first: int, last: int, _: Token) -> None:
        for line in {first, last - 1}:
            start, end = self.starts[line], self._line_end(line)
            if re.match(r"[ \t>]*(?:`{3}|~{3})", self.raw[start:end]):
                self.edits.append(Edit(start, end))

    def _html(self, first: int, last: int, _: Token) -> None:
        start, end = self._span(first, last)
        for tag in re.finditer(r"<!--.*?-->|</?[a-zA-Z][^>]{0,2000}>", whole_tags(self.raw[start:end]), re.DOTALL):
            self.edits.append(Edit(start + tag.start(), start + tag.end()))

    def _quote(self, first: int, last: int, _: Token) -> None:
        start, end = self._span(first, last)
        self.edits += [Edit(start + m.start(), start + m.end()) for m in re.finditer(r"(?m)^[ \t]*>[ \t]?", self.raw[start:end])]

    def _rule(self, first: int, _last: int, _: Token) -> None:
        """Take out the line of dashes under a table's header."""
        if first + 1 < len(self.starts) - 1:
            rule = self.starts[first + 1]
            self.edits.append(Edit(rule, max(rule, min(self.starts[first + 2] - 1, len(self.raw)))))

    def join_lines(self, first: int, last: int) -> None:
        """Make the line breaks inside a paragraph spaces, or nothing between Chinese characters."""
        for line in range(first + 1, last):
            at = self.starts[line] - 1
            latin = self.raw[at - 1 : at].isascii() or self.raw[at + 1 : at + 2].isascii()
            self.edits.append(Edit(at, at + 1, " " if latin else ""))


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
