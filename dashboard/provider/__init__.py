"""Pages of a provider's own users."""
