"""What can go wrong between a source and us, in words."""

from core.kit.errors import Conflict, Forbidden, HotleadsError, Invalid, NotFound, Unavailable


class SourceUnavailable(Unavailable):
    """The source can't be reached, is overloaded, or refuses us; worth another try. ``retry_after_s`` when it said so."""

    def __init__(self, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class SourceBroken(HotleadsError):
    """The source answers something that is not its protocol; trying again does not help."""


class Unreadable(Invalid):
    """A record that can't be understood; it goes to quarantine with this reason."""


class SourceNotFound(NotFound):
    """No source has this id or name."""

    def __init__(self) -> None:
        super().__init__("source.not_found", "There is no such source.")


class SourceNotPermitted(Forbidden):
    """Nobody has found yet that the source may be used, or the permission has ended (SPEC 8.2)."""

    def __init__(self) -> None:
        super().__init__(
            "source.not_permitted", "This source may not be used: it has no permission in force. Record one on its page first."
        )


class SourceBusy(Conflict):
    """A walk through the source is under way."""

    def __init__(self) -> None:
        super().__init__("source.busy", "A run of this source is under way. Wait until it has finished.")


class SourcePaused(Conflict):
    """The source is switched off, or rests after failures in a row."""

    def __init__(self, why: str) -> None:
        super().__init__("source.paused", why)


class QuarantineSettled(Conflict):
    """The entry has been decided already, or what it holds was erased."""

    def __init__(self, why: str = "This entry of the quarantine has been decided already.") -> None:
        super().__init__("quarantine.settled", why)


class QuarantineCorrected(Conflict):
    """Somebody corrected the entry while it was about to be replayed."""

    def __init__(self) -> None:
        super().__init__("quarantine.corrected", "Somebody corrected this record a moment ago. Look at it again, then replay it.")


class CannotSetApart(Conflict):
    """A record that can't become a lead of its own, with the reason."""

    def __init__(self, why: str) -> None:
        super().__init__("record.cannot_set_apart", why)
