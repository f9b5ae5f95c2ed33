"""Choose the excerpts that answer a question, by what a reader makes of the passages found."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dgqa.answer.evidence import Evidence, Surroundings
from dgqa.answer.structural.rows import unasked
from dgqa.answer.structural.tables import extreme_asked
from dgqa.answer.wording import row_cells
from dgqa.claims.belonging import names_side
from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.reading import Text
from dgqa.language.text import bigrams
from dgqa.language.values import Date, stands_for
from dgqa.models.readers.reader import Page, Phrase, Reader, Reading
from dgqa.question.pointing import phrase_meant, sentence_meant
from dgqa.search.statutes.articles import Article
from dgqa.search.titles import known_as
from dgqa.types import Hit, Passage, Sentence, Span, spans_of

MAX_EXCERPTS = 3
LONGEST = 600  # characters of an excerpt
CERTAIN = 0.99  # confidence in an article of a law that is asked for by its number
WHOLE = 200  # characters up to which a section is quoted whole
_LEAST = 0.05  # probability that it must have in any case
_BRIDGE = 0.03  # probability of a single sentence between two that belong
_FURTHER = 0.2  # of the best passage's probability that a further one must have to add an excerpt
_FURTHER_OF_PARTS = 0.05  # the same where several things are asked for
_FURTHER_SENTENCE = 0.05  # probability of its likeliest sentence
_PART = 0.3  # probability of the passage that answers one part of a question
_SIDE = 0.1  # of an excerpt that names the side of a comparison, which says as much as the reader does
_PHRASE = 0.1  # score from which the short answer is marked
_SAME = 0.7  # share of bigrams from which two excerpts say the same
_PAIRS = dict(zip("（(「『“《", "）)」』”》", strict=True))
_NUMBERED = re.compile(r"^\W*[一二三四五六七八九十百\d]+\W+")


@dataclass(frozen=True, slots=True)
class Pace:
    """How many passages of a search are read at ``most``, a ``batch`` at once, until one is ``sure`` to answer with this probability.

    ``worth`` is what a point of the search's score counts in logits of the reader, ``belongs`` the share of the likeliest
    sentence's probability that one beside it must have to belong to the excerpt.
    """

    most: int
    batch: int
    sure: float
    worth: float
    belongs: float


# By whether a question is English: across languages the search ranks worse and sentences are told apart less well, so that more is read and shown.
PACES = {False: Pace(8, 3, 0.4, 30.0, 0.15), True: Pace(10, 5, 0.7, 40.0, 0.1)}


def logit(probability: float) -> float:
    """Return the logit of a probability, bounded to ±14."""
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def page_of(passage: Passage) -> Page:
    """Return a passage as a reader gets it: under its title and headings."""
    heading = SECTION_SEPARATOR.join(part for part in (known_as(passage.title, passage.path), passage.section) if part)
    return Page(heading, tuple(sentence.text for sentence in passage.sentences), passage.row)


class Readings:
    """What a reader makes of passages for one question; each is read once, when it is first asked for."""

    def __init__(self, reader: Reader, question: Text) -> None:
        self.question = question
        self.reader = reader
        self._known: dict[int, Reading] = {}

    def of(self, passages: Sequence[Passage]) -> list[Reading]:
        """Return the readings of passages, in their order."""
        new = list({passage.row: passage for passage in passages if passage.row not in self._known}.values())
        if new:
            self._known.update(zip((passage.row for passage in new), self.reader.read(self.question.text, [page_of(p) for p in new]), strict=True))
        return [self._known[passage.row] for passage in passages]

    def best(self, hits: Sequence[Hit]) -> list[tuple[Hit, Reading]]:
        """Return hits with their readings, the likeliest to answer first by both search and reader; reading ends where one surely does."""
        read: list[tuple[Hit, Reading]] = []
        pace = PACES[self.question.english]
        for start in range(0, min(len(hits), pace.most), pace.batch):
            batch = hits[start : min(start + pace.batch, pace.most)]
            read += zip(batch, self.of([hit.passage for hit in batch]), strict=True)
            if max(reading.answers for _, reading in read) >= pace.sure:
                break
        return sorted(read, key=lambda pair: -(logit(pair[1].answers) + pace.worth * pair[0].score))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The excerpts of an answer, the likeliest first, and what a reader, by its name, made of the best passages.

    ``covered`` is the share of the question's words, by their idf, that the passage with most of them has, ``unseen``
    the share that no passage of the corpus has; of an English question, in Chinese.
    ``sides`` are the things compared, as the question has them.
    """

    evidence: tuple[Evidence, ...]
    read: tuple[tuple[Hit, Reading], ...]
    reader: str = ""
    covered: float = 0.0
    unseen: float = 0.0
    sides: tuple[str, ...] = ()


def choose_excerpts(hits: Sequence[Hit], readings: Readings, index: SearchBackend, *, parts: Sequence[tuple[Readings, Sequence[Hit]]] = (), sides: Sequence[str] = (), dates: Sequence[Date] = ()) -> Chosen:
    """Choose the excerpts that answer a question, at most `MAX_EXCERPTS`.

    Args:
        hits: What was found for the question, best first.
        readings: The question's.
        index: Where the sentences around a passage are read.
        parts: For each part of a question, or side of a comparison: its readings and its hits. Each gets its best excerpt.
        sides: What each of these is about, where things are compared.
        dates: What the question names. Beside what tells of that very month or day nothing is told of another.
    """
    book = Surroundings(index)
    read = readings.best(hits)
    chosen: list[Evidence] = []

    def add(evidence: Evidence) -> None:
        if len(chosen) < MAX_EXCERPTS and not any(overlap(evidence, other) or _alike(evidence.sentence.text, other.sentence.text) for other in chosen):
            chosen.append(evidence)

    for (of_part, found), side in zip(parts, sides or [""] * len(parts), strict=True):
        if best := _best_of(of_part, found, book, side, sides):
            add(replace(best, side=side))
    for at, (hit, reading) in enumerate(read):
        weak = reading.answers < (_FURTHER_OF_PARTS if parts else _FURTHER) * read[0][1].answers or max(reading.sentences) < _FURTHER_SENTENCE
        # What an article says about itself (author, date, the names of its parts) adds nothing to what a text says.
        if (weak and (at or chosen)) or (at and hit.passage.kind == "meta"):
            continue
        add(_excerpt(hit.passage, readings, book))
    chosen = chosen if parts else _of_that_day(chosen, dates)
    return Chosen(tuple(book.worded(evidence) for evidence in chosen), tuple(read), readings.reader.name, sides=tuple(filter(None, sides)))


def _of_that_day(chosen: list[Evidence], dates: Sequence[Date]) -> list[Evidence]:
    """Return the best excerpt and those that tell of a month or a day that was asked for; all of them where none does."""
    days = [date for date in dates if date.month]
    told = [any(stands_for(day, value) for day in days for value in Text(f"{one.sentence.text}\n{one.heading}").values) for one in chosen]
    # The likeliest answer may leave out the date that a sentence before it has.
    return [one for at, one in enumerate(chosen) if not at or told[at]] if any(told) else chosen


def _best_of(part: Readings, hits: Sequence[Hit], book: Surroundings, side: str, sides: Sequence[str]) -> Evidence | None:
    """Return the best excerpt for a part of a question, for a side of a comparison the best of those that name it; None where none likely answers it."""
    if not side:
        near = part.best(hits)
        return _excerpt(near[0][0].passage, part, book) if near and near[0][1].answers >= _PART else None
    own = [hit for hit in hits if names_side(Text(f"{hit.passage.text}\n{page_of(hit.passage).heading}"), side, sides)]
    likely = (_excerpt(hit.passage, part, book) for hit, reading in part.best(own) if reading.answers >= _SIDE)
    return next((one for one in likely if names_side(Text(f"{one.sentence.text}\n{one.heading}"), side, sides)), None)


def quoted_articles(articles: Sequence[Article], index: SearchBackend) -> list[Evidence]:
    """Return each article of a law that is there as one excerpt: all its paragraphs and items."""
    book = Surroundings(index)
    quoted: list[Evidence] = []
    for article in articles:
        passages = [passage for _, passage in sorted(index.passages(article.rows).items())]
        if passages:
            joined, _ = book.together(passages[0].doc_id, [sentence for passage in passages for sentence in passage.sentences])
            quoted.append(Evidence(passages[0], joined, logit(CERTAIN), CERTAIN, "list"))
    return quoted


def _excerpt(passage: Passage, readings: Readings, book: Surroundings) -> Evidence:
    """Return the run of neighbouring sentences around the likeliest one of a passage, with what it needs to be understood."""
    (reading,) = readings.of([passage])
    around, offset, lists = book.sequence(passage)
    own = list(reading.sentences)
    best = max(range(len(own)), key=lambda at: own[at])
    probabilities = [0.0] * len(around)
    probabilities[offset : offset + len(own)] = own
    cut = max(_LEAST, PACES[readings.question.english].belongs * own[best])
    # What goes on in the passage beside is read only where the answer reaches the edge.
    if own[0] >= cut or own[-1] >= cut or best in (0, len(own) - 1):
        beside = list({p.row: p for p, _ in around if p.row != passage.row}.values())
        for other, read in zip(beside, readings.of(beside), strict=True):
            at = next(i for i, (p, _) in enumerate(around) if p.row == other.row)
            probabilities[at : at + len(read.sentences)] = read.sentences
    texts = [sentence.text for _, sentence in around]
    low, high = _run(probabilities, texts, offset + best, cut)
    members = list(range(low, high + 1))
    for listing in lists:
        inside = [at for at in listing.members if low <= at <= high]
        if inside and listing.lead >= 0 and listing.lead not in members:
            members.insert(0, listing.lead)  # an item never goes without its lead
        elif inside and (listing.lead in members or len(inside) > 1) and sum(len(texts[at]) for at in listing.members) <= LONGEST:
            members = sorted({*members, *listing.members})
    section = sum(map(len, texts))
    if section <= WHOLE and len({p.row for p, _ in around}) == 1:
        members = list(range(len(around)))
    if members[0] > 0 and refers_back(texts[members[0]]):
        members.insert(0, members[0] - 1)
    members, place = _asked_for(members, {offset + at: probability for at, probability in enumerate(own)}, around, readings.question, book.raw(passage.doc_id))
    joined, starts = book.together(passage.doc_id, [around[at][1] for at in members])
    marked = None
    phrase = reading.phrases[place - offset]
    if phrase is not None and phrase.score >= _PHRASE and place in members and not (
        _ranks_rows(readings.question, [around[at][1] for at in members], book.raw(passage.doc_id))
        or _of_another_year(readings.question, texts[place], [texts[at] for at in members])
    ):
        one_of_several = any(place in listing.members and len({*listing.members} & {*members}) > 1 for listing in lists)
        marked = _marked(texts[place], readings.question, phrase, one_of_several, starts[members.index(place)])
    kind = "list" if len(members) > 1 else "sentence"
    return Evidence(around[members[0]][0] if members[0] < offset else passage, joined, own[best], reading.answers * own[best], kind, marked)


def _asked_for(members: list[int], own: Mapping[int, float], around: Sequence[tuple[Passage, Sentence]], question: Text, raw: str) -> tuple[list[int], int]:
    """Return the sentences of an excerpt without the rows of a table that are not those asked for, and which of those with a probability has the short answer."""
    if not extreme_asked(question.folded):
        others = unasked([around[at][1] for at in members], raw, question.squeezed)
        members = [at for place, at in enumerate(members) if place not in others]
    kept = [at for at in members if at in own]
    likeliest = max(kept or own, key=lambda at: own[at])
    return members, sentence_meant(question, {at: around[at][1].text for at in kept}, likeliest)


def _ranks_rows(question: Text, sentences: Sequence[Sentence], raw: str) -> bool:
    """Whether the highest or lowest of several rows is asked for: the reader can't compare them, and would mark one by its name."""
    return bool(extreme_asked(question.folded)) and sum(bool(row_cells(sentence.text, raw[sentence.start : sentence.end])) for sentence in sentences) > 1


def _of_another_year(question: Text, text: str, others: Sequence[str]) -> bool:
    """Whether a sentence tells of another year than the one asked for, which one beside it tells of."""
    asked = {date.year for date in question.dated} - {None}
    told = ({date.year for date in Text(sentence).dated} for sentence in (text, *others)) if asked else iter(())
    own = next(told, set())
    return bool(own) and not asked & own and any(asked & years for years in told)


def _marked(text: str, question: Text, phrase: Phrase, one_of_several: bool, shift: int) -> Span | None:
    """Return where the short answer stands in an excerpt, with the brackets and quotation marks that it opens or closes alone; None where it is the whole sentence, or a whole item among others, which it would single out."""
    meant = phrase_meant(question, text, (phrase.start, phrase.end))
    if meant is None:
        return None
    start, end = meant
    opened = [_PAIRS[char] for char in text[start:end] if char in _PAIRS]
    if opened and text[start:end].count(opened[-1]) < opened.count(opened[-1]) and text[end : end + 1] == opened[-1]:
        end += 1
    closed = next((opener for opener, closer in _PAIRS.items() if text[start:end].count(closer) > text[start:end].count(opener)), "")
    if closed and text[start - 1 : start] == closed:
        start -= 1
    beside = f"{text[:start]}{text[end:]}"
    whole = not any(char.isalnum() for char in _NUMBERED.sub("", beside)) if one_of_several else not beside
    return None if whole else (shift + start, shift + end)


def _run(probabilities: Sequence[float], texts: Sequence[str], best: int, cut: float) -> tuple[int, int]:
    """Return the first and the last of the neighbours that belong to the answer, up to `LONGEST` characters."""
    low = high = best
    room = LONGEST - len(texts[best])
    moved = True
    while moved:
        moved = False
        for step in (-1, 1):
            at = (low if step < 0 else high) + step
            beyond = at + step
            if not 0 <= at < len(texts) or len(texts[at]) > room:
                continue
            bridged = 0 <= beyond < len(texts) and probabilities[beyond] >= cut and probabilities[at] >= _BRIDGE
            if probabilities[at] >= cut or bridged:
                room -= len(texts[at])
                low, high = (at, high) if step < 0 else (low, at)
                moved = True
    return low, high


_REFERS = re.compile(
    r"^(?:[这這](?!里|裡|篇|份?(?:论文|論文|文章|研究))|[该該](?!文|篇|论文|論文|研究)|此(?!外|类|類)|其(?![一二三四五六七八九十他它次中实實]|余|餘)|它|上述|前款|前項|前项|前者|后者|後者|对此|對此|为此|為此|其中|与此|與此|这里|這裡"
    r"|(?:these|it|this|they|such|its|their|he|she)\b)",
    re.IGNORECASE,
)


def refers_back(text: str) -> bool:
    """Whether a sentence begins with what only the one before it explains."""
    return _REFERS.match(text) is not None


def overlap(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence share characters."""
    if one.passage.doc_id != other.passage.doc_id:
        return False
    return any(a < d and c < b for a, b in spans_of(one.sentence) for c, d in spans_of(other.sentence))


def _alike(one: str, other: str) -> bool:
    a, b = bigrams(one), bigrams(other)
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= _SAME
