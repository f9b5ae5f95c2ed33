"""Public sets in small: SQuAD's and RGB's formats, their figures, and their broken files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dgqa.errors import AnswerError, ConfigError
from dgqa.evaluation.evaluate import Options, Run, check_gates
from dgqa.evaluation.rgb import load_rgb, rgb_correct, rgb_documents, run_rgb
from dgqa.evaluation.squad import by_document, load_squad, run_squad
from dgqa.types import Answer, AnswerSentence, Hit
from evaluated import WINDOWS, KnowingSearch, answered, hit, refused

# --- SQuAD ---------------------------------------------------------------------------------------------------


def _qa(id_: str, question: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "question": question, "answers": [{"text": "光荣", "answer_start": 0}], **more}


def _squad(path: Path, *paragraphs: tuple[str, list[dict[str, Any]]]) -> Path:
    data = [
        {"title": f"t{i}", "paragraphs": [{"context": text, "qas": qas}]} for i, (text, qas) in enumerate(paragraphs)
    ]
    path.write_text(json.dumps({"version": "v1", "data": data}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    return _squad(
        tmp_path / "dev.json",
        ("光荣开发了战国。", [_qa("Q1", "谁开发的？"), _qa("Q2", "開發了什麼遊戲？")]),
        ("海门市有大厅。", [_qa("Q3", "Which town has a hall?")]),
        ("没有问题的段落。", []),
        ("光荣开发了战国。", [_qa("Q4", "光荣开发了什么？")]),
    )


def test_every_paragraph_becomes_a_document_and_equal_ones_become_one(squad: Path, tmp_path: Path) -> None:
    loaded = load_squad(squad)
    assert [(d.doc_id, d.text) for d in loaded.documents] == [
        ("p00000", "光荣开发了战国。"),
        ("p00001", "海门市有大厅。"),
        ("p00002", "没有问题的段落。"),
    ]
    assert [(q.id, q.lang, q.evidence[0].file) for q in loaded.questions] == [
        ("Q1", "zh-Hans", "p00000.txt"),
        ("Q2", "zh-Hant", "p00000.txt"),
        ("Q3", "en", "p00001.txt"),
        ("Q4", "zh-Hans", "p00000.txt"),
    ]
    folder = loaded.write(tmp_path / "corpus")
    assert sorted(file.name for file in folder.iterdir()) == ["p00000.txt", "p00001.txt", "p00002.txt"]
    assert (folder / "p00001.txt").read_text(encoding="utf-8") == "海门市有大厅。"


def test_questions_may_come_from_a_parallel_file(squad: Path, tmp_path: Path) -> None:
    english = [_qa(f"Q{i}", f"Question {i}?") for i in (1, 2, 3, 4)]
    parallel = _squad(tmp_path / "en.json", ("Koei made it.", english), ("No question.", []))
    loaded = load_squad(squad, parallel)
    assert [(q.question, q.lang) for q in loaded.questions][:2] == [("Question 1?", "en"), ("Question 2?", "en")]
    assert loaded.documents[0].text == "光荣开发了战国。"


def test_a_parallel_file_of_another_set_is_refused(squad: Path, tmp_path: Path) -> None:
    parallel = _squad(tmp_path / "en.json", ("Koei made it.", [_qa("Q1", "Who?")]))
    with pytest.raises(ConfigError, match=r"no question for 3 of the 4 ids of .*dev\.json, such as 'Q2'"):
        load_squad(squad, parallel)


def test_questions_without_an_answer_are_left_out_and_counted(tmp_path: Path) -> None:
    qas = [_qa("Q1", "谁？"), _qa("Q2", "谁？", is_impossible=True)]
    loaded = load_squad(_squad(tmp_path / "v2.json", ("光荣开发了战国。", qas)))
    assert ([q.id for q in loaded.questions], loaded.left_out) == (["Q1"], 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON file"),
        ("[]", r"not in SQuAD's format at data"),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', r"at data\[0\]\.paragraphs\[0\]: KeyError\('context'\)"),
        ('{"data": [{"paragraphs": [{"context": " "}]}]}', r"paragraphs\[0\]\.context must be a text"),
        ('{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": 1, "question": "b"}]}]}]}', "must be texts"),
        ('{"data": []}', "has no question"),
    ],
)
def test_a_file_that_is_not_in_squads_format_says_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        load_squad(path)
    assert "bad.json" in str(caught.value)


def test_an_id_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = _squad(tmp_path / "dev.json", ("光荣。", [_qa("Q1", "谁？"), _qa("Q1", "谁？")]))
    with pytest.raises(ConfigError, match="'Q1' occurs twice"):
        load_squad(path)


def test_squad_is_measured_by_the_rank_of_the_paragraph(squad: Path) -> None:
    ranked = {
        "谁开发的？": ["p00000", "p00001"],
        "開發了什麼遊戲？": ["p00002", "p00000"],
        "Which town has a hall?": ["p00000", "p00002"],
        "光荣开发了什么？": ["p00001", "p00002", "p00000"],
    }
    run = run_squad(lambda question, k: ranked[question][:k], load_squad(squad), options=Options(cost={"index_seconds": 2}))
    figures = run.figures()
    assert figures["recall_any@1"].value == 1 / 4
    assert figures["recall_any@5"].value == 3 / 4
    assert figures["mrr"].value == pytest.approx((1 + 1 / 2 + 0 + 1 / 3) / 4)
    # 1 / log2(2), 1 / log2(3), nothing, 1 / log2(4)
    assert figures["ndcg@10"].value == pytest.approx((1 + 0.6309297 + 0 + 0.5) / 4)
    assert run.settings["documents"] == 3
    assert Run.from_json(run.to_json()).figures() == figures
    assert check_gates(run, {"recall_any@1": 0.5}) == ["recall_any@1 is 0.25, the gate asks for at least 0.5"]
    assert run.records[2].faults == ("evidence 1 of 1 not among the first 10 passages",)


def test_a_limit_draws_the_same_questions_every_time(squad: Path) -> None:
    loaded = load_squad(squad)
    drawn = [[r.question.id for r in run_squad(lambda q, k: [], loaded, limit=2, options=Options(seed=5)).records] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 2


class _Passages:
    """Ten passages, five of each of two documents, best first."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def search(self, question: str, *, k: int) -> list[Hit]:
        self.asked.append(k)
        one = hit(WINDOWS, 1, 0.9)
        paths = ["a.txt"] * 5 + ["b.txt"] * 5
        return [replace(one, rank=i, passage=replace(one.passage, path=path)) for i, path in enumerate(paths, 1)][:k]


def test_documents_are_counted_once_however_many_passages_they_have() -> None:
    passages = _Passages()
    search = by_document(passages)
    assert search("?", 1) == ["a"]
    assert search("?", 2) == ["a", "b"]
    assert passages.asked == [1, 2, 4, 8]
    assert search("?", 3) == ["a", "b"]  # there are no more


# --- RGB -----------------------------------------------------------------------------------------------------

LINE = {
    "id": 3,
    "query": "大厅有多少个窗口？",
    "answer": [["74", "七十四"], "2019年"],
    "positive": ["2019年开通，设窗口74个。", "窗口74个，2019年。"],
    "negative": ["噪声一。", "噪声二。", "噪声三。", "噪声四。", "噪声五。", "噪声六。"],
}
INTEGRATION = LINE | {"id": 4, "positive": [["窗口74个。", "窗口七十四个。"], ["2019年开通。"]]}


def _rgb(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


def test_rgb_lines_are_read_with_their_alternatives(tmp_path: Path) -> None:
    noise, integration = load_rgb(_rgb(tmp_path / "zh.json", LINE, INTEGRATION))
    assert noise.answer == (("74", "七十四"), ("2019年",))
    assert (noise.integration, integration.integration) == (False, True)
    assert integration.positive == (("窗口74个。", "窗口七十四个。"), ("2019年开通。",))
    plain = load_rgb(_rgb(tmp_path / "one.json", LINE | {"answer": "74"}))[0]
    assert plain.answer == (("74",),)


def test_documents_are_mixed_by_the_noise_ratio(tmp_path: Path) -> None:
    item = load_rgb(_rgb(tmp_path / "zh.json", LINE | {"positive": [f"正{i}。" for i in range(5)]}))[0]
    counts = []
    for noise in (0, 0.2, 0.4, 0.6, 0.8, 1):
        documents = rgb_documents(item, noise)
        counts.append((len(documents), sum(text.startswith("噪") for text in documents)))
    assert counts == [(5, 0), (5, 1), (5, 2), (5, 3), (5, 4), (5, 5)]
    assert rgb_documents(item, 0.4) == rgb_documents(item, 0.4)


def test_noise_fills_up_where_positives_run_short_and_the_reverse(tmp_path: Path) -> None:
    short = load_rgb(_rgb(tmp_path / "zh.json", LINE))[0]  # two positives
    assert sum(text.startswith("噪") for text in rgb_documents(short, 0.2)) == 3
    quiet = replace(short, negative=("噪声一。",), positive=(("正一。", "正二。", "正三。", "正四。", "正五。"),))
    assert sum(text.startswith("噪") for text in rgb_documents(quiet, 0.8)) == 1


def test_an_integration_question_gets_a_document_of_every_group(tmp_path: Path) -> None:
    item = load_rgb(_rgb(tmp_path / "int.json", INTEGRATION))[0]
    assert {"窗口74个。", "2019年开通。"} <= set(rgb_documents(item, 0.4))
    assert {"窗口74个。", "2019年开通。"} <= set(rgb_documents(item, 0.8))  # a group's document is never noise
    assert len(rgb_documents(item, 0.4)) == 5


def test_an_answer_is_right_if_it_contains_every_expected_answer(tmp_path: Path) -> None:
    item = load_rgb(_rgb(tmp_path / "zh.json", LINE))[0]
    assert rgb_correct(item, "2019 年開通，設窗口七十四個。")
    assert not rgb_correct(item, "设窗口74个。")
    assert rgb_correct(item, "2019年，1740个")  # by substring, as in the paper


class _Reader:
    """Says whatever its documents say of windows, and refuses where they say nothing."""

    retriever = KnowingSearch()

    def __init__(self, documents: Sequence[str]) -> None:
        self._said = [text for text in documents if "窗口" in text or "年" in text]

    def ask(self, question: str, *, history: Sequence[tuple[str, str]]) -> Answer:
        sentences = tuple(AnswerSentence(text, (), 0.9) for text in self._said)
        return replace(answered(question), sentences=sentences) if sentences else refused(question)


def test_rgb_measures_robustness_integration_and_rejection(tmp_path: Path) -> None:
    items = load_rgb(_rgb(tmp_path / "zh.json", LINE, INTEGRATION))
    done: list[tuple[int, int]] = []
    run = run_rgb(items, _Reader, options=Options(progress=lambda at, total: done.append((at, total))))
    slices = run.slices()["type"]
    assert set(slices) == {
        *(f"noise {noise}" for noise in ("0", "0.2", "0.4", "0.6", "0.8")),
        *(f"integration {noise}" for noise in ("0", "0.2", "0.4")),
        "rejection",
    }
    assert all(slices[name]["rgb_accuracy"].value == 1.0 for name in slices if name != "rejection")
    assert slices["rejection"]["rgb_rejection"].value == 1.0
    assert done[-1] == (9, 9)
    assert Run.from_json(run.to_json()).slices() == run.slices()


def test_an_assistant_that_always_refuses_is_right_on_noise_alone(tmp_path: Path) -> None:
    items = load_rgb(_rgb(tmp_path / "zh.json", LINE))
    run = run_rgb(items, lambda documents: _Reader([]), noises=(0.4,))
    assert run.figures()["rgb_accuracy"].value == 0.0
    assert run.figures()["rgb_rejection"].value == 1.0
    assert run.records[0].faults == ("refused",)


def test_an_assistant_that_never_refuses_fails_on_noise_alone(tmp_path: Path) -> None:
    items = load_rgb(_rgb(tmp_path / "zh.json", LINE))
    run = run_rgb(items, lambda documents: _Reader(["窗口。"]), noises=(0.4,))
    assert run.figures()["rgb_rejection"].value == 0.0
    assert [record.faults for record in run.records] == [
        ("an expected answer is missing",),
        ("answered from noise alone",),
    ]


def test_an_assistant_that_fails_on_rgb_is_wrong(tmp_path: Path) -> None:
    def fail(documents: Sequence[str]) -> _Reader:
        raise AnswerError("no index")

    run = run_rgb(load_rgb(_rgb(tmp_path / "zh.json", LINE)), fail, noises=(0.0,))
    assert [r.error for r in run.records] == ["AnswerError: no index"] * 2
    assert run.figures()["rgb_rejection"].value == 0.0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", ":2: no JSON object"),
        ("7", ":2: no JSON object"),
        (json.dumps({"query": "?"}), ":2: field 'answer': missing"),
        (json.dumps(LINE | {"answer": [1]}), ":2: field 'answer': must hold texts"),
        (json.dumps(LINE | {"query": ""}), ":2: field 'query': must hold texts, none empty"),
        (json.dumps(LINE | {"negative": [{}]}), ":2: field 'negative': must hold texts"),
    ],
)
def test_a_broken_rgb_line_names_line_and_field(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "zh.json"
    path.write_text(f"{json.dumps(LINE)}\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_rgb(path)


def test_a_noise_ratio_beyond_one_is_refused(tmp_path: Path) -> None:
    items = load_rgb(_rgb(tmp_path / "zh.json", LINE))
    with pytest.raises(ConfigError, match=r"0\.\.1"):
        run_rgb(items, _Reader, noises=(40,))
    with pytest.raises(ConfigError, match="no RGB question"):
        run_rgb((), _Reader)
