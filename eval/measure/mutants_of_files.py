"""Damages small files of every format at random and reads them: each must become a document or a typed error, in time and memory.

    python eval/measure/mutants_of_files.py [--times 10000] [--seed 1] [--seconds 10] [--megabytes 500]

Bytes are flipped, cut out, doubled, moved, and replaced by what parsers stumble over; files packed as ZIP are also
damaged inside, in one part, and packed again. One process reads them all; what it takes more than the limits is told.
"""

from __future__ import annotations

import argparse
import collections
import io
import random
import resource
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.errors import CorpusError
from dgqa.system import resident_bytes

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import office_files

Way = Callable[[bytes, random.Random], bytes]
PIECES = [
    b"\0", b"\xff", b"\xfe\xff", b"<", b">", b"&#x0;", b"<!--", b"]]>", b"<table>", b"</div>", b"<![CDATA[", b"![", b"](", b"```", b"|", b"---\n", b": [", b"&a *a", b"%PDF-",
    b"endobj", b"stream\n", b"/Kids [1 0 R]", b" -1 ", b"99999999999", b"PK\3\4", b"w:p", b"\x1a", b"\r", b"\t" * 50, b"?\xa3\xbb", b"\xed\xa0\x80", b"<w:tbl>", b"<row r='0'>",
]  # fmt: skip
TEXT = "# 数字平台\n\n平台由省里建设，各市共用[1]。第一条 平台由省里管理。\n\n| 市 | 项 |\n|---|---|\n| 甲 | 12 |\n\n- 一是接入；\n- 二是共享。\n\n![图](a.png)\n"


def originals() -> dict[str, bytes]:
    """Return a small file of every format that is read without another program."""
    page = "<html><head><title>数字平台</title></head><body><h1>平台</h1><p>平台由省里建设。</p><table><tr><td colspan=2>甲</td></tr></table><ul><li>接入</ul></body></html>"
    run = office_files.paragraph("平台由省里建设，各市共用。")
    return {
        "a.txt": TEXT.encode(),
        "b.txt": TEXT.encode("gb18030"),
        "c.txt": TEXT.encode("utf-16"),
        "a.md": f"---\ntitle: 平台\ndate: 2023-01-02\ntags: [甲, 乙]\n---\n{TEXT}".encode(),
        "a.html": page.encode(),
        "a.csv": "市,项\n甲,12\n乙,\"1,3\"\n".encode(),
        "a.pdf": office_files.pdf([["平台由省里建设。", "各市共用。"], ["第二页。"]]),
        "a.docx": office_files.word(run * 5),
        "a.xlsx": office_files.workbook({"表": [["市", "项"], ["甲", 12], ["乙", 13]]}),
        "a.pptx": office_files.slides([office_files.shape(["平台由省里建设。"])]),
        "a.epub": office_files.book(["<h1>第一章</h1><p>平台由省里建设。</p>"], "<dc:title>平台</dc:title>"),
    }


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return ``data`` with one to six places damaged."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at, size = rng.randrange(len(out) + 1), rng.choice((1, 1, 4, 40, 400))
        kind = rng.randrange(6)
        if kind == 0 and out:
            out[at % len(out)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del out[at : at + size]
        elif kind == 2:
            out[at:at] = out[at : at + size] * rng.choice((1, 3, 300))
        elif kind == 3:
            out[at:at] = rng.choice(PIECES) * rng.choice((1, 2, 500))
        elif kind == 4:
            part, to = out[at : at + size], rng.randrange(len(out) + 1)
            del out[at : at + size]
            out[to:to] = part
        else:
            out[at : at + size] = rng.randbytes(min(size, 40))
        del out[2_000_000:]
    return bytes(out)


def repacked(data: bytes, rng: random.Random) -> bytes:
    """Return a ZIP file with one of its parts damaged, left out, or under another name."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    name = rng.choice(sorted(parts))
    match rng.randrange(8):
        case 0:
            del parts[name]
        case 1:
            parts[f"{name}~"] = parts.pop(name)
        case _:
            parts[name] = damaged(parts[name], rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, content in parts.items():
            packed.writestr(part, content)
    return out.getvalue()


class _TooLongError(BaseException):
    """A file took longer than it may."""


def _stop(signum: int, frame: FrameType | None) -> None:
    raise _TooLongError


def outcome(file: Path, seconds: float) -> str:
    """Read a file; return what became of it."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # of this process: others may be busy
    try:
        split_document(load_document(file))
    except CorpusError:
        return "typed error"
    except _TooLongError:
        return "TOO LONG"
    except Exception as error:
        return f"UNTYPED {type(error).__name__}: {str(error)[:80]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "read"


def main() -> None:
    """Damage and read, and say what came of it; exit code 1 where a file hung, broke a limit, or ended in an error that is none of ours."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("times", 10_000), ("seed", 1), ("seconds", 10), ("megabytes", 500)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    signal.signal(signal.SIGPROF, _stop)
    rng, started = random.Random(options.seed), time.process_time()
    files = originals()
    ways: dict[str, list[Way]] = {name: [damaged, *[repacked] * 3] if data[:2] == b"PK" else [damaged] for name, data in files.items()}
    counts: collections.Counter[str] = collections.Counter()
    longest, bad = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.times):
            name = rng.choice(sorted(files))
            data = rng.choice(ways[name])(files[name], rng)
            file = Path(folder) / name
            file.write_bytes(data)
            before, held = time.process_time(), resident_bytes()
            result = outcome(file, options.seconds)
            longest = max(longest, time.process_time() - before)
            if resident_bytes() - held > options.megabytes * 1e6:
                result = "TOO MUCH MEMORY"
            counts[result] += 1
            if result not in ("read", "typed error"):
                bad += 1
                kept = Path(tempfile.gettempdir()) / f"mutant-{options.seed}-{number}-{name}"
                kept.write_bytes(data)
                print(f"{kept}: {result}", flush=True)
            if (number + 1) % 1000 == 0:
                print(f"{number + 1}: {dict(counts)}, longest {longest:.2f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.times} mutants in {time.process_time() - started:.0f} s: {dict(counts)}; longest {longest:.2f} s, peak {peak:.0f} MB")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
