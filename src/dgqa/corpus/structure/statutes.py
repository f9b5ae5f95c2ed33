"""Find the articles of a statute: each opens a section of its own under its chapter, and what stands in it is no heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dgqa.corpus.structure.lines import ARTICLE, ARTICLE_RANK, CLOSED, NUMBERING, Line, is_item
from dgqa.corpus.wording import one_of
from dgqa.language.numerals import whole

_FEWEST = 3  # articles from which a text is a statute
# Behind a label without a space: what goes on like this speaks of another article.
_MENTION = re.compile(r"\s?(?:第|规定|規定|所|的|之规定|和|与|與|或|及|至|到|、|，|,|）|\))")
# 第二条路径 counts paths; where the lines are a statute all the same, the article's text may begin so.
_COUNTED = re.compile(one_of("headings", "counted"))
_SHORTEST = 12  # characters of the text of an article that has neither a space before it nor a stop behind it
_CAPTION = re.compile(r"\s?(?P<caption>【[^】\n]{1,30}】|\[[^\]\n]{1,30}\]|[（(][^）)\n]{1,20}[）)](?=\s*$))")
_ANNEX = re.compile(r"附\s?(?:件|录|錄|表|则|則)")


def article_number(label: str) -> tuple[int, int]:
    """Return the number of an article and what follows 之 in it; (0, 0) where ``label`` does not begin with one.

    >>> article_number("第一百零二条之一"), article_number("第 12-1 條")
    ((102, 1), (12, 1))
    """
    found = ARTICLE.match(label)
    if not found:
        return 0, 0
    return whole(found["number"]), whole(found["behind"] or found["dash"] or "")


def is_bare_number(title: str) -> bool:
    """Whether a section's title is an article's number and nothing else."""
    return title.startswith("第") and ARTICLE.fullmatch(title) is not None


def mark_articles(lines: Sequence[Line]) -> bool:
    """Open a section at each article of a statute; return whether the lines are one.

    A line opens an article where its number follows the last one; a line that begins with a mention of one does not.
    """
    starts = _article_lines(lines)
    if _longest_run([label for index, label in starts.items() if not _counts(lines[index].text)]) < _FEWEST:
        return False
    inside = False
    for index, line in enumerate(lines):
        if line.kind in {"meta", "boilerplate", "reference"} or (line.kind == "note" and not (inside and is_item(line.text))) or "\t" in line.text:
            continue
        if index in starts:
            line.kind, line.level, line.opens = "paragraph", ARTICLE_RANK, starts[index]
            inside = True
        elif is_chapter(line.text):
            if line.kind != "heading":
                line.kind, line.level = "heading", 0 if NUMBERING[0].match(line.text) else 1
            inside = False
        elif _ANNEX.match(line.text) and len(line.text) <= 40:
            inside = False
        elif inside:
            line.kind = "list_item" if is_item(line.text) else "paragraph"
            line.inside = True
    return True


def is_chapter(text: str) -> bool:
    """Whether a line is the heading of a chapter or a section of a statute."""
    return len(text) <= 40 and any(pattern.match(text) for pattern in NUMBERING[:2]) and not re.search("[。；，：]", text)


def _counts(text: str) -> bool:
    """Whether the number of an article at the beginning of a line may count something else."""
    label = ARTICLE.match(text)
    return label is not None and _COUNTED.match(text, label.end()) is not None


def _longest_run(labels: Iterable[str]) -> int:
    """Return how many articles at most follow one another in ascending order."""
    longest = run = 0
    last = (0, 0)
    for label in labels:
        number = article_number(label)
        run = run + 1 if number > last else 1
        longest, last = max(longest, run), number
    return longest


def _article_lines(lines: Sequence[Line]) -> dict[int, str]:
    """Return the label, without white space, of the lines that open an article, by their index."""
    found: dict[int, str] = {}
    last = (0, 0)
    for index, line in enumerate(lines):
        match = ARTICLE.match(line.text) if line.text.startswith("第") else None
        if not match or "\t" in line.text:
            continue
        number = article_number(match.group())
        rest = line.text[match.end() :]
        apart = not rest or rest[0].isspace() or _CAPTION.match(rest) is not None
        follows = number == (last[0] + 1, 0) or (number[0] == last[0] and number[1] == last[1] + 1)
        starts_anew = number == (1, 0)
        if _MENTION.match(rest) and not (apart and follows):
            continue
        if not apart and len(rest) < _SHORTEST and not CLOSED.search(rest):
            continue
        if follows or starts_anew or (apart and number > last):
            caption = _CAPTION.match(rest)
            found[index] = "".join(match.group().split()) + (caption["caption"] if caption else "")
            last = number
    return found


def spaceless(title: str) -> str:
    """Return a heading without its stop, a chapter's without the spaces in its number and between the letters of 總 則."""
    title = title.rstrip("。")
    match = NUMBERING[0].match(title) or NUMBERING[1].match(title)
    if match is None:
        return title
    rest = title[match.end() :].strip()
    if re.fullmatch(r"\S(?: \S){1,3}", rest):
        rest = rest.replace(" ", "")
    return "".join(match.group().split()) + (f" {rest}" if rest else "")
