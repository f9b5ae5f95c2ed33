"""Find runs that were garbled by cutting GBK bytes inside a character, and read them back.

A program looked for the bytes of 。；！？ in GBK text without minding where characters begin, and broke the
text in front of them. Where they were the second byte of one character and the first of the next::

    true text       来       。       黄       河       水      ,    很
    bytes        C0 B4    A1 | A3 BB    C6 BA    D3 CB    AE 2C    BA DC
    seen            来    ?       ；       坪       铀       ?        很

The lone first byte is seen as ``?``, the mark that the program found stays, and what follows reads one byte
out of step up to a byte below 0x80. If that is the second byte of a character, it is seen by itself (D4 4F:
"O"); if it is a space, a digit or a mark, the first byte in front of it swallows it. Another cut ends a run as
well. Full-width forms may have become ASCII afterwards.

So all but the characters at the two ``?`` follows from the bytes. Those are guessed from jieba's dictionary
and from the document itself, or left alone.
"""

from __future__ import annotations

import functools
import logging
import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dgqa.corpus.damage.gbk_model import HALF_WIDTH, PAUSES, Cell, Context, Option, fixed, folded, log_share, plain, score
from dgqa.corpus.damage.mojibake import gbk_pair
from dgqa.types import Defect

logger = logging.getLogger(__name__)

KIND = "gbk_cut"
_MANY, _DENSE, _TOO_MANY = 100, 200, 2_000  # candidates that any text may have; characters to each further one; candidates at the most

_LONE = "?\ufffd"  # what a lone byte is seen as
_BREAKS = "\r\n"
# The marks as they are seen, and the log odds that one behind a "?" is there by damage: people do write "?!" and "??".
_MARKS = {"。": -2.0, ";": -2.0, "；": -2.0, "!": -4.0, "！": -4.0, "?": -6.0, "？": -6.0}
_LOST = -2.0  # the same behind a U+FFFD, which nobody writes
_ANCHOR = re.compile(f"[{_LONE}](?=[{''.join(_MARKS)}]|\ufffd[{''.join(_MARKS)}])")
_ANCHORED = re.compile(f"[{_LONE}][{''.join(_MARKS)}]")
_EMPHASIS = re.compile(f"[{_LONE}{''.join(_MARKS)}]{{5,}}")  # an outcry; damage has four in a row at the most
_FULL_WIDTH = {half: full for full, half in HALF_WIDTH.items()}
_SOME_SWALLOWED = ",.:; ()"

_AROUND = 8  # characters of context on either side that take part in a score
_WINDOW = 24  # characters of a run that are scored at a time
_HOPELESS = 40.0  # log odds below the best end of a run at which no further one is looked for
_LONGEST = 2000  # characters in a run; few lines go on for longer without an ASCII byte
_FOUND = 6.0  # log odds from which a run is damage
_FOUND_TOO = 2.0  # the same in a text that has a run of _SURE log odds
_SURE = 20.0
_TRUSTED = 0.99  # probability from which there is damage to repair, and from which a guess is a repair
_TRUSTED_STOP = 0.9  # of a full stop, which a model of words underrates against lone characters
_TRUSTED_LAST = 0.997  # of what is behind a run, where it overrates common words: it does not see how a clause ends


class _Run(NamedTuple):
    """A way to read what stands at ``at:end``: a character of which ``second`` is left, then ``body``, which is whole.

    ``lead`` is the first byte of a character behind ``body`` whose second byte was lost, 0 if there is none;
    ``swallowed`` tells whether an ASCII character was lost with that. ``odds`` are log odds that it is so.
    """

    at: int
    end: int
    second: int
    body: str = ""
    lead: int = 0
    swallowed: bool = False
    odds: float = 0.0


def repair_gbk_cuts(text: str) -> tuple[Defect, ...]:
    """Return the places where ``text`` was garbled by cuts inside its GBK bytes, in order, not overlapping.

    A place whose every character is known is one defect. Otherwise it is up to three that touch: the ``?``
    of the character before the cut, the run that the bytes decide, and the ``?`` of the character behind it
    (with a mark, space or digit that followed it); those that stay in doubt have ``repaired`` None.

    A text with more than a hundred candidates and one every 200 characters, or with thousands of them, is not
    read: cuts are five times rarer at the most (the bytes of a mark stand over two characters once in a
    thousand), and each candidate takes milliseconds. What was cut stays as it is, and is searched as it is.

    Args:
        text: A whole document: its own words help to decide what a lost byte was.

    Returns:
        Defects of the kind "gbk_cut". A repair is in the script and has the width of marks (， or ,) of the
        text around it. ``confidence`` is that of the repair, or that there is damage where there is none.
    """
    anchors = [match.start() for match in _ANCHOR.finditer(text)]
    if not anchors:
        return ()
    outcries = {at for match in _EMPHASIS.finditer(text) for at in range(*match.span())}
    anchors = [at for at in anchors if at not in outcries]
    if len(anchors) > min(_MANY + len(text) // _DENSE, _TOO_MANY):
        logger.warning("%d places look like cut GBK bytes, too many to be read: they are left as they are", len(anchors))
        return ()
    found = _choose(anchors, [list(_runs(text, at)) for at in anchors])
    sure = any(run.odds >= _SURE for run in found)
    found = [run for run in found if sure or run.odds >= _FOUND]
    if not found:
        return ()
    document = Context(text, _ANCHORED.sub("", text))  # marks that only the damage shows are not the document's
    return tuple(defect for run in found for defect in _defects(document, run))


def _choose(anchors: Sequence[int], runs: Sequence[Sequence[_Run]]) -> list[_Run]:
    """Return the runs, at most one for each anchor and not overlapping, whose odds add up to the most.

    Where one run ends just in front of the next, it seems to go on through it: only both together are better.
    """
    odds = [0.0] * (len(anchors) + 1)
    chosen: list[tuple[_Run | None, int]] = [(None, 0)] * len(anchors)
    for index in range(len(anchors) - 1, -1, -1):
        odds[index], chosen[index] = odds[index + 1], (None, index + 1)
        for run in runs[index]:
            behind = bisect_left(anchors, run.end)
            if run.odds >= _FOUND_TOO and run.odds + odds[behind] > odds[index]:
                odds[index], chosen[index] = run.odds + odds[behind], (run, behind)
    found, index = [], 0
    while index < len(anchors):
        best, index = chosen[index]
        if best is not None:
            found.append(best)
    return found


def _runs(text: str, at: int) -> Iterator[_Run]:
    """Yield the runs that may begin at the anchor ``at``, with the log odds that they do.

    Damage and plain text are scored over the same characters, window by window, so that a run may be long.
    Windows end at fixed places of the text, so that what their borders tear apart is the same for all runs.
    """
    before = _context_before(text, at)
    read, done, stop = at - len(before), 0, ((at + 2) // _WINDOW + 2) * _WINDOW
    best = odds = 0.0
    true: list[Cell] = []
    for run in _endings(text, at):
        if not done:
            first = [Option(char) for char in _with_second_byte(run.second)]
            mark = text[at + 1 if run.body or run.lead else at + 2]
            true, odds = [*fixed(before), first], _MARKS[mark] if text[at] == "?" else _LOST
        # Each character of the body takes one of the text behind the mark.
        while len(run.body) > stop - (at + 2):
            size = stop - (at + 2)
            odds += score([*true, *fixed(run.body[done:size])]).total - plain(text[read:stop])
            true, done, read, stop = [], size, stop, stop + _WINDOW
            if odds < best - _HOPELESS:
                return
        after = _context_after(text, run.end)
        last = [Option(char) for char in _with_first_byte(run.lead)]
        swallowed = [Option(char, -1.0) for char in _SOME_SWALLOWED]
        cells = [*true, *fixed(run.body[done:]), *_tail(run, last, swallowed), *fixed(after)]
        run = run._replace(odds=odds + score(cells).total - plain(text[read : run.end] + after))
        if run.odds < best - _HOPELESS:
            return
        best = max(best, run.odds)
        # Full stops in a row are what a row of exclamation marks reads as: without a letter nothing speaks for damage.
        if not run.body or any(char.isalpha() for char in run.body):
            yield run


def _endings(text: str, at: int) -> Iterator[_Run]:
    """Yield the runs from the anchor at ``at`` to places where the bytes may be in step again, nearest first."""
    mark, behind = text[at + 1], text[at + 2 : at + 3]
    if mark in _LONE and behind in _MARKS:
        # Cut before and behind its second byte, which the next mark tells: A3|A1A3 is 。 and A1|A3BB is ；.
        yield _Run(at, at + 2, 0xA3 if behind == "。" else 0xA1)
    if mark not in _MARKS:
        return
    second, lead = _bytes(_widen(mark))
    body = ""
    for place in range(at + 2, at + 2 + _LONGEST):
        char = text[place : place + 1]
        if not char or char in _BREAKS:
            yield _Run(at, place, second, body, lead)
            return
        code = ord(char)
        if 0x40 <= code < 0x7F or char == "€":
            # The odd byte out: cp936 reads 0x80 as the euro sign.
            if true := _char(lead, 0x80 if char == "€" else code):
                yield _Run(at, place + 1, second, body + true)
        elif char in _LONE:
            behind = text[place + 1 : place + 2]
            swallowed = char == "?" and bool(behind) and behind not in _BREAKS and behind not in _MARKS
            yield _Run(at, place + 1, second, body, lead, swallowed)
        # What is ASCII now may have been a full-width form at the time.
        pair = _bytes(_widen(char))
        true = _char(lead, pair[0]) if pair else ""
        if not true or pair[1] == 0x80:
            return
        body += true
        lead = pair[1]
        if lead < 0x80:
            yield _Run(at, place + 1, second, body + chr(lead))
            return


def _defects(document: Context, run: _Run) -> Iterator[Defect]:
    text, at, end = document.text, run.at, run.end
    damaged = 1 / (1 + math.exp(-min(run.odds, 30.0)))
    if damaged < _TRUSTED:
        yield Defect(KIND, at, end, text[at:end], None, damaged)
        return
    before, after = _context_before(text, at), _context_after(text, end)
    body = document.width(run.body)
    head = document.weigh(_with_second_byte(run.second), before, body or ("" if run.lead else after))
    behind = body or max(head, key=lambda option: option.weight + log_share(folded(option.char))).char
    tail = document.weigh(_with_first_byte(run.lead), behind, PAUSES if run.swallowed else after or "\n")
    swallowed = document.swallowed(after) if run.swallowed else ()
    cells = [*fixed(before), head, *fixed(run.body), *_tail(run, tail, swallowed), *fixed(after)]
    whole = score(cells)
    guess = document.width(whole.best[len(before) : len(cells) - len(after)])

    def posterior(*places: int) -> float:
        """Return the probability that the characters at ``places`` of the guess are the true ones."""
        pinned = [
            [option for option in cell if option.char == char] if place - len(before) in places else cell
            for place, (cell, char) in enumerate(zip(cells, whole.best, strict=True))
        ]
        return min(1.0, math.exp(score(pinned).total - whole.total)) * damaged

    ends = range(1 + len(body), len(guess))
    first, last = posterior(0), posterior(*ends)
    knows_first = first >= (_TRUSTED_STOP if guess[0] == "。" else _TRUSTED)
    knows_last = not ends or last >= _TRUSTED_LAST
    if knows_first and knows_last:
        yield Defect(KIND, at, end, text[at:end], guess, posterior(0, *ends))
        return
    # The first byte of the last character is in what is seen before the "?", and so belongs to the body.
    stop = at + 2 + len(body) if ends else end
    parts = [(at, at + 1 if body or ends else end, guess[0] if knows_first else None, first)]
    if body:
        parts.append((at + 1, stop, body, damaged))
    if parts[-1][1] < end:
        parts.append((parts[-1][1], end, guess[1 + len(body) :] if knows_last else None, last))
    for start, stop, repaired, confidence in parts:
        yield Defect(KIND, start, stop, text[start:stop], repaired, damaged if repaired is None else confidence)


def _context_before(text: str, at: int) -> str:
    return text[max(0, at - _AROUND) : at].rsplit("\n", 1)[-1]


def _context_after(text: str, end: int) -> str:
    return text[end : end + _AROUND].split("\n", 1)[0]


def _tail(run: _Run, last: Cell, swallowed: Cell) -> list[Cell]:
    return [last] * bool(run.lead) + [swallowed] * run.swallowed


def _widen(char: str) -> str:
    return chr(_FULL_WIDTH.get(ord(char), ord(char)))


@functools.lru_cache(maxsize=30_000)
def _bytes(char: str) -> bytes:
    """Return the two GBK bytes that read as ``char``, empty if there are none."""
    code = ord(char)
    if 0xE815 <= code <= 0xE864:
        # FE50..FEA0 without FE7F, which cp936 keeps in the private use area.
        second = code - 0xE815 + 0x50
        return bytes((0xFE, second + (second >= 0x7F)))
    return gbk_pair(char)


def _char(first: int, second: int) -> str:
    """Return the character of two GBK bytes, empty if there is none."""
    if not 0x81 <= first <= 0xFE or not 0x40 <= second <= 0xFE or second == 0x7F:
        return ""
    char = bytes((first, second)).decode("gb18030")
    return "" if "\ue000" <= char <= "\uf8ff" else char


@functools.cache
def _with_first_byte(first: int) -> tuple[str, ...]:
    return tuple(char for second in range(0x40, 0xFF) if (char := _char(first, second)))


@functools.cache
def _with_second_byte(second: int) -> tuple[str, ...]:
    return tuple(char for first in range(0x81, 0xFF) if (char := _char(first, second)))
