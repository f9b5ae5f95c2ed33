"""The endpoints for programs: asked with Gradio's own client and with plain HTTP."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from dgqa.errors import IndexMismatchError
from dgqa.types import Answer, AnswerSentence
from dgqa.web.guard.shapes import BUSY
from dgqa.web.page import page as ui
from dgqa.web.page.errors import public
from dgqa.web.programs.endpoints import add_endpoints
from dgqa.web.server import Address
from scripted import FIVE, QUESTION, SYSTEMS, ScriptedAssistant, answered, citation, free_port

gradio_client = pytest.importorskip("gradio_client", reason="the endpoints are tried with Gradio's own client")

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
UNSURE = "不一定？"
SECRET = "index at /root/secret/index does not fit C:\\Users\\me\\e5, key sk-abcdefghijklmnopqrstuvwxyz: run `dgqa index`"


@pytest.fixture(scope="module")
def assistant() -> ScriptedAssistant:
    said = AnswerSentence("甲乙。", (1,), 0.5, verdict="unconfirmed", phrase=(0, 2))
    unsure = Answer(UNSURE, "partial", "甲乙。[1]", (said,), (citation(1, "hot", FIVE),), confidence=0.4)
    return ScriptedAssistant({"错": IndexMismatchError(SECRET), "崩": ZeroDivisionError(SECRET), UNSURE: unsure})


@pytest.fixture(scope="module")
def url(assistant: ScriptedAssistant) -> Iterator[str]:
    port = free_port()
    page = ui.serve(assistant, Address(port=port), block=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Any]:
    client = gradio_client.Client(url, verbose=False)
    yield client
    client.close()


def with_file_for_path(value: Any) -> Any:
    if isinstance(value, dict):
        return {"file" if key == "path" else key: with_file_for_path(item) for key, item in value.items()}
    return [with_file_for_path(item) for item in value] if isinstance(value, list) else value


def test_a_plain_client_gets_the_whole_answer_with_file_for_path(client: Any) -> None:
    got = client.predict(QUESTION, api_name="/ask")
    assert got == with_file_for_path(json.loads(json.dumps(answered(QUESTION).to_dict())))
    assert got["citations"][0]["file"] == "hot.txt"


def test_an_answer_carries_its_confidence_and_of_each_sentence_the_verdict_and_the_short_answer(client: Any, assistant: ScriptedAssistant) -> None:
    got = client.predict(UNSURE, api_name="/ask")
    assert got["confidence"] == 0.4 and got["sentences"][0]["phrase"] == [0, 2] and got["sentences"][0]["verdict"] == "unconfirmed"


def test_the_history_reaches_the_assistant_as_pairs(client: Any, assistant: ScriptedAssistant) -> None:
    client.predict("那目标呢？", [[QUESTION, "五个。"]], api_name="/ask")
    assert assistant.asked[-1] == ("那目标呢？", [(QUESTION, "五个。")])


@pytest.mark.parametrize("history", ["问", [["问"]], [["问", 1]], [["问", "答"]] * 51])
def test_a_history_that_is_none_is_refused_with_what_it_must_be(client: Any, history: Any) -> None:
    with pytest.raises(gradio_client.exceptions.AppError, match=r"history (is a str|is .*: give a list of|has 51 turns)"):
        client.predict(QUESTION, history, api_name="/ask")


def test_the_search_endpoint_returns_hits_best_first(client: Any) -> None:
    got = client.predict(QUESTION, 1, api_name="/search")
    assert [(hit["rank"], hit["passage"]["doc_id"], hit["passage"]["file"]) for hit in got] == [(1, "hot", "hot.txt")]


@pytest.mark.parametrize("k", [0, 51, "viele", True])
def test_a_count_of_hits_out_of_range_is_refused_with_the_range(client: Any, k: Any) -> None:
    with pytest.raises(gradio_client.exceptions.AppError, match="from 1 to 50"):
        client.predict(QUESTION, k, api_name="/search")


def test_only_the_named_endpoints_are_public_and_they_are_described(client: Any) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/ask", "/search"}
    assert endpoints["/ask"]["description"].startswith("Answer a question from the articles")
    assert [parameter["parameter_name"] for parameter in endpoints["/ask"]["parameters"]] == ["question", "history"]


@pytest.mark.parametrize("question", ["错", "崩"])
def test_an_endpoint_reports_an_error_without_paths_or_keys(client: Any, url: str, question: str) -> None:
    with pytest.raises(gradio_client.exceptions.AppError) as caught:
        client.predict(question, api_name="/ask")
    posted = httpx.post(f"{url}/gradio_api/run/ask", json={"data": [question, []]})
    assert posted.status_code == 500
    for text in (str(caught.value), posted.text):
        assert "secret" not in text and "sk-" not in text and "ZeroDivision" not in text
        assert ("run `dgqa index`" in text) == (question == "错")


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("run/ask", '{"data": ["问"]}', 400, "data has 1 items: give a list of 2 (question, history)"),
        ("run/ask", '{"data": ["问", [], 1]}', 400, "data has 3 items"),
        ("run/ask", '{"data": "问"}', 400, "data is no list"),
        ("run/ask", '{"data": ["问", 5]}', 400, "the history is a int"),
        ("run/ask", '{"data": ["问", []], "event_data": 5}', 400, "event_data is no object"),
        ("run/ask", '{"data": ["问", []], "fn_index": 999}', 404, "there is no function 999"),
        ("run/search", '{"data": ["问", "x"]}', 400, "k is 'x': give a whole number from 1 to 50"),
        ("run/search", "{", 400, "the body is no JSON"),
        ("run/ask", "[" * 100_000, 400, "the body is no JSON"),
        ("call/ask", "[]", 400, "the body is no JSON object"),
        ("call/ask", '{"data": []}', 400, "data has 0 items"),
        ("run/none", '{"data": []}', 404, "there is no endpoint of this name"),
        ("call/v2/none", "{}", 404, "there is no endpoint of this name"),
        ("call/v2/ask", "{}", 400, "question is missing: the parameters are question, history"),
        ("call/v2/ask", '{"question": "问", "x": 1}', 400, "x is unknown"),
        ("queue/join", '{"data": [], "session_hash": "a"}', 404, "fn_index is missing"),
        ("queue/join", '{"data": [], "session_hash": "a", "fn_index": -1}', 404, "there is no function -1"),
        ("queue/join", '{"data": [], "session_hash": "a", "fn_index": 0}', 400, "data has 0 items"),
    ],
)  # fmt: skip
def test_a_call_of_a_wrong_shape_is_the_callers_and_says_what_is_wrong(url: str, path: str, body: str, status: int, says: str) -> None:
    answer = httpx.post(f"{url}/gradio_api/{path}", content=body.encode(), headers={"content-type": "application/json"})
    assert answer.status_code == status and says in answer.json()["error"]


@pytest.mark.parametrize("path", ["queue/data", "queue/data?session_hash=nobody", "call/ask/nothing", "call/none/nothing"])
def test_events_that_nobody_waits_for_are_the_callers_fault(url: str, path: str) -> None:
    answer = httpx.get(f"{url}/gradio_api/{path}")
    assert answer.status_code == 404 and "no such event" in answer.json()["error"]


def test_what_runs_in_the_browser_alone_cannot_be_called(url: str) -> None:
    number = next(one["id"] for one in httpx.get(f"{url}/config").json()["dependencies"] if not one["backend_fn"])
    answer = httpx.post(f"{url}/gradio_api/queue/join", json={"data": [], "session_hash": "a", "fn_index": number})
    assert answer.status_code == 404 and "runs in the browser" in answer.json()["error"]


def test_an_event_that_fails_says_so(url: str) -> None:
    asking = next(one for one in httpx.get(f"{url}/config").json()["dependencies"] if one["api_name"] == "respond")
    joined = httpx.post(f"{url}/gradio_api/queue/join", json={"data": [None] * len(asking["inputs"]), "session_hash": "a", "fn_index": asking["id"]})
    assert joined.status_code == 200
    told = httpx.get(f"{url}/gradio_api/queue/data?session_hash=a", timeout=60).text
    assert "process_completed" in told and '"error":"a value is none that this function takes"' in told


def test_the_public_part_of_an_error_has_no_path_and_no_key() -> None:
    shown = public(IndexMismatchError(SECRET))
    assert shown == "index at … does not fit …, key …: run `dgqa index`"


def test_an_assistant_without_a_retriever_has_no_search_endpoint() -> None:
    class Plain:
        ask = ScriptedAssistant.ask
        stream = ScriptedAssistant.stream

    names = {dependency.api_name for dependency in ui.build_page(Plain()).fns.values()}
    assert "ask" in names and "search" not in names


def test_a_call_beyond_those_that_may_wait_is_told_so_at_once() -> None:
    import gradio as gr

    entered, leave = Event(), Event()

    class Slow:
        def ask(self, question: str, history: object = ()) -> Answer:
            entered.set()
            assert leave.wait(10)
            return answered(question)

    with gr.Blocks() as page:
        add_endpoints(Slow(), waiting=1)
    ask = next(function.fn for function in page.fns.values() if function.api_name == "ask")
    assert ask is not None
    got: list[Any] = []
    first = Thread(target=lambda: got.append(ask(QUESTION)))
    first.start()
    assert entered.wait(10)
    with pytest.raises(gr.Error, match="busy with 1 other calls") as caught:
        ask(QUESTION)
    assert caught.value.title == BUSY
    leave.set()
    first.join()
    assert got[0]["status"] == ask(QUESTION)["status"] == "answered"


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(snippets("python"))))
def test_a_python_example_of_the_guide_runs_and_prints_what_it_says(url: str, number: int) -> None:
    code = snippets("python")[number]
    assert "http://127.0.0.1:7860" in code
    done = subprocess.run([sys.executable, "-c", code.replace("http://127.0.0.1:7860", url)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "answered" in done.stdout or FIVE in done.stdout or "hot.txt" in done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(snippets("sh"))))
def test_a_curl_example_of_the_guide_runs_and_gets_an_answer(url: str, number: int) -> None:
    command = snippets("sh")[number]
    assert "curl" in command and "http://127.0.0.1:7860" in command
    command = command.replace("http://127.0.0.1:7860", url)
    done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "gradio_api" not in command or '"data":' in done.stdout or "data: [" in done.stdout
    assert SYSTEMS in done.stdout or json.dumps(SYSTEMS).strip(chr(34)) in done.stdout
