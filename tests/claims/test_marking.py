"""A model's sentence is held against what it cites alone; what follows from it is no fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dgqa.claims.claim import Statement
from dgqa.claims.marks.marking import Marked, Marker
from dgqa.question.parsing import Question

TOLD = (
    "渡口由航运局管理，2018年通航。",
    "渡口有船三种：客船、货船、渔船。",
    "2019年客流为13925人次，占全县的96.1%，2020年为15210人次，占97.3%。",
    "票价接近20元，等候时间减少了12%。",
    "县志没有记载船工的姓名。",
)


def mark(sentence: str, *cited: int, question: str = "渡口怎么样？", quote: str = "") -> Marked:
    context = "".join(TOLD)
    return Marker([Statement(text, number, "渡口", 0, context) for number, text in enumerate(TOLD, 1)], question=Question(question)).mark(sentence, cited, quote)


@pytest.mark.parametrize(
    ("sentence", "cited"),
    [
        ("渡口由航运局管理。", 1),
        ("渡口的船共有三种。", 2),
        ("渡口有客船、货船和渔船。", 2),
        ("2019年客流约1.4万人次。", 3),
        ("2019年客流约占全县的96%。", 3),
        ("2020年占全县的97.3%，比2019年高1.2个百分点。", 3),
        ("等候时间减少12%。", 4),
        ("县志没有记载船工的姓名。", 5),
    ],
)
def test_what_is_said_and_what_follows_from_it_is_confirmed(sentence: str, cited: int) -> None:
    assert mark(sentence, cited).mark == "confirmed", mark(sentence, cited)


@pytest.mark.parametrize(
    ("sentence", "cited", "why"),
    [
        ("2019年客流为19325人次。", 3, "value"),
        ("渡口的船共有七种。", 2, "value"),
        ("上海的渡口由航运局管理。", 1, "name"),
    ],
)
def test_a_value_or_a_name_that_stands_nowhere_is_withheld(sentence: str, cited: int, why: str) -> None:
    made = mark(sentence, cited)
    assert (made.mark, made.why) == ("withheld", why)


@pytest.mark.parametrize(
    ("sentence", "cited"),
    [
        ("等候时间增加了12%。", 4),
        ("票价超过20元。", 4),
        ("2019年客流为15210人次。", 3),
        ("县志记载了船工的姓名。", 5),
        ("渡口通航于2019年。", 1),
    ],
)
def test_what_is_other_than_the_evidence_is_not_confirmed(sentence: str, cited: int) -> None:
    assert mark(sentence, cited).mark != "confirmed", mark(sentence, cited)


def test_two_words_state_nothing_and_six_characters_may() -> None:
    assert mark("有渔船。", 2).mark == "unconfirmed" and mark("渡口由航运局", 1).mark == "confirmed"


def test_a_correction_may_name_what_it_corrects() -> None:
    assert mark("不是由县政府管理，渡口由航运局管理。", 1).mark == "confirmed"


def test_a_quote_tells_the_evidence_where_no_number_does() -> None:
    assert mark("管渡口的是航运局。", quote="渡口由航运局管理").numbers == (1,)


def test_what_is_missing_in_fact_is_rightly_called_missing() -> None:
    assert mark("证据没有提到2031年的客流。", 3).mark == "confirmed" and mark("证据没有提到票价。", 4).mark == "unconfirmed"


@pytest.mark.model
def test_most_true_sentences_of_the_twins_are_shown_and_most_lies_not_confirmed() -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[2] / "eval" / "measure"))
    from twins import statements

    from dgqa.answer.composed.drafts import Written, written
    from dgqa.corpus.files import load_corpus
    from dgqa.corpus.passages import split_document
    from dgqa.models.embedding import open_embedder

    root = Path(__file__).parents[2]
    passages = {document.path: list(split_document(document)) for document in load_corpus(root / "corpus")[0]}
    embedder = open_embedder("multilingual-e5-small")
    marks: dict[bool, list[str]] = {True: [], False: []}
    for line in (root / "tests/data/twins.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        pieces = statements(passages[case["article"]], case["evidence"])
        made = next(item for item in written(iter([case["text"]])) if isinstance(item, Written))
        marks[case["true"]].append(Marker(pieces, question=Question(case["question"]), embedder=embedder).mark(made.claim, range(1, len(case["evidence"]) + 1)).mark)
    true, lies = marks[True], marks[False]
    assert (len(true), len(lies)) == (187, 152)
    assert true.count("withheld") / len(true) <= 0.03 and true.count("confirmed") / len(true) >= 0.8
    assert lies.count("confirmed") / len(lies) <= 0.28
