"""Rules on yes and no, up and down: what is denied of what the evidence states, or the other way round."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dgqa.claims.claim import Case, asks_why, share
from dgqa.data import Pattern, expression, table
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, pairs, segmented

_NO_NEGATION = Pattern("claims/polarity", "no_negation")
_NEGATION = re.compile(r"[不未没無无勿]|并非|绝非|而非|从来没|(?<=[亦决实])非|难以|拒绝|禁止|避免")
_NEGATION_ENGLISH = Pattern("claims/polarity", "negation_english")
_NO_NEGATION_ENGLISH = re.compile(r"\bnot only\b|\bno (?:later|earlier|less|fewer|more) than\b|\bwithout doubt\b|\bno doubt\b", re.IGNORECASE)
_ALIGNED = 0.34  # share of a clause's bigrams from which it says the same thing as another
_DENIED = 0.5  # share of a denied clause that a sentence must repeat to state it
_DENIED_WORDS = 0.75  # the same by its words
_NEAR = 0.1  # how near a second clause must come to the best to count as well
# What English renders by a negation: 缺乏, 停止, 例外.
_LACKS = re.compile(r"缺|少|停|例外|难|弱|反对|除|差|空白|脱节|割裂|孤岛|失")
_STOPPED = re.compile(r"尚未|没有|并非|[不未没非也已经還还仍]")
_UNTOLD = ("任何", "得", "要求")
_DENIES = re.compile(r"算不上|谈不上|称不上|并非|并不是|不等于|不能算|从未|绝不|不是[^。；]{1,30}而是|既不[^。；]{1,20}也不|不再是|无法取代|不可取代|并没有|而非")
_DENIES_OUTRIGHT = re.compile(r"算不上|谈不上|称不上|并非|并不是|绝不|不是[^。；]{1,30}而是|既不[^。；]{1,20}也不")
_OPINION = Pattern("claims/polarity", "opinion")
_NEGATED = re.compile(r"不|没|无法|难|非|\bnot?\b|n't\b|\bnever\b|\bwithout\b", re.IGNORECASE)
_ENDED = Pattern("claims/polarity", "ended")
_ENDS = re.compile(r"停|取消|废|弃|败|关闭|关停|撤|禁|退出|终止|下线|解散|取代|代替|拒|不再|不足|难|困|未能|障碍|缺|不|限制|约束")
_PRESUMED = re.compile(r"(?:为什么|为何|为啥|怎么)[^，。？?要应该]{0,4}?(?:会|能|可以|已经|已|说)[^，。？?]{0,8}")
_LIKE = 0.2  # share of a question's bigrams that a denying sentence must have
_SAME = 0.6  # share of a question's own words that a sentence on the very same thing has
_SURE = 0.4  # likelihood from which a piece of evidence is taken to be on what an English question asks
_NOT = Pattern("claims/polarity", "not")
_OUGHT = re.compile(r"不(?:能|应|可|宜|要|该|得|必|用|会|是|同|足|少|断|仅|但|只|管|论|过)|没(?:有)?必要")
_NO = re.compile(r"[不未没无非难缺禁拒停]|尚待|有待|并非")
_UP = Pattern("claims/polarity", "up")
_DOWN = Pattern("claims/polarity", "down")
_CLAUSE = re.compile(r"[，,；;。！？!?\n]|：(?=[^“《]{0,3}$)")
_TOWARDS = re.compile(r"\b(?:to|should|could|would|can|help\w*|aim\w*)\s+$|(?:要|应|需|想|来|以|去|进一步|着力)[^，。？?]{0,3}$")


def up(text: str) -> bool:
    """Whether a folded text speaks of a rise."""
    return _UP.search(text) is not None


def down(text: str) -> bool:
    """Whether a folded text speaks of a fall."""
    return _DOWN.search(text) is not None


def contradicts(case: Case) -> str:
    """Whether a clause denies what the evidence states, or states what it denies or the opposite of."""
    told = [clause for piece in case.grounds.pieces for clause in piece.main_clauses]
    for clause in case.claim.main_clauses:
        wanted = _said(clause)
        if len(wanted) < 2:
            continue
        aligned = sorted(((len(wanted & _said(other)) / len(wanted), other) for other in told), key=lambda pair: -pair[0])
        if not aligned or aligned[0][0] < _ALIGNED:
            continue
        likely = [other for like, other in aligned if like >= max(_ALIGNED, aligned[0][0] - _NEAR)]
        if not any(negated(clause) == negated(other) and not _opposed(clause, other) for other in likely):
            return clause.text
    return _stated_as_denied(case.claim, told)


def _stated_as_denied(sentence: Text, told: Iterable[Text]) -> str:
    """What the evidence denies, and the sentence says without any negation, in a clause however long."""
    if _NEGATION.search(_NO_NEGATION.sub("", sentence.folded)):
        return ""
    for clause in filter(negated, told):
        denied = _said(clause)
        if len(denied) >= 3 and len(denied & _said(sentence)) / len(denied) >= _DENIED:
            return clause.text
        has = [word for word in segmented(_bare(clause)) if word not in FUNCTION_WORDS and word not in _UNTOLD]
        if len(has) >= 3 and sum(word in sentence.folded for word in has) / len(has) >= _DENIED_WORDS:
            return clause.text
    return ""


def contradicts_across(case: Case) -> str:
    """The same of an English sentence and Chinese evidence, whose clauses can't be compared by their words."""
    sentence, evidence = case.claim, case.grounds.said
    if negated(sentence, english=True):
        # "does not allow" is 不得: which side an opposite is on can't be told beside a negation.
        denied = negated(evidence) or any(negated(clause) for clause in evidence.main_clauses) or _LACKS.search(evidence.text)
        return "" if denied else sentence.text
    # The sentence may render a clause without a negation; then another one must be there.
    if negated(evidence) and not any(not negated(clause) and len(clause.bigrams) >= 6 for clause in evidence.main_clauses):
        return sentence.text
    return sentence.text if _opposed(sentence, evidence) else ""


@functools.cache
def _opposites() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((expression(pair["one"]), expression(pair["other"])) for pair in table("claims/polarity")["opposites"])


def _opposed(one: Text, other: Text) -> bool:
    a, b = one.folded, other.folded
    for up, down in _opposites():
        if (up.search(a) and not down.search(a) and down.search(b) and not up.search(b)) or (down.search(a) and not up.search(a) and up.search(b) and not down.search(b)):
            return True
    return False


@functools.lru_cache(maxsize=1024)
def negated(clause: Text, *, english: bool = False) -> bool:
    """Whether a clause is negated; two negations make none."""
    if english:
        return len(_NEGATION_ENGLISH.findall(_NO_NEGATION_ENGLISH.sub("", clause.text))) % 2 == 1
    return len(_NEGATION.findall(_NO_NEGATION.sub("", clause.folded))) % 2 == 1


def _bare(clause: Text) -> str:
    """Return a folded clause without what denies or dates it."""
    return _STOPPED.sub("", clause.folded)


@functools.lru_cache(maxsize=1024)
def _said(clause: Text) -> frozenset[str]:
    """Return the bigrams of a clause without what denies or dates it."""
    return frozenset(pairs(_bare(clause)))


# --- of a question's premise ---


def denied(case: Case) -> str:
    """A sentence about the same that denies it; only against a question that says nothing negative itself."""
    question = case.asked
    if not case.explains or _NEGATED.search(re.sub(r"为什么|不同|不少|不断", "", question)):
        return ""
    said = (word for match in _PRESUMED.finditer(question) for word in segmented(match.group()))
    # The last of the denied words is named, the verb behind its adverb; a set would name either.
    presumed = dict.fromkeys(word for word in said if len(word) > 1 and word not in FUNCTION_WORDS and not asks_why(word))
    asked = {question[i : i + 2] for i in range(len(question) - 1) if question[i : i + 2].isalnum()}
    for piece in case.grounds.pieces:
        folded = piece.folded
        for denial in _DENIES.finditer(folded):
            if asked and sum(pair in folded for pair in asked) / len(asked) >= _LIKE and _about(folded, denial, asked):
                return denial.group()
        for word in reversed(presumed):
            if re.search(rf"(?:不|并未|没有|从未|未)(?:会|能|可|互相|相互|再|应|得|是)*{word}", folded):
                return word
    return ""


def denied_outright(case: Case) -> str:
    """What an author is said to hold, and the best evidence denies; its words can't be compared across languages."""
    if not case.explains or not case.grounds.pieces or _NEGATED.search(re.sub(r"为什么|不同|不少|不断", "", case.asked)) or not _OPINION.search(case.asked):
        return ""
    found = _DENIES_OUTRIGHT.search(case.grounds.pieces[0].folded)
    return found.group() if found else ""


def _about(sentence: str, denial: re.Match[str], asked: set[str]) -> bool:
    """Whether what is denied, in the clause behind the denial or within it, is what the question speaks of."""
    what = denial.group() + re.split(r"[，,。；;：:]", sentence[denial.end() :])[0]
    return any(pair in what for pair in asked)


def ended(case: Case) -> str:
    """An end that the question explains and that nothing in the evidence speaks of."""
    match = _ENDED.search(case.asked)
    said = case.grounds.said
    return (match[1] or match[2]) if match and said.text and not _ENDS.search(said.folded) else ""


def undone(case: Case) -> str:
    """为什么甲没有建成乙？ where 甲 did."""
    question = case.question.asked
    match = _NOT.search(question)
    if not case.presumes or match is None or _OUGHT.search(question):
        return ""
    deed = re.split(r"[，,。？?！!；;]", question[match.end() :])[0]
    done = [word for word in segmented(re.sub(r"[的了呢吗吧到]", " ", deed)) if word not in FUNCTION_WORDS]
    if not done or sum(map(len, done)) < 2:
        return ""
    for piece in case.grounds.pieces:
        setting = piece.setting.folded
        if share(case.topic, f"{piece.folded} {setting.splitlines()[-1] if setting else ''}") < _SAME:
            continue
        for clause in _CLAUSE.split(piece.folded):
            if all(word in clause for word in done) and not _NO.search(clause.replace("无障碍", "").replace("不断", "")):
                return match.group() + deed
    return ""


def turned_round(case: Case) -> str:
    """为什么甲增加了？ where it fell."""
    question = case.question.asked
    up, down = _UP.search(question), _DOWN.search(question)
    said = up or down
    if not case.presumes or said is None or (up and down) or _TOWARDS.search(question[: said.start()]):
        return ""
    same, other = (_UP, _DOWN) if up else (_DOWN, _UP)
    if case.claim.english:
        # The best piece is on the same thing where it is likely, and it speaks of one movement alone.
        found = any(piece.confidence >= _SURE and other.search(piece.folded) and not same.search(piece.folded) for piece in case.grounds.pieces)
        return said.group() if found else ""
    about = tuple(word for word in case.topic if not _UP.fullmatch(word) and not _DOWN.fullmatch(word))
    noun = next((word for word in reversed(segmented(question[: said.start()])) if len(word) > 1 and word in about and not re.search(r"[年月日]|比", word)), "")
    what = next((word for word in segmented(question[said.end() : said.end() + 12]) if len(word) > 1 and word in about), "")
    for piece in case.grounds.pieces if len(about) > 1 else ():
        text = piece.folded
        if share(about, text) < _SAME:
            continue
        if (_went(text, noun, other) and not _went(text, noun, same)) or (what and _went(text, what, other) and not _went(text, what, same)):
            return said.group()
    return ""


def _went(sentence: str, noun: str, way: Pattern) -> bool:
    """Whether the clause with a noun, or the next one that tells a direction, tells this one; any clause where there is no noun."""
    clauses = _CLAUSE.split(sentence)
    first = next((place for place, clause in enumerate(clauses) if noun in clause), None)
    if first is None:
        return False
    if not noun:
        return way.search(sentence) is not None
    told = next((clause for clause in clauses[first:] if _UP.search(clause) or _DOWN.search(clause)), "")
    return way.search(told) is not None
