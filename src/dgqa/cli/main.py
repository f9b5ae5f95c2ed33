"""The `dgqa` command: answers on stdout, progress and errors on stderr; exit 0 done, 1 failed, 2 wrong use."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import io
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from dgqa import __version__
from dgqa.cli.commands import COMMANDS
from dgqa.cli.completion import SHELLS, script
from dgqa.config import BOOLEAN, HELP, SEVERAL, Settings, load_settings, reach_directly
from dgqa.errors import ConfigError, DgqaError, SettingError
from dgqa.index.manifest import corpus_of

EXAMPLES = """examples:
  dgqa index                                  build or update the index of corpus/
  dgqa ask "电子政务外网在乡镇的覆盖率是多少？"      answer a question, with its sources
  dgqa search "一网通办" -k 3                   show the best passages
  dgqa chat                                   serve the chat page
"""


_COMPLETION = "Print a script for a shell's start-up file: `source <(dgqa completion bash)`, or `dgqa completion fish | source`."


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        print("dgqa: interrupted", file=sys.stderr)
        return 130


def _run(argv: list[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal has no code for is shown by its number; in JSON that is its escape.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        parser.of(arguments.command).error(f"unrecognized arguments: {' '.join(unknown)}")
    logging.basicConfig(level=logging.INFO if arguments.verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if not arguments.command:
        parser.print_help()
        return 2
    try:
        settings = _with_its_corpus(load_settings(_flags(arguments)))
    except ConfigError as error:
        print(f"dgqa: {error}", file=sys.stderr)
        return 2
    if settings.offline:
        os.environ["DGQA_OFFLINE"] = "1"  # for the model store
    if settings.follow_links:
        os.environ["DGQA_FOLLOW_LINKS"] = "1"  # for whatever reads a corpus
    reach_directly()
    try:
        return int(arguments.run(arguments, settings) or 0)
    except DgqaError as error:
        print(f"dgqa: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingError) else 1
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; nothing is lost.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that options give; the further values of one that was given again are a setting of their own."""
    flags = {key: getattr(arguments, key, None) for key in HELP}
    for key, others in SEVERAL.items():
        if isinstance(given := flags[key], list):
            flags[key], flags[others] = given[0], os.pathsep.join(given[1:])
    return flags


def _with_its_corpus(settings: Settings) -> Settings:
    """Take the corpus that an index was built from where one names the index alone: another one would take its place."""
    if settings.origin["corpus"] != "default" or settings.origin["index"] == "default":
        return settings
    corpus = corpus_of(Path(settings.index))
    return dataclasses.replace(settings, corpus=corpus, origin={**settings.origin, "corpus": "index"}) if corpus else settings


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}.{self._meant(message)} Try `{self.prog} --help`\n")

    def _meant(self, message: str) -> str:
        """Return the word that was likely meant by one that isn't known, as a question."""
        if found := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message):
            given, known = found[1], re.findall(r"[\w-]+", found[2])
        elif found := re.search(r"unrecognized arguments: (--[\w-]+)", message):
            given, known = found[1], sorted(self.options)
        elif (found := re.search(r"unrecognized arguments: ([^-].*)", message)) and "--corpus" in self.options and Path(found[1]).exists():
            return f" Did you mean --corpus {found[1]}?"
        else:
            return ""
        near = difflib.get_close_matches(given, known, 1)
        return f" Did you mean {near[0]}?" if near else ""

    @property
    def options(self) -> set[str]:
        """The options of this command."""
        return {option for action in self._actions for option in action.option_strings}

    def of(self, command: str | None) -> _Parser:
        """Return the parser of a command below this one, or this one."""
        below = {name: sub for action in self._actions if isinstance(action, argparse._SubParsersAction) for name, sub in action.choices.items()}
        found: _Parser = below.get(command or "", self)
        return found


def _parser() -> _Parser:
    parser = _Parser(
        prog="dgqa", description="Answers questions from Chinese articles; every sentence cites the original.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"dgqa {__version__}")
    parser.set_defaults(verbose=False, command=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help, description=command.help[0].upper() + command.help[1:] + ".")
        sub.add_argument("-v", "--verbose", action="store_true", help="log what is done")
        for key in command.settings:
            if key in SEVERAL.values():
                continue
            option = f"--{key.replace('_', '-')}"
            if key in BOOLEAN:
                sub.add_argument(option, action="store_const", const=True, default=None, help=HELP[key])
            elif SEVERAL.get(key) in command.settings:
                sub.add_argument(option, metavar=key.upper(), action="append", default=None, help=HELP[key])
            else:
                sub.add_argument(option, metavar=key.upper().rsplit("_", 1)[-1], default=None, help=HELP[key])
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    completion = commands.add_parser("completion", help="print a script that completes commands and options", description=_COMPLETION)
    completion.add_argument("shell", choices=SHELLS)
    completion.set_defaults(run=lambda arguments, settings: print(script(arguments.shell, commands.choices), end=""))
    return parser


if __name__ == "__main__":
    sys.exit(main())
