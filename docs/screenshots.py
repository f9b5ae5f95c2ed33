"""Make the pictures of the README: `python docs/screenshots.py` serves the project's own articles and takes them.

It needs Playwright and a Chromium (`--chromium`) and Pillow, which Gradio brings along, and builds the index of `corpus/` where there is none (`--index`).
`--all DIR` writes every state of the page that is worth a look, to be looked at.
"""

from __future__ import annotations

import argparse
import io
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import dgqa
from dgqa.web.page import page as ui
from dgqa.web.server import Address

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
BOX = "#dgqa-question textarea"
COVERAGE = "电子政务外网在乡镇的覆盖率是多少？"
STAGES = "中国的数字政府建设分成哪几个阶段？"
ENGLISH = "What position did China hold in the UN e-government development index in 2012?"
UNCOVERED = "2019年江蘇省數字政府的預算是多少？"
DESKTOP = (1440, 900)
PHONE = (390, 844)
COLOURS = 96


def ask(page: Page, question: str) -> None:
    """Ask and wait until the answer is there."""
    before = page.locator(".dgqa-reply").count()
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.wait_for_function(
        "(n) => document.querySelectorAll('.dgqa-reply').length === n && !document.querySelector('.dgqa-foot .is-working')", arg=before + 1
    )
    page.wait_for_timeout(400)


def open_first(page: Page) -> None:
    """Open the article of the first card that is shown."""
    if not page.locator("a.dgqa-open:visible").count():
        page.locator(".dgqa-sources summary").first.click()
    page.locator("a.dgqa-open:visible").first.click()
    page.wait_for_selector("#dgqa-cited")
    page.wait_for_timeout(300)


def welcome(page: Page) -> None:
    page.wait_for_timeout(300)


def answer(page: Page) -> None:
    ask(page, COVERAGE)
    ask(page, STAGES)
    page.locator("a.dgqa-ref").last.hover()
    page.wait_for_timeout(200)


def refusal(page: Page) -> None:
    ask(page, COVERAGE)
    ask(page, UNCOVERED)


def english(page: Page) -> None:
    ask(page, ENGLISH)
    ask(page, COVERAGE)


def article(page: Page) -> None:
    ask(page, COVERAGE)
    open_first(page)


def listing(page: Page) -> None:
    page.locator("#dgqa-head [data-view=read]").click()
    page.wait_for_selector("#dgqa-listing tbody tr")
    page.wait_for_timeout(300)


def settings(page: Page) -> None:
    ask(page, COVERAGE)
    page.locator("#dgqa-settings button").first.click()
    page.wait_for_timeout(500)


def folded(page: Page) -> None:
    ask(page, COVERAGE)
    page.locator("a.dgqa-ref").first.click()
    page.wait_for_timeout(300)


def drawer(page: Page) -> None:
    ask(page, COVERAGE)
    page.locator("[data-act=menu]").click()
    page.wait_for_timeout(400)


State = tuple[Callable[[Page], None], tuple[int, int], str, str]  # what to do, the window, the browser's language, its scheme
STATES: dict[str, State] = {
    "welcome": (welcome, DESKTOP, "zh-CN", "light"),
    "answer": (answer, DESKTOP, "zh-CN", "light"),
    "refusal": (refusal, DESKTOP, "zh-TW", "light"),
    "english-dark": (english, DESKTOP, "en-GB", "dark"),
    "article": (article, DESKTOP, "zh-CN", "light"),
    "article-dark": (article, DESKTOP, "zh-TW", "dark"),
    "articles": (listing, DESKTOP, "en-GB", "light"),
    "settings": (settings, DESKTOP, "zh-CN", "light"),
    "phone": (folded, PHONE, "zh-CN", "light"),
    "phone-drawer": (drawer, PHONE, "zh-CN", "dark"),
    "phone-article": (article, PHONE, "zh-CN", "light"),
}
BEST = ("answer", "article", "phone")


def take(url: str, folder: Path, names: tuple[str, ...], chromium: str) -> None:
    """Write the pictures of the named states to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium or None, args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            act, (width, height), locale, scheme = STATES[name]
            scale = 2 if width == PHONE[0] else 1
            given: dict[str, Any] = {"locale": locale, "color_scheme": scheme, "device_scale_factor": scale, "reduced_motion": "reduce"}
            context = browser.new_context(viewport={"width": width, "height": height}, **given)
            page = context.new_page()
            page.goto(url)
            page.wait_for_function("window.dgqaBridge !== undefined")
            page.wait_for_timeout(800)
            act(page)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            # A page of text needs few colours, and the pictures are part of every clone.
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
            context.close()
        browser.close()


def main() -> None:
    """Serve the page on a free port and take its pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--index", default=str(ROOT / "index"), help="index of the project's corpus; built where it is missing")
    parser.add_argument("--chromium", default="/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else "", help="the browser")
    parser.add_argument("--all", metavar="DIR", default="", help="write every state to this folder")
    arguments = parser.parse_args()
    dgqa.build_index(ROOT / "corpus", arguments.index)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    page = ui.serve(dgqa.Assistant.open(arguments.index), Address(port=port), ui.Offer(examples=(COVERAGE, UNCOVERED, ENGLISH)), block=False)
    url = f"http://127.0.0.1:{port}/"
    if arguments.all:
        take(url, Path(arguments.all), tuple(STATES), arguments.chromium)
    else:
        take(url, IMAGES, BEST, arguments.chromium)
    page.close()


if __name__ == "__main__":
    main()
