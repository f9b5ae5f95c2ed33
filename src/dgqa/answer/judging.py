"""The excerpts chosen for a question in; whether they answer it, in part or not at all, and why out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dgqa.answer.confidence import FEATURES, Strictness, absent, confidence, features, unheard_of, zone
from dgqa.answer.evidence import Evidence
from dgqa.answer.excerpts import CERTAIN, Chosen
from dgqa.claims.claim import Statement
from dgqa.claims.premises import Disputed, disputed_premise
from dgqa.corpus.structure.lines import ARTICLE
from dgqa.language.places import english_name
from dgqa.language.reading import Text
from dgqa.messages import Language, listed, say
from dgqa.question.matching import fills
from dgqa.question.parsing import Question
from dgqa.search.statutes.articles import Article, Asked, article_name
from dgqa.types import Status

HALF = 0.5  # confidence in an article that is asked for, but does not seem to hold the value that is asked for


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` says in the asker's language what is missing; ``parts`` go into the answer's trace.

    ``lead`` is said before the evidence: that the question's premise is not what the articles say. ``confidence`` is the
    calibrated probability that the answer holds what is asked, None where nothing calibrated it.
    """

    status: Status
    reason: str
    parts: dict[str, Any] = field(default_factory=dict)
    lead: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What tells whether a question belongs to a corpus.

    ``topics`` is what one may ask about; ``field`` tells that the corpus is on government; ``count`` is how many articles there are.
    """

    topics: tuple[str, ...] = ()
    field: bool = True
    count: int = 0


def judge(
    chosen: Chosen, question: Question, language: Language, scope: Scope, *, strictness: Strictness, off_topic: bool = False, without: frozenset[str] = frozenset()
) -> Verdict:
    """Judge an answer by how likely it holds what is asked, see `confidence`.

    Args:
        chosen: The excerpts, with what a reader made of the passages.
        question: What is asked.
        language: What to say the reason in.
        scope: What the corpus is on, for greetings and refusals.
        strictness: How sure an answer must be.
        off_topic: Whether the search looks like one for something else than the corpus has.
        without: Names of rules that premises are not judged by.
    """
    topics = scope.topics
    if chat := question.smalltalk:
        return _small(chat, scope, language)
    if not chosen.evidence:
        return Verdict("refused", say("not_found", language, topics=listed(topics, language)))
    values = features(chosen, question)
    probability = confidence(values, chosen.reader)
    given = zone(probability, strictness, chosen.reader)
    if given == "partial" and off_topic:
        given = "refused"  # what is far from all that the corpus speaks of is no near miss
    parts: dict[str, Any] = {name: round(value, 4) for name, value in zip(FEATURES, values, strict=True)}
    if given != "refused" and (disputed := disputed_premise(question, told(chosen.evidence), without=without)):
        return objected(Verdict("answered", "", parts, "", probability), disputed, question, language)
    read = [hit for hit, _ in chosen.read]
    missing, elsewhere = absent(question, read)
    elsewhere = (*elsewhere, *unheard_of(question, read, "product", "code"))
    missing = (*missing, *unheard_of(question, read, "law", "platform"))
    if given != "refused" and (elsewhere or missing):
        # Another year in its place is evidence that the one asked for is not there, and so is another app; a place may go without saying.
        parts["unfilled"] = list(elsewhere or missing)
        things = listed([f"“{english_name(thing) if language == 'Latn' else thing}”" for thing in elsewhere or missing], language)
        if elsewhere and strictness != "lenient":
            return Verdict("refused", say("unfilled", language, missing=things), parts, "", min(probability, 0.1))
        # What was read does not name it; the corpus may, elsewhere.
        return Verdict("partial", say("unnamed", language, missing=things), parts, "", probability)
    reason = {"answered": "", "partial": "unsure", "refused": "not_found"}[given]
    return Verdict(given, say(reason, language, topics=listed(topics, language)) if reason else "", parts, "", probability)


def judge_articles(called: Asked, quoted: Sequence[Evidence], language: Language) -> Verdict:
    """Judge a question for articles of a law by their numbers.

    Those that are there are certain, unless a value is asked for that they do not have; of others it says how far the law goes.
    """
    if called.unknown:
        return Verdict("refused", say("no_law", language, law=called.unknown), {"articles": []}, "", 1 - CERTAIN)
    missing = [article for article in called.articles if not article.rows]
    reason = "\n".join(_no_article(article, language) for article in missing)
    parts = {"articles": [article_name(article.number, language) for article in called.articles]}
    if missing:
        status: Status = "partial" if quoted else "refused"
        return Verdict(status, reason, parts, "", CERTAIN if quoted else 1 - CERTAIN)
    # The number of an article is no value in it.
    wanted, text = Question(called.rest), Text("\n".join(ARTICLE.sub("", evidence.sentence.text) for evidence in quoted))
    if not fills(wanted, text):
        return Verdict("partial", say("unsure", language), parts, "", HALF)
    return Verdict("answered", "", parts, "", CERTAIN)


def _no_article(article: Article, language: Language) -> str:
    key = "beyond_last" if article.number > article.last else "no_article"
    asked, first, last = (article_name(number, language) for number in (article.number, article.first, article.last))
    return say(key, language, law=article.law.title.strip("《》"), article=asked, first=first, last=last, count=str(article.count))


def _small(chat: str, scope: Scope, language: Language) -> Verdict:
    """Refuse small talk and asides kindly."""
    kind = "off_topic" if chat == "aside" else chat
    key = f"{kind}_elsewhere" if kind in ("greeting", "off_topic") and not scope.field else kind
    reason = say(key, language, topics=listed(scope.topics, language), count=str(scope.count))
    return Verdict("refused", reason, {"smalltalk": chat})


def doubted(verdict: Verdict, language: Language) -> Verdict:
    """Return the verdict where a chat model read the evidence and found no answer in it.

    A model's word alone takes nothing away, since small ones deny what is there and an article may order them to: what the
    rules call answered becomes partial, and its evidence is still shown. Where the rules miss something too, both agree that
    it is no answer. An answer that corrects the question stays: the evidence does not say what the question takes for given.
    """
    parts = {**verdict.parts, "reading": "no_answer"}
    if verdict.status == "partial":
        return Verdict("refused", "\n".join(part for part in (say("nothing", language), verdict.reason) if part), parts)
    return replace(verdict, status=verdict.status if verdict.lead else "partial", parts=parts)


def told(chosen: Sequence[Evidence]) -> list[Statement]:
    """Return chosen pieces as what they tell."""
    return [Statement(evidence.sentence.text, context=evidence.context, confidence=evidence.confidence) for evidence in chosen]


def objected(verdict: Verdict, disputed: Disputed, question: Question, language: Language) -> Verdict:
    """Return a verdict that says before the answer what the question takes for granted and the articles do not bear out."""
    parts = {**verdict.parts, "premise": disputed.claim, "rule": disputed.rule}
    return replace(verdict, parts=parts, lead=_objection(disputed.claim, question, language))


def _objection(disputed: str, question: Question, language: Language) -> str:
    """Say that the articles contradict the question, with its own words for it where what is disputed is one of them."""
    if language == "Latn" and not disputed.isascii():
        return say("premise", language)
    return say("premise_of", language, claim=disputed) if disputed in question.folded else say("premise", language)
