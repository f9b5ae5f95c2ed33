"""The report: well-formed, alone, escaped, and saying of every failed question what was and what should have been."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dgqa.errors import ConfigError
from dgqa.evaluation.evaluate import Evidence, Found, Options, Question, Run, compare, evaluate, evaluate_search, load_run
from dgqa.evaluation.plots import histogram, interval_bars, reliability_plot, roc_plot
from dgqa.evaluation.report import render_report, write_run
from dgqa.evaluation.statistics import reliability, roc
from dgqa.types import Answer
from evaluated import (
    QUESTIONS,
    RAWS,
    WINDOWS,
    KnowingAssistant,
    always_refused,
    answered,
    never_refused,
    one_off,
)

_VOID = {"meta", "br"}


class _Page(HTMLParser):
    """Collects the elements and texts of a page and checks that its elements nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def _run(spoil: Callable[[Answer], Answer] | None = None) -> Run:
    return evaluate(KnowingAssistant() if spoil is None else KnowingAssistant(spoil), QUESTIONS, raws=RAWS, repeat=2)


def test_the_page_shows_every_figure_with_its_interval() -> None:
    run = _run(never_refused)
    page = _Page(render_report(run))
    assert all(name in page.text for name in run.figures())
    assert "undefined" in page.text  # precision of refusals that never happened
    assert "By type" in page.text
    assert "By document" in page.text
    assert "sha256:1234" in page.text


def test_every_failed_question_says_what_was_and_what_should_have_been() -> None:
    page = _Page(render_report(_run(always_refused)))
    for question in QUESTIONS[:4]:
        assert question.question in page.text
        assert question.answer in page.text
        assert all(item.quote in page.text for item in question.evidence)
    assert "Failed questions (5)" in page.text
    assert "refused, though the corpus tells" in page.text
    assert "found at rank 1" in page.text
    assert "96.1%" in page.text
    ids = [attributes["id"] for tag, attributes in page.tags if tag == "details" and "open" in attributes]
    assert ids == ["q-q1", "q-q2", "q-q3", "q-q4", "q-q7"]


def test_right_answers_are_there_too_folded() -> None:
    page = _Page(render_report(_run()))
    assert f"Right answers ({len(QUESTIONS)})" in page.text and "Failed questionsNone." in page.text
    folded = {attributes.get("id"): "open" in attributes for tag, attributes in page.tags if tag == "details" and "id" in attributes}
    assert set(folded) == {f"q-{question.id}" for question in QUESTIONS} and not any(folded.values())


def test_keys_that_were_met_are_told_from_missing_ones() -> None:
    def half(answer: Answer) -> Answer:
        return replace(answer, sentences=answer.sentences[:1]) if len(answer.sentences) > 1 else answer

    html = render_report(_run(half))
    assert '<li class="met">1.5亿 / 150 million</li>' in html
    assert '<li class="missing">信息中心 / information centre</li>' in html


def test_a_run_without_a_fault_has_no_failed_question() -> None:
    assert "Failed questionsNone." in _Page(render_report(_run())).text


def test_the_page_asks_no_other_host_and_runs_nothing() -> None:
    page = _Page(render_report(_run(one_off), comparison=compare(_run(one_off), _run()), failures=["keys is 0"]))
    assert not [tag for tag, _ in page.tags if tag in {"script", "link", "img", "iframe", "object", "form"}]
    for _, attributes in page.tags:
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert str(attributes.get("href", "#")).startswith("#")
    assert "url(" not in render_report(_run())
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", render_report(_run()))


def test_whatever_a_text_holds_it_stays_text() -> None:
    attack = "<script>alert(1)</script>\"'&\x00"
    raws = {attack: RAWS["sea.txt"]}
    question = Question(
        attack, attack, "en", "fact", attack, ((attack,),), (Evidence(attack, WINDOWS),), ((attack, attack),), attack
    )

    def hostile(answer: Answer) -> Answer:
        return replace(answered(attack, WINDOWS), text=f"{attack}\ud800", reason=attack, trace={"model": attack})

    run = evaluate(KnowingAssistant(hostile), [question], raws=raws, options=Options(settings={attack: attack}, cost={attack: 1.0}))
    page = _Page(render_report(run, failures=[attack]))
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert page.text.count("<script>alert(1)</script>") > 8


def test_the_links_of_a_comparison_lead_to_what_became_wrong() -> None:
    run = _run(never_refused)
    page = _Page(render_report(run, comparison=compare(run, _run())))
    links = {str(attributes["href"])[1:] for tag, attributes in page.tags if tag == "a"}
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert {"q-q5", "q-q6"} <= links <= ids
    assert "became wrong: q5 q6" in page.text
    back = _Page(render_report(_run(), comparison=compare(_run(), run)))
    assert "became right: q5 q6" in back.text
    assert {str(attributes["href"])[1:] for tag, attributes in back.tags if tag == "a"} <= {
        attributes.get("id") for _, attributes in back.tags
    }


def test_gates_are_shown_where_there_are_some() -> None:
    run = _run()
    assert "gate" not in _Page(render_report(run)).text.lower()
    assert "All gates passed." in _Page(render_report(run, failures=[])).text
    assert "keys is 0, the gate asks" in _Page(render_report(run, failures=["keys is 0, the gate asks for 1"])).text


def test_a_peer_run_has_a_report_too() -> None:
    run = evaluate_search(
        lambda question, k: [Found("sea.txt", 0, 2, 0.5)], QUESTIONS, gold={q.id: [] for q in QUESTIONS}
    )
    page = _Page(render_report(run))
    assert "Latency" in page.text
    links = {str(attributes["href"])[1:] for tag, attributes in page.tags if tag == "a"}
    assert links == {"figures", "slices", "latency", "failed"}  # no score to draw a curve from, no baseline


def test_a_run_is_written_where_it_is_wanted_and_read_back(tmp_path: Path) -> None:
    def odd(answer: Answer) -> Answer:
        return replace(answer, text=f"{answer.text}\ud800")

    run = evaluate(KnowingAssistant(odd), QUESTIONS[:1], raws=RAWS)
    data, page = write_run(tmp_path / "new", run)
    assert load_run(data) == run
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot write the run to"):
        write_run(tmp_path / "file", run)
    with pytest.raises(ConfigError, match="cannot read the run"):
        load_run(tmp_path / "none.json")


# --- plots ---------------------------------------------------------------------------------------------------


def _svg(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def test_a_bar_is_as_long_as_its_share() -> None:
    svg = _svg(
        interval_bars(
            "right by <type>", [("a", 1.0, 0.9, 1.0, 9), ("b", 0.5, None, None, 1), ("c", None, None, None, 0)]
        )
    )
    bars = [float(rect.attrib["width"]) for rect in svg.iter("rect")]
    assert len(bars) == 2
    assert bars[1] == pytest.approx(bars[0] / 2)
    assert len([line for line in svg.iter("line") if line.attrib["class"] == "whisker"]) == 3
    assert "undefined" in [text.text for text in svg.iter("text")]


def test_the_histogram_counts_every_latency_once() -> None:
    svg = _svg(histogram("wall", [10, 10, 10, 1000], {"p50": 10, "p95": 850}))
    tall = sorted(float(rect.attrib["height"]) for rect in svg.iter("rect"))
    assert tall[-1] == pytest.approx(3 * tall[-2], abs=0.2)
    assert sum(height > 0 for height in tall) == 2
    assert {"p50 10 ms", "p95 850 ms"} <= {str(text.text) for text in svg.iter("text")}
    assert histogram("wall", [], {}) == ""
    assert _svg(histogram("wall", [5.0], {})) is not None


def test_the_roc_curve_starts_in_one_corner_and_ends_in_the_other() -> None:
    svg = _svg(roc_plot("refusal", {"score": (roc([0.9, 0.1], [True, False]), 1.0)}, (0.5, 0.75)))
    points = [tuple(map(float, p.split(","))) for p in next(svg.iter("polyline")).attrib["points"].split()]
    assert points == [(58.0, 310.0), (58.0, 30.0), (338.0, 30.0)]
    spot = next(svg.iter("circle"))
    assert (float(spot.attrib["cx"]), float(spot.attrib["cy"])) == (198.0, 100.0)


def test_the_reliability_diagram_has_a_dot_for_every_bin() -> None:
    bins = reliability([0.15, 0.95, 1.0], [False, True, True])
    svg = _svg(reliability_plot("support", bins, x_label="support"))
    assert len(list(svg.iter("circle"))) == len(bins) == 2
    assert "2 questions, score 0.97, right 1.00" in [title.text for title in svg.iter("title")]
