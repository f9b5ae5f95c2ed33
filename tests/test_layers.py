"""The packages of dgqa stand in one order: each imports only from packages above it, lazily too, and no modules import each other."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "dgqa"
# What stands in one row may not import each other. __init__ is the face: the names that `from dgqa import …` gets.
TABLE: tuple[tuple[str, ...], ...] = (
    ("columns", "errors", "reprs", "system"),
    ("types", "config", "data"),
    ("language",),
    ("messages", "corpus", "models"),
    ("question", "evaluation"),
    ("claims", "index"),
    ("integrations",),
    ("search",),
    ("answer",),
    ("__init__",),
    ("web",),
    ("cli",),
    ("__main__",),
)
ROWS = {package: row for row, packages in enumerate(TABLE) for package in packages}
MODULES = {path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path for path in sorted(PACKAGE.rglob("*.py"))}
HEAVY = ("torch", "gradio", "faiss", "onnxruntime", "sentence_transformers")


def imported(module: str) -> Iterator[tuple[str, int]]:
    """Yield the modules of dgqa that a module imports anywhere, in functions and by name too."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}, line {node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.removeprefix("dgqa.") in MODULES and node.value.startswith("dgqa."):
            names = [node.value]
        else:
            continue
        for name in names:
            top, *parts = name.split(".")
            if top == "dgqa":
                known = next((".".join(parts[:i]) for i in range(len(parts), 0, -1) if ".".join(parts[:i]) in MODULES), "__init__")
                yield known, getattr(node, "lineno", 0)


def package(module: str) -> str:
    return module.partition(".")[0]


def test_the_table_names_every_package() -> None:
    assert sorted(ROWS) == sorted({package(module) for module in MODULES})


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_packages_above_its_own(module: str) -> None:
    if module == "__init__":
        below = {name for name in ROWS if ROWS[name] > ROWS["__init__"]}
        assert not {package(name) for name, _ in imported(module)} & below
        return
    wrong = [
        f"{module}, line {line}: {name} is not above it"
        for name, line in imported(module)
        if package(name) != package(module) and ROWS[package(name)] >= ROWS[package(module)]
    ]
    assert not wrong


def test_no_modules_import_each_other() -> None:
    # A package's own face may name its modules lazily.
    graph = {module: {name for name, _ in imported(module)} - {module} for module in MODULES if MODULES[module].name != "__init__.py"}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_importing_dgqa_loads_nothing_heavy() -> None:
    code = f"import sys, dgqa; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_heavy_packages_are_imported_only_where_they_are_used() -> None:
    light = ("config", "language", "question", "claims", "search", "answer", "cli", "models.store", "models.embedding", "models.embedder", "models.options", "models.onnx_embedder", "models.torch_embedder", "models.chat", "models.streaming")
    top_level = {
        name.partition(".")[0]
        for module in MODULES
        if module.startswith(light)
        for node in ast.parse(MODULES[module].read_text(encoding="utf-8")).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert not top_level & {*HEAVY, "langchain", "langchain_core", "jieba", "opencc"}
