"""What accounts refuse, and why, in words for people."""

from core.kit.errors import Conflict, Forbidden, Gone, HotleadsError, Invalid, NotFound

WRONG_CODE = "That code is not right, or it was used already. Wait for the next one and try again."


class SignInRefused(HotleadsError):
    """E-mail and password do not belong together; which of the two is wrong is never said."""


class HalfWayEnded(HotleadsError):
    """The time or the tries for the second factor are used up; sign in again (SPEC 1.5)."""


class NotVerified(Forbidden):
    """The password is right but the e-mail address has not been confirmed yet (SPEC 1.3)."""


class AccountClosed(Forbidden):
    """The password is right but the account is suspended or deactivated, or its company closed."""


class EmailTaken(Conflict):
    """Somebody has an account with this address already."""


class WeakPassword(Invalid):
    """The password breaks SPEC 1.2; the message carries the advice."""


class WrongPassword(Invalid):
    """The current password, asked again before a change, is not right."""


class WrongCode(Invalid):
    """A second-factor code that was asked for is not right."""


class LinkUnknown(NotFound):
    """No link has this token."""


class LinkUsed(Conflict):
    """The link was used before, or a newer one replaced it."""


class LinkExpired(Gone):
    """The link was right but its time is over."""


class TotpConfirmed(Conflict):
    """A second factor is set up already."""


class TotpMissing(Conflict):
    """There is no second factor to work with."""


class LastAdmin(Conflict):
    """The change would leave the exchange without an active administrator."""


class KeyUnknown(NotFound):
    """No such API key, or not the asker's."""


class KeyReplaced(Conflict):
    """An API key that was rotated before; only the newest one is."""


class KeyInvalid(Invalid):
    """A key that can't be made; ``fields`` says why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("api_key.invalid", sentence, fields={field: sentence})
