"""Read without a trained model: tell by what the search knows of a sentence how likely it answers.

This stands in where no trained reader goes with the index. Late interaction and cosine are told by how far they lie between
what anything has and a perfect match, so that they say the same for every embedding model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dgqa.data import table
from dgqa.index.bm25 import inverse_frequency
from dgqa.index.engines.backend import Query
from dgqa.language.reading import Text
from dgqa.language.text import TokenFinder, word_count
from dgqa.models.embedder import Embedder
from dgqa.models.readers.reader import Page, Reading, sigmoid
from dgqa.question.matching import fills
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retriever

NAME = "features"
OF_SENTENCE = ("late", "cosine", "covered", "new", "no_value", "length")
OF_PAGE = ("sentence", "late", "cosine", "covered", "no_value")
# What no corpus is on: as like as a question is to these, it is to anything.
_ELSEWHERE = ("今天下午孩子们在公园里放风筝。", "她把切好的土豆放进锅里，加盐慢慢炖。", "那支球队在最后一分钟踢进了一个球。", "猫在窗台上睡着了，外面下着小雨。", "他背着吉他坐上了去海边的火车。", "火山喷发以后，岛上长出了新的树木。")
ALPHABETS = {False: "Hans", True: "Latn"}

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is read: its tokens with their share of its idf, and its late interaction and cosine with what has nothing to do with it."""

    question: Question
    query: Query
    shares: dict[str, float]
    finder: TokenFinder
    late: float
    cosine: float

    def share(self, tokens: Collection[str]) -> float:
        return sum(self.shares[token] for token in tokens)


_KNOWN: dict[str, tuple[Floats32, list[Floats32]]] = {}  # by the fingerprint of the model


def _elsewhere(embedder: Embedder) -> tuple[Floats32, list[Floats32]]:
    """Return the vectors and the token vectors of `_ELSEWHERE`."""
    if embedder.fingerprint not in _KNOWN:
        _KNOWN[embedder.fingerprint] = embedder.embed_passages(_ELSEWHERE), embedder.token_vectors(_ELSEWHERE, query=False)
    return _KNOWN[embedder.fingerprint]


class FeatureReader:
    """Reads pages by features of the search that found them. Marks no phrases."""

    name = NAME

    def __init__(self, retriever: Retriever, *known: Question) -> None:
        """Read what a retriever finds; ``known`` are questions that are parsed already."""
        self._retriever = retriever.pinned()
        self._parsed = {question.text: question for question in known}
        self._asked: dict[str, Asked] = {}

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        """Return a reading of every page, in their order; each must have its row in the index."""
        asked = self.asked(question)
        bias, *weights = table("weights")["features"][f"sentence_{ALPHABETS[asked.question.english]}"]
        page_bias, *page_weights = table("weights")["features"][f"page_{ALPHABETS[asked.question.english]}"]
        made = []
        for page, (each, whole) in zip(pages, self.features(asked, pages), strict=True):
            logits = bias + each @ np.asarray(weights)
            answers = page_bias + float(np.asarray([logits.max(), *whole]) @ np.asarray(page_weights))
            made.append(Reading(sigmoid(answers), tuple(sigmoid(logit) for logit in logits.tolist()), (None,) * len(page.sentences)))
        return made

    def asked(self, question: str) -> Asked:
        """Return a question as it is read, worked out once."""
        if question not in self._asked:
            index, parsed = self._retriever.index, self._parsed.get(question) or Question(question)
            query = self._retriever.query(question)
            idfs = {token: inverse_frequency(count, index.passage_count) for token, count in index.frequencies(query.tokens).items()}
            total = sum(idfs.values()) or 1.0
            vectors, tokens = _elsewhere(self._retriever.embedder)
            late = float(np.mean([(query.late @ of_text.T).max(axis=1).mean() for of_text in tokens]))
            usual = late, float((vectors @ query.vector).mean())
            self._asked[question] = Asked(parsed, query, {token: idf / total for token, idf in idfs.items()}, TokenFinder(query.tokens, index.words), *usual)
        return self._asked[question]

    def features(self, asked: Asked, pages: Sequence[Page]) -> list[tuple[Floats, list[float]]]:
        """Return for every page the table of `OF_SENTENCE`, a row a sentence, and what follows the first of `OF_PAGE`."""
        index, rows = self._retriever.index, np.asarray([page.row for page in pages], np.int64)
        found = []
        for page, late, cosine in zip(pages, index.late(rows, [asked.query.late]).sentences, index.cosines(rows, asked.query.vector), strict=True):
            near = _above(late[0], asked.late)
            alike = _above(np.nan_to_num(cosine, nan=asked.cosine), asked.cosine)
            held = [asked.finder.within(text) for text in page.sentences]
            heading = asked.finder.within(page.heading)
            lacks = [float(not fills(asked.question, Text(text))) for text in page.sentences]
            length = [float(np.log1p(min(word_count(text), 150)) - 3.5) for text in page.sentences]
            each = np.stack([near, alike, [asked.share(own) for own in held], [asked.share(own - heading) for own in held], lacks, length], axis=1)
            covered = asked.share(heading.union(*held))
            found.append((each, [near.max(), alike.max(), covered, min(lacks)]))
        return found


def _above(likeness: npt.ArrayLike, usual: float) -> Floats:
    """Return how far likenesses lie between what anything has and a perfect match."""
    return (np.asarray(likeness, np.float64) - usual) / max(1 - usual, 1e-3)
