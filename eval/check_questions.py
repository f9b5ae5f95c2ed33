"""Check question sets against their corpus, and count what is in them.

    python eval/check_questions.py eval/questions/dev.jsonl eval/questions/test.jsonl --corpus corpus

Every line must be whole, every id unique over all sets, every quote a verbatim part of its file that occurs once, and
a key that is a number must have the unit that the evidence gives it: 96.1 is never found in 96.1%.
Exits with 1 where something is wrong, and names it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dgqa.corpus.files import load_corpus
from dgqa.errors import DgqaError
from dgqa.evaluation.metrics import key_found
from dgqa.evaluation.question_sets import LANGUAGES, TYPES, Question, load_questions, locate
from dgqa.language.text import words

FEW = 0.25  # share of a question's words that its evidence has, up to which it shares few


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="SET", help="question sets in JSON lines")
    parser.add_argument("--corpus", default="corpus", help="folder with the articles that the quotes are from")
    arguments = parser.parse_args(argv)
    try:
        questions = load_questions(*arguments.sets)
        documents, _ = load_corpus(arguments.corpus)
        locate(questions, {document.path: document.raw for document in documents})
        ids = {file: {question.id for question in load_questions(file)} for file in arguments.sets}
    except DgqaError as error:
        print(f"check_questions: {error}", file=sys.stderr)
        return 1
    if faults := [fault for question in questions for fault in without_unit(question)]:
        print("\n".join(f"check_questions: {fault}" for fault in faults), file=sys.stderr)
        return 1
    sets = {Path(file).stem: tuple(question for question in questions if question.id in ids[file]) for file in arguments.sets}
    print(table(sets | {"all": questions} if len(sets) > 1 else sets))
    return 0


def without_unit(question: Question) -> Iterator[str]:
    """Yield the keys of a question that a right answer can't be found to say, since they lack a unit."""
    quotes = "\n".join(item.quote for item in question.evidence)
    for alternatives in question.answer_keys:
        if key_found(alternatives, quotes):
            continue
        for key in alternatives:
            if (found := re.search(rf"(?<![\d.]){re.escape(key)}\s*([%％万亿萬億])", quotes)) and re.fullmatch(r"[\d.]+", key):
                yield f"question {question.id!r}: the key {key} is not found in an answer that says {key}{found[1]} as the evidence does: add that"


def table(sets: dict[str, tuple[Question, ...]]) -> str:
    """Return counts by language, type and likeness to the evidence, a column for each set."""
    rows = [("questions", [str(len(found)) for found in sets.values()])]
    rows += [(lang, [counted(question.lang == lang for question in found) for found in sets.values()]) for lang in LANGUAGES]
    rows += [(kind, [counted(question.type == kind for question in found) for found in sets.values()]) for kind in TYPES]
    evident = [[question for question in found if question.evidence] for found in sets.values()]
    rows.append(("with evidence", [str(len(found)) for found in evident]))
    rows.append((f"  sharing few words with it (up to {FEW:.0%})", [counted(few(question) for question in found) for found in evident]))
    rows.append(("  English, so sharing hardly any", [counted(question.lang == "en" for question in found) for found in evident]))
    width = max(len(name) for name, _ in rows)
    head = f"{'':{width}}" + "".join(f"  {name:>14}" for name in sets)
    return "\n".join([head, *(f"{name:{width}}" + "".join(f"  {cell:>14}" for cell in cells) for name, cells in rows)])


def counted(facts: Iterable[bool]) -> str:
    """Return how many are true, and their share."""
    every = list(facts)
    return f"{sum(every)} ({sum(every) / len(every):4.0%})" if every else "0"


def few(question: Question) -> bool:
    """Say whether a question in Chinese has at most `FEW` of its words in common with its evidence."""
    return question.lang != "en" and shared(question) <= FEW


def shared(question: Question) -> float:
    """Return the share of a question's distinct words that its quotes have too, 0 where it has none."""
    asked = content(question.question)
    return len(asked & content("\n".join(item.quote for item in question.evidence))) / len(asked) if asked else 0.0


def content(text: str) -> set[str]:
    """Return the words of a text that aren't single characters: 的, 吗 and 是 are in everything."""
    return {word for word in words(text) if len(word) > 1}


if __name__ == "__main__":
    sys.exit(main())
