"""Measure the check of sentences against evidence: hand-judged pairs, and pairs made from CMRC and XQuAD.

    python eval/measure/support.py [--cmrc cmrc2018_dev.json] [--xquad xquad.en.json xquad.zh.json] [--limit N] [-v]

A pair is right when a supported sentence passes and an unsupported one does not. Pairs from CMRC: a sentence as it is, in the other
script, or without one of its clauses is supported; the same with a number of its paragraph in place of its own, with a negation put
in, or with another place is not. From XQuAD, where both languages have as many sentences: the English sentence and its Chinese
one are a supported pair, the English sentence and another Chinese one of the paragraph are none.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from dgqa.claims.checker import Checker
from dgqa.claims.claim import Statement
from dgqa.language.places import places
from dgqa.language.reading import Text
from dgqa.language.text import split_sentences, to_script
from dgqa.language.values import Amount, values
from dgqa.models.embedding import Embedder, open_embedder

PAIRS = Path(__file__).parents[2] / "tests" / "data" / "support_pairs.jsonl"
Pair = tuple[str, str, str, bool]  # kind, sentence, evidence, supported


def sentences(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [text[start:end] for start, end in split_sentences(text)]


def judged() -> Iterator[Pair]:
    """Yield the pairs judged by hand."""
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield f"judged {row['language']}", row["sentence"], row["evidence"], row["supported"]


def contexts(file: str) -> list[str]:
    """Return the paragraphs of a file in SQuAD's format."""
    return [paragraph["context"] for article in json.loads(Path(file).read_text(encoding="utf-8"))["data"] for paragraph in article["paragraphs"]]


def from_cmrc(file: str, limit: int, draw: random.Random) -> Iterator[Pair]:
    """Yield pairs of a sentence and what is made of it."""
    texts = contexts(file)
    draw.shuffle(texts)
    for text in texts[:limit]:
        long = [sentence for sentence in sentences(text) if 15 <= len(sentence) <= 120]
        if not long:
            continue
        evidence = draw.choice(long)
        yield "cmrc same", evidence, evidence, True
        yield "cmrc other script", to_script(evidence, "Hant"), evidence, True
        parts = [clause.text for clause in Text(evidence).clauses if len(clause.text) >= 6]
        if len(parts) > 1:
            yield "cmrc fewer clauses", "，".join(parts[:-1]) + "。", evidence, True
        own = [value for value in values(evidence) if isinstance(value, Amount) and re.fullmatch(r"\d+", value.surface)]
        others = [value for value in values(text) if isinstance(value, Amount) and re.fullmatch(r"\d+", value.surface) and value.value not in {v.value for v in values(evidence) if isinstance(v, Amount)}]
        if own and others:
            yield "cmrc other number", evidence.replace(own[0].surface, draw.choice(others).surface, 1), evidence, False
        verb = re.search(r"(?<![不没未无])(?:可以|能够|包括|采用|使用|获得|参加|成为|位于|属于|担任|拥有)", evidence)
        if verb:
            yield "cmrc negated", f"{evidence[: verb.start()]}没有{evidence[verb.start() :]}", evidence, False
        named = [place for place in places(evidence) if place in evidence]
        if named:
            other = draw.choice([place for place in ("江苏", "四川", "福建", "法国", "印度") if place not in evidence])
            yield "cmrc other place", evidence.replace(named[0], other), evidence, False
        rest = [sentence for sentence in long if sentence != evidence]
        if rest:
            yield "cmrc other sentence", draw.choice(rest), evidence, False


def from_xquad(english: str, chinese: str, limit: int, draw: random.Random) -> Iterator[Pair]:
    """Yield pairs of an English sentence and a Chinese one of the same paragraph."""
    made = 0
    for one, other in zip(contexts(english), contexts(chinese), strict=True):
        first, second = sentences(one), sentences(other)
        if len(first) != len(second) or len(first) < 3 or made >= limit:
            continue
        made += 1
        at = draw.randrange(len(first))
        yield "xquad parallel", first[at], second[at], True
        yield "xquad other sentence", first[at], second[(at + 1) % len(second)], False


def main() -> None:
    """Print for every kind how many of its pairs are judged rightly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cmrc")
    parser.add_argument("--xquad", nargs=2)
    parser.add_argument("--limit", type=int, default=150)
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    draw = random.Random(0)
    pairs = list(judged())
    if arguments.cmrc:
        pairs += from_cmrc(arguments.cmrc, arguments.limit, draw)
    if arguments.xquad:
        pairs += from_xquad(arguments.xquad[0], arguments.xquad[1], arguments.limit, draw)
    embedder: Embedder = open_embedder("multilingual-e5-small")
    right: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for kind, sentence, evidence, supported in pairs:
        made = Checker([Statement(evidence, 1)], embedder=embedder).check(sentence, (1,))
        right[kind, supported].append((not made.fault) == supported)
        if arguments.verbose and not right[kind, supported][-1]:
            print(f"{kind}, {'supported' if supported else 'unsupported'}, {made.fault or 'passed'}\n  {sentence}\n  {evidence}")
    for (kind, supported), outcomes in sorted(right.items()):
        print(f"{kind:24} {'supported  ' if supported else 'unsupported'} {sum(outcomes):4} of {len(outcomes):4}  {sum(outcomes) / len(outcomes):.3f}")


if __name__ == "__main__":
    main()
