"""The people of one company among themselves: who belongs to it, who leaves, whose it is (SPEC 1.3, 7.8)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.accounts import tokens
from core.accounts.models import User
from core.accounts.reasons import checked_reason
from core.accounts.sessions import revoke_sessions
from core.kit.actor import Actor
from core.kit.errors import Conflict, Forbidden, NotFound
from core.kit.mail import request_mail


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the company; ``invited_until`` is when an invitation that nobody has accepted runs out."""

    id: UUID
    email: str
    full_name: str
    owner: bool
    status: str
    second_factor: bool
    last_sign_in_at: datetime | None
    created_at: datetime
    invited_until: datetime | None


def team(session: Session, *, actor: Actor) -> list[Member]:
    """The people of the actor's own company, oldest first; invited ones too, those who left not (SPEC 7.8)."""
    rows = session.execute(
        text("""select u.id, u.email, u.full_name, u.owner, u.status, u.totp_confirmed_at is not null as second_factor,
                       u.last_sign_in_at, u.created_at,
                       (select t.expires_at from account_token t
                         where t.user_id = u.id and t.purpose = 'invitation' and t.used_at is null and u.status = 'pending'
                         order by t.id desc limit 1) as invited_until
                  from user_account u where u.provider_id = :provider and u.removed_at is null order by u.id"""),
        {"provider": actor.require_provider()},
    )
    return [Member(**row._asdict()) for row in rows]


def remove_member(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Take a colleague out of the company, or an invitation back: sessions and links end at once (SPEC 7.8).

    For owners. What the person did stays in the trail; an owner may invite them again. Raises ``NotFound`` for
    somebody of another company, ``Conflict`` for an owner and for an account that an administrator has closed.
    """
    people = _locked_team(session, actor)
    member = _member(people, user_id)
    if member.owner:
        raise Conflict("team.owner", "An owner can't be removed. Hand the company over to somebody else first.")
    if member.status not in ("pending", "active"):
        raise Conflict("team.closed", "An administrator has closed this account. Ask support about it.")
    before, member.status, member.removed_at, member.updated_at = member.status, "deactivated", now, now
    session.flush()
    tokens.end(session, user_id=member.id, purposes=["verify_email", "reset_password", "invitation"], now=now)
    revoke_sessions(session, user_id=member.id, reason="left the company", now=now)
    _record(session, actor, "user.removed", member, now, before={"status": before}, after={"status": "deactivated"})
    if before == "active":
        context = {"status": "deactivated", "reason": "An owner of your company has removed you from it."}
        key = f"{member.id}:{now.isoformat()}"
        request_mail(session, "account_status", key=key, now=now, user_id=member.id, context=context)


def hand_over(session: Session, *, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Make an active colleague the owner in the actor's place; the actor stays as a member (SPEC 7.8).

    A company always has an owner: both change in one transaction, and two hand-overs at once wait for each other.
    """
    people = _locked_team(session, actor)
    heir, former = _member(people, user_id), _member(people, actor.user_id)
    if heir.id == former.id:
        raise Conflict("team.own", "The company is yours already.")
    if heir.status != "active":
        raise Conflict("team.not_active", "Only somebody who has accepted the invitation can become the owner.")
    former.owner, heir.owner = False, True
    former.updated_at = heir.updated_at = now
    session.flush()
    for person, owner in ((former, False), (heir, True)):
        _record(session, actor, "user.owner_changed", person, now, before={"owner": not owner}, after={"owner": owner})


def name_owner(session: Session, *, actor: Actor, user_id: UUID, reason: str, now: datetime) -> None:
    """For administrators: give a company whose owner can't sign in any more to one of its people (SPEC 1.8, 7.8).

    While its owner is active, only they hand it over. Both changes are in the trail with the reason.
    """
    actor.require("admin")
    memo = checked_reason(reason, read_by="it is kept in the audit trail")
    people = _locked_people(session, session.scalar(select(User.provider_id).where(User.id == user_id)))
    heir, owners = _member(people, user_id), [person for person in people if person.owner]
    if any(owner.status == "active" for owner in owners):
        raise Conflict("team.has_owner", "This company has an owner who can sign in. They hand it over under Team.")
    if heir.status != "active":
        raise Conflict("team.not_active", "Only somebody with an active account can become the owner.")
    for person, owner in (*((former, False) for former in owners), (heir, True)):
        person.owner, person.updated_at = owner, now
        session.flush()
        _record(session, actor, "user.owner_changed", person, now, before={"owner": not owner}, after={"owner": owner}, memo=memo)


def lacks_owner(session: Session, *, actor: Actor, provider_id: UUID) -> bool:
    """Whether nobody who can sign in owns the company, so that ``name_owner`` may; for administrators."""
    actor.require("admin")
    owners = select(User.id).where(User.provider_id == provider_id, User.owner, User.status == "active")
    return session.scalar(owners.limit(1)) is None


def require_owner(session: Session, actor: Actor) -> UUID:
    """The actor's company, when it is theirs; raises ``Forbidden`` otherwise."""
    provider_id = actor.require_provider()
    if not session.scalar(select(User.owner).where(User.id == actor.user_id)):
        raise Forbidden("access.owner", "Only an owner of the company can do this.")
    return provider_id


def _locked_team(session: Session, actor: Actor) -> list[User]:
    """Everybody of the company, once it is certain that the actor owns it."""
    people = _locked_people(session, actor.require_provider())
    require_owner(session, actor)
    return people


def _locked_people(session: Session, provider_id: UUID | None) -> list[User]:
    """Everybody of a company, locked in one order; nobody for ``None``."""
    if provider_id is None:
        return []
    people = session.scalars(
        select(User)
        .where(User.provider_id == provider_id, User.removed_at.is_(None))
        .order_by(User.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(people)


def _member(people: list[User], user_id: UUID) -> User:
    found = next((person for person in people if person.id == user_id), None)
    if found is None:
        raise NotFound("team.unknown", "This person is not in your team.")
    return found


def _record(
    session: Session,
    actor: Actor,
    action: str,
    user: User,
    now: datetime,
    *,
    before: dict[str, object],
    after: dict[str, object],
    memo: str | None = None,
) -> None:
    audit.record(session, actor, action, entity_type="user", entity_id=user.id, now=now, before=before, after=after, memo=memo)
