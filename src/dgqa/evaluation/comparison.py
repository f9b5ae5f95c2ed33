"""Compare runs with a baseline, check gates, and print tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dgqa.columns import table
from dgqa.errors import ConfigError, SettingError
from dgqa.evaluation.question_sets import Question
from dgqa.evaluation.runs import (
    COSTS,
    DEEP,
    FIGURES,
    KS,
    LOWER_IS_BETTER,
    SAMPLES,
    Figure,
    Latency,
    Record,
    Run,
    figure_names,
    group,
    headlines,
    slices_of,
    summarise,
)
from dgqa.evaluation.statistics import Difference, paired_bootstrap, resamples


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from a baseline to a run over the questions that both answered.

    ``slices`` maps kind, value and figure to a difference. ``gained`` and ``lost`` are the ids that became right or
    wrong. ``left_out`` counts the questions that only one of the runs has, or that were reworded between them.
    """

    n: int
    left_out: int
    figures: Mapping[str, Difference]
    slices: Mapping[str, Mapping[str, Mapping[str, Difference]]]
    latency: Mapping[str, tuple[Latency, Latency]]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def compare(run: Run, baseline: Run) -> Comparison:
    """Compare ``run`` to ``baseline`` by a paired bootstrap over their common questions.

    Raises:
        ConfigError: they have no question in common.
    """
    before = {record.question.id: record for record in baseline.records}
    after = {record.question.id: record for record in run.records}
    same = [i for i in after if i in before and _asked(after[i]) == _asked(before[i])]
    if not same:
        raise ConfigError("the run and the baseline have no question in common: compare runs over the same set")
    common = [after[i] for i in same]
    return Comparison(
        n=len(same),
        left_out=len(before.keys() | after.keys()) - len(same),
        figures=_differences(before, common, run.seed),
        slices={
            kind: {value: _differences(before, records, run.seed) for value, records in groups.items()}
            for kind, groups in group(common).items()
        },
        latency={s: (old, new) for s, new in run.latency().items() if (old := baseline.latency().get(s))},
        gained=tuple(i for i in same if _right(after[i]) and not _right(before[i])),
        lost=tuple(i for i in same if _right(before[i]) and not _right(after[i])),
    )


def _asked(record: Record) -> tuple[str, tuple[tuple[str, str], ...]]:
    return record.question.question, record.question.history


def _right(record: Record) -> bool:
    above, below = record.figures.get("right", (0.0, 0.0))
    return below > 0 and above == below


def _differences(before: Mapping[str, Record], records: Sequence[Record], seed: int) -> dict[str, Difference]:
    draws = resamples(len(records), samples=SAMPLES, seed=seed)
    made = {}
    for name in figure_names(records):
        old = [before[record.question.id].figures.get(name, (0.0, 0.0)) for record in records]
        new = [record.figures.get(name, (0.0, 0.0)) for record in records]
        difference = paired_bootstrap(old, new, draws)
        if difference is not None:
            made[name] = difference
    return made


# --- gates ---------------------------------------------------------------------------------------------------


def parse_gates(texts: Iterable[str]) -> dict[str, float]:
    """Return gates from texts such as "recall_any@5=0.9" and "keys:zh-Hant=0.7".

    Raises:
        ConfigError: a text isn't KEY=VALUE with a number.
    """
    gates = {}
    for text in texts:
        key, equals, value = text.rpartition("=")
        try:
            gates[key.strip()] = float(value)
        except ValueError as error:
            raise ConfigError(f"gate {text!r}: {value!r} is no number; write KEY=VALUE, as recall_any@5=0.9") from error
        if not equals or not key.strip():
            raise ConfigError(f"gate {text!r}: no figure is named; write KEY=VALUE, as recall_any@5=0.9")
    return gates


def check_names(gates: Iterable[str], questions: Iterable[Question] | None = None) -> None:
    """Check before a run that it can have what the gates name.

    Args:
        gates: keys as `check_gates` reads them.
        questions: that will be asked, for the slices; None where they are not known yet.

    Raises:
        SettingError: gates name what no run has; all of them are said.
    """
    slices = None if questions is None else {name for question in questions for names in slices_of(question).values() for name in names}
    faults = [f"{key!r}: {fault}" for key in gates if (fault := _unknown(key, slices))]
    if faults:
        raise SettingError("\n  ".join(["gates that nothing can pass:", *faults]))


def _unknown(key: str, slices: set[str] | None) -> str:
    """Return what is wrong with the key of a gate, "" for nothing."""
    name, colon, value = key.partition(":")
    if key in COSTS or name.partition(".")[0] in ("p50_ms", "p95_ms"):
        return ""
    figure, _, depth = name.partition("@")
    if figure not in FIGURES:
        return f"there is no figure {figure!r}; there are {', '.join([*FIGURES, 'p50_ms', 'p95_ms', *sorted(COSTS)])}"
    depths = [str(k) for k in (KS[-1:] if figure == "ndcg" else KS)] if figure in DEEP else [""]
    if depth not in depths:
        return f"{figure} is measured at {', '.join(f'{figure}@{k}' for k in depths)}" if figure in DEEP else f"{figure} has no depth"
    if colon and slices is not None and value not in slices:
        return f"no question is in the slice {value!r}; there are {', '.join(sorted(slices))}"
    return ""


def check_gates(run: Run, gates: Mapping[str, float]) -> list[str]:
    """Return one sentence for every gate that the run fails, none if it passes.

    A key is a figure, "figure:slice" with a slice's value, "p50_ms" or "p95_ms" of the wall clock, "p95_ms.stage",
    or a cost of the run. A figure must reach its gate; times, costs, false_refusals and errors must not exceed it.
    An undefined figure fails: nothing shows that it would pass.

    Raises:
        ConfigError: a key names nothing that this run has.
    """
    failures = []
    for key, bound in gates.items():
        value, at_most = _gated(run, key)
        if value is None:
            failures.append(f"{key} is undefined, no question measures it; the gate asks for {bound:g}")
        elif at_most and value > bound + 1e-9:
            failures.append(f"{key} is {value:.4g}, the gate allows at most {bound:g}")
        elif not at_most and value < bound - 1e-9:
            failures.append(f"{key} is {value:.4g}, the gate asks for at least {bound:g}")
    return failures


def _gated(run: Run, key: str) -> tuple[float | None, bool]:
    """Return the value a gate's key names, and whether the gate is an upper bound."""
    name, colon, value = key.partition(":")
    if not colon and key in run.cost:
        return run.cost[key], True
    latency = run.latency()
    measure, _, stage = name.partition(".")
    if measure in ("p50_ms", "p95_ms") and (stage or "wall") in latency:
        at = latency[stage or "wall"]
        return (at.p50 if measure == "p50_ms" else at.p95), True
    figures = run.figures()
    if colon:
        groups = {slice_: found for kind in group(run.records).values() for slice_, found in kind.items()}
        if value not in groups:
            raise ConfigError(f"gate {key!r}: the run has no slice {value!r}; it has {', '.join(groups)}")
        if name in figures:
            figures = {name: Figure(None, None, None, 0)} | summarise(groups[value], seed=run.seed)
    if name not in figures:
        # A figure that exists but that this run's questions don't measure is undefined, not unknown.
        if name.partition("@")[0] in FIGURES:
            return None, name in LOWER_IS_BETTER
        known = [*figures, "p50_ms", "p95_ms", *run.cost]
        raise ConfigError(f"gate {key!r}: the run has no figure {name!r}; it has {', '.join(known)}")
    return figures[name].value, name in LOWER_IS_BETTER


# --- text ----------------------------------------------------------------------------------------------------


def shown(value: float | None) -> str:
    """Return a share as a person reads it: two digits after the point, or "undefined"."""
    return "undefined" if value is None else f"{value:.2f}"


def interval(figure: Figure) -> str:
    """Return a figure's interval, "-" where it has none."""
    return "-" if figure.low is None or figure.high is None else f"{figure.low:.2f}..{figure.high:.2f}"


def summary_table(run: Run, *, comparison: Comparison | None = None) -> str:
    """Return the run as text of a few tables for a terminal: figures, slices, latency, cost, differences."""
    figures = run.figures()
    parts = [f"{len(run.records)} questions, 95% intervals by bootstrap"]
    rows = [[name, shown(f.value), interval(f), str(f.n)] for name, f in figures.items()]
    parts.append(_table(["figure", "value", "interval", "n"], rows))
    columns = headlines(figures)
    counts = group(run.records)
    for kind, groups in run.slices().items():
        rows = [
            [value, str(len(counts[kind][value])), *(_cell(found.get(column)) for column in columns)]
            for value, found in groups.items()
        ]
        parts.append(_table([kind, "n", *columns], rows))
    rows = [[stage, f"{at.p50:.1f}", f"{at.p95:.1f}", str(at.n)] for stage, at in run.latency().items()]
    if rows:
        parts.append(_table(["latency (ms)", "p50", "p95", "n"], rows))
    if run.cost:
        parts.append(_table(["cost", "value"], [[name, f"{value:.4g}"] for name, value in run.cost.items()]))
    if comparison is not None:
        rows = [
            [name, f"{d.before:.2f}", f"{d.after:.2f}", f"{d.value:+.2f}", f"{d.low:+.2f}..{d.high:+.2f}", f"{d.p:.3f}"]
            for name, d in comparison.figures.items()
        ]
        head = [f"against the baseline ({comparison.n})", "before", "after", "change", "interval", "p"]
        gained, lost = (" ".join(ids) or "-" for ids in (comparison.gained, comparison.lost))
        parts += [_table(head, rows), f"became right: {gained}\nbecame wrong: {lost}"]
    return "\n\n".join(parts)


def _cell(figure: Figure | None) -> str:
    return "-" if figure is None or figure.value is None else f"{figure.value:.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(table(head, rows, right=head[1:], rule="-"))
