"""Answer programs over HTTP, in an application that is put before that of the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from dgqa import __version__
from dgqa.errors import AnswerError, DgqaError, SettingError
from dgqa.types import Answer, Hit
from dgqa.web.guard.programs import error_body, is_for_programs
from dgqa.web.page.errors import public
from dgqa.web.programs.asked import Completion, Question, Search
from dgqa.web.programs.completions import Writing
from dgqa.web.programs.desk import MODEL, BusyError, Desk, UnexpectedError, UnknownModelError, told

DESCRIPTION = "Answers from Chinese articles; every sentence cites the characters of the original that support it."
_RETRY = {"retry-after": "5"}


class Problem(BaseModel):
    """What went wrong and what to do about it."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class Told(JSONResponse):
    """JSON of anything, be it half of a surrogate pair that somebody sent, which has no UTF-8 form."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class Failure(BaseModel):
    """The body of every error."""

    error: Problem


class Programs:
    """ASGI middleware that answers programs, and passes everything else on.

    Args:
        app: The application of the page.
        inner: What `application` made.
        mcp: What answers at /mcp, None where nothing does.
    """

    def __init__(self, app: ASGIApp, *, inner: ASGIApp, mcp: ASGIApp | None = None) -> None:
        self.app, self._inner, self._mcp = app, inner, mcp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", ""))) if scope["type"] == "http" else ""
        if self._mcp is not None and path.rstrip("/") in ("/mcp", "/gradio_api/mcp"):
            await self._mcp(scope, receive, send)
        elif is_for_programs(path) or path in ("/health", "/ready"):
            await self._inner(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def application(desk: Desk, address_of: Callable[[Request], str]) -> FastAPI:
    """Return the application with /health, /ready, /v1 and /api.

    Args:
        desk: Who answers.
        address_of: The address of the page, as the sender of a request reaches it.
    """
    app = FastAPI(title="dgqa", version=__version__, description=DESCRIPTION, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    _told_errors(app)
    _state(app, desk)
    _openai(app, desk, address_of)
    _rest(app, desk)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, in which wrong requests are 400 as they are here."""
    if not app.openapi_schema:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        made["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}, "login": {"type": "http", "scheme": "basic"}}
        made["security"] = [{}, {"key": []}, {"login": []}]
        for path in made["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        app.openapi_schema = made
    return app.openapi_schema


def _state(app: FastAPI, desk: Desk) -> None:
    @app.get("/health", summary="Whether the server runs", tags=["state"])
    def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/ready", summary="Whether questions can be answered, and from which index", tags=["state"], responses={503: {"model": Failure}})
    def ready() -> dict[str, Any]:
        return {"status": "ready", "models": list(desk.models), **desk.state()}


def _openai(app: FastAPI, desk: Desk, address_of: Callable[[Request], str]) -> None:
    @app.get("/v1/models", summary="The ways of answering, in OpenAI's protocol", tags=["OpenAI"])
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(name) for name in desk.models]}

    @app.get("/v1/models/{name:path}", summary="One way of answering", tags=["OpenAI"], responses={404: {"model": Failure}})
    def model(name: str) -> dict[str, Any]:
        desk.model(name)
        return _model(name)

    # Without a return type: FastAPI would make a model of it, and what is returned is ready to be sent.
    @app.post("/v1/chat/completions", summary="Answer the last message of a conversation, in OpenAI's protocol", tags=["OpenAI"], responses=_FAILURES)
    def complete(asked: Completion, request: Request):  # type: ignore[no-untyped-def]
        corpus, _ = desk.model(asked.model)
        writing = Writing(asked.model or MODEL, address_of(request), bool(asked.stream_options and asked.stream_options.include_usage), corpus.name)
        if task := asked.task():
            text = desk.done(task, asked.model)
            return _stream(writing.bare_chunks(text)) if asked.stream else JSONResponse(writing.bare(text))
        answers = desk.growing(asked)
        if not asked.stream:
            *_, final = answers
            return Told(writing.whole(final))
        # Before anything is sent, so that what is wrong with a request has a status of its own.
        first = next(answers)
        return _stream(writing.chunks(chain([first], answers), lambda error: _failure(error)[1]))


def _stream(events: Iterator[str]) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-cache", "x-accel-buffering": "no"})


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "dgqa"}


def _rest(app: FastAPI, desk: Desk) -> None:
    @app.post("/api/ask", summary="Answer a question", tags=["REST"], responses={200: {"model": Answer}, **_FAILURES})
    def ask(asked: Question):  # type: ignore[no-untyped-def]
        return Told(told(desk.ask(asked), details=asked.details))

    if desk.searches:

        @app.post("/api/search", summary="Find passages, best first", tags=["REST"], responses={200: {"model": list[Hit]}, **_FAILURES})
        def search(asked: Search):  # type: ignore[no-untyped-def]
            return Told(desk.search(asked))


_FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": Failure, "description": "The request can't be used; the message says why"},
    401: {"model": Failure, "description": "A key, or user and password, are needed"},
    404: {"model": Failure, "description": "There is no such model"},
    429: {"model": Failure, "description": "Too many requests in a minute"},
    503: {"model": Failure, "description": "Busy, or a model or the index can't be had now"},
}


def _told_errors(app: FastAPI) -> None:
    @app.exception_handler(DgqaError)
    async def typed(request: Request, error: DgqaError) -> JSONResponse:
        status, body = _failure(error)
        return Told(body, status, headers=_RETRY if isinstance(error, BusyError) else None)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        return Told(error_body(400, wrong_fields(error)), 400)

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> JSONResponse:
        message = {404: f"there is nothing at {request.url.path}", 405: f"{request.url.path} does not take {request.method}"}.get(error.status_code, str(error.detail))
        return Told(error_body(error.status_code, message), error.status_code, headers=error.headers)


def _failure(error: DgqaError) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of an error."""
    if isinstance(error, UnknownModelError):
        return 404, error_body(404, str(error), "model_not_found")
    status = 500 if isinstance(error, UnexpectedError) else 400 if isinstance(error, AnswerError | SettingError) else 503
    return status, error_body(status, public(error))


def wrong_fields(error: RequestValidationError) -> str:
    """Return what is wrong with the fields of a request, of five at most."""
    return "; ".join(map(_wrong, error.errors()[:5]))


def _wrong(detail: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, as "filter.documents: Input should be a valid list"."""
    place = ".".join(str(part) for part in detail["loc"][1:])
    if detail["type"] == "json_invalid":
        return f"the body is no JSON: {detail.get('ctx', {}).get('error', '')}"
    return f"{place}: {detail['msg']}" if place else "the body must be a JSON object, sent with `Content-Type: application/json`"
