"""A user and a password in; logins out that every process with the same secret accepts until they end or are logged out of."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

HOURS = 12  # a working day and what comes of it


class Sessions:
    """Logins of one user. Their tokens are signed, not kept: a process that was started later or beside accepts them too.

    The key comes from user, password and ``secret``, slowly enough that a token helps nobody to guess the password;
    another password or another secret ends every login.

    Args:
        user: Who may log in.
        password: With what.
        secret: What only the processes of this service know; may be "".
        hours: How long a login lasts.
        folder: Where logins that were logged out of are written down for the other processes; None keeps them to this one.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, user: str, password: str, *, secret: str = "", hours: int = HOURS, folder: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.user = user
        self._password = password
        self.seconds = hours * 3600
        self._clock = clock
        salt = hashlib.sha256(b"\0".join(part.encode("utf-8", "surrogatepass") for part in ("dgqa", user, secret))).digest()
        self._key = hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=2**14, r=8, p=1, dklen=32)
        self.name = hmac.digest(self._key, b"name", "sha256").hex()[:12]  # tells the cookies of two services on one host apart
        self._file = folder / f"{self.name}.ended" if folder else None
        self._ended: dict[str, float] = {}
        self._read = -1  # bytes of the file when it was last read

    def admits(self, user: str, password: str) -> bool:
        """Whether these are the user and the password; takes equally long for both wrong and right ones."""
        same_user = hmac.compare_digest(user.encode("utf-8", "surrogatepass"), self.user.encode("utf-8", "surrogatepass"))
        return hmac.compare_digest(password.encode("utf-8", "surrogatepass"), self._password.encode("utf-8", "surrogatepass")) and same_user

    def open(self) -> str:
        """Return the token of a new login."""
        body = f"{int(self._clock()) + self.seconds}.{secrets.token_hex(16)}"
        return f"{body}.{self._sign(body)}"

    def knows(self, token: str) -> bool:
        """Whether this is the token of a login that lasts."""
        ends, mark = self._parts(token)
        return ends > self._clock() and mark not in self._all_ended()

    def end(self, token: str) -> None:
        """End a login, in every process that shares the folder; a token that is none changes nothing."""
        if not self.knows(token):
            return
        ends, mark = self._parts(token)
        now = self._clock()
        self._ended = {mark: ends} | {other: end for other, end in self._ended.items() if end > now}
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="ascii") as stream:
                stream.write(f"{ends} {mark}\n")
        except OSError as error:
            logger.warning("other processes do not learn of a log-out: %s cannot be written: %s", self._file, error)

    def _sign(self, body: str) -> str:
        return hmac.digest(self._key, body.encode(), "sha256").hex()

    def _parts(self, token: str) -> tuple[int, str]:
        """Return when a login ends and its mark; 0 where the token is forged."""
        body, _, signature = token.rpartition(".")
        if not token.isascii() or not hmac.compare_digest(signature, self._sign(body)):
            return 0, ""
        ends, _, mark = body.partition(".")
        return int(ends), mark

    def _all_ended(self) -> dict[str, float]:
        """Return the logins that were ended here or elsewhere; those that would have ended anyway are forgotten."""
        now = self._clock()
        try:
            size = self._file.stat().st_size if self._file else 0
            if self._file and size != self._read:
                lines = self._file.read_text(encoding="ascii").splitlines()
                self._ended |= {mark: float(ends) for ends, _, mark in (line.partition(" ") for line in lines) if ends.isdigit()}
                self._ended = {mark: ends for mark, ends in self._ended.items() if ends > now}
                self._read = size
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            logger.warning("log-outs of other processes are not known: %s cannot be read: %s", self._file, error)
        return self._ended
