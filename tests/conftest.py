"""What several test modules share: an index of the project's articles made by the real model, which takes a while to make."""

from __future__ import annotations

from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture(scope="session")
def corpus_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of `corpus/`, for reading only; the model is fetched where it is missing."""
    import dgqa
    from dgqa.models import ensure_model

    ensure_model("multilingual-e5-small", progress=False)
    folder = tmp_path_factory.mktemp("shared") / "index"
    dgqa.build_index(CORPUS, folder)
    return folder
