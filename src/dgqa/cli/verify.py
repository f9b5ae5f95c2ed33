"""`dgqa verify`: hold answers kept as JSON against the corpus and the index; print what these don't bear out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dgqa.config import Settings, read_utf8
from dgqa.errors import AnswerError, ConfigError

if TYPE_CHECKING:
    from dgqa.answer.verifying import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments to those of the settings."""
    parser.add_argument("file", metavar="ANSWER.json", help="what `dgqa ask --json` or `dgqa ask --batch` printed; - for standard input")
    parser.add_argument("--corpus", dest="files", metavar="FOLDER", help="compare the quotes with these files instead of the texts in the index, which is not opened then")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check every answer of a file; return 0, or 1 where something is wrong."""
    from dgqa.answer.verifying import verify_answer

    answers = _read(arguments.file)
    assistant = None
    raws: dict[str, str] = {}
    sentences = None
    # The files alone are enough for the quotes, and are there where no index is.
    if not arguments.files or settings.origin["index"] != "default":
        from dgqa.answer.assistant import Assistant

        assistant = Assistant.open(settings.index, backend=settings.backend, glossary=settings.glossary, engine=settings.searched_by())
    if arguments.files:
        from dgqa.corpus.files import load_corpus
        from dgqa.corpus.passages import split_document

        documents = load_corpus(arguments.files)[0]
        raws = {document.path: document.raw for document in documents}
        sentences = {document.path: [sentence for passage in split_document(document) for sentence in passage.sentences] for document in documents}
    elif assistant is not None:
        index = assistant.retriever.index
        raws = {document["path"]: index.raw(document["doc_id"]) for document in index.documents()}
    reports: list[tuple[Any, Report | str]] = []
    for name, answer in answers:
        try:
            reports.append((name, verify_answer(answer, raws, assistant=assistant, sentences=sentences)))
        except AnswerError as error:
            reports.append((name, str(error)))
    failed = sum(isinstance(report, str) or not report.ok for _, report in reports)
    if arguments.json:
        print(json.dumps({"answers": len(reports), "failed": failed, "reports": [_plain(name, report) for name, report in reports]}, ensure_ascii=False, indent=1))
    else:
        _print(reports, failed)
    return 1 if failed else 0


def _read(file: str) -> list[tuple[Any, Mapping[str, Any]]]:
    """Return the answers of a file, one or one a line, each with its id or number."""
    text = sys.stdin.read() if file == "-" else read_utf8(Path(file))
    try:
        whole = [json.loads(text)]
    except ValueError:
        try:
            whole = [json.loads(line) for line in text.split("\n") if line.strip()]
        except ValueError as error:
            raise ConfigError(f"{file} holds neither one JSON document nor one a line: {error}") from error
    whole = whole[0] if len(whole) == 1 and isinstance(whole[0], list) else whole
    if not whole or not all(isinstance(answer, dict) for answer in whole):
        raise ConfigError(f"{file} holds no answer: give what `dgqa ask --json` or `dgqa ask --batch` printed")
    return [(answer.get("id", number), answer) for number, answer in enumerate(whole, 1)]


def _plain(name: Any, report: Report | str) -> dict[str, Any]:
    if isinstance(report, str):
        return {"id": name, "ok": False, "checks": {}, "problems": [report], "notes": []}
    return {"id": name, **report.to_dict()}


def _print(reports: list[tuple[Any, Report | str]], failed: int) -> None:
    for name, report in reports:
        if isinstance(report, str):
            print(f"{name}: {report}")
            continue
        done = ", ".join(f"{count} {kind}" for kind, count in report.checks.items())
        print(f"{name}: {'holds' if report.ok else 'does not hold'} ({done})  {report.question}")
        for problem in report.problems:
            print(f"  problem: {problem}")
        for note in report.notes:
            print(f"  note: {note}")
    print(f"{len(reports) - failed} of {len(reports)} answers hold")
