"""What the README promises exists: its make targets, commands, options, settings and library names."""

import argparse
import dataclasses
import re
from pathlib import Path

import pytest

import dgqa
from dgqa.cli.main import _parser
from dgqa.config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> dict[str, argparse.ArgumentParser]:
    action = next(action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(action.choices)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    block = README.split("## Two commands")[1].split("```sh")[1].split("```")[0]
    named = re.findall(r"^make (\w+)", block, re.MULTILINE)
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert named == ["chat", "test"] and set(named) <= set(targets)


def test_the_table_of_commands_names_every_command_and_no_other() -> None:
    assert set(re.findall(r"^\| `dgqa (\w+)", README, re.MULTILINE)) == set(commands())


@pytest.mark.parametrize("row", re.findall(r"^\| `dgqa \w+.*$", README, re.MULTILINE))
def test_every_option_in_the_table_is_one_of_its_command(row: str) -> None:
    name = re.findall(r"`dgqa (\w+)", row)[0]
    known = {option for action in commands()[name]._actions for option in action.option_strings}
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(re.findall(r"`[^`]*`", row)))) <= known


def test_every_option_in_the_examples_is_one_of_its_command() -> None:
    for name, rest in re.findall(r"^\.venv/bin/dgqa (\w+)(.*)$", README, re.MULTILINE):
        known = {option for action in commands()[name]._actions for option in action.option_strings}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known


def test_the_table_of_settings_names_every_setting() -> None:
    table = README.split("## Settings")[1].split("## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == {field.name for field in dataclasses.fields(Settings)} - {"origin"}


def test_the_library_names_of_the_readme_exist() -> None:
    assert all(hasattr(dgqa, name) for name in re.findall(r"\bdgqa\.([A-Za-z_]+)\(?", README.split("## Library")[1].split("```")[1]))
