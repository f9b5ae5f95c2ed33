"""`dgqa doctor`: say what is installed, which models are there and whether the index fits the corpus."""

from __future__ import annotations

import argparse
import platform
from typing import TYPE_CHECKING, Any

from dgqa.cli.console import print_json
from dgqa.config import Settings
from dgqa.errors import CorpusError, DgqaError, IndexNotFoundError, ModelError
from dgqa.models.store import MODELS, model_status, verify_model

if TYPE_CHECKING:
    from dgqa.corpus.files import SourceFile

_PACKAGES = ("dgqa", "faiss-cpu", "sentence-transformers", "torch", "onnxruntime", "langchain", "gradio", "jieba", "OpenCC")
_EXTRAS = {"sentence-transformers": "sentence-transformers", "torch": "sentence-transformers", "langchain": "langchain", "gradio": "chat"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument("--deep", action="store_true", help="also check every file of the index and the models by its hash")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the report; return 1 where there is a problem."""
    report = examine(settings, deep=arguments.deep)
    if arguments.json:
        print_json(report)
    else:
        for name, version in report["packages"].items():
            absent = f"not installed; pip install 'dgqa[{_EXTRAS[name]}]' gets it" if name in _EXTRAS else "not installed"
            print(f"{name:24} {version or absent}")
        for model in report["models"]:
            print(f"model {model['name']:18} {'ready, ' + model['path'] if model['ready'] else 'not fetched'}")
        print(f"{'index ' + settings.index:24} {report['index']['state']}")
        for problem in report["problems"]:
            print(f"problem: {problem}")
        if not report["problems"]:
            print("all is well")
    return 1 if report["problems"] else 0


def examine(settings: Settings, *, deep: bool = False) -> dict[str, Any]:
    """Return a JSON-safe report; ``problems`` says what is wrong and what to do about it."""
    problems: list[str] = []
    models = [{"name": status.name, "ready": status.ready, "path": str(status.path)} for status in model_status()]
    if settings.model in MODELS and not any(model["ready"] for model in models if model["name"] == settings.model):
        problems.append(f"the model {settings.model} is not there: run `dgqa models fetch {settings.model}`")
    if deep:
        for model in models:
            if model["ready"]:
                try:
                    verify_model(str(model["name"]))
                except ModelError as error:
                    problems.append(str(error))
    return {
        "packages": {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}},
        "models": models,
        "index": _index(settings, deep, problems),
        "problems": problems,
    }


def _version(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _index(settings: Settings, deep: bool, problems: list[str]) -> dict[str, Any]:
    from dgqa.corpus.files import list_corpus, source_hash
    from dgqa.corpus.version import reading_digest
    from dgqa.index.build import Index

    try:
        index = Index.open(settings.index)
    except IndexNotFoundError as error:
        problems.append(str(error))
        return {"state": "there is none"}
    except DgqaError as error:
        problems.append(str(error))
        return {"state": "unusable"}
    counts = index.manifest["counts"]
    found: dict[str, Any] = {
        "state": f"{counts['documents']} articles, {counts['passages']} passages, model {index.manifest['model']}",
        "fingerprint": index.fingerprint,
        "vector_index": index.manifest["vector_index"],
        **counts,
    }
    if index.manifest.get("reading") != reading_digest():
        problems.append(f"the articles of the index at {settings.index} were read by another version of dgqa: run `dgqa index`")
    if deep and (damaged := index.damaged_files()):
        problems.append(f"the index at {settings.index} is damaged in {', '.join(damaged)}: rebuild it with `dgqa index --rebuild`")
    try:
        indexed = dict(index.sources().values())
    except DgqaError as error:
        problems.append(str(error))
        return {"state": "unusable"}
    index.close()
    try:
        files = {source.path: source for source in list_corpus(settings.corpus)[0]}
    except CorpusError as error:
        problems.append(str(error))
        return found
    new = sorted(path for path in set(files) - set(indexed) if _is_article(files[path]))
    gone = sorted(set(indexed) - set(files))
    changed = sorted(path for path in set(files) & set(indexed) if source_hash(files[path]) != indexed[path])
    for what, paths in (("are not in the index", new), ("are in the index but no longer in the corpus", gone), ("have changed", changed)):
        if paths:
            problems.append(f"{len(paths)} articles {what} ({', '.join(paths[:5])}): run `dgqa index`")
    found["matches_corpus"] = not (new or gone or changed)
    return found


def _is_article(source: SourceFile) -> bool:
    from dgqa.corpus.files import load_document

    try:
        load_document(source.file, root=source.root)
    except CorpusError:
        return False
    return True
