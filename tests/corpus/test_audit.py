"""The report on a corpus: what its documents are, and every defect with its place."""

import json
from pathlib import Path

import pytest

from dgqa.cli.main import main
from dgqa.corpus.audit import audit
from dgqa.corpus.files import load_corpus

ARTICLE = "县域数字化观察\n来源：示范网 更新时间：2024-03-02\n作者：李明\n\n一、总体情况\n\n主要有三点：一是加强协调；而是优化流程；三是推动共享\u200b。群众办事更快了。\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "c.xyz").write_text("不认识。", encoding="utf-8")
    return tmp_path


def test_a_report_counts_what_a_document_holds(corpus: Path) -> None:
    report = audit(*load_corpus(corpus))
    (row,) = report["documents"]
    assert {key: row[key] for key in ("path", "title", "author", "date", "source", "script", "encoding")} == {
        "path": "a.txt", "title": "县域数字化观察", "author": "李明", "date": "2024-03-02", "source": "示范网", "script": "Hans", "encoding": "utf-8",
    }  # fmt: skip
    assert (row["characters"], row["sections"], row["sentences"], row["passages"]) == (len(ARTICLE), 1, 2, 2)
    assert row["defects"] == {"invisible": 1, "typo": 1}
    assert report["totals"]["kinds"] == {"invisible": 1, "typo": 1} and report["totals"]["repaired"] == 1


def test_a_defect_has_its_place_and_its_line(corpus: Path) -> None:
    typo, invisible = audit(*load_corpus(corpus))["defects"]
    at = ARTICLE.index("而是")
    assert typo == {
        "doc_id": "a.txt", "path": "a.txt", "kind": "typo", "start": at, "end": at + 2, "line": 7, "raw": "而是", "repaired": "二是", "confidence": 0.95,
    }  # fmt: skip
    assert (invisible["raw"], invisible["repaired"]) == ("\u200b", "")


def test_the_command_prints_tables_and_names_what_was_left_out(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(corpus)]) == 0
    shown = capsys.readouterr().out
    assert "县域数字化观察" in shown and "李明" in shown and "二是? (not changed)" in shown and "\\u200b" in shown
    assert "left out b.txt" in shown and "left out c.xyz: unknown file type" in shown


def test_the_command_prints_one_json_document(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--corpus", str(corpus), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads(json.dumps(audit(*load_corpus(corpus))))
    assert sorted(item["path"] for item in report["skipped"]) == ["b.txt", "c.xyz"]


def test_a_kind_of_defects_that_there_is_not_is_wrong_use(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(corpus), "--kind", "beauty"]) == 2
    assert "there is no kind of defects 'beauty': there are" in capsys.readouterr().err
    assert main(["audit", str(corpus), "--kind", "gbk_cut"]) == 0


def test_a_single_file_and_a_single_kind_can_be_audited(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(corpus / "a.txt"), "--kind", "typo", "--json"]) == 0
    assert [row["kind"] for row in json.loads(capsys.readouterr().out)["defects"]] == ["typo"]


def test_nothing_at_the_path_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_clean_corpus_has_no_defects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("标题在此\n\n一句完整的话在这里。\n", encoding="utf-8")
    assert main(["audit", str(tmp_path)]) == 0
    assert "no defects found" in capsys.readouterr().out
