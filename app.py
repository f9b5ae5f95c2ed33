"""Serve the chat page with the settings of this folder: `python app.py`."""

from __future__ import annotations

import sys

from dgqa import Assistant
from dgqa.config import load_settings
from dgqa.errors import DgqaError
from dgqa.ui import serve

EXAMPLES = (
    "数字政府的五大体系是什么？",
    "數字政府建設面臨哪些挑戰？",
    "What is a digital government?",
)


def main() -> None:
    """Open the index and serve the page until interrupted."""
    try:
        settings = load_settings()
        assistant = Assistant.open(settings.index, backend=settings.backend)
        page = serve(assistant, host=settings.host, port=settings.port, examples=EXAMPLES, block=False)
    except DgqaError as error:
        sys.exit(f"dgqa: {error}")
    sys.stderr.write(f"dgqa: {page.local_url}\n")
    page.block_thread()


if __name__ == "__main__":
    main()
