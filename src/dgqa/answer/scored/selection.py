"""What a search found in; the few sentences and lists that answer the question, the likeliest first, out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dgqa.answer.evidence import LONG, Evidence, Surroundings
from dgqa.answer.scored.features import READ, Candidate, candidates
from dgqa.answer.scored.outline import article_outline, outline, says_all
from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.index.bm25 import inverse_frequency
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.places import places
from dgqa.language.reading import Text
from dgqa.language.text import bigrams, fold, squeezed, words
from dgqa.language.values import Date, stands_for, values
from dgqa.messages import Language
from dgqa.question.decomposition import SubQuestion, sub_questions
from dgqa.question.definitions import asking_for, defines, term_asked
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retrieval
from dgqa.types import Sentence, Span

MAX_SENTENCES = 3
# A further sentence must be this likely, as a share of how likely the best one is. A half would cite more precisely, but
# leave answers of several parts short: on questions that nothing was tuned on it cost 3 points of keys.
_SHARE = 0.3
_OUTLINE = 0.5  # likelihood of headings that fit
_PART = 0.12  # likelihood from which the best sentence for a part of a question is taken
_LOOSE = 0.35  # the same where the part is a clause
_SAME = 0.7  # share of bigrams from which two sentences say the same
_REFERS = re.compile(
    r"^(?:[这這](?!里|裡|篇|份?(?:论文|論文|文章|研究))|[该該](?!文|篇|论文|論文|研究)|此(?!外|类|類)|其(?![一二三四五六七八九十他它次中实實]|余|餘)|它|上述|前者|后者|後者|对此|對此|为此|為此|其中|与此|與此|这里|這裡"
    r"|(?:these|it|this|they|such|its|their|he|she)\b)"
    r"|(?:就|正|也)?在(?:这里|這裡|于此|於此)[。.]?$",
    re.IGNORECASE,
)

_ABSTRACT = re.compile(r"\W{0,2}(?:摘\s?要|内容提要|內容提要|提要|导语|導語|导读|導讀|abstract|summary)(?:\W|$)", re.IGNORECASE)
_WHO = re.compile(r"谁|誰|何人|作者|\b(?:who|whom|authors?|byline)\b", re.IGNORECASE)
_SOURCE_LINE = re.compile(r"(?:信息)?(?:来源|來源|出处|出處|转载自|轉載自|source|published in)\s*[:：]", re.IGNORECASE)


_NUMBERED = re.compile(r"第\s?(\d+)\s?号")
Search = Callable[[Question, str, str], Retrieval]  # a question, the one that it follows up or "", the title of the article to look in or ""
# Questions for what several articles say.
_EACH = re.compile(
    r"[两兩二三几幾各每](?:篇|份|位作者)|(?:文章|材料|论文|論文|资料|資料)(?:之间|之間)?(?:各|分别|分別)|各(?:自)?(?:怎么|怎麼|怎样|怎樣|如何|是怎|有什|主张|主張)|口径|口徑|一致[吗嗎]"
    r"|\b(?:both|two|three|which|different) (?:of the )?(?:articles|papers|pieces|authors|texts)|\beach (?:article|paper|piece|author|text)\b",
    re.IGNORECASE,
)


def choose(
    found: Retrieval,
    question: Question,
    language: Language,
    index: SearchBackend,
    *,
    searched: Question | None = None,
    limit: int = MAX_SENTENCES,
    search: Search | None = None,
) -> list[Evidence]:
    """Choose one to ``limit`` pieces of evidence, the likeliest first; a list kept whole is one.

    The parts of a question and the sides of a comparison each get their best piece where ``search`` can look for
    them. A sentence that refers back comes behind the one before it, where the limit leaves room or a weaker piece
    can go. ``question`` says what is asked, ``searched``, by default the same, what was searched for.
    """
    searched = searched or question
    ranked = _ranked(found, question, searched, language, index)
    reading = Surroundings(index)
    chosen: list[Evidence] = []

    def add(piece: Evidence) -> None:
        if len(chosen) < limit and not any(_overlap(piece, other) or _alike(piece.sentence.text, other.sentence.text) for other in chosen):
            chosen.append(piece)

    parts = sub_questions(searched.text)
    compared = any(part.side for part in parts)
    if not found.about and not compared and (headings := _outlined(found, searched, index, [reading.piece(candidate) for candidate in ranked[:limit]], reading)) is not None:
        if headings.confidence == 1.0:
            return [headings]  # an article as a whole, to which no sentence adds
        add(headings)
    if search is not None:
        if term := term_asked(_plain(found, searched)):
            aside = search(Question(asking_for(term)), "", "")
            for defining in _definitions(term, [_ranked(looked, question, searched, language, index) for looked in (aside, found)]):
                add(reading.piece(defining))
        for part in parts:
            if part.loose and ranked and not chosen:
                add(reading.piece(ranked[0]))
            if piece := _of_part(part, search, chosen, language, index, reading):
                add(piece)
        for title in _titles(found, searched.text):
            near = [c for c in _ranked(search(searched, "", title), question, searched, language, index) if c.confidence >= _PART and c.hit.passage.title == title]
            if near and not any(piece.passage.title == title for piece in chosen):
                add(reading.piece(near[0]))
    if found.about and (fact := fact_asked(found, question, searched.text)) is not None:
        add(fact)
    for candidate in _further(ranked, question, max([piece.confidence for piece in chosen] + [candidate.confidence for candidate in ranked[:1]], default=0.0)):
        add(reading.piece(candidate))
    return [reading.worded(piece) for piece in _ordered(_with_context(chosen, reading, limit))]


def _named(question: Question, text: Text) -> bool | None:
    """Whether a sentence names the number or the date that the question names, such as 第37号 or 2022年4月; None where one names none."""
    numbers, own = set(_NUMBERED.findall(question.folded)), set(_NUMBERED.findall(text.folded))
    if numbers and own:
        return bool(numbers & own)
    dates = [date for date in question.dates if date.month]
    if dates and text.dated:
        return any(stands_for(date, other) for date in dates for other in text.dated)
    return None


def _further(ranked: Sequence[Candidate], question: Question, best: float) -> list[Candidate]:
    """Return the candidates that are likely enough beside the best one."""
    likely = [candidate for candidate in ranked if candidate.confidence >= _SHARE * best]
    named = [_named(question, Text(candidate.sentence.text)) for candidate in likely]
    # Beside what is told of the very number or date, what is told of another reads as a further answer.
    return [candidate for candidate, same in zip(likely, named, strict=True) if same is not False or True not in named]


def _of_part(part: SubQuestion, search: Search, chosen: Sequence[Evidence], language: Language, index: SearchBackend, reading: Surroundings) -> Evidence | None:
    """Return the likeliest piece for a part of a question, or a side of a comparison, None where none is likely."""
    own = Question(part.question)
    needed = _LOOSE if part.loose else _PART
    near = [c for c in _ranked(search(own, part.previous, ""), own, own, language, index) if c.confidence >= needed]
    return _for_part(near, part.side, chosen, reading)


def _definitions(term: str, ranked: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Return the sentences that define a term, the likeliest first; a question for it is like much else that is said of it."""
    told = {
        (candidate.hit.passage.row, candidate.place): replace(candidate, score=max(candidate.score, 0.0))
        for looked in ranked
        for candidate in looked
        if defines(term, Text(candidate.sentence.text))
    }
    return sorted(told.values(), key=lambda candidate: -candidate.score)


def _for_part(near: Sequence[Candidate], side: str, chosen: Sequence[Evidence], reading: Surroundings) -> Evidence | None:
    """Return the likeliest piece for a part of a question; for a side of a comparison one that names it, and is no other's."""
    # The articles have places in Chinese only, the one kind of name that is sure in both languages.
    names = list(places(side)) if side.isascii() else [word for word in words(side) if len(word) > 1]
    own = [c for c in near if names and all(word in fold(f"{c.hit.passage.section} {c.sentence.text}") for word in names)]
    for candidate in own or near[:1]:
        piece = reading.piece(candidate)
        if not side or not any(_overlap(piece, other) for other in chosen):
            return piece
    return None


def _titles(found: Retrieval, question: str) -> tuple[str, ...]:
    """Return the titles of the articles that a question asks of one by one, none where it does not."""
    if len(found.source) > 1:
        return found.source[:MAX_SENTENCES]
    if found.about or not _EACH.search(question):
        return ()
    return tuple(dict.fromkeys(hit.passage.title for hit in found.hits[:READ]))[:2]


def fact_asked(found: Retrieval, asked: Question, question: str) -> Evidence | None:
    """Return the line about the article in question that says what is asked of it: its date, its author or its source."""
    passage = next((hit.passage for hit in found.hits[:1] if hit.passage.kind == "meta"), None)
    if passage is None:
        return None
    for sentence in passage.sentences:
        if asked.wants == "date":
            fits = bool(passage.date) and any(isinstance(value, Date) and str(value.year) == passage.date[:4] for value in values(sentence.text))
        elif _WHO.search(question):
            fits = bool(passage.author) and squeezed(passage.author) in squeezed(sentence.text)
        else:
            fits = _SOURCE_LINE.match(sentence.text) is not None
        if fits:
            return Evidence(passage, sentence, confidence=1.0)
    return None


def _abstract(doc_id: str, index: SearchBackend, reading: Surroundings) -> Evidence | None:
    """Return the beginning of an article's abstract, None where it has none."""
    rows = index.body(doc_id, 3)
    found = index.passages(rows)
    passages = [found[row] for row in rows]
    if not passages or not (_ABSTRACT.match(passages[0].text) or _ABSTRACT.match(passages[0].section)):
        return None
    sentences: list[Sentence] = []
    for sentence in (s for p in passages if p.section == passages[0].section for s in p.sentences):
        if sentences and (sum(len(s.text) for s in sentences) + len(sentence.text) > LONG or not _near(reading.raw(doc_id), sentences[-1], sentence)):
            break
        sentences.append(sentence)
    return Evidence(passages[0], reading.joined(doc_id, sentences), 0.0, 1.0, "list")


def _near(raw: str, one: Sentence, other: Sentence) -> bool:
    """Whether a sentence stands in the paragraph of the one before it."""
    return "\n" not in raw[one.end : other.start]


def _outlined(found: Retrieval, question: Question, index: SearchBackend, pieces: Sequence[Evidence], reading: Surroundings) -> Evidence | None:
    """Return the headings that answer the question, None where there are none or a piece says the same."""
    def likeness(doc_id: str, start: int, end: int) -> float:
        """The mean cosine of the sentences there, whose vectors have their heading in them."""
        rows = np.asarray(index.body_between(doc_id, start, end), np.int64)
        cosines = np.concatenate([np.empty(0, np.float32), *index.cosines(rows, found.queries[0].vector)])
        known = cosines[~np.isnan(cosines)]
        return float(known.mean()) if len(known) else -1.0

    def idf(token: str) -> float:
        frequency = index.frequencies([token])[token]
        return inverse_frequency(frequency, index.passage_count) if frequency else 0.0

    plain = _plain(found, question)
    documents = dict.fromkeys((hit.passage.doc_id, hit.passage.title) for hit in found.hits if not found.source or hit.passage.title in found.source)
    if len(documents) == 1:
        (doc_id, title), *_ = documents
        whole = article_outline(plain, title, doc_id, index)
        if whole is not None:
            inside = next(hit.passage for hit in found.hits if hit.passage.doc_id == doc_id)
            return _abstract(doc_id, index, reading) or Evidence(replace(inside, section=""), whole.sentence, 0.0, 1.0, "list")
    made = outline(plain, found.terms, found.hits, index, idf, likeness)
    if made is None or any(says_all(piece.sentence.text, made.items) for piece in pieces):
        return None
    inside = next(hit.passage for hit in found.hits if hit.passage.doc_id == made.doc_id)
    best = max((piece.confidence for piece in pieces), default=0.0)
    return Evidence(replace(inside, section=SECTION_SEPARATOR.join(made.section.path)), made.sentence, 0.0, max(best, _OUTLINE), "list")


def _plain(found: Retrieval, question: Question) -> Text:
    """Return a question as it was searched for, without those it names as its source."""
    return question if found.plain in ("", question.text) else Text(found.plain)


def _ranked(found: Retrieval, question: Question, searched: Text, language: Language, index: SearchBackend) -> list[Candidate]:
    return sorted(candidates(found, question, searched, language, index), key=lambda candidate: -candidate.score)


def _with_context(chosen: Sequence[Evidence], reading: Surroundings, limit: int) -> list[Evidence]:
    """Put the sentence before in front of one that refers back to it; the weakest goes where there are too many."""
    kept = list(chosen)
    for evidence in chosen:
        if evidence not in kept or not _REFERS.search(evidence.sentence.text):
            continue
        before = reading.before(evidence)
        if before is None or any(_overlap(before, other) for other in kept):
            continue
        if len(kept) >= limit:
            weakest = kept[-1]
            if weakest is evidence or weakest is kept[0]:
                continue
            kept.remove(weakest)
        kept.insert(kept.index(evidence), before)
    return kept


def _ordered(chosen: Sequence[Evidence]) -> list[Evidence]:
    """Return the pieces, the likeliest first, but what goes on right behind another piece behind that one."""
    made: list[Evidence] = []
    for evidence in chosen:
        at = next((i for i, other in enumerate(made) if _follows(evidence, other)), len(made))
        made.insert(at + 1, evidence)
    return made


def _follows(one: Evidence, other: Evidence) -> bool:
    """Whether a piece stands right behind another in their article."""
    return one.passage.doc_id == other.passage.doc_id and 0 <= one.sentence.start - other.sentence.end <= 2


def _overlap(one: Evidence, other: Evidence) -> bool:
    if one.passage.doc_id != other.passage.doc_id:
        return False
    # What stands between headings that are quoted is not said by them.
    return any(a < d and c < b for a, b in _spans(one) for c, d in _spans(other))


def _spans(evidence: Evidence) -> tuple[Span, ...]:
    return evidence.sentence.spans or ((evidence.sentence.start, evidence.sentence.end),)


def _alike(one: str, other: str) -> bool:
    a, b = bigrams(one), bigrams(other)
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= _SAME
