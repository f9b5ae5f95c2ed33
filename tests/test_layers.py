"""The modules of dgqa stand in one order, and each imports only modules above it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "dgqa"
# __init__ stands for the names that `from dgqa import …` gets from the package itself.
ORDER = (
    "errors", "types", "config", "models.wheels", "models.catalogue", "language.trie", "language.words", "language.text", "language.values", "messages", "question.smalltalk", "language.places", "language.hearing", "language.names", "question.answer_type", "question.entities", "question.parsing", "claims.premises",
    "corpus.gbk_damage", "corpus.mojibake", "corpus.notes", "corpus.cleaning", "corpus.formats",
    "corpus.boilerplate", "corpus.front", "corpus.structure", "corpus.office", "corpus.defects", "corpus.files", "corpus.passages", "corpus.audit", "models.e5_file", "models.e5_onnx", "models.e5_tokens", "models.e5_convert", "models.store", "models.embedder",
    "search.interaction", "models.embedding", "index.growing", "index.postings", "index.bm25", "index.faiss_kinds", "index.faiss_store", "index.manifest", "index.reader", "index.texts", "index.resuming", "index.vectors", "language.glossary", "index.build", "search.filters", "search.name_index", "search.sources", "search.metadata",
    "search.positions", "search.promotion", "search.duplicates", "integrations", "search.retriever", "answer.scope", "answer.citations", "question.references", "question.definitions", "question.followups", "question.decomposition", "language.lists", "answer.outline", "answer.features", "answer.wording", "answer.selection", "claims.presumed", "answer.judging",
    "models.local_chat", "models.chat", "models.streaming", "answer.prompts", "answer.rewriting", "claims.polarity", "claims.claim", "claims.places_dates", "claims.amounts", "language.tagging", "claims.roles", "claims.strength", "claims.cross_lingual", "claims.checker", "answer.denials", "answer.composing", "runnable", "question.talk", "answer.assistant", "answer.verifying", "__init__",
    "evaluation.statistics", "evaluation.metrics", "evaluation.question_sets", "evaluation.runs",
    "evaluation.measure", "evaluation.comparison", "evaluation.evaluate", "evaluation.benchmarks", "evaluation.plots", "evaluation.report", "cli.doctor",
    "web.page.errors", "web.gate", "web.server", "web.endpoints", "web.export", "web.feedback", "web.uploads",
    "web.page.words", "web.page.upload_panel", "web.page.markup", "web.page.turns", "web.page.cards", "web.page.rendering", "web.page.marks", "web.page.reader", "web.page.settings", "web.page.examples", "web.page.frame", "web.page.rail", "web.page.answering", "web.page.page", "web.chat", "cli.audit", "cli.evaluate", "cli.verify", "cli.main",
    "__main__",
)  # fmt: skip
HEAVY = ("torch", "gradio", "faiss", "onnxruntime", "sentence_transformers")


def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[tuple[str, int]]:
    """Yield the modules of dgqa that a module imports anywhere, in functions and by name too."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}.py, line {node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "dgqa" else [node.module or ""]
            if node.module and (PACKAGE / node.module.removeprefix("dgqa.").replace(".", "/")).is_dir():
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.removeprefix("dgqa.") in ORDER:
            names = [node.value]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "dgqa":
                longest = max((i for i in range(len(parts)) if i and (PACKAGE / f"{'/'.join(parts[1 : i + 1])}.py").exists()), default=0)
                yield ".".join(parts[1 : longest + 1]) or "__init__", getattr(node, "lineno", 0)


def test_the_list_is_complete() -> None:
    assert sorted(ORDER) == sorted(
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py") if path.parent == PACKAGE or path.name != "__init__.py"
    )


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_modules_above_it(module: str) -> None:
    above = ORDER[: ORDER.index(module)]
    wrong = [f"{module}.py, line {line}: {name} is not above it" for name, line in imported(module) if name not in above]
    assert not wrong


def test_importing_dgqa_loads_nothing_heavy() -> None:
    code = f"import sys, dgqa; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_heavy_packages_are_imported_only_where_they_are_used() -> None:
    top_level = {
        name.partition(".")[0]
        for module in ("cli.main", "config", "language.text", "models.store", "search.retriever", "answer.assistant", "cli.doctor", "models.embedding", "models.embedder", "models.chat", "models.streaming", "answer.composing")
        for node in tree(module).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert not top_level & {*HEAVY, "langchain", "langchain_core", "jieba", "opencc"}
