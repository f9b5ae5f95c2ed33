"""The gates of `make eval`, which sees whether today's program passes them: one that is broken in a way that matters doesn't."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.evaluation.evaluate import Question, Run, check_gates, evaluate, evaluate_search, load_questions, locate, parse_gates
from dgqa.evaluation.runs import Found
from dgqa.index.bm25 import LexicalScores, LexicalStore
from dgqa.types import Answer, Hit
from evaluated import always_refused, one_off

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.model


# What the answers to a quarter of the set are held to.
JUDGED = ("right", "keys", "false_refusals", "citation_validity", "citation_recall", "citation_verbatim")


def gates() -> dict[str, float]:
    """Return the gates as the Makefile has them."""
    made = re.search(r"^GATES := ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert made is not None
    return parse_gates(made[1].replace("\\\n", " ").split())


class Dev:
    """The dev set, a quarter of it asked once: what came back can be spoiled and measured again without asking."""

    def __init__(self, index: Path) -> None:
        self.assistant = Assistant.open(index)
        self.retriever = self
        texts = self.assistant.retriever.index
        self.raws = {document["path"]: texts.raw(document["doc_id"]) for document in texts.documents()}
        self.questions: Sequence[Question] = load_questions(ROOT / "eval" / "questions" / "dev.jsonl")
        self.asked = self.questions[::4]
        self._answers: dict[tuple[str, tuple[tuple[str, str], ...]], Answer] = {}
        self._hits: dict[str, list[Hit]] = {}
        self.spoil: Callable[[Answer], Answer] | None = None

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer:
        key = question, tuple(history)
        if self.spoil is not None:
            return self.spoil(self._answers[key])
        self._answers[key] = self.assistant.ask(question, history)
        return self._answers[key]

    def search(self, question: str, *, k: int) -> list[Hit]:
        if question not in self._hits:
            self._hits[question] = self.assistant.retriever.search(question, k)
        return self._hits[question]

    def run(self, spoil: Callable[[Answer], Answer] | None = None) -> Run:
        self.spoil = spoil
        return evaluate(self, self.asked, raws=self.raws, repeat=3)


@pytest.fixture(scope="module")
def dev(corpus_index: Path) -> Dev:
    made = Dev(corpus_index)
    assert failed(made.run(), measured=JUDGED.__contains__) == set()
    return made


def failed(run: Run, *, measured: Callable[[str], bool] = lambda name: True) -> set[str]:
    """Return the figures whose gates a run fails."""
    asked = {name: bound for name, bound in gates().items() if measured(name)}
    return {failure.split()[0] for failure in check_gates(run, asked)}


def test_always_refusing_fails(dev: Dev) -> None:
    assert failed(dev.run(always_refused)) >= {"right", "keys", "false_refusals"}


def test_citations_that_point_one_character_too_far_fail(dev: Dev) -> None:
    assert failed(dev.run(one_off)) >= {"citation_validity", "citation_recall"}


def test_offsets_that_are_off_by_one_fail_though_their_quotes_are_cut_from_the_raw_text(dev: Dev) -> None:
    def moved(answer: Answer) -> Answer:
        cited = [
            replace(c, start=c.start + 1, end=c.end + 1, quote=dev.raws[c.path][c.start + 1 : c.end + 1]) for c in answer.citations
        ]
        return replace(answer, citations=tuple(cited))

    assert "citation_verbatim" in failed(dev.run(moved))


def test_without_the_lexical_half_the_search_fails(dev: Dev, monkeypatch: pytest.MonkeyPatch) -> None:
    def search(question: str, k: int) -> list[Found]:
        hits = dev.assistant.retriever.search(question, k)
        return [Found(hit.passage.path, hit.passage.start, hit.passage.end, hit.score) for hit in hits]

    alone = [question for question in dev.questions if not question.history]
    gold = locate(alone, dev.raws)

    def missed() -> set[str]:
        return failed(evaluate_search(search, alone, gold=gold), measured=lambda name: name.startswith(("recall", "mrr")))

    assert not missed()
    monkeypatch.setattr(LexicalStore, "scores", lambda store, tokens, weights=None: LexicalScores((), store.size, 0.0, dict.fromkeys(tokens, 0.0), ()))
    assert missed()
