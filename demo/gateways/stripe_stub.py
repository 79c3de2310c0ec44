"""Stripe, as far as we use it: Checkout sessions, payment intents, refunds, disputes, and their events."""

import time
from typing import Any
from uuid import uuid4

from demo.gateways.post import Post
from demo.gateways.signing import Json, Signed, StripeSigner

VERSION = "2026-10-28.endive"
CARD = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2031}
DECLINED = {"code": "card_declined", "message": "Your card was declined.", "type": "card_error"}


class StripeStub:
    """What happened at Stripe: ``pay`` and its sisters are what people and banks do there."""

    def __init__(self, signer: StripeSigner, post: Post) -> None:
        self.signer, self.post = signer, post
        self.sessions: dict[str, Json] = {}
        self.intents: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.bad_methods: set[str] = set()

    def open(self, wanted: Json, page: str) -> Json:
        """A Checkout session, open until somebody pays, fails or leaves."""
        item = wanted["line_items"][0]
        session = {
            "id": f"cs_test_{uuid4().hex}",
            "object": "checkout.session",
            "mode": wanted["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": int(item["price_data"]["unit_amount"]) * int(item["quantity"]),
            "currency": item["price_data"]["currency"],
            "client_reference_id": wanted["client_reference_id"],
            "metadata": wanted.get("metadata", {}),
            "payment_intent": None,
            "customer": None,
            "success_url": wanted["success_url"],
            "cancel_url": wanted["cancel_url"],
            "livemode": False,
            "keep": wanted.get("payment_intent_data", {}).get("setup_future_usage") == "off_session",
            "about": wanted.get("payment_intent_data", {}).get("metadata", {}),
        }
        self.sessions[session["id"]] = session | {"url": f"{page}/{session['id']}"}
        return self.shown(self.sessions[session["id"]])

    def pay(self, session_id: str, *, amount: int | None = None, currency: str | None = None) -> list[Signed]:
        """The person pays by card: intent and session tell of it, in this order."""
        session = self.sessions[session_id]
        intent = self._intent(
            amount or session["amount_total"], currency or session["currency"], session["about"], session["keep"]
        )
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"], "url": None}
        session |= {"customer": intent["customer"], "amount_total": intent["amount"], "currency": intent["currency"]}
        return [self.tell("payment_intent.succeeded", intent), self.tell("checkout.session.completed", self.shown(session))]

    def pay_later(self, session_id: str) -> list[Signed]:
        """The person pays by bank debit: the money is on its way."""
        session = self.sessions[session_id]
        intent = self._intent(session["amount_total"], session["currency"], session["about"], session["keep"])
        intent |= {"status": "processing", "amount_received": 0}
        session |= {"status": "complete", "payment_intent": intent["id"]}
        return [self.tell("checkout.session.completed", self.shown(session))]

    def settle_later(self, session_id: str, *, arrived: bool) -> list[Signed]:
        """The bank debit arrives, or does not."""
        session = self.sessions[session_id]
        if not arrived:
            return [self.tell("checkout.session.async_payment_failed", self.shown(session))]
        session["payment_status"] = "paid"
        return [self.tell("checkout.session.async_payment_succeeded", self.shown(session))]

    def decline(self, session_id: str) -> list[Signed]:
        """The card is declined; the session stays open for another one."""
        session = self.sessions[session_id]
        intent = self._intent(session["amount_total"], session["currency"], session["about"], session["keep"])
        intent |= {"status": "requires_payment_method", "amount_received": 0, "last_payment_error": DECLINED}
        return [self.tell("payment_intent.payment_failed", intent)]

    def expire(self, session_id: str) -> list[Signed]:
        """The session was left without paying."""
        session = self.sessions[session_id] | {"status": "expired", "url": None}
        self.sessions[session_id] = session
        return [self.tell("checkout.session.expired", self.shown(session))]

    def charge(self, wanted: Json) -> Json:
        """An intent confirmed at once with a saved card; declined when the card is a bad one."""
        intent = self._intent(int(wanted["amount"]), wanted["currency"], wanted.get("metadata", {}), keep=False)
        intent |= {"customer": wanted["customer"], "payment_method": wanted["payment_method"]}
        if wanted["payment_method"] in self.bad_methods:
            intent |= {"status": "requires_payment_method", "amount_received": 0, "last_payment_error": DECLINED}
            self.tell("payment_intent.payment_failed", intent)
        else:
            self.tell("payment_intent.succeeded", intent)
        return intent

    def refund(self, intent_id: str, cents: int, *, status: str = "succeeded") -> list[Signed]:
        """The house gives money back at Stripe."""
        refund = {"id": f"re_{uuid4().hex[:24]}", "object": "refund", "payment_intent": intent_id, "amount": cents}
        refund |= {"currency": "usd", "status": status, "charge": self.intents[intent_id]["latest_charge"]}
        self.refunds[refund["id"]] = refund
        charge = {
            "id": refund["charge"],
            "object": "charge",
            "payment_intent": intent_id,
            "amount_refunded": cents,
            "currency": "usd",
        }
        return [self.tell("refund.created", refund), self.tell("charge.refunded", charge)]

    def fail_refund(self, refund_id: str) -> list[Signed]:
        """A refund does not reach the card: the money stays."""
        self.refunds[refund_id]["status"] = "failed"
        return [self.tell("refund.failed", self.refunds[refund_id])]

    def dispute(self, intent_id: str, cents: int | None = None, *, status: str = "needs_response") -> list[Signed]:
        """The bank takes the money back; a ``warning_`` status is an inquiry only."""
        intent = self.intents[intent_id]
        dispute = {"id": f"du_{uuid4().hex[:24]}", "object": "dispute", "payment_intent": intent_id, "status": status}
        dispute |= {"amount": cents or intent["amount"], "currency": intent["currency"], "charge": intent["latest_charge"]}
        self.disputes[dispute["id"]] = dispute
        told = [self.tell("charge.dispute.created", dispute)]
        return told if status.startswith("warning_") else [*told, self.tell("charge.dispute.funds_withdrawn", dispute)]

    def close_dispute(self, dispute_id: str, *, won: bool) -> list[Signed]:
        """The bank decides."""
        dispute = self.disputes[dispute_id]
        dispute["status"] = "won" if won else "lost"
        told = [self.tell("charge.dispute.closed", dispute)]
        return [*told, self.tell("charge.dispute.funds_reinstated", dispute)] if won else told

    def tell(self, kind: str, thing: Json, *, event_id: str | None = None) -> Signed:
        """An event about a thing as it is now."""
        event = {"id": event_id or f"evt_{uuid4().hex[:24]}", "object": "event", "type": kind, "api_version": VERSION}
        event |= {"created": int(time.time()), "livemode": False, "pending_webhooks": 1, "data": {"object": dict(thing)}}
        return self.post.send(lambda at: self.signer.sign(event, at=at))

    @staticmethod
    def shown(session: Json) -> Json:
        """A session as Stripe's API shows it."""
        return {name: value for name, value in session.items() if name not in ("keep", "about")}

    def _intent(self, amount: int, currency: str, about: dict[str, Any], keep: bool) -> Json:
        number = uuid4().hex[:24]
        intent = {
            "id": f"pi_{number}",
            "object": "payment_intent",
            "amount": amount,
            "amount_received": amount,
            "currency": currency,
            "status": "succeeded",
            "metadata": about,
            "customer": f"cus_{number[:14]}" if keep else None,
            "payment_method": f"pm_{number}",
            "latest_charge": f"ch_{number}",
            "last_payment_error": None,
        }
        self.intents[intent["id"]] = intent
        return intent
