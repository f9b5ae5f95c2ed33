"""What a line of an article looks like: its end, its number, whether it is a caption or stands for a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dgqa.corpus.wording import one_of
from dgqa.types import BlockKind, Span

CLOSED = re.compile(r"[。！？!?…；;：:.][”’\"'」』）)】》\]]*$")
# Numbering of Chinese headings, outermost first; the index is the rank.
_NUMBER = "一二三四五六七八九十百零〇"
_SPACED = rf"[{_NUMBER}\d](?:\s?[{_NUMBER}\d]){{0,5}}"
# 第十二条, 第 12 條, 第十二条之一, 第 12-1 條
ARTICLE = re.compile(
    rf"第\s?(?P<number>[{_NUMBER}千两兩\d](?:\s?[{_NUMBER}千\d]){{0,7}})(?:-(?P<dash>\d{{1,2}}))?\s?[条條](?:\s?之\s?(?P<behind>[{_NUMBER}\d]{{1,3}})(?![{_NUMBER}\d]))?"
)
NUMBERING = (
    re.compile(rf"第\s?{_SPACED}\s?[章编編篇部]"),
    re.compile(rf"第\s?{_SPACED}\s?[节節]"),
    re.compile(ARTICLE.pattern + r"(?=\s|$|【)"),
    re.compile(rf"[{_NUMBER}]{{1,3}}\s?[、．.]"),
    re.compile(rf"[（(]\s?[{_NUMBER}]{{1,3}}\s?[)）]"),
    re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}(?:[、．.]|\s)(?=\s*\D)"),
    re.compile(r"[（(]\s?\d{1,2}\s?[)）]|[①-⑳]"),
)
_NUMBERED = re.compile("|".join(f"(?:{one.pattern})" for one in NUMBERING))
ARTICLE_RANK = 2
ITEM = re.compile(r"[（(]\s?[一二三四五六七八九十\d]{1,3}\s?[)）]|[一二三四五六七八九十]{1,3}\s?、|\d{1,2}\s?[.．、](?!\d)|[①-⑳]")
_TWO_CHARACTERS = re.compile(r"[^\W_][\W_]*[^\W_]")
CAPTION = re.compile(rf"{one_of('headings', 'captions')}\s?\d{{1,3}}(?:[-.]\d{{1,3}})?(?!\d)[\s:：]?\S", re.IGNORECASE)
CONTINUED = re.compile(r"[（(]?\s*[续續]\s*表\s*\d*\s*[)）]?")
_IMAGE = re.compile(
    rf"[\[【(（<]?\s?(?:\S{{1,80}}\.(?:png|jpe?g|gif|webp|bmp|svg|tiff?)|{one_of('headings', 'pictures')}\s?\d{{0,4}})\s?[\]】)）>]?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Line:
    """A line of the view, its white space trimmed; ``kind`` is what it is taken for so far."""

    start: int
    end: int
    text: str
    kind: BlockKind = "paragraph"
    level: int = 0  # rank of a heading
    spans: list[Span] = field(default_factory=list)
    rendered: str = ""
    header: bool = False  # a table's row of column names, by the markup
    opens: str = ""  # title of the section that begins with this line, which is text all the same
    inside: bool = False  # of an article, where nothing is a heading


def has_words(text: str) -> bool:
    return _TWO_CHARACTERS.search(text) is not None


def is_numbered(text: str) -> bool:
    """Whether a line begins with a heading's number."""
    return _NUMBERED.match(text) is not None


def is_item(text: str) -> bool:
    """Whether a line begins with the number of an item of a list."""
    return ITEM.match(text) is not None


def is_image(text: str) -> bool:
    """Whether a line only stands for a picture: the name of its file, or a word for one."""
    return _IMAGE.fullmatch(text) is not None
