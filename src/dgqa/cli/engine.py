"""`dgqa engine status`: say what embeds and searches: the nodes of a cluster, and who holds which parts of the index."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dgqa.cli.console import print_json
from dgqa.config import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` reads."""
    parser.add_argument("action", choices=("status",), help="status: the index, and the nodes and actors of the engine")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the report; return 1 where an actor does not answer."""
    report = examine(settings)
    if arguments.json:
        print_json(report)
    else:
        index = report["index"]
        print(f"{settings.index}: generation {index['generation']}, {index['parts']} parts, {index['sentences']} sentences")
        print(f"engine: {settings.engine}" + (f" at {settings.engine_uri}" if settings.engine_uri else ""))
        for node in report["nodes"]:
            print(f"node {node['address']}: {node['cores']} cores{'' if node['alive'] else ', gone'}")
        for actor in report["actors"]:
            print(_line(actor))
        for name, (found, wanted) in report.get("collections", {}).items():
            print(f"collection {name}: {max(0, found):,} of {wanted:,} rows")
        if settings.engine == "ray" and not report["actors"]:
            print("no actor holds the index yet: the first search starts them")
    return 1 if any(not actor["facts"] for actor in report["actors"]) else 0


def examine(settings: Settings) -> dict[str, Any]:
    """Return a JSON-safe report.

    Raises:
        IndexNotFoundError: there is no index.
        ConfigError, EngineError: the engine can't be asked.
    """
    from dgqa.index.manifest import read_manifest

    manifest = read_manifest(Path(settings.index))
    index = {"generation": manifest["generation"], "parts": len(manifest["parts"]), "sentences": manifest["counts"]["sentences"]}
    held: dict[str, Any] = {"nodes": [], "actors": []}
    if settings.engine == "ray":
        from dgqa.index.engines.ray_backend import status

        held = status(Path(settings.index), settings.engine_uri, settings.engine_timeout)
    if settings.engine == "milvus":
        from dgqa.index.engines.milvus import held_of

        held["collections"] = held_of(Path(settings.index), manifest, settings.engine_uri, settings.engine_timeout)
    return {"engine": settings.engine, "index": index, **held}


def _line(actor: dict[str, Any]) -> str:
    which = f"actor of {actor['generation']}, {actor['group'] + 1} of {actor['groups']}, replica {actor['replica'] + 1}"
    facts = actor["facts"]
    return f"{which}: process {facts['process']} on {facts['node']}, {len(facts['opened'])} parts open" if facts else f"{which}: does not answer"
