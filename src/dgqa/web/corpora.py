"""What is served: one collection of articles or several, each with who answers from it and the name that readers and programs choose it by."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dgqa.errors import ConfigError
from dgqa.web.uploads import Uploader


@dataclass(frozen=True, slots=True)
class Corpus:
    """A collection of articles that is served.

    Args:
        assistant: Who answers from it, as `Assistant` does; its ``retriever.index``, if any, holds the articles to read.
        modes: Ways of answering by the name that readers see; the assistant alone by default.
        uploader: What takes articles that readers add; None where they can't.
        name: What it is chosen by where several are served; "" for the only one.
    """

    assistant: Any
    modes: Mapping[str, Any] = field(default_factory=dict)
    uploader: Uploader | None = None
    name: str = ""


def names_of_folders(folders: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return a name for the index in each folder: the last part of its path, with the parts above it where two are alike; "" for a single one.

    >>> names_of_folders(["build/laws", "build/news"]), names_of_folders(["laws/index", "news/index"]), names_of_folders(["laws"])
    (['laws', 'news'], ['laws/index', 'news/index'], [''])

    Raises:
        ConfigError: a folder is given twice.
    """
    if len(folders) < 2:
        return [""] * len(folders)
    paths = [Path(folder).resolve() for folder in folders]
    if twice := next((str(folder) for at, folder in enumerate(folders) if paths[at] in paths[:at]), ""):
        raise ConfigError(f"the index {twice} is named twice: name each once")
    deepest = max(len(path.parts) for path in paths)
    for depth in range(1, deepest + 1):
        names = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    raise AssertionError("different paths have different parts")
