"""Compose an answer by a chat model: ask it, read it, hold it against the evidence, look it over, give it out as it grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from dgqa.answer.citing import answer_of, extracted
from dgqa.answer.composed.composing import budget_of, gather, gather_whole, grounds, hint_of
from dgqa.answer.composed.drafts import Written, written
from dgqa.answer.composed.json_drafts import Missing
from dgqa.answer.composed.looking_over import look_over
from dgqa.answer.composed.prompts import FORM, compose_messages
from dgqa.answer.composed.sheet import Sheet
from dgqa.answer.evidence import Evidence
from dgqa.answer.inquiry import Inquiry
from dgqa.answer.judging import doubted
from dgqa.claims.marking import Marker
from dgqa.language.reading import Text
from dgqa.language.text import to_script
from dgqa.messages import say, stacked
from dgqa.models.chat import Chat
from dgqa.models.failures import ChatFailure
from dgqa.models.readers.opening import open_entailment
from dgqa.models.streaming import Cost
from dgqa.models.thinking import Forget
from dgqa.search.retriever import ms
from dgqa.types import Answer, Status

_SURELY_NOTHING = 0.01  # probability of an answer below which a large model is not asked either


def is_asked(known: Inquiry, chat: Chat) -> bool:
    """Whether a chat model is asked: a small one where the rules found an answer, a large one wherever something was found."""
    if not known.found.hits or known.verdict.parts.get("smalltalk"):
        return False
    if known.verdict.status != "refused":
        return True
    return chat.strong and (known.verdict.confidence is None or known.verdict.confidence >= _SURELY_NOTHING)


def composed(known: Inquiry, chat: Chat, cost: Cost, *, without: frozenset[str] = frozenset()) -> Iterator[Answer]:
    """Yield the composed answer, a sentence more each time; where the model fails, the articles' own sentences alone. ``without`` names checks that are left out."""
    begun = time.perf_counter()
    known.trace |= {"withheld": [], "profile": "strong" if chat.strong else "local"}
    budget = budget_of(known, chat.context)
    while True:
        evidence = gather_whole(known.chosen, (*known.found.hits, *known.further), budget) if chat.strong else gather(known.chosen, known.found.hits)
        try:
            yield from _Composition(known, chat, evidence, cost, begun, without).answers()
            return
        except ChatFailure as failure:
            # Half of it may fit.
            if failure.reason == "too_long" and chat.strong and len({item.passage.row for item in evidence}) > 1:
                budget //= 2
                continue
            _note(known, cost, begun)
            known.trace["mode"] = "extractive"
            yield from extracted(known, failure.reason)
            return


def _note(known: Inquiry, cost: Cost, begun: float) -> None:
    known.trace["timings"]["compose"] = ms(begun)
    known.trace["cost"] = cost.to_dict()


class _Composition:
    def __init__(self, known: Inquiry, chat: Chat, evidence: list[Evidence], cost: Cost, begun: float, without: frozenset[str]) -> None:
        self._known, self._chat, self._evidence, self._cost, self._begun = known, chat, evidence, cost, begun
        self._sheet = Sheet(known, evidence, Marker(grounds(evidence), question=known.asked, entailment=open_entailment(known.retriever.embedder.name), careful=not chat.strong, without=without))
        self._missing: list[str] = []
        self._denied_first = False
        self._cut = ""  # why the answer ended before its end; the second look is a reply of its own

    def answers(self) -> Iterator[Answer]:
        """Yield the answer as it grows, at last with all marks.

        Raises:
            ChatFailure: the model failed.
        """
        growing: Answer | None = None
        for item in self._written():
            if growing is not None:
                yield growing
            growing = self._growing() if item else None
        if self._chat.verifies and self._sheet.lines:
            if growing is not None:
                yield growing
            self._look_over()
        _note(self._known, self._cost, self._begun)
        self._known.trace |= {"withheld": self._sheet.withheld, "faults": self._faults()}
        yield from self._ended()

    def _written(self) -> Iterator[bool]:
        """Take what the model writes; yield whether a sentence more is shown, False where all was taken back."""
        known, chat, sheet = self._known, self._chat, self._sheet
        hint = hint_of(known, known.language) if chat.strong else ""
        messages = compose_messages(self._standalone, self._evidence, known.language, strong=chat.strong, hint=hint)
        form = FORM if chat.strong and chat.takes_form else None
        stream = chat.speaker().pieces(messages, timeout=chat.options.timeout, retries=chat.options.retries, form=form, cost=self._cost)
        for item in written(stream):
            if isinstance(item, Forget):
                sheet.forget()
                self._missing = []
                yield False
            elif isinstance(item, Missing):
                self._missing.append(item.text)
            elif isinstance(item, Written) and sheet.take(item):
                known.trace["timings"].setdefault("first_sentence", ms(known.started))
                yield True
            self._denied_first = self._denied_first or (bool(sheet.absences) and not sheet.lines)
            if sheet.full:
                return
        self._cut = self._cost.cut
        if self._cut:
            known.trace["cut"] = True
            sheet.drop_torn()

    def _growing(self) -> Answer:
        sentences, citations = self._sheet.sentences()
        known = self._known
        # What the rules found wrong with the question is said, if at all, at the end.
        begun = replace(known.verdict, status="answered" if known.verdict.status == "refused" else known.verdict.status, lead="", reason="")
        return answer_of(replace(known, verdict=begun, trace={**known.trace, "mode": "composed"}), sentences, citations, "", marked=not self._chat.verifies)

    def _look_over(self) -> None:
        sheet, chat = self._sheet, self._chat
        started = time.perf_counter()
        lines = [(line.written.claim, line.marked.numbers) for line in sheet.lines]
        verdicts = look_over(chat.speaker(), self._standalone, lines, self._evidence, self._known.language, timeout=chat.options.timeout, cost=self._cost)
        sheet.looked_over(verdicts)
        self._known.trace["looked_over"] = [verdicts.get(place, "") for place in range(len(lines))]
        self._known.trace["timings"]["verify"] = ms(started)

    def _faults(self) -> list[str]:
        return [*(line.marked.why for line in self._sheet.lines if line.marked.mark == "withheld"), *("no_answer" for _ in self._sheet.absences)]

    def _ended(self) -> Iterator[Answer]:
        """Yield the last answer: what is shown and what is missing, or the articles' own sentences where nothing is left."""
        known, sheet = self._known, self._sheet
        absent = self._absent()
        if not sheet.shown:
            known.trace["mode"] = "extractive"
            denied = bool(self._missing) or self._denied_first
            if denied and known.verdict.status != "refused":
                known.verdict = doubted(known.verdict, known.language)
                known.trace["signals"] |= known.verdict.parts
            yield from extracted(known, "no_answer" if denied else "unsupported", stacked(absent, self._withheld()))
            return
        known.trace["mode"] = "composed"
        self._judge(absent)
        sentences, citations = sheet.sentences()
        reason = stacked(known.verdict.reason, self._withheld())
        yield answer_of(known, sentences, citations, reason)

    def _judge(self, absent: str) -> None:
        """Judge by what the model wrote: a large one sets the status, a small one leaves it to the rules."""
        known = self._known
        if not self._chat.strong:
            known.verdict = replace(known.verdict, reason=stacked(known.verdict.reason, absent))
            return
        sure = any(line.marked.mark == "confirmed" for line in self._sheet.shown) and (known.verdict.status != "refused" or self._on_topic())
        status: Status = "answered" if sure and not self._missing else "partial"
        reason = absent if absent or status == "answered" else say("unsure", known.language)
        known.verdict = replace(known.verdict, status=status, lead="", reason=reason)

    @property
    def _standalone(self) -> str:
        return str(self._known.trace.get("standalone", self._known.question))

    def _on_topic(self) -> bool:
        """Whether a confirmed sentence has a word of the question: an article may order a model to say anything."""
        words = [word for word in self._known.asked.content if len(word) > 1]
        said = [Text(line.written.claim) for line in self._sheet.shown if line.marked.mark == "confirmed"]
        return any(text.english or self._known.asked.english or any(word in text.folded for word in words) for text in said)

    def _absent(self) -> str:
        """Say what the model finds to be missing."""
        language = self._known.language
        said = [text.rstrip("。.；; ") for text in (*self._missing, *self._sheet.absences) if text]
        if not said:
            return ""
        things = ("; " if language == "Latn" else "；").join(dict.fromkeys(said))
        return say("llm_missing", language, missing=things if language == "Latn" else to_script(things, language))

    def _withheld(self) -> str:
        """Say how much is not shown, and that the model may have had more to say."""
        count, language = len(self._sheet.withheld), self._known.language
        lines = (say("withheld", language, count=str(count)) if count else "", say("cut_off" if self._cut == "length" else "stopped", language) if self._cut else "")
        return "\n".join(line for line in lines if line)
