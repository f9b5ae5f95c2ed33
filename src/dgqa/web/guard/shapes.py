"""Check whether a call can be one of Gradio's endpoints at all, and say by a status whose fault it is if not."""

from __future__ import annotations

import inspect
import json
import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

# How the error of a call tells on its way through Gradio, which has one status for all, what it is: by its title.
WRONG, BUSY = "Wrong request", "Busy"
UNEXPECTED = "Something went wrong; the server's log has the details. Try again, or ask in other words."
_STATUS = {WRONG: 400, BUSY: 503}
_SESSIONS = 4_000  # twice as many as Gradio keeps messages of
_LONGEST = 100  # characters of a session's name, which is kept
_TOOLS = re.compile(r"/(?:gradio_api/)?mcp/?")  # what answers there takes JSON that it can't read for an error of its own
_CALL = re.compile(r"/gradio_api/(?:(run|api|call/v2|call)/([^/]+)|(queue/join))/?")
_EVENTS = re.compile(r"/gradio_api/(?:queue/data|call/(?:v2/)?[^/]+/([^/]+))/?")
# How an event tells, on each of the two routes, that it failed in a way that Gradio gives no reason for.
_SILENT = ((b'"output":{"error":null', b'"output":{"error":%b' % json.dumps(UNEXPECTED).encode()), (b'data: {"error": null', b'data: {"error": %b' % json.dumps(UNEXPECTED).encode()))


class Shapes:
    """ASGI middleware between the gate and a Gradio app: calls that fit no endpoint end in 4xx with what is wrong, in JSON as all errors.

    So do requests for events that nobody joined; and an event that fails says so.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", ""))) if scope["type"] == "http" else ""
        if scope.get("method") == "GET" and (events := _EVENTS.fullmatch(path)):
            await self._told(events[1] or "", scope, receive, send)
            return
        call = _CALL.fullmatch(path)
        if (call is None and not _TOOLS.fullmatch(path)) or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:  # the client has left
            return
        blocks = scope["app"].get_blocks()
        problem = _problem(call, body, blocks.fns) if call else _read(body)[1]
        if problem:
            await _say(send, *problem)
            return
        _forget_sessions(blocks._queue)
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        answer = _Answer(send)
        try:
            await self.app(scope, again, answer)
        except Exception:  # the border to other programs: whatever Gradio did not foresee
            if answer.begun:
                raise
            logger.exception("a call failed unexpectedly")
            await _say(send, 500, UNEXPECTED)

    async def _told(self, event: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what happens to an event, or to all of a session of the page."""
        queue = scope["app"].get_blocks()._queue
        session = event or parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        of_another = event and (event in queue.event_ids_to_events or any(event in events for events in queue.pending_event_ids_session.values()))
        if session not in queue.pending_messages_per_session and not of_another:
            await _say(send, 404, "no such event is waited for: it has ended, or was never sent to this server")
            return

        async def speaking(message: Message) -> None:
            for silent, told in _SILENT:
                if message.get("body", b"").find(silent, 0, 400) >= 0:
                    message = {**message, "body": message["body"].replace(silent, told, 1)}
            await send(message)

        await self.app(scope, receive, speaking)


class _Answer:
    """A ``send`` that gives errors, which come with status 500 whatever they are, the status of their kind."""

    def __init__(self, send: Send) -> None:
        self.begun = False
        self._send, self._held = send, b""
        self._failed = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 500:
            self._failed = True
        elif not self._failed:
            self.begun = True
            await self._send(message)
        else:
            self._held += message.get("body", b"")
            if not message.get("more_body", False):
                self.begun = True
                await self._finish()

    async def _finish(self) -> None:
        try:
            told = json.loads(self._held)
        except ValueError:
            told = None
        error = told.get("error") if isinstance(told, dict) else None
        await _say(self._send, _STATUS.get(told["title"], 500) if error and "title" in told else 500, str(error or UNEXPECTED))


def _forget_sessions(queue: Any) -> None:
    """Drop what Gradio remembers of sessions longer than their messages, and for ever: the marks of their events."""
    marks = queue.pending_event_ids_session
    if len(marks) > _SESSIONS:
        for session in [session for session in marks if session not in queue.pending_messages_per_session]:
            del marks[session]


def _problem(call: re.Match[str], body: bytes, functions: Mapping[int, Any]) -> tuple[int, str] | None:
    """Return status and message where no endpoint can be called so."""
    kind, name, queued = call.groups()  # what is queued is told to a session alone
    given, problem = _read(body)
    if problem:
        return problem
    if not isinstance(given, dict):
        return 400, "the body is no JSON object: send one"
    session = given.get("session_hash")
    if not ((session is None and not queued) or (isinstance(session, str) and 0 < len(session) <= _LONGEST)):
        return 400, f"session_hash is no text of 1 to {_LONGEST} characters: give a random one{'' if queued else ', or leave it out'}"
    number = None if kind == "call/v2" else given.get("fn_index")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number not in functions):
        return 404, f"there is no function {str(number)[:20]}: fn_index is one of those that /config lists"
    named = next((one for one in functions.values() if one.api_name == name and one.api_visibility == "public"), None) if name else None
    function = functions[number] if number is not None and kind not in ("call", "call/v2") else named
    if function is None or function.fn is None:  # some do their work in the browser
        return 404, "there is no endpoint of this name: /gradio_api/info lists them" if name else "fn_index is missing, or of what runs in the browser alone: name a function"
    parameters = inspect.signature(function.fn).parameters
    if kind == "call/v2":
        return _by_name(given, parameters)
    data = given.get("data")
    if not isinstance(data, list) or len(data) != len(function.inputs):
        names = f" ({', '.join(parameters)})" if named is function else ""
        shown = f"has {len(data)} items" if isinstance(data, list) else "is no list"
        return 400, f"data {shown}: give a list of {len(function.inputs)}{names}"
    if not isinstance(given.get("event_data"), dict | None):
        return 400, "event_data is no object: leave it out"
    return None


def _read(body: bytes) -> tuple[Any, tuple[int, str] | None]:
    try:
        return json.loads(body), None
    except (ValueError, RecursionError) as error:
        return None, (400, f"the body is no JSON ({str(error)[:80]}): send an object")


def _by_name(given: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]) -> tuple[int, str] | None:
    lacking = [name for name, one in parameters.items() if one.default is one.empty and name not in given]
    unknown = [name for name in given if name not in parameters]
    if lacking or unknown:
        wrong = f"{', '.join(lacking)} is missing" if lacking else f"{unknown[0][:40]} is unknown"
        return 400, f"{wrong}: the parameters are {', '.join(parameters)}"
    return None


async def _body(receive: Receive) -> bytes | None:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _say(send: Send, status: int, message: str) -> None:
    body = json.dumps({"error": message}, ensure_ascii=True).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers + ([(b"retry-after", b"5")] if status == 503 else [])})
    await send({"type": "http.response.body", "body": body})
