"""Several collections in a real browser: conversations, suggestions, articles and the title go with the one that is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from browsing import again, ask, empty, expect, in_a_browser, page_of, visit
from dgqa.web.corpora import Corpus
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from scripted import FIVE, QUESTION, ScriptedAssistant, document, free_port, refused

pytestmark = in_a_browser
CHOICE, TALKS, EXAMPLES = "#dgqa-corpus", "#dgqa-talks .dgqa-talk", "#dgqa-examples .dgqa-example"
PARK = "城市公园每日开放。\n"


class Parks(ScriptedAssistant):
    """Refuses one question, over two articles of its own; what it is like without a model is itself."""

    def __init__(self) -> None:
        super().__init__({QUESTION: refused(QUESTION)})
        titles = ["城市公园管理", "城市公园服务"]
        self.retriever.index.listing = [document(f"park{at}", PARK, (f"{at}.md", title, "", "")) for at, title in enumerate(titles)]
        self.retriever.index.texts |= {f"park{at}": PARK for at in range(2)}


class Meanings(ScriptedAssistant):
    """Answers from an article on a term that the glossary has; asks nothing of a model."""

    def __init__(self) -> None:
        super().__init__()
        self.retriever.index.listing = [document("hot", FIVE, ("hot.md", "数字政府的意义", "", ""))]

    def with_llm(self, llm: object | None) -> Meanings:
        return self


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    first, parks, meanings = ScriptedAssistant(), Parks(), Meanings()
    others = [Corpus(parks, {"extractive": parks}, name="公园"), Corpus(meanings, {"extractive": meanings}, name="意义")]
    offer = ui.Offer(name="政府", others=others)
    served = ui.serve(first, Address(port=free_port(), rate=0), offer, block=False)
    yield str(served.local_url)
    served.close()


@pytest.fixture(scope="module")
def context(browser: Any) -> Iterator[Any]:
    made = browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN", reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def page(context: Any, url: str) -> Iterator[Any]:
    page = page_of(context)
    visit(page, url)
    yield page
    empty(page, url)


def test_choosing_a_collection_begins_a_conversation_over_its_articles(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    page.select_option(CHOICE, "公园")
    expect(page.locator("#dgqa-chat .dgqa-reply")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("城市公园文献问答")
    ask(page, QUESTION, "未能回答")
    expect(page.locator(TALKS)).to_have_text([f"{QUESTION}公园", f"{QUESTION}政府"])
    page.locator("button[data-view=read]").click()
    expect(page.locator("#dgqa-listing tbody tr")).to_have_count(2)
    page.select_option(CHOICE, "政府")
    expect(page.locator("#dgqa-listing")).to_contain_text("数字政府规划")


def test_a_reader_of_english_is_offered_questions_in_english_that_the_articles_answer(browser: Any, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    visit(page, url)
    page.select_option(CHOICE, "意义")
    expect(page.locator(EXAMPLES)).to_have_text(["Why does “digital government” matter?"])
    context.close()


def test_a_conversation_is_taken_up_in_its_own_collection(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    page.select_option(CHOICE, "公园")
    expect(page.locator("#dgqa-chat .dgqa-reply")).to_have_count(0)
    page.locator(TALKS).click()
    expect(page.locator(CHOICE)).to_have_value("政府")
    expect(page.locator("#dgqa-chat .dgqa-reply")).to_have_count(1)
    ask(page, QUESTION, "已回答")
    page.select_option(CHOICE, "公园")
    again(page)
    expect(page.locator(CHOICE)).to_have_value("公园")


def test_the_address_of_an_article_names_its_collection(page: Any, url: str) -> None:
    page.select_option(CHOICE, "公园")
    page.locator("button[data-view=read]").click()
    page.locator("#dgqa-listing a.dgqa-open").first.click()
    expect(page.locator("#dgqa-article-title")).to_have_text("城市公园管理")
    address = page.url
    assert address.endswith("corpus=%E5%85%AC%E5%9B%AD")
    page.evaluate("localStorage.clear()")
    page.goto(address)
    expect(page.locator("#dgqa-article-title")).to_have_text("城市公园管理")
    expect(page.locator(CHOICE)).to_have_value("公园")
    visit(page, f"{url}?doc=plan&start=0&end=0")  # without a name it is the first one's
    expect(page.locator("#dgqa-article-title")).to_have_text("数字政府规划")
    expect(page.locator(CHOICE)).to_have_value("政府")


def test_an_answer_that_comes_when_its_conversation_was_left_goes_where_it_was_asked(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    late = page.evaluate("() => ({ talk: sessionStorage.getItem('dgqa.talk'), turn: JSON.parse(localStorage.getItem('dgqa.talks'))[0].turns[0] })")
    page.select_option(CHOICE, "公园")
    expect(page.locator("#dgqa-chat .dgqa-reply")).to_have_count(0)
    page.evaluate("(late) => dgqa.keep(JSON.stringify({ talk: late.talk, number: 2, record: late.turn }))", late)
    page.evaluate("(late) => dgqa.keep(JSON.stringify({ talk: 'deleted', number: 1, record: late.turn }))", late)
    expect(page.locator(TALKS)).to_have_text([f"{QUESTION}政府"])
    again(page)
    expect(page.locator(CHOICE)).to_have_value("公园")
    page.locator(TALKS).click()
    expect(page.locator("#dgqa-chat .dgqa-reply")).to_have_count(2)
