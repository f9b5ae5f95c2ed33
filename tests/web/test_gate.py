"""The gate by itself: what passes, what is refused, and that a client can't wear it down."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import MutableMapping
from types import SimpleNamespace
from typing import Any

import pytest

from dgqa.web.gate import LOGINS, Gate, Limits

APP = SimpleNamespace(tokens={"known": "me"}, cookie_id="c")
BASIC = {"authorization": "Basic " + base64.b64encode("me:geheim:ü".encode()).decode()}


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def call(
    gate: Gate, path: str = "/", *, method: str = "GET", headers: dict[str, str] | None = None, chunks: tuple[bytes, ...] = (b"",), client: str = "1.2.3.4"
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a request."""
    sent: list[MutableMapping[str, Any]] = []
    parts = iter(chunks)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": next(parts, b""), "more_body": True}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "path": path, "method": method, "client": (client, 1), "app": APP,
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }  # fmt: skip
    asyncio.run(gate(scope, receive, send))
    given = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], given, b"".join(message.get("body", b"") for message in sent[1:])


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the cookie and everything that was sent, up to an empty part."""
    body = b""
    while part := (await receive())["body"]:
        body += part
    cookie = dict(scope["headers"]).get(b"cookie", b"")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-cookie", cookie)]})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd", "/gradio_api/file/etc/passwd", "/gradio_api/proxy=http://a.test", "/gradio_api/upload",
        "/gradio_api/upload_progress", "/gradio_api/stream/a/b/c/playlist.m3u8", "/gradio_api/process_recording", "/gradio_api/vibe-edit/",
        "/gradio_api/custom_component/a", "/gradio_api/deep_link", "/gradio_api/dev/reload", "/monitoring", "/monitoring/summary",
    ],
)  # fmt: skip
def test_what_the_page_never_uses_is_not_there(path: str) -> None:
    for method in ("GET", "POST", "HEAD"):
        assert call(Gate(echo), path, method=method)[0] == 404


def test_files_can_be_sent_where_that_is_allowed_and_up_to_the_limit_only() -> None:
    gate = Gate(echo, limits=Limits(upload=10))
    assert call(gate, "/gradio_api/upload", method="POST", chunks=(b"x" * 10, b""))[0] == 200
    assert call(gate, "/gradio_api/upload", method="POST", chunks=(b"x" * 11, b""))[0] == 413


def test_a_body_above_the_limit_is_refused_by_its_length_and_by_what_really_comes() -> None:
    gate = Gate(echo, limits=Limits(body=10))
    assert call(gate, method="POST", chunks=(b"x" * 5, b"x" * 5, b""))[::2] == (200, b"x" * 10)
    assert call(gate, method="POST", headers={"content-length": "11"})[::2] == (413, b"the request has 11 bytes, the limit is 10: send less")
    assert call(gate, method="POST", headers={"content-length": "3"}, chunks=(b"x" * 6, b"x" * 6, b""))[0] == 413
    assert call(gate, method="POST", headers={"content-length": "-1"})[0] == 400


def test_a_client_has_so_many_requests_a_minute_and_gets_them_back_with_time() -> None:
    clock = Clock()
    gate = Gate(echo, limits=Limits(rate=3), clock=clock)
    assert [call(gate, method="POST")[0] for _ in range(4)] == [200, 200, 200, 429]
    assert call(gate, method="POST")[1]["retry-after"] == "20"
    assert call(gate, method="POST", client="5.6.7.8")[0] == 200  # another client has its own
    assert call(gate)[0] == 200  # reading is free
    clock.now = 20.0
    assert [call(gate, method="POST")[0] for _ in range(2)] == [200, 429]


def test_more_clients_than_can_be_remembered_are_forgotten_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgqa.web.gate._CLIENTS", 100)
    gate = Gate(echo, limits=Limits(rate=3), clock=Clock())
    for number in range(1_000):
        call(gate, method="POST", client=str(number))
    assert gate._rate is not None and len(gate._rate._left) <= 102


def test_requests_beyond_those_that_fit_at_once_are_refused() -> None:
    statuses: list[int] = []

    async def nested(scope: Any, receive: Any, send: Any) -> None:
        # A second request while the first is still open, in an event loop of its own.
        statuses.append(await asyncio.to_thread(lambda: call(gate)[0]))
        await echo(scope, receive, send)

    gate = Gate(nested, limits=Limits(open=1))
    assert call(gate)[0] == 200 and statuses == [503]
    gate.app = echo
    assert call(gate)[0] == 200


def test_every_answer_keeps_the_browser_to_this_host() -> None:
    for path in ("/", "/gradio_api/file=x"):
        headers = call(Gate(echo), path)[1]
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "connect-src 'self' data: blob:" in policy and "object-src 'none'" in policy
        assert "http" not in policy and "*" not in policy
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


@pytest.fixture
def locked() -> Gate:
    APP.tokens = {"known": "me"}
    return Gate(echo, user="me", password="geheim:ü", clock=Clock())


@pytest.mark.parametrize("path", ["/config", "/gradio_api/info", "/gradio_api/run/ask", "/gradio_api/mcp/", "/gradio_api/queue/join", "/x", "//", "/gradio_api/user"])
def test_with_a_password_everything_but_the_login_page_is_closed(locked: Gate, path: str) -> None:
    status, headers, body = call(locked, path, method="POST")
    assert (status, headers["www-authenticate"]) == (401, 'Basic realm="dgqa"') and b"geheim" not in body


@pytest.mark.parametrize("path", ["/", "/login", "/assets/index.js", "/static/x.png", "/theme.css", "/gradio_api/startup-events"])
def test_the_login_page_and_what_it_is_made_of_are_open(locked: Gate, path: str) -> None:
    assert call(locked, path)[0] == 200


@pytest.mark.parametrize("path", ["/assets/../config", "/static/../gradio_api/info", "/.."])
def test_a_path_that_climbs_leads_nowhere(locked: Gate, path: str) -> None:
    assert call(locked, path)[0] == call(Gate(echo), path)[0] == 404


def test_a_program_with_the_password_is_let_in_as_the_user(locked: Gate) -> None:
    status, headers, _ = call(locked, "/config", headers={**BASIC, "cookie": "access-token-c=forged"})
    name, _, token = headers["x-cookie"].partition("=")
    assert status == 200 and name == "access-token-unsecure-c" and APP.tokens[token] == "me"


@pytest.mark.parametrize("given", ["Basic", "Basic !!!", "Basic bWU6", "Basic bWU6Z2VoZWlt", "Bearer x", "Basic " + base64.b64encode(b"you:geheim").decode()])
def test_a_wrong_login_is_refused(locked: Gate, given: str) -> None:
    assert call(locked, "/config", headers={"authorization": given})[0] == 401


def test_only_a_session_that_the_application_knows_opens_the_door(locked: Gate) -> None:
    assert call(locked, "/config", headers={"cookie": "access-token-unsecure-c=known"})[0] == 200
    for cookie in ("access-token-unsecure-c=other", "access-token-unsecure-d=known", "x", "=;=", "access-token-c="):
        assert call(locked, "/config", headers={"cookie": cookie})[0] == 401


def test_logins_are_limited_by_page_and_by_program(locked: Gate) -> None:
    wrong = {"authorization": "Basic bWU6eA=="}
    assert [call(locked, "/config", headers=wrong)[0] for _ in range(LOGINS + 1)] == [401] * LOGINS + [429]
    assert call(locked, "/login", method="POST")[0] == 429
    assert call(locked, "/config", headers=BASIC)[0] == 200  # who knows it is not locked out
    assert call(locked, "/login", method="POST", client="5.6.7.8")[0] == 200


def test_a_websocket_is_closed() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(Gate(echo)({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
