"""Ask a deposit's gateway for its page, while no transaction is open."""

from core.payments.gateways import paypal_gateway, stripe_gateway
from core.payments.gateways.gateway import Gateway, Opened, Order


def open_payment(gateway: Gateway, order: Order) -> Opened:
    """The page where the person pays; the same one when asked again. Raises ``GatewayUnreachable``."""
    return stripe_gateway.open_checkout(order) if gateway == "stripe" else paypal_gateway.open_order(order)
