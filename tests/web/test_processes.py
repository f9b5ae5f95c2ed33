"""Two chat processes over one index, behind a proxy that takes them in turn: nobody notices that there are two."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backends import write_corpus
from dgqa.index.build import build_index
from fakes import HashingEmbedder
from forwarding import behind_a_proxy
from scripted import free_port

gradio_client = pytest.importorskip("gradio_client", reason="the page is asked with Gradio's own client")

USER, PASSWORD = "me", "richtig-geheim"
QUESTION = "东区平台接入了多少个服务事项？"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("processes")
    build_index(write_corpus(home), home / "index", embedder=HashingEmbedder())
    return home / "index"


@pytest.fixture(scope="module")
def chats(folder: Path) -> Iterator[list[str]]:
    ports = [free_port(), free_port()]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    started = [
        subprocess.Popen([sys.executable, str(Path(__file__).parents[1] / "served.py"), str(folder), str(port), USER, PASSWORD], env=environment)
        for port in ports
    ]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        for url, process in zip(urls, started, strict=True):
            _wait(url, process)
        yield urls
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1_200):
        assert process.poll() is None, "the chat has ended"
        try:
            if httpx.get(f"{url}/ready", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{url} is not ready")


@pytest.fixture(scope="module")
def url(chats: list[str]) -> Iterator[str]:
    with behind_a_proxy(chats, "") as shown:
        yield shown


def ask(url: str, question: str = QUESTION) -> dict[str, Any]:
    """Ask as a program does, which keeps no cookies: by whichever process has its turn."""
    answer = httpx.post(f"{url}/api/ask", json={"question": question}, auth=(USER, PASSWORD), timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    return {name: answer.json()[name] for name in ("status", "text", "citations")}


def test_a_login_at_one_process_holds_at_both(url: str) -> None:
    with httpx.Client(trust_env=False) as browser:
        assert browser.post(f"{url}/login", data={"username": USER, "password": PASSWORD}).status_code == 200
        for node in ("0", "1"):
            browser.cookies.set("node", node, domain="127.0.0.1", path="/")
            assert browser.get(f"{url}/config").json()["username"] == USER


def test_the_page_answers_where_a_reader_stays_with_one_process(url: str) -> None:
    page = gradio_client.Client(url, auth=(USER, PASSWORD), verbose=False)
    assert all("个服务事项" in str(page.predict(QUESTION, [], api_name="/ask")) for _ in range(2))


def test_programs_get_the_same_from_both_and_both_see_a_new_generation(url: str, folder: Path) -> None:
    before = [ask(url) for _ in range(4)]
    assert before[1:] == before[:-1] and before[0]["citations"]
    asked = "云桥试点区接入了多少个服务事项？"
    assert not any("云桥" in str(ask(url, asked)["citations"]) for _ in range(2))
    (folder.parent / "corpus" / "new.txt").write_text("云桥试点记\n\n云桥试点区接入了九百个服务事项，群众办事更快了。", encoding="utf-8")
    build_index(folder.parent / "corpus", folder, embedder=HashingEmbedder())
    deadline = time.monotonic() + 60  # a process looks at the manifest twice a second
    while not all("九百个" in str(ask(url, asked)["citations"]) for _ in range(4)):
        assert time.monotonic() < deadline


def test_either_process_says_that_it_is_alive_and_ready_without_a_login(chats: list[str]) -> None:
    for chat in chats:
        assert [httpx.get(f"{chat}/{name}", trust_env=False).status_code for name in ("health", "ready")] == [200, 200]
