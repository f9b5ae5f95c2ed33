"""The endpoints for programs, asked with OpenAI's own client, as Open WebUI asks, with plain HTTP and over MCP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from dgqa.errors import AnswerError, IndexMismatchError
from dgqa.types import Answer, Filter
from dgqa.web.corpora import Corpus
from dgqa.web.page import page as ui
from dgqa.web.programs.asked import Completion
from dgqa.web.programs.desk import BusyError, Desk
from dgqa.web.server import Address
from scripted import QUESTION, SYSTEMS, TARGET, UNCOVERED, ScriptedAssistant, answered, free_port, refused

openai = pytest.importorskip("openai", reason="the extra test is not installed")

KEY = "a-key-of-this-test-alone"
SECRET = "index at /root/secret/index does not fit: run `dgqa index`"
BROKEN = "断。"


class Breaking(ScriptedAssistant):
    """Fails after the first sentence of one answer."""

    def stream(self, question: str, history: Any = (), **options: Any) -> Iterator[Answer]:
        for number, answer in enumerate(super().stream(question, history, **options)):
            if question == BROKEN and number:
                raise ZeroDivisionError(SECRET)
            yield answer


@pytest.fixture(scope="module")
def assistant() -> Breaking:
    tokens = replace(answered("模型？"), trace={"cost": {"read": 30, "written": 4}, "language": "Latn"})
    return Breaking({"空": AnswerError("the question is empty: type one"), "错": IndexMismatchError(SECRET), "崩": ZeroDivisionError(SECRET), "模型？": tokens, UNCOVERED: refused(UNCOVERED)})


@pytest.fixture(scope="module")
def url(assistant: Breaking) -> Iterator[str]:
    port = free_port()
    page = ui.serve(assistant, Address(port=port, mcp=True, keys=(KEY,)), ui.Offer(modes={"extractive": assistant, "local:small": ScriptedAssistant()}), block=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.fixture(scope="module")
def client(url: str) -> Any:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)


@pytest.fixture(scope="module")
def web(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {KEY}"}) as web:
        yield web


def said(question: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}]


# --- OpenAI's protocol -------------------------------------------------------------------------------------------


def test_the_models_are_the_ways_of_answering(client: Any) -> None:
    assert [model.id for model in client.models.list()] == ["dgqa", "local:small"]
    assert client.models.retrieve("local:small").owned_by == "dgqa"


def test_a_completion_holds_the_text_its_sources_and_the_citations_as_fields(client: Any, url: str) -> None:
    made = client.chat.completions.create(model="dgqa", messages=said(QUESTION))
    message, answer = made.choices[0].message, answered(QUESTION)
    text, _, below = message.content.partition("\n\n---\n**来源**\n")
    assert text == answer.text and below.splitlines()[2] == "- [3] 《数字政府规划》（2022） 顶层设计 · 第 3 页 · plan.txt 7–41"
    cited = message.annotations[2].url_citation
    assert (cited.title, cited.url) == ("数字政府规划", f"{url}/?doc=plan&start=7&end=41")
    assert message.content[cited.start_index : cited.end_index] == TARGET
    assert made.model_extra["dgqa"]["citations"][0]["quote"] == SYSTEMS and "trace" not in made.model_extra["dgqa"]
    assert made.choices[0].finish_reason == "stop" and made.usage.total_tokens == 0


def test_a_stream_says_the_same_as_the_whole_and_ends_with_citations_and_tokens(client: Any) -> None:
    whole = client.chat.completions.create(model="dgqa", messages=said("模型？"))
    *chunks, last = client.chat.completions.create(model="dgqa", messages=said("模型？"), stream=True, stream_options={"include_usage": True})
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content and "**Sources**" in whole.choices[0].message.content
    assert len([delta for delta in deltas if delta.content]) == 3  # two sentences and the sources
    assert [item["url_citation"]["title"] for item in deltas[-2].annotations][2] == "数字政府规划"
    assert chunks[-1].choices[0].finish_reason == "stop" and chunks[-1].model_extra["dgqa"]["status"] == "answered"
    assert (last.choices, last.usage.prompt_tokens, last.usage.completion_tokens) == ([], 30, 4) == ([], whole.usage.prompt_tokens, 4)


def test_what_is_set_beside_the_conversation_reaches_the_assistant(client: Any, assistant: Breaking) -> None:
    wishes = {"filter": {"authors": ["张三"], "date_from": "2023"}, "language": "Hant", "k": 3, "strictness": "strict"}
    client.chat.completions.create(model="dgqa", messages=said(QUESTION), temperature=0.5, extra_body=wishes)
    assert assistant.options[-1] == {"filter": Filter(authors=("张三",), date_from="2023"), "language": "Hant", "k": 3, "strictness": "strict"}


def test_what_was_said_is_sent_back_without_its_sources(web: httpx.Client, assistant: Breaking, client: Any) -> None:
    before = client.chat.completions.create(model="dgqa", messages=said(QUESTION)).choices[0].message.content
    talk = [
        {"role": "system", "content": "User Context: …"}, {"role": "user", "content": QUESTION}, {"role": "assistant", "content": before},
        {"role": "user", "content": [{"type": "text", "text": "那目标呢？"}]},
    ]  # fmt: skip
    body = {"stream": True, "model": "dgqa", "messages": talk, "stream_options": {"include_usage": True}, "params": {}, "temperature": 1, "metadata": {"chat_id": "1"}}
    with web.stream("POST", "/v1/chat/completions", json=body, headers={"accept-encoding": "gzip, deflate, br"}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream") and "content-encoding" not in reply.headers
        lines = [line for line in reply.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines) and lines[-1] == "data: [DONE]"
    # What Open WebUI makes sources of.
    notes = [note for line in lines[:-1] for choice in json.loads(line[6:])["choices"] for note in choice["delta"].get("annotations", [])]
    assert {note["type"] for note in notes} == {"url_citation"} and len(notes) == 3
    assert assistant.asked[-1] == ("那目标呢？", [(QUESTION, answered(QUESTION).text)])


def test_an_error_on_the_way_ends_a_stream_and_tells_nothing_of_the_server(web: httpx.Client) -> None:
    reply = web.post("/v1/chat/completions", json={"messages": said(BROKEN), "stream": True})
    last = json.loads(reply.text.strip().splitlines()[-1][6:])
    assert reply.status_code == 200 and last["error"]["type"] == "server_error" and "secret" not in reply.text


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"messages": said(QUESTION), "model": "gpt-4o"}, 404, "there is no model 'gpt-4o': there are dgqa, local:small"),
        ({"messages": []}, 400, "messages: "),
        ({"model": "dgqa"}, 400, "messages: Field required"),
        ({"messages": [{"role": "system", "content": "你是谁"}]}, 400, "the last message is not a user's"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]}, 400, "a part of type 'image_url'"),
        ({"messages": said(QUESTION), "n": 2}, 400, "n: "),
        ({"messages": said(QUESTION), "strictness": "very"}, 400, "strictness: "),
        ({"messages": said("空")}, 400, "the question is empty"),
        ({"messages": said("空"), "stream": True}, 400, "the question is empty"),
        ({"messages": said("错")}, 503, "run `dgqa index`"),
        ({"messages": said("崩")}, 500, "Something went wrong"),
    ],
)
def test_a_completion_that_cant_be_made_is_an_error_that_says_why(web: httpx.Client, body: dict[str, Any], status: int, told: str) -> None:
    reply = web.post("/v1/chat/completions", json=body)
    assert (reply.status_code, told in reply.json()["error"]["message"], "secret" in reply.text) == (status, True, False)


# --- REST --------------------------------------------------------------------------------------------------------


def test_ask_returns_what_is_said_and_cited_and_the_rest_only_when_asked(web: httpx.Client, assistant: Breaking) -> None:
    whole = json.loads(json.dumps(answered(QUESTION).to_dict()))
    small = {key: value for key, value in whole.items() if key not in ("hits", "trace")}
    assert web.post("/api/ask", json={"question": QUESTION, "history": [["问", "答"]], "strictness": "lenient", "language": "Latn", "k": 9}).json() == small
    assert assistant.asked[-1] == (QUESTION, [("问", "答")]) and assistant.options[-1] == {"strictness": "lenient", "language": "Latn", "k": 9}
    assert web.post("/api/ask", json={"question": QUESTION, "details": True}).json() == whole


def test_search_returns_hits_best_first(web: httpx.Client) -> None:
    assert [(hit["rank"], hit["passage"]["path"]) for hit in web.post("/api/search", json={"question": QUESTION, "k": 1}).json()] == [(1, "hot.txt")]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("POST", "/api/ask", {"question": QUESTION, "filter": {"author": ["张三"]}}, 400, "filter.author: "),
        ("POST", "/api/ask", {"question": QUESTION, "k": 51, "more": 1}, 400, "k: Input should be less than or equal to 50; more: "),
        ("POST", "/api/ask", {"question": QUESTION, "history": [["问"]]}, 400, "history.0"),
        ("POST", "/api/ask", ["问"], 400, "the body must be a JSON object"),
        ("POST", "/api/search", {"question": 3}, 400, "question: "),
        ("GET", "/api/ask", None, 405, "/api/ask does not take GET"),
        ("GET", "/api/anything", None, 404, "there is nothing at /api/anything"),
    ],
)
def test_a_request_that_is_none_is_refused_with_what_is_wrong_in_it(web: httpx.Client, method: str, path: str, body: Any, status: int, told: str) -> None:
    reply = web.request(method, path, json=body)
    assert reply.status_code == status and told in reply.json()["error"]["message"]
    assert "no JSON" in web.post("/api/ask", content=b"{", headers={"content-type": "application/json"}).json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/ask", r'{"question": "\ud800"}', 200),
        ("/api/ask", r'{"question": "问", "\ud800": 1}', 400),
        ("/api/ask", r'{"question": "问", "filter": {"documents": "\ud800"}}', 400),
        ("/api/search", r'{"question": "\ud800"}', 200),
        ("/v1/chat/completions", r'{"model": "\ud800", "messages": [{"role": "user", "content": "问"}]}', 404),
        ("/v1/chat/completions", r'{"messages": [{"role": "user", "content": "\ud800"}]}', 200),
    ],
)
def test_half_a_surrogate_pair_never_ends_in_an_error_of_the_server(web: httpx.Client, path: str, body: str, status: int) -> None:
    reply = web.post(path, content=body, headers={"content-type": "application/json"})
    assert reply.status_code == status and isinstance(reply.json(), dict | list)


def test_the_description_names_every_endpoint_its_fields_and_its_errors(web: httpx.Client) -> None:
    made = web.get("/api/openapi.json").json()
    assert set(made["paths"]) == {"/health", "/ready", "/v1/models", "/v1/models/{name}", "/v1/chat/completions", "/api/ask", "/api/search"}
    assert set(made["components"]["schemas"]["Question"]["properties"]) == {"question", "history", "filter", "language", "k", "strictness", "corpus", "details"}
    assert {"200", "400", "401", "503"} <= set(made["paths"]["/api/ask"]["post"]["responses"]) and "422" not in json.dumps(made["paths"])


# --- who may ask, and whether anybody can -------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic Og=="}])
def test_without_a_key_programs_are_refused_in_words_and_the_page_is_as_open_as_before(url: str, headers: dict[str, str]) -> None:
    for path in ("/v1/models", "/api/openapi.json", "/mcp", "/gradio_api/mcp/"):
        reply = httpx.get(url + path, headers=headers)
        assert reply.status_code == 401 and "Authorization: Bearer KEY" in reply.json()["error"]["message"]
    assert httpx.get(url).status_code == httpx.get(f"{url}/health").status_code == 200


def test_openais_client_knows_a_wrong_key_for_what_it_is(url: str) -> None:
    with pytest.raises(openai.AuthenticationError, match="a key is needed"):
        openai.OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0).models.list()


def test_health_and_readiness_say_what_is_there(url: str) -> None:
    assert httpx.get(f"{url}/health").json()["status"] == "ok"
    assert httpx.get(f"{url}/ready").json() == {"status": "ready", "models": ["dgqa", "local:small"]}


def test_it_is_ready_once_a_search_in_the_index_has_gone_well() -> None:
    outcomes: list[Any] = [IndexMismatchError(SECRET), [], AssertionError("it is not tried again")]

    def search(question: str, k: int) -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    index = SimpleNamespace(fingerprint="f", manifest={"counts": {"documents": 2}})
    desk = Desk([Corpus(SimpleNamespace(retriever=SimpleNamespace(index=index, search=search)))])
    with pytest.raises(IndexMismatchError):
        desk.state()
    assert desk.state() == desk.state() == {"index": "f", "documents": 2}


def test_a_request_beyond_those_that_may_wait_is_told_so_and_a_stream_that_is_left_makes_room() -> None:
    desk = Desk([Corpus(ScriptedAssistant())], waiting=1)
    asked = Completion.model_validate({"messages": said(QUESTION)})
    growing = desk.growing(asked)
    next(growing)
    with pytest.raises(BusyError, match="busy with 1 other requests"):
        next(desk.growing(asked))
    growing.close()
    assert list(desk.growing(asked))[-1].status == "answered"


def test_the_log_has_nothing_of_a_question_that_cant_be_used(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk([Corpus(ScriptedAssistant({"秘密？": AnswerError("the question '秘密？' has no words in it")}))])
    with pytest.raises(AnswerError):
        list(desk.growing(Completion.model_validate({"messages": said("秘密？")})))
    assert "秘密" not in caplog.text


# --- MCP ---------------------------------------------------------------------------------------------------------


def test_an_mcp_client_gets_instructions_a_version_and_small_answers(url: str) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk(path: str) -> tuple[Any, ...]:
        async with (
            httpx.AsyncClient(headers={"authorization": f"Bearer {KEY}"}) as http,
            streamable_http_client(url + path, http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            begun = await session.initialize()
            asked = [await session.call_tool("ask", {"question": question, **more}) for question, more in ((QUESTION, {}), (QUESTION, {"details": True}), ("错", {}), ("崩", {}), (QUESTION, {"k": 0}))]
            return begun, (await session.list_tools()).tools, asked, await session.call_tool("search", {"question": QUESTION, "k": 1})

    begun, tools, (small, whole, failed, crashed, wrong), found = asyncio.run(talk("/mcp"))
    assert begun.serverInfo.name == "dgqa" and begun.serverInfo.version == "0.1.0" and "don't fill the gap" in begun.instructions
    assert [tool.name for tool in tools] == ["ask", "search"] and "strictness" in tools[0].inputSchema["properties"]
    assert set(json.loads(small.content[0].text)) == {"question", "status", "text", "citations", "reason", "confidence"} and small.structuredContent is None
    assert json.loads(whole.content[0].text) == json.loads(json.dumps(answered(QUESTION).to_dict()))
    (hit,) = json.loads(found.content[0].text)
    assert set(hit) == {"rank", "score", "doc_id", "path", "title", "author", "date", "section", "start", "end", "text"}
    for result, told in ((failed, "run `dgqa index`"), (crashed, "Something went wrong"), (wrong, "minimum")):
        assert result.isError and told in result.content[0].text and "secret" not in result.content[0].text
