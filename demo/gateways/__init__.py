"""Stub gateways: real HTTP servers on loopback that speak as Stripe and PayPal do, as far as we use them, and sign as they do.

Tests and benchmarks run the real SDKs against them; a demo pays with them in the browser. No card, no money.
"""
