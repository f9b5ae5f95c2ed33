"""`dgqa eval`: measure question sets or public sets; print a table and write run.json and report.html."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dgqa import __version__
from dgqa.cli.console import Progress, coloured, positive, print_json, progress_bars
from dgqa.config import Settings
from dgqa.errors import ConfigError, DgqaError

if TYPE_CHECKING:
    from dgqa.answer.assistant import Assistant
    from dgqa.evaluation.comparison import Comparison
    from dgqa.evaluation.runs import Run
    from dgqa.evaluation.squad import SquadSet
    from dgqa.index.build import IndexReport
    from dgqa.index.engines.backend import SearchBackend

_REPEATED = 10  # questions asked twice, to see whether the answer stays the same
_SEED = 0  # of the draw
_MB = 1_000_000
_OPENING = "import json, sys; from dgqa.answer.assistant import Assistant; Assistant.open(sys.argv[1], backend=sys.argv[2], engine=json.loads(sys.argv[3]))"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments to those of the settings."""
    parser.add_argument("sets", nargs="*", metavar="SET", help="question sets in JSON lines, asked on the index")
    parser.add_argument("--squad", metavar="FILE", help="instead of sets: a file in SQuAD's format, every paragraph a document")
    parser.add_argument("--questions", metavar="FILE", help="with --squad: take the questions from this parallel file")
    parser.add_argument("--rgb", metavar="FILE", help="instead of sets: RGB's JSON lines")
    parser.add_argument("--rebuild", action="store_true", help="build the index anew first, and measure that too")
    parser.add_argument("--check", action="store_true", help="ask nothing: check the sets against the corpus, and count what is in them")
    parser.add_argument("--baseline", metavar="RUN.json", help="an earlier run to compare with")
    parser.add_argument(
        "--gate", nargs="+", action="extend", type=_gate, default=[], metavar="KEY=VALUE",
        help="fail if a figure falls short: recall_any@5=0.9, right:en=0.5, p95_ms=300, memory_mb=900",
    )  # fmt: skip
    parser.add_argument("--without", action="append", default=[], metavar="RULE", help="leave out a rule or a gate, to see what it is worth; may be repeated; what decided each answer is told in report.html")
    parser.add_argument("--limit", type=positive, metavar="N", help="ask only N questions, drawn with a fixed seed")
    parser.add_argument("--out", default="build/eval", metavar="DIR", help="where run.json and report.html go (default build/eval)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _gate(text: str) -> str:
    from dgqa.evaluation.comparison import parse_gates

    try:
        parse_gates([text])
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure, write the run and print it; return 0, 1 where a gate failed, 2 where the arguments contradict each other."""
    from dgqa.evaluation.comparison import check_gates, compare, parse_gates, summary_table
    from dgqa.evaluation.report import write_run

    if wrong := _wrong_use(arguments, settings):
        print(f"dgqa eval: {wrong}", file=sys.stderr)
        return 2
    if arguments.check:
        return _check(arguments, settings)
    gates = parse_gates(arguments.gate)
    _check_gates(arguments, gates)
    made, baseline = _measured(arguments, settings)
    out = Path(arguments.out)
    if baseline or gates:
        # Whatever is wrong with the baseline or a gate, what was measured is kept.
        write_run(out, made)
    comparison = compare(made, baseline) if baseline else None
    failures = check_gates(made, gates) if gates else None
    files = write_run(out, made, comparison=comparison, failures=failures)
    if arguments.json:
        print_json(_summary(made, comparison, failures, files))
    else:
        print(summary_table(made, comparison=comparison))
        print(f"\nwritten: {files[0]} and {files[1]}")
        print(_verdict(made, len(gates), failures))
    for failure in failures or ():
        print(f"dgqa: gate: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _verdict(made: Run, gates: int, failures: list[str] | None) -> str:
    """Return in one line what came out."""
    right = made.figures().get("right")
    said = f"{round(right.value * right.n)} of {right.n} right" if right is not None and right.value is not None else f"{len(made.records)} questions"
    if failures is None:
        return said
    return coloured(f"{said}; {len(failures)} of {gates} gates failed", "bad") if failures else coloured(f"{said}; all {gates} gates passed", "good")


def _wrong_use(arguments: argparse.Namespace, settings: Settings) -> str:
    """Return what the arguments contradict each other in, "" for nothing."""
    if sum(map(bool, (arguments.sets, arguments.squad, arguments.rgb))) != 1:
        return "give question sets, or --squad FILE, or --rgb FILE"
    if arguments.questions and not arguments.squad:
        return "--questions goes with --squad"
    if arguments.check and not arguments.sets:
        return "--check goes with question sets"
    if arguments.squad and settings.assistant_options()["llm"] is not None:
        return "--squad measures the search alone, without --llm"
    if arguments.rgb and settings.engine != "local":
        return "--rgb makes a small index for each question, which this process searches: give --engine local"
    return ""


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check the question sets against the corpus, and gates if there are any; print what is in the sets."""
    from dgqa.corpus.files import load_corpus
    from dgqa.evaluation.checking import check_sets
    from dgqa.evaluation.comparison import parse_gates

    counted = check_sets(arguments.sets, {document.path: document.raw for document in load_corpus(settings.corpus)[0]})
    _check_gates(arguments, parse_gates(arguments.gate))
    print(counted)
    return 0


def _check_gates(arguments: argparse.Namespace, gates: Mapping[str, float]) -> None:
    """Name gates that the run can't have, before it costs any time."""
    from dgqa.evaluation.comparison import check_names

    if gates:
        from dgqa.evaluation.question_sets import load_questions

        # Slices of public sets depend on what is drawn from them.
        check_names(gates, load_questions(*arguments.sets) if arguments.sets else None)


def _measured(arguments: argparse.Namespace, settings: Settings) -> tuple[Run, Run | None]:
    """Return the run, and what it is compared with."""
    from dgqa.evaluation.report import write_run
    from dgqa.evaluation.runs import load_run

    baseline = load_run(arguments.baseline) if arguments.baseline else None
    measure = _squad if arguments.squad else _rgb if arguments.rgb else _sets
    with progress_bars() as progress:
        if arguments.sets and baseline is None and settings.assistant_options()["llm"] is not None:
            # The articles' own sentences for the same questions are what a chat model is compared with.
            baseline = _sets(arguments, replace(settings, llm="extractive"), progress)
            write_run(Path(arguments.out) / "extractive", baseline)
        return measure(arguments, settings, progress), baseline


def _summary(made: Run, comparison: Comparison | None, failures: list[str] | None, files: Sequence[Path]) -> dict[str, Any]:
    """Return the run without its records, which run.json has."""
    whole: dict[str, Any] = json.loads(made.to_json())
    del whole["records"]
    compared = None if comparison is None else asdict(comparison)
    return whole | {"questions": len(made.records), "comparison": compared, "failed_gates": failures, "files": [str(file) for file in files]}


# --- the three kinds of sets ---------------------------------------------------------------------------------


def _sets(arguments: argparse.Namespace, settings: Settings, progress: Progress) -> Run:
    from dgqa.answer.assistant import Assistant
    from dgqa.evaluation.evaluate import Options, evaluate
    from dgqa.evaluation.question_sets import load_questions, locate

    questions = load_questions(*arguments.sets)
    if arguments.limit and arguments.limit < len(questions):
        drawn = sorted(random.Random(_SEED).sample(range(len(questions)), arguments.limit))
        questions = tuple(questions[i] for i in drawn)
    report = _build(settings.corpus, Path(settings.index), settings, True, progress) if arguments.rebuild else None
    assistant = Assistant.open(settings.index, without=arguments.without, **settings.assistant_options())
    index = assistant.retriever.index
    raws = {document["path"]: index.raw(document["doc_id"]) for document in index.documents()}
    locate(questions, raws)
    return _with_cost(
        evaluate(
            assistant,
            questions,
            raws=raws,
            # A chat model is not asked twice: it need not say the same again.
            repeat=0 if settings.assistant_options()["llm"] else _REPEATED,
            options=Options(
                settings=_kept(arguments, settings) | {"sets": [Path(file).name for file in arguments.sets]},
                cost=_index_cost(index, report) | {"cold_start_ms": _cold_start(Path(settings.index), settings)},
                progress=lambda done, total: progress("ask", done, total),
            ),
        )
    )


def _squad(arguments: argparse.Namespace, settings: Settings, progress: Progress) -> Run:
    from dgqa.evaluation.evaluate import Options
    from dgqa.evaluation.squad import by_document, load_squad, run_squad
    from dgqa.index.engines.opening import Engine
    from dgqa.search.retriever import Retriever

    squad = load_squad(arguments.squad, arguments.questions)
    home = Path(arguments.out) / "squad" / _name(squad)
    try:
        squad.write(home / "corpus")
    except OSError as error:
        raise ConfigError(f"the paragraphs cannot be written to {home}: {error.strerror}") from error
    report = _build(home / "corpus", home / "index", settings, arguments.rebuild, progress)
    retriever = Retriever.open(home / "index", backend=settings.backend, glossary=settings.glossary, engine=Engine(*settings.searched_by()))
    kept = _kept(arguments, settings)
    return _with_cost(
        run_squad(
            by_document(retriever),
            squad,
            limit=arguments.limit,
            options=Options(
                cost=_index_cost(retriever.index, report) | {"cold_start_ms": _cold_start(home / "index", settings)},
                settings=kept | ({"questions": Path(arguments.questions).name} if arguments.questions else {}),
                progress=lambda done, total: progress("ask", done, total),
            ),
        )
    )


def _name(squad: SquadSet) -> str:
    """Return a folder's name that two sets share only if they have the same paragraphs."""
    digest = hashlib.sha256("\0".join(document.text for document in squad.documents).encode("utf-8", "surrogatepass"))
    return f"{Path(squad.name).stem}-{digest.hexdigest()[:8]}"


def _rgb(arguments: argparse.Namespace, settings: Settings, progress: Progress) -> Run:
    from dgqa.answer.assistant import Assistant
    from dgqa.evaluation.evaluate import Options
    from dgqa.evaluation.rgb import load_rgb, run_rgb
    from dgqa.index.build import build_index
    from dgqa.models.embedding import open_embedder

    items = load_rgb(arguments.rgb)
    embedder = open_embedder(
        settings.model, settings.backend, query_prompt=settings.query_prompt or None, passage_prompt=settings.passage_prompt or None
    )
    with TemporaryDirectory() as folder:
        corpus, index = Path(folder) / "corpus", Path(folder) / "index"
        opened: list[Assistant] = []
        options = {name: value for name, value in settings.assistant_options().items() if name.startswith("llm") or name in ("reader", "strictness")}

        def open_assistant(texts: Sequence[str]) -> Assistant:
            while opened:
                opened.pop().retriever.index.close()
            shutil.rmtree(corpus, ignore_errors=True)
            corpus.mkdir()
            for i, text in enumerate(texts):
                (corpus / f"{i}.txt").write_bytes(text.encode("utf-8", "replace"))
            # In one place, so that what a question's other documents have in common is embedded once.
            build_index(corpus, index, embedder=embedder)
            opened.append(Assistant.open(index, embedder=embedder, **options))
            return opened[0]

        made = run_rgb(
            items,
            open_assistant,
            limit=arguments.limit,
            options=Options(
                settings=_kept(arguments, settings) | {"file": Path(arguments.rgb).name},
                progress=lambda done, total: progress("ask", done, total),
            ),
        )
        while opened:
            opened.pop().retriever.index.close()
    return _with_cost(made)


def _build(corpus: str | Path, index: Path, settings: Settings, rebuild: bool, progress: Progress) -> IndexReport:
    from dgqa.index.build import build_index

    return build_index(corpus, index, rebuild=rebuild, progress=progress, **settings.build_options())


# --- settings and cost ---------------------------------------------------------------------------------------


def _kept(arguments: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    return {
        "dgqa": __version__,
        "model": Path(settings.model).name,
        "backend": settings.backend,
        "reader": Path(settings.reader).name,
        "strictness": settings.strictness,
        "llm": settings.llm or "extractive",
        "limit": arguments.limit,
        **({} if settings.engine == "local" else {"engine": settings.engine}),
        **({"without": list(arguments.without)} if arguments.without else {}),
    }


def _index_cost(index: SearchBackend, report: IndexReport | None) -> dict[str, float]:
    """Return the size of an index, and how long it took to build where all of it was built just now."""
    cost = {"index_mb": sum(facts["bytes"] for part in index.manifest["parts"] for facts in part["files"].values()) / _MB}
    if report is not None and report.embedded and report.added == report.documents:
        cost["index_seconds"] = report.seconds
    return cost


def _cold_start(index: Path, settings: Settings) -> float:
    """Return how many milliseconds a new process needs until an assistant is open."""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _OPENING, str(index), settings.backend, json.dumps(settings.searched_by())], capture_output=True, text=True, encoding="utf-8", errors="replace"
    )
    taken = (time.perf_counter() - begin) * 1000
    if done.returncode:
        raise DgqaError(f"a new process could not open the index at {index}: {done.stderr.strip()[-500:]}")
    return taken


def _with_cost(made: Run) -> Run:
    """Add the peak memory of this process, where the system tells it."""
    try:
        import resource
    except ImportError:  # Windows
        return made
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return replace(made, cost={**made.cost, "memory_mb": peak / _MB})
