"""The served page from outside: who may enter, which files it gives, which hosts it calls."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dgqa.errors import ConfigError
from dgqa.web.page import page as ui
from dgqa.web.server import Address, is_loopback, launch
from scripted import QUESTION, ScriptedAssistant, free_port

gradio_client = pytest.importorskip("gradio_client", reason="the server is tried with Gradio's own client")

ROOT = Path(__file__).parents[2]
USER, PASSWORD = "me", "richtig-geheim"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    page = ui.serve(ScriptedAssistant(), Address(port=port), block=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    port = free_port()
    page = ui.serve(ScriptedAssistant(), Address(port=port, user=USER, password=PASSWORD, mcp=True), block=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


def raw_get(url: str, target: str) -> tuple[int, bytes]:
    """Request a target just as it is written: httpx would tidy `..` away."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return int(answer.split(b" ", 2)[1]), answer


FILES = (ROOT / "pyproject.toml", ROOT / "src" / "dgqa" / "web" / "page" / "page.py", ROOT / "README.md", Path("/etc/hostname"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_no_file_of_the_server_can_be_read(url: str, file: Path) -> None:
    relative = file.name
    climbing = "../" * 12 + str(file).lstrip("/")
    encoded = climbing.replace("../", "..%2f")
    targets = [
        *(f"/gradio_api/{route}{path}" for route in ("file=", "file/", "file%3D") for path in (file, relative, climbing, encoded, f"file://{file}")),
        *(f"/{folder}/{path}" for folder in ("static", "assets", "svelte") for path in (climbing, encoded, encoded.replace("%2f", "%252f"), f"/{file}")),
        f"/file={file}", f"//gradio_api/file={file}", f"/gradio_api//file={file}", f"/gradio_api/custom_component/a/client/b/{encoded}",
        f"/gradio_api/proxy=file://{file}", f"/{encoded}", f"/?page={climbing}",
    ]  # fmt: skip
    secret = file.read_bytes().strip()[:60]
    for target in targets:
        status, answer = raw_get(url, target)
        assert secret not in answer, target
        assert status in (400, 403, 404) or target.startswith("/?page="), (status, target)


@pytest.mark.parametrize("value", [{"path": str(ROOT / "pyproject.toml"), "meta": {"_type": "gradio.FileData"}}, {"path": "/etc/hostname"}])
def test_a_file_given_as_a_question_is_not_opened(url: str, value: dict[str, Any]) -> None:
    answer = httpx.post(f"{url}/gradio_api/run/ask", json={"data": [value, []]})
    assert "build-backend" not in answer.text and answer.status_code in (200, 400, 422, 500)
    assert socket.gethostname() not in answer.text


def test_nothing_can_be_sent_where_the_page_takes_no_files(url: str) -> None:
    assert httpx.post(f"{url}/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 404


def test_a_request_above_the_limit_is_refused(url: str) -> None:
    answer = httpx.post(f"{url}/gradio_api/run/ask", json={"data": ["问" * 1_000_000, []]})
    assert answer.status_code == 413 and "send less" in answer.text


def test_the_page_carries_the_headers_that_keep_a_browser_in(url: str) -> None:
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("origin", ["http://attacker.test", "http://localhost:1", "null"])
def test_another_site_cannot_read_the_answers(url: str, origin: str) -> None:
    answer = httpx.post(f"{url}/gradio_api/run/ask", json={"data": [QUESTION, []]}, headers={"origin": origin})
    assert answer.status_code == 403 and not [name for name in answer.headers if name.startswith("access-control-")]
    assert httpx.post(f"{url}/gradio_api/run/ask", json={"data": [QUESTION, []]}, headers={"origin": url}).status_code == 200


def test_a_login_at_one_process_holds_at_another_and_a_log_out_at_one_ends_it_there(locked: str) -> None:
    port = free_port()
    page = ui.serve(ScriptedAssistant(), Address(port=port, user=USER, password=PASSWORD), block=False)
    try:
        with httpx.Client() as browser:
            assert browser.post(f"{locked}/login", data={"username": USER, "password": PASSWORD}).status_code == 200
            assert browser.get(f"http://127.0.0.1:{port}/config").json()["username"] == USER
            assert browser.post(f"http://127.0.0.1:{port}/gradio_api/run/ask", json={"data": [QUESTION, []]}).status_code == 200
            token = dict(browser.cookies)
            assert browser.get(f"http://127.0.0.1:{port}/logout").status_code == 302
            assert httpx.get(f"{locked}/config", cookies=token).status_code == 401
    finally:
        page.close()


def test_the_page_states_no_analytics_and_no_monitoring(url: str) -> None:
    config = httpx.get(f"{url}/config").json()
    assert config["analytics_enabled"] is False
    assert httpx.get(f"{url}/monitoring").status_code == 404


def test_serving_and_answering_call_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        called.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    port = free_port()
    page = ui.serve(ScriptedAssistant(), Address(port=port), block=False)
    try:
        assert httpx.post(f"http://127.0.0.1:{port}/gradio_api/run/ask", json={"data": [QUESTION, []]}).status_code == 200
    finally:
        page.close()
    assert called and {address[0] for address in called if isinstance(address, tuple)} <= {"127.0.0.1", "::1"}


def test_without_a_login_the_page_shows_nothing_but_the_login(locked: str) -> None:
    page = httpx.get(locked)
    assert page.status_code == 200 and '"auth_required":true' in page.text.replace(" ", "")
    assert "dgqa-question" not in page.text
    for method, path in (
        ("GET", "/config"), ("GET", "/gradio_api/info"), ("POST", "/gradio_api/run/ask"), ("POST", "/gradio_api/call/ask"), ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/data?session_hash=a"), ("POST", "/gradio_api/mcp/"), ("GET", "/gradio_api/mcp/sse"), ("GET", "/gradio_api/mcp/schema"),
        ("GET", "/gradio_api/heartbeat/a"), ("POST", "/gradio_api/component_server"), ("GET", "/gradio_api/openapi.json"),
    ):  # fmt: skip
        answer = httpx.request(method, f"{locked}{path}", json={"data": [QUESTION, []]} if method == "POST" else None)
        assert answer.status_code == 401, path
        assert PASSWORD not in answer.text


def test_the_login_page_lets_in_with_the_right_password_alone(locked: str) -> None:
    with httpx.Client(base_url=locked) as browser:
        assert browser.post("/login", data={"username": USER, "password": "falsch"}).status_code == 400
        assert browser.get("/config").status_code == 401
        assert browser.post("/login", data={"username": USER, "password": PASSWORD}).status_code == 200
        assert browser.get("/config").json()["username"] == USER
        assert browser.post("/gradio_api/run/ask", json={"data": [QUESTION, []]}).json()["data"][0]["status"] == "answered"
        browser.get("/logout")
        assert browser.get("/config").status_code == 401


def test_a_program_gets_in_by_http_basic_and_by_gradios_own_login(locked: str) -> None:
    posted = httpx.post(f"{locked}/gradio_api/run/ask", json={"data": [QUESTION, []]}, auth=(USER, PASSWORD))
    assert posted.json()["data"][0]["status"] == "answered"
    assert httpx.post(f"{locked}/gradio_api/run/ask", json={"data": [QUESTION, []]}, auth=(USER, "falsch")).status_code == 401
    client = gradio_client.Client(locked, auth=(USER, PASSWORD), verbose=False)
    assert client.predict(QUESTION, api_name="/ask")["status"] == "answered"
    client.close()
    with pytest.raises(ValueError, match="Could not login"):
        gradio_client.Client(locked, auth=(USER, "falsch"), verbose=False)


def test_an_mcp_client_gets_in_by_http_basic(locked: str) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    import asyncio

    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def ask() -> Any:
        async with (
            httpx.AsyncClient(auth=(USER, PASSWORD)) as http,
            streamable_http_client(f"{locked}/gradio_api/mcp/", http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await session.call_tool("ask", {"question": QUESTION})

    assert json.loads(asyncio.run(ask()).content[0].text)["status"] == "answered"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("192.168.1.2", False), ("", False), ("no.such.host.invalid", False),
    ],
)  # fmt: skip
def test_an_address_is_ones_own_machine_or_not(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_an_address_that_others_can_reach_needs_a_password_or_to_be_meant_public() -> None:
    with pytest.raises(ConfigError, match=r"host 0\.0\.0\.0 can be reached by others.*DGQA_USER and DGQA_PASSWORD.*`public = true`"):
        ui.serve(ScriptedAssistant(), Address("0.0.0.0", free_port()), block=False)
    Address("0.0.0.0", free_port(), USER, PASSWORD).check()
    Address("0.0.0.0", free_port(), public=True).check()


@pytest.mark.parametrize(("user", "password", "missing"), [(USER, "", "password"), ("", PASSWORD, "user")])
def test_half_a_login_is_an_error_that_does_not_print_it(user: str, password: str, missing: str) -> None:
    with pytest.raises(ConfigError, match=f"no {missing}") as caught:
        Address(user=user, password=password).check()
    assert PASSWORD not in str(caught.value) and PASSWORD not in repr(Address(password=PASSWORD))


def test_a_key_that_can_be_guessed_is_an_error_that_does_not_print_it() -> None:
    with pytest.raises(ConfigError, match="fewer than 16 characters") as caught:
        Address(port=free_port(), keys=("long enough to be one", "geheim")).check()
    assert "geheim" not in str(caught.value) and "geheim" not in repr(Address(keys=("geheim",)))


@pytest.mark.parametrize("origin", ["example.org", "https://example.org/page", "https://a.test; script-src *", "*"])
def test_an_origin_that_is_none_is_an_error_and_no_hole_in_the_policy(origin: str) -> None:
    with pytest.raises(ConfigError, match="embed has"):
        Address(port=free_port(), embed=(origin,)).check()


def test_mcp_without_its_package_is_an_error_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgqa.web.server.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'dgqa\[mcp\]'"):
        Address(port=free_port(), mcp=True).check()


def test_a_port_in_use_is_an_error_that_names_it_and_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} .*in use.*--port.*DGQA_PORT"):
            ui.serve(ScriptedAssistant(), Address(port=port), block=False)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 0), ("127.0.0.1", 70000), ("192.0.2.1", 8000)])
def test_an_address_that_cannot_be_listened_on_is_an_error_that_names_it(host: str, port: int) -> None:
    with pytest.raises(ConfigError, match=str(port)):
        ui.serve(ScriptedAssistant(), Address(host, port, public=True), block=False)


@pytest.mark.parametrize("error", [ValueError("localhost is not accessible"), RuntimeError("failed (code 503)"), httpx.ConnectTimeout("timed out")])
def test_a_server_that_does_not_answer_is_an_error_that_names_its_address_and_leaves_nothing_running(error: Exception) -> None:
    class Deaf:
        closed = False

        def queue(self, **options: Any) -> None: ...

        def launch(self, **options: Any) -> None:
            raise error

        def close(self, verbose: bool = True) -> None:
            self.closed = True

    page, address = Deaf(), Address(port=free_port())
    with pytest.raises(ConfigError, match=rf"127.0.0.1 port {address.port} but does not answer.*{type(error).__name__}"):
        launch(page, address)  # type: ignore[arg-type]
    assert page.closed
