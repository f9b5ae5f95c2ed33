"""Why a chat model failed, in one word, and what of a request it refuses; never the message of the error, which may hold a key."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, cast

from dgqa.data import expression, table

Refusable = Literal["temperature", "usage", "form", "system", "stream"]

# What the words of a server tell beside its status, which says the rest.
_TOLD = {
    400: {"no_credit", "rate_limit", "too_long", "filtered", "unauthorized", "no_model", "overloaded"},
    403: {"no_credit", "filtered", "no_model"},
    404: {"no_model"},
    429: {"no_credit", "rate_limit", "too_long"},
    500: {"too_long", "no_model", "overloaded"},
}
_TOLD |= {405: _TOLD[404], 422: _TOLD[400]}
_OF_STATUS = {
    301: "wrong_address", 302: "wrong_address", 307: "wrong_address", 308: "wrong_address",
    401: "unauthorized", 402: "no_credit", 403: "unauthorized", 404: "wrong_address", 405: "wrong_address", 408: "timeout", 413: "too_long", 429: "rate_limit",
    451: "filtered", 503: "overloaded", 504: "timeout", 522: "timeout", 524: "timeout", 529: "overloaded",
}  # fmt: skip
_READ = 4_000  # characters of a message that are looked at
_CUT = ("RemoteProtocol", "ReadError", "IncompleteRead", "ChunkedEncoding", "ConnectionReset", "BrokenPipe")


class ChatFailure(Exception):  # noqa: N818
    """A chat model gave no usable text; ``reason`` says why in one word, see `reason_of`. Never leaves the package.

    ``refused`` names what of the request it does not take, None where it was something else; ``wait`` is how many seconds the
    server asks for before the next request.
    """

    def __init__(self, reason: str, refused: Refusable | None = None, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused
        self.wait = wait


def failure_of(error: BaseException) -> ChatFailure:
    """Return the failure that a foreign error stands for, without its text."""
    chain = _chain(error)
    status, reason = _status(chain), reason_of(error)
    refused = cast("Refusable | None", _told("refused", _said(chain)))
    refusable = reason in ("error", "malformed", "wrong_address") and (status in (400, 404, 405, 415, 422, 501) or status is None)
    refusable = refusable or (reason == "no_model" and status in (400, 422))  # "streaming is not supported for this model"
    refusable = refusable or (reason == "server_error" and refused == "system")  # a template that breaks off
    return ChatFailure(reason, refused if refusable else None, _wait(chain))


def reason_of(error: BaseException) -> str:
    """Return in one word why a chat model failed.

    One of "rate_limit", "no_credit", "unauthorized", "no_model", "wrong_address", "too_long", "filtered", "overloaded", "timeout",
    "unreachable", "server_error", "cut_stream", "malformed", "error".
    """
    chain = _chain(error)
    said, status = _said(chain), _status(chain)
    if status is not None:
        kind = 500 if status >= 500 else status
        default = _OF_STATUS.get(status, "server_error" if status >= 500 else "error")
        return _told("reasons", said, _TOLD.get(kind, set())) or default
    if told := _told("reasons", said):
        return told
    names = " ".join(type(item).__name__ for item in chain)
    if any(isinstance(item, TimeoutError) for item in chain) or "Timeout" in names:
        return "timeout"
    if any(part in names for part in _CUT):
        return "cut_stream"
    if "Connect" in names or any(isinstance(item, ConnectionError) for item in chain):
        return "unreachable"
    # After the others: many errors of a network are ValueErrors or OSErrors below.
    if any(name in names for name in ("JSONDecode", "Validation", "UnicodeDecode")) or any(isinstance(item, (KeyError, TypeError, ValueError, IndexError, AttributeError)) for item in chain):
        return "malformed"
    return "error"


def _told(kind: str, said: str, among: Collection[str] | None = None) -> str | None:
    """Return what a server's words tell, the first of data/failing.toml that is found, of those ``among``."""
    return next((name for name, alternatives in table("failing")[kind].items() if (among is None or name in among) and expression(alternatives).search(said)), None)


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
    """Return the status of the reply, or the one that an error inside a reply names."""
    for item in chain:
        body = getattr(item, "body", None)
        named = body.get("code") if isinstance(body, dict) else None
        for status in (getattr(item, "status_code", None), getattr(getattr(item, "response", None), "status_code", None), named):
            number = int(status) if isinstance(status, str) and status.isdecimal() else status
            if isinstance(number, int) and 300 <= number < 600:
                return number
    return None


def _wait(chain: list[BaseException]) -> float:
    for item in chain:
        headers = getattr(getattr(item, "response", None), "headers", None) or {}
        asked = headers.get("retry-after", "")
        if re.fullmatch(r"\d{1,6}(?:\.\d+)?", asked):
            return float(asked)
    return 0.0
