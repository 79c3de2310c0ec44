"""Templates as admins work on them: read, try, save as a new version, go back (SPEC 11.1)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import STAFF, Actor
from core.kit.errors import NotFound
from core.kit.ids import uuid7
from core.kit.mail import request_mail
from core.messaging.letters import Audience, shipped
from core.messaging.models import EmailTemplate
from core.messaging.render import Parts, Rendered, check_parts, render


@dataclass(frozen=True, slots=True)
class TemplateView:
    """One version of a template, with what a person needs to edit it."""

    key: str
    title: str
    audience: Audience
    version: int
    active: bool
    subject: str
    html: str
    text: str
    variables: tuple[str, ...]
    samples: dict[str, str]
    created_by: UUID
    created_at: datetime


def list_templates(session: Session, *, actor: Actor) -> list[TemplateView]:
    """The active version of every template, by title."""
    actor.require(*STAFF)
    rows = session.scalars(select(EmailTemplate).where(EmailTemplate.active))
    return sorted((_view(row) for row in rows), key=lambda view: view.title)


def template_versions(session: Session, *, actor: Actor, key: str) -> list[TemplateView]:
    """Every version of one template, newest first."""
    actor.require(*STAFF)
    rows = session.scalars(select(EmailTemplate).where(EmailTemplate.key == key).order_by(EmailTemplate.version.desc()))
    found = [_view(row) for row in rows]
    if not found:
        raise _unknown(key)
    return found


def preview_template(session: Session, *, actor: Actor, key: str, parts: Parts | None = None) -> Rendered:
    """A template, or unsaved ``parts`` of it, with its sample values; raises ``TemplateInvalid`` in words."""
    actor.require(*STAFF)
    template = active_template(session, key)
    samples = _samples(template)
    if parts is not None:
        check_parts(parts, variables=template.variables, samples=samples)
    shown = parts or Parts(template.subject, template.html, template.body_text)
    return render(shown, samples, variables=template.variables, audience=audience_of(key), name="Sam Sample")


def save_template(session: Session, *, actor: Actor, key: str, parts: Parts, now: datetime) -> int:
    """Save checked parts as a new version and use it from now on; returns its number (SPEC 11.1)."""
    actor.require("admin")
    template = active_template(session, key, lock=True)
    check_parts(parts, variables=template.variables, samples=_samples(template))
    version = 1 + (session.scalar(select(func.max(EmailTemplate.version)).where(EmailTemplate.key == key)) or 0)
    _retire(session, key)
    session.add(
        EmailTemplate(
            key=key,
            version=version,
            subject=parts.subject,
            html=parts.html,
            body_text=parts.text,
            variables=template.variables,
            active=True,
            created_by=actor.user_id,
            created_at=now,
        )
    )
    session.flush()
    _record(session, actor, "template.saved", key, before=template.version, after=version, now=now)
    return version


def activate_version(session: Session, *, actor: Actor, key: str, version: int, now: datetime) -> None:
    """Go back (or forward) to a stored version."""
    actor.require("admin")
    current = active_template(session, key, lock=True)
    wanted = session.get(EmailTemplate, (key, version))
    if wanted is None:
        raise NotFound("template.unknown", f"There is no version {version} of this template.")
    if wanted.active:
        return
    _retire(session, key)
    session.execute(update(EmailTemplate).where(EmailTemplate.key == key, EmailTemplate.version == version).values(active=True))
    _record(session, actor, "template.activated", key, before=current.version, after=version, now=now)


def send_test(session: Session, *, actor: Actor, key: str, now: datetime) -> UUID | None:
    """Mail the active version with its sample values to the actor; returns the job's id."""
    actor.require("admin")
    template = active_template(session, key)
    return request_mail(session, key, key=f"test:{uuid7()}", now=now, user_id=actor.user_id, context=dict(_samples(template)))


def active_template(session: Session, key: str, *, lock: bool = False) -> EmailTemplate:
    """The version in use; ``lock`` makes two people who save at once wait for each other."""
    statement = select(EmailTemplate).where(EmailTemplate.key == key, EmailTemplate.active)
    if lock:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"template:{key}"))))
    template = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if template is None:
        raise _unknown(key)
    return template


def audience_of(key: str) -> Audience:
    """Whom a template is written to."""
    letter = shipped().get(key)
    return letter.audience if letter else "user"


def _samples(template: EmailTemplate) -> dict[str, str]:
    letter = shipped().get(template.key)
    return {name: letter.samples.get(name, name) if letter else name for name in template.variables}


def _retire(session: Session, key: str) -> None:
    session.execute(update(EmailTemplate).where(EmailTemplate.key == key, EmailTemplate.active).values(active=False))


def _record(session: Session, actor: Actor, action: str, key: str, *, before: int, after: int, now: datetime) -> None:
    was, is_ = {"key": key, "version": before}, {"key": key, "version": after}
    audit.record(session, actor, action, entity_type="email_template", entity_id=None, now=now, before=was, after=is_)


def _unknown(key: str) -> NotFound:
    return NotFound("template.unknown", f"There is no mail template named {key}.")


def _view(row: EmailTemplate) -> TemplateView:
    letter = shipped().get(row.key)
    return TemplateView(
        key=row.key,
        title=letter.title if letter else row.key,
        audience=audience_of(row.key),
        version=row.version,
        active=row.active,
        subject=row.subject,
        html=row.html,
        text=row.body_text,
        variables=tuple(row.variables),
        samples=_samples(row),
        created_by=row.created_by,
        created_at=row.created_at,
    )
