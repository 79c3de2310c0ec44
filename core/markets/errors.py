"""What adding or changing a market may be refused for."""

from core.kit.errors import Conflict, Invalid, NotFound


class MarketInvalid(Invalid):
    """What was given can't become a market; ``fields`` says which part and why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("market.invalid", sentence, fields={field: sentence})


class MarketTaken(Conflict):
    """The name, a ZIP or the land belongs to another market."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("market.taken", sentence, fields={field: sentence})


class MarketNotFound(NotFound):
    """No market has this id."""

    def __init__(self) -> None:
        super().__init__("market.not_found", "This market does not exist. Choose one from the list.")


class MarketUnchanged(Conflict):
    """The market is open, or closed, already."""

    def __init__(self, status: str) -> None:
        super().__init__("market.unchanged", f"The market is {status} already.")
