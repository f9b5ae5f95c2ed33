"""`dgqa verify`: an answer holds as it was given, and no change of it or of the corpus goes unseen."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import dgqa
from dgqa.answer.assistant import Assistant
from dgqa.answer.verifying import verify_answer
from dgqa.corpus.files import load_corpus
from dgqa.corpus.passages import split_document
from dgqa.errors import AnswerError
from dgqa.types import Filter
from fakes import HashingEmbedder
from llms import ScriptedModel

COUNTY = """县域数字化观察

一、网络
县级单位的网络覆盖率达到99.2%，已经全部接通。
乡镇单位的网络覆盖率达到88.5%，比上一年提高了两个百分点。
"""
QUESTION = "乡镇单位的网络覆盖率是多少？"
HISTORY = [("县级单位的网络覆盖率是多少？", "99.2%")]


def build(folder: Path, text: str = COUNTY, name: str = "county.txt") -> Assistant:
    (folder / "corpus").mkdir(parents=True)
    (folder / "corpus" / name).write_text(text, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    return Assistant.open(folder / "index", embedder=HashingEmbedder())


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    opened = build(tmp_path_factory.mktemp("verifying"))
    yield opened
    opened.retriever.index.close()


def kept(answer: dgqa.Answer) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(answer.to_dict(), ensure_ascii=False))
    return read


@pytest.mark.parametrize(
    ("question", "options"),
    [
        (QUESTION, {}),
        ("鄉鎮單位的網絡覆蓋率是多少？", {}),
        (QUESTION, {"language": "Latn"}),
        ("那乡镇呢？", {"history": HISTORY}),
        ("那么乡镇单位的网络覆盖率是多少？", {"history": HISTORY}),
        (QUESTION, {"filter": Filter(documents=("county.txt",)), "k": 2}),
        ("江苏省乡镇单位的网络覆盖率是多少？", {}),
    ],
)
def test_an_answer_as_it_was_given_holds(assistant: Assistant, question: str, options: dict[str, Any]) -> None:
    report = verify_answer(kept(assistant.ask(question, **options)), {"county.txt": COUNTY}, assistant=assistant)
    assert report.problems == [] and report.ok and report.checks["repeat"] == 3


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a quote": (lambda answer: answer["citations"][0].update(quote="乡镇单位的网络覆盖率达到95.5%"), "is not what stands at"),
    "a start": (lambda answer: answer["citations"][0].update(start=answer["citations"][0]["start"] + 1), "is not what stands at"),
    "a place outside": (lambda answer: answer["citations"][0].update(start=10_000, end=10_005), "is not what stands at"),
    "a path": (lambda answer: answer["citations"][0].update(path="other.txt"), "which is not there"),
    "a sentence": (lambda answer: answer["sentences"][0].update(text="乡镇单位的网络覆盖率达到95.5%。"), "is not what its quotes say"),
    "a citation's number": (lambda answer: answer["sentences"][0].update(citations=[7]), "which is no citation of the answer"),
    "no citation": (lambda answer: answer["sentences"][0].update(citations=[]), "cites nothing"),
    "the status": (lambda answer: answer.update(status="refused"), "the status is refused"),
    "the text": (lambda answer: answer.update(text="覆盖率是95.5%。"), "does not stand in the text"),
    "the index": (lambda answer: answer["trace"].update(index="0" * 16), "have changed"),
    "the model": (lambda answer: answer["trace"].update(model="other:1"), "was found with other:1"),
    "the question": (lambda answer: answer.update(question="怎样训练牧羊犬？"), "asked again"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_answer_does_not_hold(assistant: Assistant, change: str) -> None:
    answer = copy.deepcopy(kept(assistant.ask(QUESTION)))
    apply, problem = CHANGES[change]
    apply(answer)
    report = verify_answer(answer, {"county.txt": COUNTY}, assistant=assistant)
    assert not report.ok and any(problem in line for line in report.problems), report.problems


def test_what_comes_out_another_time_is_told_by_its_places(assistant: Assistant) -> None:
    answer = kept(assistant.ask(QUESTION))
    answer["citations"] += [{**answer["citations"][0], "number": len(answer["citations"]) + 1}]
    problems = verify_answer(answer, {"county.txt": COUNTY}, assistant=assistant).problems
    (told,) = [problem for problem in problems if "asked again" in problem]
    first = answer["citations"][0]
    assert told.startswith(f"asked again, it has another list of citations: county.txt {first['start']}–{first['end']}") and "{" not in told


def test_a_changed_article_is_seen_in_the_files_and_in_the_index(assistant: Assistant, tmp_path: Path) -> None:
    answer = kept(assistant.ask(QUESTION))
    text = COUNTY.replace("88.5%", "98.5%")
    assert not verify_answer(answer, {"county.txt": text}).ok
    other = build(tmp_path / "other", text)
    problems = verify_answer(answer, {"county.txt": text}, assistant=other).problems
    assert any("from the index" in problem for problem in problems)
    other.retriever.index.close()


def test_a_composed_answer_is_checked_against_its_quotes_and_not_asked_again(assistant: Assistant) -> None:
    model = ScriptedModel(replies=["乡镇单位的网络覆盖率达到了88.5%。[1]"])
    answer = kept(assistant.with_llm(model).ask(QUESTION))
    report = verify_answer(answer, {"county.txt": COUNTY}, assistant=assistant)
    assert report.ok and report.checks["support"] == 1 and "repeat" not in report.checks and "scripted" in report.notes[0]
    answer["sentences"][0]["text"] = "乡镇单位的网络覆盖率达到了98.5%。"
    answer["text"] = answer["sentences"][0]["text"]
    assert any("value" in problem for problem in verify_answer(answer, {"county.txt": COUNTY}, assistant=assistant).problems)


@pytest.mark.parametrize("given", [{}, {"error": "x"}, {"question": "q", "status": "maybe", "text": "", "sentences": [], "citations": [], "trace": {}}])
def test_what_is_no_answer_is_an_error(given: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        verify_answer(given, {})


def added(answer: dict[str, Any], text: str) -> None:
    answer["text"] += text


def denied(answer: dict[str, Any]) -> None:
    for part in (answer, answer["sentences"][0]):
        part["text"] = part["text"].replace("达到", "没有达到")


WITHOUT_INDEX: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a denial": (denied, "is not what its quotes say"),
    "a line more": (lambda answer: added(answer, "\n村里没有网络。"), "says more than its sentences"),
    "words before a sentence": (lambda answer: answer["sentences"][0].update(lead="《县志》称："), "does not stand in the text"),
    "a citation twice": (lambda answer: answer["citations"].append(answer["citations"][0]), "stands for several citations"),
    "partial without a reason": (lambda answer: answer.update(status="partial"), "no reason is given"),
}


@pytest.mark.parametrize("change", WITHOUT_INDEX)
def test_a_changed_answer_does_not_hold_by_the_files_alone(assistant: Assistant, change: str) -> None:
    answer = kept(assistant.ask(QUESTION))
    assert verify_answer(answer, {"county.txt": COUNTY}).ok
    apply, problem = WITHOUT_INDEX[change]
    apply(answer)
    report = verify_answer(answer, {"county.txt": COUNTY})
    assert any(problem in line for line in report.problems), report.problems


TABLE = """# 县域平台

| 序号 | 平台名称 | 主管部门 | 接入事项 |
| --- | --- | --- | --- |
| 1 | 甲县通 | 数据局 | 三百五十项 |
| 2 | 乙县通 | 信息办 | 二百一十项 |
"""


def test_the_row_of_a_table_holds_by_the_index_and_by_the_files(tmp_path: Path) -> None:
    opened = build(tmp_path, TABLE, "county.md")
    answer = kept(opened.ask("乙县通的主管部门是哪个？"))
    row = answer["sentences"][0]["text"]
    assert "信息办" in row and row not in TABLE
    document = load_corpus(tmp_path / "corpus")[0][0]
    lines = [sentence for passage in split_document(document) for sentence in passage.sentences]
    known: dict[str, Any]
    for known in ({"assistant": opened}, {"sentences": {"county.md": lines}}):
        assert verify_answer(answer, {"county.md": TABLE}, **known).problems == []
    opened.retriever.index.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer["sentences"][0].update(citations=[[1]]),
        lambda answer: answer["citations"][0].update(number=True),
        lambda answer: answer["trace"].update(request=[1]),
        lambda answer: answer["trace"].update(request={"filter": "x"}),
        lambda answer: answer["trace"].update(request={"filter": {"documents": "x"}}),
        lambda answer: answer["trace"].update(request={"history": 5}),
        lambda answer: answer["trace"].update(request={"history": [5]}),
        lambda answer: answer["trace"].update(request={"k": "z"}),
    ],
)
def test_a_part_of_another_shape_is_an_error(assistant: Assistant, change: Callable[[dict[str, Any]], Any]) -> None:
    answer = kept(assistant.ask(QUESTION))
    change(answer)
    with pytest.raises(AnswerError):
        verify_answer(answer, {"county.txt": COUNTY}, assistant=assistant)
