"""Breaks the program in small ways and tells which of them the tests don't notice.

    python eval/measure/mutants.py [--count 60] [--seed 1] [--group NAME ...] [--at FILE:LINE ...]
    python eval/measure/mutants.py --modules 'language/values.py' --tests language/test_text.py

A mutant is one module with one thing turned: a comparison, a number, `and` or `or`, a `not`, a bool that is returned. Each is
put into a copy of `src`, where the narrow tests of its group run without models, browsers or clusters; none of them may need
more than some seconds. Survivors are printed with their place, and the share that was noticed. Some survivors do the same as
the original (a bound that nothing reaches); the others lack a test.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import importlib
import importlib.util
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
MARKS = "not model and not articles and not browser and not wheel and not engine"
# What most tests import besides the program: loaded once, for all of them.
COMMON = ("pytest", "hypothesis", "numpy", "faiss", "jieba", "pydantic_settings", "starlette.testclient")
TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


class Group(NamedTuple):
    """Modules, as patterns below `src/dgqa`, and the tests, below `tests`, that are to notice what is wrong in them, but for the slow ones."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    but: str = ""  # an expression as of pytest's -k


SLOW = "killed or moment or many or sequence or threads or flipped or waits or cannot_grow or again_and_again or in_parts"
GROUPS = {
    "claims": Group(("claims/*.py",), ("claims",)),
    "answer": Group(("answer/excerpts.py", "answer/confidence.py", "answer/judging.py"), ("answer/test_excerpts.py", "answer/test_features.py", "answer/test_assistant.py")),
    "index.stores": Group(("index/faiss_store.py", "index/bm25.py"), ("index/test_stores.py",)),
    "index.parts": Group(("index/engines/parts.py", "index/division.py", "index/assembly.py"), ("index/test_index_parts.py", "index/test_backends.py", "index/test_build.py"), SLOW),
    "index.checks": Group(("index/checks.py", "index/vectors.py", "index/manifest.py"), ("index/test_vectors.py", "index/test_damage.py", "index/test_build.py"), SLOW),
    "index.texts": Group(("index/queries.py", "index/texts.py", "index/reader.py"), ("index/test_queries.py", "index/test_build.py"), SLOW),
    "search": Group(("search/titles.py", "search/ranking.py"), ("search/test_named_titles.py", "search/test_retriever.py")),
    "web": Group(("web/gate.py", "web/guard/*.py"), ("web/test_gate.py", "web/test_call_shapes.py", "web/test_sessions.py", "web/test_connections.py")),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    module: Path  # below the root
    line: int
    start: int  # bytes of the module
    end: int
    was: str
    becomes: str

    @property
    def place(self) -> str:
        return f"{self.module}:{self.line}"

    def of(self, source: bytes) -> bytes:
        return source[: self.start] + self.becomes.encode() + source[self.end :]


def mutants(module: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module, by its place."""
    source = (ROOT / module).read_bytes()
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    for node, turned in _turned(ast.parse(source)):
        start, end = lines[node.lineno - 1] + node.col_offset, lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        yield Mutant(module, node.lineno, start, end, source[start:end].decode(), f"({ast.unparse(turned)})")


def _turned(node: ast.AST, *, truth: bool = False) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the expressions below a node with what they become; ``truth`` tells that the function around returns a bool."""
    match node:
        case ast.JoinedStr():  # text for people
            return
        case ast.FunctionDef(returns=returns) | ast.AsyncFunctionDef(returns=returns):
            truth = isinstance(returns, ast.Name) and returns.id == "bool"
        case ast.Return(value=ast.expr() as value) if truth:
            yield value, ast.UnaryOp(ast.Not(), value)
        case ast.Compare(left, [op, *ops], comparators):
            yield node, ast.Compare(left, [TURNED[type(op)](), *ops], comparators)  # type: ignore[list-item]
        case ast.BoolOp(op, values):
            yield node, ast.BoolOp(TURNED[type(op)](), values)  # type: ignore[arg-type]
        case ast.UnaryOp(ast.Not(), operand):
            yield node, operand
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            yield node, ast.Constant(number + 1 if isinstance(number, int) else number * 2 or 1.0)
    for child in ast.iter_child_nodes(node):
        yield from _turned(child, truth=truth)


def chosen(group: Group, count: int, seed: int, places: list[str]) -> list[Mutant]:
    """Return some of a group's mutants, drawn from all of its modules alike; those at ``places`` where any are given."""
    found = [mutant for pattern in group.modules for path in sorted((ROOT / "src/dgqa").glob(pattern)) for mutant in mutants(path.relative_to(ROOT))]
    if places:
        return [mutant for mutant in found if mutant.place in places]
    return random.Random(seed).sample(found, min(count, len(found)))


def _tested(copy: Path, group: Group, seconds: int) -> None:
    """End this process with 0 where the tests pass with the program of a copy, within so many seconds of the processor."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.dont_write_bytecode = True  # or the next mutant of the second would be this one
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.path[:0] = [str(copy), str(ROOT / "tests")]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    import pytest

    import dgqa

    if not Path(dgqa.__file__).is_relative_to(copy):
        os._exit(70)
    os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-m", MARKS, *(["-k", f"not ({group.but})"] if group.but else []), *(str(ROOT / "tests" / name) for name in group.tests)]))


def noticed(copy: Path, group: Group, seconds: int) -> bool:
    """Return whether the tests fail, or don't end in so many seconds of the processor, or ten times as many by the clock."""
    process = multiprocessing.get_context("fork").Process(target=_tested, args=(copy, group, seconds))
    process.start()
    process.join(10 * seconds)
    if process.is_alive():
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, 9)
        process.join()
    return process.exitcode != 0


def _used() -> float:
    """Return the seconds of the processor that the children which have ended used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=60, help="mutants of all groups together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--group", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--modules", nargs="+", default=[], help="in place of the groups: patterns below src/dgqa")
    parser.add_argument("--tests", nargs="+", default=[], help="what covers --modules, below tests")
    parser.add_argument("--at", nargs="+", default=[], metavar="FILE:LINE", help="all mutants of these lines in place of drawn ones")
    asked = parser.parse_args()
    if bool(asked.modules) != bool(asked.tests):
        parser.error("--modules and --tests go together")
    groups = {"asked": Group(tuple(asked.modules), tuple(asked.tests))} if asked.modules else {name: GROUPS[name] for name in asked.group}
    for name in COMMON:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    all_noticed = all_made = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(copy, quiet=2)
        for name, group in groups.items():
            begun, used, found = time.monotonic(), _used(), 0
            made = chosen(group, asked.count // len(groups), asked.seed, asked.at)
            if made and noticed(copy, group, 600):
                sys.exit(f"{name}: the tests fail without any mutant: {' '.join(group.tests)}")
            seconds = 20 + 4 * int(_used() - used)
            for mutant in made:
                path = copy.parent / mutant.module
                whole = path.read_bytes()
                path.write_bytes(mutant.of(whole))
                if noticed(copy, group, seconds):
                    found += 1
                else:
                    print(f"{mutant.place}: {mutant.was} → {mutant.becomes}", flush=True)
                path.write_bytes(whole)
            print(f"{name}: {found} of {len(made)} noticed, {time.monotonic() - begun:.0f} s", flush=True)
            all_noticed, all_made = all_noticed + found, all_made + len(made)
    print(f"all: {all_noticed} of {all_made} noticed" + (f", {all_noticed / all_made:.0%}" if all_made else ""))


if __name__ == "__main__":
    main()
