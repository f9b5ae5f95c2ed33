"""Offer `ask` and `search` as tools of the Model Context Protocol."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from dgqa import __version__
from dgqa.errors import DgqaError
from dgqa.web.page.errors import public
from dgqa.web.programs.asked import Question, Search
from dgqa.web.programs.desk import Desk, told

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

INSTRUCTIONS = """Answers questions from a fixed collection of articles, most of them in Chinese, and from nothing else.
Use `ask` for a question and `search` for passages to read yourself. Questions may be in simplified or traditional Chinese or English.
An answer's status is "answered", "partial" (it may not answer, or lacks something: see reason) or "refused" (the articles don't answer: say so, and don't fill the gap from elsewhere).
Its text has [n] markers; keep them, and name the citation with that number: its quote stands at start:end of the article."""

_ABOUT = {
    "ask": "Answer a question from the articles. Returns status, confidence (probability that it answers, or null), text with [n] markers, reason, and citations "
    "(number, doc_id, path, title, author, date, section, start, end, quote, page). With details also sentences, the passages found and how the answer came about.",
    "search": "Find the passages of the articles that are nearest to a question, best first. Returns for each rank, score (higher is better), doc_id, path, title, "
    "author, date, section, start, end and text.",
}
_OF_PASSAGE = ("doc_id", "path", "title", "author", "date", "section", "page", "start", "end", "text")


class Tools:
    """An ASGI application that speaks MCP over streamable HTTP; it answers while `running` is entered."""

    def __init__(self, desk: Desk) -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        self._manager = StreamableHTTPSessionManager(server(desk), json_response=True, stateless=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)

    @asynccontextmanager
    async def running(self, app: object) -> AsyncIterator[None]:
        """Run what the requests need: the lifespan of the application around it."""
        async with self._manager.run():
            yield


def server(desk: Desk) -> Server[Any, Any]:
    """Return the server of the tools."""
    from mcp import types
    from mcp.server.lowlevel import Server

    several = f"\nThere are several collections; `corpus` names one of {', '.join(desk.names)}, by default the first." if desk.names else ""
    made: Server[Any, Any] = Server("dgqa", version=__version__, instructions=INSTRUCTIONS + several)
    forms: dict[str, type[BaseModel]] = {"ask": Question, **({"search": Search} if desk.searches else {})}

    @made.list_tools()  # type: ignore[no-untyped-call, untyped-decorator, unused-ignore]
    async def listed() -> list[types.Tool]:
        reads = types.ToolAnnotations(readOnlyHint=True, openWorldHint=False)
        return [types.Tool(name=name, description=_ABOUT[name], inputSchema=form.model_json_schema(), annotations=reads) for name, form in forms.items()]

    @made.call_tool()  # type: ignore[untyped-decorator, unused-ignore]
    async def call(name: str, arguments: dict[str, Any]) -> list[types.TextContent]:
        # What is raised here is told to the client as the text of an error.
        if name not in forms:
            raise ValueError(f"there is no tool {name[:80]!r}: there are {', '.join(forms)}")
        try:
            said = await run_sync(_answered, desk, forms[name].model_validate(arguments))
        except DgqaError as error:
            raise ValueError(public(error)) from None
        return [types.TextContent(type="text", text=json.dumps(said, ensure_ascii=False))]

    return made


def _answered(desk: Desk, asked: BaseModel) -> Any:
    if isinstance(asked, Question):
        return told(desk.ask(asked), details=asked.details, sentences=False)
    assert isinstance(asked, Search)
    return [_brief(hit) for hit in desk.search(asked)]


def _brief(hit: Mapping[str, Any]) -> dict[str, Any]:
    """Return what there is to read of a hit, without its sentences."""
    return {"rank": hit["rank"], "score": round(hit["score"], 4), **{name: hit["passage"][name] for name in _OF_PASSAGE if hit["passage"][name] != ""}}
