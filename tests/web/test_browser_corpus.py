"""The page in a real browser, with the real model over real articles: from a question to the highlighted place in the article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import dgqa
from browsing import BOX, ask, expect, in_a_browser, settle, visit
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from scripted import free_port

ROOT = Path(__file__).parents[2]
WAIT = 20_000  # ms; the first question loads the model

pytestmark = [*in_a_browser, pytest.mark.model]


@dataclass(frozen=True)
class Served:
    """A page over a corpus, in a browser."""

    page: Any
    index: Any


@pytest.fixture(scope="module", params=["corpus", pytest.param("articles", marks=pytest.mark.articles)])
def served(browser: Any, request: pytest.FixtureRequest) -> Iterator[Served]:
    assistant = dgqa.Assistant.open(request.getfixturevalue(f"{request.param}_index"))
    port = free_port()
    blocks = ui.serve(assistant, Address(port=port), block=False)
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    visit(page, f"http://127.0.0.1:{port}/")
    expect(page.locator(".dgqa-example").first).to_be_visible()
    yield Served(page, assistant.retriever.index)
    page.close()
    blocks.close()


@pytest.mark.parametrize(
    "question",
    [
        "电子政务外网在乡镇的覆盖率是多少？",
        "電子政務外網在鄉鎮的覆蓋率是多少？",
        "What position did China hold in the UN e-government development index in 2012?",
    ],
)
def test_a_question_leads_to_the_highlighted_place_in_the_article(served: Served, question: str) -> None:
    page = served.page
    ask(page, question, re.compile("已回答|不一定回答了问题"))
    page.locator("#dgqa-chat .dgqa-reply").last.locator("a.dgqa-ref").first.click()
    card = page.locator("#dgqa-cards .dgqa-card.is-lit")
    expect(card).to_be_in_viewport()
    card.locator("a.dgqa-open").first.click()
    cited = page.locator(".dgqa-cited")
    expect(cited.first).to_be_visible()
    expect(page.locator("#dgqa-cited")).to_be_in_viewport()
    at = {key: value[0] for key, value in parse_qs(urlsplit(page.url).query).items()}
    quote = served.index.raw(at["doc"])[int(at["start"]) : int(at["end"])]
    shown = "".join(cited.all_text_contents())
    assert "".join(shown.split()) == "".join(quote.split())
    page.keyboard.press("Escape")
    expect(page.locator(BOX)).to_be_visible()


def test_a_question_about_something_else_is_refused_with_the_nearest_passages(served: Served) -> None:
    ask(served.page, "红烧肉怎么做才好吃？", "未能回答")
    expect(served.page.locator("#dgqa-beside h2")).to_contain_text("最接近的段落")
    expect(served.page.locator("#dgqa-cards mark")).to_have_count(0)


def test_the_highlighted_place_is_in_sight_on_a_phone_as_well(served: Served) -> None:
    page = served.page
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, "电子政务外网在乡镇的覆盖率是多少？", "已回答")
    reply = page.locator("#dgqa-chat .dgqa-reply").last
    settle(page)  # the talk goes to its newest question for a moment
    reply.locator("a.dgqa-ref").first.click()
    expect(reply.locator(".dgqa-sentence").first).to_be_in_viewport(ratio=1)
    expect(reply.locator(".dgqa-card.is-lit mark").first).to_be_in_viewport(ratio=1)
    reply.locator(".dgqa-card.is-lit a.dgqa-open").first.click()
    expect(page.locator("#dgqa-cited")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1440, "height": 900})
