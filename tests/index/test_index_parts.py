"""An index of several parts: what a build makes, what a change rewrites, what an interruption leaves; and indexes of the format before."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends import CORPUS, write_corpus
from dgqa.errors import ConfigError, IndexMismatchError
from dgqa.index.build import Index, build_index
from dgqa.index.checks import write_sums
from dgqa.index.division import bits_of, divided, leaves, part_of
from dgqa.index.engines.parts import PartsBackend
from dgqa.index.manifest import sealed
from dgqa.search.retriever import Retriever
from dgqa.system import file_hash
from dgqa.types import Hit
from fakes import Floats, HashingEmbedder

LIMIT = 40  # sentences


def parts(folder: Path) -> dict[str, dict[str, Any]]:
    """The parts of an index by their prefixes."""
    return {part["prefix"]: part for part in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["parts"]}


def hits(folder: Path) -> list[list[Hit]]:
    retriever = Retriever.open(folder, embedder=HashingEmbedder())
    found = [retriever.search(question, 10) for question in ("东区平台接入了多少个服务事项？", "旧档案怎样向公众开放？", "王芳的文章怎么说共享？")]
    retriever.index.close()
    return found


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path)


@pytest.fixture
def folder(tmp_path: Path, corpus: Path) -> Path:
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(), part_sentences=LIMIT)
    return tmp_path / "index"


def test_no_part_holds_more_sentences_than_it_may_and_all_hold_every_document_once(folder: Path) -> None:
    made = parts(folder)
    assert len(made) > 2 and all(part["counts"]["sentences"] <= LIMIT for part in made.values())
    assert leaves(made) == sorted(made)
    index = Index.open(folder)
    assert isinstance(index, PartsBackend)
    for prefix, part in zip(sorted(made), index.parts, strict=True):
        assert all(bits_of(doc_id).startswith(prefix) for doc_id in part.sources())
    assert sorted(index.sources()) == sorted(CORPUS)
    assert index.manifest["counts"] == {name: sum(part["counts"][name] for part in made.values()) for name in index.manifest["counts"]}


def test_a_document_that_changes_rewrites_its_part_alone(folder: Path, corpus: Path) -> None:
    before = parts(folder)
    name = "甲/3.txt"
    (corpus / name).write_text(CORPUS[name].replace("好的。", "新的平台去年又接入了九百个服务事项。", 1), encoding="utf-8")
    embedder = HashingEmbedder()
    report = build_index(corpus, folder, embedder=embedder)
    after = parts(folder)
    changed = part_of(name, before)
    assert (report.added, report.changed, report.removed, report.embedded) == (0, 1, 0, 1)
    assert {prefix for prefix in before if after[prefix] != before[prefix]} == {changed} and after.keys() == before.keys()
    assert sorted(path.name for path in folder.glob("g-*")) == sorted(part["name"] for part in after.values())
    build_index(corpus, folder.parent / "whole", embedder=HashingEmbedder())
    assert hits(folder) == hits(folder.parent / "whole")
    assert build_index(corpus, folder, embedder=embedder).up_to_date and parts(folder) == after


def test_parts_grow_apart_and_empty_ones_go(folder: Path, corpus: Path) -> None:
    before = parts(folder)
    for number in range(20):
        (corpus / f"new{number}.txt").write_text(CORPUS["甲/9.txt"].replace("右区", f"新{number}区"), encoding="utf-8")
    build_index(corpus, folder, embedder=HashingEmbedder())
    assert len(parts(folder)) > len(before) and all(part["counts"]["sentences"] <= LIMIT for part in parts(folder).values() if part["counts"]["documents"] > 1)
    gone = next(iter(parts(folder)))
    for doc_id in [doc_id for doc_id in Index.open(folder).sources() if bits_of(doc_id).startswith(gone)]:
        (corpus / doc_id).unlink()
    report = build_index(corpus, folder, embedder=HashingEmbedder())
    assert report.removed and report.embedded == 0 and gone not in parts(folder)
    build_index(corpus, folder.parent / "whole", embedder=HashingEmbedder())
    assert hits(folder) == hits(folder.parent / "whole")
    (corpus / "new.txt").write_text(CORPUS["甲/9.txt"], encoding="utf-8")
    assert build_index(corpus, folder, embedder=HashingEmbedder()).added == 1


def test_the_whole_and_its_parts_are_known_by_the_same_fingerprint(folder: Path, corpus: Path) -> None:
    build_index(corpus, folder.parent / "whole", embedder=HashingEmbedder())
    assert Index.open(folder).fingerprint == Index.open(folder.parent / "whole").fingerprint
    assert len(parts(folder.parent / "whole")) == 1


class Interrupted(HashingEmbedder):
    """Is stopped from the keyboard in the middle of the third part."""

    parts = 0

    def embed_passages_with_tokens(self, texts: Any, *, progress: Any = None) -> Any:
        self.parts += 1
        if self.parts == 3:
            raise KeyboardInterrupt
        return super().embed_passages_with_tokens(texts, progress=progress)


class Counting(HashingEmbedder):
    """Counts the sentences it embeds with their tokens."""

    sentences = 0

    def embed_passages_with_tokens(self, texts: Any, *, progress: Any = None) -> tuple[Floats, list[Any]]:
        self.sentences += len(texts)
        return super().embed_passages_with_tokens(texts, progress=progress)


def test_an_interrupted_build_goes_on_behind_the_parts_that_were_done(tmp_path: Path, corpus: Path, folder: Path) -> None:
    whole, left = Counting(), Counting()
    build_index(corpus, tmp_path / "other", embedder=whole, part_sentences=LIMIT)
    with pytest.raises(KeyboardInterrupt):
        build_index(corpus, tmp_path / "again", embedder=Interrupted(), part_sentences=LIMIT)
    assert not (tmp_path / "again" / "manifest.json").exists() and len(list((tmp_path / "again").glob(".build-*"))) == 2
    build_index(corpus, tmp_path / "again", embedder=left, part_sentences=LIMIT)
    assert 0 < left.sentences < whole.sentences and hits(tmp_path / "again") == hits(folder)
    assert not list((tmp_path / "again").glob(".build-*")) and not list((tmp_path / "again").glob("g-*/embedded.jsonl"))


def test_damage_in_one_part_is_a_typed_error_that_says_where(folder: Path) -> None:
    part = parts(folder)[sorted(parts(folder))[1]]
    file = folder / part["name"] / "sentence_keys.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"\xff")
    assert Index.open(folder).damaged_files() == [f"{part['name']}/sentence_keys.npy"]
    (folder / part["name"] / "tokens.npy").unlink()
    with pytest.raises(IndexMismatchError, match=r"tokens\.npy is missing: rebuild it with `dgqa index --rebuild`"):
        Index.open(folder)


def test_a_part_must_hold_a_sentence(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(ConfigError, match="part_sentences is 0"):
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(), part_sentences=0)


def test_prefixes_hold_every_document_whatever_parts_are_missing() -> None:
    assert leaves([]) == [""] and leaves(["01"]) == ["00", "01", "1"] and leaves(["0", "11"]) == ["0", "10", "11"]
    assert divided([], ["0", "1"]) == {"0": [], "1": []}


def as_before(folder: Path) -> None:
    """Turn an index of one part into what the format before had: weights in place of counts and lengths, and no parts."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (part,) = manifest.pop("parts")
    home = folder / part["name"]
    rows, counts, lengths = (np.load(home / f"{name}.npy") for name in ("posting_rows", "posting_counts", "passage_lengths"))
    tf = counts.astype(np.float32)
    weights = tf / (tf + 1.2 * (0.25 + 0.75 * lengths[rows].astype(np.float32) / float(lengths.mean())))
    np.save(home / "posting_weights.npy", weights.astype(np.float32))
    for name in ("posting_counts.npy", "passage_lengths.npy", "checksums.bin"):
        (home / name).unlink()
    with sqlite3.connect(home / "texts.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM lexicon").fetchone()[0]
    connection.close()
    write_sums(home)
    files = {file.name: {"bytes": file.stat().st_size, "sha256": file_hash(file)} for file in home.iterdir()}
    del manifest["part_sentences"], manifest["seal"]
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest | {"format": 6, "files": files})), encoding="utf-8")


def test_an_index_of_the_format_before_is_searched_and_brought_up_to_date(tmp_path: Path, corpus: Path) -> None:
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    now = hits(tmp_path / "index")
    as_before(tmp_path / "index")
    for mine, theirs in zip(hits(tmp_path / "index"), now, strict=True):
        assert [hit.passage for hit in mine] == [hit.passage for hit in theirs]
        np.testing.assert_allclose([hit.score for hit in mine], [hit.score for hit in theirs], atol=1e-6)
    assert build_index(corpus, tmp_path / "index", embedder=HashingEmbedder()).up_to_date
    (corpus / "new.txt").write_text(CORPUS["甲/0.txt"], encoding="utf-8")
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(), part_sentences=LIMIT)
    assert len(parts(tmp_path / "index")) > 2 and Index.open(tmp_path / "index").damaged_files() == []
