"""A question and the talk before it in; an answer whose every sentence cites the articles, or a refusal, out."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

from dgqa.citations import bigrams, cite
from dgqa.embedding import Backend, Embedder
from dgqa.errors import ConfigError
from dgqa.phrases import Language, listed, say
from dgqa.places import english_name
from dgqa.retrieval import Retrieval, Retriever, check_question
from dgqa.scope import CALIBRATED_MODEL, off_topic_probability
from dgqa.slots import Slots, asked, fills, unfilled
from dgqa.text import detect_script, fold, to_script
from dgqa.types import Answer, AnswerSentence, Citation, Hit, Passage, Sentence, Status
from dgqa.values import Amount, values

MAX_SENTENCES = 3
HITS = 8  # passages retrieved
_READ = 5  # passages read for evidence
_RANK_DISCOUNT = 0.02  # a sentence's loss for each rank of its passage
_MARGIN = {"Hans": 0.2, "Hant": 0.2, "Latn": 0.025}  # how far below the best a further sentence may score
_OFF_TOPIC = 0.5
_SAME = 0.7  # share of bigrams from which two sentences say the same

_MAX_ITEMS = 10
# "…有四项原则。" or a colon at the end announces a list; "第一…", "二是…", "其次…" and the like are its items.
_ANNOUNCES = re.compile(r"(?:(?P<count>[两兩二三四五六七八九十]|\d{1,2})(?:大|個|个|項|项|種|种|類|类|條|条|點|点|重|方面|層|层|句|步)[^，。；]{0,24}[。：:]|[：:])$")
_ITEM = re.compile(r"(?:第?[一二三四五六七八九十]|其[一二三四五六七八九])(?:是|個|个|項|项|種|种|類|类|條|条|點|点|方面|步|，|、|：|,)|[①-⑩]|[（(]?\d{1,2}[)）.、]|首先|其次|再次|最[後后]|一方面|另一方面|(?:first|second|third|finally)", re.IGNORECASE)
_FOLLOW_UP = re.compile(
    r"^(?:那|那么|它|他|她|其|这|该|上述|后者|前者|还有|另外|再|为什么呢|然后)|呢[?？]?$"
    r"|^(?:and|what about|how about|why|so|then|it|they|that|those|he|she|its|their)\b|\b(?:it|they|them|that one|there)\b",
    re.IGNORECASE,
)


class Assistant:
    """Answers questions from an index. Safe to use from several threads."""

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever
        self._topics = _topics(retriever)

    @classmethod
    def open(
        cls,
        index: str | os.PathLike[str] = "index",
        *,
        llm: object | None = None,
        embedder: Embedder | None = None,
        backend: Backend = "auto",
    ) -> Assistant:
        """Open an assistant on an index.

        Args:
            index: The folder of the index.
            llm: What composes the text of an answer. None, the only choice so far: the evidence sentences themselves.
            embedder: What embeds questions; by default the model that the index was built with.
            backend: What runs that model, see `open_embedder`.

        Raises:
            ConfigError: ``llm`` is not None.
            IndexNotFoundError: there is no index.
            IndexMismatchError: the index is damaged or was built by another model.
            ModelError: the embedding model can't be had.
        """
        if llm is not None:
            raise ConfigError(f"llm is {llm!r}, but answers are made of the articles' own sentences so far: leave it None")
        return cls(Retriever.open(index, embedder=embedder, backend=backend))

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer:
        """Answer a question; ``history`` holds the (question, answer) pairs before it, oldest first.

        Raises:
            AnswerError: the question is empty, too long, or has no word in it.
        """
        started = time.perf_counter()
        question = check_question(question)
        language = _language(question)
        refers = bool(_FOLLOW_UP.search(fold(question)))
        previous = history[-1][0] if history and (refers or _is_short(question)) else ""
        found = self.retriever.retrieve(question, HITS, previous=previous)
        choosing = time.perf_counter()
        slots = asked(question)
        chosen = self._choose(question, found, slots, language)
        status, reason, verdict = self._judge(bool(previous) and refers, found, chosen, slots, language)
        if status == "refused":
            chosen = []
        sentences, citations = self._cite(chosen, language)
        text = _compose(sentences, reason, status, language)
        now = time.perf_counter()
        trace: dict[str, Any] = {
            "timings": {**found.timings, "answer": round(1000 * (now - choosing), 3), "total": round(1000 * (now - started), 3)},
            "mode": "extractive",
            "language": language,
            "model": self.retriever.embedder.fingerprint,
            "index": self.retriever.index.fingerprint,
            "signals": {**found.signals._asdict(), **verdict},
        }
        if previous:
            trace["question_with_context"] = f"{previous} {question}"
        return Answer(question, status, text, sentences, citations, found.hits, reason, trace)

    def stream(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Iterator[Answer]:
        """Yield growing answers, a sentence more each time; the last one is what `ask` returns."""
        final = self.ask(question, history)
        for count in range(1, len(final.sentences)):
            shown = final.sentences[:count]
            numbers = {number for sentence in shown for number in sentence.citations}
            yield Answer(
                final.question,
                final.status,
                _compose(shown, "", final.status, _language(question)),
                shown,
                tuple(citation for citation in final.citations if citation.number in numbers),
                final.hits,
                "",
                final.trace,
            )
        yield final

    def _choose(self, question: str, found: Retrieval, slots: Slots, language: Language) -> list[tuple[Passage, Sentence]]:
        """Choose one to three evidence sentences, in reading order."""
        candidates: list[tuple[float, Hit, Sentence]] = []
        for hit in found.hits[:_READ]:
            for sentence in hit.sentences:
                score = sentence.score - _RANK_DISCOUNT * (hit.rank - 1)
                if not fills(slots, sentence.text):
                    score -= _MARGIN[language]
                missing, _ = unfilled(slots, _evidence(hit.passage, sentence))
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
        return self._with_lists(chosen)

    def _with_lists(self, chosen: list[tuple[Hit, Sentence]]) -> list[tuple[Passage, Sentence]]:
        """Add the items behind a chosen sentence that announces them, also those in the passage behind its own."""
        complete: list[tuple[Passage, Sentence]] = []
        for hit, sentence in chosen:
            if any(sentence.start == other.start and hit.passage.doc_id == passage.doc_id for passage, other in complete):
                continue
            complete.append((hit.passage, sentence))
            announced = _ANNOUNCES.search(sentence.text)
            if announced is None:
                continue
            following = [(hit.passage, other) for other in hit.passage.sentences if other.start >= sentence.end]
            behind = self.retriever.index.passages([hit.passage.row + 1]).get(hit.passage.row + 1)
            if behind and (behind[0].doc_id, behind[0].section) == (hit.passage.doc_id, hit.passage.section):
                following += [(behind[0], other) for other in behind[0].sentences]
            complete += _items(following, announced)
        return complete

    def _judge(
        self,
        refers: bool,
        found: Retrieval,
        chosen: Sequence[tuple[Passage, Sentence]],
        slots: Slots,
        language: Language,
    ) -> tuple[Status, str, dict[str, Any]]:
        calibrated = self.retriever.embedder.name == CALIBRATED_MODEL
        probability = off_topic_probability(found, language) if calibrated else 0.0
        verdict: dict[str, Any] = {"off_topic": round(probability, 4) if calibrated else None}
        if not chosen or (probability >= _OFF_TOPIC and not refers):
            return "refused", say("off_topic", language, topics=listed(self._topics[language], language)), verdict
        evidence = "\n".join(_evidence(passage, sentence) for passage, sentence in chosen)
        missing, whole_kind = unfilled(slots, evidence)
        verdict["unfilled"] = list(missing)
        if missing:
            things = listed([f"“{english_name(thing) if language == 'Latn' else thing}”" for thing in missing], language)
            if whole_kind:
                return "refused", say("unfilled", language, missing=things), verdict
            return "partial", say("partial", language, missing=things), verdict
        if not any(fills(slots, f"{sentence.text} {passage.date if passage.kind == 'meta' else ''}") for passage, sentence in chosen):
            verdict["unfilled"] = [slots.wants]
            return "refused", say("no_value", language, wanted=say(slots.wants, language)), verdict
        return "answered", "", verdict

    def _cite(
        self, chosen: Sequence[tuple[Passage, Sentence]], language: Language
    ) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
        sentences: list[AnswerSentence] = []
        citations: list[Citation] = []
        raws: dict[str, str] = {}
        for passage, sentence in chosen:
            if passage.doc_id not in raws:
                raws[passage.doc_id] = self.retriever.index.raw(passage.doc_id)
            made = cite(len(citations) + 1, passage, sentence, raws[passage.doc_id])
            citations += made
            text = sentence.text if language == "Latn" else to_script(sentence.text, language)
            sentences.append(AnswerSentence(text, tuple(citation.number for citation in made), 1.0))
        return tuple(sentences), tuple(citations)


def _items(following: Sequence[tuple[Passage, Sentence]], announced: re.Match[str]) -> list[tuple[Passage, Sentence]]:
    """Return the sentences that are the items of an announced list.

    Items are numbered, or are all but the last ended by a semicolon; after a colon there are as many as it says.
    """
    count = int(next((v.value for v in values(announced["count"] or "") if isinstance(v, Amount)), 0))
    colon = announced.group().endswith(("：", ":"))
    items: list[tuple[Passage, Sentence]] = []
    for passage, sentence in following[:_MAX_ITEMS]:
        numbered = _ITEM.match(sentence.text) is not None
        running = bool(items) and items[-1][1].text.endswith(("；", ";"))
        starts = colon and not items
        counted = colon and len(items) < count
        if not (numbered or running or starts or counted):
            break
        items.append((passage, sentence))
    return items


def _evidence(passage: Passage, sentence: Sentence) -> str:
    """Return all that says what a sentence is about: itself, its passage, its headings, its article's facts."""
    return "\n".join((sentence.text, passage.text, passage.section, passage.title, passage.author, passage.date))


def _alike(one: str, other: str) -> bool:
    a, b = bigrams(one), bigrams(other)
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= _SAME


def _language(question: str) -> Language:
    script = detect_script(question)
    return script if script in ("Hant", "Latn") else "Hans"


def _is_short(question: str) -> bool:
    """Whether a question is so short that it may leave out what was asked about before."""
    return sum(char.isalnum() for char in fold(question)) <= 8


def _compose(sentences: Sequence[AnswerSentence], reason: str, status: Status, language: Language) -> str:
    """Return the text a person reads: every sentence with its markers, then what is missing."""
    if status == "refused":
        return reason
    lines = []
    for sentence in sentences:
        markers = "".join(f"[{number}]" for number in sentence.citations)
        lines.append(f"{sentence.text}{markers}")
    body = "\n".join(lines)
    lead = say("quoted", language)
    return "\n".join(part for part in (lead, body, reason) if part)


def _topics(retriever: Retriever) -> dict[str, list[str]]:
    """Return the titles of up to three articles, for each language: what one may ask about."""
    titles = [f"《{document['title']}》" for document in retriever.index.documents()[:3]]
    return {"Hans": titles, "Hant": titles, "Latn": titles}
