"""`dgqa eval`: what it prints and writes, its gates and its exit codes."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import dgqa
from backends import milvus_server
from dgqa.cli.main import main
from dgqa.evaluation.runs import load_run
from dgqa.models.store import ensure_model
from evaluated import CONTENT, OPERATOR, QUESTIONS, RAWS, VISITS, WINDOWS
from played import played_models


@dataclass
class Result:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def runner(*argv: str | Path) -> Result:
        capsys.readouterr()
        try:
            code = main(["eval", *map(str, argv)])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        caught = capsys.readouterr()
        assert "Traceback" not in caught.err
        return Result(code, caught.out, caught.err)

    return runner


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ensure_model("multilingual-e5-small", progress=False)
    folder = tmp_path_factory.mktemp("eval")
    (folder / "corpus").mkdir()
    for name, raw in RAWS.items():
        (folder / "corpus" / name).write_text(raw, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index")
    return folder / "index"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path) -> Path:
    """Return a file with the questions."""
    file = folder / "set.jsonl"
    file.write_text("\n".join(json.dumps(question.to_dict()) for question in QUESTIONS), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def first(index: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """What a run over all the questions says, and the folder that it writes."""
    folder = tmp_path_factory.mktemp("first")
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(["eval", str(written(folder)), "--index", str(index), "--out", str(folder / "made")])
    return Result(code, out.getvalue(), err.getvalue()), folder / "made"


def squad(*paragraphs: tuple[str, str, str]) -> str:
    """Return a file in SQuAD's format: an id, a question and its paragraph each."""
    entries = [{"context": text, "qas": [{"id": i, "question": asked, "answers": []}]} for i, asked, text in paragraphs]
    return json.dumps({"data": [{"paragraphs": entries}]})


# --- wrong use and broken input, before any model or index is needed -----------------------------------------


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "give question sets, or --squad FILE, or --rgb FILE"),
        (["set.jsonl", "--squad", "cmrc.json"], "give question sets, or --squad FILE, or --rgb FILE"),
        (["set.jsonl", "--questions", "en.json"], "--questions goes with --squad"),
        (["set.jsonl", "--gate", "right"], "write KEY=VALUE"),
        (["set.jsonl", "--gate", "right=0.5", "mrr=high"], "'high' is no number"),
        (["--squad", "cmrc.json", "--check"], "--check goes with question sets"),
        (["--rgb", "zh.jsonl", "--engine", "ray"], "give --engine local"),
        (["--rgb", "zh.jsonl", "--gate", "beauty=1"], "there is no figure 'beauty'"),
        (["set.jsonl", "--limit", "0"], "'0' is not a whole number above 0"),
    ],
)
def test_wrong_use_is_2_with_a_hint(run: Run, argv: list[str], message: str) -> None:
    result = run(*argv)
    assert (result.code, result.out) == (2, "") and message in result.err


def test_a_broken_line_names_file_line_and_field(run: Run, questions: Path) -> None:
    questions.write_text(questions.read_text(encoding="utf-8") + '\n{"id": "x"}', encoding="utf-8")
    result = run(questions)
    assert result.code == 1 and f"{questions}:8: field 'question': missing" in result.err


def test_gates_are_checked_before_anything_is_opened(run: Run, questions: Path) -> None:
    result = run(questions, "--index", "nowhere", "--gate", "right=0.5", "right:klingon=1", "beauty=1")
    assert result.code == 2 and "'right:klingon'" in result.err and "'beauty'" in result.err and not Path("build").exists()


def test_files_that_are_not_there_are_failures(run: Run, questions: Path) -> None:
    assert "cannot read the question set nowhere.jsonl" in run("nowhere.jsonl").err
    assert "cannot read the run nowhere.json" in run(questions, "--baseline", "nowhere.json").err
    assert "there is no index at nowhere" in run(questions, "--index", "nowhere").err
    assert "cannot read nowhere.json" in run("--squad", "nowhere.json").err
    assert "cannot read nowhere.jsonl" in run("--rgb", "nowhere.jsonl").err


# --- with the real model -------------------------------------------------------------------------------------


@pytest.mark.model
def test_a_run_is_printed_and_written_with_its_cost(first: tuple[Result, Path]) -> None:
    result, folder = first
    assert result.code == 0 and "Traceback" not in result.err
    assert result.out.splitlines()[-1].endswith("of 7 right")
    assert result.out.startswith("7 questions") and "recall_any@5" in result.out and "unanswerable" in result.out
    made = load_run(folder / "run.json")
    assert {"cold_start_ms", "first_answer_ms", "index_mb"} <= set(made.cost) and min(made.cost.values()) > 0
    assert "index_seconds" not in made.cost
    assert made.settings["sets"] == ["set.jsonl"] and made.fingerprints["index"]
    assert str(folder.parent) not in json.dumps(dict(made.settings))
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.model
def test_a_gate_that_is_missed_is_1_and_says_by_how_much(run: Run, index: Path, questions: Path) -> None:
    result = run(questions, "--index", index, "--gate", "recall_any@5=0.5", "citation_validity=1", "--gate", "index_mb=0.001")
    assert result.code == 1
    assert next(line for line in result.err.splitlines() if "gate" in line).startswith("dgqa: gate: index_mb is 0.")
    assert "recall_any@5 is" not in result.err and result.out.splitlines()[-1].endswith("; 1 of 3 gates failed")


@pytest.mark.model
def test_json_is_one_document_and_a_baseline_is_compared(run: Run, index: Path, questions: Path, first: tuple[Result, Path]) -> None:
    made = run(questions, "--index", index, "--baseline", first[1] / "run.json", "--gate", "errors=0", "--json").json()
    assert (made["questions"], made["failed_gates"]) == (7, [])
    assert made["comparison"]["n"] == 7 and made["comparison"]["gained"] == []
    assert "records" not in made and [Path(file).name for file in made["files"]] == ["run.json", "report.html"]


@pytest.mark.model
def test_a_limit_draws_the_same_questions_each_time(run: Run, index: Path, questions: Path) -> None:
    drawn = []
    for _ in range(2):
        assert run(questions, "--index", index, "--limit", "3").code == 0
        drawn.append([record.question.id for record in load_run("build/eval/run.json").records])
    assert drawn[0] == drawn[1] == sorted(drawn[0]) and len(drawn[0]) == 3


@pytest.mark.model
def test_a_set_of_another_corpus_is_refused(run: Run, index: Path, tmp_path: Path) -> None:
    line = {"id": "a", "question": "？有", "lang": "zh-Hans", "type": "fact", "evidence": [{"file": "river.txt", "quote": "河"}]}
    (tmp_path / "other.jsonl").write_text(json.dumps(line), encoding="utf-8")
    result = run("other.jsonl", "--index", index)
    assert result.code == 1 and "river.txt" in result.err and not Path("build").exists()


@pytest.mark.model
def test_rebuild_measures_the_build(run: Run, index: Path, questions: Path) -> None:
    result = run(questions, "--rebuild", "--corpus", index.parent / "corpus", "--index", "fresh", "--limit", "2", "--json")
    assert result.code == 0 and result.json()["cost"]["index_seconds"] > 0


@pytest.mark.model
def test_squad_paragraphs_are_documents_and_questions_may_be_in_another_language(run: Run, tmp_path: Path) -> None:
    paragraphs = [("w", "政务大厅有多少窗口？", WINDOWS), ("v", "大厅接待了多少人？", VISITS), ("o", "平臺由誰運營？", OPERATOR)]
    (tmp_path / "zh.json").write_text(squad(*paragraphs), encoding="utf-8")
    english = [("w", "How many windows?", "a"), ("v", "How many visitors were there?", "b"), ("o", "Who runs the platform?", "c")]
    (tmp_path / "en.json").write_text(squad(*english), encoding="utf-8")
    first = run("--squad", "zh.json", "--json").json()
    assert first["figures"]["recall_any@1"]["value"] == 1 and first["settings"]["documents"] == 3
    assert first["cost"]["index_seconds"] > 0
    crossed = run("--squad", "zh.json", "--questions", "en.json", "--json").json()
    assert list(crossed["slices"]["lang"]) == ["en"] and crossed["settings"]["questions"] == "en.json"
    # The same paragraphs: the index of the first run is used again.
    assert "index_seconds" not in crossed["cost"]


@pytest.mark.model
def test_rgb_asks_over_each_questions_own_documents(run: Run, tmp_path: Path) -> None:
    line = {"id": 1, "query": "海门市政务大厅有多少个窗口？", "answer": ["74"], "positive": [WINDOWS], "negative": [OPERATOR, CONTENT, VISITS]}
    (tmp_path / "zh.jsonl").write_text(json.dumps(line), encoding="utf-8")
    made = run("--rgb", "zh.jsonl", "--json").json()
    assert made["figures"]["rgb_accuracy"]["value"] == 1 and made["figures"]["rgb_accuracy"]["n"] == 5
    assert made["figures"]["rgb_rejection"]["n"] == 1


# --- another engine ---


@pytest.mark.model
@pytest.mark.parametrize("kind", ["sets", "--squad"])
def test_sets_and_paragraphs_are_asked_of_the_engine_that_is_set(run: Run, index: Path, questions: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "zh.json").write_text(squad(("w", "政务大厅有多少窗口？", WINDOWS)), encoding="utf-8")
    asked = {"sets": (questions, "--index", index), "--squad": ("--squad", "zh.json")}[kind]
    result = run(*asked, "--engine", "milvus")
    assert result.code == 1 and "engine_uri is not set" in result.err


@pytest.mark.model
@pytest.mark.engine
def test_a_run_on_an_engine_has_the_figures_of_one_without_and_names_it(run: Run, index: Path, questions: Path, tmp_path: Path) -> None:
    with milvus_server(tmp_path / "milvus") as (uri, _):
        there = run(questions, "--index", index, "--engine", "milvus", "--engine-uri", uri, "--json").json()
    here = run(questions, "--index", index, "--json").json()
    judged = [name for name in here["figures"] if not name.endswith("_ms")]
    assert [there["figures"][name] for name in judged] == [here["figures"][name] for name in judged] and len(judged) > 10
    assert there["settings"] == here["settings"] | {"engine": "milvus"} and there["cost"]["cold_start_ms"] > 0


# --- composed beside extractive -------------------------------------------------------------------------------


def test_a_model_behind_an_address_is_measured_beside_the_articles_own_sentences(run: Run, index: Path, questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai", reason="the extra openai is not installed")
    monkeypatch.setenv("DGQA_LLM_KEY", "sk-played-server-key-1234")
    with played_models() as (url, received):
        result = run(questions, "--index", index, "--llm", "openai:plain", "--llm-base-url", f"{url}/v1", "--limit", "2", "--out", tmp_path / "out")
    assert result.code == 0 and received, result.err
    composed, extractive = load_run(tmp_path / "out" / "run.json"), load_run(tmp_path / "out" / "extractive" / "run.json")
    assert (composed.settings["llm"], extractive.settings["llm"]) == ("openai:plain", "extractive")
    assert {"llm_calls", "llm_seconds", "llm_read", "llm_written"} <= set(composed.figures()) and "llm_calls" not in extractive.figures()
    assert "sk-played" not in (tmp_path / "out" / "run.json").read_text(encoding="utf-8")
