"""Ask an assistant or a search a whole question set, and return a `Run` with every figure.

No LLM judges anything. What only approximates a judgement (support of a citation, rejection of a premise) says so
where it is defined, in `dgqa.evaluation.metrics`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Protocol

from dgqa.errors import ConfigError, DgqaError
from dgqa.evaluation import metrics
from dgqa.evaluation.comparison import Comparison, check_gates, compare, parse_gates, summary_table
from dgqa.evaluation.measure import defined, kept, measure_answer, measure_search, trust_scores
from dgqa.evaluation.metrics import Place
from dgqa.evaluation.question_sets import Evidence, Question, load_questions, locate
from dgqa.evaluation.runs import KS, Figure, Found, Latency, Record, Run, load_run, summarise
from dgqa.evaluation.statistics import Parts
from dgqa.types import Answer, Hit

__all__ = [
    "Asker",
    "Comparison",
    "Evidence",
    "Figure",
    "Found",
    "Latency",
    "Options",
    "Question",
    "Record",
    "Run",
    "Searcher",
    "check_gates",
    "compare",
    "evaluate",
    "evaluate_search",
    "load_questions",
    "load_run",
    "locate",
    "measure_answer",
    "measure_search",
    "parse_gates",
    "summarise",
    "summary_table",
]

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]  # questions done, questions in all


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is made, whatever it measures.

    Args:
        ks: depths at which recall is measured; nDCG at the largest.
        settings: what the caller wants to be kept in run.json.
        cost: figures that only the caller knows, such as cold_start_ms, index_seconds, index_mb, memory_mb.
        seed: of draws and of the bootstrap.
        progress: called after every question.
    """

    ks: Sequence[int] = KS
    settings: Mapping[str, Any] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    progress: Progress | None = None

    def told(self, done: int, total: int) -> None:
        """Tell the caller how far the run is, where it wants to know."""
        if self.progress is not None:
            self.progress(done, total)


DEFAULT = Options()


class Searcher(Protocol):
    """What finds passages for a question, best first."""

    def search(self, question: str, *, k: int) -> Sequence[Hit]:
        """Return at most ``k`` hits."""


class Asker(Protocol):
    """What answers a question: `dgqa.Assistant`, or anything with its two doors."""

    @property
    def retriever(self) -> Searcher:
        """The search that the answers rest on."""

    def ask(self, question: str, *, history: Sequence[tuple[str, str]]) -> Answer:
        """Return the answer to ``question`` after the (question, answer) turns of ``history``."""


def evaluate(
    assistant: Asker,
    questions: Sequence[Question],
    *,
    raws: Mapping[str, str],
    repeat: int = 0,
    options: Options = DEFAULT,
) -> Run:
    """Ask every question and measure what comes back.

    Retrieval is measured on ``assistant.retriever.search``; for a question with a history, which a search alone
    can't know, on the hits of its answer, and then only to the depth that these have. A question on which the
    assistant raises a `DgqaError` is recorded with the error and counts as wrong; any other exception ends the run.

    Args:
        assistant: what is measured.
        questions: a checked set.
        raws: raw text of every document of the index, by path.
        repeat: how many questions, evenly spread over the set, are asked a second time.
        options: depths of recall, what is kept with the run, the seed of the bootstrap.

    Raises:
        ConfigError: there is no question.
        CorpusError: the set and the index don't belong together; nothing has been asked then.
    """
    ks = options.ks
    _check(questions, ks)
    gold = locate(questions, raws)
    again = _spread(len(questions), repeat)
    records: list[Record] = []
    for i, question in enumerate(questions):
        record, answer = _ask(assistant, question, gold[question.id], max(ks))
        depth = len(record.found) if question.history else max(ks)
        figures, faults = measure_search(record.found, record.gold, ks=ks, depth=depth)
        more, wrong = measure_answer(question, record.gold, answer, raws)
        if i in again:
            more["repeat_same"] = _same_again(assistant, question, answer)
        if more["right"][0]:
            faults = ()  # the answer was found all the same
        faults = (f"failed: {record.error}",) if record.error else (*wrong, *faults)
        records.append(replace(record, figures=figures | more, faults=faults))
        options.told(i + 1, len(questions))
    return finished(
        _with_twins(records, sorted(ks)[len(ks) // 2]),
        {"ks": list(ks), "repeat": repeat, "seed": options.seed, **options.settings},
        cost={"first_answer_ms": records[0].timings.get("wall", 0.0), **options.cost},
    )


def evaluate_search(
    search: Callable[[str, int], Sequence[Found]],
    questions: Sequence[Question],
    *,
    gold: Mapping[str, Sequence[Place]],
    options: Options = DEFAULT,
) -> Run:
    """Measure retrieval alone: ``search(question, k)`` returns places, best first; histories are not used.

    Args:
        search: what is measured, a peer or a public set's retriever.
        questions: with or without evidence.
        gold: the places of every question's evidence by id, from `locate`.
        options: depths of recall, the largest that of the search; what is kept with the run, the seed of the bootstrap.

    Raises:
        ConfigError: there is no question.
    """
    ks = options.ks
    _check(questions, ks)
    records = []
    for i, question in enumerate(questions):
        begin = perf_counter()
        found = tuple(search(question.question, max(ks)))
        timings = {"wall": _ms(begin)}
        wanted = tuple(gold[question.id])
        figures, faults = measure_search(found, wanted, ks=ks, depth=max(ks))
        scores = {"first_hit": found[0].score} if found else {}
        records.append(Record(question, wanted, found, None, figures, scores, timings, faults))
        options.told(i + 1, len(questions))
    return finished(_with_twins(records, sorted(ks)[len(ks) // 2]), {"ks": list(ks), "seed": options.seed, **options.settings}, cost=options.cost)


def finished(records: Sequence[Record], settings: Mapping[str, Any], *, cost: Mapping[str, float] | None = None) -> Run:
    """Return the run of these records, dated now; its fingerprints are what every answer's trace says alike."""
    traces = [record.answer["trace"] for record in records if record.answer is not None]
    return Run(
        records=tuple(records),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=dict(settings),
        fingerprints=_constants(traces),
        cost=dict(cost or {}),
    )


def _ask(assistant: Asker, question: Question, gold: tuple[Place, ...], k: int) -> tuple[Record, Answer | None]:
    answer: Answer | None = None
    error = ""
    timings: dict[str, float] = {}
    hits: Sequence[Hit] = ()
    begin = perf_counter()
    try:
        answer = assistant.ask(question.question, history=list(question.history))
        timings["wall"] = _ms(begin)
        timings |= {stage: float(ms) for stage, ms in answer.trace.get("timings", {}).items()}
        hits = answer.hits
        if not question.history:
            begin = perf_counter()
            hits = assistant.retriever.search(question.question, k=k)
            timings["retriever.search"] = _ms(begin)
    except DgqaError as failure:
        answer, error = None, f"{type(failure).__name__}: {failure}"
        logger.warning("question %s failed: %s", question.id, error)
    found = tuple(
        Found(hit.passage.path, hit.passage.start, hit.passage.end, float(hit.score), hit.passage.text) for hit in hits
    )
    given = None if answer is None else kept(answer)
    return Record(question, gold, found, given, {}, trust_scores(found, answer), timings, error=error), answer


# --- stability -----------------------------------------------------------------------------------------------


def _same_again(assistant: Asker, question: Question, first: Answer | None) -> Parts:
    try:
        second = assistant.ask(question.question, history=list(question.history))
    except DgqaError:
        return float(first is None), 1.0
    same = first is not None and (first.status, first.text, first.citations) == (
        second.status,
        second.text,
        second.citations,
    )
    return float(same), 1.0


def _with_twins(records: Sequence[Record], k: int) -> tuple[Record, ...]:
    """Add to one record of every pair of twins how alike the two came out."""
    by_id = {record.question.id: record for record in records}
    seen: set[frozenset[str]] = set()
    made = []
    for record in records:
        twin = by_id.get(record.question.twin)
        pair = frozenset((record.question.id, record.question.twin))
        if twin is not None and pair not in seen:
            seen.add(pair)
            places = [[item.place for item in one.found[:k]] for one in (record, twin)]
            figures = defined({"twin_hits": metrics.jaccard(places[0], places[1])})
            faults = record.faults
            if "right" in record.figures:
                both = record.answer is not None and twin.answer is not None
                same = both and _shown(record.answer) == _shown(twin.answer)
                figures["twin_same"] = float(same), 1.0
                faults += () if same else (f"its twin {twin.question.id} is answered from other evidence",)
            record = replace(record, figures={**record.figures, **figures}, faults=faults)
        made.append(record)
    return tuple(made)


def _shown(answer: Mapping[str, Any] | None) -> tuple[str, set[Place]]:
    answer = answer or {"status": "", "citations": []}
    return answer["status"], {(c["path"], c["start"], c["end"]) for c in answer["citations"]}


# --- small things --------------------------------------------------------------------------------------------


def _check(questions: Sequence[Question], ks: Sequence[int]) -> None:
    if not questions:
        raise ConfigError("there is no question to ask: give a question set")
    if not ks or min(ks) < 1:
        raise ConfigError(f"the depths of recall are {list(ks)}: give at least one, from 1 up")


def _spread(n: int, wanted: int) -> set[int]:
    """Return ``wanted`` indices spread evenly over 0..n-1."""
    wanted = min(wanted, n)
    return {i * n // wanted for i in range(wanted)}


def _constants(traces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what every trace says alike, such as model and index fingerprints."""
    if not traces:
        return {}
    return {
        key: value
        for key, value in traces[0].items()
        if key != "timings"
        and isinstance(value, str | int | float | dict)
        and all(trace.get(key) == value for trace in traces)
    }


def _ms(begin: float) -> float:
    return (perf_counter() - begin) * 1000
