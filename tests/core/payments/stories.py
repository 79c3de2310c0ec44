"""What can happen to a deposit at its gateway, and what the provider owes the house at the end of it."""

from collections.abc import Callable
from typing import Any

from demo.gateways.app import Gateways
from demo.gateways.paypal_stub import PayPalStub
from demo.gateways.signing import Signed
from demo.gateways.stripe_stub import StripeStub


def stripe_step(stub: StripeStub, ref: str, step: str) -> list[Signed]:
    intent = stub.sessions[ref]["payment_intent"]
    dispute = next((key for key, found in stub.disputes.items() if found["payment_intent"] == intent), "")
    refund = next((key for key, found in stub.refunds.items() if found["payment_intent"] == intent), "")
    does: dict[str, Callable[[], list[Signed]]] = {
        "decline": lambda: stub.decline(ref),
        "pay": lambda: stub.pay(ref),
        "later": lambda: stub.pay_later(ref),
        "arrives": lambda: stub.settle_later(ref, arrived=True),
        "bounces": lambda: stub.settle_later(ref, arrived=False),
        "expire": lambda: stub.expire(ref),
        "refund": lambda: stub.refund(intent, 10_000),
        "refund part": lambda: stub.refund(intent, 2_500),
        "refund fails": lambda: stub.fail_refund(refund),
        "inquiry": lambda: stub.dispute(intent, status="warning_needs_response"),
        "dispute": lambda: stub.dispute(intent),
        "won": lambda: stub.close_dispute(dispute, won=True),
        "lost": lambda: stub.close_dispute(dispute, won=False),
    }
    return does[step]()


def paypal_step(stub: PayPalStub, ref: str, step: str) -> list[Signed]:
    capture = stub.orders[ref].get("capture", "")
    dispute = next((key for key, found in stub.disputes.items() if _disputed(found) == capture), "")
    stub.declining = step == "denied"
    does: dict[str, Callable[[], list[Signed]]] = {
        "approve": lambda: stub.approve(ref),
        "capture": lambda: stub.capture(ref),
        "denied": lambda: stub.capture(ref),
        "refund": lambda: stub.refund(capture, "100.00"),
        "refund part": lambda: stub.refund(capture, "25.00"),
        "reversed": lambda: stub.reverse(capture),
        "inquiry": lambda: stub.dispute(capture, stage="INQUIRY"),
        "dispute": lambda: stub.dispute(capture),
        "won": lambda: stub.close_dispute(dispute, won=True),
        "lost": lambda: stub.close_dispute(dispute, won=False),
    }
    return does[step]()


def tell(gateways: Gateways, gateway: str, ref: str, steps: tuple[str, ...]) -> list[Signed]:
    """Every event of the steps, as the gateway tells them one after the other."""
    if gateway == "stripe":
        return [signed for step in steps for signed in stripe_step(gateways.stripe, ref, step)]
    return [signed for step in steps for signed in paypal_step(gateways.paypal, ref, step)]


def _disputed(dispute: dict[str, Any]) -> Any:
    return dispute["disputed_transactions"][0]["seller_transaction_id"]


# Gateway, steps, and what the provider owes at the end in cents; None: never paid.
STORIES: dict[str, tuple[str, tuple[str, ...], int | None]] = {
    "card: paid": ("stripe", ("pay",), 0),
    "card: second card": ("stripe", ("decline", "pay"), 0),
    "card: never paid": ("stripe", ("decline", "expire"), None),
    "card: bank debit": ("stripe", ("later", "arrives"), 0),
    "card: bank debit bounces": ("stripe", ("later", "bounces"), None),
    "card: refunded": ("stripe", ("pay", "refund"), 10_000),
    "card: refunded in two parts": ("stripe", ("pay", "refund part", "refund part"), 5_000),
    "card: refunded, and it fails": ("stripe", ("pay", "refund", "refund fails"), 0),
    "card: inquiry only": ("stripe", ("pay", "inquiry"), 0),
    "card: disputed": ("stripe", ("pay", "dispute"), 10_000),
    "card: dispute won": ("stripe", ("pay", "dispute", "won"), 0),
    "card: dispute lost": ("stripe", ("pay", "dispute", "lost"), 10_000),
    "card: part refunded, disputed": ("stripe", ("pay", "refund part", "dispute"), 10_000),
    "card: part refunded, dispute won": ("stripe", ("pay", "refund part", "dispute", "won"), 2_500),
    "paypal: paid": ("paypal", ("approve", "capture"), 0),
    "paypal: denied": ("paypal", ("approve", "denied"), None),
    "paypal: denied, then paid": ("paypal", ("approve", "denied", "capture"), 0),
    "paypal: refunded in parts": ("paypal", ("approve", "capture", "refund part", "refund part"), 5_000),
    "paypal: reversed": ("paypal", ("approve", "capture", "reversed"), 10_000),
    "paypal: disputed and reversed": ("paypal", ("approve", "capture", "dispute", "reversed"), 10_000),
    "paypal: lost": ("paypal", ("approve", "capture", "dispute", "reversed", "lost"), 10_000),
    "paypal: won": ("paypal", ("approve", "capture", "dispute", "reversed", "won"), 0),
    "paypal: inquiry only": ("paypal", ("approve", "capture", "inquiry"), 0),
}
