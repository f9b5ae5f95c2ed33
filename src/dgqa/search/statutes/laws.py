"""Find the law that a question names before an article's number, by its title or a short name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from dgqa.index.queries import Entry
from dgqa.language.bilingual import senses_of
from dgqa.language.text import CJK, FUNCTION_WORDS, in_order, simplify, squeezed
from dgqa.question.entities import LAW_OF
from dgqa.search.titles import Titles

_STATE = "中华人民共和国"
# What a title has behind the name of the law that it holds or passes on.
_PASSED_ON = re.compile(r"(?:节选|节录|摘录|选编|全文|(?:19|20)\d{2}年?(?:版|最新)?|试行|暂行|(?:修正|修订)(?:案|本|版)?|的(?:通知|决定|公告|批复|函|命令))+$")
_BRACKETS = re.compile(r"[（(【\[〔][^（）()【】\[\]〔〕]*[）)】\]〕]")  # (节选), （民国94年公布）
_KIND = re.compile(r"(?:实施细则|条例|办法|规定|规则|细则|准则|标准|章程|通则|法|规程|公约)$")
_ANY_LAW = re.compile(r"(?:这|那|该|本|此|上述|前述|同|现行|新)?(?:[部个项份])?(?:法律|法规|规章|法典|法令|文件|实施细则|条例|办法|规定|规则|细则|准则|标准|章程|通则|法)")
# Between the name of a law and the number of the article: 《…》(2021年修正)第三章的第十二条.
_GAP = re.compile(r"(?:[的之中里内,，:：\s]|当中|里面|[(\[][^()\[\]]*[)\]]|第[一二三四五六七八九十百\d]+[章节编])+$")
_RUN = re.compile(rf"[{CJK}\w《》〈〉「」『』“”\"]*$")
# What a question has before the name of a law.
_STARTER = re.compile(
    "请问|问|一下|下|根据|按照|依照|依据|按|据|照|在|看|查|找|告诉我|解释|介绍|说明|说|讲|关于|对于|知道|了解|引用|列出|给出|写出|和|与|跟|及|是|我国|中国|国家|现行|新|修订后|最新|部|该|本|出|把|将|请|我|有|对|比较|翻译|总结|概括"
)
_ENGLISH_KIND = "(?:law|act|code|regulations?|rules|measures|provisions)"
_ENGLISH_ON = "(?:on|for|concerning|governing|regarding)"
# The law on the protection of pigeons; the pigeon protection law.
_ENGLISH_NAME = re.compile(
    rf"\b{_ENGLISH_KIND} {_ENGLISH_ON} (?:the )?[a-z' -]+?(?=[^a-z' -]|$| (?:say|provide|state|require|mean|cover|deal|ask|demand|tell|prescribe|about)s?\b)|(?P<run>(?:[a-z'-]+ )+){_ENGLISH_KIND}\b(?! {_ENGLISH_ON})"
)
_MOST_OF_IT = 0.75  # of a law's name, by how rare its characters are, that the words for an English name must have
_HALF_OF_IT = 0.5  # where each of its phrases has a word there


class Laws:
    """The names by which questions may speak of the documents of an index as laws."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._names = {entry.number: name for entry in entries if (name := _bare(entry.title))}
        self._entries = {entry.number: entry for entry in entries}
        self._titled: dict[str, list[int]] = {}
        for number, name in self._names.items():
            self._titled.setdefault(name, []).append(number)

    @cached_property
    def titles(self) -> list[tuple[Entry, str]]:
        """The documents, each with its title squeezed."""
        return [(entry, squeezed(entry.title)) for entry in self._entries.values()]

    def name(self, entry: Entry) -> str:
        """Return the name of a law without the state's, squeezed."""
        return self._names.get(entry.number, "")

    def is_law(self, entry: Entry) -> bool:
        """Whether a document's title is one of a law."""
        return _KIND.search(self.name(entry)) is not None

    def named(self, ahead: str, behind: str, terms: Sequence[str] = ()) -> tuple[str, list[Entry]]:
        """Return what a law is called around the number of an article, "" where none is, and the documents that may be meant.

        ``ahead`` and ``behind`` are the folded texts before and behind the number, ``terms`` those of an English question in
        Chinese. A law that is not there has a name and no document, unless its name is English.
        """
        for english in (*_english_names(behind), *_english_names(ahead)):
            if found := self._in_english(english, terms):
                return english, found
        if terms and (found := self._by_terms(terms)):
            return terms[0], found
        names = _names_ahead(ahead)
        if found := self._called(names):
            return names[0], found
        own = [name for name in names if _KIND.search(name) and not _ANY_LAW.fullmatch(name)]
        if own:
            return own[-1], []
        found = self._contained(behind) if not names or not _ANY_LAW.fullmatch(names[0]) else []
        return (self.name(found[0]) if found else ""), found

    @staticmethod
    def is_certain(name: str, question: str) -> bool:
        """Whether what a question calls a law is the name of one for sure: in 《》, or a name without words that only point to one."""
        return f"《{name}》" in question.replace(_STATE, "") or re.fullmatch(rf"(?:(?![的这那该此本我你他她它们什么哪份些])[{CJK}]){{2,16}}", name) is not None

    def within(self, text: str) -> list[Entry]:
        """Return the documents whose name stands anywhere in a text, the longest name that fits."""
        return self._contained(text)

    def _called(self, names: Sequence[str]) -> list[Entry]:
        """Return what the first of some names that is known stands for: titles first, then ends of titles, then abbreviations of them, with or without the place that they are of."""
        for name in names:
            if found := self._titled.get(name):
                return self._of(found)
        for name in names:
            if not _ANY_LAW.fullmatch(name) and len(name) > 2 and (found := [at for at, title in self._names.items() if title.endswith(name)]):
                return self._of(found)
        for name in names:
            if found := [at for at, title in self._names.items() if _abbreviates(name, title) or _abbreviates(name, LAW_OF.sub("", title))]:
                return self._of(found)
        return []

    def _contained(self, text: str) -> list[Entry]:
        bare = squeezed(text).replace(_STATE, "")
        fitting = [name for name in self._titled if len(name) > 2 and name in bare and not _KIND.match(bare[bare.find(name) + len(name) :][:4])]
        return self._of(self._titled[max(fitting, key=len)]) if fitting else []

    def _by_terms(self, terms: Sequence[str]) -> list[Entry]:
        """Return the laws that have all terms in their names, those with the least else in it."""
        fitting = {at: len(name) for at, name in self._names.items() if all(term in name for term in terms)}
        return self._of([at for at, size in fitting.items() if size == min(fitting.values())])

    def _in_english(self, name: str, terms: Sequence[str]) -> list[Entry]:
        """Return the laws whose name, its kind apart, has most in it of the Chinese words for an English name, and words for half of its phrases."""
        senses = senses_of(re.sub(rf"\b{_ENGLISH_KIND}\b", " ", name))
        laws = [entry for entry in self._entries.values() if self.is_law(entry)]
        own = [simplify(_KIND.sub("", self.name(entry))) for entry in laws]
        titles = Titles([entry._replace(title=title) for entry, title in zip(laws, own, strict=True)])
        shares = titles.named("", [*terms, *(word for sense in senses for word in sense)]).tolist()
        best = max(shares, default=0.0)
        found = [(entry, sum(any(word in title for word in sense) for sense in senses)) for entry, title, share in zip(laws, own, shares, strict=True) if share == best]
        whole = len(senses) > 1 and best >= _HALF_OF_IT
        return [entry for entry, told in found if (best >= _MOST_OF_IT and 2 * told >= len(senses)) or (whole and told == len(senses))]

    def _of(self, numbers: Sequence[int]) -> list[Entry]:
        return [self._entries[number] for number in numbers]


def _bare(title: str) -> str:
    bare = squeezed(_BRACKETS.sub("", title)).replace(_STATE, "") or squeezed(title)
    return _PASSED_ON.sub("", bare) or bare


def _english_names(text: str) -> list[str]:
    """Return what a folded text may call a law in English: 'law on X', or the words before its kind that no question's form has."""
    found = []
    for match in _ENGLISH_NAME.finditer(text):
        words = match.group().split()
        if match["run"]:
            first = max((at for at, word in enumerate(words[:-1], 1) if word in FUNCTION_WORDS and word != "and"), default=0)
            words = words[first:]
        if len(words) > 1:
            found.append(" ".join(words))
    return found


def _names_ahead(ahead: str) -> list[str]:
    """Return the names that a text may end with before the number of an article, the longest first; none where it ends with none."""
    text = _GAP.sub("", ahead)
    if text.endswith(("》", "〉")):
        depth = 0
        for at in range(len(text) - 1, -1, -1):
            depth += (text[at] in "》〉") - (text[at] in "《〈")
            if depth == 0:
                return [_bare(text[at:])]
        return []
    run = _RUN.search(text)
    whole = run.group() if run else ""
    starts = sorted({0, *(match.end(1) for match in re.finditer(f"(?=({_STARTER.pattern}))", whole))})
    return [name for start in starts if (name := _bare(whole[start:]))]


def _abbreviates(name: str, title: str) -> bool:
    """Whether a name has a law's kind, its first character and others of its title in their order: 个保法, 上海慈善条例."""
    kind, own = _KIND.search(title), _KIND.search(name)
    if kind is None or own is None or kind.group() != own.group() or len(name) < 3 or name[0] != title[0]:
        return False
    if len(name) > 4 + len(own.group()) - 1 and 10 * len(name) < 7 * len(title):
        return False
    return name != own.group() and in_order(name, title)
