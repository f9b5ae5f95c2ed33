"""The page in a real browser, under a path of a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from browsing import ask, in_a_browser, visit
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from forwarding import behind_a_proxy
from scripted import QUESTION, ScriptedAssistant, free_port

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    served = ui.serve(ScriptedAssistant(), Address(port=free_port(), root_path="/qa/"), block=False)
    yield str(served.local_url)
    served.close()


@pytest.mark.parametrize("cut", [True, False], ids=["path cut off", "path passed on"])
def test_a_question_is_asked_and_its_article_opened_under_a_path(browser: Any, url: str, cut: bool) -> None:
    with behind_a_proxy(url, "/qa", cut=cut) as outside, browser.new_context() as context:
        page = context.new_page()
        failed: list[str] = []
        page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
        visit(page, f"{outside}/qa/")
        ask(page, QUESTION, "Answered")
        page.locator("#dgqa-cards a.dgqa-open").first.click()
        page.locator("#dgqa-cited").wait_for(timeout=30_000)
        assert page.url.startswith(f"{outside}/qa/?doc=") and not [url for url in failed if "favicon" not in url and "manifest" not in url]
