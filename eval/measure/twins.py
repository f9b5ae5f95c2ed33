"""How true sentences and lies are marked: python eval/measure/twins.py [--show] [--file FILE --corpus FOLDER]."""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from pathlib import Path

from dgqa.answer.composed.drafts import Written, written
from dgqa.claims.claim import Statement, unnumbered
from dgqa.claims.marking import Marker
from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.language.text import detect_script
from dgqa.models.readers.opening import open_entailment
from dgqa.question.parsing import Question
from dgqa.types import Passage

ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print every sentence that is marked otherwise than it should be")
    parser.add_argument("--file", default=str(ROOT / "tests/data/twins.jsonl"), help="the sentences, in JSON lines")
    parser.add_argument("--corpus", default=str(ROOT / "corpus"), help="the folder of the articles that they are about")
    arguments = parser.parse_args()
    cases = [json.loads(line) for line in Path(arguments.file).read_text(encoding="utf-8").splitlines()]
    passages = {name: list(split_document(load_document(Path(arguments.corpus) / name))) for name in {case["file"] for case in cases}}
    entailment = open_entailment("multilingual-e5-small")
    counted: Counter[tuple[str, bool, str]] = Counter()
    for case in cases:
        pieces, cited = statements(passages[case["file"]], case["evidence"])
        made = next(item for item in written(iter([case["text"]])) if isinstance(item, Written))
        language = "English" if detect_script(case["question"]) == "Latn" else "Chinese"
        marked = Marker(pieces, question=Question(case["question"]), entailment=entailment).mark(made.claim, cited)
        counted[language, case["true"], marked.mark] += 1
        if arguments.show and case["true"] != (marked.mark == "confirmed"):
            print("true" if case["true"] else "lie", case["style"], marked.mark, marked.why, marked.what, f"{marked.support:.2f}", "|", case["text"])
    for language in ("Chinese", "English"):
        for true in (True, False):
            row = {mark: counted[language, true, mark] for mark in ("confirmed", "unconfirmed", "withheld")}
            total = sum(row.values())
            low, high = wilson(row["confirmed"], total)
            print(f"{language} {'true' if true else 'lies'} {total}: {row}, confirmed {row['confirmed'] / total:.3f} ({low:.3f}–{high:.3f})")


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    share, spread = hits / total, z * z / total
    middle, half = share + spread / 2, z * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


def statements(passages: list[Passage], evidence: list[tuple[int, int]]) -> tuple[list[Statement], range]:
    """Return the sentences that lie in spans of a document, in its order, then the others of their passages; and the numbers of the first."""
    found: list[tuple[Passage, str]] = []
    rest: list[tuple[Passage, str]] = []
    for passage in passages:
        inside = [any(min(end, one.end) - max(start, one.start) > 0.6 * min(end - start, one.end - one.start) for start, end in evidence) for one in passage.sentences]
        found += [(passage, one.text) for one, cited in zip(passage.sentences, inside, strict=True) if cited]
        rest += [(passage, one.text) for one, cited in zip(passage.sentences, inside, strict=True) if any(inside) and not cited]
    made = [Statement(text, i, "\n".join((unnumbered(p.section), p.title, p.author)), p.text) for i, (p, text) in enumerate([*found, *rest], 1)]
    return made, range(1, len(found) + 1)


if __name__ == "__main__":
    main()
