"""The `dgqa` command: answers on stdout, progress and errors on stderr; exit 0 done, 1 failed, 2 wrong use."""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from dgqa import __version__
from dgqa.cli import audit as cli_audit
from dgqa.cli import evaluate as cli_eval
from dgqa.cli import verify as cli_verify
from dgqa.config import BOOLEAN, HELP, SECRET, Settings, load_settings, shown
from dgqa.errors import AnswerError, ConfigError, DgqaError, SettingError
from dgqa.messages import LANGUAGES
from dgqa.types import Answer, Filter, Hit

EXAMPLES = """examples:
  dgqa index                                  build or update the index of corpus/
  dgqa ask "电子政务外网在乡镇的覆盖率是多少？"      answer a question, with its sources
  dgqa search "一网通办" -k 3                   show the best passages
  dgqa chat                                   serve the chat page
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal has no code for is shown by its number; in JSON that is its escape.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO if arguments.verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if not arguments.command:
        parser.print_help()
        return 2
    try:
        settings = load_settings({key: getattr(arguments, key, None) for key in HELP})
    except ConfigError as error:
        print(f"dgqa: {error}", file=sys.stderr)
        return 2
    if settings.offline:
        os.environ["DGQA_OFFLINE"] = "1"  # for the model store
    try:
        return int(arguments.run(arguments, settings) or 0)
    except DgqaError as error:
        print(f"dgqa: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingError) else 1
    except KeyboardInterrupt:
        print("dgqa: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; nothing is lost.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}. Try `{self.prog} --help`\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="dgqa", description="Answers questions from Chinese articles; every sentence cites the original.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"dgqa {__version__}")
    parser.set_defaults(verbose=False, command=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, Settings], int | None], text: str, *keys: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.add_argument("-v", "--verbose", action="store_true", help="log what is done")
        for key in keys:
            option = f"--{key.replace('_', '-')}"
            if key in BOOLEAN:
                sub.add_argument(option, action="store_const", const=True, default=None, help=HELP[key])
            else:
                sub.add_argument(option, metavar=key.upper().rsplit("_", 1)[-1], default=None, help=HELP[key])
        sub.set_defaults(run=run)
        return sub

    served = ("index", "corpus", "host", "port", "user", "public", "rate", "mcp", "uploads", "feedback", "backend", "offline")
    model = ("model", "query_prompt", "passage_prompt", "backend", "offline")
    index = command("index", _index, "build or update the index of a corpus", "corpus", "index", "vector_index", *model, "user_dictionary")
    index.add_argument("--rebuild", action="store_true", help="take nothing over from the old index")
    index.add_argument("--strict", action="store_true", help="fail where a file can't be used, instead of leaving it out")
    index.add_argument("--wait", action="store_true", help="wait for another build of the same index to end, instead of failing")
    index.add_argument("--json", action="store_true", help="print the report as JSON")
    search = command("search", _search, "show the best passages for a question", "index", "backend", "offline", "glossary")
    search.add_argument("question")
    search.add_argument("-k", type=_positive, default=5, help="how many passages (default 5)")
    _add_limits(search, "search")
    search.add_argument("--json", action="store_true", help="print one JSON document")
    chat_model = tuple(key for key in HELP if key.startswith("llm"))
    ask = command("ask", _ask, "answer a question with its sources", "index", "backend", "offline", "glossary", *chat_model)
    ask.add_argument("question", nargs="?", help="the question, in simplified or traditional Chinese or English")
    ask.add_argument("--json", action="store_true", help="print one JSON document")
    ask.add_argument("--batch", metavar="FILE.jsonl", help="questions as JSON lines with id, question, optional history; one answer a line")
    ask.add_argument("--language", choices=LANGUAGES, help="answer in simplified or traditional Chinese or English, whatever the question is in")
    ask.add_argument("-k", type=_positive, default=8, help="how many passages are read (default 8)")
    _add_limits(ask, "answer from")
    cli_verify.add_arguments(command("verify", cli_verify.run, "check answers kept as JSON against the corpus and the index", "index", "backend", "offline", "glossary"))
    cli_eval.add_arguments(command("eval", partial(cli_eval.run, bars=_bar), "measure answers over question sets", "corpus", "index", *model, "vector_index", "user_dictionary", "glossary", *chat_model))
    cli_audit.add_arguments(command("audit", cli_audit.run, "list the articles of a corpus and what is damaged in them", "corpus"))
    chat = command("chat", _chat, "serve the chat page", *served, "glossary", *chat_model)
    chat.set_defaults(json=False)
    models = command("models", _models, "list, fetch or verify the built-in models", "offline")
    models.add_argument("action", choices=("list", "fetch", "verify"), help="list them; fetch NAME; verify NAME, or all that are there")
    models.add_argument("name", nargs="?", help="a name from the list")
    models.add_argument("--json", action="store_true", help="print one JSON document")
    doctor = command("doctor", _doctor, "say what is installed and whether the index fits the corpus", "corpus", "index")
    doctor.add_argument("--deep", action="store_true", help="also check every file of the index and the models by its hash")
    doctor.add_argument("--json", action="store_true", help="print one JSON document")
    config = command("config", _config, "show the settings and where each comes from", *(key for key in HELP if key not in SECRET))
    config.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _add_limits(command: argparse.ArgumentParser, verb: str) -> None:
    """Add the options that say where to look, which `_limits` reads."""
    for option, name, what in (
        ("document", "NAME", "this article alone, by its path or title"),
        ("author", "NAME", "this author's articles alone"),
        ("section", "WORDS", "what stands under headings with these words"),
    ):
        command.add_argument(f"--{option}", action="append", default=[], metavar=name, help=f"{verb} {what}; may be repeated")
    command.add_argument("--from", dest="date_from", default="", metavar="DATE", help=f"{verb} articles of this year, month or day, or later")
    command.add_argument("--to", dest="date_to", default="", metavar="DATE", help=f"{verb} articles of this year, month or day, or earlier")


def _limits(arguments: argparse.Namespace) -> Filter | None:
    limits = Filter(tuple(arguments.document), tuple(arguments.author), tuple(arguments.section), arguments.date_from, arguments.date_to)
    return limits or None


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show the stages of a build as progress bars on stderr, as plain lines where that is no terminal."""
    from tqdm import tqdm

    names = {"read": "reading", "embed": "embedding sentences", "words": "indexing words", "write": "writing", "ask": "asking"}
    bars: dict[str, Any] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            for other in bars.values():
                other.close()
            if not sys.stderr.isatty():
                print(f"{names[stage]} …", file=sys.stderr, flush=True)
            bars[stage] = tqdm(total=total, desc=names[stage], unit="", file=sys.stderr, disable=None, leave=False, dynamic_ncols=True)
        bars[stage].total = total
        bars[stage].update(done - bars[stage].n)

    try:
        yield progress
    finally:
        for bar in bars.values():
            bar.close()


def _index(arguments: argparse.Namespace, settings: Settings) -> None:
    from dgqa.index.build import build_index

    with _bar() as progress:
        report = build_index(
            settings.corpus,
            settings.index,
            model=settings.model,
            query_prompt=settings.query_prompt or None,
            passage_prompt=settings.passage_prompt or None,
            backend=settings.backend,
            vector_index=settings.vector_index,
            user_dictionary=settings.user_dictionary or None,
            rebuild=arguments.rebuild,
            strict=arguments.strict,
            wait=arguments.wait,
            progress=progress,
        )
    if arguments.json:
        _print_json(dataclasses.asdict(report))
        return
    for item in report.skipped:
        print(f"left out {item.path}: {item.reason}", file=sys.stderr)
    size = f"{report.documents} articles, {report.passages} passages, {report.sentences} sentences"
    if report.up_to_date:
        print(f"{report.index} is up to date: {size}")
    else:
        change = f"{report.added} new, {report.changed} changed, {report.removed} removed"
        print(f"{report.index}: {size} ({change}; {report.embedded} sentences embedded) in {report.seconds:.1f} s")


def _assistant(settings: Settings) -> Any:
    from dgqa.answer.assistant import Assistant

    return Assistant.open(settings.index, **settings.assistant_options())


def _search(arguments: argparse.Namespace, settings: Settings) -> None:
    from dgqa.search.retriever import Retriever, check_question

    check_question(arguments.question)
    retriever = Retriever.open(settings.index, backend=settings.backend, glossary=settings.glossary)
    hits: list[Hit] = retriever.search(arguments.question, arguments.k, filter=_limits(arguments))
    if arguments.json:
        _print_json([dataclasses.asdict(hit) for hit in hits])
        return
    if not hits:
        print("dgqa: no passage is within the limits that are set: widen them", file=sys.stderr)
    for hit in hits:
        passage = hit.passage
        print(f"{hit.rank}. {hit.score:.3f}  {_source(passage)}")
        for line in passage.text.splitlines():
            print(f"   {line}")
        for other in hit.duplicates:
            print(f"   = {_source(other)}")
        print()


def _source(item: Any) -> str:
    about = "，".join(part for part in (item.author, item.date) if part)
    section = f" › {item.section}" if item.section else ""
    return f"《{item.title}》{f'（{about}）' if about else ''}{section}  [{item.path} {item.start}–{item.end}]"


def _ask(arguments: argparse.Namespace, settings: Settings) -> int:
    if (arguments.question is None) == (arguments.batch is None):
        print("dgqa ask: give either a question or --batch FILE.jsonl", file=sys.stderr)
        return 2
    if arguments.batch:
        return _batch(Path(arguments.batch), settings, _asking(arguments))
    from dgqa.search.retriever import check_question

    check_question(arguments.question)
    assistant, options = _assistant(settings), _asking(arguments)
    if arguments.json:
        _print_json(assistant.ask(arguments.question, **options).to_dict())
        return 0
    answer = _print_growing(assistant.stream(arguments.question, **options))
    if answer.citations:
        print()
        for citation in answer.citations:
            print(f"[{citation.number}] {_source(citation)}\n    {' '.join(citation.quote.split())}")
    elif answer.hits:
        print()
        for hit in answer.hits[:3]:
            print(f"  ~ {_source(hit.passage)}")
    return 0


def _asking(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what is asked besides the question: where to look, the language, how many passages."""
    return {"filter": _limits(arguments), "language": arguments.language, "k": arguments.k}


def _print_growing(answers: Iterator[Answer]) -> Answer:
    """Print an answer sentence by sentence; where a chat model failed on the way, the whole of what counts at the end."""
    printed = ""
    for answer in answers:
        if answer.text.startswith(printed):
            print(answer.text[len(printed) :], end="", flush=True)
        else:
            print(f"\n\n{answer.text}", end="", flush=True)
        printed = answer.text
    print()
    return answer


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
    try:
        # Not splitlines: JSON may hold other line separators inside its strings.
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
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


def _chat(arguments: argparse.Namespace, settings: Settings) -> None:
    from dgqa.web.chat import open_chat

    page = open_chat(settings)
    print(f"dgqa: the chat is at {page.local_url} (Ctrl-C ends it)", flush=True)
    page.block_thread()


def _models(arguments: argparse.Namespace, settings: Settings) -> int:
    from dgqa.models.store import MODELS, ensure_model, find_spec, model_status, verify_model

    if arguments.action == "fetch":
        if not arguments.name:
            print(f"dgqa models fetch: name one of {', '.join(MODELS)}", file=sys.stderr)
            return 2
        path = ensure_model(find_spec(arguments.name), verify=True)
        if arguments.json:
            _print_json({"name": arguments.name, "path": str(path)})
        else:
            print(f"{arguments.name} is ready in {path}")
        return 0
    if arguments.action == "verify":
        names = [arguments.name] if arguments.name else [status.name for status in model_status() if status.ready]
        verified = [{"name": name, "path": str(verify_model(name))} for name in names]
        if arguments.json:
            _print_json(verified)
        else:
            for item in verified:
                print(f"{item['name']}: all files are as they were made, in {item['path']}")
        if not names:
            print(f"no model is there yet: `dgqa models fetch {next(iter(MODELS))}` gets one", file=sys.stderr)
            return 1
        return 0
    rows = [
        {**dataclasses.asdict(status), "path": str(status.path), "kind": spec.kind, "licence": spec.licence, "description": spec.description}
        for status in model_status()
        for spec in [MODELS[status.name]]
    ]
    if arguments.json:
        _print_json(rows)
        return 0
    for row in rows:
        state = f"ready, {row['disk_bytes'] / 1e6:.0f} MB in {row['path']}" if row["ready"] else "not fetched"
        print(f"{row['name']}  ({row['kind']}, {row['licence']}): {state}\n    {row['description']}")
    return 0


def _doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    from dgqa.cli.doctor import examine

    report = examine(settings, deep=arguments.deep)
    if arguments.json:
        _print_json(report)
    else:
        for name, version in report["packages"].items():
            print(f"{name:24} {version or 'not installed'}")
        for model in report["models"]:
            print(f"model {model['name']:18} {'ready, ' + model['path'] if model['ready'] else 'not fetched'}")
        print(f"{'index ' + settings.index:24} {report['index']['state']}")
        for problem in report["problems"]:
            print(f"problem: {problem}")
        if not report["problems"]:
            print("all is well")
    return 1 if report["problems"] else 0


def _config(arguments: argparse.Namespace, settings: Settings) -> None:
    values = {key: {"value": shown(settings, key), "from": settings.origin[key]} for key in HELP}
    if arguments.json:
        _print_json(values)
        return
    for key, entry in values.items():
        print(f"{key:16} {entry['value']!s:28} {entry['from']:24} {HELP[key]}")


if __name__ == "__main__":
    sys.exit(main())
