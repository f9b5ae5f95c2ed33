"""What can be switched off to be measured: the rules for questions' premises, in the order of judgement, and the checks of a model's sentence."""

from __future__ import annotations

from dgqa.claims import counts
from dgqa.claims.claim import Rule
from dgqa.claims.marking import NAMES, VALUES
from dgqa.errors import ConfigError

# A new rule stands where its objection should be heard first.
RULES: tuple[Rule, ...] = (
    Rule("counts.other_ratio", counts.other_ratio),
    Rule("counts.other_rank", counts.other_rank),
    Rule("counts.other_count", counts.other_count),
    Rule("counts.other_duration", counts.other_duration),
    Rule("counts.other_number", counts.other_number),
    Rule("dates.unknown_year", counts.unknown_year),
)
DENIED = "entailment.denied"  # of questions that want a statement confirmed
NAMED = (VALUES, NAMES, *(rule.name for rule in RULES), DENIED)


def known(without: frozenset[str]) -> frozenset[str]:
    """Return the names of rules to be left out, as they are.

    Raises:
        ConfigError: there is no rule of such a name; it lists those there are.
    """
    if wrong := sorted(without - set(NAMED)):
        raise ConfigError(f"there is no rule {', '.join(wrong)}: give some of {', '.join(NAMED)}")
    return without
