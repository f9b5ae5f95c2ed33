"""Fit how an answer's confidence is worked out, and the borders between given, doubtful and refused answers.

    python eval/fit/confidence.py --on INDEX SET… [--on OTHER SET…] [--reader off] [--write]

Every question is answered from the index before it by the reader; what is fitted is whether the chosen excerpts hold all its keys. The
documents of the set must be none that the reader was trained on. Prints the expected calibration error of a
cross-validation in five parts and what each strictness would give; ``--write`` puts weights and borders into
src/dgqa/data/weights.toml.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import numpy.typing as npt
from weights import put

import dgqa
from dgqa.answer.confidence import FEATURES
from dgqa.answer.inquiry import Request, inquire
from dgqa.errors import DgqaError
from dgqa.evaluation.metrics import key_found
from dgqa.evaluation.question_sets import load_questions

PENALTY = 0.3  # on the weights, against fitting what a few hundred questions don't tell
# Of the questions that an answer is right for, at most this share is refused; of those that none is, at most this share is answered.
AIMS = {"lenient": (0.01, 0.40), "balanced": (0.02, 0.17), "strict": (0.06, 0.10)}
# Features tell less well than a trained reader: at its aims two answers in five would stand under a caution that they don't need.
AIMS_BY_FEATURES = AIMS | {"balanced": (0.02, 0.21)}
# They say nearly what the passage's likelihood says there: fitted beside it they get the other sign, and a question far from all would be partly answered.
LEFT_OUT = ("sentence", "covered")
Floats = npt.NDArray[np.float64]


def fitted(table: Floats, right: Floats) -> Floats:
    """Return bias and weights of a logistic regression, by Newton's method."""
    inputs = np.concatenate([np.ones((len(table), 1)), table], axis=1)
    penalty = PENALTY * np.eye(inputs.shape[1])
    penalty[0, 0] = 0
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (likely - right) + penalty @ weights
        curve = (inputs * (likely * (1 - likely))[:, None]).T @ inputs + penalty
        weights -= np.linalg.solve(curve, slope)
    return weights


def probabilities(weights: Floats, table: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(weights[0] + table @ weights[1:]))), np.float64)


def calibration_error(likely: Floats, right: Floats) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    place = np.minimum((likely * 10).astype(int), 9)
    return float(sum(abs(likely[place == b].sum() - right[place == b].sum()) for b in range(10)) / len(likely))


def borders(likely: Floats, answerable: npt.NDArray[np.bool_], aims: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Return for each strictness below what an answer is refused, and from what on it is given."""
    found = {}
    for name, (refused, answered) in aims.items():
        low = float(np.quantile(likely[answerable], refused))
        high = float(np.quantile(likely[~answerable], 1 - answered))
        found[name] = round(min(low, high), 3), round(high, 3)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", nargs="+", action="append", required=True, metavar="INDEX SET", help="an index and the sets that are asked of it")
    parser.add_argument("--reader", default="auto", help="off for the features that stand in for a trained reader")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    rows, right, answerable = [], [], []
    for assistant, question in ((assistant, question) for index, *sets in arguments.on for assistant in [dgqa.Assistant.open(index, reader=arguments.reader)] for question in load_questions(*sets)):
        try:
            known = inquire(assistant.retriever, Request(question.question, question.history), assistant.judging)
        except DgqaError as error:
            print(f"{question.id}: {error}", file=sys.stderr)
            continue
        if not all(name in known.verdict.parts for name in FEATURES):
            continue
        rows.append([known.verdict.parts[name] for name in FEATURES])
        text = "\n".join(evidence.sentence.text for evidence in known.chosen)
        answerable.append(question.type != "unanswerable")
        right.append(answerable[-1] and all(key_found(key, text) for key in question.answer_keys))
    kept = [not (arguments.reader == "off" and name in LEFT_OUT) for name in FEATURES]
    table, goal, can = np.asarray(rows) * kept, np.asarray(right, np.float64), np.asarray(answerable)
    folds = np.arange(len(table)) % 5
    np.random.default_rng(1).shuffle(folds)
    likely = np.empty(len(table))
    for fold in range(5):
        likely[folds == fold] = probabilities(fitted(table[folds != fold], goal[folds != fold]), table[folds == fold])
    weights = fitted(table, goal)
    print(f"{len(table)} questions, {int(can.sum())} answerable, right in {goal[can].mean():.3f} of these")
    print(f"expected calibration error {calibration_error(likely, goal):.3f} (cross-validated)")
    for name, weight in zip(("bias", *FEATURES), weights, strict=True):
        print(f"  {name:10} {weight:8.3f}")
    chosen = borders(likely, can, AIMS_BY_FEATURES if arguments.reader == "off" else AIMS)
    for name, (low, high) in chosen.items():
        refused, given = (likely < low), (likely >= high)
        print(
            f"{name:9} {low:.3f} {high:.3f}  answerable: answered {given[can].mean():.3f} refused {refused[can].mean():.3f}  "
            f"others: answered {given[~can].mean():.3f} refused {refused[~can].mean():.3f}  right where answered {goal[given].mean():.3f}"
        )
    if arguments.write:
        name = "confidence_by_features" if arguments.reader == "off" else "confidence"
        put(name, {"weights": [float(weight) for weight in weights]})
        put(f"{name}.borders", chosen)
    return 0


if __name__ == "__main__":
    sys.exit(main())
