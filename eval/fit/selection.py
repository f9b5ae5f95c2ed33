"""Fit the weights of dgqa.scoring: which sentence of the passages that were found answers the question.

    python eval/fit/selection.py --index index --set eval/questions/dev.jsonl --set other.jsonl other_index \
        --squad xquad.zh.json --squad xquad.zh.json xquad.en.json --squad cmrc2018_dev.json

Prints, for Chinese and English, the bias and weights to put into dgqa/scoring.py, and how often the likeliest
sentence is one that answers: for the sets by ten-fold cross-validation, for the public sets by the set's own weights.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from weights import put

import dgqa
from dgqa.answer.scored.features import FEATURES, features
from dgqa.evaluation.metrics import overlaps
from dgqa.evaluation.question_sets import load_questions, locate
from dgqa.evaluation.squad import load_squad
from dgqa.question.followups import follow_up
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retriever

FOLDS = 10


@dataclass(frozen=True)
class Case:
    """The sentences of one question: their features, and which of them answer it."""

    english: bool
    group: str  # twins stay together
    table: Any
    answers: Any


def case(retriever: Retriever, question: Question, asks: Question, group: str, answers: Any) -> Case:
    """Look at a question as the assistant does: ``asks`` is the part of it that says what is wanted."""
    hits, places, table = features(retriever.retrieve(question, 8), asks, question, retriever.index)
    found = [(hits[h].passage, hits[h].passage.sentences[place]) for h, place in places]
    labels = np.array([answers(passage, sentence) for passage, sentence in found])
    return Case(question.english, group, table, labels)


def own(index: str, file: str) -> list[Case]:
    retriever = Retriever.open(index)
    questions = [q for q in load_questions(file) if q.evidence and q.type != "false_premise"]
    raws = {d["path"]: retriever.index.raw(d["doc_id"]) for d in retriever.index.documents()}
    gold = locate(questions, raws)
    return [
        case(
            retriever, follows.standalone, follows.asks, min(q.id, q.twin or q.id),
            lambda p, s, q=q: any(overlaps((p.path, s.start, s.end), place) for place in gold[q.id]),
        )
        for q in questions
        for follows in [follow_up(Question(q.question), q.history)]
    ]  # fmt: skip


def public(files: list[str], count: int) -> list[Case]:
    squad = load_squad(*files[:2])
    chosen = random.Random(1).sample(squad.questions, min(count, len(squad.questions)))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        dgqa.build_index(squad.write(home / "corpus"), home / "index")
        retriever = Retriever.open(home / "index")
        made = [
            case(retriever, asked, asked, q.id, lambda p, s, q=q: p.path == q.evidence[0].file and q.answer in s.text)
            for q in chosen
            for asked in [Question(q.question)]
        ]
        retriever.index.close()
    return made


def fitted(cases: list[Case], weights: list[float]) -> Any:
    from sklearn.linear_model import LogisticRegression

    used = [(c, w) for c, w in zip(cases, weights, strict=True) if c.answers.any()]
    sample = np.concatenate([np.full(len(c.answers), w) for c, w in used])
    return LogisticRegression(max_iter=1000).fit(
        np.concatenate([c.table for c, _ in used]), np.concatenate([c.answers for c, _ in used]), sample_weight=sample
    )


def first(model: Any, cases: list[Case]) -> float:
    return float(np.mean([c.answers[int(np.argmax(model.decision_function(c.table)))] for c in cases if len(c.answers)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", default="index")
    parser.add_argument("--set", nargs="+", action="append", required=True, help="question set in JSON lines, and its index where it is not --index")
    parser.add_argument("--squad", nargs="+", action="append", default=[], help="a SQuAD file, and a parallel one to ask its questions")
    parser.add_argument("--count", type=int, default=700, help="questions taken from each of them")
    parser.add_argument("--weight", type=float, default=0.1, help="of a public question against one of the set")
    parser.add_argument("--write", action="store_true", help="put the weights into the package")
    arguments = parser.parse_args()
    dev = [c for file, *index in arguments.set for c in own(index[0] if index else arguments.index, file)]
    extra = {" ".join(Path(f).name for f in files): public(files, arguments.count) for files in arguments.squad}
    for english in (False, True):
        mine = [c for c in dev if c.english == english]
        sets = {name: [c for c in cases if c.english == english] for name, cases in extra.items()}
        others = [c for cases in sets.values() for c in cases]
        groups = sorted({c.group for c in mine})
        random.Random(0).shuffle(groups)
        right: list[float] = []
        for fold in range(FOLDS):
            held = set(groups[fold::FOLDS])
            rest = [c for c in mine if c.group not in held]
            model = fitted(rest + others, [1.0] * len(rest) + [arguments.weight] * len(others))
            right += [first(model, [c]) for c in mine if c.group in held and len(c.answers)]
        model = fitted(mine + others, [1.0] * len(mine) + [arguments.weight] * len(others))
        print("English" if english else "Chinese", f"{len(mine)} questions of the set, {len(others)} public ones")
        if arguments.write:
            put("selection", {"Latn" if english else "Hans": [float(model.intercept_[0]), *map(float, model.coef_[0])]})
        print("  bias", round(float(model.intercept_[0]), 2), {n: round(float(w), 2) for n, w in zip(FEATURES, model.coef_[0], strict=True)})
        print(f"  first sentence right, cross-validated: {np.mean(right):.3f}")
        alone = fitted(mine, [1.0] * len(mine))
        for name, cases in sets.items():
            if cases:
                print(f"  {name}: {first(alone, cases):.3f}")


if __name__ == "__main__":
    main()
