"""What the tests in a real browser share: where it is, how it is started, and how one gets to an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync_api.expect
PATIENCE = 60_000  # ms: a busy machine is slow, and what does not come at all is noticed then as well
expect.set_options(timeout=PATIENCE)

CHROMIUM = Path("/usr/bin/chromium")
# The one without windows does the same for half of the processor's time; what comes of a link on another site only the other does as readers see it.
SHELL = Path("/usr/bin/chromium-headless-shell")
QUICK = SHELL if SHELL.exists() else CHROMIUM
SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
BOX = "#dgqa-question textarea"
BADGES = "#dgqa-chat .dgqa-foot .dgqa-badge:not(.is-working)"
in_a_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]


def page_of(context: Any) -> Any:
    """Return the page of a profile: it opens an address again in less time than a new one takes."""
    return context.pages[0] if context.pages else context.new_page()


def empty(page: Any, url: str = "/") -> None:
    """Leave the page as a new one is: nothing runs in it and nothing is kept."""
    page.goto(f"{url}theme.css")  # of the same origin, and writes nothing
    page.evaluate("localStorage.clear(); sessionStorage.clear()")


# Of the conversation that is open, whether the page has drawn it, and whether the browser keeps all that is drawn of it.
TALK = "JSON.parse(localStorage.getItem('dgqa.talks') || '[]').find((talk) => talk.id === sessionStorage.getItem('dgqa.talk'))"
DRAWN = f"() => !{TALK} || document.querySelector('#dgqa-chat .dgqa-reply')"
KEPT = f"() => {TALK}?.turns.length === document.querySelectorAll('#dgqa-chat .dgqa-reply').length"


def visit(page: Any, url: str = "/") -> None:
    """Open the page and wait until it has its words and what the browser kept."""
    _arrive(page, lambda: page.goto(url))


def again(page: Any) -> None:
    """Load the page again and wait as long."""
    _arrive(page, page.reload)


def _arrive(page: Any, load: Callable[[], object]) -> None:
    page.set_default_timeout(PATIENCE)
    with told(page):
        load()
    expect(page.get_by_role("navigation").first.locator("[aria-current]")).not_to_be_empty()
    page.wait_for_function("window.dgqaBridge !== undefined")
    page.wait_for_function(DRAWN)


def told(page: Any) -> Any:
    """Wait, at the end of a block, for the server's answer to an event of the page."""
    return page.expect_response(lambda response: "/gradio_api/" in response.url and response.request.method == "POST")


def settle(page: Any) -> None:
    """Wait until nothing on the page has scrolled for half a second."""
    page.wait_for_function(
        """() => {
          const at = [...document.querySelectorAll("*")].map((element) => element.scrollTop).join();
          if (window.lastSeen?.at !== at) window.lastSeen = { at, since: performance.now() };
          return performance.now() - window.lastSeen.since > 500;
        }"""
    )


def ask(page: Any, question: str, badge: Any = "") -> None:
    """Ask and wait until it is answered, with a badge of that text, and the browser keeps it."""
    before = page.locator(BADGES).count()
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    expect(page.locator(BADGES)).to_have_count(before + 1)
    if badge:
        expect(page.locator(BADGES).last).to_have_text(badge)
    page.wait_for_function(KEPT)
