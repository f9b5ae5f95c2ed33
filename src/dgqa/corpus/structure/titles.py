"""Tell whether a title that is set in several centred lines goes on in the next one."""

from __future__ import annotations

import re

from dgqa.corpus.structure.dates import DATE
from dgqa.corpus.structure.lines import is_numbered
from dgqa.corpus.structure.metadata import is_byline
from dgqa.corpus.structure.official import document_number
from dgqa.corpus.wording import one_of
from dgqa.language.text import simplify

_LONGEST = 80  # characters of a whole title
_BROKEN = 12  # characters of a line that was broken for its length
_REST = 4  # characters of what a title goes on with where its first line could end
_OPEN = re.compile(r"[的和与及、，“《（]$|[关对]于$")
_CONTINUES = re.compile(r"[的和与及、”》）]")
_STOPPED = re.compile(r"[。！？；：:;!?]$")
_APART = re.compile(r"[—–―\-(（\[【〔*•]")  # a subtitle, a remark
_COMPLETE = re.compile(one_of("bylines", "title_ends") + "$")
_BODY = re.compile(f"{one_of('bylines', 'bodies')}$|{one_of('bylines', 'institutions')}$")
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
    return len(first) >= _BROKEN and len(rest) >= _REST and not (_COMPLETE.search(first) or _BODY.search(rest) or _BODY.search(first))
