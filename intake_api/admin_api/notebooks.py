"""Notebooks: which there are, runs asked for and how far they are (SPEC 10.5)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from core import advice
from core.kit.actor import STAFF, Actor
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("admin_notebooks", __name__, url_prefix="/api/v1/admin/notebooks")


class Wanted(Body):
    """What is set in a notebook before it runs; the rest stays as it stands there."""

    parameters: dict[str, bool | int | str] = Field(default_factory=dict)


class Runs(Page):
    """Runs of all notebooks, or of one."""

    notebook: str | None = None


@route(blueprint, "GET", "", *STAFF)
def notebooks(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every notebook with what can be set in it."""
    from ml.notebooks import books

    told = [{"name": b.name, "title": b.title, "about": b.about, "parameters": b.parameters} for b in books()]
    return {"notebooks": told}


@route(blueprint, "POST", "/<name>/runs", "admin", "scientist", body=Wanted, status=202)
def run_notebook(session: Session, actor: Actor, given: Wanted, *, name: str, now: datetime) -> Any:
    """Have a worker run one."""
    from ml.notebooks import ask

    return {"run": ask(session, actor=actor, notebook=name, parameters=given.parameters, now=now)}


@route(blueprint, "GET", "/runs", *STAFF, query=Runs)
def notebook_runs(session: Session, actor: Actor, given: Runs, *, now: datetime) -> Any:
    """Runs of everybody, newest first; the page of one lies at ``/notebook-runs/{id}/page``."""
    rows = advice.notebooks.runs(session, actor=actor, notebook=given.notebook, before=given.after, most=given.limit)
    return page(rows, given.limit)


@route(blueprint, "POST", "/runs/<uuid:run_id>/stop", "admin", "scientist")
def stop_notebook_run(session: Session, actor: Actor, _given: None, *, run_id: UUID, now: datetime) -> Any:
    """End a run of one's own before its end; an admin ends anybody's. What it said by then is kept."""
    return {"run": advice.notebooks.stop(session, actor=actor, run_id=run_id, now=now)}


@route(blueprint, "GET", "/runs/<uuid:run_id>", *STAFF)
def notebook_run(session: Session, actor: Actor, _given: None, *, run_id: UUID, now: datetime) -> Any:
    """How far one run is, or what came of it."""
    return {"run": advice.notebooks.run(session, actor=actor, run_id=run_id)}
