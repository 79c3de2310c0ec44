import pytest

from core.kit.actor import Actor
from core.kit.ids import uuid7


@pytest.fixture
def admin() -> Actor:
    return Actor(user_id=uuid7(), role="admin")
