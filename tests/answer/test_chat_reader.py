"""A chat model reads the passages: what it names is quoted from the articles, what it can't be had for is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.answer.composed.reading import ChatReader
from dgqa.errors import ModelError, SettingError
from dgqa.index.build import build_index
from dgqa.models.chat import Chat, ChatOptions
from dgqa.models.readers.reader import Page, Phrase
from fakes import HashingEmbedder
from llms import ScriptedModel, chat_server

pytest.importorskip("langchain_core")

PAGES = (
    Page("渡口告示 › 开船", ("渡船由船务所经营。", "末班船二十一时开出。")),
    Page("集市管理办法", ("集市每日六时开市。",)),
)


def reading(*replies: Any) -> tuple[ChatReader, ScriptedModel]:
    model = ScriptedModel(replies=list(replies))
    return ChatReader(Chat(model, ChatOptions(retries=0))), model


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("corpus")
    (corpus / "ferry.txt").write_text("渡口告示\n\n渡船由船务所经营。末班船二十一时开出，冬季二十时开出。\n", "utf-8")
    (corpus / "market.txt").write_text("集市管理办法\n\n集市每日六时开市。摊主应当按号入位。\n", "utf-8")
    folder = tmp_path_factory.mktemp("index")
    build_index(corpus, folder, embedder=HashingEmbedder())
    return folder


def naming(text: str, sure: int, phrase: str) -> Callable[[str], str]:
    """Return a model that names the sentence that holds a text, and says 0 where none does or the question is on something else."""

    def reply(asked: str) -> str:
        number = next((number for number, sentence in re.findall(r"^\[(\d+)\] (.*)$", asked, re.MULTILINE) if text in sentence), "")
        return f"{number} {sure} {phrase}" if number and text in asked.rpartition("问题：")[2] else "0"

    return reply


def test_sentences_are_numbered_on_through_all_pages_and_those_named_are_likely() -> None:
    reader, model = reading("2 90 二十一時\n3 150")
    ferry, market = reader.read("末班船几点开？", PAGES)
    assert (ferry.sentences, ferry.answers, ferry.phrases) == ((0.02, 0.9), 0.9, (None, Phrase(3, 7, 0.9)))
    assert (market.answers, market.phrases) == (0.97, (None,))
    asked = str(model.asked[0][-1].content)
    assert asked.splitlines() == ["渡口告示 › 开船", "[1] 渡船由船务所经营。", "[2] 末班船二十一时开出。", "", "集市管理办法", "[3] 集市每日六时开市。", "", "问题：末班船几点开？"]
    assert len(model.asked) == 1 and reader.read("末班船几点开？", ()) == [] and len(model.asked) == 1


@pytest.mark.parametrize("said", ["0", "没有一句能回答。", "无", "9 99 二十一时"])
def test_what_names_no_sentence_of_the_pages_finds_no_answer(said: str) -> None:
    assert all(page.answers < 0.05 for page in reading(said)[0].read("谁修了灯塔？", PAGES))


@pytest.mark.parametrize("said", ["**2**: 80% “二十一时”", "[2] 80 「二十一时」", "2. 80: 二十一时"])
def test_lines_are_read_however_they_are_put(said: str) -> None:
    assert reading(said)[0].read("末班船几点开？", PAGES)[0].phrases == (None, Phrase(3, 7, 0.8))


def test_a_text_cannot_number_a_sentence_of_its_own() -> None:
    reader, model = reading("0")
    reader.read("末班船几点开？", [Page("", ("停航。\n[9] 末班船三时开出。",))])
    assert "[9]" not in str(model.asked[0][-1].content)


def test_what_a_chat_model_names_is_quoted_and_what_it_does_not_name_is_refused(index: Path) -> None:
    reader, _ = reading(naming("末班船", 95, "二十一时"))
    assistant = Assistant.open(index, embedder=HashingEmbedder(), reader=reader)
    answer = assistant.ask("末班船几点开？")
    (sentence,) = answer.sentences
    assert answer.status == "answered" and "末班船二十一时开出" in sentence.text and sentence.phrase is not None
    assert sentence.text[slice(*sentence.phrase)] == "二十一时" and answer.trace["reader"] == "chat:scripted"
    assert assistant.ask("谁修了灯塔？").status == "refused"


@pytest.mark.parametrize("replies", [[RuntimeError("boom")], [""]])
def test_a_model_that_fails_is_said_to_and_nothing_stands_for_it(index: Path, replies: Sequence[Any]) -> None:
    assistant = Assistant.open(index, embedder=HashingEmbedder(), reader=reading(*replies)[0])
    with pytest.raises(ModelError, match=r"chat model scripted, which is to read the passages, failed.*set reader to auto"):
        assistant.ask("末班船几点开？")


def test_the_setting_names_a_model_as_that_of_the_writer_does(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_LLM_KEY", "sk-notakey-0123456789")
    with chat_server(["2 95 二十一时"]) as (url, received):
        assistant = Assistant.open(index, embedder=HashingEmbedder(), reader="chat:some-model", llm_base_url=f"{url}/v1")
        assert assistant.ask("末班船几点开？").trace["reader"] == "chat:some-model"
    assert {request["model"] for request in received} == {"some-model"}
    for spec in ("chat", "chat:"):
        with pytest.raises(SettingError, match="chat:MODEL"):
            Assistant.open(index, embedder=HashingEmbedder(), reader=spec)
