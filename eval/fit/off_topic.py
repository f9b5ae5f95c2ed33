"""Fit by what a Chinese question is taken to be off the topic: questions of sets that are in scope against questions on other worlds.

    python eval/fit/off_topic.py --index index --off-topic cmrc2018_dev.json \\
        --set eval/questions/dev.jsonl eval/questions/nearmiss_dev.jsonl

Prints bias and weights for `dgqa.answer.confidence.fit_to_corpus`, and what they refuse by cross-validation over eight
folds, drawn five times.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from weights import put

from dgqa.answer.confidence import fit_to_corpus
from dgqa.language.reading import Text
from dgqa.language.text import detect_script, to_script
from dgqa.search.retriever import Retriever


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", default="index")
    parser.add_argument("--set", required=True, nargs="+", help="question sets in JSON lines")
    parser.add_argument("--off-topic", nargs="+", required=True, help="SQuAD files whose questions the corpus can't answer")
    parser.add_argument("--count", type=int, default=300, help="questions taken from each of them")
    parser.add_argument("--write", action="store_true", help="put the weights into the package")
    arguments = parser.parse_args()
    rng = random.Random(1)
    rows: list[tuple[str, bool]] = []  # question, whether it is off topic
    for file in arguments.set:
        with Path(file).open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if not row["history"]:
                    rows.append((row["question"], "off-topic" in row["note"]))
    for file in arguments.off_topic:
        with Path(file).open(encoding="utf-8") as stream:
            articles = json.load(stream)["data"]
        questions = [qa["question"] for article in articles for paragraph in article["paragraphs"] for qa in paragraph["qas"]]
        for question in rng.sample(questions, arguments.count):
            traditional = detect_script(question) != "Latn" and rng.random() < 0.3
            rows.append((to_script(question, "Hant") if traditional else question, True))
    retriever = Retriever.open(arguments.index)
    chosen = [(question, label) for question, label in rows if detect_script(question) != "Latn"]
    fits = [fit_to_corpus(retriever.retrieve(question, 8), Text(question)) for question, _ in chosen]
    weights = report("off topic", np.array(fits), np.array([label for _, label in chosen]))
    if arguments.write:
        put("off_topic", {"Hans": weights})


def report(name: str, x: Any, y: Any) -> list[float]:
    """Fit on all, return and print the weights, and the refusals by cross-validation at a few thresholds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=3, class_weight="balanced"))
    folds = [StratifiedKFold(8, shuffle=True, random_state=seed) for seed in range(5)]
    chance = np.mean([cross_val_predict(model, x, y, cv=fold, method="predict_proba")[:, 1] for fold in folds], axis=0)
    scaler, logistic = (step for _, step in model.fit(x, y).steps)
    weights = logistic.coef_[0] / scaler.scale_
    bias = logistic.intercept_[0] - float(weights @ scaler.mean_)
    print(f"  {name}: {int(y.sum())} against {int((~y).sum())}, AUC {roc_auc_score(y, chance):.3f}")
    print("    weights", [round(float(w), 2) for w in (bias, *weights)])
    for threshold in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        print(f"    from {threshold}: {(chance[y] >= threshold).mean():.3f} refused rightly, {(chance[~y] >= threshold).mean():.3f} wrongly")
    return [float(w) for w in (bias, *weights)]


if __name__ == "__main__":
    main()
