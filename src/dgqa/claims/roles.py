"""A Chinese sentence and its evidence in; whether it has the same things in other roles than there, out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from dgqa.claims.claim import Ground, clauses
from dgqa.language.names import bodies_named
from dgqa.language.tagging import tagged
from dgqa.language.text import FUNCTION_WORDS, bigrams, fold, words

_COMPARED = re.compile(
    r"(?:与|和|跟|同|相较于?|较之)(?P<b1>[^，。；,]{2,20}?)(?:相比|比起来|比较|而言|,)[，,]?(?P<a1>[^，。；,]{2,20}?)(?:更|要|还)"
    r"|比起(?P<b2>[^，。；,]{2,20})[，,](?P<a2>[^，。；,]{2,20}?)(?:更|要|还)"
    r"|(?P<a3>[^，。；,]{2,20}?)比(?P<b3>[^，。；,]{2,20}?)(?:更|要|还|高|低|多|少|快|慢|重要|困难)"
)

_MORE = re.compile(r"(?:^|[，。；,])(?![与和跟同比])(?P<a>[^，。；,比]{2,16}?)更")
_MOSTLY = 0.6  # share of the rest of a clause that one piece of evidence must hold to be where it is from
# Verbs of the one who gets, and marks of the passive: behind them the other one acts.
_CONVERSE = re.compile(r"[被由受从]|接收|收到|获得|得到|来自|相互|互相|共同|联合")


def crossed(sentence: str, evidence: str) -> bool:
    """Whether the sentence mixes what the evidence keeps in two clauses of its own.

    技术是手段，制度才是目的 becomes 制度是手段，技术才是目的; 甲组归统计处，乙组归警务处 becomes 甲组归警务处.
    """
    said = [content for clause in clauses(sentence) if len(content := _content(clause)) >= 2]
    stated = [content for clause in clauses(evidence) if len(content := _content(clause)) >= 2]
    for one, other in itertools.combinations(stated, 2):
        first, second, common = one - other, other - one, one & other
        mixed = [clause for clause in said if clause & first and clause & second and not any(clause <= whole for whole in stated)]
        if len(mixed) >= 2 and any((a & first) != (b & first) and (a & second) != (b & second) for a, b in itertools.combinations(mixed, 2)):
            return True
        # Clauses alike but for the things that they are about.
        if len(common) >= 2 and any(common <= clause and not first <= clause and not second <= clause for clause in mixed):
            return True
    return False


def swapped(sentence: str, evidence: str) -> bool:
    """Whether one body does to another what the evidence has the other do to it."""
    said = fold(sentence)
    for text in re.split(r"[。；\n]", fold(evidence)):
        ours, theirs = _first_places(said), _first_places(text)
        common = [name for name in ours if name in theirs]
        for a, b in itertools.combinations(sorted(common, key=lambda name: ours[name]), 2):
            if theirs[a] < theirs[b] or _CONVERSE.search(said) or _CONVERSE.search(text) or _joined(said, ours, a, b) or _joined(text, theirs, b, a):
                continue
            if {word for word, flag in tagged(said) if flag[0] == "v"} & {word for word, flag in tagged(text) if flag[0] == "v"} - {"负责", "进行", "开展"}:
                return True
    return False


def _first_places(text: str) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, start, _ in bodies_named(text):
        places.setdefault(name, start)
    return places


def _joined(text: str, at: dict[str, int], one: str, other: str) -> bool:
    """Whether two bodies are named in one breath, so that their order says nothing."""
    return re.fullmatch(r"[、和与及同跟]\S{0,2}", text[at[one] + len(one) : at[other]]) is not None


def better_claimed(sentence: str, evidence: str) -> bool:
    """Whether what the evidence has as the lesser side of a comparison is the greater one here, the other side left out."""
    for match in _MORE.finditer(fold(sentence)):
        mine = bigrams(match["a"])
        for better, worse in _compared(evidence):
            first, second = bigrams(better), bigrams(worse)
            # By shares: the lesser side often leaves out what both have, "compared with cities, people in the country".
            if mine & (second - first) and len(mine & second) / len(second) >= len(mine & first) / max(1, len(first)):
                return True
    return False


def merged(sentence: str, grounds: Sequence[Ground]) -> bool:
    """Whether a clause takes its subject from one piece of evidence and the rest from another that has a subject of its own.

    教育局开发了报名系统 and 卫生局建立了健康档案 become 教育局建立了健康档案.
    """
    for clause in clauses(sentence):
        subject = _subject(fold(clause))
        rest = bigrams(fold(clause).removeprefix(subject))
        if not subject or len(rest) < 4:
            continue
        best = max(grounds, key=lambda ground: len(rest & bigrams(ground.text)))
        if len(rest & bigrams(best.text)) / len(rest) < _MOSTLY or bigrams(subject) & bigrams(best.whole):
            continue
        # What follows in an article may leave out what it is about; another subject it can't.
        own = next((found for part in clauses(best.text) if (found := _subject(fold(part))) and len(rest & bigrams(part)) >= 2), "")
        elsewhere = any(bigrams(subject) & bigrams(ground.whole) for ground in grounds if ground is not best)
        if own and elsewhere and not bigrams(own) & bigrams(clause):
            return True
    return False


def _subject(clause: str) -> str:
    """Return the nouns that a clause begins with, before its first verb; "" where it begins otherwise."""
    subject = ""
    for word, flag in tagged(clause):
        if flag[0] not in "nj" and flag not in ("f", "b", "a", "l"):
            break
        subject += word
    return subject if len(subject) > 1 else ""


@lru_cache(maxsize=512)
def _content(clause: str) -> frozenset[str]:
    return frozenset(word for word in words(clause) if word not in FUNCTION_WORDS)


def turned(sentence: str, evidence: str) -> bool:
    """Whether "A does to B" has become "B does to A", or "A is more than B" has become "B is more than A"."""
    for clause in clauses(sentence):
        said = _order(clause)
        for other in re.split(r"[。！？；\n]", fold(evidence)):
            stated = _order(other)
            common = [word for word in said if word in stated and len(word) > 1]
            if len(common) < 3 or bool(re.search("[被由受]", clause)) != bool(re.search("[被由受]", other)):
                continue
            tags = dict(tagged(clause))
            for a, verb, b in itertools.combinations(sorted(common, key=lambda word: said[word]), 3):
                if stated[b] < stated[verb] < stated[a] and tags.get(verb, "")[:1] == "v" and tags.get(a, "")[:1] == tags.get(b, "")[:1] == "n":
                    return True
    return any(
        len(bigrams(a) & bigrams(worse)) > len(bigrams(a) & bigrams(better)) and len(bigrams(b) & bigrams(better)) > len(bigrams(b) & bigrams(worse))
        for a, b in _compared(sentence)
        for better, worse in _compared(evidence)
    )


def _compared(text: str) -> list[tuple[str, str]]:
    """Return what is said to be more, and than what, of every comparison: A比B更…, 与B相比，A更…."""
    return [(match["a1"] or match["a2"] or match["a3"], match["b1"] or match["b2"] or match["b3"]) for match in _COMPARED.finditer(fold(text))]


@lru_cache(maxsize=512)
def _order(clause: str) -> dict[str, int]:
    """Return the places of the words that occur once."""
    listed = words(clause)
    return {word: i for i, word in enumerate(listed) if listed.count(word) == 1 and word not in FUNCTION_WORDS and not any(char.isdigit() for char in word)}
