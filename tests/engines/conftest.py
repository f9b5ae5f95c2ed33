"""A Ray cluster of two nodes, one core each, on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from dgqa.index.engines.cluster import ENVIRONMENT, NAMESPACE

# Ray takes 127.0.0.1 to mean the address that other machines know this one by.
NODE = {"node_ip_address": "127.0.0.2", "object_store_memory": 100_000_000, "num_cpus": 1}


@pytest.fixture(scope="package")
def cluster() -> Iterator[Any]:
    """The cluster, which this process is connected to; skipped where Ray isn't installed."""
    ray = pytest.importorskip("ray", reason="needs the extra ray: pip install 'dgqa[ray]'")
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as environment:
        # The workers import what the tests are made of.
        for name, value in {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)}.items():
            environment.setenv(name, value)
        started = Cluster(initialize_head=True, head_node_args={"include_dashboard": False, **NODE})
        started.add_node(**NODE)
        ray.init(started.address, _node_ip_address="127.0.0.2", namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
        yield started
        ray.shutdown()
        started.shutdown()
