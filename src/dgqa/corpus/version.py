"""Tell by a digest of what reads articles whether an index was read otherwise and must be read again."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

# All code and words that a document, its sentences and its search tokens come from: nobody has to raise a number.
_READ_BY = (("dgqa.corpus", ""), ("dgqa.language", ""), ("dgqa.data", "corpus"), ("dgqa.data", "language"), ("dgqa.data", "words"))
_KINDS = (".py", ".toml", ".txt", ".tsv")


@functools.cache
def reading_digest() -> str:
    """Return a digest of all that decides what the articles of a corpus are read as, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for package, folder in _READ_BY:
        for name, file in sorted(_files(files(package).joinpath(folder) if folder else files(package))):
            # A file checked out with other line ends reads the same.
            digest.update(f"{package}/{name}\0".encode() + file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def _files(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(_KINDS):
            yield f"{above}{entry.name}", entry
