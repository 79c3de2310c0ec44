"""Refusals of this chapter, each with the sentence a person reads."""

from collections.abc import Mapping

from core.kit.errors import Conflict, Invalid, NotFound


class ProviderNotFound(NotFound):
    """There is no such provider, or it is not the asker's own."""

    def __init__(self) -> None:
        super().__init__("provider.not_found", "This provider does not exist.")


class SubscriptionNotFound(NotFound):
    """There is no such subscription, or it belongs to another provider."""

    def __init__(self) -> None:
        super().__init__("subscription.not_found", "This subscription does not exist. Open your list of subscriptions.")


class AreaNotFound(NotFound):
    """There is no such service area, or it belongs to another provider."""

    def __init__(self) -> None:
        super().__init__("area.not_found", "This service area does not exist. It may have been removed already.")


class ProviderNotActive(Conflict):
    """Only active providers see leads, buy or are distributed to (SPEC 1.3)."""

    def __init__(self, status: str) -> None:
        what_now = {
            "pending": "Your account is waiting for activation. Complete your profile; we e-mail you when it is active.",
            "suspended": "Your account is suspended. Please contact support.",
        }
        super().__init__("provider.not_active", what_now.get(status, "This account is closed. Please contact support."))


class LevelNotOffered(Conflict):
    """The level is not active, so nobody can subscribe to it or resume."""

    def __init__(self) -> None:
        super().__init__("level.not_offered", "This level is not on offer now. Choose another level of the niche.")


class AlreadySubscribed(Conflict):
    """A provider subscribes to a level once (SPEC 4.2)."""

    def __init__(self) -> None:
        super().__init__("subscription.exists", "You already have a subscription to this level.")


class InvalidFilter(Invalid):
    """Filter rules break the grammar or do not fit the niche's form; ``fields`` maps a rule's path to its sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        first = next(iter(problems.values()))
        more = f" ({len(problems)} problems in all)" if len(problems) > 1 else ""
        super().__init__("filter.invalid", f"The filter can't be saved: {first}{more}", fields=problems)


class InvalidArea(Invalid):
    """A service area can't be made of what was drawn or typed."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("area.invalid", sentence, fields={field: sentence})


class InvalidCaps(Invalid):
    """A cap or a delivery hour is out of bounds; ``fields`` names each."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("caps.invalid", next(iter(problems.values())), fields=problems)
