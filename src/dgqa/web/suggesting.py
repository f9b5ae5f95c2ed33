"""Make of headings complete questions that the articles are known to answer, and tell what a corpus is about."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from threading import Lock, Thread
from typing import Any

from dgqa.data import table
from dgqa.errors import AnswerError, DgqaError
from dgqa.language.text import HAN, HAN_RUN, Script, simplify, to_script
from dgqa.web.page.turns import Asker
from dgqa.web.page.words import gloss

logger = logging.getLogger(__name__)

COUNT = 3
_TRIED = 6  # questions of one article that are asked until enough are answered
_ARTICLES = 8  # articles whose questions are looked at
_PAUSE = 60.0  # seconds in which nothing is asked after something failed
_SHORTEST, _LONGEST = 3, 22  # characters of what a question is about
_NUMBERING = re.compile(r"^(?:第?[一二三四五六七八九十百0-9]+[章节節、.．:：]\s*|[（(][一二三四五六七八九十0-9]+[）)]\s*|[0-9.]+\s+|#+\s*)+")
_MARKS = re.compile(r"[，。；：！？、,;:!?（）()《》“”「」…—\"']")
_LINKS = re.compile(r"[的之与與和及或、]+$")
_AND = ("与", "和", "及", "、", "要", "回答", "及其", "存在", "高质量", "稳定")
_LONGEST_TITLE = 20  # characters of a title that a question can carry
_COUNTED = re.compile("[一二三四五六七八九十两几]+[个点项种大条类]$")
_TOPIC = re.compile(f"{HAN}{{3,8}}")
_LEAST_TOPIC = 3
_SAID = re.compile(rf"[a-z]+|\d+|{HAN}")
_SAME = 0.8  # share of characters, in English of words, from which two questions with the same numbers are one


def question_of(heading: str, script: Script) -> str:
    """Return a question that the section below a heading may answer, in its script; "" where the heading makes none.

    >>> question_of("二、数据共享的主要措施", "Hans"), question_of("（一）推进数据共享", "Hans"), question_of("结语", "Hans")
    ('数据共享有哪些主要措施？', '如何推进数据共享？', '')
    """
    forms = table("suggestions")
    plain = simplify(_NUMBERING.sub("", heading)).strip()
    # 研究缘起：为什么要梳理 asks behind its colon.
    asking = next((part for part in reversed(re.split("[：:]", plain)) if any(word in part for word in forms["asks"]["words"])), "")
    if asking and not _MARKS.search(asking.rstrip("？?")):
        return to_script(f"{asking.rstrip('？?')}？", script) if len(asking) > _SHORTEST + 2 else ""
    if _MARKS.search(plain) or not _SHORTEST <= len(plain) <= _LONGEST:
        return ""
    form, tail = _form(plain)
    if tail:
        stem, adjective = _stem(plain.removesuffix(tail))
        if not form["verbal"] and stem.startswith((*forms["begins"]["words"], *forms["verbs"]["words"])):
            return ""
        return to_script(form["question"].format(stem=stem, tail=adjective + tail), script) if len(stem) > _SHORTEST else ""
    begins = forms["begins"]
    return to_script(begins["question"].format(heading=plain), script) if plain.startswith(tuple(begins["words"])) and len(plain) > _SHORTEST + 1 else ""


def english_of(titles: Sequence[str]) -> dict[str, str]:
    """Return the questions in English that what stands below titles and headings may answer, each with the term of the glossary that it is on, in Chinese.

    >>> english_of(["一、数据共享的意义", "推进数字政府"])
    {'Why does “data sharing” matter?': '数据共享', 'What do the articles say about “digital government”?': '数字政府'}
    """
    forms, whole, about = table("suggestions"), {}, {}
    for title in titles:
        plain = simplify(_NUMBERING.sub("", title)).strip()
        form, tail = _form(plain)
        for chinese, english in gloss(plain):
            if tail and _stem(plain.removesuffix(tail))[0] == chinese and "english" in form:
                whole[form["english"].format(term=english)] = chinese
            else:
                about[forms["english"]["about"].format(term=english)] = chinese
    return whole | about


def _form(plain: str) -> tuple[Mapping[str, Any], str]:
    """Return the form of a heading by what it ends with, and that end; "" for none."""
    ends = ((form, tail) for form in table("suggestions")["ends"] for tail in sorted(form["tails"], key=len, reverse=True))
    return next(((form, tail) for form, tail in ends if plain.endswith(tail)), ({}, ""))


def _stem(text: str) -> tuple[str, str]:
    """Return what a heading is about and the adjective of its end: 数据共享的主要 gives 数据共享 and 主要; "" for one that is about several things."""
    text = _COUNTED.sub("", text)
    about, of, adjective = text.rpartition("的")
    if of and len(adjective) <= 2 and about:
        return _LINKS.sub("", about), adjective
    match = re.search("(?:主要|基本|重点|重要|具体|核心|总体)$", text)
    stem = text[: match.start()] if match else text
    return "" if stem.endswith(_AND) else _LINKS.sub("", stem), match[0] if match else ""


def complete(question: str, title: str, script: Script) -> str:
    """Return a question on a heading as one that says what it is about: as it is where it shares a term with the title, else with the title; "" where that is long.

    >>> complete("下一步怎么走？", "城市公园管理办法", "Hans"), complete("城市公园有哪些保护措施？", "城市公园管理办法", "Hans")
    ('根据《城市公园管理办法》，下一步怎么走？', '城市公园有哪些保护措施？')
    """
    plain, about = simplify(question), simplify(title)
    if any(about[low : low + _LEAST_TOPIC] in plain for low in range(len(about) - _LEAST_TOPIC + 1) if _TOPIC.fullmatch(about[low : low + _LEAST_TOPIC])):
        return question
    short = _short(title)
    return to_script(table("suggestions")["named"]["question"], script).format(title=short, question=question) if 0 < len(short) <= _LONGEST_TITLE else ""


def _short(title: str) -> str:
    """Return a title without its subtitle, where enough is left to find it by."""
    first = re.split("[：:—]", title)[0].strip()
    return first if len(first) > _SHORTEST else title


def topic_of(titles: Sequence[str]) -> str:
    """Return what the titles of at least half of the articles share, in simplified Chinese; "" where they share nothing of three characters or there is one title alone."""
    plain = [simplify(title) for title in titles]
    counted: dict[str, int] = {}
    for title in plain:
        parts = {run[low:high] for run in HAN_RUN.findall(title) for low in range(len(run)) for high in range(low + _LEAST_TOPIC, min(len(run), low + 8) + 1)}
        for part in parts:
            counted[part] = counted.get(part, 0) + 1
    shared = [part for part, count in counted.items() if count >= max(2, len(plain) / 2)]
    best = max(shared, key=lambda part: (counted[part] * len(part), len(part)), default="")
    return best if _TOPIC.fullmatch(best) else ""


class Suggestions:
    """Questions on the headings of articles, each asked before it is offered; safe to use from several threads.

    Args:
        assistant: Who answers; a language model is left out of it, and one that can't be had without is asked nothing.
        documents: What is known of every document, asked for each time.
    """

    def __init__(self, assistant: Asker, documents: Callable[[], Sequence[Mapping[str, Any]]]) -> None:
        plain = getattr(assistant, "with_llm", None)
        self._asker: Asker | None = plain(None) if callable(plain) else None
        self._documents = documents
        self._guard = Lock()
        # Of each article the questions that were found good, and those that nobody has wanted yet.
        self._known: dict[tuple[str, str, bool], tuple[list[str], Iterator[str]]] = {}
        self._asks_from = 0.0

    def questions(self, doc_ids: Sequence[str] = (), but: Collection[str] = (), *, english: bool = False) -> tuple[str, ...]:
        """Return up to three questions that the articles answer, those of the given articles first; one an article where none is given.

        Args:
            doc_ids: The articles that are talked of.
            but: Questions that are not to be repeated.
            english: Whether they are to be in English; where the articles answer none, they are in Chinese all the same.
        """
        documents = list(self._documents())
        near = [document for doc_id in dict.fromkeys(doc_ids) for document in documents if document["doc_id"] == doc_id]
        near = near or documents
        found: list[str] = []
        for document in near[:_ARTICLES]:
            wanted = len(found) + (COUNT if doc_ids else 1)
            fresh = (question for question in self._of(document, english) if not any(_alike(question, other) for other in (*but, *found)))
            while len(found) < min(wanted, COUNT) and (question := next(fresh, "")):
                found.append(question)
        return tuple(found) or (self.questions(doc_ids, but) if english else ())

    def warm(self) -> None:
        """Find the first questions in the background, so that they are there when the first reader comes."""
        if self._asker is not None:
            Thread(target=lambda: (self.questions(), self.questions(english=True)), name="dgqa-suggestions", daemon=True).start()

    def _of(self, document: Mapping[str, Any], english: bool) -> Iterator[str]:
        """Yield the good questions on an article; one is asked only when it is wanted, and again only where asking failed."""
        key = (str(document["doc_id"]), str(document["sha256"]), english)
        for at in range(COUNT + 1):
            with self._guard:  # one after the other: nobody waits for these
                if key not in self._known:
                    self._known[key] = [], self._answered(document, self._english(document) if english else self._chinese(document))
                good, rest = self._known[key]
                while len(good) <= at:
                    question = self._next(key, rest)
                    if not question:
                        return
                    good.append(question)
            yield good[at]

    def _next(self, key: tuple[str, str, bool], rest: Iterator[str]) -> str:
        """Return a further good question, "" where there is none or nothing is asked at the moment."""
        if time.monotonic() < self._asks_from:
            return ""
        try:
            return next(rest, "")
        except DgqaError as error:
            logger.warning("questions to suggest could not be asked: %s", error)
            self._asks_from = time.monotonic() + _PAUSE
            del self._known[key]
            return ""

    def _chinese(self, document: Mapping[str, Any]) -> Mapping[str, str]:
        if document["script"] not in ("Hans", "Hant"):
            return {}
        title, script = str(document["title"]), document["script"]
        headed = [question for section in document["sections"] if (question := question_of(str(section["title"]), script))]
        made = [question for heading in headed if (question := complete(heading, title, script))]
        # Those that say by themselves what they are about go first.
        made.sort(key=lambda question: question not in headed)
        whole = to_script(table("suggestions")["whole"]["question"], document["script"]).format(title=_short(title))
        return dict.fromkeys([*dict.fromkeys(made)][: _TRIED - 1] + ([whole] if title else []), "")

    def _english(self, document: Mapping[str, Any]) -> Mapping[str, str]:
        made = english_of([*(str(section["title"]) for section in document["sections"]), str(document["title"])])
        return dict(list(made.items())[:_TRIED])

    def _answered(self, document: Mapping[str, Any], asked: Mapping[str, str]) -> Iterator[str]:
        """Yield those of some questions that the document answers, with the term that each is on in the words cited."""
        if self._asker is None:
            return
        for question, term in asked.items():
            try:
                answer = self._asker.ask(question)
            except AnswerError:  # of a title that is no title, for example
                continue
            if answer.status == "answered" and any(citation.doc_id == document["doc_id"] and term in simplify(citation.quote) for citation in answer.citations):
                yield question


def _alike(one: str, other: str) -> bool:
    """Whether two questions are all but one: for readers 数字政府为什么重要 and 为什么要建数字政府 are."""
    if one == other:
        return True
    a, b = (set(_SAID.findall(simplify(text).lower())) for text in (one, other))
    # 第一阶段的目标 and 第二阶段的目标 share all but what counts.
    return len(a & b) >= _SAME * len(a | b) > 0 and not any(said.isnumeric() for said in a ^ b)
