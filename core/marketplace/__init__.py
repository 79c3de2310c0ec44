"""Leads picked by hand: carts of timed holds at locked prices, checkout, a company's own ceilings (SPEC 9).
A hold takes a slot under the same lock and the same constraints as a sale, so push and pull can't sell one slot twice."""

from core.marketplace.cart import Cart, CartItem, cart
from core.marketplace.ceilings import Ceilings, ceilings_of, set_ceilings
from core.marketplace.checkout import Checkout, checkout
from core.marketplace.errors import (
    BalanceTooLow,
    BoughtAlready,
    CartEmpty,
    CartFull,
    CeilingInvalid,
    CeilingReached,
    CheckoutRefused,
    EarlyAccess,
    ExtendedAlready,
    HeldAlready,
    HoldGone,
    Lapsed,
    NotOnSale,
    SlotTaken,
)
from core.marketplace.holds import Hold, extend_hold, hold, release_hold, sweep_holds

__all__ = [
    "BalanceTooLow",
    "BoughtAlready",
    "Cart",
    "CartEmpty",
    "CartFull",
    "CartItem",
    "CeilingInvalid",
    "CeilingReached",
    "Ceilings",
    "Checkout",
    "CheckoutRefused",
    "EarlyAccess",
    "ExtendedAlready",
    "HeldAlready",
    "Hold",
    "HoldGone",
    "Lapsed",
    "NotOnSale",
    "SlotTaken",
    "cart",
    "ceilings_of",
    "checkout",
    "extend_hold",
    "hold",
    "release_hold",
    "set_ceilings",
    "sweep_holds",
]
