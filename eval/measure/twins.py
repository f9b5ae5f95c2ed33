"""How true sentences and lies are marked: python eval/measure/twins.py [--show] [--file FILE --corpus FOLDER] [--llm SPEC].

With ``--llm`` a model looks over the sentences as it does over an answer of its own: a few about one article at a time, drawn with
a fixed seed, from what each cites and the passages around that alone.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from dgqa.answer.composed.composing import grounds
from dgqa.answer.composed.drafts import Written, written
from dgqa.answer.composed.looking_over import look_over
from dgqa.answer.composed.sheet import seen_again
from dgqa.answer.evidence import Evidence
from dgqa.claims.claim import Statement
from dgqa.claims.marking import Marked, Marker
from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.language.text import detect_script
from dgqa.messages import Language
from dgqa.models.chat import Chat, ChatOptions
from dgqa.models.readers.opening import open_entailment
from dgqa.models.streaming import Cost
from dgqa.question.parsing import Question
from dgqa.types import Passage

ROOT = Path(__file__).parents[2]
_TOGETHER = 4  # sentences of an answer that is looked over


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="print every sentence that is marked otherwise than it should be")
    parser.add_argument("--file", default=str(ROOT / "tests/data/twins.jsonl"), help="the sentences, in JSON lines")
    parser.add_argument("--corpus", default=str(ROOT / "corpus"), help="the folder of the articles that they are about")
    parser.add_argument("--llm", help="the model that looks over the sentences, as in the setting llm")
    parser.add_argument("--llm-base-url", default="", help="where it is, as in the setting llm_base_url")
    arguments = parser.parse_args()
    cases = [json.loads(line) for line in Path(arguments.file).read_text(encoding="utf-8").splitlines()]
    passages = {name: list(split_document(load_document(Path(arguments.corpus) / name))) for name in {case["file"] for case in cases}}
    entailment = open_entailment("multilingual-e5-small")
    marks: list[Marked] = []
    evidence: list[list[Evidence]] = []
    for case in cases:
        found, cited = _found(passages[case["file"]], case["evidence"])
        evidence.append(found)
        marks.append(Marker(grounds(found), question=Question(case["question"]), entailment=entailment).mark(_claim(case), cited))
    _print("", cases, marks, show=arguments.show and not arguments.llm)
    if arguments.llm:
        cost = Cost()
        chat = Chat(arguments.llm, ChatOptions(base_url=arguments.llm_base_url, profile="strong"))
        _print("looked over, ", cases, _looked_over(cases, marks, evidence, chat, cost), show=arguments.show)
        print(cost.to_dict())


def _claim(case: dict[str, Any]) -> str:
    return next(item for item in written(iter([case["text"]])) if isinstance(item, Written)).claim


def _language(case: dict[str, Any]) -> str:
    return "English" if detect_script(case["question"]) == "Latn" else "Chinese"


def _looked_over(cases: list[dict[str, Any]], marks: list[Marked], evidence: list[list[Evidence]], chat: Chat, cost: Cost) -> list[Marked]:
    """Return the marks after the second look; what says that something is missing is not looked over, as in an answer."""
    made = list(marks)
    answers: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    order = list(range(len(cases)))
    random.Random(0).shuffle(order)
    for i in order:
        if marks[i].why != "absence":
            answers[cases[i]["file"], _language(cases[i])].append(i)
    for (_, language), whole in answers.items():
        for part in (whole[start : start + _TOGETHER] for start in range(0, len(whole), _TOGETHER)):
            pieces: list[Evidence] = []
            lines = []
            for i in part:
                lines.append((_claim(cases[i]), [len(pieces) + number for number in marks[i].numbers]))
                pieces += evidence[i]
            script: Language = "Latn" if language == "English" else (detect_script(cases[part[0]]["question"]) or "Hans")
            asked = " / ".join(dict.fromkeys(cases[i]["question"] for i in part))
            for place, verdict in look_over(chat.speaker(), asked, lines, pieces, script, timeout=chat.options.timeout, cost=cost).items():
                made[part[place]] = seen_again(marks[part[place]], verdict)
    return made


def _print(before: str, cases: list[dict[str, Any]], marks: list[Marked], *, show: bool) -> None:
    counted: Counter[tuple[str, bool, str]] = Counter()
    for case, marked in zip(cases, marks, strict=True):
        counted[_language(case), case["true"], marked.mark] += 1
        if show and case["true"] != (marked.mark == "confirmed"):
            print("true" if case["true"] else "lie", case["style"], marked.mark, marked.why, marked.what, f"{marked.support:.2f}", "|", case["text"])
    for language in ("Chinese", "English"):
        for true in (True, False):
            row = {mark: counted[language, true, mark] for mark in ("confirmed", "unconfirmed", "withheld")}
            total = sum(row.values())
            low, high = wilson(row["confirmed"], total)
            print(f"{before}{language} {'true' if true else 'lies'} {total}: {row}, confirmed {row['confirmed'] / total:.3f} ({low:.3f}–{high:.3f})")


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    share, spread = hits / total, z * z / total
    middle, half = share + spread / 2, z * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


def statements(passages: list[Passage], evidence: list[tuple[int, int]]) -> tuple[list[Statement], range]:
    """Return the sentences that lie in spans of a document, in its order, then the others of their passages; and the numbers of the first."""
    found, cited = _found(passages, evidence)
    return grounds(found), cited


def _found(passages: list[Passage], evidence: list[tuple[int, int]]) -> tuple[list[Evidence], range]:
    found: list[Evidence] = []
    rest: list[Evidence] = []
    for passage in passages:
        inside = [any(min(end, one.end) - max(start, one.start) > 0.6 * min(end - start, one.end - one.start) for start, end in evidence) for one in passage.sentences]
        found += [Evidence(passage, one) for one, cited in zip(passage.sentences, inside, strict=True) if cited]
        rest += [Evidence(passage, one) for one, cited in zip(passage.sentences, inside, strict=True) if any(inside) and not cited]
    return [*found, *rest], range(1, len(found) + 1)


if __name__ == "__main__":
    main()
