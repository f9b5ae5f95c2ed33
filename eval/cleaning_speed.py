"""How fast an article is cleaned, taken apart and split, on one core.

    python eval/cleaning_speed.py news.txt --megabytes 10

Reads that much of a text file, a line an article or all as one, and prints MB/s of CPU time and peak memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from dgqa.corpus import load_document
from dgqa.splitting import split_document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a text file in UTF-8")
    parser.add_argument("--megabytes", type=float, default=10, help="how much of it to read (default 10)")
    arguments = parser.parse_args()
    with arguments.file.open("rb") as stream:
        data = stream.read(int(arguments.megabytes * 1e6))
    text = data.decode("utf-8", "ignore").encode()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "article.txt"
        file.write_bytes(text.decode()[:1000].encode())
        load_document(file)  # loads the dictionaries, which every process does once
        file.write_bytes(text)
        started = time.process_time()
        passages = split_document(load_document(file))
        seconds = time.process_time() - started
    # Kilobytes on Linux, bytes on macOS.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    print(f"{len(text) / 1e6:.1f} MB, {len(passages):,} passages in {seconds:.2f} s of CPU: {len(text) / 1e6 / seconds:.2f} MB/s, peak memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
