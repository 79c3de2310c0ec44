"""Mail templates with their versions, and what became of mail (SPEC 11).

A template is named by its key, one of its versions by ``key@version``.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from core import messaging
from core.kit.actor import STAFF, Actor
from core.kit.errors import NotFound
from core.messaging import Parts
from intake_api.rest import Body, DatedPage, page, route

blueprint = Blueprint("admin_messages", __name__, url_prefix="/api/v1/admin")
LONGEST = 20_000
Text = Annotated[str, StringConstraints(max_length=LONGEST)]


class Words(Body):
    """The three texts of a template."""

    subject: Text
    html: Text
    text: Text

    @property
    def parts(self) -> Parts:
        """As core takes them."""
        return Parts(self.subject, self.html, self.text)


class NewVersion(Words):
    """The words of a new version of the template ``key``."""

    key: Annotated[str, StringConstraints(max_length=100)]


class Change(Body):
    """New words, which become a new version, or the number of a stored version to use."""

    subject: Text | None = None
    html: Text | None = None
    text: Text | None = None
    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class Tried(Body):
    """Unsaved words to look at; what is left out is taken from the template."""

    subject: Text | None = None
    html: Text | None = None
    text: Text | None = None


class EventPage(DatedPage):
    """Which events: of a kind of mail, of what happened, of mail to users or leads, of one mail, by when they happened."""

    template: str | None = None
    event: (
        Literal["queued", "sent", "delivered", "opened", "deferred", "bounced", "complained", "failed", "suppressed"] | None
    ) = None
    recipient: Literal["user", "lead", "address"] | None = None
    message_id: UUID | None = None


@route(blueprint, "GET", "/email-templates", *STAFF)
def templates(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The version in use of every template, by title."""
    return {"items": messaging.list_templates(session, actor=actor)}


@route(blueprint, "POST", "/email-templates", "admin", body=NewVersion, status=201)
def new_version(session: Session, actor: Actor, given: NewVersion, *, now: datetime) -> Any:
    """Save a new version of a template and use it from now on."""
    messaging.save_template(session, actor=actor, key=given.key, parts=given.parts, now=now)
    return _template(session, actor, given.key)


@route(blueprint, "GET", "/email-templates/<template_id>", *STAFF)
def template(session: Session, actor: Actor, _given: None, *, template_id: str, now: datetime) -> Any:
    """A template with its version in use, or the one named, and its history."""
    key, version = _named(template_id)
    return _template(session, actor, key, version)


@route(blueprint, "PUT", "/email-templates/<template_id>", "admin", body=Change)
def change_template(session: Session, actor: Actor, given: Change, *, template_id: str, now: datetime) -> Any:
    """Save new words as a version and use it, or go back to a stored version by its number; words left out stay."""
    key, named = _named(template_id)
    wanted = given.version or named
    if wanted is not None:
        messaging.activate_version(session, actor=actor, key=key, version=wanted, now=now)
    else:
        words = given.model_dump(exclude={"version"})
        messaging.edit_template(session, actor=actor, key=key, **words, now=now)
    return _template(session, actor, key)


@route(blueprint, "DELETE", "/email-templates/<template_id>", "admin")
def retire_template(session: Session, actor: Actor, _given: None, *, template_id: str, now: datetime) -> Any:
    """Retire a version of your own; the words that came with the product take its place and can't be retired."""
    key, version = _named(template_id)
    messaging.retire_version(session, actor=actor, key=key, version=version, now=now)
    return _template(session, actor, key)


@route(blueprint, "POST", "/email-templates/<template_id>/preview", *STAFF, body=Tried)
def preview(session: Session, actor: Actor, given: Tried, *, template_id: str, now: datetime) -> Any:
    """The letter with sample values, from unsaved words too; nothing is stored."""
    key, _ = _named(template_id)
    return messaging.preview_template(session, actor=actor, key=key, parts=_filled(session, actor, key, given))


@route(blueprint, "POST", "/email-templates/<template_id>/test", "admin", status=202)
def send_test(session: Session, actor: Actor, _given: None, *, template_id: str, now: datetime) -> Any:
    """Mail the version in use with its sample values to yourself."""
    key, _ = _named(template_id)
    return {"job": messaging.send_test(session, actor=actor, key=key, now=now)}


@route(blueprint, "GET", "/email-events", "admin", query=EventPage)
def email_events(session: Session, actor: Actor, given: EventPage, *, now: datetime) -> Any:
    """What happened to mail, the latest we learned of first; no addresses."""
    rows = messaging.list_events(
        session,
        actor=actor,
        template=given.template,
        event=given.event,
        recipient_type=given.recipient,
        message_id=given.message_id,
        since=given.since,
        until=given.until,
        before_id=given.after,
        limit=given.limit,
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/email-events/<uuid:message_id>", "admin")
def events_of_mail(session: Session, actor: Actor, _given: None, *, message_id: UUID, now: datetime) -> Any:
    """Everything that happened to one mail, oldest first."""
    return {"items": messaging.events_of(session, actor=actor, message_id=message_id)}


def _template(session: Session, actor: Actor, key: str, version: int | None = None) -> dict[str, Any]:
    stored = messaging.template_versions(session, actor=actor, key=key)
    shown = next((view for view in stored if (view.active if version is None else view.version == version)), None)
    if shown is None:
        raise NotFound("template.unknown", f"There is no version {version} of this template.")
    history = [
        {"version": v.version, "active": v.active, "shipped": v.shipped, "retired": v.retired, "created_at": v.created_at}
        for v in stored
    ]
    return {"id": key, "template": shown, "versions": history}


def _filled(session: Session, actor: Actor, key: str, given: Tried) -> Parts:
    """What was given, the rest as it stands."""
    active = next(view for view in messaging.template_versions(session, actor=actor, key=key) if view.active)
    subject, html, text = (
        was if new is None else new
        for new, was in ((given.subject, active.subject), (given.html, active.html), (given.text, active.text))
    )
    return Parts(subject, html, text)


def _named(template_id: str) -> tuple[str, int | None]:
    """``welcome`` or ``welcome@3``."""
    key, _, version = template_id.partition("@")
    if not version:
        return key, None
    if not (version.isascii() and version.isdigit() and len(version) <= 6):
        raise NotFound("template.unknown", "There is no such template. Name it by its key, a version as key@number.")
    return key, int(version)
