"""`dgqa eval --check` on the project's own sets, and on sets with something wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluated import QUESTIONS, RAWS, WINDOWS

ROOT = Path(__file__).parents[2]
SETS = [ROOT / "eval" / "questions" / f"{name}.jsonl" for name in ("dev", "test")]


def check(*argv: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dgqa", "eval", "--check", *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_our_own_sets_are_whole_and_a_third_shares_few_words_with_its_evidence() -> None:
    done = check(*SETS, "--corpus", ROOT / "corpus")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line[:45].strip(): line.split()[-1] for line in done.stdout.splitlines()}
    counts = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert counts["questions"].split()[1:] == ["115", "115", "230"]
    shares = [int(share.rstrip("%)")) for name, share in rows.items() if name.startswith(("sharing few", "English"))]
    assert len(shares) == 2 and sum(shares) >= 33


def test_no_question_is_in_both_sets() -> None:
    dev, test = ({json.loads(line)["question"] for line in file.read_text(encoding="utf-8").splitlines()} for file in SETS)
    assert not dev & test


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"evidence": [{"file": "sea.txt", "quote": "没有这句。"}]}, "the quote doesn't occur in sea.txt"),
        ({"evidence": [{"file": "sea.txt", "quote": "海门市"}]}, "occurs more than once"),
        ({"evidence": [{"file": "lake.txt", "quote": WINDOWS}]}, "lake.txt"),
        ({"id": "q1"}, "'q1' stands at"),
        ({"type": "riddle"}, "field 'type'"),
        ({"answer_keys": [["96.1"]], "evidence": [{"file": "sea.txt", "quote": "96.1%"}]}, "add that"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], message: str, tmp_path: Path) -> None:
    for name, raw in RAWS.items():
        (tmp_path / name).write_text(raw, encoding="utf-8")
    lines = [question.to_dict() for question in QUESTIONS]
    lines.append(lines[0] | {"id": "new", "twin": ""} | change)
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = check(tmp_path / "set.jsonl", "--corpus", tmp_path)
    assert (done.returncode, done.stdout) == (1, "") and message in done.stderr and "Traceback" not in done.stderr
