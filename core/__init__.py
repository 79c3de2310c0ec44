"""The business of the exchange: every rule lives here, once (see core/README.md)."""
