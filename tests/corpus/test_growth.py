"""What reading a file costs: it grows with the length and not with its square, and a file that takes too much is left out."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgqa.corpus import budget
from dgqa.corpus.damage.gbk_damage import repair_gbk_cuts
from dgqa.corpus.files import load_corpus, load_document
from dgqa.corpus.office.pdf_layout import lay_out
from dgqa.corpus.office.pdf_page import Piece
from dgqa.corpus.passages import split_document
from dgqa.corpus.readers.html_tables import find_tables
from dgqa.errors import CorpusError
from dgqa.system import resident_bytes

# Kinds of files that once took time by the square of their length, each with a size that takes some hundredths of a second.
KINDS: dict[str, tuple[Callable[[int], str], int]] = {
    "headings.md": (lambda n: "".join(f"# 标题{i}\n\n平台由省里建设。\n\n" for i in range(n)), 1_000),
    "headings.html": (lambda n: "".join(f"<h2>标题{i}</h2><p>平台由省里建设。</p>" for i in range(n)), 1_000),
    "chapters.txt": (lambda n: "".join(f"第{i}章 标题\n\n平台由省里建设。\n\n" for i in range(n)), 1_000),
    "images.md": (lambda n: "字。" + "![" * n, 1_000),
    "open_images.md": (lambda n: "字。" + "![甲" * n + "](a)" * n, 700),
    "brackets.md": (lambda n: "字。" + "[a" * n + "]" * n, 1_000),
    "divisions.html": (lambda n: "<div>字。" * n + "</div>" * n, 2_000),
    "lists.html": (lambda n: "<ul><li>字。" * n + "</ul>" * n, 500),
    "tables.html": (lambda n: "<table><tr><td>字" * n + "</td></tr></table>" * n, 1_000),
    "spans.html": (lambda n: "<table>" + "<tr><td rowspan=1000 colspan=100>字</td></tr>" * n + "</table>", 1_000),
    "wide_spans.html": (lambda n: "<table>" + "<tr>" + "<td rowspan=900 colspan=900>字</td>" * n + "</tr>" + "<tr><td>一</td><td>二</td></tr>" * n + "</table>", 150),
    "columns.csv": (lambda n: ",".join(["列" * 20] * n) + "\n" + ",".join(["值" * 20] * n) + "\n", 8_000),
    "wide_cells.csv": (lambda n: "名,值\n" + ("甲" * n + ",乙\n") * 5, 40_000),
    "columns.md": (lambda n: "|" + "列|" * n + "\n|" + "---|" * n + "\n" + ("|" + "值|" * n + "\n") * 4, 1_000),
    "cuts.txt": (lambda n: ("平台由省里建设，各市共用。" * 30 + "来?；坪铀?很") * n, 10),
}


def seconds(file: Path, text: str) -> float:
    file.write_text(text, encoding="utf-8")
    started = time.thread_time()
    split_document(load_document(file))
    return time.thread_time() - started


def grows_with_the_text(taken: Callable[[int], float], size: int) -> bool:
    """Whether the best of three is by the length, since others share the processor and its caches; what grows by the square takes sixteen times."""
    once = min(taken(size) for _ in range(3))
    return any(taken(4 * size) <= 6 * once + 0.2 for _ in range(3))


@pytest.mark.parametrize("name", KINDS)
def test_four_times_the_text_takes_about_four_times_the_time(tmp_path: Path, name: str) -> None:
    make, size = KINDS[name]
    seconds(tmp_path / name, make(10))  # what is loaded once
    assert grows_with_the_text(lambda n: seconds(tmp_path / name, make(n)), size)


@pytest.mark.parametrize(("cells", "rows", "text"), [(30, 30, "字"), (200, 60, "字"), (100, 60, "字" * 250), (1, 1_000, "字" * 250)])
def test_what_cells_span_makes_a_page_no_more_than_some_times_as_long(cells: int, rows: int, text: str) -> None:
    row = "<tr>" + f"<td rowspan=900 colspan=900>{text}</td>" * cells + "<td>甲</td></tr>"
    page = "<table>" + row * 5 + "<tr><td>一</td><td>二</td></tr>" * rows + "</table>"
    tables = find_tables(page * 3, 0)
    assert len(tables.tails) == 3 * (rows + 5)
    assert sum(map(len, [*tables.leads.values(), *tables.tails.values()])) < 100_000 + 9 * len(page * 3)


def test_four_times_the_paragraphs_of_a_word_file_take_about_four_times_the_time(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")

    def taken(n: int) -> float:
        document = docx.Document()
        first = document.add_paragraph("平台由省里建设。")._p
        for _ in range(n):
            first.addnext(first.__copy__())
        document.save(tmp_path / "a.docx")
        started = time.thread_time()
        split_document(load_document(tmp_path / "a.docx"))
        return time.thread_time() - started

    taken(10)
    assert grows_with_the_text(taken, 800)


def test_a_page_of_many_rows_that_are_neither_columns_nor_a_table_takes_time_by_its_rows() -> None:
    def taken(n: int) -> float:
        rows = ((Piece("字", 10, 20 * k, 20, 20 * k + 10, 20 * k + 10, 10), Piece("平台由省里建设" * 7, 60, 20 * k, 90, 20 * k + 10, 20 * k + 10, 10)) for k in range(n))
        pieces = [piece for row in rows for piece in row]
        started = time.thread_time()
        assert len(lay_out(pieces, [])) == 1
        return time.thread_time() - started

    assert grows_with_the_text(taken, 150)


@settings(max_examples=12)
@given(piece=st.text(st.sampled_from("?�。；!臺灣锟斤拷鏁板瓧a\n"), min_size=2, max_size=12))
def test_what_looks_cut_everywhere_costs_by_the_length_of_the_text(piece: str) -> None:
    text = "平台由省里建设。" + piece * (12_000 // len(piece))
    started = time.thread_time()
    repair_gbk_cuts(text)
    assert time.thread_time() - started < 4


def test_a_file_that_takes_too_long_is_named_and_left_out_and_the_others_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("平台由省里建设。", encoding="utf-8")
    (tmp_path / "b.md").write_text(KINDS["headings.md"][0](30_000), encoding="utf-8")
    (tmp_path / "c.txt").write_text("平台由各市共用。", encoding="utf-8")
    monkeypatch.setattr(budget, "SECONDS", 0.5)
    monkeypatch.setattr(budget, "SECONDS_A_MB", 0.0)
    documents, skipped = load_corpus(tmp_path)
    assert [document.path for document in documents] == ["a.txt", "c.txt"]
    assert [(item.path, item.reason) for item in skipped] == [("b.md", "reading b.md takes more than 0.5 s: split it into smaller files, or convert it to text")]


def test_a_file_that_takes_too_much_memory_is_named() -> None:
    if not resident_bytes():
        pytest.skip("the system does not tell")

    def hoard() -> None:
        held = []
        while True:
            held.append(bytearray(1_000_000))

    with pytest.raises(CorpusError, match=r"reading a takes more than 30 MB"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "MEMORY", 30_000_000)
        budget.within_budget("a", 0, hoard)


def busy(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_what_ends_in_time_is_never_interrupted_and_leaves_nobody_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "_LOOK", 0.001)
    monkeypatch.setattr(budget, "SECONDS", 0.004)
    over = 0
    for number in range(200):
        try:
            budget.within_budget("a", 0, lambda number=number: busy(0.0001 * (number % 80)))  # type: ignore[misc]
        except CorpusError:
            over += 1
        sum(range(1_000))  # an interruption that came late would end here
    assert 0 < over < 200
    for thread in threading.enumerate():
        if thread.name == "dgqa-budget":
            thread.join(5)
            assert not thread.is_alive()


def lost_in_foreign_code() -> None:
    try:
        busy(5)
    except BaseException:
        return


def turned_by_foreign_code() -> None:
    try:
        busy(5)
    except BaseException:
        raise ValueError("not well-formed") from None


def lost_in_a_collection() -> None:
    def collected(phase: str, info: dict[str, int]) -> None:
        busy(0.05)

    gc.callbacks.append(collected)
    try:
        for _ in range(3):
            gc.collect(0)
    finally:
        gc.callbacks.remove(collected)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("read", [lost_in_foreign_code, turned_by_foreign_code, lost_in_a_collection])
def test_who_loses_the_interruption_is_over_the_budget_all_the_same(monkeypatch: pytest.MonkeyPatch, read: Callable[[], None]) -> None:
    monkeypatch.setattr(budget, "_LOOK", 0.01)
    monkeypatch.setattr(budget, "_AGAIN", 1_000_000)
    monkeypatch.setattr(budget, "SECONDS", 0.05)
    with pytest.raises(CorpusError, match=r"reading a takes more than 0\.05 s"):
        budget.within_budget("a", 0, read)


def test_an_error_of_the_reader_stays_what_it_is() -> None:
    for error in (ZeroDivisionError, KeyboardInterrupt):

        def fail(error: type[BaseException] = error) -> None:
            raise error

        with pytest.raises(error):
            budget.within_budget("a", 0, fail)
