"""What a mail's status may become: news comes late and out of order, and never sets it back (SPEC 11.3)."""

# In the order of what weighs more: who has opened a mail has got it, and a bounce or a complaint is the last word.
_ORDER = ("queued", "sent", "failed", "delivered", "opened", "bounced", "complained", "suppressed")
RANK = {status: rank for rank, status in enumerate(_ORDER)}


def standing_after(current: str, event: str) -> str:
    """The status once this event is known; an event that is no status (``deferred``) leaves it."""
    return event if RANK.get(event, -1) > RANK[current] else current
