"""Put a follow-up into a question of its own, with what it takes over from the talk before it.

A thing of its kind is exchanged in the question before ("那浙江呢？"), a place in a list becomes the thing that the answer before
lists there ("第二种有什么例子？"), and whatever else hangs on the talk stands behind the question before: search and reader take
both together. A full question on something else takes nothing over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dgqa.data import Pattern
from dgqa.language.places import places
from dgqa.language.text import HAN
from dgqa.messages import LANGUAGES, Language
from dgqa.question.parsing import Question
from dgqa.question.references import asked_in_turn, kind_listed, listed_in, more_of_the_same, named, named_together, reference

Talk = Sequence[tuple[str, str]]  # questions and answers, oldest first
_SHORT = 8  # letters, digits and characters up to which a question may leave out what was asked about before
_OWN_WORDS, _OWN_CHARACTERS = 5, 6  # before a pronoun, from which a question has its own antecedent
_LISTED_FOR = 4  # turns from which a question takes anything over

_KINDS = "型论論级級类類国國省市县縣区區部局厅廳法镇鎮乡鄉村站港桥橋馆館厂廠园園院校店路街河湖山岛島库庫"  # one character by which two names are alike
_BOTH = re.compile("[这這那]?[两兩二](?:者|地|省|市|县|縣|区|區|国|國)|[这這那][两兩][个個家座种種条條项項所]|[双雙]方|[它他她][们們][俩倆]")
_ELLIPSIS = Pattern("question/followups", "ellipsis")
_LEAD = re.compile(r"^(?:那么|那麼|那(?!一?[年个個些种種位次家]|[两兩三四五])|然后|另外|还有|還有|and|so|then)[，,\s]*", re.IGNORECASE)
_HANGS = Pattern("question/followups", "hangs")
_ASKS = Pattern("question/asking", "asks")
_TELL_AGAIN = Pattern("question/followups", "tell_again")
_TELLS = Pattern("question/followups", "tells")
# What is exchanged for another of its form: a year, a title, a place in a list, a level of government.
_YEAR = re.compile(r"(?:19|20)\d\d\s?年?")
_LABEL = re.compile(
    r"(?:第\s?[一二三四五六七八九十\d]+(?:[个個种種条條项項幅点點道批期届屆次轮輪步档檔级級类類代层層间間名位]|[阶階][段梯]|季度)?|[特一二三四五六七八九十\d]+(?:等[奖獎]|年[级級]|[号號][线線楼樓])"
    r"|[图圖表]\s?\d+|\d+\.\d+|[“「\"]?\d+[”」\"]?(?!\d*年))"
)
_NUMBERED = re.compile(r"第\s?[一二三四五六七八九十百\d]+\s?(?P<unit>[条條章节節编編篇]|部分)")  # of a law or a book
_LEVEL = re.compile(r"(?:国家|中央|省|市|地市|区县|县区|县|乡镇|乡|镇|街道|村|社区)(?:一)?[级級](?:政府|单位|單位)?|(?:乡镇|鄉鎮|街道|社区|社區|行政村|区县|區縣)")
_FORMS = (_YEAR, re.compile(r"《[^》]{2,60}》"), _LABEL, _LEVEL)
_BEFORE_ASKING = "由在是有叫"  # 由谁管理？ has no subject
_NO_NAME = "的了在和与與对對是为為有年底"  # before a name, no part of it


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``standalone`` is the question as it reads by itself; the question itself where nothing is taken over.

    ``previous`` is the question that this one follows up, "" for none; ``asks`` is what says which value is wanted: the
    standalone question, or the question alone where the one before it is only set in front. ``more`` tells that it wants more of
    what the answer before said; ``again`` that it wants the same said again in another form, or in ``language`` where that is not None;
    ``placed`` that it speaks of things of the talk as both or by their place, and so begins nothing new, whatever words it has.
    """

    previous: str
    standalone: Question
    asks: Question
    more: bool = False
    again: bool = False
    placed: bool = False
    language: Language | None = None


def follow_up(question: Question, history: Talk) -> FollowUp:
    """Tell what a question takes over from the (question, answer) pairs before it, oldest first."""
    alone = FollowUp("", question, question)
    previous = _standalone(history) if history else alone.standalone
    if not history or not previous.text:
        return alone
    if more_of_the_same(question):
        return FollowUp(previous.text, previous, previous, more=True)
    return next((made for resolve in RESOLVERS if (made := resolve(question, previous, history))), alone)


def _standalone(history: Talk) -> Question:
    """Return the last question of some talk as it reads by itself."""
    return Question(follow_up(Question(history[-1][0]), history[:-1][-_LISTED_FOR:]).standalone.text.strip())


def _taken_over(previous: Question, text: str) -> FollowUp:
    standalone = previous if text == previous.text else Question(text)
    return FollowUp(previous.text, standalone, standalone)


def _behind(previous: Question, question: Question) -> FollowUp:
    """Return a question set behind the one before it."""
    before = re.sub(r"[?？。.!！\s]+$", "", previous.text)
    return FollowUp(previous.text, Question(f"{before}{' — ' if question.english else '，'}{question.text}"), question)


def _retold(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """用英文说一遍, 把它们列成表格: the same question again, in another language, script or form."""
    found = _TELL_AGAIN.fullmatch(question.text.strip())
    if found is None:
        return None
    language = next((known for known in LANGUAGES if found.groupdict().get(known) or found.groupdict().get(known.lower())), None)
    return replace(_taken_over(previous, previous.text), again=True, language=language)


def _both(question: Question, previous: Question, history: Talk) -> FollowUp | None:
    """两者有什么不同？ after 甲码头有多深？ and 乙码头呢？: 甲码头和乙码头有什么不同？"""
    found = _BOTH.search(question.text)
    if found is None or question.places:
        return None
    before = _standalone(history[:-1]).text if len(history) > 1 else ""
    pair = asked_in_turn(before, previous.text) or (named_together(previous.text) if len(listed_in(history[-1][1])) != 2 else ())
    if not pair:
        return None
    rest = question.text[found.end() :]
    shared = next((end for size in range(4, 0, -1) if rest.startswith(end := pair[0][-size:]) and pair[1].endswith(end)), "")
    return replace(_taken_over(previous, f"{_LEAD.sub('', question.text[: found.start()])}{pair[0]}和{pair[1]}{rest.removeprefix(shared)}"), placed=True)


def _next(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """那第二条规定了什么？ after 渡船法第三条规定了什么？: 渡船法第二条规定了什么？ It is no item of what the third says."""
    text = _LEAD.sub("", question.text.strip())
    label, before = _NUMBERED.match(text), _NUMBERED.search(previous.text)
    if label is None or before is None or label["unit"] != before["unit"] or _ELLIPSIS.match(question.text):
        return None
    return replace(_taken_over(previous, f"{previous.text[: before.start()]}{text}"), placed=True)


def _listed(question: Question, previous: Question, history: Talk) -> FollowUp | None:
    """第二种有什么例子？ after an answer that lists 甲治理、乙治理: 乙治理有什么例子？"""
    items, kind = _list_before(history)
    text, meant = question.text, reference(question, kind)
    # After a question about the first of something, "the third?" is another of the same, which the exchange finds.
    if meant is None or not (item := named(meant, items)) or (_LABEL.search(previous.text) and _ELLIPSIS.match(text)):
        return None
    before, behind = _LEAD.sub("", text[: meant.start]), text[meant.end :]
    if not re.sub(r"[\W呢吶]", "", before + behind):
        other = next((one for one in items if one in previous.text), "")
        return _taken_over(previous, previous.text.replace(other, item, 1)) if other else _behind(previous, Question(f"{item}呢？"))
    # A word or two say too little by themselves.
    asked = Question(f"{before}{item}{behind}")
    return replace(_behind(previous, asked) if len(item) < 4 else _taken_over(previous, asked.text), placed=True)


def _list_before(history: Talk) -> tuple[tuple[str, ...], str]:
    """Return what the last answer that lists anything lists, and what the question before it calls that; an older one only where a question of its kind was asked."""
    for age, (asked, answer) in enumerate(reversed(history[-_LISTED_FOR:])):
        items, kind = listed_in(answer), kind_listed(asked)
        if len(items) > 1 and (not age or kind):
            return items, kind
    return (), ""


def _exchanged(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """那浙江呢？, or 浙江 alone, after 广东的模式叫什么？: 浙江的模式叫什么？"""
    text = question.text.strip()
    match = _ELLIPSIS.match(text)
    part = ((match["zh"] or match["en"]) if match else text if _size(question) <= _SHORT else "").strip(" ，,?？。.!！")
    part = re.sub(r"'s$|’s$|^the (?=[A-Z])", "", part)
    swapped = _swap(part, previous) if part and not _ASKS.search(part) else None
    return replace(_taken_over(previous, swapped), placed=_LABEL.fullmatch(part) is not None) if swapped else None


def _swap(part: str, asked: Question) -> str | None:
    """Put a part where a thing of its kind stands in the previous question: a place, a year, a label, a name alike."""
    previous = asked.text
    if places(part) and asked.place_spans:
        start, end = asked.place_spans[0]
        # 广东省 becomes 浙江, not 浙江省省.
        return previous[:start] + part + previous[end + (previous[end : end + 1] in ("省", "市") and not part.endswith(("省", "市"))) :]
    for form in _FORMS:
        if form.fullmatch(part) and (found := list(form.finditer(previous))):
            part += "年" if form is _YEAR and found[-1].group().endswith("年") and not part.endswith("年") else ""
            return previous[: found[-1].start()] + part + previous[found[-1].end() :]
    # 技术治理 for 平台治理: what ends alike.
    core = part.removesuffix("的")
    for length in range(0 if "的" in core else min(len(core) - 1, 4), 0, -1):
        ending = core[-length:]
        whole = re.fullmatch(f"{HAN}{{2,}}", ending) or ending in _KINDS
        if whole and (alike := re.search(rf"(?:(?![{_NO_NAME}]){HAN}){{1,{len(core) - length}}}{ending}", previous)):
            return previous[: alike.start()] + part + previous[alike.end() :]
    return None


def _hanging(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """它由谁出资？, 其中多少家已经备案？, 为什么？ stand behind the question before."""
    text = question.text
    short = _size(question) <= _SHORT and not question.smalltalk and (_ASKS.match(text.lstrip(_BEFORE_ASKING)) or _TELLS.match(text))
    found = _HANGS.search(text)
    return _behind(previous, question) if short or (found and not _names_before(question, found.start())) else None


def _names_before(question: Question, at: int) -> bool:
    """Whether a question says itself, before ``at``, what a pronoun there stands for."""
    before = question.text[:at]
    if question.english:
        said = before.split()
        return len(said) >= _OWN_WORDS or any(word[:1].isupper() for word in said[1:])
    return len(re.findall(HAN, before)) >= _OWN_CHARACTERS or bool(places(before))


def _size(question: Question) -> int:
    return sum(char.isalnum() for char in question.folded)


# How a question may hang on the one before it; the first that fits resolves it.
RESOLVERS: tuple[Callable[[Question, Question, Talk], FollowUp | None], ...] = (_retold, _both, _next, _listed, _exchanged, _hanging)
