"""Measure retrieval, answers, citations and refusals, one question at a time, by pure functions.

None means undefined: nothing was there to be measured. It is never reported as 0. Every share is in 0..1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from dgqa.evaluation.statistics import Parts, mean
from dgqa.language.showing import shown_in
from dgqa.language.text import CJK, detect_script, fold, has_chinese, squeezed, words
from dgqa.language.values import Amount, Date, contains, stands_for, values
from dgqa.types import AnswerSentence, Citation

Place = tuple[str, int, int]  # file, start and end of a span of its raw text
Supports = Callable[[str, Sequence[str]], bool | None]

_WORD = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
_SUPPORTED = 0.6  # share of a claim's units that its quotes must have
_MARKER = re.compile(r"\[\d{1,3}\]")
_REJECTION = re.compile(
    r"前提(?:[^。;]{0,6})(?:有误|不成立|不对|错误|不正确|不符|不存在|说反|颠倒)|并非|并不是|有误|不属实|不准确|不是[^。;]{1,40}而是"
    r"|与(?:资料|原文|文中|文章|文献|语料|事实)[^。;]{0,12}(?:不符|不一致|矛盾)"
    r"|(?:false|wrong|incorrect|mistaken) premise|premise [^.;]{0,20}(?:wrong|false|incorrect|mistaken|not)"
    r"|\bincorrect\b|\bnot (?:correct|true|accurate)\b|\bcontrary to\b"
    r"|\bnot (?!only|just)[^.;]{1,60}\bbut\b|\brather than\b"
)


# --- retrieval -----------------------------------------------------------------------------------------------


def overlaps(a: Place, b: Place) -> bool:
    """Say whether two places share at least one character of one file.

    >>> overlaps(("a.txt", 0, 5), ("a.txt", 4, 9)), overlaps(("a.txt", 0, 5), ("a.txt", 5, 9))
    (True, False)
    """
    return a[0] == b[0] and max(a[1], b[1]) < min(a[2], b[2])


def evidence_ranks(found: Sequence[Place], gold: Sequence[Place]) -> tuple[int | None, ...]:
    """Return for every gold place the rank, from 1, of the first found place that overlaps it; None if none does."""
    return tuple(
        next((rank for rank, place in enumerate(found, 1) if overlaps(place, wanted)), None) for wanted in gold
    )


def recall_any(ranks: Sequence[int | None], k: int) -> float | None:
    """Return 1.0 if any evidence stands within the first ``k`` results, else 0.0; also called success@k."""
    return float(any(rank is not None and rank <= k for rank in ranks)) if ranks else None


def recall_all(ranks: Sequence[int | None], k: int) -> float | None:
    """Return 1.0 if every evidence stands within the first ``k`` results, else 0.0.

    Stricter than the mean recall of a question: an answer that needs two places is not half right with one.
    """
    return float(all(rank is not None and rank <= k for rank in ranks)) if ranks else None


def reciprocal_rank(ranks: Sequence[int | None]) -> float | None:
    """Return 1 / (rank of the best placed evidence), 0.0 where none was found.

    The mean over questions is MRR (Voorhees 1999, TREC-8 question answering track).
    """
    placed = [rank for rank in ranks if rank is not None]
    if not ranks:
        return None
    return 1 / min(placed) if placed else 0.0


def ndcg(ranks: Sequence[int | None], k: int) -> float | None:
    """Return the normalised discounted cumulative gain at ``k`` with gains 0 and 1 (Järvelin and Kekäläinen 2002).

    nDCG@k = (sum of 1 / log2(r + 1) over R with r <= k) / (sum of 1 / log2(i + 1) for i = 1..min(k, n)).
    R holds the ranks at which evidence is found for the first time, so a second passage with the same
    evidence gains nothing; n = |R| + the evidence not found. Two pieces of evidence in one passage count as
    one, so 1.0 means that nothing could stand higher.
    """
    if not ranks:
        return None
    firsts = {rank for rank in ranks if rank is not None}
    n = len(firsts) + sum(rank is None for rank in ranks)
    gain = sum(1 / log2(rank + 1) for rank in firsts if rank <= k)
    return gain / sum(1 / log2(i + 1) for i in range(1, min(k, n) + 1))


# --- answers -------------------------------------------------------------------------------------------------


def without_markers(text: str) -> str:
    """Return ``text`` without its citation markers such as [1], which would be taken for numbers."""
    return _MARKER.sub("", text)


def key_found(alternatives: Iterable[str], text: str) -> bool:
    """Say whether one of the alternatives occurs in ``text``.

    Compared after NFKC, OpenCC t2s and case folding, without white space; numbers and dates as values (see
    `dgqa.language.values`), so "74" is found in 七十四项 and not in 1740, 74.5 or 74%.
    """
    return any(contains(text, alternative) for alternative in alternatives)


def key_accuracy(keys: Sequence[Sequence[str]], text: str) -> float | None:
    """Return the share of answer keys of which an alternative occurs in ``text``.

    ALCE's "exact match recall" (Gao et al. 2023), with values in place of strings for numbers and dates.
    """
    return sum(key_found(key, text) for key in keys) / len(keys) if keys else None


def token_f1(text: str, gold: str) -> float | None:
    """Return the F1 of two bags of jieba tokens: 2·common / (tokens + gold tokens).

    SQuAD's F1 (Rajpurkar et al. 2016) with jieba's tokens of the folded text, punctuation apart, for words;
    undefined without gold tokens.
    """
    given, wanted = Counter(words(text)), Counter(words(gold))
    if not wanted:
        return None
    return 2 * (given & wanted).total() / (given.total() + wanted.total())


def premise_rejected(text: str, quotes: Iterable[str] = ()) -> bool:
    """Say whether ``text`` says in so many words that the question's premise is wrong.

    A list of Chinese and English phrases, so an approximation. The cited ``quotes`` are taken out first:
    that an article says 并非 somewhere rejects nothing.
    """
    rest = fold(text)
    for quote in quotes:
        # An answer shows the cleaned sentence, whose white space may differ from the quote's.
        rest = re.sub(r"\s*".join(map(re.escape, "".join(fold(quote).split()))), " ", rest) if quote.strip() else rest
    return _REJECTION.search(rest) is not None


# --- citations, after ALCE -----------------------------------------------------------------------------------


def citation_valid(citation: Citation, raws: Mapping[str, str]) -> bool:
    """Say whether ``raw[start:end] == quote`` holds, for a quote that isn't empty, in the file that is named."""
    raw = raws.get(citation.path)
    if raw is None or not 0 <= citation.start < citation.end <= len(raw):
        return False
    return raw[citation.start : citation.end] == citation.quote


def supports(claim: str, quotes: Sequence[str]) -> bool | None:
    """Say whether the quotes, taken together, seem to support the claim; None where this can't be judged.

    An approximation in place of ALCE's NLI model: of the claim's distinct units (folded bigrams of Chinese
    characters; words and digits elsewhere) at least three fifths occur in the quotes, and every number and date of
    the claim is stated there. It can't see a negation, nor compare an English claim to a Chinese quote, which
    is not judged (None) unless a number or date is missing or every word stands there.
    """
    evidence = "\n".join(quotes)
    given = values(evidence)
    stated = _figures(claim)
    numbers = all(any(stands_for(value, other) for other in given) for value in stated)
    wanted = _units(claim)
    if not wanted:
        return numbers if stated else None
    if not numbers:
        return False
    offered = _units(evidence)
    if _is_chinese(wanted) != _is_chinese(offered) and not wanted <= offered:
        return None
    return len(wanted & offered) / len(wanted) >= _SUPPORTED


def _is_chinese(units: Collection[str]) -> bool:
    return 2 * sum(map(has_chinese, units)) >= len(units)


def _figures(text: str) -> list[Amount | Date]:
    """Return the numbers and dates of ``text`` but for lone Chinese numerals: 一体 and 统一 name no number."""
    found = values(text)
    return [v for v in found if isinstance(v, Date) or len(v.surface) > 1 or v.surface.isascii()]


def _units(text: str) -> set[str]:
    """Return bigrams of Chinese characters and words of other scripts, numbers and dates taken out."""
    rest, at = fold(text), 0
    for value in _figures(text):
        start = rest.find(value.surface, at)
        if start >= 0:
            rest, at = f"{rest[:start]} {rest[start + len(value.surface) :]}", start
    found: set[str] = set()
    for run in _WORD.findall(rest):
        if has_chinese(run):
            found.update(run[i : i + 2] for i in range(max(len(run) - 1, 1)))
        else:
            found.add(run)
    return found


@dataclass(frozen=True, slots=True)
class CitationScores:
    """The citation measures of one answer."""

    validity: float | None
    recall: float | None
    precision: float | None
    coverage: float | None
    verbatim: float | None


def citation_scores(
    sentences: Sequence[AnswerSentence],
    citations: Sequence[Citation],
    raws: Mapping[str, str],
    *,
    supports: Supports = supports,
) -> CitationScores:
    """Measure an answer's citations after ALCE (Gao et al. 2023, "Enabling LLMs to Generate Text with Citations").

    - validity: share of citations whose quote equals the raw slice they name. Undefined without citations.
    - recall: share of sentences that their citations together support; a sentence without a citation, or with
      one that is invalid or doesn't exist, scores 0.
    - precision: share of the sentences' citations that count. One counts if its sentence is supported and
      it isn't wasted; it is wasted if it doesn't support the sentence alone and the others still do.
      Undefined without citations, where ALCE takes 0.
    - coverage: share of sentences with at least one citation.
    - verbatim: share of sentences that are the text of their quotes but for script and its words, width and white space. Offsets
      that are off by one leave a quote valid and nearly as supportive, but no sentence verbatim. A table row shown
      with the names of its columns isn't, nor is a sentence that was composed. Not in ALCE.

    Sentences that ``supports`` can't judge are left out of recall and precision. The sentences are those of
    the answer, not the output of an English splitter.
    """
    by_number = {citation.number: citation for citation in citations}
    valid = {number: citation_valid(citation, raws) for number, citation in by_number.items()}
    recalls: list[float] = []
    precisions: list[float] = []
    for sentence in sentences:
        numbers = tuple(dict.fromkeys(sentence.citations))
        quotes = [by_number[n].quote for n in numbers if valid.get(n)]
        supported = supports(sentence.text, quotes) if quotes and len(quotes) == len(numbers) else False
        if supported is None:
            continue
        recalls.append(float(supported))
        for i in range(len(numbers)):
            precisions.append(float(supported and not _wasted(sentence.text, quotes, i, supports)))
    return CitationScores(
        validity=mean([float(ok) for ok in valid.values()]),
        recall=mean(recalls),
        precision=mean(precisions),
        coverage=mean([float(any(n in by_number for n in sentence.citations)) for sentence in sentences]),
        verbatim=mean([float(_verbatim(sentence, by_number)) for sentence in sentences]),
    )


def _verbatim(sentence: AnswerSentence, citations: Mapping[int, Citation]) -> bool:
    quotes = [citations[number].quote for number in sentence.citations if number in citations]
    quoted = "".join(quotes)
    # A reader of the other script also gets its words.
    shown = shown_in(quoted, detect_script(sentence.text), written=detect_script(quoted))
    return bool(quotes) and _wording(sentence.text) in (_wording(quoted), _wording(shown))


def _wording(text: str) -> str:
    """Return the letters, digits and characters of a text alone: a list's marks, tags and stops are none of its words."""
    return squeezed(re.sub(r"</?[a-zA-Z][^<>]*>", "", text))


def _wasted(claim: str, quotes: Sequence[str], i: int, supports: Supports) -> bool:
    if len(quotes) == 1 or supports(claim, [quotes[i]]):
        return False
    return bool(supports(claim, [*quotes[:i], *quotes[i + 1 :]]))


def span_f1(cited: Sequence[Place], gold: Sequence[Place]) -> float | None:
    """Return the F1 of the cited characters against the gold ones: 2·common / (cited + gold).

    A character cited twice counts once. An answer that cites nothing scores 0.0; undefined without gold.
    """
    given, wanted = _characters(cited), _characters(gold)
    return 2 * len(given & wanted) / (len(given) + len(wanted)) if wanted else None


def _characters(places: Sequence[Place]) -> set[tuple[str, int]]:
    return {(file, at) for file, start, end in places for at in range(start, end)}


# --- refusals ------------------------------------------------------------------------------------------------


def refusal_parts(should: bool, did: bool) -> dict[str, Parts]:
    """Return what one question adds to the refusal figures.

    With tp = refused rightly, fp = refused wrongly, fn = answered where it should have been refused:
    precision = tp / (tp + fp), recall = tp / (tp + fn), F1 = 2tp / (2tp + fp + fn),
    false_refusals = refused answerable questions / answerable questions.
    """
    tp, fp, fn = float(should and did), float(did and not should), float(should and not did)
    return {
        "refusal_precision": (tp, tp + fp),
        "refusal_recall": (tp, tp + fn),
        "refusal_f1": (2 * tp, 2 * tp + fp + fn),
        "false_refusals": (fp, float(not should)),
    }


# --- stability ---------------------------------------------------------------------------------------------


def jaccard(a: Collection[Place], b: Collection[Place]) -> float | None:
    """Return |a ∩ b| / |a ∪ b| of two sets of places; undefined where both are empty."""
    together = set(a) | set(b)
    return len(set(a) & set(b)) / len(together) if together else None
