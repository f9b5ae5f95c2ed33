"""A question in; the things that it names (bodies, systems, meetings, versions, counties) out; and whether a text names one.

A name counts as named by its abbreviation too, and the other way round: 国家发改委 is 国家发展和改革委员会.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Literal

from dgqa.data import Pattern
from dgqa.language.names import called, official_numbers
from dgqa.language.places import named_in
from dgqa.language.reading import Text
from dgqa.language.text import CJK, HAN, segmented, squeezed
from dgqa.language.words import is_word

EntityKind = Literal["body", "quoted", "ordinal", "version", "district", "person", "term", "product", "platform", "law", "code"]

_BODY = Pattern("question/entities", "body")
_QUOTED = re.compile(r"(?:[“「『\"‘]|(?<![A-Za-z])')([^”」』\"’'《》]{2,20})[”」』\"’']")
_ASKED = re.compile(r"什么|什麼|甚麼|哪|谁|誰|几|幾|多少|怎|如何|为何|為何|是否|能不能|要不要|\b(?:what|who|which|how|why)\b", re.IGNORECASE)
_NUMERAL = "[一二三四五六七八九十百\\d]+"
_ORDINAL = Pattern("question/entities", "ordinal")
_VERSION = re.compile(r"(?<![\d.])(\d\.\d)(?![\d.%％])(?=\s*(?:时代|版|阶段|[”\"」』，。？?]|era|version|stage|$))", re.IGNORECASE)
_DISTRICT = re.compile(rf"(?:^|[^{CJK}]|(?<=[省市州在由和与及、，的]))({HAN}{{2,3}}?(?:自治州|自治县|县|区|市|镇))(?!级|场|域|民|长|属|政|委|区|县|块|划|间)")
_PERSON = Pattern("question/entities", "person")
_TERM = Pattern("question/entities", "term")
_NO_TERM = re.compile(r"[谁哪什么这那它其的了在要把]|数字政府$|建议|要求|意见|问题|观点|质疑|批评|异议|申请|疑问")
_WHO = re.compile(r"谁|哪位|哪个人|哪一位|学者叫|叫什么名字|姓甚")
# What a run of characters before 平台 or 系统 has that is no name.
_COMMON = re.compile(r"[的了在由和与及是被把从到对为向各哪几某每全本该此这那些个省市县区乡村镇国级一二三四五六七八九十两多大新老旧总分子上下中内外前后同不无有可用建设加让使我你他它]")
# What can't be part of a name, so that "广东省由哪个部门" is no district.
_NO_NAME = re.compile(r"[的了在由和与及是被把从到对为向各哪几某每全本该此这那些个省级乡村城两一二三四五六七八九十地方部分多少什么怎样目现有请问统设建办关年月底个先发达代表]")
_CUT = Pattern("question/entities", "cut")


# 2022年4月6日云江市: what stands before the place is no part of its name.
_DATE = re.compile(r"(?:\d{1,4}|[〇零一二三四五六七八九十]{1,4})\s?[年月日号](?!级|代|度)")
_SERVICE = Pattern("question/entities", "service")
_PLATFORM = Pattern("question/entities", "platform")
_LAW = Pattern("question/entities", "law")
_NO_LAW = Pattern("question/entities", "no_law")
_LAW_OF = re.compile(rf"^(?:中华人民共和国|{HAN}{{1,7}}?(?:自治区|自治州|自治县|省|市|县|区|州|旗|乡|镇))(?={HAN}{{4,}})")
_LONGEST_TITLE = 60  # characters of a line that may be a title


@dataclass(frozen=True, slots=True)
class Entity:
    """``name`` is as the question has it."""

    kind: EntityKind
    name: str


def entities(question: Text) -> tuple[Entity, ...]:
    """Return what a Chinese question names, each once; of an English one its quoted names in Chinese, and versions."""
    folded = _DATE.sub("，", question.folded)
    found: list[Entity] = [Entity("version", match[1]) for match in _VERSION.finditer(folded)]
    for match in _QUOTED.finditer(question.text):
        # “走到哪一步” quotes what is asked, no name.
        if _ASKED.search(match[1]):
            continue
        # A term in Latin letters may stand in the articles in Chinese; one with digits ("1+M+N", "152") keeps them.
        if re.search(HAN, match[1]) or (not question.english and re.search(r"[A-Z]", match[1])) or (re.search(r"\d", match[1]) and len(match[1]) < 12):
            found.append(Entity("quoted", match[1]))
    if not question.english:
        found += [Entity("ordinal", match.group()) for match in _ORDINAL.finditer(folded)]
        for match in _BODY.finditer(folded):
            name = _CUT.sub("", match.group())
            if len(name) >= 3 and not re.match(r"哪|什么|某|各|几|这|那|该|一", name):
                found.append(Entity("body", name))
        for match in _PERSON.finditer(folded):
            if not is_word(match[1]) and not named_in(match[1]):
                found.append(Entity("person", match[1]))
        if _WHO.search(folded):
            found += [Entity("term", term) for match in _TERM.finditer(folded) if not _NO_TERM.search(term := match[1] or match[2])]
        for match in _DISTRICT.finditer(folded):
            if not _NO_NAME.search(match[1]) and not named_in(match[1]):
                found.append(Entity("district", match[1]))
        found += _products(folded)
        found += [Entity("law", name) for match in _LAW.finditer(re.sub("《[^》]*》", "，", folded)) if not _NO_LAW.search(name := match[1] or match[2])]
        found += [Entity("code", code) for number in official_numbers(question.folded) if (code := called(number))]
    return tuple(dict.fromkeys(found))


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
        own = _LAW_OF.sub("", name)
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
    rest = iter(whole)
    return whole[:1] == name[:1] and whole[-2:] == name[-2:] and all(char in rest for char in name)
