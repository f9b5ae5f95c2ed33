"""Convert older and other Office files into kinds that are read, where LibreOffice is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from dgqa.errors import CorpusError

# What is read by way of what.
CONVERTED = {
    ".doc": ".docx", ".wps": ".docx", ".rtf": ".docx", ".odt": ".docx",
    ".xls": ".xlsx", ".et": ".xlsx", ".ods": ".xlsx",
    ".ppt": ".pptx", ".dps": ".pptx", ".odp": ".pptx",
}  # fmt: skip
_SECONDS = 120
# A file that says it is one thing and is another could make LibreOffice fetch what it names.
_BEGINS = {".rtf": (b"{\\rtf",), ".odt": (b"PK",), ".ods": (b"PK",), ".odp": (b"PK",)}
_OLE = (b"\xd0\xcf\x11\xe0",)
_ITEM = '<item oor:path="/org.openoffice.Office.{}"><prop oor:name="{}" oor:op="fuse"><value>{}</value></prop></item>'
# No macros, no links followed, nothing fetched.
_SETTINGS = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    + _ITEM.format("Common/Security/Scripting", "MacroSecurityLevel", 3)
    + _ITEM.format("Common/Security/Scripting", "DisableMacrosExecution", "true")
    + _ITEM.format("Common/Security/Scripting", "DisableActiveContent", "true")
    + _ITEM.format("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true")
    + _ITEM.format("Writer/Content/Update", "Link", 0)
    + _ITEM.format("Calc/Content/Update", "Link", 2)
    + "</oor:items>"
)


def converter() -> str | None:
    """Return where LibreOffice's program is, None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def readable(suffixes: Iterable[str]) -> list[str]:
    """Return those of some endings whose files can be read on this machine, in order."""
    return sorted(suffix for suffix in suffixes if suffix not in CONVERTED or converter())


def convert(data: bytes, suffix: str, name: str) -> tuple[bytes, str]:
    """Return the bytes of the converted file and its suffix, as .docx.

    Raises:
        CorpusError: LibreOffice is not installed, or cannot convert the file within two minutes.
    """
    target = CONVERTED[suffix]
    by_hand = f"save it as {target}"
    if not data.startswith(_BEGINS.get(suffix, _OLE)):
        raise CorpusError(f"{name} is not what its ending {suffix} says: open it and {by_hand}", kind="other")
    program = converter()
    if program is None:
        raise CorpusError(f"{name} is read through LibreOffice, which is not installed: install it, or open the file and {by_hand}", kind="converter", what=target)
    with tempfile.TemporaryDirectory(prefix="dgqa-office-") as folder:
        work = Path(folder)
        profile = work / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        source = work / f"file{suffix}"
        source.write_bytes(data)
        options = [f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--convert-to", target[1:], "--outdir", str(work / "out")]
        if not _ended_well([program, *options, str(source)], folder):
            raise CorpusError(f"{name} took LibreOffice more than {_SECONDS} seconds: open it and {by_hand}", kind="large")
        try:
            return (work / "out" / f"file{target}").read_bytes(), target
        except OSError as error:
            raise CorpusError(f"{name} could not be converted by LibreOffice: open it and {by_hand}", kind="damaged") from error


def _ended_well(command: list[str], home: str) -> bool:
    """Run a command to its end; where it takes too long, end it with all that it started and return False."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": home}, start_new_session=True) as process:
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            return False
    return True
