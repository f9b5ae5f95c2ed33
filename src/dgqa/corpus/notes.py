"""Find the footnotes that stand inside a line of text.

Web copies of journal pages set a footnote right behind its mark: 甲国发布战略(1)Title[EB/OL].(2020-01-02).https://a.b/c.，乙国……
Such a note is a mark followed by what only a citation has: a type code with a year, an address, pages, an issue.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from dgqa.data import CJK
from dgqa.types import Span

_MARK = re.compile(r"[(（]\d{1,3}[)）]|[①-⑳]|\^?\[\d{1,3}\]|〔\d{1,3}〕|[¹²³⁴-⁹⁰]{1,3}")
_MARK_HINT = re.compile(r"[(（①-⑳^\[〔¹²³⁴-⁹⁰]")  # what a mark begins with; to look for it alone is faster
# An enumeration's number stands behind such a mark, a note's behind a word, a closing mark or the end of a sentence.
_LISTED = "：:；;，,、（(—-/\t "
_SIGN = re.compile(r"https?:|www\.|\[[A-Z]|[页頁期版]|\d{4}")  # a line without any has no citation
_SHORTEST = 4  # characters of a citation before a number in brackets that belongs to it
_MOST = 2000  # marks looked at in a line

_URL = r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{4,500}"
_YEAR = r"(?:19|20)\d{2}"
_PLACE = (  # where a Chinese citation says that something stands
    rf"(?:第\s?\d{{1,4}}(?:\s?[-–—~、]\s?\d{{1,4}})?\s?[页頁]|{_YEAR}\s?年?\s?第\s?\d{{1,3}}\s?[期卷辑輯]|{_YEAR}\s?年?\s?版"
    rf"|{_YEAR}\s?年\s?\d{{1,2}}\s?月\s?\d{{1,2}}\s?日|{_URL})"
)
_PLACES = rf"{_PLACE}(?:[，,、；;]?\s?(?:总第\s?\d{{1,4}}\s?期|{_PLACE})){{0,4}}"
_LATIN = rf"[^{CJK}\u3000-\u303f\uff00-\uffef\n]"  # neither Chinese characters nor their marks

_CITATIONS = (
    # GB/T 7714: authors. title[J]. source, year(issue): pages.
    re.compile(rf"[^。\n]{{2,250}}?\[(?:[A-Z]|[A-Z]{{1,2}}/OL)\][^。\n]{{0,100}}?{_YEAR}{_LATIN}{{0,600}}"),
    # 参见：《……》，2020年第3期，第5页
    re.compile(
        r"\s?(?:另|又)?(?:参见|參見|参阅|參閱|参考|參考|详见|詳見|见|見|转引自|轉引自|引自|载|載|(?:资料|資料|数据|數據|信息|图片)?(?:来源|來源)|网址|網址|"
        rf"[Ss]ee|[Cc]f\.?|[Ss]ource|[Aa]vailable at)[于於自]?[:：]?\s?[^。\n]{{0,200}}?{_PLACES}"
    ),
    # 某人：《……》，某出版社2020年版，第5页
    re.compile(rf"\s?[^，。；：:《\n]{{1,30}}[：:，,]?\s?《[^》\n]{{1,80}}》[^。\n《》]{{0,60}}?{_PLACES}"),
    # Name, "Title", Journal, 2020, 12(3): 4-15, or whatever is Latin and holds an address or a DOI.
    re.compile(rf"(?={_LATIN}{{0,400}}?(?:{_URL}|\b[Dd][Oo][Ii]\b|{_YEAR}{_LATIN}{{0,60}}?\d{{1,4}}\s?[-–—]\s?\d{{1,4}}|\bpp?\.\s?\d)){_LATIN}{{8,600}}"),
)
# What the Latin end of a citation may reach too far over: the marks of the sentence around it.
_TAIL = re.compile(r"[\s.,;:!?'\"]+$")
_STOPS = "。！？!?；;"
_PAUSES = "，,、；;：:。！？!?）)”’"


def inline_notes(line: str) -> list[Span]:
    """Return the spans of the notes in ``line``, marks included, in order.

    What is left reads on: the stop that ends a note belongs to it, the one that ends the sentence around it does not.
    A line that is a note from its beginning to its end is one span.
    """
    return list(_notes(line))


def _notes(line: str) -> Iterator[Span]:
    tried = (_MARK.match(line, hint.start()) for hint in _MARK_HINT.finditer(line))
    marks = list(itertools.islice((mark for mark in tried if mark), _MOST))
    if not marks or not _SIGN.search(line):
        return
    done = 0
    for mark, following in itertools.zip_longest(marks, marks[1:]):
        start = mark.start()
        if start < done or (start and line[start - 1] in _LISTED):
            continue
        if following is not None and following.start() - mark.end() < _SHORTEST:
            continue
        for pattern in _CITATIONS:
            found = pattern.match(line, mark.end())
            if found is None:
                continue
            end = _end(line, start, found.end())
            # A citation does not reach over the mark of the next one, though it may hold a number in brackets.
            inner = following is not None and following.end() < end and _cites(line, following.end(), end)
            if inner or not _enough(line[mark.end() : end]):
                continue
            if start == 0 and line[end:].strip():
                break  # a list's item, or a note that the sentence behind it cannot be told from
            yield start, end
            done = end
            break


def _cites(line: str, start: int, end: int) -> bool:
    return any((match := pattern.match(line, start)) and match.end() <= end + 1 for pattern in _CITATIONS[:2])


def _enough(note: str) -> bool:
    return sum(char.isalpha() for char in note) >= 6


def _end(line: str, start: int, reach: int) -> int:
    """Return where a note ends whose citation may reach up to ``reach``."""
    tail = _TAIL.search(line, start, reach)
    end = tail.start() if tail else reach
    # A bracket that the citation did not open is the sentence's.
    while line[end - 1] in ")]" and line.count(line[end - 1], start, end) > line.count({")": "(", "]": "["}[line[end - 1]], start, end):
        end -= 1
    behind = line[end : end + 1]
    if behind == ".":
        return end + 1
    if behind == "。":
        own = line[start - 1 : start] in _STOPS or line[end + 1 : end + 2] in _PAUSES or not line[end + 1 :].strip()
        # Where both the note and the sentence may end here, the sentence keeps the stop.
        if own and (line[end + 1 : end + 2] or line[start - 1 : start] in _STOPS):
            return end + 1
    return end
