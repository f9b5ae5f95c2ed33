"""Citations of an evidence sentence: one for every raw span of it."""

from __future__ import annotations

from dgqa.types import Citation, Passage, Sentence


def cite(first: int, passage: Passage, sentence: Sentence, raw: str) -> tuple[Citation, ...]:
    """Return the citations of an evidence sentence, one for each raw span, numbered from ``first``."""
    return tuple(
        Citation(
            number=first + i,
            doc_id=passage.doc_id,
            path=passage.path,
            title=passage.title,
            author=passage.author,
            date=passage.date,
            section=passage.section,
            start=start,
            end=end,
            quote=raw[start:end],
            page=passage.page,
        )
        for i, (start, end) in enumerate(sentence.spans or ((sentence.start, sentence.end),))
    )
