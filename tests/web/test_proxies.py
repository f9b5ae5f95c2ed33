"""The network around the chat: a proxy that the environment names, and a proxy in front that shows the page under a path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dgqa.config import reach_directly
from dgqa.errors import ConfigError
from dgqa.models.chat import open_chat_model
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from forwarding import behind_a_proxy
from llms import chat_server
from proxies import behind_caddy, behind_nginx
from scripted import QUESTION, ScriptedAssistant, free_port

NOWHERE = "127.0.0.1:9"  # nothing listens there


@pytest.fixture(params=[{"HTTP_PROXY": f"http://{NOWHERE}"}, {"all_proxy": f"socks5://{NOWHERE}", "http_proxy": f"http://{NOWHERE}"}], ids=["http", "socks"])
def proxied(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)


def test_the_chat_starts_where_the_environment_names_a_proxy(proxied: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "example.org")
    port = free_port()
    page = ui.serve(ScriptedAssistant(), Address(port=port), block=False)
    try:
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"http://127.0.0.1:{port}/").status_code == 200
    finally:
        page.close()
    assert os.environ["no_proxy"] == "example.org"


def test_this_machine_is_reached_past_the_proxy_and_other_hosts_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{NOWHERE}")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("no_proxy", "")
    reach_directly("10.1.2.3")
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "example.org,localhost,127.0.0.1,::1,10.1.2.3"


def test_without_a_proxy_the_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    reach_directly("10.1.2.3")
    assert "NO_PROXY" not in os.environ and "no_proxy" not in os.environ


def test_a_model_on_this_machine_is_asked_directly(proxied: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai")
    pytest.importorskip("socksio")
    monkeypatch.setenv("DGQA_LLM_KEY", "x")
    with chat_server(["好。"]) as (address, asked):
        reach_directly()
        said = [str(piece.content) for piece in open_chat_model("openai:any", base_url=address, max_retries=0).stream("好吗？")]
    assert "".join(said) == "好。" and len(asked) == 1


# --- under a path ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def under_a_path() -> Iterator[Any]:
    page = ui.serve(ScriptedAssistant(), Address(port=free_port(), root_path="/qa/"), block=False)
    yield page
    page.close()


@pytest.mark.parametrize("cut", [True, False], ids=["path cut off", "path passed on"])
def test_the_page_and_the_endpoints_work_under_a_path(under_a_path: Any, cut: bool) -> None:
    with behind_a_proxy(str(under_a_path.local_url), "/qa", cut=cut) as outside, httpx.Client(trust_env=False, timeout=30) as client:
        assert f'{outside}/qa' in client.get(f"{outside}/qa/").text
        assert client.get(f"{outside}/qa/theme.css").status_code == 200
        asked = client.post(f"{outside}/qa/gradio_api/run/ask", json={"data": [QUESTION, []]})
        assert asked.json()["data"][0]["status"] == "answered"
        assert client.get(f"{outside}/qa/monitoring").status_code == client.get(f"{outside}/qa/gradio_api/file=/etc/hostname").status_code == 404
        assert client.get(f"{outside}/theme.css").status_code == 404


@pytest.mark.parametrize("behind", [behind_nginx, behind_caddy], ids=["nginx", "caddy"])
def test_the_page_and_the_endpoints_work_under_a_path_behind_the_proxies_of_the_documentation(under_a_path: Any, behind: Any, tmp_path: Path) -> None:
    with behind([str(under_a_path.local_url)], tmp_path, "usage.md") as outside, httpx.Client(trust_env=False, timeout=30) as client:
        assert f"{outside}/qa" in client.get(f"{outside}/qa/").text
        assert client.get(f"{outside}/qa", follow_redirects=True).url == f"{outside}/qa/"
        assert client.get(f"{outside}/qa/theme.css").status_code == 200
        asked = client.post(f"{outside}/qa/gradio_api/run/ask", json={"data": [QUESTION, []]})
        assert asked.json()["data"][0]["status"] == "answered"
        assert client.post(f"{outside}/qa/api/ask", json={"question": QUESTION}).json()["status"] == "answered"


@pytest.mark.parametrize("root_path", ["qa", "/qa?x", "//host/qa", "ftp://host/qa"])
def test_a_root_path_that_is_none_is_an_error(root_path: str) -> None:
    with pytest.raises(ConfigError, match="give a path such as /qa"):
        Address(port=free_port(), root_path=root_path).check()


def test_the_password_holds_under_a_path_too() -> None:
    page = ui.serve(ScriptedAssistant(), Address(port=free_port(), user="me", password="geheim", root_path="/qa"), block=False)
    try:
        with behind_a_proxy(str(page.local_url), "/qa", cut=False) as outside, httpx.Client(trust_env=False, timeout=30) as client:
            ask = f"{outside}/qa/gradio_api/run/ask"
            assert client.post(ask, json={"data": [QUESTION, []]}).status_code == 401
            assert client.get(f"{outside}/qa/config").status_code == 401
            assert client.post(ask, json={"data": [QUESTION, []]}, auth=("me", "geheim")).status_code == 200
            assert client.post(f"{outside}/qa/login", data={"username": "me", "password": "geheim"}).status_code == 200
            assert client.get(f"{outside}/qa/config").status_code == 200
    finally:
        page.close()
