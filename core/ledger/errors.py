"""What the ledger refuses, in words."""

from core.kit.errors import Conflict, Invalid, NotFound


class InsufficientBalance(Conflict):
    """The wallet can't pay the amount; nothing moved."""


class WalletFrozen(Conflict):
    """The wallet is frozen until an admin decides; nothing left it (SPEC 6.1)."""


class WalletMissing(NotFound):
    """There is no such wallet, or it is not the asker's to see."""


class TransferKeyReused(Conflict):
    """The idempotency key belongs to a transfer of other content; nothing moved."""


class InvalidTransfer(Invalid):
    """The amount or the memo breaks a rule; ``fields`` says which."""


class NoStatement(NotFound):
    """The wallet has no statement of that month."""

    def __init__(self, message: str) -> None:
        super().__init__("statement.none", message)
