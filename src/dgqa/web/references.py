"""Write an article's entry in a list of references by GB/T 7714—2015."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dgqa.language.text import has_chinese

_URL = re.compile(r"https?://\S+")
_BETWEEN = re.compile(r"[、，,;；]|\s{2,}|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_NAMED = 3  # authors; more are "等"


def reference(about: Mapping[str, Any]) -> str:
    """Return an entry such as "张三, 李四. 数字政府建设[Z]. 电子政务, 2023-06.".

    What isn't known is left out, as the standard has it for lists in the order of citation. An article with an address is
    of the type EB/OL, any other of the type Z: whether it stood in a journal or a newspaper isn't known.

    Args:
        about: ``title``, ``author``, ``date``, ``source``, ``number``, ``issuer`` and ``path``, as far as they are known.
    """
    title, author, date, source, number, issuer, path = (
        " ".join(str(about.get(name) or "").split()) for name in ("title", "author", "date", "source", "number", "issuer", "path")
    )
    address = _URL.search(source)
    kind = "EB/OL" if address else "Z"
    named = f"{title or path}[{kind}]"
    if number and number not in title:
        named = f"{title or path}: {number}[{kind}]"
    where = _URL.sub("", source).strip(" ，,。.；;:：")
    rest = ", ".join(part for part in (where if where != issuer or author else "", "" if address else date) if part)
    parts = [_authors(author) or issuer, named, rest]
    if address:
        parts.append(f"({date}). {address[0].rstrip('。，,')}" if date else address[0].rstrip("。，,"))
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def _authors(given: str) -> str:
    names = [name.strip() for name in _BETWEEN.split(given) if name.strip()]
    more = "等" if has_chinese(given) else "et al"
    return ", ".join([*names[:_NAMED], more] if len(names) > _NAMED else names)
