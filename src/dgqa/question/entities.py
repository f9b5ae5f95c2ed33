"""Find the apps, platforms, laws and official numbers that a question names, and tell whether a text names one."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Literal

from dgqa.data import Pattern
from dgqa.language.names import called, official_numbers
from dgqa.language.places import named_in
from dgqa.language.reading import Text
from dgqa.language.text import HAN, in_order, segmented, squeezed
from dgqa.language.words import is_word

EntityKind = Literal["product", "platform", "law", "code"]

# What a run of characters before 平台 or 系统 has that is no name.
_COMMON = re.compile(r"[的了在由和与及是被把从到对为向各哪几某每全本该此这那些个省市县区乡村镇国级一二三四五六七八九十两多大新老旧总分子上下中内外前后同不无有可用建设加让使我你他它]")
_SERVICE = Pattern("question/entities", "service")
_PLATFORM = Pattern("question/entities", "platform")
_LAW = Pattern("question/entities", "law")
_NO_LAW = Pattern("question/entities", "no_law")
# Whose law it is, before its name: 青海省, 柳州镇.
LAW_OF = re.compile(rf"^(?:中华人民共和国|{HAN}{{1,7}}?(?:自治区|自治州|自治县|省|市|县|区|州|旗|乡|镇)(?:[市县区乡镇](?!域))?)(?={HAN}{{4,}})")
_LONGEST_TITLE = 60  # characters of a line that may be a title


@dataclass(frozen=True, slots=True)
class Entity:
    """``name`` is as the question has it."""

    kind: EntityKind
    name: str


def entities(question: Text) -> tuple[Entity, ...]:
    """Return what a Chinese question names, each once; nothing of an English one."""
    if question.english:
        return ()
    folded = question.folded
    # 甲省和乙省的供水条例 are two, of the same name.
    laws = [(match[1] or match[2]).rpartition("的")[2] for match in _LAW.finditer(re.sub("《[^》]*》", "，", folded))]
    codes = [called(number) for number in official_numbers(folded)]
    return tuple(dict.fromkeys([*_products(folded), *(Entity("law", law) for law in laws if not _NO_LAW.search(law)), *(Entity("code", code) for code in codes if code)]))


def _products(folded: str) -> list[Entity]:
    """Return the names of apps and platforms that a question has without quotation marks: 随申办, the 云脉 of 云脉平台.

    A name is no word of the dictionary, and neither is what it consists of, or else it is one word, and a "platform", which may
    be of a common kind: 云梯系统, 养老平台. Its kind may be called otherwise in an article.
    """
    found = [Entity("product", match[1]) for match in _SERVICE.finditer(folded) if not is_word(match[1]) and (match[1].endswith("通") or not is_word(match[1][:-1]))]
    for match in _PLATFORM.finditer(folded):
        run = segmented(match[1])
        # 云脉 may be cut into characters, the words around a name are whole.
        own = "".join(reversed(list(itertools.takewhile(lambda word: not is_word(word) or len(word) == 1, reversed(run)))))
        if len(own) >= 2 and not is_word(own) and not _COMMON.search(own) and not named_in(own):
            found.append(Entity("product", own))
        elif not own and len(run) == 1 and not _COMMON.search(match[1]) and not named_in(match[1]):
            found.append(Entity("platform", match[1]))
    return found


def names(evidence: Text, entity: Entity) -> bool:
    """Whether a text names an app or a platform, a law or an official number, in either script."""
    text, name = evidence.squeezed, squeezed(entity.name)
    if entity.kind == "code":
        return _numbered(entity.name, evidence)
    if entity.kind == "law":
        own = LAW_OF.sub("", name)
        return own in text or any(_shortens(name, line) for line in evidence.folded.split("\n") if len(line) <= _LONGEST_TITLE)
    return name in text


def _numbered(code: str, evidence: Text) -> bool:
    """Whether a text has an official number, in any brackets; what stands before it may belong to it or not."""
    wanted = next(official_numbers(code))
    return any(
        (found.year, found.serial) == (wanted.year, wanted.serial) and (found.body.endswith(wanted.body) or wanted.body.endswith(found.body))
        for found in official_numbers(evidence.folded)
    )


def _shortens(name: str, title: str) -> bool:
    """Whether a law's name is a title with characters left out: 节水条例 is 节约用水条例, which begins and ends alike."""
    whole = squeezed(title)
    return whole[:1] == name[:1] and whole[-2:] == name[-2:] and in_order(name, whole)
