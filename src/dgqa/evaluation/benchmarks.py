"""Public sets: a file in SQuAD's or RGB's format in, documents and a `Run` out.

SQuAD: Rajpurkar et al. 2016; CMRC 2018, DRCD and XQuAD share its format. RGB: Chen et al. 2023, "Benchmarking
Large Language Models in Retrieval-Augmented Generation".
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from dgqa.errors import ConfigError, DgqaError
from dgqa.evaluation.evaluate import Asker, Progress, Searcher, evaluate_search, finished
from dgqa.evaluation.measure import kept, trust_scores
from dgqa.evaluation.question_sets import Evidence, Question
from dgqa.evaluation.runs import Found, Record, Run
from dgqa.evaluation.statistics import Parts
from dgqa.language.text import detect_script
from dgqa.language.values import plain

RGB_PASSAGES = 5
RGB_NOISE = (0.0, 0.2, 0.4, 0.6, 0.8)
RGB_INTEGRATION_NOISE = (0.0, 0.2, 0.4)

Search = Callable[[str, int], Sequence[str]]  # question, k -> ids of distinct documents, best first
OpenAssistant = Callable[[Sequence[str]], Asker]  # texts of a small corpus -> what answers from it alone


# --- SQuAD ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SquadDocument:
    """A paragraph of a SQuAD file as a document of its own."""

    doc_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SquadSet:
    """Paragraphs and the questions that each answers; ``left_out`` counts questions that none answers (SQuAD 2.0)."""

    name: str
    documents: tuple[SquadDocument, ...]
    questions: tuple[Question, ...]
    left_out: int = 0

    def write(self, folder: str | Path) -> Path:
        """Write every document to ``folder`` as ``<doc_id>.txt``, a corpus to build an index on, and return it."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for document in self.documents:
            (place / f"{document.doc_id}.txt").write_text(document.text, encoding="utf-8")
        return place


def load_squad(path: str | Path, questions: str | Path | None = None) -> SquadSet:
    """Read a SQuAD file; every paragraph becomes a document, equal ones become one.

    Args:
        path: the file with the paragraphs.
        questions: a parallel file, such as the same set in another language, whose questions are asked in place of
            the file's own. They are matched by id.

    Raises:
        ConfigError: a file can't be read or isn't in SQuAD's format, an id occurs twice, or the parallel file
            lacks some of the ids.
    """
    asked = (
        None
        if questions is None
        else {qa["id"]: qa["question"] for _, _, qa in _answers(_load(questions), questions) if qa}
    )
    documents: dict[str, SquadDocument] = {}
    made: dict[str, Question] = {}
    left_out = 0
    for title, text, qa in _answers(_load(path), path):
        document = documents.setdefault(text, SquadDocument(f"p{len(documents):05d}", title, text))
        if qa is None:
            continue
        if qa["id"] in made:
            raise ConfigError(f"{path}: the id {qa['id']!r} occurs twice: ids must be unique")
        if qa.get("is_impossible"):
            left_out += 1
            continue
        question = qa["question"] if asked is None else asked.get(qa["id"], "")
        made[qa["id"]] = Question(
            id=qa["id"],
            question=question,
            lang={"Hans": "zh-Hans", "Hant": "zh-Hant"}.get(detect_script(question), "en"),
            type="squad",
            answer=qa["answers"][0]["text"] if qa.get("answers") else "",
            evidence=(Evidence(f"{document.doc_id}.txt", text),),
        )
    missing = [i for i, question in made.items() if not question.question]
    if missing:
        raise ConfigError(
            f"{questions or path} has no question for {len(missing)} of the {len(made)} ids of {path}, such as "
            f"{missing[0]!r}: give a parallel file of the same set"
        )
    if not made:
        raise ConfigError(f"{path} has no question that can be answered")
    return SquadSet(Path(path).name, tuple(documents.values()), tuple(made.values()), left_out)


def _load(path: str | Path) -> Any:
    try:
        return json.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON file in UTF-8: {error}") from error


def _answers(data: Any, path: str | Path) -> Iterable[tuple[str, str, Any]]:
    """Yield title, paragraph and question entry; None for the entry of a paragraph without questions."""
    at = "data"
    try:
        for i, article in enumerate(data["data"]):
            for j, paragraph in enumerate(article["paragraphs"]):
                at = f"data[{i}].paragraphs[{j}]"
                title, text = str(article.get("title", "")), paragraph["context"]
                if not isinstance(text, str) or not text.strip():
                    raise ConfigError(f"{path}: {at}.context must be a text that isn't empty")
                entries = paragraph.get("qas", [])
                for qa in entries:
                    if not isinstance(qa["question"], str) or not isinstance(qa["id"], str):
                        raise ConfigError(f"{path}: {at}.qas: id and question must be texts")
                    yield title, text, qa
                if not entries:
                    yield title, text, None
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} is not in SQuAD's format at {at}: {error!r}") from error


def run_squad(
    search: Search,
    squad: SquadSet,
    *,
    limit: int | None = None,
    seed: int = 0,
    cost: Mapping[str, float] | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Measure recall@1, 5 and 10, MRR and nDCG@10 of a search for each question's paragraph.

    Args:
        search: ``search(question, k)`` returns at most k distinct document ids, best first; see `by_document`.
        squad: the set, all of whose documents are searched.
        limit: ask only so many questions, drawn with ``seed``.
        seed: of the draw and of the bootstrap.
        cost: figures that only the caller knows, such as index_seconds.
        settings: what the caller wants to be kept in run.json.
        progress: called after every question.
    """
    questions = squad.questions
    if limit is not None and limit < len(questions):
        questions = tuple(random.Random(seed).sample(questions, limit))

    def places(question: str, k: int) -> list[Found]:
        return [Found(f"{doc_id}.txt", 0, 1, -float(rank)) for rank, doc_id in enumerate(search(question, k), 1)]

    run = evaluate_search(
        places,
        # Every question's evidence is its whole paragraph, which run.json need not repeat.
        [replace(question, evidence=()) for question in questions],
        gold={question.id: [(item.file, 0, 1) for item in question.evidence] for question in questions},
        cost=cost,
        seed=seed,
        settings={
            "squad": squad.name,
            "documents": len(squad.documents),
            "left_out": squad.left_out,
            **(settings or {}),
        },
        progress=progress,
    )
    # Ranks are no scores: without one there is nothing to draw a curve from.
    return replace(run, records=tuple(replace(record, scores={}) for record in run.records))


def by_document(searcher: Searcher) -> Search:
    """Return a search for distinct documents on top of a search for passages; an id is the file's name without ending.

    Asks for more passages until there are k documents or no further passages.
    """

    def search(question: str, k: int) -> list[str]:
        wanted = k
        while True:
            hits = searcher.search(question, k=wanted)
            found = list(dict.fromkeys(Path(hit.passage.path).stem for hit in hits))
            if len(found) >= k or len(hits) < wanted:
                return found[:k]
            wanted *= 2

    return search


# --- RGB -----------------------------------------------------------------------------------------------------


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
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    items = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
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


def rgb_documents(item: RgbItem, noise: float, *, passages: int = RGB_PASSAGES, seed: int = 0) -> list[str]:
    """Return the documents for one question at a noise ratio, shuffled with ``seed``.

    As in the paper, ceil(passages · noise) of the documents are negative; where one kind runs short the other fills up.
    At a ratio of 1 all are negative. An integration question gets the first document of every group, then
    further ones in turn, and noise for the rest.
    """
    # Rounded first, as 5 · 0.6 must not become 4.
    negatives = math.ceil(round(passages * noise, 6))
    if noise >= 1:
        chosen = list(item.negative[:passages])
    elif item.integration:
        depth = max((len(group) for group in item.positive), default=0)
        ordered = [group[i] for i in range(depth) for group in item.positive if i < len(group)]
        positives = ordered[: max(passages - negatives, len(item.positive))]
        chosen = positives + list(item.negative[: max(passages - len(positives), 0)])
    else:
        ordered = [text for group in item.positive for text in group]
        negatives = max(min(negatives, len(item.negative)), passages - len(ordered))
        chosen = ordered[: passages - negatives] + list(item.negative[:negatives])
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
    rejection: bool = True,
    passages: int = RGB_PASSAGES,
    limit: int | None = None,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
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
        rejection: whether to ask over noise alone as well (not for integration questions, as in the paper).
        passages: documents for each question.
        limit: only so many items, drawn with ``seed``.
        seed: of draws, orders and the bootstrap.
        settings: what the caller wants to be kept in run.json.
        progress: called after every question.

    Raises:
        ConfigError: there is nothing to ask, or a noise ratio lies outside 0..1.
    """
    if any(not 0 <= noise <= 1 for noise in noises or ()):
        raise ConfigError(f"noise ratios are {list(noises or ())}: they lie in 0..1")
    chosen = list(items) if limit is None or limit >= len(items) else random.Random(seed).sample(list(items), limit)
    tasks: list[tuple[RgbItem, float]] = []
    for item in chosen:
        ratios = noises if noises is not None else RGB_INTEGRATION_NOISE if item.integration else RGB_NOISE
        tasks += [(item, noise) for noise in ratios]
        if rejection and not item.integration and 1.0 not in ratios:
            tasks.append((item, 1.0))
    if not tasks:
        raise ConfigError("there is no RGB question to ask")
    records = []
    for done, (item, noise) in enumerate(tasks, 1):
        records.append(
            _rgb_record(item, noise, open_assistant, rgb_documents(item, noise, passages=passages, seed=seed))
        )
        if progress is not None:
            progress(done, len(tasks))
    return finished(records, {"rgb": len(chosen), "passages": passages, "seed": seed, **(settings or {})})


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
