"""Keys of programs: whose they are, what ends them, and what the table itself refuses (SPEC 1.1)."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import accounts, payments
from core.accounts import KeyInvalid, KeyUnknown
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.ids import SYSTEM_USER_ID, uuid7
from tests.at_once import at_once
from tests.builders import a_provider, a_user


@pytest.fixture
def owner(session: Session, now: datetime) -> Actor:
    provider = a_provider(session, now)
    user = a_user(session, now, role="provider", provider_id=provider.id, owner=True)
    return Actor(user.id, "provider", provider.id)


@pytest.fixture
def admin(session: Session, now: datetime) -> Actor:
    return Actor(a_user(session, now).id, "admin")


@pytest.fixture
def partner(session: Session, now: datetime) -> UUID:
    accounts.ensure_system_user(session, now=now)
    return payments.add_partner(session, actor=SYSTEM, name="Lead Friends", share_percent=10, now=now).id


def holder(session: Session, token: str, now: datetime) -> accounts.KeyHolder | None:
    return accounts.key_holder(session, token=token, ip="203.0.113.9", user_agent="curl", now=now)


def make(session: Session, owner: Actor, now: datetime, **more: object) -> accounts.NewKey:
    wanted = {"name": "CRM", "scopes": ["leads.read"]} | more
    return accounts.create_key(session, actor=owner, now=now, **wanted)  # type: ignore[arg-type]


def test_a_key_acts_for_its_company_with_its_scopes(session: Session, owner: Actor, now: datetime) -> None:
    made = make(session, owner, now, scopes=["leads.write", "leads.read", "leads.read"])
    found = holder(session, made.token, now)
    assert found is not None
    assert (found.actor.provider_id, found.actor.user_id) == (owner.provider_id, owner.user_id)
    assert (found.actor.role, found.actor.key_id) == ("provider", made.key.id)
    assert found.scopes == {"leads.read", "leads.write"}
    kept = session.execute(text("select secret_hash, last_used_at from api_key where id = :id"), {"id": made.key.id}).one()
    assert made.token.encode() not in bytes(kept.secret_hash) and kept.last_used_at == now
    assert accounts.list_keys(session, actor=owner)[0].ending == made.token[-4:]


def test_what_is_not_quite_the_key_opens_nothing(session: Session, owner: Actor, now: datetime) -> None:
    token = make(session, owner, now).token
    other = make(session, owner, now, name="Other").token
    mixed = token[:35] + other[35:]  # one key's id, another one's secret
    for wrong in (mixed, token[:-1] + ("A" if token[-1] != "A" else "B"), token + "x", "hl_", "hl_" + "0" * 32 + "_" + "x" * 43):
        assert holder(session, wrong, now) is None, wrong
    assert holder(session, token, now) is not None


def test_it_ends_by_time_by_hand_and_with_its_company(session: Session, owner: Actor, now: datetime) -> None:
    made = make(session, owner, now, days=30)
    assert holder(session, made.token, now + timedelta(days=30)) is None
    session.execute(text("update provider set status = 'suspended' where id = :id"), {"id": owner.provider_id})
    assert holder(session, made.token, now) is None
    session.execute(text("update provider set status = 'active' where id = :id"), {"id": owner.provider_id})
    session.execute(text("update user_account set status = 'suspended' where id = :id"), {"id": owner.user_id})
    assert holder(session, made.token, now) is None, "whose key it is has to be active, too"
    session.execute(text("update user_account set status = 'active' where id = :id"), {"id": owner.user_id})
    accounts.revoke_key(session, actor=owner, key_id=made.key.id, now=now)
    assert holder(session, made.token, now) is None
    with pytest.raises(KeyUnknown):
        accounts.revoke_key(session, actor=owner, key_id=made.key.id, now=now)


def test_a_rotated_key_works_another_day(session: Session, owner: Actor, now: datetime) -> None:
    old = make(session, owner, now, days=30)
    later = now + timedelta(days=10)
    new = accounts.rotate_key(session, actor=owner, key_id=old.key.id, now=later)
    assert holder(session, new.token, later) and holder(session, old.token, later + timedelta(hours=23))
    assert holder(session, old.token, later + timedelta(hours=24)) is None
    assert new.key.expires_at == later + timedelta(days=30) and new.key.scopes == old.key.scopes
    kept = {key.id: key for key in accounts.list_keys(session, actor=owner)}
    assert kept[old.key.id].replaced_by == new.key.id and new.key.live(later)


def test_keys_made_at_once_keep_the_most_of_a_company(database: Engine, now: datetime) -> None:
    with transaction() as session:
        provider = a_provider(session, now)
        owner = Actor(a_user(session, now, role="provider", provider_id=provider.id, owner=True).id, "provider", provider.id)
        for _ in range(18):
            make(session, owner, now)

    def one() -> str:
        try:
            with transaction() as session:
                make(session, owner, now)
            return "made"
        except KeyInvalid as refused:
            return refused.code

    assert Counter(at_once(*[one] * 5)) == {"made": 2, "api_key.invalid": 3}


def test_only_people_who_own_the_company_make_keys(session: Session, owner: Actor, now: datetime) -> None:
    member = a_user(session, now, role="provider", provider_id=owner.provider_id)
    with pytest.raises(Forbidden):
        make(session, Actor(member.id, "provider", owner.provider_id), now)
    program = holder(session, make(session, owner, now).token, now)
    assert program is not None
    with pytest.raises(Forbidden, match="API key"):
        make(session, program.actor, now, scopes=["billing.write"])
    rival = a_provider(session, now, company_name="Rival")
    other = a_user(session, now, role="provider", provider_id=rival.id, owner=True)
    mine = accounts.list_keys(session, actor=owner)[0].id
    with pytest.raises(KeyUnknown):
        accounts.revoke_key(session, actor=Actor(other.id, "provider", rival.id), key_id=mine, now=now)
    assert accounts.list_keys(session, actor=Actor(other.id, "provider", rival.id)) == []


def test_a_partners_key_sends_and_nothing_else(session: Session, admin: Actor, partner: UUID, now: datetime) -> None:
    made = accounts.create_key(session, actor=admin, partner_id=partner, name="Feed", scopes=["intake", "ping"], now=now)
    found = holder(session, made.token, now)
    assert found is not None
    assert found.actor.role == "partner" and found.actor.partner_id == partner and found.actor.provider_id is None
    assert found.actor.user_id == SYSTEM_USER_ID
    payments.edit_partner(session, actor=SYSTEM, partner_id=partner, active=False, now=now)
    assert holder(session, made.token, now) is None
    with pytest.raises(KeyInvalid):
        accounts.create_key(session, actor=admin, partner_id=partner, name="Feed", scopes=["leads.read"], now=now)
    with pytest.raises(KeyUnknown):
        accounts.create_key(session, actor=admin, partner_id=uuid7(), name="Feed", scopes=["intake"], now=now)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["intake"]}, "scopes"),
        ({"scopes": ["leads.read", "all"]}, "scopes"), ({"days": 0}, "days"), ({"days": 10_000}, "days"),
    ],
)  # fmt: skip
def test_wrong_wishes_name_their_field(
    session: Session, owner: Actor, now: datetime, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(KeyInvalid) as refused:
        make(session, owner, now, **wrong)
    assert list(refused.value.fields) == [field]


def test_twenty_live_keys_at_most(session: Session, owner: Actor, now: datetime) -> None:
    keys = [make(session, owner, now, name=f"Key {n}") for n in range(20)]
    with pytest.raises(KeyInvalid, match="20 keys"):
        make(session, owner, now)
    accounts.revoke_key(session, actor=owner, key_id=keys[0].key.id, now=now)
    assert make(session, owner, now).key.name == "CRM"


@pytest.mark.parametrize(
    "change",
    [
        "scopes = array['billing.write']",
        "secret_hash = sha256('guess')",
        "provider_id = null, partner_id = gen_random_uuid()",
        "expires_at = expires_at + interval '1 year'",
        "revoked_at = null",
    ],
)
def test_the_table_keeps_a_key_as_it_was_made(session: Session, owner: Actor, now: datetime, change: str) -> None:
    made = make(session, owner, now)
    accounts.revoke_key(session, actor=owner, key_id=made.key.id, now=now)
    with pytest.raises(IntegrityError, match="can only be used, rotated or revoked"), session.begin_nested():
        session.execute(text(f"update api_key set {change} where id = :id"), {"id": made.key.id})


def test_every_step_is_in_the_trail_without_the_secret(session: Session, owner: Actor, now: datetime) -> None:
    made = make(session, owner, now)
    new = accounts.rotate_key(session, actor=owner, key_id=made.key.id, now=now)
    accounts.revoke_key(session, actor=owner, key_id=new.key.id, now=now)
    told = session.execute(text("select action, after::text from audit_entry where entity_type = 'api_key' order by id")).all()
    assert [row.action for row in told] == ["api_key.created", "api_key.created", "api_key.rotated", "api_key.revoked"]
    assert not any(made.token[36:] in (row.after or "") or new.token[36:] in (row.after or "") for row in told)


def test_a_key_is_replaced_once(session: Session, owner: Actor, now: datetime) -> None:
    """Rotated again and again, an old key would live on day after day, and keys would be more than there may be."""
    old = make(session, owner, now)
    new = accounts.rotate_key(session, actor=owner, key_id=old.key.id, now=now)
    later = now + timedelta(hours=23)
    with pytest.raises(accounts.KeyReplaced, match="newer"):
        accounts.rotate_key(session, actor=owner, key_id=old.key.id, now=later)
    assert holder(session, old.token, now + timedelta(hours=25)) is None
    assert accounts.rotate_key(session, actor=owner, key_id=new.key.id, now=later).key.name == "CRM"
    accounts.revoke_key(session, actor=owner, key_id=old.key.id, now=later)
