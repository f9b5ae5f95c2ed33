"""What the tests share: how properties are judged, an index of the project's articles made by the real model, a Ray cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CORPUS = Path(__file__).parents[1] / "corpus"
ARTICLES = Path(__file__).parents[2] / "shared" / "articles"
# Ray takes 127.0.0.1 to mean the address that other machines know this one by.
HEAD = {"node_ip_address": "127.0.0.2", "object_store_memory": 100_000_000, "num_cpus": 1, "include_dashboard": False}
NODE = HEAD | {"node_ip_address": "127.0.0.3"}
# Which files one worker does alone, one after another, as they would starve each other: what drives a browser, needs environments of its own, or a cluster.
ALONE = {"browser": ("test_accessibility", "test_browser"), "wheel": ("test_container", "test_installing"), "engine": ("test_backends", "test_milvus", "test_ray")}
# The order in which they are begun, as they wait more than they compute; "" is all else, a file at a time by whichever worker is free.
PLACES = ("browser", "wheel", "engine", "")
# What is ended behind the last test of an engine: what comes after runs without a cluster.
_clustered = ExitStack()

# A property is judged by what it finds, never by how long a busy machine took.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run, which all its workers see."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def corpus_index(shared_folder: Path) -> Path:
    """The index of `corpus/`, for reading only; the model is fetched where it is missing."""
    return _built_once(CORPUS, shared_folder / "corpus_index")


@pytest.fixture(scope="session")
def articles_index(shared_folder: Path) -> Path:
    """The index of the original articles, for reading only; skipped where they are not."""
    if not ARTICLES.is_dir():
        pytest.skip(f"the original articles are not at {ARTICLES}")
    return _built_once(ARTICLES, shared_folder / "articles_index")


def _built_once(corpus: Path, folder: Path) -> Path:
    """Build an index with the real model; a worker that comes second waits, and finds it done."""
    import dgqa
    from dgqa.models.store import ensure_model

    ensure_model("multilingual-e5-small", progress=False)
    dgqa.build_index(corpus, folder, wait=True)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; one a module, since others than these run an event loop in this thread."""
    from browsing import QUICK, SWITCHES, sync_api

    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(QUICK), args=SWITCHES.split())
        yield started
        started.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes longest."""
    items.sort(key=lambda item: PLACES.index(_place(item.path.name)))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the cluster when no test needs it any more."""
    if nextitem is None or _place(nextitem.path.name) != "engine":
        _clustered.close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a worker to whole files: what a file builds for its tests is built once, and the browser is started in one worker."""
    from xdist.scheduler import LoadFileScheduling

    spread = LoadFileScheduling(config, log)
    assert hasattr(spread, "_split_scope"), "this pytest-xdist says by another name what goes together"
    spread._split_scope = lambda test: _place(test.partition("::")[0].rpartition("/")[2]) or test.partition("::")[0]
    config.option.loadscopereorder = False  # the order is that of the items
    return spread


def _place(file: str) -> str:
    """Return the name of the files that one worker does alone, this one among them; empty for all others."""
    return next((place for place, names in ALONE.items() if file.startswith(names)), "")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """The cluster, which this process is connected to until no test needs it any more; skipped where Ray isn't installed."""
    ray = pytest.importorskip("ray", reason="needs the extra ray: pip install 'dgqa[ray]'")
    from ray.cluster_utils import Cluster

    from dgqa.index.engines.cluster import ENVIRONMENT, NAMESPACE

    environment = _clustered.enter_context(pytest.MonkeyPatch.context())
    # The workers import what the tests are made of.
    for name, value in {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)}.items():
        environment.setenv(name, value)
    started = Cluster(initialize_head=True, head_node_args=HEAD)
    _clustered.callback(started.shutdown)
    started.add_node(**NODE)
    _clustered.callback(ray.shutdown)
    ray.init(started.address, _node_ip_address=HEAD["node_ip_address"], namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
    yield started
    _clustered.close()
