"""The five original articles, which are not part of the project: what must hold for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dgqa
from dgqa.corpus.audit import audit
from dgqa.corpus.files import load_document
from dgqa.corpus.passages import SECTION_SEPARATOR, split_document
from dgqa.types import Document, Passage
from fakes import HashingEmbedder

FOLDER = Path(__file__).parents[3] / "shared" / "articles"
pytestmark = [
    pytest.mark.articles,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the original articles are not at {FOLDER}"),
]


@pytest.fixture(scope="module")
def articles() -> dict[str, Document]:
    return {file.name[:3]: load_document(file) for file in sorted(FOLDER.glob("*.txt"))}


@pytest.fixture(scope="module")
def passages(articles: dict[str, Document]) -> list[Passage]:
    return [passage for document in articles.values() for passage in split_document(document) if passage.kind == "body"]


def test_titles_authors_and_dates_are_told(articles: dict[str, Document]) -> None:
    facts = {number: (document.author, document.date, document.script) for number, document in articles.items()}
    assert facts == {
        "000": ("", "", "Hans"),
        "001": ("宁琪，谭家超", "", "Hans"),
        "002": ("孫宗鋒，秦瑞楠", "2024-03-05", "Hant"),
        "003": ("陈根", "2021-06-11", "Hans"),
        "004": ("周道許，徐策，左登基", "2024-04-15", "Hant"),
    }
    assert all(10 <= len(document.title) <= 30 for document in articles.values())


def test_all_headings_are_in_the_tree(articles: dict[str, Document]) -> None:
    assert {number: len(document.sections) for number, document in articles.items()} == {"000": 4, "001": 20, "002": 15, "003": 3, "004": 33}
    for document in articles.values():
        numbered = re.findall(r"(?m)^((?:[一二三四五六]、|[（(][一二三四五六]+[)）]|\(\d\))[^。\n]{2,70})$", document.raw)
        assert set(numbered) <= {section.title for section in document.sections}
    depths = [len(section.path) for section in articles["004"].sections]
    assert (depths.count(1), depths.count(2), depths.count(3)) == (5, 19, 9)


def test_no_passage_mixes_two_sections(articles: dict[str, Document]) -> None:
    for document in articles.values():
        sections = {SECTION_SEPARATOR.join(section.path): section for section in document.sections}
        begins = [section.start for section in document.sections]
        for passage in split_document(document):
            if passage.kind == "meta":
                continue
            spans = [span for sentence in passage.sentences for span in sentence.spans]
            assert len({sum(begin <= start for begin in begins) for start, _ in spans}) == 1
            if passage.section:
                section = sections[passage.section]
                assert all(section.start <= start and end <= section.end for start, end in spans)


def test_every_row_of_the_policy_table_has_its_column_names(articles: dict[str, Document]) -> None:
    rows = [block.rendered for block in articles["001"].blocks if block.kind == "table_row"]
    assert len(rows) == 18
    assert all(re.fullmatch(r"发文时间：20\d\d年 \d+月；发文机构：[^；]+；文件名称：《.+》；相关内容：.+", row) for row in rows)


def test_every_row_of_the_policy_table_is_found_by_its_content(articles: dict[str, Document], tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    dgqa.build_index(FOLDER, tmp_path / "index", embedder=embedder)
    retriever = dgqa.Retriever.open(tmp_path / "index", embedder=embedder)
    missed = []
    for block in articles["001"].blocks:
        if block.kind != "table_row":
            continue
        date, issuer, name, _ = (part.partition("：")[2] for part in block.rendered.split("；", 3))
        for question in (f"{name}是哪年哪月由哪个机构发布的？", f"{issuer}在{date}发布的{name[:12]}有什么内容？"):
            if not any(block.rendered in hit.passage.text for hit in retriever.search(question, 5)):
                missed.append(question)
    assert missed == []


def test_footnotes_references_and_spam_are_in_no_passage(articles: dict[str, Document], passages: list[Passage]) -> None:
    text = "\n".join(passage.text for passage in passages)
    assert not re.search(r"https?:|\[EB/OL\]|\[J\]|et al|image\.png|Reform|作者简介|99久久|猜你喜", text)
    notes = {number: sum(defect.kind == "note" for defect in document.defects) for number, document in articles.items()}
    assert notes == {"000": 0, "001": 1, "002": 4, "003": 0, "004": 0}
    links = articles["002"].raw.partition("猜你喜歡")[2].split("\n")
    reported = {defect.raw for defect in articles["002"].defects if defect.kind == "boilerplate"}
    assert len(links) > 10 and {line for line in links if line} <= reported
    assert sum(block.kind == "reference" for block in articles["001"].blocks) == 23


def test_every_spot_of_encoding_damage_is_found(articles: dict[str, Document]) -> None:
    for document in articles.values():
        damaged = {at for defect in document.defects if defect.kind == "gbk_cut" for at in range(defect.start, defect.end)}
        spots = [match.start() for match in re.finditer("[\ue000-\uf8ff]|\\?[;。!?]", document.raw)]
        assert set(spots) <= damaged
        assert not re.search("[\ue000-\uf8ff]", document.text)
    assert sum(defect.kind == "gbk_cut" for defect in articles["002"].defects) >= 3


def test_the_likely_typos_are_reported_and_kept(articles: dict[str, Document]) -> None:
    report = audit(list(articles.values()))
    typos = [(row["path"][:3], row["raw"], row["repaired"]) for row in report["defects"] if row["kind"] == "typo"]
    assert typos == [("000", "而是", "二是")] * 2
    assert all(articles["000"].raw.count(raw) == articles["000"].text.count(raw) for _, raw, _ in typos)


def test_every_sentence_is_made_of_raw_spans(articles: dict[str, Document], passages: list[Passage]) -> None:
    raws = {document.doc_id: document.raw for document in articles.values()}
    for passage in passages:
        for sentence in passage.sentences:
            assert "".join(raws[passage.doc_id][a:b] for a, b in sentence.spans).strip()
            assert all(sentence.start <= a < b <= sentence.end for a, b in sentence.spans)
