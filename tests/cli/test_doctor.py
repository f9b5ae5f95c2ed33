"""What the doctor finds wrong with models, index and corpus, and what it says to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from dgqa.cli.doctor import examine
from dgqa.config import Settings
from dgqa.index.build import build_index
from fakes import HashingEmbedder

TEXTS = {"a.txt": "县域观察\n\n全县接入了三百个服务事项。\n", "子/b.txt": "城市观察\n\n信号灯会随着车流调整。\n"}
MODEL = "multilingual-e5-small"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "cache"))
    for name, text in TEXTS.items():
        write(tmp_path, name, text)
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=HashingEmbedder())
    return tmp_path


def write(home: Path, name: str, text: str) -> None:
    (home / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
    (home / "corpus" / name).write_text(text, encoding="utf-8")


def report(home: Path, *, deep: bool = False, model: str = "hashing") -> dict[str, Any]:
    return examine(Settings(corpus=str(home / "corpus"), index=str(home / "index"), model=model), deep=deep)


@pytest.mark.parametrize("deep", [False, True])
def test_nothing_is_wrong_with_a_fresh_index(home: Path, deep: bool) -> None:
    found = report(home, deep=deep)
    assert found["problems"] == [] and found["index"]["matches_corpus"] is True
    assert found["index"]["state"].startswith("2 articles, ") and found["index"]["documents"] == 2


def test_the_report_is_json_and_names_the_versions_of_what_is_installed(home: Path) -> None:
    found = json.loads(json.dumps(report(home)))
    assert found["packages"]["python"].startswith("3.") and found["packages"]["faiss-cpu"]


def test_a_model_that_is_not_there_is_told_with_the_command_that_fetches_it(home: Path) -> None:
    found = report(home, model=MODEL)
    assert {"name": MODEL, "ready": False} in [{key: model[key] for key in ("name", "ready")} for model in found["models"]]
    assert [problem for problem in found["problems"] if f"dgqa models fetch {MODEL}" in problem]
    assert not (home / "cache").exists()


def test_an_index_that_is_not_there_is_told_with_the_command_that_builds_it(tmp_path: Path) -> None:
    found = report(tmp_path)
    assert found["index"] == {"state": "there is none"} and any("dgqa index" in problem for problem in found["problems"])


@pytest.mark.parametrize("manifest", ["{", '{"format": 1}', '{"format": 99}'])
def test_an_index_that_cannot_be_opened_is_unusable(home: Path, manifest: str) -> None:
    (home / "index" / "manifest.json").write_text(manifest)
    found = report(home)
    assert found["index"] == {"state": "unusable"} and "dgqa index --rebuild" in found["problems"][0]


def test_new_changed_and_removed_articles_are_named_and_a_build_settles_it(home: Path) -> None:
    write(home, "neu.txt", "新的一篇\n\n档案馆开放了查询。\n")
    write(home, "a.txt", TEXTS["a.txt"].replace("三百", "五百"))
    (home / "corpus" / "子/b.txt").unlink()
    found = report(home)
    assert found["index"]["matches_corpus"] is False
    new, gone, changed = found["problems"]
    assert "1 articles are not in the index (neu.txt)" in new
    assert "no longer in the corpus (子/b.txt)" in gone and "have changed (a.txt)" in changed
    assert all("run `dgqa index`" in problem for problem in found["problems"])
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder())
    assert report(home)["problems"] == []


def test_a_file_that_no_build_can_use_is_not_asked_for_again_and_again(home: Path) -> None:
    write(home, "leer.txt", " ")
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder())
    assert report(home)["problems"] == []


def test_a_file_that_was_left_out_and_has_become_readable_is_new(home: Path) -> None:
    write(home, "leer.txt", " ")
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder(), rebuild=True)
    write(home, "leer.txt", "题目\n\n现在有了一句话。")
    assert "leer.txt" in report(home)["problems"][0]


def test_a_corpus_that_is_not_there_is_told(home: Path) -> None:
    for name in TEXTS:
        (home / "corpus" / name).unlink()
    (home / "corpus" / "子").rmdir()
    (home / "corpus").rmdir()
    assert "there is no corpus" in report(home)["problems"][0]


def test_a_flipped_bit_is_found_by_the_deep_look_alone(home: Path) -> None:
    (file,) = (home / "index").glob("g-*/sentence_keys.npy")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert report(home)["problems"] == []
    (problem,) = report(home, deep=True)["problems"]
    assert "sentence_keys.npy" in problem and "dgqa index --rebuild" in problem


def test_a_file_cut_short_is_found_at_once(home: Path) -> None:
    (file,) = (home / "index").glob("g-*/vectors.faiss")
    file.write_bytes(file.read_bytes()[:-10])
    assert "vectors.faiss" in report(home)["problems"][0]
