"""Files that people send in: names that are safe on every system, and their place in a folder, which can be undone."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from dgqa.corpus.files import SUFFIXES
from dgqa.corpus.office.libreoffice import readable
from dgqa.errors import CorpusError

FOLDER = "uploads"  # of a corpus, for what is added
_MAX_STEM = 120  # bytes in UTF-8; file systems take 255 for the whole name
_UNSAFE = re.compile(r'[<>:"/\\|?*]')
# Names that Windows gives to devices, with any ending.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in "123456789¹²³")})


class Target:
    """The folder that an upload goes into, and what was put there, so that it can be undone."""

    def __init__(self, folder: Path, replace: bool) -> None:
        self.folder, self._replace = folder, replace
        self.placed: list[Path] = []
        self._before: dict[Path, bytes] = {}

    def place(self, draft: Path, name: str) -> Path:
        """Move a file into the folder under its name, or where that is taken and not to be replaced, under one with a number."""
        stem, suffix, number = Path(name).stem, Path(name).suffix, 1
        while True:
            target = self.folder / (name if number == 1 else f"{stem}-{number}{suffix}")
            if self._replace and target.is_file():
                self._before.setdefault(target, target.read_bytes())
                draft.replace(target)
                break
            try:
                with target.open("xb"):  # the name is ours from here on
                    pass
            except FileExistsError:
                number += 1
                continue
            try:
                draft.replace(target)
            except OSError:
                target.unlink(missing_ok=True)
                raise
            break
        self.placed.append(target)
        return target

    def undo(self) -> None:
        """Take everything out again, and put back what was replaced."""
        for path in self.placed:
            if path in self._before:
                path.write_bytes(self._before[path])
            else:
                path.unlink(missing_ok=True)


def shown_folder(folder: str) -> str:
    """Return the path of a folder as readers know it, in the one of its own that holds what they added; that one is ""."""
    return folder.removeprefix(f"{FOLDER}/")


def safe_folder(name: str) -> str:
    """Return the name of a folder that is a plain one on every system.

    Raises:
        CorpusError: nothing is left of the name.
    """
    one = re.sub(r"[/\\]", "_", name.strip()[:60])
    plain = safe_name(f"{one}.txt").removesuffix(".txt")
    if plain == "article":
        raise CorpusError(f"{name[:60]!r} is no name of a folder: give letters, characters or figures", kind="folder_name")
    return plain


def safe_name(name: str) -> str:
    """Return a name that is a plain file name on every system, with the ending of an article.

    Only the last part of a path is kept; control, format and reserved characters, leading and trailing dots and
    blanks go, device names and README (which is no article) get an underscore in front, and long names are cut.

    Raises:
        CorpusError: the ending is that of no article.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(char for char in last if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    plain = _UNSAFE.sub("_", plain).rstrip(" .\u3000\u00a0")
    stem, dot, ending = plain.rpartition(".")
    suffix = f".{ending.strip().lower()}" if dot else ""
    if suffix not in SUFFIXES:
        raise CorpusError(f"its ending is {suffix[:20] or 'missing'}: {', '.join(readable(SUFFIXES))} can be added", kind="ending", what=suffix[:20] or "—")
    stem = stem.strip(" .\u3000\u00a0").encode()[:_MAX_STEM].decode("utf-8", "ignore").rstrip(" .") or "article"
    if stem.partition(".")[0].rstrip().lower() in _DEVICES or stem.lower() == "readme":
        stem = f"_{stem}"
    return f"{stem}{suffix}"
