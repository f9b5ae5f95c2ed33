"""The Dockerfile is linted and its steps are run in their order, without Docker: in a bare environment, with a folder for the image's root."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml

from bare import IMAGE, QUESTION, ROOT, Bare, python_of
from dgqa.config import cache_dir
from dgqa.models.store import ensure_model

LINES = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
STEPS = [(word, rest) for word, _, rest in (line.partition(" ") for line in LINES if line.strip())]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def steps(word: str) -> list[str]:
    return [rest for name, rest in STEPS if name == word]


@pytest.mark.parametrize("file", ["Dockerfile", "deploy/Dockerfile"])
def test_hadolint_has_nothing_to_say(file: str) -> None:
    done = subprocess.run([Path(sys.executable).parent / "hadolint", "--no-color", ROOT / file], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", ["compose.yaml", "deploy/compose.yaml"])
def test_the_compose_files_are_what_compose_reads(file: str) -> None:
    pytest.importorskip("check_jsonschema", reason="the extra test is not installed")
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_two_nodes_share_what_they_read_and_whose_logins_hold() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    first, second = compose["services"]["first"], compose["services"]["second"]
    assert first["environment"] == second["environment"] and first["volumes"] == second["volumes"] and second["depends_on"] == {"first": {"condition": "service_healthy"}}
    asked_for = {name for name, value in first["environment"].items() if str(value).startswith(f"${{{name}:?")}
    assert asked_for == {"DGQA_USER", "DGQA_PASSWORD", "DGQA_SECRET"}
    assert all((ROOT / "deploy" / volume.split(":")[0]).is_file() for volume in compose["services"]["proxy"]["volumes"])


def test_the_container_does_not_run_as_root() -> None:
    last = max(at for at, (word, _) in enumerate(STEPS) if word == "USER")
    assert int(steps("USER")[-1]) > 0 and not any(word in ("RUN", "USER") for word, _ in STEPS[last + 1 :])


def test_what_is_copied_is_sent_to_the_builder_and_nothing_else() -> None:
    copied = {name.rstrip("/") for step in steps("COPY") for name in step.split()[:-1]}
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignore[0] == "*" and {name[1:] for name in ignore if name.startswith("!")} == copied


def test_compose_keeps_index_and_model_and_asks_for_a_password() -> None:
    chat = COMPOSE["services"]["chat"]
    assert chat["build"] == "." and "data:/data" in chat["volumes"] and steps("VOLUME") == ["/data"] and "data" in COMPOSE["volumes"]
    assert all(value.startswith(f"${{{name}:?") for name, value in chat["environment"].items()) and set(chat["environment"]) == {"DGQA_USER", "DGQA_PASSWORD"}
    assert chat["ports"] == [f"127.0.0.1:{port}:{port}" for port in steps("EXPOSE")]


@pytest.mark.wheel
def test_the_steps_in_their_order_give_a_healthy_chat_that_answers(tmp_path: Path) -> None:
    ensure_model("multilingual-e5-small", progress=False)
    bare = Bare(tmp_path, python_of(IMAGE) or sys.executable)
    root, port = tmp_path / "image", bare.environment["DGQA_PORT"]
    there, did = root, tmp_path / "did"
    # The image's own Python, and in place of programs that would change this machine what keeps their arguments.
    shims = tmp_path / "shims"
    shims.mkdir()
    for name in ("useradd", "chown"):
        (shims / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "{did}"\n', encoding="utf-8")
        (shims / name).chmod(0o755)
    environment = {name: value for name, value in bare.environment.items() if not name.startswith("DGQA_")}
    # What is imported is compiled then. (Of `--no-compile`, pip takes the opposite from the environment.)
    environment |= {"PIP_COMPILE": "0", "PATH": f"{shims}:{bare.programs}:{os.environ['PATH']}"}

    def here(text: str) -> str:
        # What pip has fetched before need not be fetched again here.
        return text.replace("/data", f"{root}/data").replace("7860", port).replace(" --no-cache-dir", "")

    def run(words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=there, env=environment, capture_output=True, text=True, timeout=900)

    root.mkdir()
    for word, rest in STEPS:
        if word == "WORKDIR":
            there = root / rest.lstrip("/")
            there.mkdir()
        elif word == "COPY":
            *names, target = rest.split()
            for name in names:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(source, there / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, there / target)
        elif word == "ENV":
            environment |= dict(pair.split("=", 1) for pair in shlex.split(here(rest)))
        elif word == "RUN":
            done = run(["sh", "-ec", here(rest)])
            assert done.returncode == 0, done.stderr[-3000:]
    assert "chown dgqa" in did.read_text(encoding="utf-8") and environment["DGQA_HOST"] == "0.0.0.0"
    # What compose mounts and sets: one article, and the model that is on this machine already.
    shutil.rmtree(there / "corpus")
    (tmp_path / "articles").rename(there / "corpus")
    environment |= {"DGQA_CACHE": str(cache_dir()), "DGQA_HOST": "127.0.0.1", "DGQA_PORT": port, "DGQA_USER": "reader", "DGQA_PASSWORD": "a long password"}
    health = json.loads(here(steps("HEALTHCHECK")[0]).partition(" CMD ")[2])
    assert run(health).returncode != 0
    server = subprocess.Popen(json.loads(here(steps("CMD")[0])), cwd=there, env=environment)
    try:
        deadline = time.monotonic() + 600
        while run(health).returncode != 0:
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.5)
        asked = httpx.post(f"http://127.0.0.1:{port}/api/ask", json={"question": QUESTION}, auth=("reader", "a long password"), timeout=60, trust_env=False)
        assert "18个乡镇" in asked.json()["citations"][0]["quote"]
    finally:
        server.terminate()
        server.wait(60)
    assert (root / "data" / "index").is_dir()
