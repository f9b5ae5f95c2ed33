"""A run on paper: run.json and report.html, one page that stands alone, in light or dark, and asks no other host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from dgqa.errors import ConfigError
from dgqa.evaluation.comparison import Comparison, interval, shown
from dgqa.evaluation.metrics import auc, calibration_error, evidence_ranks, key_found, overlaps, reliability, roc, without_markers
from dgqa.evaluation.plots import Row, histogram, interval_bars, reliability_plot, roc_plot
from dgqa.evaluation.runs import LOWER_IS_BETTER, Figure, Record, Run, describe, group, headlines
from dgqa.evaluation.statistics import Difference, mean

_PASSAGES = 5  # shown of what was found for a failed question
_QUOTE = 400  # characters of a passage shown


def render_report(
    run: Run,
    *,
    title: str = "dgqa evaluation",
    comparison: Comparison | None = None,
    failures: Sequence[str] | None = None,
) -> str:
    """Return the page of a run.

    Args:
        run: what was measured.
        title: of the page.
        comparison: to a baseline, shown where it is given.
        failures: of the gates; an empty list says that all were passed, None that there were none.
    """
    figures = run.figures()
    wrong = [record for record in run.records if record.faults]
    sections = {
        "baseline": _comparison(comparison),
        "figures": _figures(figures),
        "slices": _slices(run, figures),
        "latency": _latency(run),
        "scores": _trust(run),
        "failed": _failed(wrong),
    }
    links = "".join(f'<a href="#{name}">{name}</a>' for name, section in sections.items() if section)
    head = _head(run, title, figures, len(wrong))
    # A lone surrogate in a corpus must not keep the page from being written.
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    body = (
        "".join([head, f"<nav>{links}</nav>", _gates(failures), *sections.values()])
        .encode("utf-8", "replace")
        .decode("utf-8")
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def write_run(
    folder: str | Path,
    run: Run,
    *,
    title: str = "dgqa evaluation",
    comparison: Comparison | None = None,
    failures: Sequence[str] | None = None,
) -> tuple[Path, Path]:
    """Write run.json and report.html (see `render_report`) to ``folder``, and return the two paths.

    Raises:
        ConfigError: a file can't be written.
    """
    data, page = Path(folder) / "run.json", Path(folder) / "report.html"
    html = render_report(run, title=title, comparison=comparison, failures=failures)
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate becomes its JSON escape.
        data.write_bytes(run.to_json().encode("utf-8", "backslashreplace"))
        page.write_text(html, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write the run to {folder}: {error.strerror}") from error
    return data, page


# --- sections ------------------------------------------------------------------------------------------------


def _head(run: Run, title: str, figures: Mapping[str, Figure], wrong: int) -> str:
    cards = [(name, figures[name]) for name in headlines(figures)]
    shown_cards = "".join(
        f'<div class="card"><span class="faint">{escape(name)}</span><b>{shown(figure.value)}</b>'
        f'<span class="faint">{interval(figure)}, n={figure.n}</span></div>'
        for name, figure in cards
    )
    kept = {**run.settings, **run.fingerprints, **{f"cost: {name}": value for name, value in run.cost.items()}}
    rows = [[escape(str(name)), f'<span class="faint">{escape(_value(value))}</span>'] for name, value in kept.items()]
    return (
        f"<h1>{escape(title)}</h1>"
        f'<p class="faint">{len(run.records)} questions · {wrong} with a fault · {escape(run.created)}</p>'
        f'<div class="cards">{shown_cards}</div>'
        f"<details><summary>settings, fingerprints and cost</summary>{_table(['', ''], rows, words=True)}</details>"
    )


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _gates(failures: Sequence[str] | None) -> str:
    if failures is None:
        return ""
    if not failures:
        return '<div class="gates good"><b>All gates passed.</b></div>'
    items = "".join(f"<li>{escape(failure)}</li>" for failure in failures)
    return f'<div class="gates bad"><b>Failed gates</b><ul>{items}</ul></div>'


def _comparison(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    rows = [
        [escape(name), f"{d.before:.2f}", f"{d.after:.2f}", *_change(name, d)] for name, d in comparison.figures.items()
    ]
    head = ["figure", "before", "after", "change", "interval", "p"]
    slices = [
        [f"{escape(kind)}: {escape(value)}", escape(name), *_change(name, d)]
        for kind, groups in comparison.slices.items()
        for value, differences in groups.items()
        for name, d in differences.items()
        if name in headlines(comparison.figures) and d.value
    ]
    times = [
        [escape(stage), f"{a.p50:.1f}", f"{b.p50:.1f}", f"{a.p95:.1f}", f"{b.p95:.1f}"]
        for stage, (a, b) in comparison.latency.items()
    ]
    ids = "".join(
        f'<p><b class="{kind}">{words}</b> {which or "-"}</p>'
        for words, kind, which in (
            ("became right:", "good", escape(" ".join(comparison.gained))),
            ("became wrong:", "bad", " ".join(map(_link, comparison.lost))),
        )
    )
    changed = _table(["slice", "figure", "change", "interval", "p"], slices)
    latency = _table(["latency (ms)", "p50 before", "p50 after", "p95 before", "p95 after"], times)
    return (
        '<h2 id="baseline">Against the baseline</h2>'
        f'<p class="faint">Paired bootstrap over the {comparison.n} questions that both runs asked; '
        f"{comparison.left_out} left out.</p>{_table(head, rows)}{ids}"
        f"<details><summary>changed slices and latency</summary>{changed}{latency}</details>"
    )


def _change(name: str, difference: Difference) -> list[str]:
    """Return the cells of a change, its interval and p; coloured where the interval leaves out zero."""
    change = f"{difference.value:+.2f}"
    if not difference.low <= 0 <= difference.high:
        better = (difference.low > 0) != (name in LOWER_IS_BETTER)
        change = f'<b class="{"good" if better else "bad"}">{change}</b>'
    return [change, f"{difference.low:+.2f}..{difference.high:+.2f}", f"{difference.p:.3f}"]


def _link(question: str) -> str:
    return f'<a href="#q-{escape(question, quote=True)}">{escape(question)}</a>'


def _figures(figures: Mapping[str, Figure]) -> str:
    rows = [
        [escape(name), shown(f.value), interval(f), str(f.n), f'<span class="faint">{escape(describe(name))}</span>']
        for name, f in figures.items()
    ]
    table = _table(["figure", "value", "95% interval", "n", ""], rows, words=True)
    return f'<h2 id="figures">Figures</h2><p class="faint">n counts the questions that define a figure.</p>{table}'


def _slices(run: Run, figures: Mapping[str, Figure]) -> str:
    columns, counts = headlines(figures), group(run.records)
    parts = ['<h2 id="slices">Slices</h2>']
    for kind, groups in run.slices().items():
        bars = {
            name: [_bar(value, found[name]) for value, found in groups.items() if name in found] for name in columns
        }
        plots = [interval_bars(f"{name} by {kind}", bars[name]) for name in columns[:2] if bars[name]]
        rows = [
            [escape(value), str(len(counts[kind][value])), *(_cell(found.get(column)) for column in columns)]
            for value, found in groups.items()
        ]
        table = _table([kind, "n", *map(escape, columns)], rows)
        parts.append(f'<h3>By {kind}</h3><div class="plots">{"".join(plots)}</div>{table}')
    return "".join(parts)


def _bar(label: str, figure: Figure) -> Row:
    return label, figure.value, figure.low, figure.high, figure.n


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return '<span class="faint">-</span>'
    return f'<span title="{interval(figure)}, n={figure.n}">{figure.value:.2f}</span>'


def _latency(run: Run) -> str:
    latency = run.latency()
    rows = [[escape(stage), f"{at.p50:.1f}", f"{at.p95:.1f}", str(at.n)] for stage, at in latency.items()]
    walls = [record.timings["wall"] for record in run.records if "wall" in record.timings]
    marks = {"p50": latency["wall"].p50, "p95": latency["wall"].p95} if walls else {}
    plot = histogram("wall clock of a question", walls, marks)
    table = _table(["stage", "p50 (ms)", "p95 (ms)", "n"], rows)
    return f'<h2 id="latency">Latency</h2><div class="plots">{plot}<div>{table}</div></div>'


def _trust(run: Run) -> str:
    """Return the refusal ROC and the reliability of the scores, where the run has what they need."""
    plots, notes = [], []
    judged = [record for record in run.records if "false_refusals" in record.figures]
    curves = {}
    for name in ("first_hit", "confidence"):
        scored = [(r.scores[name], r.question.type != "unanswerable") for r in judged if name in r.scores]
        scores, labels = [score for score, _ in scored], [label for _, label in scored]
        area = auc(scores, labels)
        if area is not None:
            curves[_SCORES[name]] = (roc(scores, labels), area)
    if curves:
        wrongly = mean([float(_answered(r)) for r in judged if r.question.type == "unanswerable"])
        rightly = mean([float(_answered(r)) for r in judged if r.question.type != "unanswerable"])
        decision = None if wrongly is None or rightly is None else (wrongly, rightly)
        plots.append(roc_plot("Refusal: answering by a score's threshold", curves, decision))
        notes.append(
            "The refusal curve shows what a threshold on each score would do: right answers need the left upper "
            "corner. The dot is what the assistant decided; left of and above a curve, it knows more than that score."
        )
    for name, equal in (("support", "width"), ("confidence", "width"), ("first_hit", "count")):
        scored = [
            (r.scores[name], r.figures["right"][0] == r.figures["right"][1])
            for r in run.records
            if name in r.scores and r.figures.get("right", (0.0, 0.0))[1] and (equal == "count" or _answered(r))
        ]
        if len(scored) < 5:
            continue
        scores, labels = [score for score, _ in scored], [label for _, label in scored]
        if equal == "width" and min(scores) >= 0 and max(scores) <= 1:
            bins = reliability(scores, labels)
            error = calibration_error(bins)
            plots.append(
                reliability_plot(
                    f"Reliability of {_SCORES[name]}", bins, x_label=f"{_SCORES[name]} (answered questions)"
                )
            )
            notes.append(f"Expected calibration error of {_SCORES[name]}: {shown(error)} over {len(scored)} answers.")
        else:
            bins = reliability(scores, labels, equal="count", bins=min(10, max(len(scores) // 5, 1)))
            name_, low, high = _SCORES[name], min(scores), max(scores)
            plots.append(reliability_plot(f"Right answers by {name_}", bins, x_label=name_, low=low, high=high))
    if not plots:
        return ""
    words = "".join(f'<p class="faint">{escape(note)}</p>' for note in notes)
    return f'<h2 id="scores">What the scores know</h2><div class="plots">{"".join(plots)}</div>{words}'


_SCORES = {"first_hit": "first hit's score", "support": "mean support", "confidence": "confidence"}


def _answered(record: Record) -> bool:
    return record.answer is not None and record.answer["status"] != "refused"


# --- failed questions ----------------------------------------------------------------------------------------


def _failed(records: Sequence[Record]) -> str:
    if not records:
        return '<h2 id="failed">Failed questions</h2><p>None.</p>'
    return (
        f'<h2 id="failed">Failed questions ({len(records)})</h2><p class="faint">Left what should have been, right '
        f"what came. A green number marks a passage with evidence.</p>{''.join(map(_question, records))}"
    )


def _question(record: Record) -> str:
    question = record.question
    faults = "".join(f'<span class="fault">{escape(fault)}</span>' for fault in record.faults)
    lang = escape(question.lang, quote=True)
    turns = "".join(f'<p class="faint" lang="{lang}">{escape(q)} → {escape(a)}</p>' for q, a in question.history)
    return (
        f'<details open id="q-{escape(question.id, quote=True)}"><summary><span class="id">{escape(question.id)}</span>'
        f'<span lang="{lang}">{escape(question.question)}</span></summary>'
        f'<p class="faint">{escape(question.type)} · {lang}{" · " + escape(question.note) if question.note else ""}</p>'
        f'<p>{faults}</p>{turns}<div class="pair"><div>{_wanted(record)}</div><div>{_given(record)}</div></div>'
        "</details>"
    )


def _wanted(record: Record) -> str:
    question = record.question
    said = "" if record.answer is None else _said(record.answer)
    keys = "".join(
        f'<li class="{"met" if key_found(key, said) else "missing"}">{escape(" / ".join(key))}</li>'
        for key in question.answer_keys
    )
    ranks = evidence_ranks([found.place for found in record.found], record.gold)
    quotes = [item.quote for item in question.evidence] or [""] * len(record.gold)
    evidence = "".join(
        f'<blockquote class="gold">{escape(_cut(quote))}<div class="where">{_where(*place)} · '
        f"{'found at rank ' + str(rank) if rank else 'not found'}</div></blockquote>"
        for quote, place, rank in zip(quotes, record.gold, ranks, strict=True)
    )
    nothing = "<p>A refusal: the corpus doesn't tell.</p>" if question.type in ("unanswerable", "rejection") else ""
    answer = f'<p class="said">{escape(question.answer)}</p>' if question.answer else ""
    return f"<h3>Should have been</h3>{nothing}{answer}{f'<ul>{keys}</ul>' if keys else ''}{evidence}"


def _said(answer: Mapping[str, Any]) -> str:
    if answer["status"] == "refused":
        return ""
    return without_markers("\n".join(sentence["text"] for sentence in answer["sentences"]) or answer["text"])


def _given(record: Record) -> str:
    parts = ["<h3>Was</h3>"]
    if record.error:
        parts.append(f'<p class="missing">{escape(record.error)}</p>')
    if record.answer is not None:
        answer = record.answer
        parts.append(f'<p><b>{escape(answer["status"])}</b> <span class="said">{escape(answer["text"])}</span></p>')
        if answer["reason"] and answer["reason"] not in answer["text"]:
            parts.append(f'<p class="faint">{escape(answer["reason"])}</p>')
        parts += [
            f"<blockquote>[{c['number']}] {escape(_cut(c['quote']))}"
            f'<div class="where">{_where(c["path"], c["start"], c["end"])}</div></blockquote>'
            for c in answer["citations"]
        ]
    items = []
    for found in record.found[:_PASSAGES]:
        gold = ' class="gold"' if any(overlaps(found.place, place) for place in record.gold) else ""
        score = f"{found.score:.3f} · " if record.scores else ""
        items.append(
            f'<li{gold}><span class="where">{score}{_where(*found.place)}</span><br>{escape(_cut(found.text))}</li>'
        )
    if items:
        parts.append(f'<details><summary>passages found</summary><ol class="found">{"".join(items)}</ol></details>')
    return "".join(parts)


def _where(path: str, start: int, end: int) -> str:
    return f"{escape(path)} {start}–{end}"


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTE else f"{text[:_QUOTE]}…"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: bool = False) -> str:
    """Return a table of cells that are escaped already; with ``words`` the last column wraps."""
    made = []
    for row in rows:
        last = f'<td class="words">{row[-1]}</td>' if words else f"<td>{row[-1]}</td>"
        made.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row[:-1])}{last}</tr>")
    if not made:
        return ""
    names = "".join(f"<th>{name}</th>" for name in head)
    top = f"<thead><tr>{names}</tr></thead>" if any(head) else ""
    return f'<div class="wide"><table>{top}<tbody>{"".join(made)}</tbody></table></div>'
