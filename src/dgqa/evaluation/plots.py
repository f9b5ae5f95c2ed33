"""Draw plots as inline SVG, which takes its colours from the page's CSS variables.

Every text is escaped here. Nothing is fetched: no script, no font, no image.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from dgqa.columns import cut
from dgqa.evaluation.statistics import Bin

Point = tuple[float, float]
Row = tuple[str, float | None, float | None, float | None, int]  # label, value, low, high, count

_ROW = 22  # height of a bar with its gap, in px
_LABEL = 190  # width kept for labels
_SIDE = 280  # side of a square plot's field


def interval_bars(title: str, rows: Sequence[Row]) -> str:
    """Return horizontal bars of shares in 0..1 with whiskers for their intervals; undefined ones say so."""
    width, field = 540, 540 - _LABEL - 110
    top, height = 26, 26 + _ROW * len(rows) + 24
    parts = [_text(_LABEL + field * t, height - 6, f"{t:g}", "middle") for t in (0, 0.25, 0.5, 0.75, 1)]
    parts += [
        _line(_LABEL + field * t, top - 4, _LABEL + field * t, height - 20, "grid") for t in (0, 0.25, 0.5, 0.75, 1)
    ]
    for i, (label, value, low, high, n) in enumerate(rows):
        y = top + i * _ROW
        parts.append(_text(_LABEL - 8, y + 13, cut(label, 26), "end", label))
        if value is None:
            parts.append(_text(_LABEL + 4, y + 13, "undefined", "start"))
            continue
        parts.append(f'<rect class="bar" x="{_LABEL}" y="{y + 3}" width="{_px(field * value)}" height="13" rx="2"/>')
        if low is not None and high is not None:
            x0, x1, middle = _LABEL + field * low, _LABEL + field * high, y + 9.5
            parts.append(_line(x0, middle, x1, middle, "whisker"))
            parts += [_line(x, middle - 4, x, middle + 4, "whisker") for x in (x0, x1)]
        parts.append(_text(width - 102, y + 13, f"{value:.2f}", "start"))
        parts.append(_text(width - 66, y + 13, f"n={n}", "start", kind="faint"))
    return _svg(title, width, height, parts, title_at=(0, 12))


def histogram(title: str, milliseconds: Sequence[float], marks: Mapping[str, float]) -> str:
    """Return a histogram of latencies over a logarithmic axis, with named marks such as p50 and p95."""
    width, height, left, bottom = 560, 244, 40, 204
    values = [max(ms, 0.01) for ms in milliseconds]
    if not values:
        return ""
    steps = 4  # bins to a factor of two
    first = math.floor(math.log2(min(values)) * steps)
    last = math.floor(math.log2(max(values)) * steps) + 1
    counts = [0] * (last - first)
    for value in values:
        counts[min(max(math.floor(math.log2(value) * steps) - first, 0), len(counts) - 1)] += 1
    field, highest = width - left - 20, max(counts)

    def x(ms: float) -> float:
        return left + field * (math.log2(max(ms, 0.01)) * steps - first) / len(counts)

    parts = [_line(left, bottom, width - 20, bottom, "axis"), _text(left - 6, 66, str(highest), "end")]
    parts.append(_text(left - 6, bottom, "0", "end"))
    for i, count in enumerate(counts):
        tall = (bottom - 60) * count / highest
        wide = field / len(counts)
        at = left + i * wide
        parts.append(
            f'<rect class="bar" x="{_px(at + 0.5)}" y="{_px(bottom - tall)}" width="{_px(max(wide - 1, 1))}" '
            f'height="{_px(tall)}"/>'
        )
    for tick in _ticks(2 ** (first / steps), 2 ** (last / steps)):
        parts += [
            _line(x(tick), bottom, x(tick), bottom + 4, "axis"),
            _text(x(tick), bottom + 17, _time(tick), "middle"),
        ]
    for i, (name, ms) in enumerate(marks.items()):
        line, after = x(ms), x(ms) > width - 120
        parts.append(_line(line, 24, line, bottom, "mark"))
        parts.append(
            _text(line - 4 if after else line + 4, 32 + 13 * i, f"{name} {_time(ms)}", "end" if after else "start")
        )
    return _svg(title, width, height, parts, title_at=(0, 12))


def roc_plot(title: str, curves: Mapping[str, tuple[Sequence[Point], float]], decision: Point | None) -> str:
    """Return ROC curves, each with its area, and the point at which the assistant decides."""
    left, top = 58, 30
    parts = _square(left, top, "unanswerable ones answered", "answerable ones answered")
    for i, (name, (points, area)) in enumerate(curves.items()):
        path = " ".join(f"{_px(left + _SIDE * x)},{_px(top + _SIDE * (1 - y))}" for x, y in points)
        parts.append(f'<polyline class="curve c{i % 3}" points="{path}"/>')
        row = top + _SIDE - 12 - 16 * (len(curves) - 1 - i)
        parts.append(_line(left + _SIDE - 28, row - 4, left + _SIDE - 10, row - 4, f"curve c{i % 3}"))
        parts.append(_text(left + _SIDE - 34, row, f"{name}, AUC {area:.2f}", "end"))
    if decision is not None:
        x, y = left + _SIDE * decision[0], top + _SIDE * (1 - decision[1])
        parts.append(f'<circle class="decision" cx="{_px(x)}" cy="{_px(y)}" r="5"/>')
        near_right = x > left + _SIDE - 80
        parts.append(_text(x - 9 if near_right else x + 9, y + 14, "decision", "end" if near_right else "start"))
    return _svg(title, left + _SIDE + 20, top + _SIDE + 44, parts, title_at=(0, 12))


def reliability_plot(title: str, bins: Sequence[Bin], *, x_label: str, low: float = 0.0, high: float = 1.0) -> str:
    """Return the share of right answers over the score, a dot for each bin, its area in proportion to the count.

    Scores run from ``low`` to ``high``; the diagonal of perfect reliability is drawn for probabilities only.
    """
    left, top = 58, 30
    probability = (low, high) == (0.0, 1.0)
    parts = _square(left, top, x_label, "right", low=low, high=high, diagonal=probability)
    spread = (high - low) or 1.0
    most = max((bin_.n for bin_ in bins), default=1)
    spots = [(left + _SIDE * (b.score - low) / spread, top + _SIDE * (1 - b.right), b) for b in bins]
    path = " ".join(f"{_px(x)},{_px(y)}" for x, y, _ in spots)
    parts.append(f'<polyline class="curve c0" points="{path}"/>')
    for x, y, bin_ in spots:
        note = f"{bin_.n} questions, score {bin_.score:.2f}, right {bin_.right:.2f}"
        radius = 3 + 6 * math.sqrt(bin_.n / most)
        parts.append(
            f'<circle class="dot" cx="{_px(x)}" cy="{_px(y)}" r="{_px(radius)}"><title>{note}</title></circle>'
        )
    return _svg(title, left + _SIDE + 20, top + _SIDE + 44, parts, title_at=(0, 12))


def _square(
    left: float, top: float, x_label: str, y_label: str, *, low: float = 0.0, high: float = 1.0, diagonal: bool = True
) -> list[str]:
    parts = [f'<rect class="field" x="{left}" y="{top}" width="{_SIDE}" height="{_SIDE}"/>']
    for t in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + _SIDE * t, top + _SIDE * (1 - t)
        parts += [_line(x, top, x, top + _SIDE, "grid"), _line(left, y, left + _SIDE, y, "grid")]
        parts.append(_text(x, top + _SIDE + 16, f"{low + (high - low) * t:.3g}", "middle"))
        parts.append(_text(left - 6, y + 4, f"{t:g}", "end"))
    if diagonal:
        parts.append(_line(left, top + _SIDE, left + _SIDE, top, "diagonal"))
    parts.append(_text(left + _SIDE / 2, top + _SIDE + 36, x_label, "middle"))
    turn = f"rotate(-90 12 {top + _SIDE / 2})"
    parts.append(f'<text x="12" y="{top + _SIDE / 2}" text-anchor="middle" transform="{turn}">{escape(y_label)}</text>')
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten within the range, thinned out where it is wide."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(decades) <= 4 else (1,)
    return [f * 10.0**d for d in decades for f in factors if low <= f * 10.0**d <= high]


def _time(ms: float) -> str:
    return f"{ms / 1000:.3g} s" if ms >= 1000 else f"{ms:.3g} ms"


def _px(number: float) -> str:
    return f"{number:.1f}"


def _line(x0: float, y0: float, x1: float, y1: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_px(x0)}" y1="{_px(y0)}" x2="{_px(x1)}" y2="{_px(y1)}"/>'


def _text(x: float, y: float, text: str, anchor: str, full: str = "", *, kind: str = "") -> str:
    title = f"<title>{escape(full)}</title>" if full and full != text else ""
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{_px(x)}" y="{_px(y)}" text-anchor="{anchor}">{escape(text)}{title}</text>'


def _svg(title: str, width: float, height: float, parts: Sequence[str], *, title_at: Point) -> str:
    name = f'<text class="name" x="{title_at[0]}" y="{title_at[1]}">{escape(title)}</text>'
    return (
        f'<svg viewBox="0 0 {_px(width)} {_px(height)}" width="{_px(width)}" role="img" '
        f'aria-label="{escape(title)}">{name}{"".join(parts)}</svg>'
    )
