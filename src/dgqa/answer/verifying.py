"""Check an answer kept as JSON: find all in it that the corpus, the index or a second asking does not bear out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from dgqa.answer.composed.drafts import plain_text
from dgqa.claims.claim import SUPPORT_THRESHOLD, Statement, supports
from dgqa.claims.marking import Marker
from dgqa.errors import AnswerError
from dgqa.language.reading import Text
from dgqa.language.showing import shown_in
from dgqa.language.text import detect_script
from dgqa.messages import LANGUAGES, say
from dgqa.models.readers.opening import open_entailment
from dgqa.question.parsing import Question
from dgqa.types import Filter, Sentence

if TYPE_CHECKING:
    from dgqa.answer.assistant import Assistant
    from dgqa.index.engines.backend import SearchBackend

_STATUSES = ("answered", "partial", "refused")


@dataclass(slots=True)
class Report:
    """What was checked of an answer, by kind and how often, what was found wrong, in words, and what a person should look at."""

    question: str
    checks: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def expect(self, kind: str, holds: bool, problem: str) -> bool:
        """Count a check, and note the problem where it does not hold."""
        self.checks[kind] = self.checks.get(kind, 0) + 1
        if not holds:
            self.problems.append(problem)
        return holds

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"question": self.question, "ok": self.ok, "checks": self.checks, "problems": self.problems, "notes": self.notes}


def verify_answer(
    answer: Mapping[str, Any], raws: Mapping[str, str], *, assistant: Assistant | None = None, sentences: Mapping[str, Sequence[Sentence]] | None = None
) -> Report:
    """Check an answer.

    Args:
        answer: What ``Answer.to_dict()`` gave.
        raws: The raw text of every article, by path.
        assistant: On the index that is to be compared with; with None, only the quotes and what rests on them are checked.
        sentences: Those of every article as they are read, damage repaired and table rows with their columns, by path;
            by default those of the index.

    Raises:
        AnswerError: it is no answer.
    """
    _check_shape(answer)
    found = Report(answer["question"])
    citations = {citation["number"]: citation for citation in answer["citations"]}
    for citation in answer["citations"]:
        _quote(citation, raws, found)
    numbers = [citation["number"] for citation in answer["citations"]]
    found.expect("numbers", len(numbers) == len(citations), f"a number stands for several citations: {numbers}")
    refused = answer["status"] == "refused"
    found.expect("status", refused == (not answer["sentences"]), f"the status is {answer['status']}, but there are {len(answer['sentences'])} sentences")
    found.expect("status", answer["status"] == "answered" or bool(answer.get("reason")), f"the status is {answer['status']}, but no reason is given")
    _text(answer, found)
    if sentences is None:
        sentences = {} if assistant is None else _sentences(assistant.retriever.index, {citation["path"] for citation in answer["citations"]})
    used: set[int] = set()
    for place, sentence in enumerate(answer["sentences"], 1):
        used |= set(sentence["citations"])
        _sentence(place, sentence, citations, answer, assistant, sentences, found)
    unused = sorted(set(citations) - used)
    found.expect("numbers", not unused, f"no sentence cites {', '.join(f'[{number}]' for number in unused)}")
    if assistant is not None:
        _index(answer, assistant, found)
    return found


def _check_shape(answer: Mapping[str, Any]) -> None:
    if "error" in answer and "question" not in answer:
        raise AnswerError(f"this question got no answer: {answer['error']}")
    kinds = {"question": str, "status": str, "text": str, "sentences": list, "citations": list, "trace": dict}
    for key, kind in kinds.items():
        if not isinstance(answer.get(key), kind):
            raise AnswerError(f"this is no answer of dgqa: `{key}` is missing or no {kind.__name__}; give what `dgqa ask --json` printed")
    if answer["status"] not in _STATUSES:
        raise AnswerError(f"the status is {answer['status']!r}, known are {', '.join(_STATUSES)}")
    for citation in answer["citations"]:
        if not isinstance(citation, dict) or not all(type(citation.get(key)) is kind for key, kind in (("number", int), ("path", str), ("start", int), ("end", int), ("quote", str))):
            raise AnswerError("a citation lacks its number, path, start, end or quote")
    for sentence in answer["sentences"]:
        if not isinstance(sentence, dict) or not isinstance(sentence.get("text"), str) or not isinstance(sentence.get("citations"), list):
            raise AnswerError("a sentence lacks its text or its citations")
        if not all(type(number) is int for number in sentence["citations"]):
            raise AnswerError(f"the citations of a sentence are {sentence['citations']!r}: they must be whole numbers")
    if not isinstance(answer.get("reason") or "", str):
        raise AnswerError("`reason` is no text")
    _request(answer["trace"])


def _request(trace: Mapping[str, Any]) -> tuple[list[Any], Filter | None, dict[str, Any]]:
    """Return what was asked besides the question: the talk before it, the limits, the language and how many passages."""
    request = trace.get("request") or {}
    limits = request.get("filter") or {} if isinstance(request, dict) else {}
    if not isinstance(request, dict) or not isinstance(limits, dict) or not isinstance(request.get("history") or [], list):
        raise AnswerError("the trace's `request` is not what `dgqa ask` writes")
    parts: dict[str, Any] = {key: limits.get(key) for key in ("documents", "authors", "sections", "date_from", "date_to")}
    within = Filter(**parts) if limits else None
    return list(request.get("history") or ()), within, {"language": request.get("language"), "k": request.get("k") or 8, "strictness": request.get("strictness")}


def _text(answer: Mapping[str, Any], found: Report) -> None:
    """The text is the sentences with their marks, the reason, and our own words before them; nothing else."""
    rest = answer["text"]
    sides = [f"{sentence['side']}{colon}" for sentence in answer["sentences"] if sentence.get("side") for colon in ("：", ": ")]
    shown = [f"{sentence.get('lead') or ''}{sentence['text']}{''.join(f'[{number}]' for number in sentence['citations'])}" for sentence in answer["sentences"]]
    doubts = [say("unconfirmed", language) for language in LANGUAGES for sentence in answer["sentences"] if sentence.get("verdict") == "unconfirmed"]
    for piece in (*shown, *sides, *doubts, answer.get("reason") or ""):
        rest = rest.replace(piece, "", 1)
    for language in LANGUAGES:
        for key in ("premise", "quoted"):
            rest = rest.replace(say(key, language), "", 1)
    found.expect("text", not rest.strip(), f"the text says more than its sentences: {rest.strip()[:80]!r}")


def _quote(citation: Mapping[str, Any], raws: Mapping[str, str], found: Report) -> None:
    number, path, start, end = citation["number"], citation["path"], citation["start"], citation["end"]
    raw = raws.get(path)
    if not found.expect("articles", raw is not None, f"[{number}] cites {path}, which is not there") or raw is None:
        return
    there = raw[start:end] if 0 <= start < end <= len(raw) else ""
    shown = " ".join(there.split())[:60]
    found.expect("quotes", bool(there) and there == citation["quote"], f"[{number}] is not what stands at {path} {start}–{end}: {shown or 'nothing'!r}")


def _sentence(
    place: int,
    sentence: Mapping[str, Any],
    citations: Mapping[int, Mapping[str, Any]],
    answer: Mapping[str, Any],
    assistant: Assistant | None,
    read: Mapping[str, Sequence[Sentence]],
    found: Report,
) -> None:
    numbers = sentence["citations"]
    if not found.expect("sentences", bool(numbers) and all(number in citations for number in numbers), f"sentence {place} cites {numbers or 'nothing'}, which is no citation of the answer"):
        return
    found.expect("text", f"{sentence.get('lead') or ''}{sentence['text']}" in answer["text"], f"sentence {place} does not stand in the text that is shown")
    cited = [citations[number] for number in numbers]
    if answer["trace"].get("mode") != "composed":
        _verbatim(place, sentence, cited, answer, read, found)
        return
    if sentence.get("verdict") == "unconfirmed":
        found.notes.append(f"sentence {place} is marked as not confirmed: compare it with its quotes")
        return
    grounds = [
        Statement(citation["quote"], i, "\n".join(str(citation.get(key) or "") for key in ("section", "title", "author")), _around(citation, assistant)) for i, citation in enumerate(cited, 1)
    ]
    entailment = None if assistant is None else open_entailment(assistant.retriever.embedder.name)
    made = Marker(grounds, question=Question(answer["question"]), entailment=entailment).mark(plain_text(sentence["text"]), tuple(range(1, len(grounds) + 1)))
    if entailment is None and made.mark == "unconfirmed":
        found.notes.append(f"sentence {place} is in a model's own words: only with the index and its model can it be compared with its quotes")
        return
    looked_over = any(answer["trace"].get("looked_over") or ())
    found.expect("support", made.mark == "confirmed" or (looked_over and made.mark != "withheld"), f"sentence {place} is not supported by its quotes ({made.why}): {sentence['text'][:60]}")


def _around(citation: Mapping[str, Any], assistant: Assistant | None) -> str:
    """Return the passage of the index that a citation stands in, "" for none."""
    if assistant is None:
        return ""
    index = assistant.retriever.index
    return next((p.text for p in index.passages(index.passages_of_path(citation["path"])).values() if p.start <= citation["start"] < p.end), "")


def _sentences(index: SearchBackend, paths: Iterable[str]) -> dict[str, list[Sentence]]:
    """Return the sentences of some articles of an index by path."""
    found: dict[str, list[Sentence]] = {}
    for path in paths:
        found[path] = [sentence for passage in index.passages(index.passages_of_path(path)).values() for sentence in passage.sentences]
    return found


def _verbatim(
    place: int,
    sentence: Mapping[str, Any],
    cited: list[Mapping[str, Any]],
    answer: Mapping[str, Any],
    read: Mapping[str, Sequence[Sentence]],
    found: Report,
) -> None:
    """An extractive sentence is its quotes in the script of the answer; table rows and repaired text are shown with changes."""
    quotes = "".join(citation["quote"] for citation in cited)
    language = answer["trace"].get("language")
    if shown_in(quotes, language if language in ("Hans", "Hant") else "", written=detect_script(quotes)).strip() == sentence["text"].strip():
        found.expect("support", True, "")
        return
    lines = [line.text for citation in cited for line in read.get(citation["path"], ()) if line.start < citation["end"] and citation["start"] < line.end]
    quotes = "\n".join((quotes, *lines))
    context = "\n".join((quotes, *(str(citation.get(key) or "") for citation in cited for key in ("section", "title", "author", "date"))))
    support = supports(Text(sentence["text"]), Text(context))
    if not found.expect("support", support >= SUPPORT_THRESHOLD, f"sentence {place} is not what its quotes say (agreement {support:.2f}): {sentence['text'][:60]}"):
        return
    if not lines:  # a row of a table has more words than its cells
        added = _added(Text(sentence["text"]).squeezed, Text(context).squeezed)
        found.expect("support", not added, f"sentence {place} is not what its quotes say: “{added}” is added")


def _added(text: str, told: str) -> str:
    """Return the first run of characters that a text has between two that follow each other in what was told, "" for none."""
    steps = SequenceMatcher(None, told, text, autojunk=False).get_opcodes()
    return next((text[begin:end] for kind, _, _, begin, end in steps if kind == "insert"), "")


def _index(answer: Mapping[str, Any], assistant: Assistant, found: Report) -> None:
    """Compare the fingerprints, and where nothing but the index decides, ask again."""
    trace = answer["trace"]
    fingerprint = assistant.retriever.index.fingerprint
    same = found.expect("index", trace.get("index") == fingerprint, f"the answer is from the index {trace.get('index')}, this one is {fingerprint}: the corpus, the model or the settings have changed")
    model = assistant.retriever.embedder.fingerprint
    found.expect("model", trace.get("model") == model, f"the answer was found with {trace.get('model')}, this index has {model}")
    if trace.get("mode") == "composed" or trace.get("llm") or trace.get("fallback"):
        found.notes.append(f"a chat model took part ({trace.get('llm')}): asking again may give other words, so it is not asked")
        return
    if not same:
        return
    history, within, options = _request(trace)
    again = assistant.with_llm(None).ask(answer["question"], history, filter=within, **options).to_dict()
    places = ", ".join(f"{citation['path']} {citation['start']}–{citation['end']}" for citation in again["citations"])
    for key, what, told in (("status", "status", again["status"]), ("text", "text", again["text"]), ("citations", "list of citations", places)):
        found.expect("repeat", again[key] == answer[key], f"asked again, it has another {what}: {told[:80] or 'none'}")
