"""A browser for the tests of a module, which those that need switches of their own start again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; one a module, since others than these run an event loop in this thread."""
    from browsing import CHROMIUM, SWITCHES, sync_api

    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES.split())
        yield started
        started.close()
