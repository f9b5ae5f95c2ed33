"""Rules on who does what to whom: the same things in other roles than in the evidence."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from dgqa.claims.claim import Case, share, topic
from dgqa.data import Pattern
from dgqa.language.names import bodies_named, firms_named
from dgqa.language.reading import Text
from dgqa.language.text import CJK, FUNCTION_WORDS, HAN, fold, pairs, segmented
from dgqa.language.words import tags

_COMPARED = Pattern("claims/roles", "compared")
_MORE = re.compile(r"(?:^|[，。；,])(?![与和跟同比])(?P<a>[^，。；,比]{2,16}?)更")
_MOSTLY = 0.6  # share of the rest of a clause that one piece of evidence must hold to be where it is from
# Verbs of the one who gets, and marks of the passive: behind them the other one acts.
CONVERSE = re.compile(r"[被由受从]|接收|收到|获得|得到|来自|相互|互相|共同|联合")
_IDLE = {"负责", "进行", "开展"}
_AGENT = Pattern("claims/roles", "agent")
_FIRM = re.compile(rf"{HAN}{{2,12}}(?:有限公司|集团|\(集团\)有限公司|股份公司)")
_OWNED = re.compile(r"控股|国有|国资|出资|组建|设立|承担|承建|开发|建设")
_NO_AGENT = re.compile(r"谁|哪|什么|多少|几|何|[的了在和与]|我国|国家|政府|中国|它|他|她|这|那")
_SAME = 0.6  # share of a question's own words that a sentence on the very same thing has
_LIKE = 0.4  # the same, where the thing that differs is named as well
_QUOTE = "[“”「」『』\"《》]"
_TERM = rf"{_QUOTE}?(?P<{{}}>(?:(?!是从|是由|这一|的概念|一词){HAN}){{{{2,14}}}}?){_QUOTE}?"
_BECOMES = (
    re.compile(_TERM.format("to") + r"(?:这一概念|这个概念|的概念|一词|这个词|概念)?(?:是|就是)?(?:从|由)" + _TERM.format("of") + r"(?:这一概念|的概念)?(?:衍生|演变|发展|派生|脱胎|转化|引申)(?:而来|出来|过来|来的)"),
    re.compile(r"(?:从|由|把|将)" + _TERM.format("of") + r"(?:转变|演变|改变|过渡|升级|转|改|变)(?:为|成|到|向)了?" + _TERM.format("to") + rf"(?=[^{CJK}]|$|[的了])"),
)
_ORIGIN = Pattern("claims/roles", "origin")
_ACTS = (
    ("提出", "提到", "首创", "倡导", "创立", "开创"),
    ("发布", "印发", "出台", "公布", "推出", "颁布", "制定", "发文"),
    ("控股", "独资", "出资", "持股", "入股", "投资"),
    ("开发", "研发", "承建", "建设", "搭建"),
    ("成立", "设立", "组建", "创办"),
    ("运营", "负责", "主管", "管理", "主导", "牵头", "承担"),
)
_BY = Pattern("claims/roles", "by")
_BY_SAID = Pattern("claims/roles", "by_said")
_NOBODY = re.compile(r"谁|哪|什么|多少|几|何|[的了在和与]|我国|各|[它他她这那该]|一个|怎|如何|大家|有关|社会|市场|自己|人们|部门$|政府$|企业$|公司$|平台$")


def crossed(case: Case) -> str:
    """Whether the sentence mixes what the evidence keeps in two clauses of its own.

    技术是手段，制度才是目的 becomes 制度是手段，技术才是目的; 甲组归统计处，乙组归警务处 becomes 甲组归警务处.
    """
    said = [clause.content for clause in case.claim.clauses if len(clause.content) >= 2]
    told = [clause.content for clause in case.grounds.clauses if len(clause.content) >= 2]
    for one, other in itertools.combinations(told, 2):
        first, second, common = one - other, other - one, one & other
        mixed = [clause for clause in said if clause & first and clause & second and not any(clause <= whole for whole in told)]
        if len(mixed) >= 2 and any((a & first) != (b & first) and (a & second) != (b & second) for a, b in itertools.combinations(mixed, 2)):
            return case.claim.text
        # Clauses alike but for the things that they are about.
        if len(common) >= 2 and any(common <= clause and not first <= clause and not second <= clause for clause in mixed):
            return case.claim.text
    return ""


def swapped(case: Case) -> str:
    """Whether one body does to another what the evidence has the other do to it."""
    said = case.claim.folded
    ours = _first_places(said)
    for text in re.split(r"[。；\n]", case.grounds.said.folded):
        theirs = _first_places(text)
        common = [name for name in ours if name in theirs]
        for a, b in itertools.combinations(sorted(common, key=lambda name: ours[name]), 2):
            if theirs[a] < theirs[b] or CONVERSE.search(said) or CONVERSE.search(text) or _joined(said, ours, a, b) or _joined(text, theirs, b, a):
                continue
            if {word for word, flag in case.claim.tagged if flag[0] == "v"} & {word for word, flag in tags(text) if flag[0] == "v"} - _IDLE:
                return a
    return ""


def _first_places(text: str) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, start, _ in bodies_named(text):
        places.setdefault(name, start)
    return places


def _joined(text: str, at: dict[str, int], one: str, other: str) -> bool:
    """Whether two bodies are named in one breath, so that their order says nothing."""
    return re.fullmatch(r"[、和与及同跟]\S{0,2}", text[at[one] + len(one) : at[other]]) is not None


def better_claimed(case: Case) -> str:
    """Whether what the evidence has as the lesser side of a comparison is the greater one here, the other side left out."""
    compared = _compared(case.grounds.said)
    for match in _MORE.finditer(case.claim.folded):
        mine = pairs(match["a"])
        for better, worse in compared:
            first, second = pairs(better), pairs(worse)
            # By shares: the lesser side often leaves out what both have, "compared with cities, people in the country".
            if mine & (second - first) and len(mine & second) / len(second) >= len(mine & first) / max(1, len(first)):
                return match["a"]
    return ""


def merged(case: Case) -> str:
    """Whether a clause takes its subject from one piece of evidence and the rest from another that has a subject of its own.

    教育局开发了报名系统 and 卫生局建立了健康档案 become 教育局建立了健康档案.
    """
    pieces = case.grounds.pieces
    for clause in case.claim.clauses if len(pieces) > 1 else ():
        subject = _subject(clause)
        rest, mine = pairs(clause.folded.removeprefix(subject)), pairs(subject)
        if not subject or len(rest) < 4:
            continue
        best = max(pieces, key=lambda piece: len(rest & piece.bigrams))
        if len(rest & best.bigrams) / len(rest) < _MOSTLY or mine & best.whole.bigrams:
            continue
        # What follows in an article may leave out what it is about; another subject it can't.
        own = next((found for part in best.clauses if (found := _subject(part)) and len(rest & part.bigrams) >= 2), "")
        elsewhere = any(mine & piece.whole.bigrams for piece in pieces if piece is not best)
        if own and elsewhere and not pairs(own) & clause.bigrams:
            return subject
    return ""


def _subject(clause: Text) -> str:
    """Return the nouns that a clause begins with, before its first verb; "" where it begins otherwise."""
    subject = ""
    for word, flag in clause.tagged:
        if flag[0] not in "nj" and flag not in ("f", "b", "a", "l"):
            break
        subject += word
    return subject if len(subject) > 1 else ""


def turned(case: Case) -> str:
    """Whether "A does to B" has become "B does to A", or "A is more than B" has become "B is more than A"."""
    evidence = case.grounds.said
    told = re.split(r"[。！？；\n]", evidence.folded)
    for clause in case.claim.clauses:
        said = _order(clause.folded)
        for other in told:
            stated = _order(other)
            common = [word for word in said if word in stated and len(word) > 1]
            if len(common) < 3 or bool(re.search("[被由受]", clause.text)) != bool(re.search("[被由受]", other)):
                continue
            flags = dict(clause.tagged)
            for a, verb, b in itertools.combinations(sorted(common, key=lambda word: said[word]), 3):
                if stated[b] < stated[verb] < stated[a] and flags.get(verb, "")[:1] == "v" and flags.get(a, "")[:1] == flags.get(b, "")[:1] == "n":
                    return clause.text
    compared = _compared(evidence)
    return next((a for a, b in _compared(case.claim) for better, worse in compared if _likelier(a, worse, better) and _likelier(b, better, worse)), "")


def _likelier(one: str, other: str, than: str) -> bool:
    return len(pairs(one) & pairs(other)) > len(pairs(one) & pairs(than))


def _compared(text: Text) -> list[tuple[str, str]]:
    """Return what is said to be more, and than what, of every comparison: A比B更…, 与B相比，A更…."""
    return [(match["a1"] or match["a2"] or match["a3"], match["b1"] or match["b2"] or match["b3"]) for match in _COMPARED.finditer(text.folded)]


@lru_cache(maxsize=512)
def _order(folded: str) -> dict[str, int]:
    """Return the places of the words that occur once."""
    listed = segmented(folded)
    return {word: i for i, word in enumerate(listed) if listed.count(word) == 1 and word not in FUNCTION_WORDS and not any(char.isdigit() for char in word)}


# --- of a question's premise ---


def by_nobody_known(case: Case) -> str:
    """Somebody who is said to have done what the evidence gives to others."""
    said = case.grounds.said.folded
    for match in _AGENT.finditer(case.asked):
        name, act = match.groups()
        if not _NO_AGENT.search(name) and name not in said and (act in said or (act in "控股出资承建开发" and _OWNED.search(said))):
            return name
    return ""


def other_firm(case: Case) -> str:
    """A well-known firm, where the evidence names others."""
    said = case.grounds.said.folded
    firms = firms_named(case.asked) if case.explains else ()
    others = firms_named(said) + tuple(_FIRM.findall(said)) if firms else ()
    return next((firm for firm in firms if firm not in others and firm not in said), "") if others else ""


def from_the_other(case: Case) -> str:
    """甲从乙衍生而来 where 乙 came from 甲; 出自甲 where it came from 乙."""
    question, told = case.question.asked, case.grounds.pieces
    for pattern in _BECOMES:
        match = pattern.search(question)
        if match is None:
            continue
        for piece in told:
            for other in (found for form in _BECOMES for found in form.finditer(piece.folded)):
                if _alike(match["of"], other["to"]) and _alike(match["to"], other["of"]) and not _alike(match["of"], match["to"]):
                    return match.group()
    return _other_origin(case)


def _other_origin(case: Case) -> str:
    question = case.question.asked
    origin = _ORIGIN.search(question)
    if origin is None or re.search(r"哪|谁|什么|何", origin["of"]):
        return ""
    quoted = [fold(entity.name) for entity in case.question.entities if entity.kind == "quoted"]
    thing = quoted or [word for word in segmented(question[: origin.start()])[-3:] if len(word) > 1 and word not in FUNCTION_WORDS]
    for piece in case.grounds.pieces:
        for other in _ORIGIN.finditer(piece.folded):
            if origin["of"] not in piece.folded and not _alike(origin["of"], other["of"]) and thing and all(name in piece.folded for name in thing):
                return origin.group()
    return ""


def _alike(one: str, other: str) -> bool:
    return one in other or other in one


def by_others(case: Case) -> str:
    """由甲控股 where 由乙控股 is said, and 甲 is nowhere said to have done it."""
    question, told, around = case.question.asked, case.grounds.pieces, case.grounds.around.folded
    match = _BY.search(question)
    if match is None or _NOBODY.search(match["name"]) or not (case.presumes or re.search(r"[，,]", question[match.end() :])):
        return ""
    name, act = match["name"], match["act"]
    group = next(group for group in _ACTS if act in group)
    acts = "|".join(group)
    # To hold a company or own all of it is more than to have put money into it.
    whole = act in ("控股", "独资")
    if re.search(rf"{re.escape(name)}[^，。；]{{0,10}}(?:{act if whole else acts})", around) or (not whole and any(_done_by(name, piece.folded, acts) for piece in told)):
        return ""
    claim = f"{question[: match.start()]} {re.split(r'[，,。？?]', question[match.end() :])[0]}"
    about = tuple(word for word in topic(claim) if word not in name)
    for piece in told:
        if not about or share(about, piece.setting.folded) < _SAME:
            continue
        said = [other for other in _BY_SAID.finditer(piece.folded) if other["act"] in group]
        if any(name in other["name"] for other in said):
            continue
        # Another is named, or the deed is told of the same thing without this name anywhere.
        if any(other["act"] == act for other in said) or (name not in around and re.search(acts, piece.folded) and share(about, piece.folded) >= _LIKE):
            return name
    return ""


def _done_by(name: str, sentence: str, acts: str) -> bool:
    return name in sentence and re.search(acts, sentence) is not None
