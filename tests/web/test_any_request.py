"""Whatever is sent to whatever route, nobody is told of an error of the server: the status says whose fault it is, and a message what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends import write_corpus
from dgqa.answer.assistant import Assistant
from dgqa.index.build import build_index
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from fakes import HashingEmbedder
from scripted import free_port

pytest.importorskip("mcp", reason="the route of the tools is asked too")

FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
ATOMS: list[Any] = [None, True, -1, 10**30, float("nan"), float("inf"), "", "问", "\ud800", "\0", "../../etc/passwd", "x" * 5000, {}, [], [[]], FILE, {"__type__": "update", "value": "问"}, [["问", "答"]]]
VALUES = st.recursive(st.sampled_from(ATOMS), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["path", "value", "text", "role", "content", "meta", "__type__"]), inner, max_size=3), max_leaves=8)  # fmt: skip
# What a body may have besides, of each kind of route.
MORE = {
    "page": ["event_data", "trigger_id", "batched", "simple_format", "request", "event_id", "session_hash"],
    "programs": ["filter", "language", "k", "strictness", "history", "stream", "stream_options", "n", "model", "corpus", "details", "messages", "question", "params", "id"],
}
ASKED: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "问"}]}, "/api/ask": {"question": "问"}, "/api/search": {"question": "问"},
    "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "问"}}},
    "/gradio_api/call/ask": {"data": ["问", []]}, "/gradio_api/call/v2/ask": {"question": "问"}, "/gradio_api/call/search": {"data": ["问", 3]},
}  # fmt: skip
BROKEN = {
    "nothing": b"", "cut": b"{", "no text": b"\xff\xfe", "deep": b"[" * 100_000, "large": b'{"question": 1e999999}', "long": b"9" * 5000, "half": b'"\\ud800"', "null": b"null",
}  # fmt: skip
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home, port, embedder = tmp_path_factory.mktemp("any"), free_port(), HashingEmbedder()
    build_index(write_corpus(home), home / "index", embedder=embedder)
    page = ui.serve(Assistant.open(home / "index", embedder=embedder), Address(port=port, mcp=True, rate=0), block=False)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        yield client
    page.close()


def send(web: httpx.Client, path: str, body: Any, **more: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.post(path, content=content, headers={**JSON, **more})


def is_told(answer: httpx.Response) -> bool:
    """Whether an answer is one, or says in JSON what is wrong with the request."""
    return answer.status_code < 400 or (answer.status_code < 500 and bool(answer.json()["error"]))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_call_of_a_function_of_the_page_is_answered_or_the_callers_fault(web: httpx.Client, data: st.DataObject) -> None:
    functions = [one for one in web.get("/config").json()["dependencies"] if one["backend_fn"]]
    function = data.draw(st.sampled_from(functions))
    values = data.draw(st.lists(VALUES, min_size=len(function["inputs"]), max_size=len(function["inputs"])))
    body: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(MORE["page"]), VALUES, max_size=2)) | {"data": values, "fn_index": function["id"]}
    assert is_told(send(web, "/gradio_api/run/predict", body))
    joined = send(web, "/gradio_api/queue/join", {"session_hash": "any", **body})
    assert is_told(joined)
    if joined.status_code == 200:
        session: Any = body.get("session_hash", "any")
        told = web.get("/gradio_api/queue/data", params={"session_hash": session}).text
        assert '"error":null' not in told


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(sorted(ASKED)), more=st.dictionaries(st.sampled_from(MORE["page"] + MORE["programs"]), VALUES, max_size=3), broken=st.none() | st.sampled_from(sorted(BROKEN)))
def test_any_body_sent_to_a_route_for_programs_is_answered_or_the_senders_fault(web: httpx.Client, path: str, more: dict[str, Any], broken: str | None) -> None:
    assert is_told(send(web, path, {**ASKED[path], **more} if broken is None else BROKEN[broken]))


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/gradio_api/run/ask", {"data": [FILE, []]}, "a value is none that this function takes"),
        ("/gradio_api/run/ask", {"data": ["问", []], "simple_format": "\ud800"}, "simple_format: Input should be a valid"),
        ("/gradio_api/run/ask", {"data": ["问", []], "batched": float("nan")}, "batched: Input should be a valid"),
        ("/gradio_api/call/ask", {"data": ["问", []], "session_hash": ""}, "session_hash is no text of 1 to 100 characters"),
        ("/gradio_api/queue/join", {"data": ["问", []], "fn_index": 0, "session_hash": None}, "session_hash is no text of 1 to 100 characters: give a random one"),
        ("/mcp", b"[" * 100_000, "the body is no JSON"), ("/gradio_api/mcp/", b"9" * 5000, "the body is no JSON"),
    ],
)  # fmt: skip
def test_what_once_ended_in_an_error_of_the_server_says_what_is_wrong(web: httpx.Client, path: str, body: Any, says: str) -> None:
    answer = send(web, path, body)
    assert answer.status_code == 400 and says in answer.json()["error"]


def test_a_choice_that_there_is_not_is_the_callers_fault_on_both_routes(web: httpx.Client) -> None:
    asking = next(one for one in web.get("/config").json()["dependencies"] if one["api_name"] == "respond")
    body = {"data": ["", *["无"] * (len(asking["inputs"]) - 1)], "fn_index": asking["id"], "session_hash": "choice"}
    posted = send(web, "/gradio_api/run/predict", body)
    assert posted.status_code == 400 and "not in the list of choices" in posted.json()["error"]
    assert send(web, "/gradio_api/queue/join", body).status_code == 200
    assert "not in the list of choices" in web.get("/gradio_api/queue/data", params={"session_hash": "choice"}).text


@pytest.mark.parametrize("header", ["x-forwarded-host", "host", "x-gradio-server"])
@pytest.mark.parametrize("value", ["[::1", "a b", "a:99999", "http://", "a/b", "\xff"])
def test_a_header_that_names_no_host_is_the_senders_fault(web: httpx.Client, header: str, value: str) -> None:
    answer = web.get("/gradio_api/openapi.json", headers=[(header.encode(), value.encode("latin-1"))])
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["example.org", "[::1]:8080", "a_b.example.org:80, inner", "127.0.0.1", ""])
def test_a_header_that_names_a_host_is_taken(web: httpx.Client, host: str) -> None:
    assert web.get("/gradio_api/openapi.json", headers={"x-forwarded-host": host}).status_code == 200
