"""The examples of docs/ run as they are, on an index of the corpus made by the real model."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dgqa

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"


def run(name: str, index: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), str(index)], capture_output=True, text=True, encoding="utf-8", timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_documentation_links_to_every_example_and_to_no_other() -> None:
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(examples/(\w+\.py)\)", text)) == {path.name for path in EXAMPLES.glob("*.py")}


def test_the_reference_has_every_public_name_and_no_other() -> None:
    named = re.findall(r"^::: dgqa\.(\w+)$", (ROOT / "docs" / "reference.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted([*named, "__version__"]) == sorted(dgqa.__all__)


@pytest.mark.skipif(importlib.util.find_spec("mkdocstrings") is None, reason="mkdocs is in the extra docs alone")
def test_the_site_is_built_and_describes_every_public_name(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    shown = (tmp_path / "reference" / "index.html").read_text(encoding="utf-8")
    assert [name for name in dgqa.__all__ if name != "__version__" and f'id="dgqa.{name}"' not in shown] == []


@pytest.mark.model
def test_the_examples_of_the_library_guide_run_one_after_another(corpus_index: Path, tmp_path: Path) -> None:
    (tmp_path / "index").symlink_to(corpus_index)
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    code = "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(encoding="utf-8"), re.DOTALL))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    assert "langchain:DeterministicFakeEmbedding" in done.stdout


@pytest.mark.model
def test_the_example_of_a_search_runs(corpus_index: Path) -> None:
    shown = run("search.py", corpus_index)
    assert shown.startswith("1. ") and "数字政府" in shown and "24萬家" in shown


@pytest.mark.model
def test_the_example_of_a_langchain_chain_runs(corpus_index: Path) -> None:
    assert run("langchain_chain.py", corpus_index).strip() == "两个阶段的说法见 [1]。"


@pytest.mark.model
@pytest.mark.skipif(importlib.util.find_spec("llama_index") is None, reason="llama-index-core is in the extra peers alone")
def test_the_example_of_llamaindex_runs(corpus_index: Path) -> None:
    assert len(run("llamaindex_retriever.py", corpus_index).splitlines()) == 3
