"""The retriever in a LangChain chain. The model here only repeats a sentence: put any chat model in its place.

    python docs/examples/langchain_chain.py [INDEX]
"""

import sys

from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

import dgqa


def numbered(documents: list[Document]) -> str:
    """Return the passages with the numbers that an answer may cite."""
    return "\n".join(f"[{document.metadata['rank']}] {document.page_content}" for document in documents)


def main(index: str) -> None:
    retriever = dgqa.Retriever.open(index).as_langchain(k=3)
    prompt = ChatPromptTemplate.from_template("Answer from these passages alone, with their numbers:\n{context}\n\n{question}")
    model = FakeListChatModel(responses=["两个阶段的说法见 [1]。"])  # init_chat_model("openai:…") for a real one
    chain = {"context": retriever | numbered, "question": RunnablePassthrough()} | prompt | model | StrOutputParser()
    print(chain.invoke("我国数字政府建设经历了哪几个阶段？"))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "index")
