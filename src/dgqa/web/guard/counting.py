"""Count requests: a line of the log for each, and figures for Prometheus. No text that anybody sent is in either."""

from __future__ import annotations

import logging
from collections import Counter
from threading import Lock

from dgqa.system import resident_bytes

# A logger of its own, so that whoever runs the server can have these lines without all others.
requests = logging.getLogger("dgqa.web.requests")

_BOUNDS = (0.01, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)  # seconds
_API = "/gradio_api/"
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
# What requests are told apart by: a bounded number of names, whatever paths are asked for.
_ROUTES = (
    (f"{_API}run/ask", "ask"), (f"{_API}call/ask", "ask"), (f"{_API}call/v2/ask", "ask"),
    (f"{_API}run/search", "search"), (f"{_API}call/search", "search"), (f"{_API}call/v2/search", "search"),
    (f"{_API}queue/", "page events"), (f"{_API}heartbeat", "heartbeat"), (f"{_API}upload", "upload"), (f"{_API}mcp", "mcp"), (_API, "page parts"),
    ("/v1/", "openai"), ("/api/ask", "ask"), ("/api/search", "search"), ("/mcp", "mcp"), ("/health", "health"), ("/ready", "health"),
    ("/login", "login"), ("/logout", "logout"), ("/metrics", "metrics"), ("/assets/", "assets"), ("/static/", "assets"), ("/svelte/", "assets"),
)  # fmt: skip


def route_of(path: str) -> str:
    """Return the name that a path is counted under."""
    if path in ("", "/"):
        return "page"
    return next((name for start, name in _ROUTES if path.startswith(start)), "other")


class Counts:
    """What has been asked of a server since it started."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._within: Counter[tuple[str, float]] = Counter()
        self._seconds: dict[str, float] = {}

    def add(self, method: str, path: str, status: int, seconds: float, client: str) -> None:
        """Count a request that ended, and log it without its query; ``status`` is 0 where the client left before an answer began."""
        route = route_of(path)
        # A path is what somebody sent: it breaks no line, and is no novel.
        requests.info("%s %s %d %.3f s %s", method[:10], ascii(path)[1:-1][:200], status, seconds, client)
        with self._lock:
            self._requests[route, method if method in _METHODS else "other", status] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds
            for bound in _BOUNDS:
                if seconds <= bound:
                    self._within[route, bound] += 1

    def text(self, *, running: int) -> str:
        """Return the figures in Prometheus' text format, with the number of requests that are ``running``."""
        with self._lock:
            counted, within, seconds = dict(self._requests), dict(self._within), dict(self._seconds)
        lines = ["# HELP dgqa_requests_total Requests that ended; status 0 where the client left before an answer.", "# TYPE dgqa_requests_total counter"]
        lines += [f'dgqa_requests_total{{route="{route}",method="{method}",status="{status}"}} {n}' for (route, method, status), n in sorted(counted.items())]
        lines += ["# HELP dgqa_request_seconds How long requests took.", "# TYPE dgqa_request_seconds histogram"]
        for route in sorted(seconds):
            total = sum(n for (name, _, _), n in counted.items() if name == route)
            lines += [f'dgqa_request_seconds_bucket{{route="{route}",le="{bound}"}} {within.get((route, bound), 0)}' for bound in _BOUNDS]
            lines += [f'dgqa_request_seconds_bucket{{route="{route}",le="+Inf"}} {total}']
            lines += [f'dgqa_request_seconds_sum{{route="{route}"}} {seconds[route]:.6f}', f'dgqa_request_seconds_count{{route="{route}"}} {total}']
        lines += ["# HELP dgqa_requests_running Requests that have not ended.", "# TYPE dgqa_requests_running gauge", f"dgqa_requests_running {running}"]
        if memory := resident_bytes():
            lines += ["# HELP process_resident_memory_bytes Resident memory.", "# TYPE process_resident_memory_bytes gauge"]
            lines += [f"process_resident_memory_bytes {memory}"]
        return "\n".join([*lines, ""])
