"""The text of an answer as HTML: markers as links, short answers in bold, lists as lists, table rows as tables, sides of a comparison side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dgqa.answer.parts import cautioned, cells_of, emphasised, is_row, pieces
from dgqa.answer.shapes import Block, shapes, within
from dgqa.messages import Language
from dgqa.types import Answer, AnswerSentence, Span
from dgqa.web.page.words import escape, lang, say

_MARKER = re.compile(r"\[(\d+)\]")
_MARKERS = re.compile(r"(?:\[\d+\])+")
_BOLD = re.compile(r"\*\*(?=\S)([^*<>&]{1,200}?)(?<=\S)\*\*")  # in text that is escaped: the only Markdown of a model's sentence
_BLANK_LINES = re.compile("(?:&#10;){2,}")
_NUMBERED = re.compile(r"\d{1,2}\. ")
_GAP = '<span class="dgqa-gap"></span>'


def text_block(text: str, inner: str = "") -> str:
    """Return a block of text, or of its HTML ``inner``, with a small gap for blank lines; "" for no text."""
    return f'<div class="dgqa-text"{lang(text)}>{_BLANK_LINES.sub(_GAP, inner or escape(text))}</div>' if text else ""


def linked(answer: Answer, number: int, language: Language) -> str:
    """Return the text of the answer of turn ``number`` below its caution.

    A bracketed number that a sentence quotes from an article is no marker: inside a sentence only its own
    citations are linked, between sentences those of the answer.
    """
    _, text = cautioned(answer.text, answer.status, answer.reason)
    writer = _Writer(number, language, frozenset(citation.number for citation in answer.citations))
    cut = [*pieces(text, [sentence.text for sentence in answer.sentences])]
    body = _Body(writer, answer.sentences)
    at = 0
    while at < len(cut):
        piece, part = cut[at]
        at += 1
        if part < 0:
            body.between(piece)
            continue
        # The markers behind a sentence stand within its last line.
        behind = cut[at][0] if at < len(cut) and cut[at][1] < 0 else ""
        markers = match[0] if (match := _MARKERS.match(behind)) else ""
        if markers:
            cut[at] = (behind[len(markers) :], -1)
        body.said(part, piece, markers)
    return body.html()


@dataclass(slots=True)
class _Run:
    """Items of a list, or rows of a table, that follow one another in what a language model wrote."""

    kind: str
    head: str = ""
    rows: list[str] = field(default_factory=list)

    def html(self) -> str:
        """Return them as a list or a table."""
        inner = "".join(self.rows)
        if self.kind == "row":
            made = f'<div class="dgqa-grid" tabindex="0"><table>{self.head}<tbody>{inner}</tbody></table></div>'
        else:
            made = f'<ul class="{self.kind}">{inner}</ul>'
        return f'<div class="dgqa-excerpt">{made}</div>'


class _Body:
    """The text of an answer while it is put together."""

    def __init__(self, writer: _Writer, sentences: Sequence[AnswerSentence]) -> None:
        self._writer, self._sentences = writer, sentences
        self._compared = sum(bool(sentence.side) for sentence in sentences) > 1
        self._made: list[str] = []
        self._columns: list[str] = []
        self._run: _Run | None = None
        self._gap = ""

    def between(self, text: str) -> None:
        """Take what stands between two sentences: what follows an item on its line belongs to it."""
        if self._run is not None and not self._gap:
            line = text.partition("\n")[0]
            inner, closed = _closing(self._run.rows[-1])
            self._run.rows[-1] = f"{inner}{self._writer.link(line, self._writer.cited)}{closed}"
            text = text[len(line) :]
        self._gap += text

    def said(self, part: int, text: str, markers: str) -> None:
        """Take a sentence with the markers behind it."""
        sentence, writer = self._sentences[part], self._writer
        kind = _kind(sentence)
        if kind:
            self._gap = self._gap.removesuffix(sentence.lead).rstrip("\n")
        headed = kind == "row" and bool(sentence.lead)
        if self._run is not None and (kind != self._run.kind or self._gap or headed):
            self._close()
        if kind:
            self._flush()
            self._run = self._run or _Run(kind, writer.head(sentence.lead) if headed else "")
            self._run.rows.append(writer.row(sentence, text, markers) if kind == "row" else writer.item(sentence, text, markers))
            return
        self._flush()
        said = writer.sentence(sentence, text, markers)
        if not (self._compared and sentence.side):
            self._made.append(said)
            return
        self._made[-1:] = [_without(self._made[-1], sentence.side)] if self._made else []
        self._columns.append(f'<section class="dgqa-side"><h4>{escape(sentence.side)}</h4><div>{said}</div></section>')
        if part + 1 == len(self._sentences) or not self._sentences[part + 1].side:
            self._made.append(f'<div class="dgqa-sides">{"".join(self._columns)}</div>')

    def html(self) -> str:
        """Return the whole."""
        self._close()
        self._flush()
        return "".join(self._made)

    def _close(self) -> None:
        if self._run is not None:
            self._made.append(self._run.html())
            self._run, self._gap = None, self._gap.lstrip("\n")

    def _flush(self) -> None:
        if self._gap:
            self._made.append(self._writer.link(self._gap, self._writer.cited))
        self._gap = ""


def _kind(sentence: AnswerSentence) -> str:
    """Return what a language model wrote a sentence as: the class of a list for an item, "row" for a row of a table, else ""."""
    if is_row(sentence.text):
        return "row"
    return "is-plain" if sentence.lead == "- " else "is-numbered" if _NUMBERED.fullmatch(sentence.lead) else ""


def _closing(row: str) -> tuple[str, str]:
    """Return the HTML of an item or row without, and its closing tags."""
    closed = "</li>" if row.endswith("</li>") else "</td></tr>"
    return row.removesuffix(closed), closed


def _without(before: str, side: str) -> str:
    """Return what stands before a side of a comparison without the name that stands above it, and without the blank lines to it."""
    return re.sub(rf"(?:&#10;)*{re.escape(escape(side))}(?:：|: )$", "", before)


def _class(sentence: AnswerSentence) -> str:
    return "dgqa-sentence is-unconfirmed" if sentence.verdict == "unconfirmed" else "dgqa-sentence"


@dataclass(frozen=True, slots=True)
class _Writer:
    number: int
    language: Language
    cited: frozenset[int]

    def link(self, text: str, numbers: frozenset[int]) -> str:
        """Return a text with its markers as links."""

        def anchor(match: re.Match[str]) -> str:
            if int(match[1]) not in numbers:
                return match[0]
            label = say("source", self.language, match[1])
            # The word joiner keeps a marker on the line of what it belongs to.
            return f'&#8288;<a class="dgqa-ref" href="#t{self.number}-s{match[1]}" aria-label="{label}">{match[0]}</a>'

        return _MARKER.sub(anchor, escape(text))

    def sentence(self, sentence: AnswerSentence, text: str, markers: str) -> str:
        """Return a sentence, or an excerpt with its lists and tables, with the markers behind it."""
        numbers = self.cited & set(sentence.citations)
        refs = self.link(markers, self.cited)
        kind = _class(sentence)
        blocks = shapes(text)
        if all(block.kind == "text" for block in blocks):
            return f'<span class="{kind}">{self._said(text, sentence.phrase, numbers)}</span>{refs}'
        parts = [*self._blocks(blocks, text, sentence.phrase, numbers)]
        last, end, closed = parts[-1].rpartition("</li></ul>" if blocks[-1].kind == "list" else "</p>")
        parts[-1] = f"{last}{refs}{end}{closed}" if end else f"{closed}<p>{refs}</p>"
        return f'<div class="{kind} dgqa-excerpt">{"".join(parts)}</div>'

    def item(self, sentence: AnswerSentence, text: str, markers: str) -> str:
        """Return a sentence of a language model as an item, which carries its own number."""
        number = escape(sentence.lead) if sentence.lead != "- " else ""
        return f"<li>{number}{self.sentence(sentence, text, markers)}</li>"

    def head(self, lead: str) -> str:
        """Return the names of the columns that stand before the first row of a table."""
        names = cells_of(lead.partition("\n")[0].replace("**", ""))
        heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
        return f"<thead><tr>{heads}</tr></thead>"

    def row(self, sentence: AnswerSentence, text: str, markers: str) -> str:
        """Return a sentence of a language model that is a row of a table."""
        numbers = self.cited & set(sentence.citations)
        cells = "</td><td>".join(f'<span class="{_class(sentence)}">{self._said(cell, None, numbers)}</span>' for cell in cells_of(text))
        return f"<tr><td>{cells}{self.link(markers, self.cited)}</td></tr>"

    def _blocks(self, blocks: Sequence[Block], text: str, phrase: Span | None, numbers: frozenset[int]) -> Iterator[str]:
        def said(span: Span) -> str:
            return self._said(text[slice(*span)], within(phrase, span), numbers)

        for block in blocks:
            if block.kind == "text":
                yield f"<p>{said(block.spans[0][0])}</p>"
            elif block.kind == "list":
                yield f'<ul class="{"is-numbered" if block.numbered else "is-plain"}">{"".join(f"<li>{said(row[0])}</li>" for row in block.spans)}</ul>'
            else:
                heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.header)
                rows = "".join(f"<tr>{''.join(f'<td>{said(cell)}</td>' for cell in row)}</tr>" for row in block.spans)
                yield f'<div class="dgqa-grid" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'

    def _said(self, text: str, phrase: Span | None, numbers: frozenset[int]) -> str:
        cut = ((_BOLD.sub(r"<b>\1</b>", self.link(said, numbers)), strong) for said, strong in emphasised(text, phrase))
        return "".join(f"<strong>{said}</strong>" if strong else said for said, strong in cut)
