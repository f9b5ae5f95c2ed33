"""What every backend must answer, compared with the index in files of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from backends import CLUSTERED, CORPUS, ENGINES, OPENERS, local
from dgqa.errors import IndexNotFoundError
from dgqa.index.bm25 import inverse_frequency
from dgqa.index.engines.backend import Candidates, Query, Scope, SearchBackend
from dgqa.language.text import search_tokens
from dgqa.search.retriever import Retriever
from dgqa.types import Filter
from fakes import HashingEmbedder

QUESTIONS = ("东区平台接入了多少个服务事项？", "数据共享先定什么？", "旧档案怎样向公众开放查询？", "李明的文章怎么说安全？", "表1的第二行是什么？", "量子纠缠")
EMBEDDER = HashingEmbedder()


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchBackend]:
    with local(tmp_path_factory.mktemp("oracle")) as opened:
        yield opened


@pytest.fixture(scope="module", params=[pytest.param(name, marks=[pytest.mark.engine] if name in ENGINES else []) for name in OPENERS])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchBackend]:
    if request.param in CLUSTERED:
        request.getfixturevalue("cluster")
    with OPENERS[request.param](tmp_path_factory.mktemp(request.param)) as opened:
        yield opened


def query(question: str) -> Query:
    vectors, lates = EMBEDDER.embed_queries_with_tokens([question])
    return Query(vectors[0], lates[0], tuple(search_tokens(question)))


def weights(index: SearchBackend, *tokens: str) -> dict[str, float]:
    return {token: inverse_frequency(count, index.passage_count) for token, count in index.frequencies(tokens).items()}


def scopes(index: SearchBackend) -> dict[str, Scope]:
    under = frozenset(path for path in index.sections() if "服务" in path)
    return {
        "everywhere": Scope(),
        "in two documents": Scope(frozenset({1, 5})),
        "under headings": Scope(sections=under),
        "in a document under headings": Scope(frozenset({5}), under),
        "with favoured documents": Scope(favoured=frozenset({0, 7})),
        "with favoured documents among few": Scope(frozenset({1, 5}), favoured=frozenset({4, 5})),
        "nowhere": Scope(frozenset()),
    }


def found_in(index: SearchBackend, question: str, scope: Scope, dense: int, words: int) -> Candidates:
    asked, terms = query(question), ("档案", "图像", "没有的词")
    return index.candidates(asked, weights(index, *asked.tokens, *terms), scope, terms=terms, dense=dense, words=words)


SCOPES = ("everywhere", "in two documents", "under headings", "in a document under headings", "with favoured documents", "with favoured documents among few", "nowhere")


@pytest.mark.parametrize("scope", SCOPES)
def test_the_candidates_and_what_is_known_of_them_are_the_same_in_every_scope(oracle: SearchBackend, backend: SearchBackend, scope: str) -> None:
    for question in QUESTIONS:
        want, got = (found_in(index, question, scopes(index)[scope], 200, 100) for index in (oracle, backend))
        assert got.rows.tolist() == want.rows.tolist() and (np.diff(got.rows) > 0).all()
        for name in ("cosine", "words", "terms", "favoured"):
            np.testing.assert_array_equal(getattr(got, name), getattr(want, name), err_msg=f"{name}: {question}")
        assert backend.inside(got.rows, scopes(backend)[scope]).all()
        assert (len(want.rows) == 0) == (scope == "nowhere")


@pytest.mark.parametrize("scope", SCOPES)
def test_no_more_are_found_than_asked_for_and_those_with_the_best_scores(oracle: SearchBackend, backend: SearchBackend, scope: str) -> None:
    want, got = (found_in(index, QUESTIONS[0], scopes(index)[scope], 9, 4) for index in (oracle, backend))
    for name, limit in (("nearest", 9), ("worded", 4)):
        for mine, theirs in zip(getattr(got, name), getattr(want, name), strict=False):
            assert len(mine.rows) == len(theirs.rows) <= limit and (np.diff(mine.scores) <= 0).all()
            np.testing.assert_allclose(mine.scores, theirs.scores, atol=1e-3)  # an engine may know them less exactly
    everything = found_in(oracle, QUESTIONS[0], scopes(oracle)[scope], 200, 100)
    at = np.searchsorted(everything.rows, got.rows)
    np.testing.assert_array_equal(everything.rows[at], got.rows)
    np.testing.assert_array_equal(everything.cosine[at], got.cosine)


def test_what_a_scope_leaves_out_is_not_inside_it(oracle: SearchBackend, backend: SearchBackend) -> None:
    rows = np.arange(backend.passage_count)
    for name, scope in scopes(backend).items():
        assert backend.inside(rows, scope).tolist() == oracle.inside(rows, scopes(oracle)[name]).tolist()
    assert not backend.inside(rows, Scope(frozenset())).any()


def test_late_interaction_and_cosines_are_the_same_for_every_passage_and_sentence(oracle: SearchBackend, backend: SearchBackend) -> None:
    asked = [query(question) for question in QUESTIONS[:3]]
    for rows in (np.arange(backend.passage_count), np.asarray([7, 2, 11]), np.empty(0, np.int64)):
        got, want = (index.late(rows, [one.late for one in asked]) for index in (backend, oracle))
        np.testing.assert_array_equal(got.passages, want.passages)
        assert got.passages.shape == (3, len(rows)) and len(got.sentences) == len(rows)
        for mine, theirs in zip((*got.sentences, *backend.cosines(rows, asked[0].vector)), (*want.sentences, *oracle.cosines(rows, asked[0].vector)), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_what_is_said_about_an_article_has_no_cosine_and_no_late_interaction(backend: SearchBackend) -> None:
    facts = np.asarray(sorted(backend.facts_of(range(len(CORPUS))).values()))
    asked = query(QUESTIONS[0])
    assert len(facts) == len(CORPUS)
    late = backend.late(facts, [asked.late])
    assert np.isnan(late.passages).all() and all((of_passage == 0).all() for of_passage in late.sentences)
    assert all(np.isnan(cosines).all() and len(cosines) for cosines in backend.cosines(facts, asked.vector))


def test_tokens_are_counted_over_the_whole_corpus(oracle: SearchBackend, backend: SearchBackend) -> None:
    tokens = ["数据", "档案", "没有的词", "数据"]
    assert list(backend.frequencies(tokens).items()) == list(oracle.frequencies(tokens).items())
    assert backend.frequencies(tokens)["没有的词"] == 0 < backend.frequencies(tokens)["数据"]


def test_the_texts_are_read_by_the_same_names_and_rows(oracle: SearchBackend, backend: SearchBackend) -> None:
    rows = [0, 3, backend.passage_count - 1, backend.passage_count, -1]
    assert backend.passages(rows) == oracle.passages(rows) and len(backend.passages(rows)) == 3
    assert (backend.passage_count, backend.sentence_count) == (oracle.passage_count, oracle.sentence_count)
    for read in ("entries", "documents", "sources", "with_articles", "openings", "paths"):
        assert getattr(backend, read)() == getattr(oracle, read)(), read
    assert list(backend.sources()) == list(oracle.sources())
    assert sorted(backend.sections()) == sorted(oracle.sections())
    assert backend.titles(4) == oracle.titles(4) and len(backend.titles(4)) == 4
    every = range(backend.passage_count)
    assert backend.documents_of(every) == oracle.documents_of(every)
    for number, entry in enumerate(backend.entries()):
        path, name = entry.path, entry.doc_id
        assert (backend.raw(name), backend.headings(name)) == (oracle.raw(name), oracle.headings(name))
        body = backend.body(name, 3)
        assert body == oracle.body(name, 3) and body
        first = backend.passages(body)[body[0]]
        assert backend.passages_of_path(path) == oracle.passages_of_path(path)
        assert backend.body_of_section(name, first.section, 0, 10**6) == oracle.body_of_section(name, first.section, 0, 10**6)
        assert backend.with_tables(number) == oracle.with_tables(number)
        assert backend.from_row(number, body[0], 2) == oracle.from_row(number, body[0], 2)
        assert backend.page(name, first.start) == oracle.page(name, first.start)
    with pytest.raises(IndexNotFoundError, match="no document 'nowhere'"):
        backend.raw("nowhere")
    assert backend.headings("nowhere") == [] and backend.body("nowhere", 3) == []


@pytest.mark.parametrize("wanted", [None, Filter(documents=("甲/0.txt", "丙/2.txt")), Filter(authors=("王芳",)), Filter(sections=("共享",)), Filter(date_from="2020"), Filter(authors=("陈东",), sections=("平台",), date_to="2019")])
def test_a_search_finds_the_same_passages_with_equal_scores(oracle: SearchBackend, backend: SearchBackend, wanted: Filter | None) -> None:
    theirs, mine = (Retriever(index, EMBEDDER) for index in (oracle, backend))
    for before, question in zip(("", *QUESTIONS), QUESTIONS, strict=False):
        want, got = (retriever.retrieve(question, 10, previous=before, filter=wanted) for retriever in (theirs, mine))
        assert got.hits == want.hits
        assert (got.signals, got.unseen, got.placed, got.source) == (want.signals, want.unseen, want.placed, want.source)
