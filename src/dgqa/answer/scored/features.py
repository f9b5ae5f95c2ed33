"""What a search found in; for every sentence of the first passages how likely it answers the question, out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dgqa.data import table
from dgqa.index.bm25 import inverse_frequency
from dgqa.index.engines.backend import Query, SearchBackend
from dgqa.language.lists import how_many
from dgqa.language.reading import Text
from dgqa.language.text import word_count
from dgqa.messages import Language
from dgqa.question.matching import fills, unfilled
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retrieval
from dgqa.types import Hit, Passage, Sentence

READ = 5  # passages whose sentences are scored
Floats = npt.NDArray[np.float64]

FEATURES = ("cosine", "coverage", "late", "rank", "no_value", "unfilled", "length", "open", "form", "count", "behind", "row")
# How a question of some form is put, and how a sentence that answers it speaks; both in both scripts.
_FORMS = (
    (  # a list, or a summary, which articles like to give as one
        re.compile(
            r"哪些|哪[几幾两兩二三四五六七八九十](?!年)|有[几幾]|各[是为為]|[几幾](?:个|個|项|項|种|種|方面|点|點|条|條|类|類)"
            r"|总结|總結|概括|归纳|歸納|要点|要點|\bsum(?:s|med)? up\b|\bsummar|\bmain points?\b|\boutline\b"
            r"|which (?:\w+ )?(?:two|three|four|five|six|seven)|what (?:\w+ )?(?:two|three|four|five|six|seven)|what are|which ones|\blist\b",
            re.IGNORECASE,
        ),
        re.compile(r"一是|二是|第一|首先|其一|①|分[别別]是|包括|、[^、，。；]{1,20}(?:、|和|以及|及)|[：:]$|(?:[两兩二三四五六七八九十]|\d)(?:大|个|個|项|項|种|種|类|類|条|條|点|點|方面)"),
    ),
    (  # a reason
        re.compile(r"为什么|為什麼|为何|為何|为啥|為啥|原因|凭什么|憑什麼|怎么会|怎麼會|症结|癥結|\bwhy\b|\breasons?\b|\bcauses?\b", re.IGNORECASE),
        re.compile(r"因为|因為|由于|由於|原因|理由|因此|所以|从而|從而|导致|導致|造成|之所以|在于|在於|使得|根源|致使|因而"),
    ),
    (  # a definition
        re.compile(r"什么是|什麼是|甚麼是|是什么[？?]?$|是什麼[？?]?$|是甚麼[？?]?$|指什么|指什麼|指的是|定义|定義|含义|含義|是啥|何谓|何謂|意思|\bwhat is\b|\bdefin|\bmeant? by\b|\bstands? for\b", re.IGNORECASE),
        re.compile(r"是指|指的是|所谓|所謂|定义|定義|是一[种種]|称为|稱為|叫做|看作|理解为|理解為|就是|，即"),
    ),
)

# A row of a table, read with the names of its columns.
_ROW = re.compile(r"[^：；]{1,20}：[^；]*；[^：；]{1,20}：")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: the hit and the place in its passage where it stands; ``score`` is a logit."""

    hit: Hit
    place: int
    sentence: Sentence
    score: float

    @property
    def confidence(self) -> float:
        """The probability, in 0..1, that the sentence answers the question."""
        return 1 / (1 + math.exp(-self.score))


def candidates(found: Retrieval, question: Question, searched: Text, language: Language, index: SearchBackend) -> list[Candidate]:
    """Return the sentences of the first passages, each with its score, in the order of the hits and of reading."""
    hits, places, rows = features(found, question, searched, index)
    if not places:
        return []
    bias, *weights = table("weights")["selection"]["Latn" if language == "Latn" else "Hans"]
    scores = bias + rows @ np.asarray(weights)
    for at, (h, place) in enumerate(places):
        # What is asked for by its place is meant, whatever it says.
        if (hits[h].passage.row, hits[h].passage.sentences[place].start) == found.placed:
            scores[at] = max(float(scores.max()), 0.0) + 1
    return [
        Candidate(hits[h], place, hits[h].passage.sentences[place], float(score))
        for (h, place), score in zip(places, scores, strict=True)
    ]


def features(found: Retrieval, question: Question, searched: Text, index: SearchBackend) -> tuple[tuple[Hit, ...], list[tuple[int, int]], Floats]:
    """Return the hits that are read, (hit, place) of every sentence in them, and the table of `FEATURES`.

    Cosine and late interaction are compared to the best sentence's, the passage's score ("behind") to the best passage's;
    coverage is the share of the question's idf.
    """
    hits = found.hits[:READ]
    # A lone number or a mark is nothing to answer with.
    where = [(h, place) for h, hit in enumerate(hits) for place, s in enumerate(hit.passage.sentences) if any(char.isalpha() for char in s.text)]
    if not where:
        return hits, where, np.zeros((0, len(FEATURES)))
    said = [Text(hits[h].passage.sentences[place].text) for h, place in where]
    texts, folded = [text.text for text in said], [text.folded for text in said]
    signals = np.mean([_signals(query, hits, where, folded, index) for query in found.queries], axis=0)
    wanted = set(how_many(searched.folded))
    cosine, coverage, late = signals
    forms = [answer for asks, answer in _FORMS if asks.search(searched.text)]
    missing = [_missing(question, hit.passage) for hit in hits]
    made = np.stack(
        [
            10 * (cosine - cosine.max()),
            3 * coverage,
            10 * (late - late.max()),
            np.log([hits[h].rank for h, _ in where]),
            [0.0 if fills(question, text) else 1.0 for text in said],
            [float(missing[h]) for h, _ in where],
            np.log1p([min(word_count(text), 150) for text in texts]) - 3.5,
            [float(text.rstrip().endswith(("：", ":", "？", "?"))) for text in texts],
            [float(any(answer.search(text) for answer in forms)) for text in texts],
            [float(bool(wanted) and not wanted.isdisjoint(how_many(text))) for text in folded],
            [hits[h].score - hits[0].score for h, _ in where],
            [float(_ROW.match(text) is not None) for text in texts],
        ],
        axis=1,
    )
    return hits, where, made


def _missing(question: Question, passage: Passage) -> int:
    """Return how many of the things that the question names a passage with its headings leaves open."""
    if not (question.dates or question.numbers or question.toponyms or question.titles or question.names):
        return 0
    about = Text("\n".join((passage.text, passage.section, passage.title, passage.author, passage.date)))
    return len(unfilled(question, about)[0])


def _signals(query: Query, hits: Sequence[Hit], where: Sequence[tuple[int, int]], folded: Sequence[str], index: SearchBackend) -> Floats:
    """Return cosine, coverage and late interaction of the sentences, shape (3, n).

    A sentence without a vector has the lowest cosine among the others.
    """
    rows = np.asarray([hit.passage.row for hit in hits], np.int64)
    cosines, sentences = index.cosines(rows, query.vector), index.late(rows, [query.late]).sentences
    cosine = np.asarray([cosines[h][place] for h, place in where], dtype=np.float64)
    known = cosine[~np.isnan(cosine)]
    cosine = np.where(np.isnan(cosine), known.min() if len(known) else 0.0, cosine)
    wanted = {token: inverse_frequency(frequency, index.passage_count) for token, frequency in index.frequencies(query.tokens).items()}
    total = sum(wanted.values()) or 1.0
    coverage = np.zeros(len(where))
    for token, idf in wanted.items():
        # Substrings are found a hundred times faster than sentences are cut into words.
        part = token.rstrip("\u0001")
        latin = re.compile(rf"(?<![a-z0-9]){re.escape(part)}(?![a-z0-9])") if part.isascii() else None
        coverage += [idf * bool(latin.search(text) if latin else part in text) for text in folded]
    coverage /= total
    late = [sentences[h][0][place] for h, place in where]
    return np.asarray([cosine, coverage, late], dtype=np.float64)

