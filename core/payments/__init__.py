"""Payments: deposits by Stripe and PayPal, their signed webhooks, reversals, saved cards and automatic top-ups (SPEC 6.2, 6.4).

A deposit is a row that waits; only a correctly signed event of its gateway completes or fails it, once, whatever the
order and number of deliveries. The gateway itself is asked by edges and jobs while no transaction is open.
"""

from core.payments.deposits import StartedDeposit, gateway_of, note_opened, opening, start_deposit, state_by_link
from core.payments.errors import (
    DepositInvalid,
    DepositNotFound,
    DepositNotPayable,
    GatewayNotConfigured,
    GatewayUnreachable,
    NoSavedMethod,
    TopUpInvalid,
    WebhookForged,
    WebhookUnreadable,
)
from core.payments.gateways import GATEWAYS, NAMES, Delivery, Gateway, Opened, Order, configured
from core.payments.listing import DepositView, all_payments, deposits_of
from core.payments.methods import Card, method_of, remove_method, save_method
from core.payments.models import Deposit, PaymentEvent, PaymentMethod, PaymentReversal, TopUp, TopUpMandate
from core.payments.top_up import TopUpView, set_top_up, top_up_of

__all__ = [
    "GATEWAYS",
    "NAMES",
    "Card",
    "Delivery",
    "Deposit",
    "DepositInvalid",
    "DepositNotFound",
    "DepositNotPayable",
    "DepositView",
    "Gateway",
    "GatewayNotConfigured",
    "GatewayUnreachable",
    "NoSavedMethod",
    "Opened",
    "Order",
    "PaymentEvent",
    "PaymentMethod",
    "PaymentReversal",
    "StartedDeposit",
    "TopUp",
    "TopUpInvalid",
    "TopUpMandate",
    "TopUpView",
    "WebhookForged",
    "WebhookUnreadable",
    "all_payments",
    "configured",
    "deposits_of",
    "gateway_of",
    "method_of",
    "note_opened",
    "opening",
    "remove_method",
    "save_method",
    "set_top_up",
    "start_deposit",
    "state_by_link",
    "top_up_of",
]
