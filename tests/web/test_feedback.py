"""Feedback lines: what is in them, what never is, and that none is lost or torn."""

from __future__ import annotations

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dgqa.errors import ConfigError
from dgqa.web import feedback
from dgqa.web.feedback import save_feedback
from scripted import QUESTION, answered, citation

TRACE = {"mode": "composed", "index": "0123456789abcdef", "llm": "local", "timings": {"total": 1}, "api_key": "sk-secret"}


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n")[:-1]]


def test_a_line_says_when_what_and_on_which_answer(tmp_path: Path) -> None:
    file = tmp_path / "new" / "feedback.jsonl"
    now = datetime.fromisoformat("2026-01-02T08:00:00+08:00")
    save_feedback(file, rating="down", comment="不对\n第二行", question=QUESTION, answer=replace(answered(QUESTION), trace=TRACE), now=now)
    (row,) = rows(file)
    assert row["time"] == "2026-01-02T00:00:00+00:00"
    assert (row["rating"], row["comment"], row["question"], row["status"]) == ("down", "不对\n第二行", QUESTION, "answered")
    assert row["text"] == answered(QUESTION).text
    first = citation(1, "hot", "意见明确了数字政府建设的五大体系[3]和发展目标。")
    assert row["citations"][0] == {"number": 1, "doc_id": "hot", "start": first.start, "end": first.end}
    assert (row["index"], row["mode"], row["llm"]) == ("0123456789abcdef", "composed", "local")


def test_nothing_else_of_the_trace_and_no_key_is_written(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    key = "sk-abcdefghijklmnopqrstuvwxyz123456"
    save_feedback(file, rating="up", comment=f"用 {key} 试过", question=f"{key}？", answer={**answered(QUESTION).to_dict(), "trace": TRACE})
    text = file.read_text(encoding="utf-8")
    assert "sk-" not in text and "timings" not in text and "api_key" not in text
    assert rows(file)[0]["comment"] == "用 … 试过"


def test_long_texts_are_cut(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    save_feedback(file, rating="up", comment="长" * 5_000, question="问" * 3_000, answer={"text": "答" * 30_000, "citations": [{}] * 200})
    (row,) = rows(file)
    assert [len(row[key]) for key in ("comment", "question", "text", "citations")] == [4_000, 2_000, 20_000, 100]
    assert row["comment"].endswith("长…")


def test_lines_written_at_once_are_all_there_and_whole(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: save_feedback(file, rating="up", comment=str(n), question=QUESTION, answer=answered(QUESTION)), range(40)))
    assert sorted(int(row["comment"]) for row in rows(file)) == list(range(40))


def test_a_line_after_a_torn_one_stands_on_its_own(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    file.write_bytes(b'{"rating": "u')
    save_feedback(file, rating="up", question=QUESTION, answer={})
    torn, whole, end = file.read_text(encoding="utf-8").split("\n")
    assert torn == '{"rating": "u' and json.loads(whole)["rating"] == "up" and end == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    save_feedback(file, rating="up", question=QUESTION, answer={})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_rating_must_be_up_or_down(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'meh': it must be up or down"):
        save_feedback(tmp_path / "f", rating="meh", question=QUESTION, answer={})  # type: ignore[arg-type]
    assert not (tmp_path / "f").exists()


def test_a_file_that_cannot_be_written_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be written.*`feedback`"):
        save_feedback(tmp_path, rating="up", question=QUESTION, answer={})


def test_a_file_at_its_limit_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "MAX_FILE", 200)
    file = tmp_path / "feedback.jsonl"
    file.write_bytes(b"x" * 150 + b"\n")
    with pytest.raises(ConfigError, match="has 151 bytes, the limit is 200"):
        save_feedback(file, rating="up", question=QUESTION, answer={})
    assert file.read_bytes() == b"x" * 150 + b"\n"


def test_the_time_is_now_where_none_is_given(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    before = datetime.now(UTC).replace(microsecond=0)
    save_feedback(file, rating="up", question=QUESTION, answer={})
    assert before <= datetime.fromisoformat(rows(file)[0]["time"]) <= datetime.now(UTC)
