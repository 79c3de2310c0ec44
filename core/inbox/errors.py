"""What a provider may be told about its leads when something can't be done."""

from core.kit.errors import Conflict, Invalid, NotFound


class AssignmentNotFound(NotFound):
    """No such lead among the provider's own."""

    def __init__(self) -> None:
        super().__init__("assignment.not_found", "This lead is not in your inbox. Open your list of leads.")


class AlreadyDecided(Conflict):
    """A lead is accepted or rejected once (SPEC 7.2)."""

    def __init__(self, decision: str) -> None:
        super().__init__("assignment.decided", f"This lead was {decision} already. Reload the page to see it.")


class AlreadyRefunded(Conflict):
    """The lead was paid back: nothing more is recorded on it."""

    def __init__(self) -> None:
        super().__init__("assignment.refunded", "This lead was refunded. Nothing more can be recorded on it.")


class NotAcceptedYet(Conflict):
    """An outcome belongs to an accepted lead (SPEC 7.2)."""

    def __init__(self) -> None:
        super().__init__("assignment.not_accepted", "Accept the lead first, then record what came of it.")


class InboxInvalid(Invalid):
    """A value is out of its range; ``fields`` says which."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("inbox.invalid", sentence, fields={field: sentence})
