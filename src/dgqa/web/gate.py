"""Put a gate before a web application: closed routes, limits, a password, and headers that keep a browser in."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dgqa.web.guard.counting import Counts
from dgqa.web.guard.limits import USUAL, Body, Bucket, Limits, TooLargeError, TooSlowError
from dgqa.web.guard.origins import comes_from_elsewhere, names_another_machine, names_no_host, opens_a_page
from dgqa.web.guard.programs import Keys, error_body, is_for_programs
from dgqa.web.guard.sessions import Sessions

LOGINS = 30  # wrong or new logins a minute and client
_MANY = "too many logins: try again in {} s"

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
_ALIVE = frozenset({"/health", "/ready"})  # what says that the server is there
# That, and what the login page is made of.
_OPEN = _ALIVE | frozenset({"/", "/login", "/login/", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json",
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


# What somebody gets who follows a link on another site: browsers keep the login back for once, and send it when the page asks for itself.
_AGAIN = b'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0">'


class Gate:
    """ASGI middleware in front of a Gradio app.

    Args:
        app: The application.
        limits: What requests may ask for.
        sessions: Who may enter: by the login page of the app, or by HTTP Basic for programs; None lets everyone in.
        keys: What lets a program in, too; without ``sessions`` they are asked for at its endpoints alone, those of MCP among them.
        shown_at: The path, or the whole address, under which a proxy shows the page.
        counts: Where requests are counted.
        clock: Seconds, for the limits.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits = USUAL,
        sessions: Sessions | None = None,
        keys: Sequence[str] = (),
        shown_at: str = "",
        counts: Counts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._limits, self._sessions, self._shown_at, self._clock = limits, sessions, shown_at, clock
        self._keys = Keys(keys)
        policy = " ".join((_HEADERS["content-security-policy"], *limits.frames))
        self._headers = {**_HEADERS, "content-security-policy": policy}
        self._counts = counts or Counts()
        self._rate = Bucket(limits.rate, clock) if limits.rate else None
        self._logins = Bucket(LOGINS, clock)
        self._open = 0
        # What the application knows everybody by whom the gate has let in.
        self._token = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._counted(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the headers of every answer, and count it when it has ended."""
        started, status = self._clock(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message = {**message, "headers": self._answered(scope, status, message.get("headers", []))}
            await send(message)

        try:
            await self._http(scope, receive, sending)
        finally:
            self._counts.add(scope["method"], self._path(scope), status, self._clock() - started, _client(scope))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refusal := self._refusal(scope) or self._own(scope):
            await _refuse(send, *refusal, as_json=refusal[0] >= 400 and is_for_programs(self._path(scope)))
            return
        limit = self._limits.upload if self._path(scope).startswith(_UPLOAD) else self._limits.body
        body, begun = Body(receive, limit, self._clock), False

        async def sending(message: Message) -> None:
            nonlocal begun
            if begun or body.fault is None:  # what the application makes of a body that was cut short is not the reason
                begun = True
                await send(message)

        self._open += 1
        try:
            await self.app(scope, body, sending)
        except (TooLargeError, TooSlowError):
            pass
        finally:
            self._open -= 1
        if body.fault is not None and not begun:
            slow = isinstance(body.fault, TooSlowError)
            wrong = (408, "the request did not come in time: send it again") if slow else (413, f"the request has more than {limit:,} bytes: send less")
            await _refuse(send, *wrong, {"connection": "close"}, as_json=is_for_programs(self._path(scope)))

    def _refusal(self, scope: Scope) -> tuple[Any, ...] | None:
        """Return status, message and headers where a request must not go on; let who has logged in pass as the user."""
        path, method = self._path(scope), scope["method"]
        client = _client(scope)
        if ".." in path.split("/") or path.startswith(_CLOSED) or (path.startswith(_UPLOAD) and not self._limits.upload):
            return 404, "there is nothing here"
        if self._open >= self._limits.open:
            return 503, "the server is busy: try again in some seconds", {"retry-after": "5"}
        if method not in ("GET", "HEAD", "OPTIONS") and self._rate and (wait := self._rate.take(client)):
            return 429, f"too many requests: try again in {wait} s", {"retry-after": str(wait)}
        limit = self._limits.upload if path.startswith(_UPLOAD) else self._limits.body
        length = _header(scope, b"content-length") or "0"
        if not (length.isascii() and length.isdigit()):
            return 400, "the content length is no number"
        if len(length) > 15 or int(length) > limit:
            return 413, f"the request has {length[:15]} bytes, the limit is {limit:,}: send less"
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if wrong := names_no_host(headers):
            return 400, f"the header {wrong} is none that can be used here: send a host such as example.org or example.org:8080, or leave it out"
        guarded = self._sessions or (self._keys and is_for_programs(path))
        if self._limits.local and path not in _ALIVE and not guarded and names_another_machine(headers, shown_at=self._shown_at):
            return 403, (
                "only 127.0.0.1 and localhost are answered to, since there is no password: behind a proxy let `root_path` be the whole address, "
                "or set `public = true` where everybody is meant to enter"
            )
        return self._elsewhere(scope, path, headers) or (self._stranger(scope, path, method, client) if guarded else None)

    def _elsewhere(self, scope: Scope, path: str, headers: dict[str, str]) -> tuple[Any, ...] | None:
        """Refuse what a page of another site asks for in a reader's name; a key, unlike a cookie, is not sent by itself."""
        if headers.get("authorization", "").lower().startswith("bearer ") or not comes_from_elsewhere(headers, shown_at=self._shown_at):
            return None
        framed = bool(self._limits.frames) and headers.get("sec-fetch-dest") == "iframe"
        if scope["method"] != "GET" or path.startswith((_API, "/logout")) or not opens_a_page(headers, framed=framed):
            return 403, (
                "a page of another site may not ask for this; where this is the same site behind a proxy, let the proxy pass on the header Host, "
                "or set root_path to the whole address"
            )
        if self._sessions and not self._knows(scope):
            return 200, _AGAIN.decode(), {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
        return None

    def _stranger(self, scope: Scope, path: str, method: str, client: str) -> tuple[Any, ...] | None:
        kind, _, given = _header(scope, b"authorization").partition(" ")
        kind = kind.lower()
        if path.rstrip("/") == "/login" and method == "POST" and (wait := self._logins.take(client)):
            return 429, _MANY.format(wait), {"retry-after": str(wait)}
        if kind in ("basic", "bearer"):
            # Passwords and keys each have their own: a program with an old key keeps nobody beside it from logging in.
            account = client if kind == "basic" else f"{client} by key"
            # Before anything is compared: who has guessed too often does not learn of a right guess either.
            if wait := self._logins.wait(account):
                return 429, _MANY.format(wait), {"retry-after": str(wait)}
            if self._keys.admit(given.strip()) if kind == "bearer" else self._sessions and self._sessions.admits(*_basic(given)):
                self._let_in(scope)
                return None
            self._logins.take(account)
        elif self._sessions and self._knows(scope):
            self._let_in(scope)
            return None
        elif path in _OPEN or path.startswith(_OPEN_FOLDERS):
            _replace_cookie(scope, b"")
            return None
        if is_for_programs(path):
            return 401, "a key is needed: send it as `Authorization: Bearer KEY`, or user and password by HTTP Basic", {"www-authenticate": 'Bearer realm="dgqa"'}
        return 401, "user and password are needed: log in, or send them by HTTP Basic", {"www-authenticate": 'Basic realm="dgqa"'}

    def _own(self, scope: Scope) -> tuple[Any, ...] | None:
        """Return the answer to what the gate itself answers."""
        path = self._path(scope).rstrip("/")
        if path == "/metrics" and scope["method"] in ("GET", "HEAD"):
            return 200, self._counts.text(running=self._open), {"content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store"}
        if path == "/logout" and self._sessions and scope["method"] == "GET":
            for token in scope.get("dgqa.tokens", ()):
                self._sessions.end(token)
            return 302, "", {"location": "./", "cache-control": "no-store"}
        return None

    def _let_in(self, scope: Scope) -> None:
        if self._sessions is None:
            return
        app = scope["app"]
        app.tokens[self._token] = self._sessions.user
        scope["dgqa.tokens"] = self._tokens(scope)
        _replace_cookie(scope, f"access-token-unsecure-{app.cookie_id}={self._token}".encode())

    def _tokens(self, scope: Scope) -> list[str]:
        """Return the logins that a request carries; a proxy may have come or gone since they were given."""
        assert self._sessions is not None
        cookies = SimpleCookie()
        try:
            cookies.load(_header(scope, b"cookie"))
        except CookieError:
            return []
        names = (f"__Host-dgqa-{self._sessions.name}", f"dgqa-{self._sessions.name}")
        return [cookies[name].value for name in names if name in cookies and self._sessions.knows(cookies[name].value)]

    def _knows(self, scope: Scope) -> bool:
        return bool(self._tokens(scope))

    def _answered(self, scope: Scope, status: int, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer: ours besides, none that let other sites read it, and the gate's logins in place of the application's."""
        kept = [(name, value) for name, value in headers if not name.lower().startswith((b"access-control-", *((b"set-cookie",) if self._sessions else ())))]
        given = {name.lower() for name, _ in kept}
        kept += [(name.encode(), value.encode()) for name, value in self._headers.items() if name.encode() not in given]
        path = self._path(scope).rstrip("/")
        if self._sessions and path == "/login" and scope["method"] == "POST" and status == 200:
            # Those of the application itself, which nobody gets; the gate's own is that of requests under way.
            for token in [token for token in scope["app"].tokens if token != self._token]:
                scope["app"].tokens.pop(token, None)
            kept.append((b"set-cookie", self._cookie(scope, self._sessions.open(), self._sessions.seconds)))
        if self._sessions and path == "/logout" and status == 302:
            kept.append((b"set-cookie", self._cookie(scope, "", 0)))
        return kept

    def _cookie(self, scope: Scope, token: str, seconds: int) -> bytes:
        assert self._sessions is not None
        safe = "https" in (scope.get("scheme"), _header(scope, b"x-forwarded-proto").lower()) or self._shown_at.startswith("https:")
        name = f"{'__Host-' if safe else ''}dgqa-{self._sessions.name}"
        return f"{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{'; Secure' if safe else ''}".encode()

    @staticmethod
    def _path(scope: Scope) -> str:
        return str(scope["path"]).removeprefix(str(scope.get("root_path", "")))


def _client(scope: Scope) -> str:
    return str((scope.get("client") or ("", 0))[0])


def _replace_cookie(scope: Scope, cookie: bytes) -> None:
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"cookie"] + ([(b"cookie", cookie)] if cookie else [])


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _basic(text: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


async def _refuse(send: Send, status: int, message: str, headers: dict[str, str] | None = None, *, as_json: bool = False) -> None:
    body = json.dumps(error_body(status, message), ensure_ascii=False).encode() if as_json else message.encode()
    given = {"content-type": "application/json" if as_json else "text/plain; charset=utf-8", "content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": [(name.encode(), value.encode()) for name, value in given.items()]})
    await send({"type": "http.response.body", "body": body})
