"""A question and the talk before it in; the question as it reads by itself, and what it takes over from there, out.

Four things are taken over: the question before, with the named thing exchanged ("那浙江呢？"); what a pronoun stands for;
a thing that the answer before lists ("第二种有什么例子？"); or the whole question before, where the new one is too short to
say what it is about ("为什么？"). A full question on something else takes nothing over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dgqa.data import Pattern, words
from dgqa.language.places import places
from dgqa.language.reading import Text
from dgqa.language.text import HAN
from dgqa.language.values import Amount, values
from dgqa.language.words import is_word
from dgqa.messages import LANGUAGES, Language
from dgqa.question.antecedents import antecedent
from dgqa.question.entities import entities
from dgqa.question.parsing import Question
from dgqa.question.references import asked_in_turn, kind_listed, listed_in, more_of_the_same, named, named_together, reference

Talk = Sequence[tuple[str, str]]  # questions and answers, oldest first
_SHORT = 8  # letters, digits and characters up to which a question may leave out what was asked about before
_OWN_WORDS = 3  # words before a pronoun from which a question has its own antecedent
_LISTED_FOR = 4  # turns from which a question takes anything over
_OWN_CHARACTERS = 6  # the same in Chinese characters

_KINDS = "型论論级級类類国國省市县縣区區部局厅廳法镇鎮乡鄉村站港桥橋馆館厂廠园園院校店路街河湖山岛島库庫"  # one character by which two names are alike
_BOTH = re.compile("[这這那]?[两兩二](?:者|地|省|市|县|縣|区|區|国|國)|[这這那][两兩][个個家座种種条條项項所]|[双雙]方|[它他她][们們][俩倆]")
_ELLIPSIS = Pattern("question/followups", "ellipsis")
_LEAD = re.compile(r"^(?:那么|那麼|那(?!一?[年个個些种種位次家]|[两兩三四五])|然后|另外|还有|還有|and|so|then)[，,\s]*", re.IGNORECASE)
_PRONOUN = Pattern("question/followups", "pronoun")
_VALUE = Pattern("question/followups", "value")
_POSSESSIVE = re.compile(r"\b(?:its|their|his|her)\b", re.IGNORECASE)
_WITHIN = Pattern("question/followups", "within")
_ASKS = Pattern("question/followups", "asks")
_ATTRIBUTE = re.compile(rf"的({HAN}{{2,6}}?)(?=(?:各|分别|分別|一共|共)?(?:是|有|为|為)(?:多少|什么|什麼|哪|[几幾]))")
_YEAR = re.compile(r"(?:19|20)\d\d\s?年?")
_LABEL = re.compile(r"(?:第\s?[一二三四五六七八九十\d]+[个個种種条條项項幅点點]?|[图圖表]\s?\d+|\d+\.\d+|[“「\"]?\d+[”」\"]?(?!\d*年))")
_MEASURED = Pattern("question/followups", "measured")
# A level of government, such as may be exchanged for another.
_LEVEL = re.compile(r"(?:国家|中央|省|市|地市|区县|县区|县|乡镇|乡|镇|街道|村|社区)(?:一)?[级級](?:政府|单位|單位)?|(?:乡镇|鄉鎮|街道|社区|社區|行政村|区县|區縣)")
_TELL_AGAIN = Pattern("question/followups", "tell_again")
_TELLS = Pattern("question/followups", "tells")
_DEFINES = Pattern("question/followups", "defines")
_GENERIC = Pattern("question/followups", "generic")
_DEFINITE = Pattern("question/followups", "definite")
_LATER = re.compile(r"(\d+|[一二三四五六七八九十两兩]+)年(?:之|以)?([后後前])")
_TITLED = re.compile(r"《[^》]{2,60}》")
_SUBJECT = Pattern("question/followups", "subject")
_TIME = Pattern("question/followups", "time")
# A question that begins with what it asks has no subject.
_STARTS_BARE = re.compile(r"\s*(?:为什么|為什麼|为何|為何|什么|什麼|谁|誰|哪|几|幾|多少|怎|如何|有|由|在|叫|是|具体|具體|why|when|where|who|how)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``standalone`` is the question as it reads by itself; the question itself where nothing is taken over.

    ``previous`` is the question that this one follows up, "" for none; ``refers`` tells that it does so in words;
    ``asks`` is what says which value is wanted: the standalone question, or the question alone where the one before
    it is only set in front. ``more`` tells that it wants more of what the answer before said; ``again`` that
    it wants the same said again in another form, or in ``language`` where that is not None.
    """

    previous: str
    refers: bool
    standalone: Question
    asks: Question
    more: bool = False
    again: bool = False
    language: Language | None = None


def follow_up(question: Question, history: Talk) -> FollowUp:
    """Tell what a question takes over from the (question, answer) pairs before it, oldest first."""
    alone = FollowUp("", False, question, question)
    if not history:
        return alone
    previous = _standalone(history)
    if not previous.text:
        return alone
    if more_of_the_same(question):
        return FollowUp(previous.text, True, previous, previous, more=True)
    for resolve in RESOLVERS:
        if made := resolve(question, previous, history):
            return made
    return replace(alone, standalone=_question(_LEAD.sub("", question.text), question)) if _is_whole(question) else alone


def _standalone(history: Talk) -> Question:
    """Return the last question of some talk as it reads by itself."""
    return Question(follow_up(Question(history[-1][0]), history[:-1][-_LISTED_FOR:]).standalone.text.strip())


def _question(text: str, *known: Question) -> Question:
    """Return what is known already of a text, or else a new question."""
    return next((question for question in known if question.text == text), None) or Question(text)


def _taken_over(previous: Question, text: str, asks: Question | None = None, *, refers: bool = True) -> FollowUp:
    """Return the follow-up that reads ``text`` by itself; ``asks`` is what says which value is wanted, None for all of it."""
    standalone = _question(text, previous, *((asks,) if asks else ()))
    return FollowUp(previous.text, refers, standalone, asks or standalone)


def _is_whole(question: Question) -> bool:
    return _ASKS.search(question.text) is not None and _size(question) > _SHORT


def _size(text: Text) -> int:
    return sum(char.isalnum() for char in text.folded)


def _joined(previous: Question, question: Question, mark: str = "，", english: str = " — ") -> str:
    """Return a question behind the one before it."""
    return f"{_bare(previous.text)}{english if question.english else mark}{question.text}"


def _listed(question: Question, previous: Question, history: Talk) -> FollowUp | None:
    """第二种有什么例子？ after an answer that lists 甲治理、乙治理: 乙治理有什么例子？"""
    items, kind = _list_before(history)
    text = question.text
    meant = reference(question, kind)
    if meant is None or (text[: meant.start].strip(" ，,") and _LABEL.search(previous.text) and _ELLIPSIS.match(text)):
        return None
    item = named(meant, items)
    rest = _LEAD.sub("", text[: meant.start]) + text[meant.end :]
    bare = re.fullmatch(r"(?:what about|how about|tell me (?:more )?about)?\s*(?:呢|吶)?[\s?？。.!！]*", rest, re.IGNORECASE) is not None
    # After a question about the first of something, "the third?" is another of the same, which the exchange finds.
    if not item or (bare and _LABEL.search(previous.text)):
        return None
    if bare and (other := next((one for one in items if one in previous.text), "")):
        return _taken_over(previous, previous.text.replace(other, item, 1))
    if bare:
        new = f"{item} — {_bare(previous.text)}?" if question.english else f"{item}：{_bare(previous.text)}？"
        return _taken_over(previous, new, Question(item))
    new = f"{_LEAD.sub('', text[: meant.start])}{item}{text[meant.end :]}"
    # A word or two say too little by themselves.
    short = len(item) <= (3 if not question.english else 12)
    return _taken_over(previous, f"{_bare(previous.text)}{' — ' if question.english else '，'}{new}" if short else new)


def _list_before(history: Talk) -> tuple[tuple[str, ...], str]:
    """Return what the last answer that lists anything lists, and what the question before it calls that; an older one only where a question of its kind was asked."""
    for age, (asked, answer) in enumerate(reversed(history[-_LISTED_FOR:])):
        items, kind = listed_in(answer), kind_listed(asked)
        if len(items) > 1 and (not age or kind):
            return items, kind
    return (), ""


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
    return _taken_over(previous, f"{_LEAD.sub('', question.text[: found.start()])}{pair[0]}和{pair[1]}{rest.removeprefix(shared)}")


def _retold(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """用英文说一遍, 把它们列成表格: the same question again, in another language, script or form."""
    found = _TELL_AGAIN.fullmatch(question.text.strip())
    if found is None:
        return None
    language = next((known for known in LANGUAGES if found.groupdict().get(known) or found.groupdict().get(known.lower())), None)
    return replace(_taken_over(previous, previous.text), again=True, language=language)


def _definite(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """And what did the city do the year after? names nothing that tells which city and which year."""
    text = question.text
    if not _DEFINITE.search(text) or question.places or _TITLED.search(text) or re.search(r"(?:19|20)\d\d|(?<!^)(?<![.?!] )\b[A-Z]", text):
        return None
    if question.english and not (_LEAD.match(text) or len(text.split()) <= 14):
        return None
    return _taken_over(previous, f"{_bare(previous.text)}{' — ' if question.english else '，'}{_LEAD.sub('', text)}", question)


def _exchanged(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """那浙江呢？ after 广东的模式叫什么？: 浙江的模式叫什么？"""
    match = _ELLIPSIS.match(question.text.strip())
    if match is None or (match["en"] and _ASKS.search(match["en"])):
        return None
    part = (match["zh"] or match["en"] or "").strip(" ，,")
    if _PRONOUN.fullmatch(part):
        return _taken_over(previous, previous.text)
    if _ASKS.search(part):
        return None  # "那具体是什么呢？" exchanges nothing
    if owned := re.match(r"(?:它们?|它們|其|他们?|他們)的?", part):
        name, rest = antecedent(previous, "", ""), part[owned.end() :]
        return _taken_over(previous, f"{name}的{rest}：{previous.text}", previous) if rest else None
    if _WITHIN.search(part):
        return _taken_over(previous, f"{_bare(previous.text)}，{question.text}", previous)
    if part in ("具体", "具體", "原因", "时间", "時間", "意义", "意義", "结果", "結果"):
        return _taken_over(previous, f"{_bare(previous.text)}：{part}？", Question(part))
    part = re.sub(r"^(?:its|their|his|her)\s+", "", part, flags=re.IGNORECASE)
    part = re.sub(r"'s$|’s$", "", re.sub(r"^the (?=[A-Z])", "", part))
    joint = " — " if question.english else "："
    return _taken_over(previous, _swap(part, previous) or f"{part}{joint}{previous.text}")


def _swap(part: str, asked: Question) -> str | None:
    """Put a part where a thing of its kind stands in the previous question: a place, a year, a label, a name, a word alike."""
    previous = asked.text
    if places(part) and asked.place_spans:
        start, end = asked.place_spans[0]
        # 广东省 becomes 浙江, not 浙江省省.
        if previous[end : end + 1] in "省市" and not part.endswith(("省", "市")):
            end += 1
        return previous[:start] + part + previous[end:]
    years = list(_YEAR.finditer(previous))
    if (shift := _LATER.fullmatch(part)) and years:
        by = next((int(value.value) for value in values(shift[1].replace("两", "二").replace("兩", "二")) if isinstance(value, Amount)), 0)
        year = int(years[-1].group()[:4]) + (by if shift[2] in ("后", "後") else -by)
        return f"{previous[: years[-1].start()]}{year}{previous[years[-1].start() + 4 :]}"
    for pattern in (_YEAR, _TITLED, _LABEL, _LEVEL):
        if pattern.fullmatch(part):
            found = list(pattern.finditer(previous))
            if found:
                part += "年" if pattern is _YEAR and found[-1].group().endswith("年") and not part.endswith("年") else ""
                return previous[: found[-1].start()] + part + previous[found[-1].end() :]
    # 跑动次数呢？ after 办事环节减少了多少？: what is measured is exchanged.
    measured = _MEASURED.search(previous)
    if measured is not None and re.fullmatch(f"{HAN}{{2,8}}", part):
        return previous[: measured.start(1)] + part + previous[measured.end(1) :]
    alike = _alike_span(part, previous)
    if alike is not None:
        return previous[: alike[0]] + part + previous[alike[1] :]
    subject = _SUBJECT.match(previous)
    if subject and 2 <= len(part) <= 4 and 2 <= len(subject[1].strip()) <= 4 and re.fullmatch(f"{HAN}+", part):
        return previous[: subject.start(1)] + part + previous[subject.end(1) :]
    # 那座位呢？ after 两馆的藏书各是多少？
    told = _ATTRIBUTE.search(previous) if re.fullmatch(f"{HAN}{{2,6}}", part) else None
    return f"{previous[: told.start(1)]}{part}{previous[told.end(1) :]}" if told else None


def _alike_span(part: str, previous: str) -> tuple[int, int] | None:
    """Return the span of the word in the previous question that ends as the part does: 技术治理 for 平台治理."""
    core = re.sub(r"的$", "", part)
    for length in range(min(len(core) - 1, 4), 0, -1):
        ending = core[-length:]
        if not re.fullmatch(f"{HAN}+", ending):
            continue
        at = previous.find(ending)
        if at < 0 or (length == 1 and ending not in _KINDS):
            continue
        begin = at
        while begin > 0 and at - begin < max(len(core) - length, 2) and re.match(HAN, previous[begin - 1]) and previous[begin - 1] not in "的了在和与與对對是为為有年底，":
            begin -= 1
        if begin and previous[begin - 1] == "哪":
            begin -= 1
        if begin < at:
            return begin, at + length
    return None


def _within(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """其中多少家已经备案？ asks about a part of what was asked about before."""
    found = _WITHIN.search(question.text)
    # "Besides the north, what else was lowered?" says itself besides what.
    if found is None or (found.start() and _names_before(question, found.start())):
        return None
    return _taken_over(previous, _joined(previous, question, english=" "), question)


def _resolved(question: Question, previous: Question, history: Talk) -> FollowUp | None:
    """它由谁出资？ after 甲公司有几重身份？: 甲公司由谁出资？"""
    text = question.text
    found = _PRONOUN.search(text)
    if found is not None and _names_before(question, found.start()):
        return None
    value = _VALUE.search(text)
    if found is None and (value is None or question.places or _size(question) > 2 * _SHORT):
        return None
    if found is None or value is not None:
        return _taken_over(previous, _joined(previous, question), question)
    name = antecedent(previous, history[-1][1], found.group())
    if not name:
        return _taken_over(previous, _joined(previous, question, english=" "), question)
    if _POSSESSIVE.fullmatch(found.group()):
        name = f"{name}'s"
    elif found.group() in ("其",) and text[found.end() : found.end() + 1] != "的":
        name = f"{name}的"
    return _taken_over(previous, _LEAD.sub("", f"{text[: found.start()]}{name}{text[found.end() :]}"), question)


def _names_before(question: Question, at: int) -> bool:
    """Whether a question itself names, before a pronoun at ``at``, what it may stand for."""
    before = _LEAD.sub("", question.text[:at])
    if question.english:
        said = re.findall(r"[^\W\d_][\w'’-]*", before)
        named = any(word[0].isupper() and word.lower() not in words("words/english_asking") and place for place, word in enumerate(said))
        # Without a name, a long clause before the pronoun has a subject of its own.
        return named or bool(places(before)) or sum(word.lower() not in words("words/english_asking") and len(word) > 2 for word in said) >= _OWN_WORDS
    plain = Text(_ASKS.sub("", _TIME.sub("", before)))
    return bool(plain.places or entities(plain) or _TITLED.search(plain.text)) or len(re.findall(HAN, plain.text)) >= _OWN_CHARACTERS


def _completed(question: Question, previous: Question, _: Talk) -> FollowUp | None:
    """为什么？ stands behind the question before."""
    text = question.text
    if _size(question) > _SHORT and not (question.english and len(text.split()) <= 3):
        return None
    defined = _DEFINES.match(text)
    if defined and not _GENERIC.match((defined["a"] or defined["b"] or defined["c"]).strip().lower()) and not _ASKS.search(defined["a"] or defined["b"] or ""):
        return None
    if _has_subject(question):
        return None
    if question.smalltalk == "unclear":
        # "2023?" names another year of the same; a link or code names nothing.
        if not re.fullmatch(r"[\d\s年月日号號./-]+[?？。.!！]*", text):
            return None
        return _taken_over(previous, _swap(text.strip(" ?？。.!！"), previous) or _joined(previous, question, english=" "))
    if not _ASKS.search(text) and not _LEAD.match(text) and not _TELLS.match(text):
        # A topic by itself is another of the same where the question before has one of its kind, or else a topic of its own.
        topic = text.strip(" ?？。.!！")
        kind = places(topic) or any(form.fullmatch(topic) for form in (_YEAR, _TITLED, _LABEL)) or _alike_span(topic, previous.text)
        exchanged = _swap(topic, previous) if kind else None
        return _taken_over(previous, exchanged) if exchanged else None
    # A short question may also be whole: 张克研究什么？ Its own words say what is wanted, so both are searched.
    return _taken_over(previous, f"{_bare(previous.text)}{' ' if question.english else '，'}{_LEAD.sub('', text)}", question, refers=bool(_LEAD.match(text)) or _STARTS_BARE.match(text) is not None)


def _has_subject(question: Question) -> bool:
    """Whether a short question begins with a name: 马亮在哪里任教？ A common word may be a part of what was asked about before."""
    asks = _ASKS.search(question.text)
    head = Text(_LEAD.sub("", question.text[: asks.start()]) if asks else "")
    if question.english or len(head.text) < 2 or _GENERIC.match(head.text):
        return False
    return bool(head.places or entities(head) or any(re.fullmatch(f"{HAN}{{2,3}}", word) and not is_word(word) for word in head.words))


def _bare(question: str) -> str:
    return re.sub(r"[?？。.!！\s]+$", "", question)


# How a question may hang on the one before it; the first that fits resolves it.
RESOLVERS: tuple[Callable[[Question, Question, Talk], FollowUp | None], ...] = (_retold, _both, _listed, _within, _exchanged, _resolved, _definite, _completed)
