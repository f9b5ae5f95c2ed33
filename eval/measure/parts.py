"""Indexes news by a quick model, whole and in parts, and changes one document of each: how long an update takes, and what it writes.

    python eval/measure/parts.py NEWS [--sentences 150000] [--part-sentences 20000] [--folder build/parts] [--only one]

NEWS is a text file with one article a line. Where it has too few sentences its articles are taken again, with a number in
each sentence. What is measured depends on sizes alone, so the vectors are hashed characters (`hashed.py`). The indexes are
kept, for `engines.py`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from hashed import Hashed
from scale import MEGABYTE, articles, memory, write_corpus

from dgqa.corpus.files import document_from_text
from dgqa.corpus.passages import split_document
from dgqa.index.build import Index, build_index

ADDED = "\n\n云桥试点区昨天又开了一处服务大厅。\n"


def texts_of(news: Path, sentences: int) -> Iterator[str]:
    """Yield articles, over again if need be, until they have so many sentences."""
    held = turn = 0
    while held < sentences:
        for text in articles(news):
            made = text.replace("。", f"，见第{turn}号。") if turn else text
            held += sum(len(passage.sentences) for passage in split_document(document_from_text(made, path="a.txt")))
            yield made
            if held >= sentences:
                return
        turn += 1


def written(folder: Path, before: set[str]) -> float:
    """Return how many MB the generations have that were not there before."""
    return sum(file.stat().st_size for file in folder.glob("g-*/*") if file.parent.name not in before) / MEGABYTE


def measure(corpus: Path, folder: Path, part_sentences: int, kind: str) -> None:
    """Build an index, then change one document and bring it up to date."""
    changed = corpus / "0000" / "000001.txt"
    text = changed.read_text(encoding="utf-8").removesuffix(ADDED)
    for name, content in (("whole", text), ("one document changed", text + ADDED)):
        changed.write_text(content, encoding="utf-8")
        before = {place.name for place in folder.glob("g-*")}
        begin, worked = time.perf_counter(), time.process_time()
        report = build_index(corpus, folder, embedder=Hashed(), part_sentences=part_sentences, vector_index=kind)
        taken, processor = time.perf_counter() - begin, time.process_time() - worked
        index = Index.open(folder)
        kinds = sorted({str(part["vector_index"]) for part in index.manifest["parts"]})
        print(
            f"{folder.name}, {name}: {report.sentences:,} sentences, {len(index.manifest['parts'])} parts ({', '.join(kinds)}), {report.embedded:,} embedded: "
            f"{taken:.1f} s ({processor:.1f} s of processor time), {written(folder, before):,.1f} MB written; {memory()}",
            flush=True,
        )
        index.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", type=Path)
    parser.add_argument("--sentences", type=int, default=150_000)
    parser.add_argument("--part-sentences", type=int, default=20_000, help="of the index in parts; the other has one")
    parser.add_argument("--folder", type=Path, default=Path("build/parts"), help="where corpus and indexes are kept")
    parser.add_argument("--kind", default="auto", help="auto, flat, hnsw or ivf")
    parser.add_argument("--only", choices=("parts", "one"))
    arguments = parser.parse_args()
    corpus = arguments.folder / "corpus"
    if not corpus.exists():
        print(f"{write_corpus(texts_of(arguments.news, arguments.sentences), corpus):,} articles", flush=True)
    for name, limit in (("parts", arguments.part_sentences), ("one", 10 * arguments.sentences)):
        if arguments.only in (None, name):
            measure(corpus, arguments.folder / name, limit, arguments.kind)


if __name__ == "__main__":
    main()
