"""The ways of answering and the articles in; the rail of the page, with its conversations, exports and settings, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from dgqa.messages import Language
from dgqa.web.page.frame import past
from dgqa.web.page.reader import Shelf
from dgqa.web.page.settings import AUTO, COUNT, MAX_COUNT, document_choices, kept_settings, mode_choices, script_choices
from dgqa.web.page.words import say


@dataclass(frozen=True, slots=True)
class Rail:
    """The components of the rail. ``settings`` are what a question is asked with, in the order of ``ui_settings.options`` behind the mode."""

    new: gr.Button
    to_markdown: gr.Button
    to_json: gr.Button
    form: gr.Accordion
    settings: tuple[Any, ...]
    modes: tuple[str, ...]
    shelf: Shelf

    @property
    def parts(self) -> tuple[Any, ...]:
        """What carries words, in the order of ``labelled``."""
        return (self.form, *self.settings, self.new, self.to_markdown, self.to_json)

    def labelled(self, given: Any, language: Language) -> tuple[Any, ...]:
        """Return the updates that put the rail into a language, with the settings that a browser kept, for ``parts``."""
        documents = document_choices(self.shelf.documents())
        kept = kept_settings(given, self.modes, {doc_id for _, doc_id in documents})

        def value(key: str) -> dict[str, Any]:
            return {"value": kept[key]} if key in kept else {}

        hint = say("date_hint", language)
        return (
            gr.update(label=say("settings", language)),
            gr.update(choices=mode_choices(self.modes, language), label=say("mode", language), **value("mode")),
            gr.update(label=say("count", language), **value("count")),
            gr.update(choices=documents, label=say("documents", language), **value("documents")),
            gr.update(label=say("date_from", language), placeholder=hint, **value("date_from")),
            gr.update(label=say("date_to", language), placeholder=hint, **value("date_to")),
            gr.update(choices=script_choices(language), label=say("script", language), **value("script")),
            gr.update(value=say("new", language)),
            gr.update(value=say("export_md", language)),
            gr.update(value=say("export_json", language)),
        )


def build_rail(modes: Sequence[str], shelf: Shelf) -> Rail:
    """Add the rail to the page that is being built.

    Args:
        modes: The names of the ways of answering, the first one chosen.
        shelf: The articles, for the filter.
    """
    with gr.Column(scale=0, min_width=240, elem_id="dgqa-rail"):
        new = gr.Button(say("new", "Hans"), variant="primary", size="md", elem_id="dgqa-new")
        gr.HTML(past(), elem_id="dgqa-past", js_on_load=None, apply_default_css=False)
        with gr.Row(elem_id="dgqa-export"):
            to_markdown = gr.Button(say("export_md", "Hans"), size="sm")
            to_json = gr.Button(say("export_json", "Hans"), size="sm")
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
                date_from = gr.Textbox(label=say("date_from", "Hans"), min_width=90, max_length=10, elem_id="dgqa-from")
                date_to = gr.Textbox(label=say("date_to", "Hans"), min_width=90, max_length=10, elem_id="dgqa-to")
            count = gr.Slider(1, MAX_COUNT, COUNT, step=1, label=say("count", "Hans"), buttons=[], elem_id="dgqa-count")
    return Rail(new, to_markdown, to_json, form, (mode, count, documents, date_from, date_to, script), tuple(modes), shelf)
