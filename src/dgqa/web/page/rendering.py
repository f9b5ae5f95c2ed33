"""Turns in; the messages of the conversation out, as HTML in which every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.messages import Language
from dgqa.types import Answer
from dgqa.web.page.cards import sources
from dgqa.web.page.markup import escape, lang, pieces
from dgqa.web.page.turns import Turn, chats
from dgqa.web.page.words import TAGS, say

_MARKER = re.compile(r"\[(\d+)\]")
_BLANK_LINES = re.compile("(?:&#10;){2,}")


def messages(turns: Sequence[Turn], language: Language, *, feedback: bool = False) -> list[dict[str, str]]:
    """Return the conversation in Gradio's messages format.

    Args:
        turns: The turns, oldest first.
        language: Of the labels.
        feedback: Whether an answer can be rated.
    """
    made = []
    for turn in turns:
        edit = _button("edit", turn.number, language) if turn.state != "working" else ""
        made.append({"role": "user", "content": f'<div class="dgqa-asked">{_text(turn.question)}{edit}</div>'})
        made.append({"role": "assistant", "content": reply(turn, language, feedback=feedback)})
    return made


def reply(turn: Turn, language: Language, *, feedback: bool = False) -> str:
    """Return what became of a question: the answer, how it came about, what one can do with it, and its sources."""
    answer = turn.answer
    status: str = answer.status if answer and turn.state == "done" else turn.state
    if answer and status == "refused" and chats(answer):
        status = "chat"
    body = _text(turn.error)
    if answer:
        reason = "" if answer.reason in answer.text else answer.reason
        body = _text(answer.text, linked(answer, turn.number, language)) + _text(reason) + body
    shown = sources(turn, language) if turn.state != "failed" else ""
    return (
        f'<div class="dgqa-reply is-{status}" id="t{turn.number}"><div class="dgqa-said">{body}</div>'
        f"{_foot(turn, status, language)}{_actions(turn, language, feedback)}{shown}</div>"
    )


def linked(answer: Answer, number: int, language: Language) -> str:
    """Return the text of the answer of turn ``number``, its markers as links to their cards.

    A bracketed number that a sentence quotes from an article is no marker: inside a sentence only its own
    citations are linked, between sentences those of the answer.
    """
    cited = {citation.number for citation in answer.citations}

    def link(text: str, numbers: set[int]) -> str:
        def anchor(match: re.Match[str]) -> str:
            if int(match[1]) not in numbers:
                return match[0]
            label = say("source", language, match[1])
            # The word joiner keeps a marker on the line of what it belongs to.
            return f'&#8288;<a class="dgqa-ref" href="#t{number}-s{match[1]}" title="{label}">{match[0]}</a>'

        return _MARKER.sub(anchor, escape(text))

    sentences, made = answer.sentences, []
    for piece, part in pieces(answer.text, [sentence.text for sentence in sentences]):
        if part >= 0:
            made.append(f'<span class="dgqa-sentence" title="{say("open", language)}">{link(piece, cited & set(sentences[part].citations))}</span>')
        else:
            made.append(link(piece, cited))
    return "".join(made)


def _text(text: str, inner: str = "") -> str:
    """Return a block of text, or of its HTML ``inner``, with a small gap for blank lines; "" for no text."""
    inner = _BLANK_LINES.sub('<span class="dgqa-gap"></span>', inner or escape(text))
    return f'<div class="dgqa-text"{lang(text)}>{inner}</div>' if text else ""


def _foot(turn: Turn, status: str, language: Language) -> str:
    facts, notes = [], []
    if turn.state in ("done", "failed"):
        facts.append(say("seconds", language, f"{turn.seconds:.{1 if turn.seconds >= 1 else 2}f}"))
    trace = turn.answer.trace if turn.answer else {}
    if turn.answer and turn.answer.sentences:
        # Only where a model wrote the text is it named; the model that searches writes nothing.
        facts.append(str(trace["llm"]) if trace.get("mode") == "composed" and trace.get("llm") else say("quoted", language))
    if trace.get("standalone"):
        notes.append(say("understood", language, trace["standalone"]))
    if trace.get("withheld"):
        notes.append(say("withheld", language, trace["withheld"]))
    badge = f'<span class="dgqa-badge is-{status}">{say(status, language)}</span>'
    told = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    below = "".join(f'<div class="dgqa-aside">{escape(note)}</div>' for note in notes)
    return f'<div class="dgqa-foot" lang="{TAGS[language]}">{badge}{told}</div>{below}'


def _actions(turn: Turn, language: Language, feedback: bool) -> str:
    if turn.state == "working":
        return ""
    names = ["copy", "retry"] if turn.answer else ["retry"]
    if feedback and turn.answer and turn.state == "done":
        names += ["good", "bad"]
    return f'<div class="dgqa-acts" lang="{TAGS[language]}">{"".join(_button(name, turn.number, language) for name in names)}</div>'


def _button(name: str, number: int, language: Language) -> str:
    return f'<button type="button" class="dgqa-act is-{name}" value="{number}">{say(name, language)}</button>'
