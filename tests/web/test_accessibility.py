"""axe-core on every view of the page, light and dark, wide and narrow: no serious or critical violation."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from browsing import BADGES, BOX, ask, empty, expect, in_a_browser, page_of, visit
from dgqa.errors import ModelError
from dgqa.index.build import build_index
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from dgqa.web.uploads import Uploader
from fakes import HashingEmbedder
from scripted import ENGLISH_QUESTION, HANT_QUESTION, QUESTION, UNCOVERED, ScriptedAssistant, document, free_port, refused

pytest.importorskip("axe_playwright_python", reason="the package that carries axe-core is not installed")

BROKEN = "模型坏了怎么办？"

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("accessible")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.md").write_text("# 数字政府\n\n数字政府建设是一项系统工程，需要统筹推进。\n", encoding="utf-8")
    (folder / "corpus" / "uploads" / "试点").mkdir(parents=True)  # added on the page: it can be moved, deleted, and its folder asked
    (folder / "corpus" / "uploads" / "试点" / "b.md").write_text("# 渡轮试点\n\n青石渡口的渡轮每二十分钟一班，船票两元。\n", encoding="utf-8")
    build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    port = free_port()
    assistant = ScriptedAssistant({UNCOVERED: refused(UNCOVERED), BROKEN: ModelError("the model is not there: fetch it")})
    assistant.retriever.index.listing.append(document("added", "", ("uploads/试点/b.md", "渡轮试点", "", "")))
    page = ui.serve(
        assistant,
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


WAYS = [("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)]


def shown(ways: list[tuple[str, int]]) -> pytest.MarkDecorator:
    """Run a test in profiles of these themes and widths alone."""
    return pytest.mark.parametrize("context", ways, ids=[f"{theme}-{width}" for theme, width in ways], indirect=True, scope="module")


@pytest.fixture(scope="module", params=WAYS, ids=lambda given: f"{given[0]}-{given[1]}")
def context(browser: Any, request: pytest.FixtureRequest) -> Iterator[tuple[Any, str]]:
    """A profile of a width, and a theme."""
    theme, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", reduced_motion="reduce")
    yield context, theme
    context.close()


@pytest.fixture
def page(context: tuple[Any, str], url: str) -> Iterator[Any]:
    profile, theme = context
    page = page_of(profile)
    visit(page, f"{url}?__theme={theme}")
    yield page
    empty(page, url)


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


@shown([("light", 1440)])
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
    page.locator(".dgqa-move").click()
    expect(page.locator("#dgqa-listing .dgqa-rate input")).to_be_focused()
    assert violations(page) == []
    page.locator("#dgqa-listing .dgqa-rate button").last.click()
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


# What can be pressed and is smaller than 24 by 24 CSS pixels; what stands within a text is as high as its lines.
SMALL = """() => [...document.querySelectorAll("button, select, textarea, input, summary, a[href], [role=button], [tabindex='0']")]
  .filter((one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !one.matches(".dgqa-ref, .dgqa-fix, .dgqa-skip, input[type=radio], input[type=checkbox], input[type=file]"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, at]) => at.width && at.height && (at.width < 23.5 || at.height < 23.5))
  .map(([one, at]) => `${one.outerHTML.slice(0, 120)} ${Math.round(at.width)}x${Math.round(at.height)}`)"""


@shown([("light", 1440), ("light", 390)])
def test_what_can_be_pressed_is_large_enough_in_every_view(page: Any) -> None:
    assert page.evaluate(SMALL) == []
    ask(page, QUESTION)
    if page.viewport_size["width"] < 1024:
        page.locator("#dgqa-chat .dgqa-sources summary").click()
    assert page.evaluate(SMALL) == []
    page.locator("button[data-view=read]").click()
    expect(page.locator("#dgqa-listing tr").first).to_be_visible()
    assert page.evaluate(SMALL) == []
    page.locator("#dgqa-listing a.dgqa-open").nth(3).click()
    expect(page.locator("#dgqa-article-title")).to_be_visible()
    assert page.evaluate(SMALL) == []


@pytest.fixture
def zoomed(browser: Any, url: str) -> Iterator[Any]:
    """The page at 200 % on a screen of 1280 by 800."""
    profile = browser.new_context(viewport={"width": 640, "height": 400}, device_scale_factor=2, locale="zh-CN", reduced_motion="reduce")
    made = profile.new_page()
    visit(made, url)
    yield made
    profile.close()


def test_at_twice_the_size_nothing_is_cut_off_or_out_of_reach(zoomed: Any) -> None:
    def fits() -> bool:
        return bool(zoomed.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    expect(zoomed.locator(BOX)).to_be_in_viewport(ratio=0.9)
    assert fits()
    ask(zoomed, QUESTION)
    expect(zoomed.locator(BOX)).to_be_in_viewport(ratio=0.9)
    zoomed.locator("#dgqa-chat .dgqa-sources summary").click()
    zoomed.locator("#dgqa-chat a.dgqa-open").first.click()
    expect(zoomed.locator("#dgqa-cited")).to_be_in_viewport()
    assert fits()
    zoomed.keyboard.press("Escape")
    zoomed.locator("[data-act=menu]").click()
    expect(zoomed.locator("#dgqa-new")).to_be_in_viewport(ratio=1)
    zoomed.locator("#dgqa-settings button").first.click()
    zoomed.locator("#dgqa-count").scroll_into_view_if_needed()
    expect(zoomed.locator("#dgqa-count")).to_be_in_viewport()
    assert fits()


@shown([("light", 1440)])
def test_the_whole_way_to_an_article_and_back_goes_by_keys_alone(page: Any) -> None:
    def tab_to(selector: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                shown = page.evaluate("(({ outlineStyle, boxShadow }) => [outlineStyle, boxShadow])(getComputedStyle(document.activeElement))")
                assert shown != ["none", "none"], f"{selector} does not show that it is focused"
                return
        raise AssertionError(f"no key leads to {selector}")

    def from_the_top() -> None:
        page.evaluate("document.body.tabIndex = -1; document.body.focus()")

    from_the_top()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.dgqa-skip')")
    page.keyboard.press("Enter")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(BADGES)).to_have_count(1, timeout=60_000)
    from_the_top()
    tab_to("#dgqa-chat a.dgqa-ref")
    page.keyboard.press("Enter")
    expect(page.locator("#dgqa-cards .dgqa-card.is-lit")).to_be_focused()
    tab_to("#dgqa-cards a.dgqa-open")
    page.keyboard.press("Enter")
    expect(page.locator("#dgqa-cited")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#dgqa-cards a.dgqa-open").first).to_be_focused()
    from_the_top()
    for selector in ("#dgqa-head [data-view=read]", "#dgqa-language", "[data-act=theme]", "#dgqa-new", "#dgqa-talks .dgqa-talk", "#dgqa-settings button", ".dgqa-act.is-edit"):
        tab_to(selector)
