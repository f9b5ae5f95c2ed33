"""A small server with OpenAI's protocol that plays many models: the model's name says what it does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scripted import POLL

TRUE = "乡镇单位的网络覆盖率达到88.5%。"
OTHER = "县级单位的网络覆盖率达到99.2%。"
PLAIN = f"{TRUE}[2]{OTHER}[1]"
_THOUGHT = "我需要先看证据，再决定怎样回答。证据里讲到覆盖率，也讲到平台。[3]" * 300
_JSON = json.dumps({"sentences": [{"text": TRUE, "ids": [2], "quote": "88.5%"}, {"text": OTHER, "ids": [1], "quote": ""}], "missing": ""}, ensure_ascii=False)

# The styles of nine families of models, and what others put around or into an answer. Each says the same two sentences.
STYLES = {
    "plain": PLAIN,
    "deepseek-r1": f"<think>\n{_THOUGHT}\n</think>\n\n{PLAIN}",
    "qwen-cut": f"{_THOUGHT}\n</think>\n\n{PLAIN}",
    "kimi": f"◁think▷{_THOUGHT}◁/think▷{PLAIN}",
    "gpt-oss": f"<|channel|>analysis<|message|>{_THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{PLAIN}<|return|>",
    "claude": f"<thinking>{TRUE}</thinking>根据您提供的证据，我为您整理如下：\n\n- **乡镇单位**的网络覆盖率达到88.5%。[2]\n- {OTHER}[1]\n\n希望以上回答对您有帮助！",
    "gemini": f"{TRUE[:-1]}（证据2）。\n{OTHER[:-1]} (Source 1)。\n\n**参考资料**\n\n[1] 《县域数字化观察》\n",
    "gpt": PLAIN.replace("[2]", "【2†source】").replace("[1]", "【1†L1-L2】"),
    "mistral": f"[THINK]{_THOUGHT}[/THINK]{PLAIN.replace('[2]', '<sup>2</sup>').replace('[1]', '[^1]')}",
    "glm": f"```json\n{_JSON}\n```",
    "gpt-4o": _JSON,
    "llama": json.dumps({"answer": PLAIN}, ensure_ascii=False),
    "quoting": f"{TRUE}[2]<q>88.5%</q>\n{OTHER}[1] <q>99.2%</q>\n<missing>无</missing>",
    "ragflow": PLAIN.replace("[2]", " ##1$$").replace("[1]", " ##0$$"),
    "truncated": f"{PLAIN}统一平台由市数",
    "range": f"{TRUE}[1-2]{OTHER}[1-2]",
}
# What a request is refused with while it holds something.
REFUSALS: dict[str, tuple[int, str]] = {
    "no-temperature": (400, "Unsupported value: 'temperature' does not support 0.0 with this model."),
    "no-system": (400, "System role not supported"),
    "no-usage": (400, "Unknown parameter: 'stream_options'."),
    "gpt-4o-no-form": (400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."),
    "no-system-by-template": (500, "Jinja Exception: Conversation roles must alternate user/assistant/user/assistant"),
    "no-system-by-schema": (422, "Input should be 'user' or 'assistant' for 'messages.0.role'"),
    "no-system-in-chinese": (400, "messages 参数非法：首条消息必须为 user"),
    "no-stream-in-chinese": (400, "此模型不支持流式输出"),
    "no-stream-allowed": (400, "Streaming is not supported for this model; set stream to false."),
}
STATUSES: dict[str, tuple[int, str, str]] = {
    "busy": (429, "Rate limit reached", "rate_limit"),
    "quota": (429, "You exceeded your current quota, please check your plan and billing details. (insufficient_quota)", "no_credit"),
    "balance": (402, "Insufficient Balance", "no_credit"),
    "down": (503, "The model is overloaded", "overloaded"),
    "broken": (500, "oops", "server_error"),
    "key": (401, "Incorrect API key", "unauthorized"),
    "unknown": (404, "The model `unknown` does not exist", "no_model"),
    "bad-key": (400, "API key not valid. Please pass a valid API key.", "unauthorized"),
    "spent": (403, "用户额度不足, 剩余额度: ＄0.00", "no_credit"),
    "closed": (403, "You have no access to the model `closed`", "no_model"),
    "no-channel": (503, "当前分组 default 下对于模型 x 无可用渠道", "no_model"),
    "minute": (429, "Request too large for minute on tokens per min (TPM): Limit 30000, Requested 50000 (rate_limit_exceeded)", "too_long"),
    "risky": (400, "Content Exists Risk", "filtered"),
    "slow": (524, "<html>A timeout occurred</html>", "timeout"),
    "moderated": (400, "data_inspection_failed: content filter", "filtered"),
}
_LIE = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
# What a server puts where something else belongs, an event a line; None ends the stream as it should.
LIES: dict[str, list[Any]] = {
    "lie-content-list": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": [{"type": "text", "text": 7}, 3, None]}, "finish_reason": None}]}, None],
    "lie-content-number": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": 88.5}, "finish_reason": "stop"}]}, None],
    "lie-choices": [{**_LIE, "choices": {"0": "text"}}, None],
    "lie-no-choices": [{**_LIE, "choices": []}, {**_LIE, "choices": None}, None],
    "lie-delta": [{**_LIE, "choices": [{"index": 0, "delta": "乡镇", "finish_reason": 5}]}, None],
    "lie-usage": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": PLAIN}, "finish_reason": "stop"}], "usage": {"prompt_tokens": -9, "completion_tokens": "many", "total_tokens": []}}, None],
    "lie-usage-huge": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": PLAIN}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 10**30, "completion_tokens": 10**30, "total_tokens": 1}}, None],
    "lie-deep": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": '{"sentences": ' + '[{"text": ' * 900}, "finish_reason": "stop"}]}, None],
    "lie-many": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "".join(f"第{n}项是{n}个。[1]\n" for n in range(900))}, "finish_reason": "stop"}]}, None],
    "lie-tools": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": [{"index": "a", "function": {"arguments": {"sentences": 3}}}]}, "finish_reason": "tool_calls"}]}, None],
    "lie-null": [None],
    "lie-error": [{"error": {"message": ["no", {"text": 1}], "code": {}}}, None],
    "lie-sentences": [{**_LIE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": "stop"}]} for text in ['{"sentences": [{"text": 5, "ids": "x", "quote": []}, "a", null, {"ids": [99, -1, true, 1e99]}], "missing": {"a": 1}}']] + [None],
}
# What a server says inside a stream that began well, and how it ends; beside each why the model fails.
ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "inside-balance": ({"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}, "no_credit"),
    "inside-status": ({"error": {"message": "Provider returned error", "code": 429}}, "rate_limit"),
    "inside-filter": ({"error": {"message": "Output data may contain inappropriate content.", "code": "data_inspection_failed"}}, "filtered"),
    "ends-filtered": ({**_LIE, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "content_filter"}]}, "filtered"),
    "ends-declined": ({**_LIE, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "refusal"}]}, "declined"),
}
LIES |= {name: [event, None] for name, (event, _) in ERRORS.items()}
CONTEXTS = {"short-context": 900, "tiny-context": 100}  # characters of messages that a model takes


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: list[dict[str, Any]]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = body["model"]
        self.received.append({"path": self.path, **body})
        said = "".join(str(message["content"]) for message in body["messages"])
        if self.path == "/app/chat/completions":
            return self._plain(200, b"<!DOCTYPE html><html>an application</html>")
        if self.path not in ("/v1/chat/completions", "/app/v1/chat/completions"):
            return self._plain(404, {"detail": "Not Found"})
        held = {
            "no-temperature": "temperature" in body,
            **dict.fromkeys((name for name in REFUSALS if name.startswith("no-system")), any(m["role"] == "system" for m in body["messages"])),
            "no-usage": "stream_options" in body,
            "gpt-4o-no-form": "response_format" in body,
            "no-stream-allowed": bool(body.get("stream")),
            "no-stream-in-chinese": bool(body.get("stream")),
        }
        if held.get(model):
            status, refusal = REFUSALS[model]
            return self._plain(status, {"error": {"message": refusal}})
        if model in STATUSES:
            return self._plain(STATUSES[model][0], {"error": {"message": f"{STATUSES[model][1]} {self.headers.get('Authorization')}"}})
        if model in CONTEXTS and len(said) > CONTEXTS[model]:
            return self._plain(400, {"error": {"message": "This model's maximum context length is 512 tokens.", "code": "context_length_exceeded"}})
        if model in LIES:
            return self._lie(LIES[model])
        if model == "liar":
            return self._plain(200, {"id": 7, "object": [], "choices": [{"index": "x", "message": {"role": 3, "content": {"a": [1]}, "tool_calls": "no"}, "finish_reason": {}}], "usage": "much"})
        if model == "no-stream" or not body.get("stream"):
            message = {"role": "assistant", "content": STYLES.get(model, PLAIN)}
            return self._plain(200, {"id": "1", "object": "chat.completion", "created": 0, "model": model, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}})
        return self._stream(model)

    def _stream(self, model: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for delta, reason in _deltas(model):
            about = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": model}
            self._chunk(f"data: {json.dumps({**about, 'choices': [{'index': 0, 'delta': delta, 'finish_reason': reason}]}, ensure_ascii=False)}\n\n")
        self._chunk("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _lie(self, events: list[Any]) -> None:
        said = "".join("data: [DONE]\n\n" if event is None else f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _plain(self, status: int, value: object) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(value, bytes) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _deltas(model: str) -> Iterator[tuple[dict[str, Any], str | None]]:
    if model == "reasoning":
        for at in range(0, len(_THOUGHT), 400):
            yield {"role": "assistant", "content": None, "reasoning_content": _THOUGHT[at : at + 400]}, None
    if model == "declines":
        yield {"role": "assistant", "content": None, "refusal": "I can't help with that."}, None
        yield {}, "stop"
        return
    if model == "tools":
        for at in range(0, len(_JSON), 40):
            call = {"index": 0, "type": "function", "function": {"arguments": _JSON[at : at + 40]}}
            yield {"tool_calls": [{**call, "id": "c1", "function": {"name": "answer", "arguments": _JSON[:40]}} if at == 0 else call]}, None
        yield {}, "tool_calls"
        return
    text = STYLES["truncated" if model == "filtered-midway" else model] if model in (*STYLES, "filtered-midway") else PLAIN
    for at in range(0, len(text), 7):
        yield {"role": "assistant", "content": text[at : at + 7]}, None
    yield {}, {"truncated": "length", "filtered-midway": "content_filter"}.get(model, "stop")


@contextmanager
def played_models() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve on 127.0.0.1, and yield the address, without /v1, and the list of requests received."""
    received: list[dict[str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"received": received}))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever has read enough hangs up
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
