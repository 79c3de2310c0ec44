"""Templates as their editors read them: list, versions, preview."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.kit.actor import STAFF, Actor
from core.kit.errors import NotFound
from core.kit.ids import SYSTEM_USER_ID
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
    shipped: bool
    retired: bool
    waits: bool
    created_by: UUID
    created_at: datetime

    @property
    def parts(self) -> Parts:
        """The three texts."""
        return Parts(self.subject, self.html, self.text)


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


def preview_template(
    session: Session, *, actor: Actor, key: str, parts: Parts | None = None, samples: dict[str, str] | None = None
) -> Rendered:
    """A template, or unsaved ``parts`` of it, as it is sent, with its sample values or others.

    Raises ``TemplateInvalid`` in words.
    """
    actor.require(*STAFF)
    template = active_template(session, key)
    samples = samples_of(template) | {name: value for name, value in (samples or {}).items() if name in template.variables}
    if parts is not None:
        check_parts(parts, variables=template.variables, samples=samples)
    shown = parts or Parts(template.subject, template.html, template.body_text)
    return render(shown, samples, variables=template.variables, audience=audience_of(key), name="Sam Sample")


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


def samples_of(template: EmailTemplate) -> dict[str, str]:
    """A value for each variable of a template, to try it with."""
    letter = shipped().get(template.key)
    return {name: letter.samples.get(name, name) if letter else name for name in template.variables}


def stored_version(session: Session, key: str, version: int) -> EmailTemplate:
    """One version; raises ``NotFound``."""
    found = session.get(EmailTemplate, (key, version), populate_existing=True)
    if found is None:
        raise NotFound("template.unknown", f"There is no version {version} of this template.")
    return found


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
        samples=samples_of(row),
        shipped=row.created_by == SYSTEM_USER_ID,
        retired=row.retired_at is not None,
        waits=letter.waits if letter else False,
        created_by=row.created_by,
        created_at=row.created_at,
    )
