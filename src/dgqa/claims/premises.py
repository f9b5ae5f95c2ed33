"""A question and the evidence for it in; the statement that the question takes for granted and the evidence contradicts out.

Only plain contradictions are seen: another number of the same kind and thing, another year where a question asks for the
reason, a denial, an end that the evidence knows nothing of, or a deed that it gives to others. A question that asks for a value takes nothing for granted about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.language.names import firms_named
from dgqa.language.text import CJK, FUNCTION_WORDS, detect_script, fold, words
from dgqa.language.values import Amount, Date, stands_for, values
from dgqa.question.parsing import Slots

_HAN = f"[{CJK}]"
# What asks for a reason, a way or an effect takes the rest of the question for granted.
_EXPLAINS = re.compile(
    r"为什么|为何|为啥|怎么会|怎么(?:做到|算|样|办到|证明|论证)|怎样(?:做到|算|论证|证明|实现)|如何(?:做到|论证|证明|实现|评价)|原因|凭什么|缘故|理由|是什么(?:推动|促成|导致|造成|让)|难在哪|考虑|效果|影响|受了?谁"
    r"|^(?:now that|since|given that)\b|\bwhy\b|\bhow (?:did|does|was|were|come|could|has|have)\b(?! (?:many|much))|\bwhat (?:made|caused|led|explains)",
    re.IGNORECASE,
)
_PRONOUNCES = re.compile(r"[才就仅只竟]|已经|早已|居然|\bonly\b|\balready\b|\bnot until\b", re.IGNORECASE)
# "七家企业", "第50位": a number with its unit and the word behind it.
_COUNTED = re.compile(rf"(?<![哪几第、另某这那每同上下])(\d+|[一二三四五六七八九十两百]+)(家|个|項|项|位|种|類|类|条|份|大|座|省|步|次|幅|道|重|名|期|级)([{CJK}]{{0,4}})")
_ENUMERATED = re.compile(rf"{_HAN}(?:、|和|与|及|以及|跟)(?:(?![，,。；])[^？?]){{1,20}}[”」\"]?的?(?:这|那)?$")
_EVERY = re.compile(r"\ball (?:of the |the )?(\d+)\b|(?:全部|所有|全体)(?:的)?(\d+)|(\d+)[家个项名位][^，。？?]{0,10}(?:全都|全部|都已?经?|均已?)")
# "只有两千家" says how few where there are many more.
_FEW = re.compile(rf"(?:只|仅|才|不过|不到)(?:有|剩|建|接|办|设)?了?(?P<number>[一二两三四五六七八九十百千万亿\d.]+)(?P<unit>{_HAN})")
_RANK = re.compile(r"第\s?(\d+|[一二三四五六七八九十百]+)\s?(?:位|名)|\branked? (\d+)|\b(\d+)(?:st|nd|rd|th)\b")
# "2007年提出，是在什么场合？": a statement with a verb, then a question about it.
_STATES = re.compile(r"(?:举办|举行|召开|提出|上线|列出|发布|印发|出台|启动|开通|成立|达到|升到|升至|跌到|降到|减少|增长|增加|推出|建成|施行|获批|规定|设立|出资)[^，,？?]{0,12}[，,]")
_YEARS = re.compile(r"(?<![\d第])(\d{1,2}|[一二三四五六七八九十两]{1,3})年(?![代月来底初度级])(?=[^\d])")
_LISTING = re.compile(r"哪|什么|分别|请|说出|举出|which|what|list|name the", re.IGNORECASE)
_DENIES = re.compile(r"算不上|谈不上|称不上|并非|并不是|不等于|不能算|从未|绝不|不是[^。；]{1,30}而是|既不[^。；]{1,20}也不|不再是|无法取代|不可取代|并没有|而非")
_DENIES_OUTRIGHT = re.compile(r"算不上|谈不上|称不上|并非|并不是|绝不|不是[^。；]{1,30}而是|既不[^。；]{1,20}也不")
_OPINION = re.compile(r"\bwhy (?:do|does|did)\b.*\b(?:say|treat|regard|consider|think|claim|describe|see|argue|call|hold|believe|view|insist)\b", re.IGNORECASE)
_NEGATED = re.compile(r"不|没|无法|难|非|\bnot?\b|n't\b|\bnever\b|\bwithout\b", re.IGNORECASE)
# "称为什么？" asks for a name.
_AS_WHAT = re.compile(r"(?<![是因，,、\s])为什么(?=[？?。！]?\s*$)")
# What takes for granted that something came to an end or went wrong; and all that evidence could say of such an end.
_ENDED = re.compile(
    r"(?:为什么|为何|为啥|怎么会|原因|怎么就)[^。？?]{0,16}?(停掉|停用|停办|停建|叫停|停止|取消|废除|废止|放弃|失败|关闭|关停|撤销|撤掉|禁止|退出|终止|下线|解散|禁用)"
    r"|\b(?:why (?:did|does|was|were|has|have|is|are)|now that|given that)\b.*\b(stop(?:ped)?|abandon(?:ed)?|cancel(?:l?ed)?|scrap(?:ped)?|abolish(?:ed)?|shut|banned?|ban|withdr[ae]wn?|discontinued?|dissolved?|revoked?|repealed?|prohibit(?:ed)?)\b"
)
_ENDS = re.compile(r"停|取消|废|弃|败|关闭|关停|撤|禁|退出|终止|下线|解散|取代|代替|拒|不再|不足|难|困|未能|障碍|缺|不|限制|约束")
# "是甲最早提出的，…", "由甲控股的": who is said to have done what.
_AGENT = re.compile(rf"(?:是|由)([{CJK}]{{2,6}}?)(?:最早|最先|首先|率先|首次|一手|牵头|独家|单独)?(提出|控股|创立|创办|发起|出资|开发|承建|研发|制定|发布)(?:的|了)?[^。]{{0,6}}[，,]")
_FIRM = re.compile(rf"{_HAN}{{2,12}}(?:有限公司|集团|\(集团\)有限公司|股份公司)")
_OWNED = re.compile(r"控股|国有|国资|出资|组建|设立|承担|承建|开发|建设")
_PRESUMED = re.compile(r"(?:为什么|为何|为啥|怎么)[^，。？?要应该]{0,4}?(?:会|能|可以|已经|已|说)[^，。？?]{0,8}")
_NO_AGENT = re.compile(r"谁|哪|什么|多少|几|何|[的了在和与]|我国|国家|政府|中国|它|他|她|这|那")
_LIKE = 0.2  # share of a question's bigrams that a denying sentence must have


def contradicted(slots: Slots, sentences: Sequence[str]) -> str:
    """Return what the question takes for granted and its evidence contradicts, as the question says it; "" for nothing.

    Args:
        slots: What the question names and wants.
        sentences: The evidence, the best first or in reading order.
    """
    question = fold(slots.question).replace("甚么", "什么")
    question = _AS_WHAT.sub("为何物", question) if _AS_WHAT.search(question) else question
    explains = bool(_EXPLAINS.search(question.replace("为何物", "")) or _STATES.search(question))
    evidence = "\n".join(sentences)
    return (
        _number(slots, question, evidence, explains)
        or _year(slots, question, evidence, explains)
        or _denial(question, sentences, explains)
        or _ending(question, evidence)
        or _agent(question, evidence, explains)
    )


def _ending(question: str, evidence: str) -> str:
    """An end that the question explains and that nothing in the evidence speaks of."""
    match = _ENDED.search(question)
    return (match[1] or match[2]) if match and evidence and not _ENDS.search(fold(evidence)) else ""


def _agent(question: str, evidence: str, explains: bool) -> str:
    """Somebody who is said to have done what the evidence gives to others."""
    said = fold(evidence)
    for match in _AGENT.finditer(question):
        name, act = match.groups()
        if not _NO_AGENT.search(name) and name not in said and (act in said or (act in "控股出资承建开发" and _OWNED.search(said))):
            return name
    firms = firms_named(question)
    others = firms_named(said)
    others += tuple(_FIRM.findall(said)) if firms else ()
    return next((firm for firm in firms if firm not in others and firm not in said), "") if explains and others else ""


def _number(slots: Slots, question: str, evidence: str, explains: bool) -> str:
    stated = [value for value in values(evidence) if isinstance(value, Amount)]
    for amount in (value for value in values(slots.question) if isinstance(value, Amount)):
        if any(stands_for(amount, value) for value in stated) or fold(amount.surface) in fold(evidence):
            continue
        if amount.kind == "ratio" and any(value.kind == "ratio" for value in stated):
            return amount.surface
    said = fold(evidence)
    for match in _RANK.finditer(question):
        if not _same(match.group(), said) and _RANK.search(said) and (explains or not slots.wants):
            return match.group()
    if slots.wants and not explains:
        return ""
    for match in _COUNTED.finditer(question):
        if _LISTING.search(question[max(match.start() - 4, 0) : match.start()]):
            continue
        number, unit, noun = match.groups()
        # "甲和乙两种模式" names two of them, however many there are.
        if _ENUMERATED.search(question[: match.start()]):
            continue
        others = [other for other in _COUNTED.finditer(said) if other[2] == unit and noun[:2] and other[3].startswith(noun[:2])]
        # "三点" before a list of three: what counts the items of an answer is not disputed.
        if others and not any(_value(other[1]) == _value(number) for other in others) and not re.search(rf"(?<!第){number}(?:家|个|项|位|种|类|条|大|方面|点){noun[:2] if number == '一' else ''}", said):
            return match.group(1) + unit + noun[:2]
    if explains:
        for match in _YEARS.finditer(question):
            spans = _YEARS.findall(said)
            if spans and not any(_value(span) == _value(match[1]) for span in spans):
                return match.group()
    if explains and detect_script(slots.question) == "Latn":
        for match in re.finditer(r"\b(?:only|just|all|as many as) (\d[\d,]*)\b", question):
            if match[1] not in said and re.search(r"\d", said):
                return match[1]
    if explains and (every := _EVERY.search(question)):
        # 至少有56家，其中15家…: not all of them.
        whole = next(number for number in every.groups() if number)
        part = re.search(rf"(?<!\d){whole}(?!\d)[^。]{{0,16}}其中(?:有)?(\d+)", said)
        if part and part[1] != whole:
            return every.group()
    if explains:
        for match in _FEW.finditer(question):
            few = _value(match["number"])
            told = [_value(number) for number in re.findall(rf"([\d.]+[万亿]?|[一二两三四五六七八九十百千万亿]+)[余多]?个?{match['unit']}", said)]
            if few >= 0 and told and few not in told and max(told) > few:
                return match["number"] + match["unit"]
        for amount in slots.numbers:
            same_unit = re.search(rf"{re.escape(fold(amount.surface))}\s?([{CJK}])", question)
            if fold(amount.surface) in said or any(stands_for(amount, value) for value in stated) or same_unit is None:
                continue
            if re.search(rf"[\d万亿]\s?[余多]?{same_unit[1]}", said):
                return amount.surface + same_unit[1]
    return ""


def _same(rank: str, evidence: str) -> bool:
    wanted = [value for value in values(rank) if isinstance(value, Amount)]
    found = [value for match in _RANK.finditer(evidence) for value in values(match.group()) if isinstance(value, Amount)]
    return any(stands_for(a, b) for a in wanted for b in found)


def _value(number: str) -> int:
    return next((int(value.value) for value in values(number.replace("两", "二")) if isinstance(value, Amount)), -1)


def _year(slots: Slots, question: str, evidence: str, explains: bool) -> str:
    """Another year in the evidence, where the question explains or stresses its own instead of asking for a value."""
    if not slots.dates or slots.wants or not (explains or _PRONOUNCES.search(question)):
        return ""
    stated = values(evidence)
    years = [value for value in stated if isinstance(value, Date) and value.year]
    for date in slots.dates:
        if not any(stands_for(Date(date.year, None, None, ""), value) for value in stated) and years:
            return date.surface
    return ""


def _denial(question: str, sentences: Sequence[str], explains: bool) -> str:
    """A sentence about the same that denies it; only against a question that says nothing negative itself."""
    if not explains or _NEGATED.search(re.sub(r"为什么|不同|不少|不断", "", question)):
        return ""
    if detect_script(question) == "Latn":
        # What an author is said to hold, and the best evidence denies; its words can't be compared across languages.
        denied_outright = _DENIES_OUTRIGHT.search(fold(sentences[0])) if sentences and _OPINION.search(question) else None
        return denied_outright.group() if denied_outright else ""
    said = (word for match in _PRESUMED.finditer(question) for word in words(match.group()))
    # The last of the denied words is named, the verb behind its adverb; a set would name either.
    presumed = dict.fromkeys(word for word in said if len(word) > 1 and word not in FUNCTION_WORDS and not _EXPLAINS.search(word))
    asked = {question[i : i + 2] for i in range(len(question) - 1) if question[i : i + 2].isalnum()}
    for sentence in sentences:
        folded = fold(sentence)
        for denied in _DENIES.finditer(folded):
            if asked and sum(pair in folded for pair in asked) / len(asked) >= _LIKE and _about(folded, denied, asked):
                return denied.group()
        for word in reversed(presumed):
            if re.search(rf"(?:不|并未|没有|从未|未)(?:会|能|可|互相|相互|再|应|得|是)*{word}", folded):
                return word
    return ""


def _about(sentence: str, denied: re.Match[str], asked: set[str]) -> bool:
    """Whether what is denied, in the clause behind the denial or within it, is what the question speaks of."""
    clause = re.split(r"[，,。；;：:]", sentence[denied.end() :])[0]
    what = denied.group() + clause
    return any(pair in what for pair in asked)
