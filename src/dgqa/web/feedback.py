"""Keep a thumb up or down on an answer as one more JSON line of a local file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from dgqa.errors import ConfigError
from dgqa.types import Answer

Rating = Literal["up", "down"]
MAX_COMMENT = 4_000  # characters; what is longer is cut
MAX_QUESTION = 2_000
MAX_TEXT = 20_000
MAX_CITATIONS = 100
MAX_FILE = 100_000_000  # bytes
_WAIT = 10  # seconds for another writer to finish
# What a person may have pasted by mistake: the usual prefixes of access keys.
_KEY = re.compile(r"\b(?:(?:sk|pk|rk|hf|gh[pousr]|xox[a-z]|AKIA|Bearer)[-_ ]?)[A-Za-z0-9_-]{16,}")
# Never more of the trace than this: it may grow keys that are nobody else's business.
_TRACE = ("mode", "language", "model", "index", "llm", "fallback")


def save_feedback(
    file: str | os.PathLike[str],
    *,
    rating: Rating,
    question: str,
    answer: Answer | Mapping[str, Any],
    comment: str = "",
    now: datetime | None = None,
) -> None:
    """Append one line about an answer: all of it or, where that fails, nothing.

    Args:
        file: A file of JSON lines; made, readable by its owner alone, where it is absent.
        rating: "up" or "down".
        question: What was asked.
        answer: What was answered, or its ``to_dict()``.
        comment: What the person says about it; cut at 4,000 characters.
        now: The time to write down, by default the current one; kept in UTC.

    Raises:
        ConfigError: the rating is neither, or the file is too large or can't be written.
    """
    from filelock import FileLock, Timeout

    if rating not in ("up", "down"):
        raise ConfigError(f"a rating is {rating!r}: it must be up or down")
    row = _row(rating, comment, question, answer.to_dict() if isinstance(answer, Answer) else answer, now or datetime.now(UTC))
    line = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    file = Path(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=_WAIT):
            _append(file, line)
    except Timeout as error:
        raise ConfigError(f"the feedback file {file} has been locked for {_WAIT} s by another program: try again") from error
    except OSError as error:
        raise ConfigError(f"the feedback file {file} cannot be written: {error.strerror or error}; check the setting `feedback`") from error


def _append(file: Path, line: bytes) -> None:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size + len(line) > MAX_FILE:
            raise ConfigError(f"the feedback file {file} has {size:,} bytes, the limit is {MAX_FILE:,}: move it away")
        if size:  # an earlier line may have lost its end with the power
            os.lseek(handle, -1, os.SEEK_END)
            if os.read(handle, 1) != b"\n":
                line = b"\n" + line
        try:
            if os.write(handle, line) != len(line):
                raise OSError("the disk is full")
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)


def _row(rating: Rating, comment: str, question: str, answer: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    trace = answer.get("trace") or {}
    return {
        "time": now.astimezone(UTC).isoformat(timespec="seconds"),
        "rating": rating,
        "comment": _cut(comment, MAX_COMMENT),
        "question": _cut(question, MAX_QUESTION),
        "status": answer.get("status", ""),
        "text": _cut(str(answer.get("text", "")), MAX_TEXT),
        "citations": [
            {key: citation.get(key) for key in ("number", "doc_id", "start", "end")}
            for citation in list(answer.get("citations") or ())[:MAX_CITATIONS]
        ],
        **{key: _cut(str(trace[key]), 200) for key in _TRACE if trace.get(key)},
    }


def _cut(text: str, limit: int) -> str:
    text = _KEY.sub("…", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
