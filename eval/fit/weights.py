"""Put fitted numbers into src/dgqa/data/weights.toml, one table at a time; what else stands there stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

FILE = Path(__file__).parents[2] / "src" / "dgqa" / "data" / "weights.toml"


def put(table: str, values: Mapping[str, Sequence[float]]) -> None:
    """Write the lists of a table that is there already.

    Raises:
        KeyError: there is no such table, or no such list in it.
    """
    text = FILE.read_text("utf-8")
    begin = text.find(f"[{table}]\n")
    if begin < 0:
        raise KeyError(f"{FILE} has no table [{table}]")
    end = text.find("\n[", begin)
    part = text[begin:] if end < 0 else text[begin:end]
    changed = part
    for name, numbers in values.items():
        line = f"{name} = [{', '.join(format(number, '.4g') for number in numbers)}]"
        changed, found = re.subn(rf"(?m)^{re.escape(name)} = .*$", line, changed)
        if not found:
            raise KeyError(f"[{table}] in {FILE} has no {name}")
    FILE.write_text(text.replace(part, changed), "utf-8")
