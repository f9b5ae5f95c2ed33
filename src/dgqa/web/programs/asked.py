"""What programs may ask for: the bodies of their requests, checked, and what they mean to an assistant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dgqa.answer.confidence import Strictness
from dgqa.errors import AnswerError
from dgqa.messages import Language
from dgqa.question.talk import Turn
from dgqa.types import Filter
from dgqa.web.programs.sources import without_sources
from dgqa.web.programs.tasks import Task, question_in, task_of

MAX_HITS = 50
MAX_TURNS = 50
_CORPUS = "the name of the articles, where the server has several collections; the first by default"


class Where(BaseModel):
    """Where to look: fields are joined by "and", the values of one field by "or"."""

    model_config = ConfigDict(extra="forbid")

    documents: list[str] = Field(default=[], description="ids, paths or titles of articles, or parts of them")
    authors: list[str] = Field(default=[], description="parts of authors' names")
    sections: list[str] = Field(default=[], description="parts of headings above a passage")
    date_from: str = Field(default="", description="a year, month or day: articles of then or later")
    date_to: str = Field(default="", description="a year, month or day: articles of then or earlier")


class Search(BaseModel):
    """A search for passages."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="the question, in simplified Chinese, traditional Chinese or English")
    filter: Where | None = Field(default=None, description="which articles and sections to search; all by default")
    k: int = Field(default=5, ge=1, le=MAX_HITS, description="how many passages")
    corpus: str = Field(default="", description=_CORPUS)


class Wishes(BaseModel):
    """What may be set for an answer."""

    filter: Where | None = Field(default=None, description="which articles and sections may answer; all by default")
    language: Language | None = Field(default=None, description="language and script of the answer (Latn is English); the question's by default")
    k: int | None = Field(default=None, ge=1, le=MAX_HITS, description="how many passages are searched; 8 by default")
    strictness: Strictness | None = Field(default=None, description="how sure the answer must be; the server's setting by default")

    def options(self) -> dict[str, Any]:
        """Return what was set, as `Assistant.ask` takes it."""
        given = {"filter": limits(self.filter), "language": self.language, "k": self.k, "strictness": self.strictness}
        return {name: value for name, value in given.items() if value is not None}


class Question(Wishes):
    """A question."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="the question, in simplified Chinese, traditional Chinese or English")
    history: list[tuple[str, str]] = Field(default=[], max_length=MAX_TURNS, description="the talk before it, oldest first, as [question, answer] pairs")
    corpus: str = Field(default="", description=_CORPUS)
    details: bool = Field(default=False, description="also return the passages that were found, and how the answer came about")


class Part(BaseModel):
    """A part of a message; text alone can be read."""

    type: str
    text: str | None = None


class Message(BaseModel):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    def text(self) -> str:
        """Return the text of the message.

        Raises:
            AnswerError: a user's message has a part that is no text.
        """
        if not isinstance(self.content, list):
            return self.content or ""
        other = next((part.type for part in self.content if part.text is None), None)
        if other is not None and self.role == "user":
            raise AnswerError(f"a message has a part of type {other!r}: only text can be read")
        return "\n".join(part.text for part in self.content if part.text is not None)


class StreamOptions(BaseModel):
    """What is told of a stream."""

    include_usage: bool = False


class Completion(Wishes):
    """A request in OpenAI's protocol, with the wishes as fields of their own; others, such as a temperature, change nothing."""

    model: str = Field(default="", description="one of /v1/models; the first by default")
    messages: list[Message] = Field(min_length=1, description="the conversation; the last message asks. What a system message says changes nothing")
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=None, ge=1, le=1, description="there is one answer")

    def talk(self) -> tuple[str, list[Turn]]:
        """Return the question and the talk before it.

        Raises:
            AnswerError: the last message is not a user's, or one holds anything but text.
        """
        said = [(message.role, message.text()) for message in self.messages if message.role in ("user", "assistant")]
        if not said or said[-1][0] != "user":
            raise AnswerError("the last message is not a user's: end with the question, as {\"role\": \"user\", \"content\": …}")
        *before, (_, question) = said
        return question_in(question), _pairs(before)[-MAX_TURNS:]

    def task(self) -> Task | None:
        """Return what the last message asks for in place of an answer, None where it is a question."""
        system = "\n".join(message.text() for message in self.messages if message.role in ("system", "developer"))
        last = self.messages[-1]
        return task_of(last.text(), system) if last.role == "user" else None


def _pairs(said: Sequence[tuple[str, str]]) -> list[Turn]:
    """Return what users said with what was answered; an answer before any question is left out."""
    turns: list[Turn] = []
    for role, text in said:
        if role == "user":
            turns.append((text, ""))
        elif turns:
            turns[-1] = (turns[-1][0], without_sources(text))
    return turns


def limits(where: Where | None) -> Filter | None:
    """Return a filter, None where nothing is limited."""
    made = None if where is None else Filter(tuple(where.documents), tuple(where.authors), tuple(where.sections), where.date_from, where.date_to)
    return made or None
