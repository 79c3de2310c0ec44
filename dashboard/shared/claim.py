"""A bad-lead report in words, the same for the company that made it and the admin who answers it."""

from datetime import datetime

from core.kit.clock import utc_now
from dashboard.components import figures, pills

REASONS = {
    "spam": "Spam or a joke",
    "duplicate": "The same person again",
    "invalid_contact": "Wrong phone or e-mail",
    "out_of_scope": "Outside what we asked for",
    "other": "Something else",
}
RESOLUTIONS = {
    "refund": "Credited",
    "class_credit": "Credited to every buyer of the lead",
    "overdue_credit": "Credited: nobody answered in time",
}
STEPS = {
    "reported": "Reported",
    "escalated": "Escalated: nobody had answered",
    "rejected": "Rejected",
    "appealed": "Appealed",
    "approved": "Upheld and credited",
    "withdrawn": "Taken back",
}
TONES = {"approved": "live", "rejected": "stopped", "withdrawn": "neutral", "escalated": "waiting", "appealed": "waiting"}


def reason(code: str) -> str:
    """What is said to be wrong."""
    return REASONS.get(code, code)


def clock(due_at: datetime, status: str) -> str:
    """Markdown: how long there is still time to answer, or since when it is over; empty once answered."""
    if status not in ("pending", "appealed"):
        return ""
    left = (due_at - utc_now()).total_seconds()
    if left < 0:
        return pills.tag(f"{figures.duration(-left)} overdue", icon="alarm", tone="stopped")
    return pills.tag(f"{figures.duration(left)} left", icon="timer", tone="waiting" if left < 12 * 3600 else "neutral")


def state(status: str, resolution: str | None) -> str:
    """Markdown of the pill."""
    if status == "approved":
        return pills.pill("approved", "Credited")
    return pills.pill(status, "Waiting for an answer" if status == "pending" else None)


def outcome(status: str, resolution: str | None) -> str:
    """What became of it, as a sentence part."""
    return RESOLUTIONS.get(resolution or "", pills.word(status))
