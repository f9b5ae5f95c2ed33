"""Citations: what supports a sentence, and spans of the raw text that hold."""

from dgqa.answer.citing import cite
from dgqa.claims.claim import missing_values, supports
from dgqa.language.reading import Text
from dgqa.language.text import bigrams
from dgqa.types import Passage, Sentence

RAW = "前言。乡镇的覆盖率\n\n页脚\n\n达到88.5%。后记。"


def passage(*sentences: Sentence) -> Passage:
    return Passage(0, "d", "a/d.txt", "县域观察", "李明", "2024-03-02", "一 › 二", 0, len(RAW), RAW, sentences)


def test_bigrams_are_folded_pairs_of_word_characters() -> None:
    assert bigrams("數據，A b") == {"数据", "据a", "ab"}
    assert bigrams("好") == {"好"}
    assert bigrams("，。") == set()


def test_a_sentence_supports_itself_in_either_script() -> None:
    assert supports(Text("數據平臺建成"), Text("数据平台建成。")) == 1.0


def test_support_is_the_share_of_bigrams_that_the_evidence_has() -> None:
    assert supports(Text("甲乙丙丁戊"), Text("甲乙丙")) == 0.5


def test_a_number_that_the_evidence_lacks_leaves_no_support() -> None:
    assert supports(Text("乡镇的覆盖率达到74%"), Text("乡镇的覆盖率达到74.5%")) == 0.0
    assert supports(Text("服务了1.2亿人"), Text("服务了12000万人")) > 0
    assert [value.surface for value in missing_values(Text("2021年有350项"), Text("2021年有360项"))] == ["350"]


def test_nothing_is_supported_by_nothing() -> None:
    assert supports(Text(""), Text("证据")) == supports(Text("，。"), Text("证据")) == supports(Text("证据"), Text("")) == 0.0


def test_a_citation_is_a_raw_slice_with_what_is_known_of_its_article() -> None:
    sentence = Sentence("后记。", RAW.index("后记"), len(RAW))
    (made,) = cite(4, passage(sentence), sentence, RAW)
    assert (made.number, made.quote, RAW[made.start : made.end]) == (4, "后记。", "后记。")
    assert (made.doc_id, made.path, made.title, made.author, made.date, made.section) == (
        "d", "a/d.txt", "县域观察", "李明", "2024-03-02", "一 › 二",
    )  # fmt: skip


def test_a_sentence_in_two_parts_has_a_citation_for_each() -> None:
    first, second = (RAW.index("乡镇"), RAW.index("\n\n页脚")), (RAW.index("达到"), RAW.index("后记"))
    sentence = Sentence("乡镇的覆盖率达到88.5%。", first[0], second[1], spans=(first, second))
    made = cite(1, passage(sentence), sentence, RAW)
    assert [(citation.number, citation.quote) for citation in made] == [(1, "乡镇的覆盖率"), (2, "达到88.5%。")]
    assert all(RAW[citation.start : citation.end] == citation.quote for citation in made)
