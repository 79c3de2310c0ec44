"""Payments: deposits by Stripe and PayPal and their signed webhooks, reversals, saved cards and automatic top-ups; credit
packs, plans and their monthly fees, low balance, partners' shares (SPEC 6.2, 6.4, 6.6, 6.7).

A deposit is a row that waits; only a correctly signed event of its gateway completes or fails it, once, whatever the
order and number of deliveries. The gateway itself is asked by edges and jobs while no transaction is open.
"""

from core.payments.after_approval import Captured, ToCapture, ToKeep, capture, card_to_keep, order_to_capture
from core.payments.deposits import StartedDeposit, gateway_of, note_opened, opening, pay_url, start_deposit, state_by_link
from core.payments.errors import (
    DepositInvalid,
    DepositNotFound,
    DepositNotPayable,
    GatewayNotConfigured,
    GatewayUnreachable,
    NoSavedMethod,
    NothingOwed,
    PackInvalid,
    PackNotFound,
    PartnerInvalid,
    PartnerNotFound,
    PlanInvalid,
    PlanNotFound,
    PlanNotOffered,
    ThresholdInvalid,
    TopUpInvalid,
    WebhookForged,
    WebhookUnreadable,
)
from core.payments.forget import count_event_bodies, forget_event_bodies
from core.payments.gateways import GATEWAYS, NAMES, Delivery, Gateway, Opened, Order, configured
from core.payments.gateways.open_payment import open_payment
from core.payments.gateways.stripe_gateway import Charge, Charged, card_of, charge_saved
from core.payments.hold import freeze_wallet
from core.payments.listing import DepositView, all_payments, deposits_of
from core.payments.low_balance import announce_low_balance, set_low_balance
from core.payments.membership import MembershipView, PlanChange, choose_plan, membership_of, quote_plan
from core.payments.methods import Card, method_of, save_method
from core.payments.models import (
    CreditPack,
    Deposit,
    Membership,
    PaymentEvent,
    PaymentMethod,
    PaymentReversal,
    Plan,
    PlanFee,
    TopUp,
    TopUpMandate,
)
from core.payments.packs import PackView, add_pack, edit_pack, get_pack, list_packs
from core.payments.partner_statement import PartnerLine, PartnerStatement, partner_lines, partner_statement
from core.payments.partners import PartnerRow, add_partner, edit_partner, get_partner, list_partners
from core.payments.payouts import Payout, payouts, record_payout
from core.payments.plan_fees import charge_plan_fee, charge_plan_fees
from core.payments.plans import PlanView, edit_plan, get_plan, list_plans, plan_of
from core.payments.reversals import FROZEN, settle_debt
from core.payments.terms import Terms, terms_of
from core.payments.top_up import TopUpView, remove_method, set_top_up, top_up_of
from core.payments.top_up_run import begin_top_up, give_up, note_charged, tell_unreachable
from core.payments.verify import verify
from core.payments.webhook_inbox import LARGEST_BODY, Received, handle_event, receive_webhook, verify_webhook

__all__ = [
    "FROZEN",
    "GATEWAYS",
    "LARGEST_BODY",
    "NAMES",
    "Captured",
    "Card",
    "Charge",
    "Charged",
    "CreditPack",
    "Delivery",
    "Deposit",
    "DepositInvalid",
    "DepositNotFound",
    "DepositNotPayable",
    "DepositView",
    "Gateway",
    "GatewayNotConfigured",
    "GatewayUnreachable",
    "Membership",
    "MembershipView",
    "NoSavedMethod",
    "NothingOwed",
    "Opened",
    "Order",
    "PackInvalid",
    "PackNotFound",
    "PackView",
    "PartnerInvalid",
    "PartnerLine",
    "PartnerNotFound",
    "PartnerRow",
    "PartnerStatement",
    "PaymentEvent",
    "PaymentMethod",
    "PaymentReversal",
    "Payout",
    "Plan",
    "PlanChange",
    "PlanFee",
    "PlanInvalid",
    "PlanNotFound",
    "PlanNotOffered",
    "PlanView",
    "Received",
    "StartedDeposit",
    "Terms",
    "ThresholdInvalid",
    "ToCapture",
    "ToKeep",
    "TopUp",
    "TopUpInvalid",
    "TopUpMandate",
    "TopUpView",
    "WebhookForged",
    "WebhookUnreadable",
    "add_pack",
    "add_partner",
    "all_payments",
    "announce_low_balance",
    "begin_top_up",
    "capture",
    "card_of",
    "card_to_keep",
    "charge_plan_fee",
    "charge_plan_fees",
    "charge_saved",
    "choose_plan",
    "configured",
    "count_event_bodies",
    "deposits_of",
    "edit_pack",
    "edit_partner",
    "edit_plan",
    "forget_event_bodies",
    "freeze_wallet",
    "gateway_of",
    "get_pack",
    "get_partner",
    "get_plan",
    "give_up",
    "handle_event",
    "list_packs",
    "list_partners",
    "list_plans",
    "membership_of",
    "method_of",
    "note_charged",
    "note_opened",
    "open_payment",
    "opening",
    "order_to_capture",
    "partner_lines",
    "partner_statement",
    "pay_url",
    "payouts",
    "plan_of",
    "quote_plan",
    "receive_webhook",
    "record_payout",
    "remove_method",
    "save_method",
    "set_low_balance",
    "set_top_up",
    "settle_debt",
    "start_deposit",
    "state_by_link",
    "tell_unreachable",
    "terms_of",
    "top_up_of",
    "verify",
    "verify_webhook",
]
