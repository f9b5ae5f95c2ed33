"""Scope: what tells an English question on government from one on anything else."""

import pytest

from dgqa.phrases import Language
from dgqa.scope import familiar, is_off_topic


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
    assert familiar(question) == words


def test_more_words_than_four_say_no_more() -> None:
    assert familiar("Which provinces, counties, officials, portals and platforms did Li Ming study in Guangdong and Zhejiang?") == 4


@pytest.mark.parametrize("question", ["表格里一共列了多少项？", "這兩篇文章有什麼不同？", "How many rows does the table have?"])
def test_a_question_about_the_articles_own_parts_is_off_topic_only_where_it_is_nearly_sure(question: str) -> None:
    language: Language = "Latn" if question.isascii() else "Hans"
    assert not is_off_topic(0.8, language, question) and is_off_topic(0.96, language, question)
    assert is_off_topic(0.8, language, "How is bread baked?")
