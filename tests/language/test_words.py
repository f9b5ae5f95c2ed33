import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jieba
import pytest

from dgqa.language import trie
from dgqa.language import words as dictionary
from dgqa.language.words import Frequencies, segmenter

TEXTS = (
    "电子政务外网在乡镇的覆盖率是多少",
    "推动国家治理体系走向现代化是建设数字政府的要义",
    "李小福是创新办主任也是云计算方面的专家",
    "龘靐齉爨麤",
    "an English text 与 中文 2024年",
    "",
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache that holds nothing."""
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path))
    segmenter.cache_clear()
    yield tmp_path
    segmenter.cache_clear()


@dataclass(frozen=True)
class Made:
    """The file of the dictionary, and how was cut as it was made."""

    file: Path
    cuts: list[list[str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return the dictionary made once, which takes some seconds."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DGQA_CACHE", str(folder))
        segmenter.cache_clear()
        found = cuts(segmenter())
        segmenter.cache_clear()
    (file,) = (folder / "words").iterdir()
    return Made(file, found)


@pytest.fixture
def kept(cache: Path, made: Made) -> Path:
    """Return the file of the dictionary in a cache of its own."""
    (cache / "words").mkdir()
    return Path(shutil.copy2(made.file, cache / "words"))


def cuts(made: Any) -> list[list[str]]:
    return [made.lcut(text) for text in TEXTS] + [made.lcut_for_search(text) for text in TEXTS]


@pytest.fixture(scope="module")
def plain() -> list[list[str]]:
    """Return how jieba cuts by itself."""
    return cuts(jieba.Tokenizer())


def test_it_cuts_as_jieba_does_when_the_file_is_made_and_when_it_is_there(made: Made, kept: Path, plain: list[list[str]]) -> None:
    assert made.cuts == plain
    before = kept.stat().st_mtime_ns
    assert cuts(segmenter()) == plain
    assert list(kept.parent.iterdir()) == [kept] and kept.stat().st_mtime_ns == before


def test_a_damaged_file_is_made_again(kept: Path, plain: list[list[str]]) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1] + b"\x7f")
    assert cuts(segmenter()) == plain
    assert kept.read_bytes() == whole


def test_the_dictionary_of_a_former_version_does_not_stay_for_ever(cache: Path) -> None:
    (cache / "words").mkdir()
    for name, days in (("jieba-1-a.trie", 40), (".jieba-1-a.trie-killed", 40), ("jieba-2-b.trie", 1)):
        (cache / "words" / name).write_bytes(b"")
        os.utime(cache / "words" / name, (time.time() - days * 86_400,) * 2)
    assert dictionary._write({"甲": 1}, cache / "words" / "jieba-3-c.trie") is not None
    assert {file.name for file in (cache / "words").iterdir()} == {"jieba-2-b.trie", "jieba-3-c.trie"}


def test_a_cache_that_cannot_be_written_costs_memory_and_no_words(tmp_path: Path, cache: Path, plain: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("DGQA_CACHE", str(blocked))
    made = segmenter()
    assert isinstance(made.FREQ, dict)
    assert cuts(made) == plain


def test_a_temporary_folder_is_not_needed(cache: Path, tmp_path: Path) -> None:
    code = "from dgqa.language.text import words; print(words('数字政府建设'))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "DGQA_CACHE": str(cache), "TMPDIR": str(tmp_path / "absent")}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert said.stdout == "['数字', '政府', '建设']\n"


def test_the_words_that_a_host_program_adds_to_jieba_stay_its_own(kept: Path) -> None:
    jieba.add_word("数字政府建设")
    try:
        assert segmenter().lcut("数字政府建设") == ["数字", "政府", "建设"]
    finally:
        jieba.del_word("数字政府建设")


def test_an_added_word_is_cut_as_one(kept: Path) -> None:
    made = segmenter()
    made.add_word("数字政府建设")
    assert made.lcut("数字政府建设") == ["数字政府建设"]


def test_after_many_look_ups_the_whole_dictionary_takes_over_with_the_words_that_were_added(
    kept: Path, plain: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary, "_MANY", 30)
    made = segmenter()
    made.add_word("乡镇的覆盖率")
    held = made.FREQ
    assert cuts(made)[0] == ["电子政务", "外网", "在", "乡镇的覆盖率", "是", "多少"]
    assert isinstance(made.FREQ, dict)
    assert made.lcut(TEXTS[0])[3] == "乡镇的覆盖率"
    assert made.lcut(TEXTS[2]) == plain[2]
    assert held["数字"] == made.FREQ["数字"]  # who still holds the old one is served


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    trie.write({"": 3, "数": 0, "数字": 3}, tmp_path / "x.trie")
    calls: list[dict[str, int]] = []
    table = Frequencies(trie.Trie.open(tmp_path / "x.trie"), calls.append, many=5)
    table["政府"] = 7
    for code in range(0x4E00, 0x4E00 + 100):
        assert chr(code) not in table
        assert len(table._seen) <= 5
    assert calls[0] == {"政府": 7}
    assert (table["数字"], table["政府"], table.get("数"), table.get("字"), "" in table) == (3, 7, 0, None, False)
    with pytest.raises(KeyError):
        table["字"]


def test_many_threads_cut_as_one_does(kept: Path, plain: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "_MANY", 40)
    made = segmenter()
    with ThreadPoolExecutor(8) as pool:
        assert all(found == plain for found in pool.map(lambda _: cuts(made), range(24)))
