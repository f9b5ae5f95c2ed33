"""Question sets checked against their corpus, and counted, before anything is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dgqa.errors import CorpusError
from dgqa.evaluation.metrics import key_found
from dgqa.evaluation.question_sets import LANGUAGES, TYPES, Question, load_questions, locate
from dgqa.language.text import words

FEW = 0.25  # share of a question's words that its evidence has, up to which it shares few


def check_sets(files: Sequence[str | Path], raws: Mapping[str, str]) -> str:
    """Check sets as one, and return a table of what is in them.

    Every line must be whole, every id unique over all sets, every quote a verbatim part of its file that occurs once,
    and a key that is a number must have the unit that the evidence gives it: 96.1 is never found in 96.1%.

    Args:
        files: question sets in JSON lines.
        raws: raw text of every article by path.

    Raises:
        ConfigError: a set is broken, see `load_questions`.
        CorpusError: a set and the corpus don't belong together, or a key lacks its unit; all are named.
    """
    questions = load_questions(*files)
    locate(questions, raws)
    if faults := [fault for question in questions for fault in without_unit(question)]:
        raise CorpusError("\n  ".join(["keys that no answer can be found to say:", *faults]))
    ids = {file: {question.id for question in load_questions(file)} for file in files} if len(files) > 1 else {}
    sets = {Path(file).stem: tuple(question for question in questions if question.id in found) for file, found in ids.items()}
    return table(sets | {"all" if sets else Path(files[0]).stem: questions})


def without_unit(question: Question) -> Iterator[str]:
    """Yield the keys of a question that a right answer can't be found to say, since they lack a unit."""
    quotes = "\n".join(item.quote for item in question.evidence)
    for alternatives in question.answer_keys:
        if key_found(alternatives, quotes):
            continue
        for key in alternatives:
            if (found := re.search(rf"(?<![\d.]){re.escape(key)}\s*([%％万亿萬億])", quotes)) and re.fullmatch(r"[\d.]+", key):
                yield f"question {question.id!r}: the key {key} is not found in an answer that says {key}{found[1]} as the evidence does: add that"


def table(sets: Mapping[str, Sequence[Question]]) -> str:
    """Return counts by language, type and likeness to the evidence, a column for each set."""
    rows = [("questions", [str(len(found)) for found in sets.values()])]
    rows += [(lang, [_counted(question.lang == lang for question in found) for found in sets.values()]) for lang in LANGUAGES]
    rows += [(kind, [_counted(question.type == kind for question in found) for found in sets.values()]) for kind in TYPES]
    evident = [[question for question in found if question.evidence] for found in sets.values()]
    rows.append(("with evidence", [str(len(found)) for found in evident]))
    rows.append((f"  sharing few words with it (up to {FEW:.0%})", [_counted(_few(question) for question in found) for found in evident]))
    rows.append(("  English, so sharing hardly any", [_counted(question.lang == "en" for question in found) for found in evident]))
    width = max(len(name) for name, _ in rows)
    head = f"{'':{width}}" + "".join(f"  {name:>14}" for name in sets)
    return "\n".join([head, *(f"{name:{width}}" + "".join(f"  {cell:>14}" for cell in cells) for name, cells in rows)])


def _counted(facts: Iterable[bool]) -> str:
    """Return how many are true, and their share."""
    every = list(facts)
    return f"{sum(every)} ({sum(every) / len(every):4.0%})" if every else "0"


def _few(question: Question) -> bool:
    """Say whether a question in Chinese has at most `FEW` of its words in common with its evidence."""
    if question.lang == "en":
        return False
    asked = _content(question.question)
    evident = _content("\n".join(item.quote for item in question.evidence))
    return not asked or len(asked & evident) / len(asked) <= FEW


def _content(text: str) -> set[str]:
    """Return the words of a text that aren't single characters: 的, 吗 and 是 are in everything."""
    return {word for word in words(text) if len(word) > 1}
