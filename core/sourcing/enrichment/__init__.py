"""What a request is about, read from its own words by a language model or by written rules with the same answer (SPEC 8.5).

Nothing that tells who a person is leaves the house, and no answer can touch more than its own few fields. The service
may be slow, down, wrong or over budget: the rules answer, and the lead goes on.
"""

from core.sourcing.enrichment.answer import FIELDS, Enriched, PropertyFacts, value_of
from core.sourcing.enrichment.enrich import (
    KIND,
    Question,
    WhyRules,
    apply_rules,
    ask_for_enrichment,
    begin,
    conclude,
    enrich_before_scoring,
    put,
)
from core.sourcing.enrichment.redact import Known, redacted
from core.sourcing.enrichment.rules import by_rules
from core.sourcing.enrichment.service import Answered

__all__ = [
    "FIELDS",
    "KIND",
    "Answered",
    "Enriched",
    "Known",
    "PropertyFacts",
    "Question",
    "WhyRules",
    "apply_rules",
    "ask_for_enrichment",
    "begin",
    "by_rules",
    "conclude",
    "enrich_before_scoring",
    "put",
    "redacted",
    "value_of",
]
