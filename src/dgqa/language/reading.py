"""Read a text once: what it says, folded, in words, values and places, each worked out when first asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from dgqa.language.places import named_in, spans_in
from dgqa.language.text import FUNCTION_WORDS, Script, detect_script, fold, pairs, segmented, solid
from dgqa.language.values import Amount, Date, Token, read_tokens

# Folding makes a full-width comma a plain one, which may group thousands, and the country US the word us: both are kept
# apart by characters that no text has, so that one folding is enough for all that is read.
_COMMA, _COUNTRY = "\ufdd0", "\ufdd1"
_US = re.compile(r"\bUS\b")


@dataclass(frozen=True)
class Text:
    """A text and what is in it. Rules take these, so that nothing is folded, cut or read twice."""

    text: str

    @cached_property
    def _marked(self) -> str:
        return fold(_US.sub(_COUNTRY, self.text.replace("，", _COMMA)))

    @cached_property
    def folded(self) -> str:
        """The form in which texts are compared, see `fold`."""
        return self._marked.replace(_COMMA, ",").replace(_COUNTRY, "us")

    @cached_property
    def script(self) -> Script:
        """The script that dominates, see `detect_script`."""
        return detect_script(self.text)

    @property
    def english(self) -> bool:
        """Whether the text is in Latin letters."""
        return self.script == "Latn"

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Single characters, amounts and dates in their order, see `scan`."""
        return read_tokens(self._marked.replace(_COMMA, ", ").replace(_COUNTRY, "us"))

    @cached_property
    def values(self) -> tuple[Amount | Date, ...]:
        """The amounts and dates in their order."""
        return tuple(token for token in self.tokens if not isinstance(token, str))

    @cached_property
    def dated(self) -> tuple[Date, ...]:
        """The dates that name a year."""
        return tuple(value for value in self.values if isinstance(value, Date) and value.year)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The toponyms by their simplified Chinese names, each once, see `places`."""
        return named_in(self._marked.replace(_COMMA, ",").replace(_COUNTRY, "u.s."))

    @cached_property
    def place_spans(self) -> tuple[tuple[int, int], ...]:
        """Where the text names places; none where folding changes its length."""
        return spans_in(self.folded) if len(self.folded) == len(self.text) else ()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words in order, folded, punctuation apart."""
        return tuple(segmented(self.folded))

    @cached_property
    def content(self) -> frozenset[str]:
        """The words that carry content rather than form."""
        return frozenset(self.words) - FUNCTION_WORDS

    @cached_property
    def bigrams(self) -> frozenset[str]:
        """The pairs of neighbouring letters, digits and Chinese characters."""
        return frozenset(pairs(self.folded))

    @cached_property
    def squeezed(self) -> str:
        """The letters, digits and Chinese characters alone, folded."""
        return solid(self.folded)
