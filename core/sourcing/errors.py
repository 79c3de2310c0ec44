"""What can go wrong between a source and us, in words."""

from core.kit.errors import HotleadsError, Invalid, Unavailable


class SourceUnavailable(Unavailable):
    """The source can't be reached, is overloaded, or refuses us; worth another try. ``retry_after_s`` when it said so."""

    def __init__(self, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class SourceBroken(HotleadsError):
    """The source answers something that is not its protocol; trying again does not help."""


class Unreadable(Invalid):
    """A record that can't be understood; it goes to quarantine with this reason."""
