"""The data files: each has the form that its loader reads, and says what its lines are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dgqa import data
from dgqa.language.text import simplify

FOLDER = Path(data.__file__).parent
LISTS = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.txt"))
TABLES = {
    "glossary": (r"[^\t]*[\u4e00-\u9fff][^\t]*", r"[^\t\u4e00-\u9fff]+"),
    "organisations": (r"[A-Za-z][\w' ]+", r"[\u4e00-\u9fff|]+", r"firm|body"),
    "places": (r"[\u4e00-\u9fff|]+", r"[A-Z][\w .'|-]+", r"[\u4e00-\u9fff]*", r"[\u4e00-\u9fff]*", r"[\u4e00-\u9fff]+"),
    "words/name_characters": (r"[\u4e00-\u9fff]", r"[\u4e00-\u9fff]", r"rare|told"),
    "words/surnames": (r"anywhere|author|double", r"[\u4e00-\u9fff ]+"),
}
EXPRESSIONS = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.glob("*/*.toml"))


ALONE = {"spoken", "told", "asks"}  # keys with an expression that is no list of alternatives


def expressions(value: Any) -> list[list[str]]:
    """Return every list of alternatives in what a file holds, however deep."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [value]
    if isinstance(value, dict):
        alone = [[value[key]] for key in sorted(value.keys() & ALONE) if isinstance(value[key], str)]
        return alone + [found for item in value.values() for found in expressions(item)]
    inner = value if isinstance(value, list) else ()
    return [found for item in inner for found in expressions(item)]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_each_word_once_without_spaces_around_it(name: str) -> None:
    lines = [line for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    assert lines and len(set(lines)) == len(lines) and all(line == line.strip() for line in lines)
    assert data.words(name) == set(lines)


@pytest.mark.parametrize("name", TABLES)
def test_the_rows_of_a_table_have_its_columns(name: str) -> None:
    columns = TABLES[name]
    for row in data.rows(name):
        assert len(row) >= 2, row
        # The last column may go on.
        assert all(re.fullmatch(columns[min(at, len(columns) - 1)], cell) for at, cell in enumerate(row)), row


@pytest.mark.parametrize("name", ["places", "organisations"])
def test_what_is_compared_is_simplified(name: str) -> None:
    assert all(simplify(cell) == cell for row in data.rows(name) for cell in row)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_of_a_file_compiles_and_has_no_empty_alternative(name: str) -> None:
    found = expressions(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))
    assert found
    for alternatives in found:
        assert all(alternatives), alternatives
        assert not data.expression(alternatives).fullmatch("")


@pytest.mark.parametrize("name", [*(f"{name}.txt" for name in LISTS), *(f"{name}.tsv" for name in TABLES), *(f"{name}.toml" for name in EXPRESSIONS)])
def test_a_file_begins_by_saying_what_its_lines_are(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8").startswith("#")


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    pattern = data.Pattern("question/asking", "asks")
    assert "compiled" not in vars(pattern)
    assert pattern.search("平台叫什么？") and "compiled" in vars(pattern)
