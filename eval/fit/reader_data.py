"""Make what the reader is trained on: questions with pages, and which sentences of these belong to the answer.

    python eval/fit/reader_data.py --index INDEX --questions eval/questions/train/train.jsonl [eval/questions/train/claims.jsonl] \\
        [--squad FILE …] [--cross FILE.zh FILE.en] [--parallel FILE.jsonl] [--elsewhere FILE …] [--left-out 350] --out pairs.jsonl

Every question is searched in the index of its documents: the passages that hold its evidence are right, with their
sentences inside it, the others that the search found are wrong, and so is a right passage whose answering sentences are
cut out. Questions without evidence have wrong passages only, as have those of ``--elsewhere``, which the documents don't
answer, and as many questions of the sets as ``--left-out`` says, whose right passages are left out. A line of the output is a window of tokens, see
`dgqa.models.readers.reader.windows`, with its labels.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dgqa.corpus.passages import SECTION_SEPARATOR
from dgqa.errors import DgqaError
from dgqa.language.text import simplify, split_sentences
from dgqa.models.e5.tokens import Vocabulary
from dgqa.models.readers.windows import Page, Window, windows
from dgqa.models.store import model_path
from dgqa.question.followups import follow_up
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retriever
from dgqa.types import Passage

FOUND = 10  # passages that are looked for
WRONG = 6  # of them kept at most, beside the right ones
Spans = Sequence[tuple[str, int, int]]  # file, start, end


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page with which of its sentences belong to the answer, and the short answer in one of them."""

    page: Page
    right: tuple[bool, ...]
    phrase: tuple[int, int, int] | None = None  # sentence, start, end


def page_of(passage: Passage) -> Page:
    """Return a passage as a reader gets it."""
    heading = SECTION_SEPARATOR.join(part for part in (passage.title, passage.section) if part)
    return Page(heading, tuple(sentence.text for sentence in passage.sentences))


def labelled(passage: Passage, evidence: Spans, phrase: tuple[str, int, int] | None) -> Labelled:
    """Mark the sentences of which half lies in the evidence, or that hold half of a piece of it."""
    right, found = [], None
    for number, sentence in enumerate(passage.sentences):
        spans = sentence.spans or ((sentence.start, sentence.end),)
        inside = max(
            (
                sum(max(0, min(b, end) - max(a, start)) for a, b in spans) / max(1, min(sum(b - a for a, b in spans), end - start))
                for file, start, end in evidence
                if file == passage.path
            ),
            default=0.0,
        )
        right.append(inside >= 0.5)
        if phrase and phrase[0] == passage.path and len(spans) == 1 and sentence.start <= phrase[1] and phrase[2] <= sentence.end:
            at = phrase[1] - sentence.start, phrase[2] - sentence.start
            if sentence.end - sentence.start == len(sentence.text):
                found = (number, *at)
    return Labelled(page_of(passage), tuple(right), found)


def without_answer(one: Labelled) -> Labelled | None:
    """Return a page with its answering sentences cut out, None where nothing is left."""
    kept = tuple(text for text, right in zip(one.page.sentences, one.right, strict=True) if not right)
    return Labelled(Page(one.page.heading, kept), (False,) * len(kept)) if len(kept) >= 2 else None


def of_questions(files: Iterable[Path], index: str) -> Iterator[tuple[str, str, list[Labelled]]]:
    """Yield (document, question, pages) for every question of the sets, searched in the index."""
    retriever = Retriever.open(index)
    by_file: dict[str, list[int]] = {}
    for row, path in retriever.index.paths().items():
        by_file.setdefault(str(path), []).append(int(row))
    for item in (item for file in files for line in file.read_text("utf-8").splitlines() if (item := _asked(json.loads(line)))):
        history = [(turn["q"], turn["a"]) for turn in item.get("history", ())]
        question = follow_up(Question(item["question"]), history).standalone
        evidence = [(span["file"], span["start"], span["end"]) for span in item["evidence"]]
        phrase = tuple(item["phrase"][key] for key in ("file", "start", "end")) if "phrase" in item else None
        try:
            found = [hit.passage for hit in retriever.retrieve(question, FOUND).hits]
        except DgqaError as error:
            print(f"{item['id']}: {error}", file=sys.stderr)
            continue
        rows = [row for file in {file for file, _, _ in evidence} for row in by_file.get(file, ())]
        holding = list(retriever.index.passages(rows).values()) if rows else []
        pages = [labelled(p, evidence, phrase) for p in {p.row: p for p in (*holding, *found)}.values()]
        right = [one for one in pages if any(one.right)]
        if evidence and not right:
            print(f"{item['id']}: no passage holds its evidence", file=sys.stderr)
            continue
        known = {one.page for one in right}
        wrong = [one for p in found if (one := labelled(p, evidence, None)).page not in known][:WRONG]
        cut = [made for one in right[:2] if (made := without_answer(one))]
        yield str(item.get("document", "")), question.text, [*right[:4], *wrong, *cut[:1]]


def of_other_worlds(files: Iterable[Path], index: str, count: int, draw: random.Random) -> Iterator[tuple[str, str, list[Labelled]]]:
    """Yield questions of files in SQuAD's form with what the search finds for them in documents that don't answer them."""
    retriever = Retriever.open(index)
    for file in files:
        questions = [q["question"] for article in json.loads(file.read_text("utf-8"))["data"] for paragraph in article["paragraphs"] for q in paragraph["qas"]]
        for question in draw.sample(questions, min(count, len(questions))):
            yield "", question, [labelled(hit.passage, (), None) for hit in retriever.retrieve(question, WRONG).hits]


def left_out(made: Iterable[tuple[str, str, list[Labelled]]], count: int, draw: random.Random) -> Iterator[tuple[str, str, list[Labelled]]]:
    """Yield questions with their pages, of ``count`` of them, drawn at random, none that holds the answer."""
    whole = list(made)
    drawn = set(draw.sample(range(len(whole)), min(count, len(whole))))
    for at, (document, question, pages) in enumerate(whole):
        yield document, question, [one for one in pages if at not in drawn or not any(one.right)]


def _asked(item: dict[str, Any]) -> dict[str, Any] | None:
    """Return a line of a set as it is, one of claims about a document as the question that their evidence answers; None where it has none."""
    if "file" not in item:
        return item
    evidence = [{"file": item["file"], "start": start, "end": end} for start, end in item["evidence"]]
    return {"id": item["file"], "question": item["question"], "document": item["file"], "evidence": evidence} if item.get("question") else None


def of_paragraphs(contexts: Path, questions: Path | None, share: float, draw: random.Random) -> Iterator[tuple[str, str, list[Labelled]]]:
    """Yield the same for a file in SQuAD's form; ``questions`` is the same file in another language."""
    data = json.loads(contexts.read_text("utf-8"))["data"]
    asked = {q["id"]: q["question"] for a in json.loads(questions.read_text("utf-8"))["data"] for p in a["paragraphs"] for q in p["qas"]} if questions else {}
    for article in data:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            spans = split_sentences(text)
            for question in paragraph["qas"]:
                answer = question["answers"][0]
                start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
                if draw.random() > share or text[start:end] != answer["text"]:
                    continue
                at = next((i for i, (a, b) in enumerate(spans) if a <= start < b), None)
                if at is None or end > spans[at][1]:
                    continue
                # As much of the paragraph as a passage has.
                low = high = at
                while sum(b - a for a, b in spans[low : high + 1]) < 250 and (low or high + 1 < len(spans)):
                    low, high = (low - 1, high) if (draw.random() < 0.5 and low) or high + 1 == len(spans) else (low, high + 1)
                page = Page(str(article.get("title", "")), tuple(text[a:b] for a, b in spans[low : high + 1]))
                one = Labelled(page, tuple(i == at for i in range(low, high + 1)), (at - low, start - spans[at][0], end - spans[at][0]))
                others = [Labelled(page, (False,) * len(spans)) for page in [Page("", tuple(text[a:b] for a, b in spans))]][:0]
                yield "", asked.get(question["id"], question["question"]), [one, *others, *(made for made in [without_answer(one)] if made)]


def of_parallel(file: Path, count: int, draw: random.Random) -> Iterator[tuple[str, str, list[Labelled]]]:
    """Yield English sentences of laws with the Chinese article that says the same, and others of the same law."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    laws: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        laws.setdefault(row["law"], []).append(row)
    for row in draw.sample(rows, min(count, len(rows))):
        parts = [part for part in row["en"].replace("\n", " ").split(". ") if 40 < len(part) < 300]
        if not parts:
            continue
        others = draw.sample(laws[row["law"]], min(3, len(laws[row["law"]])))
        made = []
        for one in (row, *(other for other in others if other is not row)):
            texts = tuple(one["zh"][a:b] for a, b in split_sentences(one["zh"]))[:8]
            # Which of several sentences it is the translation of is not known: only single ones are right.
            if one is row and len(texts) > 1:
                continue
            if texts:
                made.append(Labelled(Page(one["law"], texts), (one is row,) * len(texts)))
        if made and any(made[0].right):
            yield "", draw.choice(parts), made


def lines(vocabulary: Vocabulary, document: str, question: str, pages: Sequence[Labelled], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the windows of a question's pages with their labels."""
    for one in pages:
        for window in windows(vocabulary, question, one.page):
            labels = [int(one.right[number]) for number, _, _ in window.sentences]
            yield {"kind": kind, "document": document, "ids": window.ids, "sentences": [list(s[1:]) for s in window.sentences], "labels": labels, "phrase": _tokens(window, one)}


def _tokens(window: Window, one: Labelled) -> list[int] | None:
    """Return the first and the last token of the phrase."""
    if one.phrase is None:
        return None
    number, start, end = one.phrase
    if len(simplify(one.page.sentences[number])) != len(one.page.sentences[number]):
        return None
    for sentence, begin, stop in window.sentences:
        if sentence == number:
            shift = window.sentences[0][1]
            inside = [t for t in range(begin, stop) if window.offsets[t - shift][0] < end and window.offsets[t - shift][1] > start]
            return [inside[0], inside[-1]] if inside else None
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--questions", nargs="+", type=Path, default=[])
    parser.add_argument("--squad", nargs="*", type=Path, default=[])
    parser.add_argument("--share", type=float, default=0.5, help="of the questions of --squad")
    parser.add_argument("--cross", nargs=2, type=Path, metavar=("ZH", "EN"))
    parser.add_argument("--parallel", type=Path)
    parser.add_argument("--count", type=int, default=1500, help="of the lines of --parallel")
    parser.add_argument("--elsewhere", nargs="*", type=Path, default=[], help="files in SQuAD's form whose questions the documents don't answer")
    parser.add_argument("--strange", type=int, default=250, help="questions taken from each of these")
    parser.add_argument("--left-out", type=int, default=0, help="questions of the sets whose right passages are left out")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    draw = random.Random(7)
    vocabulary = Vocabulary(model_path("multilingual-e5-small"))
    made = 0
    with arguments.out.open("w", encoding="utf-8") as out:
        sources: list[tuple[str, Iterator[tuple[str, str, list[Labelled]]]]] = [("question", left_out(of_questions(arguments.questions, arguments.index), arguments.left_out, draw))]
        sources.append(("question", of_other_worlds(arguments.elsewhere, arguments.index, arguments.strange, draw)))
        sources += [("squad", of_paragraphs(file, None, arguments.share, draw)) for file in arguments.squad]
        if arguments.cross:
            chinese, english = arguments.cross
            sources.append(("cross", of_paragraphs(chinese, english, 1.0, draw)))
        if arguments.parallel:
            sources.append(("parallel", of_parallel(arguments.parallel, arguments.count, draw)))
        for number, (kind, source) in enumerate(sources):
            for group, (document, question, pages) in enumerate(source):
                for line in lines(vocabulary, document, question, pages, kind):
                    out.write(json.dumps({"group": f"{kind}-{number}-{group}", **line}, ensure_ascii=False) + "\n")
                    made += 1
    print(f"{made} windows in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
