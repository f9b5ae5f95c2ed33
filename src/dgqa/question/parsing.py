"""Read a question once, with the things that it names and the kind of answer that it expects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from dgqa.data import Pattern, words
from dgqa.language.places import places
from dgqa.language.reading import Text
from dgqa.language.text import squeezed
from dgqa.language.values import Amount, Date
from dgqa.question.entities import Entity, entities
from dgqa.question.smalltalk import Smalltalk, smalltalk

_QUOTED = re.compile(r"《([^》]{2,60})》")
_LATIN_NAME = Pattern("question/parsing", "latin_name")
_NUMBER_WANTED = Pattern("question/parsing", "number_wanted")
_MONEY_WANTED = Pattern("question/parsing", "money_wanted")
_SHARE_WANTED = Pattern("question/parsing", "share_wanted")
_DATE_WANTED = Pattern("question/parsing", "date_wanted")
_DAY_WANTED = re.compile(r"哪(?:一)?[天日]|几[日号]|具体日期|(?:exact|specific) date|(?:what|which) day\b|on (?:what|which) date")
_MONTH_WANTED = re.compile(r"几月|哪(?:个|一个)?月|(?:what|which) month")
_SINCE = Pattern("question/parsing", "since")
_NUMBERED = re.compile(r"第\s?(\d+)\s?(?:届|次|期|集|季|代|任|版|号|回|章|卷)|\b[A-Z][a-z]+ (\d+)\b(?!\s*(?:percent|%|million|billion))")
_BEHIND_OPEN = re.compile(r"\s?(?:[份初中旬底末]|之|以)*(?:以?[后前来]|起|至|到|开始|\s?[-–—~]|\s?(?:to|until|onwards)\b)")
_BEFORE_OPEN = re.compile(r"(?:[从自至到]|截至|截止到?|早于|晚于|直到|\b(?:after|since|before|by|until|from|till)(?: the)?)\s*$")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_WANTED = (("date", _DATE_WANTED), ("money", _MONEY_WANTED), ("share", _SHARE_WANTED), ("number", _NUMBER_WANTED))


@dataclass(frozen=True)
class Question(Text):
    """A question, its parts worked out once.

    ``bare`` is the question without those whom it names as its source, "" where it names none: what else it names is
    read there. ``sources`` are the titles, squeezed, of the articles that it names as its source.
    """

    bare: str = ""
    sources: frozenset[str] = frozenset()

    @cached_property
    def rest(self) -> Text:
        """The question without those whom it names as its source."""
        return Text(self.bare) if self.bare and self.bare != self.text else self

    @cached_property
    def asked(self) -> str:
        """The question folded, the old 甚么 written as 什么."""
        return self.folded.replace("甚么", "什么")

    @cached_property
    def _asked(self) -> str:
        return self.rest.folded.replace("甚么", "什么")

    @cached_property
    def smalltalk(self) -> Smalltalk:
        """What kind of small talk the whole question is, "" where it says anything else as well."""
        return smalltalk(self.folded)

    @cached_property
    def dates(self) -> tuple[Date, ...]:
        """The dates with a year that an answer must speak of: no decade, and no year that something lies behind or before."""
        text = self.rest.text
        loose = {int(year) for year in re.findall(r"((?:19|20)\d0)['’]?s\b", text)} | {int(match[1] or match[2]) for match in _SINCE.finditer(text)}
        dates = tuple(
            Date(value.year, None, None, value.surface) if value.month and self._open(value.surface) else value
            for value in self.rest.values
            if isinstance(value, Date) and value.year and (value.year not in loose or value.month)
        )
        return dates + tuple(
            Date(int(value.value), None, None, value.surface)
            for value in self.rest.values
            if isinstance(value, Amount) and value.kind == "number" and _YEAR.fullmatch(value.surface) and int(value.value) not in loose
        )

    def _open(self, surface: str) -> bool:
        """Whether a date begins or ends a time, which what is asked for lies in: 2022年6月以来, from 2022年3月 on to 5月."""
        before, _, behind = self.rest.folded.partition(surface)
        return _BEHIND_OPEN.match(behind) is not None or _BEFORE_OPEN.search(before) is not None

    @cached_property
    def numbers(self) -> tuple[Amount, ...]:
        """The numbers that are facts to look for: no year, no part of a name and no short count of what is wanted."""
        named = {first or second for first, second in _NUMBERED.findall(self.rest.text)}
        return tuple(
            value
            for value in self.rest.values
            if isinstance(value, Amount)
            and re.search(r"\d", value.surface)
            and value.surface not in named
            and not _YEAR.fullmatch(value.surface)
            # "Three points" and "2 examples" tell how many answers are wanted.
            and (value.kind != "number" or value.value >= 10)
        )

    @cached_property
    def toponyms(self) -> tuple[str, ...]:
        """The places that it names, those of its source apart."""
        return self.rest.places

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """What stands in 《》, but for what belongs to a source that is no article here."""
        own = tuple(_QUOTED.findall(self.text))
        if self.rest is self:
            return own
        kept = set(_QUOTED.findall(self.rest.text))
        return tuple(title for title in own if title in kept or squeezed(title) in self.sources)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names in Latin letters of a Chinese question; in an English one any name may stand in the articles in Chinese."""
        if self.rest.english:
            return ()
        found = _LATIN_NAME.findall(self.rest.text)
        return tuple(dict.fromkeys(name for name in found if name.lower() not in words("words/english_questions") and not places(name)))

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The bodies, terms, versions and the like that it names."""
        return entities(self.rest)

    @cached_property
    def wants(self) -> str:
        """The kind of value that is expected: "date", "money", "share", "number" or "" for none."""
        return next((kind for kind, pattern in _WANTED if pattern.search(self._asked)), "")

    @cached_property
    def exact(self) -> str:
        """How exact a date is expected: "day", "month" or ""."""
        if self.wants != "date":
            return ""
        return "day" if _DAY_WANTED.search(self._asked) else "month" if _MONTH_WANTED.search(self._asked) else ""
