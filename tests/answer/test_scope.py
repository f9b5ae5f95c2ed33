"""Scope: whether a question has to do with the corpus."""

import pytest

from dgqa.answer.confidence import is_off_topic, speaks_of_text
from dgqa.language.reading import Text
from dgqa.search.ranking import Signals
from dgqa.search.retriever import Retrieval


def searched(*, cosine: float, late: float, source: tuple[str, ...] = ()) -> Retrieval:
    return Retrieval((), Signals(cosine, 0.1, late), ("一", "二"), (), {}, source=source)


@pytest.mark.parametrize("question", ["表格里一共列了多少项？", "這兩篇文章有什麼不同？"])
def test_a_question_about_the_articles_own_parts_is_less_likely_off_topic(question: str) -> None:
    near = searched(cosine=0.86, late=0.82)
    assert speaks_of_text(near, Text(question)) and not is_off_topic(near, Text(question))
    assert is_off_topic(near, Text("鸡蛋有多少个？"))


def test_a_question_that_names_an_article_speaks_of_it() -> None:
    assert speaks_of_text(searched(cosine=0.8, late=0.8, source=("某某综述",)), Text("某某怎么说？"))
    assert not speaks_of_text(searched(cosine=0.8, late=0.8), Text("某某怎么说？"))
