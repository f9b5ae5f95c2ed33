"""What a gate knows of the endpoints for programs: their paths, the keys to them, and the form of their errors."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

_FOLDERS = ("/v1", "/api", "/mcp", "/gradio_api/mcp")


def is_for_programs(path: str) -> bool:
    """Whether a path is one of the endpoints that programs use."""
    return path in _FOLDERS or path.startswith(tuple(f"{folder}/" for folder in _FOLDERS))


class Keys:
    """API keys."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(key.encode() for key in keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def admit(self, given: str) -> bool:
        """Whether this is one of the keys; every one is compared, so that the time tells nothing."""
        return sum(hmac.compare_digest(given.encode(), key) for key in self._keys) > 0


def error_body(status: int, message: str, code: str | None = None) -> dict[str, Any]:
    """Return what a program is told of an error, in the shape of OpenAI's protocol."""
    kind = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
