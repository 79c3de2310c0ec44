"""The demo market: a made-up world of consumers and companies, loaded through the same verbs as real life.

Deterministic by seed; nobody in it can be called or mailed. See docs/demo-market.md.
"""
