"""A run on paper: run.json and report.html, one page that stands alone, in light or dark, and asks no other host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dgqa.data import content
from dgqa.errors import ConfigError
from dgqa.evaluation.comparison import Comparison, interval, shown
from dgqa.evaluation.metrics import evidence_ranks, key_found, overlaps, without_markers
from dgqa.evaluation.plots import Row, histogram, interval_bars, reliability_plot, roc_plot
from dgqa.evaluation.runs import LOWER_IS_BETTER, Figure, Record, Run, describe, group, headlines
from dgqa.evaluation.statistics import auc, calibration_error, mean, reliability, roc

if TYPE_CHECKING:
    from jinja2 import Template

_PASSAGES = 5  # shown of what was found for a failed question
_QUOTE = 400  # characters of a passage shown
_SCORES = {"first_hit": "first hit's score", "support": "mean support", "confidence": "confidence"}


def render_report(
    run: Run,
    *,
    comparison: Comparison | None = None,
    failures: Sequence[str] | None = None,
) -> str:
    """Return the page of a run.

    Args:
        run: what was measured.
        comparison: to a baseline, shown where it is given.
        failures: of the gates; an empty list says that all were passed, None that there were none.
    """
    figures = run.figures()
    kept = {**run.settings, **run.fingerprints, **{f"cost: {name}": value for name, value in run.cost.items()}}
    page = _template().render(
        run=run,
        figures=figures,
        columns=headlines(figures),
        kept=[(name, _value(value)) for name, value in kept.items()],
        failures=failures,
        comparison=comparison,
        **(_changed(comparison) if comparison else {}),
        slices=_slices(run, figures),
        **_latency(run),
        trust=_trust(run),
        failed=[_question(record) for record in run.records if record.faults],
        right=[_question(record) for record in run.records if not record.faults and record.answer is not None],
    )
    # A lone surrogate in a corpus must not keep the page from being written.
    return page.encode("utf-8", "replace").decode("utf-8") + "\n"


def write_run(
    folder: str | Path,
    run: Run,
    *,
    comparison: Comparison | None = None,
    failures: Sequence[str] | None = None,
) -> tuple[Path, Path]:
    """Write run.json and report.html (see `render_report`) to ``folder``, and return the two paths.

    Raises:
        ConfigError: a file can't be written.
    """
    data, page = Path(folder) / "run.json", Path(folder) / "report.html"
    html = render_report(run, comparison=comparison, failures=failures)
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate becomes its JSON escape.
        data.write_bytes(run.to_json().encode("utf-8", "backslashreplace"))
        page.write_text(html, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write the run to {folder}: {error.strerror}") from error
    return data, page


def _template() -> Template:
    """Return the template of the page; whatever it is given is escaped, but for the plots, which escape their texts themselves."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    environment.filters["cut"] = _cut
    environment.globals |= {
        "style": Markup(content("report.css")),
        "lower_is_better": LOWER_IS_BETTER,
        "describe": describe,
        "interval": interval,
        "shown": shown,
    }
    return environment.from_string(content("report.html.j2"))


def _markup(plots: Sequence[str]) -> str:
    from markupsafe import Markup

    return Markup("".join(plots))


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _changed(comparison: Comparison) -> dict[str, Any]:
    """Return the headline figures that changed in a slice, and the latency of each stage before and after."""
    names = headlines(comparison.figures)
    return {
        "changed_slices": [
            (f"{kind}: {value}", name, difference)
            for kind, groups in comparison.slices.items()
            for value, differences in groups.items()
            for name, difference in differences.items()
            if name in names and difference.value
        ],
        "changed_latency": [
            (stage, f"{a.p50:.1f}", f"{b.p50:.1f}", f"{a.p95:.1f}", f"{b.p95:.1f}") for stage, (a, b) in comparison.latency.items()
        ],
    }


def _slices(run: Run, figures: Mapping[str, Figure]) -> list[tuple[str, dict[str, Any]]]:
    columns, counts = headlines(figures), group(run.records)
    made = []
    for kind, groups in run.slices().items():
        bars: dict[str, list[Row]] = {
            name: [(value, f.value, f.low, f.high, f.n) for value, found in groups.items() if (f := found.get(name))] for name in columns[:2]
        }
        plots = _markup([interval_bars(f"{name} by {kind}", rows) for name, rows in bars.items() if rows])
        made.append((kind, {"plots": plots, "rows": [(value, len(counts[kind][value]), found) for value, found in groups.items()]}))
    return made


def _latency(run: Run) -> dict[str, Any]:
    latency = run.latency()
    walls = [record.timings["wall"] for record in run.records if "wall" in record.timings]
    marks = {"p50": latency["wall"].p50, "p95": latency["wall"].p95} if walls else {}
    return {
        "latency": [(stage, f"{at.p50:.1f}", f"{at.p95:.1f}", at.n) for stage, at in latency.items()],
        "latency_plot": _markup([histogram("wall clock of a question", walls, marks)]),
    }


# --- what the scores know ------------------------------------------------------------------------------------


def _trust(run: Run) -> dict[str, Any]:
    """Return the refusal ROC and the reliability of the scores, where the run has what they need."""
    drawn = [*_refusal(run), *(plot for name, equal in (("support", "width"), ("confidence", "width"), ("first_hit", "count")) for plot in _reliability(run, name, equal))]
    return {"plots": _markup([plot for plot, _ in drawn]), "notes": [note for _, note in drawn if note]}


def _refusal(run: Run) -> list[tuple[str, str]]:
    judged = [record for record in run.records if "false_refusals" in record.figures]
    curves = {}
    for name in ("first_hit", "confidence"):
        scored = [(r.scores[name], r.question.type != "unanswerable") for r in judged if name in r.scores]
        scores, labels = [score for score, _ in scored], [label for _, label in scored]
        area = auc(scores, labels)
        if area is not None:
            curves[_SCORES[name]] = (roc(scores, labels), area)
    if not curves:
        return []
    wrongly = mean([float(_answered(r)) for r in judged if r.question.type == "unanswerable"])
    rightly = mean([float(_answered(r)) for r in judged if r.question.type != "unanswerable"])
    decision = None if wrongly is None or rightly is None else (wrongly, rightly)
    note = (
        "The refusal curve shows what a threshold on each score would do: right answers need the left upper "
        "corner. The dot is what the assistant decided; left of and above a curve, it knows more than that score."
    )
    return [(roc_plot("Refusal: answering by a score's threshold", curves, decision), note)]


def _reliability(run: Run, name: str, equal: str) -> list[tuple[str, str]]:
    scored = [
        (r.scores[name], r.figures["right"][0] == r.figures["right"][1])
        for r in run.records
        if name in r.scores and r.figures.get("right", (0.0, 0.0))[1] and (equal == "count" or _answered(r))
    ]
    if len(scored) < 5:
        return []
    scores, labels, called = [score for score, _ in scored], [label for _, label in scored], _SCORES[name]
    if equal == "width" and min(scores) >= 0 and max(scores) <= 1:
        bins = reliability(scores, labels)
        note = f"Expected calibration error of {called}: {shown(calibration_error(bins))} over {len(scored)} answers."
        return [(reliability_plot(f"Reliability of {called}", bins, x_label=f"{called} (answered questions)"), note)]
    bins = reliability(scores, labels, equal="count", bins=min(10, max(len(scores) // 5, 1)))
    return [(reliability_plot(f"Right answers by {called}", bins, x_label=called, low=min(scores), high=max(scores)), "")]


def _answered(record: Record) -> bool:
    return record.answer is not None and record.answer["status"] != "refused"


# --- failed questions ----------------------------------------------------------------------------------------


def _question(record: Record) -> dict[str, Any]:
    """Return what the template shows of a question that went wrong: what should have been and what was."""
    question = record.question
    said = "" if record.answer is None else _said(record.answer)
    ranks = evidence_ranks([found.place for found in record.found], record.gold)
    quotes = [item.quote for item in question.evidence] or [""] * len(record.gold)
    return {
        "id": question.id,
        "question": question.question,
        "lang": question.lang,
        "type": question.type,
        "note": question.note,
        "history": question.history,
        "faults": record.faults,
        "refusal": question.type in ("unanswerable", "rejection"),
        "wanted": question.answer,
        "answer_keys": [(" / ".join(key), key_found(key, said)) for key in question.answer_keys],
        "evidence": [(_cut(quote), place, rank) for quote, place, rank in zip(quotes, record.gold, ranks, strict=True)],
        "error": record.error,
        "answer": record.answer,
        "found": [
            (
                f"{found.score:.3f} · " if record.scores else "",
                found.place,
                _cut(found.text),
                any(overlaps(found.place, place) for place in record.gold),
            )
            for found in record.found[:_PASSAGES]
        ],
    }


def _said(answer: Mapping[str, Any]) -> str:
    if answer["status"] == "refused":
        return ""
    return without_markers("\n".join(sentence["text"] for sentence in answer["sentences"]) or answer["text"])


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTE else f"{text[:_QUOTE]}…"
