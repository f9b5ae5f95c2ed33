"""A model's sentence is held against what it cites alone; what follows from it is no fault."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from dgqa.claims.claim import Statement
from dgqa.claims.marking import Marked, Marker
from dgqa.models.readers.windows import Page
from dgqa.question.parsing import Question

TOLD = (
    "渡口由航运局管理，2018年通航。",
    "渡口有船三种：客船、货船、渔船。",
    "2019年客流为13925人次，占全县的96.1%，2020年为15210人次，占97.3%。",
    "票价接近20元，等候时间减少了12%。",
    "县志没有记载船工的姓名。",
)


class Says:
    """Tells that every claim follows with one probability, or with that of the first page that has given words."""

    name = "says"

    def __init__(self, probability: float, **by_words: float) -> None:
        self.probability, self.by_words, self.pages = probability, by_words, list[Page]()

    def follows(self, claim: str, pages: Sequence[Page]) -> list[float]:
        self.pages += pages
        return [next((value for word, value in self.by_words.items() if word in "".join(page.sentences)), self.probability) for page in pages]


def mark(sentence: str, *cited: int, question: str = "渡口怎么样？", quote: str = "", entailment: Says | None = None) -> Marked:
    context = "".join(TOLD)
    pieces = [Statement(text, number, "渡口", context) for number, text in enumerate(TOLD, 1)]
    return Marker(pieces, question=Question(question), entailment=entailment or Says(0.99)).mark(sentence, cited, quote)


@pytest.mark.parametrize(
    ("sentence", "cited"),
    [
        ("渡口的船共有三种。", 2),
        ("2019年客流约1.4万人次。", 3),
        ("2019年客流约占全县的96%。", 3),
        ("2020年占全县的97.3%，比2019年高1.2个百分点。", 3),
        ("等候时间减少12%。", 4),
    ],
)
def test_values_that_follow_from_the_evidence_are_no_fault(sentence: str, cited: int) -> None:
    assert mark(sentence, cited).mark == "confirmed", mark(sentence, cited)


def test_a_sum_in_formal_numerals_is_the_same_in_figures() -> None:
    piece = Statement("办证应缴手续费贰佰元，押金參仟元。", 1, "渡口", "")
    marker = Marker([piece], question=Question("办证要交多少钱？"), entailment=Says(0.99))
    assert marker.mark("手续费200元，押金3,000元。", (1,)).mark == "confirmed" and marker.mark("手续费300元。", (1,)).why == "value"


@pytest.mark.parametrize(
    ("sentence", "cited", "why"),
    [
        ("2019年客流为19325人次。", 3, "value"),
        ("渡口的船共有七种。", 2, "value"),
        ("上海的渡口由航运局管理。", 1, "name"),
    ],
)
def test_a_value_or_a_name_that_stands_nowhere_is_withheld_whatever_the_model_says(sentence: str, cited: int, why: str) -> None:
    made = mark(sentence, cited)
    assert (made.mark, made.why) == ("withheld", why)


def test_what_does_not_follow_is_not_confirmed_and_nothing_is_withheld_for_it() -> None:
    made = mark("管渡口的是县政府各部门。", 1, entailment=Says(0.02))
    assert (made.mark, made.why, made.support) == ("unconfirmed", "support", 0.02)


def test_the_words_of_the_evidence_are_confirmed_without_being_judged() -> None:
    silent = Says(0.0)
    assert mark("渡口由航运局管理。", 1, entailment=silent).mark == "confirmed" and not silent.pages


def test_without_a_model_only_what_shares_nearly_all_its_words_is_confirmed() -> None:
    pieces = [Statement(TOLD[0], 1, "渡口", TOLD[0])]
    assert Marker(pieces).mark("这渡口由航运局管理，2018年通航。", (1,)).mark == "confirmed"
    assert Marker(pieces).mark("航运局负责这个渡口的日常事务。", (1,)).mark == "unconfirmed"
    assert Marker(pieces).mark("The ferry is run by the shipping bureau.", (1,)).mark == "unconfirmed"


def test_what_is_cited_is_judged_with_the_sentences_beside_it_and_no_others() -> None:
    judge = Says(0.99)
    mark("客货两用之外，还有捕鱼的船。", 2, entailment=judge)
    assert judge.pages[0] == Page("渡口", TOLD[:3])


def test_a_wrong_number_is_set_right_where_another_piece_supports_the_sentence() -> None:
    made = mark("等候的时间短了12%。", 1, entailment=Says(0.1, 票价=0.98))
    assert (made.mark, made.numbers) == ("confirmed", (4,))


def test_a_chinese_sentence_that_cites_nothing_is_judged_by_the_piece_that_shares_most_of_it() -> None:
    judge = Says(0.2, 县志=0.98)
    made = mark("渡口归航运局管，没有别的单位。", entailment=judge)
    assert made.numbers == (1,) and len(judge.pages) == 1


def test_two_words_state_nothing_and_six_characters_may() -> None:
    assert mark("有渔船。", 2).mark == "unconfirmed" and mark("渡口由航运局", 1).mark == "confirmed"


def test_a_correction_may_name_what_it_corrects() -> None:
    assert mark("不是由县政府管理，渡口由航运局管理。", 1).mark == "confirmed"


def test_a_quote_tells_the_evidence_where_no_number_does() -> None:
    assert mark("管渡口的是航运局。", quote="渡口由航运局管理").numbers == (1,)


def test_what_is_missing_in_fact_is_rightly_called_missing() -> None:
    unsure = Says(0.1)
    assert mark("证据没有提到2031年的客流。", 3, entailment=unsure).mark == "confirmed" and mark("证据没有提到票价。", 4, entailment=unsure).mark == "unconfirmed"


def test_an_english_sentence_of_which_the_evidence_has_next_to_no_word_is_not_confirmed() -> None:
    piece = Statement("渡口的船每月由航运局检修一次。", 1, "", "渡口的船每月由航运局检修一次。")
    marker = Marker([piece], entailment=Says(0.99))
    assert marker.mark("The ferry's boats are overhauled by the shipping bureau every month.", (1,)).mark == "confirmed"
    assert marker.mark("Functional languages handle nested loops more elegantly than others.", (1,)).mark == "unconfirmed"
    english = Statement("The ferry is painted blue.", 1, "", "The ferry is painted blue.")
    assert Marker([english], entailment=Says(0.99)).mark("Blue is the colour that the ferry is painted in.", (1,)).mark == "confirmed"


def test_what_a_small_model_writes_must_be_likelier_to_follow() -> None:
    piece = Statement("渡口的船每月由航运局检修一次。", 1, "", "渡口的船每月由航运局检修一次。")
    for sentence in ("航运局每个月都给渡船做检修。", "The shipping bureau overhauls the boats every month."):
        marks = [Marker([piece], entailment=Says(0.9), careful=careful).mark(sentence, (1,)).mark for careful in (False, True)]
        assert marks == ["confirmed", "unconfirmed"]


@pytest.mark.model
def test_most_true_sentences_of_the_twins_are_confirmed_and_most_lies_are_not() -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[2] / "eval" / "measure"))
    from twins import statements

    from dgqa.answer.composed.drafts import Written, written
    from dgqa.corpus.files import load_corpus
    from dgqa.corpus.passages import split_document
    from dgqa.models.readers.opening import open_entailment

    root = Path(__file__).parents[2]
    passages = {document.path: list(split_document(document)) for document in load_corpus(root / "corpus")[0]}
    entailment = open_entailment("multilingual-e5-small")
    marks: dict[bool, list[str]] = {True: [], False: []}
    # Every other one; eval/measure/twins.py has all of them marked.
    for line in (root / "tests/data/twins.jsonl").read_text(encoding="utf-8").splitlines()[1::2]:
        case = json.loads(line)
        pieces, cited = statements(passages[case["file"]], case["evidence"])
        made = next(item for item in written(iter([case["text"]])) if isinstance(item, Written))
        marks[case["true"]].append(Marker(pieces, question=Question(case["question"]), entailment=entailment).mark(made.claim, cited).mark)
    true, lies = marks[True], marks[False]
    assert (len(true), len(lies)) == (96, 73)
    assert true.count("withheld") / len(true) <= 0.03 and true.count("confirmed") / len(true) >= 0.42
    assert lies.count("confirmed") / len(lies) <= 0.15
