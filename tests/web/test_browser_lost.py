"""Nothing is lost on the page: what is deleted can be had back, what is typed stays, and earlier conversations are found again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from browsing import BADGES, BOX, ask, empty, expect, in_a_browser, page_of, visit
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from scripted import HANT_QUESTION, QUESTION, ScriptedAssistant, free_port

ASKED = "#dgqa-chat .dgqa-asked .dgqa-text"
BIN = "#dgqa-chat button[title=清空]"
TALKS = "#dgqa-talks .dgqa-talk"

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture(scope="module")
def context(browser: Any, assistant: ScriptedAssistant) -> Iterator[Any]:
    served = ui.serve(assistant, Address(port=free_port(), rate=0), ui.Offer(examples=[QUESTION]), block=False)
    made = browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN", reduced_motion="reduce", base_url=str(served.local_url))
    yield made
    made.close()
    served.close()


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    page = page_of(context)
    visit(page)
    yield page
    context.set_offline(False)
    empty(page)


def test_the_bin_asks_and_what_it_took_can_be_had_back(page: Any) -> None:
    ask(page, QUESTION)
    notice = page.locator("#dgqa-notice")
    page.locator(BIN).click()
    notice.get_by_role("button", name="取消").click()
    expect(page.locator(ASKED)).to_have_text([QUESTION])
    page.locator(BIN).click()
    expect(notice.get_by_role("button", name="删除")).to_be_focused()
    notice.get_by_role("button", name="删除").click()
    expect(page.locator(ASKED)).to_have_count(0)
    expect(page.locator(TALKS)).to_have_count(0)
    notice.get_by_role("button", name="撤销").click()
    expect(page.locator(ASKED)).to_have_text([QUESTION])
    expect(page.locator(TALKS)).to_have_text([QUESTION])


def test_a_question_that_is_sent_offline_stays_and_is_asked_when_the_line_is_back(page: Any, context: Any, assistant: ScriptedAssistant) -> None:
    context.set_offline(True)
    asked = len(assistant.asked)
    page.fill(BOX, HANT_QUESTION)
    page.press(BOX, "Enter")
    expect(page.locator("#dgqa-notice")).to_contain_text("连上后自动提问")
    expect(page.locator(BOX)).to_have_value(HANT_QUESTION)
    assert len(assistant.asked) == asked
    context.set_offline(False)
    expect(page.locator(ASKED)).to_have_text([HANT_QUESTION])
    expect(page.locator(BADGES)).to_have_text(["已回答"])
    expect(page.locator(BOX)).to_have_value("")
    expect(page.locator("#dgqa-notice")).to_have_count(0)
    assert [question for question, _ in assistant.asked[asked:]] == [HANT_QUESTION]


def test_a_question_that_waits_can_be_kept_from_being_asked(page: Any, context: Any, assistant: ScriptedAssistant) -> None:
    context.set_offline(True)
    asked = len(assistant.asked)
    page.locator(".dgqa-example").first.click()
    expect(page.locator(BOX)).to_have_value(QUESTION)
    page.locator("#dgqa-notice").get_by_role("button", name="取消").click()
    context.set_offline(False)
    page.wait_for_timeout(3000)
    expect(page.locator(BOX)).to_have_value(QUESTION)
    assert len(assistant.asked) == asked


def test_what_was_typed_outlives_a_reload_and_what_was_asked_does_not_come_back(page: Any) -> None:
    page.fill(BOX, "还没写完的问题")
    visit(page)
    expect(page.locator(BOX)).to_have_value("还没写完的问题")
    ask(page, QUESTION)
    visit(page)
    expect(page.locator(ASKED)).to_have_text([QUESTION])
    expect(page.locator(BOX)).to_have_value("")


def test_earlier_conversations_stand_by_day_scroll_and_can_be_searched(page: Any) -> None:
    day = 86_400_000
    turn = {"question": "问", "state": "stopped", "seconds": 1, "error": "", "answer": None}
    now = int(time.time() * 1000)
    kept = [{"id": f"t{n}", "title": f"第 {n} 个对话", "at": now - n // 10 * day, "turns": [turn | {"question": f"关于档案馆的问题 {n}"}]} for n in range(30)]
    page.evaluate("kept => localStorage.setItem('dgqa.talks', JSON.stringify(kept))", kept)
    visit(page)
    days = page.locator("#dgqa-talks h3")
    expect(days).to_have_count(3)
    assert days.all_inner_texts()[:2] == ["今天", "昨天"] and "年" in days.last.inner_text()
    assert page.evaluate("(list => list.scrollHeight > list.clientHeight)(document.querySelector('#dgqa-talks'))")
    settings, top = page.locator("#dgqa-settings").bounding_box(), page.locator("#dgqa-talks").bounding_box()
    assert top["y"] + top["height"] <= settings["y"] and settings["y"] + settings["height"] <= 720
    page.get_by_label("查找对话").fill("档案馆 7")
    expect(page.locator(TALKS)).to_have_text(["第 7 个对话", "第 17 个对话", "第 27 个对话"])
    page.get_by_label("查找对话").fill("没有的词")
    expect(page.locator("#dgqa-past .dgqa-empty")).to_have_text("没有符合的对话。")
    assert json.loads(page.evaluate("localStorage.getItem('dgqa.talks')"))[29]["id"] == "t29"
