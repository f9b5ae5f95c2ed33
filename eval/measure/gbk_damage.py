"""Measures `dgqa.corpus.damage.gbk_damage` on clean text that is damaged on purpose: precision, recall, false repairs, speed.

    python eval/measure/gbk_damage.py [TEXT ...] --spots 600 --seed 7

A TEXT is a text file, or a JSON file whose "context" strings are taken; without any, those in corpus/ are.
Every text is used in simplified and in traditional characters, and with marks that were ASCII before the
damage ("half"), made so after it ("late") or full-width throughout ("full").

The columns:
  precision  repairs that equal the truth, of all repairs
  sound      spots with no wrong repair, of those with a repair
  recall     spots of which all that the bytes decide is repaired: "whole" with their lost bytes, "partly" without
  marked     spots found but not repaired, as when nothing but lost bytes is in them; "missed": not found
  chars      characters restored, of those garbled
  closed     whole ones, of the spots whose last byte is not lost
  false      repairs, and marks, where there is no damage
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from dgqa.corpus.damage.gbk_damage import repair_gbk_cuts
from dgqa.language.text import Script, to_script
from dgqa.types import Defect

Width = Literal["half", "late", "full"]
MARKS = tuple(mark.encode("gbk") for mark in "。；！？")
HALF = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
MEGABYTE = 1_000_000


class Spot(NamedTuple):
    """A garbled place of a damaged text and what should stand there; ``open_end`` if its last byte is lost."""

    start: int
    end: int
    truth: str
    open_end: bool


def damage(text: str, rng: random.Random, *, rate: float = 0.5, width: Width = "half") -> tuple[str, list[Spot]]:
    """Return ``text`` as it reads after cuts before the bytes of 。；！？, and the places that are garbled.

    Each occurrence of those bytes is cut with probability ``rate``, wherever characters begin; a cut where one
    does begin leaves no trace. A lone first byte becomes "?", together with a following byte below 0x40
    other than a line break. Characters that GBK does not have stand outside of the damage, as entities do.
    """
    if width == "half":
        text = text.translate(HALF)
    data = bytearray()
    begins: dict[int, int] = {}
    for place, char in enumerate(text):
        begins[len(data)] = place
        # A control byte stands for what GBK lacks: it is neither a byte of a pair nor swallowed.
        data += char.encode("gbk", "ignore") or b"\n"
    begins[len(data)] = len(text)
    cuts = {at for at in range(1, len(data) - 1) if bytes(data[at : at + 2]) in MARKS and rng.random() < rate}
    seen: list[str] = []
    spots: list[Spot] = []
    opened: tuple[int, int] | None = None
    at = 0
    while at <= len(data):
        if opened is not None and at in begins:
            start, place = opened
            touching = bool(spots) and spots[-1].end == start
            if touching:
                start, truth = spots[-1].start, spots[-1].truth
                spots.pop()
            else:
                truth = ""
            truth += text[place : begins[at]]
            spots.append(Spot(start, len(seen), truth, seen[-1] == "?"))
            opened = None
        if at == len(data):
            break
        first, second = data[at], data[at + 1] if at + 1 < len(data) else 0x0A
        alone = at + 1 in cuts or second < 0x40
        if first < 0x80:
            seen.append(text[begins[at]] if at in begins else chr(first))
        elif first == 0x80:
            seen.append("€")
        elif alone:
            opened = opened or (len(seen), begins[at])
            seen.append("?")
        else:
            seen.append(pair(first, second))
        swallows = first > 0x80 and alone and at + 1 not in cuts and second != 0x0A
        at += 2 if first > 0x80 and (not alone or swallows) else 1
    result = "".join(seen)
    if width == "full":
        return result, spots
    return result.translate(HALF), [spot._replace(truth=spot.truth.translate(HALF)) for spot in spots]


def pair(first: int, second: int) -> str:
    """Return what two bytes read as in Windows' GBK, whose gaps are characters of the private use area."""
    if first == 0xFE and 0x50 <= second <= 0xA0:
        return chr(0xE815 + second - 0x50 - (second > 0x7F))
    return bytes((first, second)).decode("gb18030")


def judge(damaged: str, spot: Spot, defects: Sequence[Defect]) -> list[tuple[Defect, bool]]:
    """Return the repairs among ``defects``, those that touch ``spot``, each with whether it is the truth."""
    start, end = min(spot.start, defects[0].start), max(spot.end, defects[-1].end)
    truth = damaged[start : spot.start] + spot.truth + damaged[spot.end : end]

    def fits(trusted: Sequence[Defect], unknown: str, seen: str = "") -> bool:
        """Return whether the truth has ``trusted`` in place, between ``unknown`` repairs and what is ``seen``."""
        pattern, at = "", start
        for defect in defects:
            pattern += seen or re.escape(damaged[at : defect.start])
            pattern += re.escape(defect.repaired or "") if defect in trusted else unknown
            at = defect.end
        return re.fullmatch(pattern + (seen or re.escape(damaged[at:end])), truth, re.DOTALL) is not None

    repairs = [defect for defect in defects if defect.repaired is not None]
    if fits(repairs, ".{1,2}"):
        return [(defect, True) for defect in repairs]
    return [(defect, fits([defect], ".*", ".{0,2}")) for defect in repairs]


def measure(texts: Sequence[str], rng: random.Random, *, spots: int, rate: float, width: Width) -> Counter[str]:
    """Return counts over damaged copies of ``texts`` with at least ``spots`` spots in all, unless there are too few."""
    counts: Counter[str] = Counter()
    for text in [*texts] * 20:
        if counts["spots"] >= spots:
            break
        damaged, true = damage(text, rng, rate=rate, width=width)
        defects = repair_gbk_cuts(damaged)
        counts["documents"] += 1
        met: set[int] = set()
        for spot in true:
            here = [defect for defect in defects if defect.start < spot.end and defect.end > spot.start]
            met.update(defect.start for defect in here)
            counts["spots"] += 1
            counts["characters"] += len(spot.truth)
            if not here:
                counts["missed"] += 1
                continue
            verdicts = judge(damaged, spot, here)
            right = sum(verdict for _, verdict in verdicts)
            counts["repairs"] += len(verdicts)
            counts["right"] += right
            counts["restored"] += sum(len(defect.repaired or "") for defect, verdict in verdicts if verdict)
            open_or_closed = "open" if spot.open_end else "closed"
            counts[open_or_closed] += 1
            outcome = "marked"
            if verdicts:
                outcome = "wrong" if right < len(verdicts) else "whole" if len(here) == len(verdicts) else "partly"
            counts[outcome] += 1
            counts[f"{open_or_closed} {outcome}"] += 1
        counts["false repairs"] += sum(1 for defect in defects if defect.repaired and defect.start not in met)
        counts["false marks"] += sum(1 for defect in defects if not defect.repaired and defect.start not in met)
    return counts


def report(name: str, counts: Counter[str]) -> str:
    """Return a line of the table: shares of the spots, but of the repairs, the characters, the closed spots."""
    spots = max(1, counts["spots"])
    recalled = counts["whole"] + counts["partly"]
    columns = [
        counts["right"] / max(1, counts["repairs"]),
        recalled / max(1, recalled + counts["wrong"]),
        recalled / spots,
        *(counts[outcome] / spots for outcome in ("whole", "partly", "marked", "missed")),
        counts["restored"] / max(1, counts["characters"]),
        counts["closed whole"] / max(1, counts["closed"]),
    ]
    numbers = "".join(f"{column:10.4f}" for column in columns)
    return f"{name:10}{counts['spots']:6}{numbers}{counts['false repairs']:6}{counts['false marks']:6}"


def read(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return "\n".join(contexts(json.loads(text))) if path.suffix == ".json" else text


def contexts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key.startswith("context") and isinstance(value, str):
                yield value
            else:
                yield from contexts(value)
    elif isinstance(node, list):
        for item in node:
            yield from contexts(item)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", nargs="*", type=Path, help="clean texts; default: the text files in corpus/")
    parser.add_argument("--spots", type=int, default=600, help="garbled spots to make, over all settings")
    parser.add_argument("--chars", type=int, default=12_000, help="characters in a document")
    parser.add_argument("--rate", type=float, default=0.5, help="share of the places cut that can be")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--slices", type=int, default=4, help="slices of 1 MB of each text searched undamaged")
    parser.add_argument("--part", choices=("all", "first", "second"), default="all", help="half of each text to use")
    args = parser.parse_args(argv)
    corpus = Path(__file__).resolve().parents[2] / "corpus"
    paths = args.texts or sorted(corpus.rglob("*.txt"))
    if not paths:
        parser.error(f"there is no text file in {corpus}: name clean texts")
    documents: list[str] = []
    slices: list[str] = []
    for path in paths:
        text = read(path)
        middle = len(text) // 2
        text = {"all": text, "first": text[:middle], "second": text[middle:]}[args.part]
        # The text is the truth, so what is damaged already has no place in it.
        sound = "\n".join(line for line in text.splitlines() if not re.search("[?\ufffd\ue000-\uf8ff]", line))
        documents += [sound[at : at + args.chars] for at in range(0, len(sound), args.chars)]
        data = text.encode()
        gap = max(MEGABYTE, len(data) // args.slices)
        slices += [data[at : at + MEGABYTE].decode(errors="ignore") for at in range(0, len(data), gap)][: args.slices]
    rng = random.Random(args.seed)
    rng.shuffle(documents)
    scripts: tuple[Script, ...] = ("Hans", "Hant")
    settings: list[tuple[Script, Width]] = [(script, width) for script in scripts for width in get_args(Width)]
    names = ("precision", "sound", "recall", "whole", "partly", "marked", "missed", "chars", "closed")
    print(f"{'setting':10}{'spots':>6}{''.join(f'{name:>10}' for name in names)}{'false':>6}{'marks':>6}")
    total: Counter[str] = Counter()
    for script, width in settings:
        texts = [to_script(text, script) for text in documents[: max(1, args.spots // 5)]]
        rng.shuffle(texts)
        counts = measure(texts, rng, spots=-(-args.spots // len(settings)), rate=args.rate, width=width)
        print(report(f"{script} {width}", counts), flush=True)
        total += counts
    print(report("all", total))
    begun = time.perf_counter()
    found = [repair_gbk_cuts(text) for text in slices]
    seconds = time.perf_counter() - begun
    size = sum(len(text.encode()) for text in slices)
    false = [defect.repaired is not None for defects in found for defect in defects]
    print(
        f"clean text: {size / MEGABYTE:.1f} MB in {len(slices)} slices, {size / MEGABYTE / seconds:.0f} MB/s, "
        f"{false.count(True)} false repairs, {false.count(False)} false marks"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
