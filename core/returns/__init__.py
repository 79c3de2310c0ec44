"""Bad leads: report, evidence, decision, appeal, credit to everybody who holds a bad lead, refunds, abuse flags.

A lead is reported once and paid back at most once, in full: keys and triggers of ``17_returns.sql`` hold that even
when the Python is wrong. ``suggest`` is advice by a written rule; a person decides, or the clock where a niche says so.
"""

from core.returns.appeal import appeal
from core.returns.claims import OPEN, REASONS, STATUSES, Reason, Status
from core.returns.class_credit import ClassCredit, class_credit
from core.returns.decide import BulkResult, BulkVerb, approve, bulk, reject
from core.returns.erasure import forget_words
from core.returns.errors import (
    ClaimDecided,
    ClaimInvalid,
    ClaimNotFound,
    LeadNotHeld,
    NoAppeal,
    RefundedAlready,
    ReportedBefore,
    ReportLimit,
    ReportOpen,
    ReportTooLate,
    TooManyClaims,
)
from core.returns.evidence import evidence
from core.returns.evidence_view import (
    ConsentLine,
    Delivery,
    Evidence,
    History,
    LinkedLead,
    MailReceipt,
    OtherBuyer,
    Score,
    SoldBefore,
    Step,
    Validation,
)
from core.returns.figures import ClaimFigures, metrics
from core.returns.flags import Flag, flags
from core.returns.models import Claim, ClaimEvent, Refund
from core.returns.overdue import Escalation, escalate_overdue
from core.returns.own_claims import OwnClaim, OwnStep, own_claim, own_claim_on, own_claims
from core.returns.queries import ClaimRow, list_claims
from core.returns.refunds import refund
from core.returns.report import Reported, report, reportable_until, withdraw
from core.returns.sales import SaleView, sales_of_lead
from core.returns.suggest import Facts, OtherSale, Point, Suggestion, suggest
from core.returns.verify import verify

__all__ = [
    "OPEN",
    "REASONS",
    "STATUSES",
    "BulkResult",
    "BulkVerb",
    "Claim",
    "ClaimDecided",
    "ClaimEvent",
    "ClaimFigures",
    "ClaimInvalid",
    "ClaimNotFound",
    "ClaimRow",
    "ClassCredit",
    "ConsentLine",
    "Delivery",
    "Escalation",
    "Evidence",
    "Facts",
    "Flag",
    "History",
    "LeadNotHeld",
    "LinkedLead",
    "MailReceipt",
    "NoAppeal",
    "OtherBuyer",
    "OtherSale",
    "OwnClaim",
    "OwnStep",
    "Point",
    "Reason",
    "Refund",
    "RefundedAlready",
    "ReportLimit",
    "ReportOpen",
    "ReportTooLate",
    "Reported",
    "ReportedBefore",
    "SaleView",
    "Score",
    "SoldBefore",
    "Status",
    "Step",
    "Suggestion",
    "TooManyClaims",
    "Validation",
    "appeal",
    "approve",
    "bulk",
    "class_credit",
    "escalate_overdue",
    "evidence",
    "flags",
    "forget_words",
    "list_claims",
    "metrics",
    "own_claim",
    "own_claim_on",
    "own_claims",
    "refund",
    "reject",
    "report",
    "reportable_until",
    "sales_of_lead",
    "suggest",
    "verify",
    "withdraw",
]
