"""Work out how likely an answer holds what was asked, as one calibrated probability, and how far the corpus speaks of it at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from dgqa.answer.excerpts import Chosen, logit
from dgqa.answer.features import FeatureReader
from dgqa.data import table
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.places import WRITING_TRADITIONAL, related
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, detect_script, in_order, search_tokens, squeezed, whole_words
from dgqa.language.values import Date, stands_for
from dgqa.models.readers.reader import sigmoid
from dgqa.question.entities import EntityKind, names
from dgqa.question.matching import fills
from dgqa.question.parsing import Question
from dgqa.question.references import more_of_the_same
from dgqa.search.retriever import Retrieval
from dgqa.search.titles import known_as
from dgqa.types import Hit, Status

Strictness = Literal["lenient", "balanced", "strict"]
FEATURES = ("answers", "sentence", "second", "phrase", "english", "absent", "elsewhere", "covered", "unseen", "value")
OFF_TOPIC = 0.8  # probability from which on a Chinese question is taken to have nothing to do with the corpus
_FIELD_WORD = "政府"
_FIELD_SHARE = 0.1  # of the passages of a corpus on government at least this share has that word
# A question about the articles' own tables and parts shares few words with what they say.
_OF_TEXT = re.compile(
    r"(?:这|這|那|本|该|該|全|两|兩|几|幾)篇?文|论文|論文|文章|综述|綜述|表格|[图圖]表|[表图圖]\s?\d|表(?:里|裡|中)|附录|附錄|参考文献|參考文獻"
    r"|\b(?:articles?|papers?|tables?|appendix|references|footnotes?)\b",
    re.IGNORECASE,
)
_SHARPEST = 6.0  # logit above which a probability says no more


def features(chosen: Chosen, question: Question) -> list[float]:
    """Return what the probability is worked out from, in the order of `FEATURES`.

    ``answers`` and ``second`` are the logits of the two likeliest passages, ``sentence`` that of the likeliest sentence,
    ``phrase`` the score of the short answer in it; ``english`` tells the question's language. ``absent`` counts the years and
    titles of the question that no passage found has; ``elsewhere`` those years of which a passage found has another in their
    place. ``covered`` and ``unseen`` tell how much of the question the corpus speaks of at all, see `Chosen`; ``value``
    is 1 where a number, a date or a sum is asked for, which what is alike often doesn't have, and 2 where no excerpt has one.
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
        float(bool(question.wants)) + (not any(fills(question, Text(evidence.sentence.text)) for evidence in chosen.evidence)),
    ]


def _fitted(reader: str) -> dict[str, Any]:
    """Return what was fitted to a reader; the built-in one stands for those that nothing was fitted to."""
    fitted: dict[str, Any] = table("weights")["confidence_by_features" if reader == FeatureReader.name else "confidence"]
    return fitted


def confidence(values: Sequence[float], reader: str = "") -> float:
    """Return the probability, in 0..1, that an answer with these `features`, read by a reader of that name, holds what was asked."""
    return _logistic(_fitted(reader)["weights"], values)


def zone(probability: float, strictness: Strictness, reader: str = "") -> Status:
    """Return what an answer of this probability is: given, shown as one that may not answer, or refused."""
    low, high = _fitted(reader)["borders"][strictness]
    return "answered" if probability >= high else "partial" if probability >= low else "refused"


def absent(question: Question, hits: Sequence[Hit]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the years, titles and places of the question that no passage found has, and those years of which the first has another in their place."""
    around = [Text("\n".join((known_as(hit.passage.title, hit.passage.path), hit.passage.section, hit.passage.text, hit.passage.date))) for hit in hits]
    held = "\n".join(squeezed(text.text) for text in around)
    dates = [date.surface for date in question.dates if not any(stands_for(date, value) for text in around for value in text.values)]
    called = [squeezed(hit.passage.title) for hit in hits]
    titles = [f"《{title}》" for title in question.titles if squeezed(title) not in held and not any(shortens(title, one) for one in called)]
    places = [place for place in question.toponyms if not any(place in text.places for text in around)]
    # What is written there need not say so: a law of Taiwan has no word of Taiwan.
    if hits and detect_script(hits[0].passage.text) == "Hant":
        places = [place for place in places if place not in WRITING_TRADITIONAL or not all(related(place, other) for other in around[0].places)]
    others = dates and around and any(isinstance(value, Date) and value.year for value in around[0].values)
    return (*dates, *titles, *places), tuple(dates) if others else ()


def unheard_of(question: Question, hits: Sequence[Hit], *kinds: EntityKind) -> tuple[str, ...]:
    """Return what a question names of some kinds, such as apps and platforms, and no passage found does: what is told of another is no answer."""
    wanted = [entity for entity in question.entities if entity.kind in kinds]
    around = [Text("\n".join((known_as(hit.passage.title, hit.passage.path), hit.passage.section, hit.passage.text))) for hit in hits] if wanted else []
    return tuple(entity.name for entity in wanted if not any(names(text, entity) for text in around))


def shortens(name: str, title: str) -> bool:
    """Whether a title is named with parts left out, and nothing else in their place: 《省域观察》 is not 县域观察."""
    return in_order(squeezed(name), squeezed(title))


def unseen_share(found: Retrieval) -> float:
    """Return the share of a question's words that no passage of the corpus has."""
    return len(whole_words(found.unseen)) / max(1, len(whole_words(found.tokens)))


def is_foreign(question: Question, index: SearchBackend) -> bool:
    """Whether most of what a Chinese question says is in no article: it starts on something else than the talk before it."""
    if question.english or more_of_the_same(question):
        return False
    said = [token for token in whole_words(search_tokens(question.text, index.words)) if len(token) > 1 and token not in FUNCTION_WORDS]
    return 2 * list(index.frequencies(said).values()).count(0) > len(said)


def speaks_of_text(found: Retrieval, question: Text) -> bool:
    """Whether a question names an article, asks about one, or speaks of a table or another part of one."""
    return bool(found.source or found.about or found.placed is not None or _OF_TEXT.search(question.text))


def of_field(index: SearchBackend) -> bool:
    """Whether the articles of an index are on government, which greetings and refusals then point to."""
    return index.frequencies([_FIELD_WORD])[_FIELD_WORD] >= _FIELD_SHARE * index.passage_count


def fit_to_corpus(found: Retrieval, question: Text) -> tuple[float, ...]:
    """Return what `is_off_topic` goes by: cosine, coverage and late interaction, the share of words that no passage has, whether the question speaks of an article or a part of one."""
    return *found.signals, unseen_share(found), float(speaks_of_text(found, question))


def is_off_topic(found: Retrieval, question: Text) -> bool:
    """Whether a Chinese question is taken to have nothing to do with the corpus; the weights hold for the built-in model alone."""
    return _logistic(table("weights")["off_topic"]["Hans"], fit_to_corpus(found, question)) >= OFF_TOPIC


def _logistic(fitted: Sequence[float], values: Sequence[float]) -> float:
    """Return a probability by the bias and the weights that were fitted for some values."""
    bias, *weights = fitted
    return sigmoid(bias + sum(weight * value for weight, value in zip(weights, values, strict=True)))


def _logit(probability: float) -> float:
    return max(-_SHARPEST, min(_SHARPEST, logit(probability)))
