"""Serve the chat page with the settings of this folder: `python app.py`."""

from __future__ import annotations

import os
import sys

from dgqa import Assistant
from dgqa.config import load_settings
from dgqa.errors import DgqaError
from dgqa.ui import serve

EXAMPLES = (
    "电子政务外网在乡镇的覆盖率是多少？",
    "張克從什麼理論視角說明數據行政管理？",
    "What position did China hold in the UN e-government development index in 2012?",
)


def main() -> None:
    """Open the index and serve the page until interrupted."""
    try:
        settings = load_settings()
        if settings.offline:
            os.environ["DGQA_OFFLINE"] = "1"  # for the model store
        assistant = Assistant.open(settings.index, backend=settings.backend, glossary=settings.glossary)
        page = serve(assistant, host=settings.host, port=settings.port, examples=EXAMPLES, block=False)
    except DgqaError as error:
        sys.exit(f"dgqa: {error}")
    sys.stderr.write(f"dgqa: {page.local_url}\n")
    page.block_thread()


if __name__ == "__main__":
    main()
