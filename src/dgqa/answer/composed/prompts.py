"""Write the messages for a chat model in three languages: to compose an answer, to rewrite a follow-up, to look over an answer.

The prompts are in data/prompts. What never changes stands first, so that a server that keeps the prefix reads it once. What an
article says stands between marks that its text cannot contain, and is data: whatever the model makes of it is checked
sentence by sentence.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from dgqa.answer.evidence import Evidence
from dgqa.data import content
from dgqa.language.text import to_script
from dgqa.messages import Language
from dgqa.models.readers.reader import Page
from dgqa.models.streaming import Message

_HISTORY = 3  # turns before the question that a rewriting is shown
_TURN = 300  # characters of each of their answers
_SCRIPTS = {"Hans": "简体中文", "Hant": "繁体中文", "Latn": "English"}
_BRACKETS = str.maketrans({"[": "〔", "]": "〕", "<": "‹", ">": "›", "【": "〔", "】": "〕", "［": "〔", "］": "〕", "＜": "‹", "＞": "›"})

# What answers are asked for as, where a model takes a schema.
FORM = {
    "response_format": {
        "type": "json_schema",
        "json_schema": {
            "name": "answer",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {
                    "sentences": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"text": {"type": "string"}, "ids": {"type": "array", "items": {"type": "integer"}}, "quote": {"type": "string"}},
                            "required": ["text", "ids", "quote"],
                            "additionalProperties": False,
                        },
                    },
                    "missing": {"type": "string"},
                },
                "required": ["sentences", "missing"],
                "additionalProperties": False,
            },
        },
    }
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A sentence that is looked over: its text, the pieces of evidence that it cites, and the number of the passage around them."""

    text: str
    originals: tuple[str, ...]
    passages: tuple[int, ...]


@cache
def _prompt(name: str, language: Language) -> str:
    text = content(f"prompts/{name}.{'en' if language == 'Latn' else 'zh'}.md").rstrip("\n").replace("{script}", _SCRIPTS[language])
    return text if language == "Latn" else to_script(text, language)


def printable(text: str) -> str:
    """Return ``text`` without control and zero-width characters, and those that no font has."""
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs"))


def harmless(text: str) -> str:
    """Return ``text`` in one line, without control and zero-width characters and without brackets that could be taken for marks."""
    return " ".join(printable(re.sub(r"\s", " ", text)).split()).translate(_BRACKETS)


def compose_messages(question: str, evidence: Sequence[Evidence], language: Language, *, strong: bool = False, hint: str = "") -> list[Message]:
    """Return the messages that ask for an answer in ``language`` whose sentences carry the evidence's numbers.

    Args:
        question: As it stands alone.
        evidence: What may be cited, by its numbers from 1; pieces of one passage stand together.
        language: Of the answer.
        strong: Whether a large model is asked.
        hint: What a person would tell the model beside the question, "" for nothing.
    """
    asked = harmless(question)
    ending = f"Question: {asked}\nAnswer:" if language == "Latn" else to_script(f"问题：{asked}\n回答：", language)
    parts = ("<evidence>", *_headed(evidence), "</evidence>", *([harmless(hint)] if hint else []), ending)
    return [("system", _prompt("compose-strong" if strong else "compose-local", language)), ("human", "\n".join(parts))]


def _headed(evidence: Sequence[Evidence]) -> list[str]:
    """Return the evidence with the title and date of an article, and the headings of a section, before their first sentence: to read them costs time and money."""
    lines: list[str] = []
    title, section = "", ""
    for number, item in enumerate(evidence, 1):
        passage = item.passage
        about = f"《{harmless(passage.title)}》{f'（{harmless(passage.date)}）' if passage.date else ''}" if passage.title else harmless(passage.date)
        if (about, passage.section) != (title, section) and (heading := " › ".join(part for part in (about if about != title else "", harmless(passage.section)) if part) or about):
            lines.append(heading)
        title, section = about, passage.section
        lines.append(f"[{number}] {harmless(item.sentence.text)}")
    return lines


def read_messages(question: str, pages: Sequence[Page], language: Language) -> list[Message]:
    """Return the messages that ask which sentences of some pages belong to the answer; they are numbered on through all pages, from 1."""
    numbers = iter(range(1, 1 + sum(len(page.sentences) for page in pages)))
    blocks = ["\n".join([harmless(page.heading), *(f"[{next(numbers)}] {harmless(sentence)}" for sentence in page.sentences)]).strip() for page in pages]
    asked = f"Question: {harmless(question)}" if language == "Latn" else to_script(f"问题：{harmless(question)}", language)
    return [("system", _prompt("read", language)), ("human", "\n\n".join((*blocks, asked)))]


def rewrite_messages(question: str, history: Sequence[tuple[str, str]], language: Language) -> list[Message]:
    """Return the messages that ask for the question as it would stand alone; ``history`` is oldest first."""
    english = language == "Latn"
    before, asked, answered = ("Before", "Question", "Answer") if english else ("上文", "问题", "回答")
    mark = ": " if english else "："
    lines = []
    for earlier, answer in history[-_HISTORY:]:
        lines.append(f"{before}{mark}{harmless(earlier)}")
        if answer.strip():
            lines.append(f"{answered}{mark}{harmless(answer)[:_TURN]}")
    lines.append(f"{asked}{mark}{harmless(question)}")
    text = "\n".join((*lines, "Good:" if english else "好的改写："))
    return [("system", _prompt("rewrite", language)), ("human", text if english else to_script(text, language))]


def control(claims: Sequence[Claimed], language: Language) -> tuple[int, Claimed]:
    """Return a sentence that no passage states, as if it cited what the first one does, and the place it takes among the others.

    Who writes an article knows neither the place nor which of the sentences it is: both hang on what is looked over.
    """
    chosen = zlib.crc32("\n".join(claim.text for claim in claims).encode("utf-8", "surrogatepass"))
    texts = _prompt("controls", language).splitlines()
    return chosen // len(texts) % (len(claims) + 1), replace(claims[0], text=texts[chosen % len(texts)])


def verify_messages(question: str, claims: Sequence[Claimed], passages: Sequence[str], language: Language) -> list[Message]:
    """Return the messages that ask for a verdict on every sentence, from what it cites and the passages around that alone; the question tells what a short one is about."""
    english = language == "Latn"
    asked, passage, sentence, original, around = ("Question", "Passage", "Sentence", "Original", "passage") if english else ("问题", "段落", "句子", "原文", "段落")
    mark = ": " if english else "："
    lines = [f"{asked}{mark}{harmless(question)}", *(f"{passage} {number}{mark}{harmless(text)}" for number, text in enumerate(passages, 1))]
    for number, claim in enumerate(claims, 1):
        lines.append(f"{sentence} {number}{mark}{harmless(claim.text)}")
        where = ", ".join(f"{around} {at}" for at in claim.passages)
        lines.append(f"  {original} ({where}){mark}{' / '.join(map(harmless, claim.originals))}")
    return [("system", _prompt("verify", language)), ("human", "\n".join(lines))]
