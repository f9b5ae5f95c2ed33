"""A reverse proxy in front of a server, as an organisation has one: it shows another address, under a path."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from scripted import free_port

_OWN = {"host", "connection", "content-length", "transfer-encoding"}


@contextmanager
def behind_a_proxy(target: str | Sequence[str], path: str, *, cut: bool = True) -> Iterator[str]:
    """Yield the address, without the path, of a proxy that passes what is asked for under ``path`` on to ``target``, with the path or ``cut`` off.

    Several targets are taken in turn; who sends back the cookie ``node`` that comes with an answer stays with that one.
    """
    port = free_port()
    targets = [target] if isinstance(target, str) else list(target)
    turn = itertools.cycle(range(len(targets)))

    async def forward(request: Request) -> Response:
        if not request.url.path.startswith(f"{path}/"):
            return PlainTextResponse("nothing here", 404)
        asked = request.url.path.removeprefix(path) if cut else request.url.path
        headers = {name: value for name, value in request.headers.items() if name not in _OWN}
        headers |= {"host": f"127.0.0.1:{port}", "x-forwarded-host": f"127.0.0.1:{port}", "x-forwarded-proto": "http"}
        node = request.cookies.get("node")
        number = int(node) if node else next(turn)
        client = httpx.AsyncClient(timeout=60, trust_env=False)
        sent = client.build_request(
            request.method, f"{targets[number].rstrip('/')}{asked}", params=request.query_params, headers=headers, content=await request.body()
        )
        got = await client.send(sent, stream=True)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for chunk in got.aiter_raw():
                    yield chunk
            finally:
                await got.aclose()
                await client.aclose()

        kept = {name: value for name, value in got.headers.items() if name not in _OWN}
        answer = StreamingResponse(body(), got.status_code)
        # Each cookie is a header of its own.
        answer.raw_headers = [(name, value) for name, value in got.headers.raw if name.decode().lower() in kept]
        if len(targets) > 1 and not node:
            answer.set_cookie("node", str(number), path="/")
        return answer

    app = Starlette(routes=[Route("/{path:path}", forward, methods=["GET", "HEAD", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True  # whoever still listens to events is not waited for
    thread.join(5)
