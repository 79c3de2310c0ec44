"""Niches, their settings and the versions of their forms."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden, HotleadsError, Invalid
from core.kit.ids import uuid7
from tests.builders import SCHEMA


def schema(label: str = "Bedrooms") -> dict[str, Any]:
    return {"fields": [{"key": "bedrooms", "label": label, "type": "number"}]}


def create(session: Session, admin: Actor, now: datetime, **more: Any) -> niches.NicheView:
    return niches.create_niche(
        session, actor=admin, now=now, **({"name": "Solar", "schema": schema(), "max_providers": 4} | more)
    )


def test_launch_niches_are_seeded_once(session: Session, now: datetime) -> None:
    assert [niche.slug for niche in niches.seed_launch_niches(session, now=now)] == [
        "home-seller",
        "home-buyer",
        "roofing",
        "hvac",
    ]
    assert niches.seed_launch_niches(session, now=now) == []
    for niche in niches.list_niches(session, open_only=True):
        levels = niches.levels_of(session, niche.id)
        assert [level.position for level in levels] == list(range(1, len(levels) + 1))
        assert levels[0].exclusive and levels[0].max_recipients == 1
        assert niches.check_schema(niches.current_schema(session, niche.id)) == []
        assert not niche.auto_approve  # off by default (SPEC 3.4)


def test_a_niche_is_found_by_id_and_slug(session: Session, admin: Actor, now: datetime) -> None:
    niche = create(session, admin, now, name="Solar & storage", description="Panels")
    assert niche.slug == "solar-storage" and niche.schema_version == 1
    assert niches.get_niche(session, niche.id) == niches.get_niche(session, str(niche.id)) == niche
    assert niches.get_niche(session, "solar-storage") == niche
    for unknown in (uuid7(), "nothing", "", "\x00"):
        with pytest.raises(niches.NicheNotFound):
            niches.get_niche(session, unknown)
    with pytest.raises(niches.NicheNotFound):
        niches.current_schema(session, uuid7())
    turns = session.execute(text("select turns from niche_turn where niche_id = :id"), {"id": niche.id}).scalar_one()
    assert turns == 0


def test_settings_are_changed_and_audited(session: Session, admin: Actor, now: datetime) -> None:
    niche = create(session, admin, now)
    edited = niches.edit_niche(
        session,
        actor=admin,
        niche_id=niche.id,
        max_providers=3,
        listing_days=10,
        auto_approve=True,
        auto_approve_min_quality=70,
        auto_approve_max_fraud=0.1,
        now=now,
    )
    assert (edited.max_providers, edited.listing_days, edited.auto_approve) == (3, 10, True)
    assert (edited.auto_approve_min_quality, edited.auto_approve_max_fraud) == (70, 0.1)
    niches.edit_niche(session, actor=admin, niche_id=niche.id, max_providers=3, now=now)  # changes nothing: no entry
    trail = session.execute(
        text("select before, after from audit_entry where action = 'niche.edited' and entity_id = :id"), {"id": niche.id}
    ).all()
    assert len(trail) == 1 and trail[0].before["max_providers"] == 4 and trail[0].after["max_providers"] == 3
    closed = niches.edit_niche(session, actor=admin, niche_id=niche.id, status="closed", now=now)
    assert closed.status == "closed"
    assert niche.id not in {row.id for row in niches.list_niches(session, open_only=True)}
    assert niche.id in {row.id for row in niches.list_niches(session)}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "x"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"max_providers": 0}, "max_providers"),
        ({"max_providers": 101}, "max_providers"),
        ({"max_providers": 2.5}, "max_providers"),
        ({"listing_days": 366}, "listing_days"),
        ({"auto_approve_min_quality": 101}, "auto_approve_min_quality"),
        ({"auto_approve_max_fraud": 1.1}, "auto_approve_max_fraud"),
        ({"auto_approve_max_fraud": float("nan")}, "auto_approve_max_fraud"),
        ({"status": "gone"}, "status"),
    ],
)
def test_settings_out_of_range(session: Session, admin: Actor, now: datetime, change: dict[str, Any], field: str) -> None:
    niche = create(session, admin, now)
    with pytest.raises(Invalid) as refused:
        niches.edit_niche(session, actor=admin, niche_id=niche.id, now=now, **change)
    assert set(refused.value.fields) == {field}


def test_names_are_unique(session: Session, admin: Actor, now: datetime) -> None:
    first = create(session, admin, now)
    for more in ({}, {"name": "Sólar"}, {"name": "Other", "slug": "solar"}):
        with pytest.raises(niches.NameTaken):
            create(session, admin, now, **more)
    other = create(session, admin, now, name="Windows")
    with pytest.raises(niches.NameTaken):
        niches.edit_niche(session, actor=admin, niche_id=other.id, name=first.name, now=now)
    assert niches.get_niche(session, other.id).name == "Windows"
    with pytest.raises(niches.NicheInvalid):
        create(session, admin, now, name="———")


def test_publishing_makes_a_new_version_and_keeps_the_old(session: Session, admin: Actor, now: datetime) -> None:
    niche = create(session, admin, now)
    assert niches.publish_schema(session, actor=admin, niche_id=niche.id, schema=schema("Rooms"), based_on=1, now=now) == 2
    assert niches.current_schema(session, niche.id) == schema("Rooms")
    assert niches.schema_at(session, niche.id, 1) == schema()
    assert [version.version for version in niches.schema_versions(session, niche.id)] == [2, 1]
    assert niches.get_niche(session, niche.id).schema_version == 2
    with pytest.raises(niches.NicheNotFound):
        niches.schema_at(session, niche.id, 3)
    with pytest.raises(niches.SchemaUnchanged):
        niches.publish_schema(session, actor=admin, niche_id=niche.id, schema=schema("Rooms"), now=now)
    with pytest.raises(niches.SchemaStale):
        niches.publish_schema(session, actor=admin, niche_id=niche.id, schema=schema("Beds"), based_on=1, now=now)
    entry = session.execute(
        text("select before, after from audit_entry where action = 'schema.published' and entity_id = :id"), {"id": niche.id}
    ).one()
    assert (entry.before["version"], entry.after["version"]) == (1, 2)


def test_a_published_version_can_not_be_changed(session: Session, admin: Actor, now: datetime) -> None:
    niche = create(session, admin, now)
    for statement in ("update form_schema set schema = :s where niche_id = :n", "delete from form_schema where niche_id = :n"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement), {"n": niche.id, "s": '{"fields": []}'})


def test_a_bad_schema_is_refused_with_every_problem(session: Session, admin: Actor, now: datetime) -> None:
    niche = create(session, admin, now)
    bad = {"fields": [{"key": "Race", "label": "Race", "type": "text"}]}
    with pytest.raises(niches.SchemaRefused) as refused:
        niches.publish_schema(session, actor=admin, niche_id=niche.id, schema=bad, now=now)
    assert {problem.path for problem in refused.value.problems} == {"fields[0].key", "fields[0].label"}
    assert set(refused.value.fields) == {"fields[0].key", "fields[0].label"}
    with pytest.raises(niches.SchemaRefused):
        create(session, admin, now, name="Other", schema=bad)
    assert niches.get_niche(session, niche.id).schema_version == 1


@pytest.mark.parametrize("role", ["analyst", "scientist", "provider", "public"])
def test_only_admins_change_niches(session: Session, admin: Actor, now: datetime, role: Any) -> None:
    niche = create(session, admin, now)
    actor = Actor(user_id=uuid7(), role=role)
    for act in (
        lambda: create(session, actor, now, name="Other"),
        lambda: niches.edit_niche(session, actor=actor, niche_id=niche.id, max_providers=9, now=now),
        lambda: niches.publish_schema(session, actor=actor, niche_id=niche.id, schema=SCHEMA, now=now),
    ):
        with pytest.raises(Forbidden):
            act()


def test_two_admins_publish_at_once(database: Engine, admin: Actor, now: datetime) -> None:
    """Both began with version 1: one becomes version 2, the other is told to look again."""
    with transaction(database) as session:
        niche = create(session, admin, now)

    def publish(label: str) -> str:
        try:
            with transaction(database) as session:
                niches.publish_schema(session, actor=admin, niche_id=niche.id, schema=schema(label), based_on=1, now=now)
                return "published"
        except HotleadsError as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(publish, ["Rooms", "Beds"])) == ["published", "schema.stale"]
    with transaction(database) as session:
        assert len(niches.schema_versions(session, niche.id)) == 2
