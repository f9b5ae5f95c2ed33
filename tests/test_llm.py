"""Opening chat models: names, servers, keys, and errors that say what to do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from dgqa.errors import ConfigError, ModelError
from dgqa.llm import label_of, open_chat_model, reason_of, redact
from llms import ScriptedModel, StatusError


def test_a_chat_model_is_taken_as_it_is() -> None:
    model = ScriptedModel(replies=[""])
    assert open_chat_model(model) is model and label_of(model) == "scripted"


@pytest.mark.parametrize(
    ("spec", "label"),
    [("local", "local:qwen2.5-coder-1.5b"), ("local:/models/x.gguf", "local:x.gguf"), ("openai:gpt-x", "openai:gpt-x"), (" qwen ", "qwen")],
)
def test_a_label_names_the_model(spec: str, label: str) -> None:
    assert label_of(spec) == label


def test_the_local_model_is_never_fetched_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ModelError, match=r"dgqa models fetch qwen2\.5-coder-1\.5b"):
        open_chat_model("local")
    assert not (tmp_path / "cache").exists()
    with pytest.raises(ModelError, match="no model at"):
        open_chat_model(f"local:{tmp_path / 'none.gguf'}")


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelError, match=r"dgqa\[local\]"):
        open_chat_model(f"local:{tmp_path / 'x.gguf'}")
    monkeypatch.setitem(sys.modules, "langchain_ollama", None)
    with pytest.raises(ModelError, match=r"dgqa\[ollama\]"):
        open_chat_model("ollama:qwen")


def test_a_missing_key_and_an_unknown_provider_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="openai:gpt-x cannot be opened"):
        open_chat_model("openai:gpt-x")
    with pytest.raises(ModelError, match="nowhere:x"):
        open_chat_model("nowhere:x")
    with pytest.raises(ConfigError, match="llm is a int"):
        open_chat_model(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x/", "http://", "http://user:secret99@host/v1", "http://host/v1?key=secret99"])
def test_an_address_that_cannot_be_used_is_an_error_without_what_it_holds(url: str) -> None:
    with pytest.raises(ConfigError, match="llm_base_url") as caught:
        open_chat_model("openai:m", base_url=url)
    assert "secret99" not in str(caught.value)


def test_offline_only_what_runs_here_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_OFFLINE", "1")
    with pytest.raises(ConfigError, match="DGQA_OFFLINE forbids"):
        open_chat_model("openai:gpt-x")
    with pytest.raises(ConfigError, match="DGQA_OFFLINE forbids"):
        open_chat_model("m", base_url="https://api.example.com/v1")
    assert open_chat_model("m", base_url="http://127.0.0.1:9/v1")._llm_type == "openai-chat"


def test_options_reach_the_provider() -> None:
    model: Any = open_chat_model("m", base_url="http://127.0.0.1:9/v1", timeout=7, max_retries=3, temperature=0.5)
    assert (model.request_timeout, model.max_retries, model.temperature, model.model_name) == (7, 3, 0.5, "m")
    reasoning: Any = open_chat_model("openai:o3", base_url="http://127.0.0.1:9/v1")
    assert reasoning.temperature is None


def test_keys_are_redacted_by_their_value_and_by_their_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "abcdef123456")
    assert redact("a abcdef123456 b sk-0123456789abc c Bearer xyz d http://me:pw@host") == "a … b … c Bearer … d http://…@host"


def chained() -> Exception:
    error = RuntimeError("outer")
    error.__cause__ = TimeoutError()
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StatusError(429), "rate_limit"),
        (StatusError(403), "unauthorized"),
        (StatusError(504), "timeout"),
        (StatusError(502), "server_error"),
        (StatusError(400), "error"),
        (chained(), "timeout"),
        (ConnectionRefusedError(), "unreachable"),
        (ConnectionResetError(), "cut_stream"),
        (KeyError("choices"), "malformed"),
        (MemoryError(), "error"),
    ],
)
def test_a_failure_has_a_reason_of_one_word(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
