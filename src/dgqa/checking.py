"""A sentence that a model wrote and numbered evidence in; which evidence supports it and how far, or why none does, out.

No one test can tell a true sentence from a false one, so each lie has to pass all of them: its values and names must
stand in the evidence, beside the same things as there; clause by clause it must say yes or no as the evidence does; and it
must share its words, or across languages its meaning, with it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dgqa.citations import bigrams
from dgqa.names import missing_names
from dgqa.places import places
from dgqa.polarity import contradicts, negated, overstates
from dgqa.slots import Slots
from dgqa.text import CJK, FUNCTION_WORDS, detect_script, fold, simplify, squeezed, words
from dgqa.values import Amount, Date, Token, scan, stands_for, values

if TYPE_CHECKING:
    from dgqa.embedding import Embedder

Floats = npt.NDArray[np.float32]

# Calibrated on tests/data/support_pairs.jsonl; see eval/support.py.
SHARED = 0.5  # share of a Chinese sentence's bigrams that the evidence holds
SHARED_CLAUSE = 0.3  # the same for each of its clauses
SHARED_CLOSE = 0.4  # the share that is enough for a paraphrase,
CLOSE = 0.96  # which is a sentence of this cosine with its evidence; also needed where a verb is new
CLOSE_ENGLISH = 0.81  # cosine of an English sentence with Chinese evidence or a clause of it
CLOSE_ENGLISH_VALUE = 0.785  # the same where they share a number, a date or a place
_BETTER = 0.1  # how much better other evidence must be to take the place of what the model cited
_ADDS = 0.05  # how much a further piece of evidence must add
_LED = 0.45  # share of the words before a number from which they are the same
_KNOWN_WORD = 0.5  # share of a word's bigrams by which the evidence has it
_NEAREST = 0.02  # how near in meaning to the nearest other evidence must be to take its place for an English sentence
_LEAST = 6  # letters and characters of a sentence without a number
_PAIRED = 4  # the best pieces that are tried in pairs

_CLAUSE = re.compile(r"[，,；;。！？!?：:、\n]|\.\s|(?<=\S)[—–]{1,2}")
_RELATIVE = re.compile(r"(?:比|较|相比)\s*\d{4}|than\s+(?:in\s+)?\d{4}")
_CONTRADICTED = ("negation", "pairing")
_ENGLISH_PART = re.compile(r"[,;:]\s+|\s+(?:and|but|while|whereas|although|though|because|even if|if|when)\s+")
_LISTED = re.compile(r"分别|各为|依次|respectively", re.IGNORECASE)
_COMPARED = re.compile(
    r"(?:与|和|跟|同|相较于?|较之)(?P<b1>[^，。；,]{2,20}?)(?:相比|比起来|比较|而言|,)[，,]?(?P<a1>[^，。；,]{2,20}?)(?:更|要|还)"
    r"|比起(?P<b2>[^，。；,]{2,20})[，,](?P<a2>[^，。；,]{2,20}?)(?:更|要|还)"
    r"|(?P<a3>[^，。；,]{2,20}?)比(?P<b3>[^，。；,]{2,20}?)(?:更|要|还|高|低|多|少|快|慢|重要|困难)"
)
_CJK_ONLY = re.compile(f"[{CJK}]+")
_TIME_UNITS = tuple(
    (unit, re.compile(pattern))
    for unit, pattern in (("y", r"年|years?"), ("m", r"月|months?"), ("w", r"周|星期|礼拜|weeks?"), ("d", r"天|日(?!均)|(?:working)?days?"), ("h", r"小时|hours?"), ("i", r"分钟|minutes?"), ("s", r"秒|seconds?"))
)
_CHANGE = re.compile(r"(?:从|由|自|from)\s*(?P<a>[^，,。;；]{1,18}?)\s*(?P<v>[\u4e00-\u9fff]{0,6}[到至为成]|to)\s*(?=(?P<b>\S.{0,18}))", re.IGNORECASE)

# Nouns and verbs that carry the form of an answer rather than a fact.
_ORDINARY = frozenset(
    ["文章", "作者", "方面", "情况", "内容", "结果", "原因", "目标", "措施", "做法", "例子", "过程", "部分", "程度", "数量", "时候", "期间", "时间", "同时", "以后", "之后", "以前", "之前", "其中", "当时", "此后", "此外", "以上", "以下", "之间", "左右", "方式", "办法", "这些", "那些", "问题", "答案", "证据", "材料", "认为", "指出", "提出", "表示", "强调", "提到", "包括", "包含", "涉及", "属于", "具有", "成为", "作为", "进行", "开展", "实现", "能够", "可以", "需要", "应当", "应该", "必须", "使得", "通过", "利用", "借助", "采用", "采取", "位于", "处于", "存在", "来自", "达到", "分为", "称为", "叫做", "设有", "拥有", "位居", "列为", "主要", "分别", "共有", "以及", "也就是说"]
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A piece of evidence: its ``number`` from 1, its ``text``, its headings, title and author, and the passage it stands in."""

    number: int
    text: str
    about: str = ""
    group: int = -1

    @property
    def whole(self) -> str:
        """The text with what it stands under."""
        return f"{self.text}\n{self.about}"


@dataclass(frozen=True, slots=True)
class Checked:
    """The ``numbers`` of the evidence that supports a sentence and how far, in 0..1; or ``fault``, why none does.

    A fault is "value", "name", "pairing", "negation", "scope", "entity" or "support".
    """

    numbers: tuple[int, ...] = ()
    support: float = 0.0
    fault: str = ""


class Checker:
    """Checks the sentences of one answer against its evidence."""

    def __init__(self, grounds: Sequence[Ground], *, slots: Slots | None = None, embedder: Embedder | None = None) -> None:
        """``slots`` are what the question names; without an ``embedder`` only shared words count, and no English sentence passes."""
        self._grounds = {ground.number: ground for ground in grounds}
        self._slots = slots or Slots()
        self._embedder = embedder
        self._vectors: Floats | None = None  # of the parts, whole sentences and their clauses
        self._owners: list[int] = []
        self._parts: list[str] = []

    def check(self, sentence: str, cited: Sequence[int]) -> Checked:
        """Return what supports ``sentence``, preferring the evidence ``cited`` by the model where that does."""
        # A scrap, such as two words that an article tells its reader to say, states nothing.
        scrap = sum(map(str.isalnum, sentence)) < _LEAST and all(map(_harmless, values(sentence)))
        if scrap or not bigrams(sentence) or not self._grounds:
            return Checked(fault="support")
        english = detect_script(sentence) == "Latn"
        closeness = self._closeness(sentence, english)
        known = tuple(dict.fromkeys(number for number in cited if number in self._grounds))
        singles = sorted(((self._try(sentence, (number,), closeness, english)) for number in self._grounds), key=lambda made: (bool(made.fault), -made.support))
        best = singles[0]
        if known:
            given = self._try(sentence, known, closeness, english)
            if not given.fault and (best.fault or best.support < given.support + _BETTER):
                return self._trimmed(sentence, given, closeness, english)
        nearest = max(self._grounds, key=lambda number: self._support(sentence, (number,), closeness, english))
        near = self._try(sentence, (nearest,), closeness, english)
        if near.fault in _CONTRADICTED or (english and near.fault):
            # What the nearest evidence contradicts, no other makes true.
            rival = self._support(sentence, best.numbers, closeness, english)
            if near.fault == "negation" or best.fault or rival < near.support - _NEAREST:
                return Checked(fault=near.fault) if near.fault in _CONTRADICTED or not best.fault else self._paired(sentence, known, closeness, english)
        if not best.fault:
            return best
        return self._paired(sentence, known, closeness, english)

    def _paired(self, sentence: str, known: tuple[int, ...], closeness: dict[int, float], english: bool) -> Checked:
        """Return what two pieces of evidence support together, or why no two do."""
        likely = sorted(self._grounds, key=lambda number: -self._support(sentence, (number,), closeness, english))[:_PAIRED]
        for pair in sorted(itertools.combinations(sorted({*likely, *known[:2]}), 2), key=lambda pair: -self._support(sentence, pair, closeness, english)):
            both = self._try(sentence, pair, closeness, english)
            if not both.fault:
                return self._trimmed(sentence, both, closeness, english)
        return Checked(fault=self._try(sentence, known or (likely[0],), closeness, english).fault or "support")

    def _try(self, sentence: str, numbers: tuple[int, ...], closeness: dict[int, float], english: bool) -> Checked:
        grounds = [self._grounds[number] for number in numbers]
        support = self._support(sentence, numbers, closeness, english)
        fault = _fault(sentence, grounds, english) or self._wrong_entity(sentence, grounds)
        if english and not fault and self._denied_across(sentence, numbers):
            fault = "negation"
        if not fault and not self._enough(sentence, grounds, support, closeness, english):
            fault = "support"
        return Checked(numbers, round(min(1.0, max(0.0, support)), 4), fault)

    def _support(self, sentence: str, numbers: Sequence[int], closeness: dict[int, float], english: bool) -> float:
        if english:
            return max(closeness.get(number, 0.0) for number in numbers)
        return shared(sentence, [self._grounds[number] for number in numbers])

    def _enough(self, sentence: str, grounds: Sequence[Ground], support: float, closeness: dict[int, float], english: bool) -> bool:
        if english:
            texts = "\n".join(ground.whole for ground in grounds)
            return support >= (CLOSE_ENGLISH_VALUE if _common_values(sentence, texts) else CLOSE_ENGLISH)
        if weakest_clause(sentence, grounds) < SHARED_CLAUSE:
            return False
        close = max((closeness.get(ground.number, 0.0) for ground in grounds), default=0.0)
        nouns, verbs = new_words(sentence, "\n".join(ground.whole for ground in grounds))
        if nouns or (verbs and closeness and close < CLOSE):
            return False
        return support >= SHARED or (support >= SHARED_CLOSE and close >= CLOSE)

    def _trimmed(self, sentence: str, made: Checked, closeness: dict[int, float], english: bool) -> Checked:
        """Leave out cited evidence that adds nothing."""
        kept = made
        for number in sorted(made.numbers, key=lambda number: self._support(sentence, (number,), closeness, english)):
            rest = tuple(other for other in kept.numbers if other != number)
            if rest:
                without = self._try(sentence, rest, closeness, english)
                if not without.fault and without.support >= kept.support - _ADDS:
                    kept = without
        return kept

    def _closeness(self, sentence: str, english: bool) -> dict[int, float]:
        """Return the cosine of the sentence with every piece of evidence, or for an English one with its nearest clause."""
        if self._embedder is None:
            return {}
        if self._vectors is None:
            parts = [(ground.number, part) for ground in self._grounds.values() for part in _parts(ground.text)]
            self._owners = [number for number, _ in parts]
            self._parts = [part for _, part in parts]
            self._vectors = self._embedder.embed_passages([simplify(part) for part in self._parts])
        vector = self._embedder.embed_passages([simplify(sentence)])[0]
        close: dict[int, float] = {}
        for number, part, cosine in zip(self._owners, self._parts, map(float, self._vectors @ vector), strict=True):
            # A Chinese sentence is compared with whole ones: its words are compared clause by clause already.
            if english or part == self._grounds[number].text:
                close[number] = max(close.get(number, -1.0), cosine)
        return close

    def _denied_across(self, sentence: str, numbers: Sequence[int]) -> bool:
        """Whether a part of an English sentence is nearest to a clause that is negated where it is not."""
        if self._embedder is None or not any(negated(part) for number in numbers for part in clauses(self._grounds[number].text)):
            return False
        stated = [part for number in numbers for part in clauses(self._grounds[number].text) if len(bigrams(part)) >= 3]
        said = [part for part in _ENGLISH_PART.split(sentence) if len(part.split()) >= 3] or [sentence]
        likeness = self._embedder.embed_passages(said) @ self._embedder.embed_passages([simplify(part) for part in stated]).T
        for part, row in zip(said, likeness, strict=True):
            nearest = stated[int(row.argmax())]
            if negated(nearest) and not negated(part, english=True) and not negated(sentence, english=True):
                return True
        return False

    def _wrong_entity(self, sentence: str, grounds: Sequence[Ground]) -> str:
        """Whether the sentence, which names no place or year itself, rests on another place or year than the question's."""
        whole = "\n".join(ground.whole for ground in grounds)
        there = set(places(whole))
        wanted = set(self._slots.places)
        if wanted and there and not wanted & there and not places(sentence):
            return "entity"
        years = {date.year for date in self._slots.dates}
        stated = {value.year for value in values("\n".join(ground.text for ground in grounds)) if isinstance(value, Date) and value.year}
        if years and stated and not years & stated and not any(isinstance(value, Date) for value in values(sentence)):
            return "entity"
        return ""


def shared(sentence: str, grounds: Sequence[Ground]) -> float:
    """Return the share of the sentence's bigrams that the evidence or its headings hold."""
    wanted = bigrams(sentence)
    if not wanted:
        return 0.0
    held = set[str]().union(*(bigrams(ground.text) | bigrams(ground.about) for ground in grounds))
    return len(wanted & held) / len(wanted)


def weakest_clause(sentence: str, grounds: Sequence[Ground]) -> float:
    """Return the lowest share of shared bigrams among the sentence's clauses of six characters and more."""
    held = set[str]().union(*(bigrams(ground.text) | bigrams(ground.about) for ground in grounds))
    shares = [len(has & held) / len(has) for clause in clauses(sentence) if len(has := bigrams(clause)) >= 5]
    return min(shares, default=1.0)


@lru_cache(maxsize=512)
def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a text, white space and the empty ones left out."""
    return tuple(part.strip() for part in _CLAUSE.split(text.replace("，", "，")) if part.strip())


def _fault(sentence: str, grounds: Sequence[Ground], english: bool) -> str:
    texts = "\n".join(ground.text for ground in grounds)
    whole = "\n".join(ground.whole for ground in grounds)
    stated = values(whole)
    if any(not _harmless(value) and not any(stands_for(value, found) for found in stated) for value in values(sentence)):
        return "value"
    if missing_names(sentence, whole, english=english):
        return "name"
    if squeezed(sentence) in squeezed(texts):
        return ""  # word for word
    if _misplaced(sentence, grounds) or _reversed_change(sentence, texts):
        return "pairing"
    if _other_unit(sentence, texts) or (not english and (_crossed(sentence, texts) or _wrong_amount(sentence, texts) or _turned(sentence, texts))):
        return "pairing"
    if contradicts(sentence, [ground.text for ground in grounds], english=english):
        return "negation"
    return "scope" if overstates(sentence, whole) else ""


def _harmless(value: Amount | Date) -> bool:
    """Whether a value is no more than an article: "one of the goals", 一个."""
    return isinstance(value, Amount) and value.kind == "number" and value.value == 1 and value.surface in ("one", "一")


def _misplaced(sentence: str, grounds: Sequence[Ground]) -> bool:
    """Whether a value is said of a place or a year that the evidence with that value is not about."""
    for value, place, year in _anchored(sentence):
        holders = [ground for ground in grounds if any(stands_for(value, found) for found in values(ground.whole))]
        if not any(_fits(holder, value, place, year, grounds) for holder in holders):
            return bool(holders)
    return False


def _fits(holder: Ground, value: Amount | Date, place: str, year: Date | None, grounds: Sequence[Ground]) -> bool:
    before = [ground for ground in grounds if holder.group >= 0 and ground.group == holder.group and ground.number < holder.number]
    if place:
        # Where the sentence itself names no place, it is about the one named last before it.
        named = next((found for ground in [holder, *reversed(before)] if (found := places(ground.whole))), ())
        if place not in named:
            return False
    if year is not None and isinstance(value, Amount):
        own_years = [found for found in values(holder.text) if _yearly(found)]
        if not any(stands_for(year, found) for found in own_years) and (
            own_years or not any(stands_for(year, found) for ground in before for found in values(ground.whole))
        ):
            return False
    if _LISTED.search(holder.text):
        return True
    # Where the evidence itself has several places or years, the value must follow the same one.
    linked = [(p, y) for found, p, y in _anchored(holder.text) if stands_for(value, found)]
    if not linked:
        return True
    many_places = len(places(holder.text)) > 1
    many_years = len({found.year for found in values(holder.text) if isinstance(found, Date) and found.year}) > 1
    return any(
        (not place or not many_places or not p or p == place)
        and (year is None or not many_years or y is None or not isinstance(value, Amount) or year.year is None or y.year == year.year)
        for p, y in linked
    )


def _yearly(value: Amount | Date) -> bool:
    return isinstance(value, Date) and value.year is not None


def _anchored(text: str) -> list[tuple[Amount | Date, str, Date | None]]:
    """Return every value of a text with the place and the year that it follows, or that alone stand in the text."""
    found_places = places(text)
    years = [] if _RELATIVE.search(fold(text)) else [value for value in values(text) if isinstance(value, Date) and value.year]
    only_place = found_places[0] if len(found_places) == 1 else ""
    only_year = years[0] if len({value.year for value in years}) == 1 else None
    anchored: list[tuple[Amount | Date, str, Date | None]] = []
    before = ""
    year: Date | None = None
    for token in scan(text):
        if isinstance(token, str):
            before += token
            continue
        # "6 points more than in 2020" is not about 2020.
        if isinstance(token, Date) and token.year and not re.search(r"(?:比|较|相比|than(?:in)?)$", before):
            year = token
        named = places(before)
        last = max(named, key=lambda name: _last_at(before, name), default="") if len(named) > 1 else (named[0] if named else "")
        anchored.append((token, last or only_place, year or only_year))
        before += token.surface
    return anchored


def _last_at(text: str, place: str) -> int:
    """Return where ``place`` is named last, in whichever language."""
    for end in range(len(text), 0, -1):
        if place not in places(text[:end]):
            return end
    return 0


def _reversed_change(sentence: str, evidence: str) -> bool:
    """Whether the sentence lets something change from B to A where the evidence has it change from A to B."""
    said, stated = _changes(sentence), _changes(evidence)
    return any((b, a) in stated and (a, b) not in stated for a, b in said)


def _changes(text: str) -> set[tuple[Token, Token]]:
    found: set[tuple[Token, Token]] = set()
    for match in _CHANGE.finditer(fold(text)):
        first, second = values(match["a"]), values(match["b"])
        if first and second:
            a, b = first[-1], second[0]
            if isinstance(a, Amount) and isinstance(b, Amount):
                found.add((Amount(a.kind, a.value, ""), Amount(b.kind, b.value, "")))
    return found


def _other_unit(sentence: str, evidence: str) -> bool:
    """Whether a number counts other things than in the evidence: 186本专著 for 186篇论文, three months for 三周."""
    counted = _counted(evidence)
    for value, things in _counted(sentence):
        same = [other for found, other in counted if stands_for(value, found)]
        unit = _time_unit(things)
        units = [_time_unit(other) for other in same]
        if unit and units and all(units) and unit not in units:
            return True
        named = [other for other in same if other]
        if _CJK_ONLY.fullmatch(things) and named and not any(set(things) & set(other) for other in named):
            return True
    return False


def _time_unit(things: str) -> str:
    """Return the unit of time that a text begins with, by one letter; "" for none."""
    for unit, pattern in _TIME_UNITS:
        if pattern.match(things):
            return unit
    return ""


def _counted(text: str) -> list[tuple[Amount, str]]:
    tokens = scan(text)
    found = []
    for i, token in enumerate(tokens):
        if not isinstance(token, Amount):
            continue
        things = ""
        for following in tokens[i + 1 : i + 10]:
            if not isinstance(following, str) or not following.isalpha() or following in "和与及、或":
                break
            things += following
        found.append((token, re.sub(r"^[个個多余來来]+", "", things)))
    return found


def _wrong_amount(sentence: str, evidence: str) -> bool:
    """Whether the words before a number stand before another number of the same kind in the evidence."""
    if _LISTED.search(evidence) or _LISTED.search(sentence):
        return False
    stated = _led(evidence)
    for value, lead in _led(sentence):
        if len(lead) < 2:
            continue
        scores = [(len(lead & other) / len(lead), found, other) for found, other in stated if found.kind == value.kind and other]
        own = max(((score, words) for score, found, words in scores if stands_for(value, found)), key=lambda pair: pair[0], default=None)
        if own is None:
            continue
        best, found, other = max(scores, key=lambda entry: entry[0])
        if best < _LED or best <= own[0] + 0.3 or stands_for(value, found):
            continue
        # A later clause leaves out what it shares with the first: only the words that tell the two apart count.
        mine, theirs = own[1] - other, other - own[1]
        if not mine or len(lead & mine) / len(mine) < len(lead & theirs) / max(1, len(theirs)):
            return True
    return False


def _led(text: str) -> list[tuple[Amount, set[str]]]:
    """Return every amount with the bigrams of what stands between it and the amount before it.

    In "from A to B" what stands before A leads to B as well.
    """
    found: list[tuple[Amount, set[str]]] = []
    lead, whole = "", ""
    for token in scan(text):
        if isinstance(token, str):
            lead += token
        elif isinstance(token, Amount):
            # Behind a number comes its unit first.
            clause = re.split(r"[，,；;。]", lead)[-1] if found else lead
            own = bigrams(clause) if len(clause) > 1 else set()
            if found and clause == lead and re.search(r"[到至为成]$", clause) and re.search(r"(?:从|由|自)$", whole):
                own = own | found[-1][1]
            found.append((token, own))
            whole, lead = clause, ""
    return found


def _common_values(sentence: str, evidence: str) -> bool:
    """Whether a sentence shares a number, a date or a place with its evidence."""
    stated = values(evidence)
    return any(not _harmless(value) and any(stands_for(value, found) for found in stated) for value in values(sentence)) or bool(set(places(sentence)) & set(places(evidence)))


def _parts(text: str) -> list[str]:
    """Return a text, its clauses, and each two that follow each other."""
    single = [clause for clause in clauses(text) if len(bigrams(clause)) >= 4]
    double = [f"{one}，{other}" for one, other in itertools.pairwise(clauses(text))]
    return list(dict.fromkeys([text, *single, *double]))


@lru_cache(maxsize=1024)
def _tagged(text: str) -> tuple[tuple[str, str], ...]:
    """Return the words of folded text with jieba's letters for parts of speech."""
    import jieba.posseg

    words("词")  # makes jieba ready, quietly
    return tuple((pair.word, pair.flag) for pair in jieba.posseg.cut(fold(text)))


def new_words(sentence: str, evidence: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the nouns and the verbs of a Chinese sentence of which the evidence has no two neighbouring characters."""
    held = bigrams(evidence)
    nouns: list[str] = []
    verbs: list[str] = []
    for word, flag in _tagged(sentence):
        if len(word) < 2 or not word.isalpha() or word in FUNCTION_WORDS or word in _ORDINARY:
            continue
        own = bigrams(word)
        if len(own & held) / len(own) >= _KNOWN_WORD:
            continue
        if flag[0] in "n" and flag != "ng":
            nouns.append(word)
        elif flag[0] == "v":
            verbs.append(word)
    return tuple(nouns), tuple(verbs)


@lru_cache(maxsize=512)
def _content(clause: str) -> frozenset[str]:
    return frozenset(word for word in words(clause) if word not in FUNCTION_WORDS)


def _crossed(sentence: str, evidence: str) -> bool:
    """Whether the sentence mixes what the evidence keeps in two clauses of its own.

    技术是手段，制度才是目的 becomes 制度是手段，技术才是目的; 甲组归统计处，乙组归警务处 becomes 甲组归警务处.
    """
    said = [content for clause in clauses(sentence) if len(content := _content(clause)) >= 2]
    stated = [content for clause in clauses(evidence) if len(content := _content(clause)) >= 2]
    for one, other in itertools.combinations(stated, 2):
        first, second, common = one - other, other - one, one & other
        mixed = [clause for clause in said if clause & first and clause & second and not any(clause <= whole for whole in stated)]
        if len(mixed) >= 2 and any((a & first) != (b & first) and (a & second) != (b & second) for a, b in itertools.combinations(mixed, 2)):
            return True
        # Clauses alike but for the things that they are about.
        if len(common) >= 2 and any(common <= clause and not first <= clause and not second <= clause for clause in mixed):
            return True
    return False


def _turned(sentence: str, evidence: str) -> bool:
    """Whether "A does to B" has become "B does to A", or "A is more than B" has become "B is more than A"."""
    for clause in clauses(sentence):
        said = _order(clause)
        for other in re.split(r"[。！？；\n]", fold(evidence)):
            stated = _order(other)
            common = [word for word in said if word in stated and len(word) > 1]
            if len(common) < 3 or bool(re.search("[被由受]", clause)) != bool(re.search("[被由受]", other)):
                continue
            tags = dict(_tagged(clause))
            for a, verb, b in itertools.combinations(sorted(common, key=lambda word: said[word]), 3):
                if stated[b] < stated[verb] < stated[a] and tags.get(verb, "")[:1] == "v" and tags.get(a, "")[:1] == tags.get(b, "")[:1] == "n":
                    return True
    return any(
        len(bigrams(a) & bigrams(worse)) > len(bigrams(a) & bigrams(better)) and len(bigrams(b) & bigrams(better)) > len(bigrams(b) & bigrams(worse))
        for a, b in _compared(sentence)
        for better, worse in _compared(evidence)
    )


def _compared(text: str) -> list[tuple[str, str]]:
    """Return what is said to be more, and than what, of every comparison: A比B更…, 与B相比，A更…."""
    return [(match["a1"] or match["a2"] or match["a3"], match["b1"] or match["b2"] or match["b3"]) for match in _COMPARED.finditer(fold(text))]


@lru_cache(maxsize=512)
def _order(clause: str) -> dict[str, int]:
    """Return the places of the words that occur once."""
    listed = words(clause)
    return {word: i for i, word in enumerate(listed) if listed.count(word) == 1 and word not in FUNCTION_WORDS and not any(char.isdigit() for char in word)}
