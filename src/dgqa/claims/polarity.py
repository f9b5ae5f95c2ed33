"""A sentence and its evidence in; whether one says yes where the other says no, up where it says down, all where it says some, out."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from dgqa.language.text import FUNCTION_WORDS, bigrams, fold, words

# What holds a negating character without negating, taken out before one looks.
_NO_NEGATION = re.compile(
    r"不仅|不但|不光|不只|不断|不同|不少|不久|不管|不论|不得不|不可或缺|不可分割|不失为|不外乎|无不|无非|无论|无疑|不愧|毫不|"
    r"非常|除非|莫非|未来|未必不|不约而同|不妨|不免|无人机|无线|无形|无障碍|不动产|非物质|非政府|非营利|非税|不见面|不打烊|无纸|不一|"
    r"是否|能否|可否|有没有|不过|差不多|了不起|不惜|不容|不可不|不能不|不懈|不等|不限于"
)
_NEGATION = re.compile(r"[不未没無无勿]|并非|绝非|而非|从来没|(?<=[亦决实])非|难以|拒绝|禁止|避免")
_NEGATION_ENGLISH = re.compile(
    r"\b(?:not|no|never|without|neither|nor|cannot|none|nobody|nothing|lacks?|lacking|fails?|failed|forbid\w*|prohibit\w*|ban(?:s|ned)?|refus\w+|unable|barred|lack of)\b|n['’]t\b", re.IGNORECASE
)
_NO_NEGATION_ENGLISH = re.compile(r"\bnot only\b|\bno (?:later|earlier|less|fewer|more) than\b|\bwithout doubt\b|\bno doubt\b", re.IGNORECASE)

# Opposites in both languages; a sentence with one side and evidence with only the other contradict each other.
_OPPOSITES = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE))
    for one, other in (
        (
            r"提高|提升|上升|增加|增长|成长|升至|升到|扩大(?!应用)|加快|上涨|增多|\b(?:ris(?:e|es|en|ing)|rose|increas\w+|grow(?:s|n|th)?|grew|higher)\b",
            r"下降|降低|减少|缩短|缩小|降至|降到|下滑|下跌|减缓|放慢|萎缩|\b(?:f[ae]ll(?:s|en|ing)?|decreas\w+|declin\w+|drop(?:s|ped)?|reduc\w+|shr[iau]nk\w*|shorten\w*|cut|lower(?:ed)?)\b",
        ),
        (r"超过|超出|多于|高于|突破|以上|\b(?:more than|over|above|exceed\w*)\b", r"不足|不到|少于|低于|未达|以下|\b(?:less than|fewer than|under|below)\b"),
        (r"允许|鼓励|支持|赞成|强调|倡导|主张|\b(?:allow\w*|permit\w*|encourag\w+|support\w*|may|emphasi[sz]\w+)\b", r"禁止|反对|不得|不准|不许|阻止|\b(?:forbid\w*|prohibit\w*|oppos\w+|reject\w*|must not|may not)\b"),
        (r"必须|应当|强制|\b(?:must|mandatory|compulsory|obliged)\b", r"自愿|自主选择|无需|不必|\b(?:voluntary|voluntarily|optional|need not)\b"),
        (r"集中|统一(?!标准)|\bcentrali[sz]\w+\b", r"分散|各自为政|\bdecentrali[sz]\w+\b"),
        (r"优于|领先|先进|\b(?:ahead|leading|better)\b", r"落后|滞后|劣于|\b(?:behind|lagging|worse)\b"),
        (r"成功|\bsucce(?:ss|ed)\w*\b", r"失败|\bfail\w*\b"),
        (r"首次|最早|第一[个部次]|首个|率先|\bfirst\b", r"最晚|最后一个|末位|\blast\b"),
        (r"最高|最多|最大|\b(?:highest|most|largest)\b", r"最低|最少|最小|\b(?:lowest|least|smallest)\b"),
        (r"重视|看重|\b(?:stress\w*|valu(?:es|ed))\b", r"轻视|忽视|看轻|忽略|\b(?:neglect\w*|ignor\w+)\b"),
        (r"公开|开放|\b(?:public|open)\b", r"保密|封闭|\b(?:secret|confidential|closed)\b"),
        (r"已经|已(?=[接建完实开])|\balready\b", r"尚未|还没有|仍未|\bnot yet\b"),
        (r"成立|设立|建立|设置|组建|\b(?:set(?:s|ting)? up|establish\w*|found(?:s|ed)|creat\w+)\b", r"撤销|取消|废除|解散|撤并|\b(?:abolish\w*|dissolv\w+|scrap\w*|disband\w*)\b"),
        (r"免费|\bfree of charge\b", r"收费|付费|\bcharg(?:e[sd]?|ing) (?:a )?fee"),
    )
)
_CLAUSE = re.compile(r"[，,；;。！？!?：:\n]|\.\s")
_ALL = re.compile(r"所有|全部|全体|一律|一切|每一?[个項项座家县縣省市]|\b(?:all|every|entire|each)\b(?! (?:day|year|week|month|over|kinds?|sorts?|other))", re.IGNORECASE)
_ALL_STATED = re.compile(r"所有|全[部体體面]|一律|一切|每|各|均|都|普遍|皆|任何|\b(?:all|every|entire|each|any)\b", re.IGNORECASE)
_ONLY = re.compile(r"只有|仅有|唯一|仅仅|\b(?:only(?! an? few\b| few\b)|solely|sole)\b", re.IGNORECASE)
_ONLY_STATED = re.compile(r"只|仅|唯|才|单|独|\b(?:only|sole)", re.IGNORECASE)

_ALIGNED = 0.34  # share of a clause's bigrams from which it says the same thing as another
_DENIED = 0.5  # share of a denied clause that a sentence must repeat to state it
_DENIED_WORDS = 0.75  # the same by its words
_NEAR = 0.1  # how near a second clause must come to the best to count as well


def contradicts(sentence: str, evidence: Sequence[str], *, english: bool) -> bool:
    """Whether a clause denies what the evidence states, or states what it denies or the opposite of."""
    if english:
        return _contradicts_across(sentence, evidence)
    stated = [clause for text in evidence for clause in _clauses(text)]
    for clause in _clauses(sentence):
        wanted = bigrams(_bare(clause))
        if len(wanted) < 2:
            continue
        aligned = sorted(((len(wanted & bigrams(_bare(other))) / len(wanted), other) for other in stated), key=lambda pair: -pair[0])
        if not aligned or aligned[0][0] < _ALIGNED:
            continue
        likely = [other for score, other in aligned if score >= max(_ALIGNED, aligned[0][0] - _NEAR)]
        if not any(negated(clause) == negated(other) and not _opposed(clause, other) for other in likely):
            return True
    # What the evidence denies, and the sentence says without any negation, in a clause however long.
    if _NEGATION.search(_NO_NEGATION.sub("", fold(sentence))):
        return False
    said = fold(sentence)
    for clause in stated:
        if negated(clause):
            pairs, has = bigrams(_bare(clause)), [word for word in words(_bare(clause)) if word not in FUNCTION_WORDS and word not in ("任何", "得", "要求")]
            if len(pairs) >= 3 and len(pairs & bigrams(_bare(sentence))) / len(pairs) >= _DENIED:
                return True
            if len(has) >= 3 and sum(word in said for word in has) / len(has) >= _DENIED_WORDS:
                return True
    return False


def _contradicts_across(sentence: str, evidence: Sequence[str]) -> bool:
    whole = "\n".join(evidence)
    said = negated(sentence, english=True)
    if said:
        # "does not allow" is 不得: which side an opposite is on can't be told beside a negation.
        return not negated(whole) and not any(negated(clause) for clause in _clauses(whole)) and not _opposed_words(whole)
    # The sentence may render a clause without a negation; then another one must be there.
    if negated(whole) and not any(not negated(clause) and len(bigrams(clause)) >= 6 for clause in _clauses(whole)):
        return True
    return _opposed(fold(sentence), fold(whole))


def _opposed_words(text: str) -> bool:
    """Whether Chinese text has a word that English renders by a negation: 缺乏, 停止, 例外."""
    return re.search(r"缺|少|停|例外|难|弱|反对|除|差|空白|脱节|割裂|孤岛|失", text) is not None


def _opposed(one: str, other: str) -> bool:
    a, b = fold(one), fold(other)
    for up, down in _OPPOSITES:
        if (up.search(a) and not down.search(a) and down.search(b) and not up.search(b)) or (down.search(a) and not up.search(a) and up.search(b) and not down.search(b)):
            return True
    return False


@functools.lru_cache(maxsize=1024)
def negated(clause: str, *, english: bool = False) -> bool:
    """Whether a clause is negated; two negations make none."""
    if english:
        return len(_NEGATION_ENGLISH.findall(_NO_NEGATION_ENGLISH.sub("", clause))) % 2 == 1
    return len(_NEGATION.findall(_NO_NEGATION.sub("", fold(clause)))) % 2 == 1


def _bare(clause: str) -> str:
    return re.sub(r"尚未|没有|并非|[不未没非也已经還还仍]", "", fold(clause))


@functools.lru_cache(maxsize=1024)
def _clauses(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _CLAUSE.split(text) if part.strip())


def overstates(sentence: str, evidence: str) -> bool:
    """Whether the sentence says "all" or "only" of what the evidence does not."""
    a, b = fold(sentence), fold(evidence)
    return bool((_ALL.search(a) and not _ALL_STATED.search(b)) or (_ONLY.search(a) and not _ONLY_STATED.search(b)))
