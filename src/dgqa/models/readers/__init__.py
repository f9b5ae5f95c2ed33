"""Readers: question and passage read together, by the built-in model or a cross-encoder; a chat model that reads stands in dgqa.answer.composed.reading."""
