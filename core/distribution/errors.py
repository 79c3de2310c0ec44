"""What the engine refuses, in words."""

from core.kit.errors import Conflict, Gone, Invalid, NotFound


class LeadNotDistributable(Conflict):
    """Only an approved lead is distributed (SPEC 5.1)."""

    def __init__(self, status: str) -> None:
        words = status.replace("_", " ")
        super().__init__("distribution.not_approved", f"This lead is {words}. Only an approved lead is distributed.")


class RunNotFound(NotFound):
    """There is no such run."""

    def __init__(self) -> None:
        super().__init__("distribution.run_not_found", "There is no such distribution run.")


class SubscriptionNotInNiche(NotFound):
    """The lead and the subscription to compare don't exist, or belong to different niches."""

    def __init__(self) -> None:
        super().__init__("distribution.no_such_pair", "Choose a lead and a subscription of the same niche.")


class PingInvalid(Invalid):
    """A ping id that is not ours, not this partner's, or whose post says something else than was asked."""

    def __init__(self) -> None:
        sentence = "This ping is unknown, or the lead differs from what was asked about. Ping again with the lead's own answers."
        super().__init__("ping.invalid", sentence, fields={"ping_id": sentence})


class PingOver(Gone):
    """An offer that has run out or was taken."""

    def __init__(self) -> None:
        super().__init__("ping.over", "This offer has run out or was taken. Ping again.")
