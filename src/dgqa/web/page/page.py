"""Build the Gradio page of an assistant: the conversation with its sources, the articles, the named endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import gradio as gr

from dgqa.messages import Language
from dgqa.search.limits import MAX_QUESTION
from dgqa.web.corpora import Corpus
from dgqa.web.page.conversation import Conversation, Place
from dgqa.web.page.errors import errors_of_inputs
from dgqa.web.page.layout import Rail, build_rail, frame
from dgqa.web.page.turns import Asker
from dgqa.web.page.upload_panel import UploadPanel, upload_panel
from dgqa.web.page.words import escape, for_browser, names_of, say
from dgqa.web.programs.desk import Desk
from dgqa.web.programs.endpoints import add_endpoints
from dgqa.web.server import Address, launch
from dgqa.web.uploads import Uploader

LIMIT = 4  # questions answered at once; more wait their turn
# The page's script: parts of one function that share their names, in this order.
SCRIPTS = ("keeping", "corpora", "talks", "bridge", "chips", "conversation", "holding", "next", "following", "sources", "articles", "frame")
STYLES = ("page", "answers", "print")

# What the browser adds to an event: see `take` in static/bridge.js. It waits where an event comes before the script has run.
_WAIT = "while (!window.dgqa) await new Promise((done) => setTimeout(done, 5));"
_TAKE = f"async (...given) => {{ {_WAIT} return [dgqa.take(), ...given.slice(1)]; }}"
_START = f"async () => {{ {_WAIT} return [dgqa.start(), null]; }}"
_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_BARE: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
_UNSEEN: dict[str, Any] = {"visible": "hidden", "container": False, "show_label": False}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page offers its readers.

    Args:
        modes: Ways of answering to choose from, by the name that readers see ("extractive" is named in their language);
            the assistant alone by default.
        examples: Questions to begin with; by default some on headings of the articles, which are known to answer them.
        title: The name of the page; by default made of what the titles of the articles share, in the reader's language.
        feedback: The file that ratings are written to; answers can't be rated without one.
        uploader: What takes articles that readers add; none can be added without one.
        name: Of the assistant's articles, where there are ``others``.
        others: Further articles to choose from.
        limit: How many questions are answered at once.
    """

    modes: Mapping[str, Asker] | None = None
    examples: Sequence[str] = ()
    title: str = ""
    feedback: str = ""
    uploader: Uploader | None = None
    name: str = ""
    others: Sequence[Corpus] = ()
    limit: int = LIMIT

    def corpora(self, assistant: Asker) -> tuple[Corpus, ...]:
        """Return what is served: the assistant's articles and the others."""
        first = Corpus(assistant, self.modes or {"extractive": assistant}, self.uploader, self.name)
        return (first, *self.others)


class _Page(gr.Blocks):
    async def preprocess_data(self, *given: Any, **named: Any) -> Any:
        """Read the values of a call; what is wrong with them is the caller's fault."""
        with errors_of_inputs():
            return await super().preprocess_data(*given, **named)


PLAIN = Offer()
HERE = Address()


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of a page: its state, what carries data to and from the browser, and what readers see."""

    turns: gr.State
    language: gr.State
    corpus: gr.State
    sent: gr.Textbox
    kept: gr.Textbox
    written: gr.Textbox
    bridge: gr.HTML
    rail: Rail
    chat: gr.Chatbot
    box: gr.Textbox
    panel: UploadPanel | None

    @property
    def form(self) -> list[Any]:
        """What is labelled anew in another language, in the order of ``labelled``."""
        return [*self.rail.parts, *(self.panel.parts if self.panel else ())]

    def labelled(self, given: Any, language: Language, place: Place) -> tuple[Any, ...]:
        """Return the updates that put the form into a language, with the settings that a browser kept and the articles of a corpus."""
        return (*self.rail.labelled(given, language, place.shelf.documents()), *(self.panel.relabel(language) if self.panel else ()))


def build_page(assistant: Asker, offer: Offer = PLAIN) -> gr.Blocks:
    """Return the page, not yet launched, with the endpoints `ask` and, if the assistant can, `search`.

    Launch it with ``serve``, or else pass ``look()`` to ``launch`` yourself.

    Args:
        assistant: Who answers, and whose index holds the articles to read.
        offer: What readers may do besides asking.
    """
    corpora = offer.corpora(assistant)
    conversation = Conversation(corpora, offer.feedback)
    page = _Page(title=offer.title or say("title", "Hans"), analytics_enabled=False, fill_width=True)
    with page:
        parts = _lay_out(conversation, offer, corpora)
        _answer(parts, conversation, offer.limit)
        _come_and_go(page, parts, conversation)
        _export(parts, conversation)
        add_endpoints(assistant)
    return page


def serve(assistant: Asker, address: Address = HERE, offer: Offer = PLAIN, *, block: bool = True) -> gr.Blocks:
    """Build the page and serve it at exactly its address; with ``block``, until the process is interrupted.

    Raises:
        ConfigError: the address cannot be listened on, for example because the port is in use, or others can reach it
            and there is no password.
    """
    address.check()
    page = build_page(assistant, offer)
    corpora = offer.corpora(assistant)
    most = max((corpus.uploader.limits.request for corpus in corpora if corpus.uploader), default=0)
    launch(page, address, Desk(corpora), max_upload=most, block=block, **look(offer.title))
    return page


def look(title: str = "") -> dict[str, Any]:
    """Return what the page looks like and its script, as ``Blocks.launch`` takes them."""
    return {
        "footer_links": [],
        "theme": theme(),
        "css": "\n".join(_asset(f"{name}.css") for name in STYLES),
        "js": script(),
        "favicon_path": str(resources.files(__package__).joinpath("static", "page.png")),
        "auth_message": escape(title or say("title", "Hans")),
    }


@cache
def script() -> str:
    """Return the page's script: a function made of its parts, with the wordings."""
    parts = "\n".join(_asset(f"{name}.js") for name in SCRIPTS)
    return f'() => {{\n"use strict";\nconst WORDS = {for_browser()};\n{parts}}}\n'


def _lay_out(conversation: Conversation, offer: Offer, corpora: Sequence[Corpus]) -> Parts:
    """Add the components, in the order in which they stand on the page."""

    def catalogue(sent: Any) -> str:  # Gradio marks these functions, which it can't do with methods
        return conversation.catalogue(sent)

    def article(sent: Any) -> dict[str, str]:
        return conversation.article(sent)

    def leaf(sent: Any) -> str:
        return conversation.leaf(sent)

    def remove(sent: Any) -> str:
        return conversation.remove(sent)

    def move(sent: Any) -> str:
        return conversation.move(sent)

    def refresh(sent: Any) -> str:
        return conversation.refresh(sent)

    def suggest(sent: Any) -> list[str]:
        return conversation.suggest(sent)

    def titles(sent: Any) -> list[str]:
        return conversation.titles(sent)

    turns, language, corpus = gr.State([]), gr.State("Hans"), gr.State("")
    uploaders = {corpus.name: corpus.uploader for corpus in corpora if corpus.uploader}
    names = {name: names_of(topic) for name, topic in conversation.topics().items()}
    sent, kept, written = (gr.Textbox(**_UNSEEN, elem_id=f"dgqa-{name}") for name in ("sent", "kept", "written"))
    bridge = gr.HTML(
        "",
        visible="hidden",
        js_on_load="window.dgqaBridge = { trigger, server };",
        server_functions=[catalogue, article, leaf, suggest, titles, *([remove, move, refresh] if uploaders else [])],
        elem_id="dgqa-bridge",
    )
    gr.HTML(frame("head", title=offer.title, names=names), elem_id="dgqa-head", **_BARE)
    with gr.Row(elem_id="dgqa-main"):
        rail = build_rail(list(corpora[0].modes), conversation.first.shelf)
        with gr.Column(scale=5, min_width=300, elem_id="dgqa-talk"):
            if not offer.examples:
                conversation.warm()
            gr.HTML(frame("welcome", examples=offer.examples), elem_id="dgqa-welcome", **_BARE)
            chat, box = _talk()
        with gr.Column(scale=4, min_width=300, elem_id="dgqa-side"):
            gr.HTML(frame("beside"), elem_id="dgqa-beside", **_BARE)
    with gr.Column(elem_id="dgqa-read"):
        gr.HTML(frame("reading", changes=bool(uploaders)), elem_id="dgqa-reading", **_BARE)
        panel = upload_panel(uploaders, language=language, corpus=corpus) if uploaders else None
    return Parts(turns, language, corpus, sent, kept, written, bridge, rail, chat, box, panel)


def _talk() -> tuple[gr.Chatbot, gr.Textbox]:
    chat = gr.Chatbot(
        label=say("talk", "Hans"),
        show_label=False,
        container=False,
        elem_id="dgqa-chat",
        height="100%",
        buttons=[],
        layout="panel",
        autoscroll=False,  # to the end, away from where one begins to read
        group_consecutive_messages=False,
        latex_delimiters=[],
        allow_tags=False,
        sanitize_html=True,
    )
    gr.HTML(frame("status"), elem_id="dgqa-told", **_BARE)
    gr.HTML(frame("chips"), elem_id="dgqa-acting", **_BARE)
    box = gr.Textbox(
        label=say("question", "Hans"),
        show_label=False,
        container=False,
        submit_btn=say("send", "Hans"),
        stop_btn=False,
        elem_id="dgqa-question",
        placeholder=say("placeholder", "Hans"),
        max_lines=6,
        max_length=MAX_QUESTION,
        autofocus=True,
    )
    gr.HTML(frame("keys"), elem_id="dgqa-keyed", **_BARE)
    return chat, box


def _answer(parts: Parts, conversation: Conversation, limit: int) -> None:
    """Wire what asks, stops, leaves a conversation and takes another up."""
    talk = [parts.turns, parts.chat, parts.box, parts.kept]
    answering = gr.on(
        [parts.box.submit, parts.bridge.submit],
        conversation.respond,
        [parts.sent, parts.box, parts.turns, parts.language, *parts.rail.settings],
        talk,
        js=_TAKE,
        concurrency_limit=limit,
        concurrency_id="assistant",
        **_PRIVATE,
    )
    answering.then(None, None, None, js="() => dgqa.resume()", **_PRIVATE)
    # First cancel, then show: an answer that is still growing would overwrite what is shown.
    cancelled = parts.box.stop(None, cancels=[answering], queue=False, api_visibility="private")
    cancelled.then(conversation.stop, [parts.turns, parts.language], talk, queue=False, **_PRIVATE)
    arrive, arrived = _arriving(parts, conversation)
    for trigger in (parts.bridge.select, parts.bridge.clear):
        cancelled = trigger(None, cancels=[answering], queue=False, api_visibility="private")
        there = cancelled.then(arrive, [parts.sent, parts.turns], arrived, js=_TAKE, queue=False, **_PRIVATE)
        there.then(None, None, None, js="() => dgqa.restored()", **_PRIVATE)


def _come_and_go(page: gr.Blocks, parts: Parts, conversation: Conversation) -> None:
    """Wire what the browser keeps: its language, its settings and its conversations."""
    arrive, arrived = _arriving(parts, conversation)
    page.load(arrive, [parts.sent, parts.turns], arrived, js=_START, queue=False, **_PRIVATE)
    changed = parts.bridge.change(arrive, [parts.sent, parts.turns], arrived, js=_TAKE, queue=False, **_PRIVATE)
    changed.then(None, None, None, js="() => dgqa.chips()", **_PRIVATE)
    parts.rail.new.click(None, None, None, js="() => dgqa.begin()", **_PRIVATE)
    parts.chat.clear(None, None, None, js="() => dgqa.clear()", **_PRIVATE)
    parts.kept.change(None, parts.kept, None, js="(text) => dgqa.keep(text)", **_PRIVATE)
    gr.on(
        [part.change for part in parts.rail.settings], None, list(parts.rail.settings), None, js="(...values) => dgqa.set(values)", **_PRIVATE
    )


def _arriving(parts: Parts, conversation: Conversation) -> tuple[Callable[..., Any], list[Any]]:
    """Return what takes over what the browser keeps, and what that changes."""

    def arrive(sent: str, turns: list[Any]) -> tuple[Any, ...]:
        turns, language, shown, box, settings, place = conversation.arrive(sent, turns)
        return (turns, language, place.corpus.name, shown, box, *parts.labelled(settings, language, place))

    return arrive, [parts.turns, parts.language, parts.corpus, parts.chat, parts.box, *parts.form]


def _export(parts: Parts, conversation: Conversation) -> None:
    """Wire ratings and exports: what is written goes to the browser, which says so or saves it."""
    rated = parts.bridge.like(conversation.rate, [parts.sent, parts.turns], parts.written, js=_TAKE, queue=False, **_PRIVATE)
    rated.success(None, parts.written, None, js="(at) => dgqa.rated(at)", **_PRIVATE)
    for button, write, given, suffix in (
        (parts.rail.to_markdown, conversation.markdown, [parts.turns, parts.language], "md"),
        (parts.rail.to_json, conversation.json, [parts.turns], "json"),
        (parts.rail.to_word, conversation.word, [parts.turns, parts.language], "docx"),
    ):
        written = button.click(write, given, parts.written, queue=False, **_PRIVATE)
        written.then(None, parts.written, None, js=f"(text) => dgqa.download(text, '{suffix}')", **_PRIVATE)


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """Return the default theme in a calm blue and AA greys, with fonts that the reader's system has."""
    names = ("Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC")
    sans: list[str | gr.themes.Font] = ["-apple-system", *map(gr.themes.Font, names), "sans-serif"]
    mono = ["ui-monospace", "Consolas", "monospace"]
    return gr.themes.Default(primary_hue="blue", neutral_hue="slate", font=sans, font_mono=mono).set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        # White on these has a contrast of 5.2 and more.
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
    )
