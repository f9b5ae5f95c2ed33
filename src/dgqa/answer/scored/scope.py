"""What a search found in; the probability that the question has nothing to do with the corpus out."""

from __future__ import annotations

import math
import re

from dgqa.data import table
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.glossary import load_glossary
from dgqa.language.names import names_chinese_person
from dgqa.language.reading import Text
from dgqa.messages import Language
from dgqa.search.retriever import Retrieval

# Cosines of another model lie elsewhere, so the weights of data/weights.toml hold for this one alone.
CALIBRATED_MODEL = "multilingual-e5-small"
# From these probabilities on a question is refused. By cross-validation that refuses 0.97 of the Chinese and 0.96 of the
# English questions on other worlds (many of the latter on government and history), and 0.00 and 0.01 of those in scope.
OFF_TOPIC = {"Hans": 0.8, "Hant": 0.8, "Latn": 0.7}
# Which words are familiar is known for articles on government alone. Of questions on a corpus of another field, cosine and
# late interaction decide, so that few are refused: 0.04 of those in scope, and two thirds of those off the topic.
OFF_TOPIC_ELSEWHERE = 0.8
_FIELD_WORD = "政府"
_FIELD_SHARE = 0.1  # of the passages of a corpus on government at least this share has that word
# A question about the articles' own tables and parts shares few words with what they say.
_OF_TEXT = re.compile(
    r"(?:这|這|那|本|该|該|全|两|兩|几|幾)篇?文|论文|論文|文章|综述|綜述|表格|[图圖]表|[表图圖]\s?\d|表(?:里|裡|中)|附录|附錄|参考文献|參考文獻"
    r"|\b(?:articles?|papers?|tables?|appendix|references|footnotes?)\b",
    re.IGNORECASE,
)

# What an English question on government, its data and its platforms, or on articles about them, speaks of. Its cosines to
# Chinese sentences tell little: a short question on a county lies no nearer to them than one on a general.
_FIELD = re.compile(
    r"\b(?:digit(?:al|i[sz]\w+)|online|e-government|government\w*|governance|governing|administrati\w+|reform\w*|transformation|polic(?:y|ies)|state council|plenary|plenum"
    r"|provinc\w+|count(?:y|ies)|prefectur\w*|municipal\w*|bureaus?|officials?|procurator\w*|prosecutors?|discipline|supervision|licen[cs]es?|permits?|approvals?|hotlines?"
    r"|portals?|platforms?|websites?|one-stop|data|apps?|public services?|pilots?|sharing|smart|cloud|algorithm\w*|artificial intelligence|ai|large[- ]models?|informati[sz]ation|interoperab\w*|citizens?"
    r"|articles?|papers?|reviews?|authors?|pieces?|essay|framework|scholars?|researchers?|stud(?:y|ies)|theor(?:y|ies)|chin(?:a|ese))\b"
)
_MOST = 4  # familiar words above which more say no more


def features(found: Retrieval, language: Language, question: Text) -> tuple[float, float, float, float, float]:
    """Return what the probability is worked out from.

    In both languages cosine, late interaction, the share of the question's words that the corpus never has, and whether it
    speaks of an article, a table or a part of one; of a Chinese question coverage too, of an English one how many words
    it has that are familiar here.
    """
    cosine, coverage, late = found.signals
    share = unseen_share(found)
    of_text = float(speaks_of_text(found, question))
    return (cosine, late, share, float(familiar(question)), of_text) if language == "Latn" else (cosine, coverage, late, share, of_text)


def unseen_share(found: Retrieval) -> float:
    """Return the share of a question's words that no passage of the corpus has."""
    words, unseen = ({token for token in tokens if "\u0001" not in token} for tokens in (found.tokens, found.unseen))
    return len(unseen) / max(1, len(words))


def speaks_of_text(found: Retrieval, question: Text) -> bool:
    """Whether a question names an article, asks about one, or speaks of a table or another part of one."""
    return bool(found.source or found.about or found.placed is not None or _OF_TEXT.search(question.text))


def familiar(question: Text) -> int:
    """Count the words of an English question that belong to the field: terms, places, and names of people in China twice."""
    terms = min(2, len(load_glossary().chinese(question)))
    field = min(3, len(set(_FIELD.findall(question.text.lower()))))
    return min(_MOST, terms + field + 2 * names_chinese_person(question.text))


def of_field(index: SearchBackend) -> bool:
    """Whether the articles of an index are on government, which the words of an English question are measured by."""
    return index.frequencies([_FIELD_WORD])[_FIELD_WORD] >= _FIELD_SHARE * index.passage_count


def off_topic_probability(found: Retrieval, language: Language, question: Text, *, field: bool = True) -> float:
    """Return the probability, in 0..1, by a logistic model for Chinese and one for English.

    ``field`` tells whether the corpus is on government, see `of_field`.
    """
    bias, *weights = table("weights")["off_topic"]["Hans" if language != "Latn" else "Latn" if field else "elsewhere"]
    return 1 / (1 + math.exp(-(bias + sum(w * x for w, x in zip(weights, features(found, language, question), strict=True)))))


def is_off_topic(probability: float, language: Language, *, field: bool = True) -> bool:
    """Whether a question with this probability is taken to have nothing to do with the corpus."""
    return probability >= (OFF_TOPIC[language] if field or language != "Latn" else OFF_TOPIC_ELSEWHERE)
