"""Public sets in SQuAD's format (Rajpurkar et al. 2016), which CMRC 2018, DRCD and XQuAD share: read them, measure a search on them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dgqa.errors import ConfigError
from dgqa.evaluation.evaluate import DEFAULT, Options, Searcher, evaluate_search
from dgqa.evaluation.question_sets import Evidence, Question
from dgqa.evaluation.runs import Found, Run
from dgqa.language.text import detect_script

Search = Callable[[str, int], Sequence[str]]  # question, k -> ids of distinct documents, best first


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
    options: Options = DEFAULT,
) -> Run:
    """Measure recall@1, 5 and 10, MRR and nDCG@10 of a search for each question's paragraph.

    Args:
        search: ``search(question, k)`` returns at most k distinct document ids, best first; see `by_document`.
        squad: the set, all of whose documents are searched.
        limit: ask only so many questions, drawn with the seed of ``options``.
        options: what is kept with the run, the seed of the draw and of the bootstrap.
    """
    questions = squad.questions
    if limit is not None and limit < len(questions):
        questions = tuple(random.Random(options.seed).sample(questions, limit))

    def places(question: str, k: int) -> list[Found]:
        return [Found(f"{doc_id}.txt", 0, 1, -float(rank)) for rank, doc_id in enumerate(search(question, k), 1)]

    run = evaluate_search(
        places,
        # Every question's evidence is its whole paragraph, which run.json need not repeat.
        [replace(question, evidence=()) for question in questions],
        gold={question.id: [(item.file, 0, 1) for item in question.evidence] for question in questions},
        options=replace(
            options, settings={"squad": squad.name, "documents": len(squad.documents), "left_out": squad.left_out, **options.settings}
        ),
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
