"""Set from which probability a model's sentence is confirmed: python eval/fit/claims_border.py --documents FOLDER --claims FILE.jsonl [--write].

The border of a language is the lowest from which no more than `LIES` of the sentences that do not follow are confirmed; how many
of those that follow are is printed with it. ``--claims`` are files as `twins.py` or `claims_data.py` reads them, about documents that
nothing was trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from claims_data import cited
from weights import put

from dgqa.answer.composed.composing import grounds
from dgqa.answer.evidence import Evidence
from dgqa.claims.marking import Marker
from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.language.text import detect_script
from dgqa.models.readers.opening import open_entailment
from dgqa.models.store import model_path
from dgqa.question.parsing import Question

LIES = 0.12  # that may be confirmed
LANGUAGES = ("Chinese", "English")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--claims", type=Path, nargs="+", required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    model_path("multilingual-e5-small")
    entailment = open_entailment("multilingual-e5-small")
    marks: dict[tuple[str, bool], list[float]] = {(language, true): [] for language in LANGUAGES for true in (True, False)}
    documents = {}
    for line in (line for file in arguments.claims for line in file.read_text("utf-8").splitlines()):
        item = json.loads(line)
        if item["file"] not in documents:
            documents[item["file"]] = list(split_document(load_document(arguments.documents / item["file"])))
        evidence = [Evidence(passage, passage.sentences[at]) for passage, inside in cited(documents[item["file"]], item["evidence"]) for at in inside]
        marker = Marker(grounds(evidence), question=Question(item.get("question", "")), entailment=entailment)
        claims = {item["true"]: [item["text"]]} if "text" in item else {True: item["true"], False: item["false"]}
        for true, written in claims.items():
            for claim in written:
                made = marker.mark(claim, range(1, len(evidence) + 1))
                # What states a value that stands nowhere is not confirmed whatever the border.
                marks["English" if detect_script(claim) == "Latn" else "Chinese", true].append(made.support if made.why in ("", "support") else -1.0)
    chosen = []
    for language in LANGUAGES:
        right, wrong = (np.sort(np.asarray(marks[language, kind])) for kind in (True, False))
        border = float(wrong[int(len(wrong) * (1 - LIES))])
        chosen.append(border)
        print(f"{language}: from {border:.3f} on {np.mean(right > border):.3f} of {len(right)} true sentences and {np.mean(wrong > border):.3f} of {len(wrong)} lies are confirmed")
    if arguments.write:
        put("entailment", {"careful": chosen})
    return 0


if __name__ == "__main__":
    sys.exit(main())
