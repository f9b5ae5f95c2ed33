"""The page in a real browser: ask, read, follow a marker, stop, be refused, be attacked."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dgqa import ui
from dgqa.errors import ModelError
from dgqa.types import Answer
from scripted import (
    ATTACK,
    ENGLISH_QUESTION,
    FIVE,
    HANT_QUESTION,
    QUESTION,
    SYSTEMS,
    UNCOVERED,
    ScriptedAssistant,
    answered,
    hostile,
    refused,
)

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
SLOW = "慢慢回答的问题是什么？"
BROKEN = "模型坏了怎么办？"
BOX = "#dgqa-question textarea"
BADGES = "#dgqa-chat .dgqa-badge"
# The lowest contrast of any shown text with the nearest painted background behind it.
CONTRAST = """selector => {
  const parse = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const veiled = (element, over) => {
    let alpha = 1;
    for (let at = element; at; at = at.parentElement) alpha *= Number(getComputedStyle(at).opacity);
    return parse(getComputedStyle(element).color).slice(0, 3).map((c, i) => c * alpha + over[i] * (1 - alpha));
  };
  let worst = [21, ""];
  for (const element of document.querySelectorAll(selector + " *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    if (!text.length || !element.getClientRects().length || element.closest("style, .sr-only")) continue;
    const back = behind(element);
    const [a, b] = [light(veiled(element, back)), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst[0]) worst = [ratio, element.className + ": " + text[0].data.slice(0, 30)];
  }
  return worst;
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def assistant() -> ScriptedAssistant:
    script: dict[str, Answer | Exception] = {
        UNCOVERED: refused(UNCOVERED),
        ATTACK: hostile(ATTACK),
        BROKEN: ModelError("no model at /root/models/e5: run `dgqa models fetch`"),
    }
    return ScriptedAssistant(script, {SLOW: 3.0})


@pytest.fixture(scope="module")
def url(assistant: ScriptedAssistant) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    page = ui.serve(assistant, port=port, examples=[QUESTION, HANT_QUESTION, ATTACK], block=False)
    yield f"http://127.0.0.1:{port}/"
    page.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES.split())
        yield browser
        browser.close()


@pytest.fixture(params=[(1440, 900)], ids=["desktop"])
def page(browser: Any, url: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh page, which must neither throw nor ask another host for anything."""
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    requests: list[str] = []
    trouble: list[str] = []

    def dismiss(dialog: Any) -> None:
        trouble.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda sent: requests.append(sent.url))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", dismiss)
    page.goto(url)
    expect(page.locator(BOX)).to_be_visible()
    yield page
    page.close()
    hosts = {urlsplit(sent).hostname for sent in requests if not sent.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
    assert not trouble


phone = pytest.mark.parametrize("page", [(390, 844)], ids=["phone"], indirect=True)


def ask(page: Any, question: str, badge: str) -> None:
    before = page.locator(BADGES).count()
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    expect(page.locator(BADGES)).to_have_count(before + 1)
    expect(page.locator(BADGES).last).to_have_text(badge)


def test_a_question_gets_an_answer_whose_source_is_shown_with_the_cited_sentence_lit(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    expect(page.locator("#dgqa-chat a.dgqa-ref")).to_have_text(["[1]", "[2]", "[3]"])
    expect(page.locator("#dgqa-chat .dgqa-foot")).to_contain_text("秒")
    expect(page.locator("#t1-s1 mark")).to_have_text([SYSTEMS])
    expect(page.locator("#t1-s2 mark")).to_have_text([FIVE])
    expect(page.locator("#t1-s2")).to_contain_text("张三 · 2023-06 · 顶层设计")


def test_clicking_a_marker_scrolls_to_its_card_and_lights_it_alone(page: Any) -> None:
    page.set_viewport_size({"width": 1440, "height": 500})
    ask(page, QUESTION, "已回答")
    expect(page.locator("#t1-s3")).not_to_be_in_viewport(ratio=1)
    page.click("a.dgqa-ref >> text=[1]")
    page.click("a.dgqa-ref >> text=[3]")
    expect(page.locator(".dgqa-card.is-lit")).to_have_attribute("id", "t1-s3")
    expect(page.locator("#t1-s3")).to_be_in_viewport(ratio=1)
    assert urlsplit(page.url).fragment == ""


def test_a_marker_of_an_earlier_answer_unfolds_its_card(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    ask(page, UNCOVERED, "未能回答")
    expect(page.locator("#t1-s2")).to_be_hidden()
    page.click("a.dgqa-ref >> text=[2]")
    expect(page.locator("#t1-s2")).to_be_in_viewport(ratio=1)
    expect(page.locator("#t1-s2")).to_have_class(re.compile("is-lit"))


def test_a_marker_can_be_followed_with_the_keyboard_and_the_focus_is_seen(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    page.locator("a.dgqa-ref").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "[2]"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#t1-s2")).to_be_focused()


def test_a_refusal_is_shown_as_such_beside_the_nearest_passages(page: Any) -> None:
    ask(page, UNCOVERED, "未能回答")
    expect(page.locator("#dgqa-chat")).to_contain_text("语料中没有江苏省2019年预算的依据。")
    expect(page.locator("#dgqa-sources h2")).to_have_text("最接近的段落")
    expect(page.locator("#dgqa-sources .is-nearest .dgqa-badge")).to_have_text(["未回答该问题"] * 2)
    expect(page.locator("#dgqa-sources mark")).to_have_count(0)


def test_a_typed_error_is_read_in_the_chat_and_the_next_question_works(page: Any) -> None:
    ask(page, BROKEN, "出错了")
    expect(page.locator("#dgqa-chat")).to_contain_text("no model at …: run `dgqa models fetch`")
    ask(page, ENGLISH_QUESTION, "Answered")


def test_shift_enter_begins_a_line_and_enter_sends(page: Any) -> None:
    page.focus(BOX)
    page.keyboard.type("一")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("二")
    expect(page.locator(BOX)).to_have_value("一\n二")
    page.keyboard.press("Enter")
    expect(page.locator("#dgqa-chat [data-testid=user]")).to_have_text("一\n二")
    expect(page.locator(BOX)).to_have_value("")


def test_the_enter_that_ends_an_ime_composition_does_not_send(page: Any) -> None:
    page.focus(BOX)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "shu zi", "selectionStart": 6, "selectionEnd": 6})
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    devtools.send("Input.dispatchKeyEvent", enter)
    page.locator(BOX).dispatch_event("keypress", {"key": "Enter", "isComposing": True, "bubbles": True})
    devtools.send("Input.insertText", {"text": "数字"})
    page.wait_for_timeout(500)
    expect(page.locator(BOX)).to_have_value("数字")
    expect(page.locator(BADGES)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(BADGES)).to_have_text("已回答")


def test_stop_keeps_what_was_shown_and_leaves_it_out_of_the_history(page: Any, assistant: ScriptedAssistant) -> None:
    page.fill(BOX, SLOW)
    page.press(BOX, "Enter")
    expect(page.locator("#t1-s1")).to_be_visible()
    expect(page.locator(BADGES)).to_have_text("正在查找依据…")
    page.get_by_role("button", name="停止").click()
    expect(page.locator(BADGES)).to_have_text("已停止", timeout=1000)
    ask(page, QUESTION, "已回答")
    expect(page.locator(BADGES)).to_have_text(["已停止", "已回答"])
    assert assistant.asked[-1] == (QUESTION, [])


def test_a_question_typed_while_an_answer_grows_is_neither_sent_nor_lost(page: Any) -> None:
    page.fill(BOX, SLOW)
    page.press(BOX, "Enter")
    expect(page.locator("#t1-s1")).to_be_visible()
    page.fill(BOX, QUESTION)
    page.press(BOX, "Enter")
    expect(page.locator(BADGES)).to_have_text(["已回答"])
    expect(page.locator(BOX)).to_have_value(QUESTION)
    page.press(BOX, "Enter")
    expect(page.locator(BADGES)).to_have_text(["已回答", "已回答"])


def test_a_follow_up_carries_the_conversation_until_it_is_cleared(page: Any, assistant: ScriptedAssistant) -> None:
    ask(page, QUESTION, "已回答")
    ask(page, "那么目标呢？", "已回答")
    assert assistant.asked[-1] == ("那么目标呢？", [(QUESTION, answered(QUESTION).text)])
    page.locator("#dgqa-chat button[title=Clear]").click()
    expect(page.locator(BADGES)).to_have_count(0)
    expect(page.locator("#dgqa-side .dgqa-card")).to_have_count(0)
    ask(page, HANT_QUESTION, "已回答")
    assert assistant.asked[-1] == (HANT_QUESTION, [])


def test_clearing_while_an_answer_grows_leaves_an_empty_page(page: Any) -> None:
    page.fill(BOX, SLOW)
    page.press(BOX, "Enter")
    expect(page.locator("#t1-s1")).to_be_visible()
    page.locator("#dgqa-chat button[title=Clear]").click()
    expect(page.locator(BADGES)).to_have_count(0)
    page.wait_for_timeout(3500)
    expect(page.locator(BADGES)).to_have_count(0)
    expect(page.get_by_role("button", name="发送")).to_be_visible()


def test_an_example_is_asked_by_clicking_it(page: Any) -> None:
    page.get_by_role("button", name=HANT_QUESTION).click()
    expect(page.locator(BADGES)).to_have_text("已回答")
    expect(page.locator("#dgqa-sources h2")).to_have_text("來源")
    expect(page.locator(BOX)).to_have_value("")


def test_hostile_text_anywhere_executes_nothing_and_is_shown_as_text(page: Any) -> None:
    ask(page, ATTACK, "Partly answered")
    ask(page, f"再问一次：{QUESTION}", "已回答")  # now the attack is history and a folded source
    page.locator("#dgqa-earlier summary").click()
    for link in page.locator("#dgqa-chat a, #dgqa-side a").all():
        link.click()
    for place in (
        "[data-testid=user]",
        "[data-testid=bot]",
        "#t1-s1 h3",
        "#t1-s1 .dgqa-about",
        "#t1-s1 mark",
        "#t1-s2 mark",
    ):
        expect(page.locator(place).first).to_contain_text("<svg onload=window.hacked=4>")
        expect(page.locator(place).first).to_contain_text("${window.hacked=7}{{constructor")
    assert page.locator("#dgqa-chat, #dgqa-side").locator("script, iframe, svg:has(animate), #trap").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_has_aa_contrast(page: Any, url: str, theme: str) -> None:
    page.goto(f"{url}?__theme={theme}")
    expect(page.locator(BOX)).to_be_visible()
    ratio, where = page.evaluate(CONTRAST, ".gradio-container")
    assert ratio >= 4.5, where
    for question, badge in (
        (QUESTION, "已回答"),
        (BROKEN, "出错了"),
        (UNCOVERED, "未能回答"),
        (ATTACK, "Partly answered"),
    ):
        ask(page, question, badge)
    page.locator("#dgqa-earlier summary").last.click()
    ratio, where = page.evaluate(CONTRAST, ".gradio-container")
    assert ratio >= 4.5, where


def test_the_sources_stand_beside_the_chat(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    chat, card = page.locator("#dgqa-chat").bounding_box(), page.locator("#t1-s1").bounding_box()
    assert card["x"] > chat["x"] + chat["width"]
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@phone
def test_the_sources_stand_under_the_chat_on_a_phone(page: Any) -> None:
    ask(page, QUESTION, "已回答")
    box, card = page.locator(BOX).bounding_box(), page.locator("#t1-s1").bounding_box()
    assert card["y"] > box["y"] + box["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("a.dgqa-ref >> text=[3]")
    expect(page.locator("#t1-s3")).to_be_in_viewport(ratio=1)


def test_the_page_says_which_language_it_is_in_and_labels_its_box(page: Any) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_label("问题")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(ui.TITLE)
