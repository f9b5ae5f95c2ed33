"""Bare environments elsewhere, in which dgqa is installed as a user would."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
# The Python of the image, by which tests/test_container.py runs the image's steps.
(IMAGE,) = re.findall(r"^FROM python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
ARTICLE = "青溪县数字政府建设记\n\n一、网络\n\n青溪县电子政务外网已覆盖全部18个乡镇。县数据局每年检修一次机房。\n"
QUESTION = "青溪县电子政务外网覆盖了多少个乡镇？"


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def python_of(version: str) -> str | None:
    """Return a Python of this version that can make environments: on the path, Debian's, pyenv's or uv's."""
    homes = (Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions", Path("~/.local/share/uv/python").expanduser())
    found = [shutil.which(f"python{version}"), f"/usr/bin/python{version}", *(str(file) for home in homes for file in home.glob(f"*{version}.*/bin/python"))]
    check = f"import ensurepip, sqlite3, sys; assert '%d.%d' % sys.version_info[:2] == {version!r}"
    return next((file for file in found if file and Path(file).exists() and subprocess.run([file, "-c", check], capture_output=True).returncode == 0), None)


class Bare:
    """An environment with nothing in it, and a folder with one article, far from the project."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.programs = folder / "venv" / "bin"
        subprocess.run([python, "-m", "venv", folder / "venv"], check=True, timeout=300)
        (folder / "articles").mkdir()
        (folder / "articles" / "qingxi.txt").write_text(ARTICLE, encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "DGQA_")) or name == "DGQA_CACHE"}
        self.environment = kept | {"DGQA_PORT": str(free_port()), "DGQA_INDEX": str(folder / "index"), "DGQA_CORPUS": str(folder / "articles")}

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in the folder."""
        program, *rest = command
        done = subprocess.run([self.programs / program, *rest], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=900)
        assert not check or done.returncode == 0, done.stderr[-3000:]
        return done

    def install(self, wheel: str, *options: str) -> None:
        """Install a wheel with what it needs."""
        self.run("python", "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), *options, wheel)

    def installed(self) -> set[str]:
        """Return the names of the packages that are installed, in lower case."""
        return {row["name"].lower() for row in json.loads(self.run("python", "-m", "pip", "list", "--format=json").stdout)}

    def size(self) -> int:
        """Return the bytes of what is installed, without what every bare environment has."""
        folders = [path for path in self.folder.glob("venv/lib/*/site-packages/*") if not path.name.startswith(("pip", "setuptools", "pkg_resources"))]
        return sum(file.stat().st_size for path in folders for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
