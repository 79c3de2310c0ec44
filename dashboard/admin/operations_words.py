"""What jobs are called on the pages of operations."""

KINDS = {
    "email": "Mail",
    "lead.score": "Scoring",
    "distribution.run": "Distribution",
    "subscription.changed": "Subscription notice",
    "payment.webhook": "Payment event",
    "payment.capture": "Payment capture",
    "payment.save_method": "Saved card",
    "payment.top_up": "Top-up",
    "digest.weekly": "Weekly digest",
    "export.write": "Export",
    "wallet.low": "Low-balance notice",
    "health.probe": "Health probe",
    "retention": "Retention",
    "verification": "Check of everything",
}


def kind_words(kind: str) -> str:
    """``schedule.close_stale_listings`` -> ``Schedule: close stale listings``."""
    if kind in KINDS:
        return KINDS[kind]
    if kind.startswith("schedule."):
        return f"Schedule: {kind.removeprefix('schedule.').replace('_', ' ')}"
    return kind.replace(".", " ").replace("_", " ").capitalize()
