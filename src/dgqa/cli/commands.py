"""The commands of `dgqa` in the order of its help, and those that are too short for a module of their own."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable
from typing import NamedTuple

from dgqa.cli import ask, audit, doctor, engine, evaluate, verify
from dgqa.cli.console import hint_at_reading, print_json, progress_bars
from dgqa.config import HELP, SECRET, Settings, shown


class Command(NamedTuple):
    """A command: its name, a line of help, the settings that are its options, what adds its own arguments, and what runs it."""

    name: str
    help: str
    settings: tuple[str, ...]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Settings], int | None]


def _add_index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="take nothing over from the old index")
    parser.add_argument("--strict", action="store_true", help="fail where a file can't be used, instead of leaving it out")
    parser.add_argument("--wait", action="store_true", help="wait for another build of the same index to end, instead of failing")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def _index(arguments: argparse.Namespace, settings: Settings) -> None:
    from dgqa.index.build import build_index

    with progress_bars() as progress:
        report = build_index(
            settings.corpus,
            settings.index,
            rebuild=arguments.rebuild,
            strict=arguments.strict,
            wait=arguments.wait,
            progress=progress,
            **settings.build_options(),
        )
    if settings.engine == "milvus":
        from dgqa.index.engines.opening import Engine

        # What the engine lacks of the index is loaded when it is opened.
        Engine(*settings.searched_by()).open(settings.index).close()
    if arguments.json:
        print_json(dataclasses.asdict(report))
        return
    for item in report.skipped:
        print(f"left out {item.path}: {item.reason}", file=sys.stderr)
    size = f"{report.documents} articles, {report.passages} passages, {report.sentences} sentences"
    if report.up_to_date:
        print(f"{report.index} is up to date: {size}")
    else:
        change = f"{report.added} new, {report.changed} changed, {report.removed} removed"
        print(f"{report.index}: {size} ({change}; {report.embedded} sentences embedded) in {report.seconds:.1f} s")


def _chat(arguments: argparse.Namespace, settings: Settings) -> None:
    from dgqa.web.chat import open_chat

    page = open_chat(settings)
    hint_at_reading(settings.indexes())
    print(f"dgqa: the chat is at {page.local_url} (Ctrl-C ends it)", flush=True)
    page.block_thread()


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "fetch", "verify"), help="list them; fetch NAME; verify NAME, or all that are there")
    parser.add_argument("name", nargs="?", help="a name from the list")
    _add_json(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _models(arguments: argparse.Namespace, settings: Settings) -> int:
    from dgqa.models.store import MODELS, ensure_model, find_spec, model_status, verify_model

    if arguments.action == "fetch":
        if not arguments.name:
            print(f"dgqa models fetch: name one of {', '.join(MODELS)}", file=sys.stderr)
            return 2
        path = ensure_model(find_spec(arguments.name), verify=True)
        if arguments.json:
            print_json({"name": arguments.name, "path": str(path)})
        else:
            print(f"{arguments.name} is ready in {path}")
        return 0
    if arguments.action == "verify":
        names = [arguments.name] if arguments.name else [status.name for status in model_status() if status.ready]
        verified = [{"name": name, "path": str(verify_model(name))} for name in names]
        if arguments.json:
            print_json(verified)
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
        print_json(rows)
        return 0
    for row in rows:
        state = f"ready, {row['disk_bytes'] / 1e6:.0f} MB in {row['path']}" if row["ready"] else "not fetched"
        print(f"{row['name']}  ({row['kind']}, {row['licence']}): {state}\n    {row['description']}")
    return 0


def _config(arguments: argparse.Namespace, settings: Settings) -> None:
    values = {key: {"value": shown(settings, key), "from": settings.origin[key]} for key in HELP}
    if arguments.json:
        print_json(values)
        return
    for key, entry in values.items():
        print(f"{key:16} {entry['value']!s:28} {entry['from']:24} {HELP[key]}")


_MODEL = ("model", "query_prompt", "passage_prompt", "backend", "offline")
_ENGINE = ("engine", "engine_uri")
_SEARCHED = (*_ENGINE, "engine_timeout", "replicas")
_CHAT_MODEL = tuple(key for key in HELP if key.startswith("llm"))
_OPENED = ("index", "backend", "offline", "glossary")
_ANSWERED = ("reader", "strictness")
_SERVED = ("index", "other_indexes", "corpus", "follow_links", "host", "port", "root_path", "embed", "user", "public", "rate", "mcp", "uploads", "feedback", "backend", "offline", "glossary", *_ANSWERED)
_MEASURED = ("corpus", "follow_links", "index", *_MODEL, "vector_index", "part_sentences", "user_dictionary", "glossary", *_SEARCHED, *_ANSWERED, *_CHAT_MODEL)
COMMANDS = (
    Command("index", "build or update the index of a corpus", ("corpus", "follow_links", "index", "vector_index", "part_sentences", *_MODEL, "user_dictionary", *_ENGINE), _add_index, _index),
    Command("search", "show the best passages for a question", (*_OPENED, *_SEARCHED), ask.add_search, ask.search),
    Command("ask", "answer a question with its sources", (*_OPENED, *_SEARCHED, *_ANSWERED, *_CHAT_MODEL), ask.add_ask, ask.ask),
    Command("verify", "check answers kept as JSON against the corpus and the index", (*_OPENED, *_SEARCHED), verify.add_arguments, verify.run),
    Command("eval", "measure answers over question sets", _MEASURED, evaluate.add_arguments, evaluate.run),
    Command("audit", "list the articles of a corpus and what is damaged in them", ("corpus", "follow_links"), audit.add_arguments, audit.run),
    Command("chat", "serve the chat page", (*_SERVED, *_SEARCHED, *_CHAT_MODEL), lambda parser: None, _chat),
    Command("models", "list, fetch or verify the built-in models", ("offline",), _add_models, _models),
    Command("doctor", "say what is installed and whether the index fits the corpus", ("corpus", "follow_links", "index"), doctor.add_arguments, doctor.run),
    Command("engine", "say what embeds and searches where", ("index", *_SEARCHED), engine.add_arguments, engine.run),
    Command("config", "show the settings and where each comes from", tuple(key for key in HELP if key not in SECRET), _add_json, _config),
)
