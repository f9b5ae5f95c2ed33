"""Have a chat model look over the answer it wrote: is every sentence supported by what it cites?

What it reads there an article's author wrote, who may order it to find everything supported. So a sentence that nobody states
is among those it judges: only a model that finds that one wanting can confirm others; what it finds wanting counts always.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from dgqa.answer.composed.json_drafts import values_of
from dgqa.answer.composed.prompts import Claimed, control, verify_messages
from dgqa.answer.evidence import Evidence
from dgqa.messages import Language
from dgqa.models.failures import ChatFailure
from dgqa.models.streaming import Cost, Speaker

logger = logging.getLogger(__name__)

SecondLook = Literal["supported", "contradicted", "not_stated", "no_check"]

# In this order: "不支持" and "not supported" hold the words for the contrary.
_WORDS: tuple[tuple[SecondLook, re.Pattern[str]], ...] = (
    ("no_check", re.compile(r"无需核对|無需核對|不需要?核[对對]|无需检查|no[ _-]?check|needs? no check|not? (?:a )?(?:factual )?claim", re.IGNORECASE)),
    ("not_stated", re.compile(r"未提及|没有提到|沒有提到|未说明|未說明|没有说|無法判斷|[无無]法(?:判断|确认|確認|核实|核實|验证)|不支持|未支持|not[ _-]?(?:stated|mentioned|supported|found)|unsupported|unverifiable|insufficient", re.IGNORECASE)),
    ("contradicted", re.compile(r"矛盾|相反|冲突|衝突|不一致|不符|contradict\w*|conflict\w*|refuted|incorrect|\bfalse\b", re.IGNORECASE)),
    ("supported", re.compile(r"支持|一致|support\w*|entail\w*|confirmed|\btrue\b|\byes\b", re.IGNORECASE)),
)
_WANTING: frozenset[SecondLook] = frozenset({"contradicted", "not_stated"})
_NOT_AGAINST = re.compile(r"(?:不|没有|沒有|无|無)(?:任何)?(?:矛盾|冲突|衝突)|\b(?:no|not|without|doesn.t|does not)\s+(?:any )?(?:contradict|conflict)\w*", re.IGNORECASE)
_LINE = re.compile(r"(?:^|\n)\W*(?:句子?|第|sentence|claim|statement|number|id|n|s)?\W*(\d{1,3})(?!\d|%|\.\d)\W*([^\n]*)", re.IGNORECASE)
_NEXT = re.compile(r"[,，;；、]\s*(?=\W*\d)|\s+(?=\d{1,3}\s*[^\d\s%])")  # verdicts that stand in one line
_LONGEST_LINE = 160


def look_over(
    speaker: Speaker, question: str, sentences: Sequence[tuple[str, Sequence[int]]], evidence: Sequence[Evidence], language: Language, *, timeout: float, cost: Cost
) -> Mapping[int, SecondLook]:
    """Return the model's verdicts on its sentences by their places from 0; one that it gives none, asked twice, has none.

    Args:
        speaker: The model.
        question: As it stands alone.
        sentences: What it wrote, each with the numbers of its evidence from 1.
        evidence: All that it was given.
        language: Of the answer.
        timeout: Seconds for each of the two requests.
        cost: What this is added to.
    """
    verdicts: dict[int, SecondLook] = {}
    for _ in range(2):
        open_places = [place for place in range(len(sentences)) if place not in verdicts]
        if not open_places:
            break
        claims, passages = _claims([sentences[place] for place in open_places], evidence)
        at, extra = control(claims, language)
        claims.insert(at, extra)
        try:
            text = speaker.text(verify_messages(question, claims, passages, language), timeout=timeout, retries=0, cost=cost)
        except ChatFailure:
            break
        judged = read_verdicts(text)
        of_control = judged.pop(at + 1, None)
        for number, verdict in judged.items():
            place = number - 1 - (number - 1 > at)
            if place < len(open_places) and (of_control in _WANTING or verdict in _WANTING):
                verdicts[open_places[place]] = verdict
        if of_control is not None and of_control not in _WANTING:
            logger.warning("the model's second look confirms what no passage states, so it confirms nothing: an article may have ordered it to, or the model is too small")
            break
    return verdicts


def read_verdicts(text: str) -> dict[int, SecondLook]:
    """Return the verdicts of lines such as "2 supported", however they are put, by their numbers."""
    found: dict[int, SecondLook] = {}
    lines = text if "\n" in text.strip() else _NEXT.sub("\n", text)
    given = [pair for value in values_of(text) for pair in _named(value)] or _LINE.findall(lines)
    for number, said in given:
        told = _NOT_AGAINST.sub("", said[:_LONGEST_LINE])
        verdict = next((verdict for verdict, words in _WORDS if words.search(told)), None)
        if verdict is not None and int(number) > 0:
            found.setdefault(int(number), verdict)
    return found


def _named(value: object) -> Iterator[tuple[str, str]]:
    """Yield the numbers in a JSON value, each with what stands beside it: {"1": "…"}, {"id": 1, "verdict": "…"}."""
    if isinstance(value, list):
        for part in value:
            yield from _named(part)
    elif isinstance(value, dict):
        numbers = [str(part) for part in value.values() if re.fullmatch(r"\D{0,4}\d{1,3}", str(part))]
        texts = [part for part in value.values() if isinstance(part, str) and part not in numbers]
        if numbers and texts:
            yield re.sub(r"\D", "", numbers[0]), min(texts, key=len)  # the others give reasons
        for key, part in value.items():
            if isinstance(part, str) and re.fullmatch(r"\D{0,4}\d{1,3}", str(key)):
                yield re.sub(r"\D", "", str(key)), part
            else:
                yield from _named(part)


def _claims(sentences: Sequence[tuple[str, Sequence[int]]], evidence: Sequence[Evidence]) -> tuple[list[Claimed], list[str]]:
    passages: dict[int, str] = {}
    made = []
    for text, numbers in sentences:
        cited = [evidence[number - 1] for number in numbers]
        for item in cited:
            passage = item.passage
            passages.setdefault(passage.row, f"《{passage.title}》 {passage.section}：{passage.text}")
        order = list(passages)
        rows = tuple(dict.fromkeys(order.index(item.passage.row) + 1 for item in cited))
        made.append(Claimed(text, tuple(item.sentence.text for item in cited), rows))
    return made, list(passages.values())
