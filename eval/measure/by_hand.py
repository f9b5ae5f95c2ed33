"""A person, or a model that no server reaches, plays a chat model: python eval/measure/by_hand.py FOLDER [--port 8971].

It speaks OpenAI's protocol on 127.0.0.1 under /v1. A request whose reply is not in FOLDER is written there as NAME.txt, NAME being
a digest of its messages, and refused; write the reply as NAME.reply.txt, from what stands in NAME.txt alone, and ask again:

    DGQA_LLM_KEY=none dgqa eval SET --llm by-hand --llm-base-url http://127.0.0.1:8971/v1 --llm-profile strong
"""

from __future__ import annotations

import argparse
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where requests are written and replies are read")
    parser.add_argument("--port", type=int, default=8971)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), handler_of(arguments.folder))
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    server.serve_forever()


def handler_of(folder: Path) -> type[BaseHTTPRequestHandler]:
    """Return what answers the requests of a server by the replies in a folder."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = reply_to(asked["messages"], folder)
            if reply is None:
                self._send(400, "application/json", json.dumps({"error": {"message": "not answered yet"}}))
            elif asked.get("stream"):
                said = _chunk({"role": "assistant", "content": reply}, None) + _chunk({}, "stop")
                self._send(200, "text/event-stream", f"{said}data: [DONE]\n\n")
            else:
                message = {"role": "assistant", "content": reply}
                self._send(200, "application/json", json.dumps({**_ABOUT, "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}))

        def _send(self, status: int, kind: str, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


_ABOUT = {"id": "by-hand", "created": 0, "model": "by-hand"}


def _chunk(delta: dict[str, str], finish: str | None) -> str:
    return f"data: {json.dumps({**_ABOUT, 'object': 'chat.completion.chunk', 'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]})}\n\n"


def reply_to(messages: list[dict[str, str]], folder: Path) -> str | None:
    """Return the reply that a folder holds to messages, None where it has none and they were written there."""
    text = "\n\n".join(f"## {message['role']}\n\n{message['content']}" for message in messages)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    reply = folder / f"{name}.reply.txt"
    if reply.exists():
        return reply.read_text(encoding="utf-8")
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return None


if __name__ == "__main__":
    main()
