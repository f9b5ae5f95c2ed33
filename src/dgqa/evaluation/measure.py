"""Measure one question: what its evidence, passages and answer add to every figure, and its faults."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dgqa.evaluation import metrics
from dgqa.evaluation.metrics import Place
from dgqa.evaluation.question_sets import Question
from dgqa.evaluation.runs import Found
from dgqa.evaluation.statistics import Parts
from dgqa.types import Answer


def measure_search(
    found: Sequence[Found], gold: Sequence[Place], *, ks: Sequence[int], depth: int
) -> tuple[dict[str, Parts], tuple[str, ...]]:
    """Return the retrieval figures of one question, and its faults in words.

    Args:
        found: places, best first.
        gold: places of the evidence; without any, nothing is defined.
        ks: depths of recall.
        depth: how many results were asked for; a greater k is undefined.
    """
    ranks = metrics.evidence_ranks([item.place for item in found], gold)
    values: dict[str, float | None] = {"mrr": metrics.reciprocal_rank(ranks) if depth else None}
    for k in ks:
        if k <= depth:
            values[f"recall_any@{k}"] = metrics.recall_any(ranks, k)
            values[f"recall_all@{k}"] = metrics.recall_all(ranks, k)
    if max(ks) <= depth:
        values[f"ndcg@{max(ks)}"] = metrics.ndcg(ranks, max(ks))
    missing = [str(i) for i, rank in enumerate(ranks, 1) if rank is None]
    faults = (f"evidence {', '.join(missing)} of {len(ranks)} not among the first {depth} passages",) if missing else ()
    return defined(values), faults


def measure_answer(
    question: Question,
    gold: Sequence[Place],
    answer: Answer | None,
    raws: Mapping[str, str],
) -> tuple[dict[str, Parts], tuple[str, ...]]:
    """Return the answer's figures and its faults in words; ``answer`` is None where the assistant failed."""
    refused = answer is not None and answer.status == "refused"
    text = "" if answer is None or refused else _spoken(answer)
    figures: dict[str, Parts] = {"errors": (float(answer is None), 1.0)}
    faults: list[str] = []
    values: dict[str, float | None] = {}
    missing = [" / ".join(key) for key in question.answer_keys if not metrics.key_found(key, text)]
    if missing and not refused:
        faults.append(f"the answer lacks {'; '.join(missing)}")
    if question.type == "false_premise":
        quotes = [citation.quote for citation in answer.citations] if answer else []
        rejected = answer is not None and metrics.premise_rejected(f"{answer.text}\n{answer.reason}", quotes)
        corrected = not missing and not refused and answer is not None
        values |= {"premise_rejected": float(rejected), "premise_corrected": float(corrected)}
        values["right"] = float(rejected and corrected)
        faults += [] if rejected else ["the false premise is not called wrong"]
    elif question.type == "unanswerable":
        values["right"] = float(refused)
        faults += [] if refused else ["answered, though the corpus doesn't tell"]
        figures |= metrics.refusal_parts(True, refused)
        values["not_answered"] = float(answer is not None and answer.status != "answered")
    else:
        values |= {
            "keys": metrics.key_accuracy(question.answer_keys, text),
            "keys_all": float(not missing) if question.answer_keys else None,
            "token_f1": metrics.token_f1(text, question.answer) if question.answer else None,
        }
        values["right"] = values["keys_all"]
        faults += ["refused, though the corpus tells"] if refused else []
        figures |= metrics.refusal_parts(False, refused)
    if gold:
        cited = [(c.path, c.start, c.end) for c in answer.citations] if answer else []
        values["span_f1"] = metrics.span_f1(cited, gold)
    if answer is not None and not refused:
        scores = metrics.citation_scores(answer.sentences, answer.citations, raws)
        values |= {
            "citation_validity": scores.validity,
            "citation_recall": scores.recall,
            "citation_precision": scores.precision,
            "citation_coverage": scores.coverage,
            "citation_verbatim": scores.verbatim,
        }
        if "llm" in answer.trace:
            figures |= _written(answer)
        invalid = [f"[{c.number}]" for c in answer.citations if not metrics.citation_valid(c, raws)]
        faults += [f"citation {' '.join(invalid)} is not the raw text it points to"] if invalid else []
        if scores.recall is not None and scores.recall < 1 and not invalid:
            faults.append("a sentence is not supported by its citations")
    return {"right": (0.0, 0.0)} | defined(values) | figures, tuple(faults)


def _written(answer: Answer) -> dict[str, Parts]:
    """Return how often a chat model's text was shown, which shares of its sentences were confirmed and withheld, and what it cost."""
    composed = answer.trace.get("mode") == "composed"
    withheld = len(answer.trace.get("withheld", ()))
    shown = len(answer.sentences) if composed else 0
    written = withheld + shown
    cost = answer.trace.get("cost") or {}
    figures = {"composed": (float(composed), 1.0)}
    if written:
        confirmed = sum(sentence.verdict != "unconfirmed" for sentence in answer.sentences) if composed else 0
        figures |= {"withheld": (float(withheld), float(written)), "confirmed": (float(confirmed), float(written))}
    # Of every question, those that no model was asked for cost nothing.
    return figures | {f"llm_{name}": (float(cost.get(name, 0)), 1.0) for name in ("calls", "seconds", "read", "written")}


def defined(values: Mapping[str, float | None]) -> dict[str, Parts]:
    """Return what one question adds to each figure that it defines."""
    return {name: (value, 1.0) for name, value in values.items() if value is not None}


def _spoken(answer: Answer) -> str:
    """Return what an answer says, without markers and notes around its sentences."""
    said = "\n".join(sentence.text for sentence in answer.sentences) or answer.text
    return metrics.without_markers(said)


def kept(answer: Answer) -> dict[str, Any]:
    """Return the answer as run.json keeps it: JSON-safe, the hits without their text."""
    passages = [(hit, hit.passage) for hit in answer.hits]
    hits = [
        {"rank": hit.rank, "score": float(hit.score), "path": at.path, "start": at.start, "end": at.end}
        for hit, at in passages
    ]
    answer_dict = {
        "status": answer.status,
        "text": answer.text,
        "reason": answer.reason,
        "sentences": [asdict(sentence) for sentence in answer.sentences],
        "citations": [asdict(citation) for citation in answer.citations],
        "hits": hits,
        "trace": dict(answer.trace),
    }
    made: dict[str, Any] = json.loads(json.dumps(answer_dict, default=str))
    return made


def trust_scores(found: Sequence[Found], answer: Answer | None) -> dict[str, float]:
    """Return the scores by which an answer might be trusted: of the first hit, of support, the assistant's own."""
    scores = {"first_hit": found[0].score} if found else {}
    if answer is not None and answer.sentences:
        scores["support"] = sum(sentence.support for sentence in answer.sentences) / len(answer.sentences)
    confidence = answer.trace.get("confidence") if answer is not None else None
    if isinstance(confidence, int | float):
        scores["confidence"] = float(confidence)
    return scores
