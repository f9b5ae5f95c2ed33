"""Judge whether the excerpts chosen for a question answer it, in part or not at all, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from dgqa.answer.confidence import FEATURES, Strictness, absent, confidence, features, unheard_of, zone
from dgqa.answer.evidence import Evidence
from dgqa.answer.excerpts import CERTAIN, Chosen
from dgqa.claims.belonging import not_told_of
from dgqa.claims.claim import Statement
from dgqa.claims.premises import Disputed, disputed_premise
from dgqa.claims.rules import NAMED
from dgqa.corpus.structure.lines import ARTICLE
from dgqa.errors import ConfigError
from dgqa.language.places import english_name
from dgqa.language.reading import Text
from dgqa.messages import Language, listed, say, stacked
from dgqa.question.matching import fills
from dgqa.question.parsing import Question
from dgqa.question.pointing import displaced
from dgqa.search.statutes.articles import Article, Asked, article_name
from dgqa.search.titles import known_as
from dgqa.types import Status

_LONE = re.compile(r"\W*[a-z]{3,}\W*")
_ELSEWHERE = 0.1  # most confidence in what has another thing in the place of the one asked for
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
class Subject:
    """What tells whether a question belongs to a corpus.

    ``topics`` is what one may ask about; ``field`` tells that the corpus is on government; ``count`` is how many articles there are.
    """

    topics: tuple[str, ...] = ()
    field: bool = True
    count: int = 0


@dataclass(frozen=True)
class Case:
    """A question with what was found for it, as the gates judge it.

    Args:
        chosen: The excerpts, with what a reader made of the passages.
        question: What is asked.
        language: What to say the reason in.
        subject: What the corpus is on, for greetings and refusals.
        strictness: How sure an answer must be.
        off_topic: Whether the search looks like one for something else than the corpus has.
        without: Names of gates, and of rules that premises are judged by, that are left out.
    """

    chosen: Chosen
    question: Question
    language: Language
    subject: Subject
    strictness: Strictness
    off_topic: bool = False
    without: frozenset[str] = frozenset()

    @cached_property
    def values(self) -> list[float]:
        """What the probability is worked out from, see `features`."""
        return features(self.chosen, self.question)

    @cached_property
    def probability(self) -> float:
        """How likely the excerpts hold what is asked."""
        return confidence(self.values, self.chosen.reader)

    @cached_property
    def zone(self) -> Status:
        """What the probability is enough for; what is far from all that the corpus speaks of is no near miss."""
        reached = zone(self.probability, self.strictness, self.chosen.reader)
        return "refused" if reached == "partial" and self.off_topic and OFF_TOPIC_GATE not in self.without else reached

    @cached_property
    def absent(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the question names and nothing that was read does; and of it, what has another in its place."""
        read = [hit for hit, _ in self.chosen.read]
        missing, elsewhere = absent(self.question, read)
        around = Text("\n".join(part for hit in read for part in (known_as(hit.passage.title, hit.passage.path), hit.passage.section, hit.passage.text)))
        others = (*unheard_of(self.question, read, "product", "code"), *displaced(self.question, around))
        return (*missing, *unheard_of(self.question, read, "law", "platform")), (*elsewhere, *others)

    def verdict(self, status: Status, reason: str = "", **parts: Any) -> Verdict:
        """Return a verdict whose trace has the `values`."""
        return Verdict(status, reason, {name: round(value, 4) for name, value in zip(FEATURES, self.values, strict=True)} | parts, "", self.probability)

    def say(self, key: str, **values: str) -> str:
        """Return a message in the language of the answer."""
        return say(key, self.language, topics=listed(self.subject.topics, self.language), **values)


def _talk(case: Case) -> Verdict | None:
    """Refuse small talk and asides kindly."""
    chat = case.question.smalltalk
    if not chat:
        return None
    kind = "off_topic" if chat == "aside" else chat
    key = f"{kind}_elsewhere" if kind in ("greeting", "off_topic") and not case.subject.field else kind
    return Verdict("refused", case.say(key, count=str(case.subject.count)), {"smalltalk": chat})


def _nothing(case: Case) -> Verdict | None:
    """Refuse where nothing was found, and a lone word that neither the articles nor the dictionary know: it may be the initials of anything."""
    if _LONE.fullmatch(case.question.folded) and case.question.english and case.chosen.unseen == 1 and not case.question.sources:
        return Verdict("refused", case.say("unclear"), {}, "", 1 - CERTAIN)
    return None if case.chosen.evidence else Verdict("refused", case.say("not_found"))


def _premise(case: Case) -> Verdict | None:
    """Correct what the question takes for granted and the excerpts say otherwise."""
    disputed = None if case.zone == "refused" else disputed_premise(case.question, told(case.chosen.evidence), without=case.without)
    return objected(case.verdict("answered"), disputed, case.question, case.language) if disputed else None


def _elsewhere(case: Case) -> Verdict | None:
    """Refuse where what was read has another year, app, code or number of a series in the place of the one asked for: that one is not there."""
    _, elsewhere = case.absent
    if case.zone == "refused" or not elsewhere or case.strictness == "lenient":
        return None
    refused = case.verdict("refused", case.say("unfilled", missing=_quoted(elsewhere, case.language)), unfilled=list(elsewhere))
    return replace(refused, confidence=min(case.probability, _ELSEWHERE))


def _of_others(case: Case) -> Verdict | None:
    """Give with a caution what is of another place than the one asked about, or of one side of a comparison alone."""
    missing = () if case.zone == "refused" else not_told_of(case.question, told(case.chosen.evidence), case.chosen.sides)
    key = "one_side" if len(missing) < len(case.chosen.sides) else "of_others"
    return case.verdict("partial", case.say(key, missing=_quoted(missing, case.language)), of_others=list(missing)) if missing else None


def _unnamed(case: Case) -> Verdict | None:
    """Give with a caution what does not name what the question names, such as a place or a law; the corpus may, elsewhere."""
    missing, elsewhere = case.absent
    things = elsewhere or missing
    if case.zone == "refused" or not things:
        return None
    return case.verdict("partial", case.say("unnamed", missing=_quoted(things, case.language)), unfilled=list(things))


def _confidence(case: Case) -> Verdict:
    reason = {"answered": "", "partial": "unsure", "refused": "not_found"}[case.zone]
    return case.verdict(case.zone, case.say(reason) if reason else "")


def _quoted(things: Sequence[str], language: Language) -> str:
    return listed([f"“{english_name(thing) if language == 'Latn' else thing}”" for thing in things], language)


# In this order; the first that has something against an answer gives the verdict.
GATES: Mapping[str, Callable[[Case], Verdict | None]] = {
    "gate.talk": _talk,
    "gate.nothing": _nothing,
    "gate.premise": _premise,
    "gate.elsewhere": _elsewhere,
    "gate.of_others": _of_others,
    "gate.unnamed": _unnamed,
}
OFF_TOPIC_GATE = "gate.off_topic"  # lowers the zone, and has no verdict of its own
SWITCHES = (*NAMED, "gate.premise", "gate.elsewhere", "gate.of_others", "gate.unnamed", OFF_TOPIC_GATE)


def known(without: frozenset[str]) -> frozenset[str]:
    """Return the names of rules and gates to be left out, as they are.

    Raises:
        ConfigError: there is none of such a name; it lists those there are.
    """
    if wrong := sorted(without - set(SWITCHES)):
        raise ConfigError(f"there is no rule {', '.join(wrong)}: give some of {', '.join(SWITCHES)}")
    return without


def judge(case: Case) -> Verdict:
    """Judge an answer: by the first of the `GATES` that has something against it, else by how likely it holds what is asked."""
    for name, gate in GATES.items():
        if name not in case.without and (verdict := gate(case)):
            return replace(verdict, parts=verdict.parts | {"gate": name})
    verdict = _confidence(case)
    return replace(verdict, parts=verdict.parts | {"gate": "confidence"})


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


def doubted(verdict: Verdict, language: Language) -> Verdict:
    """Return the verdict where a chat model read the evidence and found no answer in it.

    A model's word alone takes nothing away, since small ones deny what is there and an article may order them to: what the
    rules call answered becomes partial, and its evidence is still shown. Where the rules miss something too, both agree that
    it is no answer. An answer that corrects the question stays: the evidence does not say what the question takes for given.
    """
    parts = {**verdict.parts, "reading": "no_answer"}
    if verdict.status == "partial":
        return Verdict("refused", stacked(say("nothing", language), verdict.reason), parts)
    return replace(verdict, status=verdict.status if verdict.lead else "partial", parts=parts)


def told(chosen: Sequence[Evidence]) -> list[Statement]:
    """Return chosen pieces as what they tell, under their headings."""
    return [Statement(evidence.sentence.text, about=evidence.heading, context=evidence.context) for evidence in chosen]


def objected(verdict: Verdict, disputed: Disputed, question: Question, language: Language) -> Verdict:
    """Return a verdict that says before the answer what the question takes for granted and the articles do not bear out."""
    parts = {**verdict.parts, "premise": disputed.claim, "rule": disputed.rule}
    return replace(verdict, parts=parts, lead=_objection(disputed.claim, question, language))


def _objection(disputed: str, question: Question, language: Language) -> str:
    """Say that the articles contradict the question, with its own words for it where what is disputed is one of them."""
    if language == "Latn" and not disputed.isascii():
        return say("premise", language)
    return say("premise_of", language, claim=disputed) if disputed in question.folded else say("premise", language)
