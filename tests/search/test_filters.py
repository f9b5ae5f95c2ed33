"""Searching within documents, authors, headings and dates, and the sources that a question names itself."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dgqa.errors import AnswerError
from dgqa.index.build import build_index
from dgqa.index.engines.backend import Floats, Rows
from dgqa.index.faiss_store import KINDS, FaissStore, search_allowed
from dgqa.index.queries import Entry
from dgqa.language.reading import Text
from dgqa.language.text import fold
from dgqa.search.filters import allowed_documents
from dgqa.search.metadata import asks_about_article
from dgqa.search.retriever import Retriever
from dgqa.search.sources import Sources
from dgqa.types import Filter
from fakes import HashingEmbedder

FILES = {
    "county.txt": ("县域数字化观察报告", "作者：李明\n来源：示范网 更新时间：2024-03-02", "一、总体情况\n\n全县去年接入了三百个服务事项，群众办事更快了。\n\n二、平台\n\n数据共享平台连接了二十个部门的系统。"),
    "old/city.txt": ("城市大脑建设纪实", "作者：王芳\n发布时间：2021-06-11", "一、起步\n\n城市大脑首先用来疏导早晚高峰的车流，群众办事更快了。\n\n二、平台\n\n李明在别的文章里谈到过数据共享平台。"),
    "archive.txt": ("檔案數字化新篇章", "作者：陳東", "一、掃描\n\n檔案館把一百年的紙質檔案掃描成了圖像，群眾辦事更快了。"),
}  # fmt: skip


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    home = tmp_path_factory.mktemp("filters")
    for name, parts in FILES.items():
        (home / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "corpus" / name).write_text("\n\n".join(parts), encoding="utf-8")
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder())
    return Retriever.open(home / "index", embedder=HashingEmbedder())


def paths(retriever: Retriever, filter: Filter | None) -> set[str]:
    return {hit.passage.path for hit in retriever.search("群众办事更快了吗", 50, filter=filter)}


def test_no_filter_and_an_empty_one_search_everything(retriever: Retriever) -> None:
    assert paths(retriever, None) == paths(retriever, Filter()) == set(FILES)
    assert not Filter() and Filter(date_to="2020")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(documents=("county.txt",)), {"county.txt"}),
        (Filter(documents=("city",)), {"old/city.txt"}),
        (Filter(documents=("old/",)), {"old/city.txt"}),
        (Filter(documents=("old/", "county.txt")), {"old/city.txt", "county.txt"}),
        (Filter(documents=("城市大腦建設紀實", "county.txt")), {"old/city.txt", "county.txt"}),
        (Filter(documents=("档案数字化",)), {"archive.txt"}),
        (Filter(authors=("陈东",)), {"archive.txt"}),
        (Filter(authors=("李",)), {"county.txt"}),
        (Filter(authors=("李明",), documents=("city",)), set()),
        (Filter(date_from="2021", date_to="2021-06"), {"old/city.txt"}),
        (Filter(date_from="2021-06-11"), {"old/city.txt", "county.txt"}),
        (Filter(date_to="2021-06-10"), set()),
        (Filter(date_from="2024-03-02", date_to="2024-03-02"), {"county.txt"}),
    ],
)  # fmt: skip
def test_a_filter_leaves_only_what_it_allows(retriever: Retriever, wanted: Filter, found: set[str]) -> None:
    assert paths(retriever, wanted) == found


def test_a_section_is_named_by_a_part_of_its_heading_in_either_script(retriever: Retriever) -> None:
    hits = retriever.search("群众办事", 50, filter=Filter(sections=("平臺",)))
    assert {(hit.passage.path, hit.passage.section) for hit in hits} == {("county.txt", "二、平台"), ("old/city.txt", "二、平台")}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Filter(documents=("contry.txt",)), "no document 'contry.txt': the nearest are 'county.txt'"),
        (Filter(authors=("李名",)), "no author '李名': the nearest are '李明'"),
        (Filter(sections=("平安",)), "no section '平安'"),
        (Filter(documents=("？",)), "no document '？'"),
        (Filter(date_from="May 2021"), "the date 'from' is 'May 2021': give a year"),
        (Filter(date_to="2021-13"), "2021-13"),
        (Filter(date_from="2021-02-31"), "'2021-02-31', which is no day of the calendar"),
        (Filter(date_from="2022", date_to="2021"), "from 2022 to 2021"),
    ],
)
def test_a_filter_for_what_is_not_there_says_what_is(retriever: Retriever, wanted: Filter, message: str) -> None:
    with pytest.raises(AnswerError, match=message.replace("?", r"\?")):
        retriever.search("群众办事", filter=wanted)


def test_a_date_of_a_year_alone_is_allowed_by_any_day_of_it() -> None:
    document = Entry(0, "a", "a.txt", "", "", "2023", "")
    assert allowed_documents([document], Filter(date_from="2023-12-31")) == [document]
    assert allowed_documents([document], Filter(date_from="2024")) == []


def test_langchain_and_asynchronous_searches_take_the_filter(retriever: Retriever) -> None:
    wanted = Filter(authors=("王芳",))
    hits = retriever.search("群众办事", filter=wanted)
    assert asyncio.run(retriever.asearch("群众办事", filter=wanted)) == hits
    chain = retriever.as_langchain(5, wanted)
    documents = chain.invoke("群众办事")
    assert [document.metadata["path"] for document in documents] == [hit.passage.path for hit in hits] == ["old/city.txt"] * len(hits)
    assert asyncio.run(chain.ainvoke("群众办事")) == documents


def drawn(allowed: int) -> tuple[Floats, Rows, Floats, Rows]:
    """Return vectors, so many rows that are allowed, a query, and those of them that are nearest to it."""
    random = np.random.default_rng(7)
    vectors = random.standard_normal((40_000, 8)).astype(np.float32)
    rows = np.sort(random.choice(40_000, allowed, replace=False))
    query = random.standard_normal(8).astype(np.float32)
    return vectors, rows, query, rows[np.argsort(-(vectors[rows] @ query), kind="stable")[:20]]


@pytest.mark.parametrize("allowed", [30, 25_000, 39_000])
def test_the_nearest_allowed_vectors_are_those_of_an_exact_search(allowed: int) -> None:
    vectors, rows, query, exact = drawn(allowed)
    found, scores = search_allowed(FaissStore.build(vectors), query, 20, rows)
    assert np.allclose(vectors[found] @ query, vectors[exact] @ query, atol=1e-5) and set(found) <= set(rows)
    assert np.allclose(scores, vectors[found] @ query, atol=1e-2)  # those of float16


@pytest.mark.parametrize("allowed", [30, 25_000, 39_000])
def test_a_store_that_does_not_compare_all_finds_nearly_all_of_the_nearest_allowed_vectors(allowed: int) -> None:
    vectors, rows, query, exact = drawn(allowed)
    found, _ = search_allowed(FaissStore.build(vectors, "ivf"), query, 20, rows)
    assert len(set(found) & set(exact)) >= 17 and set(found) <= set(rows)


class Counting(FaissStore):
    """Counts what it is asked for."""

    def search(self, query: Any, k: int, among: Any = None) -> Any:
        self.searches = getattr(self, "searches", 0) + 1
        return super().search(query, k, among)

    def vectors(self, rows: Any) -> Any:
        raise AssertionError("vectors are read one by one")


@pytest.mark.parametrize("allowed", [30, 15_000, 25_000])
def test_a_filter_costs_no_more_than_one_search_where_all_vectors_are_compared(allowed: int) -> None:
    store = Counting.build(np.random.default_rng(7).standard_normal((40_000, 8)).astype(np.float32))
    assert isinstance(store, Counting)
    found, _ = search_allowed(store, np.ones(8, np.float32), 20, np.arange(allowed))
    assert len(found) == 20 and found.max() < allowed and store.searches == 1


def test_allowed_vectors_that_are_far_from_the_query_are_found_too() -> None:
    near, far = np.ones((20_000, 2), np.float32), np.full((30_000, 2), -1, np.float32)
    for kind in KINDS:
        store = FaissStore.build(np.concatenate([near, far]), kind)
        found = search_allowed(store, np.ones(2, np.float32), 5, np.arange(20_000, 50_000))[0]
        assert len(found) == 5 and set(found) <= set(range(20_000, 50_000))


# --- sources that a question names ---------------------------------------------------------------------------

ENTRIES = (
    Entry(0, "a", "a.txt", "从演变到发展，数字政府正加速建设！", "张克", "2021-06-11", ""),
    Entry(1, "b", "b.txt", "數字政府建設的現實機遇：方法與案例", "周道許、徐策", "2024-04-15", "電子政務網"),
    Entry(2, "c", "c.txt", "中国数字政府建设热点：从理论到实践", "", "2023", "改革杂志，《数字政府热点观察》"),
)


@pytest.mark.parametrize(
    ("question", "numbers", "firm"),
    [
        ("张克的文章怎么定义数字政府？", {0}, True),
        ("張克那篇文章是哪天發的？", {0}, True),
        ("《從演變到發展，數字政府正加速建設！》一文中提到哪些城市？", {0}, True),
        ("周道许等人的论文列了几项任务？", {1}, True),
        ("电子政务网上的那篇文章说了什么？", {1}, True),
        ("改革杂志那篇综述怎么说？", {2}, True),
        ("According to the 2024 article, what is a data element?", {1}, True),
        ("2024年那篇文章有哪些建议？", {1}, True),
        ("What does the article by Zhou Daoxu propose?", {1}, True),
        ("In Ke Zhang's paper, what is a city brain?", {0}, True),
        ("How do Zhou Dao-xu and Xu Ce define it?", {1}, False),
        ("张克认为数字政府的核心是什么？", {0}, False),
        ("依据徐策的看法，风险在哪？", {1}, False),
        # A mention is no source.
        ("徐策是哪家研究所的？", set(), False),
        ("哪些文章引用了张克的观点？", set(), False),
        ("除了张克的文章，还有哪些文章谈到电子政务？", set(), False),
        ("电子政务网站有多少个？", set(), False),
        ("中国数字政府建设面临哪些问题？", set(), False),
        ("2024年接入了多少事项？", set(), False),
        ("Which kitchen generation came first?", set(), False),
        ("李四的文章说了什么？", set(), False),
    ],
)
def test_a_question_names_its_source_where_it_says_whose_article_is_meant(question: str, numbers: set[int], firm: bool) -> None:
    named = Sources(ENTRIES).named(Text(question))
    assert set(named.numbers) == numbers and named.firm == firm


def test_two_articles_named_are_both_looked_in_and_neither_is_firm() -> None:
    named = Sources(ENTRIES).named(Text("张克的文章和周道许的文章分别怎么说？"))
    assert set(named.numbers) == {0, 1} and not named.firm


def test_the_source_that_a_question_names_comes_first_and_is_told(retriever: Retriever) -> None:
    plain, named = retriever.retrieve("群众办事更快了吗"), retriever.retrieve("王芳的文章说群众办事更快了吗")
    assert plain.source == () and named.source == ("城市大脑建设纪实",)
    assert named.hits[0].passage.path == "old/city.txt"
    assert {hit.passage.path for hit in named.hits} > {"old/city.txt"}


def test_a_filter_wins_over_the_source_that_a_question_names(retriever: Retriever) -> None:
    hits = retriever.search("王芳的文章说群众办事更快了吗", 50, filter=Filter(documents=("archive.txt",)))
    assert {hit.passage.path for hit in hits} == {"archive.txt"}


def test_the_source_of_the_question_before_holds_for_the_one_that_follows_it(retriever: Retriever) -> None:
    assert retriever.retrieve("更快了吗？", previous="王芳的文章说了什么").source == ("城市大脑建设纪实",)
    assert retriever.retrieve("李明的文章呢？", previous="王芳的文章说了什么").source == ("县域数字化观察报告",)


@pytest.mark.parametrize(
    "question",
    [
        "这篇文章的作者是谁？", "作者是谁", "誰寫了這篇文章？", "该文何时发表？", "这篇论文发表在哪里？", "那篇综述登在哪个刊物上？", "文章来源是哪里？",
        "Who wrote this article?", "When was the article on city brains published?", "Which journal published the paper?",
        "Who is the author of the article about data?", "Where was this paper published?",
    ],
)  # fmt: skip
def test_a_question_about_an_article_itself_is_known(question: str) -> None:
    assert asks_about_article(fold(question))


@pytest.mark.parametrize(
    "question",
    [
        "《关于加强数字政府建设的指导意见》是什么时候发布的？", "国务院何时印发意见？", "文章认为哪一年是起点？", "作者认为核心是什么？", "文章提到北京哪年上线了应用？",
        "When was the 14th five-year plan published?", "When did Beijing put the app online?", "Who wrote the poem?", "Why are the authors not satisfied?",
    ],
)  # fmt: skip
def test_a_question_about_what_an_article_says_is_another(question: str) -> None:
    assert not asks_about_article(fold(question))


@pytest.mark.parametrize(
    ("question", "path", "words"),
    [
        ("疏导早晚高峰车流的那篇文章是谁写的？", "old/city.txt", "王芳"),
        ("《县域数字化观察报告》发表在哪里？", "county.txt", "示范网"),
        ("掃描紙質檔案的那篇文章，作者是誰？", "archive.txt", "陳東"),
    ],
)
def test_who_wrote_an_article_is_answered_by_what_stands_above_it(retriever: Retriever, question: str, path: str, words: str) -> None:
    hits = retriever.search(question, 9)
    assert (hits[0].passage.kind, hits[0].passage.path) == ("meta", path) and words in hits[0].passage.text
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.row for hit in hits}) == len(hits)


def test_who_wrote_this_article_within_one_document_is_answered_by_its_facts(retriever: Retriever) -> None:
    hit = retriever.search("Who wrote this article?", filter=Filter(documents=("archive.txt",)))[0]
    assert hit.passage.kind == "meta" and "陳東" in hit.passage.text


def test_facts_about_articles_do_not_come_forward_for_other_questions(retriever: Retriever) -> None:
    assert retriever.search("数据共享平台连接了多少部门的系统？")[0].passage.kind == "body"


def test_a_folder_with_one_document_is_filtered_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("档案馆开放了。", encoding="utf-8")
    build_index(tmp_path / "a.txt", tmp_path / "index", embedder=HashingEmbedder())
    retriever = Retriever.open(tmp_path / "index", embedder=HashingEmbedder())
    assert retriever.search("档案", filter=Filter(documents=("a.txt",)))
    with pytest.raises(AnswerError, match="no author '李明': it knows none"):
        retriever.search("档案", filter=Filter(authors=("李明",)))


TOLD = Sources(
    [Entry(0, "a", "a.md", "Bridges of the north", "", "", ""), Entry(1, "b", "b.md", "Roads", "", "", "")],
    {0: "本文概述的论文题为《北方石桥的修缮》，署名作者两位，依次为李北川、王南山。", 1: "作者是赵东路的人很多。"},
)


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("李北川和王南山给出了哪些办法？", {0}),
        ("《北方石桥的修缮》讲了什么？", {0}),
        ("What do Li and Wang propose?", {0}),
        ("Briefly, what does Li et al. suggest?", {0}),
        # An article that tells of no other one has no other authors.
        ("赵东路认为路该怎么修？", set()),
    ],
)
def test_an_article_that_tells_of_another_is_known_by_its_title_and_authors(question: str, numbers: set[int]) -> None:
    assert set(TOLD.named(Text(question)).numbers) == numbers


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("李北川和王南山给出了哪些办法？", "给出了哪些办法？"),
        ("据李北川等人的文章，石桥有几座？", "石桥有几座？"),
        ("《北方石桥的修缮》提到哪些石料？", "提到哪些石料？"),
        ("How do Li Beichuan and Wang Nanshan define a bridge?", "How do they define a bridge?"),
        ("石桥有几座？", "石桥有几座？"),
        ("李北川是谁？", "李北川是谁？"),
    ],
)
def test_a_question_is_searched_for_without_those_it_names_as_its_source(question: str, left: str) -> None:
    assert TOLD.unnamed(Text(question)) == left
