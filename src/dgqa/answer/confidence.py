"""How likely an answer holds what was asked: one calibrated probability over what a reader made of everything found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from dgqa.answer.excerpts import Chosen, logit
from dgqa.data import table
from dgqa.language.reading import Text
from dgqa.language.text import squeezed
from dgqa.language.values import Date, stands_for
from dgqa.question.entities import EntityKind, names
from dgqa.question.parsing import Question
from dgqa.types import Hit

Strictness = Literal["lenient", "balanced", "strict"]
Zone = Literal["answered", "partial", "refused"]
FEATURES = ("answers", "sentence", "second", "phrase", "english", "absent", "elsewhere", "covered", "unseen")
_SHARPEST = 6.0  # logit above which a probability says no more


def features(chosen: Chosen, question: Question) -> list[float]:
    """Return what the probability is worked out from, in the order of `FEATURES`.

    ``answers`` and ``second`` are the logits of the two likeliest passages, ``sentence`` that of the likeliest sentence,
    ``phrase`` the score of the short answer in it; ``english`` tells the question's language. ``absent`` counts the years and
    titles of the question that no passage found has; ``elsewhere`` those years of which a passage found has another in their
    place. ``covered`` and ``unseen`` tell how much of a Chinese question the corpus speaks of at all, see `Chosen`.
    """
    readings = [reading for _, reading in chosen.read]
    best = readings[0]
    place = max(range(len(best.sentences)), key=lambda at: best.sentences[at])
    phrase = best.phrases[place]
    missing, elsewhere = absent(question, [hit for hit, _ in chosen.read])
    named = [thing for thing in missing if thing not in question.toponyms]  # a corpus of one place need not name it
    return [
        _logit(best.answers),
        _logit(best.sentences[place]),
        _logit(readings[1].answers) if len(readings) > 1 else -_SHARPEST,
        phrase.score if phrase else 0.0,
        float(question.english),
        float(min(len(named), 2)),
        float(min(len(elsewhere), 2)),
        chosen.covered,
        chosen.unseen,
    ]


def confidence(values: Sequence[float]) -> float:
    """Return the probability, in 0..1, that an answer with these `features` holds what was asked."""
    bias, *weights = table("weights")["confidence"]["weights"]
    return 1 / (1 + math.exp(-(bias + sum(weight * value for weight, value in zip(weights, values, strict=True)))))


def zone(probability: float, strictness: Strictness) -> Zone:
    """Return what an answer of this probability is: given, shown as one that may not answer, or refused."""
    low, high = table("weights")["confidence"]["borders"][strictness]
    return "answered" if probability >= high else "partial" if probability >= low else "refused"


def absent(question: Question, hits: Sequence[Hit]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the years, titles and places of the question that no passage found has, and those years of which the first has another in their place."""
    around = [Text("\n".join((hit.passage.title, hit.passage.section, hit.passage.text, hit.passage.date))) for hit in hits]
    held = "\n".join(squeezed(text.text) for text in around)
    dates = [date.surface for date in question.dates if not any(stands_for(date, value) for text in around for value in text.values)]
    called = [squeezed(hit.passage.title) for hit in hits]
    titles = [f"《{title}》" for title in question.titles if squeezed(title) not in held and not any(shortens(title, one) for one in called)]
    places = [place for place in question.toponyms if not any(place in text.places for text in around)]
    others = around and any(isinstance(value, Date) and value.year for value in around[0].values)
    return (*dates, *titles, *places), tuple(dates) if others else ()


def unheard_of(question: Question, hits: Sequence[Hit], *kinds: EntityKind) -> tuple[str, ...]:
    """Return what a question names of some kinds, such as apps and platforms, and no passage found does: what is told of another is no answer."""
    wanted = [entity for entity in question.entities if entity.kind in kinds]
    around = [Text("\n".join((hit.passage.title, hit.passage.section, hit.passage.text))) for hit in hits] if wanted else []
    return tuple(entity.name for entity in wanted if not any(names(text, entity) for text in around))


def shortens(name: str, title: str) -> bool:
    """Whether a title is named with parts left out, and nothing else in their place: 《省域观察》 is not 县域观察."""
    whole = iter(squeezed(title))
    return all(char in whole for char in squeezed(name))


def _logit(probability: float) -> float:
    return max(-_SHARPEST, min(_SHARPEST, logit(probability)))
