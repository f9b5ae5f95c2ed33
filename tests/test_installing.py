"""The wheel does what is promised in bare environments elsewhere, on every Python that this machine has."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from bare import IMAGE, QUESTION, ROOT, Bare, python_of
from dgqa.models.store import ensure_model

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHERS = [version for version in ("3.11", "3.12", "3.13") if version not in (HERE, IMAGE)]

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT], check=True, timeout=600)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def core(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """The core alone, with an index of the article."""
    ensure_model("multilingual-e5-small", progress=False)
    bare = Bare(tmp_path_factory.mktemp("bare"), sys.executable)
    bare.install(str(wheel))
    bare.run("dgqa", "index")
    return bare


# The order of the next three is one user's way: the last one adds the page to the same environment.


def test_the_core_brings_no_torch_no_gradio_no_langchain_and_takes_less_than_350_megabytes(core: Bare) -> None:
    assert not {name for name in core.installed() if name.startswith(("torch", "nvidia", "gradio", "langchain", "sentence", "transformers"))}
    assert core.size() < 350e6


def test_the_core_answers_searches_and_measures(core: Bare) -> None:
    answer = json.loads(core.run("dgqa", "ask", QUESTION, "--json").stdout)
    assert answer["status"] == "answered" and "18个乡镇" in answer["citations"][0]["quote"]
    assert "18个乡镇" in core.run("dgqa", "search", QUESTION, "-k", "1").stdout
    row = {"id": "1", "question": QUESTION, "lang": "zh-Hans", "type": "fact", "answer_keys": [["18"]], "evidence": [{"file": "qingxi.txt", "quote": "已覆盖全部18个乡镇"}]}
    (core.folder / "set.jsonl").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    core.run("dgqa", "eval", "set.jsonl", "--out", "run", "--gate", "keys=1")


def test_the_chat_says_in_a_line_what_it_needs_and_answers_once_that_is_installed(core: Bare, wheel: Path) -> None:
    refused = core.run("dgqa", "chat", check=False)
    assert refused.returncode == 1 and refused.stderr == "dgqa: the chat page needs gradio, which is not installed: run `pip install 'dgqa[chat]'`\n"
    core.install(f"{wheel}[chat]", "--no-compile")  # what is imported is compiled then
    assert core.size() < 640e6  # and 700 MB with all of it compiled
    address = f"http://127.0.0.1:{core.environment['DGQA_PORT']}"
    ask = f"from gradio_client import Client\nprint(Client({address!r}, verbose=False).predict({QUESTION!r}, api_name='/ask')['status'])"
    server = subprocess.Popen([core.programs / "dgqa", "chat"], cwd=core.folder, env=core.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None and address in server.stdout.readline()
        with urllib.request.urlopen(address, timeout=60) as page:
            assert page.status == 200
        assert core.run("python", "-c", ask).stdout.strip() == "answered"
    finally:
        server.terminate()
        server.wait(60)


@pytest.mark.parametrize("version", OTHERS)
def test_another_python_indexes_and_answers(wheel: Path, tmp_path: Path, version: str) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    ensure_model("multilingual-e5-small", progress=False)
    bare = Bare(tmp_path, python)
    bare.install(str(wheel), "--no-compile")  # what is imported is compiled then
    bare.run("dgqa", "index")
    assert "18个乡镇" in bare.run("dgqa", "ask", QUESTION).stdout
