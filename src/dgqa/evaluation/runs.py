"""Sum up a finished evaluation: figures with intervals, slices and latency from the records of questions, kept as run.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dgqa.config import read_utf8
from dgqa.errors import ConfigError
from dgqa.evaluation.metrics import Place
from dgqa.evaluation.question_sets import Question
from dgqa.evaluation.statistics import Parts, bootstrap, quantile, ratio, resamples

FORMAT = 1
SAMPLES = 1000  # bootstrap resamples
FIGURES = {
    "right": "questions answered as they should be: all keys, a due refusal, or a rejected premise with its correction",
    "recall_any": "any evidence within the first k passages",
    "recall_all": "all evidence within the first k passages",
    "mrr": "1 / rank of the first passage with evidence",
    "ndcg": "discounted gain of the ranks at which evidence first stands, 1 = best possible order",
    "keys": "share of answer keys that the answer says",
    "keys_all": "answers that say every key",
    "token_f1": "F1 of jieba tokens against the reference answer",
    "citation_validity": "citations whose quote is the raw text they point to",
    "citation_recall": "sentences that their citations support (bigram and number agreement, no NLI)",
    "citation_precision": "citations that support their sentence and aren't wasted (same approximation)",
    "citation_coverage": "sentences with a citation",
    "citation_verbatim": "sentences that have the words of their quotes; labels of table cells count against it",
    "span_f1": "F1 of cited characters against the gold evidence; 0 where an answerable question is refused",
    "refusal_precision": "refusals that were due",
    "refusal_recall": "unanswerable questions that were refused",
    "refusal_f1": "F1 of the refusals",
    "not_answered": "unanswerable questions that were refused, or shown the nearest text as one that may not answer",
    "false_refusals": "answerable questions that were refused (lower is better)",
    "premise_rejected": "false premises that the answer calls wrong in so many words (a list of phrases)",
    "premise_corrected": "false premises of which the answer says the correction",
    "twin_same": "pairs in two scripts with the same outcome and the same cited spans",
    "twin_hits": "Jaccard overlap of the first passages of such a pair",
    "repeat_same": "questions whose second answer was the first one",
    "composed": "questions that a language model's text answered",
    "confirmed": "sentences of a language model that the check confirmed",
    "withheld": "sentences of a language model that were not shown (lower is better)",
    "llm_calls": "requests to the language model, per question (lower is better)",
    "llm_seconds": "seconds of these, per question (lower is better)",
    "llm_read": "tokens that the language model read, per question, counted by the server or by characters (lower is better)",
    "llm_written": "tokens that it wrote, thoughts included where the server counts them (lower is better)",
    "errors": "questions on which the assistant failed (lower is better)",
    "rgb_accuracy": "RGB: answers that contain every expected answer as text",
    "rgb_rejection": "RGB: questions with noise alone that were refused",
}
KS = (1, 5, 10)  # depths at which recall is measured, nDCG at the largest
DEEP = frozenset({"recall_any", "recall_all", "ndcg"})  # figures that are named with their depth
COSTS = frozenset({"first_answer_ms", "cold_start_ms", "index_seconds", "index_mb", "memory_mb"})
LOWER_IS_BETTER = frozenset({"false_refusals", "errors", "withheld", "llm_calls", "llm_seconds", "llm_read", "llm_written"})
_HEADLINES = ("right", "recall_any", "recall_all", "mrr", "keys", "citation_recall", "span_f1", "false_refusals")
_PUBLIC_HEADLINES = ("recall_any", "mrr", "ndcg", "rgb_accuracy", "rgb_rejection")
_TAG = re.compile(r"[a-z]+(?:[ -][a-z]+){0,2}")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage as it was found: its raw span, score and text."""

    path: str
    start: int
    end: int
    score: float
    text: str = ""

    @property
    def place(self) -> Place:
        """The raw span."""
        return self.path, self.start, self.end


@dataclass(frozen=True, slots=True)
class Record:
    """What one question got.

    ``figures`` holds numerator and denominator of everything that was measured; what is undefined isn't there.
    ``faults`` says in words what went wrong. ``timings`` are milliseconds by stage, "wall" over all.
    """

    question: Question
    gold: tuple[Place, ...]
    found: tuple[Found, ...]
    answer: Mapping[str, Any] | None
    figures: Mapping[str, Parts]
    scores: Mapping[str, float]
    timings: Mapping[str, float]
    faults: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over ``n`` questions with its 95% bootstrap interval; None is undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one stage over ``n`` questions."""

    p50: float
    p95: float
    n: int


@dataclass(frozen=True, slots=True)
class Run:
    """All records of a run, with what produced them. ``cost`` is given by the caller: index_seconds and so on."""

    records: tuple[Record, ...]
    created: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    fingerprints: Mapping[str, Any] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)

    def figures(self) -> dict[str, Figure]:
        """Return every figure over all questions."""
        return summarise(self.records, seed=self.seed)

    def slices(self) -> dict[str, dict[str, dict[str, Figure]]]:
        """Return the figures by "type", "lang", "document", "note" and "decided", then by its values.

        "decided" is what gave the answer its status: a gate, a rule on premises, or a structure that answers by itself. A
        question counts in every document of its evidence. A note's parts, between commas and semicolons, make
        slices where they are a few words in lower case that at least two questions share.
        """
        return {
            kind: {value: summarise(records, seed=self.seed) for value, records in groups.items()}
            for kind, groups in group(self.records).items()
        }

    def latency(self) -> dict[str, Latency]:
        """Return p50 and p95 by stage, "wall" first."""
        stages: dict[str, list[float]] = {}
        for record in self.records:
            for stage, ms in record.timings.items():
                stages.setdefault(stage, []).append(ms)
        made = {}
        for stage in sorted(stages, key=lambda stage: stage != "wall"):
            p50, p95 = quantile(stages[stage], 0.5), quantile(stages[stage], 0.95)
            if p50 is not None and p95 is not None:
                made[stage] = Latency(p50, p95, len(stages[stage]))
        return made

    @property
    def seed(self) -> int:
        """The seed of the bootstrap."""
        return int(self.settings.get("seed", 0))

    def to_json(self) -> str:
        """Return the run as one JSON document, figures and slices included for other readers."""
        return json.dumps(
            {
                "format": FORMAT,
                "created": self.created,
                "settings": dict(self.settings),
                "fingerprints": dict(self.fingerprints),
                "cost": dict(self.cost),
                "figures": {name: asdict(figure) for name, figure in self.figures().items()},
                "slices": {
                    kind: {value: {name: asdict(f) for name, f in figures.items()} for value, figures in groups.items()}
                    for kind, groups in self.slices().items()
                },
                "latency": {stage: asdict(latency) for stage, latency in self.latency().items()},
                "records": [asdict(record) | {"question": record.question.to_dict()} for record in self.records],
            },
            ensure_ascii=False,
            allow_nan=False,
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str, *, name: str = "the run") -> Run:
        """Read what `to_json` wrote.

        Raises:
            ConfigError: it is no run, or one of another format.
        """
        try:
            data = json.loads(text)
            if not isinstance(data, dict) or data["format"] != FORMAT:
                raise ConfigError(f"{name} is no run of format {FORMAT}: write it anew with `dgqa eval --out`")
            records = tuple(_record(item) for item in data["records"])
            return cls(records, data["created"], data["settings"], data["fingerprints"], data["cost"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{name} is no run.json: {error!r}: write it anew with `dgqa eval --out`") from error


def load_run(path: str | Path) -> Run:
    """Read a run.json.

    Raises:
        ConfigError: the file can't be read or holds no run.
    """
    return Run.from_json(read_utf8(Path(path), "the run"), name=str(path))


def _record(item: Mapping[str, Any]) -> Record:
    return Record(
        question=Question.from_dict(item["question"]),
        gold=tuple((file, start, end) for file, start, end in item["gold"]),
        found=tuple(Found(**found) for found in item["found"]),
        answer=item["answer"],
        figures={name: (above, below) for name, (above, below) in item["figures"].items()},
        scores=item["scores"],
        timings=item["timings"],
        faults=tuple(item["faults"]),
        error=item["error"],
    )


def summarise(records: Sequence[Record], *, seed: int = 0) -> dict[str, Figure]:
    """Return the figures over ``records`` in the order of `FIGURES`: sums of numerators over sums of denominators."""
    if not records:
        return {}
    draws = resamples(len(records), samples=SAMPLES, seed=seed)
    made: dict[str, Figure] = {}
    for name in figure_names(records):
        parts = [record.figures.get(name, (0.0, 0.0)) for record in records]
        low, high = bootstrap(parts, draws) or (None, None)
        made[name] = Figure(ratio(parts), low, high, sum(below > 0 for _, below in parts))
    return made


def figure_names(records: Iterable[Record]) -> list[str]:
    """Return the names of what was measured, in the order of `FIGURES` and then of depth."""
    order = {name: i for i, name in enumerate(FIGURES)}
    names = {name for record in records for name in record.figures}
    return sorted(names, key=lambda name: (order.get(name.partition("@")[0], len(order)), _depth(name), name))


def _depth(name: str) -> int:
    depth = name.partition("@")[2]
    return int(depth) if depth.isdigit() else 0


def describe(name: str) -> str:
    """Return what a figure means, in a few words."""
    return FIGURES.get(name.partition("@")[0], "")


def headlines(names: Iterable[str]) -> list[str]:
    """Return the few figures that a table of slices shows, of those there are."""
    present = list(names)
    wanted = _HEADLINES if "right" in present else _PUBLIC_HEADLINES
    chosen = []
    for name in wanted:
        depths = [other for other in present if other.partition("@")[0] == name]
        # Of our own sets one depth will do: the middle one, within what a person reads.
        chosen += depths[len(depths) // 2 : len(depths) // 2 + 1] if "right" in present else depths
    return chosen


def slices_of(question: Question) -> dict[str, tuple[str, ...]]:
    """Return the slices that a question belongs to by their kind: type, language, documents, tags of its note."""
    values = {
        "type": [question.type],
        "lang": [question.lang],
        "document": [question.document, *(item.file for item in question.evidence)],
        "note": [tag for part in re.split("[,;]", question.note) if _TAG.fullmatch(tag := part.strip())],
    }
    return {kind: tuple(dict.fromkeys(filter(None, names))) for kind, names in values.items()}


def _decided(record: Record) -> tuple[str, ...]:
    """Return the name of what decided an answer, by its trace: the rule that disputed the question, else the structure or the gate."""
    signals = (record.answer or {}).get("trace", {}).get("signals", {})
    named = (*(signals.get(kind) for kind in ("rule", "structure", "gate")), "articles" if "articles" in signals else None)
    return tuple(str(name) for name in named if name)[:1]


def group(records: Iterable[Record]) -> dict[str, dict[str, list[Record]]]:
    """Return the records by kind of slice and value, most frequent value first."""
    groups: dict[str, dict[str, list[Record]]] = {"type": {}, "lang": {}, "document": {}, "note": {}, "decided": {}}
    for record in records:
        for kind, names in {**slices_of(record.question), "decided": _decided(record)}.items():
            for name in names:
                groups[kind].setdefault(name, []).append(record)
    groups["note"] = {tag: found for tag, found in groups["note"].items() if len(found) > 1}
    return {
        kind: dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))
        for kind, found in groups.items()
        if found
    }
