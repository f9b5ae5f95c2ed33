"""Give out a retriever as LangChain's. Other frameworks take LangChain's, see docs/library.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from dgqa.errors import missing_extra
from dgqa.types import Filter, Hit

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever


class Searching(Protocol):
    """What can be searched, now or without holding up an event loop."""

    def search(self, question: str, k: int = 5, *, filter: Filter | None = None) -> list[Hit]: ...

    async def asearch(self, question: str, k: int = 5, *, filter: Filter | None = None) -> list[Hit]: ...


def langchain_retriever(retriever: Searching, k: int, filter: Filter | None) -> BaseRetriever:
    """Return a LangChain retriever whose documents are passages, with metadata that JSON can hold.

    ``invoke(question, k=…, filter=…)`` and its kin go before what is given here.

    Raises:
        MissingExtraError: LangChain is not installed.
    """
    limits = filter
    try:
        from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
        from langchain_core.documents import Document
        from langchain_core.retrievers import BaseRetriever
    except ImportError as error:
        raise missing_extra("a LangChain retriever", "langchain", "langchain") from error

    class DgqaRetriever(BaseRetriever):
        """Passages of a dgqa index."""

        k: int = 5

        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None, filter: Filter | None = None
        ) -> list[Document]:
            return [document(hit) for hit in retriever.search(query, k or self.k, filter=filter or limits)]

        async def _aget_relevant_documents(
            self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, k: int | None = None, filter: Filter | None = None
        ) -> list[Document]:
            return [document(hit) for hit in await retriever.asearch(query, k or self.k, filter=filter or limits)]

    def document(hit: Hit) -> Document:
        passage = hit.passage
        return Document(id=f"{passage.doc_id}:{passage.start}-{passage.end}", page_content=passage.text, metadata=metadata(hit))

    return DgqaRetriever(k=k)


def metadata(hit: Hit) -> dict[str, Any]:
    """Return all that is known of a hit but its text, in values that JSON can hold."""
    passage = hit.passage
    names = ("doc_id", "path", "title", "author", "date", "section", "start", "end", "kind", "page")
    return {
        **{name: getattr(passage, name) for name in names},
        "rank": hit.rank,
        "score": hit.score,
        "sentences": [{"text": s.text, "start": s.start, "end": s.end, "score": s.score} for s in hit.sentences],
        "duplicates": [{"path": other.path, "start": other.start, "end": other.end} for other in hit.duplicates],
    }
