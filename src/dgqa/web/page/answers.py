"""The text of an answer as HTML: markers as links, short answers in bold, lists as lists, table rows as tables, sides of a comparison side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgqa.answer.parts import cautioned, emphasised, pieces
from dgqa.answer.shapes import Block, shapes, within
from dgqa.messages import Language
from dgqa.types import Answer, AnswerSentence, Span
from dgqa.web.page.words import escape, lang, say

_MARKER = re.compile(r"\[(\d+)\]")
_MARKERS = re.compile(r"(?:\[\d+\])+")
_BOLD = re.compile(r"\*\*(?=\S)([^*<>&]{1,200}?)(?<=\S)\*\*")  # in text that is escaped: the only Markdown of a model's sentence
_BLANK_LINES = re.compile("(?:&#10;){2,}")
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
    compared = sum(bool(sentence.side) for sentence in answer.sentences) > 1
    made: list[str] = []
    columns: list[str] = []
    at = 0
    while at < len(cut):
        piece, part = cut[at]
        at += 1
        if part < 0:
            made.append(writer.link(piece, writer.cited))
            continue
        sentence = answer.sentences[part]
        # The markers behind a sentence stand within its last line.
        behind = cut[at][0] if at < len(cut) and cut[at][1] < 0 else ""
        markers = match[0] if (match := _MARKERS.match(behind)) else ""
        if markers:
            cut[at] = (behind[len(markers) :], -1)
        said = writer.sentence(sentence, piece, markers)
        if compared and sentence.side:
            made[-1:] = [_without(made[-1], sentence.side)] if made else []
            columns.append(f'<section class="dgqa-side"><h4>{escape(sentence.side)}</h4><div>{said}</div></section>')
            if part + 1 == len(answer.sentences) or not answer.sentences[part + 1].side:
                made.append(f'<div class="dgqa-sides">{"".join(columns)}</div>')
        else:
            made.append(said)
    return "".join(made)


def _without(before: str, side: str) -> str:
    """Return what stands before a side of a comparison without the name that stands above it, and without the blank lines to it."""
    return re.sub(rf"(?:&#10;)*{re.escape(escape(side))}(?:：|: )$", "", before)


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
        kind = "dgqa-sentence is-unconfirmed" if sentence.verdict == "unconfirmed" else "dgqa-sentence"
        blocks = shapes(text)
        if all(block.kind == "text" for block in blocks):
            return f'<span class="{kind}">{self._said(text, sentence.phrase, numbers)}</span>{refs}'
        parts = [*self._blocks(blocks, text, sentence.phrase, numbers)]
        last, end, closed = parts[-1].rpartition("</li></ul>" if blocks[-1].kind == "list" else "</p>")
        parts[-1] = f"{last}{refs}{end}{closed}" if end else f"{closed}<p>{refs}</p>"
        return f'<div class="{kind} dgqa-excerpt">{"".join(parts)}</div>'

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
