"""What reporting, deciding and refunding may be refused for, each in words for the person who asked."""

from datetime import datetime
from math import ceil

from core.kit.errors import Conflict, Invalid, NotFound, TooMany


class ClaimNotFound(NotFound):
    """No report has this id, or it is not the asker's to see."""

    def __init__(self) -> None:
        super().__init__("claim.not_found", "There is no such report. Open your list of reports.")


class LeadNotHeld(NotFound):
    """No such lead among the asker's own, or none at all for an administrator."""

    def __init__(self) -> None:
        super().__init__("assignment.not_found", "This lead is not among those that were bought. Open the list of leads.")


class ClaimInvalid(Invalid):
    """A field of a report or a decision breaks a rule; ``fields`` says which."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("claim.invalid", sentence, fields={field: sentence})


class ReportTooLate(Conflict):
    """The days for reporting a lead are over (SPEC 7.3)."""

    def __init__(self, days: int) -> None:
        super().__init__("claim.too_late", f"A lead can be reported for {days} days after its delivery. These are over.")


class ReportedBefore(Conflict):
    """A lead is reported once; its report has been answered (SPEC 7.3)."""

    def __init__(self, status: str, *, appealed: bool) -> None:
        then = "The appeal was answered too." if appealed else "You may appeal once, with your reasons."
        told = {
            "approved": "This lead was reported and credited already. Open your reports to see it.",
            "rejected": f"This lead was reported already, and the report was rejected. {then}",
            "withdrawn": "This lead was reported already, and you took the report back. A lead can be reported once.",
        }
        super().__init__("claim.reported_before", told[status])


class ReportLimit(TooMany):
    """The day's reports are used up (SPEC 7.3)."""

    def __init__(self, most: int, *, frees_at: datetime, now: datetime) -> None:
        wait = max(1, ceil((frees_at - now).total_seconds()))
        told = f"You have sent the {most} reports of a day. The next one is possible at {frees_at:%H:%M} UTC"
        day = "" if frees_at.date() == now.date() else f" on {frees_at.day} {frees_at:%B}"
        super().__init__("claim.day_limit", f"{told}{day}.", retry_after_s=wait)
        self.frees_at = frees_at


class ClaimDecided(Conflict):
    """The report does not wait for this step: somebody answered it, or it was taken back."""

    def __init__(self, status: str) -> None:
        super().__init__("claim.decided", f"This report is {status} already. Reload the page to see it.")


class NoAppeal(Conflict):
    """Only a rejection can be appealed, once, and in time (SPEC 7.4)."""

    def __init__(self, sentence: str) -> None:
        super().__init__("claim.no_appeal", sentence)


class RefundedAlready(Conflict):
    """The lead was paid back before: that happens once."""

    def __init__(self) -> None:
        super().__init__("refund.once", "This lead was paid back already. Nothing more was moved.")


class ReportOpen(Conflict):
    """A lead with an open report is refunded by deciding that report."""

    def __init__(self) -> None:
        super().__init__("refund.report_open", "This lead has an open report. Decide that report instead.")


class TooManyClaims(Invalid):
    """A bulk action takes so many and no more (SPEC 3.2)."""

    def __init__(self, most: int) -> None:
        super().__init__("claim.too_many", f"Choose at most {most} reports at once.")
