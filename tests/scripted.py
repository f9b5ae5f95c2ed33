"""A fake assistant for the page's tests: scripted questions in, growing answers or errors out."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dgqa.errors import IndexNotFoundError
from dgqa.types import Answer, AnswerSentence, Citation, Hit, Passage, Sentence

FIVE = "《关于加强数字政府建设的指导意见》由国务院在2022年6月印发，顶层设计第一次有了完整的表述。"
SYSTEMS = "意见明确了数字政府建设的五大体系[3]和发展目标。"
PLAN = "2023年2月国务院发布《数字中国建设整体布局规划》。"
TARGET = "到2025年，与政府治理能力现代化相适应的数字政府顶层设计更加完善。"
RAW = {
    "hot": f"中国数字政府建设热点\n张三\n{FIVE}{SYSTEMS}{PLAN}\n",
    "plan": f"数字政府规划\n{TARGET}各地应因地制宜。\n",
}
ABOUT = {
    "hot": ("hot.txt", "中国数字政府建设热点：从理论到实践", "张三", "2023-06"),
    "plan": ("plan.txt", "数字政府规划", "", "2022"),
}
PASSAGES = {"hot": (FIVE, SYSTEMS, PLAN), "plan": (TARGET, "各地应因地制宜。")}

QUESTION = "数字政府的五大体系是什么？"
HANT_QUESTION = "數字政府的五大體系是什麼？"
ENGLISH_QUESTION = "What are the five systems of digital government?"
UNCOVERED = "2019年江苏省数字政府的预算是多少？"
ATTACKS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=2>",
    "<a href='javascript:window.hacked=3' id=trap>点我</a>",
    "<svg onload=window.hacked=4><animate onbegin=window.hacked=4 attributeName=x></svg>",
    "</mark></div><iframe srcdoc='<script>parent.hacked=5</script>'></iframe>",
    "[点我](javascript:window.hacked=6) ![x](http://attacker.test/x.png) $$\\href{javascript:alert(1)}{x}$$",
    "${window.hacked=7}{{constructor.constructor('window.hacked=7')()}}",
    "\n\n<script>window.hacked=8</script>\n\n```mermaid\ngraph TD; a[<img src=x onerror=window.hacked=8>]\n```",
)
ATTACK = " ".join(ATTACKS)
POLL = 0.02  # s: how often a server of http.server looks whether it is to end, which is waited for


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def passage(doc_id: str, texts: Sequence[str], raw: str, about: tuple[str, str, str, str]) -> Passage:
    """Return a passage of consecutive sentences of ``raw``; ``about`` is path, title, author and date."""
    path, title, author, date = about
    starts = [raw.index(text) for text in texts]
    sentences = tuple(Sentence(text, start, start + len(text)) for text, start in zip(texts, starts, strict=True))
    start, end = sentences[0].start, sentences[-1].end
    return Passage(0, doc_id, path, title, author, date, "顶层设计", start, end, raw[start:end], sentences)


def hits() -> tuple[Hit, ...]:
    """Return both passages of the little corpus as hits."""
    found = [passage(doc_id, PASSAGES[doc_id], RAW[doc_id], ABOUT[doc_id]) for doc_id in RAW]
    return tuple(Hit(rank, 1 / rank, item, item.sentences[:1]) for rank, item in enumerate(found, 1))


def citation(number: int, doc_id: str, quote: str) -> Citation:
    """Return a citation of ``quote`` in the little corpus."""
    start = RAW[doc_id].index(quote)
    return Citation(number, doc_id, *ABOUT[doc_id], "顶层设计", start, start + len(quote), quote, "page 3" if doc_id == "plan" else "")


def answered(question: str) -> Answer:
    """Return an answer of two sentences with three citations."""
    sentences = (AnswerSentence(SYSTEMS, (1, 2), 1.0), AnswerSentence(TARGET, (3,), 1.0))
    return Answer(
        question,
        "answered",
        f"{SYSTEMS}[1][2]\n\n{TARGET}[3]",
        sentences,
        (citation(1, "hot", SYSTEMS), citation(2, "hot", FIVE), citation(3, "plan", TARGET)),
        hits(),
    )


def refused(question: str) -> Answer:
    """Return a refusal with the nearest passages."""
    return Answer(question, "refused", "", hits=hits(), reason="语料中没有江苏省2019年预算的依据。")


def hostile(question: str) -> Answer:
    """Return an answer whose every text is an attack."""
    about = (ATTACK, ATTACK, ATTACK, ATTACK)
    evil = passage("evil", (ATTACK,), ATTACK, about)
    quoted = Citation(1, "evil", *about, ATTACK, 0, len(ATTACK), ATTACK)
    unseen = Citation(2, "unseen", *about, ATTACK, 0, len(ATTACK), ATTACK)
    sentence = AnswerSentence(ATTACK, (1, 2), 1.0)
    return Answer(question, "partial", f"{ATTACK}[1][2]", (sentence,), (quoted, unseen), (Hit(1, 1.0, evil, ()),), ATTACK)


TORN = "第一行完好。\n这一行的字损\ue250\ue47f坏了。\n\n第二节\n广告\n最后一行。\n"


def document(doc_id: str, raw: str, about: tuple[str, str, str, str], **more: Any) -> dict[str, Any]:
    """Return what an index tells about a document."""
    path, title, author, date = about
    told = {"doc_id": doc_id, "path": path, "title": title, "author": author, "date": date, "source": "", "script": "Hans"}
    return {**told, "encoding": "utf-8", "sha256": "", "characters": len(raw), "sections": [], "defects": [], **more}


class ScriptedIndex:
    """The little corpus, a hostile article and a damaged one."""

    def __init__(self) -> None:
        torn, advert = TORN.index("损") + 1, TORN.index("广告")
        defects = [
            {"kind": "gbk_cut", "start": torn, "end": torn + 2, "raw": TORN[torn : torn + 2], "repaired": "得", "confidence": 1.0},
            {"kind": "boilerplate", "start": advert, "end": advert + 2, "raw": "广告", "repaired": None, "confidence": 0.9},
        ]
        second = TORN.index("第二节")
        sections = [{"title": "第二节", "level": 1, "start": second, "end": len(TORN), "path": ["第二节"]}]
        evil = {"kind": ATTACK, "start": 0, "end": 8, "raw": ATTACK[:8], "repaired": ATTACK, "confidence": 1.0}
        heading = {"title": ATTACK, "level": 1, "start": 0, "end": 9, "path": [ATTACK]}
        self.texts = {**RAW, "evil": ATTACK, "torn": TORN}
        self.listing = [
            *(document(doc_id, RAW[doc_id], ABOUT[doc_id]) for doc_id in RAW),
            document("evil", ATTACK, (ATTACK, ATTACK, ATTACK, ATTACK), source=ATTACK, script=ATTACK, defects=[evil], sections=[heading]),
            document("torn", TORN, ("torn.txt", "損壞的文章", "李四", "2020-01-02"), script="Hant", defects=defects, sections=sections),
        ]

    def documents(self) -> list[dict[str, Any]]:
        """Return what is known of the articles."""
        return self.listing

    def raw(self, doc_id: str) -> str:
        """Return the text of an article."""
        if doc_id not in self.texts:
            raise IndexNotFoundError(f"no document {doc_id!r}")
        return self.texts[doc_id]

    def page(self, doc_id: str, start: int) -> str:
        """Return where in its file a place stands: the plan comes from a PDF."""
        return "page 3" if doc_id == "plan" else ""


class ScriptedRetriever:
    """Finds the little corpus for every question."""

    def __init__(self) -> None:
        self.index = ScriptedIndex()

    def search(self, question: str, k: int = 5, **limits: Any) -> list[Hit]:
        """Return the first ``k`` hits, whatever the limits."""
        return list(hits()[:k])


class ScriptedAssistant:
    """Answers as scripted, by default with ``answered``; ``asked`` keeps every question and history, ``ended`` those whose answer has come to its end.

    ``pauses`` are the seconds between the sentences of the answer to a question; that to one in ``held`` waits behind each sentence
    until ``go_on`` is set. ``options`` keeps what was set.
    """

    def __init__(self, script: Mapping[str, Answer | Exception] | None = None, pauses: Mapping[str, float] | None = None, held: Collection[str] = ()) -> None:
        self.script = dict(script or {})
        self.pauses = dict(pauses or {})
        self.held = frozenset(held)
        self.go_on = threading.Event()
        self.asked: list[tuple[str, list[tuple[str, str]]]] = []
        self.ended: list[str] = []
        self.options: list[dict[str, Any]] = []
        self.retriever = ScriptedRetriever()

    def ask(self, question: str, history: Sequence[tuple[str, str]] = (), **options: Any) -> Answer:
        """Return the last answer of ``stream``."""
        return list(self.stream(question, history, **options))[-1]

    def stream(self, question: str, history: Sequence[tuple[str, str]] = (), **options: Any) -> Iterator[Answer]:
        """Yield the scripted answer sentence by sentence, or raise the scripted error."""
        self.asked.append((question, list(history)))
        self.options.append(options)
        outcome = self.script.get(question) or answered(question)
        try:
            if isinstance(outcome, Exception):
                raise outcome
            for count in range(1, len(outcome.sentences)):
                shown = outcome.sentences[:count]
                numbers = {number for sentence in shown for number in sentence.citations}
                text = "\n\n".join(s.text + "".join(f"[{n}]" for n in s.citations) for s in shown)
                cited = tuple(item for item in outcome.citations if item.number in numbers)
                yield replace(outcome, text=text, sentences=shown, citations=cited)
                time.sleep(self.pauses.get(question, 0.0))
                if question in self.held:
                    self.go_on.wait(600)
            yield outcome
        finally:
            self.ended.append(question)
