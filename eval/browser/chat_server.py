"""An index in; the chat page served by a process of its own out, and what that process uses. Shared by page_speed.py and page_load.py."""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
DEV = ROOT / "eval" / "questions" / "dev.jsonl"
CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
BOX = "#dgqa-question textarea"
START = 180  # seconds


@dataclass(frozen=True, slots=True)
class Server:
    """A running chat: its address, its process (0 where somebody else started it) and the seconds until it answered."""

    url: str
    process: int
    seconds: float

    def memory(self) -> float:
        """Return the resident memory of the server in MB; 0 where it can't be told."""
        try:
            status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        except OSError:
            return 0.0
        return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:")), 0.0)

    def processor(self) -> float:
        """Return the seconds of processor time that the server has used; 0 where it can't be told."""
        try:
            fields = Path(f"/proc/{self.process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(index: str, url: str = "") -> Iterator[Server]:
    """Serve the chat on an index until the block ends; with ``url``, take the one that runs there."""
    if url:
        yield Server(url.rstrip("/"), 0, 0.0)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "dgqa", "chat", "--index", index, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        while True:
            if process.poll() is not None:
                sys.exit(f"the chat ended with {process.returncode}: does the index at {index} exist?")
            try:
                httpx.get(f"{address}/config", timeout=5).raise_for_status()
                break
            except httpx.HTTPError:
                if time.perf_counter() - began > START:
                    sys.exit(f"the chat did not answer within {START} s")
                time.sleep(0.1)
        yield Server(address, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return what both scripts are told: which chat, which questions, and how to print."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--index", default="index", help="the index to serve (default index)")
    made.add_argument("--url", default="", help="a chat that runs already, instead of one served for this; its memory and processor are not measured")
    made.add_argument("--set", type=Path, default=DEV, help="questions (default the dev set)")
    made.add_argument("--json", action="store_true", help="print one JSON document")
    return made


def tell(figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print figures as JSON or as lines."""
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")


def questions(file: Path = DEV) -> list[str]:
    """Return the questions of a set that can be answered and stand alone, in its order."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [row["question"] for row in rows if not row.get("history") and row["evidence"]]
