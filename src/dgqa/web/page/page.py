"""An assistant in, a Gradio page out: the conversation with its sources, the articles, the named endpoints."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import gradio as gr

from dgqa.errors import DgqaError
from dgqa.messages import Language
from dgqa.search.retriever import MAX_QUESTION
from dgqa.web.endpoints import add_endpoints
from dgqa.web.export import conversation_json, conversation_markdown
from dgqa.web.feedback import save_feedback
from dgqa.web.page.answering import Asker, progress
from dgqa.web.page.errors import errors_for_clients, public
from dgqa.web.page.examples import examples_from
from dgqa.web.page.frame import KEYS, STATUS, beside, head, reading, welcome
from dgqa.web.page.markup import escape
from dgqa.web.page.rail import build_rail
from dgqa.web.page.reader import PAGE, Library, Shelf
from dgqa.web.page.rendering import messages
from dgqa.web.page.settings import options, whole
from dgqa.web.page.turns import Turn, history, record, turns_from
from dgqa.web.page.upload_panel import upload_panel
from dgqa.web.page.words import as_language, for_browser, say
from dgqa.web.server import RATE, Address, launch
from dgqa.web.uploads import Uploader

logger = logging.getLogger(__name__)

TITLE = say("title", "Hans")
MAX_LISTED = 2_000  # documents in one list
LIMIT = 4  # questions answered at once; more wait their turn

# What the browser adds to an event: see `take` in static/page.js. It waits where an event comes before the script has run.
_TAKE = "async (...given) => { while (!window.dgqa) await new Promise((done) => setTimeout(done, 5)); return [dgqa.take(), ...given.slice(1)]; }"
_START = "async () => { while (!window.dgqa) await new Promise((done) => setTimeout(done, 5)); return [dgqa.start(), null]; }"


def build_ui(
    assistant: Asker,
    *,
    modes: Mapping[str, Asker] | None = None,
    examples: Sequence[str] = (),
    title: str = "",
    feedback: str = "",
    uploader: Uploader | None = None,
    limit: int = LIMIT,
) -> gr.Blocks:
    """Return the page, not yet launched, with the endpoints `ask` and, if the assistant can, `search`.

    Launch it with ``serve``, or else pass the theme, CSS and JavaScript to ``launch`` yourself.

    Args:
        assistant: Who answers, and whose index holds the articles to read.
        modes: Ways of answering to choose from, by the name that readers see ("extractive" is named in their language);
            the assistant alone by default.
        examples: Questions to begin with; by default some on headings of the articles.
        title: The name of the page; our own by default, in the reader's language.
        feedback: The file that ratings are written to; answers can't be rated without one.
        uploader: What takes articles that readers add; none can be added without one.
        limit: How many questions are answered at once.
    """
    askers = dict(modes or {"extractive": assistant})

    def library() -> Library | None:
        found: Library | None = getattr(getattr(assistant, "retriever", None), "index", None)
        return found

    shelf = Shelf(library)

    def show(turns: Sequence[Turn], language: Language) -> list[dict[str, str]]:
        return messages(turns, language, feedback=bool(feedback))

    def catalogue(sent: Any) -> str:
        data = _mapping(sent)
        return shelf.catalogue(as_language(data.get("language")), str(data.get("query", "")), min(whole(data.get("count"), 0) or PAGE, MAX_LISTED))

    def article(sent: Any) -> dict[str, str]:
        data = _mapping(sent)
        start, end = whole(data.get("start"), 0), whole(data.get("end"), 0)
        name, html = shelf.article(str(data.get("doc", "")), start, end, as_language(data.get("language")))
        return {"title": name, "html": html}

    async def respond(
        sent: str, typed: str, turns: list[Turn], language: Language, mode: str, *chosen: Any
    ) -> AsyncIterator[tuple[Any, ...]]:
        data = _mapping(sent)
        language = as_language(data.get("language", language))
        if "turns" in data:
            turns = turns_from(data["turns"], shelf.raw)
        elif len(turns) < whole(data.get("shown"), 0):
            # Another process than the one that the page has talked with: the browser is asked for the conversation, see `resume` in static/page.js.
            yield gr.skip(), gr.skip(), gr.skip(), json.dumps({"lost": time.time_ns()})
            return
        at = whole(data.get("at"), 0)
        again = turns[at - 1].question if 0 < at <= len(turns) and not data.get("edited") else ""
        question = (again or str(data.get("question") or typed)).strip()[:MAX_QUESTION]
        kept = turns[: at - 1] if 0 < at <= len(turns) else turns
        if not question:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        asked = Turn(len(kept) + 1, question)
        cleared = gr.skip() if again or data.get("question") else ""
        yield [*kept, asked], show([*kept, asked], language), _busy(language, cleared), gr.skip()
        try:
            growing: AsyncIterator[Turn] = progress(asked, askers.get(mode, assistant), history(kept), language, options(language, *chosen))
        except DgqaError as error:
            growing = _once(replace(asked, state="failed", error=public(error)))
        async for turn in growing:
            if turn.state == "working":
                yield [*kept, turn], show([*kept, turn], language), gr.skip(), gr.skip()
            else:
                yield [*kept, turn], show([*kept, turn], language), _idle(language), _kept(turn)

    def stop(turns: list[Turn], language: Language) -> tuple[Any, ...]:
        if not turns or turns[-1].state != "working":
            return turns, show(turns, language), _idle(language), gr.skip()
        stopped = replace(turns[-1], state="stopped")
        turns = [*turns[:-1], stopped]
        return turns, show(turns, language), _idle(language), _kept(stopped)

    def arrive(sent: str, turns: list[Turn]) -> tuple[Any, ...]:
        """Take over what the browser keeps: its language, the settings, a conversation."""
        data = _mapping(sent)
        language = as_language(data.get("language"))
        if "turns" in data:
            turns = turns_from(data["turns"], shelf.raw)
        return turns, language, show(turns, language), _idle(language), *labelled(data.get("settings"), language)

    def labelled(given: Any, language: Language) -> tuple[Any, ...]:
        return *rail.labelled(given, language), *(panel.relabel(language) if panel else ())

    def rate(sent: str, turns: list[Turn]) -> str:
        data = _mapping(sent)
        at, rating = whole(data.get("at"), 0), data.get("rating")
        with errors_for_clients():
            if not feedback or rating not in ("up", "down") or not 0 < at <= len(turns) or turns[at - 1].answer is None:
                return ""
            turn = turns[at - 1]
            save_feedback(
                feedback, rating=rating, comment=str(data.get("comment", ""))[:MAX_QUESTION], question=turn.question, answer=turn.answer or {}
            )
        return str(at)

    def markdown(turns: list[Turn], language: Language) -> str:
        return conversation_markdown(_exported(turns), language=language) if turns else ""

    def as_json(turns: list[Turn]) -> str:
        return conversation_json(_exported(turns)) if turns else ""

    page = gr.Blocks(title=title or TITLE, analytics_enabled=False, fill_width=True)
    with page:
        turns = gr.State([])
        language = gr.State("Hans")
        bare: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
        unseen: dict[str, Any] = {"visible": "hidden", "container": False, "show_label": False}
        sent = gr.Textbox(**unseen, elem_id="dgqa-sent")
        kept = gr.Textbox(**unseen, elem_id="dgqa-kept")
        written = gr.Textbox(**unseen, elem_id="dgqa-written")
        bridge = gr.HTML(
            "", visible="hidden", js_on_load="window.dgqaBridge = { trigger, server };", server_functions=[catalogue, article], elem_id="dgqa-bridge"
        )
        gr.HTML(head(title), elem_id="dgqa-head", **bare)
        with gr.Row(elem_id="dgqa-main"):
            rail = build_rail(list(askers), shelf)
            with gr.Column(scale=5, min_width=300, elem_id="dgqa-talk"):
                gr.HTML(welcome(examples or examples_from(shelf.documents())), elem_id="dgqa-welcome", **bare)
                chat = gr.Chatbot(
                    label=say("talk", "Hans"),
                    show_label=False,
                    container=False,
                    elem_id="dgqa-chat",
                    height="100%",
                    buttons=[],
                    layout="panel",
                    group_consecutive_messages=False,
                    latex_delimiters=[],
                    allow_tags=False,
                    sanitize_html=True,
                )
                gr.HTML(STATUS, elem_id="dgqa-told", **bare)
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
                gr.HTML(KEYS, elem_id="dgqa-keyed", **bare)
            with gr.Column(scale=4, min_width=300, elem_id="dgqa-side"):
                gr.HTML(beside(), elem_id="dgqa-beside", **bare)
        with gr.Column(elem_id="dgqa-read"):
            gr.HTML(reading(), elem_id="dgqa-reading", **bare)
            panel = upload_panel(uploader, language=language) if uploader else None

        private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        talk = [turns, chat, box, kept]
        form = [*rail.parts, *(panel.parts if panel else ())]
        answering = gr.on(
            [box.submit, bridge.submit],
            respond,
            [sent, box, turns, language, *rail.settings],
            talk,
            js=_TAKE,
            concurrency_limit=limit,
            concurrency_id="assistant",
            **private,
        )
        answering.then(None, None, None, js="() => dgqa.resume()", **private)
        # First cancel, then show: an answer that is still growing would overwrite what is shown.
        cancelled = box.stop(None, cancels=[answering], queue=False, api_visibility="private")
        cancelled.then(stop, [turns, language], talk, queue=False, **private)
        page.load(arrive, [sent, turns], [turns, language, chat, box, *form], js=_START, queue=False, **private)
        for trigger in (bridge.select, bridge.clear):
            cancelled = trigger(None, cancels=[answering], queue=False, api_visibility="private")
            arrived = cancelled.then(arrive, [sent, turns], [turns, language, chat, box, *form], js=_TAKE, queue=False, **private)
            arrived.then(None, None, None, js="() => dgqa.restored()", **private)
        bridge.change(arrive, [sent, turns], [turns, language, chat, box, *form], js=_TAKE, queue=False, **private)
        bridge.like(rate, [sent, turns], written, js=_TAKE, queue=False, **private).success(None, written, None, js="(at) => dgqa.rated(at)", **private)
        rail.new.click(None, None, None, js="() => dgqa.begin()", **private)
        chat.clear(None, None, None, js="() => dgqa.clear()", **private)
        kept.change(None, kept, None, js="(text) => dgqa.keep(text)", **private)
        rail.to_markdown.click(markdown, [turns, language], written, queue=False, **private).then(
            None, written, None, js="(text) => dgqa.download(text, 'md')", **private
        )
        rail.to_json.click(as_json, turns, written, queue=False, **private).then(None, written, None, js="(text) => dgqa.download(text, 'json')", **private)
        gr.on(
            [part.change for part in rail.settings],
            None,
            list(rail.settings),
            None,
            js="(...values) => dgqa.set(values)",
            **private,
        )
        add_endpoints(assistant)
    return page


def serve(
    assistant: Asker,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    user: str = "",
    password: str = "",
    public: bool = False,
    rate: int = RATE,
    mcp: bool = False,
    modes: Mapping[str, Asker] | None = None,
    examples: Sequence[str] = (),
    title: str = "",
    feedback: str = "",
    uploader: Uploader | None = None,
    limit: int = LIMIT,
    block: bool = True,
) -> gr.Blocks:
    """Build the page and serve it at exactly ``host:port``; with ``block``, until the process is interrupted.

    ``user``, ``password``, ``public``, ``rate`` and ``mcp`` are those of ``dgqa.serving.Address``, the others those of
    ``build_ui``.

    Raises:
        ConfigError: the address cannot be listened on, for example because the port is in use, or others can reach it
            and there is no password.
    """
    address = Address(host, port, user, password, public, rate, mcp)
    address.check()
    page = build_ui(assistant, modes=modes, examples=examples, title=title, feedback=feedback, uploader=uploader, limit=limit)
    script = _asset("page.js").replace("__WORDS__", for_browser())
    launch(
        page,
        address,
        max_upload=uploader.max_request if uploader else 0,
        block=block,
        footer_links=[],
        theme=_theme(),
        css=_asset("page.css"),
        js=script,
        favicon_path=str(resources.files(__package__).joinpath("static", "page.png")),
        auth_message=escape(title or TITLE),
    )
    return page


def _busy(language: Language, value: Any) -> Any:
    """Return the box while an answer grows; ``value`` is its text, or nothing that changes it."""
    given: dict[str, Any] = {"value": value} if isinstance(value, str) else {}
    return gr.update(submit_btn=False, stop_btn=say("stop", language), **given)


def _idle(language: Language) -> Any:
    return gr.update(submit_btn=say("send", language), stop_btn=False, label=say("question", language), placeholder=say("placeholder", language))


def _kept(turn: Turn) -> str:
    return json.dumps({"number": turn.number, "record": record(turn)}, ensure_ascii=False)


async def _once(turn: Turn) -> AsyncIterator[Turn]:
    yield turn


def _exported(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    return [{"question": turn.question, "answer": turn.answer.to_dict() if turn.answer else None} for turn in turns]


def _mapping(sent: Any) -> dict[str, Any]:
    """Return what a browser sent, as JSON or as it is; {} where that is no mapping."""
    if isinstance(sent, list) and len(sent) == 1:
        sent = sent[0]
    if isinstance(sent, str):
        try:
            sent = json.loads(sent or "{}")
        except (ValueError, RecursionError):
            logger.warning("a browser sent %d characters that are no JSON", len(sent))
            return {}
    return sent if isinstance(sent, dict) else {}


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def _theme() -> gr.themes.Base:
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
