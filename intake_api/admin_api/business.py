"""Settings of the business, retention, and the checks over all data (SPEC preamble, 13.6, 13.8)."""

from datetime import datetime
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from core import audit, ops, privacy
from core.kit.actor import Actor
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("admin_business", __name__, url_prefix="/api/v1/admin")


class NewValue(Body):
    """The value from now on, in the setting's own unit."""

    value: int


@route(blueprint, "GET", "/settings", "admin", "analyst", "scientist")
def settings(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every setting with its value, bounds, and who changed it last."""
    return {"items": ops.thresholds(session, actor=actor)}


@route(blueprint, "PUT", "/settings/<key>", "admin", body=NewValue)
def change_setting(session: Session, actor: Actor, given: NewValue, *, key: str, now: datetime) -> Any:
    """Change a setting within its bounds."""
    ops.set_threshold(session, actor=actor, key=key, value=given.value, now=now)
    return {"setting": {"key": key, "value": given.value}}


@route(blueprint, "GET", "/settings/<key>/history", "admin", "analyst", query=Page)
def setting_history(session: Session, actor: Actor, given: Page, *, key: str, now: datetime) -> Any:
    """What the setting was, and who changed it when, newest first."""
    return page(ops.threshold_changes(session, actor=actor, keys=[key], before_id=given.after, limit=given.limit), given.limit)


@route(blueprint, "GET", "/retention", "admin", "analyst")
def retention(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every rule of what is not kept for ever, and what its next run would remove."""
    return {"items": privacy.retention_rules(session, actor=actor, now=now)}


@route(blueprint, "GET", "/verifications", "admin", "analyst")
def verifications(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The latest runs of every check over the data, with what they found."""
    return {"items": audit.latest_verifications(session, actor=actor)}


@route(blueprint, "POST", "/verifications", "admin")
def request_verification(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Have everything checked; answers with the run that is under way when there is one."""
    return {"verification": {"id": audit.request_verification(session, actor=actor, now=now)}}
