"""The gate by itself: what passes, what is refused, and that a client can't wear it down."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dgqa.web.gate import LOGINS, Gate
from dgqa.web.guard import limits
from dgqa.web.guard.counting import Counts, route_of
from dgqa.web.guard.limits import Limits
from dgqa.web.guard.sessions import Sessions

APP = SimpleNamespace(tokens={}, cookie_id="c")
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
    monkeypatch.setattr("dgqa.web.guard.limits._CLIENTS", 100)
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


SESSIONS = Sessions("me", "geheim:ü")


@pytest.fixture
def locked() -> Gate:
    return Gate(echo, sessions=SESSIONS, clock=Clock())


@pytest.mark.parametrize("path", ["/config", "/gradio_api/info", "/gradio_api/run/ask", "/gradio_api/queue/join", "/x", "//", "/gradio_api/user"])
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


def test_only_a_login_that_was_given_opens_the_door(locked: Gate) -> None:
    token = SESSIONS.open()
    APP.tokens = {"known": "me"}
    for name in (f"dgqa-{SESSIONS.name}", f"__Host-dgqa-{SESSIONS.name}"):
        assert call(locked, "/config", headers={"cookie": f"{name}={token}"})[0] == 200
    for cookie in (f"dgqa-x={token}", f"dgqa-{SESSIONS.name}={token[:-1]}", f"dgqa-{SESSIONS.name}=", "access-token-unsecure-c=known", "x", "=;=", "access-token-c="):
        assert call(locked, "/config", headers={"cookie": cookie})[0] == 401
        assert call(locked, "/", headers={"cookie": cookie})[1]["x-cookie"] == ""  # nor do the open pages hear of it


def test_a_login_is_a_cookie_that_other_sites_and_scripts_do_not_get_and_a_log_out_ends_it(locked: Gate) -> None:
    plain = call(locked, "/login", method="POST")[1]["set-cookie"]
    assert plain.startswith(f"dgqa-{SESSIONS.name}=") and plain.endswith("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict")
    safe = call(locked, "/login", method="POST", headers={"x-forwarded-proto": "https"})[1]["set-cookie"]
    assert safe.startswith(f"__Host-dgqa-{SESSIONS.name}=") and safe.endswith("; SameSite=Strict; Secure")
    cookie = {"cookie": plain.partition(";")[0]}
    assert call(locked, "/config", headers=cookie)[0] == 200
    status, headers, _ = call(locked, "/logout", headers=cookie)
    assert (status, headers["location"]) == (302, "./") and "Max-Age=0" in headers["set-cookie"]
    assert call(locked, "/config", headers=cookie)[0] == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-site", "origin": "https://blog.gov.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "https://blog.gov.example"},
        {"origin": "null"}, {"origin": "https://chat.gov.example:8443"}, {"origin": "https://[bad"}, {"sec-fetch-site": "same-site", "origin": "https://chat.gov.example"},
    ],
)  # fmt: skip
def test_a_page_of_another_site_gets_nothing_in_a_readers_name(locked: Gate, headers: dict[str, str]) -> None:
    with_cookie = {**headers, "host": "chat.gov.example", "cookie": f"dgqa-{SESSIONS.name}={SESSIONS.open()}"}
    for gate in (locked, Gate(echo)):
        for method, path in (("POST", "/gradio_api/run/ask"), ("GET", "/config"), ("GET", "/logout"), ("OPTIONS", "/gradio_api/run/ask")):
            assert call(gate, path, method=method, headers=with_cookie)[0] == 403
    assert call(locked, "/config", headers={**headers, "host": "chat.gov.example", "authorization": BASIC["authorization"]})[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"sec-fetch-site": "same-origin", "origin": "https://shown.example"}, {"sec-fetch-site": "none"}, {"origin": "https://chat.gov.example"},
        {"origin": "http://chat.gov.example:80"}, {"origin": "https://Front.example", "x-forwarded-host": "front.example"}, {"origin": "https://whole.example"},
    ],
)  # fmt: skip
def test_the_page_itself_and_programs_are_heard(headers: dict[str, str]) -> None:
    gate = Gate(echo, shown_at="https://whole.example/qa")
    assert call(gate, "/gradio_api/run/ask", method="POST", headers={"host": "chat.gov.example", **headers})[0] == 200


@pytest.mark.parametrize(("host", "answered"), [("127.0.0.1:7860", True), ("localhost", True), ("qa.localhost:80", True), ("[::1]:7860", True), ("", True), ("whole.example", True),
                                                ("rebound.example:7860", False), ("127.0.0.1.rebound.example", False), ("192.168.1.5", False)])  # fmt: skip
def test_without_a_password_no_name_is_answered_to_that_another_site_could_have_turned_to_this_machine(host: str, answered: bool) -> None:
    gate = Gate(echo, limits=Limits(local=True), shown_at="https://whole.example/qa")
    sent = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"} if host else {}
    assert (call(gate, "/gradio_api/run/ask", method="POST", headers=sent)[0] == 200) is answered
    assert (call(gate, "/", headers=sent)[0] == 200) is answered
    assert (call(gate, "/", headers=sent | {"authorization": "Bearer of-nobody"})[0] == 200) is answered
    assert call(gate, "/health", headers=sent)[0] == 200
    with_key = Gate(echo, limits=Limits(local=True), keys=KEYS)
    assert call(with_key, "/v1/models", headers=sent | {"authorization": f"Bearer {KEYS[0]}"})[0] == 200
    assert call(Gate(echo), "/", headers=sent)[0] == 200


def test_a_link_on_another_site_opens_the_page_and_nothing_else(locked: Gate) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert call(Gate(echo), "/", headers=link)[0] == 200
    assert call(Gate(echo), "/", method="POST", headers=link)[0] == call(Gate(echo), "/logout", headers=link)[0] == 403
    assert call(Gate(echo), "/", headers={**link, "sec-fetch-dest": "iframe"})[0] == 403
    # The browser held the login back; when the page asks for itself, it sends it.
    status, _, body = call(locked, "/", headers=link)
    assert status == 200 and b'http-equiv="refresh"' in body


def test_no_answer_lets_other_sites_read_it_and_none_carries_a_login_of_the_application() -> None:
    async def open_hearted(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"Access-Control-Allow-Origin", b"https://blog.gov.example"), (b"access-control-allow-credentials", b"true"), (b"Set-Cookie", b"access-token-c=x")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    headers = call(Gate(open_hearted, sessions=SESSIONS), "/")[1]
    assert not [name for name in headers if name.lower().startswith(("access-control-", "set-cookie"))]


WRONG = {"authorization": "Basic bWU6eA=="}


def test_logins_are_limited_by_page_and_by_program(locked: Gate) -> None:
    assert [call(locked, "/config", headers=WRONG)[0] for _ in range(LOGINS + 1)] == [401] * LOGINS + [429]
    assert call(locked, "/login", method="POST")[0] == 429
    assert call(locked, "/login", method="POST", client="5.6.7.8")[0] == 200


def test_who_has_guessed_too_often_does_not_learn_of_a_right_guess_and_others_are_let_in() -> None:
    clock = Clock()
    gate = Gate(echo, sessions=SESSIONS, clock=clock)
    cookie = {"cookie": f"dgqa-{SESSIONS.name}={SESSIONS.open()}"}
    for _ in range(LOGINS):
        call(gate, "/config", headers=WRONG)
    status, headers, _ = call(gate, "/config", headers=BASIC)
    assert (status, headers["retry-after"]) == (429, "2")
    assert call(gate, "/config", headers=BASIC, client="5.6.7.8")[0] == 200
    assert call(gate, "/config", headers=cookie)[0] == 200  # who is logged in already stays so
    clock.now = 2.0
    assert [call(gate, "/config", headers=BASIC)[0] for _ in range(3)] == [200] * 3  # right ones cost nothing


def test_right_logins_are_not_counted(locked: Gate) -> None:
    assert {call(locked, "/config", headers=BASIC)[0] for _ in range(2 * LOGINS)} == {200}


def test_a_websocket_is_closed() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(Gate(echo)({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    sent: list[Any] = []
    parts: Any = iter(())

    async def receive() -> Any:
        if part := next(parts, None):
            return part
        await asyncio.sleep(60)
        return None

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/gradio_api/run/ask", "method": "POST", "client": ("1.2.3.4", 1), "app": APP, "headers": []}
    for app in (echo, forgiving):
        sent.clear()
        parts = iter([{"type": "http.request", "body": b"x", "more_body": True}])
        asyncio.run(asyncio.wait_for(Gate(app)(scope, receive, send), 10))
        assert [message.get("status") for message in sent] == [408, None]


async def forgiving(scope: Any, receive: Any, send: Any) -> None:
    """Take any trouble with a body for a wrong request, as frameworks do."""
    try:
        await echo(scope, receive, send)
    except Exception:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"bad"})


def test_every_request_is_one_line_without_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "dgqa.web.requests")
    gate = Gate(echo, clock=Clock())
    call(gate, "/gradio_api/run/ask\n甲", method="POST", chunks=("问题".encode(), b""))
    call(gate, "/gradio_api/file=/x")
    assert [line.getMessage() for line in caplog.records] == [
        "POST /gradio_api/run/ask\\n\\u7532 200 0.000 s 1.2.3.4", "GET /gradio_api/file=/x 404 0.000 s 1.2.3.4",
    ]  # fmt: skip
    assert len(caplog.records) == 2 and "问题" not in caplog.text


def test_the_figures_are_there_for_who_may_enter(locked: Gate) -> None:
    assert call(locked, "/metrics")[0] == 401
    status, headers, body = call(locked, "/metrics", headers=BASIC)
    lines = body.decode().splitlines()
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'dgqa_requests_total{route="metrics",method="GET",status="401"} 1' in lines
    assert 'dgqa_request_seconds_bucket{route="metrics",le="+Inf"} 1' in lines and "dgqa_requests_running 0" in lines
    assert all(line.startswith("#") or line.rpartition(" ")[2].replace(".", "").isdigit() for line in lines)


def test_a_request_is_counted_under_every_bound_that_it_kept_within() -> None:
    counts = Counts()
    counts.add("GET", "/api/ask", 200, 2.0, "1.2.3.4")
    counted = {line.partition('le="')[2].partition('"')[0]: line[-1] for line in counts.text(running=0).splitlines() if "_bucket{" in line}
    assert counted == {bound: "0" if float(bound) < 2 else "1" for bound in ("0.01", "0.1", "0.5", "1.0", "2.5", "5.0", "10.0", "30.0", "120.0", "+Inf")}


def test_paths_are_counted_under_a_few_names() -> None:
    assert [route_of(path) for path in ("/", "/gradio_api/call/v2/ask", "/gradio_api/queue/join", "/assets/a.js", "/" + "x" * 50)] == [
        "page", "ask", "page events", "assets", "other",
    ]  # fmt: skip


KEYS = ("the first key of two", "the second key of two")


@pytest.mark.parametrize("key", KEYS)
def test_any_key_lets_a_program_in_where_a_password_is_asked_for(tmp_path: Path, key: str) -> None:
    gate = Gate(echo, sessions=Sessions("me", "geheim:ü", folder=tmp_path), keys=KEYS)
    status, _, _ = call(gate, "/v1/models", headers={"authorization": f"bearer {key}"})
    assert status == call(gate, "/gradio_api/info", headers={"authorization": f"Bearer {key}"})[0] == call(gate, "/api/ask", headers=BASIC)[0] == 200


@pytest.mark.parametrize("given", ["Bearer", "Bearer wrong", "Bearer the first key of tw", "Basic Og==", "Digest x"])
def test_keys_without_a_password_guard_the_endpoints_for_programs_alone(given: str) -> None:
    gate = Gate(echo, keys=KEYS)
    status, headers, body = call(gate, "/v1/chat/completions", method="POST", headers={"authorization": given})
    assert (status, headers["content-type"]) == (401, "application/json") and b"authentication_error" in body
    for path in ("/mcp", "/mcp/", "/gradio_api/mcp/", "/api/ask"):
        assert call(gate, path, method="POST", headers={"authorization": given})[0] == 401
    for path in ("/", "/v12", "/mcps"):
        assert call(gate, path, headers={"authorization": given})[0] == 200


def test_without_keys_and_password_a_key_that_a_client_must_send_changes_nothing() -> None:
    assert call(Gate(echo), "/v1/models", headers={"authorization": "Bearer none"})[0] == 200


def test_wrong_keys_are_counted_as_wrong_logins() -> None:
    gate = Gate(echo, keys=KEYS, clock=Clock())
    answers = [call(gate, "/v1/models", headers={"authorization": "Bearer wrong"})[0] for _ in range(LOGINS + 1)]
    assert answers == [401] * LOGINS + [429]
    assert call(gate, "/v1/models", headers={"authorization": f"Bearer {KEYS[0]}"})[0] == 429
    assert call(gate, "/v1/models", headers={"authorization": f"Bearer {KEYS[0]}"}, client="5.6.7.8")[0] == 200


def test_a_program_with_an_old_key_keeps_nobody_beside_it_from_logging_in() -> None:
    gate = Gate(echo, sessions=SESSIONS, keys=KEYS, clock=Clock())
    for _ in range(LOGINS + 1):
        call(gate, "/v1/models", headers={"authorization": "Bearer wrong"})
    assert call(gate, "/config", headers=BASIC)[0] == call(gate, "/login", method="POST")[0] == 200


def test_whether_the_server_is_there_is_told_without_a_password(locked: Gate) -> None:
    assert [call(locked, path)[0] for path in ("/health", "/ready", "/v1/models")] == [200, 200, 401]


def test_pages_of_the_named_origins_alone_may_show_this_one_in_a_frame() -> None:
    embedded, plain = Gate(echo, limits=Limits(frames=("https://a.test", "https://b.test:8443"))), Gate(echo)
    framed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    status, headers, _ = call(embedded, headers=framed)
    assert status == 200 and headers["content-security-policy"].endswith("frame-ancestors 'self' https://a.test https://b.test:8443")
    assert call(plain, headers=framed)[0] == 403 and call(plain)[1]["content-security-policy"].endswith("frame-ancestors 'self'")


def test_a_login_ends_no_request_that_is_under_way() -> None:
    app = SimpleNamespace(tokens={}, cookie_id="c")

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        app.tokens["of the application"] = "me"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    gate = Gate(slow, sessions=SESSIONS)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    def scope(path: str, method: str, headers: dict[str, str]) -> dict[str, Any]:
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        return {"type": "http", "path": path, "method": method, "headers": named, "client": ("1.2.3.4", 1), "app": app}

    async def nothing() -> Any:
        return {"type": "http.request", "body": b""}

    asyncio.run(gate(scope("/config", "GET", BASIC), nothing, send))
    (own,) = app.tokens.keys() - {"of the application"}
    asyncio.run(gate(scope("/login", "POST", {}), nothing, send))
    assert list(app.tokens) == [own]
