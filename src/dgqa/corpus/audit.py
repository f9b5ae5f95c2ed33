"""Report what documents are and every defect found in them, as plain JSON-safe values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from dgqa.corpus.files import Skipped
from dgqa.corpus.passages import split_document
from dgqa.language.text import word_count
from dgqa.types import Document


def audit(documents: Sequence[Document], skipped: Iterable[Skipped] = ()) -> dict[str, Any]:
    """Return what `dgqa audit --json` prints.

    Returns:
        ``documents``: for each its doc_id, path, title, author, date, source, number, issuer, script, encoding, sha256, the counts
        ``characters`` (of the raw text), ``words`` (letters, digits and Chinese characters of the clean one),
        ``sections``, ``passages`` and ``sentences``, and ``defects``, the number of defects by kind.
        ``skipped``: the files left out, each with its path and reason.
        ``defects``: all defects in reading order, each with doc_id, path, kind, start, end, line (from 1), raw,
        repaired (None where the damage is only marked) and confidence.
        ``totals``: the sums of all counts, with ``kinds``, the number of defects by kind, and ``repaired``.
    """
    rows = [_document(document) for document in documents]
    defects = [row for document in documents for row in _defects(document)]
    left_out = [{"path": item.path, "reason": item.reason} for item in skipped]
    counts = ("characters", "words", "sections", "passages", "sentences")
    totals: dict[str, Any] = {"documents": len(rows), "skipped": len(left_out), **{name: sum(row[name] for row in rows) for name in counts}}
    totals["defects"] = len(defects)
    totals["repaired"] = sum(row["repaired"] is not None and row["kind"] != "typo" for row in defects)
    totals["kinds"] = dict(sorted(Counter(row["kind"] for row in defects).items()))
    return {"documents": rows, "skipped": left_out, "defects": defects, "totals": totals}


def _document(document: Document) -> dict[str, Any]:
    passages = split_document(document)
    return {
        "doc_id": document.doc_id,
        "path": document.path,
        "title": document.title,
        "author": document.author,
        "date": document.date,
        "source": document.source,
        "number": document.number,
        "issuer": document.issuer,
        "script": document.script,
        "encoding": document.encoding,
        "sha256": document.sha256,
        "characters": len(document.raw),
        "words": word_count(document.text),
        "sections": len(document.sections),
        "passages": len(passages),
        "sentences": sum(len(passage.sentences) for passage in passages if passage.kind == "body"),
        "defects": dict(sorted(Counter(defect.kind for defect in document.defects).items())),
    }


def _defects(document: Document) -> Iterable[dict[str, Any]]:
    line, at = 1, 0
    for defect in document.defects:
        line += document.raw.count("\n", at, defect.start)
        at = defect.start
        yield {
            "doc_id": document.doc_id,
            "path": document.path,
            "kind": defect.kind,
            "start": defect.start,
            "end": defect.end,
            "line": line,
            "raw": defect.raw,
            "repaired": defect.repaired,
            "confidence": round(defect.confidence, 3),
        }
