"""Make what the checker of claims is trained on: sentences beside the evidence that they cite, and whether they follow from it.

    python eval/fit/claims_data.py --documents FOLDER --claims eval/questions/train/claims.jsonl \\
        [--parallel FILE.jsonl] [--altered 3000] --out claims-pairs.jsonl

A line of ``--claims`` names a document and spans of it, and has sentences that follow from these and others that do not, all
written by hand. ``--parallel`` adds English sentences of laws with their Chinese articles, ``--altered`` sentences of the
documents with one thing changed: a number, a duty, an order, a part of another sentence. A line of the output is a window of
tokens as `eval/fit/reader_train.py` reads it; what is judged stands where a question stands for the reader.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.language.text import split_sentences
from dgqa.models.e5.tokens import Vocabulary
from dgqa.models.readers.windows import Page, windows
from dgqa.models.store import model_path
from dgqa.types import Passage

Row = tuple[str, str, Page, bool]  # group, claim, evidence, whether it follows

# What is put for what: each pair turns a duty, a limit or an order into another one.
_CHINESE = [("应当", "可以"), ("應", "得"), ("不得", "可以"), ("可以", "应当"), ("必须", "不必"), ("以上", "以下"), ("以下", "以上"), ("之前", "之后"), ("以前", "以后"), ("前", "后"), ("并", "或者"), ("和", "或"), ("或者", "并且"), ("全部", "部分"), ("部分", "全部"), ("所有", "有的"), ("提高", "降低"), ("增加", "减少"), ("超过", "不到"), ("高于", "低于"), ("首次", "再次"), ("国家", "地方"), ("县级", "省级"), ("省级", "县级"), ("中央", "地方"), ("本级", "上级"), ("个人", "单位"), ("免费", "收费"), ("同意", "拒绝"), ("批准", "备案"), ("备案", "批准"), ("除外", "在内"), ("没有", "有"), ("未", "已"), ("已", "未"), ("主要", "唯一"), ("书面", "口头"), ("申请人", "被申请人"), ("工作日", "日"), ("内", "后")]
_ENGLISH = [("shall not", "may"), ("may not", "may"), ("shall", "may"), ("may", "shall"), ("must", "need not"), ("or more", "or less"), ("at least", "at most"), ("not less than", "not more than"), ("not more than", "not less than"), ("within", "after"), ("before", "after"), ("after", "before"), ("all", "some"), ("central", "local"), ("increase", "decrease"), ("except", "including"), ("and", "or"), ("first", "second"), ("maximum", "minimum"), ("public", "private"), ("written", "oral"), ("or", "and"), ("is", "is not"), ("are", "are not"), ("exceed", "fall below")]
_DIGITS = "一二三四五六七八九十"
_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "ninety"]
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[一二三四五六七八九十]+(?=[年月日天个個条條项項次人倍%分万萬亿億元])|\b(?:" + "|".join(_WORDS) + r")\b")
_CLAUSE = re.compile(r"(?<=[，,；;])")
_LEAST, _MOST = 14, 110  # characters of a sentence that is altered


def of_claims(file: Path, passages: dict[str, list[Passage]], draw: random.Random) -> Iterator[Row]:
    """Yield the sentences of a file with their evidence, alone, among its neighbours, or in its whole passage."""
    for number, line in enumerate(file.read_text("utf-8").splitlines()):
        item = json.loads(line)
        found = cited(passages[item["file"]], item["evidence"])
        if not found:
            print(f"{file}:{number + 1}: no passage holds its evidence", file=sys.stderr)
            continue
        for claims, true in ((item["true"], True), (item["false"], False)):
            for claim in claims:
                yield f"claim-{number}", claim, page_of(found, draw.choice((0, 0, 1, 1, 1, 2, 9))), true


def cited(passages: Sequence[Passage], evidence: Sequence[Sequence[int]]) -> list[tuple[Passage, list[int]]]:
    """Return the passages that hold a piece of evidence, each with the numbers of its sentences that lie in it."""
    found = []
    taken: set[tuple[int, int]] = set()
    for passage in passages:
        inside = [
            number
            for number, sentence in enumerate(passage.sentences)
            if (sentence.start, sentence.end) not in taken and any(min(end, sentence.end) - max(start, sentence.start) > 0.6 * min(end - start, sentence.end - sentence.start) for start, end in evidence)
        ]
        taken |= {(passage.sentences[number].start, passage.sentences[number].end) for number in inside}
        if inside:
            found.append((passage, inside))
    return found


def page_of(found: Sequence[tuple[Passage, Sequence[int]]], around: int) -> Page:
    """Return what is cited as a page, with ``around`` sentences before and behind."""
    first = found[0][0]
    texts = []
    for passage, inside in found:
        kept = {number for at in inside for number in range(at - around, at + around + 1)}
        texts += [sentence.text for number, sentence in enumerate(passage.sentences) if number in kept]
    return Page("\n".join(part for part in (first.section, first.title) if part), tuple(texts))


def altered(claim: str, other: str, draw: random.Random) -> str:
    """Return a sentence with one thing changed, "" where nothing in it can be; ``other`` lends a part of itself."""
    ways: list[Callable[[], str]] = [lambda: numbers_changed(claim, draw), lambda: word_changed(claim, draw), lambda: clause_changed(claim, other, draw)]
    draw.shuffle(ways)
    return next((made for way in ways if (made := way()) and made != claim), "")


def numbers_changed(claim: str, draw: random.Random) -> str:
    """Return a sentence with one of its numbers changed, or two that have changed places."""
    found = list(_NUMBER.finditer(claim))
    if not found:
        return ""
    if len(found) > 1 and draw.random() < 0.3:
        one, two = sorted(draw.sample(found, 2), key=lambda match: match.start())
        return claim[: one.start()] + two[0] + claim[one.end() : two.start()] + one[0] + claim[two.end() :]
    match = draw.choice(found)
    old = match[0]
    if old in _WORDS:
        new = draw.choice([word for word in _WORDS if word != old])
    elif old[0] in _DIGITS:
        at = draw.randrange(len(old))
        new = old[:at] + draw.choice([digit for digit in _DIGITS[:9] if digit != old[at]]) + old[at + 1 :]
    else:
        at = draw.randrange(len(old))
        new = old[:at] + str((int(old[at]) + draw.randrange(1, 10)) % 10) + old[at + 1 :] if old[at].isdigit() else f"{old}1"
    return claim[: match.start()] + new + claim[match.end() :]


def word_changed(claim: str, draw: random.Random) -> str:
    """Return a sentence with one word of the tables put for its contrary."""
    english = claim.isascii()
    likely = [(one, other) for one, other in (_ENGLISH if english else _CHINESE) if (re.search(rf"\b{one}\b", claim) if english else one in claim)]
    if not likely:
        return ""
    one, other = draw.choice(likely)
    return re.sub(rf"\b{one}\b", other, claim, count=1) if english else claim.replace(one, other, 1)


def clause_changed(claim: str, other: str, draw: random.Random) -> str:
    """Return a sentence with one of its clauses, of several, from another sentence in its place."""
    own, lent = _CLAUSE.split(claim), _CLAUSE.split(other)
    if len(own) < 2 or len(lent) < 2:
        return ""
    at = draw.randrange(len(own))
    new = draw.choice(lent)
    own[at] = new if new[-1:] in "，,；;" or at == len(own) - 1 else f"{new.rstrip('。.')}，"
    return "".join(own)


def of_documents(passages: dict[str, list[Passage]], count: int, draw: random.Random) -> Iterator[Row]:
    """Yield sentences of the documents, or some of their clauses, which follow from themselves, and the same with one thing changed."""
    every = [(passage, number) for found in passages.values() for passage in found for number, sentence in enumerate(passage.sentences) if _LEAST <= len(sentence.text) <= _MOST]
    for group, (passage, number) in enumerate(draw.sample(every, min(count, len(every)))):
        claim = passage.sentences[number].text
        clauses = _CLAUSE.split(claim)
        short = "".join(clauses[draw.randrange(len(clauses)) :]) if draw.random() < 0.5 else claim
        claim = short if len(short) >= _LEAST else claim
        page = page_of([(passage, [number])], draw.choice((0, 1, 2, 9)))
        near = [sentence.text for sentence in passage.sentences if sentence.text != passage.sentences[number].text]
        yield f"altered-{group}", claim, page, True
        if wrong := altered(claim, draw.choice(near) if near else "", draw):
            yield f"altered-{group}", wrong, page, False


def of_parallel(file: Path, count: int, draw: random.Random) -> Iterator[Row]:
    """Yield English sentences of laws with the Chinese article that says the same; altered, or of another article, they do not follow."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    laws: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        laws.setdefault(row["law"], []).append(row)
    for group, row in enumerate(draw.sample(rows, min(count, len(rows)))):
        said, elsewhere = sentences(row["en"]), sentences(draw.choice(laws[row["law"]])["en"])
        if not said:
            continue
        page = Page(row["law"], tuple(row["zh"][a:b] for a, b in split_sentences(row["zh"]))[:8])
        claim = draw.choice(said)
        yield f"parallel-{group}", claim, page, True
        foreign = [text for text in elsewhere if text not in said]
        if foreign and draw.random() < 0.4:
            yield f"parallel-{group}", draw.choice(foreign), page, False
        if wrong := altered(claim, draw.choice(foreign) if foreign else "", draw):
            yield f"parallel-{group}", wrong, page, False


def sentences(text: str) -> list[str]:
    """Return the English sentences of a text that are neither scraps nor very long."""
    return [part.strip() for part in re.split(r"(?<=[.;])\s+", text.replace("\n", " ")) if 40 < len(part) < 260]


def line_of(vocabulary: Vocabulary, row: Row, kind: str) -> dict[str, Any] | None:
    """Return a window with its label; what is cited beyond the window is left out."""
    group, claim, page, true = row
    made = windows(vocabulary, claim, page)
    if not made:
        return None
    stop = made[0].ids.index(2)
    return {"group": group, "kind": kind, "document": "", "ids": made[0].ids, "sentences": [[1, stop]], "labels": [int(true)], "phrase": None}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--claims", type=Path, nargs="*", default=[])
    parser.add_argument("--parallel", type=Path)
    parser.add_argument("--count", type=int, default=2500, help="of the lines of --parallel")
    parser.add_argument("--altered", type=int, default=0, help="sentences of the documents")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    draw = random.Random(11)
    vocabulary = Vocabulary(model_path("multilingual-e5-small"))
    wanted = {json.loads(line)["file"] for file in arguments.claims for line in file.read_text("utf-8").splitlines()}
    files = [file for file in sorted(arguments.documents.iterdir()) if file.name in wanted or arguments.altered]
    passages = {file.name: list(split_document(load_document(file))) for file in files}
    sources = [("question", of_claims(file, passages, draw)) for file in arguments.claims]
    if arguments.altered:
        sources.append(("question", of_documents(passages, arguments.altered, draw)))
    if arguments.parallel:
        sources.append(("question", of_parallel(arguments.parallel, arguments.count, draw)))
    made = 0
    with arguments.out.open("w", encoding="utf-8") as out:
        for kind, source in sources:
            for row in source:
                if line := line_of(vocabulary, row, kind):
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
                    made += 1
    print(f"{made} windows in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
