"""What jobs are called on the pages of operations."""

KINDS = {
    "email": "Mail",
    "lead.score": "Scoring",
    "distribution.run": "Distribution",
    "subscription.changed": "Subscription notice",
    "payment.webhook": "Payment event",
    "payment.top_up": "Top-up",
    "wallet.low": "Low-balance notice",
}


def kind_words(kind: str) -> str:
    """``schedule.close_stale_listings`` -> ``Schedule: close stale listings``."""
    if kind in KINDS:
        return KINDS[kind]
    if kind.startswith("schedule."):
        return f"Schedule: {kind.removeprefix('schedule.').replace('_', ' ')}"
    return kind.replace(".", " ").replace("_", " ").capitalize()
