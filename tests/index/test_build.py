"""Building an index, building it again, and what happens to it when a build fails or a file is damaged."""

import errno
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import dgqa
from dgqa.answer.assistant import Assistant
from dgqa.corpus.files import load_corpus
from dgqa.corpus.passages import split_document
from dgqa.corpus.version import reading_digest
from dgqa.errors import ConfigError, CorpusError, EngineError, IndexMismatchError, IndexNotFoundError, ModelError
from dgqa.index.build import Index, IndexReport, build_index
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.engines.local import LocalBackend
from dgqa.index.faiss_store import KINDS, FaissStore
from dgqa.index.manifest import FORMAT_VERSION, sealed
from dgqa.index.reader import CurrentIndex
from dgqa.search.retriever import Retriever
from fakes import Floats, HashingEmbedder

COUNTY = """县域数字化观察
来源：示范网 更新时间：2024-03-02
作者：李明

一、总体情况
全县去年接入了三百个服务事项，群众办事更快了。数据共享平台连接了二十个部门的系统^[1]。好的。

二、乡镇
乡镇窗口的覆盖率达到88.5%，比上一年提高了两个百分点。
"""
CITY = """# 城市大脑记

作者：王芳

一、起步
城市大脑首先用于疏导早晚高峰的车流，信号灯随之自动调整。

| 年份 | 进展 |
| --- | --- |
| 2019 | 接入了六百个路口的信号灯 |
| 2020 | 接入了全部公交车辆的位置 |
"""
NEW = "档案新篇\n\n档案馆把一百年的纸质档案扫描成了图像，并向公众开放查询。\n"
QUESTION = "群众办事接入了多少服务事项？"
REMEDY = "dgqa index --rebuild"
E5 = "multilingual-e5-small"  # the model whose scores tell what is off the topic


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    write(folder, {"a.txt": COUNTY, "子/b.md": CITY})
    return folder


@pytest.fixture
def folder(tmp_path: Path, corpus: Path) -> Path:
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    return tmp_path / "index"


def write(corpus: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text(text, encoding="utf-8")


def generation(folder: Path) -> Path:
    return folder / str(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["generation"])


def only_part(folder: Path) -> LocalBackend:
    index = Index.open(folder)
    assert isinstance(index, LocalBackend)
    return index


def rewrite_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest)), encoding="utf-8")


def content(folder: Path) -> dict[str, object]:
    """All that an index holds: the bytes of the arrays and the rows of the tables."""
    home = generation(folder)
    found: dict[str, object] = {file.name: file.read_bytes() for file in home.iterdir() if file.suffix != ".sqlite"}
    connection = sqlite3.connect(home / "texts.sqlite")
    for table in ("documents", "passages", "sentences", "lexicon"):
        found[table] = connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    connection.close()
    return found


def answers(folder: Path, embedder: HashingEmbedder | None = None) -> list[tuple[str, float]]:
    retriever = Retriever.open(folder, embedder=embedder or HashingEmbedder())
    hits = [(hit.passage.text, hit.score) for question in (QUESTION, "档案查询", "信号灯") for hit in retriever.search(question, 3)]
    retriever.index.close()
    return hits


class FailingEmbedder(HashingEmbedder):
    """Raises, once the index has begun to be written."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def embed_passages(self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None) -> Floats:
        raise self.error


# Building and opening


def test_an_index_holds_the_passages_of_the_corpus_in_its_order(corpus: Path, folder: Path) -> None:
    documents, _ = load_corpus(corpus)
    want = [passage for document in documents for passage in split_document(document)]
    index = Index.open(folder)
    found = index.passages(range(index.passage_count))
    assert index.passage_count == len(want)
    for row, passage in enumerate(want):
        assert found[row].text == passage.text and found[row].row == row
        assert [(s.text, s.start, s.end, s.spans) for s in found[row].sentences] == [(s.text, s.start, s.end, s.spans) for s in passage.sentences]
        assert (found[row].section, found[row].title, found[row].kind) == (passage.section, passage.title, passage.kind)


def test_every_sentence_points_at_its_characters_in_the_raw_file(corpus: Path, folder: Path) -> None:
    index = Index.open(folder)
    sentences = 0
    for passage in index.passages(range(index.passage_count)).values():
        raw = index.raw(passage.doc_id)
        assert raw == (corpus / passage.path).read_text(encoding="utf-8")
        for sentence in passage.sentences:
            sentences += 1
            assert passage.start <= sentence.start < sentence.end <= passage.end
            quote = "".join(raw[a:b] for a, b in sentence.spans).replace("^[1]", "")
            cells = sentence.text.removeprefix("年份：").replace("；进展：", " | ")
            assert quote.replace("\n", "") == cells.removeprefix("标题：")
    assert sentences == index.sentence_count


def test_the_rows_of_a_passage_are_those_of_its_sentences_in_every_store(folder: Path) -> None:
    embedder = HashingEmbedder()
    index = only_part(folder)
    rows: list[int] = []
    for row, passage in index.passages(range(index.passage_count)).items():
        members = index.members(row).tolist()
        rows += members
        assert all(index.sentence_passage[member] == row for member in members)
        for sentence, member in zip(passage.sentences, members, strict=True):
            wanted = 0 if passage.kind == "meta" else len(embedder.token_vectors([sentence.text], query=False)[0])
            assert len(index.token_vectors(member)) == wanted
    assert sorted(rows) == list(range(index.sentence_count))


def test_a_short_sentence_among_longer_ones_and_what_is_said_about_the_article_have_no_vector(folder: Path) -> None:
    index = only_part(folder)
    found = [
        (sentence.text, row < len(index.vectors))
        for passage in index.passages(range(index.passage_count)).values()
        for sentence, row in zip(passage.sentences, index.members(passage.row).tolist(), strict=True)
    ]
    assert ("好的。", False) in found and ("标题：县域数字化观察", False) in found
    assert ("全县去年接入了三百个服务事项，群众办事更快了。", True) in found


def test_a_vector_is_the_mean_of_the_sentence_and_of_its_mixture_with_the_heading(folder: Path) -> None:
    index, embedder = only_part(folder), HashingEmbedder()
    for passage in index.passages(range(index.passage_count)).values():
        for sentence, row in zip(passage.sentences, index.members(passage.row).tolist(), strict=True):
            if row < len(index.vectors):
                heading, plain = embedder.embed_passages([passage.section, sentence.text])
                mixed = 3 * len(passage.section) * heading + len(sentence.text) * plain
                wanted = (plain + mixed / np.linalg.norm(mixed)) / 2 if passage.section else plain
                np.testing.assert_allclose(index.vectors.vectors([row])[0], wanted, atol=3e-4)  # kept as float16


def test_the_manifest_says_what_the_index_was_built_from(corpus: Path, folder: Path) -> None:
    manifest = Index.open(folder).manifest
    assert (manifest["format"], manifest["model"], manifest["fingerprint"], manifest["dim"]) == (FORMAT_VERSION, "hashing", "hashing:256", 256)
    assert {doc_id: path for doc_id, (path, _) in Index.open(folder).sources().items()} == {"a.txt": "a.txt", "子/b.md": "子/b.md"}
    assert manifest["corpus"] == [str(corpus)]
    assert manifest["counts"] == {"documents": 2, "passages": 5, "sentences": 12, "embedded": 7, "vectors": 6}
    assert {file.name for file in generation(folder).iterdir()} == set(manifest["parts"][0]["files"])


def test_the_report_counts_what_was_done(tmp_path: Path, corpus: Path) -> None:
    write(corpus, {"leer.txt": " ", "bild.xyz": "?"})
    report = build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    assert (report.documents, report.added, report.changed, report.removed, report.up_to_date) == (2, 2, 0, 0, False)
    assert (report.passages, report.sentences, report.embedded) == (5, 12, 7)
    assert {item.path for item in report.skipped} == {"leer.txt", "bild.xyz"}


def test_the_documents_are_listed_with_their_metadata(folder: Path) -> None:
    first, second = Index.open(folder).documents()
    assert (first["doc_id"], first["title"], first["author"], first["date"]) == ("a.txt", "县域数字化观察", "李明", "2024-03-02")
    assert (second["path"], second["author"], second["characters"]) == ("子/b.md", "王芳", len(CITY))
    assert [section["title"] for section in first["sections"]] == ["一、总体情况", "二、乡镇"]


def test_the_raw_text_of_an_unknown_document_is_an_error_that_names_it(folder: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="nowhere"):
        Index.open(folder).raw("nowhere")


def test_an_embedder_without_tokens_still_makes_an_index(tmp_path: Path, corpus: Path) -> None:
    class Tokenless(HashingEmbedder):
        def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Floats]:
            return [np.zeros((0, self.dim), np.float32) for _ in texts]

    build_index(corpus, tmp_path / "index", embedder=Tokenless())
    assert Retriever.open(tmp_path / "index", embedder=Tokenless()).search(QUESTION)[0].passage.doc_id == "a.txt"


def test_progress_is_told_by_stage_and_never_exceeds_what_there_is(tmp_path: Path, corpus: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(), progress=lambda *step: told.append(step))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == ["files", "read", "embed", "words", "write"]
    assert all(0 <= done <= total for _, done, total in told)


# Building again


@pytest.mark.parametrize(
    ("edit", "counts", "embedded"),
    [
        ({"c.txt": NEW}, (1, 0, 0), 1),
        ({"a.txt": COUNTY.replace("三百个", "五百个")}, (0, 1, 0), 1),
        ({"a.txt": COUNTY.replace("李明", "陈东")}, (0, 1, 0), 0),
        ({"子/b.md": ""}, (0, 0, 1), 0),
        ({"子/b.md": "", "c.md": CITY}, (1, 0, 1), 0),
        ({"a.txt": COUNTY.replace("二、乡镇", "二、村庄")}, (0, 1, 0), 1),
    ],
    ids=["added", "one sentence changed", "author changed", "removed", "renamed", "heading changed"],
)
def test_only_new_sentences_are_embedded_and_the_result_is_that_of_a_full_build(
    tmp_path: Path, corpus: Path, folder: Path, edit: dict[str, str], counts: tuple[int, int, int], embedded: int
) -> None:
    write(corpus, {name: text for name, text in edit.items() if text})
    for name in (name for name, text in edit.items() if not text):
        (corpus / name).unlink()
    embedder = HashingEmbedder()
    report = build_index(corpus, folder, embedder=embedder)
    assert (report.added, report.changed, report.removed) == counts
    assert report.embedded == embedded <= embedder.embedded <= 2 * embedded
    build_index(corpus, tmp_path / "full", embedder=HashingEmbedder())
    assert content(folder) == content(tmp_path / "full")
    assert answers(folder) == answers(tmp_path / "full")
    assert Index.open(folder).fingerprint == Index.open(tmp_path / "full").fingerprint


def test_any_sequence_of_edits_gives_the_index_of_a_full_build(tmp_path: Path) -> None:
    corpus, draw = tmp_path / "corpus", random.Random(3)
    pool = ["好的。", "见下表。", "作者：李明", "数据共享平台连接了二十个部门的系统。", "群众办事比过去快了许多倍。", "Data are shared by all departments now.", "各地都建立了网站。"]
    for _ in range(12):
        name = draw.choice(["a.txt", "b.txt", "c.txt"])
        heading = draw.choice(["", "一、背景\n", "一、现状\n"])
        write(corpus, {name: f"题目在这里\n\n{heading}正文由此开始说起了。" + "\n".join(draw.sample(pool, draw.randint(0, 4))) + "\n"})
        if draw.random() < 0.3:
            write(corpus, {name: f"题目在这里\n\n{heading}" + "".join(draw.sample(pool, 1)) + "\n"})
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
        build_index(corpus, tmp_path / "full", embedder=HashingEmbedder(), rebuild=True)
        assert content(tmp_path / "index") == content(tmp_path / "full")


def test_a_sentence_without_a_vector_gets_one_when_it_is_left_alone(corpus: Path, folder: Path) -> None:
    write(corpus, {"a.txt": "县域数字化观察\n\n一、总体情况\n好的。\n"})
    build_index(corpus, folder, embedder=HashingEmbedder())
    index = only_part(folder)
    assert np.linalg.norm(index.vectors.vectors(range(len(index.vectors))), axis=1).min() > 0.5


def test_a_line_about_the_article_gets_vectors_when_it_becomes_a_sentence_of_it(tmp_path: Path, corpus: Path, folder: Path) -> None:
    write(corpus, {"c.txt": "又一篇文章的题目\n\n这里说的是另外一件事，与前文无关。标题：县域数字化观察\n"})
    build_index(corpus, folder, embedder=HashingEmbedder())
    build_index(corpus, tmp_path / "full", embedder=HashingEmbedder())
    assert content(folder) == content(tmp_path / "full")


def test_an_index_whose_articles_were_read_by_another_version_is_read_again_without_embedding_what_is_the_same(corpus: Path, folder: Path) -> None:
    for old in ("0123456789abcdef", None):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["reading"] == reading_digest()
        told = {key: value for key, value in manifest.items() if key != "reading" or old} | ({"reading": old} if old else {})
        (folder / "manifest.json").write_text(json.dumps(sealed(told)), encoding="utf-8")
        report = build_index(corpus, folder, embedder=HashingEmbedder())
        assert (report.up_to_date, report.embedded, report.changed) == (False, 0, 0)
        assert build_index(corpus, folder, embedder=HashingEmbedder()).up_to_date


def test_the_digest_of_what_reads_articles_changes_with_any_of_it(tmp_path: Path) -> None:
    package = Path(dgqa.__file__).parent
    ask = "import dgqa.corpus.version as v; print(v.reading_digest())"
    digests = []
    shutil.copytree(package, tmp_path / "dgqa", ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    for changed in ("", "corpus/structure/headings.py", "corpus/office/pdf_layout.py", "language/text.py", "data/corpus/headings.toml", "data/words/function.txt"):
        if changed:
            with (tmp_path / "dgqa" / changed).open("a", encoding="utf-8") as stream:
                stream.write("# more\n")
        digests.append(subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True).stdout)
    assert len(set(digests)) == len(digests) and digests[0].strip() == reading_digest()


def test_an_index_that_is_up_to_date_is_left_alone_and_no_model_is_opened(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("DGQA_OFFLINE", "1")
    folder = tmp_path / "index"
    build_index(corpus, folder, embedder=HashingEmbedder(name="multilingual-e5-small"))
    before = generation(folder)
    report = build_index(corpus, folder)
    assert report.up_to_date and report.embedded == 0 and (report.passages, report.sentences) == (5, 12)
    assert generation(folder) == before
    write(corpus, {"c.txt": NEW})
    with pytest.raises(ModelError):
        build_index(corpus, folder)
    assert generation(folder) == before


def test_another_model_or_a_forced_rebuild_embeds_everything(corpus: Path, folder: Path) -> None:
    other = HashingEmbedder(64)
    assert build_index(corpus, folder, embedder=other).embedded == 7 and only_part(folder).vectors.dim == 64
    again = HashingEmbedder(64)
    assert build_index(corpus, folder, embedder=again, rebuild=True).embedded == 7 and again.embedded > 0


def test_the_index_is_the_same_in_every_build(tmp_path: Path, corpus: Path, folder: Path) -> None:
    build_index(corpus, tmp_path / "again", embedder=HashingEmbedder())
    assert content(folder) == content(tmp_path / "again")


def test_a_pinned_reader_goes_on_with_the_old_index_in_new_threads_while_a_new_one_is_built(corpus: Path, folder: Path) -> None:
    retriever = Retriever.open(folder, embedder=HashingEmbedder()).pinned()
    before = retriever.search(QUESTION)
    write(corpus, {"a.txt": NEW})
    build_index(corpus, folder, embedder=HashingEmbedder())
    after: list[object] = []
    thread = threading.Thread(target=lambda: after.extend(retriever.search(QUESTION)))
    thread.start()
    thread.join()
    assert after == before
    assert answers(folder)[0][0] != before[0].passage.text


@pytest.fixture
def always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers look at the manifest before every search, instead of twice a second."""
    monkeypatch.setattr("dgqa.index.reader.LOOK_AGAIN", 0.0)


@pytest.mark.usefixtures("always_looking")
def test_a_reader_finds_what_a_later_build_has_added_and_no_longer_what_it_has_removed(corpus: Path, folder: Path) -> None:
    build_index(corpus, folder, embedder=HashingEmbedder(name=E5))
    assistant = Assistant.open(folder, embedder=HashingEmbedder(name=E5))
    first = assistant.retriever.index
    assert assistant.retriever.search(QUESTION)[0].passage.doc_id == "a.txt"
    assert "县域数字化观察" in assistant.ask("今天股票涨了没有？").reason
    (corpus / "a.txt").unlink()
    write(corpus, {"c.txt": NEW})
    build_index(corpus, folder, embedder=HashingEmbedder(name=E5))
    assert assistant.retriever.search("档案馆扫描了什么？")[0].passage.doc_id == "c.txt"
    assert all(hit.passage.doc_id != "a.txt" for hit in assistant.retriever.search(QUESTION, 9))
    answer = assistant.ask("今天股票涨了没有？")
    assert "县域数字化观察" not in answer.reason and answer.trace["index"] == Index.open(folder).fingerprint != first.fingerprint


@pytest.mark.usefixtures("always_looking")
def test_a_reader_refuses_a_new_index_of_another_model_until_it_is_of_its_own_again(corpus: Path, folder: Path) -> None:
    retriever = Retriever.open(folder, embedder=HashingEmbedder())
    before = retriever.search(QUESTION)
    build_index(corpus, folder, embedder=HashingEmbedder(name="other"))
    for _ in range(2):
        with pytest.raises(IndexMismatchError, match=r"built again with other:256.*embedded with hashing:256"):
            retriever.search(QUESTION)
    build_index(corpus, folder, embedder=HashingEmbedder())
    assert retriever.search(QUESTION) == before


@pytest.mark.usefixtures("always_looking")
def test_an_engine_that_did_not_take_a_new_index_is_offered_it_again(corpus: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgqa.index.reader._OFFER_AGAIN", 0.0)
    build_index(corpus, folder, embedder=HashingEmbedder())
    refusals = 2

    def reopen(home: Path) -> SearchBackend:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise EngineError("no room")
        return Index.open(home)

    current = CurrentIndex(older := Index.open(folder), reopen)
    write(corpus, {"c.txt": NEW})
    build_index(corpus, folder, embedder=HashingEmbedder())
    assert current.get() is older and current.get() is older
    assert current.get().fingerprint == Index.open(folder).fingerprint != older.fingerprint


@pytest.mark.usefixtures("always_looking")
def test_the_older_index_answers_while_an_engine_takes_its_time_with_a_newer_one(corpus: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgqa.index.reader._WAITS", 0.01)
    build_index(corpus, folder, embedder=HashingEmbedder())
    loaded = threading.Event()
    asked: list[Path] = []

    def reopen(home: Path) -> SearchBackend:
        asked.append(home)
        loaded.wait(60)
        return Index.open(home)

    current = CurrentIndex(older := Index.open(folder), reopen)
    write(corpus, {"c.txt": NEW})
    build_index(corpus, folder, embedder=HashingEmbedder())
    assert all(current.get() is older for _ in range(5)) and len(asked) == 1
    loaded.set()
    deadline = time.monotonic() + 30
    while current.get() is older:
        assert time.monotonic() < deadline
    assert current.get().fingerprint == Index.open(folder).fingerprint != older.fingerprint and len(asked) == 1


@pytest.mark.usefixtures("always_looking")
def test_a_reader_goes_on_when_the_folder_is_removed_and_takes_the_index_that_comes_in_its_place(corpus: Path, folder: Path) -> None:
    retriever = Retriever.open(folder, embedder=HashingEmbedder())
    before = retriever.search(QUESTION)
    shutil.rmtree(folder)
    assert retriever.search(QUESTION) == before
    write(corpus, {"c.txt": NEW})
    build_index(corpus, folder, embedder=HashingEmbedder())
    assert retriever.search("档案馆扫描了什么？")[0].passage.doc_id == "c.txt"


@pytest.mark.usefixtures("always_looking")
def test_searches_in_many_threads_during_many_builds_find_one_index_or_another(corpus: Path, folder: Path) -> None:
    retriever = Retriever.open(folder, embedder=HashingEmbedder())
    texts = [COUNTY.replace("三百个", f"{number}百个") for number in "四五六七"]
    valid = {f"全县去年接入了{number}百个服务事项，群众办事更快了。" for number in "三四五六七"}
    found: list[set[str]] = []
    errors: list[Exception] = []
    over = threading.Event()

    def search() -> None:
        while not over.is_set():
            try:
                hits = retriever.search(QUESTION, 9)
                found.append({s.text for hit in hits for s in hit.passage.sentences if "服务事项" in s.text})
            except Exception as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for text in texts:
        write(corpus, {"a.txt": text})
        build_index(corpus, folder, embedder=HashingEmbedder())
    over.set()
    for thread in threads:
        thread.join()
    assert errors == [] and found and all(len(seen) == 1 and seen <= valid for seen in found)
    assert "七百个" in retriever.search(QUESTION)[0].passage.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_vector_index_can_be_forced_and_changed_without_embedding_anything(
    tmp_path: Path, corpus: Path, folder: Path, kind: str
) -> None:
    flat = answers(folder)
    report = build_index(corpus, folder, embedder=HashingEmbedder(), vector_index=kind)
    assert (report.vector_index, report.embedded, report.up_to_date) == (kind, 0, kind == "flat")
    assert Index.open(folder).manifest["vector_index"] == kind and answers(folder) == flat
    assert build_index(corpus, folder, embedder=HashingEmbedder(), vector_index=kind).up_to_date
    write(corpus, {"c.txt": NEW, "a.txt": COUNTY.replace("三百个", "五百个")})
    (corpus / "子" / "b.md").unlink()
    assert build_index(corpus, folder, embedder=HashingEmbedder(), vector_index=kind).embedded == 2
    build_index(corpus, tmp_path / "full", embedder=HashingEmbedder(), vector_index=kind)
    assert content(folder) == content(tmp_path / "full") and answers(folder) == answers(tmp_path / "full")


def test_an_unknown_kind_of_vector_index_is_an_error_before_anything_is_made(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(ConfigError, match=r"'pq'.*flat, hnsw, ivf"):
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(), vector_index="pq")
    assert not (tmp_path / "index").exists()


def test_what_is_embedded_in_many_parts_is_what_is_embedded_at_once(
    tmp_path: Path, corpus: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dgqa.index.engines.lots._CHUNK", 2)
    monkeypatch.setattr("dgqa.index.writers._LIMIT", 3)
    write(corpus, {"c.txt": NEW, "d.txt": NEW, "子/e.md": CITY})
    build_index(corpus, folder, embedder=HashingEmbedder())
    build_index(corpus, tmp_path / "parts", embedder=HashingEmbedder(), rebuild=True)
    monkeypatch.undo()
    build_index(corpus, tmp_path / "whole", embedder=HashingEmbedder())
    assert content(folder) == content(tmp_path / "parts") == content(tmp_path / "whole")


def test_an_index_of_an_older_format_is_built_anew_with_a_note(corpus: Path, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    rewrite_manifest(folder, lambda manifest: manifest.update(format=2))
    before = generation(folder)
    report = build_index(corpus, folder, embedder=HashingEmbedder())
    assert report.embedded == 7 and "format 2" in caplog.text and "from scratch" in caplog.text
    assert answers(folder) and not before.exists()


# Builds that fail


@pytest.mark.parametrize(
    ("error", "raised"),
    [(OSError(28, "No space left on device"), ConfigError), (ModelError("no model"), ModelError), (KeyboardInterrupt(), KeyboardInterrupt)],
    ids=["disk full", "model", "interrupted"],
)
def test_a_build_that_fails_leaves_the_old_index_and_nothing_else(
    corpus: Path, folder: Path, error: BaseException, raised: type[BaseException]
) -> None:
    before, files = answers(folder), sorted(folder.iterdir())
    write(corpus, {"c.txt": NEW})
    with pytest.raises(raised, match="the disk is full" if raised is ConfigError else None):
        build_index(corpus, folder, embedder=FailingEmbedder(error))
    assert answers(folder) == before and sorted(folder.iterdir()) == files
    assert build_index(corpus, folder, embedder=HashingEmbedder()).added == 1


def test_a_file_in_place_of_the_folder_is_a_typed_error(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "index").write_text("taken")
    with pytest.raises(ConfigError, match="index"):
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    with pytest.raises((IndexMismatchError, IndexNotFoundError), match="index"):
        Index.open(tmp_path / "index")


def test_a_folder_in_place_of_the_manifest_is_a_typed_error(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "index" / "manifest.json" / "taken").mkdir(parents=True)
    with pytest.raises(ConfigError, match="could not be written"):
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())


def test_a_corpus_without_articles_is_an_error_that_names_it_and_leaves_the_old_index(tmp_path: Path, folder: Path) -> None:
    before = answers(folder)
    (tmp_path / "empty").mkdir()
    for _ in range(2):
        with pytest.raises(CorpusError, match="empty"):
            build_index(tmp_path / "empty", folder, embedder=HashingEmbedder())
        write(tmp_path / "empty", {"a.txt": " \n", "b.txt": "——！", "c.xyz": "一句话。"})
    assert answers(folder) == before


def test_the_reasons_are_given_when_no_file_of_a_corpus_can_be_read(tmp_path: Path) -> None:
    write(tmp_path / "corpus", {"a.txt": " \n", "c.xyz": "一句话。"})
    with pytest.raises(CorpusError, match=r"(?s)a\.txt is empty.*|c\.xyz"):
        build_index(tmp_path / "corpus", tmp_path / "index", embedder=HashingEmbedder())


def test_a_missing_corpus_is_an_error_before_any_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere"):
        build_index(tmp_path / "nowhere", tmp_path / "index", embedder=HashingEmbedder())
    assert not (tmp_path / "index").exists()


def test_a_strict_build_refuses_a_corpus_with_an_unusable_file(tmp_path: Path, corpus: Path) -> None:
    write(corpus, {"leer.txt": " "})
    with pytest.raises(CorpusError, match=r"leer\.txt"):
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(), strict=True)


def test_what_earlier_builds_left_is_swept_and_a_users_own_files_are_not(corpus: Path, folder: Path) -> None:
    leftovers = [".build-g-0123456789ab", "g-0123456789ab"]
    for name in leftovers:
        (folder / name / "deep").mkdir(parents=True)
    (folder / ".manifest.json-g-0123456789ab").write_text("{")
    own = ["g-notes", ".build-cache", "photos"]
    for name in own:
        (folder / name).mkdir()
    assert build_index(corpus, folder, embedder=HashingEmbedder()).up_to_date
    assert {path.name for path in folder.iterdir()} == {"manifest.json", ".lock", generation(folder).name, *own}


# Killed builds. Each child dies by kill -9 at one exact moment, which it sees from outside: in the embedder, in the
# progress callback, or in Python's audit events before a file is renamed or a folder removed.

KILLED = """
import os, pathlib, shutil, signal, sys
from fakes import HashingEmbedder
import dgqa.corpus.files, dgqa.corpus.passages
from dgqa.index.build import build_index
from dgqa.language.text import search_tokens, simplify
corpus, home = sys.argv[1], pathlib.Path(sys.argv[2])
search_tokens("预热"), simplify("預熱")

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def build(folder, moment):
    seen = {}
    def step(*event):
        name = " ".join(map(str, event))
        seen[name] = seen.get(name, 0) + 1
        if f"{name} {seen[name]}" == moment:
            die()
    class Embedder(HashingEmbedder):
        def embed_passages(self, texts, *, progress=None):
            step("embedder")
            return super().embed_passages(texts, progress=progress)
    sys.addaudithook(lambda event, values: step(event) if event in ("os.rename", "shutil.rmtree") else None)
    build_index(corpus, folder, embedder=Embedder(), progress=lambda stage, done, total: step(stage, done))

for moment in sys.argv[3:]:
    child = os.fork()
    if child == 0:
        try:
            build(home / moment, moment)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (moment, status)
"""
MOMENTS = {
    "read 0 1": "old",
    "read 3 1": "old",
    "embedder 1": "old",
    "embed 1 1": "old",
    "words 0 1": "old",
    "words 7 1": "old",
    "write 0 1": "old",
    "os.rename 1": "old",
    "os.rename 2": "old",
    "write 1 1": "new",
}


def builder(code: str, *arguments: str) -> "subprocess.Popen[str]":
    here = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parent / "src"), str(here)])}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_build_killed_at_any_moment_leaves_an_index_that_works(tmp_path: Path, corpus: Path, folder: Path) -> None:
    old = answers(folder)
    for moment in MOMENTS:
        shutil.copytree(folder, tmp_path / "killed" / moment)
    write(corpus, {"c.txt": NEW})
    with builder(KILLED, str(corpus), str(tmp_path / "killed"), *MOMENTS) as process:
        assert process.wait(60) == 0
    build_index(corpus, folder, embedder=HashingEmbedder())
    new = answers(folder)
    assert old != new
    for moment, which in MOMENTS.items():
        survivor = tmp_path / "killed" / moment
        assert answers(survivor) == (old if which == "old" else new), moment
        assert Index.open(survivor).damaged_files() == []
        build_index(corpus, survivor, embedder=HashingEmbedder())
        assert content(survivor) == content(folder), moment
        assert len(list(survivor.iterdir())) == 3, moment


HELD = """
import sys
from fakes import HashingEmbedder
from dgqa.index.build import build_index

class Embedder(HashingEmbedder):
    def embed_passages(self, texts, *, progress=None):
        print("embedding", flush=True)
        sys.stdin.read()

build_index(sys.argv[1], sys.argv[2], embedder=Embedder())
"""


def test_a_second_builder_is_turned_away_until_the_first_is_gone(corpus: Path, folder: Path) -> None:
    old = answers(folder)
    write(corpus, {"c.txt": NEW})
    with builder(HELD, str(corpus), str(folder)) as process:
        assert process.stdout is not None and process.stdout.readline() == "embedding\n"
        with pytest.raises(ConfigError, match="another build"):
            build_index(corpus, folder, embedder=HashingEmbedder())
        assert answers(folder) == old
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert build_index(corpus, folder, embedder=HashingEmbedder()).added == 1


def test_a_second_builder_that_waits_builds_when_the_first_is_gone(corpus: Path, folder: Path) -> None:
    write(corpus, {"c.txt": NEW})
    reports: list[IndexReport] = []
    with builder(HELD, str(corpus), str(folder)) as process:
        assert process.stdout is not None and process.stdout.readline() == "embedding\n"
        waiting = threading.Thread(target=lambda: reports.append(build_index(corpus, folder, embedder=HashingEmbedder(), wait=True)))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive() and reports == []
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        waiting.join(30)
    assert [report.added for report in reports] == [1]


FULL = """
import resource, signal, sys
from fakes import HashingEmbedder
from dgqa.errors import ConfigError
from dgqa.index.build import build_index
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in map(int, sys.argv[4:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        build_index(sys.argv[1], sys.argv[2], embedder=HashingEmbedder(), vector_index=sys.argv[3])
    except ConfigError as error:
        print(error)
    else:
        print("built within", limit)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_cannot_grow_any_further_is_a_typed_error_and_leaves_the_old_index(corpus: Path, folder: Path, kind: str) -> None:
    build_index(corpus, folder, embedder=HashingEmbedder(), vector_index=kind)
    old, files = answers(folder), sorted(folder.iterdir())
    sizes = sorted({file.stat().st_size for file in generation(folder).iterdir()})
    write(corpus, {"c.txt": NEW})
    # Just below the size of each of its files, so that each is once the first that can't be written.
    limits = [str(max(size - 1, 1)) for size in sizes]
    with builder(FULL, str(corpus), str(folder), kind, *limits) as process:
        told = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 0 and len(told) == len(limits)
    assert all("could not be written" in line and "The old one is as it was" in line for line in told), told
    assert answers(folder) == old and sorted(folder.iterdir()) == files and Index.open(folder).damaged_files() == []
    assert build_index(corpus, folder, embedder=HashingEmbedder(), vector_index=kind).added == 1


def test_many_builds_at_once_give_one_good_index(tmp_path: Path, corpus: Path) -> None:
    done: list[IndexReport | ConfigError] = []

    def build() -> None:
        try:
            done.append(build_index(corpus, tmp_path / "index", embedder=HashingEmbedder()))
        except ConfigError as error:
            done.append(error)

    threads = [threading.Thread(target=build) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 6 and any(isinstance(report, IndexReport) and report.added == 2 for report in done)
    assert Index.open(tmp_path / "index").damaged_files() == []


# Damage

FILES = ["texts.sqlite", "vectors.faiss", "vectors.npy", "sentence_passage.npy", "reading_order.npy", "passage_starts.npy", "tokens.npy",
         "token_offsets.npy", "sentence_keys.npy", "posting_rows.npy", "posting_counts.npy", "passage_lengths.npy"]  # fmt: skip


def test_where_there_is_no_index_the_error_says_how_to_build_one(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(IndexNotFoundError, match=f"{folder}.*dgqa index"):
            Index.open(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_or_missing_is_named_with_the_remedy_and_a_build_repairs_it(corpus: Path, folder: Path, name: str) -> None:
    file = generation(folder) / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(IndexMismatchError, match=f"{name} has .* bytes instead of .*{REMEDY}"):
        Index.open(folder)
    file.unlink()
    with pytest.raises(IndexMismatchError, match=f"{name} is missing.*{REMEDY}"):
        Index.open(folder)
    assert build_index(corpus, folder, embedder=HashingEmbedder()).embedded == 7
    assert Index.open(folder).damaged_files() == []


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_is_found(folder: Path, name: str) -> None:
    file = generation(folder) / name
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    try:
        assert Index.open(folder).damaged_files() == [name]
    except IndexMismatchError as error:
        assert name in str(error) and REMEDY in str(error)


@pytest.mark.parametrize("name", FILES)
def test_damage_does_not_get_into_the_next_index(tmp_path: Path, corpus: Path, folder: Path, name: str) -> None:
    file = generation(folder) / name
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    write(corpus, {"c.txt": NEW})
    assert build_index(corpus, folder, embedder=HashingEmbedder()).embedded == 8
    build_index(corpus, tmp_path / "full", embedder=HashingEmbedder())
    assert content(folder) == content(tmp_path / "full")


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_right_size_with_other_bytes_is_a_typed_error_at_the_latest_when_searching(folder: Path, name: str) -> None:
    file = generation(folder) / name
    file.write_bytes(b"\xff" * file.stat().st_size)
    with pytest.raises(IndexMismatchError, match=REMEDY):
        Retriever.open(folder, embedder=HashingEmbedder()).search(QUESTION)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".npy")])
def test_any_damage_to_the_head_of_an_array_is_a_typed_error_or_changes_nothing(folder: Path, name: str) -> None:
    file, before = generation(folder) / name, answers(folder)
    data = file.read_bytes()
    for at in range(0, 100, 3):
        for flip in (1, 0x10):
            file.write_bytes(data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :])
            try:
                Index.open(folder).close()
            except IndexMismatchError as error:
                assert REMEDY in str(error)
            else:
                assert answers(folder) == before


def test_a_database_that_is_damaged_in_its_middle_is_a_typed_error(folder: Path) -> None:
    file = generation(folder) / "texts.sqlite"
    data = file.read_bytes()
    file.write_bytes(data[:100] + b"\xff" * (len(data) - 100))
    with pytest.raises(IndexMismatchError, match=REMEDY):
        Retriever.open(folder, embedder=HashingEmbedder()).search(QUESTION)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", f'{{"format": {FORMAT_VERSION}}}', f'{{"format": {FORMAT_VERSION}, "files": [], "generation": 3}}', "\x00\xff"])
def test_a_garbage_manifest_is_a_typed_error_and_a_build_starts_over(corpus: Path, folder: Path, text: str) -> None:
    (folder / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(IndexMismatchError, match=rf"manifest\.json.*{REMEDY}"):
        Index.open(folder)
    assert build_index(corpus, folder, embedder=HashingEmbedder()).added == 2
    assert answers(folder) and len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("version", [0, FORMAT_VERSION - 2, str(FORMAT_VERSION), None])
def test_another_format_version_is_told_with_both_values(corpus: Path, folder: Path, version: object) -> None:
    rewrite_manifest(folder, lambda manifest: manifest.update(format=version))
    with pytest.raises(IndexMismatchError, match=f"format {version}, this program reads {FORMAT_VERSION}: run `{REMEDY}`"):
        Index.open(folder)
    build_index(corpus, folder, embedder=HashingEmbedder())
    assert answers(folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda manifest: manifest.update(dim="256"), "dim"),
        (lambda manifest: manifest.update(parts=[5]), "parts.name"),
        (lambda manifest: manifest["parts"][0].pop("files"), "parts.files"),
        (lambda manifest: manifest["parts"][0]["counts"].update(sentences="12"), "counts.sentences"),
        (lambda manifest: manifest["counts"].pop("vectors"), "counts.vectors"),
    ],
)
def test_what_a_manifest_lacks_is_named(folder: Path, change: Callable[[dict[str, Any]], object], named: str) -> None:
    rewrite_manifest(folder, change)
    with pytest.raises(IndexMismatchError, match=rf"no usable .*{named}.*{REMEDY}"):
        Index.open(folder)


def test_a_dimension_that_the_vectors_do_not_have_is_told_with_both_values(folder: Path) -> None:
    rewrite_manifest(folder, lambda manifest: manifest.update(dim=384))
    with pytest.raises(IndexMismatchError, match=f"256.*384.*{REMEDY}"):
        Index.open(folder)


def test_another_embedder_is_turned_away_with_both_fingerprints(folder: Path) -> None:
    with pytest.raises(IndexMismatchError, match=r"hashing:256.*other:256"):
        Retriever.open(folder, embedder=HashingEmbedder(name="other"))


def test_loading_never_unpickles(folder: Path) -> None:
    file = generation(folder) / "sentence_passage.npy"
    objects: npt.NDArray[np.object_] = np.array([{"a": 1}], dtype=object)
    np.save(file, objects, allow_pickle=True)
    rewrite_manifest(folder, lambda manifest: manifest["parts"][0]["files"][file.name].update(bytes=file.stat().st_size))
    with pytest.raises(IndexMismatchError, match=REMEDY):
        Index.open(folder)


def test_a_closed_index_says_that_it_is_closed(folder: Path) -> None:
    index = Index.open(folder)
    index.close()
    index.close()
    with pytest.raises(IndexMismatchError, match="closed"):
        index.documents()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: free some room there"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "your share of the disk is used up"),
    ],
)
def test_a_build_that_the_system_refuses_says_what_to_free(corpus: Path, folder: Path, error: OSError, words: str) -> None:
    before = answers(folder)
    write(corpus, {"c.txt": NEW})
    with pytest.raises(ConfigError, match=f"{words}.*The old one is as it was"):
        build_index(corpus, folder, embedder=FailingEmbedder(error))
    assert answers(folder) == before


@pytest.mark.skipif(os.name != "posix", reason="needs flock")
def test_a_file_system_without_locks_is_named_as_the_reason(tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(ConfigError, match=r"has no locks to give .*: choose a folder on a local disk"):
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_fills_while_neighbours_are_written_is_an_error_of_the_system(tmp_path: Path, kind: Any) -> None:
    vectors = np.random.default_rng(3).normal(size=(400, 16)).astype(np.float32)
    store = FaissStore.build(vectors, kind)
    (tmp_path / "full").symlink_to("/dev/full")
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with pytest.raises(OSError, match="No space left"):
        store.save(tmp_path / "full")
