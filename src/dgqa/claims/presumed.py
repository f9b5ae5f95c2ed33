"""A question that takes a relation for granted and its evidence in; what of it the evidence says otherwise, out.

Where dgqa.premises compares values, this compares who did what, from what to what, whether it was done at all, which way it
went and since when. Every rule asks for evidence on the very same thing, and that nothing found says what the question
says: to accuse a question wrongly is worse than to answer it without a word on its premise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgqa.language.glossary import load_glossary
from dgqa.language.places import place_spans, places
from dgqa.language.text import CJK, FUNCTION_WORDS, detect_script, fold, words
from dgqa.language.values import Date, values
from dgqa.question.entities import entities
from dgqa.question.parsing import Slots

_HAN = f"[{CJK}]"
# What asks why, or takes the rest for granted in so many words.
_PRESUMES = re.compile(
    r"为什么(?![？?。！\s]*$)|为何|为啥|怎么会|怎么就|原因|凭什么|缘故|理由|何以|目的何在|意义何在|出于|既然|怎么(?=[^，。？?]{0,12}(?:的|呢|了)[？?]?$)"
    r"|\bwhy\b|\bnow that\b|^(?:since|given that)\b(?!\s+(?:when|\d))|\bhow come\b|\bwhat (?:made|led|caused|prompted)\b|\bhow did\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[，,；;。！？!?\n]|：(?=[^“《]{0,3}$)")
_SAME = 0.6  # share of a question's own words that a sentence on the very same thing has
_SURE = 0.4  # likelihood from which a piece of evidence is taken to be on what an English question asks
_LIKE = 0.4  # the same, where the thing that differs is named as well

# --- done or not done ---
_NOT = re.compile(r"(?:迟迟|至今|一直|始终|从来|根本|都|也|还|并|却|竟|仍|完全)*(?:没有|尚未|并未|从未|未能|没能|没|未(?!来|必|免|成年)|不再|不(?=设|建|推|参|让|办|搞|做|给|管|开|提|重视|支持|适合|包括|涉及|属于))")
_OUGHT = re.compile(r"不(?:能|应|可|宜|要|该|得|必|用|会|是|同|足|少|断|仅|但|只|管|论|过)|没(?:有)?必要")
_NO = re.compile(r"[不未没无非难缺禁拒停]|尚待|有待|并非")

# --- up or down ---
_UP = re.compile(
    r"提高|提升|上升|增加|增长|升至|升到|升高|扩大|增多|上涨|推高|拉高|抬高|变多|变高|攀升|跃升|加快|\b(?:ris(?:e|es|en|ing)|rose|increas\w+|grow(?:s|n|th|ing)?|grew|climb\w*|improv\w+|(?:get|got|gotten) better|expand\w*)\b"
)
_DOWN = re.compile(
    r"下降|降低|减少|缩短|缩小|降至|降到|下滑|下跌|跌到|跌至|萎缩|变少|变低|退步|恶化|放缓|减慢|\b(?:f[ae]ll(?:s|en|ing)?|decreas\w+|declin\w+|drop(?:s|ped|ping)?|reduc\w+|shr[iau]nk\w*|lower(?:ed)?|worsen\w*|(?:get|got|gotten) worse|slip(?:ped|s)?|deteriorat\w+)\b"
)

# --- from what to what ---
_QUOTE = "[“”「」『』\"《》]"
_TERM = rf"{_QUOTE}?(?P<{{}}>(?:(?!是从|是由|这一|的概念|一词){_HAN}){{{{2,14}}}}?){_QUOTE}?"
_BECOMES = (
    re.compile(_TERM.format("to") + r"(?:这一概念|这个概念|的概念|一词|这个词|概念)?(?:是|就是)?(?:从|由)" + _TERM.format("of") + r"(?:这一概念|的概念)?(?:衍生|演变|发展|派生|脱胎|转化|引申)(?:而来|出来|过来|来的)"),
    re.compile(r"(?:从|由|把|将)" + _TERM.format("of") + r"(?:转变|演变|改变|过渡|升级|转|改|变)(?:为|成|到|向)了?" + _TERM.format("to") + rf"(?=[^{CJK}]|$|[的了])"),
)
_ORIGIN = re.compile(rf"(?:最初|最早|原本|本来|原)?(?:出自|源自|源于|来自|来源于|起源于|始于|脱胎于)于?{_QUOTE}?(?P<of>{_HAN}{{2,10}}?){_QUOTE}?(?=[，,。；;？?的、]|$|之|后来|，)")

# --- who ---
_ACTS = (
    ("提出", "提到", "首创", "倡导", "创立", "开创"),
    ("发布", "印发", "出台", "公布", "推出", "颁布", "制定", "发文"),
    ("控股", "独资", "出资", "持股", "入股", "投资"),
    ("开发", "研发", "承建", "建设", "搭建"),
    ("成立", "设立", "组建", "创办"),
    ("运营", "负责", "主管", "管理", "主导", "牵头", "承担"),
)
_ACT = "|".join(act for group in _ACTS for act in group)
_BY = re.compile(rf"(?:由|让|被|叫|请|靠|交给|是)(?P<name>(?:(?![由让被叫请是的了在])[{CJK}·]){{2,12}}?)(?:在?(?:\d{{4}}|[一二〇零○九八七]{{4}})年?|最早|最先|首先|率先|首次|一手|牵头|独家|单独|来|去|负责|全资|统一)*(?P<act>{_ACT})")
_BY_SAID = re.compile(rf"由(?P<name>(?:(?![由让被叫请是的了在，。；])[{CJK}·]){{2,12}}?)(?P<act>{_ACT})")
_NOBODY = re.compile(r"谁|哪|什么|多少|几|何|[的了在和与]|我国|各|[它他她这那该]|一个|怎|如何|大家|有关|社会|市场|自己|人们|部门$|政府$|企业$|公司$|平台$")

# --- the first of all ---
_FIRST = re.compile(r"头一[个回家次]|第一[个家次座]|首[个家次座]|最早|最先|率先|\b(?:first|earliest|pioneer\w*)\b", re.IGNORECASE)
_FIRST_SAID = re.compile(r"头一|第一[个家次座]|首[个家次座]|最早|最先|率先|首创|first|earliest")
_LATE = re.compile(r"(?:拖到|直到|等到|迟至|晚至|要到|到了?)?\s*(?P<zh>(?:19|20)\d\d)年?[^，。？?]{0,8}?(?:才|方才|头一回|头一次|首次|第一次)|(?:才|直到|迟至|拖到)[^，。？?]{0,4}?(?P<behind>(?:19|20)\d\d)年?|\b(?:only|not until|as late as|until)\b[^,.?]{0,20}?\b(?P<en>(?:19|20)\d\d)\b")
_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][a-z]+(?:[ -][A-Z][a-z]+)*\b")


@dataclass(frozen=True, slots=True)
class Told:
    """A piece of evidence: its sentence, and its passage with headings and title, for what it is about."""

    sentence: str
    context: str
    confidence: float = 1.0


def misrelated(slots: Slots, evidence: Sequence[Told], around: str) -> str:
    """Return what the question takes for granted and the evidence says otherwise; "" for nothing.

    Args:
        slots: What the question names and wants.
        evidence: The chosen pieces, the best first.
        around: All that was found, chosen or not: what stands there is not disputed.
    """
    question = fold(slots.question).replace("甚么", "什么")
    if not evidence:
        return ""
    presumes = _PRESUMES.search(question) is not None
    asked = _content(question)
    told = [Told(fold(piece.sentence), fold(piece.context), piece.confidence) for piece in evidence]
    return (
        _reversed(question, told)
        or (_undone(question, told, asked) if presumes else "")
        or (_turned(question, told, asked) if presumes else "")
        or _late(question, told, asked)
        or _by_others(question, told, fold(around), presumes)
        or (_elsewhere(slots, told, fold(around)) if presumes or _STATED.search(question) else "")
        or (_first_by_another(slots, evidence) if presumes else "")
    )


_STATED = re.compile(r"(?:是|由)[^，。？?]{2,14}(?:推出|发布|出台|上线|开发|建立|提出|制定)的[^，。？?]{0,6}[，,]")


def _content(text: str) -> list[str]:
    """The words that say what a question is about, without those that ask."""
    plain = _PRESUMES.sub(" ", text)
    return list(dict.fromkeys(word for word in words(plain) if len(word) > 1 and word not in FUNCTION_WORDS and not re.fullmatch(r"[\d.%]+|什么|怎么|怎样|如何|多少|哪些|哪个|反而|居然|已经|这么|那么|至今|迟迟", word)))


def _share(asked: Sequence[str], text: str) -> float:
    return sum(word in text for word in asked) / len(asked) if asked else 0.0


def _undone(question: str, told: Sequence[Told], asked: Sequence[str]) -> str:
    """为什么甲没有建成乙？ where 甲 did."""
    if detect_script(question) == "Latn" or _OUGHT.search(question):
        return ""
    match = _NOT.search(question)
    if match is None:
        return ""
    deed = re.split(r"[，,。？?！!；;]", question[match.end() :])[0]
    done = [word for word in words(re.sub(r"[的了呢吗吧到]", " ", deed)) if word not in FUNCTION_WORDS]
    if not done or sum(map(len, done)) < 2:
        return ""
    for piece in told:
        if _share(asked, f"{piece.sentence} {piece.context.splitlines()[-1] if piece.context else ''}") < _SAME:
            continue
        for clause in _CLAUSE.split(piece.sentence):
            if all(word in clause for word in done) and not _NO.search(clause.replace("无障碍", "").replace("不断", "")):
                return match.group() + deed
    return ""


def _turned(question: str, told: Sequence[Told], asked: Sequence[str]) -> str:
    """为什么甲增加了？ where it fell."""
    up, down = _UP.search(question), _DOWN.search(question)
    if (up is None) == (down is None):
        return ""
    said, (same, other) = (up or down), ((_UP, _DOWN) if up else (_DOWN, _UP))
    english = detect_script(question) == "Latn"
    if said is None or re.search(r"\b(?:to|should|could|would|can|help\w*|aim\w*)\s+$", question[: said.start()]) or re.search(r"(?:要|应|需|想|来|以|去|进一步|着力)[^，。？?]{0,3}$", question[: said.start()]):
        return ""
    about = [word for word in asked if not _UP.fullmatch(word) and not _DOWN.fullmatch(word)]
    for piece in told:
        if english:
            # The best piece is on the same thing where it is likely, and it speaks of one movement alone.
            if piece.confidence >= _SURE and other.search(piece.sentence) and not same.search(piece.sentence):
                return said.group()
            continue
        if len(about) < 2 or _share(about, piece.sentence) < _SAME:
            continue
        noun = next((word for word in reversed(words(question[: said.start()])) if len(word) > 1 and word in about and not re.search(r"[年月日]|比", word)), "")
        what = next((word for word in words(question[said.end() : said.end() + 12]) if len(word) > 1 and word in about), "")
        if (_went(piece.sentence, noun, other) and not _went(piece.sentence, noun, same)) or (what and _went(piece.sentence, what, other) and not _went(piece.sentence, what, same)):
            return said.group()
    return ""


def _went(sentence: str, noun: str, way: re.Pattern[str]) -> bool:
    """Whether the clause with a noun, or the next one that tells a direction, tells this one; any clause where there is no noun."""
    clauses = _CLAUSE.split(sentence)
    first = next((place for place, clause in enumerate(clauses) if noun in clause), None)
    if first is None:
        return False
    if not noun:
        return way.search(sentence) is not None
    told = next((clause for clause in clauses[first:] if _UP.search(clause) or _DOWN.search(clause)), "")
    return way.search(told) is not None


def _reversed(question: str, told: Sequence[Told]) -> str:
    """甲从乙衍生而来 where 乙 came from 甲; 出自甲 where it came from 乙."""
    for pattern in _BECOMES:
        match = pattern.search(question)
        if match is None:
            continue
        for piece in told:
            for other in (found for form in _BECOMES for found in form.finditer(piece.sentence)):
                if _alike(match["of"], other["to"]) and _alike(match["to"], other["of"]) and not _alike(match["of"], match["to"]):
                    return match.group()
    origin = _ORIGIN.search(question)
    if origin is None or re.search(r"哪|谁|什么|何", origin["of"]):
        return ""
    head = question[: origin.start()]
    thing = [entity.name for entity in entities(question) if entity.kind == "quoted"] or [word for word in words(head)[-3:] if len(word) > 1 and word not in FUNCTION_WORDS]
    for piece in told:
        for other in _ORIGIN.finditer(piece.sentence):
            if origin["of"] not in piece.sentence and not _alike(origin["of"], other["of"]) and thing and all(fold(name) in piece.sentence for name in thing):
                return origin.group()
    return ""


def _alike(one: str, other: str) -> bool:
    return one in other or other in one


def _late(question: str, told: Sequence[Told], asked: Sequence[str]) -> str:
    """为何到2018年才首次提出？ where an earlier year did it; on the sentence that has most of what is asked alone."""
    match = _LATE.search(question)
    if match is None or detect_script(question) == "Latn":
        return ""
    year = int(match["zh"] or match["behind"] or match["en"])
    about = [word for word in asked if not re.search(r"\d", word) and word not in ("首次", "第一次", "直到", "拖到", "头一回")]
    if len(about) < 3:
        return ""
    ranked = sorted(((_share(about, piece.sentence), place) for place, piece in enumerate(told)), key=lambda pair: (-pair[0], pair[1]))
    share, best = ranked[0]
    years = [value.year for value in values(told[best].sentence) if isinstance(value, Date) and value.year]
    own = max((share for share, place in ranked if str(year) in told[place].sentence), default=0.0)
    return f"{year}年" if share >= _SAME and years and min(years) < year and year not in years and own < share else ""


def _by_others(question: str, told: Sequence[Told], around: str, presumes: bool) -> str:
    """由甲控股 where 由乙控股 is said, and 甲 is nowhere said to have done it."""
    if detect_script(question) == "Latn":
        return ""
    match = _BY.search(question)
    if match is None or _NOBODY.search(match["name"]) or not (presumes or re.search(r"[，,]", question[match.end() :])):
        return ""
    name, act = match["name"], match["act"]
    group = next(group for group in _ACTS if act in group)
    other_acts = "|".join(group)
    # To hold a company or own all of it is more than to have put money into it.
    whole = act in ("控股", "独资")
    if re.search(rf"{re.escape(name)}[^，。；]{{0,10}}(?:{act if whole else other_acts})", around) or (not whole and any(_done_by(name, piece.sentence, other_acts) for piece in told)):
        return ""
    claim = f"{question[: match.start()]} {re.split(r'[，,。？?]', question[match.end() :])[0]}"
    about = [word for word in _content(claim) if word not in name]
    for piece in told:
        if not about or _share(about, piece.context) < _SAME:
            continue
        said = [other for other in _BY_SAID.finditer(piece.sentence) if other["act"] in group]
        if any(name in other["name"] for other in said):
            continue
        # Another is named, or the deed is told of the same thing without this name anywhere.
        if any(other["act"] == act for other in said) or (name not in around and re.search(other_acts, piece.sentence) and _share(about, piece.sentence) >= _LIKE):
            return name
    return ""


def _done_by(name: str, sentence: str, acts: str) -> bool:
    return name in sentence and re.search(acts, sentence) is not None


def _elsewhere(slots: Slots, told: Sequence[Told], around: str) -> str:
    """甲地的“乙” where “乙” is another place's, and nothing found names both in one clause or passage."""
    wanted = [place for place in slots.places if place not in slots.mentioned]
    terms = [fold(entity.name) for entity in slots.entities if entity.kind == "quoted"] + [fold(title) for title in slots.titles]
    if len(wanted) != 1 or not terms:
        return ""
    place, term = wanted[0], max(terms, key=len)
    if len(term) < 3 or place in places(term):
        return ""
    bearing = [near for piece in told for near in _nearest(term, piece.sentence)]
    if not bearing or any(place in near for near in bearing):
        return ""
    if any(place in places(part) for part in around.split("\x00") if term in part and not _apart(term, place, part)):
        return ""
    others = {other for near in bearing for other in near} or {other for piece in told if term in piece.sentence for other in places(piece.context)}
    return place if others and place not in others else ""


def _nearest(term: str, text: str) -> list[tuple[str, ...]]:
    """Return the places that each line has in its clause with the term, or else the last ones before it."""
    found = []
    for line in re.split(r"[。\n]", text):
        clauses = _CLAUSE.split(line)
        for number, clause in enumerate(clauses):
            if term in clause:
                found.append(next((there for part in reversed(clauses[: number + 1]) if (there := places(part))), ()))
    return found


def _apart(term: str, place: str, passage: str) -> bool:
    """Whether a passage that has both ties the term to another place wherever it names it."""
    near = _nearest(term, passage)
    return bool(near) and all(there and place not in there for there in near)


def without_place(slots: Slots) -> str:
    """Return the question without the place that it says was the first of all; "" for any other question.

    Which place was the first is found by a search that does not name the wrong one.
    """
    if not _PRESUMES.search(fold(slots.question)) or not _FIRST.search(slots.question) or len(slots.places) != 1:
        return ""
    spans = place_spans(slots.question)
    bare = slots.question
    for start, end in reversed(spans):
        bare = bare[:start] + bare[end:]
    bare = re.sub(r"(?:会|就|要)?(?:落|设|建|出现|诞生|开|放)?(?:在|于)(?=[？?。]|$)|\b(?:set up |built |opened |launched )?(?:in|by|from|at)\s*(?=[?.,]|$)", "", bare)
    bare = re.sub(r"为什么|為什麼|为何|為何|为啥|怎么会|怎麼會|凭什么", "", bare)
    # Articles say 首个, whatever the question says.
    return re.sub(r"头一([个家座])|頭一([個家座])|第一([个個家座])", lambda match: f"首{next(filter(None, match.groups()))}", bare).strip()


def first_elsewhere(slots: Slots, evidence: Sequence[Told]) -> str:
    """Return the place that was not the first, where evidence on the same thing names another alone."""
    place = slots.places[0]
    asked = [word for word in _content(fold(slots.question)) if not places(word) and not _FIRST.search(word)]
    english = detect_script(slots.question) == "Latn"
    for piece in evidence:
        there = places(piece.sentence)
        if place in there:
            return ""
        same = piece.confidence >= _SURE / 2 if english else len(asked) > 1 and _share(asked, fold(piece.sentence)) >= _SAME
        if same and there and _FIRST_SAID.search(fold(piece.sentence)):
            return place
    return ""


def _first_by_another(slots: Slots, evidence: Sequence[Told]) -> str:
    """Who first proposed it is said to be another, in an English question on a term that the glossary knows."""
    if detect_script(slots.question) != "Latn" or not _FIRST.search(slots.question):
        return ""
    named = [name for name in _NAME.findall(slots.question) if not places(name)]
    terms = load_glossary().chinese(slots.question)
    for piece in evidence:
        sentence = fold(piece.sentence)
        if named and terms and _FIRST.search(sentence) and any(fold(term) in sentence for term in terms) and not any(fold(name) in sentence for name in named):
            return str(named[0])
    return ""
