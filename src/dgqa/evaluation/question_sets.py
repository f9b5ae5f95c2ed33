"""Read and check question sets of JSON lines, and find the raw spans of their evidence."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dgqa.config import lines_of
from dgqa.errors import ConfigError, CorpusError
from dgqa.evaluation.metrics import Place
from dgqa.language.values import plain

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
TYPES = (
    "fact",
    "number",
    "list",
    "definition",
    "comparison",
    "table",
    "multi_doc",
    "reason",
    "condition",
    "exception",
    "article",
    "summary",
    "multi_turn",
    "false_premise",
    "unanswerable",
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_OPTIONAL = ("answer", "note", "twin", "document")
_MOST_FAULTS = 20  # named in one message


@dataclass(frozen=True, slots=True)
class Evidence:
    """What answers a question: a verbatim substring of the raw file that occurs once, or where it stands, ``start:end``."""

    file: str
    quote: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what a right answer must say and where the corpus says it.

    Every entry of ``answer_keys`` is a tuple of alternatives, one of which must occur in a right answer.
    ``history`` holds (question, answer) turns; ``twin`` is the id of the same question in the other script;
    ``document`` is the file that the question is about, which an unanswerable one may have too; ``phrase`` is where the short
    answer stands within the evidence.
    """

    id: str
    question: str
    lang: str
    type: str
    answer: str = ""
    answer_keys: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    note: str = ""
    twin: str = ""
    document: str = ""
    phrase: Evidence | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the question as a line of a question set has it."""
        phrase = {"phrase": _without_blanks(self.phrase)} if self.phrase else {}
        line = {name: value for name, value in asdict(self).items() if name != "phrase"}
        return line | phrase | {"evidence": [_without_blanks(item) for item in self.evidence], "history": [{"q": q, "a": a} for q, a in self.history]}

    @classmethod
    def from_dict(cls, line: Mapping[str, Any]) -> Question:
        """Return the question that a checked line of a question set describes."""
        plain_fields = {name: line[name] for name in _OPTIONAL if name in line}
        return cls(
            id=line["id"],
            question=line["question"],
            lang=line["lang"],
            type=line["type"],
            answer_keys=tuple(tuple(key) for key in line.get("answer_keys", ())),
            evidence=tuple(Evidence(**item) for item in line.get("evidence", ())),
            history=tuple((turn["q"], turn["a"]) for turn in line.get("history", ())),
            phrase=Evidence(**line["phrase"]) if "phrase" in line else None,
            **plain_fields,
        )


def load_questions(*paths: str | Path) -> tuple[Question, ...]:
    """Read question sets of JSON lines, in order; blank lines are skipped.

    Raises:
        ConfigError: a file can't be read or is empty, or lines are broken; all of them are named with file,
            line number (from 1) and field. An id must be unique over all files, a twin among them.
    """
    questions: list[Question] = []
    where: dict[str, str] = {}
    faults: list[str] = []
    for path in map(Path, paths):
        for number, text in lines_of(path, "the question set"):
            place = f"{path}:{number}"
            line, problems = _parse(text)
            faults += [f"{place}: {problem}" for problem in problems]
            if problems:
                continue
            question = Question.from_dict(line)
            if question.id in where:
                faults.append(f"{place}: field 'id': {question.id!r} stands at {where[question.id]} already")
            where.setdefault(question.id, place)
            questions.append(question)
    ids = set(where)
    lost = [question for question in questions if question.twin and question.twin not in ids]
    faults += [f"{where[q.id]}: field 'twin': there is no question {q.twin!r} in the files given" for q in lost]
    if faults:
        raise ConfigError(_listed("the question set is broken", faults))
    if not questions:
        raise ConfigError(f"no question in {', '.join(map(str, paths)) or 'no file'}: give a file of JSON lines")
    return tuple(questions)


def _parse(text: str) -> tuple[dict[str, Any], list[str]]:
    """Return a line's fields and everything that is wrong with them, in a person's words."""
    try:
        line = json.loads(text)
    except json.JSONDecodeError as error:
        return {}, [f"no JSON: {error.msg} at column {error.colno}"]
    if not isinstance(line, dict):
        return {}, [f"a question is a JSON object, this is {type(line).__name__}"]
    known = Question.__dataclass_fields__
    problems = [f"field {name!r}: unknown; the fields are {', '.join(known)}" for name in line if name not in known]
    for name in ("id", "question", "lang", "type"):
        if name not in line:
            problems.append(f"field {name!r}: missing")
        elif not _is_text(line[name]):
            problems.append(f"field {name!r}: must be a text of valid characters that isn't empty, is {line[name]!r}")
    for name, allowed in (("lang", LANGUAGES), ("type", TYPES)):
        if _is_text(line.get(name)) and line[name] not in allowed:
            problems.append(f"field {name!r}: {line[name]!r} is none of {', '.join(allowed)}")
    for name in _OPTIONAL:
        if not isinstance(line.get(name, ""), str):
            problems.append(f"field {name!r}: must be a text, is {line[name]!r}")
    lists = (
        ("answer_keys", "a list of lists of texts, none empty", _is_key),
        ("evidence", "a list of {file, quote} with texts, or of {file, start, end} with offsets", _is_evidence),
        ("history", "a list of {q, a} with texts", _is_turn),
    )
    for name, shape, fits in lists:
        value = line.get(name, [])
        if not isinstance(value, list) or not all(fits(item) for item in value):
            problems.append(f"field {name!r}: must be {shape}, is {value!r}")
    if "phrase" in line and not (_is_evidence(line["phrase"]) and "start" in line["phrase"]):
        problems.append(f"field 'phrase': must be {{file, start, end}}, is {line['phrase']!r}")
    return line, problems or _contradictions(line)


def _contradictions(line: Mapping[str, Any]) -> list[str]:
    gold = [name for name in ("answer_keys", "evidence") if line.get(name)]
    if line["type"] == "unanswerable":
        return [f"field {name!r}: an unanswerable question has none" for name in gold]
    if not gold:
        return ["field 'answer_keys': with no evidence either, no answer can be right"]
    if line["type"] == "multi_turn" and not line.get("history"):
        return ["field 'history': a multi_turn question needs one"]
    return ["field 'twin': a question is not its own twin"] if line.get("twin") == line["id"] else []


def _is_text(value: object) -> bool:
    """Say whether a value is a text with something in it, and without a lone surrogate, which no file can hold."""
    return isinstance(value, str) and bool(value.strip()) and not _SURROGATE.search(value)


def _is_key(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(item) for item in value)


def _is_evidence(value: object) -> bool:
    if _has_texts(value, "file", "quote"):
        return True
    if not isinstance(value, dict) or set(value) != {"file", "start", "end"} or not _is_text(value["file"]):
        return False
    offsets = value["start"], value["end"]
    return all(isinstance(at, int) and not isinstance(at, bool) for at in offsets) and 0 <= offsets[0] < offsets[1]


def _is_turn(value: object) -> bool:
    return _has_texts(value, "q", "a")


def _without_blanks(item: Evidence) -> dict[str, Any]:
    return {"file": item.file, "quote": item.quote} if item.quote else {"file": item.file, "start": item.start, "end": item.end}


def _has_texts(value: object, *names: str) -> bool:
    return isinstance(value, dict) and set(value) == set(names) and all(_is_text(value[name]) for name in names)


def _listed(what: str, faults: Sequence[str]) -> str:
    more = [f"... and {len(faults) - _MOST_FAULTS} more"] if len(faults) > _MOST_FAULTS else []
    return "\n  ".join([f"{what} ({len(faults)}):", *faults[:_MOST_FAULTS], *more])


def locate(questions: Iterable[Question], raws: Mapping[str, str]) -> dict[str, tuple[Place, ...]]:
    """Return for every question's id the raw spans of its evidence, in order.

    Args:
        questions: a checked set.
        raws: raw text by path, from the index that is to be measured.

    Raises:
        CorpusError: the set and the index don't belong together: a file isn't in the index, or a quote doesn't
            occur in it, or more than once; all of them are named.
    """
    places: dict[str, tuple[Place, ...]] = {}
    faults: list[str] = []
    absent: Counter[str] = Counter()
    for question in questions:
        found: list[Place] = []
        for item in question.evidence:
            raw = raws.get(item.file)
            if raw is None:
                absent[item.file] += 1
                continue
            if not item.quote:
                if item.end > len(raw):
                    faults.append(f"{question.id}: {item.file} has {len(raw):,} characters, the evidence ends at {item.end:,}")
                    continue
                found.append((item.file, item.start, item.end))
                continue
            start = raw.find(item.quote)
            if start < 0 or raw.find(item.quote, start + 1) >= 0:
                faults.append(f"{question.id}: {_why(item, raw, start)}")
                continue
            found.append((item.file, start, start + len(item.quote)))
        places[question.id] = tuple(found)
    known = ", ".join(sorted(raws)[:3]) or "nothing"
    faults = [
        f"{file}, evidence of {n} question{'s' * (n > 1)}, isn't in the index, which holds {known}"
        + (f" and {len(raws) - 3} more" if len(raws) > 3 else "")
        for file, n in absent.items()
    ] + faults
    if faults:
        raise CorpusError(_listed("the question set doesn't belong to this index: rebuild it, or mend the set", faults))
    return places


def _why(item: Evidence, raw: str, start: int) -> str:
    quote = item.quote if len(item.quote) <= 60 else f"{item.quote[:57]}..."
    if start >= 0:
        return f"the quote occurs more than once in {item.file}, make it longer: {quote!r}"
    hint = " (it does but for white space, width or script)" if plain(item.quote) in plain(raw) else ""
    return f"the quote doesn't occur in {item.file}{hint}: {quote!r}"
