"""The proxies that the documentation shows, as nginx and Caddy run them: its own lines, with the addresses of a test in them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bare import ROOT
from scripted import free_port

Opened = Iterator[str]
_SHOWN = ("127.0.0.1:7860", "127.0.0.1:7861")  # the chats of the documentation
_CERTIFICATE = re.compile(r"(ssl_certificate(?:_key)?) \S+;")


def documented(page: str, kind: str) -> str:
    """Return the configuration of nginx, or of Caddy, that a page of the documentation shows."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (found,) = [text for text in blocks if {"nginx": "proxy_pass", "caddy": "reverse_proxy"}[kind] in text]
    return str(found)


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=f"{Path(sys.executable).parent}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _with_chats(text: str, chats: Sequence[str]) -> str:
    for shown, chat in zip(_SHOWN, chats, strict=False):
        assert shown in text
        text = text.replace(shown, chat.removeprefix("http://").rstrip("/"))
    return text


@contextmanager
def _running(command: Sequence[str], url: str) -> Opened:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                assert process.poll() is None, f"{command[0]} has ended"
                try:
                    httpx.get(url, trust_env=False, verify=False)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield url
        finally:
            process.terminate()


@contextmanager
def behind_nginx(chats: Sequence[str], home: Path, page: str = "scaling.md") -> Opened:
    """Yield the address that nginx shows the chats at: over TLS, where the documentation has the server do it."""
    port = free_port()
    nginx, text = _program("nginx"), _with_chats(documented(page, "nginx"), chats)
    if "listen 443 ssl;" in text:
        key, certificate = home / "key.pem", home / "certificate.pem"
        made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run([_program("openssl"), *made], check=True, capture_output=True)
        text = _CERTIFICATE.sub(lambda found: f"{found[1]} {key if found[1].endswith('key') else certificate};", text.replace("listen 443", f"listen 127.0.0.1:{port}"))
        scheme = "https"
    else:
        text, scheme = f"server {{ listen 127.0.0.1:{port};\n{text} }}", "http"
    paths = " ".join(f"{name}_temp_path {home / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    around = f"daemon off; pid {home / 'pid'}; error_log {home / 'error.log'}; events {{}} http {{ access_log off; {paths}\n{text} }}"
    (home / "nginx.conf").write_text(around, encoding="utf-8")
    with _running([nginx, "-p", str(home), "-e", str(home / "error.log"), "-c", str(home / "nginx.conf")], f"{scheme}://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def behind_caddy(chats: Sequence[str], home: Path, page: str = "scaling.md") -> Opened:
    """Yield the address that Caddy shows the chats at: without TLS, for which it would ask another machine for a certificate."""
    port = free_port()
    text = re.sub(r"^\S*example\.org \{", f"http://127.0.0.1:{port} {{", _with_chats(documented(page, "caddy"), chats), flags=re.MULTILINE)
    (home / "Caddyfile").write_text(f"{{\n  admin off\n  grace_period 1s\n}}\n{text}", encoding="utf-8")
    with _running([_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")], f"http://127.0.0.1:{port}") as url:
        yield url
