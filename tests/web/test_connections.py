"""A server and clients that hold it: connections without a request, halves of requests, and too many of them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from dgqa.web.guard.connections import hold_few
from scripted import free_port


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer after more than a second, which is longer than a head may take here."""
    if scope["type"] == "http":
        await asyncio.sleep(1.2)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    config = uvicorn.Config(application, port=port, lifespan="off", log_level="critical", timeout_keep_alive=1)
    config.load()
    hold_few(config, most=3, seconds=1.0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join(10)


def ended(connection: socket.socket) -> bytes:
    """Return what still comes until the server closes."""
    connection.settimeout(20)
    got = b""
    while part := connection.recv(4096):
        got += part
    return got


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "])
def test_a_connection_that_brings_no_request_is_closed(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        assert ended(connection) == b""


def test_a_head_that_comes_drop_by_drop_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(0.05)
        for number in range(200):
            try:
                connection.sendall(b"GET / HTTP/1.1\r\n" if not number else b"X: 1\r\n")
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert number < 199


def test_a_request_that_takes_long_is_answered_and_another_may_follow(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = b""
            while not answer.endswith(b"ok"):
                answer += connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200")
        assert ended(connection) == b""  # and then it waits no longer


def test_a_client_holds_so_many_connections_and_no_more(port: int) -> None:
    many = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    answers = [ended(connection) for connection in many]
    assert sorted(answer[:12] for answer in answers) == [b"", b"", b"", b"HTTP/1.1 503", b"HTTP/1.1 503"]
    for connection in many:
        connection.close()
    with socket.create_connection(("127.0.0.1", port)) as again:
        again.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert ended(again).startswith(b"HTTP/1.1 200")
