"""What a request is about, read from its own words by a language model or by written rules with the same answer (SPEC 8.5).

Nothing that tells who a person is leaves the house, and no answer can touch more than its own few fields. The service
may be slow, down, wrong or over budget: the rules answer, and the lead goes on.
"""

from core.sourcing.enrichment.answer import FIELDS, Enriched, PropertyFacts, value_of
from core.sourcing.enrichment.asking import Answered
from core.sourcing.enrichment.compare import (
    ComparedLead,
    Comparison,
    FieldAgreement,
    ask_model_about_rest,
    compare,
    compared_leads,
)
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

__all__ = [
    "FIELDS",
    "KIND",
    "Answered",
    "ComparedLead",
    "Comparison",
    "Enriched",
    "FieldAgreement",
    "Known",
    "PropertyFacts",
    "Question",
    "WhyRules",
    "apply_rules",
    "ask_for_enrichment",
    "ask_model_about_rest",
    "begin",
    "by_rules",
    "compare",
    "compared_leads",
    "conclude",
    "enrich_before_scoring",
    "put",
    "redacted",
    "value_of",
]
