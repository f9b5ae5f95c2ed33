"""Write a conversation as one Markdown text with numbered sources, or as one JSON document."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, get_args

from dgqa.answer.parts import cautioned, cells_of, emphasised, is_row, pieces, unsaid
from dgqa.answer.shapes import Block, shapes, within
from dgqa.messages import Language, page_name
from dgqa.types import Status
from dgqa.web.page.marks import read_as
from dgqa.web.page.words import say
from dgqa.web.references import reference

Turn = Mapping[str, Any]
NONE: Mapping[str, Mapping[str, Any]] = {}

_NEAREST = 3
_MARKER = re.compile(r"\[(\d+)\]")
# What is in bold: a line of a short answer without the blanks around it.
_WORDS = re.compile(r"[^\s](?:[^\n]*[^\s])?")
_STRONG = re.compile("([^\n\ufdd4\ufdd5]?)\ufdd4([^\ufdd5]+)\ufdd5([^\n\ufdd4\ufdd5]?)")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Stand for what is put in before the escaping; Unicode has set them aside for such a use, so no text holds them.
_RESERVED = dict.fromkeys(range(0xFDD0, 0xFDDB), "\ufffd")
_INNER = {code: _RESERVED[code] for code in range(0xFDD0, 0xFDD6)}
ITEM, CELL, RULE, BEGIN, END = "\ufdd6", "\ufdd7", "\ufdd8", "\ufdd9", "\ufdda"
_STRONG_WORDS = re.compile(r"\*\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*\*")
_STRUCTURE = {ITEM: "- ", CELL: "|", RULE: "---"}
# Characters that mean something to Markdown or its common extensions wherever they stand.
_ANYWHERE = re.compile(r"[\\`*_\[\]{}!|~$^@]")
# … at the start of a line only: headings, lists, rules, underlines of headings, numbered items.
_LINE_START = re.compile(r"^([#+=-]|\d{1,9}(?=[.)]))")
# … and where many programs make links of bare addresses.
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):|(?<=javascript):", re.IGNORECASE)


def conversation_json(turns: Sequence[Turn]) -> str:
    """Return a conversation as one JSON document: ``turns`` with question and answer as in `dgqa ask --json`."""
    kept = [{"question": turn["question"], "answer": turn.get("answer")} for turn in turns]
    return json.dumps({"format": "dgqa conversation", "version": 1, "turns": kept}, ensure_ascii=False, indent=1)


class Sources:
    """What a conversation cites, numbered through the whole of it: ``cited`` are the citations in the order of their numbers."""

    def __init__(self) -> None:
        self.cited: list[Mapping[str, Any]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def numbers(self, answer: Mapping[str, Any]) -> dict[int, int]:
        """Return the numbers that the citations of an answer have here, by their own; a span that is cited twice has one."""
        found = {}
        for citation in answer.get("citations") or ():
            key = (citation["doc_id"], citation["start"], citation["end"])
            if key not in self._numbers:
                self.cited.append(citation)
                self._numbers[key] = len(self.cited)
            found[int(citation["number"])] = self._numbers[key]
        return found

    def references(self, documents: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Return an entry for each article that is cited, in the order in which they are, see `reference`."""
        first = {str(citation["doc_id"]): citation for citation in reversed(self.cited)}
        # The number of a citation is not the official one of its article.
        return [reference({**first[doc_id], "number": "", **documents.get(doc_id, {})}) for doc_id in dict.fromkeys(str(citation["doc_id"]) for citation in self.cited)]


def conversation_markdown(turns: Sequence[Turn], documents: Mapping[str, Mapping[str, Any]] = NONE, *, language: Language = "Hans") -> str:
    """Return a conversation as Markdown: questions as headings, answers, and at the end the sources.

    The sources are numbered through the whole conversation, and the markers of the answers with them: a span that is
    cited twice has one number. Every text is escaped, so that what stands in an article, a question or an answer is
    shown as it is and never read as markup.

    Args:
        turns: For each turn the ``question``, and as ``answer`` what ``Answer.to_dict()`` gives or None.
        documents: What is known of the articles by their ids, for the list of references; see `reference`.
        language: Of the headings and labels.
    """
    sources = Sources()
    parts = [f"# {say('export_title', language)}"]
    for count, turn in enumerate(turns, 1):
        parts.append(f"## {count}\\. {_line(turn['question']) or say('export_empty', language)}")
        answer = turn.get("answer")
        if not answer:
            parts.append(f"*{say('export_empty', language)}*")
            continue
        renumbered = sources.numbers(answer)
        status = str(answer.get("status", ""))
        reason = str(answer.get("reason") or "")
        caution, text = cautioned(str(answer.get("text") or ""), status, reason)
        label = "unsure" if status == "partial" and answer.get("confidence") is not None else status
        parts.append(f"**{say(label, language)}**" if status in get_args(Status) else "")
        parts.append(f"*{_line(caution)}*" if _line(caution) else "")
        parts.append(_answer(answer, text, renumbered))
        parts.append(_block(unsaid(str(answer.get("text") or ""), reason).translate(_RESERVED)))
        near = [hit["passage"] for hit in (answer.get("hits") or ())[:_NEAREST]] if status == "refused" else []
        if near:
            listing = "\n".join(f"- {_about(passage, say('export_span', language, passage['start'], passage['end']), language)}" for passage in near)
            parts.append(f"{say('export_nearest', language)}\n\n{listing}")
    if sources.cited:
        parts.append(f"## {say('sources', language)}")
        for number, citation in enumerate(sources.cited, 1):
            parts.append(f"**\\[{number}\\]** {_about(citation, say('export_span', language, citation['start'], citation['end']), language)}")
            parts.append("\n".join(f"> {line}" for line in _block(quoted(citation).translate(_RESERVED)).split("\n")))
        parts.append(f"## {say('export_references', language)}")
        parts.append("\n".join(f"- {_line(entry)}" for entry in sources.references(documents)))
    return "\n\n".join(part for part in parts if part) + "\n"


def shown_pieces(answer: Mapping[str, Any], text: str) -> Iterator[tuple[str, int, bool]]:
    """Cut a text of an answer (as ``Answer.to_dict()`` gives it) at its markers and short answers: pieces with their number, or 0, and whether each is in a short answer.

    A bracketed number that a sentence quotes from an article is no marker: inside a sentence only its own citations
    are, between sentences those of the answer.
    """
    known = {int(citation["number"]) for citation in answer.get("citations") or ()}
    sentences = list(answer.get("sentences") or ())
    for stretch, at in pieces(text, [sentence["text"] for sentence in sentences]):
        numbers = known & {int(number) for number in sentences[at]["citations"]} if at >= 0 else known
        for said, strong in emphasised(stretch, sentences[at].get("phrase") if at >= 0 else None):
            done = 0
            for match in _MARKER.finditer(said):
                if int(match[1]) in numbers:
                    if match.start() > done:
                        yield said[done : match.start()], 0, strong
                    yield match[0], int(match[1]), strong
                    done = match.end()
            if done < len(said):
                yield said[done:], 0, strong


def shaped(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer whose lists and tables carry what Markdown draws them by, as reserved characters."""
    if (answer.get("trace") or {}).get("mode") == "composed":
        return _as_written(answer)
    text, sentences = str(answer.get("text") or ""), []
    for sentence in answer.get("sentences") or ():
        said, blocks = str(sentence["text"]).translate(_RESERVED), shapes(str(sentence["text"]))
        if any(block.kind == "table" or (block.kind == "list" and not block.numbered) for block in blocks):
            drawn, phrase = _drawn(said, blocks, sentence.get("phrase"))
            text = text.replace(str(sentence["text"]), drawn, 1)
            sentence = {**sentence, "text": drawn, "phrase": phrase}
        sentences.append(sentence)
    return {**answer, "text": text, "sentences": sentences}


def _as_written(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a language model wrote with its bold words, items and rows of tables as reserved characters."""
    text, sentences, at = str(answer.get("text") or ""), [], 0
    rows_to = -1  # where the last row ends
    for sentence in answer.get("sentences") or ():
        lead, said = str(sentence.get("lead") or ""), str(sentence["text"])
        begin = text.find(lead + said, at)
        if begin < 0:
            sentences.append(sentence)
            continue
        end = begin + len(lead + said)
        drawn = _STRONG_WORDS.sub(f"{BEGIN}\\1{END}", said.translate(_RESERVED))
        before = lead
        if is_row(said):
            end = len(text) if (stop := text.find("\n", end)) < 0 else stop
            drawn = CELL + CELL.join(cells_of(drawn))
            tail = text[begin + len(lead + said) : end] + CELL
            before = _head(lead)
            begin = rows_to + 1 if rows_to >= 0 and not lead and not text[rows_to:begin].strip() else begin
        else:
            tail = ""
            before = ITEM if lead == "- " else lead
        made = before + drawn + tail
        text = text[:begin] + made + text[end:]
        at = begin + len(made)
        rows_to = at if tail else -1
        sentences.append({**sentence, "text": drawn})
    return {**answer, "text": text, "sentences": sentences}


def _head(lead: str) -> str:
    """Return the names of columns that stand before the first row of a table, and the line below them."""
    if not lead.strip():
        return ""
    names = cells_of(lead.partition("\n")[0].replace("**", "").translate(_RESERVED))
    return f"{CELL}{CELL.join(names)}{CELL}\n{CELL}{(RULE + CELL) * len(names)}\n"


def _drawn(said: str, blocks: Sequence[Block], phrase: Sequence[int] | None) -> tuple[str, list[int] | None]:
    """Return an excerpt drawn anew, and where the first part of its short answer stands in it."""
    made = ""
    moved: list[int] | None = None
    for block in blocks:
        if block.kind == "table":
            made += f"\n{CELL}{CELL.join(block.header)}{CELL}\n{CELL}{(RULE + CELL) * len(block.header)}"
        for row in block.spans:
            made += "\n"
            for start, end in row:
                made += CELL if block.kind == "table" else ITEM if block.kind == "list" and not block.numbered else ""
                part = within((phrase[0], phrase[1]), (start, end)) if phrase else None
                moved = moved or (part and [len(made) + at for at in part])
                made += said[start:end]
            made += CELL if block.kind == "table" else ""
    # What follows a table stands below it.
    return made[1:] + ("\n" if made[-1:] == CELL else ""), [at - 1 for at in moved] if moved else None


def _answer(answer: Mapping[str, Any], text: str, renumbered: Mapping[int, int]) -> str:
    # Markers and bold are put in as reserved characters, so that the text around them is escaped line by line and whole.
    made = ""
    answer = shaped({**answer, "text": text})
    text = str(answer["text"])
    for strong, group in groupby(shown_pieces(answer, text), key=itemgetter(2)):
        shown = "".join(f"\ufdd0{renumbered[number]}\ufdd1" if number in renumbered else piece.translate(_INNER) for piece, number, _ in group)
        made += _WORDS.sub("\ufdd4\\g<0>\ufdd5", shown) if strong else shown
    made = made.replace(BEGIN, "\ufdd4").replace(END, "\ufdd5")
    shown = _STRONG.sub(_bold, _block(made).replace("\ufdd0", "\\[").replace("\ufdd1", "\\]"))
    return "".join(_STRUCTURE.get(char, char) for char in _apart(shown))


def _apart(text: str) -> str:
    """Part lists and tables from what stands around them; their lines need no mark for a line break."""
    lines = text.split("\n")
    kinds = [line[:1] if line[:1] in (ITEM, CELL) else "" for line in lines]
    made = lines[:1]
    for at in range(1, len(lines)):
        if kinds[at - 1] or kinds[at]:
            made[-1] = made[-1].removesuffix("\\")
            if kinds[at - 1] != kinds[at] and lines[at - 1] and lines[at]:
                made.append("")
        made.append(lines[at])
    return "\n".join(made)


def _bold(match: re.Match[str]) -> str:
    """Return a stretch in bold; where punctuation at its edge meets a letter, which Markdown would not take, the letter is written by its number."""
    before, inner, after = match.groups()
    return f"{_beside(before, inner[0])}**{inner}**{_beside(after, inner[-1])}"


def _beside(char: str, edge: str) -> str:
    meets = char.isalnum() and unicodedata.category(edge)[0] in "PS"
    return f"&#{ord(char)};" if meets else char


def quoted(citation: Mapping[str, Any]) -> str:
    """Return what a citation quotes as it is read, without the markup of its file."""
    return read_as(str(citation["quote"]), str(citation.get("path") or ""))


def place(citation: Mapping[str, Any], language: Language) -> str:
    """Return title, author, date, section, file, page and characters of a citation as one line of plain text."""
    rest = [*(citation.get(key) for key in ("author", "date", "section", "path")), page_name(str(citation.get("page") or ""), language)]
    title = citation.get("title") or citation.get("path") or "—"
    return " · ".join(str(text) for text in (title, *rest, say("export_span", language, citation["start"], citation["end"])) if text)


def _about(source: Mapping[str, Any], span: str, language: Language) -> str:
    """Return title, author, date, section, file, page and characters of a citation or passage, as one line."""
    rest = [*(source.get(key) for key in ("author", "date", "section", "path")), page_name(str(source.get("page") or ""), language)]
    about = " · ".join([_line(str(text)) for text in rest if text] + [span])
    return f"**{_line(str(source.get('title') or source.get('path') or '')) or '—'}** · {about}"


def _line(text: str) -> str:
    """Return a text on one line, escaped."""
    return _escape(" ".join(_CONTROLS.sub(" ", text).translate(_RESERVED).split()))


def _block(text: str) -> str:
    """Return a text of several lines, escaped, its line breaks and the indents of its lines kept."""
    lines = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").split("\n")
    shown = []
    for line in lines:
        body = line.lstrip(" \t")
        indent = "&nbsp;" * len(line[: len(line) - len(body)].replace("\t", "    "))
        shown.append(indent + _escape(body.rstrip(" \t")) if body else "")
    # A backslash at the end of a line is a line break within a paragraph.
    return "\n".join(
        f"{line}\\" if line and at + 1 < len(shown) and shown[at + 1] else line for at, line in enumerate(shown)
    )


def _escape(line: str) -> str:
    """Return one line that Markdown shows as it is."""
    line = _ADDRESS.sub(lambda match: f"\ufdd2{match[0]}", line)
    line = _ANYWHERE.sub(lambda match: f"\\{match[0]}", line)
    line = _LINE_START.sub(lambda match: match[1] + "\ufdd3" if match[1].isdigit() else f"\\{match[1]}", line)
    line = "".join(_ENTITIES.get(char, char) for char in line)
    return line.replace("\ufdd3", "\\").replace("\ufdd2", "\\")
