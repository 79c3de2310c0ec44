"""The settings of the business, each with its shipped value, bounds and sentence: add a row to its chapter (SPEC, preamble).

A figure that protects money or privacy is a constant in its chapter, not a threshold.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Threshold:
    """One setting: its key, the shipped value, and what it means to a person.

    ``chapter``, by which the settings page groups, is that of the table it stands in; ``money`` says that the page asks
    before it is changed.
    """

    key: str
    default: int
    unit: str
    sentence: str
    least: int = 1
    most: int = 10_000
    chapter: str = ""
    money: bool = False


def _kept(key: str, days: int, sentence: str, least: int = 1, most: int = 10_000) -> Threshold:
    """How long something is kept; its rule stands in ``core/privacy/rules.py``."""
    return Threshold(key, days, "days", sentence, least, most)


_LEADS = (
    Threshold("duplicate_window_days", 90, "days", "The same person asking in the same niche within this time is a duplicate."),
    Threshold("confirmation_hours", 24, "hours", "How long a confirmation link works.", most=168),
    Threshold("confirmation_resends", 3, "mails", "How often a confirmation may be sent again for one lead.", 0, 20),
    Threshold("confirmation_resend_minutes", 5, "minutes", "The least time between two confirmation mails of one lead.", 0),
    Threshold("unconfirmed_expiry_days", 7, "days", "A lead that is not confirmed by then expires."),
    Threshold("review_bulk_limit", 50, "leads", "The most leads that one bulk action takes.", most=500),
    Threshold(
        "list_age_days", 31, "days", "An uploaded do-not-contact list older than this stops sales until it is renewed.", 1, 31
    ),
)
_ACCOUNTS = (
    Threshold(
        "verification_hours", 24, "hours", "How long the link works by which somebody new confirms the e-mail address.", most=168
    ),
    Threshold("reset_minutes", 60, "minutes", "How long a password reset link works.", most=1440),
)
_DISTRIBUTION = (
    Threshold("price_notice_days", 7, "days", "Notice that subscribers get before a level's price rises.", 0, money=True),
    Threshold("starvation_days", 7, "days", "A subscriber who got nothing for this long is starving."),
)
_PAYMENTS = (
    Threshold("low_balance_cents", 5000, "cents", "A wallet falling below this sends its owners one mail.", 0, 100_000_000),
    Threshold("deposit_least_cents", 1000, "cents", "The smallest deposit.", 1000, 1_000_000, money=True),
    Threshold("deposit_most_cents", 1_000_000, "cents", "The largest deposit.", 1000, 100_000_000, money=True),
    Threshold("top_up_failures", 3, "failures", "An automatic top-up that fails this often in a row is switched off.", 1, 20),
)
_PRICES = (
    Threshold(
        "price_floor_percent",
        40,
        "percent",
        "A listing never costs less than this share of its niche's going rate.",
        1,
        100,
        money=True,
    ),
    Threshold(
        "price_ceiling_percent",
        250,
        "percent",
        "A listing never costs more than this share of its niche's going rate.",
        100,
        1000,
        money=True,
    ),
    Threshold(
        "price_change_percent", 25, "percent", "A listing's price moves by no more than this in a day.", 1, 100, money=True
    ),
)
_CLAIMS = (
    Threshold("claim_days", 14, "days", "How long after delivery a bad lead can be reported.", money=True),
    Threshold("claims_per_day", 5, "claims", "A provider may always report this many bad leads a day.", 0, money=True),
    Threshold(
        "claims_share_percent", 10, "percent", "Or this share of last week's leads, when that is more.", 0, 100, money=True
    ),
    Threshold("claim_hours", 48, "hours", "A report that nobody answers within this time is escalated.", most=720, money=True),
    Threshold("claim_appeal_days", 14, "days", "How long after a rejection it can be appealed, once."),
    Threshold("flag_days", 30, "days", "The time over which a provider's reports are looked at for abuse."),
    Threshold("flag_reports", 10, "reports", "A provider with fewer reports in that time is never flagged."),
    Threshold("flag_approval_percent", 50, "percent", "A larger share of reports upheld than this is flagged.", 0, 100),
    Threshold("flag_refund_percent", 20, "percent", "A larger share of leads refunded than this is flagged.", 0, 100),
)
_MESSAGING = (
    Threshold("quiet_from_hour", 20, "o'clock", "From this hour on, mail that can wait is kept.", 0, 23),
    Threshold(
        "quiet_to_hour", 8, "o'clock", "Until this hour in the reader's market; the same hour for both: mail never waits.", 0, 23
    ),
    Threshold("soft_bounces", 3, "bounces", "So many soft bounces end mail to an address.", 1, 50),
    Threshold("soft_bounce_days", 30, "days", "The time over which soft bounces are counted.", 1, 365),
)
_OPERATIONS = (
    # As for retain_job_days: the row of a week's slot says that it was done.
    Threshold("dead_letter_days", 30, "days", "Dead letters and finished jobs older than this are cleaned up.", 8),
    Threshold("queue_alarm_minutes", 10, "minutes", "The queue counts as stuck when its oldest due job has waited this long."),
    Threshold(
        "keep_months",
        36,
        "months",
        "Whole months of looks, searches and what models said are taken off their tables after this, and kept apart.",
        2,
        600,
    ),
)
_REPORTS = (
    Threshold("export_rows", 1_000_000, "rows", "The most rows of one export.", 1000, 10_000_000),
    Threshold("exports_per_day", 5, "exports", "How many exports a provider may ask for in 24 hours."),
    Threshold("notebook_days", 90, "days", "How long the page of a notebook's run is kept.", 1, 730),
    Threshold("export_hours", 24, "hours", "How long the file of an export is kept.", 1, 168),
    Threshold("target_api_ms", 200, "ms", "Target: 95 of 100 API calls are faster.", 1, 60_000),
    Threshold("target_uptime", 999, "per 1,000", "Target: time in which the exchange is ready.", 1, 1000),
    Threshold("target_error_rate", 10, "per 1,000", "Target: bad ones among sold leads.", 0, 1000),
    Threshold("target_duplicates", 0, "leads", "Target: duplicates on sale.", 0),
    Threshold("target_acquisition_cents", 1500, "cents", "Target: cost of an approved lead.", 1, 10**6),
    Threshold("target_retention", 800, "per 1,000", "Target: providers who buy again.", 1, 1000),
    Threshold("target_credit_efficiency", 200, "per 1,000", "Target: spending on won leads.", 1, 1000),
    Threshold("target_penetration", 500, "per 1,000", "Target: ZIPs with a sale.", 1, 1000),
    Threshold("target_active_providers", 50, "providers", "Target: providers who buy."),
    Threshold("target_daily_users", 20, "people", "Target: people on the pages each day.", 1, 10**6),
    Threshold("target_visit_minutes", 5, "minutes", "Target: the median length of a visit.", 1, 600),
    Threshold("target_conversion", 150, "per 1,000", "Target: sales that are won.", 1, 1000),
    Threshold("target_satisfaction", 40, "tenths of a star", "Target: the mean rating.", 10, 50),
)
_PRIVACY = (
    _kept(
        "retain_unconfirmed_days",
        30,
        "A request that expired unconfirmed loses name, e-mail, phone, address and answers after this.",
    ),
    _kept("retain_rejected_days", 180, "A request that review rejected loses its contact data and answers after this.", 30),
    _kept(
        "retain_unsold_days",
        365,
        "A request that was withdrawn, closed or a duplicate, and never sold, loses its contact data after this.",
        30,
    ),
    _kept(
        "retain_mail_days",
        90,
        "Address and text of a mail are emptied after this; that it was sent, and what became of it, stays.",
        7,
    ),
    _kept(
        "retain_event_days",
        90,
        "What a payment gateway wrote us is emptied after this; that it came, and what became of it, stays.",
        30,
    ),
    _kept("retain_record_days", 365, "What a source sent is emptied after this; that it came, and its hash, stays.", 30),
    _kept("retain_session_days", 30, "Sign-in sessions that ran out, with their address and browser, are deleted after this."),
    _kept("retain_link_days", 30, "Verification, reset and invitation links that ran out are deleted after this."),
    _kept("retain_confirmation_days", 30, "Confirmation links of requests that ran out are deleted after this."),
    # Not below the longest slot of the schedule: a done row is what keeps a slot from being filled twice.
    _kept("retain_job_days", 14, "Jobs that are done are deleted after this; dead letters have their own time.", 8),
    _kept("retain_answer_days", 2, "Answers kept so that a repeated request acts once are deleted after this.", 2, 30),
    _kept("retain_webhook_days", 90, "The log of calls to companies' programs, with their answers, is deleted after this."),
    _kept("retain_visit_days", 400, "When somebody used the pages, and for how long, is deleted after this.", 31),
    _kept("retain_probe_days", 400, "The minute-by-minute record of whether the exchange answered is deleted after this.", 31),
)

_CHAPTERS = {
    "leads": _LEADS,
    "accounts": _ACCOUNTS,
    "distribution": _DISTRIBUTION,
    "payments": _PAYMENTS,
    "prices": _PRICES,
    "claims": _CLAIMS,
    "messaging": _MESSAGING,
    "operations": _OPERATIONS,
    "reports": _REPORTS,
    "privacy": _PRIVACY,
}
REGISTRY = {row.key: replace(row, chapter=chapter) for chapter, rows in _CHAPTERS.items() for row in rows}
