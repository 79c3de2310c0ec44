"""What a company made of its leads: counts and sums, and the rates that follow from them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kpis:
    """Counts of leads and sums of cents; every rate and time follows from them.

    ``viewed`` counts what was opened or decided, ``contacted`` what has any outcome, ``claims`` reports of bad leads.
    """

    received: int = 0
    viewed: int = 0
    accepted: int = 0
    rejected: int = 0
    contacted: int = 0
    won: int = 0
    lost: int = 0
    claims: int = 0
    refunded: int = 0
    spent_cents: int = 0
    refunded_cents: int = 0
    won_value_cents: int = 0
    view_s: float | None = None  # median seconds from delivery to the first look
    accept_s: float | None = None  # median seconds from delivery to accepting

    @property
    def net_spend_cents(self) -> int:
        """What the leads cost after refunds, in cents."""
        return self.spent_cents - self.refunded_cents

    @property
    def acceptance_rate(self) -> float | None:
        """Accepted leads among those decided; ``None`` when none was."""
        return share(self.accepted, self.accepted + self.rejected)

    @property
    def rejection_rate(self) -> float | None:
        """Rejected leads among those decided."""
        return share(self.rejected, self.accepted + self.rejected)

    @property
    def win_rate(self) -> float | None:
        """Won leads among those received."""
        return share(self.won, self.received)

    @property
    def claim_rate(self) -> float | None:
        """Reported leads among those received."""
        return share(self.claims, self.received)

    @property
    def cost_per_won_cents(self) -> int | None:
        """Net spend for each won lead, in cents; ``None`` when none was won."""
        return round(self.net_spend_cents / self.won) if self.won else None


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one niche, channel or day."""

    key: str
    label: str
    kpis: Kpis


def share(part: int, whole: int) -> float | None:
    """A part of a whole, 0..1; ``None`` when there is no whole."""
    return part / whole if whole else None
