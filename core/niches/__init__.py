"""What is sold: niches with their versioned forms, their competition levels, and the facts filters see of a lead.
A niche's cap is the most providers one lead may go to; a level says how exclusive a lead is and what it costs.
Publishing a form makes a new version, a lead keeps the version it was made with."""

from core.niches.facts import DAY_TWIN, STANDARD_FACTS, TEXT_TWIN, TEXT_TYPES, comparable, day_number, facts_of
from core.niches.fair_housing import protected_class, refusal
from core.niches.models import CompetitionLevel, FormSchema, Niche, NicheTurn

__all__ = [
    "DAY_TWIN",
    "STANDARD_FACTS",
    "TEXT_TWIN",
    "TEXT_TYPES",
    "CompetitionLevel",
    "FormSchema",
    "Niche",
    "NicheTurn",
    "comparable",
    "day_number",
    "facts_of",
    "protected_class",
    "refusal",
]
