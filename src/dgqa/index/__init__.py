"""Documents on disk: their texts, vectors and words, one generation at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dgqa.index.build import Index, IndexReport, build_index

__all__ = ["Index", "IndexReport", "build_index"]


def __getattr__(name: str) -> Any:
    # Building needs FAISS and the models, which whoever reads one module of the package may do without.
    if name in __all__:
        from dgqa.index import build

        return getattr(build, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
