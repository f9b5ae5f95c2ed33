"""Run a GGUF file in this process, through llama.cpp, as a LangChain chat model."""

from __future__ import annotations

import ctypes
import os
import queue
import secrets
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from dgqa.errors import ModelError
from dgqa.models.local.prefixes import Prefixes

_MAX_TOKENS = 400  # of an answer
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_KEPT = 2  # models in memory at once


class _Loaded(NamedTuple):
    """A model in memory, and what it has read before."""

    server: Any
    prefixes: Prefixes


_opening = threading.Lock()
_servers: dict[tuple[str, int, int], _Loaded] = {}
_forked = False  # from a process that had llama.cpp loaded


def _in_child() -> None:
    """Load models anew after a fork: the threads of those that were loaded are the parent's, and so are those that llama.cpp has for all models."""
    global _opening, _forked
    _opening = threading.Lock()
    if "xllamacpp" in sys.modules:
        _forked = True
        _leave_without_llama()
    for loaded in _servers.values():
        _never_close(loaded.server)
    _servers.clear()


def _never_close(server: Any) -> None:
    """Keep a model to the end of this process and past it: to close it would wait for threads that only the parent has."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(server))


def _leave_without_llama() -> None:
    """Have this process end as soon as Python has: what llama.cpp does last waits for such threads, too.

    Where the C library can't (that of macOS), such a child must end by `os._exit`, as those of `multiprocessing` do.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "on_exit"):  # the last that is registered comes first
        libc.on_exit(libc._exit, None)
        libc.on_exit(libc.fcloseall, None)  # writes out what C libraries have still to write


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


class LocalChatModel(BaseChatModel):
    """A local model. Loaded at the first question and kept; questions at once wait for each other.

    llama.cpp keeps what it has read: a prompt that begins like the last one costs only the rest. What a system message leads to
    is kept beyond the process, too, see `Prefixes`.
    """

    path: str
    threads: int = 1
    context: int = 4096
    temperature: float = 0.0
    max_tokens: int = _MAX_TOKENS

    @property
    def _llm_type(self) -> str:
        return "dgqa-local"

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        text = "".join(chunk.text for chunk in self._stream(messages, stop, run_manager, **kwargs))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        with _opening:
            server, prefixes = _server(self.path, self.threads, self.context)
        if messages and messages[0].type == "system":
            system = messages[0].text
            prefixes.begin(system, server.listening_address, partial(_read, server, system))
        request = {
            "messages": [{"role": _ROLES.get(message.type, "user"), "content": message.text} for message in messages],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "cache_prompt": True,
            "stream": True,
            **({"stop": stop} if stop else {}),
        }
        for piece in _pieces(server, request):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager is not None:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk


def _server(path: str, threads: int, context: int) -> _Loaded:
    """Return a loaded model; the one that was asked for longest ago makes room."""
    key = (path, threads, context)
    loaded = _servers.pop(key, None) or _load(path, threads, context)
    while len(_servers) >= _KEPT:
        del _servers[next(iter(_servers))]
    _servers[key] = loaded
    return loaded


def _read(server: Any, system: str) -> int:
    """Have a model read a system message and nothing else, and return how many tokens it is."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": ""}]
    tokens = 0

    def take(chunk: Mapping[str, Any]) -> bool:
        nonlocal tokens
        timings = chunk.get("timings") or {}
        tokens = max(tokens, int(timings.get("cache_n", 0)) + int(timings.get("prompt_n", 0)))
        return False

    server.handle_chat_completions({"messages": messages, "max_tokens": 1, "cache_prompt": True, "stream": True}, take)
    return tokens


def _load(path: str, threads: int, context: int) -> _Loaded:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = context
    params.n_parallel = 1  # one place, so that the prefix stays where it was read
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.n_gpu_layers = 0
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = 0
    params.cache_ram_mib = 0  # by default it keeps former prompts up to 8 GiB
    # It listens on a free port of this machine; nobody else is to use it.
    key = secrets.token_hex(16)
    params.api_keys = [key]
    prefixes = Prefixes(Path(path), key)
    params.slot_save_path = prefixes.folder
    try:
        server = xllamacpp.Server(params)
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{path} cannot be loaded: {error}; `dgqa models verify` checks the built-in model") from error
    if _forked:
        _never_close(server)
    return _Loaded(server, prefixes)


def _pieces(server: Any, request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text as it is written; to stop reading stops the writing."""
    written: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def take(chunk: Mapping[str, Any]) -> bool:
        if "error" in chunk:
            written.put(ModelError(f"the local model failed: {chunk['error'].get('message', 'no reason given')}"))
            return True
        for choice in chunk.get("choices", ()):
            if piece := choice.get("delta", {}).get("content"):
                written.put(piece)
        return stopped.is_set()

    def run() -> None:
        try:
            server.handle_chat_completions(dict(request), take)
        except BaseException as error:  # handed to the reader, who raises it
            written.put(error)
        finally:
            written.put(None)

    threading.Thread(target=run, name="dgqa-local-llm", daemon=True).start()
    try:
        while (piece := written.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        stopped.set()
