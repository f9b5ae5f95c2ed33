"""Chat models for tests: scripted ones that stream, fail or hang, and a small server that speaks the protocols of the providers."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from scripted import POLL


class ScriptedModel(BaseChatModel):
    """Writes each of ``replies`` in turn, the last one again and again, in pieces of ``size`` characters.

    An exception among the replies is raised; a pair is written text and then an exception; a number is a pause in seconds;
    a function makes the reply of the last message.
    """

    replies: list[Any]
    size: int = 3
    model_name: str = "scripted"
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def asked(self) -> list[list[BaseMessage]]:
        return self._asked

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        text = "".join(chunk.text for chunk in self._stream(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        self._asked.append(messages)
        reply = self.replies[min(len(self._asked), len(self.replies)) - 1]
        reply = reply(str(messages[-1].content)) if callable(reply) else reply
        failure: Exception | None = None
        if isinstance(reply, tuple):
            reply, failure = reply
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, (int, float)):
            time.sleep(reply)
            reply = ""
        for start in range(0, len(reply), self.size):
            yield ChatGenerationChunk(message=AIMessageChunk(content=reply[start : start + self.size]))
        if not reply and failure is None:
            yield ChatGenerationChunk(message=AIMessageChunk(content=""))
        if failure is not None:
            raise failure


def verdicts(known: Mapping[str, str], otherwise: str) -> Callable[[str], str]:
    """Return what a model says that looks over sentences: its verdicts on those it knows, and on all ``otherwise``."""

    def reply(message: str) -> str:
        return "\n".join(f"{number} {known.get(text, otherwise)}" for number, text in re.findall(r"(?m)^(?:句子|Sentence) (\d+)[：:] ?(.*)$", message))

    return reply


class StatusError(Exception):
    """What providers raise for an answer of the server that is an error."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status_code = status


def _openai(pieces: Sequence[str]) -> Iterator[bytes]:
    about = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    for piece in pieces:
        yield _event({**about, "choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}]})
    yield _event({**about, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield b"data: [DONE]\n\n"


def _ollama(pieces: Sequence[str]) -> Iterator[bytes]:
    about = {"model": "m", "created_at": "2024-03-02T00:00:00Z"}
    for piece in pieces:
        yield _json({**about, "message": {"role": "assistant", "content": piece}, "done": False}) + b"\n"
    yield _json({**about, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}) + b"\n"


def _anthropic(pieces: Sequence[str]) -> Iterator[bytes]:
    message: dict[str, Any] = {"id": "1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None, "stop_sequence": None}
    yield _event({"type": "message_start", "message": {**message, "usage": {"input_tokens": 1, "output_tokens": 1}}}, named=True)
    yield _event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}, named=True)
    for piece in pieces:
        yield _event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}, named=True)
    yield _event({"type": "content_block_stop", "index": 0}, named=True)
    yield _event({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 9}}, named=True)
    yield _event({"type": "message_stop"}, named=True)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _event(value: dict[str, Any], *, named: bool = False) -> bytes:
    return (f"event: {value['type']}\n".encode() if named else b"") + b"data: " + _json(value) + b"\n\n"


_PROTOCOLS = {
    "openai": ("/v1", "text/event-stream", _openai),
    "ollama": ("", "application/x-ndjson", _ollama),
    "anthropic": ("", "text/event-stream", _anthropic),
}


@contextmanager
def chat_server(replies: Sequence[Any], protocol: str = "openai") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve ``replies`` on 127.0.0.1, and yield the base address and the list of requests received, headers included.

    A text is streamed as the ``protocol`` has it ("openai", "ollama", "anthropic"); a number is sent as a status;
    ("cut", text) breaks off behind the text; ("raw", bytes) is sent as it is; ("hang", seconds) says nothing for so long.
    """
    received: list[dict[str, Any]] = []
    path, kind_of_stream, told = _PROTOCOLS[protocol]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append({"path": self.path, "key": self.headers.get("Authorization") or self.headers.get("x-api-key"), **body})
            reply = replies[min(len(received), len(replies)) - 1]
            if isinstance(reply, int):
                # As some servers do, it repeats the key that it was sent.
                self._plain(reply, _json({"type": "error", "error": {"type": "refused", "message": f"refused {received[-1]['key']}", "code": reply}}))
                return
            kind, content = reply if isinstance(reply, tuple) else ("text", reply)
            if kind == "raw":
                self._plain(200, content)
                return
            if kind == "hang":
                time.sleep(content)
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Type", kind_of_stream)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            pieces = [content[i : i + 4] for i in range(0, len(content), 4)]
            chunks = list(told(pieces))
            if kind == "cut":
                # The last chunks say that it is the end.
                for chunk in chunks[: len(pieces)]:
                    self._chunk(chunk)
                self.close_connection = True
                self.connection.close()
                return
            for chunk in chunks:
                self._chunk(chunk)
            self._chunk(b"")

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def _plain(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{path}", received
    finally:
        server.shutdown()
        server.server_close()
