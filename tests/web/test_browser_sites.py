"""Two sites in one browser: a page of a sibling host does nothing in the name of a reader who has logged in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, MutableMapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from browsing import BOX, CHROMIUM, in_a_browser, sync_api
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from scripted import POLL, QUESTION, ScriptedAssistant, free_port

USER, PASSWORD = "me", "geheim"

pytestmark = in_a_browser

# What a script of another page may try, each with the cookies of the chat; returns what it could read.
TRY = """async ([chat, question]) => {
  const said = async (promise) => { try { const got = await promise; return `${got.status} ${(await got.text()).slice(0, 60)}`; } catch (error) { return "kept out"; } };
  const ask = JSON.stringify({data: [question, []]});
  const file = new FormData();
  file.append("files", new File(["x"], "a.txt"));
  const all = {credentials: "include"};
  return {
    json: await said(fetch(`${chat}/gradio_api/run/ask`, {...all, method: "POST", body: ask, headers: {"content-type": "application/json"}})),
    plain: await said(fetch(`${chat}/gradio_api/run/ask`, {...all, method: "POST", body: ask, headers: {"content-type": "text/plain"}})),
    config: await said(fetch(`${chat}/config`, all)),
    blind: await said(fetch(`${chat}/gradio_api/upload`, {...all, method: "POST", mode: "no-cors", body: file})),
  };
}"""


class Site(BaseHTTPRequestHandler):
    """A page with a link to wherever its query says."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f'<title>site</title><a id="link" href="{self.path.partition("?")[2]}">link</a>'.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


class Watch:
    """Keeps what a server answers, and for the page of which origin: a page that was closed may still be asking."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.answered: list[tuple[str, str, str, int]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":  # before the page has it
                origin = dict(scope["headers"]).get(b"origin", b"").decode()
                self.answered.append((origin, scope["method"], scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, sending)


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[Any, str, int, Watch]]:
    """Yield a browser that has logged in, the address of the chat, the port of the other hosts, and what the chat answered."""
    port = free_port()
    served = ui.serve(ScriptedAssistant(), Address(port=port, user=USER, password=PASSWORD), block=False)
    watch = served.app.middleware_stack = Watch(served.app.middleware_stack)
    other = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=other.serve_forever, args=(POLL,), daemon=True).start()
    chat = f"http://chat.gov.example:{port}"
    # Browsers say where a request comes from only to addresses that they trust, as those with TLS.
    flags = ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--host-resolver-rules=MAP *.example 127.0.0.1", f"--unsafely-treat-insecure-origin-as-secure={chat}"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        context = browser.new_context(locale="zh-CN")
        context.set_default_timeout(60_000)
        assert context.request.post(f"http://127.0.0.1:{port}/login", form={"username": USER, "password": "falsch"}).status == 400
        page = context.new_page()
        page.goto(chat)
        page.evaluate(
            "async ([user, password]) => { const form = new FormData(); form.append('username', user); form.append('password', password);"
            " await fetch('/login', {method: 'POST', body: form}); }",
            [USER, PASSWORD],
        )
        page.goto(chat)
        page.locator(BOX).wait_for()
        page.close()
        yield context, chat, other.server_port, watch
        browser.close()
    other.shutdown()
    served.close()


@pytest.mark.parametrize("host", ["blog.gov.example", "other.example"])
def test_a_page_of_another_host_reads_and_changes_nothing(sites: tuple[Any, str, int, Watch], host: str) -> None:
    context, chat, port, watch = sites
    page = context.new_page()
    page.goto(f"http://{host}:{port}/")
    tried = page.evaluate(TRY, [chat, QUESTION])
    page.close()
    assert tried.pop("blind") in ("0 ", "kept out")  # a page may send so, and gets nothing back
    assert set(tried.values()) == {"kept out"}, json.dumps(tried, ensure_ascii=False)
    sent = {(method, path): status for origin, method, path, status in watch.answered if origin == f"http://{host}:{port}"}
    assert set(sent) >= {("POST", "/gradio_api/run/ask"), ("GET", "/config"), ("POST", "/gradio_api/upload")}
    assert set(sent.values()) <= {403, 404}, sent


def test_a_link_on_another_site_opens_the_chat_of_who_has_logged_in(sites: tuple[Any, str, int, Watch]) -> None:
    context, chat, port, _ = sites
    page = context.new_page()
    page.goto(f"http://other.example:{port}/?{chat}/")
    page.click("#link")
    page.locator(BOX).wait_for()
    cookies = [cookie for cookie in context.cookies(chat) if cookie["name"].startswith("dgqa-")]
    assert [(cookie["sameSite"], cookie["httpOnly"]) for cookie in cookies] == [("Strict", True)]
    page.close()
