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


SCHEDULES = {
    "keep_months": "Make months ahead, take off old ones",
    "seal": "Seal the audit trail",
    "extend_passports": "Write leads' passports on",
    "sweep_unfinished": "Finish runs that were cut short",
    "trace_runs": "Keep why each run chose as it did",
    "settle_fairness": "Settle what subscriptions were due",
    "reactivate_funded": "Reactivate subscriptions that can pay",
    "apply_due_prices": "Apply announced prices",
    "expire_unconfirmed": "Expire unconfirmed requests",
    "close_stale_listings": "Close listings that are too old",
    "charge_plan_fees": "Charge plan fees",
    "escalate_overdue": "Escalate unanswered claims",
    "ask_digests": "Send weekly digests",
    "sweep_holds": "End holds that ran out",
    "publish_missing": "Put leads on sale that are missing there",
    "fold_cells": "Count listings for the map",
    "sweep_webhooks": "Send webhooks that wait",
    "keep_searches": "Keep searches for demand",
    "run_alerts": "Mail news of saved searches",
    "retrain_models": "Retrain models",
    "embed_listings": "Describe listings for recommendations",
    "estimate_prices": "Ask the model for prices",
    "reprice": "Reprice listings",
    "judge_price_trial": "Judge the price trial",
    "run_sources": "Run sources that are due",
    "recheck_sold": "Check sold leads again",
    "reconcile": "Compare balances with the books",
    "clean_queue": "Clear old dead letters",
    "fold_reports": "Count for reports",
    "expire_exports": "Delete export files that ran out",
    "expire_notebooks": "Delete pages of notebooks that were kept for their time",
    "probe_health": "Probe health",
    "meet_new_leads": "Look for duplicates of new leads",
    "audit_duplicates": "Look for duplicates among all leads",
    "retention": "Remove what is kept no longer",
    "verify": "Check everything",
}


def schedule_words(name: str) -> str:
    """``fold_cells`` -> ``Count listings for the map``."""
    return SCHEDULES.get(name, name.replace("_", " ").capitalize())


def kind_words(kind: str) -> str:
    """``schedule.clean_queue`` -> ``Schedule: clear old dead letters``."""
    if kind in KINDS:
        return KINDS[kind]
    if kind.startswith("schedule."):
        words = schedule_words(kind.removeprefix("schedule."))
        return f"Schedule: {words[:1].lower()}{words[1:]}"
    return kind.replace(".", " ").replace("_", " ").capitalize()
