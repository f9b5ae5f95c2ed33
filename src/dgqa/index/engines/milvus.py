"""An index whose candidates are found by Milvus: the engine says which passages to look at, the files say how well they match.

Each part of an index has two collections there, named by the part, which never changes: the vectors of its sentences, and
the words of its passages as sparse vectors whose inner product with the question's idf is BM25. Late interaction and texts
stay in the files, which whoever searches must have too; scores are always theirs, so that they are those without an engine.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from dgqa.errors import ConfigError, EngineError, missing_extra
from dgqa.index.bm25 import LexicalScores, highest
from dgqa.index.engines.backend import Floats, Pool, Rows, Scope, SearchBackend
from dgqa.index.engines.local import LocalBackend
from dgqa.index.engines.parts import PartsBackend
from dgqa.index.faiss_store import FLAT_LIMIT

logger = logging.getLogger(__name__)

LOADED = "engine.json"  # which parts were last loaded from the folder of an index
_BATCH = 2_000  # rows of one insert, some 3 MB of vectors
_LOAD = 600.0  # seconds that a batch, or the index over all, may take where more than a search is done
# What is written once and never changes is there for every search without waiting for the engine's clock.
_NEVER_CHANGES = "Eventually"
_UNREACHABLE = 2  # the code of an error where there is no connection


class Milvus:
    """A connection to Milvus: every call ends within the timeout, or in an EngineError that says what to look at."""

    def __init__(self, uri: str, timeout: float) -> None:
        """Connect; the token is the variable ``DGQA_ENGINE_TOKEN``.

        Raises:
            ConfigError: the client is not installed, or there is no address.
            EngineError: there is no Milvus at the address, or it lets nobody in with this token.
        """
        if not uri:
            raise ConfigError("engine is milvus, and engine_uri is not set: give the address of the server, such as http://127.0.0.1:19530")
        try:
            self._module = import_module("pymilvus")
        except ImportError as error:
            raise missing_extra("the engine milvus", "pymilvus", "milvus") from error
        self.uri, self.timeout = uri, timeout
        self._client: Any = self._guarded(lambda: self._module.MilvusClient(uri=uri, token=os.environ.get("DGQA_ENGINE_TOKEN", ""), timeout=timeout))

    def _guarded(self, act: Any) -> Any:
        grpc = import_module("grpc")
        try:
            return act()
        except (self._module.exceptions.MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
            # It says the same of a wrong password as of a server that is not there.
            raise EngineError(
                f"Milvus at {self.uri} failed or did not answer within {self.timeout:g} s ({str(error)[:300]}): "
                "see that it runs, and that engine_uri and DGQA_ENGINE_TOKEN are right"
            ) from error

    def _do(self, method: str, *values: Any, within: float | None = None, **options: Any) -> Any:
        return self._guarded(lambda: getattr(self._client, method)(*values, timeout=within or self.timeout, **options))

    def count(self, name: str) -> int:
        """Return how many rows a collection has, -1 where there is none."""
        if not self._do("has_collection", name):
            return -1
        self._do("load_collection", name, within=_LOAD)
        found = self._do("query", name, filter="", output_fields=["count(*)"], consistency_level="Strong")
        return int(found[0]["count(*)"])

    def create(self, name: str, field: str, dim: int | None, rows: Iterator[dict[str, Any]], *, exact: bool) -> None:
        """Make a collection of ``rows``, of vectors of so many numbers or, where ``dim`` is None, of sparse ones; ``exact`` compares every vector."""
        types = self._module.DataType
        schema = self._module.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("row", types.INT64, is_primary=True)
        schema.add_field("doc", types.INT64)
        schema.add_field("section", types.INT64)
        index = self._client.prepare_index_params()
        if dim is None:
            schema.add_field(field, types.SPARSE_FLOAT_VECTOR)
            index.add_index(field, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        else:
            schema.add_field(field, types.FLOAT_VECTOR, dim=dim)
            kind = {"index_type": "FLAT"} if exact else {"index_type": "HNSW", "params": {"M": 32, "efConstruction": 200}}
            index.add_index(field, metric_type="IP", **kind)
        if self._do("has_collection", name):
            self._do("drop_collection", name)
        self._do("create_collection", name, schema=schema, index_params=index, consistency_level=_NEVER_CHANGES)
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                self._do("insert", name, batch, within=_LOAD)
                batch = []
        if batch:
            self._do("insert", name, batch, within=_LOAD)
        self._do("flush", name, within=_LOAD)

    def search(self, name: str, field: str, vector: Any, k: int, where: str) -> Rows:
        """Return the rows of the ``k`` with the highest inner products, among those that fit ``where``."""
        options: dict[str, Any] = {"data": [vector], "anns_field": field, "limit": k, "filter": where, "search_params": {"metric_type": "IP", "params": {"ef": 2 * k} if field == "vectors" else {}}, "consistency_level": _NEVER_CHANGES}
        try:
            found = self._do("search", name, **options)
        except EngineError as error:
            if getattr(error.__cause__, "code", _UNREACHABLE) == _UNREACHABLE:
                raise
            # After a restart of the engine nothing is loaded.
            self._do("load_collection", name)
            found = self._do("search", name, **options)
        return np.asarray([hit["row"] if "row" in hit else hit["id"] for hit in found[0]], np.int64)

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return [str(name) for name in self._do("list_collections")]

    def drop(self, name: str) -> None:
        self._do("drop_collection", name)

    def close(self) -> None:
        self._client.close()


class MilvusPart(LocalBackend):
    """A part of an index in files, whose candidates Milvus finds."""

    def __init__(self, folder: Path, manifest: dict[str, Any], number: int, engine: Milvus) -> None:
        super().__init__(folder, manifest, number)
        self._engine = engine
        self._names = _names(folder, self.part)
        self._section_numbers = {section: at for at, section in enumerate(self.sections())}

    @property
    def collections(self) -> list[str]:
        """The names of what this part has in the engine."""
        return list(self._names.values())

    def load(self) -> None:
        """Put into the engine what it lacks of this part; what is there and not whole is made again."""
        places = [(number, self._section_numbers[section]) for number, section in self.places()]
        for kind, size, dim, rows in (
            ("vectors", len(self.vectors), self.vectors.dim, self._vector_rows(places)),
            ("words", self.passage_count, None, self._word_rows(places)),
        ):
            name = self._names[kind]
            if self._engine.count(name) == size or not size:
                continue
            logger.info("loading %d rows into %s", size, name)
            self._engine.create(name, kind, dim, rows, exact=size <= FLAT_LIMIT)
            if (count := self._engine.count(name)) != size:
                raise EngineError(f"Milvus has {count} of {size} rows of {name}: look at its log, and open the index again")

    def _vector_rows(self, places: Sequence[tuple[int, int]]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(self.vectors), _BATCH):
            rows = np.arange(start, min(start + _BATCH, len(self.vectors)))
            for row, vector in zip(rows.tolist(), self.vectors.vectors(rows), strict=True):
                document, section = places[self.sentence_passage[row]]
                yield {"row": row, "doc": document, "section": section, "vectors": vector}

    def _word_rows(self, places: Sequence[tuple[int, int]]) -> Iterator[dict[str, Any]]:
        tokens = self.lexical.scores(names := self.tokens(), dict.fromkeys(names, 1.0)).postings
        counts = [len(token.rows) for token in tokens]
        rows = np.concatenate([np.empty(0, np.int32), *(token.rows for token in tokens)])
        numbers = np.repeat(np.asarray([token.start for token in tokens], np.int64), counts)
        weights = np.concatenate([np.empty(0, np.float32), *(token.weights() for token in tokens)])
        order = np.argsort(rows, kind="stable")
        ends = np.searchsorted(rows[order], np.arange(self.passage_count + 1))
        for row, (document, section) in enumerate(places):
            own = order[ends[row] : ends[row + 1]]
            # A passage without a word is one that no question finds by its words; the engine takes no empty vector.
            words = dict(zip(numbers[own].tolist(), weights[own].tolist(), strict=True)) or {2**32 - 2: 1.0}
            yield {"row": row, "doc": document, "section": section, "words": words}

    def _where(self, scope: Scope) -> str:
        clauses = []
        if scope.documents is not None:
            clauses.append(f"doc in {sorted(scope.documents)}")
        if scope.sections is not None:
            clauses.append(f"section in {sorted(self._section_numbers[section] for section in scope.sections if section in self._section_numbers)}")
        return " and ".join(clauses)

    def _nearest(self, vector: Floats, k: int, scope: Scope) -> Pool:
        if not len(self.vectors) or _is_nowhere(where := self._where(scope)):
            return Pool(np.empty(0, np.int64), np.empty(0, np.float32))
        found = np.sort(self._engine.search(self._names["vectors"], "vectors", vector.astype(np.float32), k, where))
        scores = self._products(found, vector)
        order = np.argsort(-scores, kind="stable")
        return Pool(self.sentence_passage[found[order]].astype(np.int64), scores[order])

    def _worded(self, one: LexicalScores, other: LexicalScores, k: int, scope: Scope) -> Pool:
        found = [np.empty(0, np.int64)]
        if not _is_nowhere(where := self._where(scope)):
            for scores in (one,) if one is other else (one, other):
                if asked := {token.start: float(token.idf) for token in scores.postings}:
                    found.append(self._engine.search(self._names["words"], "words", asked, k, where))
        rows = np.unique(np.concatenate(found))
        best = highest(rows, np.maximum(one.of(rows), other.of(rows)), k)
        return Pool(best, np.maximum(one.of(best), other.of(best)))


def open_milvus(folder: Path, manifest: dict[str, Any], *, uri: str, timeout: float) -> SearchBackend:
    """Open an index whose candidates Milvus finds; what it lacks is loaded first, and what nobody searches any more is swept.

    Raises:
        ConfigError: the client is not installed, or there is no address.
        EngineError: Milvus can't be reached, does not answer in time, or does not take the rows.
        IndexMismatchError: a file of the index is missing, cut short or altered.
    """
    from filelock import FileLock

    engine = Milvus(uri, timeout)
    parts: list[MilvusPart] = []
    try:
        for number in range(len(manifest["parts"])):
            parts.append(MilvusPart(folder, manifest, number, engine))
        # One process loads, the others find it done.
        with FileLock(folder / ".engine.lock"):
            for part in parts:
                part.load()
            _sweep(folder, engine, [name for part in parts for name in part.collections])
    except BaseException:
        for part in parts:
            part.close()
        raise
    return parts[0] if len(parts) == 1 else PartsBackend(folder, manifest, parts)


def held_of(folder: Path, manifest: dict[str, Any], uri: str, timeout: float) -> dict[str, tuple[int, int]]:
    """Return for each collection of an index how many rows Milvus has of it, -1 for none, and how many it should have.

    Raises:
        ConfigError: the client is not installed, or there is no address.
        EngineError: Milvus can't be reached, or does not answer in time.
    """
    engine = Milvus(uri, timeout)
    sizes = {
        name: size
        for part in manifest["parts"]
        for name, size in zip(_names(folder, part).values(), (part["counts"]["vectors"], part["counts"]["passages"]), strict=True)
    }
    return {name: (engine.count(name), size) for name, size in sizes.items()}


def _names(folder: Path, part: Mapping[str, Any]) -> dict[str, str]:
    """Return what the collections of a part are called: that of its vectors, and that of its words."""
    return {kind: f"{_place(folder)}{str(part['name']).replace('-', '_')}_{kind}" for kind in ("vectors", "words")}


def _sweep(folder: Path, engine: Milvus, current: Sequence[str]) -> None:
    """Drop the collections of this folder's parts but those of the last two generations: the older may still be searched."""
    file = folder / LOADED
    told: Mapping[str, Any] = {}
    # A file that was torn, as by a full disk, tells as little as none.
    with suppress(FileNotFoundError, ValueError):
        told = json.loads(file.read_text(encoding="utf-8"))
    before = told.get("before", []) if told.get("current") == list(current) else told.get("current", [])
    for name in engine.collections():
        if re.match(_place(folder), name) and name not in (*current, *before):
            engine.drop(name)
    file.write_text(json.dumps({"current": list(current), "before": before}), encoding="utf-8")


def _place(folder: Path) -> str:
    return f"dgqa_{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]}_"


def _is_nowhere(where: str) -> bool:
    return "[]" in where
