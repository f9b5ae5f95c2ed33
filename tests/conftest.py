"""What the tests share: how properties are judged, and an index of the project's articles made by the real model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CORPUS = Path(__file__).parents[1] / "corpus"

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
