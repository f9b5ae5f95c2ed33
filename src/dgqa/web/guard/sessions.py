"""Log users in for every process with the same secret, until the login ends or they log out."""

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
_DAY = 86_400  # seconds


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
        self._folder = folder
        self._ended: dict[int, set[str]] = {}  # by the day on which they would have ended
        self._read: dict[int, int] = {}  # bytes of the file of a day when it was last read

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
        return ends > self._clock() and mark not in self._ended_on(ends // _DAY)

    def end(self, token: str) -> None:
        """End a login, in every process that shares the folder; a token that is none changes nothing."""
        if not self.knows(token):
            return
        ends, mark = self._parts(token)
        self._ended_on(ends // _DAY).add(mark)
        if self._folder is None:
            return
        file = self._file_of(ends // _DAY)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="ascii") as stream:
                stream.write(f"{mark}\n")
            self._forget()
        except OSError as error:
            logger.warning("other processes do not learn of a log-out: %s cannot be written: %s", file, error)

    def _file_of(self, day: int) -> Path:
        """Return where the logins are written down that would have ended on a day, by which a file is done with as a whole."""
        assert self._folder is not None
        return self._folder / f"{self.name}-{day}.ended"

    def _forget(self) -> None:
        """Remove the files of days that are over, of former passwords too: nobody reads or writes them any more."""
        assert self._folder is not None
        for file in self._folder.glob("*-*.ended"):
            day = file.stem.rpartition("-")[2]
            if day.isdecimal() and int(day) < int(self._clock()) // _DAY - 1:  # another's clock may be behind
                file.unlink(missing_ok=True)

    def _sign(self, body: str) -> str:
        return hmac.digest(self._key, body.encode(), "sha256").hex()

    def _parts(self, token: str) -> tuple[int, str]:
        """Return when a login ends and its mark; 0 where the token is forged."""
        body, _, signature = token.rpartition(".")
        if not token.isascii() or not hmac.compare_digest(signature, self._sign(body)):
            return 0, ""
        ends, _, mark = body.partition(".")
        return int(ends), mark

    def _ended_on(self, day: int) -> set[str]:
        """Return the logins, of those that would have ended on a day, that were ended here or elsewhere."""
        if day not in self._ended:
            today = int(self._clock()) // _DAY
            self._ended = {other: marks for other, marks in self._ended.items() if other >= today} | {day: set()}
            self._read = {other: size for other, size in self._read.items() if other >= today}
        marks = self._ended[day]
        if self._folder is None:
            return marks
        file = self._file_of(day)
        try:
            size = file.stat().st_size
            if size != self._read.get(day):
                marks.update(file.read_text(encoding="ascii").split())
                self._read[day] = size
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            logger.warning("log-outs of other processes are not known: %s cannot be read: %s", file, error)
        return marks
