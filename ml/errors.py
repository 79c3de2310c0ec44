"""What models refuse, in words."""

from core.kit.errors import Invalid, Unavailable


class UnusableHistory(Invalid):
    """The table can't be learned from; the message says what to change."""

    def __init__(self, message: str) -> None:
        super().__init__("history.unusable", message)


class TooFewRows(UnusableHistory):
    """There is not enough to learn from and to test on."""


class BrokenModel(Unavailable):
    """A model's file can't be had, is not the one that was registered, or does not work with today's libraries."""

    def __init__(self) -> None:
        super().__init__(
            "model.broken",
            "The model's file is gone, is not the one that was registered, or does not work with the libraries of today. "
            "Train it again, or go back to the one before.",
        )
