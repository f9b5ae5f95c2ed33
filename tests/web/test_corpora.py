"""Several collections of articles at one address: models, REST, MCP, the page's handlers, and the option that names them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import dgqa
from dgqa.cli.main import _flags, _parser
from dgqa.config import load_settings
from dgqa.errors import ConfigError
from dgqa.web.chat import open_chat
from dgqa.web.corpora import Corpus, names_of_folders
from dgqa.web.page import page as ui
from dgqa.web.page.conversation import Conversation
from dgqa.web.server import Address
from fakes import HashingEmbedder
from scripted import QUESTION, ScriptedAssistant, answered, free_port, refused

NAMES = ["新闻", "法规"]


class Small(ScriptedAssistant):
    """Refuses everything, over one article of its own."""

    def __init__(self) -> None:
        super().__init__({QUESTION: refused(QUESTION)})
        self.retriever.index.listing = self.retriever.index.listing[1:2]


@pytest.fixture(scope="module")
def corpora() -> list[Corpus]:
    first, second = ScriptedAssistant(), Small()
    return [Corpus(first, {"extractive": first, "local:small": ScriptedAssistant()}, name=NAMES[0]), Corpus(second, {"extractive": second}, name=NAMES[1])]


@pytest.fixture(scope="module")
def url(corpora: list[Corpus]) -> Iterator[str]:
    first, *others = corpora
    port = free_port()
    page = ui.serve(first.assistant, Address(port=port, mcp=True), ui.Offer(modes=first.modes, name=first.name, others=others), block=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


def test_a_collection_is_named_after_its_folder_with_as_much_of_the_path_as_tells_it_from_the_others() -> None:
    assert names_of_folders(["a/laws", "b/news"]) == ["laws", "news"]
    assert names_of_folders(["a/index", "b/index"]) == ["a/index", "b/index"] and names_of_folders(["a"]) == [""]
    with pytest.raises(ConfigError, match="named twice"):
        names_of_folders(["a", "./a"])


def test_the_option_of_the_chat_may_be_given_again_and_counts_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_OTHER_INDEXES", os.pathsep.join(["c", "d"]))

    def indexes(*words: str) -> list[str]:
        return load_settings(_flags(_parser().parse_args(words)), folder="/nowhere").indexes()

    assert indexes("chat", "--index", "a", "--index", "b") == ["a", "b"]
    assert indexes("chat", "--index", "a") == ["a"] and indexes("chat") == ["index", "c", "d"]
    assert indexes("ask", "--index", "a", "x")[0] == "a"


def test_every_collection_has_its_models_and_a_model_without_one_is_the_first(url: str, corpora: list[Corpus]) -> None:
    openai = pytest.importorskip("openai", reason="the extra test is not installed")
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    assert [model.id for model in client.models.list()] == ["dgqa/新闻", "local:small/新闻", "dgqa/法规"]

    def asked(model: str) -> Any:
        return client.chat.completions.create(model=model, messages=[{"role": "user", "content": QUESTION}])

    assert asked("dgqa/法规").model_extra["dgqa"]["status"] == "refused"
    for model in ("dgqa", "dgqa/新闻"):
        made = asked(model)
        assert made.model_extra["dgqa"]["status"] == "answered"
        assert made.choices[0].message.annotations[0].url_citation.url.endswith("&corpus=%E6%96%B0%E9%97%BB")
    with pytest.raises(openai.NotFoundError, match="dgqa/新闻, local:small/新闻, dgqa/法规"):
        asked("dgqa/无")


def test_a_request_names_the_collection_and_an_unknown_one_is_told(url: str) -> None:
    with httpx.Client(base_url=url) as web:
        statuses = [web.post("/api/ask", json={"question": QUESTION, **more}).json()["status"] for more in ({}, {"corpus": "法规"})]
        assert statuses == ["answered", "refused"] and len(web.post("/api/search", json={"question": QUESTION, "corpus": "法规"}).json()) == 2
        wrong = web.post("/api/ask", json={"question": QUESTION, "corpus": "无"})
        assert wrong.status_code == 400 and "there are 新闻, 法规" in wrong.json()["error"]["message"]
        assert set(web.get("/ready").json()["corpora"]) == set(NAMES)


def test_the_tools_say_which_collections_there_are(url: str) -> None:
    mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed")
    from mcp.client.streamable_http import streamablehttp_client

    async def told() -> tuple[str, str]:
        async with streamablehttp_client(f"{url}/mcp") as (read, write, _), mcp.ClientSession(read, write) as session:
            about = await session.initialize()
            said = await session.call_tool("ask", {"question": QUESTION, "corpus": "法规"})
            return str(about.instructions), said.content[0].text

    instructions, said = asyncio.run(told())
    assert "新闻, 法规" in instructions and json.loads(said)["status"] == "refused"


def test_articles_titles_and_addresses_on_the_page_are_those_of_the_collection(corpora: list[Corpus]) -> None:
    conversation = Conversation(corpora)
    assert "中国数字政府建设热点" in conversation.catalogue({}) and "中国数字政府建设热点" not in conversation.catalogue({"corpus": "法规"})
    assert "corpus=%E6%B3%95%E8%A7%84" in conversation.catalogue({"corpus": "法规"})
    assert conversation.titles({"corpus": "法规", "documents": ["hot", "plan"]}) == ["数字政府规划"]

    async def last(name: str) -> Any:
        steps = [step async for step in conversation.respond(json.dumps({"corpus": name}), QUESTION, [], "Hans", "extractive", None, (), "", "", "auto")]
        return steps[-1]

    (turn,), shown, _, kept = asyncio.run(last("法规"))
    assert turn.answer.status == "refused" and "corpus=%E6%B3%95%E8%A7%84" in shown[1]["content"] and json.loads(kept)["record"]["corpus"] == "法规"
    assert asyncio.run(last("gone"))[0][0].answer == answered(QUESTION)


def test_the_chat_opens_each_index_with_its_own_articles(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dgqa.answer.assistant import Assistant

    for name in ("甲", "乙"):
        (tmp_path / f"{name}文").mkdir()
        (tmp_path / f"{name}文" / "a.md").write_text(f"# {name}公园\n\n{name}公园每日六时开放，二十二时关闭。\n", encoding="utf-8")
        dgqa.build_index(tmp_path / f"{name}文", tmp_path / name, embedder=HashingEmbedder())
    real = Assistant.open
    monkeypatch.setattr(Assistant, "open", lambda index, *, embedder=None, **_: real(index, embedder=embedder or HashingEmbedder(), reader="off"))
    flags = {"index": str(tmp_path / "甲"), "other_indexes": str(tmp_path / "乙"), "port": free_port()}
    page = open_chat(load_settings(flags, folder=tmp_path))
    try:
        with httpx.Client(base_url=str(page.local_url)) as web:
            assert [hit["passage"]["title"] for hit in web.post("/api/search", json={"question": "公园", "corpus": "乙"}).json()] == ["乙公园"] * 2
            assert {name: state["documents"] for name, state in web.get("/ready").json()["corpora"].items()} == {"甲": 1, "乙": 1}
    finally:
        page.close()
