"""Serve a built page at one address: guarded, limited, without a call to any other host."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dgqa.config import cache_dir
from dgqa.errors import ConfigError, missing_extra
from dgqa.web.gate import Gate
from dgqa.web.guard.connections import hold_few
from dgqa.web.guard.limits import Limits
from dgqa.web.guard.sessions import HOURS, Sessions
from dgqa.web.guard.shapes import Shapes

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import Request

    from dgqa.web.programs.desk import Desk
    from dgqa.web.programs.tools import Tools

logger = logging.getLogger(__name__)

QUEUE = 64  # questions that may wait on the page; the next one is told that the server is busy
RATE = 1_200  # POST requests a minute from one client: a bound for a program gone wild, far above what people send
CONNECTIONS = 256  # of one client at once: some for every page that is open behind one address
SESSIONS = 200  # conversations in memory; a page whose conversation was dropped sends it again
_ROOT = re.compile(r"(?:https?://[^/\s?#]+)?(?:/[^/\s?#]+)*/?")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9*.\[\]:-]+")
_SHORTEST_KEY = 16  # characters
_LEFT_ALONE = 600, 7_200  # seconds: how often sent files are looked through, and after how long those go that were never added
_SLACK = 100_000  # bytes of a form around its files


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page is served and to whom.

    ``user`` and ``password`` guard all of it. An address that others can reach needs them, unless ``public`` says that
    this is meant, for example behind a proxy that asks for a password itself. ``rate`` is POST requests a minute from
    one client and ``connections`` those it may hold at once, 0 for no limit; ``mcp`` also serves the endpoints as tools of the Model Context Protocol. ``root_path`` is
    the path, or the whole address, under which a proxy in front shows the page; it may pass that path on or cut it off.
    ``keys`` let programs in, see `Gate`; ``embed`` are origins, such as https://example.org, that may show the page in a frame.
    A login lasts ``session_hours``; every process with the same user, password and ``secret`` accepts it.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    user: str = ""
    password: str = field(default="", repr=False)
    public: bool = False
    rate: int = RATE
    mcp: bool = False
    root_path: str = ""
    connections: int = CONNECTIONS
    secret: str = field(default="", repr=False)
    session_hours: int = HOURS
    keys: tuple[str, ...] = field(default=(), repr=False)
    embed: tuple[str, ...] = ()

    def sessions(self) -> Sessions | None:
        """Return the logins of ``user``, or None where everybody may enter."""
        if not self.password:
            return None
        return Sessions(self.user, self.password, secret=self.secret, hours=self.session_hours, folder=cache_dir() / "sessions")

    def check(self) -> None:
        """Check that the page may and can be served here.

        Raises:
            ConfigError: half a login, a root path or an origin that is none, a key that can be guessed, an address that others can reach
                without a login, no package for ``mcp``, or an address that can't be listened on, for example because the port is in use.
        """
        if bool(self.user) != bool(self.password):
            given, missing = ("user", "password") if self.user else ("password", "user")
            raise ConfigError(f"there is a {given} but no {missing}: set both, as DGQA_USER and DGQA_PASSWORD, or neither")
        if self.root_path and not _ROOT.fullmatch(self.root_path):
            raise ConfigError(f"root_path is {self.root_path!r}: give a path such as /qa, or the whole address as https://example.org/qa")
        for origin in self.embed:
            if not _ORIGIN.fullmatch(origin):
                raise ConfigError(f"embed has {origin!r}: give origins such as https://example.org, without a path, separated by blanks")
        if any(len(key) < _SHORTEST_KEY for key in self.keys):
            raise ConfigError(f"a key in DGQA_API_KEYS has fewer than {_SHORTEST_KEY} characters: `openssl rand -hex 24` makes one that can't be guessed")
        if not self.password and not self.public and not is_loopback(self.host):
            raise ConfigError(
                f"host {self.host} can be reached by others, and there is no password: set DGQA_USER and DGQA_PASSWORD, "
                "or listen on 127.0.0.1; where everybody is meant to enter, set `public = true`"
            )
        if self.mcp and find_spec("mcp") is None:
            raise missing_extra("the setting `mcp`", "mcp", "mcp")
        _check_free(self.host, self.port)


def launch(page: gr.Blocks, address: Address, desk: Desk | None = None, *, max_upload: int = 0, block: bool = True, **look: Any) -> None:
    """Serve a page; with ``block``, until the process is interrupted.

    Args:
        page: The page, built and not yet launched.
        address: Where and to whom.
        desk: Where programs ask; None for a page without endpoints for them.
        max_upload: Bytes of all files that may be sent at once; 0 where the page takes none.
        block: Whether to wait for the end.
        look: ``theme``, ``css``, ``js`` and the like, for ``Blocks.launch``.

    Raises:
        ConfigError: see ``Address.check``.
    """
    from starlette.middleware import Middleware

    from dgqa.web.programs.application import Programs, application
    from dgqa.web.programs.tools import Tools

    address.check()
    sessions = address.sessions()
    guard: dict[str, Any] = {
        "limits": Limits(upload=max_upload + _SLACK if max_upload else 0, rate=address.rate, frames=address.embed, local=sessions is None and not address.public),
        "sessions": sessions,
        "shown_at": address.root_path,
        "keys": address.keys,
    }
    middleware, tools = [Middleware(Gate, **guard), Middleware(Shapes)], None
    if desk is not None:
        tools = Tools(desk) if address.mcp else None
        middleware.append(Middleware(Programs, inner=application(desk, partial(_address_of, address)), mcp=tools))
    page.queue(max_size=QUEUE)
    page.delete_cache = _LEFT_ALONE if max_upload else None
    with _own_address(page, address):
        page.launch(
            server_name=address.host,
            server_port=address.port,
            auth=sessions.admits if sessions else None,
            app_kwargs={"middleware": middleware, "openapi_url": None, "lifespan": partial(_gate_first, tools)},
            root_path=address.root_path.rstrip("/"),
            mcp_server=False,  # its tools are not the page's
            max_file_size=max(max_upload, 1_000),
            state_session_capacity=SESSIONS,
            num_workers=0,  # they would serve files on ports of their own, past the gate
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            run_history=False,
            enable_monitoring=False,
            pwa=False,
            **look,
        )
    hold_few(page.server.config, most=address.connections)
    logger.info("serving on %s", page.local_url)
    if block:
        page.block_thread()


@contextmanager
def _own_address(page: gr.Blocks, address: Address) -> Iterator[None]:
    """Let Gradio ask its own address whether it is there without the proxy of the environment, and name what keeps it from listening.

    Raises:
        ConfigError: the address can't be listened on, or the server does not answer there; nothing of it runs on.
    """
    before = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "*"  # whatever the proxy is: one for SOCKS needs a package even where it isn't asked
    try:
        yield
    except OSError as error:  # taken in the meantime, or on 127.0.0.1, where Gradio looks too
        raise ConfigError(f"cannot listen on {address.host} port {address.port}: {error}") from error
    except Exception as error:  # Gradio has a kind of its own for each way in which its server does not answer it
        page.close(verbose=False)
        raise ConfigError(
            f"the server was started on {address.host} port {address.port} but does not answer there ({type(error).__name__}: {error}): "
            "is the machine overloaded, or does a firewall keep it from itself? Try again, or choose another host or port"
        ) from error
    finally:
        if before is None:
            del os.environ["no_proxy"]
        else:
            os.environ["no_proxy"] = before


@asynccontextmanager
async def _gate_first(tools: Tools | None, app: Any) -> AsyncIterator[None]:
    """Put the gate before all else, before the first request comes: Gradio would let other sites read answers, past the gate. Run the tools, if any."""
    _tell_wrong_fields(app)
    app.user_middleware.sort(key=lambda middleware: middleware.cls is not Gate)
    app.middleware_stack = app.build_middleware_stack()
    async with tools.running(app) if tools else nullcontext():
        yield


def _tell_wrong_fields(app: Any) -> None:
    """Have the page's application say what is wrong with a request: by itself it repeats what was sent, and fails where that has no form in JSON."""
    from fastapi.exceptions import RequestValidationError

    from dgqa.web.programs.application import Told, wrong_fields

    async def malformed(request: Request, error: RequestValidationError) -> Told:
        return Told({"error": wrong_fields(error)}, 400)

    app.add_exception_handler(RequestValidationError, malformed)


def _address_of(address: Address, request: Request) -> str:
    """Return the address of the page as who sent a request reaches it, by what a proxy in front tells."""
    from gradio.route_utils import get_root_url

    return get_root_url(request=request, route_path=request.scope["path"], root_path=address.root_path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach what listens on ``host``; False where its name is unknown."""
    host = host.strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in found)


def _check_free(host: str, port: int) -> None:
    """Bind once, so that a port in use is our error with a remedy and never a silent change of port."""
    other = "choose another with `dgqa chat --port`, DGQA_PORT or `port` in dgqa.toml"
    if not 0 < port < 65536:
        raise ConfigError(f"port {port} is not in 1..65535: {other}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # as the server does it: a port just released is free; elsewhere it would share
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(f"port {port} on {host} is in use: {other}") from error
        raise ConfigError(f"cannot listen on {host} port {port}: {error.strerror or error}; check host and port") from error
