"""A chat as a process of its own, over an index that was built with the hashing embedder: FOLDER PORT USER PASSWORD KEY."""

from __future__ import annotations

import sys

from dgqa.answer.assistant import Assistant
from dgqa.web.page.page import serve
from dgqa.web.server import Address
from fakes import HashingEmbedder

if __name__ == "__main__":
    folder, port, user, password, key = sys.argv[1:]
    assistant = Assistant.open(folder, embedder=HashingEmbedder())
    serve(assistant, Address(port=int(port), user=user, password=password, secret="the same for all", keys=(key,)), block=True)
