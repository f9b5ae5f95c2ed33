"""Search a part of an index in files of this machine: its passages, vectors and words are read on demand."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError
from dgqa.index.bm25 import LexicalScores, LexicalStore, best_of_either, mean_length
from dgqa.index.checks import CheckedArray, Checksums
from dgqa.index.engines.backend import DENSE, WORDS, Candidates, Floats, Late, Mask, Pool, Query, Rows, Scope
from dgqa.index.engines.interaction import best_matches
from dgqa.index.faiss_store import FaissStore, search_allowed
from dgqa.index.queries import TextStore, damaged
from dgqa.index.writers import map_array, release
from dgqa.system import readable_hash
from dgqa.types import Passage, Sentence

# Token vectors are many times as large as all else, and the system maps 64 KB around each that is read. These many bytes
# read, at most some thirteen times as many mapped, they are given back; below the larger size all may stay.
_KEPT = 8_000_000
_SMALL = 256_000_000
_MASKS = 8  # scopes whose passages are remembered, as those of a question are asked for again


class LocalBackend(TextStore):
    """An index opened for reading. Texts are read on demand; safe to use from several threads.

    Row i of ``vectors`` and of ``token_vectors`` is sentence i: first the sentences that have a vector of their own,
    then those that have token vectors alone, then those about an article itself, each in reading order.
    ``sentence_passage`` tells the passage of each.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], number: int = 0) -> None:
        """Open a part of the index in ``folder``, by its place in the manifest.

        Raises:
            IndexMismatchError: a file of it is missing, cut short or altered.
        """
        self.folder = folder
        self.manifest = manifest
        self.part: dict[str, Any] = manifest["parts"][number]
        self._home = folder / str(self.part["name"])
        self._compare_sizes()
        # Those of the user's dictionary, which search tokens are made with.
        self.words = tuple(str(word) for word in manifest["settings"].get("user_dictionary", ()))
        counts = self.part["counts"]
        self.passage_count: int = counts["passages"]
        self.sentence_count: int = counts["sentences"]
        dim, sentences = manifest["dim"], self.sentence_count
        sums = Checksums(self._home, {name: facts["bytes"] for name, facts in self.part["files"].items()})
        sums.compare_whole()
        exact = self._in_lots(sums, "vectors", np.float16, (counts["vectors"], dim))
        self.sentence_passage: npt.NDArray[np.int32] = self._array("sentence_passage", np.int32, (sentences,))
        self._order: npt.NDArray[np.int32] = self._array("reading_order", np.int32, (sentences,))
        self._starts: npt.NDArray[np.int32] = self._array("passage_starts", np.int32, (self.passage_count + 1,))
        self.token_offsets: npt.NDArray[np.int64] = self._array("token_offsets", np.int64, (sentences + 1,))
        self._tokens = self._in_lots(sums, "tokens", np.int8, (int(self.token_offsets[-1]), dim))
        self._masks: dict[tuple[frozenset[int] | None, frozenset[str] | None], Mask] = {}
        self._read = 0  # bytes of token vectors since they were given back
        for name, steps, last in (("passage_starts", self._starts, sentences), ("token_offsets", self.token_offsets, len(self._tokens))):
            if steps[0] != 0 or steps[-1] != last or (np.diff(steps) < 0).any():
                raise damaged(self.folder, f"{name}.npy does not rise from 0 to {last}")
        # What tells each embedded sentence under its heading from all others; for the next build.
        self.sentence_keys: npt.NDArray[np.uint64] = self._array("sentence_keys", np.uint64, (counts["embedded"], 2))
        self.vectors = FaissStore.load(self._home / "vectors.faiss", exact)
        super().__init__(self._home / "texts.sqlite", folder)
        try:
            self.lexical = LexicalStore(self._connection, self._home, self.passage_count, self._guard, sums, _mean_length(manifest))
        except IndexMismatchError:
            self._connection.close()
            raise
        # A search that is under way when a newer index is opened ends with this one: who closes it is the last to use it.
        self._finish = weakref.finalize(self, self._connection.close)

    def _compare_sizes(self) -> None:
        for name, facts in self.part["files"].items():
            file = self._home / name
            size = file.stat().st_size if file.is_file() else None
            if size != facts["bytes"]:
                found = "is missing" if size is None else f"has {size:,} bytes instead of {facts['bytes']:,}"
                raise IndexMismatchError(f"the index at {self.folder} is damaged, {name} {found}: rebuild it with `dgqa index --rebuild`")

    def _array(self, name: str, dtype: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        try:
            array = map_array(self._home / f"{name}.npy")
        except (OSError, ValueError) as error:
            raise damaged(self.folder, str(error)) from error
        self._fits(name, array, dtype, shape)
        return array

    def _in_lots(self, sums: Checksums, name: str, dtype: Any, shape: tuple[int, ...]) -> CheckedArray:
        array = sums.array(f"{name}.npy")
        self._fits(name, array, dtype, shape)
        return array

    def _fits(self, name: str, array: npt.NDArray[Any] | CheckedArray, dtype: Any, shape: tuple[int, ...]) -> None:
        if array.dtype != dtype or array.shape != shape:
            raise damaged(self.folder, f"{name}.npy holds {array.dtype} of shape {array.shape} instead of {np.dtype(dtype)} of {shape}")

    def close(self) -> None:
        with self._guard:
            self._finish()

    @property
    def fingerprint(self) -> str:
        """Identifies this index's content: sources, model and settings."""
        return str(self.manifest["content"])

    @property
    def generation(self) -> str:
        """Names what the index holds; another build has another name."""
        return str(self.manifest["generation"])

    def damaged_files(self) -> list[str]:
        """Return the files whose bytes are no longer those that the build wrote."""
        return [name for name, facts in self.part["files"].items() if readable_hash(self._home / name) != facts["sha256"]]

    def members(self, passage: int) -> npt.NDArray[np.int32]:
        """Return the rows of a passage's sentences in reading order."""
        return self._order[self._starts[passage] : self._starts[passage + 1]]

    def members_of(self, passages: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Return the rows of the sentences of several passages, one passage after another, and how many each has."""
        first = self._starts[passages].astype(np.int64)
        counts = self._starts[passages + 1] - first
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + counts, counts)
        return self._order[places], counts

    def token_vectors(self, row: int) -> npt.NDArray[np.int8]:
        """Return the token vectors of sentence ``row``, int8 of shape (tokens, dim), 127 for 1."""
        found = self._tokens[self.token_offsets[row] : self.token_offsets[row + 1]]
        if self._tokens.all.nbytes > _SMALL:
            self._read += found.nbytes
            if self._read > _KEPT:
                self._read = 0
                release(self._tokens.all)
        return found

    # Searching

    def frequencies(self, tokens: Sequence[str]) -> dict[str, int]:
        return self.lexical.frequencies(tokens)

    def candidates(
        self, query: Query, weights: Mapping[str, float], scope: Scope, *, terms: Sequence[str] = (), dense: int = DENSE, words: int = WORDS
    ) -> Candidates:
        bm25 = self.lexical.scores(query.tokens, weights)
        by_term = self.lexical.scores(terms, weights) if terms else bm25
        favoured = None
        if scope.favoured:
            favoured = Scope(scope.favoured if scope.documents is None else scope.favoured & scope.documents, scope.sections)
        places = (scope, favoured) if favoured is not None else (scope,)
        nearest = [self._nearest(query.vector, dense, place) for place in places]
        worded = [self._worded(bm25, by_term, words, place) for place in places]
        rows = np.unique(np.concatenate([pool.rows for pool in (*nearest, *worded)]))
        own = bm25.of(rows)
        return Candidates(
            rows, self._cosine(rows, query.vector), own, own if by_term is bm25 else by_term.of(rows),
            np.zeros(len(rows), bool) if favoured is None else self.inside(rows, favoured), tuple(nearest), tuple(worded),
        )  # fmt: skip

    def _nearest(self, vector: Floats, k: int, scope: Scope) -> Pool:
        """Return the passages of the ``k`` nearest sentences that a scope allows."""
        if scope.limited:
            inside = np.flatnonzero(self._allowed(scope)[self.sentence_passage[: len(self.vectors)]])
            found, scores = search_allowed(self.vectors, vector, k, inside)
        else:
            found, scores = self.vectors.search(vector, k)
        return Pool(self.sentence_passage[found].astype(np.int64), scores)

    def _worded(self, one: LexicalScores, other: LexicalScores, k: int, scope: Scope) -> Pool:
        """Return the ``k`` passages that a scope allows with the highest of both scores."""
        best = best_of_either(one, other, k, self._allowed(scope) if scope.limited else None)
        return Pool(best, np.maximum(one.of(best), other.of(best)))

    def _cosine(self, rows: Rows, vector: Floats) -> Floats:
        """Return each passage's highest cosine, not a number for one without vectors."""
        members, counts = self.members_of(rows)
        inside = members < len(self.vectors)
        of_passage = np.repeat(np.arange(len(rows)), counts)[inside]
        best = np.full(len(rows), np.nan, np.float32)
        if len(of_passage):
            full, starts = np.unique(of_passage, return_index=True)
            best[full] = np.maximum.reduceat(self._products(members[inside], vector), starts)
        return best

    def _products(self, sentence_rows: npt.NDArray[np.integer[Any]], vector: Floats) -> Floats:
        # einsum stays in this thread, see `interaction`
        return np.asarray(np.einsum("ij,j->i", self.vectors.vectors(sentence_rows), vector), np.float32)

    def cosines(self, passages: Rows, vector: Floats) -> tuple[Floats, ...]:
        members, counts = self.members_of(passages)
        inside = members < len(self.vectors)
        found = np.full(len(members), np.nan, np.float32)
        if inside.any():
            found[inside] = self._products(members[inside], vector)
        return _in_passages(found, counts)

    def late(self, passages: Rows, questions: Sequence[Floats]) -> Late:
        members, counts = self.members_of(passages)
        blocks = [self.token_vectors(row) for row in members.tolist()]
        whole = np.full((len(questions), len(passages)), np.nan, np.float32)
        alone = np.zeros((len(questions), len(members)), np.float32)
        full = np.flatnonzero(counts)
        starts = (np.cumsum(counts) - counts)[full]
        for number, question in enumerate(questions):
            best = best_matches(blocks, question)
            if not best.size:
                continue
            has = np.isfinite(best[:, 0])
            alone[number, has] = best[has].mean(axis=1)
            highest = np.maximum.reduceat(best, starts, axis=0).mean(axis=1)
            whole[number, full] = np.where(np.isfinite(highest), highest, np.nan)
        return Late(whole, _in_passages(alone, counts))

    def inside(self, passages: Rows, scope: Scope) -> Mask:
        return self._allowed(scope)[passages] if scope.limited else np.ones(len(passages), bool)

    def _allowed(self, scope: Scope) -> Mask:
        """Return which passages a scope allows, bool of shape (passages,); a search asks for the same one several times."""
        key = scope.documents, scope.sections
        known = self._masks.get(key)
        if known is not None:
            return known
        mask = np.ones(self.passage_count, bool) if scope.documents is None else self._of_documents(scope.documents)
        if scope.sections is not None:
            under = np.zeros(self.passage_count, bool)
            under[self.passages_under(scope.sections)] = True
            mask &= under
        if len(self._masks) >= _MASKS:
            self._masks = {}
        self._masks[key] = mask
        return mask

    def _of_documents(self, numbers: frozenset[int]) -> Mask:
        mask = np.zeros(self.passage_count, bool)
        mask[self.passages_of(numbers)] = True
        return mask

    def passages(self, rows: Iterable[int]) -> dict[int, Passage]:
        """Return passages by row; none for rows that there are not."""
        wanted = [int(row) for row in rows if 0 <= row < self.passage_count]
        found: dict[int, Passage] = {}
        for start in range(0, len(wanted), 200):
            chunk = wanted[start : start + 200]
            places = [at for row in chunk for at in range(self._starts[row], self._starts[row + 1])]
            sentences = {
                s.at: Sentence(s.text, s.start, s.stop, spans=tuple((a, b) for a, b in json.loads(s.spans)) if s.spans else ((s.start, s.stop),))
                for s in self.stored_sentences(places)
            }
            for p in self.stored_passages(chunk):
                own = range(self._starts[p.row], self._starts[p.row + 1])
                if any(at not in sentences for at in own):
                    raise damaged(self.folder, f"passage {p.row} has no sentence {next(at for at in own if at not in sentences)}")
                spoken = tuple(sentences[at] for at in own)
                found[p.row] = Passage(p.row, p.doc_id, p.path, p.title, p.author, p.date, p.section, p.start, p.stop, p.text, spoken, p.kind, p.page)
            if missing := [row for row in chunk if row not in found]:
                raise damaged(self.folder, f"passage {missing[0]} is missing")
        return found


def _mean_length(manifest: dict[str, Any]) -> float | None:
    """Return the mean length of a passage of the whole corpus in tokens, None where the only part knows its own."""
    counts = [part["counts"] for part in manifest["parts"]]
    return mean_length(sum(held["tokens"] for held in counts), sum(held["passages"] for held in counts)) if len(counts) > 1 else None


def _in_passages(of_sentences: Floats, counts: npt.NDArray[np.int64]) -> tuple[Floats, ...]:
    """Part what is known of the sentences of several passages, the last axis, into theirs."""
    return tuple(np.split(of_sentences, np.cumsum(counts)[:-1], axis=-1)) if len(counts) else ()
