"""A question before and its answer in; what a pronoun behind them stands for, out."""

from __future__ import annotations

import re

from dgqa.data import Pattern
from dgqa.language.text import HAN, segmented
from dgqa.question.parsing import Question

_SUBJECT = Pattern("question/followups", "subject")
_TITLED = re.compile(r"《[^》]{2,60}》")
_WHO = re.compile(r"谁|誰|哪(?:位|个|個|家|所|座|份|部|国|國|省|市|一)|什么名|叫什么|叫什麼|\bwho\b|\bwhich\b|\bwhat is .*called", re.IGNORECASE)


def antecedent(asked: Question, answer: str, pronoun: str) -> str:
    """What a pronoun stands for: who was asked for, else the title, name, body, place or subject of the question before."""
    previous = asked.text
    person = re.match(r"[他她]|he$|him$|his$|she$|her", pronoun, re.IGNORECASE) is not None
    if (person or pronoun.lower() in ("they", "them", "their", "他们", "她们", "他們", "她們")) and re.search(r"谁|誰|哪位|\bwho\b", previous, re.IGNORECASE):
        said = _who_did(previous, re.split(r"[。；;.!！?？\n]", answer.strip(), maxsplit=1)[0].strip())
        if 1 < len(said) <= 20:
            return said
    if not person and (name := _thing_named(asked, answer)):
        return name
    subject = _SUBJECT.match(re.sub(rf"^{HAN}{{2,8}}[上里裡中内內]的", "", previous))
    if subject and 2 <= len(name := _before_verb(re.sub(r"主要$", "", subject[1].strip()))) <= 16:
        return name
    return previous[slice(*asked.place_spans[0])] if asked.place_spans else ""


def _before_verb(subject: str) -> str:
    """Return a subject without a verb and all behind it: 省级平台 of 省级平台接入了."""
    head, done, _ = re.sub("過", "过", subject).replace("过", "了").partition("了")
    return "".join(segmented(head)[:-1]) if done else subject


def _thing_named(asked: Question, answer: str) -> str:
    """Return the title, body or quoted name of a question, or who the answer says it is, where it asks who."""
    previous = asked.text
    if titled := _TITLED.search(previous):
        return titled.group()
    named = [entity for entity in asked.entities if entity.kind in ("body", "quoted")]
    if named:
        quoted = re.search(rf"[“「\"]{re.escape(named[0].name)}[”」\"][A-Za-z]*{HAN}{{0,2}}?(?=[是由的在有，])", previous)
        return quoted.group() if quoted else named[0].name
    if _WHO.search(previous):
        said = _who_did(previous, re.split(r"[。；;，,.!！?？\n]", answer.strip(), maxsplit=1)[0].strip())
        if 2 <= len(said) <= 16 and not re.fullmatch(r"[\d.,%年月日个項项\s]+", said):
            return said
    return ""


def _who_did(question: str, said: str) -> str:
    """Return who an answer says it was, without what was asked: 方砚 of 方砚提出了方案 after 谁提出了方案."""
    did = re.search(rf"(?:谁|誰)({HAN}{{2}})", question)
    at = said.find(did[1]) if did else -1
    return said[:at] if at > 1 else said
