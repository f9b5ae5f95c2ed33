"""Scope: what tells an English question on government from one on anything else."""

import pytest

from dgqa.scope import familiar


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
