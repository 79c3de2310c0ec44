"""Templates as admins work on them: read, try, save as a new version, go back (SPEC 11.1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Conflict
from core.kit.ids import SYSTEM_USER_ID, uuid7
from core.kit.mail import request_mail
from core.messaging.letters import bring_up_to_date, is_same, shipped, version_of
from core.messaging.models import EmailTemplate
from core.messaging.render import Parts, check_parts
from core.messaging.template_views import active_template, samples_of, stored_version


def save_template(session: Session, *, actor: Actor, key: str, parts: Parts, now: datetime) -> int:
    """Save checked parts as a new version and use it from now on; returns its number (SPEC 11.1)."""
    actor.require("admin")
    template = active_template(session, key, lock=True)
    check_parts(parts, variables=template.variables, samples=samples_of(template))
    version = _next_number(session, key)
    template.active = False
    session.flush()
    session.add(
        EmailTemplate(
            key=key,
            version=version,
            subject=parts.subject,
            html=parts.html,
            body_text=parts.text,
            variables=template.variables,
            active=True,
            chosen_by=actor.user_id,
            created_by=actor.user_id,
            created_at=now,
        )
    )
    session.flush()
    _record(session, actor, "template.saved", key, before=template.version, after=version, now=now)
    return version


def edit_template(
    session: Session,
    *,
    actor: Actor,
    key: str,
    subject: str | None = None,
    html: str | None = None,
    text: str | None = None,
    now: datetime,
) -> int:
    """``save_template`` with what is given, the rest as it stands by then: two who edit other parts at once keep both."""
    actor.require("admin")
    stands = active_template(session, key, lock=True)
    parts = Parts(
        stands.subject if subject is None else subject,
        stands.html if html is None else html,
        stands.body_text if text is None else text,
    )
    return save_template(session, actor=actor, key=key, parts=parts, now=now)


def activate_version(session: Session, *, actor: Actor, key: str, version: int, now: datetime) -> None:
    """Go back (or forward) to a stored version that is not retired; raises ``TemplateInvalid`` for words that can't be
    written with what the exchange gives today."""
    actor.require("admin")
    current = active_template(session, key, lock=True)
    wanted = stored_version(session, key, version)
    if wanted.retired_at is not None:
        raise Conflict("template.retired", f"Version {version} was retired. Save its words as a new version to use them again.")
    if not wanted.active:
        if letter := shipped().get(key):
            bring_up_to_date(letter, wanted)
        _use(session, current, wanted, chosen_by=actor.user_id)
        _record(session, actor, "template.activated", key, before=current.version, after=version, now=now)


def retire_version(session: Session, *, actor: Actor, key: str, version: int | None = None, now: datetime) -> int:
    """Retire a custom version, the one in use unless another is named; returns the version in use afterwards.

    When it was in use, the newest shipped words take its place. Raises ``Conflict`` for shipped words: they stay.
    """
    actor.require("admin")
    current = active_template(session, key, lock=True)
    wanted = current if version is None else stored_version(session, key, version)
    if wanted.created_by == SYSTEM_USER_ID:
        raise Conflict(
            "template.shipped", f"Version {wanted.version} came with the product and stays. Only your own can be retired."
        )
    if wanted.retired_at is None:
        if wanted.active:
            current = _released(session, key, now)
            _use(session, wanted, current, chosen_by=None)
        wanted.retired_at = now
        session.flush()
        _record(session, actor, "template.retired", key, before=wanted.version, after=current.version, now=now)
    return current.version


def send_test(session: Session, *, actor: Actor, key: str, now: datetime) -> UUID | None:
    """Mail the active version with its sample values to the actor, quiet hours or not; returns the job's id."""
    actor.require("admin")
    template = active_template(session, key)
    samples = dict(samples_of(template))
    return request_mail(session, key, key=f"test:{uuid7()}", now=now, user_id=actor.user_id, context=samples, wanted=True)


def _released(session: Session, key: str, now: datetime) -> EmailTemplate:
    """The words of the release in use; while a person's own were, it has stored none of its own."""
    rows = select(EmailTemplate).where(EmailTemplate.key == key, EmailTemplate.created_by == SYSTEM_USER_ID)
    newest = session.scalars(rows.order_by(EmailTemplate.version.desc()).limit(1)).one()
    letter = shipped().get(key)
    if letter is None or is_same(letter, newest):
        return newest
    fresh = version_of(letter, _next_number(session, key), now)
    fresh.active = False  # until the other one gives way
    session.add(fresh)
    session.flush()
    return fresh


def _next_number(session: Session, key: str) -> int:
    return 1 + (session.scalar(select(func.max(EmailTemplate.version)).where(EmailTemplate.key == key)) or 0)


def _use(session: Session, old: EmailTemplate, new: EmailTemplate, *, chosen_by: UUID | None) -> None:
    """One after the other: a template never has two versions in use."""
    old.active = False
    session.flush()
    new.active, new.chosen_by = True, chosen_by
    session.flush()


def _record(session: Session, actor: Actor, action: str, key: str, *, before: int, after: int, now: datetime) -> None:
    was, is_ = {"key": key, "version": before}, {"key": key, "version": after}
    audit.record(session, actor, action, entity_type="email_template", entity_id=None, now=now, before=was, after=is_)
