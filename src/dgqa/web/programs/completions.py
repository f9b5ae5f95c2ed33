"""Write growing answers as completions of OpenAI's protocol, whole or as chunks, with sources below the text and citations as fields."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from dgqa.errors import DgqaError
from dgqa.types import Answer
from dgqa.web.programs.desk import told
from dgqa.web.programs.sources import sources

_NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


@dataclass(frozen=True, slots=True)
class Writing:
    """A completion that is being written: for which model, with the page at ``address``; ``usage`` tells to end a stream with its tokens, ``corpus`` which articles are cited."""

    model: str
    address: str
    usage: bool = False
    corpus: str = ""
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> dict[str, Any]:
        """Return the completion of an answer."""
        made = self._completion(answer.text + sources(answer), tokens(answer), annotations=references(answer, self.address, self.corpus))
        return {**made, "dgqa": told(answer)}

    def bare(self, text: str) -> dict[str, Any]:
        """Return a completion that is no answer."""
        return self._completion(text, dict(_NO_TOKENS))

    def bare_chunks(self, text: str) -> Iterator[str]:
        """Yield the events of a stream that says what is no answer."""
        yield self._chunk({"role": "assistant", "content": text})
        yield from self._end(dict(_NO_TOKENS))

    def chunks(self, answers: Iterator[Answer], public: Callable[[DgqaError], Mapping[str, Any]]) -> Iterator[str]:
        """Yield the events of a stream; an error on the way is the last of them.

        Args:
            answers: Growing answers.
            public: What is told of an error.
        """
        said = ""
        yield self._chunk({"role": "assistant", "content": ""})
        try:
            for answer in answers:
                # Where a language model failed on the way, the whole of what counts at the end is said anew.
                more = answer.text[len(said) :] if answer.text.startswith(said) else f"\n\n{answer.text}"
                said = answer.text
                if more:
                    yield self._chunk({"content": more})
        except DgqaError as error:
            yield _event(public(error))
            return
        last: dict[str, Any] = {"annotations": references(answer, self.address, self.corpus)}
        yield self._chunk({**last, "content": sources(answer)} if answer.citations else last)
        yield from self._end(tokens(answer), dgqa=told(answer))

    def _completion(self, text: str, usage: Mapping[str, int], **more: Any) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "refusal": None, **more}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage}

    def _end(self, usage: Mapping[str, int], **more: Any) -> Iterator[str]:
        """Yield the events that end a stream."""
        yield self._chunk({}, finish_reason="stop", **more)
        if self.usage:
            yield _event({**self._head("chat.completion.chunk"), "choices": [], "usage": usage})
        yield "data: [DONE]\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _chunk(self, delta: Mapping[str, Any], *, finish_reason: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return _event({**self._head("chat.completion.chunk"), "choices": [choice], **more})


def references(answer: Answer, address: str, corpus: str = "") -> list[dict[str, Any]]:
    """Return the citations as OpenAI's protocol has them: where in the text, the title, and the page that shows the cited characters."""
    made = []
    for citation in answer.citations:
        start, end = next((_place(answer.text, sentence.text) for sentence in answer.sentences if citation.number in sentence.citations), (0, 0))
        url = f"{address}/?doc={quote(citation.doc_id, safe='')}&start={citation.start}&end={citation.end}"
        url += f"&corpus={quote(corpus, safe='')}" if corpus else ""
        made.append({"type": "url_citation", "url_citation": {"start_index": start, "end_index": end, "title": citation.title, "url": url}})
    return made


def _place(text: str, sentence: str) -> tuple[int, int]:
    at = text.find(sentence)
    return (at, at + len(sentence)) if at >= 0 else (0, 0)


def tokens(answer: Answer) -> dict[str, int]:
    """Return the tokens that a language model read and wrote; none where the answer is the articles' own sentences."""
    cost = answer.trace.get("cost")
    read, written = (int(cost.get(name) or 0) for name in ("read", "written")) if isinstance(cost, Mapping) else (0, 0)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _event(value: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
