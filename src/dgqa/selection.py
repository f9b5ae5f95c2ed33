"""What a search found in; the sentences that answer the question, lists kept whole, in reading order out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgqa.citations import bigrams
from dgqa.phrases import Language
from dgqa.reader import Index
from dgqa.retrieval import Retrieval
from dgqa.slots import Slots, fills, unfilled
from dgqa.types import Hit, Passage, Sentence
from dgqa.values import Amount, values

MAX_SENTENCES = 3
_READ = 5  # passages read for evidence
_RANK_DISCOUNT = 0.02  # a sentence's loss for each rank of its passage
_MARGIN = {"Hans": 0.2, "Hant": 0.2, "Latn": 0.025}  # how far below the best a further sentence may score
_SAME = 0.7  # share of bigrams from which two sentences say the same

_MAX_ITEMS = 10
# "…有四项原则。" or a colon at the end announces a list; "第一…", "二是…", "其次…" and the like are its items.
_ANNOUNCES = re.compile(r"(?:(?P<count>[两兩二三四五六七八九十]|\d{1,2})(?:大|個|个|項|项|種|种|類|类|條|条|點|点|重|方面|層|层|句|步)[^，。；]{0,24}[。：:]|[：:])$")
_ITEM = re.compile(r"(?:第?[一二三四五六七八九十]|其[一二三四五六七八九])(?:是|個|个|項|项|種|种|類|类|條|条|點|点|方面|步|，|、|：|,)|[①-⑩]|[（(]?\d{1,2}[)）.、]|首先|其次|再次|最[後后]|一方面|另一方面|(?:first|second|third|finally)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence chosen for an answer and the passage that it stands in."""

    passage: Passage
    sentence: Sentence

    @property
    def context(self) -> str:
        """All that says what the sentence is about: itself, its passage, its headings, its article's facts."""
        passage = self.passage
        return "\n".join((self.sentence.text, passage.text, passage.section, passage.title, passage.author, passage.date))


def choose(found: Retrieval, slots: Slots, language: Language, index: Index) -> list[Evidence]:
    """Choose one to three evidence sentences, in reading order."""
    candidates: list[tuple[float, Hit, Sentence]] = []
    for hit in found.hits[:_READ]:
        for sentence in hit.sentences:
            score = sentence.score - _RANK_DISCOUNT * (hit.rank - 1)
            if not fills(slots, sentence.text):
                score -= _MARGIN[language]
            missing, _ = unfilled(slots, Evidence(hit.passage, sentence).context)
            score -= _MARGIN[language] * len(missing) / 2
            candidates.append((score, hit, sentence))
    candidates.sort(key=lambda candidate: -candidate[0])
    if not candidates:
        return []
    best = candidates[0][0]
    chosen: list[tuple[Hit, Sentence]] = []
    for score, hit, sentence in candidates:
        if len(chosen) >= MAX_SENTENCES or score < best - _MARGIN[language]:
            break
        if not any(_alike(sentence.text, other.text) for _, other in chosen):
            chosen.append((hit, sentence))
    chosen.sort(key=lambda pair: (pair[0].rank, pair[1].start))
    return _with_lists(chosen, index)


def _with_lists(chosen: Sequence[tuple[Hit, Sentence]], index: Index) -> list[Evidence]:
    """Add the items behind a chosen sentence that announces them, also those in the passage behind its own."""
    complete: list[Evidence] = []
    for hit, sentence in chosen:
        if any(sentence.start == other.sentence.start and hit.passage.doc_id == other.passage.doc_id for other in complete):
            continue
        complete.append(Evidence(hit.passage, sentence))
        announced = _ANNOUNCES.search(sentence.text)
        if announced is None:
            continue
        following = [Evidence(hit.passage, other) for other in hit.passage.sentences if other.start >= sentence.end]
        behind = index.passages([hit.passage.row + 1]).get(hit.passage.row + 1)
        if behind and (behind[0].doc_id, behind[0].section) == (hit.passage.doc_id, hit.passage.section):
            following += [Evidence(behind[0], other) for other in behind[0].sentences]
        complete += _items(following, announced)
    return complete


def _items(following: Sequence[Evidence], announced: re.Match[str]) -> list[Evidence]:
    """Return the sentences that are the items of an announced list.

    Items are numbered, or are all but the last ended by a semicolon; after a colon there are as many as it says.
    """
    count = int(next((v.value for v in values(announced["count"] or "") if isinstance(v, Amount)), 0))
    colon = announced.group().endswith(("：", ":"))
    items: list[Evidence] = []
    for evidence in following[:_MAX_ITEMS]:
        numbered = _ITEM.match(evidence.sentence.text) is not None
        running = bool(items) and items[-1].sentence.text.endswith(("；", ";"))
        starts = colon and not items
        counted = colon and len(items) < count
        if not (numbered or running or starts or counted):
            break
        items.append(evidence)
    return items


def _alike(one: str, other: str) -> bool:
    a, b = bigrams(one), bigrams(other)
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= _SAME
