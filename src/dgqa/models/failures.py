"""Why a chat model failed, in one word, and what of a request it refuses; never the message of the error, which may hold a key."""

from __future__ import annotations

import re
from typing import Literal

Refusable = Literal["temperature", "usage", "form", "system", "stream"]

_REFUSED: tuple[tuple[Refusable, re.Pattern[str]], ...] = (
    ("temperature", re.compile(r"temperature|top_p")),
    ("usage", re.compile(r"stream_options|include_usage")),
    ("form", re.compile(r"response_format|json_schema|json mode|json_object|structured output|tool_choice|\btools?\b.{0,40}(?:support|allow|enable)|function call")),
    ("system", re.compile(r"(?:system|developer)[ _-]?(?:role|messages?|prompts?|instructions?)|role.{0,40}\b(?:system|developer)\b|\b(?:system|developer)\b.{0,40}not (?:supported|enabled|allowed)|roles? must alternate")),
    ("stream", re.compile(r"stream")),
)
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window)|maximum context|too many tokens|token limit|reduce the length|input length|(?:prompt|input|message|request)s? (?:is|are) too (?:long|large)|exceeds? .{0,40}(?:context|tokens)"
    r"|(?:上下文|输入|请求|提示).{0,12}(?:过长|超出|超过)|超出.{0,12}长度"
)
_NO_CREDIT = re.compile(r"insufficient[ _](?:quota|balance|funds|credit)|exceeded your current quota|credit balance|arrearage|billing|欠费|余额不足|账户余额")
_FILTERED = re.compile(r"content[ _](?:filter|policy|management)|data_inspection_failed|moderation|敏感|不合规|内容安全")
_NO_MODEL = re.compile(r"model.{0,80}(?:not (?:found|exist|available|supported)|does(?:n.t| not) exist|unknown|invalid)|(?:no such|unknown|invalid) model|model_not_found|模型.{0,40}(?:不存在|未找到)")
_TEMPORARY = re.compile(r"overloaded|capacity|temporarily unavailable|繁忙")
_READ = 4_000  # characters of a message that are looked at
_NAMES = (
    ("cut_stream", ("RemoteProtocol", "ReadError", "IncompleteRead", "ChunkedEncoding", "ConnectionReset", "BrokenPipe")),
)


class ChatFailure(Exception):  # noqa: N818
    """A chat model gave no usable text; ``reason`` says why in one word, see `reason_of`. Never leaves the package.

    ``refused`` names what of the request it does not take, None where it was something else.
    """

    def __init__(self, reason: str, refused: Refusable | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused


def failure_of(error: BaseException) -> ChatFailure:
    """Return the failure that a foreign error stands for, without its text."""
    chain = _chain(error)
    said = _said(chain)
    status = _status(chain)
    reason = reason_of(error)
    refusable = reason in ("error", "malformed", "wrong_address") and (status in (400, 404, 405, 415, 422, 501) or status is None)
    refusable = refusable or (reason == "no_model" and status in (400, 422))  # "streaming is not supported for this model"
    refused = next((part for part, pattern in _REFUSED if pattern.search(said)), None) if refusable else None
    return ChatFailure(reason, refused)


def reason_of(error: BaseException) -> str:
    """Return in one word why a chat model failed.

    One of "rate_limit", "no_credit", "unauthorized", "no_model", "wrong_address", "too_long", "filtered", "overloaded", "timeout",
    "unreachable", "server_error", "cut_stream", "malformed", "error".
    """
    chain = _chain(error)
    said, status = _said(chain), _status(chain)
    if status is not None:
        return _of_status(status, said)
    if _TOO_LONG.search(said):
        return "too_long"
    names = " ".join(type(item).__name__ for item in chain)
    if any(isinstance(item, TimeoutError) for item in chain) or "Timeout" in names:
        return "timeout"
    for reason, parts in _NAMES:
        if any(part in names for part in parts):
            return reason
    if "Connect" in names or any(isinstance(item, ConnectionError) for item in chain):
        return "unreachable"
    # After the others: many errors of a network are ValueErrors or OSErrors below.
    if any(name in names for name in ("JSONDecode", "Validation", "UnicodeDecode")) or any(isinstance(item, (KeyError, TypeError, ValueError, IndexError, AttributeError)) for item in chain):
        return "malformed"
    return "error"


def _of_status(status: int, said: str) -> str:
    if status == 402 or (status in (400, 403, 429) and _NO_CREDIT.search(said)):
        return "no_credit"
    named = {401: "unauthorized", 403: "unauthorized", 408: "timeout", 413: "too_long", 429: "rate_limit", 503: "overloaded", 504: "timeout", 529: "overloaded"}
    if status in named:
        return named[status]
    if status >= 500:
        return "too_long" if _TOO_LONG.search(said) else "overloaded" if _TEMPORARY.search(said) else "server_error"
    if status in (404, 405):
        return "no_model" if _NO_MODEL.search(said) else "wrong_address"
    for reason, pattern in (("too_long", _TOO_LONG), ("filtered", _FILTERED), ("no_model", _NO_MODEL)):
        if pattern.search(said):
            return reason
    return "error"


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return chain


def _said(chain: list[BaseException]) -> str:
    parts = [f"{item} {getattr(item, 'body', '') or ''}" for item in chain]
    return " ".join(parts)[:_READ].lower()


def _status(chain: list[BaseException]) -> int | None:
    for item in chain:
        status = getattr(item, "status_code", None) or getattr(getattr(item, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    return None
