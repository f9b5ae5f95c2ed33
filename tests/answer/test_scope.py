"""Scope: what tells an English question on government from one on anything else."""

import pytest

from dgqa.answer.scored.scope import familiar, is_off_topic, off_topic_probability, speaks_of_text
from dgqa.language.reading import Text
from dgqa.messages import Language
from dgqa.search.ranking import Signals
from dgqa.search.retriever import Retrieval


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many counties does the platform cover?", 2),
        ("Where does Li Ming work?", 2),  # a name as it is spelled in China counts twice
        ("Who scored the winning goal last night?", 0),
        ("How do I reverse a linked list in Python?", 0),
    ],
)
def test_words_of_the_field_and_chinese_names_are_familiar(question: str, words: int) -> None:
    assert familiar(Text(question)) == words


def test_more_words_than_four_say_no_more() -> None:
    assert familiar(Text("Which provinces, counties, officials, portals and platforms did Li Ming study in Guangdong and Zhejiang?")) == 4


def searched(*, cosine: float, late: float, source: tuple[str, ...] = ()) -> Retrieval:
    return Retrieval((), Signals(cosine, 0.1, late), ("一", "二"), (), {}, source=source)


@pytest.mark.parametrize("question", ["表格里一共列了多少项？", "這兩篇文章有什麼不同？", "How many rows does the table have?"])
def test_a_question_about_the_articles_own_parts_is_less_likely_off_topic(question: str) -> None:
    language: Language = "Latn" if question.isascii() else "Hans"
    found = searched(cosine=0.87, late=0.80)
    assert speaks_of_text(found, Text(question))
    assert off_topic_probability(found, language, Text(question)) < off_topic_probability(found, language, Text("How many eggs?" if question.isascii() else "鸡蛋有多少个？"))


def test_a_question_that_names_an_article_speaks_of_it() -> None:
    assert speaks_of_text(searched(cosine=0.8, late=0.8, source=("某某综述",)), Text("某某怎么说？"))
    assert not speaks_of_text(searched(cosine=0.8, late=0.8), Text("某某怎么说？"))


def test_a_question_is_refused_from_its_languages_threshold_on() -> None:
    assert is_off_topic(0.8, "Hant") and not is_off_topic(0.79, "Hans")
    assert is_off_topic(0.7, "Latn") and not is_off_topic(0.69, "Latn")


def test_on_a_corpus_of_another_field_familiar_words_say_nothing() -> None:
    found = searched(cosine=0.8, late=0.75)
    field, other = Text("How many counties does the platform cover?"), Text("How many eggs does the farm sell?")
    assert off_topic_probability(found, "Latn", field, field=False) == off_topic_probability(found, "Latn", other, field=False)
    assert off_topic_probability(found, "Latn", field) < off_topic_probability(found, "Latn", other)
    assert is_off_topic(0.8, "Latn", field=False) and not is_off_topic(0.79, "Latn", field=False)
