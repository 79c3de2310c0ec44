"""PayPal by its own SDK: Orders for people. Signatures of its webhooks: ``paypal_signature.py``.

Nothing here touches the database; it is called while no transaction is open.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID

from core.kit.config import settings
from core.kit.logs import logger
from core.payments.errors import GatewayUnreachable
from core.payments.gateways.gateway import CURRENCY, Opened, Order

TIMEOUT_S = 15
BRAND = "Hotleads"
# Refusals of a capture that asking again won't change; what became of the money is told by webhooks.
SETTLED = {"ORDER_ALREADY_CAPTURED", "ORDER_NOT_APPROVED", "INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED"}


def open_order(order: Order) -> Opened:
    """An order that a person approves at PayPal; asked again for the same deposit, the same one."""
    from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
    from paypalserversdk.models.order_request import OrderRequest
    from paypalserversdk.models.payment_source import PaymentSource
    from paypalserversdk.models.paypal_wallet import PaypalWallet
    from paypalserversdk.models.paypal_wallet_experience_context import PaypalWalletExperienceContext
    from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest

    value = f"{order.amount_cents // 100}.{order.amount_cents % 100:02d}"
    amount = AmountWithBreakdown(currency_code=CURRENCY, value=value)
    about = str(order.deposit_id)
    unit = PurchaseUnitRequest(amount=amount, custom_id=about, description="Hotleads balance")
    context = PaypalWalletExperienceContext(
        brand_name=BRAND,
        shipping_preference="NO_SHIPPING",
        user_action="PAY_NOW",
        return_url=order.return_url,
        cancel_url=order.cancel_url,
    )
    wallet = PaypalWallet(experience_context=context)
    wanted = OrderRequest(intent="CAPTURE", purchase_units=[unit], payment_source=PaymentSource(paypal=wallet))
    made = _asked("create_order", {"body": wanted, "paypal_request_id": f"deposit:{about}", "prefer": "return=minimal"})
    links = {link.rel: link.href for link in made.links or []}
    url = links.get("payer-action") or links.get("approve")
    if not url:
        raise GatewayUnreachable("gateway.no_page", "PayPal gave no payment page. Please try again in a minute.")
    return Opened(made.id, url)


def capture(order_ref: str, deposit_id: UUID) -> str:
    """Take the money of an approved order, once; the order's state in PayPal's words. Raises ``GatewayUnreachable``."""
    found = _asked("capture_order", {"id": order_ref, "paypal_request_id": f"capture:{deposit_id}", "prefer": "return=minimal"})
    return found if isinstance(found, str) else str(found.status)


def _asked(call: str, options: dict[str, Any]) -> Any:
    """PayPal's answer; the name of a settled refusal instead of one that can't change. Raises ``GatewayUnreachable``."""
    from apimatic_core.exceptions.auth_validation_exception import AuthValidationException
    from paypalserversdk.exceptions.api_exception import ApiException
    from requests import RequestException

    try:
        return getattr(_client().orders, call)(options).body
    except ApiException as error:
        issues = {detail.issue for detail in getattr(error, "details", None) or []}
        if call == "capture_order" and issues & SETTLED:
            return min(issues & SETTLED)
        problem: Exception = error
    except (AuthValidationException, RequestException) as error:
        problem = error
    logger().warning("paypal.failed", kind=type(problem).__name__, call=call, status=getattr(problem, "response_code", None))
    words = "PayPal could not be asked. Nothing was charged; please try again in a minute."
    raise GatewayUnreachable("gateway.unreachable", words) from problem


def _client() -> Any:
    ours = settings()
    return _made(ours.paypal_client_id, ours.paypal_client_secret.get_secret_value(), ours.paypal_api_base.rstrip("/"))


@lru_cache(maxsize=4)
def _made(client_id: str, secret: str, base: str) -> Any:
    from paypalserversdk.configuration import Configuration
    from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

    class Ours(Configuration):  # type: ignore[misc]
        """The SDK knows two addresses; ours is a setting."""

        def get_base_uri(self, server: object = None) -> str:
            """Where PayPal answers."""
            return base

    credentials = ClientCredentialsAuthCredentials(o_auth_client_id=client_id, o_auth_client_secret=secret)
    return PaypalServersdkClient(config=Ours(timeout=TIMEOUT_S, client_credentials_auth_credentials=credentials))
