"""Raw text of a Markdown or plain file in; its view without markup and marks on it out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dgqa.corpus.readers.html import whole_tags
from dgqa.corpus.view import Edit, Mark, View

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
            for tag in re.finditer(r"<!--.*?-->|</?[a-zA-Z][^>]{0,2000}>", whole_tags(raw[start:end]), re.DOTALL):
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
