"""The page in a real browser: what reads well in an answer, what acts on the next one, what is kept and printed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from browsing import BADGES, ask, empty, expect, in_a_browser, page_of, visit
from dgqa.types import Answer, AnswerSentence
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from scripted import FIVE, HANT_QUESTION, QUESTION, SYSTEMS, TARGET, ScriptedAssistant, citation, document, free_port, hits

LISTED = "各城市的措施和人口是什么？"
LONG = "".join(f"这是第{number}句，它说的是数据共享和业务协同之间的关系。\n" for number in range(2_000))
LENGTHY = "各地怎样做数据共享？"
ROWS = "措施包括：\n统一目录；\n分级分类。\n城市：甲市；人口：31\n城市：乙市；人口：22"

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def assistant() -> ScriptedAssistant:
    listed = Answer(LISTED, "answered", f"{ROWS}[1]", (AnswerSentence(ROWS, (1,), 1.0),), (citation(1, "hot", FIVE),), hits())
    said = tuple(AnswerSentence(f"第{number}句，" + "它说的是数据共享。" * 4, (1,), 1.0) for number in range(30))
    lengthy = Answer(LENGTHY, "answered", "\n".join(f"{sentence.text}[1]" for sentence in said), said, (citation(1, "hot", FIVE),), hits())
    made = ScriptedAssistant({LISTED: listed, LENGTHY: lengthy}, pauses={LENGTHY: 0.02})
    made.retriever.index.texts["long"] = LONG
    made.retriever.index.listing.append(document("long", LONG, ("long.txt", "很长的文献", "", "")))
    return made


@pytest.fixture(scope="module")
def context(browser: Any, assistant: ScriptedAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    feedback = str(tmp_path_factory.mktemp("rated") / "feedback.jsonl")
    served = ui.serve(assistant, Address(port=free_port(), rate=0), ui.Offer(examples=[QUESTION], feedback=feedback), block=False)
    made = browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN", reduced_motion="reduce", base_url=str(served.local_url))
    yield made
    made.close()
    served.close()


@pytest.fixture
def page(context: Any) -> Iterator[Any]:
    page = page_of(context)
    visit(page)
    yield page
    empty(page)


def test_a_list_and_rows_of_a_table_are_drawn_as_such(page: Any) -> None:
    ask(page, LISTED)
    said = page.locator("#dgqa-chat .dgqa-said")
    expect(said.locator("li")).to_have_text(["统一目录；", "分级分类。"])
    expect(said.locator("th")).to_have_text(["城市", "人口"])
    expect(said.locator("td")).to_have_text(["甲市", "31", "乙市", "22"])
    assert said.locator("li").first.evaluate("item => getComputedStyle(item).listStyleType") == "disc"


def test_a_marker_shows_its_quote_while_it_is_pointed_at_or_focused(page: Any) -> None:
    ask(page, QUESTION)
    page.hover("a.dgqa-ref >> text=[3]")
    expect(page.locator("#dgqa-quote")).to_contain_text(TARGET)
    page.hover("#dgqa-head h1")
    expect(page.locator("#dgqa-quote")).to_have_count(0)
    page.focus("a.dgqa-ref >> text=[1]")
    expect(page.locator("#dgqa-quote")).to_contain_text(SYSTEMS[:20])


def test_the_bin_lies_over_nothing_however_far_the_talk_is_scrolled(page: Any) -> None:
    for _ in range(3):
        ask(page, QUESTION)
    for edit in page.locator("#dgqa-chat .is-edit").all():
        # The chat may still be on its way to its end by itself.
        page.wait_for_function(
            """button => {
              button.scrollIntoView({ block: "start", behavior: "instant" });
              const box = button.getBoundingClientRect(), bin = document.querySelector("#dgqa-chat button[title=清空]").getBoundingClientRect();
              return bin.bottom <= box.top && document.elementFromPoint(box.x + 9, box.y + 9) === button;
            }""",
            arg=edit.element_handle(),
        )


def test_a_long_answer_is_shown_from_its_question_on_until_the_reader_moves_the_talk(page: Any) -> None:
    below = "(document.querySelectorAll('.dgqa-asked')[1].getBoundingClientRect().top - document.querySelector('#dgqa-chat [role=log]').getBoundingClientRect().top)"
    ask(page, QUESTION)
    ask(page, LENGTHY)
    expect(page.locator("#dgqa-chat .dgqa-said").last).to_contain_text("第29句")
    page.wait_for_function(f"Math.abs({below}) < 12")
    page.hover("#dgqa-chat .dgqa-said >> nth=1")
    page.mouse.wheel(0, 150)
    page.wait_for_function(f"{below} < -100")
    page.set_viewport_size({"width": 1280, "height": 680})
    page.wait_for_timeout(300)
    assert page.evaluate(below) < -100
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("button", name="到对话末尾").click()
    page.wait_for_function("(log => log.scrollTop + log.clientHeight > log.scrollHeight - 20)(document.querySelector('#dgqa-chat [role=log]'))")


def test_a_setting_that_acts_is_a_chip_above_the_box_that_takes_it_away(page: Any, assistant: ScriptedAssistant) -> None:
    expect(page.locator("#dgqa-chips")).to_be_hidden()
    page.locator("#dgqa-settings button").first.click()
    page.locator("#dgqa-from textarea, #dgqa-from input").fill("2022")
    page.locator("#dgqa-script").get_by_text("繁體").click()
    expect(page.locator(".dgqa-chip")).to_have_text(["日期 2022～…×", "回答用繁體×"])
    visit(page)
    page.get_by_role("button", name="取消：日期 2022～…").click()
    expect(page.locator(".dgqa-chip")).to_have_text(["回答用繁體×"])
    ask(page, QUESTION)
    assert assistant.options[-1] == {"language": "Hant"}
    page.get_by_role("button", name="取消：回答用繁體").click()
    expect(page.locator("#dgqa-chips")).to_be_hidden()


def test_a_rated_answer_shows_how_it_was_rated_after_a_reload_too(page: Any) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="有帮助", exact=True).click()
    page.locator(".dgqa-rate button[type=submit]").click()
    expect(page.locator(".is-good")).to_have_attribute("aria-pressed", "true")
    visit(page)
    expect(page.locator(".is-good")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".is-bad")).to_have_attribute("aria-pressed", "false")


def test_a_pinned_conversation_stands_first(page: Any) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="新对话").click()
    expect(page.locator(BADGES)).to_have_count(0)
    ask(page, HANT_QUESTION)
    row = page.locator("#dgqa-talks li", has_text=QUESTION)
    row.hover()
    row.get_by_role("button", name="置顶").click()
    expect(page.locator("#dgqa-talks h3")).to_have_text(["置顶", "今天"])
    expect(page.locator("#dgqa-talks .dgqa-talk")).to_have_text([QUESTION, HANT_QUESTION])
    assert json.loads(page.evaluate("localStorage.getItem('dgqa.talks')"))[1]["pinned"] is True


def test_a_printed_conversation_has_the_whole_talk_with_its_sources_and_nothing_of_the_frame(page: Any) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    for _ in range(4):
        ask(page, QUESTION)
    document = pdfium.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    text = "".join("".join(leaf.get_textpage().get_text_range().split()) for leaf in document)
    assert len(document) > 1 and round(document[0].get_width()) == 595
    assert text.count("来源（2）") == 4 and text.count("".join(TARGET.split())) == 8
    assert "新对话" not in text and "编辑" not in text
    assert page.evaluate("document.documentElement.classList.contains('dgqa-printing')") is False


def test_on_paper_answers_stand_in_blocks_which_grow_where_a_source_goes_to_the_next_page(page: Any) -> None:
    ask(page, QUESTION)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    around = page.evaluate(
        """() => {
          const found = [];
          for (let at = document.querySelector("#dgqa-chat .dgqa-reply").parentElement; at.id !== "dgqa-chat"; at = at.parentElement) found.push(getComputedStyle(at).display);
          return found;
        }"""
    )
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert around and not {"flex", "grid"} & set(around)


def test_a_dark_page_is_printed_in_black_on_white_and_is_dark_again_afterwards(page: Any) -> None:
    ask(page, QUESTION)
    page.locator("[data-act=theme]").click()
    ink = "getComputedStyle(document.querySelector('#dgqa-chat .dgqa-said')).color"
    light = "([r, g, b]) => r < 80 && g < 80 && b < 80"
    assert page.evaluate(f"!({light})({ink}.match(/\\d+/g).map(Number))")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"({light})({ink}.match(/\\d+/g).map(Number)) && !document.body.classList.contains('dark')")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.body.classList.contains('dark')")


def test_the_list_of_articles_is_where_it_was_when_one_comes_back_from_an_article(page: Any) -> None:
    visit(page, "/?doc=long&start=0&end=0")
    expect(page.locator(".dgqa-article .dgqa-line").first).to_be_attached()
    page.wait_for_function("() => { const pane = document.querySelector('#dgqa-read'); pane.scrollTop = 900; return pane.scrollTop === 900; }")
    page.locator("[data-act=list]").click()
    expect(page.locator("#dgqa-listing tbody tr").first).to_be_visible()
    page.wait_for_function("document.querySelector('#dgqa-read').scrollTop === 0")


def test_quotation_marks_are_narrow_in_english_and_wide_in_chinese(page: Any) -> None:
    # In a Chinese font they are as wide as a character, unless it is told.
    width = "(lang) => getComputedStyle(document.body.appendChild(Object.assign(document.createElement('q'), { lang }))).fontVariantEastAsian"
    assert page.evaluate(width, "en") == "proportional-width" and page.evaluate(width, "zh-Hans") == "normal"


def test_an_article_is_printed_whole_on_a4_though_the_page_holds_a_part_of_it(page: Any) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    visit(page, "/?doc=long&start=0&end=0")
    lines = page.locator(".dgqa-article .dgqa-line")
    expect(page.locator("#dgqa-pages")).not_to_have_attribute("aria-busy", "true")
    expect(lines.last).to_be_attached()
    held = lines.count()
    assert 0 < held < 2_000
    page.evaluate("() => { window.print = () => { window.printed = document.querySelectorAll('.dgqa-article .dgqa-line').length; }; }")
    page.get_by_role("button", name="打印全文").click()
    page.wait_for_function("window.printed !== undefined")
    assert page.evaluate("window.printed") == 2_000
    expect(lines).to_have_count(held)
    paper = pdfium.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    text = "".join("".join(leaf.get_textpage().get_text_range().split()) for leaf in paper)
    assert len(paper) > 10 and round(paper[0].get_width()) == 595
    assert "很长的文献" in text and "这是第0句" in text and f"这是第{held - 1}句" in text and "打印全文" not in text and "新对话" not in text
