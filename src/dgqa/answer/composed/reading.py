"""Read passages by a chat model, which says which of their sentences belong to the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.answer.composed.prompts import read_messages
from dgqa.errors import ModelError
from dgqa.language.text import detect_script, simplify
from dgqa.messages import say
from dgqa.models.chat import Chat
from dgqa.models.failures import ChatFailure
from dgqa.models.readers.reader import Page, Phrase, Reading
from dgqa.models.streaming import Cost

_LINE = re.compile(r"^\W*(\d{1,4})\W+(\d{1,3})\b\s*%?[ \t:：|]*(.*)$", re.MULTILINE)
_SUREST = 0.97  # however sure a model says it is
_UNNAMED = 0.02  # probability of a sentence that it does not name
_MARKS = "\"'“”‘’「」『』`* "


class ChatReader:
    """Reads pages with a chat model, all that are given at once in one request. Safe to use from several threads."""

    def __init__(self, chat: Chat) -> None:
        self.name = f"chat:{chat.label}"
        self._chat = chat

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        """Return a reading of every page, in their order.

        Raises:
            ModelError: the model cannot be opened, or failed.
        """
        if not pages:
            return []
        options = self._chat.options
        messages = read_messages(question, pages, detect_script(question) or "Hans")
        try:
            text = self._chat.speaker().text(messages, timeout=options.timeout, retries=options.retries, cost=Cost())
        except ChatFailure as failure:
            raise ModelError(f"the chat model {self._chat.label}, which is to read the passages, failed: {say(f'llm_{failure.reason}', 'Latn')}: ask again, or set reader to auto") from failure
        named = {int(number): (min(int(sure) / 100, _SUREST), phrase.strip(_MARKS)) for number, sure, phrase in _LINE.findall(text)}
        numbers = iter(range(1, 1 + sum(len(page.sentences) for page in pages)))
        return [_reading(page, [named.get(next(numbers), (_UNNAMED, "")) for _ in page.sentences]) for page in pages]


def _reading(page: Page, said: Sequence[tuple[float, str]]) -> Reading:
    each = tuple(max(sure, _UNNAMED) for sure, _ in said)
    phrases = tuple(_phrase(sentence, phrase, sure) for sentence, (sure, phrase) in zip(page.sentences, said, strict=True))
    return Reading(max(each, default=0.0), each, phrases)


def _phrase(sentence: str, phrase: str, sure: float) -> Phrase | None:
    """Return where a phrase stands in a sentence, in either script; None where it does not."""
    whole, part = simplify(sentence), simplify(phrase)
    start = whole.find(part) if part and len(whole) == len(sentence) else -1
    return None if start < 0 else Phrase(start, start + len(part), sure)
