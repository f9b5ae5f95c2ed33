"""The retriever in LlamaIndex, through an adapter of a few lines; needs `pip install llama-index-core`.

    python docs/examples/llamaindex_retriever.py [INDEX]
"""

import sys

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

import dgqa
from dgqa.integrations.retriever import metadata


class DgqaRetriever(BaseRetriever):
    """Passages of a dgqa index as LlamaIndex's nodes."""

    def __init__(self, retriever: dgqa.Retriever, k: int = 5, filter: dgqa.Filter | None = None) -> None:
        self._searched, self._k, self._filter = retriever, k, filter
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [node(hit) for hit in self._searched.search(query_bundle.query_str, self._k, filter=self._filter)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [node(hit) for hit in await self._searched.asearch(query_bundle.query_str, self._k, filter=self._filter)]


def node(hit: dgqa.Hit) -> NodeWithScore:
    passage = hit.passage
    text = TextNode(id_=f"{passage.doc_id}:{passage.start}-{passage.end}", text=passage.text, metadata=metadata(hit))
    # What is not for the model to read.
    text.excluded_llm_metadata_keys = text.excluded_embed_metadata_keys = list(text.metadata)
    return NodeWithScore(node=text, score=hit.score)


def main(index: str) -> None:
    retriever = DgqaRetriever(dgqa.Retriever.open(index), k=3)
    for found in retriever.retrieve("我国数字政府建设经历了哪几个阶段？"):
        print(f"{found.score:.3f} {found.node.metadata['title']}: {found.node.get_content()[:60]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "index")
