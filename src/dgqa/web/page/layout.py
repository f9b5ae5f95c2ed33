"""The fixed parts of the page: its frame, questions to begin with, and the rail with what a reader sets."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import gradio as gr

from dgqa.data import content
from dgqa.errors import AnswerError
from dgqa.messages import LANGUAGES, Language
from dgqa.types import Filter
from dgqa.web.page.reader import Shelf
from dgqa.web.page.words import lang, say
from dgqa.web.placing import shown_folder
from dgqa.web.word_export import can_write_word

if TYPE_CHECKING:
    from jinja2 import Template

COUNT = 8  # passages searched, unless something else is set; what an assistant does by itself
MAX_COUNT = 20
AUTO = "auto"
# As a date may be put: 2022-06-23, 2022/6/23, 2022.6, 2022年6月23日.
_DATE = re.compile(r"([0-9]{4})(?:\s*[-/.年]\s*(0?[1-9]|1[0-2])(?:\s*[-/.月]\s*(0?[1-9]|[12][0-9]|3[01]))?)?\s*[年月日]?")
_DATE_LENGTH = 14
_LISTED = 1_000  # documents offered by name


@cache
def _pieces() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters["lang"] = lambda text: Markup(lang(text))
    return environment.from_string(content("page.html.j2"))


def frame(piece: str, **given: Any) -> str:
    """Return a fixed piece of the page, a macro of ``data/page.html.j2``, as HTML; the page's script fills in its words."""
    return str(getattr(_pieces().module, piece)(**given))


# --- the rail ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rail:
    """The components of the rail. ``settings`` are what a question is asked with, in the order of ``options`` behind the mode."""

    new: gr.Button
    to_markdown: gr.Button
    to_json: gr.Button
    to_word: gr.Button
    form: gr.Accordion
    settings: tuple[Any, ...]
    modes: tuple[str, ...]

    @property
    def parts(self) -> tuple[Any, ...]:
        """What carries words, in the order of ``labelled``."""
        return (self.form, *self.settings, self.new, self.to_markdown, self.to_json, self.to_word)

    def labelled(self, given: Any, language: Language, documents: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        """Return the updates that put the rail into a language, with the settings that a browser kept and the articles to choose from, for ``parts``."""
        choices = document_choices(documents)
        kept = kept_settings(given, self.modes, {doc_id for _, doc_id in choices})

        def value(key: str) -> dict[str, Any]:
            return {"value": kept[key]} if key in kept else {}

        hint = say("date_hint", language)
        return (
            gr.update(label=say("settings", language)),
            gr.update(choices=mode_choices(self.modes, language), label=say("mode", language), **value("mode")),
            gr.update(label=say("count", language), **value("count")),
            gr.update(choices=choices, label=say("documents", language), **value("documents")),
            gr.update(label=say("date_from", language), placeholder=hint, **value("date_from")),
            gr.update(label=say("date_to", language), placeholder=hint, **value("date_to")),
            gr.update(choices=script_choices(language), label=say("script", language), **value("script")),
            gr.update(value=say("new", language)),
            gr.update(value=say("export_md", language)),
            gr.update(value=say("export_json", language)),
            gr.update(value=say("export_word", language)),
        )


def build_rail(modes: Sequence[str], shelf: Shelf) -> Rail:
    """Add the rail to the page that is being built.

    Args:
        modes: The names of the ways of answering, the first one chosen.
        shelf: The articles, for the filter.
    """
    with gr.Column(scale=0, min_width=240, elem_id="dgqa-rail"):
        new = gr.Button(say("new", "Hans"), variant="primary", size="md", elem_id="dgqa-new")
        gr.HTML(frame("past"), elem_id="dgqa-past", js_on_load=None, apply_default_css=False)
        with gr.Row(elem_id="dgqa-export"):
            to_markdown = gr.Button(say("export_md", "Hans"), size="sm")
            to_json = gr.Button(say("export_json", "Hans"), size="sm")
            to_word = gr.Button(say("export_word", "Hans"), size="sm", visible=can_write_word())
        with gr.Accordion(say("settings", "Hans"), open=False, elem_id="dgqa-settings") as form:
            mode = gr.Radio(mode_choices(modes, "Hans"), value=modes[0], label=say("mode", "Hans"), visible=len(modes) > 1, elem_id="dgqa-mode")
            script = gr.Radio(script_choices("Hans"), value=AUTO, label=say("script", "Hans"), elem_id="dgqa-script")
            documents = gr.Dropdown(
                document_choices(shelf.documents()),
                value=[],
                multiselect=True,
                label=say("documents", "Hans"),
                visible=shelf.is_there,
                elem_id="dgqa-documents",
            )
            with gr.Row():
                date_from = gr.Textbox(label=say("date_from", "Hans"), min_width=90, max_length=_DATE_LENGTH, elem_id="dgqa-from")
                date_to = gr.Textbox(label=say("date_to", "Hans"), min_width=90, max_length=_DATE_LENGTH, elem_id="dgqa-to")
            count = gr.Slider(1, MAX_COUNT, COUNT, step=1, label=say("count", "Hans"), buttons=[], elem_id="dgqa-count")
    return Rail(new, to_markdown, to_json, to_word, form, (mode, count, documents, date_from, date_to, script), tuple(modes))


# --- what a reader sets --------------------------------------------------------------------------------------------


def options(
    language: Language, count: float | None, documents: Sequence[str] | None, date_from: str | None, date_to: str | None, script: str | None
) -> dict[str, Any]:
    """Return the keyword arguments of ``ask`` for what is set; what is left as it was is left out.

    Raises:
        AnswerError: a date can't be read.
    """
    chosen: dict[str, Any] = {}
    limits = Filter(documents=tuple(documents or ()), date_from=_date(date_from, language), date_to=_date(date_to, language))
    if limits:
        chosen["filter"] = limits
    if script in LANGUAGES:
        chosen["language"] = script
    if count and int(count) != COUNT:
        chosen["k"] = max(1, min(MAX_COUNT, int(count)))
    return chosen


def kept_settings(given: Any, modes: Sequence[str], doc_ids: Collection[str]) -> dict[str, Any]:
    """Return the settings that a browser kept, by name, as far as they are still among the choices; {} for none.

    Args:
        given: Anything at all.
        modes: The names of the ways of answering; the first stands for one that is gone.
        doc_ids: Of the articles that there are.
    """
    if not isinstance(given, Mapping) or not given:
        return {}
    documents = given.get("documents")
    return {
        "mode": given.get("mode") if given.get("mode") in modes else modes[0],
        "count": max(1, min(MAX_COUNT, whole(given.get("count"), COUNT))),
        "documents": [doc for doc in documents if isinstance(doc, str) and doc in doc_ids] if isinstance(documents, list) else [],
        "date_from": str(given.get("date_from") or "")[:10],
        "date_to": str(given.get("date_to") or "")[:10],
        "script": given.get("script") if given.get("script") in LANGUAGES else AUTO,
    }


def whole(value: Any, default: int) -> int:
    """Return a whole number that a browser sent, the default for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def mode_choices(modes: Sequence[str], language: Language) -> list[tuple[str, str]]:
    """Return the ways of answering as (label, name)."""
    return [(say("quoted", language) if name == "extractive" else name, name) for name in modes]


def script_choices(language: Language) -> list[tuple[str, str]]:
    """Return the languages and scripts that answers can be in as (label, name)."""
    return [(say("script_auto", language), AUTO), ("简体", "Hans"), ("繁體", "Hant"), ("English", "Latn")]


def folders(documents: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the folders that readers know and that hold some of the documents but not all, by their paths with a slash at the end, and how many each holds."""
    parts = [str(document["path"]).split("/")[:-1] for document in documents]
    counts = Counter("/".join(part[:depth]) + "/" for part in parts for depth in range(1, len(part) + 1))
    return {folder: count for folder, count in sorted(counts.items()) if count < len(documents) and shown_folder(folder)}


def document_choices(documents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the folders as (label, path), then the documents as (label, id); labels that are alike get their paths."""
    titles = [str(document["title"] or document["path"]) for document in documents[:_LISTED]]
    twice = {title for title in titles if titles.count(title) > 1} if len(titles) < 200 else set(titles)
    return [(f"{shown_folder(folder)} ({count})", folder) for folder, count in folders(documents).items()] + [
        (f"{title} ({document['path']})" if title in twice else title, str(document["doc_id"]))
        for title, document in zip(titles, documents, strict=False)
    ]


def _date(text: str | None, language: Language) -> str:
    text = unicodedata.normalize("NFKC", text or "").strip()
    match = _DATE.fullmatch(text)
    if text and match is None:
        raise AnswerError(say("bad_date", language, text[:20]))
    return "-".join(f"{int(part):02}" for part in match.groups() if part) if match else ""
