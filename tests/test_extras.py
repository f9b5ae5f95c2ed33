"""What is not in the core is never imported without need, and where it lacks, one line says which extra has it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dgqa

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NOT_IN_THE_CORE = ("gradio", "grpc", "httpx", "langchain", "langchain_core", "lxml", "mcp", "onnx", "openpyxl", "pandas", "pymilvus", "pypdfium2", "ray", "sentence_transformers", "torch", "transformers", "xllamacpp")
WITHOUT = f"import sys\nsys.modules.update(dict.fromkeys({NOT_IN_THE_CORE!r}))\n"  # None: importing it fails as if it weren't there

FAILING = {
    "open_chat(load_settings({}))": "chat",
    "Address(mcp=True).check()": "mcp",
    "langchain_retriever(None, 5, None)": "langchain",
    "Assistant.as_runnable(None)": "langchain",
    "open_chat_model(object())": "langchain",
    "open_chat_model('gpt-x')": "langchain",
    "open_chat_model('anthropic:x')": "anthropic",
    "open_chat_model('qwen2.5:7b', base_url='http://127.0.0.1:1/v1')": "openai",
    "open_chat_model('local:a.gguf')": "local",
    "open_embedder('somebody/some-model')": "sentence-transformers",
    "open_embedder('multilingual-e5-small', 'torch')": "sentence-transformers",
    "open_reader('cross-encoder:some-model', 'some-model')": "sentence-transformers",
    "Milvus('http://127.0.0.1:9', 1.0)": "milvus",
    "connect()": "ray",
}
CALLS = (
    WITHOUT
    + """
from pathlib import Path
from dgqa import Assistant, DgqaError, MissingExtraError
from dgqa.config import load_settings
from dgqa.index.engines.cluster import connect
from dgqa.index.engines.milvus import Milvus
from dgqa.integrations.retriever import langchain_retriever
from dgqa.models.chat import open_chat_model
from dgqa.models.embedding import open_embedder
from dgqa.models.readers.opening import open_reader
from dgqa.web.chat import open_chat
from dgqa.web.server import Address
Path('a.gguf').write_bytes(b'GGUF')
for call in sys.argv[1:]:
    try:
        eval(call)
    except MissingExtraError as error:
        print(error)
"""
)


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    done = subprocess.run([sys.executable, "-c", CALLS, *FAILING], capture_output=True, text=True, check=True, timeout=120, cwd=tmp_path_factory.mktemp("bare"))
    return dict(zip(FAILING, done.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("call", FAILING)
def test_one_line_names_the_command_that_installs_what_lacks(errors: dict[str, str], call: str) -> None:
    assert errors[call].endswith(f"is not installed: run `pip install 'dgqa[{FAILING[call]}]'`")


def test_every_extra_that_an_error_names_is_one() -> None:
    assert set(FAILING.values()) <= set(EXTRAS)


def test_whatever_was_caught_where_a_package_lacked_still_is() -> None:
    assert issubclass(dgqa.MissingExtraError, dgqa.ConfigError) and issubclass(dgqa.MissingExtraError, dgqa.ModelError) and issubclass(dgqa.MissingExtraError, dgqa.CorpusError)


def test_all_is_every_extra_that_is_for_users() -> None:
    assert set(re.findall(r"[\w-]+", EXTRAS["all"][0].removeprefix("dgqa"))) == set(EXTRAS) - {"all", "docs", "peers", "release", "test"}


def test_the_core_is_free_of_torch_gradio_and_langchain() -> None:
    core = {re.match(r"[\w-]+", need)[0].lower() for need in PROJECT["dependencies"]}  # type: ignore[index]
    assert not {"torch", "gradio", "langchain", "langchain-core", "sentence-transformers", "onnx"} & core and {"faiss-cpu", "jieba", "onnxruntime"} <= core


@pytest.mark.model
def test_a_question_is_answered_with_the_core_alone(corpus_index: Path) -> None:
    code = WITHOUT + "import dgqa\nprint(dgqa.Assistant.open(sys.argv[1]).ask('电子政务外网在乡镇的覆盖率是多少？').status)"
    done = subprocess.run([sys.executable, "-c", code, str(corpus_index)], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "answered"


@pytest.mark.model
def test_a_cold_question_imports_nothing_of_an_extra(corpus_index: Path) -> None:
    code = f"import sys, dgqa; dgqa.Assistant.open(sys.argv[1]).ask('电子政务外网在乡镇的覆盖率是多少？'); print(*sys.modules.keys() & {NOT_IN_THE_CORE!r})"
    done = subprocess.run([sys.executable, "-c", code, str(corpus_index)], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == []


@pytest.mark.model
def test_a_cold_question_loads_neither_what_reads_articles_nor_what_composes(corpus_index: Path) -> None:
    code = (
        "import sys\nfrom dgqa.__main__ import main\n"
        "sys.argv = ['dgqa', 'ask', '--index', sys.argv[1], '电子政务外网在乡镇的覆盖率是多少？']\nassert main() == 0\n"
        "loaded = {'dgqa.corpus.files', 'dgqa.corpus.structure.structure', 'dgqa.index.build', 'dgqa.answer.composed.drafts', 'asyncio'} & sys.modules.keys()\n"
        "print(f'loaded: {sorted(loaded)}')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(corpus_index)], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.rstrip().endswith("loaded: []")
