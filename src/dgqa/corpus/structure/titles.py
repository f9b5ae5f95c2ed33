"""Find where a title ends: in the next centred line, in front of the name of a site."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dgqa.corpus.structure.dates import DATE
from dgqa.corpus.structure.headings import ATTACHED, MARKUP, PLAIN
from dgqa.corpus.structure.lines import Line, is_numbered
from dgqa.corpus.structure.metadata import is_byline
from dgqa.corpus.structure.official import document_number
from dgqa.corpus.wording import one_of
from dgqa.language.text import simplify, squeezed

_LONGEST = 80  # characters of a whole title
_BROKEN = 12  # characters of a line that was broken for its length
_REST = 4  # characters of what a title goes on with where its first line could end
_OPEN = re.compile(r"[的和与及、，“《（]$|[关对]于$")
_CONTINUES = re.compile(r"[的和与及、”》）]")
_STOPPED = re.compile(r"[。！？；：:;!?]$")
_APART = re.compile(r"[—–―\-(（\[【〔*•]")  # a subtitle, a remark
_COMPLETE = re.compile(one_of("bylines", "title_ends") + "$")
_BODY = re.compile(f"{one_of('bylines', 'bodies')}$|{one_of('bylines', 'institutions')}$")
_LABEL = re.compile(r"附\s?(?:件|录|錄|表)\s?[\d一二三四五六七八九十]{0,2}\s?[：:]?")
_FIRST = re.compile(r"一、|第一[章条條]")
_SEPARATOR = re.compile(r"\s*[_|｜]\s*|\s*[—–]{1,2}\s*|\s*-{1,2}\s*|\s+·\s+")
_SITE = re.compile(rf"[\w·]{{1,16}}?{one_of('bylines', 'sites')}")
_NEAR = 6  # lines in which the first heading under a title stands
_PART = 6  # characters of what a site calls a part of it
_LABELLED = re.compile(r"[^：:]{1,12}[：:]")


def title_goes_on(line: str, following: str) -> bool:
    """Whether ``following``, centred under the centred ``line``, is the rest of the same title.

    It is none where it says who wrote or issued the text and when, is a subtitle, or the first line could be a whole title.
    """
    first, rest = simplify(line.strip()), simplify(following.strip())
    if not first or not rest or len(first) + len(rest) > _LONGEST or _STOPPED.search(first) or _STOPPED.search(rest):
        return False
    if any(_APART.match(text) or _LABELLED.match(text) or is_numbered(text) or is_byline(text) or DATE.search(text) or document_number(text) for text in (first, rest)):
        return False
    if _OPEN.search(first) or _CONTINUES.match(rest):
        return True
    if re.match("关于", first) and not _COMPLETE.search(first) and _COMPLETE.search(rest):
        return True
    return len(first) >= _BROKEN and len(rest) >= _REST and not (_COMPLETE.search(first) or _BODY.search(rest) or _BODY.search(first))


def attached_titles(lines: list[Line], title: Line | None) -> list[Line]:
    """Join the headings that are one title in several lines, and an annex's label with its title: all that follows stands under it.

    What a letter sends along, behind its signature, has such a title too.
    """
    joined: list[Line] = []
    above, last = None, ""  # the heading right above, and its last line
    for line in lines:
        bare = line.kind == "heading" and line.level == PLAIN and line is not title
        if bare and above is not None:
            labelled = _LABEL.fullmatch(last) is not None
            if labelled or _ends_title(last, line.text):
                above.text += (" " if labelled else "") + line.text
                above.spans += line.spans
                above.level, last = (ATTACHED if labelled else above.level), line.text
                continue
        above, last = (line, line.text) if bare else (None, "")
        joined.append(line)
    said = attached = False  # something in a paragraph, and a title of what is attached
    for at, line in enumerate(joined):
        if line.kind == "heading" and line.level == PLAIN and line is not title:
            signed = said and joined[at - 1].kind == "meta"
            following = next((other.text for other in joined[at + 1 : at + _NEAR] if other.kind == "heading"), "")
            begins = attached and _FIRST.match(following) is not None
            if _LABEL.match(line.text) or ((signed or begins) and _COMPLETE.search(simplify(line.text))):
                line.level = ATTACHED
        said |= line.kind == "paragraph"
        attached |= line.kind == "heading" and line.level == ATTACHED
    return joined


def _ends_title(line: str, following: str) -> bool:
    """Whether two headings, one right under the other, are one title in two lines."""
    return title_goes_on(line, following) and (_OPEN.search(line) or _CONTINUES.match(following) or _COMPLETE.search(simplify(following))) is not None


def page_title(title: str, lines: Iterable[Line]) -> str:
    """Return what a page is called: by its only <h1> where its ``title`` has no more than the name of a body, or a site's words for what the <h1> says whole."""
    tops = [line.text for line in lines if line.kind == "heading" and line.level == MARKUP + 1]
    if not title or len(tops) != 1 or len(tops[0]) < len(title) - 2:
        return title
    own, known = squeezed(tops[0]), simplify(title.strip())
    body = _BODY.search(known) is not None and _BODY.search(simplify(tops[0])) is None and len(tops[0]) > len(title)
    return tops[0] if body or all(squeezed(part) in own for part in _SEPARATOR.split(title)) else title


def without_site(title: str, own: str, sites: Iterable[str]) -> str:
    """Return what a page calls itself without the name of its site, and the part of the site, in front or behind.

    ``own`` is its title where the page's head has one apart, ``sites`` are names of the site where it tells them.

    >>> without_site("松溪县防汛通知_通知公告_松溪县政府网", "", ())
    '松溪县防汛通知'
    """
    if own and own in title and _SEPARATOR.sub("", title.replace(own, "", 1)) != title.replace(own, "", 1):
        title = own
    known = {" ".join(name.split()) for name in sites if name.strip()}
    marks = list(_SEPARATOR.finditer(title))
    if marks and title[: marks[0].start()] in known:
        return title[marks[0].end() :]
    # A dash may have a subtitle behind it.
    named = marks and marks[-1].group().strip() not in ("—", "——", "–") and _SITE.fullmatch(simplify(title[marks[-1].end() :]))
    if marks and (named or title[marks[-1].end() :] in known):
        mark = marks.pop()
        title = title[: mark.start()]
        part = title[marks[-1].end() :] if marks else ""
        if part and marks[-1].group() == mark.group() and len(part) <= _PART and len(title) - len(part) > _PART:
            title = title[: marks[-1].start()]
    return title
