"""Have a chat model look over the answer it wrote: is every sentence supported by what it cites?

What it reads there an article's author wrote, who may order it to find everything supported. So a sentence that nobody states
is among those it judges: only a model that finds that one wanting can confirm others; what it finds wanting counts always.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
# Denying that a sentence is wrong doesn't say that it is right: with nothing else it is no verdict.
_NOT_AGAINST = re.compile(
    r"(?:不存在|不构成|不構成|未发现|未發現|没有|沒有|[无無不未])(?:任何|明显|明顯|直接|什么|什麼)?(?:[与與和跟][^，。,;；、\s]{0,8}?)?(?:矛盾|相反|冲突|衝突|不一致|不符)"
    r"|\b(?:no|not|without|never|nothing|doesn.t|isn.t)\s{1,4}(?:(?:any|an?|in|direct)\s{1,4}){0,3}(?:contradict|conflict|refuted|incorrect|false)\w*",
    re.IGNORECASE,
)
_NUMBER = r"(?:句子?|第|sentence|claim|statement|number|id|n|s)?[^\w\"'“{｛]{0,8}(\d{1,3})"
_LINE = re.compile(rf"[^\w\"'“{{｛]{{0,16}}{_NUMBER}(?!\d|%|\.\d)\W{{0,8}}(.*)", re.IGNORECASE)
_NEXT = re.compile(r"[,，;；、]\s{0,4}(?=\W{0,8}\d)|(?<=\S)\s{1,4}(?=\d{1,3}\s{0,4}[^\d\s%])")  # verdicts that stand in one line
_NAMED = re.compile(rf"\W{{0,4}}{_NUMBER}\W{{0,2}}[句号號]?", re.IGNORECASE)

# Names of JSON: of a sentence's number, surest first, and of the verdict. Others hold reasons, and an article's words.
_NUMBERS = (
    re.compile(r"(?:sentence|claim|statement|句子?|陈述|陳述)[ _-]?(?:number|num|no|id|编号|編號|序号|序號|号|號)?", re.IGNORECASE),
    re.compile(r"number|num|no|n|s?id|s|编号|編號|序号|序號", re.IGNORECASE),
)
_VERDICTS = re.compile(r"(?:final[ _-]?)?(?:verdict|label|result|judge?ment)|(?:核对|核對)?(?:结论|結論|结果|結果|判断|判斷|判定)", re.IGNORECASE)
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
    """Return the verdicts of lines such as "2 supported", or of JSON, by their numbers.

    What only denies a contradiction is none: such a sentence may be stated or not, and is asked for again.
    """
    lines = text.splitlines() if "\n" in text.strip() or "{" in text else _NEXT.sub("\n", text).splitlines()
    found = _verdicts(read.groups() for line in lines if (read := _LINE.match(line)))
    found = found or _verdicts(pair for value in values_of(text) for pair in _named(value))
    return {} if 0 in found else found  # counted from 0, no number is sure


def _verdicts(given: Iterable[Sequence[str]]) -> dict[int, SecondLook]:
    """Return the verdict in each text by its number; none where two differ, of which one may be an article's word."""
    found: dict[int, set[SecondLook]] = {}
    for number, said in given:
        told = _NOT_AGAINST.sub("", said[:_LONGEST_LINE])
        verdict = next((verdict for verdict, words in _WORDS if words.search(told)), None)
        if verdict is not None:
            found.setdefault(int(number), set()).add(verdict)
    return {number: verdict for number, (verdict, *others) in found.items() if not others}


def _named(value: object) -> Iterator[tuple[str, str]]:
    """Yield the numbers in a JSON value, each with its verdict: {"1": "…"}, {"1": {"verdict": "…"}}, {"id": 1, "verdict": "…"}."""
    if isinstance(value, list):
        for part in value:
            yield from _named(part)
    elif isinstance(value, dict):
        numbers = [read[1] for names in _NUMBERS for key, part in value.items() if names.fullmatch(key) and (read := _NAMED.fullmatch(str(part)))]
        said = _said(value)
        if said:
            yield from [(numbers[0], said)] if numbers else ()
            return  # what is inside such an object are reasons
        for key, part in value.items():
            read = _NAMED.fullmatch(key)
            if read and (said := part if isinstance(part, str) else _said(part)):
                yield read[1], said
            else:
                yield from _named(part)


def _said(value: object) -> str:
    """Return what stands under a verdict's name in an object, "" if none does."""
    return next((part for key, part in value.items() if isinstance(part, str) and _VERDICTS.fullmatch(key)), "") if isinstance(value, dict) else ""


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
