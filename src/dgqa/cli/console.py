"""Print JSON, colours and progress bars, and read the types of the commands' arguments."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Progress = Callable[[str, int, int], None]  # stage, done, of


def positive(text: str) -> int:
    """Return an argument as a whole number above 0."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


_BAR = "{desc}{percentage:3.0f}%|{bar}| {elapsed}"
_COLOURS = {"good": 32, "part": 33, "bad": 31, "quiet": 2, "bold": 1}


def coloured(text: str, colour: str) -> str:
    """Return a text in a colour ("good", "part", "bad", "quiet") or "bold" where stdout is a terminal that nobody asked to be without any."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def print_json(value: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


def hint_at_reading(folders: Iterable[str]) -> None:
    """Say on stderr which of these indexes holds articles as another version of dgqa read them; it answers all the same."""
    from dgqa.corpus.version import reading_digest
    from dgqa.index.manifest import read_manifest

    for folder in folders:
        if read_manifest(Path(folder)).get("reading") != reading_digest():
            print(f"dgqa: the articles of the index at {folder} were read by another version of dgqa: `dgqa index --index {folder}` reads them again", file=sys.stderr)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show how far a build or an evaluation is, as one bar each on stderr; as a plain line a stage where that is no terminal."""
    from tqdm import tqdm

    from dgqa.index.assembly import STAGES, Overall

    names = {"read": "reading", "embed": "embedding sentences", "words": "indexing words", "write": "writing", "ask": "asking"}
    bars: dict[str, Any] = {}
    told: set[str] = set()
    overall = Overall()

    def bar(name: str, total: int, **look: str) -> Any:
        if name not in bars:
            for other in bars.values():
                other.close()
            bars[name] = tqdm(total=total, unit="", file=sys.stderr, disable=None, leave=False, dynamic_ncols=True, **look)
        return bars[name]

    def progress(stage: str, done: int, total: int) -> None:
        if stage in names and stage not in told and not sys.stderr.isatty():
            print(f"{names[stage]} …", file=sys.stderr, flush=True)
        told.add(stage)
        if stage in STAGES or stage == "files":
            shown, reached = bar("build", 1_000, bar_format=_BAR), round(1_000 * overall(stage, done, total))
        else:
            shown, reached = bar(stage, total), done
            shown.total = total
        if stage in names:
            shown.set_description(names[stage], refresh=False)
        shown.update(reached - shown.n)

    try:
        yield progress
    finally:
        for shown in bars.values():
            shown.close()
