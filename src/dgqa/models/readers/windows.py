"""A question, or a claim, and a page as the tokens of one window."""

from __future__ import annotations

from dataclasses import dataclass

from dgqa.language.text import simplify
from dgqa.models.e5.tokens import Vocabulary

MAX_TOKENS = 320  # of a window: more is read in a further one, cut between sentences
_MAX_QUESTION = 96  # tokens of a question that are read
_MAX_HEADING = 48  # the same for the headings, the innermost
_BEGIN, END = 0, 2  # ids of the special tokens
_QUOTES = str.maketrans("「」『』", "“”‘’")


@dataclass(frozen=True, slots=True)
class Page:
    """What is read: the headings over a passage, outermost first, its sentences in reading order, and its row in the index, -1 where it has none."""

    heading: str
    sentences: tuple[str, ...]
    row: int = -1


@dataclass(frozen=True, slots=True)
class Window:
    """A page, or a part of it, as tokens: ``sentences`` are (number, first token, end), ``offsets`` the characters of every token of these."""

    ids: tuple[int, ...]
    sentences: tuple[tuple[int, int, int], ...]
    offsets: tuple[tuple[int, int], ...]


def windows(vocabulary: Vocabulary, question: str, page: Page) -> list[Window]:
    """Return a page with its question as tokens: ``<s> question </s> headings </s> sentences </s>``.

    Traditional characters are read as simplified ones, as in the vectors, and the quotation marks of a question as those that go
    with them: a question is read alike in either script. A page longer than `MAX_TOKENS` makes several
    windows, cut between sentences; of a sentence longer than a window the beginning is read.
    """
    texts = [simplify(question).translate(_QUOTES), simplify(page.heading), *(simplify(text) for text in page.sentences)]
    asked, over, *encoded = vocabulary.cut(texts)
    head = (_BEGIN, *asked.ids[:_MAX_QUESTION], END, *over.ids[-_MAX_HEADING:], END)
    room = MAX_TOKENS - len(head) - 1
    made: list[Window] = []
    ids: list[int] = []
    spans: list[tuple[int, int, int]] = []
    offsets: list[tuple[int, int]] = []

    def close() -> None:
        if spans:
            made.append(Window((*head, *ids, END), tuple(spans), tuple(offsets)))

    for number, sentence in enumerate(encoded):
        own = sentence.ids[:room]
        if not own:
            continue
        if len(ids) + len(own) > room:
            close()
            ids, spans, offsets = [], [], []
        begin = len(head) + len(ids)
        spans.append((number, begin, begin + len(own)))
        offsets += sentence.offsets[: len(own)]
        ids += own
    close()
    return made
