"""Ask simplified questions on traditional text and the reverse: does the script of either change what is found?

    python eval/measure/scripts_match.py FILE.json [--paragraphs 100] [--unfolded]

FILE is in SQuAD's format; a sample of its paragraphs is indexed twice, converted by OpenCC to simplified and to traditional
characters, and their questions are asked on both in both. It prints recall@1 of the paragraph for the four pairs.
``--unfolded`` also measures without converting to simplified before embedding, what the index and the search always do.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import dgqa.index.build
import dgqa.search.retriever
from dgqa.evaluation.squad import by_document, load_squad
from dgqa.language.text import Script, to_script
from dgqa.models.embedder import Embedder
from dgqa.models.embedding import open_embedder

SCRIPTS: tuple[Script, Script] = ("Hans", "Hant")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="a set in SQuAD's format")
    parser.add_argument("--paragraphs", type=int, default=100, help="how many paragraphs to draw (default 100)")
    parser.add_argument("--unfolded", action="store_true", help="measure also without folding the script before embedding")
    arguments = parser.parse_args()
    embedder = open_embedder()
    found = measure(arguments.file, arguments.paragraphs, embedder)
    show("folded before embedding", found)
    if arguments.unfolded:
        # The index and the search have no such option, so their own function is set aside for this measurement.
        for module in (dgqa.index, dgqa.search.retriever):
            vars(module)["simplify"] = str
        show("as written", measure(arguments.file, arguments.paragraphs, embedder))
    # One point is what the two scripts may differ by.
    return int(any(abs(found[0][SCRIPTS[0], text] - found[0][SCRIPTS[1], text]) > 0.01 for text in SCRIPTS))


def measure(file: str, paragraphs: int, embedder: Embedder) -> tuple[dict[tuple[str, str], float], int]:
    """Return recall@1 by (script of the question, script of the text), and how many questions were asked."""
    squad = load_squad(file)
    drawn = {document.doc_id for document in random.Random(0).sample(squad.documents, min(paragraphs, len(squad.documents)))}
    questions = [question for question in squad.questions if Path(question.evidence[0].file).stem in drawn]
    shares: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory() as home:
        for text in SCRIPTS:
            corpus = Path(home) / text
            corpus.mkdir()
            for document in squad.documents:
                if document.doc_id in drawn:
                    (corpus / f"{document.doc_id}.txt").write_text(to_script(document.text, text), encoding="utf-8")
            dgqa.index.build_index(corpus, Path(home) / f"index-{text}", embedder=embedder)
            search = by_document(dgqa.Retriever.open(Path(home) / f"index-{text}", embedder=embedder))
            for script in SCRIPTS:
                right = [
                    search(to_script(question.question, script), 1) == [Path(question.evidence[0].file).stem] for question in questions
                ]
                shares[script, text] = sum(right) / len(right)
    return shares, len(questions)


def show(name: str, found: tuple[dict[tuple[str, str], float], int]) -> None:
    shares, count = found
    print(f"{name}, {count} questions, recall@1")
    for text in SCRIPTS:
        print(f"  {text} text: " + ", ".join(f"{script} questions {shares[script, text]:.4f}" for script in SCRIPTS))
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
