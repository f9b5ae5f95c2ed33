"""Calls of Gradio's endpoints by themselves: what can be none is told, what fails gets the status of its kind, all else passes as it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from types import SimpleNamespace
from typing import Any

import pytest

from dgqa.web.guard.shapes import BUSY, UNEXPECTED, WRONG, Shapes


def ask(question: str, history: list[Any] = []) -> None:  # noqa: B006
    """Stand for an endpoint, of which only the parameters are looked at."""


def function(name: str, *, visibility: str = "public", fn: Any = ask) -> Any:
    return SimpleNamespace(fn=fn, inputs=[1, 2], api_name=name, api_visibility=visibility)


BLOCKS = SimpleNamespace(
    fns={0: function("ask"), 1: function("page", visibility="private"), 2: function("shown", fn=None)},
    _queue=SimpleNamespace(pending_messages_per_session={"s": None, "event": None}, pending_event_ids_session={"s": {"of s"}}, event_ids_to_events={"running": None}),
)


class Server:
    """What stands behind: remembers the bodies that reach it and sends what it is told."""

    def __init__(self, status: int = 200, *parts: bytes, fails: bool = False) -> None:
        self.status, self.parts, self.fails = status, parts or (b"{}",), fails
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.bodies.append((await receive())["body"] if scope["method"] == "POST" else b"")
        if self.fails and not self.status:
            raise ZeroDivisionError("/root/secret")
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        for number, part in enumerate(self.parts, 1):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(self.parts)})
        if self.fails:
            raise ZeroDivisionError


def call(server: Server, path: str, body: bytes | str = b"", *, method: str = "POST", query: str = "", leaves: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a request whose body comes in two parts; status 0 for no answer."""
    whole = body.encode() if isinstance(body, str) else body
    coming = [{"type": "http.request", "body": whole[:3], "more_body": True}, {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": whole[3:]}]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": f"/gradio_api/{path}", "query_string": query.encode(), "app": SimpleNamespace(get_blocks=lambda: BLOCKS)}
    asyncio.run(Shapes(server)(scope, receive, send))
    if not sent:
        return 0, {}, b""
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}, b"".join(one.get("body", b"") for one in sent[1:])


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("run/ask", "{", 400, "the body is no JSON"), ("run/ask", "[]", 400, "the body is no JSON object"), ("run/none", "{}", 404, "no endpoint of this name"),
        ("run/page", '{"data": [1, 2]}', 404, "no endpoint of this name"), ("run/ask", '{"data": [1]}', 400, "data has 1 items: give a list of 2 (question, history)"),
        ("run/ask", '{"data": 1}', 400, "data is no list"), ("run/ask", '{"data": [1, 2], "event_data": 1}', 400, "event_data is no object"),
        ("run/ask", '{"data": [1, 2], "fn_index": 9}', 404, "no function 9"), ("run/ask", '{"data": [1, 2], "fn_index": true}', 404, "no function True"),
        ("queue/join", '{"data": [], "session_hash": "s"}', 404, "fn_index is missing"), ("queue/join", '{"data": [1], "fn_index": 1, "session_hash": "s"}', 400, "data has 1 items: give a list of 2"),
        ("queue/join", '{"data": [1, 2], "fn_index": 2, "session_hash": "s"}', 404, "runs in the browser alone"), ("call/v2/ask", "{}", 400, "question is missing"),
        ("queue/join", json.dumps({"data": [1, 2], "fn_index": 1, "session_hash": "x" * 101}), 400, "no text of 1 to 100 characters"),
        ("queue/join", '{"data": [1, 2], "fn_index": 1, "session_hash": 5}', 400, "session_hash is no text"),
        ("call/v2/ask", '{"question": 1, "more": 2}', 400, "more is unknown: the parameters are question, history"),
    ],
)  # fmt: skip
def test_a_call_that_can_be_none_is_told_so_and_goes_no_further(path: str, body: str, status: int, says: str) -> None:
    server = Server()
    answer = call(server, path, body)
    assert answer[0] == status and says in json.loads(answer[2])["error"] and not server.bodies


def test_the_parameters_of_the_page_are_not_listed() -> None:
    told = json.loads(call(Server(), "queue/join", '{"data": [1], "fn_index": 1, "session_hash": "s"}')[2])["error"]
    assert told == "data has 1 items: give a list of 2"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("run/ask", '{"data": [1, 2]}'), ("run/ask/", '{"data": [1, 2], "event_data": {}}'), ("queue/join", '{"data": [1, 2], "fn_index": 1, "session_hash": "s"}'), ("call/ask", '{"data": [1, 2]}'),
        ("call/v2/ask", '{"question": 1}'), ("upload", "not looked at"),
    ],
)  # fmt: skip
def test_every_other_call_passes_whole_and_so_does_its_answer(path: str, body: str) -> None:
    server = Server(201, b"a", b"b")
    assert call(server, path, body)[::2] == (201, b"ab")
    assert server.bodies in ([body.encode()], [body.encode()[:3]])  # what is not looked at is not put together either


@pytest.mark.parametrize(
    ("parts", "status", "says"),
    [
        ((json.dumps({"error": "k is 0", "title": WRONG}).encode(),), 400, "k is 0"), ((b'{"error": "busy", ', json.dumps({"title": BUSY}).encode()[1:]), 503, "busy"),
        ((b'{"error": "the model is missing", "title": "Error"}',), 500, "the model is missing"), ((b'{"error": "no title"}',), 500, "no title"),
        ((b'{"error": null, "title": "Wrong request"}',), 500, UNEXPECTED), ((b"Internal Server Error",), 500, UNEXPECTED), ((b"[]",), 500, UNEXPECTED),
    ],
)  # fmt: skip
def test_what_fails_gets_the_status_of_its_kind(parts: tuple[bytes, ...], status: int, says: str) -> None:
    answer = call(Server(500, *parts), "run/ask", '{"data": [1, 2]}')
    assert (answer[0], json.loads(answer[2])) == (status, {"error": says}) and ("retry-after" in answer[1]) == (status == 503)


def test_what_gradio_did_not_foresee_tells_nothing_of_the_server() -> None:
    answer = call(Server(0, fails=True), "run/ask", '{"data": [1, 2]}')
    assert answer[0] == 500 and json.loads(answer[2]) == {"error": UNEXPECTED}
    with pytest.raises(ZeroDivisionError):  # an answer that has begun can't become another
        call(Server(200, fails=True), "run/ask", '{"data": [1, 2]}')


def test_sessions_that_nobody_can_ask_about_any_more_are_forgotten() -> None:
    marks: dict[str, set[str]] = BLOCKS._queue.pending_event_ids_session
    marks.update({f"gone {number}": set() for number in range(3_999)})
    call(Server(), "run/ask", '{"data": [1, 2]}')
    assert len(marks) == 4_000
    marks["gone as well"] = {"an event"}
    call(Server(), "run/ask", '{"data": [1, 2]}')
    assert marks == {"s": {"of s"}}


def test_nothing_is_called_for_a_client_that_has_left() -> None:
    server = Server()
    assert call(server, "run/ask", '{"data": [1, 2]}', leaves=True)[0] == 0 and not server.bodies


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("queue/data", "session_hash=s", 200), ("queue/data", "session_hash=t", 404), ("queue/data", "", 404),
        ("call/ask/event", "", 200), ("call/v2/ask/of s", "", 200),
        ("call/ask/running", "", 200), ("call/ask/s2", "", 404), ("queue/data", "session_hash=running", 404), ("info", "", 200),
    ],
)  # fmt: skip
def test_only_events_that_are_waited_for_are_told(path: str, query: str, status: int) -> None:
    assert call(Server(), path, method="GET", query=query)[0] == status


@pytest.mark.parametrize(
    ("silent", "path"), [(b'data: {"msg":"process_completed","output":{"error":null},"success":false}\n\n', "queue/data"), (b'event: error\ndata: {"error": null}\n\n', "call/ask/event")]
)
def test_an_event_that_fails_without_a_reason_says_so(silent: bytes, path: str) -> None:
    told = call(Server(200, silent, b'data: {"data": ["null"]}\n\n'), path, method="GET", query="session_hash=s")[2]
    assert told == silent.replace(b"null", json.dumps(UNEXPECTED).encode()) + b'data: {"data": ["null"]}\n\n'
