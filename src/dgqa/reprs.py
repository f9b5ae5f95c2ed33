"""Show answers, hits and filters in an interpreter and in a notebook."""

from __future__ import annotations

from html import escape
from typing import Any

_SHOWN = 60  # characters of a text


def brief(text: str) -> str:
    """Return the beginning of a text on one line, in quotes."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")


def answer_repr(answer: Any) -> str:
    """Return an answer on one line: status, confidence, text, how many citations."""
    sure = "" if answer.confidence is None else f" {answer.confidence:.2f}"
    return f"<Answer {answer.status}{sure}: {brief(answer.text or answer.reason)}, {len(answer.citations)} citations>"


def hit_repr(hit: Any) -> str:
    """Return a hit on one line: rank, score, where it stands, text."""
    passage = hit.passage
    return f"<Hit {hit.rank}, {hit.score:.3f}, {passage.path} {passage.start}–{passage.end}: {brief(passage.text)}>"


def filter_repr(limits: Any) -> str:
    """Return a filter with the fields that are set."""
    names = ("documents", "authors", "sections", "date_from", "date_to")
    return f"Filter({', '.join(f'{name}={getattr(limits, name)!r}' for name in names if getattr(limits, name))})"


def answer_html(answer: Any) -> str:
    """Return an answer as HTML: its text, and its sources as a list with their quotes."""
    sure = "" if answer.confidence is None else f" · {answer.confidence:.2f}"
    text = _paragraphs(answer.text or answer.reason)
    sources = "".join(
        f"<li value={citation.number}>{_source(citation)}<br><q>{escape(citation.quote)}</q></li>" for citation in answer.citations
    )
    return f"<p><b>{escape(answer.question)}</b> <small>{escape(answer.status)}{sure}</small></p>{text}{f'<ol>{sources}</ol>' if sources else ''}"


def hit_html(hit: Any) -> str:
    """Return a hit as HTML: where it stands, and its text with the matching sentences marked."""
    text = escape(hit.passage.text)
    for sentence in hit.sentences[:1]:
        text = text.replace(escape(sentence.text), f"<mark>{escape(sentence.text)}</mark>", 1)
    return f"<p>{hit.rank}. {_source(hit.passage)} <small>{hit.score:.3f}</small></p><blockquote>{text}</blockquote>"


def _source(item: Any) -> str:
    about = "，".join(part for part in (item.author, item.date) if part)
    section = f" › {item.section}" if item.section else ""
    return f"《{escape(item.title)}》{f'（{escape(about)}）' if about else ''}{escape(section)} <small>{escape(item.path)} {item.start}–{item.end}</small>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>".replace("\n", "<br>") for part in text.split("\n\n"))
