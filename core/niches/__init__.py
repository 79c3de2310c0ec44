"""What is sold: niches with their versioned forms, their competition levels, and the facts filters see of a lead.
A niche's cap is the most providers one lead may go to; a level says how exclusive a lead is and what it costs.
Publishing a form makes a new version, a lead keeps the version it was made with."""

from core.niches.errors import (
    LastActiveLevel,
    LevelInUse,
    LevelNotFound,
    LevelUnchanged,
    NameTaken,
    NicheInvalid,
    NicheNotFound,
    NoPendingPrice,
    SchemaRefused,
    SchemaStale,
    SchemaUnchanged,
)
from core.niches.facts import CONTACT_TYPES, DAY_TWIN, STANDARD_FACTS, TEXT_TWIN, TEXT_TYPES, comparable, day_number, facts_of
from core.niches.fair_housing import protected_class, refusal
from core.niches.form import clean_form
from core.niches.launch import seed_launch_niches
from core.niches.level_checks import DEAREST_CENTS, ROTATIONS
from core.niches.levels import (
    activate_level,
    create_level,
    deactivate_level,
    delete_level,
    edit_level,
    reorder_levels,
)
from core.niches.models import CompetitionLevel, FormSchema, Niche, NicheTurn
from core.niches.niche import create_niche, edit_niche
from core.niches.prices import apply_due_prices, cancel_price_change, consent_to_price
from core.niches.publish import publish_schema
from core.niches.queries import (
    LevelView,
    NicheView,
    SchemaVersion,
    current_schema,
    get_level,
    get_niche,
    levels_of,
    list_niches,
    schema_at,
    schema_versions,
)
from core.niches.reading import in_words, is_money
from core.niches.schema import CHOICES, LIMITS, TYPES, SchemaProblem, check_schema

__all__ = [
    "CHOICES",
    "CONTACT_TYPES",
    "DAY_TWIN",
    "DEAREST_CENTS",
    "LIMITS",
    "ROTATIONS",
    "STANDARD_FACTS",
    "TEXT_TWIN",
    "TEXT_TYPES",
    "TYPES",
    "CompetitionLevel",
    "FormSchema",
    "LastActiveLevel",
    "LevelInUse",
    "LevelNotFound",
    "LevelUnchanged",
    "LevelView",
    "NameTaken",
    "Niche",
    "NicheInvalid",
    "NicheNotFound",
    "NicheTurn",
    "NicheView",
    "NoPendingPrice",
    "SchemaProblem",
    "SchemaRefused",
    "SchemaStale",
    "SchemaUnchanged",
    "SchemaVersion",
    "activate_level",
    "apply_due_prices",
    "cancel_price_change",
    "check_schema",
    "clean_form",
    "comparable",
    "consent_to_price",
    "create_level",
    "create_niche",
    "current_schema",
    "day_number",
    "deactivate_level",
    "delete_level",
    "edit_level",
    "edit_niche",
    "facts_of",
    "get_level",
    "get_niche",
    "in_words",
    "is_money",
    "levels_of",
    "list_niches",
    "protected_class",
    "publish_schema",
    "refusal",
    "reorder_levels",
    "schema_at",
    "schema_versions",
    "seed_launch_niches",
]
