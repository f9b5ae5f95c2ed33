"""Each provider's own package against a small server that speaks its protocol: answers, failures, and keys that stay where they are."""

from __future__ import annotations

import importlib.util
import json
import logging
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import dgqa
from dgqa.answer.assistant import Assistant
from dgqa.models.chat import ChatOptions, open_chat_model
from dgqa.types import Answer
from fakes import HashingEmbedder
from llms import chat_server

TOWNS = "# 观察\n\n县级单位的网络覆盖率达到99.2%。\n\n乡镇单位的网络覆盖率达到88.5%。\n"
QUESTION = "乡镇单位的网络覆盖率是多少？"
TRUE = "乡镇单位的网络覆盖率达到了88.5%。"
LIE = "乡镇单位的网络覆盖率达到了95.5%。"
KEY = "sk-verysecret-0123456789"


@dataclass(frozen=True, slots=True)
class Provider:
    name: str
    path: str  # of a request
    variable: str  # that holds its own key; "" where none is sent


PROVIDERS = (
    Provider("openai", "/v1/chat/completions", "OPENAI_API_KEY"),
    Provider("anthropic", "/v1/messages", "ANTHROPIC_API_KEY"),
    Provider("ollama", "/api/chat", ""),
)


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.param
    if importlib.util.find_spec(f"langchain_{found.name}") is None:
        pytest.skip(f"the extra {found.name} is not installed")
    return found


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Answers without a model."""
    folder: Path = tmp_path_factory.mktemp("providers")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "towns.md").write_text(TOWNS, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Assistant.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.retriever.index.close()


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY", "OLLAMA_HOST"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DGQA_LLM_KEY", KEY)


def through(own: Assistant, provider: Provider, url: str, *, timeout: float = 20, retries: int = 0) -> Assistant:
    return Assistant(own.retriever, llm=f"{provider.name}:m", options=ChatOptions(base_url=url, timeout=timeout, retries=retries, profile="strong", verify="off"))


def sent(request: dict[str, Any]) -> str:
    """Return the key that came with a request, in whichever header."""
    return str(request["key"] or "").removeprefix("Bearer ")


def test_an_answer_is_streamed_and_checked(own: Assistant, provider: Provider) -> None:
    other = "县级单位的网络覆盖率达到99.2%。"
    with chat_server([f"{LIE}[1]{TRUE}[2]{other}[1]"], provider.name) as (url, received):
        parts = list(through(own, provider, url).stream(QUESTION))
    assert [[sentence.text for sentence in part.sentences] for part in parts] == [[TRUE], [TRUE, other]]
    assert (parts[-1].trace["mode"], parts[-1].trace["llm"], len(parts[-1].trace["withheld"])) == ("composed", f"{provider.name}:m", 1)
    (request,) = received
    assert (request["path"], request["model"], request["stream"]) == (provider.path, "m", True)
    assert sent(request) == (KEY if provider.variable else "")
    # Anthropic's protocol has a place of its own for what the system says.
    said = json.dumps([request["messages"], request.get("system", "")], ensure_ascii=False)
    assert "88.5%" in said and "只写证据里说了的事" in said


def test_a_provider_is_asked_with_temperature_nought_and_a_whole_answer_is_the_streams_text(provider: Provider) -> None:
    with chat_server([TRUE], provider.name) as (url, received):
        model = open_chat_model(f"{provider.name}:m", base_url=url, timeout=20, max_retries=0)
        assert "".join(chunk.text for chunk in model.stream("问")) == TRUE
    (request,) = received
    assert request.get("temperature", request.get("options", {}).get("temperature")) == 0


@pytest.mark.parametrize(
    ("reply", "reason"),
    [(401, "unauthorized"), (403, "unauthorized"), (429, "rate_limit"), (404, "wrong_address"), (500, "server_error"), (503, "overloaded"), ("", "empty"), (("cut", TRUE), "cut_stream")],
)
def test_a_failure_gives_the_articles_own_sentences_with_the_reason(own: Assistant, provider: Provider, reply: Any, reason: str) -> None:
    with chat_server([reply], provider.name) as (url, _):
        answer = through(own, provider, url).ask(QUESTION)
    assert (answer.trace["mode"], answer.trace["fallback"]) == ("extractive", reason)
    assert answer.sentences == own.ask(QUESTION).sentences and answer.reason.endswith("以上是文献原句。）")


@pytest.mark.parametrize("sent", [b"<html>not this</html>", b"data: {oops\n\n", b"{}\n", b"\xff\xfe\n"])
def test_a_server_of_another_kind_gives_the_articles_own_sentences(own: Assistant, provider: Provider, sent: bytes) -> None:
    with chat_server([("raw", sent)], provider.name) as (url, _):
        answer = through(own, provider, url).ask(QUESTION)
    assert answer.trace["mode"] == "extractive" and answer.trace["fallback"] in ("malformed", "empty", "error", "cut_stream")
    assert answer.sentences == own.ask(QUESTION).sentences


def test_a_server_that_hangs_or_is_not_there_gives_the_articles_own_sentences(own: Assistant, provider: Provider) -> None:
    with chat_server([("hang", 3)], provider.name) as (url, _):
        hung = through(own, provider, url, timeout=0.3).ask(QUESTION)
    gone = through(own, provider, url).ask(QUESTION)
    assert (hung.trace["fallback"], gone.trace["fallback"]) == ("timeout", "unreachable")


def test_what_may_pass_is_tried_again(own: Assistant, provider: Provider) -> None:
    with chat_server([429, f"{TRUE}[1]"], provider.name) as (url, received):
        answer = through(own, provider, url, retries=1).ask(QUESTION)
    assert answer.trace["mode"] == "composed" and len(received) == 2


def test_a_key_is_in_no_answer_no_log_no_repr_and_no_error(own: Assistant, provider: Provider, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    if provider.variable:
        monkeypatch.setenv(provider.variable, f"{KEY}-its-own")
    answers: list[Answer] = []
    with caplog.at_level(logging.DEBUG):
        for reply in (401, 500, 400, f"{TRUE}[1]", ("raw", KEY.encode())):
            with chat_server([reply], provider.name) as (url, received):
                remote = through(own, provider, url)
                answers.append(remote.ask(QUESTION))
                assert sent(received[0]) == (KEY if provider.variable else "")
    chat = remote._chat
    assert chat is not None
    said = json.dumps([answer.to_dict() for answer in answers]) + repr(answers) + repr(remote) + repr(vars(remote)) + repr(vars(chat)) + repr(chat.model()) + str(chat.model())
    said += "\n".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    assert answers[3].trace["mode"] == "composed" and "verysecret" not in said
    assert b"verysecret" not in pickle.dumps(answers)
