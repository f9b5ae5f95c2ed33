"""Keep a server's connections from being held by clients that do nothing, or by one client alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

HEAD_SECONDS = 15.0  # for the line and the headers of a request, from the connection or its first byte on
_BUSY = b"too many connections: close some, or try again in some seconds"
_FULL = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(_BUSY), _BUSY)


def hold_few(config: Any, *, most: int, seconds: float = HEAD_SECONDS) -> None:
    """Let a server of uvicorn, of which this is the configuration, close connections that bring no request, and refuse a client too many.

    A connection that waits for its next request is closed by uvicorn itself. Connections made before stay as they are.

    Args:
        config: A loaded ``uvicorn.Config``.
        most: Connections of one client at once; 0 for no limit. Behind a proxy all are the proxy's.
        seconds: How long the head of a request may take.
    """
    held: Counter[str] = Counter()
    base: Any = config.http_protocol_class

    class Connection(base):  # type: ignore[misc]  # whichever protocol uvicorn has chosen
        _until: asyncio.TimerHandle | None = None
        _from: str | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            client = str((transport.get_extra_info("peername") or ("",))[0])
            if most and held[client] >= most:
                transport.write(_FULL)
                transport.close()
                return
            self._from = client
            held[client] += 1
            self._watch()

        def data_received(self, data: bytes) -> None:
            if self._from is None or self.transport.is_closing():
                return
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._until is not None:
                self._until.cancel()
            if self._from is not None:
                held[self._from] -= 1
                if not held[self._from]:
                    del held[self._from]
                self._from = None

        def _watch(self) -> None:
            """Start the clock where no request is under way; only a whole head stops it."""
            waits = self.cycle is None or self.cycle.response_complete
            if waits and self._until is None:
                self._until = self.loop.call_later(seconds, self._give_up)
            elif not waits and self._until is not None:
                self._until.cancel()
                self._until = None

        def _give_up(self) -> None:
            self._until = None
            if self.cycle is None or self.cycle.response_complete:
                self.transport.close()

    config.http_protocol_class = Connection
