"""Take the mean of trained differences: python eval/fit/reader_mean.py FILE FILE… --out reader.safetensors.

The files are of trainings that began with one another's weights: the factors of differences that grew apart have no mean.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    read = [load_file(file) for file in arguments.files]
    mean = {name: np.mean([one[name].astype(np.float32) for one in read], axis=0).astype(np.float16) for name in read[0]}
    with safe_open(arguments.files[0], "np") as first:
        save_file(mean, arguments.out, metadata=first.metadata())
    return 0


if __name__ == "__main__":
    sys.exit(main())
