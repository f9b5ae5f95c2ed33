"""What a local model has made of its instructions, kept in the cache for the next process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tiny_gguf import write_model

pytest.importorskip("xllamacpp", reason="the extra local is not installed")

from dgqa.models.local import chat_model
from dgqa.models.local.chat_model import LocalChatModel

been_read: list[str] = []
RULES = "只写值班簿里有的事。" * 8


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalChatModel]:
    """A model that recites, in a cache of its own; `been_read` has the instructions that it read from their beginning."""
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(chat_model, "_servers", {})
    read = chat_model._read

    def counted(server: Any, system: str) -> int:
        been_read.append(system)
        return read(server, system)

    monkeypatch.setattr(chat_model, "_read", counted)
    been_read.clear()
    yield LocalChatModel(path=str(write_model(tmp_path / "recites.gguf", ["值班员", "是林。"])), context=2048)


def ask(model: LocalChatModel, rules: str = RULES) -> str:
    return model.invoke([("system", rules), ("human", "谁值班？")]).text


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "prefixes").iterdir())


def start_again() -> None:
    chat_model._servers.clear()


def test_instructions_are_read_once_for_all_processes(model: LocalChatModel, tmp_path: Path) -> None:
    assert ask(model) == ask(model) == "值班员是林。" and been_read == [RULES]
    start_again()
    assert ask(model) == "值班员是林。" and been_read == [RULES] and len(kept(tmp_path)) == 1


def test_each_language_has_instructions_of_its_own(model: LocalChatModel, tmp_path: Path) -> None:
    english = "Write nothing but what the log says. " * 4
    for rules in (RULES, english, RULES, english):
        assert ask(model, rules) == "值班员是林。"
    assert been_read == [RULES, english] and len(kept(tmp_path)) == 2


def test_what_another_model_made_of_them_is_not_taken(model: LocalChatModel, tmp_path: Path) -> None:
    ask(model)
    other = LocalChatModel(path=str(write_model(tmp_path / "other.gguf", ["无人。"])), context=2048)
    assert ask(other) == "无人。" and been_read == [RULES, RULES] and len(kept(tmp_path)) == 2


@pytest.mark.parametrize("harm", ["cut", "changed", "another"])
def test_a_file_that_is_damaged_is_read_anew(model: LocalChatModel, tmp_path: Path, harm: str) -> None:
    ask(model)
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    file.write_bytes({"cut": whole[:-40], "changed": whole[:-40] + bytes(byte ^ 255 for byte in whole[-40:]), "another": b"no state"}[harm])
    start_again()
    assert ask(model) == "值班员是林。" and been_read == [RULES, RULES]
    assert [path.read_bytes() for path in kept(tmp_path)] == [whole]


def test_what_another_question_left_in_its_place_is_not_kept(model: LocalChatModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = chat_model._read

    def overtaken(server: Any, system: str) -> int:
        tokens = read(server, system)
        for _ in chat_model._pieces(server, {"messages": [{"role": "user", "content": "谁在夜里值班？" * 40}], "max_tokens": 1, "stream": True}):
            pass
        return tokens

    monkeypatch.setattr(chat_model, "_read", overtaken)
    assert ask(model) == "值班员是林。" and not kept(tmp_path)


def test_without_a_place_to_write_it_answers_all_the_same(model: LocalChatModel, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "prefixes").write_text("a file where the folder should be")
    assert ask(model) == "值班员是林。" and not been_read


def test_what_nobody_takes_up_any_more_is_removed(model: LocalChatModel, tmp_path: Path) -> None:
    ask(model)
    (file,) = kept(tmp_path)
    os.utime(file, (0, 0))
    ask(model, "写得短些。" * 8)
    assert file not in kept(tmp_path) and len(kept(tmp_path)) == 1


def test_a_message_without_instructions_is_kept_nowhere(model: LocalChatModel, tmp_path: Path) -> None:
    assert model.invoke("谁值班？").text == "值班员是林。" and not been_read
    assert not kept(tmp_path)
