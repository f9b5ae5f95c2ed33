"""Name what can be switched off to be measured: the rules for questions' premises, in the order of judgement, and the checks of a model's sentence."""

from __future__ import annotations

from dgqa.claims import counts
from dgqa.claims.claim import Rule
from dgqa.claims.marking import NAMES, VALUES

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

