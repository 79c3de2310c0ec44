"""A state as a word with an icon and a colour, never a colour alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from dashboard.theme import PALETTE, Tone


@dataclass(frozen=True, slots=True)
class State:
    """How one status is told."""

    word: str
    icon: str
    tone: Tone


STATES = {
    # leads (SPEC 2.7)
    "pending_confirmation": State("Waiting for e-mail", "mark_email_unread", "waiting"),
    "pending_approval": State("Waiting for review", "hourglass_top", "waiting"),
    "approved": State("Approved", "check_circle", "live"),
    "rejected": State("Rejected", "block", "stopped"),
    "expired": State("Expired", "timer_off", "neutral"),
    "duplicate": State("Duplicate", "content_copy", "neutral"),
    "quarantined": State("Quarantined", "front_hand", "waiting"),
    "withdrawn": State("Withdrawn", "undo", "neutral"),
    "sold_out": State("Sold out", "verified", "sea"),
    "closed": State("Closed", "inventory_2", "neutral"),
    "erased": State("Erased", "delete", "neutral"),
    # people and companies
    "pending": State("Pending", "hourglass_top", "waiting"),
    "active": State("Active", "check_circle", "live"),
    "suspended": State("Suspended", "pause_circle", "stopped"),
    "deactivated": State("Deactivated", "block", "neutral"),
    # subscriptions (SPEC 4.2, 4.3)
    "paused": State("Paused", "pause_circle", "waiting"),
    "inactive": State("Stopped", "error", "stopped"),
    "ended": State("Ended", "stop_circle", "neutral"),
    # assignments (SPEC 7.1, 7.2)
    "new": State("New", "fiber_new", "accent"),
    "viewed": State("Viewed", "visibility", "sea"),
    "accepted": State("Accepted", "thumb_up", "live"),
    "refunded": State("Refunded", "currency_exchange", "neutral"),
    "contacted": State("Contacted", "call", "sea"),
    "appointment": State("Appointment", "event", "waiting"),
    "won": State("Won", "trophy", "live"),
    "lost": State("Lost", "close", "neutral"),
    # reports of bad leads (SPEC 7.3)
    "appealed": State("Appealed", "gavel", "waiting"),
    # runs and jobs
    "started": State("Running", "progress_activity", "waiting"),
    "finished": State("Finished", "check_circle", "live"),
    "ready": State("Waiting", "schedule", "waiting"),
    "taken": State("Running", "progress_activity", "sea"),
    "done": State("Done", "check_circle", "live"),
    "dead": State("Dead letter", "report", "stopped"),
    "failed": State("Failed", "error", "stopped"),
    # mail (SPEC 11.3)
    "queued": State("Queued", "schedule", "waiting"),
    "sent": State("Sent", "send", "live"),
    "delivered": State("Delivered", "mark_email_read", "live"),
    "opened": State("Opened", "drafts", "live"),
    "deferred": State("Delayed", "hourglass_top", "waiting"),
    "bounced": State("Bounced", "unsubscribe", "stopped"),
    "complained": State("Complaint", "report", "stopped"),
    "suppressed": State("Suppressed", "do_not_disturb_on", "neutral"),
    # niches and levels
    "open": State("Open", "check_circle", "live"),
}

# Why a subscription stands still or a provider was passed over, in words.
REASONS = {
    "insufficient_balance": "The wallet is below the price of one lead",
    "level_inactive": "The level is switched off",
    "provider_suspended": "The account is not active",
}


def state(status: str) -> State:
    """How a status is told; an unknown one is shown by its own name."""
    return STATES.get(status) or State(status.replace("_", " ").capitalize(), "circle", "neutral")


def word(status: str | None) -> str:
    """The word alone, for tables."""
    return state(status).word if status else "–"


def pill(status: str, text: str | None = None) -> str:
    """Markdown of the pill: word, icon and colour."""
    told = state(status)
    return f":{PALETTE[told.tone]}-badge[:material/{told.icon}: {text or told.word}]"


def tag(text: str, *, icon: str = "label", tone: Tone = "neutral") -> str:
    """A pill for something that is not a status."""
    return f":{PALETTE[tone]}-badge[:material/{icon}: {text}]"


@dataclass(frozen=True, slots=True)
class Badge:
    """A pill of the pages' own HTML, for lists of which dozens are drawn at once: Markdown takes its time."""

    text: str
    icon: str
    tone: Tone = "neutral"


def badges(some: Iterable[Badge]) -> str:
    """HTML of pills in a row, as ``tag`` looks."""
    pills = [f'<li class="hl-tone-{each.tone}"><i aria-hidden="true">{each.icon}</i>{escape(each.text)}</li>' for each in some]
    return f'<ul class="hl-badges">{"".join(pills)}</ul>'


def reason(code: str | None) -> str:
    """A reason code as a sentence part."""
    return REASONS.get(code or "", (code or "").replace("_", " ").capitalize())
