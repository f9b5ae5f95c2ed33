"""Connect this process to a Ray cluster, or start Ray on this machine."""

from __future__ import annotations

import logging
import os
import socket
import threading
from typing import Any

from dgqa.errors import ConfigError, DgqaError, EngineError, missing_extra

NAMESPACE = "dgqa"
_CONNECTED_WITHIN = 5.0  # seconds until an address that does not answer is said not to
# Where Ray is started here: without reports home, with more seconds to start than its own 30, which a busy machine does
# not keep, and with workers that are not put behind all else, as people wait for them.
ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_raylet_start_wait_time_s": "240", "RAY_worker_niceness": "0"}
_STORE = 200_000_000  # bytes of shared memory: results are small, and lots of sentences spill to disk
_guard = threading.Lock()


def connect(uri: str = "") -> Any:
    """Return the module ``ray``, connected to the cluster at ``uri``.

    ``uri`` is HOST:PORT of the head, or "auto" for the cluster that this machine belongs to; with "" Ray is started
    here, and ends with this process.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigError: The address is none.
        EngineError: there is no answer there, or Ray can't be started.
    """
    if uri not in ("", "auto"):
        _reach(uri)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise missing_extra("the engine ray", "ray", "ray") from error
    with _guard:
        if ray.is_initialized():
            return ray
        own: dict[str, Any] = {"_node_ip_address": "127.0.0.1", "object_store_memory": _STORE, "include_dashboard": False}
        try:
            ray.init(
                uri or "local", namespace=NAMESPACE, log_to_driver=False, configure_logging=False, logging_level=logging.WARNING,
                **({} if uri else own),
            )  # fmt: skip
        except Exception as error:
            # What Ray raises where it can't start or connect is anything from ConnectionError to RuntimeError.
            where = f"the Ray cluster at {uri} cannot be joined" if uri else "Ray cannot be started on this machine"
            raise EngineError(f"{where}: {error}. `dgqa engine status` says what is there") from error
    return ray


def raise_own(error: Exception) -> None:
    """Raise the error of ours that a task on the cluster ended with, if that is what Ray tells of."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, DgqaError):
        raise cause from error


def _reach(uri: str) -> None:
    # Ray itself would try for minutes.
    host, colon, port = uri.rpartition(":")
    if not colon or not host or not port.isdecimal() or "/" in host:
        raise ConfigError(f"engine_uri is {uri!r}: give HOST:PORT of the head of a Ray cluster, or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECTED_WITHIN).close()
    except (OSError, OverflowError) as error:
        raise EngineError(f"no Ray cluster answers at {uri} ({error}): start its head with `ray start --head`, or correct engine_uri") from error
