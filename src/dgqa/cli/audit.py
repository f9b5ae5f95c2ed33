"""`dgqa audit`: print a table of a corpus's documents and of the defects in them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any

from dgqa.columns import cut, table
from dgqa.config import Settings
from dgqa.errors import SettingError
from dgqa.messages import wordings

_SHOWN = 24  # columns of a defect's text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument("path", nargs="?", help="a folder or a file (default: the corpus of the settings)")
    parser.add_argument("--kind", metavar="KIND", help="list only the defects of one kind")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the report and return 0, whatever was found.

    Raises:
        CorpusError: there is nothing at the path.
        SettingError: there is no such kind of defects.
    """
    from dgqa.corpus.audit import audit
    from dgqa.corpus.files import load_corpus

    documents, skipped = load_corpus(arguments.path or settings.corpus)
    report = audit(documents, skipped)
    if arguments.kind:
        _check_kind(arguments.kind, {row["kind"] for row in report["defects"]})
        report["defects"] = [row for row in report["defects"] if row["kind"] == arguments.kind]
    if arguments.json:
        # Lone surrogates, which a file may hold, have no UTF-8 form.
        print(json.dumps(report, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace").decode("utf-8"))
        return 0
    for line in _lines(report):
        print(line.encode("utf-8", "replace").decode("utf-8"))
    return 0


def _check_kind(kind: str, found: set[str]) -> None:
    known = {key.removeprefix("kind_") for key in wordings("page") if key.startswith("kind_")} | found
    if kind not in known:
        raise SettingError(f"there is no kind of defects {kind!r}: there are {', '.join(sorted(known))}")


def _lines(report: dict[str, Any]) -> list[str]:
    columns = ("title", "author", "date", "script", "encoding", "sections", "sentences", "characters", "defects", "path")
    rows = [
        [str(sum(row["defects"].values()) if name == "defects" else row[name] or "–") for name in columns] for row in report["documents"]
    ]
    lines = table(columns, rows, right={"sections", "sentences", "characters", "defects"}, widest={"title": 40, "author": 20, "path": 48})
    for item in report["skipped"]:
        lines.append(f"left out {item['path']}: {item['reason']}")
    if not report["defects"]:
        return [*lines, "", "no defects found"]
    found = Counter(row["kind"] for row in report["defects"])
    repaired = Counter(row["kind"] for row in report["defects"] if row["repaired"] is not None)
    kinds = [[kind, str(count), str(repaired[kind])] for kind, count in sorted(found.items())]
    lines += ["", *table(("kind", "found", "with repair"), kinds, right={"found", "with repair"})]
    listing = [
        [row["kind"], f"{row['start']}–{row['end']}", _brief(row["raw"]), _repair(row), f"{row['confidence']:.2f}", row["path"]]
        for row in sorted(report["defects"], key=lambda row: row["kind"])
    ]
    head = ("kind", "offset", "raw", "repair", "confidence", "path")
    return [*lines, "", *table(head, listing, right={"offset", "confidence"}, widest={"path": 48})]


def _repair(row: dict[str, Any]) -> str:
    if row["repaired"] is None:
        return "–"
    if row["kind"] == "typo":
        return f"{row['repaired']}? (not changed)"
    return _brief(row["repaired"]) or "(left out)"


def _brief(text: str) -> str:
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}" for char in " ".join(text.split(" ")))
    shown = shown.replace("\\x0a", "⏎").replace("\\x09", "⇥")
    return cut(shown, _SHOWN)
