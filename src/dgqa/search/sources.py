"""Find the documents that a question says to look in: by author, title, site or year, where it names an article by them.

"张克的文章怎么说", "《……》一文中", "according to Zhang Ke's 2024 article" name a source. "张克是谁" and "哪些文章引用了张克" do not:
an author may be spoken of in anyone's article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from dgqa.index.queries import Entry
from dgqa.language.names import official_numbers
from dgqa.language.reading import Text
from dgqa.language.text import CJK, fold, solid, squeezed
from dgqa.search.name_index import NameIndex
from dgqa.search.statutes.laws import Laws

_ARTICLE = r"(?:文章|论文|一文|该文|此文|文中|文里|文内|原文|综述|评论|社论|稿子|[这那](?:一)?篇|作品|著作|一书|书中|书里|专栏|访谈|讲话|演讲)"
_ARTICLE_EN = r"(?:articles?|papers?|essays?|pieces?|reviews?|posts?|texts?|columns?|chapters?|sections?|interviews?|speech)"
_SAYS = (
    r"(?:认为|主张|提出|指出|看来|眼里|眼中|笔下|说|讲|谈|建议|强调|觉得|写道|写到|(?:一共|总共)?列(?:出|举|了)|总结|归纳|概括|分析|解释|论述|断言|预测|回顾|"
    r"怎样|怎么|如何|为什么|为何|凭什么|给出|给|把|将|用|对|的(?:观点|看法|说法|定义|建议|主张|结论|论点|分析|解释|判断|意见))"
)
_SAYS_EN = (
    r"(?:argues?|says?|said|thinks?|believes?|defines?|proposes?|suggests?|recommends?|describes?|explains?|claims?|writes?|wrote|sees?|calls?|holds?|"
    r"lists?|names?|warns?|divides?|distinguish(?:es)?|identif(?:y|ies)|concludes?|maintains?|summari[sz]es?|treats?|views?|considers?|advises?|advocates?|put|puts|give|gives|would|wants?)"
)
_TITLES = "(?:等人?|他们|她们|们|教授|博士|老师|先生|女士|研究员|学者|两人|两位|三人|三位|几位|等?作者|各自|各|分别|都|又|则)*"
# What stands between a name and "article" where the article is another one: "X 的观点被哪些文章引用".
_OTHER = r"(?:哪|什么|其他|其它|别的|另|引用|提到|提及|评价|批评|被|关于|介绍)"
# What stands before a name that is not to be looked in: an exception, or a mention in another article.
_EXCEPT = re.compile(
    r"(?:除了?|除去|不是|并非|不包括|引用了?|引述了?|提到了?|提及了?|评价了?|批评了?|介绍了?|"
    r"\b(?:besides|apart from|other than|except(?: for)?|not in|cit(?:e|es|ed|ing)|mention(?:s|ed|ing)?|quot(?:e|es|ed|ing)|criticis(?:e|es|ed)))\s*$"
)
_MANY = re.compile(
    r"[两兩二三四五六几幾多各每]篇|分别|各自|另一|其他文|哪些(?:文章|论文|作者|篇)|两份|\bboth (?:articles|papers|pieces|authors)|\b(?:two|three|which|other) (?:articles|papers|pieces)|"
    r"\beach (?:article|paper|piece|author|of)\b|\bthe other\b"
)
_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d{2})\s*年?(?:\d{1,2}月)?(?:发表|刊发|发布|刊登|刊出|写|出版)?(?:的|那|这)*(?:一?篇)?(?:文章|论文|综述|评论|[那这](?:一)?篇)"
    r"|(?:the|that|an?|'s|in|from)\s+((?:19|20)\d{2})\s+(?:article|paper|essay|piece|review|column)s?\b"
)
_ANY = re.compile(rf"{_ARTICLE}|{_SAYS}|《|\b{_ARTICLE_EN}\b|\b{_SAYS_EN}\b|according to|'s\b|的")
# An article may say at its beginning that it tells of another one: of which, and by whom.
_TELLS_OF = re.compile(r"(?:概述|依据|根据|介绍|评述|整理|改写|编译|译自|题为|原文|摘自)[^。;《》]{0,30}《([^》]{4,60})》")
_NAMES = f"[{CJK}]{{2,3}}(?:[、,和与][{CJK}]{{2,3}})*"
_BY = re.compile(rf"(?:作者|署名|执笔)[^。;:《》]{{0,12}}?(?:依次为|分别是|为|是|:)({_NAMES})(?![{CJK}])|(?:概述|依据|介绍|评述)的?是?({_NAMES}?)(?:[两三四五几]位)?(?:作者|学者|研究者|教授|博士)")
_CHINESE_NAME = re.compile(f"[{CJK}]{{2,4}}")
_SHORTEST_TITLE = 6  # characters by which an article may be known
_COMPOUND = ("欧阳", "司马", "诸葛", "上官", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方", "端木")


@dataclass(frozen=True, slots=True)
class Named:
    """The rows of the documents that a question names as its source.

    ``firm`` holds where it speaks of their text as such and of no other; else they are only more likely than others.
    """

    numbers: frozenset[int] = frozenset()
    firm: bool = False


class Sources:
    """The names by which questions may speak of the documents of an index.

    ``openings`` is what documents begin with, by their number: one that tells of another article is also known by the
    title and the authors of that one.
    """

    def __init__(self, documents: Sequence[Entry], openings: Mapping[int, str] | None = None) -> None:
        self.documents = {entry.number: entry for entry in documents}
        self.laws = Laws(documents)
        folded = fold("\n".join(_line(text) for entry in documents for text in (entry.author, entry.title, entry.source))).split("\n")
        self._people: dict[str, set[int]] = {}
        self._titles: dict[str, set[int]] = {}
        self._beginnings: dict[str, set[int]] = {}
        plain: list[str] = []
        self._sites: dict[str, set[int]] = {}
        self._codes: dict[tuple[str, str, str], set[int]] = {}
        self._files = _files(documents)
        for at, entry in enumerate(documents):
            author, title, source = folded[3 * at : 3 * at + 3]
            if len(title) >= 4:
                plain.append(title)
            for name in _people(author):
                self._people.setdefault(name, set()).add(entry.number)
            for full in (title, *re.findall(r"《([^》]+)》", source)):
                self._titled(full, entry.number)
            for code in islice(official_numbers(fold(entry.code)), 1):
                self._codes.setdefault((code.body, code.year, code.serial), set()).add(entry.number)
            for name in _sites(source, author):
                self._sites.setdefault(name, set()).add(entry.number)
        for number, opening in (openings or {}).items():
            text = fold(opening)
            told = _TELLS_OF.findall(text)
            for title in told:
                self._titled(title, number)
            if told:
                for person in (person for match in _BY.finditer(text) for person in re.split("[、,和与]", match[1] or match[2])):
                    self._people.setdefault(person, set()).add(number)
        self._written: dict[str, str] | None = None
        # An index may hold tens of thousands of documents, and every question is looked at.
        self._plain_titles = NameIndex(plain)
        self._people_index, self._titles_index = NameIndex(self._people), NameIndex(self._titles)
        self._beginnings_index, self._sites_index = NameIndex(self._beginnings), NameIndex(self._sites)
        self._together: list[tuple[re.Pattern[str], str]] = []

    def _titled(self, title: str, number: int) -> None:
        """Know a document by a folded title, and by what that has before its first colon."""
        for names, part in ((self._titles, title), (self._beginnings, re.split(r"[:：—]", title)[0])):
            if len(name := solid(part)) >= _SHORTEST_TITLE:
                names.setdefault(name, set()).add(number)

    def named(self, question: Text) -> Named:
        """Return the documents that ``question`` says to look in, none where it only mentions a name."""
        text = question.folded.replace("’", "'")
        coded = set().union(*(numbers for numbers, _, _ in self._coded(text)))
        if not coded and not _ANY.search(text):
            return Named()
        firm: set[int] = set()
        likely: set[int] = set()
        spoken = 0
        for numbers, is_firm in self._found(text):
            if is_firm:
                firm |= numbers
                spoken += 1
            else:
                likely |= numbers
        if coded:
            firm |= coded
            spoken += 1
        years = {year for match in _YEAR.finditer(text) for year in match.groups() if year}
        dated = {number for number, entry in self.documents.items() if entry.date[:4] in years} if years else set()
        if dated:
            firm = (firm & dated or firm) if firm or likely else dated
            if not firm and likely & dated:
                firm = likely & dated
            spoken += 1
        if not firm:
            return Named(frozenset(likely))
        alone = not likely - firm and not _MANY.search(text) and _articles(text) <= max(1, spoken)
        return Named(frozenset(firm | likely), alone)

    def unnamed(self, question: Text) -> str:
        """Return ``question`` without the people whom it names as its source, whose articles are favoured anyway.

        Their names stand in what an article says about itself, which is not what is asked for.
        """
        text, given = question.folded.replace("’", "'"), question.text
        if len(text) != len(given):  # the places in one are not those in the other
            return given
        spans = [
            (start, end) for _, start, end in (*self._chinese(text), *self._romanized(text)) if _firm(text[:start], text[end:]) or _says(text[:start], text[end:])
        ]
        spans += [match.span() for match in re.finditer(r"《([^》]+)》", text) if self._is_title(solid(match[1]))]
        spans += [(start, end) for _, start, end in self._coded(text)]
        left = given
        for start, end in sorted(spans, reverse=True):
            if text[start:end].isascii():
                their = left[end : end + 2] in ("'s", "’s")
                left = f"{left[:start]}{'their' if their else 'they'}{left[end + 2 * their :]}"
                continue
            if before := re.search(r"(?:根据|按照|依照|依据|据|按|照|在|[、,，和与跟及])$", text[:start]):
                start = before.start()
            if after := re.match(rf"{_TITLES}(?:[的在里这那]*{_ARTICLE}[里中内]?[，,]?)?", text[end:]):
                end += after.end()
            left = left[:start] + left[end:]
        left = re.sub(r"\bthey(?:(?:,| and|, and| &) they)+\b", "they", left)
        return left if any(char.isalnum() for char in left) else given

    def titled(self, question: Text) -> Text:
        """Return ``question`` with the titles of documents in place of their official numbers."""
        if len(question.folded) != len(question.text):
            return question
        text = question.text
        for numbers, start, end in reversed(list(self._coded(question.folded))):
            text = f"{text[:start]}《{self.documents[min(numbers)].title}》{text[end:]}"
        return Text(text) if text != question.text else question

    def alone(self, question: Text) -> tuple[Entry, str] | None:
        """Return the one document that a folded question names by its whole title, a law's without the state's name, or its file's name, and the rest of the question; None where it names none or several."""
        text = self.titled(question).folded
        quoted = [title for part in re.findall(r"《([^》]+)》", text) if (title := solid(part)) in self._titles]
        # 某省的供水条例 is 某省供水条例 as well.
        said = {name for whole in (solid(text), solid(text).replace("的", "")) for name in self._titles_index.within(whole) if name in self._titles}
        title = max(quoted or sorted(said), key=len, default="")
        numbers = self._titles.get(title, set())
        if not title and len(found := self.laws.within(text)) == 1:
            title, numbers = self.laws.name(found[0]), {found[0].number}
        title = title or max((name for name in self._files if name in solid(text)), key=len, default="")
        numbers = numbers or self._files.get(title, set())
        place = re.search(r"《?" + r"[\W的]*".join(map(re.escape, title)) + r"》?", text) if len(numbers) == 1 else None
        return (self.documents[min(numbers)], f"{text[: place.start()]}{text[place.end() :]}") if place else None

    def untitled(self, question: Text) -> str:
        """Return ``question``, folded, with the titles of documents in it replaced by "一文", this article."""
        text = re.sub(r"《([^》]+)》", lambda match: "一文" if self._is_title(solid(match[1])) else match[0], question.folded)
        for title in self._plain_titles.within(text):
            text = text.replace(title, "一文")
        return text

    def _is_title(self, title: str) -> bool:
        return bool(self._titles_index.alike(title) or self._beginnings_index.alike(title))

    def _coded(self, text: str) -> Iterator[tuple[set[int], int, int]]:
        """Yield the documents that a folded text names by their official numbers, and where: the longest that its characters fit."""
        for found in official_numbers(text) if self._codes else ():
            for at in range(len(found.body)):
                if numbers := self._codes.get((found.body[at:], found.year, found.serial)):
                    yield numbers, found.start + at, found.end
                    break

    def _found(self, text: str) -> Iterator[tuple[set[int], bool]]:
        for name, start, end in (*self._chinese(text), *self._romanized(text)):
            firm = _firm(text[:start], text[end:])
            if firm or _says(text[:start], text[end:]):
                yield self._people[name], firm
        for name in self._sites_index.within(text):
            at = text.find(name)
            # 电子政务网 is not meant by 电子政务网站.
            if not text[at + len(name) :].startswith(("站", "络", "页", "点")) and _firm(text[:at], text[at + len(name) :]):
                yield self._sites[name], True
        titled = [solid(part) for part in re.findall(r"《([^》]+)》", text)]
        quoted = [solid(part) for part in re.findall(r"[“\"「『]([^”\"」』]{6,})[”\"」』]", text)]
        whole = solid(text)
        about = bool(re.search(rf"{_ARTICLE}|》[中里内上]|\b{_ARTICLE_EN}\b|according to", text))
        # Where a document has just the title that is quoted, no other that is like it is meant.
        exact = {title for title in titled if title in self._titles or title in self._beginnings}
        meant = {name for title in (*titled, *quoted) if title not in exact for name in self._titles_index.alike(title)}
        meant |= {name for name in self._titles_index.within(whole) if len(name) >= 8}
        meant |= {title for title in exact if title in self._titles}
        yield from ((self._titles[name], about) for name in sorted(meant))
        # The beginning of a title is often a phrase that many an article has.
        begun = {name for title in titled if title not in exact for name in self._beginnings_index.alike(title)}
        begun |= {title for title in exact if title in self._beginnings}
        yield from ((self._beginnings[name], about) for name in sorted(begun))

    def _chinese(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield the people named in ``text`` as they write themselves, with the span of each name."""
        for name in self._people_index.within(text):
            yield from ((name, match.start(), match.end()) for match in re.finditer(re.escape(name), text))

    def _romanized(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield the people named in ``text`` in pinyin, surname first or last, as "zhou daoxu", "dao-xu zhou"."""
        words = list(re.finditer("[a-z]+", text))
        if not words:
            return
        if self._written is None:
            self._written = {form: name for name in self._people for form in _pinyin(name)}
            self._together = self._pairs()
        for pattern, person in self._together:
            yield from ((person, match.start(), match.end()) for match in pattern.finditer(text))
        for first in range(len(words)):
            for last in range(first + 1, min(first + 4, len(words))):
                # Nothing but a space, a hyphen or an apostrophe may stand within a name.
                if words[last].start() - words[last - 1].end() != 1 or text[words[last - 1].end()] not in " -'":
                    break
                if known := self._written.get("".join(word.group() for word in words[first : last + 1])):
                    yield known, words[first].start(), words[last].end()

    def _pairs(self) -> list[tuple[re.Pattern[str], str]]:
        """Return how the authors of one document are named by their surnames: "ning and tan", "zhou et al.", with one of them."""
        made = []
        for number in self.documents:
            names = [name for name, numbers in self._people.items() if number in numbers]
            surnames = [_heard(name)[0] for name in names if _CHINESE_NAME.fullmatch(name)]
            if len(surnames) > 1:
                others = "|".join([*map(re.escape, surnames[1:]), "(?:his |her |their )?(?:colleagues|co-?authors|others)"])
                made.append((re.compile(rf"\b{surnames[0]}(?: et al\b\.?|(?:,? (?:and|&) (?:{others})\b|, (?:{others})\b)+)"), names[0]))
        return made


def _firm(before: str, after: str) -> bool:
    """Whether a name between two texts says whose, or which, article is meant."""
    if _EXCEPT.search(before):
        return False
    if re.match(rf"{_TITLES}(?:(?!{_OTHER})[^，。？！,?!；;]){{0,14}}?{_ARTICLE}", after):
        return True
    if re.match(rf"(?:,? (?:and|&) [a-z' -]{{2,30}}?)?(?: et al\.?)?(?:'s?)?(?: \d{{4}})?(?: [a-z-]+)? {_ARTICLE_EN}\b", after):
        return True
    return bool(re.search(rf"\b{_ARTICLE_EN}(?: [a-z-]+){{0,3}} (?:by|from|of|on)(?: [a-z' -]+(?:,| and| &))? $", before))


def _says(before: str, after: str) -> bool:
    """Whether a name between two texts says who holds what is asked about."""
    if _EXCEPT.search(before):
        return False
    others = rf"(?:[、，,和与及跟][{CJK}]{{2,4}})*"
    if re.match(rf"{others}{_TITLES}{_SAYS}", after) or re.search(r"(?:根据|按照|依照|依据|据|按|照)$", before):
        return True
    if re.match(rf"'s\b|(?:,? (?:and|&) [a-z' -]{{2,30}}?)?(?: et al\.?)? {_SAYS_EN}\b", after):
        return True
    return bool(re.search(r"(?:according to|in the (?:words|view|eyes) of|\b(?:do|does|did))(?: [a-z' -]+ and)? $", before))


def _articles(text: str) -> int:
    """Return of how many articles a question speaks: whole words beside one another count once."""
    return len(re.findall(rf"(?:[这那](?:一)?篇)?(?:文章|论文|综述|一文|评论|材料)|[这那](?:一)?篇|\b{_ARTICLE_EN}\b", text))


def _line(text: str) -> str:
    return " ".join(text.split())


def _files(documents: Sequence[Entry]) -> dict[str, set[int]]:
    """Return documents by the Chinese names of their files."""
    found: dict[str, set[int]] = {}
    for entry in documents:
        if len(name := squeezed(PurePosixPath(entry.path).stem)) >= 4 and not name.isascii():
            found.setdefault(name, set()).add(entry.number)
    return found


def _people(author: str) -> list[str]:
    """Return the names in an author field, what stands in brackets apart."""
    parts = re.split(r"[、，,;；/|&·]|\s+(?:and|和|与)\s+|(?<=[^a-z.])\s+(?=[^a-z])", re.sub(r"[（(\[【][^）)\]】]*[）)\]】]", " ", author))
    return [name for part in parts if 2 <= len(name := part.strip()) <= 40 and not name.isdigit()]


def _sites(source: str, author: str) -> list[str]:
    """Return the names in a source field, titles apart, and an author that is no person."""
    parts = re.split(r"[、，,;；/|（）()“”\"「」\s]+", re.sub(r"《[^》]*》", " ", source))
    names = [part for part in parts if len(part) >= (4 if not part.endswith(("网", "报", "刊", "社", "台", "志")) else 3)]
    return [name for name in dict.fromkeys([*names, *(name for name in _people(author) if len(name) > 4)]) if len(name) <= 24]


def _pinyin(name: str) -> tuple[str, ...]:
    """Return a Chinese name in pinyin without tones or spaces, surname first and last; nothing for another name."""
    if not _CHINESE_NAME.fullmatch(name):
        return ()
    surname, given = _heard(name)
    return (surname + given, given + surname)


def _heard(name: str) -> tuple[str, str]:
    from pypinyin import lazy_pinyin

    cut = 2 if name.startswith(_COMPOUND) and len(name) > 2 else 1
    return "".join(lazy_pinyin(name[:cut])), "".join(lazy_pinyin(name[cut:]))
