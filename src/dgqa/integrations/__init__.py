"""dgqa as parts of other frameworks: LangChain's retriever and runnable."""
