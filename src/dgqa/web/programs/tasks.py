"""Tell what a chat program asks for besides answers, such as a title for the conversation, and the question that it wraps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from dgqa.data import table
from dgqa.language.text import Script, detect_script, to_script
from dgqa.web.suggesting import Suggestions, topic_of

_FORM = re.compile(r'\{\s*"(\w+)"\s*:')
_TITLE = 24  # characters of the title of a conversation
_TITLED = re.compile("《([^《》]{2,80})》")


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for: ``name`` of it, ``key`` of the JSON to put it into, "" for bare text, and the conversation it is for, as (role, text)."""

    name: str
    key: str
    talk: tuple[tuple[str, str], ...]

    @property
    def asked(self) -> list[str]:
        """The questions of the conversation."""
        return [text for role, text in self.talk if role == "user"]


def task_of(text: str, system: str = "") -> Task | None:
    """Return what the last message asks for in place of an answer, None where it is a question.

    >>> task_of('Generate a title. JSON format: { "title": "…" }\\nUSER: 什么是甲？\\nASSISTANT: 甲是乙。').talk
    (('user', '什么是甲？'), ('assistant', '甲是乙。'))
    """
    tasks = table("tasks")
    if (key := _form(system)) and tasks["forms"][key] == "none":
        return Task("none", key, ())
    if key := _form(text):
        return Task(tasks["forms"][key], key, _talk(text))
    name = next((name for name, pattern in _patterns() if pattern.search(text)), "")
    return Task(name, "", _talk(text)) if name else None


def question_in(text: str) -> str:
    """Return the question of a message, without what a program put around it."""
    for pattern in table("tasks")["question"]["wraps"]:
        if found := re.match(pattern, text):
            return str(found["question"])
    return text


def done(task: Task, documents: Sequence[Mapping[str, Any]], suggestions: Suggestions) -> str:
    """Return what a task asks for, without a language model.

    Args:
        task: What is asked for.
        documents: The articles that the conversation is about.
        suggestions: Questions that these answer.
    """
    made: dict[str, Any] = {
        "title": lambda: _title(task.asked),
        "tags": lambda: [topic] if (topic := topic_of([str(document["title"]) for document in documents])) else [],
        "follow_ups": lambda: _follow_ups(task, documents, suggestions),
        "queries": lambda: task.asked[-1:],
        "none": list,
    }
    value = made.get(task.name, str)()
    return json.dumps({task.key: value}, ensure_ascii=False) if task.key else str(value)


def _form(text: str) -> str:
    """Return the key of the JSON that a text prescribes, as far as it is a known one; "" for none."""
    keys = _FORM.findall(text) if "json" in text.lower() else []
    return next((key for key in keys if key in table("tasks")["forms"]), "")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in table("tasks")["plain"].items())


def _talk(text: str) -> tuple[tuple[str, str], ...]:
    """Return the conversation that a task quotes."""
    start, end = text.rfind("<chat_history>"), text.rfind("</chat_history>")
    quoted = text[start + len("<chat_history>") : end] if 0 <= start < end else text
    turns = [*re.finditer(table("tasks")["history"]["turn"], quoted)]
    ends = [*(turn.start() for turn in turns[1:]), len(quoted)][: len(turns)]
    said = [(turn["role"].lower(), quoted[turn.end() : end].strip(' \n"”')) for turn, end in zip(turns, ends, strict=True)]
    return tuple(("user" if role in ("user", "human") else "assistant", text) for role, text in said)


def _title(asked: Sequence[str]) -> str:
    first = " ".join(asked[0].split()).rstrip("？?。. ") if asked else ""
    return first if len(first) <= _TITLE else f"{first[: _TITLE - 1]}…"


def _follow_ups(task: Task, documents: Sequence[Mapping[str, Any]], suggestions: Suggestions) -> list[str]:
    cited = [title for role, text in reversed(task.talk) if role == "assistant" for title in _TITLED.findall(text)]
    ids = {str(document["title"]): str(document["doc_id"]) for document in documents}
    script: Script = detect_script(task.asked[-1]) if task.asked else ""
    found = suggestions.questions([ids[title] for title in dict.fromkeys(cited) if title in ids], task.asked, english=script == "Latn")
    return [to_script(question, script) for question in found] if script in ("Hans", "Hant") else list(found)
