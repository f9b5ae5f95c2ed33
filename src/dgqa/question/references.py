"""Find what a follow-up calls "the second" or "both" among the things that an answer lists or that questions name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dgqa.data import Pattern
from dgqa.language.numerals import ORDINALS, whole
from dgqa.language.reading import Text
from dgqa.language.text import HAN

_NUMERAL = "[一二两兩三四五六七八九十\\d]{1,3}"
_COUNTER = "[个個种種项項类類条條点點大家位份篇步重组組句部座级級]"
_ORDINAL = Pattern("question/references", "ordinal")
_SEVERAL = Pattern("question/references", "several")
_KIND = re.compile(rf"(?:哪(?:[几幾些]|{_NUMERAL})?{_COUNTER}?|什么|什麼|甚麼|[几幾多少]{{1,2}}{_COUNTER})(?!{_NUMERAL})({HAN}{{1,4}}?)(?=[?？。.！!,，]|$)")
# What a question goes on with behind a thing that it names; a noun there makes it another thing: 第一个网站.
_GOES_ON = re.compile(r"\s*(?:适合|適合|适用|適用|展[开開]|针对|針對|涉及|[对對](?![象手比])|可以|可能|可不|需要|不|[没沒]有?|[里裡]|提到|多[少大长長久]|大概|通常|一般|[与與跟比从從到给給让讓把被]|好[在处處不]|难|難|[的是有呢在由怎为為什甚具详詳说說讲講能会會如要应應属屬指叫用出解又也则則主包分谁誰哪何还還到，,。？?！!]|$)")
_ENGLISH = Pattern("question/references", "english")
_MARKER = re.compile(r"\[\d{1,3}\]")
_ITEM = Pattern("question/references", "item")
_RUN = re.compile(r"[^，,。；;：:、\n？?！!]{1,40}(?:、[^，,。；;：:、\n？?！!]{1,40})+")
_BEFORE = re.compile(rf"^.*?(?:分别是|分別是|分别为|分別為|包括了?|包含|包括有|涵盖|即|就是|是指|称为|稱為|叫做|分为|分為|有|是|为|為)(?={HAN}|[“「《\"A-Za-z])")
_COUNT_BEHIND = re.compile(rf"(?:这|這|等)?(?P<count>{_NUMERAL})(?:个|個|种|種|项|項|类|類|条|條|大)?(?P<noun>{HAN}{{0,6}})$")
_QUOTED_LEAD = re.compile(r"^(?:From the articles[^\n]*:|问题的前提[^\n]*：|問題的前提[^\n]*：)\s*\n")
_LONGEST = 60  # characters of an item
# What ends a name where it goes on in both questions.
_STOP = "的是有在由和与與跟及为為哪谁誰什几幾多各都能会會怎如何分什么了过過叫,，。？?！! 　"
_SIDE_BY_SIDE = re.compile(rf"(?:^|[，,。；;：:]|比较一下|比較一下|比较|比較|请问|請問)({HAN}{{2,12}}?)[和与與跟]({HAN}{{2,12}}?)(?=[的是有在由哪谁誰各都,，？?]|相比|之间|之間|分别|分別|什么|什麼|怎|如何)")
_LONGEST_THING = 14  # characters


@dataclass(frozen=True, slots=True)
class Reference:
    """Words of a question that name a thing by its place: ``number`` counts from 1, from the end where it is below 0.

    ``noun`` is what it is called there, such as 维度; "" for nothing but a counter. ``count`` is how many from there on are
    meant, as in 前两种; 0 for all there are, which ``expected`` must be the number of.
    """

    start: int
    end: int
    number: int
    noun: str = ""
    count: int = 1
    expected: int = 0


def kind_listed(previous: str) -> str:
    """Return what kind of things a question asks for: 码头 of 有哪几个码头; "" for none."""
    found = _KIND.search(previous)
    return found[1] if found else ""


def reference(asked: Text, kind: str = "") -> Reference | None:
    """Return the first place in a list that a question names, None where it names none; ``kind`` is what is listed there may be called."""
    question = asked.text
    if asked.english:
        place = _ENGLISH.search(question)
        return Reference(*place.span(), int(place["count"]) if place["count"] else ORDINALS.get(place["nth"].lower(), -1)) if place else None
    if several := _SEVERAL.search(question):
        groups = several.groupdict()
        end, count = _behind(question, several.end(), kind), whole(groups["count"]) if groups["count"] else 2
        if groups["head"] or groups["tail"]:
            return Reference(several.start(), end, 1 if groups["head"] else -count, count=count)
        # 这些 are all there are, however many.
        return Reference(several.start(), end, 1, count=0, expected=0 if groups["these"] else count)
    for match in _ORDINAL.finditer(question):
        number, unit = whole(match["nth"]) if match["nth"] else -1 if match["end"] or match["latter"] else 1, match["unit"]
        # 第十四 names no place in a list, nor does 最后 alone.
        if not number or not unit:
            continue
        noun, end = re.sub(f"^(?:{_COUNTER}|者)", "", unit), _behind(question, match.end(), kind)
        # 第一个网站 is the first website of all, no item that was listed.
        if noun or end != match.end() or _GOES_ON.match(question, end):
            return Reference(match.start(), end, number, "" if noun == kind else noun)
    return None


def _behind(question: str, end: int, kind: str) -> int:
    """Return where a reference ends that may be followed by what its things are called: 第二种办法, 这三个县."""
    return end + len(kind) if kind and question.startswith(kind, end) else end


def listed_in(answer: str) -> tuple[str, ...]:
    """Return the things that an answer lists, in its order; none where it lists nothing.

    >>> listed_in("三种：甲模式、乙模式和丙模式。")
    ('甲模式', '乙模式', '丙模式')
    >>> listed_in("政策引导、组织保障、技术支撑三个维度。")
    ('政策引导', '组织保障', '技术支撑')
    """
    text = _MARKER.sub("", _QUOTED_LEAD.sub("", answer)).strip()
    return _marked(text) or _enumerated(text) or _divided(text)


def named(reference: Reference, items: tuple[str, ...]) -> str:
    """Return the item at a place, "" where there is none."""
    number = reference.number
    if not items or abs(number) > len(items) or (reference.expected and reference.expected != len(items)):
        return ""
    if reference.count != 1:
        first = number - 1 if number > 0 else len(items) + number
        meant = items[first : first + reference.count] if reference.count else items
        if len(meant) < max(2, reference.count):
            return ""
        return f"{'、'.join(meant[:-1])}和{meant[-1]}"
    item = items[number - 1] if number > 0 else items[number]
    return item if not reference.noun or item.endswith(reference.noun) else f"{item}{reference.noun}"


def _marked(text: str) -> tuple[str, ...]:
    """Return what stands behind each mark, 第一，…；第二，…, up to the end of its first clause."""
    marks: list[re.Match[str]] = []
    for mark in _ITEM.finditer(text):
        # 第三种形式 a second time, behind the list, begins no item.
        if whole(re.sub(r"[^一二三四五六七八九十\d]", "", mark.group())) in (0, len(marks) + 1):
            marks.append(mark)
    if len(marks) < 2:
        return ()
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    items = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    return tuple(_short(re.split(r"[。；;：:\n]|(?<=.{4})[，,]", item.strip(), maxsplit=1)[0]) for item in items)


def _enumerated(text: str) -> tuple[str, ...]:
    """Return what is named side by side: 甲、乙和丙."""
    runs = [match.group() for match in _RUN.finditer(text)]
    if not runs:
        pair = re.fullmatch(rf"(?:.{{0,12}}[：:])?({HAN}{{2,12}}?)(?:和|与|與|以及|及)({HAN}{{2,12}})[。.]?", text)
        return (_BEFORE.sub("", pair[1]) if len(pair[1]) > len(pair[2]) + 1 else pair[1], pair[2]) if pair else ()
    parts = max(runs, key=lambda run: run.count("、")).split("、")
    counted = _COUNT_BEHIND.search(parts[-1])
    if counted and counted.start() > 1:
        parts[-1] = parts[-1][: counted.start()]
    parts[-1] = re.sub(r"等(?:等|内容|方面)?$", "", parts[-1])
    last = re.split(r"(?<=.{2})(?:以及|和|与|與|及)(?=.{2})", parts[-1], maxsplit=1)
    parts = [*parts[:-1], *last]
    if len(parts[0]) > max(map(len, parts[1:])) + 2:
        parts[0] = _BEFORE.sub("", parts[0])
    return tuple(_short(part) for part in parts if part.strip())


def _divided(text: str) -> tuple[str, ...]:
    """Return the lines of a text, or its parts between semicolons."""
    for pattern in (r"\n+", r"[；;]\s*"):
        parts = [part.strip() for part in re.split(pattern, text) if part.strip()]
        # What announces the list is none of it.
        parts = parts[1:] if len(parts) > 2 and parts[0].endswith(("：", ":")) else parts
        if len(parts) > 1:
            return tuple(_short(part) for part in parts)
    return ()


def _short(item: str) -> str:
    item = item.strip(" 。.；;，,")
    return item if len(item) <= _LONGEST else re.split(r"[，,。；;：:]", item, maxsplit=1)[0][:_LONGEST]


def more_of_the_same(question: Text) -> bool:
    """Whether a question asks for more of what it got: 还有呢？, "anything else?"."""
    return re.fullmatch(
        r"(?:那|那么|那麼)?(?:还有|還有|除此之外|除了这些|除了這些)(?:呢|吗|嗎|什么|什麼|哪些|别的|別的|其他的?|其它的?)*(?:呢|吗|嗎|么|麼)?|(?:继续|繼續|接着说|接著說|再说说|再說說|更多|还有更多吗)"
        r"|(?:and )?(?:what|anything|something) else|(?:tell me )?more|go on|continue|and\??|any others?|what are the others",
        (question.folded if question.english else question.text).strip(" ?？。.!！，,"),
    ) is not None


def named_together(question: str) -> tuple[str, ...]:
    """Return the two things that a question names side by side, none where it names no two.

    >>> named_together("东码头和西码头哪个大？")
    ('东码头', '西码头')
    """
    found = _SIDE_BY_SIDE.search(question)
    return (found[1], found[2]) if found else ()


def asked_in_turn(one: str, other: str) -> tuple[str, ...]:
    """Return the things that differ between two questions that are alike otherwise, none where they are not.

    >>> asked_in_turn("石桥的东码头有多深？", "石桥的西码头有多深？")
    ('东码头', '西码头')
    """
    first = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    # 松江 and 松山 differ as a whole.
    while first and one[first - 1] not in _STOP and not re.match("[县縣市省区區镇鎮乡鄉州国國]", one[first - 1]):
        first -= 1
    behind = 0
    while behind < min(len(one), len(other)) - first and one[-1 - behind] == other[-1 - behind]:
        behind += 1
    rest = one[len(one) - behind :]
    shared = next((at for at, char in enumerate(rest) if char in _STOP), len(rest))
    things = tuple(text[first : len(text) - behind] + rest[:shared] for text in (one, other))
    alike = len(rest) - shared >= 3 and all(re.fullmatch(f"{HAN}{{2,{_LONGEST_THING}}}", thing) for thing in things)
    return things if alike and things[0] != things[1] else ()
