"""Serve the chat page with the settings of this folder: `python app.py`."""

from __future__ import annotations

import logging
import sys

from dgqa.config import load_settings
from dgqa.errors import DgqaError
from dgqa.web.chat import open_chat

EXAMPLES = (
    "电子政务外网在乡镇的覆盖率是多少？",
    "張克從什麼理論視角說明數據行政管理？",
    "What position did China hold in the UN e-government development index in 2012?",
)


def main() -> None:
    """Open the index and serve the page until interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = load_settings()
        # They ask about the articles that come with the project.
        page = open_chat(settings, examples=EXAMPLES if settings.origin["index"] == "default" and not settings.other_indexes else ())
    except DgqaError as error:
        sys.exit(f"dgqa: {error}")
    sys.stderr.write(f"dgqa: {page.local_url}\n")
    page.block_thread()


if __name__ == "__main__":
    main()
