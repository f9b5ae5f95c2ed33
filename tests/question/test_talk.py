"""The talk before a question, as anyone may give it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgqa.errors import AnswerError
from dgqa.question.talk import turns_of

anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(max_size=5), st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(history=anything)
def test_any_history_is_pairs_of_texts_or_an_error_that_says_what_to_give(history: Any) -> None:
    try:
        turns = turns_of(history)
    except AnswerError as error:
        assert "give a list of (question, answer) pairs" in str(error)
        str(error).encode()
    else:
        assert all(isinstance(text, str) for turn in turns for text in turn)
        json.dumps(turns, ensure_ascii=False).encode()


def test_a_turn_that_cannot_be_written_is_still_told() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for turn in ([10**6_000, "答"], [deep, "答"], deep):
        with pytest.raises(AnswerError, match="turn 1 of the history is a list of"):
            turns_of([turn])
    assert turns_of([["问", "答"]]) == [("问", "答")]
