"""Search an index as a library: plainly, within limits, with neighbours, and without holding up an event loop.

    python docs/examples/search.py [INDEX]
"""

import asyncio
import sys

import dgqa


async def several(retriever: dgqa.Retriever, questions: list[str]) -> list[list[dgqa.Hit]]:
    """Search for several questions at once."""
    return list(await asyncio.gather(*(retriever.asearch(question, 1) for question in questions)))


def main(index: str) -> None:
    retriever = dgqa.Retriever.open(index)

    for hit in retriever.search("数字政府的定义是什么？", k=3):
        best = hit.sentences[0]
        print(f"{hit.rank}. {hit.passage.title} › {hit.passage.section} [{best.start}–{best.end}]\n   {best.text}")
        for other in hit.duplicates:
            print(f"   also in {other.path}")

    # Fields are joined by "and", the values of one by "or".
    wanted = dgqa.Filter(date_from="2024", date_to="2024-06")
    hits = retriever.search("How many enterprises build digital government?", k=1, filter=wanted)
    for hit in hits:
        around = retriever.context(hit)
        print("\n".join(passage.text for passage in (*around.before, hit.passage, *around.after)))

    for found in asyncio.run(several(retriever, ["一网通办是什么？", "What is a city brain?"])):
        print(found[0].passage.path, found[0].score)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "index")
