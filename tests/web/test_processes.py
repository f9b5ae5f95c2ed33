"""Two chat processes over one index, behind a proxy that takes them in turn and behind those that the documentation shows: nobody notices that there are two."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backends import write_corpus
from dgqa.index.build import build_index
from fakes import HashingEmbedder
from forwarding import behind_a_proxy
from proxies import behind_caddy, behind_nginx
from scripted import free_port

gradio_client = pytest.importorskip("gradio_client", reason="the page is asked with Gradio's own client")

USER, PASSWORD, KEY = "me", "richtig-geheim", "a-key-of-this-test-alone"
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
        subprocess.Popen([sys.executable, str(Path(__file__).parents[1] / "served.py"), str(folder), str(port), USER, PASSWORD, KEY], env=environment)
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


@pytest.fixture(scope="module", params=["in turn", "nginx", "caddy"])
def url(request: pytest.FixtureRequest, chats: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("proxy")
    kinds: dict[str, AbstractContextManager[str]] = {
        "in turn": behind_a_proxy(chats, ""), "nginx": behind_nginx(chats, home), "caddy": behind_caddy(chats, home),
    }  # fmt: skip
    with kinds[request.param] as shown:
        yield shown


_numbers = itertools.cycle(range(2, 10))


def newcomer() -> httpx.Client:
    """Return who comes for the first time, without a cookie, from an address of their own."""
    return httpx.Client(transport=httpx.HTTPTransport(verify=False, local_address=f"127.0.0.{next(_numbers)}"), timeout=60)


def ask(url: str, question: str = QUESTION) -> dict[str, Any]:
    """Ask as a program does, which keeps no cookies: by whichever process the proxy takes."""
    with newcomer() as program:
        answer = program.post(f"{url}/api/ask", json={"question": question}, auth=(USER, PASSWORD))
    assert answer.status_code == 200, answer.text
    return {name: answer.json()[name] for name in ("status", "text", "citations")}


def counts(chats: list[str], route: str) -> list[int]:
    """Return how many requests each process has answered."""
    told = [httpx.get(f"{chat}/metrics", auth=(USER, PASSWORD), trust_env=False).text for chat in chats]
    return [sum(int(number) for number in re.findall(rf'dgqa_requests_total\{{route="{route}",.*,status="200"\}} (\d+)', text)) for text in told]


def test_a_login_at_one_process_holds_at_both(url: str, chats: list[str]) -> None:
    with newcomer() as browser:
        assert browser.post(f"{url}/login", data={"username": USER, "password": PASSWORD}).status_code == 200
        login = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar if cookie.name not in ("node", "lb"))
    before = counts(chats, "other")
    for _ in range(16):
        with newcomer() as browser:
            assert browser.get(f"{url}/config", headers={"cookie": login}).json()["username"] == USER
    assert all(now > then for now, then in zip(counts(chats, "other"), before, strict=True)), "both have answered"


def test_the_page_answers_where_a_reader_stays_with_one_process(url: str, chats: list[str]) -> None:
    page = gradio_client.Client(url, auth=(USER, PASSWORD), verbose=False, ssl_verify=False)
    before = counts(chats, "page events")
    assert all("个服务事项" in str(page.predict(QUESTION, [], api_name="/ask")) for _ in range(3))
    assert sum(now > then for now, then in zip(counts(chats, "page events"), before, strict=True)) == 1


def test_programs_get_the_same_from_both_and_both_see_a_new_generation(url: str, chats: list[str], folder: Path) -> None:
    counted = counts(chats, "ask")
    before = [ask(url) for _ in range(16)]
    assert before[1:] == before[:-1] and before[0]["citations"]
    assert all(now > then for now, then in zip(counts(chats, "ask"), counted, strict=True)), "both have answered"
    named = f"云桥{uuid.uuid4().int % 90_000 + 10_000}号"  # that no run before has written of
    asked = f"{named}试点区接入了多少个服务事项？"
    assert not any(named in str(ask(url, asked)["citations"]) for _ in range(2))
    (folder.parent / "corpus" / "new.txt").write_text(f"云桥试点记\n\n{named}试点区接入了九百个服务事项，群众办事更快了。", encoding="utf-8")
    build_index(folder.parent / "corpus", folder, embedder=HashingEmbedder())
    deadline = time.monotonic() + 60  # a process looks at the manifest twice a second
    while not all(named in str(ask(url, asked)["citations"]) for _ in range(16)):
        assert time.monotonic() < deadline


def test_the_client_of_a_language_model_is_answered_as_the_answer_grows(url: str) -> None:
    openai = pytest.importorskip("openai", reason="the extra test is not installed")
    with newcomer() as program, openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0, http_client=program) as client:
        pieces = list(client.chat.completions.create(model="dgqa", messages=[{"role": "user", "content": QUESTION}], stream=True))
    said = "".join(choice.delta.content or "" for piece in pieces for choice in piece.choices)
    assert "个服务事项" in said and len(pieces) > 2


def test_either_process_says_that_it_is_alive_and_ready_without_a_login(chats: list[str]) -> None:
    for chat in chats:
        assert [httpx.get(f"{chat}/{name}", trust_env=False).status_code for name in ("health", "ready")] == [200, 200]
