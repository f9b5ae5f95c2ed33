"""Opening chat models: names, servers, keys, and errors that say what to do."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dgqa.errors import ConfigError, ModelError
from dgqa.models.chat import label_of, open_chat_model, redact
from dgqa.models.failures import reason_of
from llms import ScriptedModel, StatusError


def test_a_chat_model_is_taken_as_it_is() -> None:
    model = ScriptedModel(replies=[""])
    assert open_chat_model(model) is model and label_of(model) == "scripted"


@pytest.mark.parametrize(
    ("spec", "label"),
    [("local", "local:qwen2.5-coder-1.5b"), ("LOCAL:", "local:qwen2.5-coder-1.5b"), ("local:/models/x.gguf", "local:x.gguf"), ("openai:gpt-x", "openai:gpt-x"), (" qwen ", "qwen")],
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


def test_a_missing_package_of_a_provider_names_the_extra() -> None:
    # In a process of its own: LangChain keeps what it has once imported.
    code = """
import sys
from dgqa.errors import ModelError
from dgqa.models.chat import open_chat_model
for name in ("openai", "anthropic", "ollama"):
    sys.modules[f"langchain_{name}"] = None
    try:
        open_chat_model(f"{name}:m")
    except ModelError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    lines = done.stdout.splitlines()
    assert len(lines) == 3 and all(f"pip install 'dgqa[{name}]'" in line for name, line in zip(("openai", "anthropic", "ollama"), lines, strict=True))


def test_a_missing_package_of_another_provider_is_named() -> None:
    if importlib.util.find_spec("langchain_groq") is not None:
        pytest.skip("the package is installed here")
    with pytest.raises(ModelError, match="pip install langchain-groq"):
        open_chat_model("groq:x")


@pytest.mark.parametrize(("spec", "variable"), [("openai:gpt-x", "OPENAI_API_KEY"), ("gpt-4o", "OPENAI_API_KEY"), ("anthropic:x", "ANTHROPIC_API_KEY"), ("claude-x", "ANTHROPIC_API_KEY")])
def test_a_missing_key_is_named_by_its_variable(spec: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError, match=f"{spec} needs a key: set {variable}") as caught:
        open_chat_model(spec)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", ["bogus", "bogus:x", "openai:", "ollama:", "local-model", ":x", "", "groq"])
def test_a_name_that_is_none_is_an_error_that_lists_what_there_is(spec: str) -> None:
    with pytest.raises(ConfigError, match=f"llm is '{spec}'") as caught:
        open_chat_model(spec)
    said = str(caught.value)
    assert all(kind in said for kind in ("local:FILE.gguf", "openai:MODEL", "anthropic:MODEL", "ollama:MODEL", "llm_base_url")) and "\n" not in said


def test_a_provider_alone_is_an_error_with_the_form_that_it_takes() -> None:
    for provider in ("openai", "anthropic", "ollama"):
        with pytest.raises(ConfigError, match=f"give {provider}:MODEL"):
            open_chat_model(provider)
    with pytest.raises(ConfigError, match="llm is a int"):
        open_chat_model(3)  # type: ignore[arg-type]


def test_a_file_that_is_no_model_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match=r"x\.gguf is no GGUF file"):
        open_chat_model(f"local:{tmp_path / 'x.gguf'}")


def test_a_name_with_a_colon_of_its_own_is_a_model_of_the_server() -> None:
    model: Any = open_chat_model("qwen2.5:7b", base_url="http://127.0.0.1:9/v1")
    assert model._llm_type == "openai-chat" and model.model_name == "qwen2.5:7b"


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
    model: Any = open_chat_model("m", base_url="http://127.0.0.1:9/v1", timeout=7, max_retries=3)
    assert (model.request_timeout, model.max_retries, model.temperature, model.model_name) == (7, 3, 0.0, "m")
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
        (StatusError(503), "overloaded"),
        (StatusError(402), "no_credit"),
        (StatusError(404), "wrong_address"),
        (StatusError(404, "The model `m` does not exist"), "no_model"),
        (StatusError(400, "maximum context length is 512 tokens"), "too_long"),
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
