"""Who acts in this chapter's tests."""

from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.providers.models import Provider


def an_admin() -> Actor:
    return Actor(user_id=uuid7(), role="admin")


def an_analyst() -> Actor:
    return Actor(user_id=uuid7(), role="analyst")


def of(provider: Provider) -> Actor:
    """A user of the provider."""
    return Actor(user_id=uuid7(), role="provider", provider_id=provider.id)
