"""PayPal, as far as we use it: orders, captures, refunds, disputes, and their events."""

from datetime import UTC, datetime
from uuid import uuid4

from demo.gateways.post import Post
from demo.gateways.signing import Json, PayPalSigner, Signed


class PayPalStub:
    """What happened at PayPal: ``approve`` and its sisters are what people and PayPal do there."""

    def __init__(self, signer: PayPalSigner, post: Post) -> None:
        self.signer, self.post = signer, post
        self.orders: dict[str, Json] = {}
        self.captures: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.declining = False  # from now on captures are denied

    def open(self, wanted: Json, page: str) -> Json:
        """An order that waits for the payer."""
        number = uuid4().hex[:17].upper()
        context = wanted["payment_source"]["paypal"]["experience_context"]
        order = {
            "id": number,
            "intent": wanted["intent"],
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": wanted["purchase_units"],
            "context": context,
            "links": [{"href": f"{page}?token={number}", "rel": "payer-action", "method": "GET"}],
        }
        self.orders[number] = order
        return self.shown(order)

    def approve(self, order_id: str) -> list[Signed]:
        """The payer agrees; the money is taken when the house asks for it."""
        order = self.orders[order_id]
        order["status"] = "APPROVED"
        return [self.tell("CHECKOUT.ORDER.APPROVED", "checkout-order", self.shown(order))]

    def capture(self, order_id: str, *, value: str | None = None, currency: str | None = None) -> list[Signed]:
        """The house asks for the money of an approved order; ``value`` and ``currency`` let it arrive as another amount."""
        order = self.orders[order_id]
        unit = order["purchase_units"][0]
        amount = unit["amount"] | ({"value": value} if value else {}) | ({"currency_code": currency} if currency else {})
        number = uuid4().hex[:17].upper()
        capture = {
            "id": number,
            "status": "DECLINED" if self.declining else "COMPLETED",
            "amount": amount,
            "custom_id": unit["custom_id"],
            "final_capture": True,
            "supplementary_data": {"related_ids": {"order_id": order_id}},
            "links": [{"href": f"{self.signer.base}/v2/checkout/orders/{order_id}", "rel": "up", "method": "GET"}],
        }
        self.captures[number] = capture
        if self.declining:
            return [self.tell("PAYMENT.CAPTURE.DENIED", "capture", capture)]
        order["status"], order["capture"] = "COMPLETED", number
        return [self.tell("PAYMENT.CAPTURE.COMPLETED", "capture", capture)]

    def refund(self, capture_id: str, value: str) -> list[Signed]:
        """The house gives money back at PayPal."""
        return [self._back("PAYMENT.CAPTURE.REFUNDED", capture_id, value)]

    def reverse(self, capture_id: str) -> list[Signed]:
        """PayPal takes a whole capture back."""
        return [self._back("PAYMENT.CAPTURE.REVERSED", capture_id, self.captures[capture_id]["amount"]["value"])]

    def dispute(self, capture_id: str, *, stage: str = "CHARGEBACK") -> list[Signed]:
        """The payer disputes; in the stage ``INQUIRY`` both sides only talk."""
        dispute = {
            "dispute_id": f"PP-D-{uuid4().int % 100000:05d}",
            "status": "OPEN",
            "dispute_life_cycle_stage": stage,
            "dispute_amount": self.captures[capture_id]["amount"],
            "disputed_transactions": [{"seller_transaction_id": capture_id}],
        }
        self.disputes[dispute["dispute_id"]] = dispute
        return [self.tell("CUSTOMER.DISPUTE.CREATED", "dispute", dispute)]

    def close_dispute(self, dispute_id: str, *, won: bool) -> list[Signed]:
        """PayPal decides."""
        code = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
        dispute = self.disputes[dispute_id] | {"status": "RESOLVED", "dispute_outcome": {"outcome_code": code}}
        self.disputes[dispute_id] = dispute
        return [self.tell("CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute)]

    def tell(self, kind: str, about: str, resource: Json, *, event_id: str | None = None) -> Signed:
        """An event about a thing as it is now."""
        number = event_id or f"WH-{uuid4().hex[:17].upper()}-{uuid4().hex[:17].upper()}"
        event = {"id": number, "event_version": "1.0", "resource_version": "2.0", "event_type": kind, "resource_type": about}
        event |= {"create_time": datetime.now(UTC).isoformat(), "summary": kind.lower(), "resource": dict(resource)}
        transmission = str(uuid4())
        return self.post.send(lambda at: self.signer.sign(event, at=at, transmission=transmission))

    @staticmethod
    def shown(order: Json) -> Json:
        """An order as PayPal's API shows it."""
        return {name: value for name, value in order.items() if name not in ("context", "capture")}

    def _back(self, kind: str, capture_id: str, value: str) -> Signed:
        capture = self.captures[capture_id]
        link = {"href": f"{self.signer.base}/v2/payments/captures/{capture_id}", "rel": "up", "method": "GET"}
        refund = {"id": uuid4().hex[:17].upper(), "status": "COMPLETED", "custom_id": capture["custom_id"], "links": [link]}
        refund["amount"] = {"currency_code": capture["amount"]["currency_code"], "value": value}
        return self.tell(kind, "refund", refund)
