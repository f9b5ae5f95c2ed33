"""Read a plain, Markdown or HTML file by what it is: its front matter, then the text without markup."""

from __future__ import annotations

import datetime
import re
from typing import Any, Literal

from dgqa.corpus.readers.html import html_view
from dgqa.corpus.readers.markdown import markdown_view
from dgqa.corpus.view import FRONT_MATTER, Edit, Mark, Parsed
from dgqa.types import Defect

Format = Literal["text", "markdown", "html"]


_PLAIN_FIELD = re.compile(r"(?P<name>[A-Za-z_][\w -]{0,29}):(?:\s+(?P<value>[^\[{|>].*))?")
_MAX_FRONT_MATTER = 20_000  # characters

_FRONT_MATTER = re.compile(r"\A\ufeff?\s{0,20}---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TAGS = re.compile(r"</(?:p|div|li|ul|ol|td|tr|table|h[1-6]|span|article|section|body|html|strong|a)\s*>", re.IGNORECASE)


def parse(raw: str, suffix: str) -> Parsed:
    """Parse ``raw`` by its file name's ending, or as what it evidently is where a .txt holds HTML."""
    meta: dict[str, str] = {}
    defects: list[Defect] = []
    body = 0
    front = _FRONT_MATTER.match(raw)
    if front:
        fields = _front_matter(front.group(1))
        if fields is None:
            defects.append(Defect("front_matter", *front.span(), raw=front.group(), confidence=1.0))
        else:
            meta = fields
        body = front.end()
    head = [] if front is None else [Edit(0, front.start(1)), Edit(front.end(1), body, "\n")]
    kind = _format(raw, body, suffix)
    if kind == "html":
        view, marks, fields = html_view(raw, body, head)
        meta = {**fields, **meta}
    else:
        view, marks = markdown_view(raw, body, head, blocks=kind == "markdown")
    if front:
        marks.append(Mark(*front.span(1), "meta", FRONT_MATTER))
    return Parsed(view, marks, meta, defects, kind)


def _format(raw: str, body: int, suffix: str) -> Format:
    if suffix in {".html", ".htm", ".xhtml"}:
        return "html"
    head = raw[body : body + 20_000].lstrip()
    if head.startswith("<") and len(_TAGS.findall(head)) >= 3:
        return "html"
    return "markdown" if suffix in {".md", ".markdown"} else "text"


def _front_matter(text: str) -> dict[str, str] | None:
    import yaml

    if len(text) > _MAX_FRONT_MATTER or text.count("[") + text.count("{") > 200:
        return None  # deep nesting takes the parser a time that grows with its square
    try:
        loaded = yaml.safe_load(text)
        if not isinstance(loaded, dict):
            return None
        # A number of thousands of digits is read, but not written.
        return {str(key).strip().lower(): _one_line(value) for key, value in loaded.items() if value is not None}
    except (yaml.YAMLError, ValueError, RecursionError):
        return _plain_fields(text)


def _plain_fields(text: str) -> dict[str, str] | None:
    """Read fields that are no YAML for a colon or a mark in their values, title: Boats: a history; None where a line is anything else."""
    found = [_PLAIN_FIELD.fullmatch(line.rstrip()) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    fields = [field for field in found if field]
    return {field["name"].strip().lower(): (field["value"] or "").strip("\"' ") for field in fields} if fields and len(fields) == len(found) else None


def _one_line(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_one_line(item) for item in value if not isinstance(item, (list, dict)))
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    # YAML can spell half of a surrogate pair, which no file or database can hold.
    return " ".join(str(value).encode("utf-8", "replace").decode("utf-8").split())
