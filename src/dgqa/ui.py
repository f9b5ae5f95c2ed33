"""An assistant in, a Gradio page out: the chat, the sources beside it and the named endpoints."""

import asyncio
import html
import logging
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from threading import Lock
from typing import Any, Literal, Protocol

import gradio as gr

from dgqa.endpoints import add_endpoints
from dgqa.errors import DgqaError
from dgqa.serving import RATE, Address, launch
from dgqa.text import detect_script
from dgqa.types import Answer, Citation, Hit, Passage, Sentence
from dgqa.ui_errors import public as public_message

logger = logging.getLogger(__name__)

TITLE = "数字政府文献问答"
_SCRIPTS = {"Hans": (0, "zh-Hans"), "Hant": (1, "zh-Hant"), "Latn": (2, "en")}
_WORDS = {
    "answered": ("已回答", "已回答", "Answered"),
    "partial": ("部分回答", "部分回答", "Partly answered"),
    "refused": ("未能回答", "未能回答", "Not answered"),
    "working": ("正在查找依据…", "正在查找依據…", "Looking for evidence…"),
    "stopped": ("已停止", "已停止", "Stopped"),
    "failed": ("出错了", "出錯了", "Error"),
    "unexpected": (
        "程序内部出错，详情见服务器日志。请重试，或换一个问法。",
        "程式內部出錯，詳情見伺服器日誌。請重試，或換一個問法。",
        "Something went wrong; the server's log has the details. Try again, or ask in other words.",
    ),
    "seconds": ("{:.1f} 秒", "{:.1f} 秒", "{:.1f} s"),
    "source": ("来源 {}", "來源 {}", "Source {}"),
    "sources": ("来源", "來源", "Sources"),
    "nearest": ("最接近的段落", "最接近的段落", "Nearest passages"),
    "note": (
        "以下段落与问题相近，但没有回答该问题。",
        "以下段落與問題相近，但沒有回答該問題。",
        "These passages are close to the question but do not answer it.",
    ),
    "unanswering": ("未回答该问题", "未回答該問題", "Does not answer"),
    "span": ("原文字符 {}–{}", "原文字元 {}–{}", "Characters {}–{}"),
}
_NEAREST = 5
_MARKER = re.compile(r"\[(\d+)\]")
# A line break as a character reference keeps Markdown from ending our HTML block at a blank line.
_LINE_BREAKS = str.maketrans({"\n": "&#10;", "\r": None})
_BLANK_LINES = re.compile("(?:&#10;){2,}")


class Asker(Protocol):
    """What the page needs of an assistant; one with a ``retriever`` also gets the `search` endpoint."""

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer: ...

    def stream(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Iterator[Answer]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation and what has become of it; ``number`` counts from 1."""

    number: int
    question: str
    state: Literal["working", "done", "stopped", "failed"] = "working"
    answer: Answer | None = None
    error: str = ""
    seconds: float = 0.0


def build_ui(assistant: Asker, *, examples: Sequence[str] = (), title: str = TITLE) -> gr.Blocks:
    """Return the page, not yet launched: chat, sources, and the endpoints `ask` and, if it can, `search`.

    Launch it with ``serve``, or else pass the theme, CSS and JavaScript to ``launch`` yourself.
    """
    bare: dict[str, Any] = {"show_label": False, "container": False}
    idle: dict[str, Any] = {"submit_btn": "发送", "stop_btn": False}
    # One question at a time: the contract does not promise that an assistant is thread-safe. The lock
    # is for the step that still runs, out of Gradio's sight, after its question was stopped.
    one: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "assistant"}
    lock = Lock()

    def show(turns: list[Turn], box: Any) -> tuple[Any, ...]:
        last, earlier = turns[-1:], turns[:-1]
        return turns, _messages(turns), _sources(last), _earlier(earlier), box

    async def respond(question: str, turns: list[Turn]) -> AsyncIterator[tuple[Any, ...]]:
        if not question.strip():
            yield show(turns, gr.skip())
            return
        history = [(turn.question, turn.answer.text) for turn in turns if turn.state == "done" and turn.answer]
        asked = Turn(len(turns) + 1, question.strip())
        yield show([*turns, asked], gr.Textbox(value="", submit_btn=False, stop_btn="停止"))
        async for turn in _progress(asked, assistant, history, lock):
            yield show([*turns, turn], gr.skip() if turn.state == "working" else gr.Textbox(**idle))

    def stop(turns: list[Turn]) -> tuple[Any, ...]:
        if turns and turns[-1].state == "working":
            turns = [*turns[:-1], replace(turns[-1], state="stopped")]
        return show(turns, gr.Textbox(**idle))

    def clear() -> tuple[Any, ...]:
        return show([], gr.Textbox(value="", **idle))

    def pick(event: gr.SelectData) -> str:
        return str(event.value["text"])

    page = gr.Blocks(title=title, analytics_enabled=False, fill_width=True)
    with page:
        state = gr.State([])
        gr.HTML(f"<h1>{_escape(title)}</h1><p>回答只取自文献，每句话都标明出处。</p>", elem_id="dgqa-head")
        with gr.Row(elem_id="dgqa-main"):
            with gr.Column(scale=5, min_width=320, elem_id="dgqa-talk"):
                chat = gr.Chatbot(
                    **bare,
                    label="对话",
                    elem_id="dgqa-chat",
                    height="100%",
                    buttons=[],
                    latex_delimiters=[],
                    allow_tags=False,
                    sanitize_html=True,
                    placeholder="**想了解什么？**\n\n可用简体、繁體或 English 提问。",
                    examples=[{"text": text} for text in examples],
                )
                box = gr.Textbox(
                    **bare,
                    **idle,
                    label="问题",
                    elem_id="dgqa-question",
                    placeholder="输入问题（Shift+Enter 换行）",
                    max_lines=6,
                    max_length=2000,
                    autofocus=True,
                )
            with gr.Column(scale=4, min_width=320, elem_id="dgqa-side"):
                sources = gr.HTML(_sources([]), js_on_load=None, elem_id="dgqa-sources")
                earlier = gr.HTML(js_on_load=None, elem_id="dgqa-earlier")
        outputs = [state, chat, sources, earlier, box]
        quiet: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}
        typed = box.submit(respond, [box, state], **quiet, **one)
        picked = chat.example_select(pick, None, box, show_progress="hidden", api_visibility="private").then(
            respond, [box, state], **quiet, **one
        )
        # First cancel, then show: an answer that is still growing would overwrite what is shown.
        for trigger, fn, inputs in ((box.stop, stop, state), (chat.clear, clear, None)):
            cancelled = trigger(None, cancels=[typed, picked], queue=False, api_visibility="private")
            cancelled.then(fn, inputs, **quiet, queue=False)
        add_endpoints(assistant, lock=lock)
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
    examples: Sequence[str] = (),
    title: str = TITLE,
    block: bool = True,
) -> gr.Blocks:
    """Build the page and serve it at exactly ``host:port``; with ``block``, until the process is interrupted.

    ``user``, ``password``, ``public``, ``rate`` and ``mcp`` are those of ``dgqa.serving.Address``.

    Raises:
        ConfigError: the address cannot be listened on, for example because the port is in use, or others can reach it
            and there is no password.
    """
    address = Address(host, port, user, password, public, rate, mcp)
    address.check()
    page = build_ui(assistant, examples=examples, title=title)
    launch(page, address, block=block, footer_links=["api", "settings"], theme=_theme(), css=_asset("ui.css"), js=_asset("ui.js"))
    return page


async def _progress(turn: Turn, assistant: Asker, history: Sequence[tuple[str, str]], lock: Lock) -> AsyncIterator[Turn]:
    """Yield the turn as its answer grows; the last one is done or failed.

    Each step runs in a thread that a stop leaves behind at once, however long the step still takes.
    """
    began = time.perf_counter()

    def grow() -> Iterator[Answer]:
        yield from assistant.stream(turn.question, history=history)

    def step() -> Answer | None:
        with lock:
            return next(answers, None)

    answers = grow()
    try:
        while (answer := await asyncio.to_thread(step)) is not None:
            turn = replace(turn, answer=answer, seconds=time.perf_counter() - began)
            yield turn
        turn = replace(turn, state="done")
    except DgqaError as error:
        logger.warning("a question failed: %s: %s", type(error).__name__, error)
        turn = replace(turn, state="failed", error=public_message(error))
    except Exception:  # the border to the browser: whatever it was, the page must say so and stay usable
        logger.exception("a question failed unexpectedly")
        turn = replace(turn, state="failed", error=_say("unexpected", turn.question))
    yield replace(turn, seconds=time.perf_counter() - began)


def _say(key: str, question: str, *values: object) -> str:
    """Return a wording in the script of the question."""
    return _WORDS[key][_SCRIPTS.get(detect_script(question), (0, ""))[0]].format(*values)


def _escape(text: str) -> str:
    return html.escape(text).translate(_LINE_BREAKS)


def _lang(text: str) -> str:
    script = detect_script(text)
    return f' lang="{_SCRIPTS[script][1]}"' if script else ""


def _text(text: str, inner: str = "") -> str:
    """Return a block of text, or of its HTML ``inner``, with a small gap for blank lines; "" for no text."""
    inner = _BLANK_LINES.sub('<span class="dgqa-gap"></span>', inner or _escape(text))
    return f'<div class="dgqa-text"{_lang(text)}>{inner}</div>' if text else ""


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return the conversation in Gradio's messages format, its texts escaped."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": _text(turn.question)})
        messages.append({"role": "assistant", "content": _reply(turn)})
    return messages


def _reply(turn: Turn) -> str:
    answer, asked = turn.answer, turn.question
    status = answer.status if answer and turn.state == "done" else turn.state
    body = _text(turn.error)
    if answer:
        reason = "" if answer.reason in answer.text else answer.reason
        body = _text(answer.text, _linked(answer, turn.number)) + _text(reason) + body
    taken = _say("seconds", asked, turn.seconds) if turn.state in ("done", "failed") else ""
    badge = f'<span class="dgqa-badge is-{status}">{_say(status, asked)}</span>'
    foot = f'<div class="dgqa-foot"{_lang(asked)}>{badge}<span>{taken}</span></div>'
    return f'<div class="dgqa-reply">{body}{foot}</div>'


def _linked(answer: Answer, turn: int) -> str:
    """Return the answer's text escaped, its markers as links to their cards.

    A bracketed number that a sentence quotes from an article is no marker: inside a sentence only its own
    citations are linked, between sentences those of the answer.
    """
    known = {citation.number for citation in answer.citations}

    def link(text: str, numbers: set[int]) -> str:
        def anchor(match: re.Match[str]) -> str:
            if int(match[1]) not in numbers:
                return match[0]
            label = _say("source", answer.question, match[1])
            return f'<a class="dgqa-ref" href="#t{turn}-s{match[1]}" title="{label}">{match[0]}</a>'

        return _MARKER.sub(anchor, _escape(text))

    sentences = answer.sentences
    return "".join(
        link(piece, known & set(sentences[part].citations) if part >= 0 else known)
        for piece, part in _pieces(answer.text, [sentence.text for sentence in sentences])
    )


def _pieces(text: str, parts: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Cut a text at its parts, in order: pieces with the index of their part, -1 between parts."""
    at = 0
    for index, part in enumerate(parts):
        begin = text.find(part, at) if part else -1
        if begin < 0:
            continue
        if begin > at:
            yield text[at:begin], -1
        yield part, index
        at = begin + len(part)
    if at < len(text):
        yield text[at:], -1


def _sources(turns: Sequence[Turn]) -> str:
    """Return the panel for the last turn: its citations, or the nearest passages of a refusal."""
    if not turns:
        return '<p class="dgqa-empty">每句回答所依据的原文会显示在这里。</p>'
    cards, asked = _cards(turns[-1]), turns[-1].question
    refused = turns[-1].answer is not None and turns[-1].answer.status == "refused"
    heading = _say("nearest" if refused else "sources", asked)
    note = f"<p>{_say('note', asked)}</p>" if refused else ""
    return f"<section{_lang(asked)}><h2>{heading}</h2>{note}{cards}</section>" if cards else ""


def _earlier(turns: Sequence[Turn]) -> str:
    """Return the cards of the turns before the last, folded, so that their markers still lead somewhere."""
    folded = "".join(
        f"<details><summary{_lang(turn.question)}>{_escape(turn.question)}</summary>{cards}</details>"
        for turn in reversed(turns)
        if (cards := _cards(turn))
    )
    return f"<section><h2>此前问题的来源</h2>{folded}</section>" if folded else ""


def _cards(turn: Turn) -> str:
    answer, asked = turn.answer, turn.question
    if answer is None:
        return ""
    if answer.status == "refused":
        tag = f'<span class="dgqa-badge is-refused">{_say("unanswering", asked)}</span>'
        near = [hit.passage for hit in answer.hits[:_NEAREST]]
        return "".join(_card(turn, passage, "", tag, _escape(passage.text)) for passage in near)
    cards = []
    for citation in answer.citations:
        number = citation.number
        tag = f'<span class="dgqa-number" title="{_say("source", asked, number)}">{number}</span>'
        cards.append(_card(turn, citation, f"t{turn.number}-s{number}", tag, _cited(citation, answer.hits)))
    return "".join(cards)


def _card(turn: Turn, source: Citation | Passage, ident: str, tag: str, passage: str) -> str:
    """Return a card; ``passage`` is HTML already, the other texts come from ``source``."""
    about = " · ".join(_escape(text) for text in (source.author, source.date, source.section) if text)
    text = source.quote if isinstance(source, Citation) else source.text
    place = f'id="{ident}" tabindex="-1" class="dgqa-card"' if ident else 'class="dgqa-card is-nearest"'
    title = f"<h3{_lang(source.title)}>{_escape(source.title or source.path)}</h3>"
    span = _say("span", turn.question, source.start, source.end)
    return (
        f'<article {place}><header>{tag}{title}</header><p class="dgqa-about">{about}</p>'
        f'<div class="dgqa-passage"{_lang(text)}>{passage}</div><p class="dgqa-span">{span}</p></article>'
    )


def _cited(citation: Citation, hits: Sequence[Hit]) -> str:
    """Return the passage that holds a citation, the cited sentences marked; without one, the quote itself."""
    for passage in (hit.passage for hit in hits):
        if passage.doc_id == citation.doc_id and passage.start <= citation.start < passage.end:
            cited = [_overlaps(sentence, citation) for sentence in passage.sentences]
            pieces = list(_pieces(passage.text, [sentence.text for sentence in passage.sentences]))
            if any(part >= 0 and cited[part] for _, part in pieces):
                return "".join(f"<mark>{_escape(piece)}</mark>" if part >= 0 and cited[part] else _escape(piece) for piece, part in pieces)
    return f"<mark>{_escape(citation.quote)}</mark>"


def _overlaps(sentence: Sentence, citation: Citation) -> bool:
    spans = sentence.spans or ((sentence.start, sentence.end),)
    return any(start < citation.end and citation.start < end for start, end in spans)


def _asset(name: str) -> str:
    return resources.files("dgqa").joinpath(name).read_text(encoding="utf-8")


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
    )
