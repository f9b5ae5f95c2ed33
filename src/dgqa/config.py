"""Read one frozen set of settings from flags, environment, .env and dgqa.toml. Unknown keys are errors."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dgqa.errors import ConfigError, SettingError
from dgqa.system import open_regular

# Read from the environment where they are used, where .env therefore puts them.
_OTHER_VARIABLES = frozenset({"DGQA_CACHE", "DGQA_MODEL_FILES", "DGQA_LLM_KEY", "DGQA_ENGINE_TOKEN"})
_MOST = 1_000_000  # bytes of a file of settings
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program runs with. ``origin`` tells for every key where its value came from."""

    corpus: str = "corpus"
    index: str = "index"
    other_indexes: str = ""
    model: str = "multilingual-e5-small"
    query_prompt: str = ""
    passage_prompt: str = ""
    backend: Literal["auto", "onnx", "torch"] = "auto"
    engine: Literal["local", "ray", "milvus"] = "local"
    engine_uri: str = ""
    engine_timeout: int = 30
    replicas: int = 1
    vector_index: Literal["auto", "flat", "hnsw", "ivf"] = "auto"
    part_sentences: int = 1_000_000
    user_dictionary: str = ""
    glossary: str = ""
    reader: str = "auto"
    strictness: Literal["lenient", "balanced", "strict"] = "balanced"
    offline: bool = False
    follow_links: bool = False
    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str = ""
    llm: str = ""
    llm_base_url: str = ""
    llm_timeout: int = 120
    llm_retries: int = 2
    llm_threads: int = 0
    llm_context: int = 4096
    llm_profile: Literal["auto", "local", "strong"] = "auto"
    llm_verify: Literal["auto", "on", "off"] = "auto"
    user: str = ""
    password: str = dataclasses.field(default="", repr=False)
    api_keys: str = dataclasses.field(default="", repr=False)
    embed: str = ""
    secret: str = dataclasses.field(default="", repr=False)
    session_hours: int = 12
    log_questions: bool = False
    public: bool = False
    rate: int = 1200
    connections: int = 256
    mcp: bool = False
    uploads: bool = False
    feedback: str = ""
    origin: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    def indexes(self) -> list[str]:
        """Return the folders of all indexes that the chat offers."""
        return [self.index, *filter(None, self.other_indexes.split(os.pathsep))]

    def searched_by(self) -> tuple[str, str, int, int]:
        """Return what searches an index, as `Engine` takes it."""
        return self.engine, self.engine_uri, self.engine_timeout, self.replicas

    def build_options(self) -> dict[str, Any]:
        """Return what `build_index` takes beside the corpus and the folder of the index."""
        given = {name: getattr(self, name) for name in ("model", "backend", "vector_index", "part_sentences")}
        may_lack = {name: getattr(self, name) or None for name in ("query_prompt", "passage_prompt", "user_dictionary")}
        return given | may_lack | {"engine": (self.engine, self.engine_uri)}

    def assistant_options(self) -> dict[str, Any]:
        """Return what `Assistant.open` takes beside the index.

        Raises:
            SettingError: the address of a server is set, and no model that is asked there.
        """
        if self.llm_base_url.strip() and not self.llm.strip():
            raise SettingError("llm_base_url is set, and llm is not: set it to the name of a model there, or to `extractive` to ask none")
        names = ("glossary", "reader", "strictness", "llm_base_url", "llm_timeout", "llm_retries", "llm_threads", "llm_context", "llm_profile", "llm_verify")
        llm = None if self.llm.strip().lower() in ("", "extractive", "none") else self.llm
        return {"backend": self.backend, "engine": self.searched_by(), "llm": llm} | {name: getattr(self, name) for name in names}


HELP = {
    "corpus": "folder or file with the articles",
    "index": "folder of the index; of the chat also several, by giving the option again",
    "other_indexes": f"folders of further indexes whose articles the chat offers, separated by {os.pathsep!r}",
    "model": "embedding model: a built-in name, or a sentence-transformers model by name or folder",
    "query_prompt": "what is put in front of a question before it is embedded; the model's own by default",
    "passage_prompt": "what is put in front of a passage before it is embedded; the model's own by default",
    "backend": "auto, onnx or torch: what runs the embedding model",
    "engine": "local, ray or milvus: what searches an index: this process, the nodes of a Ray cluster, which embed a corpus too, or Milvus",
    "engine_uri": "address of the engine: HOST:PORT of the head of a Ray cluster, or auto for the one that this machine is in; by default Ray is started here. Of Milvus its URI; its token is the variable DGQA_ENGINE_TOKEN",
    "engine_timeout": "seconds that the engine has for a call",
    "replicas": "how many actors of a Ray cluster hold each part of the index",
    "vector_index": "auto, flat, hnsw or ivf: how FAISS finds sentences; auto goes by their number",
    "part_sentences": "sentences that a part of the index may hold; what changes rewrites only the parts it stands in",
    "user_dictionary": "file of words that the search keeps whole, one on a line, as jieba's; part of the index",
    "glossary": "file of terms in Chinese and English that English questions are searched by, added to the built-in ones",
    "reader": "what reads the passages found for the answer: auto for the built-in one, cross-encoder:MODEL, chat:MODEL (a chat model, named as for llm), or off",
    "strictness": "lenient, balanced or strict: how sure an answer must be to be given",
    "offline": "never touch the network",
    "follow_links": "also read articles that a link in the corpus leads to outside of it",
    "host": "address the chat listens on",
    "port": "port the chat listens on",
    "root_path": "path, such as /qa, under which a proxy in front shows the chat",
    "llm": "what composes answers: local, openai:MODEL, anthropic:MODEL, ollama:MODEL …; extractive for the articles' own sentences",
    "llm_base_url": "server that speaks OpenAI's protocol; its key is the variable DGQA_LLM_KEY",
    "llm_timeout": "seconds that a language model has for an answer",
    "llm_retries": "how often a failed request to a language model is repeated",
    "llm_threads": "threads of the local model; 0 takes all",
    "llm_context": "tokens that the language model reads and writes",
    "llm_profile": "auto, local or strong: how much the language model is given to read; auto goes by where it runs",
    "llm_verify": "auto, on or off: whether the language model looks over its own answer; auto for strong ones",
    "user": "who may use the chat, with the password; nobody is asked where both are unset",
    "password": "password of the chat; set it as DGQA_PASSWORD in the environment or in .env",
    "api_keys": "keys that let programs in, separated by blanks or commas; set them as DGQA_API_KEYS in the environment or in .env",
    "embed": "origins, such as https://example.org, whose pages may show the chat in a frame, separated by blanks",
    "secret": "what logins are signed with besides user and password; set it as DGQA_SECRET, the same for all processes of a chat",
    "session_hours": "hours after which a login to the chat ends",
    "log_questions": "log what the chat is asked",
    "public": "let everybody in without a password where others can reach the chat",
    "rate": "requests a minute that the chat takes from one client; 0 for no limit",
    "connections": "connections that one client of the chat may hold at once; 0 for no limit",
    "mcp": "also serve the endpoints of the chat as tools over MCP",
    "uploads": "let people add articles to the corpus on the chat page",
    "feedback": "file that thumbs up and down are written to; none by default",
}
# Never shown, and no flags: other users of the machine can see those.
SECRET = frozenset({"password", "api_keys", "secret"})
_FIELDS = {field.name: field for field in dataclasses.fields(Settings) if field.name != "origin"}
_LEAST = {"engine_timeout": 1, "replicas": 1, "llm_timeout": 1, "llm_retries": 0, "llm_threads": 0, "llm_context": 1024, "part_sentences": 1, "rate": 0, "connections": 0, "session_hours": 1}
_MAY_BE_EMPTY = frozenset({"other_indexes", "query_prompt", "passage_prompt", "llm", "llm_base_url", "feedback", "user_dictionary", "glossary", "root_path", "embed", "secret", "engine_uri"})
_CHOICES = {name: get_args(kind) for name, kind in get_type_hints(Settings).items() if get_origin(kind) is Literal}
# Options that may be given again, where a command has the setting that the further values go to.
SEVERAL = {"index": "other_indexes"}
BOOLEAN = frozenset(name for name, field in _FIELDS.items() if field.type == "bool")


def environment_flag(name: str) -> bool:
    """Return whether a variable of the environment says yes; unset is no.

    Raises:
        ConfigError: it is neither a yes nor a no.
    """
    value = os.environ.get(name, "")
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise ConfigError(f"{name} is {value!r}: set it to 1 or 0")


def load_settings(flags: Mapping[str, Any] | None = None, *, folder: str | os.PathLike[str] = ".") -> Settings:
    """Return the settings: flags win over ``DGQA_*`` variables, these over .env, that over dgqa.toml.

    Args:
        flags: Values by key; a None counts as not given.
        folder: Where .env and dgqa.toml are looked for.

    Raises:
        ConfigError: an unknown key, or a value of the wrong kind, with the place where it stands.
    """
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}

    def take(key: str, value: Any, place: str) -> None:
        if key not in _FIELDS:
            raise ConfigError(f"{place} is an unknown setting: known are {', '.join(_FIELDS)}")
        values[key] = _convert(key, value, place)
        origin[key] = place

    toml = Path(folder) / "dgqa.toml"
    for key, value in _read_toml(toml).items():
        if key not in _FIELDS:
            raise ConfigError(f"{toml} has an unknown key {key!r}: known are {', '.join(_FIELDS)}")
        take(key, value, str(toml))
    for place, variables in ((str(Path(folder) / ".env"), _read_env(Path(folder) / ".env")), ("environment", dict(os.environ))):
        for name, value in variables.items():
            if name in _OTHER_VARIABLES:
                os.environ.setdefault(name, value)
            if not name.startswith("DGQA_") or name in _OTHER_VARIABLES:
                continue
            key = name.removeprefix("DGQA_").lower()
            if key not in _FIELDS:
                known = ", ".join(f"DGQA_{field.upper()}" for field in _FIELDS)
                raise ConfigError(f"{place} has an unknown variable {name}: known are {known}, {', '.join(sorted(_OTHER_VARIABLES))}")
            take(key, value, f"{name} in {place}")
    for key, value in (flags or {}).items():
        if value is not None:
            take(key, value, f"--{key.replace('_', '-')}")
    return Settings(**values, origin={key: origin.get(key, "default") for key in _FIELDS})


def shown(settings: Settings, key: str) -> Any:
    """Return the value of a setting as it may be printed: a secret as stars, or "" where it is unset."""
    value = getattr(settings, key)
    return "***" if key in SECRET and value else value


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(file))
    except (ValueError, RecursionError) as error:  # of its form, of the length of a number, of the depth of a list
        raise ConfigError(f"{file} cannot be read: {error}") from error


def read_utf8(file: Path, what: str = "") -> str:
    """Return a text that a user wrote in UTF-8, without the mark that may stand at its beginning.

    Args:
        file: Where it is.
        what: What it is, for errors, as "the question set".

    Raises:
        ConfigError: it can't be read, or is not UTF-8; it names the line then.
    """
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot read {f'{what} {file}'.lstrip()}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{f'{what} {file}'.lstrip()}, line {line}, is not UTF-8 at byte {error.start}: save it as UTF-8") from error


def lines_of(file: Path, what: str = "") -> Iterator[tuple[int, str]]:
    """Yield the lines of a text that a user wrote that say anything, each with its number from 1; see `read_utf8`."""
    # Not splitlines: JSON may hold other line separators inside its strings.
    return ((number, line) for number, line in enumerate(read_utf8(file, what).split("\n"), 1) if line.strip())


def _read(file: Path) -> str:
    """Return what a file of settings says, "" where there is none."""
    try:
        with open_regular(file) as stream:
            data = stream.read(_MOST + 1)
        if len(data) > _MOST:
            raise ConfigError(f"{file} has more than {_MOST:,} bytes, which settings never have: is it another file?")
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error


def _read_env(file: Path) -> dict[str, str]:
    found = {}
    for number, line in enumerate(_read(file).splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals:
            raise ConfigError(f"{file}, line {number} is not NAME=VALUE")
        value = value.strip()
        if value[:1] in ("'", '"') and (len(value) < 2 or value[-1] != value[0]):
            raise ConfigError(f"{file}, line {number} opens a quotation mark that its end does not close")
        found[name.strip()] = value.strip("\"'")
    return found


def _convert(key: str, value: Any, place: str) -> Any:
    kind = _FIELDS[key].type
    try:
        if kind == "bool":
            if isinstance(value, bool):
                return value
            text = str(value).strip().lower()
            if text in _TRUE or text in _FALSE:
                return text in _TRUE
            raise ValueError
        if kind == "int":
            if not isinstance(value, (int, str)) or isinstance(value, bool):
                raise ValueError
            number = int(value)
            if key == "port" and not 0 < number < 65_536:
                raise ConfigError(f"{place}: {key} is {number}, it must be from 1 to 65535")
            if number < _LEAST.get(key, number):
                raise ConfigError(f"{place}: {key} is {number}, it must be at least {_LEAST[key]}")
            return number
        if not isinstance(value, (str, os.PathLike)):
            raise ValueError
    except (ValueError, TypeError) as error:
        wanted = {"bool": "true or false", "int": "a whole number"}.get(str(kind), "text")
        shown = "of another kind" if key in SECRET else repr(value)
        raise ConfigError(f"{place}: {key} is {shown}, it must be {wanted}") from error
    text = os.fspath(value)
    # An empty folder name would mean the current one, and commas alone are no keys, without which everybody would be let in.
    if not text.strip(" ,\t" if key == "api_keys" else None) and key not in _MAY_BE_EMPTY:
        raise ConfigError(f"{place}: {key} is empty: give a value or leave it out")
    if key in _CHOICES and text not in _CHOICES[key]:
        raise ConfigError(f"{place}: {key} is {text!r}, it must be one of {', '.join(_CHOICES[key])}")
    return text


_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def reach_directly(*hosts: str) -> None:
    """Let this process and its children reach this machine, and ``hosts``, past the proxy that the environment names, if any."""
    if not any(os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES):
        return
    spared = [host for name in ("no_proxy", "NO_PROXY") for host in os.environ.get(name, "").split(",")]
    spared += ["localhost", "127.0.0.1", "::1", *hosts]
    # Which of the two names counts differs from program to program.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(dict.fromkeys(host.strip() for host in spared if host.strip()))


def cache_dir() -> Path:
    """Return the folder that models are kept in: ``DGQA_CACHE``, else ``~/.cache/dgqa``; it need not exist."""
    return Path(os.environ.get("DGQA_CACHE") or "~/.cache/dgqa").expanduser()
