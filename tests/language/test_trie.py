from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.language import trie
from dgqa.language.trie import ABSENT, Trie

WORDS = {"": 9, "数字": 1, "数字政府": 0, "政府": 2**31 - 1, "a": 3, "𠮷": 4}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    trie.write(WORDS, tmp_path / "words.trie")
    return tmp_path / "words.trie"


def test_every_text_has_its_number_and_no_other_has_one(file: Path) -> None:
    words = Trie.open(file)
    assert {text: words.get(text) for text in WORDS} == WORDS
    assert [words.get(text) for text in ("数", "数字政", "数字政府的", "字", "b", "\U0010ffff", "\x00")] == [ABSENT] * 7


def test_prefixes_come_shortest_first_with_their_ends(file: Path) -> None:
    words = Trie.open(file)
    assert words.prefixes("建数字政府的", 1) == [(3, 1), (5, 0)]
    assert words.prefixes("数字", 2) == []
    assert words.prefixes("的", 0) == []


def test_no_texts_make_a_trie_that_finds_nothing(tmp_path: Path) -> None:
    trie.write({}, tmp_path / "empty.trie")
    words = Trie.open(tmp_path / "empty.trie")
    assert (words.get(""), words.get("a"), words.prefixes("a", 0)) == (ABSENT, ABSENT, [])


@given(st.dictionaries(st.text("ab数字", max_size=4), st.integers(0, 99)), st.text("ab数字", max_size=6))
def test_it_answers_as_a_dict_does(tmp_path_factory: pytest.TempPathFactory, items: dict[str, int], text: str) -> None:
    file = tmp_path_factory.mktemp("trie") / "x.trie"
    trie.write(items, file)
    words = Trie.open(file)
    assert {key: words.get(key) for key in items} == items
    assert words.get(text) == items.get(text, ABSENT)
    assert words.prefixes(text, 0) == [(end, items[text[:end]]) for end in range(1, len(text) + 1) if text[:end] in items]


def test_a_damaged_file_is_refused_wherever_the_damage_is(file: Path) -> None:
    data = file.read_bytes()
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(ValueError, match=r"words\.trie"):
            Trie.open(file)
    for length in range(0, len(data), 7):
        file.write_bytes(data[:length])
        with pytest.raises(ValueError, match=r"words\.trie|empty"):
            Trie.open(file)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(OverflowError):
        trie.write({"a": 2**40}, file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
