"""The endpoints as Open WebUI calls them: its list of models, its stream, and its housekeeping, which is no question to the articles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dgqa.web.page import page as ui
from dgqa.web.programs.tasks import question_in, task_of
from dgqa.web.server import Address
from scripted import QUESTION, ScriptedAssistant, answered, document, free_port

HEADERS = {
    "Content-Type": "application/json", "Authorization": "Bearer a-key-of-this-test-alone", "X-OpenWebUI-User-Name": "%E6%9D%8E", "X-OpenWebUI-Chat-Id": "1",
    "Accept": "*/*", "Accept-Encoding": "gzip, deflate, br", "User-Agent": "Python/3.12 aiohttp/3.14",
}  # fmt: skip
TALK = f"<chat_history>\nUSER: {QUESTION}\nASSISTANT: 五大体系见规划。[1]\n\n---\n**来源**\n- [1] 《数字政府规划》 plan.txt 7–41\n</chat_history>"


class Suggesting(ScriptedAssistant):
    """One whose articles have a heading that makes a question."""

    def __init__(self) -> None:
        super().__init__()
        sections = [{"title": "数字政府的建设目标", "level": 1, "start": 0, "end": 9, "path": ["数字政府的建设目标"]}]
        titles = ["数字政府规划", "数字政府热点"]
        self.retriever.index.listing = [document(("plan", "hot")[at], "文", (f"{at}.txt", title, "", ""), sections=sections[: 1 - at]) for at, title in enumerate(titles)]

    def with_llm(self, llm: object | None) -> ScriptedAssistant:
        """Return it as it is: no model writes."""
        assert llm is None
        return self


@pytest.fixture(scope="module")
def assistant() -> Suggesting:
    return Suggesting()


@pytest.fixture(scope="module")
def web(assistant: Suggesting) -> Iterator[httpx.Client]:
    port = free_port()
    page = ui.serve(assistant, Address(port=port, keys=("a-key-of-this-test-alone",)), ui.Offer(examples=[QUESTION]), block=False)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", headers=HEADERS) as web:
        yield web
    page.close()


def task(wish: str, form: str, talk: str = TALK) -> dict[str, Any]:
    """Return the body of a request as its housekeeping sends it: one message, no stream."""
    text = f"### Task:\n{wish}\n### Guidelines:\n- Use the primary language.\n### Output:\nJSON format: {form}\n### Chat History:\n{talk}"
    return {"model": "dgqa", "messages": [{"role": "user", "content": text}], "stream": False, "max_tokens": 1000}


def said(reply: httpx.Response) -> str:
    assert reply.status_code == 200, reply.text
    message = reply.json()["choices"][0]["message"]
    return str(message["content"])


def test_the_list_of_models_has_what_it_reads(web: httpx.Client) -> None:
    listed = web.get("/models").json()
    assert listed["object"] == "list" and [(model["id"], model["object"]) for model in listed["data"]] == [("dgqa", "model")]
    assert web.get("/models", headers={"Authorization": "Bearer none"}).status_code == 401


def test_a_question_is_streamed_with_annotations_and_a_usage_at_the_end(web: httpx.Client) -> None:
    talk = [{"role": "system", "content": "Today is Monday."}, {"role": "user", "content": QUESTION}]
    body = {"stream": True, "model": "dgqa", "messages": talk, "stream_options": {"include_usage": True}, "temperature": 0.7, "tool_ids": [], "features": {}}
    with web.stream("POST", "/chat/completions", content=json.dumps(body)) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in reply.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines) and lines[-1] == "data: [DONE]"
    events = [json.loads(line[6:]) for line in lines[:-1]]
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas).startswith(answered(QUESTION).text)
    notes = [note for delta in deltas for note in delta.get("annotations", [])]
    assert {note["type"] for note in notes} == {"url_citation"} and all(note["url_citation"]["title"] for note in notes)
    assert events[-1]["choices"] == [] and events[-1]["usage"]["total_tokens"] == 0


@pytest.mark.parametrize(
    ("wish", "form", "held"),
    [
        ("Generate a concise title summarizing the chat history.", '{ "title": "your concise title here" }', {"title": "数字政府的五大体系是什么"}),
        ("Generate 1-3 broad tags.", '{ "tags": ["tag1", "tag2"] }', {"tags": ["数字政府"]}),
        ("Predict 3-5 useful messages.", '{ "follow_ups": ["one", "two"] }', {"follow_ups": ["数字政府有哪些建设目标？", "《数字政府规划》主要讲了什么？"]}),
        ("Generate search queries if needed.", '{\n  "queries": ["query1"]\n}', {"queries": [QUESTION]}),
        ("Continue the text in <text>.", '{ "text": "<your_completion>" }', {"text": ""}),
        ("Describe a picture.", '{\n    "prompt": "Your description."\n}', {"prompt": ""}),
    ],
)
def test_its_housekeeping_gets_the_json_that_it_wants_and_asks_nothing(web: httpx.Client, assistant: Suggesting, wish: str, form: str, held: dict[str, Any]) -> None:
    reply = web.post("/chat/completions", json=task(wish, form))
    assert json.loads(said(reply)) == held and "dgqa" not in reply.json()
    assert not any("### Task" in question for question, _ in assistant.asked)


def test_which_tools_to_call_is_answered_with_none(web: httpx.Client) -> None:
    system = 'Available Tools: [{"name": "weather"}]\n\nReturn only the JSON object. If no tools match: \n{\n  "tool_calls": []\n}'
    body = {"model": "dgqa", "messages": [{"role": "system", "content": system}, {"role": "user", "content": f"Query: {QUESTION}"}], "stream": False}
    assert json.loads(said(web.post("/chat/completions", json=body))) == {"tool_calls": []}


def test_a_task_may_be_streamed_too(web: httpx.Client) -> None:
    reply = web.post("/chat/completions", json=task("Generate a title.", '{ "title": "…" }') | {"stream": True})
    first = json.loads(reply.text.split("\n")[0][6:])
    assert json.loads(first["choices"][0]["delta"]["content"])["title"].startswith("数字政府") and reply.text.endswith("data: [DONE]\n\n")


def test_passages_that_it_found_itself_stand_before_the_question_and_are_left_out(web: httpx.Client, assistant: Suggesting) -> None:
    wrapped = f"### Task:\nRespond to the query using the context.\n<context>\n<source id=\"1\">别处的文字。</source>\n</context>\n{QUESTION}"
    said(web.post("/chat/completions", json={"model": "dgqa", "messages": [{"role": "user", "content": wrapped}], "stream": False}))
    assert assistant.asked[-1][0] == QUESTION


def test_titles_in_bare_text_and_signs_of_a_face_are_tasks_and_questions_are_none() -> None:
    found = task_of("Provide a concise, 5-word-or-less title for the conversation.\n\n||>User:\n\"什么是甲？\"\n||>Response:\n\"甲是乙。\"")
    assert found is not None and (found.name, found.key, found.asked) == ("title", "", ["什么是甲？"])
    emoji = task_of("Your task is to reflect the speaker's face through a fitting emoji. Message: ```好```")
    assert emoji is not None and emoji.name == "emoji"
    for question in (QUESTION, "总结这篇文章的主题", "JSON 是什么格式？", 'What does {"title": 1} mean?', "Which title did the province give to its chat service?", "对话机器人的标题怎么起？"):
        assert task_of(question) is None and question_in(question) == question
