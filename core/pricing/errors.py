"""What pricing refuses, in words."""

from core.kit.errors import NotFound


class NotPriced(NotFound):
    """The lead is not on sale on the marketplace."""

    def __init__(self) -> None:
        super().__init__("listing.not_found", "This lead is not on sale. Search again to see what is.")
