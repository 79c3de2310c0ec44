"""Why a lead can't be held or bought, in words; each refusal has a stable code (SPEC 9.2, 9.3)."""

from collections.abc import Mapping
from uuid import UUID

from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.money import format_usd


class NotOnSale(NotFound):
    """The lead is not on the marketplace, or not for this company."""

    def __init__(self) -> None:
        super().__init__("listing.not_found", "This lead is not on sale. Search again to see what is.")


class NotBought(NotFound):
    """There is no such sale, or it is another company's."""

    def __init__(self) -> None:
        super().__init__("sale.not_found", "This purchase is not in your books. Open it from your inbox or your wallet.")


class SlotTaken(Conflict):
    """Somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__("listing.taken", "Somebody else just took the last place of this lead. Look for another one.")


class EarlyAccess(Conflict):
    """Plans with early access see a listing before the others may hold it (SPEC 9.4)."""

    def __init__(self, minutes: int) -> None:
        words = f"This lead opens for your plan in {minutes} min. A plan with early access can hold it now."
        super().__init__("listing.early", words)


class HeldAlready(Conflict):
    """It is in this company's cart already."""

    def __init__(self) -> None:
        super().__init__("cart.held", "This lead is in your cart already.")


class BoughtAlready(Conflict):
    """A company has a lead once (SPEC 5.3)."""

    def __init__(self) -> None:
        super().__init__("cart.bought", "You have this lead already. Open your inbox.")


class Lapsed(Conflict):
    """A hold that ran out can't be taken again at once (SPEC 9.2)."""

    def __init__(self, minutes: int) -> None:
        words = f"Your hold of this lead ran out. You can hold it again in {minutes} min, if it is still there."
        super().__init__("cart.lapsed", words)


class CartFull(Conflict):
    """The plan's cart has no more room."""

    def __init__(self, size: int) -> None:
        super().__init__("cart.full", f"Your plan's cart holds {size} leads. Buy or release one first.")


class BalanceTooLow(Conflict):
    """The wallet can't pay everything in the cart (SPEC 9.2)."""

    def __init__(self, *, needed_cents: int, balance_cents: int) -> None:
        short = format_usd(needed_cents - balance_cents)
        words = f"With this lead your cart costs {format_usd(needed_cents)}; your wallet lacks {short}. Add money first."
        super().__init__("cart.balance", words)


class CeilingReached(Conflict):
    """The company's own limit for a day or a month."""

    def __init__(self, period: str, ceiling_cents: int) -> None:
        most = f"{format_usd(ceiling_cents)} a {period}"
        words = f"This goes beyond your own ceiling of {most}. Raise it in Wallet under Ceilings, or wait."
        super().__init__("cart.ceiling", words)


class HoldGone(NotFound):
    """The hold ran out or was released."""

    def __init__(self) -> None:
        super().__init__("cart.gone", "This lead is no longer in your cart: its hold ran out or was released.")


class ExtendedAlready(Conflict):
    """A hold is extended once (SPEC 9.2)."""

    def __init__(self) -> None:
        super().__init__("cart.extended", "A hold can be extended once, and this one was. Buy the lead or let it go.")


class CartEmpty(Invalid):
    """There is nothing to buy."""

    def __init__(self) -> None:
        super().__init__("cart.empty", "Your cart is empty. Hold a lead on the marketplace first.")


class CheckoutRefused(Conflict):
    """Nothing was bought: at least one lead can't be; ``reasons`` has a sentence for each (SPEC 9.3)."""

    def __init__(self, reasons: Mapping[UUID, str]) -> None:
        self.reasons = dict(reasons)
        many = "One lead" if len(reasons) == 1 else f"{len(reasons)} leads"
        words = f"Nothing was bought and nothing was charged: {many} in your cart can't be bought any more."
        super().__init__("cart.refused", words, fields={str(lead): why for lead, why in reasons.items()})


class CeilingInvalid(Invalid):
    """A ceiling that makes no sense."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("ceiling.invalid", sentence, fields={field: sentence})
