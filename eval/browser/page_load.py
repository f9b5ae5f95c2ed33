"""Puts many sessions on the chat page at once and measures errors, waiting times and the memory of the server.

    python eval/browser/page_load.py [--index index] [--url …] [--sessions 30] [--pages 4] [--minutes 3] [--pause 5]

``--pages`` of the sessions are pages in a real browser, each with a store of its own, without motion and drawn five times a
second; the others speak the page's own protocol over HTTP: they load the page, join its queue with what a page would send, and
read the stream until the answer is complete. The minutes begin when all pages are open. Every session asks a question, reads for about ``--pause`` seconds, asks the next, and
starts over as a new page after some questions. The time of an answer is from the question to its end. Exits with 1 where a
request failed or took longer than ``--patience``, the 95th percentile is above ``--limit``, or the server held over 3 % more
memory in the last third than in the second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from chat_server import BOX, CHROMIUM, SWITCHES, Server, parser, questions, running, tell

BADGES = "#dgqa-chat .dgqa-foot .dgqa-badge:not(.is-working)"
TURNS = 8  # questions of a conversation
POLLING = 100  # milliseconds between looks for an answer on a page; one a frame, times 30 pages, would be most of the work
# Gradio's page draws sixty times a second though nothing moves: 30 of them would keep two processors busy.
FEW_FRAMES = "window.requestAnimationFrame = draw => setTimeout(() => draw(performance.now()), 200)"
GROWTH = 1.03  # of the server's memory, from the second third to the last


@dataclass
class Tally:
    """What has happened so far: seconds of every answer by kind of session, errors, and the server's memory over time."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"http": [], "page": []})
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """What every session does: where, what is asked, and for how many seconds it reads and waits."""

    url: str
    asked: list[str]
    pause: float
    patience: float


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--sessions", type=int, default=30, help="sessions at once (default 30)")
    options.add_argument("--pages", type=int, default=4, help="how many of them are pages in a browser (default 4)")
    options.add_argument("--minutes", type=float, default=3.0, help="how long (default 3)")
    options.add_argument("--pause", type=float, default=5.0, help="seconds between an answer and the next question, on average (default 5)")
    options.add_argument("--patience", type=float, default=60.0, help="seconds after which a wait is an error (default 60)")
    options.add_argument("--limit", type=float, default=2.0, help="seconds that 95 of 100 answers must keep within (default 2)")
    arguments = options.parse_args()
    with running(arguments.index, arguments.url) as server:
        tally = Tally()
        seconds, processor = asyncio.run(_load(server, arguments, tally))
        figures = _figures(tally, seconds, processor, arguments.sessions)
    tell(figures, as_json=arguments.json)
    _, second, last = figures.get("memory_mb_by_third", (0, 0, 0))
    return 0 if not tally.errors and figures["p95_s"] <= arguments.limit and last <= GROWTH * second else 1


def _figures(tally: Tally, seconds: float, processor: float, sessions: int) -> dict[str, Any]:
    everything = sorted(tally.seconds["http"] + tally.seconds["page"])
    figures: dict[str, Any] = {
        "sessions": sessions,
        "seconds": round(seconds),
        "answers": len(everything),
        "answers_per_s": round(len(everything) / seconds, 2),
        "errors": dict(tally.errors),
        "p50_s": _part(everything, 0.5),
        "p95_s": _part(everything, 0.95),
        "worst_s": _part(everything, 1.0),
        "p95_http_s": _part(sorted(tally.seconds["http"]), 0.95),
        "p95_page_s": _part(sorted(tally.seconds["page"]), 0.95),
        "processor_ms_per_answer": round(1000 * processor / max(1, len(everything))),
    }
    if tally.memory and tally.memory[-1][1]:
        end = tally.memory[-1][0]
        thirds = [[mb for at, mb in tally.memory if low * end / 3 <= at <= (low + 1) * end / 3] for low in range(3)]
        figures["memory_mb_by_third"] = [round(statistics.mean(third)) if third else 0 for third in thirds]
        figures["memory_mb_most"] = round(max(mb for _, mb in tally.memory))
    return figures


def _part(values: list[float], share: float) -> float:
    return round(values[min(len(values) - 1, int(share * len(values)))], 2) if values else 0.0


async def _load(server: Server, arguments: argparse.Namespace, tally: Tally) -> tuple[float, float]:
    """Return the seconds that the sessions took and what the server used of the processor meanwhile."""
    plan = Plan(server.url, questions(arguments.set), arguments.pause, arguments.patience)
    async with _browser(arguments.pages) as browser:
        pages = [await _opened(browser, plan, tally) for _ in range(arguments.pages)]
        began, used = time.perf_counter(), server.processor()
        until = began + 60 * arguments.minutes
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(server, began, until, tally))
            for number in range(arguments.sessions - arguments.pages):
                group.create_task(_http_session(plan, random.Random(number), until, tally))
            for number, page in enumerate(pages):
                group.create_task(_page_session(browser, page, plan, random.Random(1_000 + number), until, tally))
        return time.perf_counter() - began, server.processor() - used


async def _watch(server: Server, began: float, until: float, tally: Tally) -> None:
    while time.perf_counter() < until:
        tally.memory.append((time.perf_counter() - began, server.memory()))
        await asyncio.sleep(2)


def _pause(chance: random.Random, pause: float) -> float:
    return chance.uniform(0.5, 1.5) * pause


async def _http_session(plan: Plan, chance: random.Random, until: float, tally: Tally) -> None:
    await asyncio.sleep(chance.uniform(0, plan.pause))
    while time.perf_counter() < until:
        async with httpx.AsyncClient(base_url=plan.url, timeout=plan.patience) as client:
            try:
                (await client.get("/")).raise_for_status()
                event, inputs = _event((await client.get("/config")).raise_for_status().json())
                session = uuid.uuid4().hex[:11]
                for _ in range(TURNS):
                    began = time.perf_counter()
                    await _ask(client, event, inputs, session, chance.choice(plan.asked))
                    tally.seconds["http"].append(time.perf_counter() - began)
                    await asyncio.sleep(_pause(chance, plan.pause))
                    if time.perf_counter() > until:
                        break
            except (httpx.HTTPError, ValueError) as error:
                tally.errors[f"http: {type(error).__name__} {error}"[:160]] += 1
                await asyncio.sleep(1)


def _event(config: dict[str, Any]) -> tuple[int, list[Any]]:
    """Return the number of the event that a question starts and what the page sends with it; None stands for the question."""
    parts = {part["id"]: part for part in config["components"]}
    box = next(number for number, part in parts.items() if part["props"].get("elem_id") == "dgqa-question")
    event = next(item for item in config["dependencies"] if [box, "submit"] in [list(target) for target in item["targets"]] and item["backend_fn"])
    values = [_QUESTION if number == box else parts[number]["props"].get("value") for number in event["inputs"]]
    return int(event["id"]), [None if parts[number]["type"] == "state" else value for number, value in zip(event["inputs"], values, strict=True)]


_QUESTION = object()


async def _ask(client: httpx.AsyncClient, event: int, inputs: list[Any], session: str, question: str) -> None:
    data = [question if value is _QUESTION else value for value in inputs]
    joined = await client.post("/gradio_api/queue/join", json={"data": data, "fn_index": event, "session_hash": session, "trigger_id": None})
    joined.raise_for_status()
    shown = ""
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        async for line in stream.aiter_lines():
            if not line.startswith("data:"):
                continue
            message = json.loads(line[5:])
            shown += line
            if message["msg"] == "process_completed":
                if not message["success"]:
                    raise ValueError(f"the answer failed: {message.get('output')}")
                if "dgqa-badge" not in shown or "is-failed" in shown:
                    raise ValueError("the answer shows an error, or nothing")
                return
            if message["msg"] in ("unexpected_error", "server_stopped"):
                raise ValueError(f"the queue said {message['msg']}: {message.get('message')}")
    raise ValueError("the stream ended before the answer")


@asynccontextmanager
async def _browser(pages: int) -> AsyncIterator[Any]:
    """Start a browser, where there are pages for it."""
    if not pages:
        yield None
        return
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM) if CHROMIUM.exists() else None, args=list(SWITCHES))
        yield browser
        await browser.close()


async def _opened(browser: Any, plan: Plan, tally: Tally) -> Any:
    """Return the page in a context of its own, ready for a question."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(1000 * plan.patience)
    await context.add_init_script(FEW_FRAMES)
    page = await context.new_page()
    page.on("pageerror", lambda error: tally.errors.update([f"page: {error}"[:160]]))
    await page.goto(plan.url)
    await page.locator(BOX).wait_for()
    return page


async def _page_session(browser: Any, page: Any, plan: Plan, chance: random.Random, until: float, tally: Tally) -> None:
    from playwright.async_api import Error

    await asyncio.sleep(chance.uniform(0, plan.pause))
    while time.perf_counter() < until:
        try:
            page = page or await _opened(browser, plan, tally)
            for turn in range(TURNS):
                await page.fill(BOX, chance.choice(plan.asked))
                began = time.perf_counter()
                await page.press(BOX, "Enter")
                await page.wait_for_function(f"() => document.querySelectorAll({json.dumps(BADGES)}).length > {turn}", polling=POLLING)
                tally.seconds["page"].append(time.perf_counter() - began)
                if await page.locator("#dgqa-chat .dgqa-foot .dgqa-badge.is-failed").count():
                    tally.errors["page: an answer shows an error"] += 1
                await asyncio.sleep(_pause(chance, plan.pause))
                if time.perf_counter() > until:
                    return
            await page.context.close()
            page = None
        except Error as error:
            tally.errors[f"page: {error}"[:160]] += 1
            page = None
            await asyncio.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
