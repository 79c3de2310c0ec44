"""Stripe and PayPal: which of them can be used here, what is asked of one, what its signed events mean in one vocabulary.
Nothing in this folder touches the database."""

from core.payments.gateways.gateway import CURRENCY, GATEWAYS, NAMES, Delivery, Gateway, Opened, Order, configured, require

__all__ = ["CURRENCY", "GATEWAYS", "NAMES", "Delivery", "Gateway", "Opened", "Order", "configured", "require"]
