"""What is asked of a gateway after a person has paid or approved: the capture of an order, the card to keep."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from core.payments.gateways import paypal_gateway
from core.payments.models import Deposit


@dataclass(frozen=True, slots=True)
class ToCapture:
    """An approved order of PayPal whose money is still to be taken."""

    deposit_id: UUID
    order_ref: str


@dataclass(frozen=True, slots=True)
class Captured:
    """What PayPal answered, in its own words; the signed event decides."""

    state: str


@dataclass(frozen=True, slots=True)
class ToKeep:
    """A payment whose card its provider wants to keep."""

    provider_id: UUID
    payment_ref: str


def order_to_capture(session: Session, *, deposit_id: UUID) -> ToCapture | None:
    """The order of a deposit that still waits for its money, ``None`` when there is nothing to take."""
    deposit = session.get(Deposit, deposit_id)
    if deposit is None or deposit.gateway != "paypal" or deposit.status != "pending" or deposit.gateway_ref is None:
        return None
    return ToCapture(deposit.id, deposit.gateway_ref)


def capture(wanted: ToCapture) -> Captured:
    """Take the money, once; no transaction may be open. Raises ``GatewayUnreachable``."""
    return Captured(paypal_gateway.capture(wanted.order_ref, wanted.deposit_id))


def card_to_keep(session: Session, *, deposit_id: UUID) -> ToKeep | None:
    """The payment of a completed deposit whose card is to be kept."""
    deposit = session.get(Deposit, deposit_id)
    if deposit is None or not deposit.save_method or deposit.status != "completed" or deposit.payment_ref is None:
        return None
    return ToKeep(deposit.provider_id, deposit.payment_ref)
