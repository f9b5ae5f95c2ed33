"""Fit by what features a sentence is taken to answer where no trained reader goes with the index.

    python eval/fit/features.py --index INDEX --questions eval/questions/train/train.jsonl [--every 4] [--write]

Every question is searched in the index of its documents; right are the sentences of the passages found of which half lies in
the evidence, and the passages with one of these. Prints the weights, and how well they tell right from wrong on the questions that
were left out; ``--write`` puts them into src/dgqa/data/weights.toml. Fit the confidence again behind it, with ``--reader off``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from confidence import fitted
from reader_data import labelled
from weights import put

from dgqa.answer.excerpts import page_of
from dgqa.answer.features import ALPHABETS, OF_PAGE, OF_SENTENCE, FeatureReader
from dgqa.errors import DgqaError
from dgqa.question.followups import follow_up
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retriever

FOUND = 8  # passages of a search
Floats = npt.NDArray[np.float64]
Case = tuple[Floats, list[float], npt.NDArray[np.bool_]]  # a page's features, and which of its sentences are right


def cases(retriever: Retriever, line: str) -> tuple[bool, list[Case]]:
    """Return whether a question is English, and the pages that are found for it."""
    item = json.loads(line)
    question = follow_up(Question(item["question"]), [(turn["q"], turn["a"]) for turn in item.get("history", ())]).standalone
    evidence = [(span["file"], span["start"], span["end"]) for span in item["evidence"]]
    hits = retriever.retrieve(question, FOUND).hits
    reader = FeatureReader(retriever)
    read = reader.features(reader.asked(question.text), [page_of(hit.passage) for hit in hits])
    return question.english, [(each, whole, np.asarray(labelled(hit.passage, evidence, None).right)) for hit, (each, whole) in zip(hits, read, strict=True)]


def weights_of(pages: list[Case]) -> tuple[Floats, Floats]:
    """Return bias and weights for sentences and for pages."""
    of_sentence = fitted(np.concatenate([each for each, _, _ in pages]), np.concatenate([right for _, _, right in pages]).astype(np.float64))
    of_page = fitted(np.asarray([_page(of_sentence, each, whole) for each, whole, _ in pages]), np.asarray([right.any() for _, _, right in pages], np.float64))
    return of_sentence, of_page


def _page(weights: Floats, each: Floats, whole: list[float]) -> list[float]:
    return [float((weights[0] + each @ weights[1:]).max()), *whole]


def picked(weights: Floats, pages: list[Case]) -> float:
    """Return of how many pages with a right sentence the likeliest one is right."""
    return float(np.mean([right[int((each @ weights[1:]).argmax())] for each, _, right in pages if right.any()]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--questions", nargs="+", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth question")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    retriever = Retriever.open(arguments.index)
    made: dict[bool, list[list[Case]]] = {False: [], True: []}
    for line in [line for file in arguments.questions for line in file.read_text("utf-8").splitlines()][:: arguments.every]:
        try:
            english, pages = cases(retriever, line)
        except DgqaError as error:
            print(error, file=sys.stderr)
            continue
        made[english].append(pages)
    for english, questions in made.items():
        held = [case for pages in questions[::5] for case in pages]
        known, _ = weights_of([case for at, pages in enumerate(questions) if at % 5 for case in pages])
        of_sentence, of_page = weights_of([case for pages in questions for case in pages])
        print(ALPHABETS[english], len(questions), "questions; right sentence picked on a fifth left out", round(picked(known, held), 3))
        print(" ", dict(zip(("bias", *OF_SENTENCE), of_sentence.round(2).tolist(), strict=True)))
        print(" ", dict(zip(("bias", *OF_PAGE), of_page.round(2).tolist(), strict=True)))
        if arguments.write:
            put("features", {f"sentence_{ALPHABETS[english]}": of_sentence.tolist(), f"page_{ALPHABETS[english]}": of_page.tolist()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
