"""RGB (Chen et al. 2023, "Benchmarking Large Language Models in Retrieval-Augmented Generation"): read it, measure an assistant on it."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from dgqa.config import lines_of
from dgqa.errors import ConfigError, DgqaError
from dgqa.evaluation.evaluate import DEFAULT, Asker, Options, finished
from dgqa.evaluation.measure import kept, trust_scores
from dgqa.evaluation.question_sets import Question
from dgqa.evaluation.runs import Found, Record, Run
from dgqa.evaluation.statistics import Parts
from dgqa.language.text import detect_script
from dgqa.language.values import plain

RGB_PASSAGES = 5  # documents for each question
RGB_NOISE = (0.0, 0.2, 0.4, 0.6, 0.8)
RGB_INTEGRATION_NOISE = (0.0, 0.2, 0.4)

OpenAssistant = Callable[[Sequence[str]], Asker]  # texts of a small corpus -> what answers from it alone


@dataclass(frozen=True, slots=True)
class RgbItem:
    """A line of RGB: every entry of ``answer`` is a tuple of alternatives, all entries belong to a right answer.

    ``positive`` holds groups of documents; where a line is about integration, each group answers one part.
    """

    id: str
    query: str
    answer: tuple[tuple[str, ...], ...]
    positive: tuple[tuple[str, ...], ...]
    negative: tuple[str, ...]
    integration: bool


def load_rgb(path: str | Path) -> tuple[RgbItem, ...]:
    """Read RGB's JSON lines (`query`, `answer`, `positive`, `negative`).

    Raises:
        ConfigError: the file can't be read, or a line is broken; it names line and field.
    """
    items = []
    for number, line in lines_of(Path(path)):
        try:
            data = json.loads(line)
            field = next((name for name in ("query", "answer", "positive", "negative") if name not in data), None)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{path}:{number}: no JSON object: {error}") from error
        if field is not None:
            raise ConfigError(f"{path}:{number}: field {field!r}: missing")
        answers = data["answer"] if isinstance(data["answer"], list) else [data["answer"]]
        integration = bool(data["positive"]) and all(isinstance(group, list) for group in data["positive"])
        groups = data["positive"] if integration else [data["positive"]]
        item = RgbItem(
            id=str(data.get("id", number)),
            query=data["query"],
            answer=tuple(tuple(entry) if isinstance(entry, list) else (entry,) for entry in answers),
            positive=tuple(tuple(group) for group in groups),
            negative=tuple(data["negative"]),
            integration=integration,
        )
        for name, texts in (
            ("query", [item.query]),
            ("answer", [text for entry in item.answer for text in entry]),
            ("positive", [text for group in item.positive for text in group]),
            ("negative", item.negative),
        ):
            if not all(isinstance(text, str) for text in texts) or (name in ("query", "answer") and not all(texts)):
                raise ConfigError(f"{path}:{number}: field {name!r}: must hold texts, none empty")
        items.append(item)
    if not items:
        raise ConfigError(f"no line in {path}: give RGB's JSON lines")
    return tuple(items)


def rgb_documents(item: RgbItem, noise: float, *, seed: int = 0) -> list[str]:
    """Return the documents for one question at a noise ratio, shuffled with ``seed``.

    As in the paper, ceil(5 · noise) of the documents are negative; where one kind runs short the other fills up.
    At a ratio of 1 all are negative. An integration question gets the first document of every group, then
    further ones in turn, and noise for the rest.
    """
    # Rounded first, as 5 · 0.6 must not become 4.
    negatives = math.ceil(round(RGB_PASSAGES * noise, 6))
    if noise >= 1:
        chosen = list(item.negative[:RGB_PASSAGES])
    elif item.integration:
        depth = max((len(group) for group in item.positive), default=0)
        ordered = [group[i] for i in range(depth) for group in item.positive if i < len(group)]
        positives = ordered[: max(RGB_PASSAGES - negatives, len(item.positive))]
        chosen = positives + list(item.negative[: max(RGB_PASSAGES - len(positives), 0)])
    else:
        ordered = [text for group in item.positive for text in group]
        negatives = max(min(negatives, len(item.negative)), RGB_PASSAGES - len(ordered))
        chosen = ordered[: RGB_PASSAGES - negatives] + list(item.negative[:negatives])
    random.Random(f"{seed}/{item.id}/{noise}").shuffle(chosen)
    return chosen


def rgb_correct(item: RgbItem, text: str) -> bool:
    """Say whether ``text`` contains an alternative of every expected answer: RGB's accuracy, by substring.

    Case, script, width and white space are folded on both sides; numbers are not compared as values.
    """
    said = plain(text)
    return all(any(plain(alternative) in said for alternative in entry) for entry in item.answer)


def run_rgb(
    items: Sequence[RgbItem],
    open_assistant: OpenAssistant,
    *,
    noises: Sequence[float] | None = None,
    limit: int | None = None,
    options: Options = DEFAULT,
) -> Run:
    """Measure RGB's noise robustness, negative rejection and information integration.

    - noise robustness: share of right answers (`rgb_correct`) at each noise ratio, 0 to 0.8;
    - information integration: the same for questions that need several documents, at ratios 0 to 0.4;
    - negative rejection: share of refusals where all documents are noise. A refusal is the typed status, where
      the paper looks for a phrase.

    The run's slices by type hold one figure for each. A refusal is no right answer.

    Args:
        items: lines of one or more files.
        open_assistant: makes an assistant for the texts of one question.
        noises: ratios in place of the paper's.
        limit: only so many items, drawn with the seed of ``options``.
        options: what is kept with the run, the seed of draws, orders and the bootstrap.

    Raises:
        ConfigError: there is nothing to ask, or a noise ratio lies outside 0..1.
    """
    if any(not 0 <= noise <= 1 for noise in noises or ()):
        raise ConfigError(f"noise ratios are {list(noises or ())}: they lie in 0..1")
    chosen = list(items) if limit is None or limit >= len(items) else random.Random(options.seed).sample(list(items), limit)
    tasks: list[tuple[RgbItem, float]] = []
    for item in chosen:
        ratios = noises if noises is not None else RGB_INTEGRATION_NOISE if item.integration else RGB_NOISE
        tasks += [(item, noise) for noise in ratios]
        if not item.integration and 1.0 not in ratios:
            tasks.append((item, 1.0))
    if not tasks:
        raise ConfigError("there is no RGB question to ask")
    records = []
    for done, (item, noise) in enumerate(tasks, 1):
        records.append(
            _rgb_record(item, noise, open_assistant, rgb_documents(item, noise, seed=options.seed))
        )
        options.told(done, len(tasks))
    return finished(records, {"rgb": len(chosen), "passages": RGB_PASSAGES, "seed": options.seed, **options.settings}, cost=options.cost)


def _rgb_record(item: RgbItem, noise: float, open_assistant: OpenAssistant, documents: Sequence[str]) -> Record:
    kind = "rejection" if noise >= 1 else f"{'integration' if item.integration else 'noise'} {noise:g}"
    script = detect_script(item.query)
    question = Question(
        id=f"{item.id}@{noise:g}",
        question=item.query,
        lang={"Hans": "zh-Hans", "Hant": "zh-Hant"}.get(script, "en"),
        type=kind,
        answer="" if noise >= 1 else "; ".join(" / ".join(entry) for entry in item.answer),
        answer_keys=() if noise >= 1 else item.answer,
    )
    try:
        assistant = open_assistant(documents)
        begin = perf_counter()
        answer = assistant.ask(item.query, history=[])
        wall = (perf_counter() - begin) * 1000
    except DgqaError as failure:
        name = "rgb_rejection" if noise >= 1 else "rgb_accuracy"
        return Record(question, (), (), None, {name: (0.0, 1.0)}, {}, {}, (), f"{type(failure).__name__}: {failure}")
    refused = answer.status == "refused"
    said = "\n".join(sentence.text for sentence in answer.sentences) or answer.text
    right = refused if noise >= 1 else not refused and rgb_correct(item, said)
    figures: dict[str, Parts] = {"rgb_rejection" if noise >= 1 else "rgb_accuracy": (float(right), 1.0)}
    wrong = "answered from noise alone" if noise >= 1 else "refused" if refused else "an expected answer is missing"
    found = [Found(h.passage.path, h.passage.start, h.passage.end, float(h.score), h.passage.text) for h in answer.hits]
    timings = {"wall": wall, **{stage: float(ms) for stage, ms in answer.trace.get("timings", {}).items()}}
    faults = () if right else (wrong,)
    return Record(question, (), tuple(found), kept(answer), figures, trust_scores(found, answer), timings, faults)
