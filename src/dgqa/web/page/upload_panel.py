"""Build the part of the page where people add articles, see what was found in them and follow the indexing."""

from __future__ import annotations

import html
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from dgqa.corpus.files import MAX_BYTES, SUFFIXES
from dgqa.corpus.office.libreoffice import readable
from dgqa.errors import DgqaError
from dgqa.index.assembly import STAGES, Overall
from dgqa.messages import Language
from dgqa.web.page.errors import explained, worded
from dgqa.web.page.words import TAGS, as_language, escape, kind_name, say
from dgqa.web.uploads import Added, Uploader, UploadReport

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UploadPanel:
    """The parts of the panel that carry words; ``relabel`` says them in another language, in the same order."""

    parts: tuple[Any, ...]
    relabel: Callable[[Language], list[Any]]


def upload_panel(uploaders: Mapping[str, Uploader], *, language: gr.State, corpus: gr.State) -> UploadPanel:
    """Add the panel to the page that is being built.

    Args:
        uploaders: What takes the files in, by the name of the corpus that they are for; at least one.
        language: Whose value is the language of the page.
        corpus: Whose value is the name of the corpus that is shown.
    """
    uploader = next(iter(uploaders.values()))
    with gr.Column(elem_id="dgqa-upload"):
        files = gr.File(
            label=_say("files", "Hans"), file_count="multiple", type="filepath", elem_id="dgqa-upload-files", height=160
        )
        with gr.Row():
            folder = gr.Textbox(label=_say("folder", "Hans"), max_length=60, max_lines=1, elem_id="dgqa-upload-folder")
            replaces = gr.Checkbox(label=_say("replace", "Hans"), value=False, elem_id="dgqa-upload-replace")
        limits = gr.HTML(_limits(uploader, "Hans"), js_on_load=None, elem_id="dgqa-upload-limits")
        button = gr.Button(_say("add", "Hans"), variant="primary", elem_id="dgqa-upload-add")
        report = gr.HTML(js_on_load=None, elem_id="dgqa-upload-report")

    def add(sent: list[str] | None, into: str | None, over: bool, chosen: object, name: str) -> Iterator[tuple[Any, ...]]:
        words = as_language(chosen)
        if name not in uploaders:
            yield gr.skip(), _note("fixed", words), gr.skip()
            return
        if not sent:
            yield gr.skip(), _note("none", words), gr.skip()
            return
        yield gr.skip(), _bar("read", 0.0, words), gr.Button(interactive=False)
        for shown in _adding(uploaders[name], sent, words, folder=str(into or ""), replace=bool(over)):
            yield gr.skip(), shown, gr.skip()
        yield gr.File(value=None), gr.skip(), gr.Button(interactive=True)

    button.click(
        add,
        [files, folder, replaces, language, corpus],
        [files, report, button],
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=1,
    )

    def relabel(chosen: Language) -> list[Any]:
        return [gr.File(label=_say("files", chosen)), gr.Textbox(label=_say("folder", chosen)), gr.Checkbox(label=_say("replace", chosen)), _limits(uploader, chosen), gr.Button(_say("add", chosen))]

    return UploadPanel((files, folder, replaces, limits, button), relabel)


def _adding(uploader: Uploader, sent: Sequence[str], language: Language, *, folder: str = "", replace: bool = False) -> Iterator[str]:
    """Take the files in on a thread of its own and yield what to show meanwhile and at the end; removes the copies that were sent."""
    news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    outcome: list[UploadReport | BaseException] = []
    overall = Overall()

    def tell(stage: str, done: int, whole: int) -> None:
        reached = overall(stage, done, whole)
        if stage in STAGES:
            news.put(_bar(stage, reached, language))

    def work() -> None:
        try:
            done = uploader.add(
                [(Path(path).name, path) for path in sent],
                folder=folder,
                replace=replace,
                progress=tell,
            )
            outcome.append(done)
        except BaseException as error:  # handed to the page below, whatever it is
            outcome.append(error)
        finally:
            for path in sent:
                Path(path).unlink(missing_ok=True)
            news.put(None)

    # Not stopped with the page: a build that has begun ends well even where its watcher leaves.
    threading.Thread(target=work, name="upload", daemon=True).start()
    last = ""
    while (shown := news.get()) is not None:
        if shown != last:
            yield (last := shown)
    result = outcome[0]
    if isinstance(result, UploadReport):
        yield _report(result, language)
    elif isinstance(result, DgqaError):
        logger.warning("an upload failed: %s: %s", type(result).__name__, result)
        yield f"<p{_lang(language)}><strong>{say('failed', language)}</strong> {escape(explained(result, language))}</p>"
    else:
        logger.error("an upload failed unexpectedly", exc_info=result)
        yield f"<p{_lang(language)}><strong>{say('failed', language)}</strong> {_say('unexpected', language)}</p>"


def _bar(stage: str, reached: float, language: Language) -> str:
    percent = round(100 * reached)
    return f'<p role="status"{_lang(language)}><label>{_say(stage, language)} <progress max="100" value="{percent}"></progress></label> {percent}%</p>'


def _report(report: UploadReport, language: Language) -> str:
    rows = "".join(_file(file, language) for file in report.files)
    index = report.index
    end = _say("done", language, index.documents, index.sentences) if index else _say("nothing", language)
    return f'<section{_lang(language)}><ul class="dgqa-upload-files">{rows}</ul><p role="status">{end}</p></section>'


def _file(file: Added, language: Language) -> str:
    name = html.escape(file.name)
    if not file.path:
        return f"<li><strong>{_say('left', language)}</strong> {name}: {html.escape(worded(file.kind, file.what, language) or file.reason)}</li>"
    about = file.audit
    title = html.escape(" · ".join(part for part in (about["title"], about["author"], about["date"]) if part))
    facts = _say("facts", language, f"{about['characters']:,}", f"{about['sentences']:,}", sum(about["defects"].values()))
    rows = "".join(
        f"<li>{html.escape(kind_name(one['kind'], language))} @ {one['start']}: <code>{html.escape(one['raw'])}</code> → "
        f"{html.escape(one['repaired']) if one['repaired'] is not None else _say('marked', language)}</li>"
        for one in about["listing"]
    )
    details = f"<details><summary>{_say('defects', language)}</summary><ul>{rows}</ul></details>" if rows else ""
    return f"<li><strong>{_say('taken', language)}</strong> {name}: {title}<br>{facts}{details}</li>"


def _limits(uploader: Uploader, language: Language) -> str:
    text = _say("limits", language, " ".join(readable(SUFFIXES)), uploader.limits.files, MAX_BYTES // 1_000_000)
    return f"<p{_lang(language)}>{text}</p>"


def _note(key: str, language: Language) -> str:
    return f'<p role="status"{_lang(language)}>{_say(key, language)}</p>'


def _say(key: str, language: Language, *values: object) -> str:
    return say(f"upload_{key}", language, *values)


def _lang(language: Language) -> str:
    return f' lang="{TAGS[language]}"'
