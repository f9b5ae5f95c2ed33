"""What the README and the documentation promise exists: make targets, commands, options, settings, names, files, answers."""

import argparse
import dataclasses
import re
from pathlib import Path

import pytest

import dgqa
from dgqa.cli.main import _parser
from dgqa.config import Settings

ROOT = Path(__file__).parent.parent
README, USAGE, SETTINGS, ARCHITECTURE = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/usage.md", "docs/settings.md", "docs/architecture.md")
)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "eval" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> dict[str, argparse.ArgumentParser]:
    action = next(action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(action.choices)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    block = README.split("## Two commands")[1].split("```sh")[1].split("```")[0]
    named = re.findall(r"^make (\w+)", block, re.MULTILINE)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert named == ["chat", "test"] and set(named) <= set(targets)


def test_the_table_of_commands_names_every_command_and_no_other() -> None:
    assert set(re.findall(r"^\| `dgqa (\w+)", USAGE, re.MULTILINE)) == set(commands())


@pytest.mark.parametrize("row", re.findall(r"^\| `dgqa \w+.*$", USAGE, re.MULTILINE))
def test_every_option_in_the_table_is_one_of_its_command(row: str) -> None:
    name = re.findall(r"`dgqa (\w+)", row)[0]
    known = {option for action in commands()[name]._actions for option in action.option_strings}
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(re.findall(r"`[^`]*`", row)))) <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_option_in_the_examples_is_one_of_its_command(document: Path) -> None:
    for name, rest in re.findall(r"^(?:\.venv/bin/)?dgqa (\w+)(.*)$", document.read_text(encoding="utf-8"), re.MULTILINE):
        known = {option for action in commands()[name]._actions for option in action.option_strings}
        assert set(re.findall(r"--[a-z-]+", rest.partition(" #")[0])) <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_between_the_documents_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_table_of_settings_names_every_setting() -> None:
    named = {name for row in re.findall(r"^\| (`.*?) \|", SETTINGS, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == {field.name for field in dataclasses.fields(Settings)} - {"origin"}


def test_the_library_names_of_the_readme_exist() -> None:
    assert all(hasattr(dgqa, name) for name in re.findall(r"\bdgqa\.([A-Za-z_]+)\(?", README.split("## Library")[1].split("```")[1]))


def test_the_packages_and_files_of_the_architecture_exist() -> None:
    paths = re.findall(r"`((?:src|tests)/[\w/.]+)`", ARCHITECTURE)
    assert len(paths) > 15 and [path for path in paths if not (ROOT / path).exists()] == []
    source = ROOT / "src" / "dgqa"
    packages = {path.stem for path in source.iterdir() if path.is_dir() or path.suffix == ".py"} - {"__pycache__", "__init__", "__main__"}
    table = ARCHITECTURE.split("## Packages")[1].split("## ")[0]
    assert {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)} == packages
    drawn = re.findall(r"<code>([\w.]+)</code>", ARCHITECTURE)
    assert [name for name in drawn if not any((source / f"{name.replace('.', '/')}{end}").exists() for end in ("", ".py"))] == []


@pytest.mark.model
def test_every_question_that_the_documents_ask_is_answered(corpus_index: Path) -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in DOCUMENTS)
    asked = set(re.findall(r'dgqa ask "([^"]+)"|\.(?:ask|stream|predict|invoke|search)\("([^"]+？)"', text))
    questions = {question for pair in asked for question in pair if question and not question.startswith("那") and "建议" not in question}
    assistant = dgqa.Assistant.open(corpus_index)
    assert len(questions) > 2 and {question: assistant.ask(question).status for question in questions} == dict.fromkeys(questions, "answered")
