"""Fit the weights of dgqa.scope: questions of a set that are in scope against questions on other worlds.

    python eval/calibrate.py --index index --set eval/questions/dev.jsonl --off-topic cmrc2018_dev.json xquad.en.json

Prints, for Chinese and English, the bias and weights to put into dgqa/scope.py and what they refuse.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np

from dgqa.retrieval import Retriever
from dgqa.scope import features
from dgqa.text import detect_script, to_script


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", default="index")
    parser.add_argument("--set", required=True, help="question set in JSON lines")
    parser.add_argument("--off-topic", nargs="+", required=True, help="SQuAD files whose questions the corpus can't answer")
    parser.add_argument("--count", type=int, default=100, help="questions taken from each of them")
    arguments = parser.parse_args()
    from sklearn.linear_model import LogisticRegression

    rng = random.Random(1)
    rows: list[tuple[str, int]] = []
    with Path(arguments.set).open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if not row["history"]:
                rows.append((row["question"], int(row["note"] == "off-topic")))
    for file in arguments.off_topic:
        with Path(file).open(encoding="utf-8") as stream:
            articles = json.load(stream)["data"]
        questions = [qa["question"] for article in articles for paragraph in article["paragraphs"] for qa in paragraph["qas"]]
        for question in rng.sample(questions, arguments.count):
            traditional = detect_script(question) != "Latn" and rng.random() < 0.3
            rows.append((to_script(question, "Hant") if traditional else question, 1))
    retriever = Retriever.open(arguments.index)
    for english in (False, True):
        chosen = [(question, label) for question, label in rows if (detect_script(question) == "Latn") == english]
        x = np.array([features(retriever.retrieve(question, 8)) for question, _ in chosen])
        y = np.array([label for _, label in chosen])
        model = LogisticRegression(C=100, class_weight="balanced").fit(x, y)
        chance = model.predict_proba(x)[:, 1]
        print("English" if english else "Chinese", f"{(y == 0).sum()} in scope, {(y == 1).sum()} off topic")
        print("  weights", [round(float(w), 2) for w in (model.intercept_[0], *model.coef_[0])])
        print(f"  refused: {(chance[y == 1] >= 0.5).mean():.3f} of the off-topic, {(chance[y == 0] >= 0.5).mean():.3f} of those in scope")


if __name__ == "__main__":
    main()
