"""What the tests share: how properties are judged, an index of the project's articles made by the real model, a Ray cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CORPUS = Path(__file__).parents[1] / "corpus"
# Ray takes 127.0.0.1 to mean the address that other machines know this one by.
HEAD = {"node_ip_address": "127.0.0.2", "object_store_memory": 100_000_000, "num_cpus": 1, "include_dashboard": False}
NODE = HEAD | {"node_ip_address": "127.0.0.3"}

# A property is judged by what it finds, never by how long a busy machine took.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of `corpus/`, for reading only; the model is fetched where it is missing."""
    import dgqa
    from dgqa.models.store import ensure_model

    ensure_model("multilingual-e5-small", progress=False)
    folder = tmp_path_factory.mktemp("shared") / "index"
    dgqa.build_index(CORPUS, folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; one a module, since others than these run an event loop in this thread."""
    from browsing import CHROMIUM, SWITCHES, sync_api

    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES.split())
        yield started
        started.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs a cluster to the end, so that it runs beside nothing else."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is not None)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """The cluster, which this process is connected to; skipped where Ray isn't installed."""
    ray = pytest.importorskip("ray", reason="needs the extra ray: pip install 'dgqa[ray]'")
    from ray.cluster_utils import Cluster

    from dgqa.index.engines.cluster import ENVIRONMENT, NAMESPACE

    with pytest.MonkeyPatch.context() as environment:
        # The workers import what the tests are made of.
        for name, value in {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)}.items():
            environment.setenv(name, value)
        started = Cluster(initialize_head=True, head_node_args=HEAD)
        started.add_node(**NODE)
        ray.init(started.address, _node_ip_address=HEAD["node_ip_address"], namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
        yield started
        ray.shutdown()
        started.shutdown()
