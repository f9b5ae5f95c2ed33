"""axe-core on every view of the page, light and dark, wide and narrow: no serious or critical violation."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from browsing import ask, expect, in_a_browser
from dgqa.errors import ModelError
from dgqa.index.build import build_index
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from dgqa.web.uploads import Uploader
from fakes import HashingEmbedder
from scripted import ENGLISH_QUESTION, HANT_QUESTION, QUESTION, UNCOVERED, ScriptedAssistant, free_port, refused

pytest.importorskip("axe_playwright_python", reason="the package that carries axe-core is not installed")

BROKEN = "模型坏了怎么办？"

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("accessible")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.md").write_text("# 数字政府\n\n数字政府建设是一项系统工程，需要统筹推进。\n", encoding="utf-8")
    build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    port = free_port()
    page = ui.serve(
        ScriptedAssistant({UNCOVERED: refused(UNCOVERED), BROKEN: ModelError("the model is not there: fetch it")}),
        Address(port=port),
        ui.Offer(
            examples=[QUESTION, HANT_QUESTION, ENGLISH_QUESTION],
            feedback=str(folder / "feedback.jsonl"),
            uploader=Uploader(folder / "corpus", folder / "index", embedder=HashingEmbedder()),
        ),
        block=False,
    )
    yield f"http://127.0.0.1:{port}/"
    page.close()


@pytest.fixture(scope="module", params=[("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)], ids=lambda given: f"{given[0]}-{given[1]}")
def context(browser: Any, request: pytest.FixtureRequest) -> Iterator[tuple[Any, str]]:
    """A profile of a width, which has the page's scripts after the first test, and a theme."""
    theme, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    yield context, theme
    context.close()


@pytest.fixture
def page(context: tuple[Any, str], url: str) -> Iterator[Any]:
    profile, theme = context
    page = profile.new_page()
    page.goto(f"{url}?__theme={theme}")
    page.wait_for_function("window.dgqaBridge !== undefined")
    expect(page.locator("button[data-view=ask]")).not_to_be_empty()
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


def violations(page: Any) -> list[str]:
    """Return what axe-core calls serious or critical, with the elements."""
    source = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(source)
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        f"{one['impact']}: {one['id']}: {node['html'][:200]} ({node.get('failureSummary', '')[:300]})"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_axe_finds_a_violation_where_there_is_one(page: Any) -> None:
    page.evaluate("document.querySelector('#dgqa-question').insertAdjacentHTML('beforebegin', '<p style=\"color:#bbb;background:#aaa\">很淡</p><img src=x.png>')")
    found = violations(page)
    assert any("color-contrast" in one and "很淡" in one for one in found) and any("image-alt" in one for one in found)


def test_the_chat_has_no_serious_violation_from_the_first_view_to_an_error(page: Any) -> None:
    assert violations(page) == []
    for question in (QUESTION, HANT_QUESTION, ENGLISH_QUESTION, UNCOVERED, BROKEN):
        ask(page, question)
    assert violations(page) == []


def test_the_reader_has_no_serious_violation_in_the_list_and_in_an_article(page: Any) -> None:
    page.locator("button[data-view=read]").click()
    expect(page.locator("#dgqa-listing a").first).to_be_visible()
    assert violations(page) == []
    page.locator("#dgqa-listing a").first.click()
    expect(page.locator("#dgqa-book")).to_be_visible()
    expect(page.locator("#dgqa-article-title")).to_be_visible()
    assert violations(page) == []


def test_the_settings_have_no_serious_violation(page: Any) -> None:
    if page.locator("[data-act=menu]").is_visible():
        page.locator("[data-act=menu]").click()
    page.locator("#dgqa-settings button").first.click()
    expect(page.locator("#dgqa-script")).to_be_visible()
    assert violations(page) == []
