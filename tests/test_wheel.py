"""What a wheel holds: the package as it stands in the repository, what says whose it is, and nothing else."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

build = pytest.importorskip("hatchling.build", reason="hatchling is not installed")

ROOT = Path(__file__).parents[1]
# Kinds of files, and what each is for: code, words and rules, weights, the page.
SUFFIXES = {".py", ".typed", ".toml", ".tsv", ".txt", ".md", ".j2", ".safetensors", ".css", ".js", ".png", ".svg"}
ABOUT = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, before = tmp_path_factory.mktemp("wheel"), Path.cwd()
    os.chdir(ROOT)  # hatchling builds what it stands in
    try:
        return folder / str(build.build_wheel(str(folder)))
    finally:
        os.chdir(before)


def test_a_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    about = {name.partition(".dist-info/")[2] for name in names if ".dist-info/" in name}
    package = {name for name in names if ".dist-info/" not in name}
    here = {file.relative_to(ROOT / "src").as_posix() for file in (ROOT / "src" / "dgqa").rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    assert about == ABOUT and package == here
    assert {Path(name).suffix for name in package} <= SUFFIXES


def test_a_wheel_is_small_and_holds_nothing_that_is_kept_secret(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        sizes = {info.filename: info.file_size for info in packed.infolist()}
        assert sum(sizes.values()) < 40_000_000, sorted(sizes.items(), key=lambda item: -item[1])[:5]
        assert not [name for name in sizes if Path(name).name.startswith(".") or "test" in Path(name).parts or name.endswith((".key", ".pem", ".env"))]
