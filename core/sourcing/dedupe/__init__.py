"""Who is the same: in any file of people or businesses, and between a new record and the leads there are (SPEC 2.6, 8.4).

``find`` works on a whole file; ``match`` on a batch against the leads, whose keys ``remember`` keeps. Merges are logged
and can be split.
"""

from core.sourcing.dedupe.apart import Apart, apart_from, note_apart, stay_apart
from core.sourcing.dedupe.audit import Resolved, resolve_entities
from core.sourcing.dedupe.errors import CannotMerge, NotMerged, PairNotFound
from core.sourcing.dedupe.fields import SAMPLE, of_businesses, recognise, values
from core.sourcing.dedupe.fields import Columns as FileColumns
from core.sourcing.dedupe.find import Found, find
from core.sourcing.dedupe.match import Candidate, Verdict, match, note_question, note_questions, remember, shape_of
from core.sourcing.dedupe.merging import ask_again, keep_apart, merge, split
from core.sourcing.dedupe.models import DuplicatePair, LeadBlock, MergeEvent
from core.sourcing.dedupe.queries import (
    PairFigures,
    PairView,
    Side,
    both_contacts,
    decided_pairs,
    get_pair,
    pair_figures,
    waiting_pairs,
)
from core.sourcing.dedupe.shape import FIELDS, Shape, shape
from core.sourcing.dedupe.sweep import meet_new

ADDED = ("cluster_id", "match_probability")

__all__ = [
    "ADDED",
    "FIELDS",
    "SAMPLE",
    "Apart",
    "Candidate",
    "CannotMerge",
    "DuplicatePair",
    "FileColumns",
    "Found",
    "LeadBlock",
    "MergeEvent",
    "NotMerged",
    "PairFigures",
    "PairNotFound",
    "PairView",
    "Resolved",
    "Shape",
    "Side",
    "Verdict",
    "apart_from",
    "ask_again",
    "both_contacts",
    "decided_pairs",
    "find",
    "get_pair",
    "keep_apart",
    "match",
    "meet_new",
    "merge",
    "note_apart",
    "note_question",
    "note_questions",
    "of_businesses",
    "pair_figures",
    "recognise",
    "remember",
    "resolve_entities",
    "shape",
    "shape_of",
    "split",
    "stay_apart",
    "values",
    "waiting_pairs",
]
