"""A question in; the attributes that it asks for (an address, a vendor, a fine, …) and what would show them out.

An article on a subject names few of its attributes, and a search can't tell: the passage on a platform matches the
question who built it as well as the question how many use it. So what is asked is looked up in a table of attributes,
and the evidence must have a word or a value that goes with it. The table is about government, projects and papers at
large; an attribute that isn't in it is left to the likeness of words.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from dgqa.data import expression, table
from dgqa.language.reading import Text


@dataclass(frozen=True, slots=True)
class Attribute:
    """``asked`` finds it in a folded question, ``shown`` in folded evidence; the names say it to a reader."""

    chinese: str
    english: str
    asked: re.Pattern[str]
    shown: re.Pattern[str]


@functools.cache
def _attributes() -> tuple[Attribute, ...]:
    return tuple(Attribute(row["chinese"], row["english"], expression(row["asked"]), expression(row["shown"])) for row in table("attributes")["attribute"])


def attributes(asked: str) -> tuple[Attribute, ...]:
    """Return the attributes of the table that a folded question asks for, in the table's order."""
    return tuple(attribute for attribute in _attributes() if attribute.asked.search(asked))


def shows(attribute: Attribute, evidence: Text) -> bool:
    """Whether ``evidence`` has a word or a value that goes with an attribute."""
    return attribute.shown.search(evidence.folded) is not None
