"""Excerpts by a scripted reader: what belongs together is quoted together, and how sure it is decides what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.answer.excerpts import SURE
from dgqa.errors import ConfigError, SettingError
from dgqa.index.build import build_index
from dgqa.models.readers.reader import Page, Phrase, Reading
from fakes import HashingEmbedder

RULES = """集市管理办法

一、开市时间
集市每日六时开市。冬季推迟一个小时。

二、摊主义务
摊主应当遵守下列规定：
（一）按号入位；
（二）明码标价；
（三）收市后清扫。
违反规定的，由管理处责令改正。但是，首次违反的，可以不予处罚。
"""
FERRY = """渡口告示

渡船由船务所经营。它还负责码头的照明。末班船二十一时开出。
"""


class ScriptedReader:
    """Gives the sentences that hold a marked text their probability, all others nearly none; tells how many pages it was given."""

    name = "scripted"

    def __init__(self, sure: Mapping[str, float], phrase: str = "") -> None:
        self.sure, self.phrase, self.pages = sure, phrase, 0

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        self.pages += len(pages)
        return [self._read(page) for page in pages]

    def _read(self, page: Page) -> Reading:
        each = tuple(max((p for text, p in self.sure.items() if text in sentence), default=0.01) for sentence in page.sentences)
        phrases = tuple(Phrase(at, at + len(self.phrase), 0.9) if self.phrase and (at := sentence.find(self.phrase)) >= 0 else None for sentence in page.sentences)
        return Reading(max(each, default=0.0), each, phrases)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("corpus")
    (corpus / "market.txt").write_text(RULES, encoding="utf-8")
    (corpus / "ferry.txt").write_text(FERRY, encoding="utf-8")
    folder = tmp_path_factory.mktemp("index")
    build_index(corpus, folder, embedder=HashingEmbedder())
    return folder


def opened(index: Path, reader: ScriptedReader, **options: object) -> Assistant:
    return Assistant.open(index, embedder=HashingEmbedder(), reader=reader, **options)  # type: ignore[arg-type]


def test_the_likeliest_sentence_is_quoted_with_its_short_answer_marked(index: Path) -> None:
    answer = opened(index, ScriptedReader({"末班船": 0.95}, "二十一时")).ask("末班船几点开？")
    assert answer.status == "answered" and answer.confidence is not None
    (sentence,) = [s for s in answer.sentences if "末班船" in s.text]
    assert sentence.phrase is not None and sentence.text[slice(*sentence.phrase)] == "二十一时" and sentence.verdict == "verbatim"
    raw = FERRY
    assert all(raw[c.start : c.end] == c.quote for c in answer.citations if c.path == "ferry.txt")


def test_an_item_does_not_go_without_its_lead(index: Path) -> None:
    answer = opened(index, ScriptedReader({"明码标价": 0.95})).ask("摊主对价格要怎么做？")
    assert "下列规定" in answer.sentences[0].text and "明码标价" in answer.sentences[0].text


def test_an_exception_stands_with_its_rule_where_both_belong(index: Path) -> None:
    answer = opened(index, ScriptedReader({"责令改正": 0.8, "首次违反": 0.9})).ask("违反规定怎么处理？")
    assert "责令改正" in answer.sentences[0].text and "首次违反" in answer.sentences[0].text


def test_a_sentence_that_refers_back_comes_with_the_one_before(index: Path) -> None:
    answer = opened(index, ScriptedReader({"照明": 0.95})).ask("谁负责码头的照明？")
    assert "船务所" in answer.sentences[0].text


def test_what_the_reader_finds_nowhere_is_refused_without_denying_it(index: Path) -> None:
    answer = opened(index, ScriptedReader({})).ask("渡口的门票多少钱？")
    assert answer.status == "refused" and not answer.sentences and answer.hits
    assert answer.confidence is not None and answer.confidence < 0.5


def test_strictness_moves_what_is_answered(index: Path) -> None:
    status = {}
    for strictness in ("lenient", "balanced", "strict"):
        status[strictness] = opened(index, ScriptedReader({"末班船": 0.5}), strictness=strictness).ask("末班船几点开？").status
    order = ["refused", "partial", "answered"]
    assert order.index(status["lenient"]) >= order.index(status["balanced"]) >= order.index(status["strict"])


def test_reading_ends_where_a_passage_surely_answers(index: Path) -> None:
    reader = ScriptedReader({"": SURE + 0.01})
    opened(index, reader).ask("末班船几点开？")
    assert reader.pages <= 8


def test_a_reader_or_a_strictness_or_a_rule_that_does_not_exist_is_named(index: Path) -> None:
    with pytest.raises(SettingError, match="magic"):
        Assistant.open(index, embedder=HashingEmbedder(), reader="magic")
    with pytest.raises(SettingError, match="harsh"):
        Assistant.open(index, embedder=HashingEmbedder(), strictness="harsh")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="nonsense"):
        Assistant.open(index, embedder=HashingEmbedder(), without=["nonsense"])
