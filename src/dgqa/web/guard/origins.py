"""Tell from the headers of a request whether a page of another site sent it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_NOWHERE = ("", 0)
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?")


def comes_from_elsewhere(headers: Mapping[str, str], *, shown_at: str = "") -> bool:
    """Whether a browser says that a page of another origin sent this request; programs say nothing, and come from nowhere.

    A page of a sibling host counts as another: its requests carry the cookies of this one.

    Args:
        headers: By lower-case name.
        shown_at: The address under which a proxy shows the page, where it is known as a whole.
    """
    site = headers.get("sec-fetch-site")
    if site:  # no script can set it; browsers leave it out where the page came without TLS from another machine
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    hosts = (headers.get("host", ""), *headers.get("x-forwarded-host", "").split(","))
    return _place(origin) not in _places(hosts, shown_at)


def names_no_host(headers: Mapping[str, str]) -> str:
    """Return the header of those that say where the page is shown that names no host, "" where all do: addresses are made of them.

    Args:
        headers: By lower-case name.
    """
    for name in ("host", "x-forwarded-host"):
        for host in filter(None, map(str.strip, headers.get(name, "").split(","))):
            found = _HOST.fullmatch(host)
            if not found or int(found[1] or 0) > 65_535:
                return name
    return "x-gradio-server" if "x-gradio-server" in headers else ""  # of a server beside Gradio's, which there is none of here


def names_another_machine(headers: Mapping[str, str], *, shown_at: str = "") -> bool:
    """Whether a request names a host that is neither this machine nor that of ``shown_at``.

    A page of another site whose name is made to mean 127.0.0.1 once it is loaded (DNS rebinding) is of the same origin for the
    browser; that name is what gives it away, so it is not looked up here.
    """
    name = _place(f"http://{headers.get('host', '')}")[0]
    if not name or name == _place(shown_at)[0] or name == "localhost" or name.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(name).is_loopback
    except ValueError:
        return True


def opens_a_page(headers: Mapping[str, str], *, framed: bool = False) -> bool:
    """Whether this is somebody following a link or entering an address, the answer to which only they will see.

    Args:
        headers: By lower-case name.
        framed: Whether a page in a frame counts, which the browser shows where the policy of the page lets it.
    """
    return headers.get("sec-fetch-mode") == "navigate" and (framed or headers.get("sec-fetch-dest") == "document")


def _places(hosts: Iterable[str], shown_at: str) -> set[tuple[str, int]]:
    found = {_place(f"{scheme}://{host.strip()}") for host in hosts for scheme in _PORTS if host.strip()}
    return (found | {_place(shown_at)}) - {_NOWHERE}


def _place(address: str) -> tuple[str, int]:
    """Return host and port of an address; nowhere for "null", a path, and what is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)) if parts.hostname else _NOWHERE
    except ValueError:
        return _NOWHERE
