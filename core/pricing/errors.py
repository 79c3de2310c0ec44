"""What pricing refuses, in words."""

from core.kit.errors import Conflict, Invalid, NotFound


class NotPriced(NotFound):
    """The lead is not on sale on the marketplace."""

    def __init__(self) -> None:
        super().__init__("listing.not_found", "This lead is not on sale. Search again to see what is.")


class NoModelToTry(Conflict):
    """The written rule prices: there is nothing to try against it."""

    def __init__(self) -> None:
        super().__init__("price_trial.no_model", "No price model is in use. Promote a version first, then try it.")


class TrialRunning(Conflict):
    """One trial at a time."""

    def __init__(self) -> None:
        super().__init__("price_trial.running", "A trial goes on already. Stop it, or wait until it has decided.")


class NoTrial(NotFound):
    """No trial goes on."""

    def __init__(self) -> None:
        super().__init__("price_trial.none", "No trial goes on. Reload the page to see those that are over.")


class TrialInvalid(Invalid):
    """A trial that can't be set up so."""

    def __init__(self) -> None:
        super().__init__(
            "price_trial.invalid",
            "Name it with 3 to 100 characters; let the model price 10 to 90% of listings, count each for 1 to 30 days, and plan "
            "for 100 listings or more.",
        )
