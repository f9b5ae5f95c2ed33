"""Find author, date and source in the lines around an article's body and in its front matter."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dgqa.corpus.structure.dates import DATE, iso_date
from dgqa.corpus.structure.lines import CLOSED, Line
from dgqa.corpus.view import FRONT_MATTER
from dgqa.corpus.wording import listed, one_of
from dgqa.data import CJK, surnames
from dgqa.language.text import simplify
from dgqa.language.words import is_word, tags

_LONGEST = 400  # characters of a line that are looked at: what it says about the article stands at its beginning

_NAME = rf"(?:(?:[{surnames('anywhere', 'author')}]|{surnames('double').replace(' ', '|')})[{CJK}]{{1,2}}|[{CJK}]{{2,5}}[·•][{CJK}]{{2,6}})"
_NAMES = re.compile(rf"{_NAME}(?:[\s,，、;；]+{_NAME}){{0,9}}")
_BYLINE = re.compile(
    rf"{one_of('bylines', 'author_labels')}\s*[:：／/|]\s*(?P<names>{_NAME}(?:[\s,，、;；和与]+{_NAME}){{0,9}}|[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){{1,4}})",
    re.IGNORECASE,
)
_SOURCE = re.compile(rf"{one_of('bylines', 'source_labels')}\s*[:：]\s*(?P<source>[^\s：:|]{{2,40}})", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"(?:(?:发布|更新|发表|刊发)?(?:时间|日期)\s*[:：]\s*)?(?P<date>(?:19|20)\d{2}\s?(?:[-/.年])\s?\d{1,2}\s?(?:[-/.月])\s?\d{1,2}日?)"
    r"(?:\s*T?\d{1,2}:\d{2}(?::\d{2})?)?"
)
# In other forms, and to the month, a date is a byline's where only names or a workplace stand beside it.
_LOOSE = re.compile(
    rf"(?:(?:发布|更新|发表|刊发|写作)?(?:时间|日期)\s*[:：]\s*)?(?P<date>{DATE.pattern}|(?<![\d.])(?:19|20)\d{{2}}\s?[-/.]\s?(?:0?[1-9]|1[0-2])(?![\d.]))"
)
_ISSUER = re.compile(rf"[{CJK}]{{1,30}}{one_of('bylines', 'bodies')}")
_BESIDE = " \u3000|｜/／()（）,，"
_CRAWLED = re.compile(rf"{one_of('bylines', 'read_not_published')}(?:时间|日期|于|on|at)?\s*[:：]?\s*$", re.IGNORECASE)
_KEYWORD = re.compile(rf"[【\[]?{one_of('bylines', 'keyword_labels')}[】\]]?\s*[:：*]", re.IGNORECASE)
_AFFILIATION = re.compile(rf"(?:^\d{{1,2}}\s?[.．、]\s?)?\S{{2,20}}{one_of('bylines', 'institutions')}[\s,，]")


_FIELDS = dict(line.split() for line in listed("bylines", "fields"))


def front_matter_lines(lines: list[Line]) -> None:
    """Name the fields of a front matter as readers do; the other lines of it are boilerplate."""
    for line in lines:
        if line.kind != "meta" or line.level != FRONT_MATTER:
            continue
        field_line = re.fullmatch(r"([A-Za-z_ -]{2,30}):\s*(\S.*)", line.text)
        name = _FIELDS.get(field_line[1].lower()) if field_line else None
        if field_line and name:
            line.rendered = f"{name}：{field_line[2].strip(chr(34) + chr(39))}"
        else:
            line.kind = "boilerplate"


# What generators of sites call the day of an article, the day of its last change last.
_DATE_KEYS = ("date", "publishdate", "published", "publish_date", "pubdate", "published_at", "created", "createtime", "updated", "lastmod", "lastupdated")


def describe(meta: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, str, str]:
    """Return author, date and source by the front matter, and by what `front_lines` found where that says nothing."""
    author = meta.get("author", "") or meta.get("authors", "")
    date = next((iso_date(meta[key]) for key in _DATE_KEYS if meta.get(key)), "")
    source = meta.get("source", "") or meta.get("site", "") or found.get("source", "")
    if found.get("author") and not _NAMES.fullmatch(simplify(author)):
        # Feeds put the name of the site where the author belongs.
        source, author = source or author, found["author"]
    # What an Office file's properties say counts least.
    return author or meta.get("file_author", ""), date or found.get("date", "") or meta.get("file_date", ""), source


def is_byline(text: str) -> bool:
    """Whether a line holds names only, or a date."""
    return _PUBLISHED.search(text) is not None or is_names(text)


def is_names(text: str) -> bool:
    """Whether a line holds the names of people and nothing else."""
    return len(text) <= _LONGEST and _only_names(simplify(text))


def _only_names(plain: str, *, dated: bool = False) -> bool:
    """The same for a text in simplified characters; ``dated`` says that it stands beside a date, as bylines do."""
    return _NAMES.fullmatch(plain) is not None and not all(_is_common(match.group(), dated=dated) for match in re.finditer(_NAME, plain))


def _is_common(name: str, *, dated: bool) -> bool:
    """Whether what looks like a name is a word of the language, 平台 or 施行: such a line is a heading or says what was done.

    Some people are called like a place or a quality, 高洁: beside a date that is a name.
    """
    if name in listed("bylines", "no_names"):
        return True
    if not is_word(name):
        return False
    flags = {flag for _, flag in tags(name)}
    return not any(flag.startswith("nr") or (dated and flag in {"a", "ns", "nz"}) for flag in flags)


def front_lines(lines: list[Line], title: Line | None) -> dict[str, str]:
    """Mark author, date, source and keyword lines around the body as "meta" and return what they say."""
    found: dict[str, str] = {}
    closed = [(i, len(line.text)) for i, line in enumerate(lines) if line.kind == "paragraph" and re.search("[。！？.!?]$", line.text)]
    body = next((i for least in (60, 12) for i, length in closed if length >= least), len(lines))
    head = range(min(body, 15))
    tail = range(max(body, len(lines) - 3), len(lines))
    for index in [*head, *range(body, min(body + 1, len(lines))), *tail]:
        line = lines[index]
        if line is title or line.kind not in {"paragraph", "heading"} or "\t" in line.text:
            continue
        # What a longer line says stands at its beginning.
        text = simplify(line.text[:_LONGEST])
        # Conversion keeps lengths but for a few words; names are shown as they are written.
        written = line.text[: len(text)] if len(line.text[:_LONGEST]) == len(text) else text
        inset = len(text) - len(text.lstrip("()（）[]【】"))
        plain = text.strip("()（）[]【】")
        short = len(text) <= 120
        byline, source, published = _BYLINE.search(plain), _SOURCE.search(text), _dated(text)
        is_meta = False
        if byline and (byline.start() == 0 or text[0] in "(（"):
            names = slice(inset + byline.start("names"), inset + byline.end("names"))
            found.setdefault("author", _people(text[names], written[names]))
            # "(作者:甲,某大学教授;乙,某所研究员)": every clause starts with a name.
            begins = [names.start, *(names.start + m.end() for m in re.finditer(r"[;；]\s*", text[names.start :]))]
            people = [re.match(rf"{_NAME}(?=[,，、])", text[at:]) for at in begins]
            if len(people) > 1 and all(people):
                found["author"] = "，".join(written[at : at + m.end()] for at, m in zip(begins, people, strict=True) if m)
            is_meta = True
        if index in head or index < 6:
            if short and source:
                found.setdefault("source", written[source.start("source") : source.end("source")])
                is_meta = True
            if short and published and len(text) - len(published.group()) <= 40 and not CLOSED.search(text):
                dates = [match for match in published.re.finditer(text) if not _CRAWLED.search(text[: match.start("date")])]
                if dates:
                    found.setdefault("date", iso_date(dates[0]["date"]))
                if people_beside := _beside(text, written, published):
                    found.setdefault("author", people_beside)
                is_meta = True
            if _only_names(text) and index in head:
                found["author"] = _people(text, written)
                is_meta = True
            if index in head and short and _AFFILIATION.match(text + " ") and not CLOSED.search(text):
                is_meta = True
        if is_meta:
            line.kind = "meta"
    for line in lines[: body + 8]:
        if line is not title and _KEYWORD.match(simplify(line.text[:40])):
            line.kind = "meta"
    return found


def _dated(text: str) -> re.Match[str] | None:
    """Return the date that a line in simplified characters bears as bylines do."""
    loose = None if _PUBLISHED.search(text) or len(text) > 120 else _LOOSE.search(text)
    if loose is None:
        return _PUBLISHED.search(text)
    beside = [part for part in (text[: loose.start()].strip(_BESIDE), text[loose.end() :].strip(_BESIDE)) if part]
    said = all(_only_names(part, dated=True) or _BYLINE.fullmatch(part) or _ISSUER.fullmatch(part) or _AFFILIATION.fullmatch(part + " ") for part in beside)
    return loose if said else None


def _beside(text: str, written: str, date: re.Match[str]) -> str:
    """Return the names that stand in front of a date or behind it, "" where what stands there is something else."""
    for begin, end in ((0, date.start()), (date.end(), len(text))):
        names = text[begin:end].strip(_BESIDE)
        body, _, person = names.rpartition(" ")
        if _ISSUER.fullmatch(body.strip()):  # who wrote it stands behind where they work
            names = person
        if _only_names(names, dated=True):
            at = text.index(names, begin)
            return _people(names, written[at : at + len(names)])
    return ""


def _people(text: str, written: str) -> str:
    """Return the names in simplified ``text`` as they stand in ``written``, which is as long."""
    return "，".join(written[m.start() : m.end()] for m in re.finditer(_NAME, text)) or written.strip()
