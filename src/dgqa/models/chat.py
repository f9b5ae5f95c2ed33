"""Open chat models by their names where they run, and keep their keys out of sight."""

from __future__ import annotations

import ipaddress
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dgqa.errors import ModelError, SettingError, missing_extra
from dgqa.models.store import is_offline, model_path, model_status
from dgqa.models.streaming import Speaker
from dgqa.system import usable_cores

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LOCAL_MODEL = "qwen2.5-coder-1.5b"
KEY_VARIABLE = "DGQA_LLM_KEY"
_EXTRAS = ("openai", "anthropic", "ollama")
_KINDS = (
    "local, local:FILE.gguf, openai:MODEL, anthropic:MODEL, ollama:MODEL, PROVIDER:MODEL for another provider of LangChain's init_chat_model, "
    "or the name of a model with llm_base_url for a server that speaks OpenAI's protocol"
)
# What init_chat_model says of a provider that it doesn't know, and of a model whose provider it can't guess.
_UNKNOWN = re.compile(r"^(?:Unsupported provider|Unable to infer model provider)")
_KEY_NAMED = re.compile(r"\b[A-Z][A-Z0-9_]*_KEY\b")
_PACKAGE_NAMED = re.compile(r"pip install (?:-U )?[\w-]+")
_TEMPERATURE = 0.0  # for the likeliest words
_FIXED_TEMPERATURE = re.compile(r"^(?:o\d|gpt-5)")  # models that refuse any but their own
_LOCAL_CONTEXT = 4096  # tokens that the local model reads and writes
_USUAL_CONTEXT = 16_384  # tokens that a large model reads where nothing is known of it
_ENDPOINT = re.compile(r"/(?:chat/completions|completions|responses|models|embeddings)/*$")  # what people copy along with an address
_VERSION = re.compile(r"/v\d+(?:beta|alpha)?\d*(?:/|$)", re.IGNORECASE)
_AROUND_ADDRESS = " \t\r\n\"'“”‘’`<>。，,；;"  # what people copy with it
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
_SECRET_SHAPE = re.compile(r"\b(?:sk|pk|rk|gsk|xai|key)-[\w-]{8,}|(?<=Bearer )\S+|(?<=://)[^/\s@]+(?=@)")


def open_chat_model(
    spec: str | BaseChatModel,
    *,
    base_url: str = "",
    timeout: float = 120.0,
    max_retries: int = 2,
    threads: int = 0,
    context: int = 4096,
) -> BaseChatModel:
    """Return a chat model; nothing is asked of it yet.

    Args:
        spec: "local" (the built-in model, which `dgqa models fetch` gets), "local:FILE.gguf", a name that LangChain's
            ``init_chat_model`` knows ("openai:gpt-4.1-mini", "anthropic:…", "ollama:…"), with ``base_url`` also the bare name
            of a model there ("qwen2.5:7b"); or a chat model, which is returned as it is.
        base_url: A server that speaks OpenAI's protocol. Its key is ``DGQA_LLM_KEY``: the key of another provider is not sent there.
        timeout: Seconds for a request.
        max_retries: How often the provider's client repeats a failed request.
        threads: Of the local model; 0 takes as many as this process may use.
        context: Tokens that the local model reads and writes.

    Raises:
        SettingError: the name or the address cannot be used, or needs a network that is forbidden.
        ModelError: the model or its package is not there, or its key is missing.
    """
    if not isinstance(spec, str):
        try:
            from langchain_core.language_models import BaseChatModel
        except ImportError as error:
            raise missing_extra("a chat model", "langchain", "langchain") from error
        if not isinstance(spec, BaseChatModel):
            raise SettingError(f"llm is a {type(spec).__name__}: give a name such as 'local' or 'openai:gpt-4.1-mini', or a LangChain chat model")
        return spec
    spec = spec.strip()
    name, colon, rest = spec.partition(":")
    if name.lower() == "local":
        return _open_local(rest, threads=threads, context=context)
    if not name or (colon and not rest):
        raise SettingError(f"llm is {redact(spec)!r}, which names no {'model' if name else 'provider'}: give {_KINDS}")
    if spec in _EXTRAS:
        raise SettingError(f"llm is {spec!r}, which names a provider and no model: give {spec}:MODEL")
    return _open_remote(spec, _checked_url(base_url), timeout=timeout, max_retries=max_retries)


def label_of(llm: object) -> str:
    """Return what a model is called in a trace: its spec, or the name that a chat model gives itself."""
    if isinstance(llm, str):
        spec = llm.strip()
        name, _, file = spec.partition(":")
        return f"local:{Path(file).name or LOCAL_MODEL}" if name.lower() == "local" else spec
    named = (getattr(llm, attribute, None) for attribute in ("model_name", "model", "model_id"))
    return next((name for name in named if isinstance(name, str) and name), type(llm).__name__)


def _open_local(file: str, *, threads: int, context: int) -> BaseChatModel:
    if file:
        path = Path(file).expanduser()
        if not path.is_file():
            raise ModelError(f"there is no model at {path}: give a GGUF file, or `local` alone for the built-in one")
        with path.open("rb") as opened:
            if opened.read(4) != b"GGUF":
                raise ModelError(f"{path} is no GGUF file: give one, or `local` alone for the built-in model")
    else:
        if not any(status.ready for status in model_status() if status.name == LOCAL_MODEL):
            raise ModelError(f"the local model {LOCAL_MODEL} is not on this machine: run `dgqa models fetch {LOCAL_MODEL}` (1.1 GB)")
        path = next(model_path(LOCAL_MODEL).glob("*.gguf"))
    try:
        import xllamacpp  # noqa: F401

        from dgqa.models.local.chat_model import LocalChatModel
    except ImportError as error:
        raise missing_extra("a local model", str(error.name).replace("langchain_core", "langchain"), "local") from error
    return LocalChatModel(path=str(path), threads=threads or usable_cores(), context=context)


def _open_remote(spec: str, base_url: str, *, timeout: float, max_retries: int) -> BaseChatModel:
    provider, colon, name = spec.partition(":")
    if find_spec("langchain") is None:
        raise missing_extra(f"llm {redact(spec)}", "langchain", provider if provider in _EXTRAS else "openai" if base_url else "langchain")
    # Names of models may hold a colon themselves: "qwen2.5:7b".
    if base_url and (not colon or not _is_provider(provider)):
        provider, name = "openai", spec
    offline_home = base_url or ("http://127.0.0.1" if provider == "ollama" and not os.environ.get("OLLAMA_HOST") else "")
    if is_offline() and not _is_here(offline_home):
        raise SettingError(f"llm {spec} needs the network, which DGQA_OFFLINE forbids: use `local`, or a server on this machine")
    options: dict[str, Any] = {"timeout": timeout, "max_retries": max_retries}
    if not _FIXED_TEMPERATURE.match(name or spec):
        options["temperature"] = _TEMPERATURE
    # What runs on this machine is never asked through a proxy.
    direct = bool(offline_home) and _is_here(offline_home)
    if provider == "ollama":
        options = {"client_kwargs": {"timeout": timeout} | ({"trust_env": False} if direct else {}), "temperature": _TEMPERATURE}
    if base_url:
        options["base_url"] = base_url
        if provider != "ollama":
            options["api_key"] = os.environ.get(KEY_VARIABLE) or "none"
        if provider == "openai":
            options |= {"stream_usage": True} | (_direct_clients(timeout) if direct else {})
    try:
        model = _initialised(provider, name, options) if name else _initialised("", spec, options)
    except ImportError as error:
        if provider in _EXTRAS:
            raise missing_extra(f"llm {redact(spec)}", f"langchain-{provider}", provider) from error
        named = _PACKAGE_NAMED.search(str(error))
        remedy = f"run `{named[0]}`" if named else f"install the LangChain package of {provider}"
        raise ModelError(f"llm {spec} needs a package that is not installed: {remedy}") from error
    except Exception as error:
        # Providers raise what they like here, most often for a missing key. Their chain is cut: it may hold the key.
        said = redact(str(error))
        if _UNKNOWN.match(said):
            raise SettingError(f"llm is {redact(spec)!r}, which is no model that is known: give {_KINDS}") from None
        if "redential" in said or "api_key" in said:
            variable = _KEY_NAMED.search(said)
            raise _no_key(spec, variable[0] if variable else "the variable that holds its key") from None
        raise ModelError(f"llm {spec} cannot be opened: {said[:300]}") from None
    # This one is opened without a key, and refused at the first question.
    key = getattr(model, "anthropic_api_key", None)
    if key is not None and not key.get_secret_value() and not os.environ.get("ANTHROPIC_AUTH_TOKEN"):
        raise _no_key(spec, "ANTHROPIC_API_KEY")
    return model


def _initialised(provider: str, name: str, options: Mapping[str, Any]) -> BaseChatModel:
    if provider == "openai":
        return _hearing()(model=name, **options)
    from langchain.chat_models import init_chat_model

    model: BaseChatModel = init_chat_model(name, model_provider=provider or None, **options)
    return model


@cache
def _hearing() -> Callable[..., BaseChatModel]:
    """Return LangChain's model of OpenAI's protocol that keeps of a stream, too, how a model declines."""
    from langchain_openai import ChatOpenAI

    class Hearing(ChatOpenAI):
        def _convert_chunk_to_generation_chunk(self, chunk: dict[str, Any], *args: Any, **options: Any) -> Any:
            made = super()._convert_chunk_to_generation_chunk(chunk, *args, **options)
            choices = chunk.get("choices") or (chunk.get("chunk") or {}).get("choices")
            if made is not None and choices and (refusal := (choices[0].get("delta") or {}).get("refusal")):
                made.message.additional_kwargs["refusal"] = refusal
            return made

    return Hearing


def _direct_clients(timeout: float) -> dict[str, Any]:
    import httpx

    # It follows no redirect: that might send what is asked to another machine.
    options: dict[str, Any] = {"trust_env": False, "timeout": timeout}
    clients = {"http_client": httpx.Client(**options), "http_async_client": httpx.AsyncClient(**options)}
    # Without it LangChain warns of a proxy that is passed over, which is what is meant.
    return {**clients, "http_socket_options": ()}


def _no_key(spec: str, variable: str) -> ModelError:
    return ModelError(f"llm {spec} needs a key: set {variable} in the environment, or take a model on this machine, `local` or ollama:MODEL")


def _is_provider(name: str) -> bool:
    """Whether LangChain's ``init_chat_model`` knows a provider of this name, its package installed or not."""
    from langchain.chat_models import init_chat_model

    try:
        init_chat_model("any", model_provider=name)
    except ValueError as error:
        return not _UNKNOWN.match(str(error))
    except Exception:  # its package, its key or its options: another question
        return True
    return True


def _checked_url(base_url: str) -> str:
    base_url = base_url.strip(_AROUND_ADDRESS)
    if not base_url:
        return ""
    try:
        parts = urlsplit(base_url)
        host, held = parts.hostname, parts.username or parts.password or parts.query
    except ValueError:
        host, held = None, None
    if not host or parts.scheme not in ("http", "https"):
        raise SettingError(f"llm_base_url is {redact(base_url)!r}: give an address such as http://127.0.0.1:8080/v1")
    if held:
        raise SettingError(f"llm_base_url for {host} holds more than an address: put the key into {KEY_VARIABLE}")
    return _ENDPOINT.sub("", base_url).rstrip("/")


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def keyless(text: str, *, shortest: int = 16) -> str:
    """Return ``text`` without the keys of the environment, of which those of few characters may be ordinary words."""
    for name, value in os.environ.items():
        if len(value) >= shortest and value in text and _SECRET_NAME.search(name):
            text = text.replace(value, "…")
    return text


def redact(text: str) -> str:
    """Return ``text`` without the keys of the environment and whatever else has the shape of one."""
    return _SECRET_SHAPE.sub("…", keyless(text, shortest=6))


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How a chat model is asked, see `open_chat_model`; ``timeout`` is in seconds and holds for a whole answer.

    ``profile`` is "local" for a small model, "strong" for a large one, "auto" to go by where it runs; ``verify`` tells whether the
    model looks over its own answer: "auto" for strong ones, "on" or "off".
    """

    base_url: str = ""
    timeout: float = 120.0
    retries: int = 2
    threads: int = 0
    context: int = _LOCAL_CONTEXT
    profile: str = "auto"
    verify: str = "auto"


class Chat:
    """A chat model that is opened when it is first asked, once for all threads."""

    def __init__(self, llm: object, options: ChatOptions) -> None:
        self.label = label_of(llm)
        self.options = options
        self._llm = llm
        self._model: BaseChatModel | None = None
        self._speaker: Speaker | None = None
        self._opening = threading.Lock()

    @property
    def strong(self) -> bool:
        """Whether the model is given whole passages, and asked whenever something was found."""
        if self.options.profile != "auto":
            return self.options.profile == "strong"
        named = self._llm.strip().lower().partition(":")[0] if isinstance(self._llm, str) else getattr(self._llm, "_llm_type", "")
        return named not in ("local", "ollama", "dgqa-local", "chat-ollama")

    @property
    def verifies(self) -> bool:
        """Whether the model looks over its own answer."""
        return self.strong if self.options.verify == "auto" else self.options.verify == "on"

    @property
    def context(self) -> int:
        """How many tokens the model reads and writes: what is known of a model elsewhere, else the setting, for large ones at least 16,384."""
        known = (getattr(self.model(), "profile", None) or {}).get("max_input_tokens")
        if isinstance(known, int) and known > 0:
            return known
        return max(self.options.context, _USUAL_CONTEXT) if self.strong and self.options.context == _LOCAL_CONTEXT else self.options.context

    @property
    def takes_form(self) -> bool:
        """Whether the model is known to write JSON by a schema."""
        model = self.model()
        return getattr(model, "_llm_type", "") == "openai-chat" and bool((getattr(model, "profile", None) or {}).get("structured_output"))

    def speaker(self) -> Speaker:
        """Return what asks the model, see `model`."""
        model = self.model()
        with self._opening:
            if self._speaker is None:
                self._speaker = Speaker(model, elsewhere=self._versioned)
            return self._speaker

    def _versioned(self) -> BaseChatModel | None:
        """Return the model under its address with /v1 behind it, None where that has a version already."""
        url = _checked_url(self.options.base_url)
        if not url or getattr(self.model(), "_llm_type", "") != "openai-chat" or _VERSION.search(urlsplit(url).path):
            return None
        return self._opened(f"{url}/v1")

    def _opened(self, url: str) -> BaseChatModel:
        options = self.options
        # The repetitions are ours, so that they end with the time for the answer.
        return open_chat_model(
            self._llm,  # type: ignore[arg-type]
            base_url=url,
            timeout=options.timeout,
            max_retries=0,
            threads=options.threads,
            context=options.context,
        )

    def model(self) -> BaseChatModel:
        """Return the model.

        Raises:
            ConfigError: its name cannot be used.
            ModelError: it, its package or its key is not there.
        """
        with self._opening:
            if self._model is None:
                self._model = self._opened(self.options.base_url)
            return self._model
