"""Titles as people speak of them: parts and short names of a title tell which document is meant."""

from pathlib import Path

import numpy as np
import pytest

from dgqa.index.build import build_index
from dgqa.index.queries import Entry
from dgqa.language.bilingual import senses_of
from dgqa.search.retriever import Retriever
from dgqa.search.titles import WEIGHT, Titles, known_as
from fakes import HashingEmbedder

TITLES = ("河东省图书馆条例", "河西省图书馆条例", "中华人民共和国图书馆法", "图书馆法实施细则", "湖岸市养犬管理办法", "湖岸市停车管理办法")


def entries(titles: tuple[str, ...]) -> list[Entry]:
    return [Entry(number, f"d{number}", f"{number}.txt", title, "", "", "", "") for number, title in enumerate(titles)]


def most_named(question: str) -> str:
    return TITLES[int(np.argmax(Titles(entries(TITLES)).named(question)))]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("河西的图书馆闭馆要提前几天公告？", "河西省图书馆条例"),
        ("湖岸養狗沒有辦證會怎樣", "湖岸市养犬管理办法"),
        ("国家的图书馆法，中华人民共和国那部，何时施行", "中华人民共和国图书馆法"),
        ("图书馆法的实施细则里，读者证怎么办？", "图书馆法实施细则"),
    ],
)
def test_the_title_that_a_question_holds_most_of_is_the_one_it_speaks_of(question: str, title: str) -> None:
    assert most_named(question) == title


def test_the_share_of_a_title_lies_between_none_and_all_and_common_characters_count_less() -> None:
    titles = Titles(entries(TITLES))
    whole, none = titles.named("".join(TITLES)), titles.named("今天天气")
    assert np.allclose(whole, 1)
    assert not none.any()
    rare, common = titles.named("养犬"), titles.named("管理")
    assert rare[4] > common[4]


def test_what_a_passage_gains_is_by_the_number_of_its_document_and_bounded() -> None:
    titles = Titles(entries(TITLES))
    gained = titles.bonus("湖岸市养犬管理办法", [], [5, 4, 4, 0])
    assert gained[1] == gained[2] == pytest.approx(WEIGHT)
    assert gained[1] > gained[0] > gained[3] >= 0


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What do the parking rules say about fines?", "湖岸市停车管理办法"),
        ("How long is a library card valid under the implementation rules?", "图书馆法实施细则"),
    ],
)
def test_an_english_question_speaks_of_the_title_that_has_the_words_for_it(question: str, title: str) -> None:
    titles = Titles(entries(TITLES))
    words = [word for sense in senses_of(question) for word in sense]
    assert TITLES[int(np.argmax(titles.named(question, words)))] == title


def test_a_word_counts_for_the_titles_that_have_it_whole_and_no_character_twice() -> None:
    titles = Titles(entries(TITLES))
    assert not titles.named("", ["停管", "书停", "法"]).any()
    assert np.allclose(titles.named("养犬", ["养犬", "犬管理"]), titles.named("养犬管理") * [0, 0, 0, 0, 1, 0])


def test_a_document_is_known_by_its_files_name_where_that_says_more() -> None:
    assert known_as("收费标准", "docs/湖岸敬老院收费标准.html") == "收费标准（湖岸敬老院收费标准）"
    assert known_as("湖岸市停车管理办法", "停车办法.txt") == "湖岸市停车管理办法" == known_as("湖岸市停车管理办法", "file_12.txt")
    listed = [Entry(0, "a", "湖岸敬老院收费标准.html", "收费标准", "", "", "", ""), Entry(1, "b", "b.txt", "收费标准", "", "", "", "")]
    shares = Titles(listed).named("湖岸敬老院一个月收多少钱")
    assert shares[0] > shares[1] >= 0


def test_documents_without_a_title_and_titles_of_signs_alone_gain_nothing() -> None:
    assert not Titles(entries(("", "———"))).named("哪里——").any()
    assert not len(Titles([]).named("哪里"))


def test_of_equal_passages_that_of_the_document_spoken_of_comes_first(tmp_path: Path) -> None:
    text = "本办法所称管理费，由业主按月缴纳，逾期不缴的加收滞纳金。\n"
    for name, title in (("a.md", "东岭市小区管理办法"), ("b.md", "西岭市小区管理办法")):
        (tmp_path / "corpus").mkdir(exist_ok=True)
        (tmp_path / "corpus" / name).write_text(f"# {title}\n\n{text}\n", "utf-8")
    embedder = HashingEmbedder()
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=embedder)
    retriever = Retriever.open(tmp_path / "index", embedder=embedder)
    for asked in ("东岭", "西岭"):
        assert retriever.search(f"{asked}的小区管理费怎么缴纳？", k=1)[0].passage.title.startswith(asked)
