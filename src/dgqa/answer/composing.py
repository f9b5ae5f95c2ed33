"""A question and its evidence in; the sentences that a chat model makes of it, each checked before it is shown, out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dgqa.answer.denials import denies_answer
from dgqa.answer.evidence import Evidence
from dgqa.answer.prompts import Quoted
from dgqa.claims.checker import Checked, Checker
from dgqa.claims.claim import Statement
from dgqa.language.text import detect_script, split_sentences, to_script
from dgqa.messages import Language
from dgqa.types import Hit

MAX_EVIDENCE = 10  # numbered sentences
MAX_CHARACTERS = 900  # of them all: what a small model reads in some seconds
MAX_SENTENCES = 8  # shown at most, however much a model writes
_REPEATED = 8  # characters from which a sentence that another begins with is that one again, cut off
_READ = 3  # passages whose other sentences may be neighbours

_SQUARE = r"[\[【［〔]\s*\^?(?:证据|證據|evidence|e|s)?\s*\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*\s*[\]】］〕]"
_MARKS = re.compile(_SQUARE, re.IGNORECASE)
_LEADING = re.compile(rf"^\s*(?:{_SQUARE}\s*)+", re.IGNORECASE)
_ONLY_MARKS = re.compile(rf"^(?:\s|{_SQUARE}|[。.，,；;])*$", re.IGNORECASE)
_HALF_A_MARK = re.compile(r"^\s*[\[【［〔][^\]】］〕]{0,12}$")
_BULLET = re.compile(r"^\s*(?:[-*•·●]\s+|#{1,6}\s+|>\s+|\d{1,2}[.、)）]\s*(?=\D))")
_PREAMBLE = re.compile(r"^(?:好的回答|坏的回答|回答|答案|答|good answer|answer)\s*[:：]\s*", re.IGNORECASE)
# A model may repeat the line that stands before a piece of evidence: "… › 热线, 2022-03) ".
_PLACE = re.compile(r"^[\[(（]?[^\])）]{0,200} › [^\])）]{0,120}[\])）]\s*")
# Of that line the end alone may be repeated: "… 的发展历程] ".
_TORN = re.compile(r"^[^\[\](（【〔)）】〕。！？!?]{1,80}[\])）】〕]\s*(?=\w)")
_EMPHASIS = re.compile(r"\*\*|__|`|</?[a-zA-Z][^>]{0,80}>")


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as a model wrote it, cleaned: ``cited`` are the numbers that it carries."""

    text: str
    cited: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence that the evidence ``numbers`` support, in 0..1."""

    text: str
    numbers: tuple[int, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence that is not shown; ``fault`` says why: what `Checked` knows, "language", or "no_answer".

    The last is a sentence that says nothing but that the evidence has no answer; one that an article says itself is shown.
    """

    text: str
    fault: str


def gather(chosen: Sequence[Evidence], hits: Sequence[Hit]) -> list[Evidence]:
    """Return the evidence to write from: the chosen sentences, then their neighbours and the best of other passages.

    The order is that of the articles, so that a model reads what belongs together in one piece.
    """
    picked: dict[tuple[str, int], Evidence] = {}
    spent = 0

    def take(evidence: Evidence) -> None:
        nonlocal spent
        key = (evidence.passage.doc_id, evidence.sentence.start)
        length = len(evidence.sentence.text)
        if key in picked or len(picked) >= MAX_EVIDENCE or (picked and spent + length > MAX_CHARACTERS):
            return
        picked[key] = evidence
        spent += length

    for evidence in chosen:
        take(evidence)
    for evidence in chosen:
        sentences = evidence.passage.sentences
        at = next((i for i, sentence in enumerate(sentences) if sentence.start == evidence.sentence.start), None)
        for i in () if at is None else (at - 1, at + 1):
            if 0 <= i < len(sentences):
                take(Evidence(evidence.passage, sentences[i]))
    for hit in hits[:_READ]:
        for sentence in hit.sentences[:2]:
            take(Evidence(hit.passage, sentence))
    order = {hit.passage.doc_id: i for i, hit in reversed(list(enumerate(hits)))}
    return sorted(picked.values(), key=lambda item: (order.get(item.passage.doc_id, len(order)), item.passage.doc_id, item.sentence.start))


def quoted(evidence: Sequence[Evidence]) -> list[Quoted]:
    """Return what a prompt shows of the evidence, numbered from 1."""
    return [Quoted(i, item.sentence.text, item.passage.title, item.passage.section, item.passage.date) for i, item in enumerate(evidence, 1)]


def grounds(evidence: Sequence[Evidence]) -> list[Statement]:
    """Return what the sentences are checked against, numbered from 1.

    The date of an article is evidence only where the passage is about the article itself: what it says may be older.
    """
    made = []
    for i, item in enumerate(evidence, 1):
        passage = item.passage
        about = [passage.section, passage.title, passage.author, passage.date if passage.kind == "meta" else ""]
        made.append(Statement(item.sentence.text, i, "\n".join(part for part in about if part), passage.row))
    return made


def written(stream: Iterator[str]) -> Iterator[Written]:
    """Cut what a model streams into sentences, each with the numbers it carries, as soon as it is complete.

    A number may stand before or behind the full stop, or, as small models have it, at the beginning of the line.
    """
    text = ""
    for piece in stream:
        text += piece
        if not piece.strip() and "\n" not in piece:
            continue
        units, rest = _units(text)
        if units:
            text = rest
            yield from _clean(units)
    units, rest = _units(f"{text}\n")
    yield from _clean([*units, rest])


def _units(text: str) -> tuple[list[str], str]:
    """Return the complete sentences of ``text`` with their marks, and the rest that may go on."""
    units: list[str] = []
    starts: list[int] = []
    behind = 0
    for start, end in split_sentences(text):
        piece = text[start:end]
        leading = _LEADING.match(piece)
        if units and leading and "\n" not in text[behind:start]:
            units[-1] += leading[0]
            piece = piece[leading.end() :]
        behind = end
        if piece.strip():
            units.append(piece)
            starts.append(end - len(piece))
    if not units:
        return [], text
    if text.endswith("\n"):
        return units, ""
    # The last one may go on, and marks of the one before may still come.
    kept = 2 if len(units) > 1 and _HALF_A_MARK.match(units[-1]) else 1
    return units[:-kept], text[starts[-kept] :]


def _clean(units: Sequence[str]) -> Iterator[Written]:
    for unit in units:
        if _ONLY_MARKS.match(unit):
            continue
        cited = tuple(dict.fromkeys(int(number) for mark in _MARKS.findall(unit) for number in re.findall(r"\d+", unicodedata.normalize("NFKC", mark))))
        text = _MARKS.sub("", unit)
        text = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs"))
        text = _TORN.sub("", _PLACE.sub("", _PREAMBLE.sub("", _BULLET.sub("", _EMPHASIS.sub("", text)).strip())))
        text = re.sub(r"\s+([。.，,；;！!？?])", r"\1", re.sub(r"\s+", " ", text)).strip()
        if text and any(char.isalnum() for char in text):
            yield Written(text, cited)


def checked(sentences: Iterator[Written], checker: Checker, language: Language) -> Iterator[Shown | Withheld]:
    """Check each sentence as it comes; one in another language than the answer's is withheld as well.

    One said before is left out, and so is its beginning: a model that repeats itself may be cut off in the middle.
    """
    said: set[str] = set()
    count = 0
    for sentence in sentences:
        key = re.sub(r"\W", "", sentence.text).casefold()
        cut = sentence.text[-1:].isalnum() and len(key) >= _REPEATED
        if key in said or (cut and any(other.startswith(key) for other in said)):
            continue
        said.add(key)
        script = detect_script(sentence.text)
        foreign = bool(script) and (script == "Latn") != (language == "Latn")
        made = Checked(fault="language") if foreign else checker.check(sentence.text, sentence.cited)
        if made.fault:
            yield Withheld(sentence.text, "no_answer" if denies_answer(sentence.text) else made.fault)
            continue
        # What a model writes is put into the asker's script; quotations stay as they are.
        text = sentence.text if language == "Latn" else to_script(sentence.text, language)
        yield Shown(text, made.numbers, made.support)
        count += 1
        if count >= MAX_SENTENCES:
            return
