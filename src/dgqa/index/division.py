"""Divide documents into the parts of an index, by the first bits of the hash of their ids.

Each part has some bits that the hashes of its documents begin with, its prefix; the prefixes of all parts are the leaves of
a tree. A part that gets too large becomes two with a bit more each, and no other document moves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dgqa.corpus.files import SourceFile

PART_SENTENCES = 1_000_000  # 17 GB of files; an index of fewer sentences is one part
DEEPEST = 32  # bits; documents that agree in so many are not parted


def bits_of(doc_id: str) -> str:
    """Return the first bits of the hash of a document's id."""
    digest = hashlib.sha256(doc_id.encode("utf-8", "surrogatepass")).digest()
    return f"{int.from_bytes(digest[: DEEPEST // 8], 'big'):0{DEEPEST}b}"


def leaves(kept: Collection[str], prefix: str = "") -> list[str]:
    """Return the prefixes that together hold every document, those of the parts there are among them."""
    if prefix in kept or not any(one.startswith(prefix) for one in kept):
        return [prefix]
    return leaves(kept, prefix + "0") + leaves(kept, prefix + "1")


def divided(files: Sequence[SourceFile], prefixes: Collection[str]) -> dict[str, list[SourceFile]]:
    """Return the files whose documents stand in each part, in their order."""
    parts: dict[str, list[SourceFile]] = {prefix: [] for prefix in prefixes}
    for source in files:
        parts[part_of(source.doc_id, parts)].append(source)
    return parts


def part_of(doc_id: str, prefixes: Collection[str]) -> str:
    """Return the prefix of the part that holds a document; every document has one of the ``prefixes``."""
    bits = bits_of(doc_id)
    return next(bits[:length] for length in range(DEEPEST + 1) if bits[:length] in prefixes)


def overlap(one: str, other: str) -> bool:
    """Whether the parts of two prefixes may hold the same documents."""
    return one.startswith(other) or other.startswith(one)


def place(path: str, doc_id: str) -> tuple[list[str], str]:
    """Return what documents are sorted by, in a part and over all of them: folder by folder."""
    return path.split("/"), doc_id
