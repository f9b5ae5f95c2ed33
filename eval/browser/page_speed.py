"""Measures the chat page in a real browser: until it can be used, and until the first sentence of an answer is seen.

    python eval/browser/page_speed.py [--index index] [--url http://127.0.0.1:7860] [--pages 5] [--questions 20]

Usable is the moment when text can be typed into the box for questions and a question typed by then would be sent. The
first sentence is timed inside the page: from the Enter key to the first marker of a source in the new answer. Every page is
a fresh browser context, without a cache. Questions are those of the dev set; those without an answer are passed over.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from chat_server import BOX, CHROMIUM, SWITCHES, parser, questions, running, tell

# Keeps, for every document, when the box first could be typed into and when the last answer got its first marker.
WATCH = """() => {
  const seen = (window.__seen = { usable: 0, asked: 0, first: 0, ended: 0, before: 0, badges: 0 });
  const refs = () => document.querySelectorAll("#dgqa-chat a.dgqa-ref").length;
  const ends = () => [...document.querySelectorAll("#dgqa-chat .dgqa-foot .dgqa-badge")].filter((badge) => !badge.matches(".is-working")).length;
  const look = () => {
    const now = performance.now();
    const box = document.querySelector("#dgqa-question textarea");
    if (!seen.usable && box && !box.disabled && box.getClientRects().length) seen.usable = now;
    if (seen.asked && !seen.first && refs() > seen.before) seen.first = now;
    if (seen.asked && !seen.ended && ends() > seen.badges) seen.ended = now;
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    Object.assign(seen, { asked: performance.now(), first: 0, ended: 0, before: refs(), badges: ends() });
  }, true);
}"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--pages", type=int, default=5, help="how often the page is opened (default 5)")
    options.add_argument("--questions", type=int, default=20, help="how many answers are timed (default 20)")
    arguments = options.parse_args()
    from playwright.sync_api import sync_playwright

    with running(arguments.index, arguments.url) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM) if CHROMIUM.exists() else None, args=list(SWITCHES))
        opened = [_open(browser, server.url) for _ in range(arguments.pages)]
        first, ended = _ask(browser, server.url, questions(arguments.set), arguments.questions)
        browser.close()
    figures = {
        "server_up_s": round(server.seconds, 2),
        "first_paint_ms": _middle([paint for paint, _ in opened]),
        "usable_ms": _middle([usable for _, usable in opened]),
        "paint_to_usable_ms": _middle([usable - paint for paint, usable in opened]),
        "first_sentence_ms": _middle(first),
        "first_sentence_p95_ms": round(sorted(first)[int(0.95 * (len(first) - 1))]),
        "whole_answer_ms": _middle(ended),
        "pages": len(opened),
        "answers": len(first),
    }
    tell(figures, as_json=arguments.json)
    return 0


def _middle(values: list[float]) -> int:
    return round(statistics.median(values))


def _open(browser: Any, url: str) -> tuple[float, float]:
    """Return first paint and usable of a fresh page, in ms after the navigation began."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    page.goto(url)
    page.wait_for_function("() => window.__seen.usable > 0", timeout=60_000)
    page.fill(BOX, "试")
    paint, usable = page.evaluate(PAINT), page.evaluate("() => window.__seen.usable")
    context.close()
    return float(paint), float(usable)


def _ask(browser: Any, url: str, asked: list[str], count: int) -> tuple[list[float], list[float]]:
    """Return, for ``count`` answers, the ms until the first sentence and until the end."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    page.goto(url)
    page.wait_for_function("() => window.__seen.usable > 0", timeout=60_000)
    first: list[float] = []
    ended: list[float] = []
    for number, question in enumerate(asked):
        if len(first) == count:
            break
        page.fill(BOX, question)
        page.press(BOX, "Enter")
        page.wait_for_function("() => window.__seen.ended > 0", timeout=60_000)
        seen = page.evaluate("() => window.__seen")
        if number and seen["first"]:  # the very first one warms the models up
            first.append(seen["first"] - seen["asked"])
            ended.append(seen["ended"] - seen["asked"])
        if number % 10 == 9:  # a conversation of a usual length, not one that grows without end
            page.goto(url)
            page.wait_for_function("() => window.__seen.usable > 0", timeout=60_000)
    context.close()
    return first, ended


if __name__ == "__main__":
    sys.exit(main())
