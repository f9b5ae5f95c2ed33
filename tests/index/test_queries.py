"""What is read of an index by name, on two tiny articles."""


import pytest

from dgqa.errors import IndexMismatchError, IndexNotFoundError
from dgqa.index.build import Index, build_index
from dgqa.index.engines.local import LocalBackend
from fakes import HashingEmbedder

FERRY = """渡口记
作者：李明
来源：示范网 更新时间：2024-03-02

一、班次
渡口每天开行二十个班次，周末再加开四个班次。表1列出了各个班次的时间。

二、票价
成人单程的票价是三元，儿童与老人免费乘坐。
"""
BRIDGE = "# 石桥记\n\n石桥建成于一八二五年，桥身一共有七个拱洞。\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    home = tmp_path_factory.mktemp("named")
    (home / "corpus").mkdir()
    (home / "corpus" / "a.txt").write_text(FERRY, encoding="utf-8")
    (home / "corpus" / "b.md").write_text(BRIDGE, encoding="utf-8")
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder())
    opened = Index.open(home / "index")
    assert isinstance(opened, LocalBackend)
    return opened


def test_documents_are_known_by_what_they_say_of_themselves(index: LocalBackend) -> None:
    first, second = index.entries()
    assert (first.number, first.doc_id, first.title, first.author, first.date) == (0, "a.txt", "渡口记", "李明", "2024-03-02")
    assert (second.number, second.path, second.title) == (1, "b.md", "石桥记")
    assert index.titles(1) == ["渡口记"]
    assert [heading["title"] for heading in index.headings("a.txt")][-2:] == ["一、班次", "二、票价"]
    assert index.headings("c.txt") == []
    assert index.raw("b.md") == BRIDGE
    with pytest.raises(IndexNotFoundError, match=r"no document 'c\.txt'"):
        index.raw("c.txt")


def test_passages_are_found_by_their_document(index: LocalBackend) -> None:
    rows = range(index.passage_count)
    found = index.passages(rows)
    own = [row for row in rows if found[row].doc_id == "a.txt"]
    body = [row for row in own if found[row].kind == "body"]
    assert index.documents_of(rows) == {row: int(row not in own) for row in rows}
    assert index.passages_of([0]) == own == index.passages_of_path("a.txt")
    assert index.body("a.txt", 1) == body[:1]
    assert index.facts_of([0, 1]) == {number: min(row for row in rows if found[row].kind == "meta" and (row not in own) == number) for number in (0, 1)}
    assert index.openings()[0] == found[body[0]].text
    assert index.with_tables(0) == [(body[0], found[body[0]].text)]
    assert index.from_row(0, body[0], 9) == [row for row in own if row >= body[0]]
    assert index.sections() == list(dict.fromkeys(found[row].section for row in rows))
    assert index.passages_under([found[body[1]].section]) == body[1:]
    assert index.paths()[own[0]] == "a.txt"
    assert index.page("a.txt", 3) == ""


def test_nothing_is_asked_for_no_rows(index: LocalBackend) -> None:
    assert index.documents_of([]) == {} and index.passages_of([]) == [] and index.passages([]) == {}


def test_more_rows_than_a_statement_takes_are_read_in_parts(index: LocalBackend) -> None:
    assert index.documents_of([0] * 1_200) == {0: 0}


def test_a_closed_index_says_so(index: LocalBackend) -> None:
    other = Index.open(index.folder)
    other.close()
    with pytest.raises(IndexMismatchError, match="has been closed: open it again"):
        other.entries()
