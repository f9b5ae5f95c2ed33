"""Limit how many requests of a client there may be, how large and how slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Message, Receive

MAX_BODY = 2_000_000  # bytes of a request that carries no file: a long conversation and what is around it
MAX_OPEN = 512  # requests at once, waiting streams of open pages among them
BODY_SECONDS = 30.0  # for the next part of a body; who sends nothing for so long has gone
BODY_TOTAL = 600.0  # seconds for all of a body
_CLIENTS = 10_000  # clients that are remembered


class TooLargeError(Exception):
    """A body grew beyond the limit while it was read."""


class TooSlowError(Exception):
    """A body did not come in time."""


class Bucket:
    """Tokens by client: ``per_minute`` at most, refilled steadily."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._most, self._clock = per_minute, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> int:
        """Take a token: return 0, or where there is none, the seconds until the next."""
        left, now = self._now(client)
        if len(self._left) > _CLIENTS:
            full = [key for key, (some, at) in self._left.items() if some + (now - at) * self._most / 60 >= self._most]
            for key in full or list(self._left)[: _CLIENTS // 2]:
                del self._left[key]
        self._left[client] = left - 1 if left >= 1 else left, now
        return self._seconds(left)

    def wait(self, client: str) -> int:
        """Return 0 where there is a token, and take none; else the seconds until the next."""
        return self._seconds(self._now(client)[0])

    def _now(self, client: str) -> tuple[float, float]:
        """Return how many tokens there are by now, and when that is."""
        now = self._clock()
        left, at = self._left.get(client, (float(self._most), now))
        return min(self._most, left + (now - at) * self._most / 60), now

    def _seconds(self, left: float) -> int:
        return 0 if left >= 1 else max(1, round((1 - left) * 60 / self._most))


@dataclass(frozen=True, slots=True)
class Limits:
    """What requests may ask of the server.

    Args:
        body: Bytes of a request's body.
        upload: The same where files are sent; 0 closes the route for files.
        rate: POST requests a minute and client; 0 for no limit.
        open: Requests at once.
        frames: Origins whose pages may show this one in a frame, besides its own.
        local: Whether only names of this machine are answered to, as nobody else is meant to enter.
    """

    body: int = MAX_BODY
    upload: int = 0
    rate: int = 0
    open: int = MAX_OPEN
    frames: tuple[str, ...] = ()
    local: bool = False


USUAL = Limits()


class Body:
    """A ``receive`` that raises where a body grows too large or does not come; ``fault`` is what it raised, whoever caught it.

    After the end of the body it waits for as long as it is asked to: whoever asks on wants to know when the client leaves.
    """

    def __init__(self, receive: Receive, limit: int, clock: Callable[[], float]) -> None:
        self.fault: TooLargeError | TooSlowError | None = None
        self._receive, self._limit, self._clock = receive, limit, clock
        self._read, self._whole, self._started = 0, False, clock()

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            left = self._started + BODY_TOTAL - self._clock()
            message = await asyncio.wait_for(self._receive(), max(0.0, min(BODY_SECONDS, left)))
        except TimeoutError as error:
            self.fault = TooSlowError()
            raise self.fault from error
        self._read += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        if self._read > self._limit:
            self.fault = TooLargeError()
            raise self.fault
        return message
