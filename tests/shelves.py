"""Articles written for a test, indexed with the hashing embedder and opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dgqa.answer.assistant import Assistant
from dgqa.index.build import build_index
from fakes import HashingEmbedder


def opened(home: Path, files: Mapping[str, str]) -> Assistant:
    """Write files by their names into a corpus under ``home``, and open an assistant over its index."""
    (home / "corpus").mkdir()
    for name, text in files.items():
        (home / "corpus" / name).write_text(text, encoding="utf-8")
    embedder = HashingEmbedder()
    build_index(home / "corpus", home / "index", embedder=embedder)
    return Assistant.open(home / "index", embedder=embedder)
