"""Read what a chat model writes, leniently: sentences with the evidence that they cite, whatever form it gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dgqa.answer.composed.citation_marks import MARK, MARKS, cited_in, fronted, normalized, unclosed, unlinked
from dgqa.answer.composed.json_drafts import JsonDraft, Missing, json_start, nothing_missing
from dgqa.answer.composed.lead_ins import is_courtesy, is_entry, lists_sources, without_leads
from dgqa.answer.composed.prompts import printable
from dgqa.answer.parts import cells_of
from dgqa.language.text import split_sentences
from dgqa.models.chat import keyless
from dgqa.models.thinking import FORGET, Forget

_LEADING = re.compile(rf"^\s*(?:(?:{MARK}|\ue000\d+\ue001)\s*)+", re.IGNORECASE)
_ONLY_MARKS = re.compile(rf"^(?:\s|{MARK}|[。.，,；;、])*$", re.IGNORECASE)
_HALF_A_MARK = re.compile(r"^\s*(?:[,，、;；/&~–-]|和|与|與|及|an?d?)?\s*[*`_]{0,2}(?:[<\\^#{$~:\ue200⁰¹²³⁴-⁹][^>$}\n]{0,40}|#{1,2}\d*\$?|(?<=[*`_])\[[\d,-]+\][*`_]?|[（(]\d{1,2}[)）]|[①-⑳]{1,4})?$")
_BULLET = re.compile(r"^\s*(?:([-*•·●])\s+|(\d{1,2})[.、)）]\s*(?=\D)|>\s+)")
# A list within a line: "are: 1. towels 2. soap".
_INLINE_ITEM = re.compile(r"(?P<before>[:：；;。\]]|(?<=\s))\s{0,3}(?P<number>\d{1,2})(?:、(?=\D)|[.)）]\s)")
_ITEM = re.compile(r"^\s*[-*•·●]\s+(?![\[【《“\"「])")
_AT_ITS_END = re.compile(rf"\w\W*{MARK}\W*$", re.IGNORECASE)
_HEADING = re.compile(r"^\s*(?:#{1,6}\s+.*|\*\*[^*\d]{1,40}\*\*[:：]?)\s*$")
_RULE = re.compile(r"^\s*(?:[-*_=]{3,}|`{3,}\w*)\s*$")
# A model may repeat the line that stands before a piece of evidence: "… › 热线, 2022-03) ".
_PLACE = re.compile(r"^[\[(（]?[^\])）]{0,200} › [^\[\](（)）]{0,120}[\])）]\s*")
# Of that line the end alone may be repeated: "… 的发展历程] ".
_TORN = re.compile(r"^[^\[\](（【〔)）】〕。！？!?|]{4,80}[\])）】〕]\s*(?=\w)")
_MARKUP = re.compile(r"`|</?[a-zA-Z][a-zA-Z0-9:-]{0,20}(?:[\s/][^>]{0,80})?>|(?<![\w_])__(?=\S)|(?<=\S)__(?![\w_])")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*\*")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_UNDER_HEADER = re.compile(r"^\s*\|(?:\s*:?-{2,}:?\s*\|)+\s*$")
_TAGGED = re.compile(r"<\s*(q|quote|missing)\s*>((?:(?!<\s*\1\s*>).)*?)<\s*/\s*\1\s*>", re.IGNORECASE | re.DOTALL)
_WORDS, _CHARACTERS = 2, 7  # of an answer in a word
_LONGEST_SENTENCE = 1_500  # characters after which text without a stop is taken as it is
_LONGEST_MARK = 240  # characters
_LONGEST_QUOTE = 1_000  # characters of text in which a quote is waited for that never ends
_TAG_OPEN = re.compile(r"<\s*(?:q|quote|missing)\s*>(?!.*<\s*/)", re.IGNORECASE | re.DOTALL)
_OPEN = re.compile(r"<[^<>\n]{0,20}$|<\s*(?:q|quote|missing|sup|cite|ref|source|citation|co|evidence|ids?|footnote|fn|note)\b[^<>]{0,40}>", re.IGNORECASE)  # what cannot be cut yet
_QUOTE = re.compile("\ue000(\\d+)\ue001")
_MISSING = re.compile(r"^\s*\W{0,3}(?:缺少|缺失|证据没有的|證據沒有的|missing)\W{0,3}[:：]\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as a model wrote it, cleaned.

    ``cited`` are the numbers that it carries, ``quote`` the words of the evidence that it gives for it, "" for none. ``lead`` is
    what stands before it: a list mark, the head of a table. ``text`` may hold ``**bold**`` words, or be the row of a table; ``claim``
    is what it says without either.
    """

    text: str
    cited: tuple[int, ...]
    quote: str = ""
    lead: str = ""
    said: str = ""

    @property
    def claim(self) -> str:
        """What is said, without Markdown."""
        return self.said or plain_text(self.text)


def plain_text(text: str) -> str:
    """Return text without marks for bold words."""
    return _BOLD.sub(r"\1", text)


def _inert(text: str) -> str:
    """Return text without markup, links and what is not printed."""
    text = printable(text)
    # What is left of one may make another.
    while (made := unlinked(_MARKUP.sub("", text))) != text:
        text = made
    return text.strip()


def written(stream: Iterator[str | Forget]) -> Iterator[Written | Missing | Forget]:
    """Cut what a model streams into sentences, each with the numbers it carries, as soon as it is complete.

    A number may stand before or behind the full stop, or, as small models have it, at the beginning of the line. Where the model
    writes JSON, its sentences are read from that. `Forget` says that all the sentences so far were thoughts.
    """
    for item in _joined(_drafted(stream)):
        if isinstance(item, Written):
            # A server may repeat the key that it was sent.
            yield replace(item, text=keyless(item.text), said=keyless(item.said), quote=keyless(item.quote), lead=keyless(item.lead))
        else:
            yield Missing(keyless(_inert(item.text))) if isinstance(item, Missing) else item


def _drafted(stream: Iterator[str | Forget]) -> Iterator[Written | Missing | Forget]:
    draft = _Draft()
    for piece in stream:
        if isinstance(piece, Forget):
            draft = _Draft()
            yield FORGET
        else:
            yield from draft.take(piece)
    yield from draft.end()


def _joined(items: Iterator[Written | Missing | Forget]) -> Iterator[Written | Missing | Forget]:
    """Give marks that stand alone to the sentence before, and put an answer in a word before the sentence that explains it: "No." states nothing by itself."""
    held: Written | None = None  # cites nothing so far
    for item in items:
        before, held = held, None
        if not isinstance(item, Written):
            yield from () if before is None or isinstance(item, Forget) else (before,)
            yield item
            continue
        if not item.text:
            yield from () if before is None else (replace(before, cited=item.cited, quote=before.quote or item.quote),)
            continue
        if before is not None and _in_a_word(before) and not item.lead:
            gap = " " if before.text[-1:].isascii() else ""
            item = replace(item, text=f"{before.text}{gap}{item.text}", said=f"{before.text}{gap}{item.said}" if item.said else "")
        elif before is not None:
            yield before
        if item.cited:
            yield item
        else:
            held = item
    yield from () if held is None else (held,)


def _in_a_word(item: Written) -> bool:
    text = item.claim
    short = len(text.split()) <= _WORDS if text.isascii() else sum(map(str.isalnum, text)) <= _CHARACTERS
    return short and not (item.cited or item.quote or item.lead or any(map(str.isdigit, text)))


class _Draft:
    def __init__(self) -> None:
        self._text = ""
        self._quotes: list[str] = []
        self._missing: list[str] = []
        self._json: JsonDraft | None = None
        self._header: str | None = None
        self._columns: list[str] = []
        self._begun = False  # something was said
        self._item = 0  # the last one of a list within a line
        self._sources = ""  # what follows is a list of sources: "all" of it, or what goes on as "these" do

    def take(self, piece: str) -> Iterator[Written | Missing]:
        if self._json is not None:
            yield from self._from_json(piece)
            return
        text = self._text + piece
        if (start := json_start(text)) is not None:
            self._json = JsonDraft()
            if cited_in(said := normalized(text[:start], last=True)):
                self._text, text = f"{said}\n", text[start:]
                yield from self._lines(last=True)
            yield from self._from_json(text)
            return
        # What stands far before was brought to one form already.
        settled = max(0, len(self._text) - _LONGEST_MARK)
        # What stands before a mark tells whether it is one.
        settled = next((at for at in range(settled, max(0, settled - _LONGEST_MARK), -1) if self._text[at].isalnum()), settled)
        self._text = self._itemized(self._untagged(self._text[:settled] + normalized(self._text[settled:] + piece)))
        if len(self._text) > _LONGEST_SENTENCE:
            self._text += "\n"
        if not piece.strip() and "\n" not in piece:
            return
        yield from self._lines(last=False)

    def end(self) -> Iterator[Written | Missing]:
        if self._json is not None:
            if not self._json.is_prose:
                for item in self._json.end():
                    yield from [item] if isinstance(item, Missing) else self._plain(item)
                return
            self._text = self._itemized(self._json.text)
        self._text = self._untagged(normalized(self._text, last=True), last=True) + "\n"
        yield from self._lines(last=True)
        yield from self._lone_row()
        yield from (Missing(text) for text in self._missing if not nothing_missing(text))

    def _from_json(self, text: str) -> Iterator[Written | Missing]:
        assert self._json is not None
        for item in self._json.take(text):
            yield from [item] if isinstance(item, Missing) else self._plain(item)

    def _plain(self, item: tuple[str, tuple[int, ...], str]) -> Iterator[Written | Missing]:
        """Read a text that stood in JSON as any other; its numbers and its quote are those of all its sentences."""
        text, numbers, quote = item
        for made in written(iter([text])):
            if isinstance(made, Written):
                yield replace(made, cited=tuple(dict.fromkeys((*made.cited, *numbers))), quote=made.quote or quote)
            elif isinstance(made, Missing):
                yield made

    def _untagged(self, text: str, *, last: bool = False) -> str:
        """Set quotes and what is missing apart, so that nothing inside them is cut."""

        def aside(match: re.Match[str]) -> str:
            if match[1].lower() == "missing":
                self._missing.append(" ".join(match[2].split()))
                return "\n"
            self._quotes.append(" ".join(match[2].split()))
            return f"\ue000{len(self._quotes) - 1}\ue001"

        text = _TAGGED.sub(aside, text)
        opened = _TAG_OPEN.search(text) if last else None
        return text if opened is None else _TAGGED.sub(aside, f"{text}</{re.sub('[^a-zA-Z]', '', opened[0])}>")

    def _itemized(self, text: str) -> str:
        """Put the items of a list within a line on lines of their own: the first behind a colon, then each that counts on."""

        def apart(match: re.Match[str]) -> str:
            number = int(match["number"])
            if number != self._item + 1 or (number == 1 and match["before"] not in tuple(":：")):
                return match[0]
            self._item = number
            return f"{match['before']}\n{match[0][len(match['before']) :].lstrip()}"

        return _INLINE_ITEM.sub(apart, text)

    def _lines(self, *, last: bool) -> Iterator[Written | Missing]:
        """Take what is complete off the text: tables and headings line by line, the rest in sentences."""
        if not last and _TAG_OPEN.search(self._text) and len(self._text) < _LONGEST_QUOTE:
            return
        while "\n" in self._text:
            line, rest = self._text.split("\n", 1)
            if self._sources and line.strip() and self._ends_sources(line):
                self._sources = ""
            if _ROW.match(line) or _HEADING.match(line) or _RULE.match(line) or self._lists(line) or _MISSING.match(line) or self._sources:
                yield from self._line(line)
                self._text = rest
                continue
            yield from self._lone_row()
            units, kept = _units(f"{line}\n")
            yield from self._clean([*units, kept])
            self._text = rest
        if last or self._sources or self._text.lstrip().startswith("|") or _OPEN.search(self._text):
            return
        units, kept = _units(self._text)
        if units:
            self._text = kept
            yield from self._clean(units)

    def _lists(self, line: str) -> bool:
        return self._begun and lists_sources(line)

    def _ends_sources(self, line: str) -> bool:
        """Whether the answer goes on with a line, behind a list of sources."""
        if lists_sources(line):
            return False
        return _HEADING.match(line) is not None or (_ITEM.match(line) is not None and _AT_ITS_END.search(line) is not None) or (not is_entry(line) and (self._sources == "these" or _AT_ITS_END.search(line) is not None))

    def _lone_row(self) -> Iterator[Written]:
        """Read the head of a table that has no rows as a row; the table ends."""
        header, self._header = self._header, None
        if header:
            self._columns = []
            yield from self._row(header)

    def _line(self, line: str) -> Iterator[Written | Missing]:
        if self._lists(line):
            cited = cited_in(line)
            self._sources = "these" if cited or re.search(r"[:：]\W*\w", line) else "all"
            if cited and not is_entry(line):
                yield Written("", cited, self._quote(line))
        elif self._sources or _HEADING.match(line) or _RULE.match(line):
            return
        elif missing := _MISSING.match(line):
            self._missing.append(_QUOTE.sub("", missing[1]).strip())
        elif _UNDER_HEADER.match(line):
            return
        elif self._header is None:
            self._header = line.strip()
            self._columns = cells_of(_inert(MARKS.sub("", _QUOTE.sub("", line))))
        else:
            yield from self._row(line)

    def _row(self, line: str) -> Iterator[Written]:
        cited, quote = cited_in(line), self._quote(line)
        cells = [_inert(" ".join(MARKS.sub("", _QUOTE.sub("", cell)).split())) for cell in cells_of(line)]
        if not any(any(map(str.isalnum, cell)) for cell in cells):
            return
        named = [f"{name}：{cell}" if name and at else cell for at, (name, cell) in enumerate(zip([*self._columns, *[""] * len(cells)], cells, strict=False)) if cell]
        head = _inert(_QUOTE.sub("", self._header or ""))
        lead = f"{head}\n|{' --- |' * len(self._columns)}\n" if head else ""
        self._header, self._begun = "", True
        yield Written(f"| {' | '.join(cells)} |", cited, quote, lead, plain_text("，".join(named)))

    def _quote(self, text: str) -> str:
        found = [self._quotes[int(number)] for number in _QUOTE.findall(text) if int(number) < len(self._quotes)]
        return found[0] if found else ""

    def _clean(self, units: list[str]) -> Iterator[Written]:
        for unit in map(fronted, units):
            cited, quote = cited_in(unit), self._quote(unit)
            if _ONLY_MARKS.match(_QUOTE.sub("", unit)):
                yield from (Written("", cited, quote),) if cited else ()
                continue
            text = _inert(MARKS.sub("", _QUOTE.sub("", unit)))
            bullet = _BULLET.match(text)
            lead = (f"{bullet[2]}. " if bullet[2] else "- ") if bullet and (bullet[1] or bullet[2]) else ""
            text = text[bullet.end() :] if bullet else text
            text = without_leads(_TORN.sub("", _PLACE.sub("", without_leads(text))))
            text = re.sub(r"\s+([。.，,；;！!？?])", r"\1", re.sub(r"\s+", " ", text)).strip().lstrip("，,；;、。 ")
            if text.count("**") % 2:
                text = text.replace("**", "")
            if any(char.isalnum() for char in text) and (cited or not is_courtesy(text)):
                self._begun = True
                yield Written(text, cited, quote, lead)


def _units(text: str) -> tuple[list[str], str]:
    """Return the complete sentences of ``text`` with their marks, and the rest that may go on."""
    units: list[str] = []
    starts: list[int] = []
    behind = 0
    cut = unclosed(text)
    for start, end in (*split_sentences(text[:cut]), *([(cut, len(text))] if cut < len(text) else [])):
        piece = text[start:end]
        leading = _LEADING.match(piece)
        if units and leading and "\n" not in text[behind:start]:
            units[-1] += leading[0]
            piece = piece[leading.end() :]
        behind = end
        if piece.strip():
            units.append(piece)
            starts.append(end - len(piece))
    if not units:
        return [], text
    if text.endswith("\n"):
        return units, ""
    # The last one may go on, and marks of the one before may still come.
    kept = 1 + (cut < len(text))
    while kept <= len(units) and _HALF_A_MARK.match(units[-kept]):
        kept += 1
    kept = min(kept, len(units))
    return units[:-kept], text[starts[-kept] :]
