"""Searching a small index: order, spans, scripts, limits, threads and LangChain."""

import asyncio
import itertools
import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from dgqa.errors import AnswerError
from dgqa.index.bm25 import inverse_frequency
from dgqa.index.build import build_index
from dgqa.index.engines.local import LocalBackend
from dgqa.language.text import search_tokens
from dgqa.search.limits import MAX_QUESTION
from dgqa.search.ranking import LATE_WEIGHT, LEXICAL_WEIGHT
from dgqa.search.retriever import Retriever
from dgqa.types import Filter, Hit
from fakes import Floats, HashingEmbedder

FILES = {
    "county.txt": """县域数字化观察
来源：示范网 更新时间：2024-03-02
作者：李明

一、总体情况
全县去年接入了三百个服务事项，群众办事更快了。数据共享平台连接了二十个部门的系统^[1]。

二、乡镇
乡镇窗口的覆盖率达到88.5%，比上一年提高了两个百分点。
""",
    "city.txt": """城市大脑记
作者：王芳

一、起步
城市大脑首先用来疏导早晚高峰的车流，信号灯随之自动调整。The traffic lights adjust themselves during rush hours.

二、医疗
医院之间互认检查结果，病人不必重复拍片。
""",
    "archive.txt": """檔案新篇
作者：陳東

一、掃描
檔案館把一百年的紙質檔案掃描成了圖像，並向公眾開放查詢。掃描工作持續了三年時間。

二、開放
公眾可以在網上查詢檔案目錄，也可以預約到館閱覽原件。
""",
}


class AlikeTokens(HashingEmbedder):
    """Any two tokens are alike, as those of a real model nearly are."""

    def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Floats]:
        return [np.full((1, self.dim), self.dim**-0.5, np.float32) for _ in texts]


def built(home: Path, embedder: HashingEmbedder) -> Retriever:
    for name, text in FILES.items():
        (home / "corpus").mkdir(exist_ok=True)
        (home / "corpus" / name).write_text(text, encoding="utf-8")
    # Enough other passages that not all are among those looked at closely.
    other = (f"{chr(0x4E00 + 7 * i)}区记录\n\n{i}号仓库在春天运出了{i * 3}箱苹果，司机们按时到达了车站。\n" for i in range(100, 160))
    (home / "corpus" / "depot.txt").write_text("仓库日志\n\n" + "\n".join(other), encoding="utf-8")
    build_index(home / "corpus", home / "index", embedder=embedder)
    return Retriever.open(home / "index", embedder=embedder)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    return built(tmp_path_factory.mktemp("retrieval"), HashingEmbedder())


def outline(hits: list[Hit]) -> list[tuple[int, float, int, list[tuple[str, float]]]]:
    return [(hit.rank, hit.score, hit.passage.row, [(s.text, s.score) for s in hit.sentences]) for hit in hits]


@pytest.mark.parametrize(
    ("question", "path", "words"),
    [
        ("全县接入了多少个服务事项？", "county.txt", "三百个服务事项"),
        ("乡镇窗口的覆盖率是多少？", "county.txt", "88.5%"),
        ("信号灯怎样疏导车流？", "city.txt", "信号灯"),
        ("档案馆扫描了多少年的纸质档案？", "archive.txt", "一百年"),
        ("How do traffic lights adjust during rush hours?", "city.txt", "traffic lights"),
    ],
)
def test_the_passage_that_answers_comes_first_and_in_it_the_sentence(retriever: Retriever, question: str, path: str, words: str) -> None:
    first = retriever.search(question)[0]
    assert first.passage.path == path and words in first.passage.text and words in first.sentences[0].text


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [("群众办事接入了多少服务事项？", "群眾辦事接入了多少服務事項？"), ("档案馆开放查询吗？", "檔案館開放查詢嗎？")],
)
def test_a_question_finds_the_same_in_simplified_and_traditional_characters(retriever: Retriever, simplified: str, traditional: str) -> None:
    assert outline(retriever.search(simplified, 10)) == outline(retriever.search(traditional, 10))


def test_a_question_can_be_had_as_it_was_searched_for(retriever: Retriever) -> None:
    query = retriever.query("覆盖率是多少？")
    assert query.tokens and query.vector.shape == (retriever.embedder.dim,)
    assert retriever._queries == {}  # nothing is kept of what was asked once


@pytest.mark.parametrize("question", ["群众办事", "苹果", "覆盖率88.5%", "rush hours", "完全无关的量子纠缠"])
def test_ranks_count_from_one_and_scores_descend(retriever: Retriever, question: str) -> None:
    hits = retriever.search(question, 60)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(a.score >= b.score for a, b in itertools.pairwise(hits))
    assert len({hit.passage.row for hit in hits}) == len(hits)


def test_the_sentences_of_a_hit_are_all_of_its_passage_best_first_with_raw_spans(retriever: Retriever) -> None:
    for hit in retriever.search("数据共享平台连接了多少部门？", 10):
        assert all(a.score >= b.score for a, b in itertools.pairwise(hit.sentences))
        assert sorted(s.start for s in hit.sentences) == sorted(s.start for s in hit.passage.sentences)
        raw = retriever.index.raw(hit.passage.doc_id)
        for sentence in hit.sentences:
            assert sentence.spans[0][0] == sentence.start and sentence.spans[-1][1] == sentence.end
            assert raw[sentence.start : sentence.end].replace("^[1]", "") == sentence.text.removeprefix("标题：").removeprefix("標題：")


def test_the_citation_mark_inside_a_sentence_stays_in_its_raw_span(retriever: Retriever) -> None:
    best = retriever.search("数据共享平台连接了多少部门？")[0].sentences[0]
    assert best.text == "数据共享平台连接了二十个部门的系统。"
    assert FILES["county.txt"][best.start : best.end] == "数据共享平台连接了二十个部门的系统^[1]。"


def test_a_hit_names_its_article_and_section(retriever: Retriever) -> None:
    passage = retriever.search("乡镇窗口的覆盖率是多少？")[0].passage
    assert (passage.doc_id, passage.title, passage.author, passage.date, passage.section, passage.kind) == (
        "county.txt", "县域数字化观察", "李明", "2024-03-02", "二、乡镇", "body",
    )  # fmt: skip


@pytest.mark.parametrize("k", [1, 3, 7])
def test_as_many_hits_come_back_as_asked_for_and_the_first_are_the_same(retriever: Retriever, k: int) -> None:
    assert outline(retriever.search("群众办事", k)) == outline(retriever.search("群众办事", 10))[:k]


def test_a_k_beyond_the_size_of_the_index_gives_each_passage_once(retriever: Retriever) -> None:
    hits = retriever.search("群众办事", 1_000_000)
    assert 0 < len(hits) <= retriever.index.passage_count


@pytest.mark.parametrize("k", [0, -1])
def test_a_k_below_one_is_an_error(retriever: Retriever, k: int) -> None:
    with pytest.raises(AnswerError, match=f"k is {k}"):
        retriever.search("群众办事", k)


@pytest.mark.parametrize(
    ("question", "words"),
    [("", "empty"), (" \n\u3000", "empty"), ("？！……", "no words"), ("《》", "no words"), ("问" * (MAX_QUESTION + 1), "2,001 characters")],
)
def test_a_question_that_cannot_be_asked_is_a_typed_error(retriever: Retriever, question: str, words: str) -> None:
    with pytest.raises(AnswerError, match=words):
        retriever.search(question)


def test_the_longest_question_and_odd_characters_are_searched(retriever: Retriever) -> None:
    assert retriever.search("问" * MAX_QUESTION) and retriever.search("群众\x00办事\ud83d", 1)[0].passage.path == "county.txt"
    assert retriever.retrieve("群众办事", previous="半个\ud83d字").hits


@pytest.mark.parametrize(("question", "author"), [("县域数字化观察的作者是谁？", "李明"), ("檔案新篇的作者是誰？", "陳東"), ("作者王芳写的是哪一篇", "王芳")])
def test_a_question_for_an_author_finds_what_is_said_about_the_article(tmp_path: Path, question: str, author: str) -> None:
    meta = [hit.passage for hit in built(tmp_path, AlikeTokens()).search(question, 5) if hit.passage.kind == "meta"]
    assert any(author in passage.text for passage in meta)


def test_a_question_that_no_passage_shares_a_word_with_still_gets_the_nearest(retriever: Retriever) -> None:
    found = retriever.retrieve("xylophone zebra")
    assert len(found.hits) == 5 and found.signals.coverage == 0 and set(found.unseen) == {"xylophone", "zebra"}


def test_the_signals_tell_a_question_in_the_articles_words_from_a_foreign_one(retriever: Retriever) -> None:
    near, far = retriever.retrieve("医院之间互认检查结果").signals, retriever.retrieve("量子纠缠实验用了哪些设备").signals
    assert near.coverage > 0.4 and far.coverage < 0.2
    assert near.cosine > far.cosine and near.late > far.late


def test_the_tokens_of_a_question_that_no_passage_has_are_told(retriever: Retriever) -> None:
    found = retriever.retrieve("档案馆的量子")
    assert "量子" in found.unseen and "档案馆" not in found.unseen
    assert set(found.unseen) <= set(found.tokens) and set(found.timings) == {"embed", "search", "read"}


def test_the_previous_question_lifts_what_it_asked_about(retriever: Retriever) -> None:
    alone = retriever.retrieve("苹果呢？", 60)
    follows = retriever.retrieve("苹果呢？", 60, previous="档案馆扫描纸质档案")
    ranks = [{hit.passage.section: hit.rank for hit in found.hits} for found in (alone, follows)]
    assert ranks[1]["一、掃描"] < ranks[0].get("一、掃描", 1_000)
    assert [hit.rank for hit in follows.hits] == list(range(1, 61))
    assert all(a.score >= b.score for a, b in itertools.pairwise(follows.hits))


@pytest.mark.parametrize("previous", ["", "  \n"])
def test_an_empty_previous_question_changes_nothing(retriever: Retriever, previous: str) -> None:
    assert retriever.retrieve("持续了多久？", previous=previous).hits == retriever.retrieve("持续了多久？").hits


def test_the_mean_of_both_questions_is_the_score_of_a_follow_up(retriever: Retriever) -> None:
    asked, before = "扫描了多久", "档案馆的纸质档案"
    alone, both = ({hit.passage.row: hit.score for hit in retriever.search(text, 1_000)} for text in (asked, f"{before} {asked}"))
    first = retriever.retrieve(asked, previous=before).hits[0]
    assert first.score == pytest.approx((alone[first.passage.row] + both[first.passage.row]) / 2, rel=1e-5)


def test_the_score_of_a_passage_is_the_sum_of_its_three_parts(retriever: Retriever) -> None:
    question, embedder, index = "医院之间互认检查结果吗", HashingEmbedder(), retriever.index
    found = retriever.retrieve(question)
    assert isinstance(index, LocalBackend)
    rows = index.members(found.hits[0].passage.row).tolist()
    cosine = float((index.vectors.vectors([row for row in rows if row < len(index.vectors)]) @ embedder.embed_queries([question])[0]).max())
    bm25 = index.lexical.scores(found.tokens)
    tokens = np.concatenate([index.token_vectors(row) for row in rows]).astype(np.float32) / 127
    late = float((embedder.token_vectors([question], query=True)[0] @ tokens.T).max(axis=1).mean())
    coverage = float(bm25.of(np.asarray([found.hits[0].passage.row]))[0]) / bm25.total
    assert found.hits[0].score == pytest.approx(cosine + LEXICAL_WEIGHT * coverage + LATE_WEIGHT * late, abs=1e-4)
    assert tuple(found.signals) == pytest.approx((cosine, coverage, late), abs=1e-4)


def test_the_score_of_a_sentence_is_the_sum_of_the_same_three_parts(retriever: Retriever) -> None:
    question, embedder, index = "医院之间互认检查结果吗", HashingEmbedder(), retriever.index
    found = retriever.retrieve(question)
    assert isinstance(index, LocalBackend)
    frequencies = index.frequencies(found.tokens)
    idfs = {token: inverse_frequency(count, index.passage_count) for token, count in frequencies.items()}
    embedded = embedder.embed_queries([question])[0]
    best = found.hits[0]
    for row, sentence in zip(index.members(best.passage.row).tolist(), sorted(best.sentences, key=lambda sentence: sentence.start), strict=True):
        cosine = float(index.vectors.vectors([row])[0] @ embedded)
        late = float((embedder.token_vectors([question], query=True)[0] @ (index.token_vectors(row).astype(np.float32) / 127).T).max(axis=1).mean())
        covered = sum(idf for token, idf in idfs.items() if token in search_tokens(sentence.text)) / sum(idfs.values())
        assert sentence.score == pytest.approx(cosine + LEXICAL_WEIGHT * covered + LATE_WEIGHT * late, abs=1e-3)


QUESTIONS = ["群众办事", "信号灯", "檔案館", "覆盖率", "苹果运出多少箱", "互认检查", "rush hours", "作者王芳", "县域", "车站", "司机", "窗口", "目录", "预约", "平台", "医院", "三年", "扫描", "春天", "仓库"]


def test_eight_threads_find_what_one_finds(retriever: Retriever) -> None:
    alone = {question: outline(retriever.search(question)) for question in QUESTIONS}
    found: list[bool] = []

    def search(first: int) -> None:
        for question in QUESTIONS[first:] + QUESTIONS[:first]:
            found.append(outline(retriever.search(question)) == alone[question])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=search, args=(2 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(before)
    assert len(found) == 160 and all(found)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files through /proc")
def test_threads_that_come_and_go_leave_no_files_open(retriever: Retriever) -> None:
    retriever.search("群众办事")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        thread = threading.Thread(target=retriever.search, args=("群众办事",))
        thread.start()
        thread.join()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_langchain_gets_the_passages_with_metadata_that_json_can_hold(retriever: Retriever) -> None:
    documents = retriever.as_langchain(k=3).invoke("全县接入了多少个服务事项？")
    hits = retriever.search("全县接入了多少个服务事项？", 3)
    assert [document.page_content for document in documents] == [hit.passage.text for hit in hits]
    first = json.loads(json.dumps(documents[0].metadata))
    assert first == documents[0].metadata
    assert (first["doc_id"], first["author"], first["section"], first["rank"]) == ("county.txt", "李明", "一、总体情况", 1)
    raw = retriever.index.raw(first["doc_id"])
    assert raw[first["sentences"][0]["start"] : first["sentences"][0]["end"]] == first["sentences"][0]["text"]
    assert (first["start"], first["end"], first["score"]) == (hits[0].passage.start, hits[0].passage.end, hits[0].score)


def test_langchain_searches_in_batches_and_asynchronously_too(retriever: Retriever) -> None:
    chain = retriever.as_langchain(k=2)
    want = [chain.invoke(question) for question in QUESTIONS[:4]]
    assert chain.batch(QUESTIONS[:4]) == want
    assert asyncio.run(chain.ainvoke(QUESTIONS[0])) == want[0]


def test_langchain_takes_the_number_of_passages_and_the_limits_of_one_call(retriever: Retriever) -> None:
    chain = retriever.as_langchain(k=3)
    assert len(chain.invoke(QUESTIONS[0], k=1)) == len(asyncio.run(chain.ainvoke(QUESTIONS[0], k=1))) == 1
    limited = chain.invoke(QUESTIONS[0], filter=Filter(documents=("county.txt",)))
    assert limited and {document.metadata["path"] for document in limited} == {"county.txt"}
    assert len(chain.invoke(QUESTIONS[0])) == 3


def test_langchain_passes_on_the_errors_of_a_search(retriever: Retriever) -> None:
    with pytest.raises(AnswerError):
        retriever.as_langchain().invoke(" ")


def test_an_index_of_one_sentence_is_searched(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("档案馆开放了。", encoding="utf-8")
    build_index(tmp_path / "a.txt", tmp_path / "index", embedder=HashingEmbedder())
    retriever = Retriever.open(tmp_path / "index", embedder=HashingEmbedder())
    assert "档案馆开放了。" in [hit.passage.text for hit in retriever.search("档案", 9)]
