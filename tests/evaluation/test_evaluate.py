"""Question sets, runs, slices, comparisons and gates, over two tiny files and an assistant of known faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dgqa.errors import ConfigError, CorpusError, SettingError
from dgqa.evaluation.comparison import check_names
from dgqa.evaluation.evaluate import (
    Evidence,
    Found,
    Options,
    Question,
    Run,
    check_gates,
    compare,
    evaluate,
    evaluate_search,
    load_questions,
    locate,
    measure_answer,
    measure_search,
    parse_gates,
    summary_table,
)
from dgqa.evaluation.runs import describe, group, headlines, summarise
from dgqa.types import Answer
from evaluated import (
    CONTENT,
    OPERATOR,
    PLATFORM,
    QUESTIONS,
    RAWS,
    VISITS,
    WINDOWS,
    BlindSearch,
    KnowingAssistant,
    always_refused,
    answered,
    failing,
    never_refused,
    one_off,
    question_line,
    refused,
    span,
)

GATES = {
    "right": 0.9,
    "recall_any@5": 0.9,
    "keys": 0.9,
    "citation_validity": 1.0,
    "citation_recall": 0.9,
    "refusal_recall": 0.9,
    "false_refusals": 0.1,
    "premise_corrected": 0.9,
    "twin_same": 1.0,
    "repeat_same": 1.0,
    "errors": 0.0,
}


def _run(spoil: Callable[[Answer], Answer] | None = None, **options: Any) -> Run:
    assistant = KnowingAssistant() if spoil is None else KnowingAssistant(spoil)
    return evaluate(assistant, QUESTIONS, raws=RAWS, repeat=3, options=Options(**options))


def _write(path: Path, *lines: Mapping[str, object] | str) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


# --- question sets -------------------------------------------------------------------------------------------


def test_a_set_is_read_in_order_over_several_files(tmp_path: Path) -> None:
    history = [{"q": "大厅呢？", "a": "开了。"}]
    one = _write(
        tmp_path / "one.jsonl", question_line(), "", question_line(id="a2", type="multi_turn", history=history)
    )
    two = _write(tmp_path / "two.jsonl", question_line(id="b1", twin="a1", lang="zh-Hant"))
    questions = load_questions(one, two)
    assert [question.id for question in questions] == ["a1", "a2", "b1"]
    assert questions[1].history == (("大厅呢？", "开了。"),)
    assert questions[0].evidence == (Evidence("sea.txt", WINDOWS),)
    assert questions[0].answer_keys == (("74",),)
    assert Question.from_dict(questions[2].to_dict()) == questions[2]


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        (question_line(lang="zh"), "lang", "none of zh-Hans, zh-Hant, en"),
        (question_line(type="riddle"), "type", "none of fact"),
        (question_line(id=None), "id", "missing"),
        (question_line(question=" "), "question", "isn't empty"),
        (question_line(question=7), "question", "isn't empty, is 7"),
        (question_line(question="窗\ud800口"), "question", "valid characters"),
        (question_line(answer=["74"]), "answer", "must be a text"),
        (question_line(answer_keys=["74"]), "answer_keys", "a list of lists of texts"),
        (question_line(answer_keys=[[]]), "answer_keys", "none empty"),
        (question_line(answer_keys=[[74]]), "answer_keys", "texts"),
        (question_line(evidence=[{"file": "sea.txt"}]), "evidence", "{file, quote}"),
        (question_line(evidence={"file": "sea.txt", "quote": "窗"}), "evidence", "a list"),
        (question_line(type="multi_turn"), "history", "needs one"),
        (question_line(history=[["q", "a"]]), "history", "{q, a}"),
        (question_line(type="unanswerable"), "answer_keys", "has none"),
        (question_line(type="unanswerable", answer_keys=None), "evidence", "has none"),
        (question_line(answer_keys=None, evidence=None), "answer_keys", "no answer can be right"),
        (question_line(twin="a1"), "twin", "not its own twin"),
        (question_line(twin="zz"), "twin", "no question 'zz'"),
        (question_line(keys=[["74"]]), "keys", "unknown"),
    ],
)
def test_a_broken_line_names_file_line_and_field(
    tmp_path: Path, line: Mapping[str, object], field: str, words: str
) -> None:
    path = _write(tmp_path / "set.jsonl", question_line(id="ok"), "", line)
    with pytest.raises(ConfigError) as caught:
        load_questions(path)
    assert f"{path}:3: field {field!r}" in str(caught.value)
    assert words in str(caught.value)


def test_all_broken_lines_are_named_at_once(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "set.jsonl", "{", "[]", question_line(), question_line(), question_line(id="a2", lang="de")
    )
    with pytest.raises(ConfigError) as caught:
        load_questions(path)
    message = str(caught.value)
    assert f"{path}:1: no JSON" in message
    assert f"{path}:2: a question is a JSON object, this is list" in message
    assert f"{path}:4: field 'id': 'a1' stands at {path}:3 already" in message
    assert f"{path}:5: field 'lang'" in message


def test_a_set_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the question set .*none\.jsonl"):
        load_questions(tmp_path / "none.jsonl")
    (tmp_path / "gbk.jsonl").write_bytes(b"\n" + "窗口".encode("gbk"))
    with pytest.raises(ConfigError, match=r"gbk\.jsonl, line 2, is not UTF-8 at byte 1"):
        load_questions(tmp_path / "gbk.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no question in .*empty\.jsonl"):
        load_questions(tmp_path / "empty.jsonl")


def test_quotes_are_located_in_the_raw_text() -> None:
    places = locate(QUESTIONS, RAWS)
    assert places["q3"] == (span(PLATFORM), span(OPERATOR))
    assert all(RAWS[file][start:end] == PLATFORM for file, start, end in places["q3"][:1])
    assert places["q5"] == ()


@pytest.mark.parametrize(
    ("file", "quote", "words"),
    [
        ("sea.txt", "设窗口75个", "q: the quote doesn't occur in sea.txt: '设窗口75个'"),
        ("sea.txt", "設窗口 74個", "it does but for white space, width or script"),
        ("sea.txt", "海门市", "q: the quote occurs more than once in sea.txt"),
        ("lake.txt", "窗口", "lake.txt, evidence of 1 question, isn't in the index, which holds hill.txt, sea.txt"),
    ],
)
def test_a_set_that_does_not_belong_to_the_index_is_refused_before_the_run(file: str, quote: str, words: str) -> None:
    assistant = KnowingAssistant()
    question = Question(
        "q", "有多少个窗口？", "zh-Hans", "fact", answer_keys=(("74",),), evidence=(Evidence(file, quote),)
    )
    with pytest.raises(CorpusError) as caught:
        evaluate(assistant, (*QUESTIONS, question), raws=RAWS)
    assert words in str(caught.value)
    assert assistant.asked == []


def test_overlapping_occurrences_of_a_quote_are_more_than_one() -> None:
    question = Question("q", "?", "zh-Hans", "fact", answer_keys=(("a",),), evidence=(Evidence("f", "aa"),))
    with pytest.raises(CorpusError, match="more than once"):
        locate([question], {"f": "aaa"})


# --- one question --------------------------------------------------------------------------------------------


def test_search_is_measured_by_the_overlap_of_raw_spans() -> None:
    found = [Found("sea.txt", 0, 5, 0.9), Found(*span(OPERATOR), 0.8), Found(*span(PLATFORM), 0.7)]
    figures, faults = measure_search(found, [span(PLATFORM), span(OPERATOR)], ks=(1, 2, 3), depth=3)
    assert figures["recall_any@1"] == (0.0, 1.0)
    assert figures["recall_any@2"] == (1.0, 1.0)
    assert figures["recall_all@2"] == (0.0, 1.0)
    assert figures["recall_all@3"] == (1.0, 1.0)
    assert figures["mrr"] == (1 / 2, 1.0)
    assert faults == ()


def test_recall_beyond_the_depth_of_the_search_is_undefined() -> None:
    figures, faults = measure_search([Found(*span(VISITS), 0.9)], [span(WINDOWS)], ks=(1, 5), depth=1)
    assert set(figures) == {"mrr", "recall_any@1", "recall_all@1"}
    assert faults == ("evidence 1 of 1 not among the first 1 passages",)
    assert measure_search([], [], ks=(1, 5), depth=5) == ({}, ())


def test_an_answer_is_measured_by_its_sentences_and_not_by_its_markers() -> None:
    question = replace(QUESTIONS[0], answer_keys=(("1",),))
    figures, faults = measure_answer(question, [span(WINDOWS)], answered("?", WINDOWS), RAWS)
    assert figures["keys"] == (0.0, 1.0)  # [1] is no 1
    assert faults == ("the answer lacks 1",)


def test_a_refusal_that_mentions_the_answer_does_not_say_it() -> None:
    hinting = replace(refused("?"), text="是不是74个，资料没有说。", reason="74")
    figures, faults = measure_answer(QUESTIONS[0], [span(WINDOWS)], hinting, RAWS)
    assert (figures["keys"], figures["token_f1"], figures["right"]) == ((0.0, 1.0), (0.0, 1.0), (0.0, 1.0))
    assert faults == ("refused, though the corpus tells",)


def test_what_does_not_apply_to_a_question_is_not_measured() -> None:
    figures, _ = measure_answer(QUESTIONS[4], (), refused("?"), RAWS)
    assert set(figures) == {
        "right", "errors", "refusal_precision", "refusal_recall", "refusal_f1", "false_refusals", "not_answered",
    }  # fmt: skip
    assert figures["false_refusals"] == (0.0, 0.0)
    assert figures["right"] == (1.0, 1.0) and figures["not_answered"] == (1.0, 1.0)


def test_a_false_premise_must_be_rejected_and_corrected() -> None:
    question, gold = QUESTIONS[6], [span(WINDOWS)]
    both, _ = measure_answer(question, gold, answered("?", WINDOWS, lead="前提有误。"), RAWS)
    corrected, faults = measure_answer(question, gold, answered("?", WINDOWS), RAWS)
    neither, _ = measure_answer(question, gold, refused("?"), RAWS)
    shown = [(f["premise_rejected"][0], f["premise_corrected"][0], f["right"][0]) for f in (both, corrected, neither)]
    assert shown == [(1.0, 1.0, 1.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0)]
    assert faults == ("the false premise is not called wrong",)
    assert "false_refusals" not in both


# --- whole runs ----------------------------------------------------------------------------------------------


def test_an_assistant_without_a_fault_reaches_every_gate() -> None:
    run = _run()
    assert check_gates(run, GATES) == []
    assert [record.faults for record in run.records] == [()] * 7
    figures = run.figures()
    assert figures["right"].value == 1.0
    assert figures["right"].n == 7
    assert figures["span_f1"].value == 1.0
    assert figures["keys"].n == 4  # neither the unanswerable ones nor the false premise
    assert figures["twin_hits"].value == 1.0
    assert figures["twin_same"].n == 1  # a pair counts once


@pytest.mark.parametrize(
    ("spoil", "failed"),
    [
        (one_off, {"citation_validity", "citation_recall"}),
        (
            always_refused,
            {"right", "keys", "false_refusals", "premise_corrected", "citation_validity", "citation_recall"},
        ),
        (never_refused, {"right", "refusal_recall"}),
        (failing, {*GATES} - {"repeat_same", "false_refusals"}),  # it fails alike twice, and refuses nothing
    ],
)
def test_every_fault_of_an_assistant_makes_gates_fail(spoil: Callable[[Answer], Answer], failed: set[str]) -> None:
    failures = check_gates(_run(spoil), GATES)
    assert {failure.split()[0] for failure in failures} == failed


def test_a_search_without_evidence_makes_a_gate_fail() -> None:
    run = evaluate(KnowingAssistant(retriever=BlindSearch()), QUESTIONS, raws=RAWS)
    assert check_gates(run, {"recall_any@5": 0.9}) == ["recall_any@5 is 0, the gate asks for at least 0.9"]


def test_a_refused_question_is_a_wrong_answer_and_no_undefined_one() -> None:
    figures = _run(always_refused).figures()
    assert figures["keys"].value == 0.0
    assert figures["right"].value == pytest.approx(2 / 7)
    assert figures["refusal_precision"].value == pytest.approx(2 / 6)  # the false premise takes no part
    assert figures["false_refusals"].value == 1.0
    assert "citation_precision" not in figures


def test_a_question_with_a_history_is_measured_on_the_hits_of_its_answer() -> None:
    assistant = KnowingAssistant()
    record = evaluate(assistant, QUESTIONS[3:4], raws=RAWS).records[0]
    assert assistant.asked == [("那满意度呢？", [("大厅接待多少人次？", "12万人次。")])]
    assert record.figures["recall_any@5"] == (1.0, 1.0)
    assert "recall_any@10" not in record.figures  # the answer came with five hits
    assert "retriever.search" not in record.timings


def test_an_assistant_that_fails_is_recorded_and_counts_as_wrong() -> None:
    run = _run(failing)
    assert run.records[0].error.startswith("AnswerError: cannot answer")
    assert run.figures()["errors"].value == 1.0
    assert run.figures()["right"].value == 0.0
    assert run.figures()["refusal_recall"].value == 0.0  # to fail is not to refuse


def test_an_unexpected_exception_ends_the_run() -> None:
    def broken(answer: Answer) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _run(broken)


def test_answers_that_change_between_two_asks_are_found() -> None:
    texts = iter(range(100))
    run = _run(lambda answer: replace(answer, text=f"{next(texts)}{answer.text}"))
    assert run.figures()["repeat_same"].value == 0.0
    assert run.figures()["repeat_same"].n == 3
    assert check_gates(run, {"repeat_same": 1.0}) == ["repeat_same is 0, the gate asks for at least 1"]


def test_citations_that_change_between_two_asks_are_found() -> None:
    turns = iter(range(100))
    run = _run(lambda answer: one_off(answer) if next(turns) % 2 else answer)
    assert run.figures()["repeat_same"].value == pytest.approx(1 / 3)  # q1 and q3 cite; q5 is refused twice


def test_twins_with_different_evidence_are_found() -> None:
    def hans_only(answer: Answer) -> Answer:
        return answered(answer.question, VISITS, hits=answer.hits) if "務" in answer.question else answer

    run = _run(hans_only)
    assert run.figures()["twin_same"].value == 0.0
    assert "its twin q2 is answered from other evidence" in run.records[0].faults


def test_progress_is_told_after_every_question() -> None:
    seen: list[tuple[int, int]] = []
    evaluate(KnowingAssistant(), QUESTIONS[:2], raws=RAWS, options=Options(progress=lambda done, total: seen.append((done, total))))
    assert seen == [(1, 2), (2, 2)]


def test_a_run_without_questions_is_refused() -> None:
    with pytest.raises(ConfigError, match="no question"):
        evaluate(KnowingAssistant(), (), raws=RAWS)
    with pytest.raises(ConfigError, match="depths of recall"):
        evaluate(KnowingAssistant(), QUESTIONS, raws=RAWS, options=Options(ks=()))


def test_a_peer_is_measured_by_its_search_alone() -> None:
    def search(question: str, k: int) -> list[Found]:
        return [Found(*span(text), 0.5) for text in (VISITS, WINDOWS, CONTENT)][:k]

    run = evaluate_search(search, QUESTIONS, gold=locate(QUESTIONS, RAWS), options=Options(ks=(1, 2)))
    figures = run.figures()
    assert figures["recall_any@1"].value == 0.0
    assert figures["recall_any@2"].value == pytest.approx(3 / 5)  # q1, q2 and q7 of five with evidence
    assert figures["mrr"].value == pytest.approx((0.5 + 0.5 + 0 + 0 + 0.5) / 5)
    assert "right" not in figures
    assert run.latency()["wall"].n == 7


# --- figures, slices, run.json -------------------------------------------------------------------------------


def test_figures_are_sums_over_sums_with_an_interval() -> None:
    run = _run(lambda answer: refused(answer.question, answer.hits) if "大厅有" in answer.question else answer)
    figures = run.figures()
    assert figures["keys"].value == pytest.approx(3 / 4)
    assert figures["right"].value == pytest.approx(6 / 7)
    assert figures["right"].low is not None
    assert figures["right"].low < 6 / 7 <= (figures["right"].high or 0)


def test_slices_group_by_type_language_document_and_tags() -> None:
    slices = _run().slices()
    assert list(slices["type"])[:2] == ["number", "unanswerable"]  # two each, then one each
    assert slices["type"]["number"]["right"].n == 2
    assert set(slices["lang"]) == {"zh-Hans", "zh-Hant", "en"}
    assert slices["lang"]["en"]["right"].n == 1
    assert set(slices["document"]) == {"sea.txt", "hill.txt"}
    assert slices["document"]["sea.txt"]["right"].n == 5  # four by their evidence, one says so
    assert set(slices["note"]) == {"near-miss"}  # what a single question bears is no slice
    assert summarise([]) == {}


def test_a_note_in_words_makes_no_slice() -> None:
    record = _run().records[0]
    told = replace(record, question=replace(record.question, note="See table 3; the answer is in the second row of it"))
    assert "note" not in group([told, told])


def test_a_run_survives_its_json() -> None:
    run = _run(one_off, settings={"llm": None}, cost={"index_seconds": 1.5})
    text = run.to_json()
    again = Run.from_json(text)
    assert again == replace(run, settings=again.settings)
    assert again.figures() == run.figures()
    assert json.loads(text)["figures"]["right"]["n"] == 7
    assert run.fingerprints == {"index": "sha256:1234", "model": "fake"}
    assert run.cost["index_seconds"] == 1.5
    assert run.cost["first_answer_ms"] > 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "records": [{}]}'])
def test_what_is_no_run_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"base\.json .*dgqa eval"):
        Run.from_json(text, name="base.json")


def test_latency_is_told_by_stage() -> None:
    latency = _run().latency()
    assert next(iter(latency)) == "wall"
    assert (latency["answer"].p50, latency["answer"].p95, latency["answer"].n) == (3.0, 3.0, 7)
    assert latency["retriever.search"].n == 6


def test_every_figure_has_a_description() -> None:
    assert all(describe(name) for name in _run().figures())
    assert headlines(["recall_any@1", "recall_any@5", "recall_any@10", "right"]) == ["right", "recall_any@5"]


# --- two runs ------------------------------------------------------------------------------------------------


def test_a_comparison_tells_what_was_gained_and_lost() -> None:
    comparison = compare(_run(), _run(never_refused))
    assert comparison.gained == ("q5", "q6")
    assert comparison.lost == ()
    right = comparison.figures["right"]
    assert right.before == pytest.approx(5 / 7)
    assert right.after == 1.0
    assert right.low <= 2 / 7 <= right.high
    assert comparison.slices["type"]["unanswerable"]["right"].value == 1.0
    assert comparison.latency["answer"][0].p50 == 3.0


def test_a_comparison_leaves_out_what_only_one_run_asked() -> None:
    fewer = evaluate(KnowingAssistant(), QUESTIONS[:3], raws=RAWS)
    reworded = replace(QUESTIONS[0], question=QUESTIONS[1].question)
    other = evaluate(KnowingAssistant(), (reworded, *QUESTIONS[1:]), raws=RAWS)
    comparison = compare(fewer, other)
    assert (comparison.n, comparison.left_out) == (2, 5)


def test_runs_over_different_questions_cannot_be_compared() -> None:
    one, two = (evaluate(KnowingAssistant(), [question], raws=RAWS) for question in QUESTIONS[4:6])
    with pytest.raises(ConfigError, match="no question in common"):
        compare(one, two)


# --- gates ---------------------------------------------------------------------------------------------------


def test_a_gate_says_which_figure_fell_short() -> None:
    assert check_gates(_run(always_refused), {"keys": 0.5, "false_refusals": 0.1}) == [
        "keys is 0, the gate asks for at least 0.5",
        "false_refusals is 1, the gate allows at most 0.1",
    ]


def test_a_gate_may_bind_a_slice_a_latency_or_a_cost() -> None:
    run = _run(never_refused, cost={"index_seconds": 30.0})
    assert (
        check_gates(run, {"right:zh-Hant": 1.0, "right:number": 1.0, "p95_ms.answer": 3.0, "index_seconds": 60}) == []
    )
    assert check_gates(run, {"right:near-miss": 0.5, "p50_ms.answer": 2, "index_seconds": 10}) == [
        "right:near-miss is 0, the gate asks for at least 0.5",
        "p50_ms.answer is 3, the gate allows at most 2",
        "index_seconds is 30, the gate allows at most 10",
    ]


def test_an_undefined_figure_fails_its_gate() -> None:
    run = evaluate(KnowingAssistant(), QUESTIONS[:1], raws=RAWS)
    assert check_gates(run, {"refusal_recall": 0.5}) == [
        "refusal_recall is undefined, no question measures it; the gate asks for 0.5"
    ]
    assert check_gates(_run(), {"keys:unanswerable": 0.5}) == [
        "keys:unanswerable is undefined, no question measures it; the gate asks for 0.5"
    ]


@pytest.mark.parametrize(
    ("gates", "words"),
    [
        ({"rihgt": 1.0}, "no figure 'rihgt'; it has right"),
        ({"right:de": 1.0}, "no slice 'de'; it has"),
        ({"p95_ms.x": 1.0}, "no figure"),
    ],
)
def test_a_gate_on_something_unknown_is_an_error(gates: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_gates(_run(), gates)


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("beauty", "there is no figure 'beauty'"),
        ("recall_any", "recall_any is measured at recall_any@1, recall_any@5, recall_any@10"),
        ("ndcg@5", "ndcg is measured at ndcg@10"),
        ("keys@5", "keys has no depth"),
        ("right:klingon", "no question is in the slice 'klingon'; there are"),
    ],
)
def test_a_gate_that_no_run_can_have_is_named_before_the_run(gate: str, words: str) -> None:
    with pytest.raises(SettingError) as caught:
        check_names({"right": 0.5, gate: 0.5}, QUESTIONS)
    assert repr(gate) in str(caught.value) and words in str(caught.value) and "'right':" not in str(caught.value)


def test_gates_on_what_a_run_has_are_let_through() -> None:
    check_names(["right", "recall_all@5", "ndcg@10", "keys:zh-Hant", "right:near-miss", "p95_ms", "p50_ms.answer", "index_seconds"], QUESTIONS)
    check_names(["rgb_accuracy:noise 0.2"])


def test_gates_are_read_from_texts() -> None:
    assert parse_gates(["recall_any@5=0.9", "right:zh-Hant = .7"]) == {"recall_any@5": 0.9, "right:zh-Hant": 0.7}
    for text in ("right", "right=", "right=high", "=0.9"):
        with pytest.raises(ConfigError, match="write KEY=VALUE"):
            parse_gates([text])


# --- text ----------------------------------------------------------------------------------------------------


def test_the_table_shows_figures_slices_latency_and_changes() -> None:
    run = _run(never_refused, cost={"index_seconds": 1.5})
    table = summary_table(run, comparison=compare(run, _run()))
    lines = table.splitlines()
    assert lines[0].startswith("7 questions")
    assert any(line.split()[:2] == ["right", "0.71"] for line in lines)
    assert any(line.split()[:3] == ["unanswerable", "2", "0.00"] for line in lines)
    assert any(line.split() == ["index_seconds", "1.5"] for line in lines)
    assert "became wrong: q5 q6" in table
    refusals = [line for line in lines if line.startswith("refusal_precision")]
    assert refusals[0].split()[:2] == ["refusal_precision", "undefined"]


def test_table_columns_stay_aligned_under_chinese_names() -> None:
    raws = {"海门市概况.txt": RAWS["sea.txt"]}
    question = replace(QUESTIONS[0], evidence=(Evidence("海门市概况.txt", WINDOWS),), twin="")
    table = summary_table(evaluate(KnowingAssistant(), [question], raws=raws))
    line = next(line for line in table.splitlines() if line.startswith("海门市概况.txt"))
    head = next(line for line in table.splitlines() if line.startswith("document"))
    wide = sum(ord(char) > 0x2E80 for char in line)
    assert len(line) + wide == len(head)
