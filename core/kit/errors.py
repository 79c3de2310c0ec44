"""One family of errors: a stable code for programs, a sentence for people."""

from collections.abc import Mapping


class HotleadsError(Exception):
    """Base of every refusal the business makes.

    ``code`` is stable and dotted (``lead.not_approved``); ``message`` says what happened and what to do now;
    ``fields`` maps a field's name to its own sentence. HTTP status lives in intake_api only.
    """

    def __init__(self, code: str, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})


class NotFound(HotleadsError):
    """The thing does not exist, or is not the asker's to see."""


class Forbidden(HotleadsError):
    """The actor's role or tenant does not allow the act (SPEC 1.6)."""


class Invalid(HotleadsError):
    """Input breaks a rule; ``fields`` says which field and why."""


class Conflict(HotleadsError):
    """The state of the thing does not allow the act (a step out of order, or done already)."""


class Gone(HotleadsError):
    """The link or file existed and has run out; the message says how to get a new one."""


class TooMany(HotleadsError):
    """A rate or daily limit is used up; ``retry_after_s`` says when it frees."""

    def __init__(self, code: str, message: str, *, retry_after_s: int) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class Unavailable(HotleadsError):
    """A part that the act needs (database, Redis, a service) can't be reached now."""
