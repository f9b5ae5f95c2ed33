"""Settings: which source wins, and which values and keys are refused, with the place where they stand."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dgqa.config import HELP, Settings, load_settings, shown
from dgqa.errors import ConfigError

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    for name in [name for name in os.environ if name.startswith("DGQA_")]:
        monkeypatch.delenv(name)

    def loader(flags: dict[str, Any] | None = None, *, env: str = "", toml: str = "") -> Settings:
        (tmp_path / ".env").write_text(env, encoding="utf-8")
        (tmp_path / "dgqa.toml").write_text(toml, encoding="utf-8")
        return load_settings(flags, folder=tmp_path)

    return loader


def test_without_any_source_the_defaults_hold(tmp_path: Path, load: Load) -> None:
    assert load() == load_settings(folder=tmp_path / "nowhere") == Settings()
    assert set(load().origin.values()) == {"default"}


def test_flags_win_over_variables_over_env_over_toml_over_defaults(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DGQA_INDEX", "of-variable")
    monkeypatch.setenv("DGQA_CORPUS", "of-variable")
    settings = load(
        {"corpus": "of-flag", "model": None},
        env="DGQA_CORPUS=of-env\nDGQA_INDEX=of-env\nDGQA_HOST=of-env\n",
        toml='corpus = "of-toml"\nindex = "of-toml"\nhost = "of-toml"\nport = 1234\n',
    )
    assert (settings.corpus, settings.index, settings.host, settings.port) == ("of-flag", "of-variable", "of-env", 1234)
    assert settings.origin["corpus"] == "--corpus"
    assert settings.origin["index"] == "DGQA_INDEX in environment"
    assert settings.origin["host"] == f"DGQA_HOST in {tmp_path / '.env'}"
    assert settings.origin["port"] == str(tmp_path / "dgqa.toml")
    assert settings.origin["model"] == "default"


def test_env_lines_may_be_exported_quoted_commented_and_start_with_a_byte_order_mark(load: Load) -> None:
    settings = load(env="\ufeffDGQA_PORT=8000\n# DGQA_HOST=x\n\nexport DGQA_CORPUS='我的 文章'\nOTHER=1\n", toml='\ufeffindex = "b"\n')
    assert (settings.port, settings.corpus, settings.index, settings.host) == (8000, "我的 文章", "b", "127.0.0.1")


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("false", False), ("", False)])
def test_a_yes_or_no_may_be_written_in_several_ways(load: Load, text: str, value: bool) -> None:
    assert load(env=f"DGQA_OFFLINE={text}\n").offline is value


def test_variables_of_the_model_store_are_passed_on_from_env(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_CACHE", "given")
    monkeypatch.setenv("DGQA_MODEL_FILES", "")
    monkeypatch.delenv("DGQA_MODEL_FILES")
    load(env="DGQA_CACHE=/other\nDGQA_MODEL_FILES=/files\n")
    assert (os.environ["DGQA_CACHE"], os.environ["DGQA_MODEL_FILES"]) == ("given", "/files")


@pytest.mark.parametrize(
    ("sources", "place", "what"),
    [
        ({"toml": "colour = 1\n"}, "dgqa.toml", "'colour'"),
        ({"toml": "[index]\nfolder = 1\n"}, "dgqa.toml", "index"),
        ({"env": "DGQA_COLOUR=1\n"}, ".env", "DGQA_COLOUR"),
        ({"flags": {"colour": "1"}}, "--colour", "unknown"),
        ({"toml": "port = \n"}, "dgqa.toml", "line 1"),
        ({"env": "DGQA_PORT\n"}, ".env, line 1", "NAME=VALUE"),
        ({"toml": "port = 70000\n"}, "dgqa.toml", "70000"),
        ({"toml": "port = 7860.9\n"}, "dgqa.toml", "whole number"),
        ({"toml": "port = true\n"}, "dgqa.toml", "whole number"),
        ({"env": "DGQA_PORT=abc\n"}, "DGQA_PORT in ", "'abc'"),
        ({"flags": {"port": "0"}}, "--port", "1 to 65535"),
        ({"env": "DGQA_OFFLINE=perhaps\n"}, "DGQA_OFFLINE in ", "true or false"),
        ({"env": "DGQA_BACKEND=tpu\n"}, "DGQA_BACKEND in ", "auto, onnx, torch"),
        ({"toml": "corpus = 3\n"}, "dgqa.toml", "text"),
        ({"toml": 'corpus = ["a", "b"]\n'}, "dgqa.toml", "text"),
        ({"env": "DGQA_INDEX=\n"}, "DGQA_INDEX in ", "empty"),
        ({"flags": {"index": " "}}, "--index", "empty"),
        ({"toml": 'llm = "loc'}, "dgqa.toml", "end of document"),
        ({"toml": f"port = {'9' * 9000}\n"}, "dgqa.toml", "9000 digits"),
        ({"toml": f"port = {'[' * 100_000}"}, "dgqa.toml", "cannot be read"),
        ({"toml": "#" * 1_000_001}, "dgqa.toml", "more than 1,000,000 bytes"),
        ({"env": 'DGQA_CORPUS="the corp'}, ".env, line 1", "quotation mark"),
    ],
)
def test_a_bad_key_or_value_is_an_error_that_says_where_it_stands(load: Load, sources: dict[str, Any], place: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(**sources)
    assert place in str(caught.value) and what in str(caught.value)


def test_an_unknown_variable_is_an_error_that_names_the_known_ones(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_INDEKS", "x")
    with pytest.raises(ConfigError, match=r"environment has an unknown variable DGQA_INDEKS: known are DGQA_CORPUS, DGQA_INDEX"):
        load()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize("name", [".env", "dgqa.toml"])
def test_what_is_no_file_is_an_error_and_nobody_waits_for_it(load: Load, tmp_path: Path, name: str) -> None:
    load()
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(ConfigError, match=rf"{name} cannot be read: .*it is a pipe"):
        load_settings(folder=tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match=rf"{name} cannot be read: .*it is a device"):
        load_settings(folder=tmp_path)


def test_a_file_that_is_no_utf8_is_an_error_that_names_it(load: Load, tmp_path: Path) -> None:
    load()
    for name in (".env", "dgqa.toml"):
        (tmp_path / name).write_bytes("DGQA_CORPUS=文章".encode("gb18030"))
        with pytest.raises(ConfigError, match=name):
            load_settings(folder=tmp_path)
        (tmp_path / name).unlink()


def test_prompts_may_be_empty(load: Load) -> None:
    assert load(toml='query_prompt = ""\n').query_prompt == ""


def test_every_setting_has_a_help_text(load: Load) -> None:
    assert list(load().origin) == list(HELP)


def test_a_password_is_never_shown(load: Load, tmp_path: Path) -> None:
    settings = load(env="DGQA_USER=me\nDGQA_PASSWORD=geheim\n")
    assert settings.password == "geheim"
    assert shown(settings, "password") == "***" and "geheim" not in repr(settings)
    assert (shown(load(), "password"), shown(settings, "user")) == ("", "me")
    with pytest.raises(ConfigError) as caught:
        load(toml="password = 20070813\n")
    assert "20070813" not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        load(env="DGQA_PASSWORD geheim\n")
    assert "geheim" not in str(caught.value)


def test_keys_for_programs_are_never_shown_and_are_no_option(load: Load) -> None:
    settings = load(env="DGQA_API_KEYS=geheim-geheim-geheim\n")
    assert settings.api_keys == "geheim-geheim-geheim" and shown(settings, "api_keys") == "***" and "geheim" not in repr(settings)


@pytest.mark.parametrize("key", ["user", "password", "api_keys"])
def test_an_empty_user_password_or_key_is_an_error_and_not_an_open_door(load: Load, key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key} is empty"):
        load(env=f"DGQA_{key.upper()}=\n")


def test_commas_and_blanks_are_no_keys(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"DGQA_API_KEYS in .*: api_keys is empty: give a value or leave it out"):
        load(env="DGQA_API_KEYS= , ,\n")


def test_feedback_can_be_turned_off_again_and_a_rate_is_not_negative(load: Load) -> None:
    assert load(env="DGQA_FEEDBACK=\n", toml='feedback = "f.jsonl"\n').feedback == ""
    assert load(toml="rate = 0\n").rate == 0
    with pytest.raises(ConfigError, match="at least 0"):
        load(toml="rate = -1\n")
