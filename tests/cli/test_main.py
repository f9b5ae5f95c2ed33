"""The `dgqa` command: results on stdout, errors on stderr, exit 0 done, 1 failed, 2 wrong use."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import dgqa
from dgqa.cli.ask import _plain, shown
from dgqa.cli.console import coloured
from dgqa.cli.main import main
from dgqa.config import HELP
from dgqa.index.assembly import Overall
from dgqa.index.manifest import sealed
from dgqa.models.store import ensure_model
from dgqa.types import Answer, AnswerSentence, Citation
from fakes import HashingEmbedder

ARTICLE = """县域数字化观察
来源：示范网 更新时间：2024-03-02
作者：李明

一、网络
县级单位的网络覆盖率达到99.2%，已经全部接通。
乡镇单位的网络覆盖率达到88.5%，比上一年提高了两个百分点。
全县的数字政府平台由当地的国有企业负责运营和维护。
"""


@dataclass
class Result:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


def call(*argv: str | Path) -> Result:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(part) for part in argv])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return Result(code, out.getvalue(), err.getvalue())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in [name for name in os.environ if name.startswith("DGQA_") and name not in {"DGQA_CACHE", "DGQA_MODEL_FILES"}]:
        monkeypatch.delenv(name)
    # Set and taken away again, so that what --offline leaves behind is undone.
    monkeypatch.setenv("DGQA_OFFLINE", "0")
    monkeypatch.delenv("DGQA_OFFLINE")
    monkeypatch.chdir(tmp_path)

    def runner(*argv: str | Path) -> Result:
        capsys.readouterr()
        try:
            code = main([str(part) for part in argv])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        caught = capsys.readouterr()
        assert "Traceback" not in caught.err
        return Result(code, caught.out, caught.err)

    return runner


def batch(folder: Path, *lines: object) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return file


# --- wrong use


@pytest.mark.parametrize(
    "argv",
    [
        ["nonsense"],
        ["ask"],
        ["ask", "问", "--batch", "x.jsonl"],
        ["ask", "问", "--unknown"],
        ["search"],
        ["search", "问", "-k", "0"],
        ["search", "问", "-k", "many"],
        ["models"],
        ["models", "burn"],
        ["models", "fetch"],
        ["chat", "--port", "abc"],
        ["chat", "--port", "70000"],
        ["ask", "问", "--backend", "tpu"],
        ["ask", "问", "--index", ""],
        ["ask", "问", "--llm", "bogus"],
        ["ask", "问", "--llm", "bogus:x"],
        ["ask", "问", "--llm", "openai"],
        ["ask", "问", "--llm", "openai:"],
        ["ask", "问", "--llm", "m", "--llm-base-url", "localhost:8080"],
        ["ask", "问", "--llm-base-url", "http://127.0.0.1:9/v1"],
    ],
)
def test_wrong_use_ends_with_2_and_a_message(run: Run, argv: list[str]) -> None:
    result = run(*argv)
    assert result.code == 2 and result.out == "" and "dgqa" in result.err


@pytest.mark.parametrize(
    ("argv", "meant"),
    [(["serach", "问"], "search"), (["ask", "问", "--lnguage", "Hans"], "--language"), (["models", "ftch"], "fetch"), (["ask", "问", "--indx", "x"], "--index")],
)
def test_a_word_that_is_nearly_right_gets_the_right_one_offered(run: Run, argv: list[str], meant: str) -> None:
    result = run(*argv)
    assert result.code == 2 and f"Did you mean {meant}?" in result.err


def test_a_word_that_is_like_none_gets_none_offered(run: Run) -> None:
    assert "Did you mean" not in run("quixotic").err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_knows_every_command_its_options_and_their_choices(run: Run, shell: str) -> None:
    result = run("completion", shell)
    assert result.code == 0 and result.err == ""
    assert all(word in result.out for word in ("search", "eval", "--batch", "--rebuild", "Hant", "fetch", "dgqa"))


def test_the_completion_of_bash_offers_what_fits(run: Run) -> None:
    asked = "COMP_WORDS=(dgqa ask --la); COMP_CWORD=2; _dgqa; echo ${COMPREPLY[*]}; COMP_WORDS=(dgqa ev); COMP_CWORD=1; _dgqa; echo ${COMPREPLY[*]}"
    done = subprocess.run(["bash", "-c", f"{run('completion', 'bash').out}\n{asked}"], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == ["--language", "eval"]


def test_an_interrupt_ends_with_130_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dgqa.cli.main.load_settings", interrupted)
    result = run("config")
    assert (result.code, result.err) == (130, "dgqa: interrupted\n")


def test_an_interrupt_while_the_command_is_still_being_imported_shows_no_traceback_either(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nclass Interrupting:\n    def find_spec(self, name, *rest):\n        if name == 'dgqa.cli.commands': raise KeyboardInterrupt\nsys.meta_path.insert(0, Interrupting())\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run([sys.executable, "-m", "dgqa", "config"], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "dgqa: interrupted\n")


def test_a_folder_that_is_given_bare_is_taken_for_the_corpus_in_a_hint(run: Run, tmp_path: Path) -> None:
    result = run("index", str(tmp_path))
    assert result.code == 2 and f"Did you mean --corpus {tmp_path}?" in result.err and "usage: dgqa index" in result.err
    assert "Did you mean" not in run("index", "no-such-folder").err


def test_a_build_of_several_parts_has_one_bar_that_never_goes_back() -> None:
    overall = Overall()
    told = [("files", 0, 4), ("read", 0, 4), ("read", 2, 4), ("read", 0, 3), ("read", 3, 3), ("embed", 5, 10), ("words", 1, 1), ("write", 0, 1)]
    told += [("read", 0, 1), ("embed", 10, 10), ("write", 0, 1), ("write", 1, 1)]
    shown = [overall(*step) for step in told]
    assert shown == sorted(shown) and shown[-1] == 1.0
    assert shown[2] == 0.05 and shown[5] == 3 / 4 * (0.1 + 0.75 / 2) and 3 / 4 * 0.95 < shown[9] < 1  # the halves of four files: three, then one


def test_rows_and_items_of_a_quote_stand_on_lines_of_their_own_and_wrapped_lines_on_one() -> None:
    def quoted(path: str, quote: str) -> str:
        return _plain(Citation(1, "d", path, "", "", "", "", 0, len(quote), quote))

    assert quoted("a.md", "东区 | 310 |\n| 西区 | 205") == "东区 | 310\n    西区 | 205"
    assert quoted("a.md", "要点：\n- 甲**先**行。\n- 乙跟上。") == "要点：\n    • 甲先行。\n    • 乙跟上。"
    assert quoted("a.txt", "这一行在这里\n换行，用了 AI\nmodel。") == "这一行在这里换行，用了 AI model。"


def test_quotes_on_a_terminal_are_without_the_markup_of_their_file() -> None:
    quote = "<p>覆盖率为<b>97%</b>，\n较上年&nbsp;提高。</p>"
    assert _plain(Citation(1, "d", "a.html", "题", "", "", "", 0, len(quote), quote)) == "覆盖率为97%，较上年 提高。"
    assert _plain(Citation(1, "d", "a.md", "题", "", "", "", 0, 9, "- **目标**是共享")) == "• 目标是共享"
    assert _plain(Citation(1, "d", "a.txt", "题", "", "", "", 0, 9, "目标\x1b[2J是\x9b31m共享\u202e。")) == "目标[2J是31m共享。"


def test_colours_are_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert coloured("好", "good") == "好"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured("好", "good") == "\x1b[32m好\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("好", "good") == "好"


def test_the_short_answer_is_in_bold_on_a_terminal_and_plain_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    caution, sentence = "不一定回答了问题。", "覆盖率为96%。"
    said = AnswerSentence(sentence, (1,), 1.0, phrase=(4, 7))
    answer = Answer("问？", "partial", f"{caution}\n{sentence}[1]", (said,), reason=caution)
    assert shown(answer) == f"{caution}\n\n{sentence}[1]"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert shown(answer) == f"\x1b[33m{caution}\x1b[0m\n\n覆盖率为\x1b[1m96%\x1b[0m。[1]"


def test_lists_have_bullets_and_tables_columns_on_a_terminal() -> None:
    rows = "措施包括：\n统一目录；\n分级。\n城市：甲市；人口：310\n城市：乙市；人口：22"
    answer = Answer("问？", "answered", f"{rows}[1]", (AnswerSentence(rows, (1,), 1.0),))
    assert shown(answer).split("\n") == ["措施包括：", "  • 统一目录；", "  • 分级。", "城市  人口", "────  ────", "甲市  310", "乙市  22[1]"]


@pytest.mark.parametrize(
    ("llm", "remedy"),
    [("gpt-4o", "set OPENAI_API_KEY"), ("anthropic:claude-x", "set ANTHROPIC_API_KEY"), ("local", "dgqa models fetch qwen"), ("local:none.gguf", "give a GGUF file")],
)
def test_a_language_model_that_cannot_be_had_ends_with_1_and_says_what_to_do(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, llm: str, remedy: str) -> None:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "cache"))
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    result = run("ask", "问什么？", "--llm", llm)
    assert result.code == 1 and result.out == "" and remedy in result.err and result.err.count("\n") == 1


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    result = run()
    assert result.code == 2 and all(name in result.out for name in ("index", "search", "ask", "chat", "models", "doctor", "config"))


@pytest.mark.parametrize("name", ["search", "ask", "chat", "eval", "verify"])
def test_what_searches_an_index_can_be_told_to_the_commands_that_search(run: Run, name: str) -> None:
    assert {"--engine", "--engine-uri", "--engine-timeout", "--replicas"} <= set(run(name, "--help").out.replace("[", " ").split())


def test_help_and_version_end_with_0(run: Run) -> None:
    assert run("--version").out == f"dgqa {dgqa.__version__}\n"
    for name in ("index", "search", "ask", "chat", "models", "doctor", "config"):
        result = run(name, "--help")
        assert result.code == 0 and "usage: dgqa" in result.out


# --- settings


def test_an_unknown_setting_is_named_with_its_place(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dgqa.toml").write_text("colour = 1\n", encoding="utf-8")
    result = run("ask", "问题是什么？")
    assert result.code == 2 and "dgqa.toml has an unknown key 'colour'" in result.err and result.out == ""
    (tmp_path / "dgqa.toml").unlink()
    monkeypatch.setenv("DGQA_COLOUR", "1")
    result = run("doctor")
    assert result.code == 2 and "DGQA_COLOUR" in result.err


def test_config_shows_every_setting_and_where_it_comes_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dgqa.toml").write_text("port = 8001\n", encoding="utf-8")
    (tmp_path / ".env").write_text("DGQA_INDEX=我的索引\n", encoding="utf-8")
    result = run("config", "--json", "--corpus", "文章")
    shown = result.json()
    assert result.code == 0 and list(shown) == list(HELP)
    assert shown["corpus"] == {"value": "文章", "from": "--corpus"}
    assert shown["index"] == {"value": "我的索引", "from": "DGQA_INDEX in .env"}
    assert shown["port"] == {"value": 8001, "from": "dgqa.toml"}
    assert shown["host"] == {"value": "127.0.0.1", "from": "default"}
    plain = run("config", "--corpus", "文章")
    assert plain.code == 0 and len(plain.out.splitlines()) == len(HELP) and "文章" in plain.out


def test_config_never_prints_the_password(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DGQA_USER=me\nDGQA_PASSWORD=geheim\nDGQA_SECRET=geheimnis\n", encoding="utf-8")
    for arguments in (("config",), ("config", "--json")):
        result = run(*arguments)
        assert result.code == 0 and "***" in result.out and "geheim" not in result.out + result.err
    assert run("chat", "--password", "geheim").code == run("chat", "--secret", "geheim").code == 2


# --- questions that cannot be asked, before any model or index is needed


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "message"), [("", "empty"), ("  ", "empty"), ("？！。", "no words"), ("好" * 100_000, "100,000 characters")]
)
def test_a_question_that_cannot_be_asked_says_why(run: Run, command: str, question: str, message: str) -> None:
    result = run(command, question)
    assert result.code == 1 and result.out == "" and message in result.err and len(result.err) < 300


# --- indexes and corpora that are not there


@pytest.mark.parametrize("argv", [["ask", "平台是什么？"], ["search", "平台"], ["ask", "平台是什么？", "--json"], ["chat"]])
def test_a_missing_index_says_which_command_builds_one(run: Run, argv: list[str]) -> None:
    result = run(*argv, "--index", "nowhere")
    assert result.code == 1 and result.out == "" and "no index at nowhere" in result.err and "dgqa index" in result.err


def test_a_missing_or_empty_corpus_says_so_and_leaves_no_index(run: Run, tmp_path: Path) -> None:
    result = run("index", "--corpus", "nowhere")
    assert result.code == 1 and result.out == "" and "no corpus at nowhere" in result.err
    (tmp_path / "empty").mkdir()
    result = run("index", "--corpus", "empty", "--json")
    assert result.code == 1 and result.out == "" and "no article to index in empty" in result.err
    assert not (tmp_path / "index" / "manifest.json").exists()


def test_files_of_no_use_are_named_with_the_reason(run: Run, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "empty.txt").write_bytes(b"")
    (corpus / "binary.txt").write_bytes(bytes(range(32)) * 400)
    (corpus / "sheet.xlsx").write_bytes(b"PK")
    result = run("index")
    assert result.code == 1 and all(name in result.err for name in ("empty.txt", "binary.txt", "sheet.xlsx"))


def test_a_damaged_index_or_one_of_another_format_says_rebuild(run: Run, tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "a.txt").write_text(ARTICLE, encoding="utf-8")
    dgqa.build_index(corpus, index, embedder=HashingEmbedder())
    manifest = json.loads((index / "manifest.json").read_text(encoding="utf-8"))
    (index / "manifest.json").write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")
    for content in (json.dumps({**manifest, "format": 99}), "{", "[]", '{"format": 1}'):
        (index / "manifest.json").write_text(content, encoding="utf-8")
        result = run("ask", "平台由谁运营？")
        assert result.code == 1 and "dgqa index --rebuild" in result.err and result.out == ""
    (index / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    next(index.glob("g-*/vectors.faiss")).write_bytes(b"x")
    result = run("search", "平台")
    assert result.code == 1 and "vectors.faiss" in result.err


def test_an_index_of_a_model_that_is_not_here_says_so(run: Run, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text(ARTICLE, encoding="utf-8")
    dgqa.build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(name="./gone"))
    result = run("ask", "平台由谁运营？", "--offline")
    assert result.code == 1 and "gone" in result.err and result.out == ""


def test_doctor_reports_problems_with_1_as_text_and_as_json(run: Run) -> None:
    result = run("doctor", "--index", "nowhere", "--json")
    report = result.json()
    assert result.code == 1 and report["index"] == {"state": "there is none"}
    assert any("no index at nowhere" in problem for problem in report["problems"])
    plain = run("doctor", "--index", "nowhere")
    assert plain.code == 1 and "problem: there is no index at nowhere" in plain.out


# --- batches


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", "line 2 is no JSON"),
        ("[1, 2]", "line 2 needs an `id` and a `question`"),
        ('{"question": "平台？"}', "line 2 needs an `id`"),
        ('{"id": 1, "question": 5}', "line 2 needs"),
        ('{"id": 1, "question": "平台？", "history": 5}', "line 2: `history`"),
        ('{"id": 1, "question": "平台？", "history": {"q": "a"}}', "line 2: `history`"),
        ('{"id": 1, "question": "平台？", "history": ["问答"]}', "line 2: `history`"),
        ('{"id": 1, "question": "那呢？", "history": [{"q": "平台？"}]}', "line 2: `history`"),
        ('{"id": 1, "question": "那呢？", "history": [{"q": 1, "a": 2}]}', "line 2: `history`"),
        ('{"id": 1, "question": "那呢？", "history": [["平台？"]]}', "line 2: `history`"),
    ],
)
def test_a_bad_batch_line_is_named_by_its_number_before_anything_is_asked(run: Run, tmp_path: Path, line: str, message: str) -> None:
    result = run("ask", "--batch", batch(tmp_path, {"id": "a", "question": "平台是什么？"}, line))
    assert result.code == 1 and result.out == "" and message in result.err


def test_a_batch_without_a_question_is_said_to_have_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n", encoding="utf-8")
    result = run("ask", "--batch", tmp_path / "empty.jsonl")
    assert (result.code, result.out) == (0, "") and "holds no question" in result.err


def test_a_batch_file_that_cannot_be_read_says_why(run: Run, tmp_path: Path) -> None:
    assert "cannot read nowhere.jsonl" in run("ask", "--batch", "nowhere.jsonl").err
    assert "cannot read" in run("ask", "--batch", tmp_path).err
    (tmp_path / "gbk.jsonl").write_bytes('{"id": 1, "question": "平台？"}'.encode("gb18030"))
    result = run("ask", "--batch", "gbk.jsonl")
    assert result.code == 1 and "not UTF-8" in result.err


# --- models without the network


def test_models_list_is_text_or_one_json_document(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "缓存 a"))
    rows = run("models", "list", "--json").json()
    assert [row["name"] for row in rows if not row["ready"]] == [row["name"] for row in rows]
    plain = run("models", "list")
    assert plain.code == 0 and "multilingual-e5-small" in plain.out and "not fetched" in plain.out
    assert not (tmp_path / "缓存 a").exists()


def test_models_that_are_unknown_or_not_there_are_failures(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DGQA_MODEL_FILES", raising=False)
    assert (run("models", "fetch", "nonsense").code, run("models", "verify", "nonsense").code) == (1, 1)
    assert run("models", "verify").code == 1
    result = run("models", "fetch", "multilingual-e5-small", "--offline")
    assert result.code == 1 and "DGQA_MODEL_FILES" in result.err and result.out == ""


def test_a_terminal_without_chinese_gets_escapes_instead_of_a_crash(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dgqa", "config", "--json", "--corpus", "文章"],
        capture_output=True, cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "ascii"}, timeout=60, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["corpus"]["value"] == "文章"


# --- with the real model


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus of one article and its index."""
    ensure_model("multilingual-e5-small", progress=False)
    folder = tmp_path_factory.mktemp("cli 命令")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.txt").write_text(ARTICLE, encoding="utf-8")
    result = call("index", "--corpus", folder / "corpus", "--index", folder / "index")
    assert result.code == 0 and "1 articles" in result.out and "1 new" in result.out and "embedding sentences" in result.err
    return folder


@pytest.mark.model
def test_indexing_again_is_up_to_date_and_json_is_one_document(run: Run, built: Path) -> None:
    result = run("index", "--corpus", built / "corpus", "--index", built / "index")
    assert result.code == 0 and "is up to date: 1 articles" in result.out
    report = run("index", "--corpus", built / "corpus", "--index", built / "index", "--json").json()
    assert report["up_to_date"] is True and report["documents"] == 1 and report["skipped"] == []


@pytest.mark.model
def test_search_prints_hits_or_one_json_document(run: Run, built: Path) -> None:
    plain = run("search", "乡镇单位的网络覆盖率", "--index", built / "index", "-k", "1")
    assert plain.code == 0 and plain.out.startswith("1. ") and "《县域数字化观察》（李明，2024-03-02）" in plain.out and "88.5%" in plain.out
    (hit,) = run("search", "乡镇单位的网络覆盖率", "--index", built / "index", "-k", "1", "--json").json()
    assert hit["rank"] == 1 and ARTICLE[hit["passage"]["start"] : hit["passage"]["end"]].strip() and hit["sentences"]


@pytest.mark.model
def test_search_stays_within_the_limits_given_or_says_what_there_is(run: Run, built: Path) -> None:
    within = run("search", "覆盖率", "--index", built / "index", "--document", "縣域數字化觀察", "--author", "李明", "--from", "2024", "--json").json()
    assert within and {hit["passage"]["path"] for hit in within} == {"a.txt"}
    assert run("search", "覆盖率", "--index", built / "index", "--to", "2023", "--json").json() == []
    unknown = run("search", "覆盖率", "--index", built / "index", "--document", "b.txt")
    assert unknown.code == 1 and "no document 'b.txt': the nearest are" in unknown.err


@pytest.mark.model
def test_ask_prints_the_answer_and_its_sources(run: Run, built: Path) -> None:
    result = run("ask", "乡镇单位的网络覆盖率是多少？", "--index", built / "index")
    assert result.code == 0 and result.err == ""
    assert "88.5%" in result.out and "\nanswered\n" in result.out and "[1] 《县域数字化观察》" in result.out and "[a.txt " in result.out


@pytest.mark.model
def test_ask_as_json_cites_the_raw_article(run: Run, built: Path) -> None:
    answer = run("ask", "鄉鎮單位的網絡覆蓋率是多少？", "--index", built / "index", "--json").json()
    assert answer["status"] == "answered" and "88.5%" in answer["text"]
    assert all(ARTICLE[c["start"] : c["end"]] == c["quote"] and c["path"] == "a.txt" for c in answer["citations"])


@pytest.mark.model
def test_an_index_that_is_named_alone_keeps_the_articles_of_its_own_corpus(run: Run, tmp_path: Path) -> None:
    for folder in ("corpus", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.txt").write_text(ARTICLE.replace("县域", folder), encoding="utf-8")
    assert run("index", "--corpus", "mine", "--index", "own").code == 0
    (tmp_path / "mine" / "more.txt").write_text(ARTICLE.replace("县域", "更多"), encoding="utf-8")
    assert "1 new, 0 changed, 0 removed" in run("index", "--index", "own").out
    assert "corpus.txt" not in run("index", "--index", "own", "--json").out
    assert "0 new, 0 changed" not in run("index", "--corpus", "corpus", "--index", "own").out


@pytest.mark.model
def test_a_refusal_is_done_work_and_shows_the_nearest_passages(run: Run, built: Path) -> None:
    result = run("ask", "远洋渔船的捕捞配额怎么分配？", "--index", built / "index")
    assert result.code == 0 and "\nrefused\n" in result.out and "  ~ 《县域数字化观察》" in result.out


@pytest.mark.model
def test_a_place_that_no_passage_names_is_named_above_the_nearest_text(run: Run, built: Path) -> None:
    result = run("ask", "广东省乡镇单位的网络覆盖率是多少？", "--index", built / "index")
    assert result.code == 0 and result.out.startswith("下面是找到的最接近的内容，其中没有提到“广东”，请对照原文。") and "\nanswered\n" not in result.out


@pytest.mark.model
def test_a_batch_gives_a_json_line_for_each_question_and_keeps_its_id(run: Run, built: Path, tmp_path: Path) -> None:
    file = batch(
        tmp_path,
        {"id": "a", "question": "县级单位的网络覆盖率是多少？"},
        "",
        {"id": 2, "question": "那乡镇呢？", "history": [{"q": "县级单位的网络覆盖率是多少？", "a": "99.2%"}]},
        '{"id": null, "question": "平台由谁\u2028负责运营？", "history": [["平台？", "平台。"]]}',
    )
    result = run("ask", "--batch", file, "--index", built / "index")
    answers = [json.loads(line) for line in result.out.rstrip("\n").split("\n")]
    assert result.code == 0 and [answer["id"] for answer in answers] == ["a", 2, None]
    assert "99.2%" in answers[0]["text"] and "88.5%" in answers[1]["text"] and "国有企业" in answers[2]["text"]


@pytest.mark.model
def test_a_batch_goes_on_after_a_question_that_cannot_be_asked_and_ends_with_1(run: Run, built: Path, tmp_path: Path) -> None:
    file = batch(tmp_path, {"id": 1, "question": "？！"}, {"id": 2, "question": "平台由谁负责运营？"})
    result = run("ask", "--batch", file, "--index", built / "index")
    first, second = (json.loads(line) for line in result.out.splitlines())
    assert result.code == 1 and "no words" in first["error"] and second["status"] == "answered"
    assert "1 of 2 questions could not be asked" in result.err


@pytest.mark.model
def test_doctor_is_content_with_an_index_that_fits_and_names_what_changed(run: Run, built: Path, tmp_path: Path) -> None:
    result = run("doctor", "--corpus", built / "corpus", "--index", built / "index", "--deep")
    assert result.code == 0 and "all is well" in result.out
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "b.txt").write_text(ARTICLE, encoding="utf-8")
    report = run("doctor", "--corpus", "new", "--index", built / "index", "--json").json()
    assert report["index"]["matches_corpus"] is False
    assert any("not in the index (b.txt)" in problem for problem in report["problems"])
    assert any("no longer in the corpus (a.txt)" in problem for problem in report["problems"])


@pytest.mark.model
def test_an_index_that_another_version_read_answers_and_is_said_to_be_one(run: Run, built: Path, tmp_path: Path) -> None:
    ask = ("ask", "乡镇单位的网络覆盖率是多少？", "--index", tmp_path / "index")
    shutil.copytree(built / "index", tmp_path / "index")
    assert "another version" not in run(*ask).err
    manifest = json.loads((tmp_path / "index" / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "index" / "manifest.json").write_text(json.dumps(sealed(manifest | {"reading": "0123456789abcdef"})), encoding="utf-8")
    result = run(*ask)
    assert result.code == 0 and "88.5%" in result.out
    assert result.err.count(f"`dgqa index --index {tmp_path / 'index'}` reads them again") == 1


@pytest.mark.model
def test_models_fetch_and_verify_say_where_the_model_is(run: Run, built: Path) -> None:
    fetched = run("models", "fetch", "multilingual-e5-small", "--json").json()
    assert Path(fetched["path"]).is_dir()
    assert {"name": "multilingual-e5-small", "path": fetched["path"]} in run("models", "verify", "--json").json()
    assert "multilingual-e5-small: all files are as they were made" in run("models", "verify", "multilingual-e5-small").out


@pytest.mark.model
def test_verify_bears_out_a_kept_answer_and_fails_on_a_changed_one(run: Run, built: Path, tmp_path: Path) -> None:
    kept = run("ask", "乡镇单位的网络覆盖率是多少？", "--index", built / "index", "--json").out
    (tmp_path / "answer.json").write_text(kept, encoding="utf-8")
    assert run("verify", "answer.json", "--index", built / "index").code == 0
    assert run("verify", "answer.json", "--corpus", built / "corpus").code == 0
    (tmp_path / "changed.jsonl").write_text(json.dumps(json.loads(kept)).replace("88.5", "98.5") + "\n" + json.dumps(json.loads(kept)), encoding="utf-8")
    result = run("verify", "changed.jsonl", "--index", built / "index", "--json")
    report = result.json()
    assert result.code == 1 and (report["answers"], report["failed"]) == (2, 1) and not report["reports"][0]["ok"]
    assert "cannot read nowhere.json" in run("verify", "nowhere.json").err
    assert "engine_uri is not set" in run("verify", "answer.json", "--index", built / "index", "--engine", "milvus").err
    assert "nowhere.tsv" in run("verify", "answer.json", "--index", built / "index", "--glossary", "nowhere.tsv").err
