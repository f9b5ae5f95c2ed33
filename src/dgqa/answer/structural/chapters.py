"""Quote a chapter that a question asks for by its number: whole up to a length, the rest named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgqa.answer.evidence import Evidence, Surroundings, beginning
from dgqa.answer.excerpts import CERTAIN, LONGEST, MAX_EXCERPTS, logit
from dgqa.answer.judging import Verdict
from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.corpus.structure.statutes import article_number
from dgqa.index.engines.backend import SearchBackend
from dgqa.messages import Language, listed, say
from dgqa.search.statutes.chapters import ChapterAsked, Heading
from dgqa.types import Passage, Sentence

_LOOKED_AT = 60  # characters more than a title has in which it stands
NAMED = 20  # headings at most that are named


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands under one heading of a chapter up to the next one, its own heading first where the text does not begin with it."""

    title: str
    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]

    @property
    def size(self) -> int:
        return sum(len(sentence.text) for sentence in self.sentences)


def quoted_chapters(asked: ChapterAsked, index: SearchBackend, language: Language) -> tuple[list[Evidence], Verdict]:
    """Return the chapters that a question asks for, each as one excerpt, and the verdict: that the document has none of the number, or which of their parts are not quoted."""
    trace = {"chapter": asked.label}
    if asked.document is None:
        return [], Verdict("refused", say("no_law", language, law=asked.law), trace, "", 1 - CERTAIN)
    law = asked.law.strip("《》")
    if not asked.found:
        reason = say("beyond_chapters", language, law=law, chapter=asked.label, count=str(asked.count), first=asked.first, last=asked.last)
        return [], Verdict("refused", reason, trace, "", 1 - CERTAIN)
    evidence, notes = [], []
    for chapter in asked.found[:MAX_EXCERPTS]:
        parts = _parts(asked.document.doc_id, chapter, index)
        if not any(part.passages for part in parts):
            continue
        shown, left = _whole(parts)
        passage = next(part.passages[0] for part in parts if part.passages)
        joined, _ = Surroundings(index).together(asked.document.doc_id, shown)
        evidence.append(Evidence(passage, joined, logit(CERTAIN), CERTAIN, "list"))
        if left:
            names = [*left[:NAMED], "……"] if len(left) > NAMED else left
            notes.append(say("chapter_rest", language, chapter=chapter["title"], rest=listed(names, language)))
    if not evidence:
        return [], Verdict("refused", say("not_found", language, topics=f"《{law}》"), trace, "", 1 - CERTAIN)
    return evidence, Verdict("answered", "\n".join(notes), trace, "", CERTAIN)


def _parts(doc_id: str, chapter: Heading, index: SearchBackend) -> list[_Part]:
    raw = index.raw(doc_id)
    own = [heading for heading in index.headings(doc_id) if chapter["start"] <= heading["start"] < chapter["end"]]
    parts: list[_Part] = []
    for heading, behind in zip(own, [*(one["start"] for one in own[1:]), chapter["end"]], strict=True):
        rows = index.body_of_section(doc_id, SECTION_SEPARATOR.join(heading["path"]), heading["start"], behind)
        passages = [passage for _, passage in sorted(index.passages(rows).items())]
        sentences = [sentence for passage in passages for sentence in passage.sentences]
        titled = title_in(raw, heading)
        if titled and not any(sentence.start < titled.end and titled.start < sentence.end for sentence in sentences):
            sentences.insert(0, titled)
        parts.append(_Part(heading["title"], tuple(passages), tuple(sentences)))
    return parts


def title_in(raw: str, heading: Heading) -> Sentence | None:
    """Return a heading as it stands in the text; None where marks stand within it."""
    title, start = heading["title"], heading["start"]
    found = re.compile(r"\s*".join(map(re.escape, "".join(title.split())))).search(raw, start, start + len(title) + _LOOKED_AT)
    return Sentence(found.group(), found.start(), found.end()) if found else None


def _whole(parts: Sequence[_Part]) -> tuple[list[Sentence], list[str]]:
    """Return the sentences of the parts that are quoted whole, and the titles of those that are not; of a first one much too long its beginning."""
    shown: list[Sentence] = []
    size, until = 0, len(parts)
    for at, part in enumerate(parts):
        texts = any(one.passages for one in parts[:at])
        if texts and size + part.size > LONGEST:
            until = at
            break
        if not texts and part.size > 2 * LONGEST and article_number(part.title) == (0, 0):
            return shown + beginning(part.sentences, LONGEST), [f"{part.title}……", *(one.title for one in parts[at + 1 :])]
        shown += part.sentences
        size += part.size
    # Nor does a heading stand at the end of what is quoted, without anything below it.
    while until < len(parts) and not parts[until - 1].passages:
        until -= 1
        shown = shown[: len(shown) - len(parts[until].sentences)]
    return shown, [part.title for part in parts[until:]]
