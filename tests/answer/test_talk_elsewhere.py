"""A question on what no article speaks of takes nothing from the talk before it."""


import pytest

from dgqa.answer.assistant import Assistant
from dgqa.index.build import build_index
from dgqa.search.retriever import Retriever
from fakes import HashingEmbedder

BEFORE = [("平台由谁建设？", "平台由省里建设。")]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("talk")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.txt").write_text("平台由省里建设，由市里管理。平台在县里试点两年。\n", "utf-8")
    embedder = HashingEmbedder()
    build_index(folder / "corpus", folder / "index", embedder=embedder)
    return Assistant(Retriever.open(folder / "index", embedder=embedder))


@pytest.mark.parametrize("question", ["怎么做糖醋排骨？", "怎樣訓練牧羊犬"])
def test_what_no_article_has_a_word_of_is_asked_alone(assistant: Assistant, question: str) -> None:
    assert "standalone" not in assistant.ask(question, history=BEFORE).trace


@pytest.mark.parametrize("question", ["由谁管理？", "为什么？"])
def test_what_goes_on_with_the_talk_still_does(assistant: Assistant, question: str) -> None:
    assert "平台" in assistant.ask(question, history=BEFORE).trace["standalone"]


@pytest.mark.parametrize("question", ["请用繁体中文再回答一次", "用英文说一遍"])
def test_what_only_says_how_to_say_it_goes_on_with_the_talk_though_no_article_has_its_words(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question, history=BEFORE).trace["standalone"] == BEFORE[0][0]
