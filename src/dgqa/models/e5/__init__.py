"""The built-in embedding model: its one source file, and what is made of it for onnxruntime and for torch."""
