"""What can go wrong when requests are merged or split, in words."""

from core.kit.errors import Conflict, NotFound


class PairNotFound(NotFound):
    """No such pair of requests."""

    def __init__(self) -> None:
        super().__init__("pair.not_found", "There is no such pair of requests. It may be gone with the person.")


class CannotMerge(Conflict):
    """One of the requests is past the point where it could become a duplicate."""

    def __init__(self, status: str) -> None:
        words = status.replace("_", " ")
        super().__init__(
            "pair.cannot_merge", f"Neither request can become a duplicate: this one is {words}. Withdraw it instead."
        )


class NotMerged(Conflict):
    """A split of something that is not a duplicate."""

    def __init__(self) -> None:
        super().__init__("pair.not_merged", "This request is not merged into another one, so there is nothing to split.")
