"""Turns of a conversation as HTML in which every text is escaped: messages, and the cards of their sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from dgqa.answer.parts import cautioned, pieces, unsaid
from dgqa.messages import Language, page_name
from dgqa.types import Answer, Citation, Hit, Passage, Sentence, spans_of
from dgqa.web.page.answers import linked, text_block
from dgqa.web.page.marks import read_as
from dgqa.web.page.turns import NEAREST, Turn, chats, holds
from dgqa.web.page.words import TAGS, escape, gloss, known, lang, say

_POINTS = re.compile(r"^[ \t]*• ", re.MULTILINE)
_GLOSSED = 6  # terms that are put into English below an answer
# From which share of the best score on a passage is called so.
_NEAR = ((0.8, "near"), (0.5, "less_near"), (float("-inf"), "least_near"))


# --- messages ------------------------------------------------------------------------------------------------


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
        made.append({"role": "user", "content": f'<div class="dgqa-asked">{text_block(turn.question)}{edit}</div>'})
        made.append({"role": "assistant", "content": reply(turn, language, feedback=feedback)})
    return made


def reply(turn: Turn, language: Language, *, feedback: bool = False) -> str:
    """Return what became of a question: the answer, how it came about, what one can do with it, and its sources."""
    answer = turn.answer
    status: str = answer.status if answer and turn.state == "done" else turn.state
    draft = _draft(turn, language)
    if answer and status == "refused" and chats(answer):
        status = "chat"
    body = text_block(turn.error)
    if answer:
        caution, text = cautioned(answer.text, answer.status, answer.reason)
        body = _caution(caution) + text_block(text, linked(answer, turn.number, language)) + text_block(unsaid(answer.text, answer.reason)) + body
    shown = sources(turn, language) if turn.state != "failed" else ""
    return (
        f'<div class="dgqa-reply is-{status}" id="t{turn.number}"><div class="dgqa-said">{body}</div>'
        f"{draft}{_gloss(answer, language)}{_foot(turn, status, language)}{_actions(turn, language, feedback)}{shown}</div>"
    )


def _gloss(answer: Answer | None, language: Language) -> str:
    """Return the English of the terms in a quoted answer, for a reader of English; "" for none."""
    if answer is None or not answer.sentences or "Latn" not in (answer.trace.get("language"), language) or answer.trace.get("mode") == "composed":
        return ""
    # The short answer where it is known; it may well have no term of the glossary.
    said = [*(sentence.text[slice(*sentence.phrase)] for sentence in answer.sentences if sentence.phrase), *(sentence.text for sentence in answer.sentences)]
    terms: dict[str, str] = {}
    for chinese, english in (pair for text in said for pair in gloss(text)):
        terms.setdefault(english, chinese)  # once, whichever script it comes in
    told = "; ".join(f'<span lang="zh">{escape(chinese)}</span> {escape(english)}' for english, chinese in [*terms.items()][:_GLOSSED])
    return f'<div class="dgqa-aside dgqa-gloss" lang="en">{say("gloss", language)} {told}</div>' if told else ""


def _draft(turn: Turn, language: Language) -> str:
    """Return the answer in the articles' own words, folded, while and after a language model writes another; "" for none."""
    if turn.draft is None or not turn.draft.sentences or (turn.answer and turn.answer.trace.get("mode") == "extractive"):
        return ""
    text = turn.draft.text
    # Once there is another answer, the numbers are those of its sources.
    inner = "" if turn.answer else linked(replace(turn.draft, reason="", status="answered"), turn.number, language)
    return f'<details class="dgqa-draft"><summary>{say("draft", language)}</summary>{text_block(text, inner)}</details>'


def _caution(text: str) -> str:
    """Return what is to be read before a partial answer; "" for none."""
    return f'<div class="dgqa-caution"{lang(text)}>{escape(text)}</div>' if text else ""


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
    # A calibrated probability in the middle says that the text may not answer, not that a part of the answer is missing.
    label = "composing" if status == "working" and turn.draft else "unsure" if status == "partial" and turn.answer and turn.answer.confidence is not None else status
    badge = f'<span class="dgqa-badge is-{status}">{say(label, language)}</span>'
    told = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    below = "".join(f'<div class="dgqa-aside">{escape(note)}</div>' for note in notes)
    return f'<div class="dgqa-foot" lang="{TAGS[language]}">{badge}{told}</div>{below}{_withheld(trace.get("withheld"), language)}'


def _withheld(sentences: object, language: Language) -> str:
    """Return the sentences of a language model that are not shown, folded away, each with the reason; older records hold their number."""
    if not sentences:
        return ""
    listed = [item for item in sentences if isinstance(item, Mapping)] if isinstance(sentences, (list, tuple)) else []
    label = say("withheld", language, len(listed) or sentences)
    if not listed:
        return f'<div class="dgqa-aside">{escape(label)}</div>'
    rows = "".join(f"<li{lang(str(item.get('text', '')))}>{escape(str(item.get('text', '')))} <em>{escape(_reason(item.get('why'), language))}</em></li>" for item in listed)
    return f'<details class="dgqa-aside dgqa-withheld"><summary>{escape(label)}</summary><ul>{rows}</ul></details>'


def _reason(why: object, language: Language) -> str:
    return say(f"why_{why}", language) if known(f"why_{why}") else ""


def _actions(turn: Turn, language: Language, feedback: bool) -> str:
    if turn.state == "working":
        return ""
    names = ["copy", "retry"] if turn.answer else ["retry"]
    if feedback and turn.answer and turn.state == "done":
        names += ["good", "bad"]
    return f'<div class="dgqa-acts" lang="{TAGS[language]}">{"".join(_button(name, turn.number, language) for name in names)}</div>'


def _button(name: str, number: int, language: Language) -> str:
    return f'<button type="button" class="dgqa-act is-{name}" value="{number}">{say(name, language)}</button>'


# --- the cards of the sources: one a passage, the cited sentences lit, each with its number --------------------


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage with the citations of it, in the order of their numbers; ``hit`` is None where no search result holds them."""

    citations: tuple[Citation, ...]
    hit: Hit | None


def grouped(answer: Answer) -> list[Cited]:
    """Return the citations of an answer by passage, in the order of the first number of each."""
    groups: dict[object, tuple[list[Citation], Hit | None]] = {}
    for citation in answer.citations:
        hit = next((hit for hit in answer.hits if holds(hit.passage, citation)), None)
        key = (hit.passage.doc_id, hit.passage.start, hit.passage.end) if hit else citation.number
        groups.setdefault(key, ([], hit))[0].append(citation)
    return [Cited(tuple(citations), hit) for citations, hit in groups.values()]


def sources(turn: Turn, language: Language) -> str:
    """Return the folded sources of a turn: its citations, or the nearest passages of a refusal; "" for none and for small talk."""
    answer = turn.answer or turn.draft
    if answer is None or chats(answer):
        return ""
    best = max((hit.score for hit in answer.hits), default=0.0)
    if answer.status == "refused":
        near = answer.hits[:NEAREST]
        cards = [_near(hit, language, turn.corpus) for hit in near]
        summary = say("nearest_of", language, len(cards))
        note = f'<p class="dgqa-note">{say("note", language)}</p>'
    else:
        cards = [_card(turn, group, best, language) for group in grouped(answer)]
        summary, note = say("sources_of", language, len(cards)), ""
    if not cards:
        return ""
    return f'<details class="dgqa-sources" lang="{TAGS[language]}"><summary>{summary}</summary>{note}{"".join(cards)}</details>'


def button(kind: str, value: str, told: str, shown: str) -> str:
    """Return a button as HTML of what is HTML already, ``told`` to who hears the page."""
    return f'<button type="button" class="dgqa-{kind}" value="{value}" aria-label="{told}">{shown}</button>'


def permalink(doc_id: str, start: int, end: int, corpus: str = "") -> str:
    """Return the address, relative to the page, that opens an article at a span."""
    return f"?doc={quote(doc_id, safe='')}&amp;start={start}&amp;end={end}" + (f"&amp;corpus={quote(corpus, safe='')}" if corpus else "")


def lit(group: Cited) -> str:
    """Return the passage of a card, and what is cited beyond its end, the cited sentences marked with their numbers; without a passage, the quotes."""
    numbered = len(group.citations) > 1
    if group.hit is not None:
        passage = group.hit.passage
        numbers = [[c.number for c in group.citations if overlaps(sentence, c)] for sentence in passage.sentences]
        cut = list(pieces(passage.text, [sentence.text for sentence in passage.sentences]))
        if {n for _, part in cut if part >= 0 for n in numbers[part]} == {c.number for c in group.citations}:
            return "".join(_mark(piece, numbers[part] if part >= 0 else [], numbered) for piece, part in cut) + _beyond(group.citations, passage.end, numbered)
    return '<span class="dgqa-gap"></span>'.join(_mark(_plainly(c.quote, c.path), [c.number], numbered) for c in group.citations)


def _beyond(citations: Sequence[Citation], at: int, numbered: bool) -> str:
    """Return what is cited behind the end of a passage: a list or section that is quoted whole may go on in the next ones."""
    made = ""
    for citation in sorted(citations, key=lambda citation: citation.start):
        rest = _plainly(citation.quote[max(0, at - citation.start) :], citation.path)
        at = max(at, citation.end)
        made += "&#10;" + _mark(rest, [citation.number], numbered) if rest else ""
    return made


def _plainly(raw: str, path: str) -> str:
    """Return a stretch of an article as a passage has it: without markup, and without the points before items."""
    return _POINTS.sub("", read_as(raw, path))


def overlaps(sentence: Sentence, citation: Citation) -> bool:
    """Whether a citation has a character of the sentence; what interrupts the sentence is none of it."""
    return any(start < citation.end and citation.start < end for start, end in spans_of(sentence))


def _mark(text: str, numbers: Sequence[int], numbered: bool) -> str:
    if not numbers:
        return escape(text)
    names = " ".join(f"m{number}" for number in numbers)
    after = f'<sup class="dgqa-at">{" ".join(map(str, numbers))}</sup>' if numbered else ""
    return f'<mark class="{names}">{escape(text)}</mark>{after}'


def _card(turn: Turn, group: Cited, best: float, language: Language) -> str:
    first = group.citations[0]
    chips = "".join(
        f'<span class="dgqa-number" id="t{turn.number}-s{c.number}" title="{say("source", language, c.number)}">{c.number}</span>'
        for c in group.citations
    )
    links = [
        f'<a class="dgqa-open" href="{permalink(c.doc_id, c.start, c.end, turn.corpus)}" title="{say("span", language, c.start, c.end)}">'
        f"{say('open', language) if at == 0 else ''}{f' {c.number}' if len(group.citations) > 1 else ''}</a>"
        for at, c in enumerate(group.citations)
    ]
    stale = {c.number for c in group.citations} & turn.stale
    warning = f'<span class="dgqa-badge is-refused">{say("stale", language)}</span>' if stale else ""
    span = f'<span class="dgqa-span">{say("span", language, first.start, first.end)}</span>' if len(group.citations) == 1 else ""
    text = group.hit.passage.text if group.hit else first.quote
    foot = f"{_relevance(group.hit, best, language)}{span}{warning}{''.join(links)}"
    return _article("dgqa-card", chips, first, f'<div class="dgqa-passage"{lang(text)}>{lit(group)}</div>', foot, language)


def _near(hit: Hit, language: Language, corpus: str) -> str:
    passage = hit.passage
    tag = f'<span class="dgqa-badge is-refused">{say("unanswering", language)}</span>'
    link = f'<a class="dgqa-open" href="{permalink(passage.doc_id, passage.start, passage.end, corpus)}">{say("open", language)}</a>'
    span = f'<span class="dgqa-span">{say("span", language, passage.start, passage.end)}</span>'
    body = f'<div class="dgqa-passage"{lang(passage.text)}>{escape(passage.text)}</div>'
    return _article("dgqa-card is-nearest", tag, passage, body, f"{span}{link}", language)


def _article(kind: str, tag: str, source: Citation | Passage, body: str, foot: str, language: Language) -> str:
    facts = (source.author, source.date, source.section, page_name(source.page, language))
    about = " · ".join(f"<span{lang(text)}>{escape(text)}</span>" for text in facts if text)
    title = f"<h3{lang(source.title)}>{escape(source.title or source.path)}</h3>"
    return (
        f'<article class="{kind}" tabindex="-1"><header>{tag}{title}</header><p class="dgqa-about">{about}</p>'
        f'{body}<div class="dgqa-where">{foot}</div></article>'
    )


def _relevance(hit: Hit | None, best: float, language: Language) -> str:
    """Return in a word how near a hit is to the question, measured by the best one."""
    if hit is None or best <= 0:
        return ""
    share = hit.score / best
    near = next(name for least, name in _NEAR if share >= least)
    return f'<span class="dgqa-relevance">{say("relevance", language)} <em>{say(near, language)}</em></span>'
