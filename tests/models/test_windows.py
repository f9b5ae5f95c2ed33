"""What a trained model reads: a question, or a claim, and a page as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from dgqa.models.e5.tokens import Tokens, Vocabulary
from dgqa.models.readers.windows import MAX_TOKENS, Page, windows

PAGE = Page("渡口 › 票价", ("票价两元。", "学生半价。"))


class Characters:
    """A vocabulary of characters."""

    def cut(self, texts: Sequence[str]) -> list[Tokens]:
        return [Tokens([ord(char) for char in text], [(at, at + 1) for at in range(len(text))]) for text in texts]


CHARACTERS = cast(Vocabulary, Characters())


def test_a_question_is_read_alike_in_either_script_with_the_marks_that_go_with_it() -> None:
    assert windows(CHARACTERS, "「末班船」幾點開？", PAGE) == windows(CHARACTERS, "“末班船”几点开？", PAGE)


def test_every_sentence_is_told_with_its_tokens_and_their_characters() -> None:
    (window,) = windows(CHARACTERS, "多少钱？", PAGE)
    for number, begin, end in window.sentences:
        assert "".join(map(chr, window.ids[begin:end])) == PAGE.sentences[number]
    assert window.offsets == tuple((at, at + 1) for text in PAGE.sentences for at in range(len(text)))


def test_a_long_page_is_cut_between_sentences_and_nothing_of_it_is_lost() -> None:
    long = Page("渡口", tuple(f"第{number}条，{'票' * 60}。" for number in range(9)))
    made = windows(CHARACTERS, "多少钱？", long)
    assert len(made) > 1 and all(len(window.ids) <= MAX_TOKENS for window in made)
    assert [number for window in made for number, _, _ in window.sentences] == list(range(9))
