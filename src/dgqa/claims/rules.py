"""The rules by which claims are judged, in the order of judgement: one table for a model's sentences and for questions' premises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dgqa.claims import amounts, counts, cross_lingual, names, places_dates, polarity, roles, strength
from dgqa.claims.claim import Case, Rule
from dgqa.errors import ConfigError
from dgqa.messages import Language

Of = Literal["sentence", "premise"]

_SENTENCE: frozenset[Of] = frozenset({"sentence"})
_PREMISE: frozenset[Of] = frozenset({"premise"})
_CHINESE: frozenset[Language] = frozenset({"Hans", "Hant"})
_ENGLISH: frozenset[Language] = frozenset({"Latn"})
_ANY = _CHINESE | _ENGLISH

# A new rule stands where its objection should be heard first: the kind of fault of the first that objects is the verdict.
RULES: tuple[Rule, ...] = (
    # What a sentence states must stand in its evidence.
    Rule("amounts.unstated", _SENTENCE, _ANY, amounts.unstated, "value", literal=True),
    Rule("names.unstated", _SENTENCE, _ANY, names.unstated, "name", literal=True),
    # Beside the same things as there.
    Rule("places.misplaced", _SENTENCE, _ANY, places_dates.misplaced, "pairing"),
    Rule("amounts.reversed_change", _SENTENCE, _ANY, amounts.reversed_change, "pairing"),
    Rule("amounts.other_unit", _SENTENCE, _ANY, amounts.other_unit, "pairing"),
    Rule("amounts.other_range", _SENTENCE, _ANY, amounts.other_range, "pairing"),
    Rule("amounts.longer_list", _SENTENCE, _ANY, amounts.longer_list, "pairing"),
    Rule("roles.crossed", _SENTENCE, _CHINESE, roles.crossed, "pairing"),
    Rule("amounts.wrong_amount", _SENTENCE, _CHINESE, amounts.wrong_amount, "pairing"),
    Rule("roles.turned", _SENTENCE, _CHINESE, roles.turned, "pairing"),
    Rule("roles.swapped", _SENTENCE, _CHINESE, roles.swapped, "pairing"),
    Rule("roles.better_claimed", _SENTENCE, _CHINESE, roles.better_claimed, "pairing"),
    Rule("dates.misdated", _SENTENCE, _CHINESE, places_dates.misdated, "pairing"),
    # Yes or no as there, and no more than there.
    Rule("polarity.contradicts", _SENTENCE, _CHINESE, polarity.contradicts, "negation"),
    Rule("polarity.contradicts_across", _SENTENCE, _ENGLISH, polarity.contradicts_across, "negation"),
    Rule("strength.overstates", _SENTENCE, _ANY, strength.overstates, "scope"),
    Rule("strength.other_rate", _SENTENCE, _ANY, strength.other_rate, "scope"),
    Rule("strength.done", _SENTENCE, _CHINESE, strength.done, "scope"),
    Rule("strength.other_share", _SENTENCE, _CHINESE, strength.other_share, "scope"),
    Rule("strength.other_day", _SENTENCE, _CHINESE, strength.other_day, "scope"),
    Rule("strength.done_across", _SENTENCE, _ENGLISH, strength.done_across, "scope"),
    Rule("strength.other_share_across", _SENTENCE, _ENGLISH, strength.other_share_across, "scope"),
    # About what was asked, and of those whom the evidence tells it of.
    Rule("places.other_place", _SENTENCE, _ANY, places_dates.other_place, "entity", literal=True),
    Rule("dates.other_year", _SENTENCE, _ANY, places_dates.other_year, "entity", literal=True),
    Rule("roles.merged", _SENTENCE, _CHINESE, roles.merged, "pairing", literal=True),
    Rule("cross_lingual.denied", _SENTENCE, _ENGLISH, cross_lingual.denied, "negation", literal=True),
    Rule("cross_lingual.misattached", _SENTENCE, _ENGLISH, cross_lingual.misattached, "pairing", literal=True),
    Rule("cross_lingual.misattributed", _SENTENCE, _ENGLISH, cross_lingual.misattributed, "pairing", literal=True),
    Rule("cross_lingual.other_body", _SENTENCE, _ENGLISH, cross_lingual.other_body, "pairing", literal=True),
    # What a question takes for granted: numbers, dates, yes or no, who.
    Rule("counts.other_ratio", _PREMISE, _ANY, counts.other_ratio, "premise"),
    Rule("counts.other_rank", _PREMISE, _ANY, counts.other_rank, "premise"),
    Rule("counts.other_count", _PREMISE, _ANY, counts.other_count, "premise"),
    Rule("counts.other_duration", _PREMISE, _ANY, counts.other_duration, "premise"),
    Rule("counts.other_stressed", _PREMISE, _ENGLISH, counts.other_stressed, "premise"),
    Rule("counts.not_all", _PREMISE, _ANY, counts.not_all, "premise"),
    Rule("counts.too_few", _PREMISE, _ANY, counts.too_few, "premise"),
    Rule("counts.other_number", _PREMISE, _ANY, counts.other_number, "premise"),
    Rule("dates.unknown_year", _PREMISE, _ANY, places_dates.unknown_year, "premise"),
    Rule("polarity.denied", _PREMISE, _CHINESE, polarity.denied, "premise"),
    Rule("polarity.denied_outright", _PREMISE, _ENGLISH, polarity.denied_outright, "premise"),
    Rule("polarity.ended", _PREMISE, _ANY, polarity.ended, "premise"),
    Rule("roles.by_nobody_known", _PREMISE, _ANY, roles.by_nobody_known, "premise"),
    Rule("roles.other_firm", _PREMISE, _ANY, roles.other_firm, "premise"),
    Rule("roles.from_the_other", _PREMISE, _ANY, roles.from_the_other, "premise"),
    Rule("polarity.undone", _PREMISE, _CHINESE, polarity.undone, "premise"),
    Rule("polarity.turned_round", _PREMISE, _ANY, polarity.turned_round, "premise"),
    Rule("dates.later_than_told", _PREMISE, _CHINESE, places_dates.later_than_told, "premise"),
    Rule("roles.by_others", _PREMISE, _CHINESE, roles.by_others, "premise"),
    Rule("places.elsewhere", _PREMISE, _ANY, places_dates.elsewhere, "premise"),
    Rule("roles.first_by_another", _PREMISE, _ENGLISH, places_dates.first_by_another, "premise"),
)


def known(without: frozenset[str]) -> frozenset[str]:
    """Return the names of rules to be left out, as they are.

    Raises:
        ConfigError: there is no rule of such a name; it lists those there are.
    """
    if wrong := sorted(without - {rule.name for rule in RULES}):
        raise ConfigError(f"there is no rule {', '.join(wrong)}: give some of {', '.join(rule.name for rule in RULES)}")
    return without


def disputes(case: Case, of: Of, *, without: frozenset[str] = frozenset(), literal: bool = False) -> Iterator[tuple[Rule, str]]:
    """Yield the rules that object to a claim, in their order, each with what it disputes.

    Args:
        case: The claim and what it is judged by.
        of: Which rules judge it.
        without: Names of rules that are left out.
        literal: Whether the claim stands in the evidence word for word.
    """
    for rule in RULES:
        if rule.name not in without and rule.applies(case, of) and (rule.literal or not literal) and (disputed := rule.disputes(case)):
            yield rule, disputed
