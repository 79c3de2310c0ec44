"""What a lead's verbs may be refused for, each in words for the person who asked."""

from collections.abc import Mapping

from core.kit.errors import Conflict, Gone, Invalid, NotFound, TooMany

NOT_FOR_SALE = {
    "no_consent": "This lead has no live consent and can't be sold.",
    "source_may_not_sell": "The source of this lead may not be used for selling. Review its permission first.",
    "test_record": "This is a test record of its source. It is never sold.",
    "do_not_sell": "This person asked not to be sold. The lead can't be approved.",
    "consent_too_old": "The consent is older than the policy of its state and niche allows. The lead can't be sold any more.",
    "consent_without_phone": "The policy of its state and niche asks for a consent to calls. This one names no phone.",
    "resale_over": "The time in which the policy of its state and niche lets it be sold is over.",
    "do_not_contact": "This person is on a do-not-contact list. The lead can't be approved.",
    "do_not_contact_stale": "An uploaded do-not-contact list is too old. Upload a fresh one, then approve.",
}
NOT_ACCEPTED = "We can't take this request. If you think that is a mistake, please write to us."


class LeadNotFound(NotFound):
    """No lead has this id, or it is not the asker's to see."""

    def __init__(self) -> None:
        super().__init__("lead.not_found", "This lead does not exist.")


class NicheClosed(NotFound):
    """The niche is unknown or takes no requests (SPEC 2.2)."""

    def __init__(self) -> None:
        super().__init__("niche.not_found", "There is no such service, or it takes no requests at the moment.")


class SubmissionInvalid(Invalid):
    """One or more fields of a submission break a rule; all of them are named at once (SPEC 2.2)."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("lead.invalid", "Please correct the marked fields.", fields=fields)


class OutsideMarkets(Invalid):
    """The place lies in none of the open markets (SPEC 2.2)."""

    def __init__(self, field: str) -> None:
        sentence = "We don't serve this area yet."
        super().__init__("lead.outside_markets", f"{sentence} Try a place in one of our markets.", fields={field: sentence})


class NotAccepted(Invalid):
    """The person must not be contacted (SPEC 2.5); deliberately says no more than that."""

    def __init__(self) -> None:
        super().__init__("lead.not_accepted", NOT_ACCEPTED)


class IllegalStep(Conflict):
    """The lead's status does not allow the step (SPEC 2.7)."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__("lead.illegal_step", f"A lead that is {words(old)} can't become {words(new)}.")
        self.old, self.new = old, new


class NotForSale(Conflict):
    """Consent, a do-not-sell wish or a do-not-contact list stands against selling the lead (SPEC 2.5)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"lead.{reason}", NOT_FOR_SALE[reason])
        self.reason = reason


class LinkUnknown(NotFound):
    """No link has this token or signature."""

    def __init__(self) -> None:
        super().__init__("link.unknown", "This link is not valid. Open it again from the mail, in full.")


class LinkExpired(Gone):
    """The link existed and works no more (SPEC 2.4); ``over``: nor would a new one, the request waits for none."""

    def __init__(self, message: str = "This link has expired. Ask for a new mail.", *, over: bool = False) -> None:
        super().__init__("link.expired", message)
        self.over = over


class ResendRefused(TooMany):
    """Confirmations are sent again at most three times, five minutes apart (SPEC 2.4)."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__("confirmation.resend_limit", message, retry_after_s=retry_after_s)


class TooManyAtOnce(Invalid):
    """A bulk action names more leads than it may (SPEC 3.2)."""

    def __init__(self, most: int) -> None:
        super().__init__("lead.bulk_limit", f"Choose at most {most} leads at once.")


class ReasonMissing(Invalid):
    """The act needs a reason in words (SPEC 3.2)."""

    def __init__(self) -> None:
        sentence = "Write a reason, up to 1,000 characters."
        super().__init__("lead.reason_missing", sentence, fields={"reason": sentence})


def words(status: str) -> str:
    """A status as people read it."""
    return status.replace("_", " ")


class PartnerUnknown(NotFound):
    """There is no such partner."""

    def __init__(self) -> None:
        super().__init__("lead.partner_unknown", "There is no such partner.")


class PartnerSettled(Conflict):
    """The lead is on sale or past it; who earns from it is settled."""

    def __init__(self) -> None:
        super().__init__("lead.partner_settled", "This lead has been approved already: who earns a share of it is settled.")


class NotNamed(Conflict):
    """The lead's consent holds for named companies alone, and this is none of them."""

    def __init__(self) -> None:
        words = "This person agreed to hear from the companies they named, and yours is not one of them. Leave this lead."
        super().__init__("lead.not_named", words)


class OnOwnList(Conflict):
    """A list that the company brought speaks against this lead, or is too old to be believed (SPEC 2.5)."""

    def __init__(self) -> None:
        words = "A do-not-contact list of your company stands against this lead, or is too old. Renew your lists, or leave it."
        super().__init__("lead.on_own_list", words)
