from collections.abc import Iterator
from pathlib import Path

import pytest

from dgqa.language import bilingual
from dgqa.language.bilingual import senses_of


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path))
    bilingual._dictionary.cache_clear()
    yield tmp_path
    bilingual._dictionary.cache_clear()


def test_a_phrase_has_the_chinese_words_that_it_may_stand_for() -> None:
    (umbrella,) = senses_of("umbrella")
    assert "雨伞" in umbrella
    assert all(len(word) > 1 for word in umbrella)


def test_the_longest_phrase_counts_and_not_its_words() -> None:
    assert senses_of("Who repairs the fire extinguisher?")[-1] == senses_of("fire extinguisher")[0]
    assert not set(senses_of("fire")) & set(senses_of("the fire extinguisher"))


def test_a_word_is_known_in_its_other_forms() -> None:
    assert senses_of("Librarians") == senses_of("librarian") != ()
    assert set(senses_of("borrowing")[0]) & set(senses_of("borrowed")[0])


@pytest.mark.parametrize("question", ["", "What is it?", "？", "谁修雨伞"])
def test_words_that_only_ask_stand_for_nothing(question: str) -> None:
    assert senses_of(question) == ()


def test_a_word_that_the_dictionary_has_not_stands_for_itself() -> None:
    assert senses_of("How does Zzyzx do it?") == (("zzyzx",),)


def test_the_file_in_the_cache_says_the_same_and_is_made_again_where_it_is_damaged(cache: Path) -> None:
    known = senses_of("a borrowed umbrella")
    (file,) = (cache / "words").iterdir()
    made = file.stat().st_mtime_ns
    bilingual._dictionary.cache_clear()
    assert senses_of("a borrowed umbrella") == known and file.stat().st_mtime_ns == made
    file.write_bytes(file.read_bytes()[:5000])
    bilingual._dictionary.cache_clear()
    assert senses_of("a borrowed umbrella") == known
    assert [path.name for path in (cache / "words").iterdir()] == [file.name] and file.stat().st_size > 5000


def test_a_cache_that_cannot_be_written_costs_memory_and_no_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = senses_of("a borrowed umbrella")
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("DGQA_CACHE", str(blocked))
    bilingual._dictionary.cache_clear()
    try:
        assert senses_of("a borrowed umbrella") == known
    finally:
        bilingual._dictionary.cache_clear()
