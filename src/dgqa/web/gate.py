"""A web application in; the same behind a gate out: closed routes, limits, a password, and headers that keep a browser in."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 2_000_000  # bytes of a request that carries no file: a long conversation and what is around it
MAX_OPEN = 512  # requests at once, waiting streams of open pages among them
LOGINS = 30  # wrong or new logins a minute and client
_CLIENTS = 10_000  # clients that are remembered

_API = "/gradio_api"
_UPLOAD = f"{_API}/upload"
# What Gradio can serve but this page never uses: files of the server, other servers' files, and its own workshop.
_CLOSED = (
    "/monitoring",
    *(f"{_API}/{name}" for name in (
        "file=", "file/", "proxy=", "stream/", "custom_component/", "process_recording", "deep_link", "vibe-", "undo-vibe-",
        "run-history/", "runs", "profiling/", "dev/", "token",
    )),
)  # fmt: skip
# What the login page is made of.
_OPEN = frozenset({"/", "/login", "/login/", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json",
                   f"{_API}/theme.css", f"{_API}/startup-events", f"{_API}/login_check", f"{_API}/login_check/"})  # fmt: skip
_OPEN_FOLDERS = ("/assets/", "/static/", "/svelte/")
_HEADERS = {
    # Gradio's page is built by inline and evaluated scripts; what the policy ensures is that nothing comes from or goes to other hosts.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self' data: blob:; "
        "worker-src 'self' blob:; frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class _TooLargeError(Exception):
    """A body grew beyond the limit while it was read."""


class _Bucket:
    """Tokens by client: ``per_minute`` at most, refilled steadily."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._most, self._clock = per_minute, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> int:
        """Take a token: return 0, or where there is none, the seconds until the next."""
        now = self._clock()
        if len(self._left) > _CLIENTS:
            full = [key for key, (left, at) in self._left.items() if left + (now - at) * self._most / 60 >= self._most]
            for key in full or list(self._left)[: _CLIENTS // 2]:
                del self._left[key]
        left, at = self._left.get(client, (float(self._most), now))
        left = min(self._most, left + (now - at) * self._most / 60)
        if left < 1:
            self._left[client] = left, now
            return max(1, round((1 - left) * 60 / self._most))
        self._left[client] = left - 1, now
        return 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What requests may ask of the server.

    Args:
        body: Bytes of a request's body.
        upload: The same where files are sent; 0 closes the route for files.
        rate: POST requests a minute and client; 0 for no limit.
        open: Requests at once.
    """

    body: int = MAX_BODY
    upload: int = 0
    rate: int = 0
    open: int = MAX_OPEN


USUAL = Limits()


class Gate:
    """ASGI middleware in front of a Gradio app.

    Args:
        app: The application.
        limits: What requests may ask for.
        user: With ``password``, who may enter: by the login page of the app, or by HTTP Basic for programs.
        password: See ``user``; "" lets everyone in.
        clock: Seconds, for the limits.
    """

    def __init__(
        self,
        app: App,
        *,
        limits: Limits = USUAL,
        user: str = "",
        password: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._limits = limits
        self._user, self._password = user, password
        self._rate = _Bucket(limits.rate, clock) if limits.rate else None
        self._logins = _Bucket(LOGINS, clock)
        self._open = 0
        # What a program that has shown the password is let in with, as if it had logged in.
        self._token = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = {name.lower() for name, _ in message.get("headers", [])}
                extra = [(name.encode(), value.encode()) for name, value in _HEADERS.items() if name.encode() not in given]
                message = {**message, "headers": [*message.get("headers", []), *extra]}
            await send(message)

        refusal = self._refusal(scope)
        if refusal:
            await _refuse(sending, *refusal)
            return
        limit = self._limits.upload if self._path(scope).startswith(_UPLOAD) else self._limits.body
        read = 0

        async def receiving() -> MutableMapping[str, Any]:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooLargeError
            return message

        self._open += 1
        try:
            await self.app(scope, receiving, sending)
        except _TooLargeError:
            if not begun:
                await _refuse(sending, 413, f"the request has more than {limit:,} bytes: send less")
        finally:
            self._open -= 1

    def _refusal(self, scope: Scope) -> tuple[Any, ...] | None:
        """Return status, message and headers where a request must not go on; let a logged-in program pass as such."""
        path, method = self._path(scope), scope["method"]
        client = (scope.get("client") or ("", 0))[0]
        if ".." in path.split("/") or path.startswith(_CLOSED) or (path.startswith(_UPLOAD) and not self._limits.upload):
            return 404, "there is nothing here"
        if self._open >= self._limits.open:
            return 503, "the server is busy: try again in some seconds", {"retry-after": "5"}
        if method not in ("GET", "HEAD", "OPTIONS") and self._rate and (wait := self._rate.take(client)):
            return 429, f"too many requests: try again in {wait} s", {"retry-after": str(wait)}
        limit = self._limits.upload if path.startswith(_UPLOAD) else self._limits.body
        length = _header(scope, b"content-length") or "0"
        if not length.isdigit():
            return 400, "the content length is no number"
        if int(length) > limit:
            return 413, f"the request has {int(length):,} bytes, the limit is {limit:,}: send less"
        return self._stranger(scope, path, method, client) if self._password else None

    def _stranger(self, scope: Scope, path: str, method: str, client: str) -> tuple[Any, ...] | None:
        if path.rstrip("/") == "/login" and method == "POST" and (wait := self._logins.take(client)):
            return 429, f"too many logins: try again in {wait} s", {"retry-after": str(wait)}
        given = _header(scope, b"authorization")
        if given.lower().startswith("basic "):
            if self.admits(*_basic(given[6:])):
                self._let_in(scope)
                return None
            if wait := self._logins.take(client):
                return 429, f"too many logins: try again in {wait} s", {"retry-after": str(wait)}
        elif path in _OPEN or path.startswith(_OPEN_FOLDERS) or self._knows(scope):
            return None
        return 401, "user and password are needed: log in, or send them by HTTP Basic", {"www-authenticate": 'Basic realm="dgqa"'}

    def admits(self, user: str, password: str) -> bool:
        """Whether these are the user and the password; takes equally long for both wrong and right ones."""
        same_user = hmac.compare_digest(user.encode(), self._user.encode())
        return hmac.compare_digest(password.encode(), self._password.encode()) and same_user

    def _let_in(self, scope: Scope) -> None:
        app = scope["app"]
        app.tokens[self._token] = self._user
        cookie = f"access-token-unsecure-{app.cookie_id}={self._token}".encode()
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"cookie"] + [(b"cookie", cookie)]

    @staticmethod
    def _knows(scope: Scope) -> bool:
        app, cookies = scope["app"], SimpleCookie()
        try:
            cookies.load(_header(scope, b"cookie"))
        except CookieError:
            return False
        names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
        return any(name in cookies and cookies[name].value in app.tokens for name in names)

    @staticmethod
    def _path(scope: Scope) -> str:
        return str(scope["path"]).removeprefix(str(scope.get("root_path", "")))


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _basic(text: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


async def _refuse(send: Send, status: int, message: str, headers: dict[str, str] | None = None) -> None:
    body = message.encode()
    given = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": [(name.encode(), value.encode()) for name, value in given.items()]})
    await send({"type": "http.response.body", "body": body})
