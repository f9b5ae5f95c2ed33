"""The public surface: what `import dgqa` promises to others."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from pathlib import Path

import pytest

import dgqa

PACKAGE = Path(__file__).parents[1] / "src" / "dgqa"


@pytest.mark.parametrize("name", dgqa.__all__)
def test_a_public_name_resolves_and_is_listed(name: str) -> None:
    assert getattr(dgqa, name) is not None
    assert name in dir(dgqa)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dgqa.nothing


def test_public_names_are_sorted_and_each_once() -> None:
    assert list(dgqa.__all__) == sorted(set(dgqa.__all__))


@pytest.mark.parametrize(
    ("noun", "names"),
    [
        (dgqa.Hit, "rank score passage sentences"),
        (dgqa.Passage, "text doc_id path title section start end"),
        (dgqa.Sentence, "text start end score"),
        (dgqa.Answer, "status text sentences citations hits trace reason question"),
        (dgqa.AnswerSentence, "text citations support"),
        (dgqa.Citation, "number doc_id path title author date section start end quote"),
    ],
)
def test_the_nouns_have_the_fields_of_the_contract(noun: type, names: str) -> None:
    assert dataclasses.is_dataclass(noun)
    assert set(names.split()) <= {field.name for field in dataclasses.fields(noun)}


def test_the_nouns_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        dgqa.Sentence("句", 0, 1).text = "改"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (dgqa.build_index, ["corpus", "index"]),
        (dgqa.Retriever.open, ["index"]),
        (dgqa.Retriever.search, ["self", "question", "k"]),
        (dgqa.Retriever.as_langchain, ["self", "k"]),
        (dgqa.Assistant.open, ["index", "llm"]),
        (dgqa.Assistant.ask, ["self", "question", "history"]),
        (dgqa.Assistant.stream, ["self", "question", "history"]),
        (dgqa.Answer.to_dict, ["self"]),
    ],
)
def test_the_functions_take_the_arguments_of_the_contract_first(function: object, names: list[str]) -> None:
    assert callable(function)
    assert list(inspect.signature(function).parameters)[: len(names)] == names


def test_every_error_is_a_dgqa_error() -> None:
    errors = [value for name in dgqa.__all__ if name.endswith("Error") and (value := getattr(dgqa, name))]
    assert len(errors) == 9 and all(issubclass(error, dgqa.DgqaError) for error in errors)


def imports_outside_functions(node: ast.AST) -> list[str]:
    found: list[str] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            found += [alias.name for alias in child.names]
        elif isinstance(child, ast.ImportFrom):
            found.append(child.module or "")
        found += imports_outside_functions(child)
    return found


# Their classes are LangChain's, so they import it at the top; in turn they are imported in functions alone.
OF_LANGCHAIN = ("local_llm", "runnable")


@pytest.mark.parametrize("file", sorted(PACKAGE.glob("*.py")), ids=lambda file: str(file.stem))
def test_langchain_is_imported_in_functions_alone(file: Path) -> None:
    names = imports_outside_functions(ast.parse(file.read_text(encoding="utf-8")))
    unwanted = ("langchain", *(f"dgqa.{module}" for module in OF_LANGCHAIN))
    assert not [name for name in names if name.startswith(unwanted) and (file.stem not in OF_LANGCHAIN or name.startswith("dgqa"))]
