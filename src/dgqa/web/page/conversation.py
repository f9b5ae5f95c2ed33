"""Answer what a browser sends when a reader asks, stops, returns, rates or exports, with what the page shows then."""

from __future__ import annotations

import json
import logging
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from dgqa.errors import DgqaError
from dgqa.index.build import IndexReport
from dgqa.index.reader import LOOK_AGAIN
from dgqa.language.text import Script, to_script
from dgqa.messages import Language
from dgqa.search.limits import MAX_QUESTION
from dgqa.web.corpora import Corpus
from dgqa.web.export import conversation_json, conversation_markdown
from dgqa.web.feedback import save_feedback
from dgqa.web.page.errors import errors_for_clients, explained
from dgqa.web.page.layout import folders, options, whole
from dgqa.web.page.reader import PAGE, Library, Shelf
from dgqa.web.page.rendering import messages
from dgqa.web.page.turns import Asker, Turn, history, progress, record, turns_from
from dgqa.web.page.words import as_language, say
from dgqa.web.placing import shown_folder
from dgqa.web.suggesting import Suggestions, topic_of
from dgqa.web.uploads import Uploader
from dgqa.web.word_export import conversation_word

logger = logging.getLogger(__name__)

MAX_LISTED = 2_000  # documents in one list
MAX_TALK = 40  # characters of the name that a browser gives a conversation


class Place:
    """A corpus with what the page shows of it: its articles, and questions that these answer."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.shelf = Shelf(self._library, corpus.name)
        self.suggestions = Suggestions(corpus.assistant, self.shelf.documents)

    def _library(self) -> Library | None:
        found: Library | None = getattr(getattr(self.corpus.assistant, "retriever", None), "index", None)
        return found

    def topic(self) -> str:
        """Return what the articles are about by their titles, "" where these share nothing."""
        return topic_of([str(document["title"]) for document in self.shelf.documents()[:MAX_LISTED]])


class Conversation:
    """The handlers of the page's events; what is said belongs to the browser, so one serves all readers.

    Args:
        corpora: What is served, the first of them where a browser names none.
        feedback: The file that ratings are written to; "" where answers can't be rated.
    """

    def __init__(self, corpora: Sequence[Corpus], feedback: str = "") -> None:
        self._feedback = feedback
        self._places = {corpus.name: Place(corpus) for corpus in corpora}
        self.first = next(iter(self._places.values()))

    def place(self, name: object) -> Place:
        """Return the corpus of a name, the first for any other."""
        return self._places.get(name, self.first) if isinstance(name, str) else self.first

    def topics(self) -> dict[str, str]:
        """Return what each corpus is about, by its name."""
        return {name: place.topic() for name, place in self._places.items()}

    def _show(self, turns: Sequence[Turn], language: Language) -> list[dict[str, str]]:
        return messages(turns, language, feedback=bool(self._feedback))

    async def respond(
        self, sent: str, typed: str, turns: list[Turn], language: Language, mode: str, *chosen: Any
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Answer a question; yield turns, messages, the box and what the browser is to keep, as the answer grows."""
        data = mapping(sent)
        language = as_language(data.get("language", language))
        place = self.place(data.get("corpus"))
        talk = str(data.get("talk") or "")[:MAX_TALK]
        if "turns" in data:
            turns = turns_from(data["turns"], place.shelf.raw)
        elif len(turns) < whole(data.get("shown"), 0):
            # Another process than the one that the page has talked with: the browser is asked for the conversation, see `resume` in static/bridge.js.
            yield gr.skip(), gr.skip(), gr.skip(), json.dumps({"lost": time.time_ns(), "talk": talk})
            return
        at = whole(data.get("at"), 0)
        again = turns[at - 1].question if 0 < at <= len(turns) and not data.get("edited") else ""
        question = (again or str(data.get("question") or typed)).strip()[:MAX_QUESTION]
        before = turns[: at - 1] if 0 < at <= len(turns) else turns
        if not question:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        asked = Turn(len(before) + 1, question, corpus=place.corpus.name, talk=talk)
        cleared = gr.skip() if again or data.get("question") else ""
        yield [*before, asked], self._show([*before, asked], language), busy(language, cleared), gr.skip()
        async for turn in self._growing(asked, before, language, place.corpus.modes.get(mode, place.corpus.assistant), chosen):
            shown = self._show([*before, turn], language)
            if turn.state == "working":
                yield [*before, turn], shown, gr.skip(), gr.skip()
            else:
                yield [*before, turn], shown, idle(language), _kept(turn)

    def _growing(self, asked: Turn, before: Sequence[Turn], language: Language, asker: Asker, chosen: Sequence[Any]) -> AsyncIterator[Turn]:
        # A model takes its time: what it writes from is shown before.
        early = {"early": True} if getattr(asker, "label", "extractive") != "extractive" else {}
        try:
            return progress(asked, asker, history(before), language, options(language, *chosen) | early)
        except DgqaError as error:
            return _once(replace(asked, state="failed", error=explained(error, language)))

    def stop(self, turns: list[Turn], language: Language) -> tuple[Any, ...]:
        """Leave the last answer as far as it has grown."""
        if not turns or turns[-1].state != "working":
            return turns, self._show(turns, language), idle(language), gr.skip()
        stopped = replace(turns[-1], state="stopped", answer=turns[-1].answer or turns[-1].draft, draft=None)
        turns = [*turns[:-1], stopped]
        return turns, self._show(turns, language), idle(language), _kept(stopped)

    def arrive(self, sent: str, turns: list[Turn]) -> tuple[list[Turn], Language, list[dict[str, str]], Any, Any, Place]:
        """Take over what the browser keeps; return turns, language, messages, the box, the settings and the corpus."""
        data = mapping(sent)
        language = as_language(data.get("language"))
        place = self.place(data.get("corpus"))
        if "turns" in data:
            turns = turns_from(data["turns"], place.shelf.raw)
        return turns, language, self._show(turns, language), idle(language), data.get("settings"), place

    def rate(self, sent: str, turns: list[Turn]) -> str:
        """Write down a rating; return the number of the turn, "" where it can't be rated."""
        data = mapping(sent)
        at, rating = whole(data.get("at"), 0), data.get("rating")
        with errors_for_clients():
            if not self._feedback or rating not in ("up", "down") or not 0 < at <= len(turns) or turns[at - 1].answer is None:
                return ""
            turn = turns[at - 1]
            comment = str(data.get("comment", ""))[:MAX_QUESTION]
            save_feedback(self._feedback, rating=rating, comment=comment, question=turn.question, answer=turn.answer or {})
        return str(at)

    def markdown(self, turns: list[Turn], language: Language) -> str:
        """Return the conversation as Markdown, "" for none."""
        return conversation_markdown(_exported(turns), self._known(turns), language=language) if turns else ""

    def word(self, turns: list[Turn], language: Language) -> str:
        """Return the conversation as a Word file in Base64, "" for none."""
        return b64encode(conversation_word(_exported(turns), self._known(turns), language=language)).decode() if turns else ""

    def _known(self, turns: Sequence[Turn]) -> dict[str, dict[str, Any]]:
        return {str(document["doc_id"]): document for document in self.place(turns[0].corpus).shelf.documents()}

    def json(self, turns: list[Turn]) -> str:
        """Return the conversation as JSON, "" for none."""
        return conversation_json(_exported(turns)) if turns else ""

    def catalogue(self, sent: Any) -> str:
        """Return the list of the articles that a browser asks for."""
        data = mapping(sent)
        count = min(whole(data.get("count"), 0) or PAGE, MAX_LISTED)
        place = self.place(data.get("corpus"))
        uploader = place.corpus.uploader
        return place.shelf.catalogue(as_language(data.get("language")), str(data.get("query", "")), count, uploader.is_own if uploader else None)

    def remove(self, sent: Any) -> str:
        """Take an article that was added out of the corpus; return what became of it, in words."""
        data = mapping(sent)
        return self._changed(lambda uploader: uploader.remove(str(data.get("path", ""))), data)

    def move(self, sent: Any) -> str:
        """Put an article that was added into another folder; return what became of it, in words."""
        data = mapping(sent)
        return self._changed(lambda uploader: uploader.move(str(data.get("path", "")), str(data.get("folder", ""))), data)

    def refresh(self, sent: Any) -> str:
        """Bring the index up to date; return what became of it, in words."""
        return self._changed(lambda uploader: uploader.refresh(), mapping(sent))

    def _changed(self, change: Callable[[Uploader], IndexReport], data: Mapping[str, Any]) -> str:
        language, uploader = as_language(data.get("language")), self.place(data.get("corpus")).corpus.uploader
        if uploader is None:
            return say("upload_fixed", language)
        try:
            report = change(uploader)
        except DgqaError as error:
            logger.warning("the corpus could not be changed: %s: %s", type(error).__name__, error)
            return explained(error, language)
        time.sleep(LOOK_AGAIN)  # who has the index open, in this process or another, sees the new one by then
        return say("changed", language, report.documents, report.sentences)

    def article(self, sent: Any) -> dict[str, str]:
        """Return the part of an article that a browser asks for, with what stands above it."""
        data = mapping(sent)
        start, end = whole(data.get("start"), 0), whole(data.get("end"), 0)
        name, html = self.place(data.get("corpus")).shelf.article(str(data.get("doc", "")), start, end, as_language(data.get("language")), whole=data.get("whole") is True)
        return {"title": name, "html": html}

    def leaf(self, sent: Any) -> str:
        """Return the page of a PDF that a browser asks for: that of a span, or one by its number."""
        data = mapping(sent)
        start, end = whole(data.get("start"), 0), whole(data.get("end"), 0)
        return self.place(data.get("corpus")).shelf.leaf(str(data.get("doc", "")), start, end, whole(data.get("number"), 0), as_language(data.get("language")))

    def warm(self) -> None:
        """Begin to look for questions to begin with."""
        for place in self._places.values():
            place.suggestions.warm()

    def suggest(self, sent: Any) -> list[str]:
        """Return questions that the articles answer: on those that a browser talks of, or to begin with."""
        data = mapping(sent)
        given = {key: [item for item in value if isinstance(item, str)][:60] if isinstance(value := data.get(key), list) else [] for key in ("docs", "but")}
        language = as_language(data.get("language"))
        script: Script = "Hant" if language == "Hant" else "Hans" if language == "Hans" else ""
        asked = self.place(data.get("corpus")).suggestions.questions(given["docs"], given["but"], english=language == "Latn")
        return [to_script(question, script) for question in asked] if script else list(asked)

    def titles(self, sent: Any) -> list[str]:
        """Return the titles of the articles and the names of the folders that a browser sends; those that are gone are left out."""
        data = mapping(sent)
        wanted, documents = data.get("documents"), self.place(data.get("corpus")).shelf.documents()
        known = {document["doc_id"]: str(document["title"] or document["path"]) for document in documents}
        known |= {folder: shown_folder(folder) for folder in folders(documents)}
        return [known[doc_id] for doc_id in wanted if isinstance(doc_id, str) and doc_id in known] if isinstance(wanted, list) else []


def busy(language: Language, value: Any) -> Any:
    """Return the box while an answer grows; ``value`` is its text, or nothing that changes it."""
    given: dict[str, Any] = {"value": value} if isinstance(value, str) else {}
    return gr.update(submit_btn=False, stop_btn=say("stop", language), **given)


def idle(language: Language) -> Any:
    """Return the box while nothing grows."""
    return gr.update(submit_btn=say("send", language), stop_btn=False, label=say("question", language), placeholder=say("placeholder", language))


def mapping(sent: Any) -> dict[str, Any]:
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


def _kept(turn: Turn) -> str:
    return json.dumps({"talk": turn.talk, "number": turn.number, "record": record(turn)}, ensure_ascii=False)


async def _once(turn: Turn) -> AsyncIterator[Turn]:
    yield turn


def _exported(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    return [{"question": turn.question, "answer": turn.answer.to_dict() if turn.answer else None} for turn in turns]
