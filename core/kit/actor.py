"""Who acts: passed to every verb, checked by every verb (SPEC 1.6)."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.kit.errors import Forbidden
from core.kit.ids import SYSTEM_USER_ID

Role = Literal["admin", "analyst", "scientist", "provider", "system", "public", "partner"]
STAFF: tuple[Role, ...] = ("admin", "analyst", "scientist")


@dataclass(frozen=True, slots=True)
class Actor:
    """The user (or the system, a partner's program, an anonymous submitter) on whose behalf a verb runs.

    ``key_id``: an API key acts, not a person at a page; it belongs to ``provider_id`` or ``partner_id``.
    """

    user_id: UUID
    role: Role
    provider_id: UUID | None = None
    session_id: UUID | None = None
    ip: str | None = None
    user_agent: str | None = None
    partner_id: UUID | None = None
    key_id: UUID | None = None

    def require(self, *roles: Role) -> None:
        """Raise ``Forbidden`` unless the actor has one of the roles; the system may do anything."""
        if self.role != "system" and self.role not in roles:
            raise Forbidden("access.forbidden", "Your role does not allow this. Ask an administrator if you need it.")

    def require_provider(self) -> UUID:
        """The actor's provider id; raises ``Forbidden`` for everyone who is not a provider's user."""
        self.require("provider")
        if self.provider_id is None:
            raise Forbidden("access.forbidden", "Only a provider's own users can do this.")
        return self.provider_id

    def require_person(self) -> None:
        """Raise ``Forbidden`` for a program: what decides who may act is left to people."""
        if self.key_id is not None:
            raise Forbidden("access.key", "An API key can't do this. Sign in and do it on the page.")


SYSTEM = Actor(user_id=SYSTEM_USER_ID, role="system")


def public(ip: str | None = None, user_agent: str | None = None) -> Actor:
    """An anonymous visitor of a public page or route."""
    return Actor(user_id=SYSTEM_USER_ID, role="public", ip=ip, user_agent=user_agent)
