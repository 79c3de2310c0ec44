"""Assignments as the provider who paid for them sees them: list, open, accept or reject, outcome, rating, notes, results.
Every read and every change is scoped by the actor's own provider in the query itself (SPEC 7.1, 7.2)."""

from core.inbox.calls import calling_of
from core.inbox.decide import accept, reject
from core.inbox.detail import AssignmentDetail, ConsentSummary, assignment_for_delivery, open_assignment
from core.inbox.digest import ask_digests, send_digest
from core.inbox.errors import AlreadyDecided, AlreadyRefunded, AssignmentNotFound, InboxInvalid, NotAcceptedYet
from core.inbox.follow_up import OUTCOMES, rate, record_outcome, write_note
from core.inbox.kpis import Kpis, Part
from core.inbox.listing import STATUSES, AssignmentRow, Status, count_by_status, list_assignments, newest_id
from core.inbox.market_median import Median
from core.inbox.results import Results, results
from core.inbox.revoked import tell_holders

__all__ = [
    "OUTCOMES",
    "STATUSES",
    "AlreadyDecided",
    "AlreadyRefunded",
    "AssignmentDetail",
    "AssignmentNotFound",
    "AssignmentRow",
    "ConsentSummary",
    "InboxInvalid",
    "Kpis",
    "Median",
    "NotAcceptedYet",
    "Part",
    "Results",
    "Status",
    "accept",
    "ask_digests",
    "assignment_for_delivery",
    "calling_of",
    "count_by_status",
    "list_assignments",
    "newest_id",
    "open_assignment",
    "rate",
    "record_outcome",
    "reject",
    "results",
    "send_digest",
    "tell_holders",
    "write_note",
]
