"""`dgqa search` and `dgqa ask`: print passages or answers with their sources."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dgqa.answer.parts import cautioned, emphasised, pieces
from dgqa.answer.shapes import shapes, within
from dgqa.cli.console import coloured, hint_at_reading, positive, print_json
from dgqa.columns import table
from dgqa.config import Settings, lines_of
from dgqa.corpus.cleaning import visible
from dgqa.errors import AnswerError, ConfigError
from dgqa.messages import LANGUAGES
from dgqa.types import Answer, Citation, Filter, Hit, Span
from dgqa.web.page.marks import read_as

_COLOUR = {"answered": "good", "partial": "part", "refused": "bad"}


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add what `search` reads."""
    parser.add_argument("question")
    parser.add_argument("-k", type=positive, default=5, help="how many passages (default 5)")
    _add_limits(parser, "search")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_ask(parser: argparse.ArgumentParser) -> None:
    """Add what `ask` reads."""
    parser.add_argument("question", nargs="?", help="the question, in simplified or traditional Chinese or English")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--batch", metavar="FILE.jsonl", help="questions as JSON lines with id, question, optional history; one answer a line")
    parser.add_argument("--language", choices=LANGUAGES, help="answer in simplified or traditional Chinese or English, whatever the question is in")
    parser.add_argument("-k", type=positive, default=8, help="how many passages are read (default 8)")
    _add_limits(parser, "answer from")


def _add_limits(command: argparse.ArgumentParser, verb: str) -> None:
    """Add the options that say where to look, which `_limits` reads."""
    for option, name, what in (
        ("document", "NAME", "this article alone, by its path or title, or those of a FOLDER/"),
        ("author", "NAME", "this author's articles alone"),
        ("section", "WORDS", "what stands under headings with these words"),
    ):
        command.add_argument(f"--{option}", action="append", default=[], metavar=name, help=f"{verb} {what}; may be repeated")
    command.add_argument("--from", dest="date_from", default="", metavar="DATE", help=f"{verb} articles of this year, month or day, or later")
    command.add_argument("--to", dest="date_to", default="", metavar="DATE", help=f"{verb} articles of this year, month or day, or earlier")


def _limits(arguments: argparse.Namespace) -> Filter | None:
    limits = Filter(tuple(arguments.document), tuple(arguments.author), tuple(arguments.section), arguments.date_from, arguments.date_to)
    return limits or None


def search(arguments: argparse.Namespace, settings: Settings) -> None:
    """Print the best passages for a question."""
    from dgqa.index.engines.opening import Engine
    from dgqa.search.limits import check_question
    from dgqa.search.retriever import Retriever

    check_question(arguments.question)
    retriever = Retriever.open(settings.index, backend=settings.backend, glossary=settings.glossary, engine=Engine(*settings.searched_by()))
    hits: list[Hit] = retriever.search(arguments.question, arguments.k, filter=_limits(arguments))
    if arguments.json:
        print_json([dataclasses.asdict(hit) for hit in hits])
        return
    if not hits:
        print("dgqa: no passage is within the limits that are set: widen them", file=sys.stderr)
    for hit in hits:
        passage = hit.passage
        print(f"{hit.rank}. {hit.score:.3f}  {source_line(passage)}")
        for line in passage.text.splitlines():
            print(f"   {line}")
        for other in hit.duplicates:
            print(f"   = {source_line(other)}")
        print()


def ask(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the answer to a question, or to every question of a file; return the exit code."""
    if (arguments.question is None) == (arguments.batch is None):
        print("dgqa ask: give either a question or --batch FILE.jsonl", file=sys.stderr)
        return 2
    if arguments.batch:
        return _batch(Path(arguments.batch), settings, _asking(arguments))
    from dgqa.search.limits import check_question

    check_question(arguments.question)
    assistant, options = _assistant(settings), _asking(arguments)
    if arguments.json:
        print_json(assistant.ask(arguments.question, **options).to_dict())
        return 0
    answer = _print_growing(assistant.stream(arguments.question, **options))
    print(f"\n{coloured(answer.status, _COLOUR[answer.status])}")
    if answer.citations:
        print()
        for citation in answer.citations:
            print(f"[{citation.number}] {source_line(citation)}\n    {_plain(citation)}")
    elif answer.hits:
        print()
        for hit in answer.hits[:3]:
            print(f"  ~ {source_line(hit.passage)}")
    return 0


def _plain(citation: Citation) -> str:
    """Return a quote without the markup of its file, and without what would command the terminal: items and rows on lines of their own, others on one."""
    made = ""
    for line in visible(read_as(citation.quote, citation.path)).splitlines():
        line = " ".join(line.split())
        if " | " in line or line.startswith("• "):
            made += f"\n    {line}" if made else line
        else:
            # A line that was wrapped goes on without a blank where Chinese meets Chinese.
            made += f" {line}" if made and (made[-1].isascii() or line[:1].isascii()) else line
    return made


def _assistant(settings: Settings) -> Any:
    from dgqa.answer.assistant import Assistant

    assistant = Assistant.open(settings.index, **settings.assistant_options())
    hint_at_reading([settings.index])
    return assistant


def _asking(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what is asked besides the question: where to look, the language, how many passages."""
    return {"filter": _limits(arguments), "language": arguments.language, "k": arguments.k}


def _print_growing(answers: Iterator[Answer]) -> Answer:
    """Print an answer sentence by sentence; where a chat model failed on the way, the whole of what counts at the end."""
    printed = ""
    for answer in answers:
        text = shown(answer)
        print(text[len(printed) :] if text.startswith(printed) else f"\n\n{text}", end="", flush=True)
        printed = text
    print()
    return answer


def shown(answer: Answer) -> str:
    """Return the text of an answer for a terminal: the caution of a partial one in its colour, short answers in bold; elsewhere as it is."""
    caution, text = cautioned(answer.text, answer.status, answer.reason)
    said = [_laid(piece, answer.sentences[at].phrase) if at >= 0 else piece for piece, at in pieces(text, [sentence.text for sentence in answer.sentences])]
    return (f"{coloured(caution, 'part')}\n\n" if caution else "") + "".join(said)


def _laid(text: str, phrase: Span | None) -> str:
    """Return an excerpt for a terminal: its lists with bullets, its tables in columns."""
    blocks = shapes(text)
    if all(block.kind == "text" for block in blocks):
        return _bold(text, phrase)
    lines: list[str] = []
    for block in blocks:
        cells = [[_bold(text[slice(*span)], within(phrase, span)) for span in row] for row in block.spans]
        if block.kind == "table":
            lines += table(block.header, cells, rule="─")
        else:
            mark = "  " if block.numbered else "  • " if block.kind == "list" else ""
            lines += [mark + row[0] for row in cells]
    return "\n".join(lines)


def _bold(text: str, phrase: Span | None) -> str:
    return "".join(coloured(part, "bold") if strong else part for part, strong in emphasised(text, phrase))


def source_line(item: Any) -> str:
    """Return the title, author, date, section, file and characters of a passage or citation as one line."""
    about = "，".join(part for part in (item.author, item.date) if part)
    section = f" › {item.section}" if item.section else ""
    return f"《{item.title}》{f'（{about}）' if about else ''}{section}  [{item.path} {item.start}–{item.end}]"


def _batch(file: Path, settings: Settings, options: dict[str, Any]) -> int:
    questions = list(_read_batch(file))
    if not questions:
        print(f"dgqa: {file} holds no question: write one JSON object with id and question on each line", file=sys.stderr)
        return 0
    assistant = _assistant(settings)
    failed = 0
    for row in questions:
        try:
            answer: Answer = assistant.ask(row["question"], history=row["history"], **options)
            print(json.dumps({"id": row["id"], **answer.to_dict()}, ensure_ascii=False), flush=True)
        except AnswerError as error:
            failed += 1
            print(json.dumps({"id": row["id"], "error": str(error)}, ensure_ascii=False), flush=True)
    if failed:
        print(f"dgqa: {failed} of {len(questions)} questions could not be asked", file=sys.stderr)
    return 1 if failed else 0


def _read_batch(file: Path) -> Iterator[dict[str, Any]]:
    for number, line in lines_of(file):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ConfigError(f"{file}, line {number} is no JSON: {error}") from error
        if not isinstance(row, dict) or not isinstance(row.get("question"), str) or "id" not in row:
            raise ConfigError(f"{file}, line {number} needs an `id` and a `question` that is text")
        history = row.get("history") or []
        turns = [(turn.get("q"), turn.get("a")) if isinstance(turn, dict) else turn for turn in history] if isinstance(history, list) else [()]
        if not all(isinstance(turn, (list, tuple)) and len(turn) == 2 and all(isinstance(text, str) for text in turn) for turn in turns):
            raise ConfigError(f"{file}, line {number}: `history` must be a list of {{q, a}} with texts")
        yield {"id": row["id"], "question": row["question"], "history": [tuple(turn) for turn in turns]}
