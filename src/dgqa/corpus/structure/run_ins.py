"""Find headings that stand in the line of their text or that are questions, and the lines that only list what a text has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from dgqa.corpus.structure.lines import NUMBERING, Line
from dgqa.corpus.wording import one_of
from dgqa.language.text import simplify

_PLAIN = len(NUMBERING)
_RANKS = (3, 4)  # 一、 and （一）
_RUN_IN = re.compile(r"[^。，,；;：:！？!?\n]{2,30}[。：:]")
_LONGEST_ENTRY = 100  # characters of an entry in a list of contents
_FAR = 60  # lines from which on two items are of different lists
_REST = 10  # characters of text behind a run-in heading at least
_QUESTION = re.compile(rf"(?P<mark>{one_of('headings', 'questions')}\s*\d{{0,3}}\s*[：:、.．]\s*)?[^。！!？?\n]{{3,80}}[？?]?$")
_ASKED = re.compile(r"[^。！!？?\n]{3,60}[？?]$")
_ANSWER = re.compile(rf"{one_of('headings', 'answers')}\s*\d{{0,3}}\s*[：:、.．]")
# 问 and 答 alone, as they stand where they are set in bold: only where both do.
_SPACED = re.compile(r"[问問]\s\S"), re.compile(r"答\s\S")
# Both in one line: 问：……？答：……
_TURN = re.compile(rf"(?:^|(?<=[。！？?!…；;\s]))(?:\d{{1,3}}\s?[.．、]\s?)?(?:(?P<asked>{one_of('headings', 'questions')})|{one_of('headings', 'answers')})\s?\d{{0,3}}\s?[：:]")
_CONTENTS = re.compile(rf"[【\[]?\s?{one_of('headings', 'contents')}\s?[】\]]?[:：]?", re.IGNORECASE)
_PAGE = re.compile(r"(?:[.．·…_]{2,}|\t|\s)\s?[（(]?\d{1,4}[)）]?$")
_LEADER = re.compile(r"[.．·…_]{3,}\s?[（(]?\d{1,4}[)）]?$")
_PARTS = re.compile(r"(?P<sentence>[^。！？：]{0,20}(?:分为|分成|分為|分|包括|包含)[一二三四五六七八九十两兩\d]{1,2}[大个個]?(?:部分|部份|章|篇|节|節|方面)[：:](?P<names>[^。！？]{6,400})[。])")
_PARTS_HINT = re.compile("[分份章篇节節面][：:]")
_FEWEST = 3  # entries of a list of contents, questions without a mark, parts that are named


def mark_run_ins(lines: Sequence[Line]) -> None:
    """Let paragraphs that begin with a numbered heading open a section: 三、经费保障。市级财政每年安排……

    Such a line without any text behind it is a heading, in spite of its stop, where text of no such number follows.
    """
    found: list[tuple[int, int, str, str]] = []  # index, rank, heading, what follows in the line
    others: list[tuple[int, int]] = []  # index and rank of numbered paragraphs without a heading
    for index, line in enumerate(lines):
        if line.kind not in {"paragraph", "list_item"} or line.opens or line.inside or "\t" in line.text:
            continue
        for rank in _RANKS:
            number = NUMBERING[rank].match(line.text)
            heading = _RUN_IN.match(line.text, number.end()) if number else None
            if heading and (heading.group()[-1] == "。" or heading.end() == len(line.text)):
                found.append((index, rank, line.text[: heading.end()], line.text[heading.end() :].strip()))
            elif number:
                others.append((index, rank))
    often = Counter(rank for _, rank, _, _ in found)
    for index, rank, title, rest in found:
        line = lines[index]
        if often[rank] < 2 or any(other == rank and _together(lines, index, at) for at, other in others):
            continue
        if len(rest) >= _REST:
            line.kind, line.level, line.opens = "paragraph", rank, title.rstrip("。")
        elif not rest and title.endswith("。") and _text_follows(lines, index, rank):
            line.kind, line.level = "heading", rank


def _together(lines: Sequence[Line], one: int, other: int) -> bool:
    """Whether no heading stands between two lines."""
    low, high = min(one, other), max(one, other)
    return high - low < _FAR and not any(line.kind == "heading" or _is_heading(line.text) for line in lines[low + 1 : high])


def _is_heading(text: str) -> bool:
    """Whether a line is a numbered heading of the outer rank, which is not marked yet."""
    return len(text) <= 40 and NUMBERING[_RANKS[0]].match(text) is not None and not text.endswith(("。", "；", "："))


def _text_follows(lines: Sequence[Line], index: int, rank: int) -> bool:
    following = next((line for line in lines[index + 1 :] if line.kind not in {"boilerplate", "note"}), None)
    if following is None or following.kind not in {"paragraph", "list_item"}:
        return False
    return not any(NUMBERING[other].match(following.text) for other in range(rank + 1))


def questions_apart(lines: Sequence[Line]) -> list[Line]:
    """Cut lines that have questions and their answers in them into one line each: 问：……？答：……"""
    cut: list[Line] = []
    for line in lines:
        turns = list(_TURN.finditer(line.text)) if line.kind in {"paragraph", "list_item"} and len(line.spans) == 1 and "\t" not in line.text else []
        # They take turns, a question first, with nothing before it.
        if len(turns) < 2 or turns[0].start() or len(turns) % 2 or any(bool(turn["asked"]) == at % 2 for at, turn in enumerate(turns)):
            cut.append(line)
            continue
        for begin, end in pairwise([*(turn.start() for turn in turns), len(line.text)]):
            text = line.text[begin:end].rstrip()
            span = (line.start + begin, line.start + begin + len(text))
            cut.append(Line(*span, text, spans=[span]))
    return cut


def mark_questions(lines: Sequence[Line]) -> None:
    """Make questions headings of what answers them: 问：…… 答：……, or several short questions with text under each."""
    asked: list[tuple[Line, bool]] = []
    for line, following in pairwise(lines):
        if line.kind not in {"paragraph", "list_item"} or line.opens or line.inside or "\t" in line.text:
            continue
        question = _QUESTION.match(line.text)
        answered = _ANSWER.match(following.text) is not None
        spaced = all(mark.match(one.text) for mark, one in zip(_SPACED, (line, following), strict=True))
        if (question and question["mark"] and answered) or spaced:
            asked.append((line, True))
        elif _ASKED.match(line.text) and following.kind in {"paragraph", "list_item", "table_row"} and not _ASKED.match(following.text):
            asked.append((line, answered))
    if len(asked) < _FEWEST and not any(sure for _, sure in asked):
        return
    for line, _ in asked:
        # The number before 问： counts questions: none stands below another.
        marked = _TURN.match(line.text) is not None
        rank = _PLAIN if marked else next((rank for rank, pattern in enumerate(NUMBERING) if pattern.match(line.text)), _PLAIN)
        line.kind, line.level = "heading", rank


def mark_contents(lines: list[Line]) -> None:
    """Take a list of contents out: lines that name headings of the text and say on which page they are."""
    if not any(_CONTENTS.fullmatch(line.text) or _LEADER.search(line.text) for line in lines if len(line.text) <= _LONGEST_ENTRY):
        return
    run: list[Line] = []
    later = Counter(_bare(line.text) for line in lines)
    listing = False
    for line in [*lines, Line(0, 0, "")]:
        bare = _bare(line.text)
        named = listing and 0 < len(line.text) <= _LONGEST_ENTRY and (_PAGE.search(line.text) is not None or later[bare] > 1)
        if _CONTENTS.fullmatch(line.text):
            listing = True
            run = [line]
        elif named or (0 < len(line.text) <= _LONGEST_ENTRY and _LEADER.search(line.text)):
            later[bare] -= 1
            run.append(line)
        else:
            if len(run) > _FEWEST or (len(run) == _FEWEST and not listing):
                for entry in run:
                    entry.kind = "boilerplate"
            run, listing = [], False


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", simplify(_PAGE.sub("", text)))


def parts_named(lines: Sequence[Line]) -> list[Line]:
    """Take sentences that only name a text's parts out of its paragraphs: they are about the article, and no answer."""
    titles: list[str] | None = None
    split: list[Line] = []
    for line in lines:
        split.append(line)
        found = _named_parts(line.text) if line.kind == "paragraph" and len(line.spans) == 1 else None
        if not found:
            continue
        if titles is None:
            titles = [_bare(heading.text) for heading in lines if heading.kind == "heading"]
        if not _names_headings(found["names"], titles):
            continue
        begin, end = found.span("sentence")
        if end - begin >= len(line.text) - 1:
            line.kind = "meta"
            continue
        split.append(Line(line.start + begin, line.start + end, line.text[begin:end], "meta", spans=[(line.start + begin, line.start + end)]))
        kept = [(low, high) for low, high in ((0, begin), (end, len(line.text))) if low < high]
        line.spans = [(line.start + low, line.start + high) for low, high in kept]
        line.text = "".join(line.text[low:high] for low, high in kept)
    return split


def _named_parts(text: str) -> re.Match[str] | None:
    """Return the first sentence that names parts; it is tried only where a sentence with the mark of one begins."""
    hints = _PARTS_HINT.finditer(text)
    begins = (max(text.rfind(stop, 0, hint.start()) for stop in "。！？") + 1 for hint in hints)
    return next((found for begin in begins if (found := _PARTS.match(text, begin))), None)


def _names_headings(names: str, titles: Sequence[str]) -> bool:
    """Whether the names in a sentence are, more or less, headings: most of their pairs of characters stand in one."""
    parts = [_bare(part) for part in re.split("[、，；]", names)]
    pairs = [{a + b for a, b in pairwise(title)} for title in titles]
    known = 0
    for part in parts:
        own = {a + b for a, b in pairwise(part)}
        known += bool(own) and any(2 * len(own & other) >= len(own) for other in pairs)
    return known >= _FEWEST and 2 * known >= len(parts)
