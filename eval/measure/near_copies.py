"""An index in, its vectors with near copies of each in a graph of neighbours: how many of the 200 nearest a walk finds, by how far it goes.

    python eval/measure/near_copies.py --index INDEX [--copies 1] [--vectors 50000]

A copy is a vector with a little of the difference of two others in it: cosines to the original from 0.999 to 0.95. Queries
lie between a vector and another, as a question is near sentences without being one. Compared with an exact search are the
graph as a build tunes it, and as one would be that was tuned for the ten nearest.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.index.faiss_store import make_index, one_thread
from dgqa.index.manifest import read_manifest

_QUERIES = 200
_GOAL = 0.98
Floats = npt.NDArray[np.float32]


def unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def with_copies(vectors: Floats, copies: int) -> Floats:
    """Return vectors of shape (n, dim) and so many near copies of each, in a drawn order."""
    draw = np.random.default_rng(2)
    made = [vectors]
    for _ in range(copies):
        one, other = draw.integers(0, len(vectors), (2, len(vectors)))
        made.append(unit(vectors + draw.uniform(0.05, 0.4, (len(vectors), 1)).astype(np.float32) * (vectors[one] - vectors[other])))
    return np.concatenate(made)[draw.permutation(len(vectors) * (copies + 1))]


def recall(index: Any, vectors: Floats, queries: Floats, k: int) -> tuple[float, float]:
    """Return the share of the exact k best that the index finds, by their scores, and the milliseconds of a search."""
    exact = np.stack([-np.partition(-(vectors @ query), k - 1)[:k] for query in queries]).min(axis=1)
    begin = time.perf_counter()
    with one_thread():
        found = index.search(queries, k)[1]
    taken = 1000 * (time.perf_counter() - begin) / len(queries)
    near = np.einsum("qkd,qd->qk", vectors[found], queries)
    return float((near >= exact[:, None] - 1e-4).mean()), taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, default=Path("index"))
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--vectors", type=int, default=50_000, help="at most so many, copies included")
    arguments = parser.parse_args()
    parts = read_manifest(arguments.index)["parts"]
    held = np.concatenate([np.load(arguments.index / part["name"] / "vectors.npy") for part in parts]).astype(np.float32)
    vectors = with_copies(unit(held[: arguments.vectors // (arguments.copies + 1)]), arguments.copies)
    draw = np.random.default_rng(3)
    one, other = draw.integers(0, len(vectors), (2, _QUERIES))
    queries = unit(2 * vectors[one] + vectors[other])
    begin = time.process_time()
    index = make_index(vectors.astype(np.float16), "hnsw")
    tuned = int(index.hnsw.efSearch)
    print(f"{len(vectors):,} vectors, {arguments.copies} near copies of each; graph made in {time.process_time() - begin:.0f} s of processor time", flush=True)
    effort = 10
    while True:
        index.hnsw.efSearch = effort
        if recall(index, vectors, queries, 10)[0] >= _GOAL or effort >= len(vectors):
            break
        effort *= 2
    for name, walked in (("tuned for ten", effort), ("as built", tuned)):
        index.hnsw.efSearch = walked
        (ten, _), (found, taken) = recall(index, vectors, queries, 10), recall(index, vectors, queries, 200)
        print(f"{name}: efSearch {walked}, recall@10 {ten:.3f}, recall@200 {found:.3f}, {taken:.1f} ms a search of 200", flush=True)


if __name__ == "__main__":
    main()
